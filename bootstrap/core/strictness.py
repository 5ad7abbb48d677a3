"""Which of two values of a property is stricter, as data. Pure.

Each resource type has a rule for each of its properties (`Updates.strictness`). What the rules mean for a plan is in
`tightening.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol


class Order(Enum):
    """How the value that AWS has compares with the desired one, where the two differ."""

    TIGHTER = auto()
    LOOSER = auto()
    """Looser, or a property with no order."""
    NARROWED = auto()
    """Some of the desired access is missing, and nothing grants more: kept, unless all of it is missing."""
    UNORDERED = auto()
    """Each is stricter than the other in some way, or nothing shows which one is stricter."""


class Rule(Protocol):
    """How to order the values of one property. `live` is the value that AWS has; None means "absent"."""

    def order(self, live: Any, wanted: Any) -> Order: ...


@dataclass(frozen=True)
class Repaired:
    """No value is stricter than another, for the reason in `why`: a difference is reset to the desired value."""

    why: str

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.LOOSER


@dataclass(frozen=True)
class Granted:
    """Access that the integration needs, as `why` says: where it is missing, it is restored."""

    why: str

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.NARROWED if live is None else Order.LOOSER


@dataclass(frozen=True)
class Ranked:
    """Values from the loosest to the strictest. A value that is not listed cannot be ordered."""

    values: tuple[Any, ...]

    def order(self, live: Any, wanted: Any) -> Order:
        if live is None:
            return Order.LOOSER
        if live not in self.values or wanted not in self.values:
            return Order.UNORDERED
        return Order.TIGHTER if self.values.index(live) > self.values.index(wanted) else Order.LOOSER


@dataclass(frozen=True)
class Stopped(Ranked):
    """A switch whose stricter values turn something off. An interrupted delete of ours also leaves it off."""


@dataclass(frozen=True)
class Smaller:
    """The smaller number is stricter."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.TIGHTER if live is not None and live < wanted else Order.LOOSER


@dataclass(frozen=True)
class Limited:
    """An optional limit (a permissions boundary). Of two different limits, nothing shows which is stricter."""

    def order(self, live: Any, wanted: Any) -> Order:
        if live is None:
            return Order.LOOSER
        return Order.TIGHTER if wanted is None else Order.UNORDERED


@dataclass(frozen=True)
class Members:
    """A list of entries that each grant access. What others add beside ours stays (`tightening.added_by_others`); a replaced
    entry is neither stricter nor looser. `noun` is for one entry."""

    noun: str

    def order(self, live: Any, wanted: Any) -> Order:
        has, wants = set(live or ()), set(wanted)
        if has < wants:
            return Order.NARROWED
        return Order.LOOSER if wants < has else Order.UNORDERED


@dataclass(frozen=True)
class Chosen:
    """The one identity that something acts as, or none. Nothing shows whether another one may do more or less."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.NARROWED if live is None else Order.UNORDERED


@dataclass(frozen=True)
class Held:
    """A slot for one member: what somebody removed stays removed. An interrupted change of ours also leaves it empty."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.UNORDERED if live else Order.TIGHTER


@dataclass(frozen=True)
class Removable:
    """Entries that grant more than the integration needs: one that somebody removed stays removed."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.TIGHTER if live is None else Order.LOOSER


@dataclass(frozen=True)
class Compared:
    """Ordered by a function of the resource type."""

    function: Callable[[Any, Any], Order]

    def order(self, live: Any, wanted: Any) -> Order:
        return self.function(live, wanted)


@dataclass(frozen=True)
class Parts:
    """A mapping with a rule for each entry: a stricter entry is kept while a looser one is reset."""

    rules: Mapping[str, Rule]


Strictness = Mapping[str, Rule | Parts]
