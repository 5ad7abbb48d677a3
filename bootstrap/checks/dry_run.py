"""EC2's dry runs: AWS says whether it would allow a call, all kinds of policies included, and does not carry it out.

The resource's own `create` or `delete` runs up to its first call that would change something. That goes out with DryRun,
and AWS answers it with an error in any case: DryRunOperation or UnauthorizedOperation (EC2 API reference, common
parameters). So nothing behind it is ever reached.
"""

from collections.abc import Callable, Mapping
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
from bootstrap.permissions.simulation import SimulationResult

_ALLOWED, _REFUSED = "DryRunOperation", "UnauthorizedOperation"


def rehearsed(session: Session, state: State, change: Change) -> Mapping[str, SimulationResult]:
    """What became of trying the change, by action ("ec2:RunInstances"); nothing where nothing can be tried or told."""
    resource = change.resource
    if resource.services != ("ec2",) or any(True for _ in references(resource.properties())):
        return {}  # what another change makes first has no id yet
    scope = _Rehearsal(session.aws, session.accounts[change.account], owner_of(state, change.address))
    try:
        with explained(session.aws.logins):
            match change.intended_action:
                case Action.CREATE:
                    resource.create(scope)
                case Action.DELETE:
                    resource.delete(scope, change.outputs or {})
    except _Told as answer:
        return answer.said
    except (_Unfit, AwsError):
        return {}
    return {}


class _Told(Exception):
    def __init__(self, said: Mapping[str, SimulationResult]) -> None:
        super().__init__()
        self.said = said


class _Unfit(Exception):
    """What comes next has no dry run."""


class _Rehearsal(Scope):
    """Reads, and sends the first other call as a dry run, if it is one of EC2; nothing comes after that."""

    def client(self, service: str) -> NoReturn:
        raise _Unfit

    def call(self, service: str, operation: str, **parameters: Any) -> NoReturn:
        if service != "ec2":
            raise _Unfit
        try:
            getattr(super().client(service), operation)(**parameters, DryRun=True)
        except ClientError as error:
            action = f"ec2:{error.operation_name}"
            if code_of(error) == _ALLOWED:
                tagging = ["ec2:CreateTags"] * ("TagSpecifications" in parameters)  # AWS checks them with the call
                raise _Told(
                    dict.fromkeys([action, *tagging], SimulationResult("allowed", "a dry run was allowed"))
                ) from None
            if code_of(error) == _REFUSED:
                raise _Told(self._refused(action, str(error.response["Error"].get("Message", "")))) from None
            raise
        raise _Unfit

    call_once = call

    def _refused(self, action: str, message: str) -> Mapping[str, SimulationResult]:
        """What AWS names in its words, or encodes in them: it checks more with a call than the call's own action. Where
        nothing is named, it is that one; of the others nothing is known in either case."""
        found = denial_of(message)
        if found is None and (encoded := encoded_in(message)):
            found = denial_of(message, self.decoded(encoded))
        if found is None:
            return {action: SimulationResult("missing", "a dry run was refused")}
        return {found.action: SimulationResult("missing", f"a dry run was refused: {describe(found)}")}

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> NoReturn:
        state()
        raise _Unfit
