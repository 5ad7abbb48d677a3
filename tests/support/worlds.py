"""The accounts in which one deployment after the other lives and crashes, and what must hold of them."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from moto.ec2.models import ec2_backends

from bootstrap.aws.client import Aws
from bootstrap.aws.scope import Scope
from bootstrap.core.integration import Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Resource
from bootstrap.core.state import Status
from bootstrap.engine import prepare
from bootstrap.resources import restore
from tests.conftest import FAST, pretended_aws, scopes
from tests.support import snapshots
from tests.support.crashes import End, Ending, Memory
from tests.support.deployments import SHARED, Deployment, bystanders, everything_in, is_elsewhere, machines_in
from tests.support.faults import Fault, Killed, no_fault
from tests.support.inputs import WAYS
from tests.support.wire import Wire


class Taken(NamedTuple):
    """Somebody else's thing."""

    resource: Resource
    scope: Scope
    outputs: Outputs

    def now(self) -> Live | None:
        return self.resource.read(self.scope, self.outputs)


class World:
    """The accounts of a deployment. Between two lives they are as at first: there are bystanders in all of them."""

    def __init__(self, wanted: Integration, scope: Scope, cloud: Wire) -> None:
        self.cloud = cloud
        self.calm()
        self.looked_after, self.stale = 0, True
        self.machines: dict[str, dict[str, Any]] = {}
        self.deployment = Deployment(wanted, scope, Path())
        self.accounts = {account.id: alias for alias, account in self.deployment.session.accounts.items()}
        for alias in self.accounts.values():
            there = self.deployment.scope_of(alias)
            if not there.client("iam").list_users()["Users"]:
                bystanders(there)
        self.before = self.everything()
        self.tagged = [set(backend.tags) for backend in self.regions()]
        self.life_begins()
        with cloud.recorded() as creating:
            self.deployment.create()
        self.made = shape(self.everything())
        with cloud.recorded() as destroying:
            self.deployment.destroy()
        self.goes()
        self.calls = {"create": list(creating), "destroy": list(destroying)}

    def everything(self) -> list[dict[str, Any]]:
        """All that is in each account. While nothing is hidden, machines are looked at again only after a call that may
        have changed one."""
        since, self.looked_after = self.looked_after, len(self.cloud.calls)
        hidden = self.cloud.between is not no_fault
        changed = any(call.changes for call in self.cloud.calls[since:] if call.service in ("ec2", "batch"))
        if hidden or changed or self.stale:
            self.stale = hidden or is_elsewhere(self.deployment.scope)  # the wire sees nothing of another process
            self.machines = {alias: machines_in(self.deployment.scope_of(alias)) for alias in self.accounts.values()}
        return [everything_in(self.deployment.scope_of(alias), found) for alias, found in self.machines.items()]

    def life_begins(self) -> None:
        """With a state of its own, in an account where not even what all share is there, and an hour after the last one: AWS
        shows terminated machines no longer."""
        self.deployment.backend = Memory()
        for backend, tagged in zip(self.regions(), self.tagged, strict=True):
            for key, reservation in list(backend.reservations.items()):
                if all(machine.state == "terminated" for machine in reservation.instances):
                    del backend.reservations[key]
            for gone in set(backend.tags) - tagged:
                del backend.tags[gone]
        for alias in self.accounts.values():
            iam = self.deployment.scope_of(alias).client("iam")
            for role in iam.list_roles(PathPrefix=SHARED)["Roles"]:
                iam.delete_role(RoleName=role["RoleName"])

    def way_back(self) -> Callable[[], None]:
        """Gives what leads back to now, to try what may come next: the accounts and the state."""
        accounts, state = snapshots.taken(), self.deployment.backend.load()

        def back() -> None:
            accounts.put_back()
            self.deployment.backend, self.stale = Memory(state), True

        return back

    def regions(self) -> list[Any]:
        """What moto has of EC2 in each account, in this process."""
        if is_elsewhere(self.deployment.scope):
            return []
        return [ec2_backends[number][self.deployment.scope.account.region] for number in self.accounts]

    def prepared(self, verb: str, *flags: str) -> prepare.Prepared:
        session, backend, allowed = self.deployment.session, self.deployment.backend, frozenset(flags)
        if verb == "create":
            return prepare.prepare_create(session, backend, "test", self.deployment.wanted, allowed=allowed)
        return prepare.prepare_destroy(session, backend, allowed=allowed)

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

    def run(self, verb: str, between: Fault, *flags: str) -> None:
        """Runs the verb until it dies or is through."""
        prepared = self.prepared(verb, *flags)
        before, self.cloud.between = self.cloud.between, between
        try:
            prepare.apply(prepared, self.deployment.backend, lambda event: None)
        except Killed:
            pass
        finally:
            self.cloud.between = before

    def calm(self) -> None:
        """Whatever went wrong is over."""
        self.cloud.between = no_fault

    def ends(self, verb: str) -> list[int]:
        """The numbers of the changing calls, at each of which a run of the verb can end."""
        return [*range(1, sum(call.changes for call in self.calls[verb]) + 1)]

    def each_operation(self, verb: str, *words: str) -> list[int]:
        """Of the `ends`, the first at each operation; of those that begin with one of the words, where there are any."""
        changing = [call for call in self.calls[verb] if call.changes]
        first = {call.name: at for at, call in reversed([*enumerate(changing, 1)]) if call.operation.startswith(words or "")}
        return sorted(first.values())

    def killed(self, verb: str, at: int) -> None:
        """One run that dies after its call number `at` (0: there is none), and one that dies before its first."""
        first = Ending(at, End.AFTER)
        if at:
            self.run(verb, first)
            assert first.came
        if self.records or not at:
            self.run(verb, Ending(1, End.BEFORE))

    def lives(self, create: int | None, destroy: int | None) -> None:
        """One life, with runs that are killed (None: they are not); the same commands mend it."""
        self.life_begins()
        if create is not None:
            self.killed("create", create)
        self.deployment.create()
        self.is_whole()
        if destroy is not None:
            self.killed("destroy", destroy)
        self.goes()

    @property
    def records(self) -> int:
        state = self.deployment.backend.load()
        return len(state.records) if state else 0

    def is_whole(self) -> None:
        """As much of everything as one create makes: nothing is missing, and nothing is there twice."""
        assert differing(shape(self.everything()), self.made) == []

    def goes(self, *flags: str) -> None:
        """Takes away what the state knows, and finds the accounts as they were."""
        if self.records:
            self.deployment.destroy(*flags)
        assert self.records == 0
        self.is_as_before()

    def is_as_before(self) -> None:
        assert differing(self.everything(), self.before) == []


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


def shape(value: Any) -> Any:
    """What it is made of, without what differs from life to life: ids, times."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return sorted(map(shape, value), key=repr) if isinstance(value, list) else None


def differing(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where the two are not the same, and how: whole things only, as of a machine too many not each field."""
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        return [line for key in found for line in differing(found[key], wanted[key], f"{where}/{key}")]
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = enumerate(zip(found, wanted, strict=True))
        return [line for number, pair in pairs for line in differing(*pair, f"{where}/{number}")]
    if isinstance(found, list) and isinstance(wanted, list):
        extra, missing = [item for item in found if item not in wanted], [item for item in wanted if item not in found]
        return [f"{where}: {len(found)} and not {len(wanted)}; too many {extra}, missing {missing}"]
    return [] if found == wanted else [f"{where}: {found} and not {wanted}"]


def has_a_name(resource: Resource) -> bool:
    """Whether somebody else's thing can be in its place, and in its way."""
    return resource.taggable and bool(resource.identifiers.if_taken) and not resource.identifiers.shared
