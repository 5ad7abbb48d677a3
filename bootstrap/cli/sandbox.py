"""`bootstrap sandbox start|stop|status`: the embedded AWS of this folder."""

from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command
from bootstrap.core.account import EXAMPLE

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer
    from bootstrap.sandbox import Server

app = typer.Typer(help="Start and stop an embedded AWS on this machine, to try bootstrap.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command()
@command()
def start(
    *,
    organization: Annotated[
        bool,
        typer.Option("--organization", help="Create an organization in it, with three accounts in a unit.", metavar=""),
    ] = False,
    printer: "Printer",
) -> int:
    """Start the sandbox, unless it runs. Every command with --sandbox also starts it."""
    from bootstrap import sandbox
    from bootstrap.cli.places import SANDBOX

    server = sandbox.start(SANDBOX)
    return _show_organization(server, printer) if organization else _show(server, printer)


@app.command()
@command()
def status(*, printer: "Printer") -> int:
    """Show whether the sandbox runs."""
    from bootstrap import sandbox
    from bootstrap.cli.places import SANDBOX

    return _show(sandbox.status(SANDBOX), printer)


@app.command()
@command()
def stop(*, printer: "Printer") -> int:
    """Stop the sandbox, and delete its resources and states. Other files stay."""
    from bootstrap import sandbox
    from bootstrap.backends.file import clear
    from bootstrap.backends.git_ignore import remove_alone
    from bootstrap.cli.places import FOLDER, SANDBOX, SANDBOX_STATES

    recorded = _recorded()
    was_running = sandbox.stop(SANDBOX)
    clear(SANDBOX_STATES)
    left: list[str] = []
    with suppress(OSError):
        left = [str(path) for path in sorted(SANDBOX.rglob("*")) if path.is_symlink() or not path.is_dir()]
        SANDBOX.rmdir()
        remove_alone(FOLDER)
        FOLDER.rmdir()  # only when no real deployment is in it
    text = "The sandbox has stopped." if was_running else "The sandbox was not running."
    data = {"deleted": [*recorded]} if recorded else {}
    printer.result({"stopped": was_running, **data, **({"left": left} if left else {})}, [text])
    for name, create in recorded.items():
        printer.hint(f"Deployment {name} was in it, and is gone. To create it again, run this with its inputs: {create}")
    if left:
        printer.hint(f"Not removed, because no sandbox wrote it or a run uses it: {', '.join(left)}")
    return 0


def _recorded() -> dict[str, str]:
    """The deployments whose states the sandbox keeps, each with the command that creates it."""
    from bootstrap.cli.places import Places
    from bootstrap.core import commands
    from bootstrap.errors import BootstrapError

    found: dict[str, str] = {}
    with suppress(BootstrapError):  # what cannot be read is deleted, or left, without more words
        here = Places(sandbox=True)
        for name in here.deployments():
            if stored := here.backend(name).load():
                flags = ["--sandbox"]
                found[name] = commands.bootstrap("create", integration=stored.word, name=name, flags=flags)
    return found


def _show_organization(server: "Server", printer: "Printer") -> int:
    from bootstrap.core import commands
    from bootstrap.operations.example_organization import example_organization

    made = example_organization(server.url, server.key_id)
    text = f"The sandbox runs at {server.url}, with the accounts {', '.join(made.accounts)} in the unit {made.unit}"
    printer.result({"running": True, "url": server.url, "pid": server.pid, "organization": asdict(made)}, [text])
    inputs = {
        "site": "datadoghq.com",
        "external_id": "5f3c9a-sandbox",
        "organizational_unit": made.unit,
        "canary": made.accounts[0],
    }
    example = commands.bootstrap("create", integration="datadog", flags=["--sandbox"], **inputs)
    printer.hint(f"To try a fleet in these accounts, run: {example}")
    return 0


def _show(server: "Server | None", printer: "Printer") -> int:
    url, pid = (server.url, server.pid) if server else (None, None)
    text = f"The sandbox runs at {url}" if url else "The sandbox does not run."
    printer.result({"running": url is not None, "url": url, "pid": pid}, [text])
    if url:
        make = replace(EXAMPLE, endpoint=url).aws("s3", "mb", "s3://acme-raw")
        printer.hint(f"To make something in it that an integration takes, such as a bucket, run: {make}")
    return 0
