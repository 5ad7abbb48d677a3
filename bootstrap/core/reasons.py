"""Why a change is planned or refused, in words, and what to do instead. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bootstrap.core import commands, name_conflicts
from bootstrap.core.difference import Difference, is_as_adopted, is_at_work, is_behind
from bootstrap.core.flags import DETACH_FOREIGN, OVERWRITE, RETAG
from bootstrap.core.live import Live
from bootstrap.core.near import did_you_mean
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.ownership import Ownership
from bootstrap.core.plan import Change
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import UsageError, lines

ADOPTED = "differed when it was adopted"
AT_WORK = "AWS is still at work on it"
BEHIND = "not complete: AWS has not done all of it"
ADOPT_AGAIN = "An adopt was cut off before it was tagged. Run the same adopt again."


def tags_advice(resource: Resource, owner: Owner, state: State, flags: Sequence[str]) -> str:
    """Create puts tags back on what it knows by its unique id; what has none it would not take for ours."""
    if resource.identifiers.unique_id:
        return _create_advice(state, flags, [f"--{RETAG}"])
    return restore_tags_advice(owner)


def restore_tags_advice(owner: Owner) -> str:
    """How to restore the owner tags by hand."""
    return "put these tags back: " + ", ".join(f"{key}={value}" for key, value in owner.tags().items()) + "."


def update_reason(
    resource: Resource, record: Record, found: Iterable[Difference], *, edited: bool = False, kept: Iterable[Difference] = ()
) -> str:
    """Why a resource is updated: drift if the record already had the desired values, else a change of inputs. An `edited`
    state proves neither. A field has also drifted if a part of it is `kept` as somebody made it.
    """
    partly = {item.field for item in kept}
    found = list(found)
    if is_at_work(resource, found):
        return AT_WORK
    if is_behind(resource, found):
        return BEHIND
    found = [item for item in found if not is_behind(resource, [item])]
    since = found if edited else [item for item in found if not is_as_adopted(resource, record, item)]
    if found and not since:
        return ADOPTED
    if len(since) < len(found):
        return f"{ADOPTED}; {update_reason(resource, record, since, kept=kept)}"

    def drifted(item: Difference) -> bool:
        if item.key is None and item.field in partly:
            return True
        if item.key in OWNER_TAGS:
            return True
        had = record.properties.get(item.field)
        if item.key is not None and isinstance(had, dict):
            had = had.get(item.key)
        return bool(resource.canonical(item.field, had) == resource.canonical(item.field, item.after))

    kinds = {drifted(item) for item in found}
    if edited and kinds == {True}:
        return "it differs from the state, which was edited by hand"
    if edited:
        return "its inputs changed, or the state was edited by hand"
    if kinds == {True}:
        return "drift: changed outside bootstrap"
    if kinds == {False}:
        return "its inputs changed"
    return "its inputs changed, and it was changed outside bootstrap"


def ownership_refusal(resource: Resource, record: Record | None, live: Live, owner: Owner, found: Ownership) -> str:
    """Why create does not touch it."""
    what = f"{resource.kind} {resource.label}"
    if live.foreign:
        return live.foreign
    if found is Ownership.UNTAGGED and live.owner is None:
        return f"{what} has the recorded id, but no owner tags: it may belong to somebody else"
    if found is Ownership.UNTAGGED and live.owner:
        lost = ", ".join(live.owner.missing)
        return f"{what} has the recorded id, but lacks the owner tags {lost}: it may belong to somebody else"
    if found is Ownership.REPLACED:
        return f"{what} has our owner tags, but not the recorded id: ours is gone, and somebody copied its tags"
    if record and record.status is Status.READY and live.owner is None and found is Ownership.UNPROVEN:
        return f"{what} no longer has owner tags"
    if live.owner is None:
        return f"{what} exists, and bootstrap did not create it"
    if not live.owner.contradicts(owner):
        return f"{what} exists, and lacks owner tags of this deployment: {', '.join(live.owner.missing)}"
    theirs = owner_name(live.owner)
    if live.owner.deployment == owner.deployment and live.owner.lineage not in ("", owner.lineage):
        return f"{what} was created by another state of {theirs}"
    return f"{what} belongs to {theirs}"


def ownership_summary(record: Record | None, found: Ownership) -> str:
    """The state of what create does not touch, in a few words."""
    match found:
        case Ownership.UNTAGGED:
            return "exists, without its owner tags"
        case Ownership.RETAGGED:
            return "exists, with the owner tags of somebody else"
        case Ownership.UNPROVEN if record and record.status is not Status.CREATING:
            return "exists, and nothing proves that it is ours"
    return "another resource has taken its place" if record and record.status is not Status.CREATING else "its name is taken"


def owner_name(owner: Owner) -> str:
    """The name of an owner, as far as its tags say."""
    named = f"deployment {owner.deployment!r}" if owner.deployment else "another deployment"
    return f"{named} ({owner.address})" if owner.address else named


def ownership_advice(change: Change, live: Live, owner: Owner, found: Ownership, state: State, flags: Sequence[str]) -> str:
    """What to do about a resource that create does not touch."""
    resource, record = change.resource, change.record
    if live.foreign and record:
        return lines(
            f"If this deployment created one, it was deleted. Forget it: {forget_command(record.address, state, flags)}",
            "Then run create with another name.",
        )
    if live.foreign:
        return change.if_taken if change.if_taken != resource.identifiers.if_taken else "Choose another name."
    if record and record.status is Status.ADOPTING and found in (Ownership.UNTAGGED, Ownership.UNPROVEN):
        return ADOPT_AGAIN
    if found is Ownership.UNTAGGED or (record and record.status is Status.READY and found is Ownership.UNPROVEN):
        return f"If it still belongs to this deployment, {tags_advice(resource, owner, state, flags)}"
    if found is Ownership.REPLACED and record:
        return lines(
            f"If it still belongs to this deployment, forget the old one: {forget_command(record.address, state, flags)}",
            "Then run the same command again: create adopts it by its tags. If not, remove these tags from it.",
        )
    return name_conflicts.taken_advice(change.if_taken, live, state, flags)


def overwrite_flag(address: str) -> str:
    """The entry among the `allowed` flags of a plan that overwrites the stricter settings of the resource with ours."""
    return f"{OVERWRITE} {address}"


def check_overwritten(allowed: Iterable[str], addresses: Collection[str]) -> None:
    """Raises UsageError if `allowed` overwrites an address that is not in the deployment."""
    named = [flag.removeprefix(f"{OVERWRITE} ") for flag in allowed if flag.startswith(f"{OVERWRITE} ")]
    if unknown := sorted(set(named) - set(addresses)):
        there_are = f"{did_you_mean(unknown[0], addresses)}Name one of: {', '.join(addresses)}."
        raise UsageError(f"--{OVERWRITE}: this deployment has no resource {unknown[0]!r}", there_are)


def undecided_refusal(found: Iterable[Difference], reason: str) -> str:
    """The refusal when neither value is stricter, so that a person has to choose. `reason` is that of `update_reason`."""
    what = ", ".join(item.path for item in found)
    how = reason.removeprefix("drift: ")
    return f"{how}, and neither the value in AWS nor the one that bootstrap sets is stricter: {what}"


def with_choice_advice(changes: Sequence[Change], state: State, flags: Sequence[str]) -> list[Change]:
    """The changes, with advice on those for which a person has to choose a value."""
    return [
        replace(change, advice=_choice_advice(change, changes, state, flags)) if change.undecided else change
        for change in changes
    ]


def _choice_advice(change: Change, changes: Sequence[Change], state: State, flags: Sequence[str]) -> str:
    """How to choose between values that cannot be ordered. One command overwrites all of them. The command that keeps a
    value is printed only if there is no other choice that would stop it."""
    undecided = [each for each in changes if each.undecided]
    set_by = change.resource.updates.set_by
    without = [item.path for item in change.undecided if item.field not in set_by or not item.before]
    keep = "" if without or len(undecided) > 1 else _keep_advice(change, changes, state, flags)
    by_hand = "By hand, undo what allows more access: what is only stricter is kept."
    kept = [f"{each.address} {item.path}" for each in undecided for item in each.kept]
    also = f", including what is kept ({', '.join(kept)})" if kept else ""
    overwrite = _create_advice(state, flags, _overwrite_words(each.address for each in undecided))
    what = " and ".join(each.address for each in undecided)
    return lines(
        keep,
        f"No option sets {', '.join(without)}. {by_hand}" if without else "",
        f"To overwrite {what} with what bootstrap sets{also}, {overwrite}",
    )


def _keep_advice(change: Change, changes: Sequence[Change], state: State, flags: Sequence[str]) -> str:
    """The command that takes what AWS has as inputs, and what else these set; "" where nobody can tell what that is."""
    used = {item.field: change.resource.updates.set_by[item.field] for item in change.undecided}
    others = [each for each in changes if each is not change]
    same = [each.address for each in others if set(used.values()) & set(each.resource.updates.set_by.values())]
    ours = {value for item in change.undecided for value in _values(item.after) if isinstance(value, str)}
    for each in others:
        if each.address not in same and any(ours & set(_values(value)) for value in _fields(each)):
            return ""  # it also has our value, and nobody can tell whether the option sets it there
    given: list[str] = []
    for item in change.undecided:
        for value in _values(item.before):
            given += commands.option(used[item.field], str(value))
    also = f", and to have the same in {', '.join(same)}" if same else ""
    return f"To keep what AWS has{also}, {_create_advice(state, flags, given)}"


def _values(value: object) -> list[object]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else [value]


def _fields(change: Change) -> list[object]:
    return [value for value in change.resource.properties().values() if isinstance(value, (str, list))]


def crossing_refusal(found: Iterable[Difference]) -> str:
    """The refusal when the inputs changed what somebody restricted."""
    what = ", ".join(item.path for item in found)
    return f"the inputs changed, and applying them would remove a restriction that was made outside bootstrap: {what}"


def crossing_advice(address: str) -> str:
    return lines(
        "To keep the restriction, apply the new inputs by hand next to it, and run the same command again: what is only "
        "stricter is kept.",
        f"To remove the restriction, add --{OVERWRITE} {address} to the same command.",
    )


def combination_refusal(kept: Iterable[Difference], problems: Iterable[str]) -> str:
    """The refusal when the inputs do not fit the settings that are kept."""
    what = ", ".join(item.path for item in kept)
    return f"AWS would refuse it together with what was tightened outside bootstrap ({what}): {'; '.join(problems)}"


def combination_advice(address: str) -> str:
    return lines(
        "Choose an input that fits what AWS has.",
        f"To set it back to what bootstrap sets, add --{OVERWRITE} {address} to the same command.",
    )


def overwrite_command(addresses: Iterable[str], state: State, flags: Sequence[str]) -> str:
    """The command that overwrites the settings of others at these addresses; "" before the inputs are recorded."""
    if state.has_new_inputs:
        return ""
    return _create_advice(state, flags, _overwrite_words(addresses)).removeprefix("run: ")


def detach_advice(state: State, flags: Sequence[str]) -> str:
    return f"To detach what others attached, {_create_advice(state, flags, [f'--{DETACH_FOREIGN}'])}"


def _overwrite_words(addresses: Iterable[str]) -> list[str]:
    return [word for each in addresses for word in commands.option(f"--{OVERWRITE}", each)]


def _create_advice(state: State, flags: Sequence[str], more: Sequence[str]) -> str:
    """What to run: create with the recorded inputs and `more`; if the inputs are new, the same command with `more`."""
    if state.has_new_inputs:
        return f"run the same create command again with {commands.quoted(*more)}"
    flags = [*commands.without_sign_in(flags), *more]
    return f"run: {commands.bootstrap('create', integration=state.word, name=state.deployment, flags=flags)}"


def consent_advice(address: str, state: State, creating: bool, allowed: Collection[str], flags: Sequence[str]) -> str:
    """How to confirm the delete, or to leave the resource alone."""
    if creating:
        deleted = f"add --{DETACH_FOREIGN} to the same command"
    else:
        more = [f"--{flag}" for flag in sorted({*allowed, DETACH_FOREIGN})]
        deleted = f"run: {commands.bootstrap('destroy', name=state.deployment, flags=[*flags, *more])}"
    return lines(
        f"If it belongs to this deployment, {deleted}", f"To leave it as it is: {forget_command(address, state, flags)}"
    )


def forget_command(address: str, state: State, flags: Sequence[str]) -> str:
    """The command that removes the record, and those that depend on it, and touches nothing in AWS."""
    return forget_all_command([address], state, flags)


def forget_all_command(addresses: Iterable[str], state: State, flags: Sequence[str]) -> str:
    going = [*addresses]
    for each in going:
        going += [item.address for item in state.records.values() if each in item.depends_on and item.address not in going]
    return commands.bootstrap("state", "rm", arguments=going, name=state.deployment, flags=commands.without_sign_in(flags))


def if_name_was_lost(resource: Resource, record: Record | None, live: Live, state: State, flags: Sequence[str]) -> str:
    """What to do if another account has the name by now; "" where it cannot, or where AWS names a policy as the reason."""
    if not (
        resource.identifiers.globally_unique and record and record.outputs and live.denial is not None
    ) or live.denial.get("layer"):
        return ""
    return (
        f"If {resource.label} was deleted and now belongs to another account, forget it: "
        f"{forget_command(record.address, state, flags)}"
    )
