"""EC2's dry runs: AWS says whether it would allow a call, judged by all kinds of policies, and does not execute it.

The resource's own `create` or `delete` runs up to its first call that would change something. That call is sent with
DryRun, to which AWS always answers with an error: DryRunOperation or UnauthorizedOperation (EC2 API reference, common
parameters). So no later call is ever reached.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core.plan import Action, Change
from bootstrap.core.planner import owner_of
from bootstrap.core.reference import references
from bootstrap.core.state import State
from bootstrap.errors import AwsError
from bootstrap.permissions.denial import denial_of, describe, encoded_in
from bootstrap.permissions.simulator import SimulationResult

_ALLOWED, _REFUSED = "DryRunOperation", "UnauthorizedOperation"


def dry_run(session: Session, state: State, change: Change) -> Mapping[str, SimulationResult]:
    """The results of a dry run of the change, by action ("ec2:RunInstances"); empty where AWS has none for it, or gave
    another answer."""
    resource = change.resource
    if resource.services != ("ec2",) or any(True for _ in references(resource.properties())):
        return {}  # what another change creates first has no id yet
    scope = _DryRunScope(session.aws, session.accounts[change.account], owner_of(state, change.address))
    with suppress(_Stopped, AwsError), explained(session.aws.logins):
        match change.intended_action:
            case Action.CREATE:
                resource.create(scope)
            case Action.DELETE:
                resource.delete(scope, change.outputs or {})
    return scope.results


class _Stopped(Exception):
    """Ends the resource's method at its first call that would change something."""


@dataclass(frozen=True)
class _DryRunScope(Scope):
    """Reads as any scope does. Sends the first other call as a dry run, if it is one of EC2, and fills `results`."""

    results: dict[str, SimulationResult] = field(default_factory=dict)

    def client(self, service: str) -> NoReturn:
        raise _Stopped

    def call(self, service: str, operation: str, **parameters: Any) -> NoReturn:
        if service == "ec2":
            try:
                getattr(super().client(service), operation)(**parameters, DryRun=True)
            except ClientError as error:
                if code_of(error) == _ALLOWED:
                    self._allow(error, with_tags="TagSpecifications" in parameters)
                elif code_of(error) == _REFUSED:
                    self._refuse(error)
                else:
                    raise
        raise _Stopped

    call_once = call

    def _allow(self, error: ClientError, *, with_tags: bool) -> None:
        """AWS checks the permission to set tags with the call."""
        actions = [f"ec2:{error.operation_name}", *(["ec2:CreateTags"] if with_tags else [])]
        self.results.update(dict.fromkeys(actions, SimulationResult("allowed", "a dry run was allowed")))

    def _refuse(self, error: ClientError) -> None:
        """AWS checks more than the call's own action: the one that it names in its message, or encodes there, is missing.
        Where it names none, the call's own is. The others stay unknown."""
        message = str(error.response["Error"].get("Message", ""))
        denial = denial_of(message)
        if denial is None and (encoded := encoded_in(message)):
            denial = denial_of(message, self.decoded(encoded))
        action = denial.action if denial else f"ec2:{error.operation_name}"
        why = f"a dry run was refused: {describe(denial)}" if denial else "a dry run was refused"
        self.results[action] = SimulationResult("missing", why)

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> NoReturn:
        state()
        raise _Stopped
