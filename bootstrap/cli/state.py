"""`bootstrap state list|show|path`: looks at states. Asks AWS for nothing but a state in S3."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from bootstrap.cli import options, state_moves, state_records
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.core.state import State

COLUMNS = ("DEPLOYMENT", "INTEGRATION", "ACCOUNT", "REGION", "RESOURCES")

app = typer.Typer(help="Show, change and move what is recorded.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command("list")
@command()
def list_(*, target: "Target", printer: "Printer") -> int:
    """List the deployments of this folder."""
    rows = [row for name in target.deployments() if (row := _row(target, name))]
    printer.result(rows, _table(rows))
    if not rows:
        for text in ("There is no deployment here.", *target.gone()):
            printer.hint(text)
    return 0


@app.command()
@command()
def show(*, name: options.Name = None, target: "Target", printer: "Printer") -> int:
    """Show what a deployment recorded."""
    from bootstrap.operations import edited_state
    from bootstrap.operations.load_state import stored_state

    backend = target.backend(target.chosen(name))
    found = stored_state(backend)
    if text := edited_state.warning(found, backend.where):
        printer.message(text)
    content = json.loads(found.to_json())
    if found.edited:  # with a correct digest it would pass for a state that bootstrap wrote
        content |= {"digest": "", "edited": True}
    printer.result(content, _lines(found))
    return 0


@app.command()
@command()
def path(*, name: options.Name = None, target: "Target", printer: "Printer") -> int:
    """Print where a deployment's state is."""
    from bootstrap.backends.file import FileBackend

    backend = target.backend(target.chosen(name))
    where = str(backend.path.resolve()) if isinstance(backend, FileBackend) else backend.where
    printer.result({"path": where}, [where])
    return 0


for function in (state_moves.unlock, state_moves.push, state_moves.migrate):
    app.command()(function)
app.command("rm")(state_records.remove)
app.command("import")(state_records.import_)


def _table(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """A line of headers, and one for each deployment; what does not fit its columns stands below it, as does the problem of
    one that cannot be read."""
    from bootstrap.views.screen import Line, Screen
    from bootstrap.views.table import row, widths_of

    if not rows:
        return
    columns = Screen().columns
    shown = [COLUMNS, *(tuple(each.values()) for each in rows)]
    widths = widths_of(cells[: len(COLUMNS)] for cells in shown if len(cells) >= len(COLUMNS))
    widths[0] = max(widths_of(cells[:1] for cells in shown))
    for cells in shown:
        padded = [*widths, *[0] * len(cells)][: len(cells)]
        yield from (line.plain for line in row(Line(), [(text, "") for text in cells], padded, columns))


def _row(target: "Target", name: str) -> dict[str, str] | None:
    """What `list` shows of a deployment; None where it is gone by now."""
    from bootstrap.errors import BootstrapError
    from bootstrap.operations.edited_state import EDITED

    try:
        found = target.backend(name).load()
    except BootstrapError as error:
        return {"deployment": name, "problem": error.message}
    if found is None:
        return None
    account = next(iter(found.accounts.values()))
    return {
        "deployment": found.deployment,
        "integration": found.integration,
        "account": account.id,
        "region": account.region,
        "records": str(len(found.records)),
        **({"edited": EDITED} if found.edited else {}),
    }


def _lines(state: "State") -> Iterator[str]:
    yield f"{state.deployment}: {state.integration}, saved {state.serial} times"
    if state.source:
        yield f"  from {state.source.path}, sha256 {state.source.sha256}"
    for account in state.accounts.values():
        where = f"partition {account.partition}, region {account.region}"
        yield f"  account {account.id} ({account.alias}), {where}"
    for record in state.records.values():
        yield f"  {record.address}  {record.kind}  {record.status.value}"
        for key, value in record.outputs.items():
            yield f"      {key} = {value}"
