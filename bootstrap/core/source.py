"""Where an integration comes from that is not part of bootstrap: a file, which the state records. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bootstrap.errors import Lines, lines

FLEET = "-fleet"
"""How the name of an integration ends that is made in many accounts (`fleet/`)."""


def word_of(name: str, path: str | None) -> str:
    """What a command line names an integration by: its file if it is one, else its name."""
    return name if not path else path + FLEET if name.endswith(FLEET) else path


@dataclass(frozen=True)
class Source:
    """`path` is the file as the user named it, and `sha256` the digest of its bytes, in hexadecimal."""

    path: str
    sha256: str


def described(name: str, source: Source | None) -> str:
    """The integration with its source, for one that has the same name as another."""
    return f"{name} ({source.path if source else 'part of bootstrap'})"


@dataclass(frozen=True)
class Provenance:
    """Which integration a plan is about. `package` is the Python package that it comes from, if it is neither a file nor
    part of bootstrap; `before` is the file of the last create."""

    name: str
    source: Source | None = None
    package: str = ""
    before: Source | None = None

    @property
    def reviewed(self) -> bool:
        return not self.source and not self.package

    def says(self, text: str) -> str:
        """The text with whose it is, in each of its lines, for one that nobody reviewed: it is not to be taken for one of
        ours."""
        if self.reviewed:
            return text
        who = self.source.path.rpartition("/")[2] if self.source else self.package
        return lines(*(f"{who} says: {each}" for each in (text.split("\n") if isinstance(text, Lines) else [text])))

    @property
    def lines(self) -> Iterator[str]:
        """What a person should know of it before they agree to anything."""
        if not self.reviewed:
            what = self.source.path if self.source else f"{self.name}, of the Python package {self.package},"
            digest = f"; sha256 {self.source.sha256}" if self.source else ""
            yield f"{what} is not part of bootstrap and was not reviewed by it{digest}"
        if self.before and self.source and self.before.sha256 != self.source.sha256:
            moved = f", which used {self.before.path}" if self.before.path != self.source.path else ""
            yield (f"It changed since the last create{moved}: sha256 was {self.before.sha256}, is {self.source.sha256}")

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "file": self.source.path if self.source else None,
            "sha256": self.source.sha256 if self.source else None,
            "reviewed": self.reviewed,
        }
