"""Other names for a deployment whose names are taken: inputs that give free ones, and the one command that takes them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.account import DEFAULT
from bootstrap.core.checked_inputs import checked
from bootstrap.core.graph import Node
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.live import Live
from bootstrap.core.name_conflicts import holder, prefixes, without_other_names
from bootstrap.core.owner import NOBODY
from bootstrap.core.plan import Plan
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.state import State
from bootstrap.engine.graphs import build_graph, lookups_of
from bootstrap.engine.refresh import ask, refresh
from bootstrap.errors import PlanRefused, UsageError, lines

Names = Mapping[str, str]
"""The values of inputs, by name."""
Instead = Callable[[Names], str]
"""Says how to have these inputs in place of those of the same name: "run: COMMAND", or what to write into which file."""
BUCKET = "bucket"
"""The address of the bucket that an integration creates."""
TRIES = 5


def offer_free_names(
    session: Session,
    integration: Integration,
    nodes: Mapping[str, Node],
    plan: Plan,
    state: State,
    instead: Instead | None,
) -> Plan:
    """The plan; where names are taken and other inputs give free ones, with one message about that in place of one for each
    name. Reads from AWS only in that case. What has a name is left alone, whoever owns it."""
    taken = {change.address: change.taken_by for change in plan.changes if change.taken_by}
    names = _free_names(session, integration, nodes, state, frozenset(taken)) if taken else None
    if names is None:
        return plan
    who = {address: holder(owner, state.deployment) for address, owner in taken.items()}
    named = {address: each for address, each in who.items() if nodes[address].resource.taggable} or who
    changes = []
    for change in plan.changes:
        if change.address in taken:
            node = nodes[change.address]
            own = without_other_names(node.if_taken or node.resource.identifiers.if_taken)
            mine = taken[change.address] == NOBODY and node.resource.taggable
            text = f"its name is taken by {who[change.address]}" if change.address in named else "its name is taken"
            change = replace(change, reason=text, refusal=text, advice=own if mine else "")
        changes.append(change)
    number = "1 name is" if len(taken) == 1 else f"{len(taken)} names are"
    says = f"{number} taken by {' and '.join(dict.fromkeys(named.values()))}"
    way = (instead or _create(integration, state, session))(names)
    lost = dict.fromkeys(each.lineage for each in taken.values() if each.deployment == state.deployment and each.lineage)
    rebuild = [
        "If that is this deployment and its state is lost, run: "
        + _known("recover", integration, state, session, *commands.option("lineage", each))
        for each in lost
    ]
    is_fleet = any(each.resource.kind == "cloudformation_stack_set" for each in nodes.values())
    can_adopt = not is_fleet and any(taken[address] == NOBODY for address in named)
    adopt = f"To make what is yours part of this deployment, run: {_known('adopt', integration, state, session)}"
    bucket = names.get("existing_bucket", "")
    is_new = BUCKET in taken and bucket not in ("", nodes[BUCKET].resource.label)
    make = session.accounts[DEFAULT].aws("s3", "mb", f"s3://{bucket}") if is_new else ""
    way_out = lines(
        f"{says}; what has them is left alone.",
        *rebuild,
        *([adopt] if can_adopt else []),
        *(
            [f"The bucket of {who[BUCKET]} lasts only as long as that does. To make another one first, run: {make}"]
            if make
            else []
        ),
        f"To use others, which are free as far as AWS shows, {way}",
    )
    things = [f"{nodes[address].resource.kind} {nodes[address].resource.label}" for address in taken]
    return replace(plan, changes=tuple(changes), taken=f"{says}: {', '.join(things)}", way_out=way_out)


def _free_names(
    session: Session, integration: Integration, nodes: Mapping[str, Node], state: State, taken: frozenset[str]
) -> Names | None:
    """Inputs with which AWS shows nothing of the names that were taken, and that AWS would accept."""
    kind = type(integration)
    mine = (
        refresh(session, {BUCKET: lookups_of(nodes, state, session.accounts)[BUCKET]}, state, set())
        if BUCKET in taken
        else {}
    )
    for number, prefix in enumerate(islice(prefixes(state.deployment), TRIES), start=2):
        names = {"role_prefix": prefix} if taken - {BUCKET} else {}
        if BUCKET in taken:
            names = {**names, **integration.instead_of_bucket(session.accounts[DEFAULT], number)}
            if "existing_bucket" in names and (found := mine.get(BUCKET)):
                if found.unreadable or found.foreign:
                    return None  # somebody else's, in another account
                if found.owner:  # a destroy of that deployment deletes it
                    names["existing_bucket"] = f"{names['existing_bucket'][:60]}-{number}"
                    if not _is_free(session, names["existing_bucket"]):
                        continue
        try:
            values: dict[str, Any] = checked(kind, names)
            graph, _ = build_graph(replace(integration, **values), session.accounts.values())
        except (UsageError, PlanRefused):  # such as a name that gets too long
            continue
        lookups = lookups_of(graph.nodes, replace(state, records={}), session.accounts)
        wanted = {address: each for address, each in lookups.items() if address in taken}
        live = refresh(session, wanted, replace(state, records={}), set())
        if not any(_is_taken(wanted[address][0], each) for address, each in live.items()):
            return names
    return None


def _is_free(session: Session, bucket: str) -> bool:
    try:
        return ask(session, Query("s3", "head_bucket", {"Bucket": bucket}, ("404", "NoSuchBucket"))) == [None]
    except ClientError:
        return False  # somebody else's


def _is_taken(resource: Resource, live: Live | None) -> bool:
    """What may not be read counts as free, unless its name belongs to somebody else in another account."""
    return live is not None and (not live.unreadable or resource.identifiers.globally_unique)


def _create(integration: Integration, state: State, session: Session) -> Instead:
    def instead(names: Names) -> str:
        given = given_words(integration, names)
        flags = [*session.flags, *given]
        return f"run: {commands.bootstrap('create', integration=integration.word(), name=state.deployment, flags=flags)}"

    return instead


def _known(verb: str, integration: Integration, state: State, session: Session, *more: str) -> str:
    """The command that records what exists; it has no --sign-in."""
    flags = [*more, *commands.without_sign_in(session.flags), *given_words(integration, {})]
    return commands.bootstrap(verb, integration=integration.word(), name=state.deployment, flags=flags)


def given_words(integration: Integration, names: Names) -> list[str]:
    """The inputs that the user gave as options, with `names` in place of those of the same name. The text of a file is no
    option."""
    values = {name: getattr(integration, name) for name in integration.given} | dict(names)
    known = [item for item in inputs_of(type(integration)) if item.name in values and not item.file]
    return [word for item in known for word in item.words(values[item.name])]
