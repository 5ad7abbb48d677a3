"""State in a local JSON file: private to the user, never half written, locked by the kernel.

A save goes to a new file beside it, is flushed to the disk, and takes the old one's place in one step. The lock is
`flock` on a file beside it: the kernel drops it when the process ends, however it ends. Both have names that nobody else
gives to a file: the folder may be one of the user's, with a uv.lock in it.
"""

import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bootstrap.backends import WRITTEN, changed, follows
from bootstrap.backends.holder import Holder, holder_in, named
from bootstrap.core.state import LARGEST, State, from_json
from bootstrap.errors import StateChanged, StateError, StateLocked


@dataclass(frozen=True)
class FileBackend:
    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def unlocking(self) -> str:
        return ""

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f".{self.path.name}.bootstrap-lock")

    def load(self) -> State | None:
        try:
            text = _read(self.path)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StateError(
                f"cannot read the state {self.where}: {_reason(error)}", "Choose another with --state."
            ) from error
        return from_json(text, self.where)

    def save(self, state: State) -> State:
        if not follows(self.load(), state):
            raise StateChanged(*changed(self.where))
        following = replace(state, serial=state.serial + 1)
        self.put(following)
        return following

    def put(self, state: State) -> None:
        WRITTEN[self.where] = None
        try:
            _make(self._missing_folders())
            write_whole(self.path, state.to_json())
        except OSError as error:
            raise StateError(
                f"cannot save the state {self.where}: {_reason(error)}",
                "Make room or mend the permissions, and run the same command again: things carry owner tags and are found.",
            ) from error

    def remove(self) -> None:
        WRITTEN[self.where] = None
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(
                f"cannot remove the state {self.where}: {_reason(error)}",
                "All that it recorded is gone: remove it yourself.",
            ) from error

    @contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        missing: list[Path] = []
        try:
            missing = self._missing_folders()
            descriptor = self._locked()
        except OSError as error:
            _remove_empty(missing)
            raise StateError(
                f"cannot lock the state {self.where}: {_reason(error)}", "Choose another with --state."
            ) from error
        try:
            with suppress(OSError):  # on a full disk the lock holds all the same, without a name in it
                os.truncate(descriptor, 0)
                os.pwrite(descriptor, Holder.now(doing).to_json().encode(), 0)
            self._sweep()
            yield
        finally:
            with suppress(OSError):
                self._lock_path.unlink()
            os.close(descriptor)
            ours = [self.path.parent] if self.path.parent.name == ".bootstrap" else []
            _remove_empty(missing or ours)

    def _locked(self) -> int:
        """A descriptor that holds the lock on the file which is at the lock's path *now*."""
        for tries_left in reversed(range(1000)):
            try:
                _make(self._missing_folders())
                descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            except (FileNotFoundError, FileExistsError):  # another run ended just now, and took the empty folder away
                if tries_left:
                    continue
                raise
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = holder_in(os.pread(descriptor, 4096, 0))
                os.close(descriptor)
                if holder is None and tries_left:  # it has the lock, and writes its name just now
                    continue
                raise StateLocked(
                    f"another run uses {self.where}: {named(holder)}", "Wait until it ends, and run the command again."
                ) from error
            if self._is_ours(descriptor):
                return descriptor
            os.close(descriptor)  # its last holder took the file away between our open and our lock
        raise OSError("its lock file comes and goes")

    def _is_ours(self, descriptor: int) -> bool:
        """Whether what we have locked is at the lock's path now. Raises StateError when that is no lock: it will be written
        over and removed."""
        try:
            now = os.stat(self._lock_path).st_ino == os.fstat(descriptor).st_ino
            if now and (text := os.pread(descriptor, 4096, 0)) and not holder_in(text):
                raise StateError(
                    f"cannot lock the state {self.where}: {self._lock_path} is there, and is not a lock of bootstrap",
                    "Move it away, or choose another with --state.",
                )
        except FileNotFoundError:
            return False
        except BaseException:
            os.close(descriptor)
            raise
        return now

    def _missing_folders(self) -> list[Path]:
        """The folders to make for it, the deepest first."""
        return [folder for folder in self.path.parents if not folder.exists()]

    def _sweep(self) -> None:
        """Removes what a killed run was writing. Only whoever holds the lock may."""
        for half in self.path.parent.glob(f"{glob.escape(_beginning(self.path))}{'[a-z0-9_]' * 8}.new"):
            with suppress(OSError):
                half.unlink()


def _make(folders: list[Path]) -> None:
    for folder in reversed(folders):
        folder.mkdir(mode=0o700, exist_ok=True)


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _read(path: Path) -> str:
    if path.is_symlink():
        raise OSError("it is a symbolic link; name the file itself")
    if path.exists() and not path.is_file():
        raise OSError("it is not a regular file")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"it has more than {LARGEST:,} bytes, as no state has")
    return content.decode()


def write_whole(path: Path, text: str) -> None:
    """The file has the text, or is as it was: no reader and no crash ever meets half of it. It is the user's alone."""
    descriptor, name = tempfile.mkstemp(prefix=_beginning(path), suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:  # mkstemp makes it 0600
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else a power cut may bring the old name back
    finally:
        os.close(folder)


def _beginning(path: Path) -> str:
    """How the names of the files begin in which its next content is written."""
    return f".{path.name}.bootstrap-"


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
