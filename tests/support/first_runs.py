"""The first command of a test, often the same as that of another: what it came to is put there, and not made again."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from tests.support import snapshots
from tests.support.wire import Call, Wire

Came = TypeVar("Came")
REPLACED = {"argv", "open_session", "sandboxed", "Timing"}
"""What is replaced for each command that runs in this process."""
FRESH = 60
"""Seconds for which a test cannot tell whether something was made just now."""
NAMED = {"CreateRole", "AttachRolePolicy", "PutRolePolicy"}
"""Calls that a test can make before: nothing that they make has an id which the test could have kept."""


@dataclass(frozen=True)
class After(Generic[Came]):
    came: Came
    calls: list[Call]
    accounts: snapshots.Snapshot
    folder: Path
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < FRESH

    def put_back(self, cloud: Wire) -> Came:
        self.accounts.put_back()
        cloud.calls.extend(self.calls)
        shutil.copytree(self.folder, Path.cwd(), symlinks=True, dirs_exist_ok=True)
        return self.came


class FirstRuns(Generic[Came]):
    """What runs in an empty folder and in empty accounts, in the same environment, comes to the same; also where the test
    made the same roles before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.after: dict[tuple[str, ...], After[Came] | None] = {}

    def run(self, line: str, cloud: Wire, run: Callable[[], Came]) -> Came:
        before = [call.text for call in cloud.calls if not is_harmless(call)]
        key = (
            line,
            *before,
            *(f"{name}={value}" for name, value in sorted(os.environ.items()) if name != "PYTEST_CURRENT_TEST"),
        )
        if (after := self.after.get(key)) and after.is_fresh:
            return after.put_back(cloud)
        start, came = len(cloud.calls), run()
        if key in self.after:  # it is worth keeping
            kept = shutil.copytree(Path.cwd(), Path(tempfile.mkdtemp(dir=self.folder)), symlinks=True, dirs_exist_ok=True)
            self.after[key] = After(came, cloud.calls[start:], snapshots.taken(), kept)
        self.after.setdefault(key)
        return came


def as_for_others(cloud: Wire, patch: pytest.MonkeyPatch) -> bool:
    """Whether a test finds all as the others do: nobody made more than roles, replaced something, or plays a trick."""
    replaced = {name for _, name, _ in patch._setattr} - REPLACED or [
        where for where, *_ in patch._setitem if where is not os.environ
    ]
    made = {call.operation for call in cloud.calls if not is_harmless(call)} - NAMED
    used = {service.service_name for service in snapshots.in_use()} - {"iam", "sts"}
    return not (replaced or made or used) and cloud.is_clear and not any(Path.cwd().iterdir())


def is_harmless(call: Call) -> bool:
    """Whether it changed nothing, and gave no keys."""
    return call.operation.startswith(("Get", "List"))
