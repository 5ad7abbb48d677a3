"""Whose a thing is: the owner tags that travel in every creating call, and a word for what has no tags."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

OWNER_TAGS = ("bootstrap:deployment", "bootstrap:address", "bootstrap:lineage")
_MARK = "Bootstrap"


@dataclass(frozen=True)
class Owner:
    """Who made a thing, as tags in the creating call say it.

    `lineage` is drawn at random for each state: two people who use the same deployment name in one account do not
    take each other's things for their own.
    """

    deployment: str
    address: str
    lineage: str

    def tags(self) -> dict[str, str]:
        return dict(zip(OWNER_TAGS, (self.deployment, self.address, self.lineage), strict=True))

    @property
    def mark(self) -> str:
        """The owner as one word, for what has no tags: letters and digits, as a Sid may have. The lineage can be read."""
        return _MARK + re.sub("[^A-Za-z0-9]", "", self.lineage) + self._place

    def lineage_of(self, mark: str) -> str:
        """The lineage in the mark of this deployment and address, or "" when it is no such mark."""
        is_one = mark.startswith(_MARK) and mark.endswith(self._place)
        return mark.removeprefix(_MARK).removesuffix(self._place) if is_one else ""

    @staticmethod
    def is_mark(word: str) -> bool:
        """Whether it is the mark of some deployment, as far as its form tells."""
        return re.fullmatch(f"{_MARK}[A-Za-z0-9]+", word) is not None

    @property
    def _place(self) -> str:
        return hashlib.sha256(f"{self.deployment}\n{self.address}".encode()).hexdigest()[:12]

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Self | None:
        """What the owner tags say, with "" for each that is missing or empty; None where there are none at all."""
        values = [tags.get(key) or "" for key in OWNER_TAGS]
        return cls(*values) if any(values) else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The owner tags that are not there."""
        return tuple(key for key, value in self.tags().items() if not value)

    def contradicts(self, other: "Owner") -> bool:
        """Whether a tag that is there names somebody else."""
        return any(
            value not in ("", wanted) for value, wanted in zip(self.tags().values(), other.tags().values(), strict=True)
        )

    def shares_deployment(self, other: "Owner") -> bool:
        """Whether all tags are there and name the same state's deployment, at whatever address."""
        return not self.missing and (self.deployment, self.lineage) == (other.deployment, other.lineage)


def tagless(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags without our owner tags and without AWS's own, which nobody can change."""
    return {key: value for key, value in tags.items() if key not in OWNER_TAGS and not key.startswith("aws:")}
