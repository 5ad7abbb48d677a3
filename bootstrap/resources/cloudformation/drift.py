"""What somebody changed in the stacks of a StackSet: CloudFormation compares them only when it is asked to.

Source: CloudFormation API reference DetectStackSetDrift, StackSetOperationPreferences, StackSetOperationResultSummary,
StackInstanceSummary (LastDriftCheckTimestamp), ListStackInstanceResourceDrifts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bootstrap.core.cloud import Cloud
from bootstrap.core.query import Query
from bootstrap.resources.cloudformation import fleet, operations
from bootstrap.resources.cloudformation.fleet import MOST_SHOWN, Row
from bootstrap.resources.cloudformation.operations import StackSet, preferences_of

_LOOKING = "looking for drift"


def detect(aws: Cloud, of: StackSet, preferences: Mapping[str, int | str] = {}) -> list[Row]:
    """Compares each stack with its template, waits for that, and returns all rows with what has drifted, and why some were
    not compared. As it changes nothing, no failure stops it: by AWS's default, the first one would."""
    at_once = {name: value for name, value in preferences.items() if name.startswith("max_concurrent")}
    sent = preferences_of({**at_once, "failure_tolerance_percentage": 100})
    operation = operations.start(aws, of, "detect_stack_set_drift", **sent)
    fleet.settled(aws, of, _LOOKING)
    found = _compared(aws, of, operation)
    drifted = [row for row in found if row.has_drifted and not row.unknown]
    answers = aws.read_each([_drifts(of, row, operation) for row in drifted], "accounts")
    texts = {row: tuple(_text(item) for item in answer["Summaries"]) for row, answer in zip(drifted, answers, strict=True)}
    return [replace(row, drifts=texts.get(row, ())) for row in found]


def _compared(aws: Cloud, of: StackSet, operation: str) -> list[Row]:
    """All rows, once those that the operation has compared show that."""
    ended = {(item["Account"], item["Region"]): item for item in operations.results(aws, of, operation)}
    summary = operations.summary(aws, of, operation)
    found: list[Row] = []

    def state() -> str:
        nonlocal found
        found = [
            _judged(row, ended.get((row.account, row.region)), summary)
            for row in fleet.rows(aws.fresh(), of.name, of.call_as)
        ]
        late = [row.account for row in found if not row.unknown and _is_from_before(row, summary)]
        return f"{_LOOKING}: {late[0]} still shows what was found before" if late else ""

    aws.wait(state)
    return found


def _judged(row: Row, result: Mapping[str, Any] | None, operation: Mapping[str, Any]) -> Row:
    """The row with why it was not compared, if it was not."""
    if result and result["Status"] == "SUCCEEDED":
        return row
    ended = str(operation.get("Status", "")).lower()
    why = "it was not among the accounts of the comparison"
    if result:
        status = result["Status"].lower()
        why = result.get("StatusReason") or (f"{status}, as the operation is {ended}" if ended != "succeeded" else status)
    return replace(row, unknown=f"CloudFormation did not compare it: {why}")


def _is_from_before(row: Row, operation: Mapping[str, Any]) -> bool:
    began = operation.get("CreationTimestamp")
    return row.drift == "NOT_CHECKED" or bool(row.checked and began and row.checked < began)


def drifted(found: Iterable[Row]) -> list[str]:
    """A remark on what the last detection found: CloudFormation takes these stacks to be current."""
    them = [row.account for row in found if row.has_drifted]
    if not them:
        return []
    more = f" and {len(them) - MOST_SHOWN} more" if len(them) > MOST_SHOWN else ""
    has = "1 account has" if len(them) == 1 else f"{len(them)} accounts have"
    restored = "create does not restore that: undo the change in the account, and run status with --detect-drift"
    return [f"{has} drifted ({', '.join(them[:MOST_SHOWN])}{more}); {restored}"]


def _drifts(of: StackSet, row: Row, operation: str) -> Query:
    where = {"StackInstanceAccount": row.account, "StackInstanceRegion": row.region, "OperationId": operation}
    states = ["MODIFIED", "DELETED"]
    return of.query("list_stack_instance_resource_drifts", **where, StackInstanceResourceDriftStatuses=states)


def _text(item: Mapping[str, Any]) -> str:
    name = f"{item['ResourceType']} {item.get('PhysicalResourceId', item['LogicalResourceId'])}"
    changed = [part["PropertyPath"] for part in item.get("PropertyDifferences", ())]
    return f"{name}: {', '.join(changed) or item['StackResourceDriftStatus'].lower()}"
