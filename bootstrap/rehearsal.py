"""EC2's dry runs: AWS says whether it would allow a call, all kinds of policies included, and does not carry it out.

The resource's own `create` or `delete` runs up to its first call that would change something. That goes out with DryRun,
and AWS answers it with an error in any case: DryRunOperation or UnauthorizedOperation (EC2 API reference, common
parameters). So nothing behind it is ever reached.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from bootstrap.aws import Scope, code_of
from bootstrap.core.plan import Action, Change
from bootstrap.core.planner import owner_of
from bootstrap.core.preflight import Said
from bootstrap.core.reference import references
from bootstrap.core.state import State
from bootstrap.errors import AwsError
from bootstrap.session import Session, explained

_SAID = {
    "DryRunOperation": Said("allowed", "a dry run was allowed"),
    "UnauthorizedOperation": Said("missing", "a dry run was refused"),
}


def rehearsed(session: Session, state: State, change: Change) -> Mapping[str, Said]:
    """What became of trying the change, by action ("ec2:RunInstances"); nothing where nothing can be tried or told."""
    resource = change.resource
    if resource.services != ("ec2",) or any(True for _ in references(resource.properties())):
        return {}  # what another change makes first has no id yet
    scope = _Rehearsal(session.aws, session.accounts[change.account], owner_of(state, change.address))
    try:
        with explained(session.aws.logins):
            match change.action:
                case Action.CREATE:
                    resource.create(scope)
                case Action.DELETE:
                    resource.delete(scope, change.outputs or {})
    except _Told as told:
        return told.said
    except (_Unfit, AwsError):
        return {}
    return {}


class _Told(Exception):
    def __init__(self, said: Mapping[str, Said]) -> None:
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
            if said := _SAID.get(code_of(error)):
                # AWS checks the tags with the call, and does not tell which of the two it refuses.
                tagging = said.verdict == "allowed" and "TagSpecifications" in parameters
                raise _Told(dict.fromkeys([f"ec2:{error.operation_name}"] + ["ec2:CreateTags"] * tagging, said)) from None
            raise
        raise _Unfit

    call_once = call

    def wait(self, state: Callable[[], str], longer: float = 1) -> NoReturn:
        state()
        raise _Unfit
