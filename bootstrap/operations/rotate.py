"""Rotates the external id: a create whose inputs name two of them, then one again."""

from collections.abc import Sequence

from bootstrap.core import commands
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS, Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.rotation import begin, previous_of
from bootstrap.core.state import State, Status
from bootstrap.errors import UsageError
from bootstrap.fleet.integration import Fleet
from bootstrap.operations.inputs import Gathered, gather


def external_id_of(stored: State, integration: type[Integration], flags: Sequence[str] = ()) -> Input:
    """The input that is rotated. Raises UsageError for a deployment that has none yet, or never will. `flags` lead its
    commands to the state."""
    known = {item.name: item for item in inputs_of(integration)}
    if issubclass(integration, Fleet) and EXTERNAL_ID in known:
        create = commands.bootstrap(
            "create", integration=stored.word, name=stored.deployment, flags=flags, external_id="NEW"
        )
        raise UsageError(
            f"{stored.deployment} is a fleet: rotate is for the role of one account",
            f"A fleet changes the external id at once in all accounts. With the new one in place of NEW, run: {create}",
        )
    if PREVIOUS not in known:
        raise UsageError(f"{integration.name} has no external id", "There is nothing to rotate.")
    if stored.waiting:
        create = commands.bootstrap("create", integration=stored.word, name=stored.deployment, flags=flags)
        raise UsageError(
            f"{stored.deployment} has nothing to rotate yet: it is {stored.waiting.text}",
            f"To complete it first, run: {create}",
        )
    if not stored.inputs.get(EXTERNAL_ID):
        raise UsageError(
            f"the inputs of {stored.deployment} name no external id",
            "If it is part of another input, give that input to create again.",
        )
    return known[EXTERNAL_ID]


def needs_new(stored: State, item: Input) -> bool:
    """Whether a rotation cannot begin without a new external id: bootstrap makes none, and no rotation is under way."""
    return not item.generated and not stored.inputs.get(PREVIOUS)


def rotated(
    stored: State, integration: type[Integration], item: Input, new: str | None, flags: Sequence[str] = ()
) -> Gathered:
    """The inputs with which create lets the vendor in with the new external id and the previous one. None for `new` makes
    one, if bootstrap makes the integration's ids, or goes on with the rotation that is under way."""
    checked = None if new is None else item.checked(new)
    changed = begin(stored.inputs, checked, stored.deployment, flags, is_unfinished=_is_unfinished(stored))
    return gather(integration, changed, None, stored)


def retired(stored: State, integration: type[Integration]) -> Gathered | None:
    """The inputs with which create lets the vendor in with the new external id alone; None if it does so already. A run that
    was cut off may have been the one that retired the previous one."""
    if not previous_of(stored.inputs) and not _is_unfinished(stored):
        return None
    return gather(integration, {PREVIOUS: ""}, None, stored)


def _is_unfinished(stored: State) -> bool:
    """Whether a run was cut off: the same command then goes on where it stopped."""
    return bool(stored.missing) or any(record.status is not Status.READY for record in stored.records.values())
