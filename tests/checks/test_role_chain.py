"""Whether the chain of roles holds, on two accounts of an AWS whose trust policies count."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.checks.role_chain import check_chain
from bootstrap.core.role_chain import Hop
from tests.conftest import FAST
from tests.support.wire import Wire

CLUSTER, S3 = "123456789012", "210987654321"
NODE, TARGET = f"arn:aws:iam::{CLUSTER}:role/atc-node", f"arn:aws:iam::{S3}:role/atc-s3-access-keys"
ENTRANCE = f"arn:aws:iam::{S3}:role/OrganizationAccountAccessRole"
CHAIN = (Hop(account="cluster", role=NODE), Hop(account="s3", role=TARGET, external_id="id-7"))
WITH_ID = {"StringEquals": {"sts:ExternalId": "id-7"}}


@pytest.fixture
def aws(cloud: Wire) -> Iterator[Aws]:
    login = Login(region="us-east-1")
    made = Aws({"cluster": login, "s3": Login(region="us-east-1", role_arn=ENTRANCE)}, FAST)
    yield made
    made.close()


def make(aws: Aws, alias: str, name: str, principal: dict[str, str], condition: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam", alias).create_role(RoleName=name, AssumeRolePolicyDocument=document)


def make_whole(
    aws: Aws, *, machines_only: bool = False, condition: dict[str, Any] | None = None, assumed: str = TARGET
) -> None:
    make(aws, "cluster", "atc-node", {"Service": "ec2.amazonaws.com"} if machines_only else {"AWS": CLUSTER}, {})
    make(aws, "s3", "atc-s3-access-keys", {"AWS": NODE}, WITH_ID if condition is None else condition)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": assumed}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam", "cluster").put_role_policy(RoleName="atc-node", PolicyName="assume", PolicyDocument=document)


def verdicts(aws: Aws) -> list[tuple[str, str]]:
    return [(finding.role.rpartition("/")[2], finding.verdict) for finding in check_chain(aws, CHAIN)]


def test_a_sign_in_by_role_is_in_the_account_of_the_role(aws: Aws) -> None:
    found = {alias: identity.account.id for alias, identity in aws.identities().items()}
    assert found == {"cluster": CLUSTER, "s3": S3}


def test_a_chain_that_holds_is_ok_at_each_hop_and_refused_without_the_external_id(aws: Aws) -> None:
    make_whole(aws)
    node, reached, refused = check_chain(aws, CHAIN)
    assert {node.verdict, reached.verdict, refused.verdict} == {"ok"}
    assert reached.text == "can be assumed with the external id"
    assert refused.text == "cannot be assumed without the external id, as it should be"


def test_a_caller_whom_the_first_role_does_not_trust_gets_unknown(aws: Aws) -> None:
    make_whole(aws, machines_only=True)
    assert verdicts(aws) == [("atc-node", "unknown"), ("atc-s3-access-keys", "unknown")]


def test_a_hop_that_fails_is_named(aws: Aws) -> None:
    make_whole(aws, assumed=f"arn:aws:iam::{S3}:role/another")
    assert verdicts(aws) == [("atc-node", "ok"), ("atc-s3-access-keys", "failed")]


def test_another_external_id_in_the_trust_is_a_failure(aws: Aws) -> None:
    make_whole(aws, condition={"StringEquals": {"sts:ExternalId": "id-8"}})
    assert verdicts(aws) == [("atc-node", "ok"), ("atc-s3-access-keys", "failed")]


def test_a_trust_without_external_id_is_too_wide(aws: Aws) -> None:
    make_whole(aws, condition={})
    assert verdicts(aws) == [("atc-node", "ok"), ("atc-s3-access-keys", "ok"), ("atc-s3-access-keys", "failed")]
    assert "too wide" in check_chain(aws, CHAIN)[-1].text


def test_an_error_other_than_a_denial_is_raised(aws: Aws, cloud: Wire) -> None:
    make_whole(aws)
    cloud.refuse("AssumeRole", "ExpiredToken", times=1)
    with pytest.raises(ClientError, match="ExpiredToken"):
        check_chain(aws, CHAIN)


def test_a_role_for_the_tokens_of_an_identity_provider_cannot_be_tried(aws: Aws) -> None:
    provider = f"arn:aws:iam::{CLUSTER}:oidc-provider/oidc.example.com"
    statement = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": provider}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam", "cluster").create_role(RoleName="atc-node", AssumeRolePolicyDocument=document)
    [found] = check_chain(aws, CHAIN[:1])
    assert (found.role, found.verdict) == (NODE, "unknown")
    assert "one for an identity provider only its tokens" in found.text
