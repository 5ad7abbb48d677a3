"""`bootstrap state unlock|push|migrate`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command
from bootstrap.core import commands

if TYPE_CHECKING:
    from bootstrap.backends.lock_holder import Holder
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.core.state import State


@command()
def unlock(
    lock_id: Annotated[str, typer.Argument(help="The lock's id, as the refused run shows it.", metavar="ID")],
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    target: "Target",
    printer: "Printer",
) -> int:
    """Remove the lock that a dead run left on a state in S3.

    No other command removes it. First make sure that the run it names is dead.
    """
    from bootstrap.cli.questions import confirmed, should_ask
    from bootstrap.operations.state_moves import unlock as operation

    ask = should_ask(yes, "state unlock")
    backend = target.one or target.backend(target.chosen(name) if name is None else name)

    def confirm(holder: "Holder") -> bool:
        printer.message(f"{backend.where} is locked: {holder}")
        return confirmed("Is that run dead, and should its lock be removed?")

    holder = operation(backend, lock_id, confirm=confirm if ask else None)
    if holder is None:
        printer.message("Nothing was changed.")
        return 1
    printer.result({"unlocked": lock_id, "state": backend.where}, [f"Unlocked: it was held by {holder}."])
    return 0


@command()
def push(
    file: Annotated[
        Path, typer.Argument(help="The file into which a run wrote the state that it could not save.", metavar="FILE")
    ],
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    printer: "Printer",
) -> int:
    """Store the state that a run kept in a file because it could not save it.

    It replaces only an older state of the same deployment, and is read back.
    """
    from bootstrap.cli.questions import confirmed, should_ask
    from bootstrap.operations import edited_state
    from bootstrap.operations.state_moves import Pushed, push as operation, unsaved_state

    ask = should_ask(yes, "state push")
    backend = target.backend(unsaved_state(file, name).deployment)
    pushed = operation(
        file,
        backend,
        confirm=(lambda state: confirmed(edited_state.question(state, "Store it?"))) if ask else None,
        accept_edited_state=accept_edited_state,
        note=printer.message,
        invocation=replace(target.invocation, state_flags=tuple(target.flags)),
    )
    if pushed is Pushed.DECLINED:
        printer.message("Nothing was changed.")
        return 1
    is_new = pushed is Pushed.STORED
    done = "Stored, and read back" if is_new else "It is stored already"
    text = f"{done}: {backend.where}. {file} is no longer needed."
    printer.result({"pushed": is_new, "state": backend.where}, [text])
    return 0


@command()
def migrate(
    *,
    to: Annotated[
        str, typer.Option("--to", help="Move it here: a file, s3://BUCKET/KEY or s3://BUCKET/FOLDER/.", metavar="URL")
    ],
    name: options.Name = None,
    yes: options.Yes = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    printer: "Printer",
) -> int:
    """Move a state to another place, from --state or this folder.

    It is copied, read back and compared before it is removed from the old place. It never overwrites another
    state.
    """
    from bootstrap.cli.questions import confirmed, should_ask
    from bootstrap.errors import UsageError
    from bootstrap.operations import edited_state
    from bootstrap.operations.state_moves import migrate as operation

    ask = should_ask(yes, "state migrate")
    name = target.chosen(name)
    old = target.backend(name)
    try:
        new = replace(target, state=to).backend(name)
    except UsageError as error:
        raise UsageError(error.message.replace("--state", "--to"), error.advice.replace("--state", "--to")) from error

    def confirm(stored: "State") -> bool:
        return confirmed(edited_state.question(stored, f"Move {name} from {old.where} to {new.where}?"))

    moved = operation(
        old,
        new,
        confirm=confirm if ask else None,
        accept_edited_state=accept_edited_state,
        note=printer.message,
        invocation=target.invocation,
    )
    if moved is None:
        printer.message("Nothing was changed.")
        return 1
    status = commands.bootstrap("status", name=name, flags=replace(target, state=new.where).flags)
    text = f"Moved {name} to {new.where}, read it back, and removed {old.where}."
    printer.result({"deployment": name, "from": old.where, "state": new.where}, [text])
    printer.hint(f"From now on, name that place with --state or BOOTSTRAP_STATE, as in: {status}")
    return 0
