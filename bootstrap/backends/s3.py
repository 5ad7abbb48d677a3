"""State in an S3 bucket, for a team: a save only replaces the state that was read, and the lock is an object beside it.

The lock is written where none is (If-None-Match) and deleted only as it was written (If-Match). Nobody releases it for a run
that was killed: the refusal names the holder and the command that removes it. A run whose lock was removed cannot save over
what others saved, because each save names the ETag that it replaces.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bootstrap.backends import WRITTEN, changed_meanwhile, interrupted, is_successor
from bootstrap.backends.bucket import LOCK, RECEIPT, TRIES, Bucket, Stored
from bootstrap.backends.lock_holder import Holder, parse_holder
from bootstrap.backends.uninterrupted import uninterrupted
from bootstrap.core import commands
from bootstrap.core.receipt import Destroyed
from bootstrap.core.state import State
from bootstrap.core.state_json import from_json
from bootstrap.errors import BootstrapError, StateChanged, StateError, StateLocked, lines

_LOCK_SIZE = 4096
"""How many bytes of a lock or a receipt are read; ours are shorter."""
_UNREADABLE = "somebody whose lock cannot be read"


class S3Backend:
    """`flags` are what further commands need to reach the same place, as --profile."""

    def __init__(self, bucket: Bucket, key: str, flags: tuple[str, ...] = ()) -> None:
        self._bucket, self._key, self._flags = bucket, key, flags
        self._writer = Holder.now("").id
        self._seen: tuple[Stored | None, State | None] | None = None
        self._held: Holder | None = None

    @property
    def where(self) -> str:
        return self._bucket.where(self._key)

    @property
    def unlocking(self) -> str:
        return self._command("unlock", self._held.id) if self._held else ""

    def load(self) -> State | None:
        stored = self._bucket.get(self._key)
        state = from_json(stored.text, self.where) if stored else None
        self._seen = stored, state
        return state

    def save(self, state: State) -> State:
        if self._seen is None:
            self.load()
        if self._seen is None or not is_successor(self._seen[1], state):
            raise StateChanged(*changed_meanwhile(self.where))
        following = state.saved()
        self.put(following)
        return following

    def put(self, state: State) -> None:
        if self._seen is None:
            self.load()
        stored = self._seen[0] if self._seen else None
        if stored is None:
            self._forget()
        WRITTEN[self.where] = None
        self._seen = self._bucket.put(self._key, state.to_json(), self._writer, stored.tag if stored else None), state

    def remove(self) -> None:
        """Its old versions stay in the bucket."""
        self._remove()
        self._forget()

    def destroyed(self) -> Destroyed | None:
        with suppress(StateError):  # anyone who may read the state need not be allowed to read this
            if stored := self._bucket.get(self._receipt, first=_LOCK_SIZE):
                return Destroyed.from_json(stored.text)
        return None

    def retire(self, receipt: Destroyed) -> None:
        with suppress(StateError):
            there = self._bucket.get(self._receipt, first=0)
            self._bucket.put(self._receipt, receipt.to_json(), self._writer, there.tag if there else None)
        self._remove()

    def _forget(self) -> None:
        with suppress(StateError):
            if there := self._bucket.get(self._receipt, first=0):
                self._bucket.delete(self._receipt, there.tag)

    def _remove(self) -> None:
        WRITTEN[self.where] = None
        if self._seen is None:
            self._seen = self._bucket.get(self._key), None
        if stored := self._seen[0]:
            self._bucket.delete(self._key, stored.tag)
        self._seen = None, None

    @property
    def is_locked(self) -> bool:
        return self._held is not None

    @contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        self._bucket.check(self._key)
        ours = Holder.now(doing)
        try:
            self._take(ours)
            self._held = ours
            yield
        except BaseException as error:  # also Ctrl-C before S3 has answered whether we have it
            if not (stays := self._release(ours)):
                raise
            if isinstance(error, KeyboardInterrupt):
                raise interrupted(stays) from None
            if isinstance(error, BootstrapError):
                error.advice = lines(stays, error.advice)  # first: what else is to be typed needs the lock
            else:
                error.add_note(stays)
            raise
        if stays := self._release(ours):
            raise StateError("the work is done and recorded, but the lock remains", stays)

    def holder(self) -> Holder | None:
        """Who holds the lock. The id of a lock that is not ours is its ETag."""
        return self._holder_of(self._lock())

    def unlock(self, lock_id: str) -> None:
        """Removes the lock with this id, whoever holds it. Raises StateError."""
        stored = self._lock()
        holder = self._holder_of(stored)
        if stored is None or holder is None:
            raise StateError(f"{self.where} is not locked", "Nothing needs to be done.")
        if holder.id != lock_id:
            raise StateError(
                f"the lock of {self.where} is not {lock_id}; it is {holder.id}: {holder}",
                f"If that run is dead: {self._command('unlock', holder.id)}",
            )
        self._bucket.delete(self._lock_key, stored.tag)

    @property
    def _receipt(self) -> str:
        return f"{self._key}{RECEIPT}"

    @property
    def _lock_key(self) -> str:
        return f"{self._key}{LOCK}"

    def _take(self, ours: Holder) -> None:
        for _ in range(TRIES):
            try:
                lock = self._bucket.put(self._lock_key, ours.to_json(), ours.id, None)
            except StateChanged:
                stored = self._lock()
                if (holder := self._holder_of(stored)) is None:
                    continue  # it was released just now
                raise StateLocked(
                    f"another run uses {self.where}: {holder}",
                    "Wait until it ends, and run the command again. "
                    f"Only if that run is dead: {self._command('unlock', holder.id)}",
                ) from None
            if not lock.encrypted:
                raise StateError(f"S3 does not say that it encrypts what is in {self.where}", "Choose another bucket.")
            return
        raise StateLocked(f"other runs use {self.where}, one after the other", "Run the command again.")

    def _release(self, ours: Holder) -> str:
        """Deletes the lock if it still is ours; returns what to say when it stays."""
        try:
            with uninterrupted(f"Releasing the lock of {self.where}, then stopping."):
                stored = self._lock()
                if stored and stored.writer == ours.id:
                    self._bucket.delete(self._lock_key, stored.tag)
        except StateChanged:
            pass  # somebody took it away and has it now
        except (BootstrapError, KeyboardInterrupt) as error:
            why = error.message if isinstance(error, BootstrapError) else "interrupted"
            return f"The lock remains ({why}). When S3 can be reached, run: {self._command('unlock', ours.id)}"
        self._held = None if self._held is ours else self._held
        return ""

    def _holder_of(self, lock: Stored | None) -> Holder | None:
        if lock is None:
            return None
        tag = re.sub("[^0-9A-Za-z]", "", lock.tag)
        return parse_holder(lock.text) or Holder(id=tag, doing=_UNREADABLE, user="", host="", pid=0, since="")

    def _lock(self) -> Stored | None:
        return self._bucket.get(self._lock_key, first=_LOCK_SIZE)

    def _command(self, verb: str, word: str) -> str:
        return commands.bootstrap("state", verb, arguments=[word], state=self.where, flags=self._flags)
