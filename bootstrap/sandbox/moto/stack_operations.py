"""Plays the operations of a StackSet, which take a few looks: at the second half of the accounts are done, at the third all.

Source: CloudFormation API reference StackSetOperation, StackSetOperationPreferences, StackInstance.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bootstrap.sandbox.moto.stack_types import Failure
from bootstrap.sandbox.moto.stacks import Stack

LOOKS = 3
SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"
Params = dict[str, Any]


@dataclass
class Instance:
    """A stack of the set in one account and region."""

    stack: Stack
    unit: str = ""
    overrides: dict[str, str] = field(default_factory=dict)
    status: str = "OUTDATED"
    detail: str = "PENDING"
    reason: str = ""
    drift: str = "NOT_CHECKED"
    checked: datetime | None = None
    drifts: list[Params] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def key(self) -> tuple[str, str]:
        return self.stack.account, self.stack.region

    def ended(self, status: str, detail: str, reason: str = "") -> None:
        self.status, self.detail, self.reason = status, detail, reason


@dataclass
class Operation:
    """`work` does one instance; `results` has the status and the reason by account and region."""

    id: str
    action: str
    instances: list[Instance]
    work: Callable[[Instance], None]
    preferences: Params
    status: str = "RUNNING"
    results: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    reason: str = ""
    looks: int = 0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None

    @property
    def tolerance(self) -> int:
        share = self.preferences.get("FailureTolerancePercentage", 0) * len(self.instances) // 100
        return int(self.preferences.get("FailureToleranceCount", share))

    @property
    def failed(self) -> int:
        return sum(1 for status, _ in self.results.values() if status == "FAILED")

    def look(self) -> None:
        self.looks += 1
        if self.looks == 1:
            return
        half = len(self.instances) // 2
        for instance in self.instances[len(self.results) : half if self.looks < LOOKS else None]:
            if self.status == "STOPPING" or self.failed > self.tolerance:
                instance.detail = "CANCELLED"
                self.results[instance.key] = "CANCELLED", "Cancelled since failure tolerance has exceeded"
                continue
            self.work(instance)
            skipped = instance.detail == SUSPENDED
            result = "CANCELLED" if skipped else "FAILED" if instance.detail in ("FAILED", "INOPERABLE") else "SUCCEEDED"
            self.results[instance.key] = result, instance.reason
        if self.looks >= LOOKS:
            self.ended = datetime.now(UTC)
            failed = "FAILED" if self.failed > self.tolerance else "SUCCEEDED"
            self.status = "STOPPED" if self.status == "STOPPING" else failed


def values_of(given: list[Params], before: Mapping[str, str]) -> dict[str, str]:
    """The values of parameters that a call means; an update may keep those from before."""
    found = {}
    for item in given:
        name, keeps = item["ParameterKey"], item.get("UsePreviousValue")
        if keeps and item.get("ParameterValue") is not None:
            raise Failure("ValidationError", f"Parameter {name}: give a value, or UsePreviousValue, not both")
        if keeps and name not in before:
            raise Failure("ValidationError", f"Parameter {name}: there is no previous value")
        found[name] = before[name] if keeps else item.get("ParameterValue", "")
    return found
