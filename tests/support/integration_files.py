"""Files that describe integrations, for tests: as they are, and with something wrong in them."""

from pathlib import Path

from bootstrap.integrations.files.read import FileProblem, examined

FOLDER = Path(__file__).parents[1] / "integrations" / "files"
FIVETRAN = (FOLDER / "fivetran.toml").read_text()
ACME = (FOLDER / "acme.toml").read_text()
"""Acme has something of most that a file can have."""
LAKE = (FOLDER / "lake.toml").read_text()
"""Lake has the rest: a file of the user, texts, commands, and a hand-off made of parts."""


def replaced(text: str, before: str, after: str) -> str:
    """The text with one of its parts replaced."""
    assert text.count(before) == 1, f"{before!r} is there {text.count(before)} times"
    return text.replace(before, after)


def problems_in(text: str, folder: Path, name: str = "acme.toml") -> list[FileProblem]:
    path = folder / name
    path.write_text(text)
    return list(examined(str(path))[1])
