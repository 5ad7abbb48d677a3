"""What IAM refuses, in the sandbox and in tests: plain moto takes all of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from tests.conftest import MakeScope
from tests.sandbox.moto.test_corrections import refusal
from tests.support.samples import allow, long_trust, trust
from tests.support.wire import Wire

OURS = "arn:aws:iam::123456789012"
DOCUMENT = json.dumps(allow("s3:*"))
ODD = json.dumps(allow("s3:*", resource="arn:aws:s3:::\u2014"), ensure_ascii=False)
MALFORMED, TOO_MUCH, INVALID, UNKNOWN = "MalformedPolicyDocument", "LimitExceeded", "ValidationError", "NoSuchEntity"


@pytest.fixture
def iam(moto_made_ready: None) -> Iterator[Any]:
    with mock_aws(config={"core": {"reset_boto3_session": False}, "iam": {"load_aws_managed_policies": True}}):
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        with closing(boto3.client("iam", "us-east-1", config=Config(retries={"total_max_attempts": 1}), **keys)) as client:
            client.create_role(RoleName="there", AssumeRolePolicyDocument=json.dumps(trust()))
            client.create_policy(PolicyName="there", PolicyDocument=DOCUMENT)
            yield client


def long_policy(characters: int) -> dict[str, Any]:
    """A policy of that many characters as IAM counts them."""
    shortest = len(json.dumps(allow("s3:*", resource="arn:aws:s3:::"), separators=(",", ":")))
    return allow("s3:*", resource="arn:aws:s3:::" + "a" * (characters - shortest))


def trusting(*principals: str) -> str:
    named = list(principals) if len(principals) > 1 else principals[0]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": named}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def principals_of(iam: Any, role: str) -> Any:
    return iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]


@pytest.mark.parametrize(
    ("operation", "changed", "code"),
    [
        ("create_role", {"RoleName": "r" * 65}, INVALID),
        ("create_role", {"RoleName": "a role"}, INVALID),
        ("create_role", {"MaxSessionDuration": 43201}, INVALID),
        ("create_role", {"PermissionsBoundary": f"{OURS}:policy/gone"}, UNKNOWN),
        ("create_role", {"PermissionsBoundary": "arn:aws:iam::aws:policy/NoSuchPolicy"}, UNKNOWN),
        ("create_role", {"AssumeRolePolicyDocument": json.dumps(long_trust(2049))}, TOO_MUCH),
        ("create_role", {"AssumeRolePolicyDocument": json.dumps(trust("\u2014"), ensure_ascii=False)}, MALFORMED),
        ("create_role", {"AssumeRolePolicyDocument": trusting(f"{OURS}:role/gone")}, MALFORMED),
        ("create_role", {"AssumeRolePolicyDocument": trusting(f"{OURS}:user/gone")}, MALFORMED),
        ("create_role", {"AssumeRolePolicyDocument": trusting(f"{OURS}:root", f"{OURS}:role/elsewhere/there")}, MALFORMED),
        ("update_assume_role_policy", {"PolicyDocument": trusting(f"{OURS}:role/gone")}, MALFORMED),
        ("update_assume_role_policy", {"PolicyDocument": trusting("AROA1234567890EXAMPLE")}, MALFORMED),
        ("update_assume_role_policy", {"PolicyDocument": json.dumps(long_trust(2049))}, TOO_MUCH),
        ("update_role", {"MaxSessionDuration": 43201}, INVALID),
        ("put_role_permissions_boundary", {"PermissionsBoundary": f"{OURS}:policy/gone"}, UNKNOWN),
        ("put_role_policy", {"PolicyName": "p" * 129}, INVALID),
        ("put_role_policy", {"PolicyDocument": json.dumps(long_policy(10_241))}, TOO_MUCH),
        ("put_role_policy", {"PolicyDocument": ODD}, MALFORMED),
        ("create_policy", {"PolicyName": "p" * 129}, INVALID),
        ("create_policy", {"PolicyDocument": json.dumps(long_policy(6_145))}, TOO_MUCH),
        ("create_policy", {"PolicyDocument": ODD}, MALFORMED),
        ("create_policy_version", {"PolicyDocument": ODD}, MALFORMED),
        ("update_assume_role_policy", {"PolicyDocument": json.dumps(trust("\u2014"), ensure_ascii=False)}, MALFORMED),
        ("create_instance_profile", {"InstanceProfileName": "p" * 129}, INVALID),
    ],
)
def test_iam_refuses(iam: Any, operation: str, changed: dict[str, Any], code: str) -> None:
    given = {
        "create_role": {"RoleName": "new", "AssumeRolePolicyDocument": json.dumps(trust())},
        "update_assume_role_policy": {"RoleName": "there"},
        "update_role": {"RoleName": "there"},
        "put_role_permissions_boundary": {"RoleName": "there"},
        "put_role_policy": {"RoleName": "there", "PolicyName": "p", "PolicyDocument": DOCUMENT},
        "create_policy": {"PolicyName": "new", "PolicyDocument": DOCUMENT},
        "create_policy_version": {"PolicyArn": f"{OURS}:policy/there"},
        "create_instance_profile": {},
    }[operation]
    before = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert refusal(getattr(iam, operation), **given | changed)[0] == code
    after = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert after["RoleDetailList"] == before["RoleDetailList"]
    assert after["Policies"] == before["Policies"]


def test_what_is_just_inside_the_limits_is_taken(iam: Any) -> None:
    iam.create_role(
        RoleName="r" * 64,
        AssumeRolePolicyDocument=json.dumps(long_trust(2048), indent=4),
        MaxSessionDuration=43200,
        PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    iam.put_role_policy(RoleName="there", PolicyName="p", PolicyDocument=json.dumps(long_policy(10_240), indent=4))
    iam.put_role_policy(RoleName="there", PolicyName="p", PolicyDocument=json.dumps(long_policy(5_120)))
    iam.put_role_policy(RoleName="there", PolicyName="q", PolicyDocument=json.dumps(long_policy(5_120)))
    assert refusal(iam.put_role_policy, RoleName="there", PolicyName="r", PolicyDocument=DOCUMENT)[0] == TOO_MUCH
    arn = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(long_policy(6_144), indent=4))["Policy"]["Arn"]
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(long_policy(6_145)))[0] == TOO_MUCH


def test_a_role_holds_ten_managed_policies(iam: Any) -> None:
    arns = [iam.create_policy(PolicyName=f"p{n}", PolicyDocument=DOCUMENT)["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName="there", PolicyArn=arn)
    iam.attach_role_policy(RoleName="there", PolicyArn=arns[0])
    assert refusal(iam.attach_role_policy, RoleName="there", PolicyArn=arns[10])[0] == TOO_MUCH


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_a_policy_of_the_old_version_is_taken(iam: Any, version: dict[str, str]) -> None:
    document = json.dumps({**version, "Statement": allow("s3:*")["Statement"]})
    iam.put_role_policy(RoleName="there", PolicyName="p", PolicyDocument=document)
    wrong = json.dumps({"Version": "2012-10-18", "Statement": allow("s3:*")["Statement"]})
    assert refusal(iam.put_role_policy, RoleName="there", PolicyName="p", PolicyDocument=wrong)[0] == MALFORMED


def test_who_is_not_known_here_may_be_trusted_and_accounts_and_services_always(iam: Any) -> None:
    iam.create_user(UserName="u")
    known = [f"{OURS}:root", f"{OURS}:role/there", f"{OURS}:user/u"]
    others = ["111122223333", "arn:aws:iam::111122223333:role/vendor", "*"]
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=trusting(*known, *others))
    assert principals_of(iam, "new") == [*known, *others]


def test_a_trusted_role_that_was_deleted_shows_as_its_id_and_does_not_come_back(iam: Any) -> None:
    arn = f"{OURS}:role/there"
    gone = iam.get_role(RoleName="there")["Role"]["RoleId"]
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=trusting(arn))
    assert principals_of(iam, "new") == arn
    iam.delete_role(RoleName="there")
    assert principals_of(iam, "new") == gone
    iam.create_role(RoleName="there", AssumeRolePolicyDocument=json.dumps(trust()))
    assert principals_of(iam, "new") == gone
    assert refusal(iam.update_assume_role_policy, RoleName="new", PolicyDocument=trusting(gone))[0] == MALFORMED
    iam.update_assume_role_policy(RoleName="new", PolicyDocument=trusting(arn))
    assert principals_of(iam, "new") == arn


def test_an_attachment_that_the_sdk_sends_again_counts_once(scope: MakeScope, cloud: Wire) -> None:
    """After a lost answer. A policy that counts as attached once too often could never be deleted."""
    iam = scope().client("iam")
    policy = iam.create_policy(PolicyName="P", PolicyDocument=json.dumps(allow("s3:GetObject")))["Policy"]["Arn"]
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(trust()))
    cloud.lose_answer("AttachRolePolicy")
    iam.attach_role_policy(RoleName="R", PolicyArn=policy)
    assert cloud.names.count("iam.AttachRolePolicy") == 2
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
    iam.detach_role_policy(RoleName="R", PolicyArn=policy)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 0
    iam.delete_policy(PolicyArn=policy)


def test_a_provider_without_a_thumbprint_gets_one_and_its_address_is_safe(iam: Any) -> None:
    made = iam.create_open_id_connect_provider(Url="https://oidc.example.com")
    named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    [thumbprint] = iam.get_open_id_connect_provider(**named)["ThumbprintList"]
    assert len(thumbprint) == 40
    unsafe = {"Url": "http://oidc.example.com"}
    assert refusal(lambda: iam.create_open_id_connect_provider(**unsafe))[0] == INVALID


def test_audiences_of_a_provider_come_and_go_and_each_again(iam: Any) -> None:
    made = iam.create_open_id_connect_provider(Url="https://oidc.example.com", ClientIDList=["one"])
    named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(**named, ClientID="two")
    assert iam.get_open_id_connect_provider(**named)["ClientIDList"] == ["one", "two"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="one")
    assert iam.get_open_id_connect_provider(**named)["ClientIDList"] == ["two"]
    unknown = {"OpenIDConnectProviderArn": f"{OURS}:oidc-provider/none", "ClientID": "one"}
    assert refusal(lambda: iam.add_client_id_to_open_id_connect_provider(**unknown))[0] == UNKNOWN
    assert refusal(lambda: iam.remove_client_id_from_open_id_connect_provider(**unknown))[0] == UNKNOWN
