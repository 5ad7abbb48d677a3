"""The accounts of a fleet, as CloudFormation shows them."""

from bootstrap.core.account_status import AccountStatus, Result
from bootstrap.core.cloud import Cloud
from bootstrap.core.state import Record, State
from bootstrap.resources.cloudformation.fleet import DRIFTED, SUSPENDED, Row, detect, rows
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet


def stack_set_of(state: State) -> Record | None:
    """The record of the StackSet, if the deployment is a fleet and has one."""
    return next((each for each in state.records.values() if each.kind == CloudFormationStackSet.kind), None)


def account_statuses(aws: Cloud, stack_set: Record, *, detect_drift: bool = False) -> list[AccountStatus]:
    """A row for each account, 100 from each call. With `detect_drift`, CloudFormation first compares all stacks with the
    template, which takes minutes."""
    look = detect if detect_drift else rows
    found = look(aws, stack_set.properties["name"], stack_set.properties["call_as"])
    return [_status(each) for each in found]


def _status(row: Row) -> AccountStatus:
    result = _result(row)
    reason = "" if result in ("up to date", "drifted") else row.why
    return AccountStatus(
        account=row.account, unit=row.unit, region=row.region, result=result, reason=reason, drifts=row.drifts
    )


def _result(row: Row) -> Result:
    if row.is_working:
        return "working"
    if row.detail == SUSPENDED:
        return "suspended"
    if not row.is_current:
        return "failed" if row.detail in ("FAILED", "INOPERABLE") or row.status == "INOPERABLE" else "differs"
    return "drifted" if row.drift == DRIFTED else "up to date"
