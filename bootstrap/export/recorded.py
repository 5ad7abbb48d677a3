"""Whether a deployment is complete, so that another tool can take it over without creating, renaming or leaving anything."""

from collections.abc import Iterator

from bootstrap.core.state import State, Status
from bootstrap.errors import UsageError, lines
from bootstrap.export.exported import Exported
from bootstrap.export.symbols import filled, marker


def check_recorded(of: Exported) -> None:
    """Raises UsageError where nothing is recorded, or not what the inputs make."""
    state = of.recorded
    for each in nothing_recorded(of.integration.name, state):
        raise each
    assert state is not None
    if found := list(_differences(of, state)):
        raise UsageError(
            f"the deployment {state.deployment} is not what its inputs make: {'; '.join(found)}",
            lines(
                "Run create with the same inputs first, or omit the inputs: those of the deployment are recorded.",
                "What create keeps, as it is stricter, give as an input, or set it back with --overwrite and the address."
                if any(record.adopted for record in state.records.values())
                else "",
            ),
        )


def nothing_recorded(integration: str, state: State | None) -> list[UsageError]:
    """The error where there is nothing to take over."""
    if state and state.records:
        return []
    advice = "Use --format cloudformation, with which a stack makes new resources."
    return [UsageError(f"no deployment of {integration} is recorded, so there is nothing to import", advice)]


def _differences(of: Exported, state: State) -> Iterator[str]:
    for address in of.nodes.keys() - state.records.keys():
        yield f"{address} is not created"
    for address, record in state.records.items():
        if address not in of.nodes:
            yield f"{address} is recorded, but no longer wanted"
        elif record.status is not Status.READY or address in state.earlier:
            yield f"{address} is not complete"
        else:
            wanted = (_wanted(of, state, address, name) for name in record.outputs)
            renamed = [
                (now, there) for now, there in zip(wanted, record.outputs.values(), strict=True) if now not in (None, there)
            ]
            if renamed:
                yield f"{address} would be another one ({renamed[0][0]} instead of {renamed[0][1]})"
            if record.adopted:
                yield f"{address} still differs as when it was adopted ({', '.join(record.adopted)})"


def _wanted(of: Exported, state: State, address: str, name: str) -> str | None:
    """The output as it follows from the inputs; None where only AWS knows it."""
    text = of.graph.predicted_output(address, name)
    account = state.accounts[of.nodes[address].account]
    values = {marker("input", each.item.name): each.value for each in of.parameters}
    places = {"account": account.id, "region": account.region, "partition": account.partition}
    return filled(text, values | {marker("here", what): value for what, value in places.items()}) if text else None
