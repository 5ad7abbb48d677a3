"""The preflight and `permissions` agree: with just what is printed all is known to be allowed, and the asking is, too."""

import json
from typing import Any

import boto3
import pytest

from bootstrap.contract.authorization import OWN, Operator
from tests.cli.conftest import INPUTS, VPC, Bootstrap
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


@pytest.fixture
def operator(cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Between the command line, which a session of the role `operator` runs, and AWS."""
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


def two_accounts() -> str:
    """Makes what aspera-atc is given: the node's role here, and the operator's in the other account. Its inputs."""
    client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=trusting(OWN))
    door = f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole"
    client("iam", entered(door)).create_role(RoleName="other", Path=PATH, AssumeRolePolicyDocument=trusting(OWN))
    return INPUTS["aspera-atc"].replace(door, f"arn:aws:iam::{OTHER}:role{PATH}other")


@pytest.mark.parametrize("name", INPUTS)
def test_with_what_is_printed_all_is_known_to_be_allowed(name: str, bootstrap: Bootstrap, operator: Operator) -> None:
    line = f"--integration {name} {two_accounts() if name == 'aspera-atc' else INPUTS[name]}"
    give(operator, bootstrap(f"permissions {line}").json)
    checked = bootstrap(f"check {line} --detailed-exitcode")
    assert checked.code == 0, checked.out + checked.err
    assert "all allowed, as far as AWS says" in checked.out
    for verb in (f"create {line}", "destroy"):
        ran = bootstrap(f"{verb} --yes")
        assert ran.code == 0, ran.err
        assert "permissions checked: all allowed, as far as AWS says." in ran.err


@pytest.mark.parametrize("action", ["iam:SimulatePrincipalPolicy", "iam:GetRole"])
def test_without_what_the_asking_takes_all_is_unknown(action: str, bootstrap: Bootstrap, operator: Operator) -> None:
    printed = bootstrap(f"permissions {VPC}").json
    [statement] = [item for item in printed["Statement"] if action in item["Action"]]
    others = [arn for arn in statement["Resource"] if not arn.endswith("/operator")]
    assert len(statement["Resource"]) == len(others) + 2  # with a path, and without one
    printed["Statement"] = [each for each in printed["Statement"] if each is not statement]
    printed["Statement"] += [{**statement, "Resource": others}] if others else []
    give(operator, printed)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2, checked.err
    assert "could not be simulated" in checked.out


def test_with_the_policy_of_create_create_succeeds_and_says_what_destroy_would_miss(
    bootstrap: Bootstrap, operator: Operator
) -> None:
    give(operator, bootstrap(f"permissions {VPC} --for create").json)
    made = bootstrap(f"create {VPC} --yes")
    assert made.code == 0, made.err
    assert "Warning: you may create this, but not delete it" in made.err
    assert "Permissions for this run" not in made.err
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    operator.watching = False
    give(operator, bootstrap("permissions --integration upsolver-vpc --for destroy").json)
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert "permissions checked: all allowed, as far as AWS says." in gone.err
