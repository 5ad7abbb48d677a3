"""A made-up cloud of things for the tests of the core: strict about order, and able to lose answers and to die."""

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.cloud import Cloud, Planned, Timing
from bootstrap.core.deleted_in_two import DeletedInTwo
from bootstrap.core.difference import Difference
from bootstrap.core.events import Event
from bootstrap.core.graph import Graph, Node
from bootstrap.core.live import Live, Outputs, Part
from bootstrap.core.owner import Owner, tagless
from bootstrap.core.plan import Change, Plan
from bootstrap.core.planner import make_plan, owner_of
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource, Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.core.state import Record, State
from bootstrap.core.state_json import from_json
from bootstrap.engine.executor import Outcome, Stop, Times, execute
from bootstrap.errors import AlreadyExists, BootstrapError

T = TypeVar("T")
ACCOUNTS = {EXAMPLE.alias: EXAMPLE}
NEW = State(deployment="prod", integration="example", lineage="ours", accounts=ACCOUNTS)
NEEDED_BY = "needed by"
HELD_BY = "held by"
AT_ONCE = Timing(settle=0, vanish=0, poll=0.1)


class Crash(BootstrapError):
    """The process is dead: no call and no save has an effect any more.

    It is an Exception so that the executor ends the run; what the run believes in the end is thrown away with it.
    """


@dataclass
class Life:
    """Counts the steps that leave a trace (calls and saves) and ends before or after one of them."""

    ends_at: int | None = None
    after: bool = False
    steps: int = 0
    over: bool = False
    lock: Any = field(default_factory=threading.RLock)

    def check(self) -> None:
        if self.over:
            raise Crash("the process is dead")

    def step(self, effect: Callable[[], T]) -> T:
        with self.lock:
            self.check()
            self.steps += 1
            self.over = self.steps == self.ends_at
            if self.over and not self.after:
                raise Crash(f"died before step {self.steps}")
            answer = effect()
            if self.over:
                raise Crash(f"died after step {self.steps}")
            return answer


@dataclass
class Item:
    """A thing as the cloud keeps it: `tags` holds the owner's as well, `needs` the ids of others."""

    name: str
    shape: str = "round"
    size: int = 1
    needs: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    id: str = ""
    frugal: bool = False
    """Whether it needs no labels of others."""

    @property
    def owner(self) -> Owner | None:
        return Owner.from_tags(self.tags)


class FakeCloud:
    """Items by id. An id is never given twice; a name is free again after a delete.

    `watch` is called before each call ("create a") and may wait or look; `lost` names calls whose answer gets lost:
    "retried" as an SDK does by itself, or "broken" after its last try; `wrong` lists what was done in a wrong order.
    """

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.calls: list[str] = []
        self.wrong: list[str] = []
        self.lost: dict[str, Literal["retried", "broken"]] = {}
        self.watch: Callable[[str], None] = lambda call: None
        self.life = Life()
        self._ids = itertools.count(1)

    def create(self, item: Item, *, unique: bool = True) -> Item:
        def effect() -> Item:
            if unique and self.find(item.name):
                raise AlreadyExists(f"{item.name} exists")
            self._in_order(f"{item.name} was made before", set(item.needs) - set(self.items))
            made = replace(item, id=f"id-{next(self._ids)}")
            return self.items.setdefault(made.id, made)

        return self._call(f"create {item.name}", effect)

    def change(self, key: str, difference: Difference) -> None:
        item, name, after = self[key], difference.field, difference.after

        def effect() -> None:
            if name == "needs":
                self._in_order(f"{item.name} was tied before", set(after) - set(self.items))
            entries = None if difference.key is None else {**getattr(item, name), difference.key: after}
            setattr(item, name, after if entries is None else {key: to for key, to in entries.items() if to is not None})

        self._call(f"change {item.name} {difference.path}", effect)

    def start(self, key: str) -> None:
        self._call(f"start {self[key].name}", lambda: None)

    def delete(self, key: str) -> None:
        item = self.find(key)

        def effect() -> None:
            if item:
                self._in_order(f"{item.name} was deleted before", self.dependents(item))
                self.items.pop(item.id, None)

        self._call(f"delete {item.name if item else key}", effect)

    def strip(self, key: str) -> None:
        item = self.find(key)

        def effect() -> None:
            if item:
                self._in_order(f"{item.name} was stripped before", self.users(item))
                item.labels.clear()

        self._call(f"strip {item.name if item else key}", effect)

    def users(self, item: Item) -> set[str]:
        """What needs its labels: whatever is not frugal, also of what needs something frugal."""
        found = set[str]()
        for other in [other for other in list(self.items.values()) if item.id in other.needs]:
            found |= self.users(other) if other.frugal else {other.name}
        return found

    def find(self, key: str) -> Item | None:
        """By id, else by name."""
        with self.life.lock:
            self.life.check()
            return self.items.get(key) or next((item for item in self.items.values() if item.name == key), None)

    def __getitem__(self, key: str) -> Item:
        found = self.find(key)
        assert found, f"there is no {key}"
        return found

    def dependents(self, item: Item) -> set[str]:
        return {other.name for other in list(self.items.values()) if item.id in other.needs}

    def owned(self) -> list[str]:
        """The addresses of the things which carry our owner tags."""
        owners = (item.owner for item in self.items.values())
        return sorted(owner.address for owner in owners if owner and owner == owner_of(NEW, owner.address))

    def _in_order(self, what: str, others: set[str]) -> None:
        if others:
            self.wrong.append(f"{what} {', '.join(sorted(others))}")
            raise AssertionError(self.wrong[-1])

    def _call(self, call: str, effect: Callable[[], T]) -> T:
        self.watch(call)
        with self.life.lock:
            self.calls.append(call)
            answer = self.life.step(effect)
            if (lost := self.lost.pop(call, None)) == "broken":
                raise ConnectionError("no answer")
            return effect() if lost else answer


@dataclass(frozen=True)
class Hand:
    """What the executor gives to a resource's methods: the cloud, and who acts. It implements `core.cloud.Cloud`."""

    cloud: FakeCloud
    owner: Owner
    progress: Callable[[str], None] = lambda text: None
    generation: int = 0
    account: Account = EXAMPLE
    timing: Timing = AT_ONCE
    stopping: Callable[[], bool] = lambda: False
    destroying: bool = False
    expects_gone: bool = False
    allowed: frozenset[str] = frozenset()
    also_removed: frozenset[str] = frozenset()
    planned: Planned = field(default_factory=Planned)
    is_look_alike: bool = False
    may_exist: bool = False
    reads_are_old: bool = False
    read_at_creation: dict[object, Any] = field(default_factory=dict)

    @property
    def client_token(self) -> str:
        return f"{self.owner.address}-{self.generation}"

    def decoded(self, encoded: str) -> str:
        return ""

    def authorization_details(self, authorization_id: str, region: str) -> Mapping[str, Any]:
        return {}

    def fresh(self) -> "Hand":
        return self

    def before_delete(self) -> "Hand":
        return replace(self, destroying=True)

    def is_aws(self, service: str) -> bool:
        return False

    def client(self, service: str) -> Any:
        raise AssertionError(f"the made-up cloud has no {service}")

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        raise AssertionError(f"the made-up cloud has no {service}")

    call_once = call

    def at_once(self, *works: Callable[[], object]) -> None:
        for work in works:
            work()

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        assert not state(), "the made-up cloud never waits"

    def read(self, *queries: Query) -> list[Any]:
        raise AssertionError("things are read from the made-up cloud itself")

    def read_existing(self, first: Query, *others: Query) -> list[Any]:
        return self.read(first, *others)

    def ask_ahead(self, *queries: Query) -> None:
        pass

    def read_each(self, queries: Sequence[Query], what: str) -> list[Any]:
        return self.read(*queries)

    def read_if_allowed(self, query: Query) -> Any:
        return self.read(query)

    def tags(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in {**tags, **self.owner.tags()}.items()]


def hand(aws: Cloud) -> Hand:
    """The made-up cloud, which is all that these things are ever given."""
    assert isinstance(aws, Hand)
    return aws


@dataclass(frozen=True, kw_only=True)
class Thing(Taggable):
    """`needs` are the ids of other things. As in IAM, the creating call takes all but `labels`, which `update` adds."""

    kind = "thing"
    services = ("cloud",)
    identifiers = Identifiers(outputs=("id", "name"), unique_id="id", if_taken="Think of another name.")
    updates = Updates(force_new={"name", "shape"}, additive={"labels": "label"})
    deletion = Deletion(force_flag="delete-data", detachable=HELD_BY)

    name: str
    shape: str = "round"
    size: int = 1
    needs: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        return [f"size {self.size} is more than account {account.id} takes"] if self.size > 100 else []

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name}

    def canonical(self, name: str, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    def attachments(self) -> list[Part]:
        return [Part(NEEDED_BY, need, self.name) for need in self.needs]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        item = hand(aws).cloud.find(outputs.get("name", self.name))
        return live_of(hand(aws).cloud, item) if item else None

    def create(self, aws: Cloud) -> Live:
        return live_of(hand(aws).cloud, hand(aws).cloud.create(self.item(aws.owner)))

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        for difference in differences:
            hand(aws).cloud.change(outputs["id"], difference)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        hand(aws).cloud.delete(outputs["name"])

    def item(self, owner: Owner) -> Item:
        return Item(self.name, self.shape, self.size, list(self.needs), {**self.tags, **owner.tags()})


@dataclass(frozen=True, kw_only=True)
class Nameless(Thing):
    """Like an Elastic IP: its name is taken by nobody, only its id and its owner tags tell it from others."""

    kind = "nameless"

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        if "id" in outputs:
            item = hand(aws).cloud.items.get(outputs["id"])
        else:
            item = next((item for item in hand(aws).cloud.items.values() if item.owner == aws.owner), None)
        return live_of(hand(aws).cloud, item) if item else None

    def create(self, aws: Cloud) -> Live:
        return live_of(hand(aws).cloud, hand(aws).cloud.create(self.item(aws.owner), unique=False))

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        hand(aws).cloud.delete(outputs["id"])


@dataclass(frozen=True, kw_only=True)
class Bucket(Thing):
    """Like a bucket: it has no unique id, so its owner tags must do."""

    kind = "bucket"
    identifiers = replace(Thing.identifiers, unique_id="")


@dataclass(frozen=True, kw_only=True)
class Machine(Thing):
    """Like a virtual machine: it starts after its creating call, keeps its birthmark, and counts its changes of size."""

    kind = "machine"
    identifiers = replace(Thing.identifiers, outputs=("id", "name", "version"))
    updates = replace(Thing.updates, create_only={"mark"}, recomputed_outputs={"version": ("size",)})

    mark: str = ""

    def create(self, aws: Cloud) -> Live:
        item = replace(self.item(aws.owner), tags={**self.tags, **aws.owner.tags(), "life": str(hand(aws).generation)})
        return live_of(hand(aws).cloud, hand(aws).cloud.create(item))

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        hand(aws).cloud.start(outputs["id"])
        return {**outputs, "version": str(self.size)}


@dataclass(frozen=True, kw_only=True)
class Sun(Thing):
    """Like a service-linked role: everybody's."""

    kind = "sun"
    identifiers = replace(Thing.identifiers, unique_id="", shared=True)
    deletion = replace(Thing.deletion, never=True)
    taggable = False


@dataclass(frozen=True, kw_only=True)
class Moon(Thing):
    """Like an OIDC provider: everybody's, with tags that say who created it."""

    kind = "moon"
    identifiers = replace(Sun.identifiers)


@dataclass(frozen=True, kw_only=True)
class Flag(Thing):
    """Like an audience: everybody's, without tags, so that only the record says who created it."""

    kind = "flag"
    identifiers = replace(Sun.identifiers)
    taggable = False


@dataclass(frozen=True, kw_only=True)
class Knot(Thing):
    """Like an attachment: it has neither tags nor an id of its own."""

    kind = "knot"
    identifiers = replace(Thing.identifiers, unique_id="")
    deletion = replace(Thing.deletion, force_flag="")
    taggable = False


@dataclass(frozen=True, kw_only=True)
class Patch(Thing):
    """Like an instance profile: it is created when what it needs exists, whether or not that has its labels."""

    kind = "patch"

    def needs_settings_of(self, other: Resource) -> bool:
        return False

    def item(self, owner: Owner) -> Item:
        return replace(super().item(owner), frugal=True)


@dataclass(frozen=True, kw_only=True)
class Chest(DeletedInTwo, Thing):
    """Like a role: it loses its labels first, and what is frugal may be deleted at the same time."""

    kind = "chest"

    def strip(self, aws: Cloud, outputs: Outputs) -> None:
        hand(aws).cloud.strip(outputs["name"])

    def remove(self, aws: Cloud, outputs: Outputs) -> None:
        hand(aws).cloud.delete(outputs["name"])


def live_of(cloud: FakeCloud, item: Item) -> Live:
    properties = {"name": item.name, "shape": item.shape, "size": item.size, "needs": list(item.needs)}
    return Live(
        outputs={"id": item.id, "name": item.name},
        properties={**properties, "tags": tagless(item.tags), "labels": dict(item.labels)},
        owner=item.owner,
        parts=frozenset(Part(NEEDED_BY, item.id, name) for name in cloud.dependents(item)),
    )


class Disk:
    """Where the state is kept, as text. A save is a step of the process's life, like a call."""

    def __init__(self, cloud: FakeCloud, state: State = NEW) -> None:
        self.cloud = cloud
        self.text = state.to_json()

    @property
    def state(self) -> State:
        return from_json(self.text, "the disk")

    def save(self, state: State) -> State:
        following = replace(state, serial=state.serial + 1)
        self.cloud.life.step(lambda: setattr(self, "text", following.to_json()))
        return following


ALL = (Thing, Nameless, Bucket, Machine, Sun, Moon, Flag, Knot, Patch, Chest)


def restore(record: Record) -> Resource:
    kinds: dict[str, type[Thing]] = {kind.kind: kind for kind in ALL}
    return kinds[record.kind].from_properties(record.properties)


def graph(**needs: str) -> Graph:
    """Things by address, each with the addresses it needs: `graph(a="", b="a", c="a b")`."""
    made = Graph([EXAMPLE])
    for address, needed in needs.items():
        made.add(address, Thing(name=address, needs=[made.nodes[item]["id"] for item in needed.split()]))
    return made


def planned(cloud: FakeCloud, state: State, nodes: Mapping[str, Node], *, allowed: frozenset[str] = frozenset()) -> Plan:
    """Looks at the cloud, and plans. No nodes: the plan to destroy."""
    live: dict[str, Live | None] = {}
    for address in {**state.records, **nodes}:
        record = state.records.get(address)
        resource = nodes[address].resource if address in nodes else restore(state.records[address])
        live[address] = resource.read(Hand(cloud, owner_of(state, address)), record.outputs if record else {})
    return make_plan(nodes, state, live, ACCOUNTS, restore, allowed=allowed)


def run(
    cloud: FakeCloud,
    disk: Disk,
    plan: Plan,
    emit: Callable[[Event], None] = lambda event: None,
    stop: Stop | None = None,
    fresh: float = 30,
) -> Outcome:
    """Runs the plan from what the disk says."""
    state = disk.state

    def scoped(change: Change, record: Record, progress: Callable[[str], None]) -> Hand:
        return Hand(cloud, owner_of(state, change.address), progress, record.generation)

    return execute(plan, state, scoped, disk.save, emit, stop, Times(fresh))


def bring_about(cloud: FakeCloud, disk: Disk, nodes: Mapping[str, Node]) -> Outcome:
    """Plans and runs."""
    return run(cloud, disk, planned(cloud, disk.state, nodes))
