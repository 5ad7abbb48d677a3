"""The accounts in which one deployment after the other lives and crashes, and what must hold of them."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Self

from bootstrap.aws.client import Aws
from bootstrap.aws.scope import Scope
from bootstrap.contract.crashes import End, Ending, Memory
from bootstrap.contract.world import World as PlainWorld, differing
from bootstrap.core.integration import Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Resource
from bootstrap.core.state import Status
from bootstrap.resources import restore
from tests.conftest import FAST, pretended_aws, scopes
from tests.support import snapshots
from tests.support.crashes import LostOnce
from tests.support.deployments import Deployment, bystanders
from tests.support.inputs import WAYS
from tests.support.wire import Wire


class Taken(NamedTuple):
    """Somebody else's thing."""

    resource: Resource
    scope: Scope
    outputs: Outputs

    def now(self) -> Live | None:
        return self.resource.read(self.scope, self.outputs)


class World(PlainWorld):
    """With bystanders, and with what else can happen to names."""

    def __init__(self, wanted: Integration, scope: Scope, cloud: Wire) -> None:
        super().__init__(Deployment(wanted, scope, Path()), cloud, bystanders)

    def mends_what_ended_at_any_call(self) -> None:
        """Lives in which a run is killed, cut off, or loses an answer, at each changing call; the same commands mend it."""
        for create in self.ends("create"):
            self.lives(create, min(create, len(self.ends("destroy"))))
            self.life_begins()
            self.run("create", Ending(create, End.CUT))
            self.goes()
        self.life_begins()
        self.run("create", LostOnce())
        self.is_whole()
        self.run("destroy", LostOnce())
        self.goes()

    def way_back(self) -> Callable[[], None]:
        """Gives what leads back to now, to try what may come next: the accounts and the state."""
        accounts, state = snapshots.taken(), self.deployment.backend.load()

        def back() -> None:
            accounts.put_back()
            self.deployment.backend, self.stale = Memory(state), True

        return back

    @contextmanager
    def named_alike(self) -> Iterator[list[str]]:
        """In here somebody else has things with exactly our names; they are unchanged at the end. Gives what they are."""
        theirs, ours = Memory(), self.deployment.backend
        self.deployment.backend = theirs
        self.deployment.create()
        nodes, self.deployment.backend = self.deployment.nodes(), ours
        before = self.everything()
        yield [f"{node.resource.kind} {node.resource.label}" for node in nodes.values() if has_a_name(node.resource)]
        assert differing(self.everything(), before) == []
        self.deployment.backend = theirs
        self.goes()

    def taken(self) -> list[Taken]:
        """Somebody else takes the names under which a killed run had made nothing yet: but for a queue, which would use our
        environments."""
        state, found = self.deployment.backend.load(), list[Taken]()
        for record in state.records.values() if state else ():
            resource = restore(record)
            to_come = record.status is Status.CREATING and not record.outputs
            if to_come and has_a_name(resource) and resource.kind != "batch_job_queue":
                owner = Owner("theirs", record.address, uuid.uuid4().hex[:16])
                scope = replace(self.deployment.scope_of(record.account), owner=owner)
                found.append(Taken(resource, scope, resource.create(scope).outputs))
        return found

    def each_operation(self, verb: str, *words: str) -> list[int]:
        """Of the `ends`, the first at each operation; of those that begin with one of the words, where there are any."""
        changing = [call for call in self.calls[verb] if call.changes]
        first = {call.name: at for at, call in reversed([*enumerate(changing, 1)]) if call.operation.startswith(words or "")}
        return sorted(first.values())


class Kept:
    """One AWS for many tests, as each leaves it as it was: to fill the accounts anew takes longer than a life in them."""

    def __init__(self, connections: Callable[[str], Aws], ways: Mapping[str, Integration] = WAYS) -> None:
        self.ways = ways
        self.scope = scopes(connections, FAST)
        self.stack = ExitStack()
        self.worlds: dict[str, World] = {}

    @contextmanager
    def world(self, way: str) -> Iterator[World]:
        """The accounts, as they are for one of the ways. What goes wrong in them is not handed on."""
        if not self.worlds:
            self.cloud = self.stack.enter_context(pretended_aws())
            for wanted in self.ways.values():
                Deployment(wanted, self.scope(), Path())  # what any of them brings is there before the first is looked at
        if way not in self.worlds:
            self.worlds[way] = World(self.ways[way], self.scope(), self.cloud)
        found, clean = self.worlds[way], False
        try:
            yield found
            found.calm()  # what it is like is asked of moto itself
            clean = found.everything() == found.before
        finally:
            if not clean:
                self.end()

    def end(self) -> None:
        self.worlds.clear()
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.end()


def has_a_name(resource: Resource) -> bool:
    """Whether somebody else's thing can be in its place, and in its way."""
    return resource.taggable and bool(resource.identifiers.if_taken) and not resource.identifiers.shared
