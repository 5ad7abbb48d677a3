"""What a person should know of a fleet before agreeing to its plan."""

from collections.abc import Iterator

from bootstrap.fleet.account_values import rows_of
from bootstrap.fleet.inputs import FleetInputs


def notes_of(fleet: FleetInputs) -> Iterator[str]:
    yield (
        "The stacks are in one region of each account, that of the StackSet: the names of IAM are the same in all regions, "
        "so that a second region would fail."
    )
    if fleet.first and "canary" not in fleet.given:
        yield f"Account {fleet.first} comes first, and the others once that has worked."
    elif not fleet.first and fleet.canary:
        yield (
            f"Warning: no account comes first: CloudFormation begins with {fleet.max_concurrent} accounts at once, and "
            f"begins no other when more than {fleet.failure_tolerance} have failed; it finishes those that are under way."
        )
    elif not fleet.first:
        yield "One account comes first: create looks up which are in the units, and its plan names it. Another: --canary ID."
    if fleet.auto_deployment:
        yield (
            "With --auto-deployment, AWS creates the stack in each account that joins the organizational units, without a "
            "plan and without --max-concurrent, and deletes it in each account that leaves them."
        )
    elif not fleet.account:
        yield (
            "Accounts that join the organizational units later get nothing: nobody asks Organizations who they are. Add "
            "--auto-deployment, or name the accounts with --account."
        )
    rows = set(rows_of(fleet.account_values or ""))
    if unused := sorted(rows & {*fleet.exclude}):
        yield f"--exclude leaves out accounts that --account-values has values for, which are not used: {', '.join(unused)}."
    if rows := rows - {fleet.first, *fleet.exclude}:
        operations = "1 operation" if len(rows) == 1 else f"{len(rows)} operations"
        yield f"Accounts with values of their own take {operations} of CloudFormation: one for each."
