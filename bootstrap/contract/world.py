"""The accounts in which one deployment after the other lives and crashes, and what must hold of them."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends

from bootstrap.aws.scope import Scope
from bootstrap.contract.accounts import SHARED, everything_in, is_elsewhere, machines_in
from bootstrap.contract.broken import expect, expect_none
from bootstrap.contract.crashes import End, Ending, Memory
from bootstrap.contract.deployment import Deployment
from bootstrap.contract.faults import Fault, Killed, no_fault
from bootstrap.contract.wire import Wire
from bootstrap.engine import prepare


class World:
    """The accounts of a deployment. Between two lives they are as at first: there are bystanders in all of them."""

    def __init__(self, deployment: Deployment, cloud: Wire, bystanders: Callable[[Scope], object]) -> None:
        self.cloud = cloud
        self.calm()
        self.looked_after, self.stale = 0, True
        self.machines: dict[str, dict[str, Any]] = {}
        self.deployment = deployment
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

    def killed(self, verb: str, at: int) -> None:
        """One run that dies after its call number `at` (0: there is none), and one that dies before its first."""
        first = Ending(at, End.AFTER)
        if at:
            self.run(verb, first)
            expect(first.came, f"{verb} makes fewer than {at} changing calls")
        if self.records or not at:
            self.run(verb, Ending(1, End.BEFORE))

    def lives(self, create: int | None, destroy: int | None) -> None:
        """One life, with runs that are killed (None: they are not); the same commands repair it."""
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
        expect_none(differing(shape(self.everything()), self.made))

    def goes(self, *flags: str) -> None:
        """Takes away what the state knows, and finds the accounts as they were."""
        if self.records:
            self.deployment.destroy(*flags)
        expect(not self.records, "the state is not empty after destroy")
        self.is_as_before()

    def is_as_before(self) -> None:
        expect_none(differing(self.everything(), self.before))


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
