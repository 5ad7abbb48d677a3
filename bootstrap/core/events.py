"""What happens while a plan runs. Views show it; nothing else is printed. There is no clock in here."""

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
    """What the change at `address` waits for, in words."""

    address: str
    text: str


@dataclass(frozen=True)
class Succeeded:
    change: Change
    outputs: Outputs


@dataclass(frozen=True)
class Failed:
    """`error` says what went wrong, `advice` what to type next; `denial` is that of `BootstrapError`."""

    change: Change
    error: str
    advice: str
    denial: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Skipped:
    """Not tried, `because` says why: what it needs failed, or the run was stopped."""

    change: Change
    because: str


@dataclass(frozen=True)
class Stopping:
    """Ctrl-C was pressed once: nothing new starts, what runs is waited for."""

    running: tuple[str, ...]


Event = Started | Progress | Succeeded | Failed | Skipped | Stopping
