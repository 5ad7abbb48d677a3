"""A state that moves: to another place, from the file of a run that could not save it, or out of a lock that was left."""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from pathlib import Path

from bootstrap.backends.address import S3Address, s3_address
from bootstrap.backends.file import FileBackend
from bootstrap.backends.lock_holder import Holder
from bootstrap.backends.s3 import S3Backend
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.state import State
from bootstrap.engine.prepare import stored_state
from bootstrap.errors import StateError, UsageError
from bootstrap.operations import edited_state
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import holding
from bootstrap.operations.state_location import check_state_location

Note = Callable[[str], None]
"""Gets a line that a person should know."""


class Pushed(Enum):
    """What became of a state that was to be stored."""

    STORED = "stored now"
    STORED_BEFORE = "stored already"
    DECLINED = "not stored: `confirm` said no"


def _silent(text: str) -> None: ...


def unlock(backend: Backend, lock_id: str, *, confirm: Callable[[Holder], bool] | None = None) -> Holder | None:
    """Removes the lock that a dead run left on a state in S3, and returns its holder. None where `confirm` said no.

    Raises StateError for a lock with another id, and for a state file: its lock ends with the process.
    """
    if not isinstance(backend, S3Backend):
        raise StateError(
            f"{backend.where} needs no unlocking: the kernel drops the lock of a file when its process ends",
            "If a run is named as the holder, it is alive: wait for it, or end it.",
        )
    holder = backend.holder()
    if confirm and holder and holder.id == lock_id and not confirm(holder):
        return None
    backend.unlock(lock_id)
    return holder


def unsaved_state(file: Path, deployment: str | None = None) -> State:
    """The state that a run wrote into a file because it could not save it. Raises StateError."""
    found = FileBackend(file).load()
    if found is None:
        raise StateError(f"there is no file {file}", "Name the one that the failed run wrote.")
    if deployment not in (None, found.deployment):
        raise StateError(
            f"{file} belongs to the deployment {found.deployment!r}, not {deployment!r}",
            "Nothing was changed. Name that one, or omit --name.",
        )
    return found


def push(
    file: Path,
    backend: Backend,
    *,
    confirm: Callable[[State], bool] | None = None,
    accept_edited_state: bool = False,
    note: Note = _silent,
    invocation: Invocation | None = None,
) -> Pushed:
    """Stores the state in the file, over an older one of the same deployment, and reads it back. `confirm` gets that state.

    Raises StateError for a state that is not newer than the stored one.
    """
    pushed = unsaved_state(file)
    invocation = invocation or Invocation.of("state push", pushed.deployment)
    _warn_edited(pushed, str(file), note)
    check_state_location(backend.where, pushed, "Nothing was changed. Name another place with --state.")
    with holding(backend, f"state push {pushed.deployment}"):
        stored = backend.load()
        _warn_edited(stored, backend.where, note)
        if stored is not None and _same(replace(stored, serial=pushed.serial), pushed):
            return Pushed.STORED_BEFORE
        _check_follows(pushed, stored, file, backend.where, invocation)
        old = f"the one saved {stored.serial} times" if stored else "nothing"
        note(f"{file}, saved {pushed.serial} times, over {old} at {backend.where}")
        for line in record_changes(stored, pushed):
            note(f"  {line}")
        of_file = replace(invocation, state_flags=("--state", str(file)))
        edited_state.check(pushed, str(file), of_file, asked=confirm is not None, accepted=accept_edited_state)
        if confirm and not confirm(pushed):
            return Pushed.DECLINED
        backend.put(pushed)
        _verify(backend, pushed)
    return Pushed.STORED


def migrate(
    old: Backend,
    new: Backend,
    *,
    confirm: Callable[[State], bool] | None = None,
    accept_edited_state: bool = False,
    note: Note = _silent,
    invocation: Invocation | None = None,
) -> State | None:
    """Moves a state: copies it, reads it back, compares it, and then removes the old one. None where `confirm` said no.

    Raises UsageError for the same place, StateError where another state is in the way.
    """
    if _location(old) == _location(new):
        raise UsageError(f"{old.where} is where it is already", "Name another place with --to.")
    stored = stored_state(old)
    name = stored.deployment
    invocation = invocation or Invocation.of("state migrate", name)
    check_state_location(new.where, stored, "Nothing was changed. Name another place with --to.")
    _warn_edited(stored, old.where, note)
    asked = confirm is not None
    edited_state.check(stored, old.where, invocation, asked=asked, accepted=accept_edited_state)
    if confirm and not confirm(stored):
        return None
    with holding(old, f"state migrate {name}"), holding(new, f"state migrate {name}"):
        moved = stored_state(old)
        edited_state.check(moved, old.where, invocation, asked=asked and stored.edited, accepted=accept_edited_state)
        there = new.load()
        if there is not None and not _same(there, moved):  # a move that was interrupted goes on
            raise StateError(f"there is a state at {new.where} already", "Nothing was changed. Choose another --to.")
        if there is None:
            new.put(moved)
            _verify(new, moved)
        old.remove()
    return moved


def record_changes(stored: State | None, pushed: State) -> list[str]:
    """What happens to the records, one line for each."""
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


def _warn_edited(state: State | None, where: str, note: Note) -> None:
    if text := edited_state.warning(state, where):
        note(text)


def _check_follows(pushed: State, stored: State | None, file: Path, where: str, invocation: Invocation) -> None:
    if stored is None:
        return
    if (stored.lineage, stored.deployment) != (pushed.lineage, pushed.deployment):
        raise StateError(
            f"{file} belongs to another deployment ({pushed.deployment}) than {where} ({stored.deployment}), "
            "or to an earlier one of that name",
            "Nothing was changed. Name the place that the failed run worked with.",
        )
    if pushed.serial <= stored.serial:
        see = commands.bootstrap("status", name=pushed.deployment, flags=invocation.state_flags)
        raise StateError(
            f"{file} is not newer than what is at {where}: it was saved {pushed.serial} times, that one {stored.serial}",
            f"Nothing was changed. A later run has found the resources by their owner tags; see: {see}",
        )


def _verify(backend: Backend, state: State) -> None:
    found = backend.load()
    if found is None or not _same(found, state):
        raise StateError(f"what was written to {backend.where} reads differently", "The old state was left as it is.")


def _same(one: State, other: State) -> bool:
    return one.to_json() == other.to_json()


def _location(backend: Backend) -> str:
    """The place in a form that is equal for equal places."""
    if "://" not in backend.where:
        return str(Path(backend.where).resolve())
    address = s3_address(backend.where)
    return str(S3Address(address.bucket, address.key))
