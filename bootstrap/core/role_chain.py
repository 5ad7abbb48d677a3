"""The chain of roles that a vendor assumes to get in, and the results of checking it."""

from dataclasses import dataclass
from typing import Literal

LIMITS = (
    "The check assumes the roles from here, one after the other, and lists each bucket below its path. Where you may not "
    "assume the first role yourself, which is usual, it only says what the trust policies say. It uploads and downloads "
    "nothing, and knows neither the key of an encrypted bucket nor the network of the vendor's machines."
)
"""What the check does, and what it cannot know."""


@dataclass(frozen=True)
class Hop:
    """A role to assume, with the credentials of `account` or of the role of the previous hop. It should require
    `external_id` and have access to `buckets` (NAME or NAME/PREFIX)."""

    account: str
    role: str
    external_id: str = ""
    buckets: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoleCheck:
    """The result for one hop, for the same hop without its external id, or for one of its buckets."""

    role: str
    verdict: Literal["ok", "failed", "unknown"]
    text: str
