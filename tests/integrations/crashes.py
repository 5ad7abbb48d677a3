"""A process that dies at a call: what was sent before counts, what comes after does not, and nothing is saved any more."""

from collections.abc import Iterator
from pathlib import Path

from bootstrap import workflow
from bootstrap.aws import Scope
from bootstrap.backends.file import FileBackend
from bootstrap.core.integration import Integration
from bootstrap.core.state import State
from bootstrap.errors import BootstrapError
from tests.integrations.deployments import Deployment
from tests.wire import Call, Carry, Wire


class Crash(BootstrapError):
    """The process is dead. What it still believes is thrown away."""


class Death:
    """Comes before (or, with `after`, right after) the changing call number `at`; counts them all."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        self.at, self.after = at, after
        self.calls = 0
        self.over = False

    def __call__(self, call: Call, carry: Carry) -> object:
        if self.over:
            raise Crash("dead")
        if call.operation.startswith(("Get", "List", "Head", "Describe", "AssumeRole")):
            return carry()
        self.calls += 1
        if self.calls != self.at:
            return carry()
        self.over = True
        if self.after:
            carry()
        raise Crash("dead")


class Mortal(FileBackend):
    """A state file that a dead process writes no more."""

    death = Death()

    def save(self, state: State) -> State:
        if self.death.over:
            raise Crash("dead")
        return super().save(state)


def dies(wanted: Integration, scope: Scope, folder: Path, cloud: Wire, verb: str, death: Death) -> Deployment:
    """Runs the verb until death comes, and gives the deployment as the next process finds it."""
    deployment = Deployment(wanted, scope, folder)
    backend = Mortal(deployment.backend.path)
    backend.death = death
    alive, cloud.between = cloud.between, death
    try:
        prepared = (
            workflow.prepare_create(deployment.session, backend, "test", deployment.wanted)
            if verb == "create"
            else workflow.prepare_destroy(deployment.session, backend)
        )
        workflow.apply(prepared, backend, lambda event: None)
    except Crash:
        pass
    finally:
        cloud.between = alive
    return deployment


def points(calls: int) -> Iterator[Death]:
    """A death before and one after each call."""
    for number in range(1, calls + 1):
        yield Death(number)
        yield Death(number, after=True)
