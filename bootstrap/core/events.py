"""What happens while a plan runs. Views show these events and nothing else. They carry no times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core.live import Outputs
from bootstrap.core.plan import Change


@dataclass(frozen=True)
class Started:
    change: Change


@dataclass(frozen=True)
class Progress:
    """What the change at `address` is waiting for."""

    address: str
    text: str


@dataclass(frozen=True)
class Succeeded:
    change: Change
    outputs: Outputs


@dataclass(frozen=True)
class Failed:
    """`error`, `advice` and `denial` are those of the `BootstrapError`."""

    change: Change
    error: str
    advice: str
    denial: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Skipped:
    """Not tried. `because` says why: a dependency failed, or the run was stopped."""

    change: Change
    because: str


@dataclass(frozen=True)
class Stopping:
    """Ctrl-C was pressed once: nothing new starts, and the run waits for the changes in `running`."""

    running: tuple[str, ...]


Event = Started | Progress | Succeeded | Failed | Skipped | Stopping
