"""A state must not be kept in a bucket of the deployment that it records: destroy would delete it with the bucket."""

from collections.abc import Sequence

from bootstrap.backends.address import SCHEME, s3_address
from bootstrap.core import commands
from bootstrap.core.plan import Plan
from bootstrap.core.state import State
from bootstrap.errors import StateError


def check_state_location(where: str, state: State, advice: str, plan: Plan | None = None) -> None:
    """Raises StateError, with the advice, for a state in a bucket that its own deployment creates."""
    if not where.startswith(SCHEME):
        return
    records = [record for record in state.records.values() if record.kind == "s3_bucket"]
    wanted = [change.resource.label for change in plan.changes if change.resource.kind == "s3_bucket"] if plan else []
    named = {name for record in records for name in (record.outputs.get("name"), record.properties.get("name"))}
    if s3_address(where).bucket in {*named, *wanted}:
        raise StateError(
            f"{where} is in a bucket of the deployment {state.deployment}: destroy would also delete the state", advice
        )


def moving(name: str, flags: Sequence[str]) -> str:
    """The advice for a state that has to be moved."""
    there = commands.option("--to", f"s3://ANOTHER-BUCKET/{name}.json")
    migrate = commands.bootstrap("state", "migrate", name=name, flags=[*flags, *there])
    return f"Nothing was changed. Name another place with --state; if the state is already there, run: {migrate}"
