"""What a StackSet has in each account: the rows of a status.

Source: CloudFormation API reference ListStackInstances, StackInstanceSummary, DescribeStackInstance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bootstrap.core import commands
from bootstrap.core.cloud import Cloud
from bootstrap.core.query import Query
from bootstrap.errors import AwsError, lines
from bootstrap.resources.cloudformation import operations
from bootstrap.resources.cloudformation.operations import SELF, StackSet
from bootstrap.resources.cloudformation.organization import whereabouts

DRIFTED, SUSPENDED = "DRIFTED", "SKIPPED_SUSPENDED_ACCOUNT"
LEFT_OUT = "it is left out, and has a stack all the same"
_WORKING = ("PENDING", "RUNNING")
MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """One stack instance. `unit` is the organizational unit, "" where accounts are named. `status` is CURRENT, OUTDATED or
    INOPERABLE, `detail` AWS's detailed status, `drift` the result of the last detection, and `checked` its time. After
    `drift.detect` only: `drifts` has a text for each resource that has drifted, and `unknown` why it was not compared."""

    account: str
    unit: str
    region: str
    status: str
    detail: str
    reason: str
    drift: str
    stack_id: str
    stack_set_id: str
    checked: datetime | None = None
    drifts: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def is_current(self) -> bool:
        return self.status == "CURRENT"

    @property
    def is_working(self) -> bool:
        return self.detail in _WORKING

    @property
    def is_suspended(self) -> bool:
        return self.detail == SUSPENDED

    @property
    def has_drifted(self) -> bool:
        return self.drift == DRIFTED

    @property
    def why(self) -> str:
        if self.is_suspended:
            return "the account is suspended, so CloudFormation skips it"
        if self.detail == "SUCCEEDED" and not self.reason:
            return "its stack is older than the StackSet"
        return self.reason or (self.detail or self.status).lower()


def query(of: StackSet) -> Query:
    return of.query("list_stack_instances")


def rows_in(answer: Mapping[str, Any] | None) -> list[Row]:
    """The rows of an answer to `query`, by account; none where there is no StackSet."""
    found = [_row(item) for item in answer["Summaries"]] if answer else []
    return sorted(found, key=lambda row: (row.account, row.region))


def rows(aws: Cloud, stack_set: str, call_as: str = SELF) -> list[Row]:
    """All stack instances of the StackSet with this name or id, read 100 a page."""
    return rows_in(aws.read(query(StackSet(stack_set, call_as)))[0])


def own_values(aws: Cloud, of: StackSet, found: Iterable[Row]) -> list[dict[str, str]]:
    """The values that each of these stacks has of its own, which the list lacks: one call for each. CloudFormation changes
    nothing in an account that is suspended."""
    asked = [
        of.query(
            "describe_stack_instance",
            "StackInstanceNotFoundException",
            StackInstanceAccount=row.account,
            StackInstanceRegion=row.region,
        )
        for row in found
        if not row.is_suspended
    ]
    answers = [answer["StackInstance"] for answer in aws.read_each(asked, "accounts") if answer]
    return [
        {item["ParameterKey"]: item.get("ParameterValue", "") for item in each.get("ParameterOverrides", ())}
        for each in answers
    ]


def settled(aws: Cloud, of: StackSet, what: str, operation: str = "") -> list[Row]:
    """All rows once no operation is active, and once they show what the newest one, or this one, has created or deleted. AWS
    does not say that the list is consistent with that, so it may lag behind."""
    operations.settle(aws, of, what)
    found: list[Row] = []
    made, deleted = operations.done(aws, of, operation)

    def state() -> str:
        nonlocal found
        found = rows(aws.fresh(), of.name, of.call_as)
        there = {row.account for row in found}
        late = {row.account: "still shows as under way" for row in found if row.is_working}
        late.update(dict.fromkeys(made - there, "is not listed yet"), **dict.fromkeys(deleted & there, "is still listed"))
        return f"{what}: {' '.join(min(late.items()))}" if late else ""

    aws.wait(state)
    return found


def check(aws: Cloud, of: StackSet, found: Iterable[Row], what: str, *, comes_first: bool = False) -> None:
    """Raises AwsError with the accounts that are not as desired, and why. AWS skips those that are suspended, which is no
    failure, but for one that `comes_first`: it has shown nothing to the others."""
    failed = [row for row in found if not row.is_current and (comes_first or not row.is_suspended)]
    if failed:
        raise AwsError(
            f"{what} failed in {len(failed)} {'account' if len(failed) == 1 else 'accounts'}",
            lines(
                *listed(failed),
                *operations.failure(aws, of),
                "Fix what is named there, and run the same command again: it goes on with these accounts.",
                *_giving_up(aws, of, failed),
                *_without_canary(failed),
            ),
        )


def check_deleted(aws: Cloud, of: StackSet, left: Sequence[Row]) -> None:
    """Raises AwsError with the accounts that still have their stack, and what to do about each kind of them."""
    if not left:
        return
    moved = {row.account: f"it left the organization or {row.unit}" for row in left if _is_out_of_reach(row)}
    moved |= {account: fate for account, fate in _fates(aws, left, [*moved]).items() if fate}
    explained = [replace(row, reason=moved.get(row.account, row.reason)) for row in left]
    lost = [row for row in left if "left the organization" in moved.get(row.account, "")]
    one = len(left) == 1
    raise AwsError(
        f"{len(left)} {'stack' if one else 'stacks'} of StackSet {of.name} could not be deleted",
        lines(
            *listed(explained),
            *operations.failure(aws, of),
            "Fix what is named there, and run the same command again."
            + (" Move an account back into its unit for that." if moved else ""),
            *_giving_up(aws, of, left, lost),
        ),
    )


def _without_canary(failed: Iterable[Row]) -> list[str]:
    gone = [row.account for row in failed if row.is_suspended]
    words = commands.quoted(*(word for account in gone for word in commands.option("--exclude", account)))
    return [f"After that, run create with {words} and another --canary, or --canary none."] if gone else []


def _is_out_of_reach(row: Row) -> bool:
    """Whether a delete that has ended passed it over: its account is no longer where the StackSet found it."""
    return row.is_current and row.detail == "SUCCEEDED"


def _fates(aws: Cloud, left: Iterable[Row], accounts: Sequence[str]) -> Mapping[str, str]:
    units = sorted({row.unit for row in left if row.account in accounts} - {""})
    return whereabouts(aws.fresh(), accounts, units) if units else {}


def _giving_up(aws: Cloud, of: StackSet, left: Iterable[Row], lost: Sequence[Row] = ()) -> list[str]:
    """AWS skips closed accounts, and stacks that it once could not delete: it can only forget them, as those of accounts
    that are `lost`, as they left the organization."""
    found = [row for row in left if row.is_suspended or row.status == "INOPERABLE" or row in lost]
    if not found:
        return []
    accounts, units = ([*dict.fromkeys(items)] for items in zip(*((row.account, row.unit) for row in found), strict=True))
    if units == [""]:
        where = ["--accounts", *accounts]
    else:
        chosen = f"OrganizationalUnitIds={','.join(units)},Accounts={','.join(accounts)},AccountFilterType=INTERSECTION"
        where = ["--deployment-targets", chosen]
    command = aws.account.aws(
        "cloudformation",
        "delete-stack-instances",
        flags=[*where, "--retain-stacks"],
        stack_set_name=of.name,
        regions=found[0].region,
        call_as=None if of.call_as == SELF else of.call_as,
    )
    many = f"{accounts[0]} is" if len(accounts) == 1 else f"the {len(accounts)} accounts are"
    closed = "closed or outside the organization" if lost else "closed"
    why = f"Where {many} {closed}, or a stack cannot be repaired, take it off the StackSet; it stays in its account, to be"
    return [f"{why} deleted there: {command}"]


def listed(found: Sequence[Row]) -> list[str]:
    """A line for each of the first rows. Those with a reason come first: others were only canceled because of them."""
    ordered = sorted(found, key=lambda row: not row.reason)
    more = [f"and {len(ordered) - MOST_SHOWN} more"] if len(ordered) > MOST_SHOWN else []
    return [*(f"{row.account}: {row.why}" for row in ordered[:MOST_SHOWN]), *more]


def _row(item: Mapping[str, Any]) -> Row:
    return Row(
        account=item["Account"],
        unit=item.get("OrganizationalUnitId", ""),
        region=item["Region"],
        status=item["Status"],
        detail=item.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
        reason=item.get("StatusReason", ""),
        drift=item.get("DriftStatus", "NOT_CHECKED"),
        checked=item.get("LastDriftCheckTimestamp"),
        stack_id=item.get("StackId", ""),
        stack_set_id=item.get("StackSetId", ""),
    )
