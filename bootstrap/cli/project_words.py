"""Which words of a command line lead to the project file. A run without one imports nothing more."""

import os
from collections.abc import Sequence
from pathlib import Path

from bootstrap.core.commands import option_value

DEFAULT = Path("bootstrap.toml")


def is_there(named: Path | None) -> bool:
    """Whether there is a file to read: one that is named, or one in the current folder."""
    return named is not None or os.path.lexists(DEFAULT)


def described_integration(words: Sequence[str]) -> str | None:
    """The integration that the project file has for these words, which are not parsed yet: options are made from it. What is
    wrong with the file is said later."""
    named = option_value("--project", words)
    path = Path(named) if named else None
    if not is_there(path):
        return None
    from bootstrap.cli.project import integration_of

    return integration_of(path, option_value("--name", words))
