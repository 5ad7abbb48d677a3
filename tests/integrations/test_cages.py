"""Every integration lives its whole life in its cage, and each call outside of it is denied by the cage.

AWS is played with `contract/authorization_cage.py` in front: what AWS checks for each call, against the policies of the
session that signed it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import utcnow
from moto.sts.models import STSBackend

from bootstrap.aws.cage import caged
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.contract.authorization_cage import Bars, key_of
from bootstrap.contract.crashes import one_after_the_other
from bootstrap.contract.vandalism import vandalise
from bootstrap.contract.wire import Call, Carry, error_answer
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.engine import prepare
from bootstrap.errors import BootstrapError, CredentialsError, RunFailed
from bootstrap.operations import create, destroy
from bootstrap.operations.callbacks import Silent
from bootstrap.permissions.cage import Cage, cage_of
from bootstrap.sandbox.moto.sts_scoped import ScopedSession, session_of
from tests.conftest import FAST, MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import WAYS, each_part
from tests.support.samples import SAMPLES
from tests.support.wire import Wire

ENTRANCE = f"arn:aws:iam::{EXAMPLE.id}:role/OrganizationAccountAccessRole"
SMALL = "upsolver-vpc"


@pytest.fixture
def aws(cloud: Wire) -> Iterator[Aws]:
    """Whoever runs it has assumed a role: these credentials are temporary, and renewed by themselves."""
    found = Aws({DEFAULT: Login(region="us-east-1", role_arn=ENTRANCE)}, FAST)
    yield found
    found.close()


class Life:
    """One deployment, all of whose runs are in cages. `bars` tell what came of each call."""

    def __init__(self, way: str, scope: MakeScope, aws: Aws, cloud: Wire, folder: Path) -> None:
        self.wanted = WAYS[way]
        self.deployment = Deployment(self.wanted, replace(scope(), aws=aws), folder)
        self.bars = Bars(self.wanted.path)
        cloud.between = self.bars

    def create(self, **how: Any) -> None:
        here = self.deployment
        create(here.session, here.backend, "test", self.wanted, cage=True, check_permissions=False, **how)

    def destroy(self, **how: Any) -> None:
        destroy(self.deployment.session, self.deployment.backend, cage=True, check_permissions=False, **how)

    @property
    def escaped(self) -> list[str]:
        """What the last run changed without a cage, and what its cage did not allow: nothing should be there."""
        assert self.bars.used
        return [*self.bars.outside, *map(str, self.bars.denied)]

    def drift(self, cloud: Wire) -> list[str]:
        """Others change each resource; gives what a repair has to do."""
        cloud.between, before = lambda call, carry: carry(), cloud.between
        here = self.deployment
        for address, node in here.nodes().items():
            for change in list(vandalise(node, here.scope_of(node.account), here.outputs(address)))[:2]:
                try:
                    change()
                except ClientError:  # there is nothing to change, as a boundary of a role that has none
                    continue
        prepared = prepare.prepare_create(here.session, here.backend, "test", here.wanted, allowed=frozenset({"retag"}))
        cloud.between = before
        return [change.address for change in prepared.plan.work]

    def store(self, cloud: Wire) -> None:
        """Somebody puts data into the buckets."""
        cloud.between, before = lambda call, carry: carry(), cloud.between
        for node in self.deployment.nodes().values():
            if node.resource.kind == "s3_bucket":
                s3 = self.deployment.scope_of(node.account).client("s3")
                s3.put_object(Bucket=node.resource.label, Key="data", Body=b"x")
        cloud.between = before


@each_part
def test_a_whole_life_passes_in_its_cage(
    way: str, scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    life = Life(way, scope, aws, cloud, tmp_path)
    life.create()
    assert life.escaped == []
    assert life.drift(cloud)
    life.create(allowed=frozenset({"retag"}))
    assert life.escaped == []
    life.store(cloud)
    life.destroy(allowed=frozenset({"delete-data"}))
    assert life.escaped == []
    assert life.deployment.backend.load() is None


def test_cloudtrail_sees_what_the_cage_is_for_and_still_who_the_caller_is(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    shown = Shown()
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    life.create(show=shown)
    [cage] = shown.cages
    about = f"bootstrap create test, cage sha256:{cage.digest}, "
    assert {*life.bars.used} == {f"{about}iam", f"{about}s3"}
    assert {name.partition(".")[0] for name in life.bars.used[f"{about}iam"]} == {"iam"}
    issued = [session_of(key_of(call.headers)) for call in cloud.calls]
    assert {each.arn for each in issued if each} == {life.deployment.session.identities[DEFAULT].arn}


class Shown(Silent):
    """Keeps the cages."""

    def __init__(self) -> None:
        self.cages: list[Cage] = []

    def cage(self, found: Cage) -> None:
        self.cages.append(found)


def theirs(shape: Any, depth: int = 2) -> Any:
    """A value for a parameter of a call, about something that belongs to nobody's plan."""
    match shape.type_name:
        case "structure":
            wanted = {name for name, each in shape.members.items() if depth and each.type_name in ("string", "structure")}
            members = {name: theirs(shape.members[name], depth - 1) for name in {*shape.required_members, *wanted}}
            return {name: value for name, value in members.items() if value not in ({}, None)}
        case "list":
            return [theirs(shape.member, depth - 1)]
        case "map":
            return {"theirs": theirs(shape.value, depth - 1)}
        case "string":
            return shape.enum[0] if shape.enum else "i-0123456789abcdef0" * max(1, -(-shape.metadata.get("min", 0) // 19))
    return {"boolean": True, "integer": 1, "long": 1, "blob": b"x"}.get(shape.type_name)


def operations(service: str, client: Any) -> list[str]:
    """The calls that change something, of all that the resource types of a service declare. What a call to disassociate is
    about, only the association says, and there is none."""
    of_names = {client.meta.method_to_api_mapping[method]: method for method in client.meta.method_to_api_mapping}
    declared = {
        name
        for sample in SAMPLES
        for item in sample.resource.permissions
        if item.on in ("create", "update", "delete") and item.action.startswith(f"{service}:")
        for name in [item.action.partition(":")[2]]
        if name in of_names and not name.startswith(("Describe", "Disassociate", "Get", "List"))
    }
    return sorted(of_names[name] for name in declared)


def test_a_call_outside_of_the_cage_is_denied_by_the_cage(scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path) -> None:
    """The calls are all that resource types declare, for things of others."""
    life = Life("biomodal-duet", scope, aws, cloud, tmp_path)
    here = life.deployment
    prepared = prepare.prepare_create(here.session, here.backend, "test", here.wanted)
    cage = cage_of("create", prepared.plan.changes, here.session.accounts, prepared.state)
    within, tried = caged(here.session, cage).aws, 0
    for one in cage.sets:
        service = one.name.partition(" ")[0]
        client = within.within(one.addresses[0]).client(service)
        for method in operations(service, client):
            parameters = theirs(
                client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
            )
            before = len(life.bars.denied)
            with pytest.raises(ClientError) as caught:
                getattr(client, method)(**parameters)
            assert "no session policy allows" in str(caught.value) or service == "s3"
            assert len(life.bars.denied) == before + 1
            tried += 1
    assert tried > 20


def test_a_run_goes_on_when_its_credentials_expire_in_the_middle(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each set is about to expire when it is given out, and has expired after five calls."""
    one_after_the_other(monkeypatch)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    soon_over(monkeypatch, minutes=5)
    uses = Counter[str]()

    def expiring(call: Call, carry: Carry) -> Any:
        key = key_of(call.headers)
        uses[key] += session_of(key) is not None
        if uses[key] > 5:
            return error_answer(call, "ExpiredToken", "The security token included in the request is expired", 403)
        return life.bars(call, carry)

    cloud.between = expiring
    life.create()
    assert life.escaped == []
    assert cloud.names.count("sts.GetScopedCredentials") > 5


def test_a_run_whose_credentials_cannot_be_renewed_says_so_and_the_next_one_goes_on(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    with monkeypatch.context() as patch:
        soon_over(patch, minutes=5)

        before = len(cloud.names)

        def changed_mind(call: Call, carry: Carry) -> Any:
            if call.operation == "GetScopedCredentials" and "s3.CreateBucket" in cloud.names[before:]:
                return error_answer(call, "AccessDenied", "not any more", 403)
            return life.bars(call, carry)

        cloud.between = changed_mind
        with pytest.raises(RunFailed, match="4 of 4 changes were not done") as caught:
            life.create()
    assert "bootstrap create" in caught.value.advice
    cloud.between = life.bars
    life.create()
    assert life.escaped == []


def soon_over(patch: pytest.MonkeyPatch, *, minutes: int) -> None:
    """From now on, credentials of cages last that long."""
    give = STSBackend.get_scoped_credentials  # type: ignore[attr-defined]

    def given(*arguments: Any) -> ScopedSession:
        session: ScopedSession = give(*arguments)
        session.expiration = utcnow() + timedelta(minutes=minutes)
        return session

    patch.setattr(STSBackend, "get_scoped_credentials", given)


REFUSED = {
    "AccessDenied": (403, "Ask for sts:GetScopedCredentials"),
    "InvalidAction": (400, "Try another --region."),
    "PackedPolicyTooLarge": (400, "sign in with fewer session tags"),
    "ExpiredToken": (400, "Get new credentials"),
}


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("verb", ["create", "destroy"])
def test_where_aws_gives_no_cage_nothing_is_changed_and_the_error_says_how_to_go_on(
    verb: str, code: str, scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    life = Life("upsolver-data-access", scope, aws, cloud, tmp_path)
    if verb == "destroy":
        life.create()
    status, advice = REFUSED[code]
    cloud.refuse("GetScopedCredentials", code, status=status, times=3)
    with cloud.recorded() as calls, pytest.raises(BootstrapError) as caught:
        life.create() if verb == "create" else life.destroy()
    assert [call.name for call in calls if call.changes] == []
    assert caught.value.message.startswith("no credentials for the cage (")
    assert advice in caught.value.advice
    assert "Or omit --cage: " in caught.value.advice


def test_a_long_lived_key_gets_no_cage_and_no_question(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    long_lived = Aws({DEFAULT: Login(region="us-east-1")}, FAST)
    life = Life(SMALL, scope, long_lived, cloud, tmp_path)
    with cloud.recorded() as calls, pytest.raises(CredentialsError, match="a long-lived access key") as caught:
        life.create()
    assert calls == []
    assert "aws sts get-session-token --serial-number ARN --token-code CODE" in caught.value.advice
    long_lived.close()


def test_the_root_user_gets_no_cage(scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path) -> None:
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    here = life.deployment
    known = replace(here.session.identities[DEFAULT], arn=f"arn:aws:iam::{EXAMPLE.id}:root")
    here.session = replace(here.session, identities={DEFAULT: known})
    with pytest.raises(CredentialsError, match="the root user signs in"):
        life.create()


def test_the_exchange_never_goes_to_the_global_endpoint(cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not have it, and a setting of the user may prefer it."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    aws = Aws({DEFAULT: Login(region="us-east-1")}, FAST)
    assert aws.client("sts").meta.endpoint_url == "https://sts.amazonaws.com"
    assert aws.regional_sts(DEFAULT).meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"
    aws.close()
