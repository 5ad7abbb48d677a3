"""Makes the receipt of a destroy: each recorded thing is looked up again, and the owner tags are searched for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from bootstrap.aws.retry import read_consistent
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples, from_inputs
from bootstrap.core.live import Live, Outputs
from bootstrap.core.ownership import NOT_OURS, ownership_of
from bootstrap.core.plan import Change
from bootstrap.core.planner import owner_of
from bootstrap.core.receipt import Item, Receipt
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.state import State, Status
from bootstrap.discovery.search import TaggedResource, look_at, search
from bootstrap.engine.graphs import search_filter_for, services_of
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import in_parallel, read_or_explain
from bootstrap.errors import BootstrapError, lines
from bootstrap.integrations import integration, integrations

_BY_IAM = "IAM itself was asked for all that this deployment names in it, by path and by name"

Seen = Live | BootstrapError | None
"""What a look gave: the thing, nothing, or why AWS did not say."""


class Look(NamedTuple):
    """`ours` says whether what it gives should be gone."""

    ask: Callable[[], Live | None]
    ours: Callable[[Live], bool] = lambda live: True


def receipt(prepared: Prepared) -> Receipt:
    """What is there after the plan to destroy was carried out. Changes nothing, and raises no error of AWS."""
    session, state, changes = prepared.session, prepared.state, prepared.plan.changes
    searched = search(session, state.deployment, _services(state), _search_filter(state))
    named = _named(prepared) if searched.away else None
    away = searched.away if named is not None else ()
    tagged = [*(item for item in searched.found if item.owner.lineage == state.lineage), *(named or ())]
    strays = sorted((item for item in tagged if item.kind), key=lambda item: not item.outputs)
    looks = [Look(partial(_look, prepared, change), partial(_is_ours, prepared, change)) for change in changes]
    seen = _settled(session, looks + [Look(partial(_stray, session, item)) for item in strays])
    found = _recorded(prepared, seen[: len(changes)])
    told = [(change.address, _outputs(change, now)) for change, now in zip(changes, seen, strict=False)]
    left, unsearched = list(found.left), [line for line in searched.unknown if line not in away]
    for item, now in zip(strays, seen[len(changes) :], strict=True):
        address = item.owner.address
        if now is None or any(address == known and item.outputs.items() <= outputs.items() for known, outputs in told):
            continue
        told.append((address, now.outputs if isinstance(now, Live) else item.outputs))
        if isinstance(now, BootstrapError) or now.denial is not None:
            why = now.message if isinstance(now, BootstrapError) else now.unreadable
            unsearched.append(f"{item.kind} {item.name}, which has this deployment's tags: {why}")
        else:
            left.append(_unrecorded(prepared, item))
    return replace(
        found,
        left=tuple(left),
        unsearched=tuple(unsearched),
        unseen=tuple(item.name for item in tagged if not item.kind),
        notes=tuple(f"{line}. {_BY_IAM}" for line in away),
        others=(*found.others, *_left_behind(prepared)),
    )


def _named(prepared: Prepared) -> list[TaggedResource] | None:
    """What the integration names in IAM and no record tells of, as a search would have found it by its tags. None when this
    version cannot tell."""
    state, accounts = prepared.state, prepared.session.accounts
    graph, recorded = Graph(accounts.values()), {change.address for change in prepared.plan.changes}
    if (recipe := _recipe(state)) is None:
        return None
    recipe.build(graph)
    nodes = [node for node in graph.nodes.values() if node.resource.services == ("iam",) and node.resource.tagged]
    return [
        TaggedResource(
            node.account,
            node.resource.kind,
            node.resource.label,
            node.resource.resolved(graph.predicted_output).predicted_outputs(accounts[node.account]),
            owner_of(state, node.address),
        )
        for node in nodes
        if node.address not in recorded
    ]


def _recipe(state: State) -> Integration | None:
    """The integration with the recorded inputs; None when this version cannot tell."""
    try:
        recipe = from_inputs(integration(state.integration), state.inputs)
        recipe.build(Graph(examples(recipe)))
    except BootstrapError:
        return None
    return recipe


def _search_filter(state: State) -> SearchFilter:
    recipe = _recipe(state)
    return search_filter_for(recipe) if recipe else SearchFilter(str(state.inputs.get("path") or "/"))


def _services(state: State) -> set[str]:
    """Those of all that the integration makes: records may be missing (`state rm`), and what they were of is still looked
    for. Of an integration that this version does not know, those of the records."""
    known = state.integration in integrations()
    return services_of(integration(state.integration).example() if known else None, state)


def kept(state: State, prepared: Prepared, given: Receipt) -> State:
    """The state with the records of what was deleted and may be there all the same: another destroy needs them."""
    here = {item.address for item in (*given.left, *given.unknown) if item.recorded}
    records = [change.record for change in prepared.plan.changes if change.record and change.address in here]
    there = {*here, *state.records}
    return state.put(
        *(
            replace(record, status=Status.DELETING, depends_on=tuple(need for need in record.depends_on if need in there))
            for record in records
            if record.address not in state.records
        )
    )


def _recorded(prepared: Prepared, seen: list[Seen]) -> Receipt:
    """What became of each thing of the plan."""
    gone, left, unknown, others = list[Item](), list[Item](), list[Item](), list[str]()
    again = _command(prepared, "destroy")
    for change, now in zip(prepared.plan.changes, seen, strict=True):
        resource = change.resource
        named = (change.outputs or {}).get(resource.unique_id, resource.label) if resource.taggable else resource.label
        item = Item(change.address, resource.kind, resource.label, named, change.account)
        where = f"{resource.kind} {resource.label} in account {prepared.session.accounts[change.account].id}"
        if isinstance(now, BootstrapError):
            unknown.append(replace(item, why=now.message, advice=lines(now.advice, f"Then run: {again}")))
        elif now is None:
            gone.append(item)
        elif now.denial is not None:
            unknown.append(replace(item, why=now.unreadable, advice=lines(now.advice, f"Then run: {again}")))
        elif not _is_ours(prepared, change, now):
            others.append(f"{where}, which {'the whole account shares' if resource.shared else 'somebody else made'}")
        else:
            why = (
                now.unreadable
                or "; ".join([*(each.what for each in now.obstacles), *now.blockers])
                or "it was deleted, and AWS still shows it"
            )
            left.append(replace(item, why=why, advice=f"Run: {again}"))
    return Receipt(tuple(gone), tuple(left), tuple(unknown), others=tuple(others))


def _unrecorded(prepared: Prepared, item: TaggedResource) -> Item:
    which = next(iter(item.outputs.values()), item.name)
    take = _command(prepared, "state", "import", arguments=[item.owner.address, which])
    return Item(
        address=item.owner.address,
        kind=item.kind,
        name=item.name,
        id=which,
        account=item.account,
        why="it carries this deployment's owner tags, and the state did not know of it",
        advice=lines(f"Run: {take}", f"then: {_command(prepared, 'destroy')}"),
        recorded=False,
    )


def _look(prepared: Prepared, change: Change) -> Live | None:
    session = prepared.session
    owner = owner_of(prepared.state, change.address)
    scope = Scope(session.aws, session.accounts[change.account], owner, destroying=True)
    return read_or_explain(scope, change.resource, change.outputs or {})


def _is_ours(prepared: Prepared, change: Change, live: Live) -> bool:
    assert change.record is not None
    owner = owner_of(prepared.state, change.address)
    return not change.resource.shared and ownership_of(change.resource, change.record, live, owner) not in NOT_OURS


def _stray(session: Session, item: TaggedResource) -> Live | None:
    there = look_at(session, item, destroying=True)
    return there[1] if there else None


def _settled(session: Session, looks: list[Look]) -> list[Seen]:
    """What each look gives. AWS may show for some seconds what is gone, so what is left is looked at again for so long."""

    def seen(look: Look) -> Seen:
        try:
            with explained(session.aws.logins):
                return look.ask()
        except BootstrapError as error:
            return error

    vanish = session.aws.timing.vanish
    return list(
        read_consistent(
            lambda numbers: dict(zip(numbers, in_parallel(session, seen, [looks[each] for each in numbers]), strict=True)),
            range(len(looks)),
            lambda number, now: (
                vanish if vanish and isinstance(now, Live) and now.denial is None and looks[number].ours(now) else None
            ),
            session.aws.timing.pause,
            lambda left: session.tell("Looking again: AWS may be slow to let go of what was deleted."),
        ).values()
    )


def _left_behind(prepared: Prepared) -> list[str]:
    """What came about around what was deleted, and was never this deployment's."""
    session = prepared.session
    found: dict[str, None] = {}
    for change in prepared.plan.work:
        scope = Scope(session.aws, session.accounts[change.account], owner_of(prepared.state, change.address))
        try:
            with explained(session.aws.logins):
                found |= dict.fromkeys(change.resource.side_effects(scope, change.outputs or {}))
        except BootstrapError as error:  # what was asked for is done all the same
            found[f"what may be left of {change.address} could not be looked for ({error.message})"] = None
    return list(found)


def _outputs(change: Change, now: Seen) -> Outputs:
    """By which something that the tags name is known to be the thing of this change."""
    return now.outputs if isinstance(now, Live) else change.outputs or {} if now else {}


def _command(prepared: Prepared, *words: str, arguments: Sequence[str] = ()) -> str:
    return commands.bootstrap(*words, arguments=arguments, name=prepared.state.deployment, flags=prepared.session.flags)
