"""The inputs that a fleet has besides those of the integration.

Source: CloudFormation API reference, DeploymentTargets, StackSetOperationPreferences, AutoDeployment.
"""

from abc import ABC
from collections.abc import Iterable
from dataclasses import dataclass

from bootstrap.core import validators
from bootstrap.core.input import option
from bootstrap.core.integration import Integration
from bootstrap.fleet.account_table import csv_of_table
from bootstrap.resources.cloudformation.stack_set import NAME
from bootstrap.resources.cloudformation.targets import UNIT

NO_CANARY = "none"
MANY = 10
"""Accounts at a time, unless the user says otherwise."""


def unit(value: str) -> str:
    """The id of an organizational unit, or of the root of the organization."""
    if not UNIT.fullmatch(value):
        raise ValueError(f"{value!r} is not the id of an organizational unit (ou-abcd-12345678) or of a root (r-abcd)")
    return value


def role_name(value: str) -> str:
    if value.startswith("arn:"):
        raise ValueError(f"{value!r} is an ARN; give the name of the role, which is the same in all accounts")
    return validators.role(value)


def stack_set_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a StackSet: a letter, then letters, digits and -")
    return value


def canary(value: str) -> str:
    return value if value == NO_CANARY else validators.account(value)


def first(canary: str | None, accounts: Iterable[str]) -> str:
    """The account that is changed before all others: the canary, else the first of those that are named, or ""."""
    return "" if canary == NO_CANARY else canary or next(iter(accounts), "")


@dataclass(frozen=True, kw_only=True)
class FleetInputs(Integration, ABC):
    """The fields are inputs, as in `Integration`."""

    organizational_unit: tuple[str, ...] = option(
        "Create it in the accounts of this organizational unit and those below it, or of this root (repeatable).",
        default=(),
        metavar="OU",
        check=unit,
    )
    account: tuple[str, ...] = option(
        "Of the organizational units, take only this account (repeatable).",
        default=(),
        metavar="ID",
        check=validators.account,
    )
    exclude: tuple[str, ...] = option(
        "Leave this account out (repeatable).", default=(), metavar="ID", check=validators.account
    )
    canary: str | None = option(
        "Create or change it in this account first, in the others only when that has worked. Default: the first --account, "
        "or one of the units.",
        default=None,
        metavar="ID|none",
        check=canary,
    )
    account_values: str | None = option(
        "Read values that differ by account from this CSV file: its columns are account_id and inputs, as external_id.",
        default=None,
        metavar="FILE",
        file=True,
        table=csv_of_table,
    )
    auto_deployment: bool = option(
        "Let AWS also create it in accounts that join the organizational units later, and delete it in those that leave.",
        default=False,
    )
    failure_tolerance: str = option(
        "Begin no other account when it has failed in more than this many; those under way are finished.",
        default="0",
        metavar="NUMBER",
        check=validators.number(0, 10_000),
    )
    max_concurrent: str = option(
        "Change this many accounts at a time.",
        default=str(MANY),
        metavar="NUMBER",
        check=validators.number(1, 10_000),
    )
    stack_set: str | None = option(
        "Give the StackSet this name. Default: --role-prefix and the name of the fleet.",
        default=None,
        metavar="NAME",
        check=stack_set_name,
    )
    delegated_admin: bool = option(
        "Sign in to an account that is a delegated administrator for StackSets, and not to the management account.",
        default=False,
    )
    admin_role: str | None = option(
        "Without an organization: the role of this account from which CloudFormation goes to the other accounts.",
        default=None,
        metavar="ARN",
        check=validators.role_arn,
    )
    execution_role: str | None = option(
        "Without an organization: the name of the role in each account in which CloudFormation works there.",
        default=None,
        metavar="NAME",
        check=role_name,
    )

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that are named, without those that are left out."""
        return tuple(each for each in self.account if each not in self.exclude)

    @property
    def first(self) -> str:
        """The account that is changed before all others, or ""."""
        return first(self.canary, self.accounts)
