"""Folders and files that bootstrap keeps for one user: reached so that nobody can redirect, replace or block them.

Each operation works on a descriptor of the folder and on a plain name in it, follows no link and waits for no pipe. What
bootstrap keeps must

- be a folder, or a regular file with one name: no link, pipe, socket or device;
- belong to the user who runs the command. Root is no exception: what root writes into a folder of somebody else, under
  sudo or in a container, that user could not use afterwards, and what that user put there would speak to root;
- not be writable by others. A folder of ours is closed to them; a file is refused, as they may have written to it.

A user's own folders are theirs: those above `.bootstrap`, and the one that `--state FILE` names, may be links and may be
shared. What others have put into them is noticed all the same, file by file.
"""

import os
import pwd
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bootstrap.core.commands import chained, command
from bootstrap.errors import lines

OURS = ".bootstrap"
"""The folder with this name, and all that is in it, is bootstrap's own."""
OTHERS_WRITE = 0o022
OTHERS = 0o077
"""Bits of a mode that a file may not have: the first for each file of ours, the second for one that holds a secret."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Refused(OSError):
    """Something is not as bootstrap creates it. `problem` follows the path in a sentence; `advice` is what to do,
    "" where that is to choose another."""

    def __init__(self, path: Path, problem: str, advice: str = "") -> None:
        super().__init__(f"{path} {problem}")
        self.path, self.problem, self.advice = path, problem, advice


def advice_of(error: Exception, otherwise: str) -> str:
    """What to do about an error of this module, or of the system."""
    return (error.advice if isinstance(error, Refused) else "") or otherwise


@dataclass(frozen=True)
class Folder:
    """An open folder. Names are those of files in it; `user` is whose they must be."""

    path: Path
    descriptor: int
    user: int

    def open(self, name: str, flags: int, *, forbidden: int = OTHERS_WRITE) -> int:
        """A descriptor of a file of ours; with O_CREAT a new one gets the mode 0600. Raises Refused or OSError."""
        try:
            descriptor = os.open(name, flags | _SAFELY, 0o600, dir_fd=self.descriptor)
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError:
            self.has(name, forbidden=forbidden)  # says what is the matter with a link, a pipe or somebody else's file
            raise
        try:
            check(self.path / name, os.fstat(descriptor), user=self.user, forbidden=forbidden)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def has(self, name: str, *, forbidden: int = OTHERS_WRITE) -> bool:
        """Whether the file exists. Raises Refused for one that is not ours."""
        try:
            found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        check(self.path / name, found, user=self.user, forbidden=forbidden)
        return True

    def read(self, name: str, most: int, *, forbidden: int = OTHERS_WRITE) -> bytes:
        """The content of a file of ours. Raises Refused, also for more than `most` bytes, or OSError."""
        with os.fdopen(self.open(name, os.O_RDONLY, forbidden=forbidden), "rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise Refused(
                self.path / name, f"has more than {most:,} bytes", "No file of bootstrap is so long: move it away."
            )
        return content

    def write(self, texts: Mapping[str, str]) -> None:
        """Each file has its text, with the mode 0600, or is as it was: no reader and no crash ever meets half of one.

        What goes wrong before all of them are on the disk changes none of them.
        """
        new: dict[str, str] = {}
        try:
            for name, text in texts.items():
                new[name] = f"{_beginning(name)}{secrets.token_hex(4)}.new"
                with os.fdopen(self.open(new[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
            for name in texts:
                os.replace(new[name], name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
                del new[name]
        except BaseException:
            for half in new.values():
                with suppress(OSError):
                    os.unlink(half, dir_fd=self.descriptor)
            raise
        os.fsync(self.descriptor)  # else a power cut may bring the old names back

    def remove(self, name: str, *, forbidden: int = OTHERS_WRITE) -> None:
        """Removes a file of ours, if there is one. Raises Refused or OSError."""
        if self.has(name, forbidden=forbidden):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self.descriptor)

    def sweep(self, name: str) -> None:
        """Removes what somebody who was killed has written of the next content of a file."""
        for half in self.names():
            if re.fullmatch(rf"{re.escape(_beginning(name))}[a-z0-9_]{{8}}\.new", half):
                with suppress(OSError):
                    self.remove(half)

    def names(self) -> list[str]:
        return sorted(os.listdir(self.descriptor))  # noqa: PTH208  no path leads to it for sure


@contextmanager
def open_folder(
    path: Path, *, make: bool = False, ours: int = 0, shared: bool = False, user: int | None = None
) -> Iterator[Folder]:
    """The folder; with `make` it and those above it are made, with the mode 0700, where they are missing.

    Of its path, the part from `.bootstrap` on is ours, or the last `ours` folders: none of them may be a link or somebody
    else's. A `shared` one may be root's, and open to a group. Raises FileNotFoundError, Refused or another OSError.
    """
    user = os.geteuid() if user is None else user
    parts = path.parts
    ours = min(len(parts), max(ours, parts[::-1].index(OURS) + 1 if OURS in parts else 0))
    here = Path(*parts[: len(parts) - ours])
    for folder in reversed(missing_folders(here) if make else []):
        folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(here, _FOLDER)
    try:
        for name in parts[len(parts) - ours :]:
            here /= name
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=descriptor)
            above, descriptor = descriptor, _step(here, name, descriptor, user)
            os.close(above)
            _check_folder(here, descriptor, user=user, shared=shared)
        yield Folder(path, descriptor, user)
    finally:
        os.close(descriptor)


def missing_folders(path: Path) -> list[Path]:
    """The folders to make for this one to be there, the deepest first."""
    return [folder for folder in (path, *path.parents) if not folder.exists()]


def check(path: Path, found: os.stat_result, *, user: int, forbidden: int = OTHERS_WRITE) -> None:
    """Raises Refused unless this is a file of ours: a regular one with one name, of this user, closed to others.

    `found` is of the file itself, not of what a link leads to; `forbidden` are the bits that its mode may not have.
    """
    if stat.S_ISLNK(found.st_mode):
        raise Refused(path, "is a symbolic link; name the file itself")
    if not stat.S_ISREG(found.st_mode):
        raise Refused(path, "is not a regular file")
    _check_owner(path, found, {user})
    if found.st_nlink > 1:
        copying = chained(
            command("cp", "-p", arguments=[str(path), f"{path}.copy"]), command("mv", arguments=[f"{path}.copy", str(path)])
        )
        raise Refused(
            path, "has another name as well (a hard link)", f"Move it away, or make it a file of its own: {copying}"
        )
    if found.st_mode & forbidden:
        kind, change = ("written", "go-w") if found.st_mode & OTHERS_WRITE else ("read", "go-rwx")
        raise Refused(
            path,
            f"can be {kind} by other users (its mode is {stat.S_IMODE(found.st_mode):04o})",
            lines(
                f"Check that nobody else has changed it, then run: {command('chmod', change, arguments=[str(path)])}",
                "If its mode stays the same, the file system keeps no permissions: work in a folder on another one.",
            ),
        )


def _step(path: Path, name: str, above: int, user: int) -> int:
    """A descriptor of the folder with this name, and never of what a link leads to."""
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
    except OSError:
        found = os.stat(name, dir_fd=above, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise Refused(
                path, "is a symbolic link", f"Move the link away; it leads to {path.resolve()}. Or work in another folder."
            ) from None
        _check_owner(path, found, {user})
        raise


def _check_folder(path: Path, descriptor: int, *, user: int, shared: bool) -> None:
    """Raises Refused for a folder of somebody else, or one in which others can write and that cannot be closed to them."""
    found = os.fstat(descriptor)
    _check_owner(path, found, {user, 0} if shared else {user})
    if not shared and found.st_mode & OTHERS_WRITE:
        with suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~OTHERS_WRITE)
    now = os.fstat(descriptor).st_mode
    if now & (stat.S_IWOTH if shared else OTHERS_WRITE) and not (shared and now & stat.S_ISVTX):
        raise Refused(
            path,
            f"can be written by other users (its mode is {stat.S_IMODE(now):04o})",
            "Choose another folder, on a file system that keeps permissions.",
        )


def _check_owner(path: Path, found: os.stat_result, users: set[int]) -> None:
    if found.st_uid in users:
        return
    owner, me = _name(found.st_uid), os.geteuid()
    if found.st_uid == 0:
        own = command("sudo", "chown", "-hR", str(me), arguments=[str(path)])
        advice = f"Root may have made it. To own it, run: {own}"
    else:
        advice = f"Work in a folder of your own, or let {owner} run the command."
    raise Refused(path, f"belongs to {owner}, and you are {_name(me)}", advice)


def _name(user: int) -> str:
    try:
        return f"{pwd.getpwuid(user).pw_name} (user {user})"
    except KeyError:  # containers often have users that no list knows
        return f"user {user}"


def _beginning(name: str) -> str:
    """How the names of the files begin in which the next content of this one is written: as no other tool's do."""
    return f".{name}.bootstrap-"
