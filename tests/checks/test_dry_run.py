"""Dry runs of EC2: AWS is asked with the very call of the plan, and nothing comes of it."""

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest

from bootstrap.aws.client import Identity
from bootstrap.aws.session import Session
from bootstrap.checks.dry_run import dry_run
from bootstrap.core.account import DEFAULT
from bootstrap.core.plan import Action, Change
from bootstrap.core.reference import reference
from bootstrap.core.resource import Resource
from bootstrap.core.state import State
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import LINEAGE, MakeScope
from tests.support.wire import Call, Carry, Wire, answer

ADDRESS = Ec2ElasticIp()
DRY = "DryRun=true"


@pytest.fixture
def verdicts(scope: MakeScope) -> Any:
    """What became of trying a change, by action."""
    here = scope()
    session = Session(here.aws, {DEFAULT: Identity(here.account, "arn:aws:iam::123456789012:user/ann")})
    state = State(deployment="test", integration="x", lineage=LINEAGE, accounts=session.accounts)

    def tried(action: Action, resource: Resource, outputs: dict[str, str] | None = None) -> dict[str, str]:
        change = Change(address="thing", action=action, resource=resource, reason="", outputs=outputs)
        return {name: said.verdict for name, said in dry_run(session, state, change).items()}

    return tried


def test_a_create_is_tried_with_its_tags_and_creates_nothing(verdicts: Any, cloud: Wire, scope: MakeScope) -> None:
    assert verdicts(Action.CREATE, ADDRESS) == {"ec2:AllocateAddress": "allowed", "ec2:CreateTags": "allowed"}
    [call] = [call for call in cloud.calls if call.operation == "AllocateAddress"]
    assert DRY in call.text
    assert "bootstrap:deployment" in call.text
    assert scope().client("ec2").describe_addresses()["Addresses"] == []


def test_a_refusal_that_names_nothing_is_about_the_call_alone(verdicts: Any, cloud: Wire) -> None:
    cloud.refuse("AllocateAddress", "UnauthorizedOperation", "You are not authorized", status=403)
    assert verdicts(Action.CREATE, ADDRESS) == {"ec2:AllocateAddress": "missing"}


NAMED = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: {} on resource: arn:aws:ec2:x because"
HIDDEN = "You are not authorized to perform this operation. Encoded authorization failure message: aB-_"


@pytest.mark.parametrize("action", ["ec2:CreateTags", "iam:PassRole", "ec2:AllocateAddress"])
def test_a_refusal_is_about_the_action_that_it_names(action: str, verdicts: Any, cloud: Wire) -> None:
    cloud.refuse("AllocateAddress", "UnauthorizedOperation", NAMED.format(action), status=403)
    assert verdicts(Action.CREATE, ADDRESS) == {action: "missing"}
    assert "sts.DecodeAuthorizationMessage" not in cloud.names


def test_what_a_refusal_hides_is_decoded_where_that_is_allowed(verdicts: Any, cloud: Wire) -> None:
    def decoded(call: Call, carry: Carry) -> Any:
        inside = escape(json.dumps({"context": {"action": "ec2:CreateTags", "resource": "*"}}))
        name = "DecodeAuthorizationMessage"
        return answer(
            f"<{name}Response><{name}Result><DecodedMessage>{inside}</DecodedMessage></{name}Result></{name}Response>"
        )

    cloud.refuse("AllocateAddress", "UnauthorizedOperation", HIDDEN, status=403, times=2)
    cloud.trick("DecodeAuthorizationMessage", decoded)
    assert verdicts(Action.CREATE, ADDRESS) == {"ec2:CreateTags": "missing"}
    cloud.refuse("DecodeAuthorizationMessage", "AccessDenied", status=403)
    assert verdicts(Action.CREATE, ADDRESS) == {"ec2:AllocateAddress": "missing"}


@pytest.mark.parametrize("code", ["AddressLimitExceeded", "RequestLimitExceeded", "InternalError"])
def test_any_other_answer_gives_no_result(code: str, verdicts: Any, cloud: Wire) -> None:
    cloud.refuse("AllocateAddress", code, times=20)
    assert verdicts(Action.CREATE, ADDRESS) == {}


def test_a_delete_is_tried_and_the_resource_stays(verdicts: Any, cloud: Wire, scope: MakeScope) -> None:
    made = ADDRESS.create(scope()).outputs
    assert verdicts(Action.DELETE, ADDRESS, dict(made)) == {"ec2:ReleaseAddress": "allowed"}
    assert len(scope().client("ec2").describe_addresses()["Addresses"]) == 1


def test_a_change_that_needs_an_unknown_id_or_another_service_is_not_tried(verdicts: Any, cloud: Wire) -> None:
    group = Ec2SecurityGroup(name="g", description="d", vpc=reference("vpc", "id"))
    with cloud.recorded() as calls:
        assert verdicts(Action.CREATE, group) == {}
        assert verdicts(Action.CREATE, S3Bucket(name="acme")) == {}
        assert verdicts(Action.UPDATE, ADDRESS, {"allocation_id": "eipalloc-1"}) == {}
    assert calls == []
