"""What was found of a deployment whose state is lost: plain data, to be agreed to before it is recorded."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class RecoveredResource:
    """A thing that goes into the state. `differs` are the fields in which it is not as the inputs want it; what is not
    `wanted` is not in the inputs, and is recorded as it is now."""

    address: str
    kind: str
    name: str
    id: str
    account: str
    wanted: bool = True
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovered:
    """`missing` are the addresses that the inputs want and that were not found; `unclaimed` carries the deployment's tags
    and cannot be recorded; `unsearched` is what could not be looked for, a line each."""

    deployment: str
    lineage: str
    taken: tuple[RecoveredResource, ...]
    missing: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
