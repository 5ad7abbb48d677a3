"""What a change destroys and nothing brings back: data, and work that is under way. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["objects", "volume", "jobs", "work", "foreign"]


@dataclass(frozen=True)
class Loss:
    """What is lost of the thing called `name` (a bucket, a volume's id, a queue, an address).

    `count` and `bytes` are what was seen: `more` says that the count stopped there, 0 that the size is not known. Both
    change while a person reads the plan, so they do not make another loss of it. `detail` says more in words. "foreign" is
    what somebody else added; its `name` is its whole text.
    """

    kind: Kind
    name: str
    detail: str = ""
    count: int = field(default=0, compare=False)
    more: bool = field(default=False, compare=False)
    bytes: int = field(default=0, compare=False)

    @property
    def subject(self) -> str:
        """As `Live.along` and `Live.parts` name it."""
        return {"volume": f"volume {self.name}", "foreign": self.name, "work": self.detail}.get(self.kind, "")

    @property
    def stops(self) -> bool:
        """Whether it is work that ends, and not data."""
        return self.kind in ("jobs", "work")

    @property
    def text(self) -> str:
        """ "1,200 objects and versions (3.4 MB) in bucket acme"."""
        size = f"{'at least ' if self.more else ''}{size_of(self.bytes)}" if self.bytes else ""
        about = ", ".join(filter(None, (size, self.detail)))
        then = f" ({about})" if about else ""
        match self.kind:
            case "objects":
                number = f"{'more than ' if self.more else ''}{self.count:,}"
                return f"{number} {'object' if self.count == 1 else 'objects and versions'}{then} in bucket {self.name}"
            case "jobs":
                return f"{self.count:,} {'job' if self.count == 1 else 'jobs'} in queue {self.name}{then}"
            case "volume":
                return f"volume {self.name}{then} with everything on it"
            case "work":
                return self.detail
            case "foreign":
                return f"{self.name}, which somebody else added"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "text": self.text}


def size_of(number: int) -> str:
    """Bytes as AWS's console writes them: a KB has 1,024."""
    size, units = float(number), iter(("bytes", "KB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 1024 and (larger := next(units, None)):
        size, unit = size / 1024, larger
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def sentences(losses: Iterable[Loss]) -> Iterator[str]:
    """One for the data and one for the work, in a few words each."""
    found = list(losses)
    for verb, stops in (("Deleted for good", False), ("Stopped", True)):
        if texts := [each.text for each in found if each.stops is stops]:
            yield f"{verb}: {'; '.join(texts)}."
