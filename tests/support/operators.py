"""A session of a role that runs the command line, between it and AWS, with just the policies that it is given."""

import json
from typing import Any

import boto3
import pytest

from bootstrap.contract.authorization import OWN, Operator
from tests.support.wire import Wire

OTHER = "210987654321"
PATH = "/teams/data/"


def client(service: str, keys: dict[str, str] | None = None) -> Any:
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    given = {name: keys[key] for name, key in {**names, "aws_session_token": "SessionToken"}.items()} if keys else {}
    return boto3.client(service, region_name="us-east-1", **given)


def trusting(account: str) -> str:
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def entered(role: str) -> dict[str, str]:
    """Keys of a session of the role."""
    found: dict[str, str] = client("sts").assume_role(RoleArn=role, RoleSessionName="ann")["Credentials"]
    return found


def use(keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])


def operate(cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Between the command line, which a session of the role `operator` runs from now on, and AWS."""
    role = client("iam").create_role(RoleName="operator", Path=PATH, AssumeRolePolicyDocument=trusting(OWN))["Role"]["Arn"]
    use(entered(role), monkeypatch)
    operator = Operator(watching=False)
    cloud.between = operator
    return operator


def hold(iam: Any, role: str, documents: list[dict[str, Any]]) -> None:
    """The role has these policies, and no others."""
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=each["PolicyArn"])
    before = len(iam.list_policies(Scope="Local")["Policies"])
    for number, each in enumerate(documents, before):
        made = iam.create_policy(PolicyName=f"operator-{number}", PolicyDocument=json.dumps(each))
        iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])


def give(operator: Operator, printed: Any) -> None:
    """Just what is printed, for the simulation and for the calls."""
    operator.watching = False
    by_alias = {OWN: [printed]} if "Statement" in printed else {}
    for name, each in {} if by_alias else printed.items():
        by_alias.setdefault(OTHER if name.startswith("s3") else OWN, []).append(each)
    hold(client("iam"), "operator", by_alias[OWN])
    if OTHER in by_alias:
        hold(client("iam", entered(f"arn:aws:iam::{OTHER}:role{PATH}other")), "other", by_alias[OTHER])
    operator.policies, operator.watching = by_alias, True


def two_accounts(inputs: str) -> str:
    """Makes what aspera-atc is given: the node's role here, and the operator's in the other account. Its inputs."""
    client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=trusting(OWN))
    door = f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole"
    client("iam", entered(door)).create_role(RoleName="other", Path=PATH, AssumeRolePolicyDocument=trusting(OWN))
    return inputs.replace(door, f"arn:aws:iam::{OTHER}:role{PATH}other")
