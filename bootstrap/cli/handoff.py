"""Writing what to hand over into a folder: values.json, and the integration's own files.

The names come from the integration, and never from the state. A file that is there already is replaced only when its
content is what the recorded state hands over, or what would be written: another one is the user's, or was edited since.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.core import commands
from bootstrap.core.integration import Handoff, Integration
from bootstrap.errors import StateError, UsageError
from bootstrap.private_files import OURS, Folder, Refused, advice_of, opened

VALUES = "values.json"


@dataclass(frozen=True)
class HandoffFolder:
    """Where `--write-handoff` writes; with `force` also over files that bootstrap did not write."""

    path: Path
    force: bool = False

    def check(self) -> None:
        """Raises UsageError when it is plain already, before the first change, that the folder cannot be written."""
        self._check_apart()
        try:
            there = next(path for path in (self._absolute, *self._absolute.parents) if path.exists())
        except OSError as error:
            raise self._unusable(error) from error
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            why = "may not be written into" if there.is_dir() else "is not a folder"
            raise UsageError(f"--write-handoff: {there} {why}", "Choose another folder.")

    def check_files(self, integration: type[Integration], recorded: Handoff | None) -> None:
        """Raises UsageError, before the first change, for files in it that bootstrap did not write."""
        old = _texts(recorded) if recorded else {}
        try:
            with opened(self._folder, ours=1, shared=True) as folder:
                self._check(folder, {name: {old.get(name)} for name in (VALUES, *integration.handoff_files)})
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error(error) from error

    def write(self, handoff: Handoff, integration: type[Integration], recorded: Handoff | None = None) -> None:
        """All of the files, or none where one of them is in the way. Raises UsageError, or StateError for a state that
        names others."""
        self._check_apart()
        if odd := sorted(set(handoff.files) - set(integration.handoff_files)):
            raise StateError(
                f"the state names files to hand over that {integration.name} does not have: {', '.join(odd)}",
                "It was edited by hand. Nothing was written; restore the state from a backup.",
            )
        old, new = _texts(recorded) if recorded else {}, _texts(handoff)
        try:
            with opened(self._folder, make=True, ours=1, shared=True) as folder:
                self._check(folder, {name: {old.get(name), text} for name, text in new.items()})
                folder.write(new)
        except OSError as error:
            raise self._error(error) from error

    def _check_apart(self) -> None:
        """Raises UsageError for a folder of states: values.json would be taken for one, or written over one."""
        if OURS in self._absolute.parts:
            raise UsageError(f"--write-handoff: {self.path} is where states are kept", "Choose another folder.")

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
        return UsageError(f"--write-handoff: {self.path}: {error.strerror or error}", "Choose another folder.")

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
                f"--write-handoff would overwrite what bootstrap did not write, or somebody has edited: {', '.join(others)}",
                "Nothing was changed. Choose another folder, or add --force to overwrite.",
            )

    def _error(self, error: OSError) -> UsageError:
        again = commands.bootstrap("outputs", write_handoff="FOLDER")
        return UsageError(
            f"--write-handoff: cannot write into {self.path}: {error.strerror or error}",
            advice_of(error, f"Make room, or choose another folder; to write it again: {again}"),
        )


def _texts(handoff: Handoff) -> dict[str, str]:
    """The content of each file."""
    return {**handoff.files, VALUES: json.dumps(dict(handoff.values), indent=2) + "\n"}
