"""When a state cannot be saved in the middle of a run: it is kept in a file here, and `bootstrap state push` stores it."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bootstrap.aws.explain import explain
from bootstrap.backends import interrupted
from bootstrap.core import commands
from bootstrap.core.backend import Saver
from bootstrap.core.state import State
from bootstrap.errors import StateChanged, lines


class UnsavedState:
    """Wraps a store while a plan runs, and keeps the newest state that could not be saved there.

    Before the first save nothing has been done that could be lost, unless it has `begun` already.
    """

    def __init__(self, store: Saver, flags: Sequence[str], *, begun: bool = False) -> None:
        self._store, self._flags = store, flags
        self._begun = begun
        self._state: State | None = None
        self._moved_on = False

    def save(self, state: State) -> State:
        self._state = state
        try:
            saved = self._store.save(state)
        except StateChanged:
            self._moved_on = True
            raise
        self._begun, self._state = True, None
        return saved

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Adds what `kept` returns to any error."""
        try:
            yield
        except KeyboardInterrupt:
            raise interrupted(self.kept()) from None
        except Exception as error:
            known = explain(error, commands.option_value("--profile", self._flags))
            known.advice = lines(known.advice, self.kept())
            if known is error:
                raise
            raise known from error

    def kept(self) -> str:
        """Writes an unsaved state to a file, once, and returns what to tell the user; "" if everything is saved."""
        if self._state is None or not self._begun:
            return ""
        state, self._state = self._state, None
        path = write(state.saved())
        if path is None:
            return "The newest state could not be written anywhere: only its owner tags lead to what was created."
        if self._moved_on:
            return f"What this run did is in {path}, to compare; the next run finds it by its owner tags."
        push = commands.bootstrap(
            "state", "push", arguments=[str(path)], flags=[*self._flags, *commands.option("--name", state.deployment)]
        )
        return f"The newest state is in {path}. When that place can be written again, run: {push}"


def write(state: State) -> Path | None:
    """A new file that is private to the user, in the working folder or else in the one for temporary files; None if neither
    can be written."""
    for folder in (Path(), Path(tempfile.gettempdir())):
        for number in range(1, 1000):
            path = folder / f"errored.{state.deployment}{f'.{number}' if number > 1 else ''}.json"
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            except FileExistsError:
                continue
            except OSError:
                break
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(state.to_json())
                    file.flush()
                    os.fsync(file.fileno())
                return path
            except OSError:
                with suppress(OSError):
                    path.unlink()
                break
    return None
