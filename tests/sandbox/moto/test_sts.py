"""Roles in the sandbox are assumed as on AWS: by whom they trust, with the external id, and where policies allow it."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.sts.models import STSBackend

from bootstrap.sandbox.moto import sts, sts_scoped
from tests.support.wire import Wire

HERE, THERE = "123456789012", "210987654321"
NODE = f"arn:aws:iam::{HERE}:role/node"
TARGET = f"arn:aws:iam::{THERE}:role/target"
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "id-7"}}

Client = Callable[[str], Any]


def client(credentials: dict[str, str] | None = None) -> Client:
    keys = {}
    if credentials:
        keys["aws_access_key_id"] = credentials["AccessKeyId"]
        keys["aws_secret_access_key"] = credentials["SecretAccessKey"]
        keys["aws_session_token"] = credentials["SessionToken"]
    return lambda service: boto3.client(service, region_name="us-east-1", **keys)


def assume(caller: Client, role: str, **more: str) -> Client:
    return client(caller("sts").assume_role(RoleArn=role, RoleSessionName="test", **more)["Credentials"])


def is_refused(caller: Client, role: str, **more: str) -> bool:
    try:
        assume(caller, role, **more)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return True
    return False


@pytest.fixture
def me(cloud: Wire) -> Client:
    return client()


@pytest.fixture
def there(me: Client) -> Client:
    """The other account, by the door that every account of an organization has."""
    return assume(me, f"arn:aws:iam::{THERE}:role/OrganizationAccountAccessRole")


def make(account: Client, name: str, principal: Any, condition: dict[str, Any] | None = None) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition or {}}
    content = {"Version": "2012-10-17", "Statement": [statement]}
    account("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(content))


def allow(account: Client, role: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account("iam").put_role_policy(RoleName=role, PolicyName="assume", PolicyDocument=content)


def test_a_role_that_is_not_there_is_refused(me: Client) -> None:
    assert is_refused(me, NODE)


def test_a_role_is_for_those_it_trusts(me: Client) -> None:
    make(me, "node", {"Service": "ec2.amazonaws.com"})
    make(me, "mine", {"AWS": HERE})
    make(me, "theirs", {"AWS": f"arn:aws:iam::{THERE}:root"})
    assert is_refused(me, NODE)
    assert is_refused(me, f"arn:aws:iam::{HERE}:role/theirs")
    assert not is_refused(me, f"arn:aws:iam::{HERE}:role/mine")


def test_the_external_id_must_be_the_one_of_the_trust(me: Client) -> None:
    make(me, "node", {"AWS": HERE}, EXTERNAL_ID)
    assert is_refused(me, NODE)
    assert is_refused(me, NODE, ExternalId="id-8")
    assert not is_refused(me, NODE, ExternalId="id-7")


def test_a_role_takes_the_next_one_in_another_account_only_where_its_policies_allow_it(me: Client, there: Client) -> None:
    make(me, "node", {"AWS": HERE})
    make(there, "target", {"AWS": NODE}, EXTERNAL_ID)
    node = assume(me, NODE)
    assert is_refused(node, TARGET, ExternalId="id-7")
    allow(me, "node", f"arn:aws:iam::{THERE}:role/other")
    assert is_refused(node, TARGET, ExternalId="id-7")
    allow(me, "node", TARGET)
    assert is_refused(node, TARGET)
    reached = assume(node, TARGET, ExternalId="id-7")
    assert reached("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{THERE}:assumed-role/target/test"
    assert is_refused(me, TARGET, ExternalId="id-7")


def test_a_deny_in_the_trust_wins_over_what_lets_in(me: Client, there: Client) -> None:
    make(me, "node", {"AWS": HERE})
    allow(me, "node", TARGET)
    make(there, "target", {"AWS": HERE})
    node = assume(me, NODE)
    assert not is_refused(node, TARGET)
    iam = there("iam")
    document = iam.get_role(RoleName="target")["Role"]["AssumeRolePolicyDocument"]
    [open_to_all] = document["Statement"]
    deny = {**open_to_all, "Effect": "Deny", "Condition": {"StringNotEquals": {"sts:ExternalId": "id-7"}}}
    both = json.dumps({**document, "Statement": [open_to_all, deny]})
    iam.update_assume_role_policy(RoleName="target", PolicyDocument=both)
    assert is_refused(node, TARGET)
    assert is_refused(node, TARGET, ExternalId="id-8")
    assert not is_refused(node, TARGET, ExternalId="id-7")


SCOPE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def scoped(caller: Client, policy: str = SCOPE) -> Client:
    return client(caller("sts").get_scoped_credentials(Policy=policy)["Credentials"])


def code(caller: Client, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        caller("sts").get_scoped_credentials(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_a_scoped_session_keeps_its_identity_its_account_and_its_end(there: Client) -> None:
    answer = there("sts").get_scoped_credentials(Policy=SCOPE, ScopedSessionDescription="for a test")
    narrow = client(answer["Credentials"])
    mine, same = (each("sts").get_caller_identity() for each in (narrow, there))
    assert (mine["Arn"], mine["Account"]) == (same["Arn"], THERE)
    assert answer["SessionInfo"]["Arn"] == there("sts").get_caller_identity()["Arn"]
    assert answer["ScopedPoliciesCount"] == 1
    again = narrow("sts").get_scoped_credentials(Policy=SCOPE)["Credentials"]
    assert again["Expiration"] == answer["Credentials"]["Expiration"]


def test_a_session_takes_three_scope_down_policies(there: Client) -> None:
    narrowest = scoped(scoped(scoped(there)))
    assert code(narrowest, Policy=SCOPE) == "AccessDenied"


def test_only_temporary_credentials_are_scoped(me: Client) -> None:
    assert code(me, Policy=SCOPE) == "AccessDenied"


ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
MALFORMED: dict[str, Any] = {
    "no object": [],
    "a text": "x",
    "nothing": {},
    "statements that are a text": {"Version": "2012-10-17", "Statement": "x"},
    "statements that are texts": {"Version": "2012-10-17", "Statement": ["x"]},
    "an unknown effect": {"Version": "2012-10-17", "Statement": [{**ALLOW, "Effect": "Permit"}]},
    "an unknown element": {"Version": "2012-10-17", "Statement": [{**ALLOW, "Why": "x"}]},
    "an unknown operator": {"Version": "2012-10-17", "Statement": [{**ALLOW, "Condition": {"StringIs": {"a:b": "c"}}}]},
    "no resource": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]},
    "somebody": {"Version": "2012-10-17", "Statement": [{**ALLOW, "Principal": "*"}]},
    "all others": {"Version": "2012-10-17", "Statement": {**ALLOW, "NotPrincipal": {"AWS": HERE}}},
}


def test_what_is_no_policy_of_a_session_is_refused(there: Client) -> None:
    assert code(there, Policy="no JSON") == "MalformedPolicyDocument"
    assert {name: code(there, Policy=json.dumps(each)) for name, each in MALFORMED.items()} == dict.fromkeys(
        MALFORMED, "MalformedPolicyDocument"
    )
    one = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})  # IAM takes one statement without a list
    assert there("sts").get_scoped_credentials(Policy=one)["ScopedPoliciesCount"] == 1


def test_a_parameter_that_the_model_of_sts_rules_out_is_refused(there: Client) -> None:
    assert code(there) == "ValidationError"
    long = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW], "Id": "x" * sts_scoped.LONGEST})
    wrong: list[dict[str, Any]] = [
        {"Policy": long},
        {"Policy": SCOPE.replace("s3", "\u20ac")},
        *({"Policy": SCOPE, "ScopedSessionDescription": each} for each in ("x" * 257, "a\x00b", "a\x85b", "\u20ac.")),
        {"DurationSeconds": sts_scoped.MOST_SECONDS + 1},
    ]
    assert [code(there, **each) for each in wrong] == ["ValidationError"] * len(wrong)


def test_a_scoped_session_may_end_sooner_and_never_later(there: Client) -> None:
    sts = there("sts")
    whole = sts.get_scoped_credentials(Policy=SCOPE)["Credentials"]["Expiration"]
    assert sts.get_scoped_credentials(DurationSeconds=900)["Credentials"]["Expiration"] < whole
    assert code(there, DurationSeconds=2 * 3600) == "InsufficientSessionLifetime"


def test_the_sandbox_knows_the_keys_that_it_gives_out(there: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("assume_role", "get_scoped_credentials"):
        monkeypatch.setattr(STSBackend, name, getattr(STSBackend, name))  # set back afterwards
    issued: list[str] = []
    sts.report_issued(lambda key_id, token: issued.append(key_id))
    credentials = there("sts").get_scoped_credentials(Policy=SCOPE)["Credentials"]
    assert issued == [credentials["AccessKeyId"]]
