"""Operations of a StackSet: what CloudFormation does in many accounts, one operation after the other.

A call that changes instances answers at once with the id of an operation, and the operation goes on without us: after Ctrl-C
or a kill, the next run finds it and waits for it. The id is also the idempotency token. Ours follows from the owner tags and
from the operation before, so a call that is sent twice starts one operation.
Source: CloudFormation API reference CreateStackInstances, ListStackSetOperations, StackSetOperationSummary,
ListStackSetOperationResults, StackSetOperationPreferences; user guide stacksets-concepts (status codes).
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core.cloud import Cloud
from bootstrap.core.query import Query
from bootstrap.core.rollout import Rollout

GONE = "StackSetNotFoundException"
BUSY = "OperationInProgressException"
STARTED = "OperationIdAlreadyExistsException"
STALE = "StaleRequestException"
NO_OPERATION = "OperationNotFoundException"
ACTIVE = ("RUNNING", "QUEUED", "STOPPING")
SERVICE_MANAGED, SELF_MANAGED = "SERVICE_MANAGED", "SELF_MANAGED"
SELF, DELEGATED_ADMIN = "SELF", "DELEGATED_ADMIN"
PAGE = 100
_PATIENCE = 15.0
"""How long an operation may take, in multiples of two minutes; each of its stacks adds a quarter of one."""
_PREFERENCES = {
    "failure_tolerance_count": "FailureToleranceCount",
    "failure_tolerance_percentage": "FailureTolerancePercentage",
    "max_concurrent_count": "MaxConcurrentCount",
    "max_concurrent_percentage": "MaxConcurrentPercentage",
    "concurrency_mode": "ConcurrencyMode",
    "region_concurrency": "RegionConcurrencyType",
}
_VALUES: Mapping[str, Sequence[str]] = {
    "concurrency_mode": ("STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"),
    "region_concurrency": ("SEQUENTIAL", "PARALLEL"),
}
_LEAST = {"max_concurrent_count": 1, "max_concurrent_percentage": 1}


@dataclass(frozen=True)
class StackSet:
    """A StackSet in calls: its name or its id, and as whom we act on it."""

    name: str
    call_as: str = SELF

    @property
    def named(self) -> dict[str, Any]:
        return {"StackSetName": self.name, "CallAs": self.call_as}

    def query(self, operation: str, *absent: str, **parameters: Any) -> Query:
        """Answers None where there is no such StackSet."""
        return Query("cloudformation", operation, {**self.named, **parameters}, (GONE, *absent))

    def look(self, aws: Cloud, query: Query) -> Any:
        """The answer as it is now; None where there is no such StackSet."""
        return aws.fresh().read(query)[0]


def preference_problems(preferences: Mapping[str, int | str]) -> list[str]:
    found = []
    for name, value in preferences.items():
        if name not in _PREFERENCES:
            found.append(f"preference {name!r}: StackSets know {', '.join(_PREFERENCES)}")
        elif name in _VALUES:
            if value not in _VALUES[name]:
                found.append(f"{name} {value!r}: it is {' or '.join(_VALUES[name])}")
        elif not isinstance(value, int) or value < _LEAST.get(name, 0):
            found.append(f"{name} {value!r}: it is a number from {_LEAST.get(name, 0)}")
        elif name.endswith("percentage") and value > 100:
            found.append(f"{name} {value}: it is up to 100")
    for what in ("failure_tolerance", "max_concurrent"):
        if {f"{what}_count", f"{what}_percentage"} <= set(preferences):
            found.append(f"{what}: StackSets accept a count or a percentage, not both")
    return found


def preferences_of(preferences: Mapping[str, int | str]) -> dict[str, Any]:
    """The parameter of the calls; nothing where AWS's own are to be used (one account at a time, no failure)."""
    sent = {_PREFERENCES[name]: value for name, value in preferences.items()}
    return {"OperationPreferences": sent} if sent else {}


def start(aws: Cloud, of: StackSet, operation: str, **parameters: Any) -> str:
    """Starts an operation once no other is active. What this resource has started and not waited for is not started again.

    It returns its id when the list of operations, which is eventually consistent, shows it: `settle` then waits for it.
    """
    ahead = _Followed()
    sent, call = "", f"{operation} {json.dumps(parameters, sort_keys=True)}"  # with other inputs it is another operation

    def state() -> str:
        nonlocal sent
        known = _operations(aws, of)
        latest, before = _latest(known)
        if sent:
            return "" if sent in [item["OperationId"] for item in known] else f"operation {sent} was accepted"
        if latest and latest["Status"] in ACTIVE:
            if latest["OperationId"] != _token(aws, call, before):
                ahead.look(aws, of, latest)
                return _busy(aws, of, latest)
            sent = latest["OperationId"]
            return ""
        token = _token(aws, call, latest)
        try:
            aws.call("cloudformation", operation, **of.named, **parameters, OperationId=token)
        except ClientError as error:
            if code_of(error) in (BUSY, STALE):  # stale: another one came after what the list has shown
                return f"StackSet {of.name} is busy with another operation"
            if code_of(error) != STARTED:
                raise
        sent = token
        return f"operation {sent} was accepted"

    aws.wait(state, lambda: ahead.patience)
    return sent


def settle(aws: Cloud, of: StackSet, what: str) -> None:
    """Waits until no operation is active, whoever started it, and shows how far it is. Raises AwsError after a long time."""
    followed = _Followed()

    def state() -> str:
        latest, _ = _latest(_operations(aws, of))
        if not latest or latest["Status"] not in ACTIVE:
            return ""
        return rollout(what, followed.look(aws, of, latest)) or _busy(aws, of, latest)

    aws.wait(state, lambda: followed.patience)


@dataclass
class _Followed:
    """The operations that a wait has seen active, one after the other, with the number of accounts of each."""

    sizes: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    found: Sequence[Mapping[str, Any]] = ()

    @property
    def patience(self) -> float:
        return _PATIENCE * max(1, len(self.sizes)) + sum(self.sizes.values()) / 4

    def look(self, aws: Cloud, of: StackSet, active: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The results of the operation; with many accounts they are many pages, and not always read."""
        name = active["OperationId"]
        if name not in self.sizes or self.looks % max(1, math.ceil(self.sizes[name] / PAGE)) == 0:
            self.looks, self.found = 0, results(aws, of, name)
            self.sizes[name] = len(self.found)
        self.looks += 1
        return self.found


def results(aws: Cloud, of: StackSet, operation: str) -> Sequence[Mapping[str, Any]]:
    """What an operation has come to in each account, 100 from each call."""
    answer = of.look(aws, of.query("list_stack_set_operation_results", NO_OPERATION, OperationId=operation))
    return answer["Summaries"] if answer else []


def summary(aws: Cloud, of: StackSet, operation: str) -> Mapping[str, Any]:
    """What the list of operations says of one; nothing where it no longer has it."""
    return next((item for item in _operations(aws, of) if item["OperationId"] == operation), {})


def done(aws: Cloud, of: StackSet, operation: str) -> tuple[set[str], set[str]]:
    """The accounts in which this operation, or the newest one, has created and has deleted a stack."""
    found = summary(aws, of, operation) if operation else _latest(_operations(aws, of))[0]
    if not found or found["Action"] not in ("CREATE", "DELETE"):
        return set(), set()
    ended = {item["Account"] for item in results(aws, of, found["OperationId"]) if item["Status"] == "SUCCEEDED"}
    return (ended, set()) if found["Action"] == "CREATE" else (set(), ended)


def rollout(what: str, results: Sequence[Mapping[str, Any]]) -> str:
    """How far an operation is, by its results in each account; "" while there are none."""
    by_status: dict[str, list[Mapping[str, Any]]] = {}
    for item in results:
        by_status.setdefault(item["Status"], []).append(item)
    failed = {item["Account"]: item.get("StatusReason", "") for item in by_status.get("FAILED", ())}
    running, skipped = (tuple(item["Account"] for item in by_status.get(each, ())) for each in ("RUNNING", "CANCELLED"))
    done = len(by_status.get("SUCCEEDED", ()))
    return Rollout(what, len(results), done, running, failed, skipped) if results else ""


def _busy(aws: Cloud, of: StackSet, found: Mapping[str, Any]) -> str:
    watch = aws.account.aws(
        "cloudformation",
        "list-stack-set-operation-results",
        stack_set_name=of.name,
        operation_id=found["OperationId"],
        call_as=None if of.call_as == SELF else of.call_as,
    )
    return f"{_outcome(of, found)}. To look at it: {watch}"


def _outcome(of: StackSet, found: Mapping[str, Any]) -> str:
    why = f": {reason.rstrip('.')}" if (reason := found.get("StatusReason")) else ""
    return f"operation {found['OperationId']} ({found['Action']}) of StackSet {of.name} is {found['Status'].lower()}{why}"


def failure(aws: Cloud, of: StackSet) -> list[str]:
    """What CloudFormation says of the newest operation as a whole, if that did not succeed, beside each account's reason."""
    latest, _ = _latest(_operations(aws, of))
    return [f"{_outcome(of, latest)}."] if latest and latest["Status"] in ("FAILED", "STOPPED") else []


def _operations(aws: Cloud, of: StackSet) -> list[Mapping[str, Any]]:
    """The newest operations, the newest first."""
    query = of.query("list_stack_set_operations", MaxResults=20)
    answer = of.look(aws, replace(query, all_pages=False))
    known = answer["Summaries"] if answer else []
    return sorted(known, key=lambda item: item["CreationTimestamp"], reverse=True)


def _latest(known: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The operation that is active, else the newest, and the one before it."""
    active = [place for place, item in enumerate(known) if item["Status"] in ACTIVE]
    rest = known[active[-1] if active else 0 :]
    return rest[0] if rest else None, rest[1] if len(rest) > 1 else None


def _token(aws: Cloud, call: str, before: Mapping[str, Any] | None) -> str:
    text = "\n".join((aws.client_token, call, before["OperationId"] if before else ""))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
