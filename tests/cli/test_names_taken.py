"""Somebody who followed a vendor's page by hand has things with its names: what create then says to type works."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT
from tests.support.printed import check_aws

BY_HAND = ("s3_bucket", "iam_policy", "iam_role", "iam_instance_profile", "iam_role_attachment")
"""The kinds that a page's reader makes under the page's names, in the order in which they can be made."""
WITH = re.compile(r"run the same command with: (.+)$", re.MULTILINE)
FIRST = re.compile(r"To use other names, first run: bootstrap (.+)$", re.MULTILINE)
OFFER = re.compile(r"To use others, which are free as far as AWS shows, run: bootstrap (.+)$", re.MULTILINE)
ADOPT = re.compile(r"To make what is yours part of this deployment, run: bootstrap (adopt .+)$", re.MULTILINE)
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


def refused_with_offer(bootstrap: Bootstrap, line: str) -> tuple[str, str]:
    """What is printed, and in it the one command that takes other names."""
    refused = bootstrap(line)
    assert refused.code == 1
    assert not re.search("destroy|delete", refused.err.partition("Plan:")[2])
    [offered] = OFFER.findall(refused.err)
    return refused.err, offered


def made_first(accounts: dict[str, dict[str, Any]], printed: str) -> None:
    """The bucket that the output says to make first, if any."""
    for command in re.findall(r"To make another one first, run: (aws .+)$", printed, re.MULTILINE):
        check_aws(command)
        accounts["default"]["s3"].create_bucket(Bucket=shlex.split(command)[3].removeprefix("s3://"))


@pytest.mark.parametrize("name", INPUTS)
def test_what_create_says_to_type_works_where_all_of_the_page_was_made_by_hand(
    name: str, bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    line = f"--integration {name} {INPUTS[name]}"
    named = [change for change in planned(bootstrap, line) if change["kind"] in BY_HAND]
    for change in sorted(named, key=lambda each: BY_HAND.index(each["kind"])):
        made_by_hand(change, accounts[change["account"]])
    taken = planned(bootstrap, line)
    assert all(change["action"] == "blocked" for change in taken if change["kind"] in BY_HAND)
    printed, offered = refused_with_offer(bootstrap, f"create {line} --name {name} --yes")
    assert "taken by somebody else; what has them is left alone." in printed
    [adopt] = ADOPT.findall(printed)
    adopted = bootstrap(f"{adopt} --dry-run")
    assert (adopted.code, " to adopt" in adopted.out) == (0, True), adopted.err
    for command in dict.fromkeys([offered, with_options(offered, *WITH.findall(printed))]):
        ran = bootstrap(command)
        assert ran.code == 0, ran.err
        assert bootstrap(f"destroy --name {name} --yes").code == 0


@pytest.mark.parametrize("name", INPUTS)
def test_a_second_deployment_is_told_once_what_to_run_and_then_both_are_there(
    name: str, bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    line = f"create --integration {name} {INPUTS[name]} --yes"
    assert bootstrap(f"{line} --name one").code == 0
    printed, offered = refused_with_offer(bootstrap, f"{line} --name two")
    assert "taken by deployment 'one'; what has them is left alone." in printed
    assert not ADOPT.findall(printed)
    assert "--role-prefix two-" in offered
    assert f"--existing-bucket {OWN_BUCKET} " not in f"{offered} "  # a destroy of the first one would delete it
    made_first(accounts, printed)
    assert not WITH.findall(printed)
    error = bootstrap(f"check --integration {name} {INPUTS[name]} --name two --json").last("error")
    assert len(error["problems"]) == 1
    ran = bootstrap(offered)
    assert ran.code == 0, ran.err
    assert bootstrap("status --name one --detailed-exitcode").code == 0
    assert "--org-id acme-" not in offered
    for other in ("one", "two"):
        assert bootstrap(f"status --name {other} --detailed-exitcode").code == 0
        assert bootstrap(f"destroy --name {other} --yes").code == 0


def test_the_names_that_are_offered_are_free(bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]) -> None:
    for name in ("UpsolverRole", "upsolver-vpc-UpsolverRole", "upsolver-vpc-2-UpsolverRole"):
        accounts["default"]["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=document(SERVICE))
    _, offered = refused_with_offer(bootstrap, f"create {VPC} --yes --role-prefix=")
    assert offered.endswith("--yes --role-prefix upsolver-vpc-3-")
    assert bootstrap(offered).code == 0


def test_where_no_name_is_free_each_line_says_what_can_be_done(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    for number in ("", "upsolver-vpc-", *(f"upsolver-vpc-{each}-" for each in range(2, 6))):
        accounts["default"]["iam"].create_role(RoleName=f"{number}UpsolverRole", AssumeRolePolicyDocument=document(SERVICE))
    refused = bootstrap(f"create {VPC} --yes")
    assert "To use other names, run the same command with: --role-prefix upsolver-vpc-\n" in refused.err
    assert not OFFER.findall(refused.err)


def test_where_the_state_of_the_same_deployment_is_lost_the_command_that_rebuilds_it_works(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --without-athena --tag team=data --yes").code == 0
    STATE.unlink()
    printed, _ = refused_with_offer(bootstrap, f"create {VPC} --without-athena --tag team=data --yes")
    assert "taken by another state of deployment 'upsolver-vpc'" in printed
    [rebuild] = re.findall(r"its state is lost, run: bootstrap (.+)$", printed, re.MULTILINE)
    assert bootstrap(f"{rebuild} --yes").code == 0
    assert bootstrap("status --detailed-exitcode").code == 0


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


OWN_BUCKET = "us-east-1-upsolver-acme"
AS_TOML = f'external_id = "ext-1"\norg_id = "acme"\nexisting_bucket = "{OWN_BUCKET}"\n'
AS_JSON = json.dumps({"external_id": "ext-1", "org_id": "acme", "existing_bucket": OWN_BUCKET})
FILES = [("in.toml", AS_TOML, 'role_prefix = "two-"'), ("in.json", AS_JSON, '"role_prefix": "two-"')]


@pytest.mark.parametrize(("file", "text", "entry"), FILES)
def test_inputs_in_a_file_are_changed_there(file: str, text: str, entry: str, bootstrap: Bootstrap) -> None:
    assert bootstrap("create --integration upsolver-vpc --external-id ext-1 --org-id acme --yes --name one").code == 0
    Path(file).write_text(text)
    line = f"create --integration upsolver-vpc --inputs {file} --yes --name two"
    refused = bootstrap(line)
    assert f"AWS shows, put this into {file}, and run the same command again: {entry}\n" in refused.err
    Path(file).write_text(text.replace("}", f", {entry}}}") if file.endswith("json") else text + entry + "\n")
    for again in (line, line):
        ran = bootstrap(again)
        assert ran.code == 0, ran.err


def test_inputs_in_the_project_file_are_changed_there(bootstrap: Bootstrap) -> None:
    assert bootstrap("create --integration upsolver-vpc --external-id ext-1 --org-id acme --yes --name one").code == 0
    project = f'[deployments.two]\nintegration = "upsolver-vpc"\n[deployments.two.inputs]\n{AS_TOML}'
    Path("bootstrap.toml").write_text(project)
    refused = bootstrap("create --yes --name two")
    place = "the inputs of this deployment (bootstrap.toml, line 1)"
    assert f'put this into {place}, and run the same command again: role_prefix = "two-"\n' in refused.err
    Path("bootstrap.toml").write_text(f'{project}role_prefix = "two-"\n')
    for _ in range(2):
        ran = bootstrap("create --yes --name two")
        assert ran.code == 0, ran.err
