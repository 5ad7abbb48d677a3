"""A folder that the user names for files of ours. What is there and bootstrap did not write is the user's, and stays."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.backends.private_files import OURS, Folder, Refused, advice_of, open_folder
from bootstrap.errors import UsageError


@dataclass(frozen=True)
class OutputFolder:
    """`flag` is the option that names it or, as `what` says, a file in it, and `again` what to do to have the files after
    all. With `force` any file is overwritten."""

    path: Path
    force: bool = False
    flag: str = "--output"
    again: str = "run the same command again"
    what: str = "folder"

    def check(self) -> None:
        """Raises UsageError when it is plain already, before the first change, that the folder cannot be written."""
        if str(self.path) == "-":
            raise UsageError(
                f"{self.flag} names a {self.what}, and - is none", f"For a {self.what} of that name, write ./-."
            )
        self._check_apart()
        try:
            there = next(path for path in (self._absolute, *self._absolute.parents) if path.exists())
        except OSError as error:
            raise self._unusable(error) from error
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            why = "may not be written into" if there.is_dir() else "is not a folder"
            raise UsageError(f"{self.flag}: {there} {why}", f"Choose another {self.what}.")

    def check_texts(self, known: Mapping[str, set[str | None]]) -> None:
        """Raises UsageError for files with other content than one that is `known` by the file's name."""
        try:
            with open_folder(self._folder, ours=1, shared=True) as folder:
                self._check(folder, known)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error(error) from error

    def put(self, texts: Mapping[str, str], old: Mapping[str, str]) -> None:
        """All of the files, or none where one of them is in the way; `old` is what they may be replaced from."""
        self._check_apart()
        try:
            with open_folder(self._folder, make=True, ours=1, shared=True) as folder:
                self._check(folder, {name: {old.get(name), text} for name, text in texts.items()})
                folder.write(texts)
        except OSError as error:
            raise self._error(error) from error

    def names(self) -> frozenset[str]:
        """What is in it. Raises UsageError."""
        try:
            with open_folder(self._folder, make=True, ours=1, shared=True) as folder:
                return frozenset(folder.names())
        except OSError as error:
            raise self._error(error) from error

    def _check_apart(self) -> None:
        """Raises UsageError for a folder of states: a file of ours would be taken for one, or written over one."""
        if OURS in self._absolute.parts:
            raise UsageError(f"{self.flag}: {self.path} is a folder for states", f"Choose another {self.what}.")

    @property
    def _folder(self) -> Path:
        return self.path if self.path.name else self._absolute

    @property
    def _absolute(self) -> Path:
        try:
            return self.path.absolute()
        except OSError as error:  # the folder that the user is in is gone
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> UsageError:
        return UsageError(f"{self.flag}: {self.path}: {error.strerror or error}", f"Choose another {self.what}.")

    def _check(self, folder: Folder, ours: Mapping[str, set[str | None]]) -> None:
        """Raises UsageError for files whose content is none of `ours`, and Refused for what is no file to be replaced."""
        others = []
        for name, known in ours.items():
            if not folder.has(name, forbidden=0) or self.force:
                continue
            possible = [text.encode() for text in known if text is not None]
            try:
                is_ours = folder.read(name, max(map(len, possible), default=0), forbidden=0) in possible
            except Refused:  # it is longer than each of them
                is_ours = False
            if not is_ours:
                others.append(str(self.path / name))
        if others:
            raise UsageError(
                f"{self.flag} would overwrite: {', '.join(others)}",
                f"Nothing was changed. Choose another {self.what}, or add --force to overwrite.",
            )

    def _error(self, error: OSError) -> UsageError:
        return UsageError(
            f"{self.flag}: cannot write into {self.path}: {error.strerror or error}",
            advice_of(error, f"Make room, or choose another {self.what}; {self.again}"),
        )
