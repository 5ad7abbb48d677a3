"""The chain of roles by which a vendor comes in, and what a check of it finds."""

from dataclasses import dataclass
from typing import Literal

LIMITS = (
    "The check assumes the roles from here, one after the other, and lists each bucket below its path. Where you may not "
    "assume the first role yourself, which is usual, it only says what the trust policies say. It uploads and downloads "
    "nothing, and knows neither the key of an encrypted bucket nor the network of the vendor's machines."
)
"""What a check does, and what it cannot tell."""


@dataclass(frozen=True)
class Hop:
    """A role to assume, with credentials of `account` or of the role of the hop before; it should ask for `external_id`, and
    reach `buckets` (NAME or NAME/PREFIX)."""

    account: str
    role: str
    external_id: str = ""
    buckets: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoleCheck:
    """What became of one hop, of the same without its external id, or of a bucket that it should reach."""

    role: str
    verdict: Literal["ok", "failed", "unknown"]
    text: str
