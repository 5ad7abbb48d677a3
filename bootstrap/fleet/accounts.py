"""The accounts of a fleet, as CloudFormation shows them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bootstrap.core.account_status import AccountStatus, Result
from bootstrap.core.cloud import Cloud
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.resources.cloudformation.drift import detect
from bootstrap.resources.cloudformation.fleet import LEFT_OUT, Row, rows
from bootstrap.resources.cloudformation.operations import StackSet
from bootstrap.resources.cloudformation.organization import whereabouts as whereabouts
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet

_STAYS = "Its stack may still be there: somebody with access to the account has to delete it"
_UNREACHED = "CloudFormation no longer reaches it"
_GONE = "The StackSet has no stack there any more: an earlier run deleted it, or the account left or was taken off before"
_TAKEN_OFF = f"It is where it was: somebody took it off the StackSet. {_STAYS}, unless its stack was deleted then"
_OUT_OF_REACH = "The StackSet no longer has it: it left the organization or the unit, is suspended, or somebody took it off"
Stacks = Sequence[Row]


def stack_set_of(state: State) -> Record | None:
    """The record of the StackSet, if the deployment is a fleet and has one."""
    return next((each for each in state.records.values() if each.kind == CloudFormationStackSet.kind), None)


def stacks_of(aws: Cloud, resource: Resource) -> Stacks | None:
    """The stacks in all accounts, if the resource is a StackSet."""
    return rows(aws, resource.name, resource.call_as) if isinstance(resource, CloudFormationStackSet) else None


def account_statuses(
    aws: Cloud, stack_set: Record, left_out: Collection[str], *, detect_drift: bool = False
) -> list[AccountStatus]:
    """A row for each account, 100 from each call. With `detect_drift`, CloudFormation first compares all stacks with the
    template, which takes minutes."""
    known = stack_set.properties
    of = StackSet(known["name"], known["call_as"])
    stacks = detect(aws, of, known.get("preferences", {})) if detect_drift else rows(aws, of.name, of.call_as)
    found = [status_of(each) for each in stacks]
    is_extra = {each.account for each in found if each.account in left_out and each.result == "up to date"}
    return [replace(each, result="differs", reason=LEFT_OUT) if each.account in is_extra else each for each in found]


def destroyed(
    state: State, before: Stacks, after: Stacks, ask: Callable[[list[str], list[str]], Mapping[str, str]]
) -> list[AccountStatus]:
    """What a destroy came to in each account that the state records or in which there was a stack. `ask` looks up accounts
    without one, or whose stack is as it was, what became of them, given the units, as far as that is known."""
    had, has = {row.account: row for row in before}, {row.account: row for row in after}
    recorded = {
        account: record.status is Status.DELETING
        for record in state.records.values()
        if record.kind == CloudFormationStackInstances.kind
        for account in record.outputs.get("accounts", "").split(",")
        if account
    }
    missing = sorted({*recorded} - {*had})
    units = list(state.inputs.get("organizational_unit") or ())
    stay = sorted(account for account, row in has.items() if row.is_current and not row.is_suspended)
    fates, out = (ask(each, units) if each and units else {} for each in (missing, stay))
    [here] = state.accounts.values()

    def found(account: str) -> AccountStatus:
        if account in had:
            return _destroyed(had[account], has.get(account), out.get(account))
        look = here.aws("organizations", "describe-account", account_id=account) if units else ""
        return _missing(account, fates.get(account), recorded[account], look)

    return [found(each) for each in sorted({*recorded, *had})]


def _missing(account: str, fate: str | None, goes_on: bool, look: str) -> AccountStatus:
    """`goes_on`: an earlier run has begun to delete the stack. `look` is the command that shows where the account is."""
    if fate:
        return AccountStatus(account=account, result="left", reason=f"{_UNREACHED}: {fate}. {_STAYS}")
    if goes_on:
        return AccountStatus(account=account, result="gone", reason=_GONE)
    if fate is None:
        how = f". To see where it is, run: {look}" if look else ""
        return AccountStatus(account=account, result="left", reason=f"{_OUT_OF_REACH}. {_STAYS}{how}")
    return AccountStatus(account=account, result="gone", reason=_TAKEN_OFF)


def _destroyed(before: Row, after: Row | None, fate: str | None) -> AccountStatus:
    """`fate` is what became of an account whose stack is as it was: "" for one that is where it was."""
    where = AccountStatus(account=before.account, unit=before.unit, region=before.region, result="deleted")
    if fate:
        return replace(where, result="left", reason=f"{_UNREACHED}: {fate}. {_STAYS}")
    if after and after.is_current and not after.is_suspended:
        return replace(where, result="not tried")
    if after and after.is_suspended:
        return replace(where, result="suspended", reason=f"CloudFormation skips suspended accounts. {_STAYS}")
    return replace(where, result="failed", reason=after.why) if after else where


def status_of(row: Row) -> AccountStatus:
    result = _result(row)
    if row.unknown and result in ("up to date", "drifted"):
        before = "; it had drifted when it was compared last" if row.has_drifted else ""
        result, reason = "not compared", f"{row.unknown}{before}"
    else:
        reason = "" if result in ("up to date", "drifted") else row.why
    return AccountStatus(
        account=row.account, unit=row.unit, region=row.region, result=result, reason=reason, drifts=row.drifts
    )


def _result(row: Row) -> Result:
    if row.is_working:
        return "working"
    if row.is_suspended:
        return "suspended"
    if not row.is_current:
        return "failed" if row.detail in ("FAILED", "INOPERABLE") or row.status == "INOPERABLE" else "differs"
    return "drifted" if row.has_drifted else "up to date"
