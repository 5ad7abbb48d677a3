"""What the workers of a run tell the thread that owns the state."""

from dataclasses import dataclass

from bootstrap.core.live import Outputs
from bootstrap.errors import BootstrapError


@dataclass(frozen=True)
class Created:
    """A creating call has returned: its outputs are saved before the rest of the change is done."""

    address: str
    outputs: Outputs


@dataclass(frozen=True)
class Stripped:
    """The first half of a delete is done; the second may wait for others."""

    address: str


@dataclass(frozen=True)
class Done:
    address: str
    outputs: Outputs


@dataclass(frozen=True)
class Errored:
    """With `whole` False, it was the first half of a delete."""

    address: str
    error: BootstrapError
    whole: bool
