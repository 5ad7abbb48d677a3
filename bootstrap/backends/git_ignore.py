"""Keeps the states below `.bootstrap` out of git, as Python's venv and mypy do for their folders: with a `.gitignore` in it.

A state changes with every run and git has no lock for it: two people would overwrite each other's. It is only written inside
of a git work tree, when a state is new, and never over a file that is there.
"""

import os
from contextlib import suppress
from pathlib import Path

from bootstrap.backends.private_files import OURS, open_folder

NAME = ".gitignore"
TEXT = """# Written by bootstrap. States change with every run, and git has no lock for them. A team keeps them in S3:
# see docs/team-state.md. If you want them in git all the same, empty this file.
*
"""


def keep_out_of_git(folder: Path) -> Path | None:
    """For a folder of states: `.bootstrap`, or one below it. The file, if it was written just now. What cannot be written is
    no reason to fail."""
    with suppress(OSError):
        parts = folder.absolute().parts
        if OURS not in parts:
            return None
        ours = Path(*parts[: len(parts) - parts[::-1].index(OURS)])
        if not any(os.path.lexists(above / ".git") for above in ours.parents):
            return None
        with open_folder(ours) as found:
            if not found.has(NAME):
                found.write({NAME: TEXT})
                return ours / NAME
    return None


def remove_alone(folder: Path) -> None:
    """Removes the file where it is ours, and nothing else is left in the folder."""
    with suppress(OSError), open_folder(folder) as found:
        if found.names() == [NAME] and found.read(NAME, len(TEXT)) == TEXT.encode():
            found.remove(NAME)
