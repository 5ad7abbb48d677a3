"""Somebody who followed a vendor's page by hand has things with its names: what create then says to type works."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT

BY_HAND = ("s3_bucket", "iam_policy", "iam_role", "iam_instance_profile", "iam_role_attachment")
"""The kinds that a page's reader makes under the page's names, in the order in which they can be made."""
WITH = re.compile(r"run the same command with: (.+)$", re.MULTILINE)
FIRST = re.compile(r"To use other names, first run: bootstrap (.+)$", re.MULTILINE)
MAKE = re.compile(r"aws s3 mb s3://(\S+)")
SERVICE = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
READS = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}


def document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def accounts(scope: MakeScope) -> dict[str, dict[str, Any]]:
    """The clients of each account, by its alias; the cluster's has the role that the vendor makes itself."""
    here = {name: scope().client(name) for name in ("iam", "s3")}
    here["iam"].create_role(RoleName="atc-node", AssumeRolePolicyDocument=document(SERVICE))
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"
    keys = scope().client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    there = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    return {"default": here, "cluster": here, "s3": {name: there.client(name) for name in ("iam", "s3")}}


def made_by_hand(change: Mapping[str, Any], clients: Mapping[str, Any]) -> None:
    """The thing of the plan as the page's reader makes it: with the same name, and no owner tags."""
    iam, name = clients["iam"], change["name"]
    match change["kind"]:
        case "s3_bucket":
            clients["s3"].create_bucket(Bucket=name)
        case "iam_policy":
            iam.create_policy(PolicyName=name, PolicyDocument=document(READS))
        case "iam_role":
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(SERVICE))
        case "iam_instance_profile":
            iam.create_instance_profile(InstanceProfileName=name)
        case "iam_role_attachment":
            policy, _, role = name.partition(" on ")
            own = {each["PolicyName"]: each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]}
            iam.attach_role_policy(RoleName=role, PolicyArn=own.get(policy) or change["properties"]["policy_arn"])


def with_options(line: str, *more: str) -> str:
    """The command with these options, in place of others of the same name."""
    words = shlex.split(line)
    for text in more:
        given = shlex.split(text)
        for option, value in zip(given[::2], given[1::2], strict=True):
            if option in words:
                del words[words.index(option) : words.index(option) + 2]
            words += [option, value]
    return shlex.join(words)


def planned(bootstrap: Bootstrap, line: str) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = bootstrap(f"plan {line} --json").last("plan")["changes"]
    return changes


@pytest.mark.parametrize("name", INPUTS)
def test_what_create_says_to_type_works_where_all_of_the_page_was_made_by_hand(
    name: str, bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    line = f"--integration {name} {INPUTS[name]}"
    named = [change for change in planned(bootstrap, line) if change["kind"] in BY_HAND]
    for change in sorted(named, key=lambda each: BY_HAND.index(each["kind"])):
        made_by_hand(change, accounts[change["account"]])
    taken = planned(bootstrap, line)
    advice = [change["advice"] for change in taken if change["kind"] in BY_HAND]
    assert all(change["action"] == "blocked" for change in taken if change["kind"] in BY_HAND)
    assert all(WITH.search(each) for each in advice), advice
    first = [WITH.findall(each)[0] for each in advice]
    last = [WITH.findall(each)[-1] for each in advice]
    for bucket in MAKE.findall("\n".join(advice)):
        accounts["default"]["s3"].create_bucket(Bucket=bucket)
    for words in (first, last):
        ran = bootstrap(with_options(f"create {line} --name {name} --yes", *words))
        assert ran.code == 0, ran.err
        assert bootstrap(f"destroy --name {name} --yes").code == 0


def test_the_prefix_that_is_named_is_another_than_the_one_that_is_taken(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    for name in ("UpsolverRole", "upsolver-vpc-UpsolverRole", "upsolver-vpc-2-UpsolverRole"):
        accounts["default"]["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=document(SERVICE))
    line = f"create {VPC} --yes"
    for _ in range(3):
        refused = bootstrap(line)
        assert refused.code == 1
        line = with_options(line, WITH.findall(refused.err)[0])
    assert bootstrap(line).code == 0


def test_a_brought_bucket_that_is_not_there_can_be_made_after_all(bootstrap: Bootstrap) -> None:
    line = f"create {VPC} --existing-bucket not-there --yes"
    refused = bootstrap(line)
    assert refused.code == 1
    [words] = WITH.findall(refused.err)
    assert words == "--existing-bucket ''"
    assert bootstrap(with_options(line, words)).code == 0


ASPERA = f"--integration aspera-atc {INPUTS['aspera-atc']}"


def test_a_brought_role_that_is_not_there_can_be_made_after_all(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    line = f"create {ASPERA} --existing-s3-role not-there --yes"
    refused = bootstrap(line)
    assert refused.code == 1
    [words] = WITH.findall(refused.err)
    assert words == "--existing-s3-role ''"
    assert bootstrap(with_options(line, words)).code == 0


def test_where_old_names_are_recorded_the_destroy_that_comes_first_works(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    iam = accounts["s3"]["iam"]
    for role in ("data-reader", "atc-s3-access-keys"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(SERVICE))
    assert bootstrap(f"create {ASPERA} --existing-s3-role data-reader --yes").code == 0
    line = f"create {ASPERA} --existing-s3-role '' --yes"
    refused = bootstrap(line)
    assert refused.code == 1
    [first] = set(FIRST.findall(refused.err))
    assert bootstrap(f"{first} --yes").code == 0
    prefix = WITH.findall(refused.err)[-1]
    assert prefix == "--role-prefix aspera-atc-"
    assert bootstrap(with_options(line, prefix)).code == 0


def test_an_attachment_on_a_role_of_ours_that_somebody_else_made_may_be_detached(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    iam = accounts["default"]["iam"]
    line = f"create {VPC} --yes"
    assert bootstrap(f"{line} --without-athena").code == 0
    policy = {"RoleName": "UpsolverRole", "PolicyArn": "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"}
    iam.attach_role_policy(**policy)
    tags = [tag["Key"] for tag in iam.list_role_tags(RoleName="UpsolverRole")["Tags"]]
    iam.untag_role(RoleName="UpsolverRole", TagKeys=tags)
    refused = bootstrap(f"{line} --with-athena --retag")
    assert "Somebody else attached it. If nobody else needs it, detach it and run the same command again." in refused.err
    iam.detach_role_policy(**policy)
    assert bootstrap(f"{line} --with-athena --retag").code == 0
