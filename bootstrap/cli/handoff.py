"""Writing what to hand over into a folder: values.json, and the integration's own files."""

import json
import os
from pathlib import Path

from bootstrap.backends.file import write_whole
from bootstrap.core import commands
from bootstrap.core.integration import Handoff
from bootstrap.errors import UsageError


def check(folder: Path) -> None:
    """Raises UsageError when it is plain already, before the first change, that the folder cannot be written."""
    try:
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    except OSError as error:
        raise UsageError(f"--write-handoff: {folder}: {error.strerror or error}", "Choose another folder.") from error
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "may not be written into" if there.is_dir() else "is not a folder"
        raise UsageError(f"--write-handoff: {there} {why}", "Choose another folder.")


def write(handoff: Handoff, folder: Path) -> None:
    """Raises UsageError when the folder cannot be written."""
    content = {**handoff.files, "values.json": json.dumps(dict(handoff.values), indent=2) + "\n"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in content.items():
            write_whole(folder / name, text)
    except OSError as error:
        again = commands.bootstrap("outputs", write_handoff="FOLDER")
        raise UsageError(
            f"--write-handoff: cannot write into {folder}: {error.strerror or error}",
            f"Make room, or choose another folder; to write it again: {again}",
        ) from error
