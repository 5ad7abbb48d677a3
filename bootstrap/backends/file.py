"""State in a local JSON file: private to the user, never half written, locked by the kernel.

A save goes to a new file beside it, is flushed to the disk, and takes the old one's place in one step. The lock is
`flock` on a file beside it: the kernel drops it when the process ends, however it ends. Both have names that nobody else
gives to a file: the folder may be one of the user's, with a uv.lock in it. `private_files` says what is believed.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.backends import WRITTEN, changed_meanwhile, is_successor
from bootstrap.backends.git_ignore import keep_out_of_git, remove_alone
from bootstrap.backends.lock_holder import Holder, describe, parse_holder
from bootstrap.backends.private_files import OURS, Refused, advice_of, missing_folders, open_folder
from bootstrap.core.receipt import Destroyed
from bootstrap.core.state import LARGEST, State
from bootstrap.core.state_json import from_json
from bootstrap.core.strict_json import decoded
from bootstrap.errors import StateChanged, StateError, StateLocked

RECEIPT = ".bootstrap-destroyed"
_RECEIPT_SIZE = 4096
"""In bytes; a longer file is not one of ours."""
_BESIDE = r"\.{1,2}(.+\.json)\.bootstrap-(?:lock|destroyed|(?:destroyed\.bootstrap-)?[a-z0-9_]{8}\.new)"
"""What can be beside a state: a lock, a receipt, or half of a state or a receipt."""


@dataclass(frozen=True)
class FileBackend:
    path: Path
    _written: dict[str, State] = field(default_factory=dict, init=False, compare=False, repr=False)
    """The text that was written last, and its state: a run saves after each step, and need not parse that again."""
    _held: list[int] = field(default_factory=list, init=False, compare=False, repr=False)
    """The descriptor that holds the lock, while it is held."""
    ignored_by: list[Path] = field(default_factory=list, init=False, compare=False, repr=False)
    """The file that keeps the state out of git, if this object wrote it."""

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def unlocking(self) -> str:
        return ""

    @property
    def is_locked(self) -> bool:
        return bool(self._held)

    @property
    def _lock(self) -> str:
        return f".{self.path.name}.bootstrap-lock"

    @property
    def _receipt(self) -> str:
        return f".{self.path.name}{RECEIPT}"

    def load(self) -> State | None:
        text = self._text()
        return None if text is None else from_json(text, self.where)

    def _text(self) -> str | None:
        try:
            with open_folder(self.path.parent) as folder:
                return decoded(folder.read(self.path.name, LARGEST))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StateError(
                f"cannot read the state {self.where}: {self._reason(error)}",
                advice_of(error, "Choose another with --state."),
            ) from error

    def save(self, state: State) -> State:
        text = self._text()
        stored = None if text is None else self._written.get(text) or from_json(text, self.where)
        if not is_successor(stored, state):
            raise StateChanged(*changed_meanwhile(self.where))
        following = state.saved()
        self.put(following)
        return following

    def put(self, state: State) -> None:
        WRITTEN[self.where] = None
        try:
            with open_folder(self.path.parent, make=True) as folder:
                is_new = not folder.has(self.path.name)  # what is no file of ours is not replaced
                text = state.to_json()
                folder.remove(self._receipt)
                folder.write({self.path.name: text})
        except OSError as error:
            again = (
                "Free disk space or fix the permissions, and run the same command again: owner tags tell what was created."
            )
            raise StateError(
                f"cannot save the state {self.where}: {self._reason(error)}", advice_of(error, again)
            ) from error
        if is_new:
            self.ignored_by.extend(filter(None, [keep_out_of_git(self.path.parent)]))
        self._written.clear()
        self._written[text] = state

    def remove(self) -> None:
        self._remove(self.path.name, self._receipt)

    def _remove(self, *names: str) -> None:
        WRITTEN[self.where] = None
        try:
            with suppress(FileNotFoundError), open_folder(self.path.parent) as folder:
                for name in names:
                    folder.remove(name)
        except OSError as error:
            raise StateError(
                f"cannot remove the state {self.where}: {self._reason(error)}",
                advice_of(error, "Everything that it recorded is deleted: remove the file yourself."),
            ) from error

    def retire(self, receipt: Destroyed) -> None:
        with suppress(OSError), open_folder(self.path.parent) as folder:  # on a full disk the state goes all the same
            folder.has(self._receipt)
            folder.write({self._receipt: receipt.to_json()})
        self._remove(self.path.name)

    def destroyed(self) -> Destroyed | None:
        try:
            with open_folder(self.path.parent) as folder:
                return Destroyed.from_json(decoded(folder.read(self._receipt, _RECEIPT_SIZE)))
        except (OSError, UnicodeDecodeError):  # whatever is there, it proves nothing
            return None

    @contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        missing: list[Path] = []
        try:
            missing = missing_folders(self.path.parent)
            descriptor = self._locked()
        except OSError as error:
            _remove_empty(missing)
            raise StateError(
                f"cannot lock the state {self.where}: {self._reason(error)}",
                advice_of(error, "Choose another with --state."),
            ) from error
        self._held.append(descriptor)
        try:
            with suppress(OSError):  # on a full disk the lock holds all the same, without a name in it
                os.truncate(descriptor, 0)
                os.pwrite(descriptor, Holder.now(doing).to_json().encode(), 0)
            with suppress(OSError), open_folder(self.path.parent) as folder:
                for name in (self.path.name, self._receipt):
                    folder.sweep(name)  # only whoever holds the lock may
            yield
        finally:
            with suppress(OSError), open_folder(self.path.parent) as folder:
                folder.remove(self._lock)
            os.close(descriptor)
            self._held.clear()
            _remove_empty(missing or ([self.path.parent] if self.path.parent.name == OURS else []))

    def _locked(self) -> int:
        """A descriptor that holds the lock on the file which is at the lock's path *now*."""
        for tries_left in reversed(range(1000)):
            try:
                with open_folder(self.path.parent, make=True) as folder:
                    descriptor = folder.open(self._lock, os.O_RDWR | os.O_CREAT)
            except (FileNotFoundError, FileExistsError):  # another run ended just now, and took the empty folder away
                if tries_left:
                    continue
                raise
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = parse_holder(os.pread(descriptor, 4096, 0))
                os.close(descriptor)
                if holder is None and tries_left:  # it has the lock, and writes its name just now
                    continue
                raise StateLocked(
                    f"another run uses {self.where}: {describe(holder)}", "Wait until it ends, and run the command again."
                ) from error
            if self._is_ours(descriptor):
                return descriptor
            os.close(descriptor)  # its last holder took the file away between our open and our lock
        raise OSError("its lock file keeps appearing and disappearing")

    def _is_ours(self, descriptor: int) -> bool:
        """Whether what we have locked is at the lock's path now. Raises StateError when that is no lock: it will be written
        over and removed."""
        place = self.path.with_name(self._lock)
        try:
            now = os.path.samestat(os.lstat(place), os.fstat(descriptor))
            if now and (text := os.pread(descriptor, 4096, 0)) and not parse_holder(text):
                raise StateError(
                    f"cannot lock the state {self.where}: {place} exists, but is not a lock of bootstrap",
                    "Move it away, or choose another with --state.",
                )
        except FileNotFoundError:
            return False
        except BaseException:
            os.close(descriptor)
            raise
        return now

    def _reason(self, error: Exception) -> str:
        if isinstance(error, Refused) and error.path == self.path:
            return f"it {error.problem}"
        return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def stored_names(folder: Path) -> list[str]:
    """The names of the files in a folder of states that end with .json. Raises StateError."""
    return [name for name in _names(folder) if name.endswith(".json")]


def retired_names(folder: Path) -> list[str]:
    """The same for the states of deployments that were destroyed."""
    return [name[1:].removesuffix(RECEIPT) for name in _names(folder) if name.startswith(".") and name.endswith(RECEIPT)]


def _names(folder: Path) -> list[str]:
    try:
        with open_folder(folder) as found:
            return found.names()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError(
            f"cannot list the states in {folder}: {reason}", advice_of(error, "Choose one with --state.")
        ) from error


def clear(folder: Path) -> None:
    """Removes the states in a folder of ours, with all that is beside them, and the folder if nothing else is in it.

    What cannot be read as a state, or is in use, stays.
    """
    with suppress(OSError):
        with open_folder(folder) as found:
            names = found.names()
        beside = (re.fullmatch(_BESIDE, name) for name in names)
        states = {name for name in names if name.endswith(".json") and not name.startswith(".")}
        for name in sorted(states | {match[1] for match in beside if match}):
            backend = FileBackend(folder / name)
            with suppress(StateError), backend.lock("sandbox stop"):
                if backend.load() or backend.destroyed():
                    backend.remove()
        folder.rmdir()


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):
        for folder in folders:
            remove_alone(folder)
            folder.rmdir()
