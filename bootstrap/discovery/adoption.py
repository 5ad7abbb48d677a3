"""Looks for what the inputs describe and no state records, and plans to adopt it. Changes nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.adoption import Candidate, adopt_plan, is_adoptable, is_recorded, record_of, theirs_advice
from bootstrap.core.backend import Backend
from bootstrap.core.graph import Node
from bootstrap.core.integration import Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.core.plan import Action, Plan
from bootstrap.core.planner import make_plan, owner_of
from bootstrap.core.resource import Resource
from bootstrap.core.state import State
from bootstrap.discovery.matcher import Match
from bootstrap.discovery.named_resources import check_named, naming_advice, outputs_of_named
from bootstrap.discovery.recovered_inputs import with_generated
from bootstrap.discovery.stacks import stacks_of
from bootstrap.engine.graphs import draft_graph
from bootstrap.engine.prepare import Draft, Prepared, draft_state
from bootstrap.engine.refresh import refresh
from bootstrap.errors import StateError, UsageError, lines
from bootstrap.permissions.drift import drift_warnings
from bootstrap.resources import restore


@dataclass(frozen=True)
class Asked:
    """What the user asked for: the inputs, `named` resources by address, and whether stacks may lose what they manage.
    `lineage` is that of a new state."""

    integration: Integration
    named: Mapping[str, str]
    from_stack: bool
    lineage: str


def with_values_of(session: Session, given: Integration, wanted: Integration, named: Mapping[str, str]) -> Integration:
    """`wanted` with the values that create would generate as what exists has them, so far as it shows them."""
    graph, _ = draft_graph(wanted, session.accounts.values())
    state = State(deployment="", integration=wanted.name, lineage="", accounts=session.accounts)
    things, live = _look(session, graph.nodes, state, outputs_of_named(graph, named))
    matches = {
        address: Match(things[address], found, graph.nodes[address].account) for address, found in live.items() if found
    }
    found, _ = with_generated(given, wanted, matches)
    return found


def prepare_adopt(session: Session, backend: Backend, deployment: str, asked: Asked) -> Prepared:
    """The plan that adopts what exists. Raises what `prepare_create` raises, UsageError for a named resource that does not
    exist, and StateError if nothing exists."""
    session = session if session.reads else session.looking()
    draft = draft_state(session, backend, deployment, asked.integration, asked.lineage)
    nodes, state = draft.graph.nodes, draft.state
    if any(node.resource.kind == "cloudformation_stack_set" for node in nodes.values()):
        raise UsageError(
            "adopt takes over no StackSet: CloudFormation would put the owner tags on the resources of all accounts",
            "Adopt the resources of each account, without --organizational-unit, or create another StackSet (--stack-set).",
        )
    outputs = outputs_of_named(draft.graph, asked.named)
    things, live = _look(session, nodes, state, outputs)
    check_named(asked.named, draft.graph, live)
    new = {
        address: found
        for address, found in live.items()
        if found is not None and not is_recorded(state.records.get(address))
    }
    if not new and not state.records:
        raise _nothing_there(session, asked, draft)
    stacks, unknown = stacks_of(session, nodes, things, new)
    found = {}
    for address, each in new.items():
        region = each.outputs.get("region", "")
        elsewhere = region if region != session.accounts[nodes[address].account].region else ""
        found[address] = Candidate(nodes[address], things[address], each, stacks.get(address), elsewhere)
    owners = {address: owner_of(state, address) for address in nodes}
    present = [address for address, each in live.items() if each is not None]
    taken = [each for each in found.values() if is_adoptable(each, owners[each.node.address], from_stack=asked.from_stack)]
    created = {each.node.address: _as_created(session, each, state) for each in taken}
    made = {each.node.address: record_of(each, created[each.node.address][0], present, state) for each in taken}
    adopted = {address: (record, restore(record)) for address, record in made.items()}
    already = {address: each for address, each in state.records.items() if address in nodes and is_recorded(each)}
    as_ours = {
        address: replace(each, owner=owners[address]) if each and address in adopted else each
        for address, each in live.items()
    }
    recorded = replace(state, records={**already, **made}, earlier={})
    following = make_plan(nodes, recorded, as_ours, session.accounts, restore, flags=session.flags)
    advice = {
        address: theirs_advice(each.live, state, session.flags)
        if each.is_theirs(owners[address])
        else naming_advice(asked.integration, session.accounts.values(), each.node, each.fixed)
        for address, each in found.items()
        if each.is_theirs(owners[address]) or each.fixed
    }
    plan = adopt_plan(following, found, adopted, advice, owners)
    warned = (replace(each, warnings=drift_warnings(each, live[each.address])) for each in plan.changes)
    plan = replace(plan, changes=tuple(warned))
    going = replace(state, records={address: each for address, each in state.records.items() if address not in adopted})
    unread = [f"{address}: {text}" for address, (_, text) in created.items() if text]
    notes = (*_notes(found, adopted, already), *_shared_policies(plan), *_not_found(nodes, plan), *unknown, *unread)
    return Prepared(
        session, going, plan, draft.stored, looked=session.look().began, notes=notes, integration=asked.integration
    )


def _look(
    session: Session, nodes: Mapping[str, Node], state: State, named: Mapping[str, Outputs]
) -> tuple[dict[str, Resource], dict[str, Live | None]]:
    """The resources with known references resolved, and what AWS has. What is found may lead to others, by its id."""
    live: dict[str, Live | None] = {}

    def lookup(address: str, attribute: str) -> str | None:
        node, found = nodes[address], live.get(address)
        known = found.outputs.get(attribute) if found else state.output(address, attribute)
        return known or node.resource.resolved(lookup).predicted_outputs(session.accounts[node.account]).get(attribute)

    def outputs_of(address: str) -> Outputs:
        record = state.records.get(address)
        # What has no id is read as if it was new: that shows when it was created.
        known = record if is_recorded(record) or nodes[address].resource.identifiers.unique_id else None
        return named.get(address) or (known.outputs if known else {})

    for _ in range(len(nodes) + 2):  # each round finds at least one more, but answers of AWS may also alternate
        things = {address: node.resource.resolved(lookup) for address, node in nodes.items()}
        lookups = {address: (things[address], node.account, outputs_of(address)) for address, node in nodes.items()}
        before, live = live, refresh(session, lookups, state, set())
        if {name: each and each.outputs for name, each in before.items()} == {
            name: each and each.outputs for name, each in live.items()
        }:
            break
    return things, live


def _as_created(session: Session, found: Candidate, state: State) -> tuple[Resource, str]:
    """With the fields that are only set at creation as they were, and what AWS does not tell of that."""
    account, owner = session.accounts[found.node.account], owner_of(state, found.node.address)
    with explained(session.aws.logins):
        return found.resource.as_created(Scope(session.aws, account, owner), found.live.outputs)


def _nothing_there(session: Session, asked: Asked, draft: Draft) -> StateError:
    where = ", ".join(f"account {account.id}, region {account.region}" for account in session.accounts.values())
    names = ", ".join(f"{node.address} {draft.graph.predicted(node).label}" for node in draft.graph.nodes.values())
    return StateError(
        f"there is nothing to adopt in {where}: no resource that create would make exists there",
        lines(
            f"Looked for: {names}.",
            "If it has other names, give the inputs that set them, or add --resource ADDRESS=NAME. If there is nothing yet, "
            "run create.",
        ),
    )


def _not_found(nodes: Mapping[str, Node], plan: Plan) -> tuple[str, ...]:
    """How to name what has no name by which it could be found: the next create would make a second one."""
    types = {address: nodes[address].resource.identifiers for address in plan.unfinished}
    unnamed = [address for address, each in types.items() if each.unnamed and each.arn_prefixes]
    if not unnamed:
        return ()
    words = commands.quoted(*(word for each in unnamed for word in commands.option("--resource", f"{each}=ID")))
    what = " and ".join(unnamed)
    return (f"AWS has no names for {what}. If you have one, add its id: {words} Otherwise create makes another.",)


def _shared_policies(plan: Plan) -> Iterator[str]:
    """Whose permissions the next create also changes."""
    for change in plan.changes:
        holders = [text.removeprefix("attached to ") for text in change.others if text.startswith("attached to ")]
        if change.action is Action.ADOPT and change.later and holders:
            what = ", ".join(item.path for item in change.later)
            yield f"{change.address} is also attached to {', '.join(holders)}: create would change its {what} for them, too."


def _notes(found: Mapping[str, Candidate], adopted: Collection[str], already: Collection[str]) -> tuple[str, ...]:
    says = "Adopt adds the owner tags and changes nothing else. From then on, destroy deletes what was adopted."
    notes = [says] if adopted else []
    for address in adopted:
        resource = found[address].resource
        if resource.kind == "s3_bucket":
            notes.append(
                f"Destroy would delete the bucket {resource.label} if it is empty, and its objects only with "
                f"--{resource.deletion.force_flag}."
            )
        if resource.kind == "ec2_instance":
            which = found[address].live.outputs["instance_id"]
            notes.append(f"Destroy would terminate the machine {which} and delete its root volume with everything on it.")
        if stack := found[address].stack:
            notes.append(
                f"{address}: if the stack {stack.name} has not let go of it, it changes or deletes it again. {stack.way}"
            )
    if already:
        notes.append(f"Recorded already and left out here: {', '.join(already)}.")
    return tuple(notes)
