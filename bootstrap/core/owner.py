"""Who owns a resource: the owner tags that go into every creating call, and a mark for what has no tags."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

OWNER_TAGS = ("bootstrap:deployment", "bootstrap:address", "bootstrap:lineage")
_STACK = "aws:cloudformation:stack-name"
_MARK = "Bootstrap"


@dataclass(frozen=True)
class Owner:
    """Who created a resource, as the tags in the creating call say.

    `lineage` is a random value for each state. So two people who use the same deployment name in one account do not
    mistake each other's resources for their own.
    """

    deployment: str
    address: str
    lineage: str

    def tags(self) -> dict[str, str]:
        return dict(zip(OWNER_TAGS, (self.deployment, self.address, self.lineage), strict=True))

    @property
    def mark(self) -> str:
        """The owner as one word of letters and digits (as in a Sid), for what has no tags. It contains the lineage."""
        return _MARK + re.sub("[^A-Za-z0-9]", "", self.lineage) + self._place

    def lineage_of(self, mark: str) -> str:
        """The lineage in a mark of this deployment and address; "" for any other word."""
        is_one = mark.startswith(_MARK) and mark.endswith(self._place)
        return mark.removeprefix(_MARK).removesuffix(self._place) if is_one else ""

    def shares_state(self, mark: str) -> bool:
        """Whether the mark is one of this lineage, at any address."""
        lineage = re.sub("[^A-Za-z0-9]", "", self.lineage)
        return bool(lineage) and re.fullmatch(f"{_MARK}{lineage}[0-9a-f]{{12}}[0-9]*", mark) is not None

    @staticmethod
    def is_mark(word: str) -> bool:
        """Whether the word has the form of a mark, of any deployment."""
        return re.fullmatch(f"{_MARK}[A-Za-z0-9]+", word) is not None

    @property
    def _place(self) -> str:
        return hashlib.sha256(f"{self.deployment}\n{self.address}".encode()).hexdigest()[:12]

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Self | None:
        """The owner that the tags name, with "" for each tag that is missing or empty; None without any owner tag."""
        values = [tags.get(key) or "" for key in OWNER_TAGS]
        return cls(*values) if any(values) else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of the owner tags that are missing."""
        return tuple(key for key, value in self.tags().items() if not value)

    def contradicts(self, other: "Owner") -> bool:
        """Whether an existing tag names a different owner."""
        wanted = other.tags()
        return any(value not in ("", wanted[key]) for key, value in self.tags().items())

    def shares_deployment(self, other: "Owner") -> bool:
        """Whether all tags exist and name the same deployment and lineage, at any address."""
        return not self.missing and (self.deployment, self.lineage) == (other.deployment, other.lineage)


NOBODY = Owner("", "", "")
"""Of what has no owner tags."""


def stack_of(tags: Mapping[str, str]) -> str:
    """The name of the CloudFormation stack that manages what has these tags; "" without a tag that says so.

    Source: CloudFormation template reference aws-properties-resource-tags. IAM's resources do not get these tags.
    """
    return tags.get(_STACK, "")


def tagless(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags without the owner tags and without those of AWS, which nobody can change."""
    return {key: value for key, value in tags.items() if key not in OWNER_TAGS and not key.startswith("aws:")}
