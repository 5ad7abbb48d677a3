"""What Organizations knows before the first change: whether StackSets may act there, and whether units and accounts exist.

A management account or a delegated administrator may ask all of that. What cannot be read is unknown, and no obstacle.
Source: CloudFormation API reference DescribeOrganizationsAccess, ActivateOrganizationsAccess; Organizations API reference
DescribeOrganizationalUnit, ListRoots, DescribeAccount, ListAccountsForParent, Account (its ARN has the number of the
management account, and its paths the ids of all that it is in).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core import commands
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused, lines
from bootstrap.permissions.denial import CODES

_ABSENT = ("OrganizationalUnitNotFoundException", "AccountNotFoundException")
_NO_PARENT = ("ParentNotFoundException", "AWSOrganizationsNotInUseException")
_CLOSED = {"SUSPENDED": "suspended", "PENDING_CLOSURE": "being closed", "CLOSED": "suspended"}
_UNKNOWN: Any = object()
MOST_ASKED = 10
"""Each account is one call; for more accounts than that, the pages of all accounts are read."""


def organization_obstacles(aws: Cloud, call_as: str) -> Sequence[Obstacle]:
    query = Query("cloudformation", "describe_organizations_access", {"CallAs": call_as}, ("InvalidOperationException",))
    answer = aws.read_if_allowed(query)
    if answer is None or answer["Status"] == "ENABLED":
        return ()
    if aws.account.endpoint:
        make = commands.bootstrap("sandbox", "start", flags=["--organization"])
        return [Obstacle("the sandbox has no organization", f"To create one, run: {make}")]
    activate = aws.account.aws("cloudformation", "activate-organizations-access")
    what = "StackSets may not act in an organization: trusted access is not activated, or this account is in none"
    advice = lines(
        f"An administrator of the organization's management account activates it with: {activate}",
        "Without an organization, name the accounts with --account, --admin-role and --execution-role.",
    )
    return [Obstacle(what, advice)]


def first_account(ask: Callable[..., list[Any]], units: Sequence[str], without: Collection[str]) -> str | None:
    """The account of the units that is to be the canary, if nobody names one; None where a unit does not exist. Of the first
    page that has one it is that with the lowest number, so a large organization is one page. Raises PlanRefused where the
    units have none, or the caller may not read that."""

    def may_be(found: Mapping[str, Any]) -> bool:
        is_active = found.get("State", found.get("Status")) == "ACTIVE"
        return is_active and found["Id"] not in without and found["Arn"].split(":")[4] != found["Id"]

    parents, absent = list(units), False
    try:
        for parent in parents:
            listed = Query("organizations", "list_accounts_for_parent", {"ParentId": parent}, _NO_PARENT)
            for query in (replace(listed, all_pages=False), listed):  # a page may be empty though another one follows
                [answer] = ask(query)
                if found := [each["Id"] for each in (answer or {}).get("Accounts", ()) if may_be(each)]:
                    return str(min(found))
            [below] = ask(Query("organizations", "list_organizational_units_for_parent", {"ParentId": parent}, _NO_PARENT))
            absent |= below is None
            parents += [each["Id"] for each in (below or {}).get("OrganizationalUnits", ())]
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        raise PlanRefused(
            "one account is to come first, and AWS does not tell which accounts are in the units",
            [str(error)],
            "Name one of them with --canary ID. If no account is to come first, add --canary none.",
        ) from error
    if absent:
        return None
    raise PlanRefused(
        f"no account in {', '.join(units)} can get a stack",
        ["the management account gets none, and neither does one that is suspended or left out"],
        "Move an account into one of the units, or name another unit.",
    )


def missing_units(aws: Cloud, units: Sequence[str]) -> Iterator[Obstacle]:
    roots = Query("organizations", "list_roots")
    asked = {
        each: Query("organizations", "describe_organizational_unit", {"OrganizationalUnitId": each}, _ABSENT)
        for each in units
        if each.startswith("ou-")
    }
    aws.ask_ahead(*asked.values(), *([roots] if len(asked) < len(units) else []))
    for unit in units:
        if unit in asked and _answer(aws, asked[unit]) is None:
            look = aws.account.aws(
                "organizations", "list-organizational-units-for-parent", parent_id=f"r-{unit.split('-')[1]}"
            )
            what = f"there is no organizational unit {unit} in this organization"
            yield Obstacle(what, f"Correct --organizational-unit. The units right below the root are listed by: {look}")
        elif unit not in asked and (found := _answer(aws, roots)) is not _UNKNOWN:
            known = [each["Id"] for each in found["Roots"]]
            if unit not in known:
                what = f"{unit} is not the root of this organization"
                yield Obstacle(what, f"Correct --organizational-unit. The root is {' or '.join(known)}.")


def account_obstacles(aws: Cloud, accounts: Sequence[str], units: Sequence[str], *, comes_first: bool) -> Iterator[Obstacle]:
    """About accounts that are to get a stack. One that is suspended is skipped; no other waits for it in vain."""
    for account, found in _described(aws, accounts):
        paths = [each.split("/") for each in found.get("Paths") or ()] if found else []
        if found is None:
            yield Obstacle(f"account {account} is not in this organization", "Correct it, or leave it out with --exclude.")
        elif found["Arn"].split(":")[4] == account:
            advice = "Leave it out. To create it there, run create without the options of a fleet."
            yield Obstacle(f"account {account} is the management account, in which StackSets create nothing", advice)
        elif units and paths and not any({*units} & {*path} for path in paths):
            advice = "Add the unit that it is in with --organizational-unit, or leave the account out."
            yield Obstacle(f"account {account} is in none of the organizational units", advice)
        elif closed := _CLOSED.get(found.get("State", "")):
            what = f"account {account} is {closed}, so CloudFormation skips it"
            if comes_first:
                yield Obstacle(f"{what}: it cannot be the canary", "Choose another one with --canary, or --canary none.")
            else:
                yield Obstacle(what, "It gets no stack.", stops=False)


def strangers(aws: Cloud, accounts: Sequence[str]) -> Iterator[Obstacle]:
    """About accounts that are to be left out: a wrong number would leave out nobody."""
    for account, found in _described(aws, accounts):
        if found is None:
            what = f"account {account} is left out, and is not in this organization"
            yield Obstacle(what, "Look whether its number is right: the account that was meant gets a stack.", stops=False)


def whereabouts(aws: Cloud, accounts: Sequence[str], units: Sequence[str]) -> dict[str, str]:
    """What became of accounts in which a StackSet has no stack any more: "" for one that is where it was."""
    found = {}
    for account, known in _described(aws, accounts) if len(accounts) <= MOST_ASKED else ():
        paths = [each.split("/") for each in known.get("Paths") or ()] if known else []
        if known is None:
            found[account] = "it left the organization"
        elif closed := _CLOSED.get(known.get("State", "")):
            found[account] = f"it is {closed}"
        elif paths:
            found[account] = "" if any({*units} & {*path} for path in paths) else f"it is no longer in {', '.join(units)}"
    return found


def _described(aws: Cloud, accounts: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """What Organizations says of each account of which it says something: None for one that is not in it."""
    asked = {each: Query("organizations", "describe_account", {"AccountId": each}, _ABSENT) for each in accounts}
    if len(asked) > MOST_ASKED:
        if (listed := _answer(aws, Query("organizations", "list_accounts"))) is not _UNKNOWN:
            known = {each["Id"]: each for each in listed["Accounts"]}
            yield from ((account, known.get(account)) for account in asked)
        return
    aws.ask_ahead(*asked.values())
    for account, query in asked.items():
        if (answer := _answer(aws, query)) is not _UNKNOWN:
            yield account, answer and answer["Account"]


def _answer(aws: Cloud, query: Query) -> Any:
    try:
        return aws.read(query)[0]
    except (ClientError, BotoCoreError):
        return _UNKNOWN
