"""Whether the inputs of a fleet say where its accounts are without contradicting each other. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bootstrap.errors import UsageError
from bootstrap.fleet.inputs import NO_CANARY, first
from bootstrap.resources.cloudformation.targets import MOST_UNITS


def contradictions(values: Mapping[str, Any], now: Collection[str] = ()) -> Iterator[UsageError]:
    """`values` are checked inputs, of which some may be missing; `now` names those that this run gives."""
    units, named, out = (tuple(values.get(name) or ()) for name in ("organizational_unit", "account", "exclude"))
    accounts = [each for each in named if each not in out]
    admin, execution = bool(values.get("admin_role")), bool(values.get("execution_role"))
    canary = first(values.get("canary"), accounts)
    if execution and not admin:
        yield UsageError("--admin-role and --execution-role belong together", "Give both, or neither.")
    if admin and units:
        yield UsageError(
            "--admin-role is for accounts without an organization, and --organizational-unit is for those of one",
            "Omit --admin-role and --execution-role, or name the accounts with --account alone.",
        )
    if admin and (values.get("auto_deployment") or values.get("delegated_admin")):
        flag = "--auto-deployment" if values.get("auto_deployment") else "--delegated-admin"
        yield UsageError(f"{flag} is for an organization, and --admin-role is not", "Omit one of the two.")
    if len(units) > MOST_UNITS:
        yield UsageError(
            f"--organizational-unit is given {len(units)} times, and CloudFormation takes {MOST_UNITS}",
            "Name a unit above them, and leave accounts out with --exclude.",
        )
    if {"account", "exclude"} <= {*now} and (both := [each for each in named if each in out]):
        yield UsageError(f"--account and --exclude both name {', '.join(both)}", "Omit it from one of the two.")
    elif named and not accounts:
        yield UsageError("--exclude leaves no account", "Exclude fewer.")
    elif canary and (canary in out or (named and canary not in accounts)):
        yield UsageError(
            f"--canary: {canary} is not one of the accounts of the fleet",
            f"Choose one of them. Where it leaves the fleet, give --canary {NO_CANARY}: the others stay as they are.",
        )
    if values.get("auto_deployment") and accounts:
        yield UsageError(
            "--auto-deployment is for all accounts of the units, and --account names some", "Omit one of the two."
        )
