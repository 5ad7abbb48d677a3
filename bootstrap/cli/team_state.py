"""`bootstrap state unlock|push|migrate`: what only people decide about a state that several of them use."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, terminal
from bootstrap.core import commands

if TYPE_CHECKING:
    from bootstrap.core.backend import Backend
    from bootstrap.core.state import State


def unlock(
    lock_id: Annotated[str, typer.Argument(help="The lock's id, as the refused run says it.", metavar="ID")],
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Take away the lock that a dead run has left on a state in S3.

    Nothing else ever does. Make sure first that the run it names is dead.
    """
    from bootstrap.backends.s3 import S3Backend
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.errors import StateError

    ask = running.must_be_agreed(yes, "state unlock")
    place = Target(profile, region, sandbox, state)
    backend = place.one or place.backend(place.chosen(name) if name is None else name)
    if not isinstance(backend, S3Backend):
        raise StateError(
            f"{backend.where} needs no unlocking: the kernel drops the lock of a file when its process ends",
            "If a run is named as the holder, it is alive: wait for it, or end it.",
        )
    holder = backend.holder()
    if ask and holder and holder.id == lock_id:
        terminal.say(f"{backend.where} is locked: {holder}", err=True)
        if not running.confirmed("Is that run dead, and shall its lock be taken away?"):
            terminal.say("Nothing was changed.", err=True)
            return 1
    backend.unlock(lock_id)
    if json:
        terminal.say_data({"unlocked": lock_id, "state": backend.where})
    else:
        terminal.say(f"Unlocked: it was held by {holder}.")
    return 0


def push(
    file: Annotated[Path, typer.Argument(help="The file that a run wrote whose state could not be saved.", metavar="FILE")],
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Store the state that a run kept in a file because it could not save it.

    Only over an older one of the same deployment, and it is read back.
    """
    from bootstrap.backends.file import FileBackend
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.errors import StateError
    from bootstrap.operations import edited
    from bootstrap.operations.apart import check_apart
    from bootstrap.operations.invocation import Invocation

    ask = running.must_be_agreed(yes, "state push")
    pushed = FileBackend(file).load()
    if pushed is None:
        raise StateError(f"there is no file {file}", "Name the one that the failed run wrote.")
    if name not in (None, pushed.deployment):
        raise StateError(
            f"{file} is of the deployment {pushed.deployment!r}, not {name!r}",
            "Nothing was changed. Name that one, or leave --name away.",
        )
    place = Target(profile, region, sandbox, state)
    backend = place.backend(pushed.deployment)
    _warn_edited(pushed, str(file))
    check_apart(backend.where, pushed, "Nothing was changed. Name another place with --state.")
    with backend.lock(f"state push {pushed.deployment}"):
        stored = backend.load()
        _warn_edited(stored, backend.where)
        is_there = stored is not None and _same(replace(stored, serial=pushed.serial), pushed)
        if not is_there:
            _check_follows(pushed, stored, file, backend.where, place.flags)
            terminal.say(f"{file}, saved {pushed.serial} times, over {_described(stored)} at {backend.where}", err=True)
            for line in _lines(stored, pushed):
                terminal.say(f"  {line}", err=True)
            shown = Invocation(running.command_line, ("--state", str(file)))
            edited.check(pushed, str(file), shown, asked=ask, accepted=accept_edited_state)
            if ask and not running.confirmed(edited.question(pushed, "Store it?")):
                terminal.say("Nothing was changed.", err=True)
                return 1
            backend.put(pushed)
            _verify(backend, pushed)
    told = "It is stored already" if is_there else "Stored, and read back"
    if json:
        terminal.say_data({"pushed": not is_there, "state": backend.where})
    else:
        terminal.say(f"{told}: {backend.where}. {file} is not needed any more.")
    return 0


def migrate(
    *,
    to: Annotated[
        str, typer.Option("--to", help="Where to: a file, s3://BUCKET/KEY or s3://BUCKET/FOLDER/.", metavar="URL")
    ],
    name: options.Name = None,
    yes: options.Yes = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Move a state to another place, from --state or this folder.

    It is copied, read back and compared before it is removed from the old place. What is in the way there is not
    overwritten.
    """
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.engine import prepare
    from bootstrap.errors import StateError, UsageError
    from bootstrap.operations import edited
    from bootstrap.operations.apart import check_apart

    ask = running.must_be_agreed(yes, "state migrate")
    place = Target(profile, region, sandbox, state)
    name = place.chosen(name)
    old = place.backend(name)
    try:
        new = replace(place, state=to).backend(name)
    except UsageError as error:
        raise UsageError(error.message.replace("--state", "--to"), error.advice.replace("--state", "--to")) from error
    if _spot(old) == _spot(new):
        raise UsageError(f"{old.where} is where it is already", "Name another place with --to.")
    stored = prepare.stored_state(old)
    check_apart(new.where, stored, "Nothing was changed. Name another place with --to.")
    _warn_edited(stored, old.where)
    invocation = running.invocation(place)
    edited.check(stored, old.where, invocation, asked=ask, accepted=accept_edited_state)
    if ask and not running.confirmed(edited.question(stored, f"Move {name} from {old.where} to {new.where}?")):
        terminal.say("Nothing was changed.", err=True)
        return 1
    with old.lock(f"state migrate {name}"), new.lock(f"state migrate {name}"):
        moved = prepare.stored_state(old)
        edited.check(moved, old.where, invocation, asked=ask and stored.edited, accepted=accept_edited_state)
        there = new.load()
        if there is not None and not _same(there, moved):  # a move that was interrupted goes on
            raise StateError(f"there is a state at {new.where} already", "Nothing was changed. Choose another --to.")
        if there is None:
            new.put(moved)
            _verify(new, moved)
        old.remove()
    if json:
        terminal.say_data({"deployment": name, "from": old.where, "state": new.where})
    else:
        terminal.say(f"Moved {name} to {new.where}, read it back, and removed {old.where}.")
        flag = commands.quoted(*commands.option("--state", new.where))
        terminal.say(f"From now on: {flag}, or set BOOTSTRAP_STATE.", err=True)
    return 0


def _warn_edited(state: "State | None", where: str) -> None:
    from bootstrap.operations import edited

    if text := edited.warning(state, where):
        terminal.say(text, err=True)


def _check_follows(pushed: "State", stored: "State | None", file: Path, where: str, flags: Sequence[str]) -> None:
    from bootstrap.errors import StateError

    if stored is None:
        return
    if (stored.lineage, stored.deployment) != (pushed.lineage, pushed.deployment):
        raise StateError(
            f"{file} is of another deployment ({pushed.deployment}) than {where} ({stored.deployment}), or of another life",
            "Nothing was changed. Name the place that the failed run worked with.",
        )
    if pushed.serial <= stored.serial:
        see = commands.bootstrap("status", name=pushed.deployment, flags=flags)
        raise StateError(
            f"{file} is not newer than what is at {where}: it was saved {pushed.serial} times, that one {stored.serial}",
            f"Nothing was changed. A later run has found what there is by its owner tags; see: {see}",
        )


def _described(stored: "State | None") -> str:
    return f"the one saved {stored.serial} times" if stored else "nothing"


def _lines(stored: "State | None", pushed: "State") -> list[str]:
    """What the records become, one a line."""
    before = stored.records if stored else {}
    lines = []
    for address in dict.fromkeys((*before, *pushed.records)):
        if address not in before:
            lines.append(f"+ {address}  {pushed.records[address].status.value}")
        elif address not in pushed.records:
            lines.append(f"- {address}")
        elif before[address] != pushed.records[address]:
            lines.append(f"~ {address}  {before[address].status.value} -> {pushed.records[address].status.value}")
    return lines


def _verify(backend: "Backend", state: "State") -> None:
    from bootstrap.errors import StateError

    found = backend.load()
    if found is None or not _same(found, state):
        raise StateError(f"what was written to {backend.where} reads differently", "The old state was left as it is.")


def _same(one: "State", other: "State") -> bool:
    return one.to_json() == other.to_json()


def _spot(backend: "Backend") -> str:
    """The place in a form that is equal for equal places."""
    from bootstrap.backends.address import S3Address, s3_address

    if "://" not in backend.where:
        return str(Path(backend.where).resolve())
    address = s3_address(backend.where)
    return str(S3Address(address.bucket, address.key))
