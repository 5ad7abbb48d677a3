"""What was found of a deployment whose state is lost: plain data, which a person confirms before it is recorded."""

from dataclasses import asdict, dataclass
from typing import Any

from bootstrap.core.difference import Difference


@dataclass(frozen=True)
class RecoveredResource:
    """A resource that goes into the state. `differs` are the fields that differ from the inputs; somebody, or a destroy that
    was cut off, switched off those in `switched_off`. A resource that the inputs do not include (not `wanted`) is recorded
    as it is now."""

    address: str
    kind: str
    name: str
    id: str
    account: str
    wanted: bool = True
    differs: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()
    later: tuple[Difference, ...] = ()
    """What the next create changes."""


@dataclass(frozen=True)
class Contradicted:
    """An input (`name`) where AWS has something else than the inputs. About who may assume a role: the next create would let
    in whom these inputs name, and lock out the others. About a `fixed` property, such as a name: no create can change it,
    and the hand-off would have the wrong one. "" is the name if no one input says it."""

    name: str
    given: tuple[str, ...]
    found: tuple[str, ...]
    address: str
    fixed: str = ""


@dataclass(frozen=True)
class Recovered:
    """`tags` are those that every resource has and the inputs did not name: create gave them. `missing` are the addresses
    that the inputs want and that were not found. `unclaimed` has the tags of the deployment and cannot be recorded.
    `unsearched` has a line for each search that was not possible. `omitted` are the flags that grant less, as AWS has it,
    and that the inputs do not have."""

    deployment: str
    lineage: str
    taken: tuple[RecoveredResource, ...]
    missing: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    contradicted: tuple[Contradicted, ...] = ()
    omitted: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
