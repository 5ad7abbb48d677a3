"""Which of two values of a property is the stricter one, as data. Pure.

Each resource type has a rule for each of its properties (`Updates.directions`); what follows from them for a plan is
`tightening`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol


class Order(Enum):
    """What AWS has, against what is wanted, where the two differ."""

    TIGHTER = auto()
    LOOSER = auto()
    """Looser, or of a property that has no direction."""
    NARROWED = auto()
    """A part of the access that is wanted is missing, and nothing lets more through: kept, unless all of it is gone."""
    UNORDERED = auto()
    """Each is stricter than the other in something, or nothing tells which one is."""


class Rule(Protocol):
    """The direction of one property. `live` is what AWS has; None stands for "not there"."""

    def order(self, live: Any, wanted: Any) -> Order: ...


@dataclass(frozen=True)
class Repaired:
    """No value is stricter than another, for the reason that `why` gives: what differs is brought back."""

    why: str

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.LOOSER


@dataclass(frozen=True)
class Granted:
    """Access that the integration is for, as `why` says: where it is missing it is given back."""

    why: str

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.NARROWED if live is None else Order.LOOSER


@dataclass(frozen=True)
class Ranked:
    """Values from the loosest to the strictest one. One that is not among them cannot be ordered."""

    values: tuple[Any, ...]

    def order(self, live: Any, wanted: Any) -> Order:
        if live is None:
            return Order.LOOSER
        if live not in self.values or wanted not in self.values:
            return Order.UNORDERED
        return Order.TIGHTER if self.values.index(live) > self.values.index(wanted) else Order.LOOSER


@dataclass(frozen=True)
class Stopped(Ranked):
    """Switches things off in its stricter values. A delete of ours that was cut off leaves them so, too."""


@dataclass(frozen=True)
class Smaller:
    """The smaller number is the stricter one."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.TIGHTER if live is not None and live < wanted else Order.LOOSER


@dataclass(frozen=True)
class Limited:
    """A limit that may be there or not (a permissions boundary). Of two different ones nothing tells which is stricter."""

    def order(self, live: Any, wanted: Any) -> Order:
        if live is None:
            return Order.LOOSER
        return Order.TIGHTER if wanted is None else Order.UNORDERED


@dataclass(frozen=True)
class Members:
    """A list of what lets something through: more of them are looser, and one in place of another is neither."""

    def order(self, live: Any, wanted: Any) -> Order:
        has, wants = set(live or ()), set(wanted)
        if has < wants:
            return Order.NARROWED
        return Order.LOOSER if wants < has else Order.UNORDERED


@dataclass(frozen=True)
class Chosen:
    """One thing that something acts as, or nothing. Of another one nothing tells whether it may more or less."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.NARROWED if live is None else Order.UNORDERED


@dataclass(frozen=True)
class Held:
    """One thing that is held, or none: what somebody took out stays out. What of ours was cut off leaves it empty, too."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.UNORDERED if live else Order.TIGHTER


@dataclass(frozen=True)
class Removable:
    """Entries that only let through what need not be: one that somebody removed stays removed."""

    def order(self, live: Any, wanted: Any) -> Order:
        return Order.TIGHTER if live is None else Order.LOOSER


@dataclass(frozen=True)
class Compared:
    """By a function of the resource type."""

    function: Callable[[Any, Any], Order]

    def order(self, live: Any, wanted: Any) -> Order:
        return self.function(live, wanted)


@dataclass(frozen=True)
class Parts:
    """A mapping whose entries have a rule each: a stricter one is kept while a looser one is brought back."""

    rules: Mapping[str, Rule]


Directions = Mapping[str, Rule | Parts]
