"""Which resources that AWS has become this deployment's by an adopt, which differ, and why others cannot. Pure.

The plan of the create that follows, made as if the resources had the owner tags and records already, says what differs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.difference import Difference, differences
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.name_conflicts import other_state_advice
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.plan import Action, Change, Plan, blocked
from bootstrap.core.planner import lost_tags
from bootstrap.core.reasons import forget_all_command
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import lines

RETAINING = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"
MOST_TAGS = 50
"""Of any resource, without those of AWS. Sources: Batch user guide tag-restrictions; EC2 API CreateTags."""
FROM_STACK = "from-stack"
"""The flag that adopts what a stack manages."""


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack that manages something. Its status is "" where that is not known."""

    name: str
    status: str = ""

    @property
    def is_at_work(self) -> bool:
        """Whether it may change or delete what it manages at this moment."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def way(self) -> str:
        """How to make it let go of a resource."""
        if self.status == "DELETE_FAILED":  # it cannot be updated any more
            command = commands.quoted("aws", "cloudformation", "delete-stack", "--stack-name", self.name)
            return f"To delete the stack without it, run: {command} --retain-resources LOGICAL-ID"
        return (
            f"To make it let go: set DeletionPolicy: Retain on it, update the stack, then remove it from the template. "
            f"See {RETAINING}"
        )


@dataclass(frozen=True)
class Candidate:
    """What AWS has at an address without a record. `resource` is what the inputs want, with known references resolved."""

    node: Node
    resource: Resource
    live: Live
    stack: Stack | None = None
    """What manages it."""
    elsewhere: str = ""
    """Its region, if it is not that of the deployment."""

    @property
    def has_no_room(self) -> bool:
        """Whether AWS would refuse the owner tags: it takes all of the tags or none."""
        return self.resource.taggable and len(self.live.properties.get("tags", {})) + len(OWNER_TAGS) > MOST_TAGS

    def is_theirs(self, owner: Owner) -> bool:
        """Whether it belongs to another account, deployment, state or address."""
        return bool(self.live.foreign or (self.live.owner and self.live.owner.contradicts(owner)))

    @property
    def fixed(self) -> tuple[Difference, ...]:
        """The differences in fields that cannot change in place: it is not what the inputs describe."""
        immutable = self.resource.updates.force_new
        found = differences(self.resource, self.live)
        return tuple(item for item in found if item.field in immutable and not any(references(item.after)))


def give_back_advice(addresses: Iterable[str], state: State, flags: Sequence[str]) -> str:
    """How to undo an adopt."""
    command = forget_all_command((each for each in addresses if each in state.records), state, flags)
    return lines(f"To give back what was adopted, run: {command}", f"Then remove these tags: {', '.join(OWNER_TAGS)}.")


def theirs_advice(live: Live, state: State, flags: Sequence[str]) -> str:
    """What to do about a resource that belongs to another account, deployment or state."""
    if live.foreign:
        return "Sign in to the account that has it, or give the input that names another one."
    return other_state_advice(live.owner, state, flags) or (
        "Use that deployment. If this one should have it, forget it there first, with the verb state rm, and remove "
        f"the tags {', '.join(OWNER_TAGS)} from it."
    )


def is_recorded(record: Record | None) -> bool:
    """Whether there is a record, and not just the intent of an adopt that was cut off."""
    return record is not None and record.status is not Status.ADOPTING


def is_adoptable(found: Candidate, owner: Owner, *, from_stack: bool) -> bool:
    """Whether it may become ours. What belongs to another deployment, the planner refuses."""
    barred = found.is_theirs(owner) or found.live.unreadable or found.elsewhere or found.fixed or found.has_no_room
    held = found.stack and (found.stack.is_at_work or not from_stack)
    return not (barred or held or found.resource.identifiers.shared)


def record_of(found: Candidate, resource: Resource, addresses: Iterable[str], state: State) -> Record:
    """Its record: as the inputs want it, so that a plan shows what differs. `resource` is as it was created, as far as AWS
    tells; of a reference to what does not exist, it has what AWS has, or nothing. `addresses` exist."""
    live = found.live.properties
    referring = [each for each in fields(resource) if any(references(getattr(resource, each.name)))]
    nothing = {each.name: "" if each.default is MISSING else each.default for each in referring}
    unknown = {name: without if live.get(name) is None else live[name] for name, without in nothing.items()}
    return Record(
        address=found.node.address,
        kind=resource.kind,
        account=found.node.account,
        status=Status.READY,
        properties={**resource.properties(), **unknown},
        outputs=dict(found.live.outputs),
        depends_on=tuple(sorted(set(found.node.recorded_needs) & set(addresses))),
        generation=state.generation,
        adopted=_differing(resource, found.live),
    )


def _differing(resource: Resource, live: Live) -> dict[str, Any]:
    """What AWS has, of the fields in which it differs; of those to which others may add entries, only ours."""
    found: dict[str, Any] = {}
    for item in differences(resource, live):
        has = live.properties[item.field]
        found[item.field] = has if item.key is None else {**found.get(item.field, {}), item.key: has.get(item.key)}
    return found


def adopt_plan(
    following: Plan,
    found: Mapping[str, Candidate],
    adopted: Mapping[str, tuple[Record, Resource]],
    advice: Mapping[str, str],
    owners: Mapping[str, Owner],
) -> Plan:
    """The plan of the adopt, from that of the create after it. `adopted` has the records and their resources; `advice` says
    what to do about what belongs to others, or is not what the inputs describe."""
    changes = []
    for change in following.changes:
        address = change.address
        if address in adopted:
            changes.append(_adopted(change, found[address], *adopted[address], owners[address]))
        elif address in found and (change.refusal or change.resource.identifiers.shared):
            changes.append(_not_adopted(change, found[address], advice.get(address, ""), owners[address]))
    unfinished = tuple(change.address for change in following.changes if change.action is Action.CREATE)
    return Plan(tuple(changes), unfinished=unfinished, integration=following.integration)


def _adopted(change: Change, found: Candidate, record: Record, resource: Resource, owner: Owner) -> Change:
    later = tuple(item for item in change.differences if item.field not in resource.updates.force_new)
    marks = tuple(item.path for item in (*later, *change.kept))
    reason = f"differs in {', '.join(dict.fromkeys(marks))}" if marks else "matches"
    return Change(
        address=change.address,
        action=Action.ADOPT,
        resource=resource,
        reason=f"{reason}; managed by the stack {found.stack.name}" if found.stack else reason,
        account=change.account,
        differences=lost_tags(resource, found.live, owner),
        record=record,
        outputs=found.live.outputs,
        others=change.others,
        kept=change.kept,
        undecided=change.undecided,
        later=later,
        created_at=found.live.created_at,
    )


def _not_adopted(change: Change, found: Candidate, advice: str, owner: Owner) -> Change:
    change = replace(change, after=(), deleted_before=(), differences=(), undecided=(), set_back="", along=(), kept=())
    what = f"{found.resource.kind} {found.resource.label}"
    if change.resource.identifiers.shared or change.action is Action.UNREADABLE:
        return change
    if found.is_theirs(owner):
        return replace(change, advice=advice)
    if found.elsewhere:
        refusal = f"{what} is in {found.elsewhere}, which is not the region of this deployment"
        way = f"Add --region {found.elsewhere}, or give the input that names another one."
        return blocked(change, f"in region {found.elsewhere}", refusal, way)
    if fixed := found.fixed:
        which = "; ".join(f"its {item.path} is {_word(item.before)}, the inputs say {_word(item.after)}" for item in fixed)
        return blocked(change, "is not what the inputs describe", f"{what} cannot be changed in place: {which}", advice)
    if found.has_no_room:
        refusal = f"{what} has {len(found.live.properties['tags'])} tags; the {len(OWNER_TAGS)} owner tags would be too many"
        way = f"AWS accepts {MOST_TAGS}. Remove tags that nobody needs, and run the same command again."
        return blocked(change, "has no room for owner tags", refusal, way)
    if stack := found.stack:
        refusal = f"{what} is managed by the CloudFormation stack {stack.name}, which "
        refusal += f"is at work ({stack.status})" if stack.is_at_work else "would change or delete it again"
        way = (
            "Wait until the stack is done, and run the same command again. To see how far it is, run: "
            + commands.quoted("aws", "cloudformation", "describe-stacks", "--stack-name", stack.name)
            if stack.is_at_work
            else lines(stack.way, f"To take it over anyway, add --{FROM_STACK}.")
        )
        return blocked(change, f"managed by the stack {stack.name}", refusal, way)
    return change


def _word(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)
