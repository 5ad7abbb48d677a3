"""An integration that is a file, as a vendor or a user writes one: `acme.toml` beside this module."""

from pathlib import Path

TEXT = (Path(__file__).parent / "acme.toml").read_text(encoding="utf-8")
INPUTS = "--external-id ext-1 --bucket acme-in"
WARNING = "is not part of bootstrap and was not reviewed by it; sha256 "


def written(path: str | Path = "acme.toml", name: str = "acme", text: str = TEXT) -> Path:
    """The file at this path, for an integration of this name."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace('name = "acme"', f'name = "{name}"', 1), encoding="utf-8")
    return path
