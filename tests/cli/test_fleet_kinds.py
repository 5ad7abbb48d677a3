"""Fleets of other kinds: accounts without an organization, and a delegated administrator whose fleet takes in who joins."""

import json
from typing import Any

import boto3
import pytest
from moto.iam.models import iam_backends

from tests.cli.conftest import Bootstrap
from tests.cli.test_fleet import DATADOG, ROLE, Organization, external_id, results, role_in
from tests.support.wire import Wire

MINE = "123456789012"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def trusts_us(account: str, name: str) -> Any:
    """The execution role, which is made by hand in each account."""
    return iam_backends[account]["aws"].create_role(name, TRUST, "/", None, "", [], "3600")


def wait(**named: Any) -> None:
    """Until the newest operation of the StackSet has ended: each look takes it further."""
    client = boto3.client("cloudformation", region_name="us-east-1")
    while client.list_stack_set_operations(**named)["Summaries"][0]["Status"] in ("QUEUED", "RUNNING"):
        pass


@pytest.fixture
def accounts(cloud: Wire) -> list[str]:
    return Organization().add(2)


def test_accounts_are_reached_by_roles_of_ones_own(bootstrap: Bootstrap, cloud: Wire, accounts: list[str]) -> None:
    first, second = accounts
    trusts_us(first, "Deployer")
    roles = f"--admin-role arn:aws:iam::{MINE}:role/Admin --execution-role Deployer"
    create = f"create {DATADOG} {roles} --account {first} --account {second} --canary {first} --yes"
    failed = bootstrap(create)
    assert failed.code == 1 and f"{second}: Account {second} should have 'Deployer' role" in failed.err
    trusts_us(second, "Deployer")
    with cloud.recorded() as calls:
        ran = bootstrap(create)
    assert ran.code == 0, ran.err
    assert [each for each in calls if "OrganizationalUnitIds" in each.text] == []
    made = boto3.client("cloudformation", region_name="us-east-1").describe_stack_set(StackSetName="datadog-fleet")[
        "StackSet"
    ]
    assert (made["PermissionModel"], made["ExecutionRoleName"]) == ("SELF_MANAGED", "Deployer")
    assert made["AdministrationRoleARN"] == f"arn:aws:iam::{MINE}:role/Admin"
    assert [external_id(each) for each in accounts] == ["ext-1", "ext-1"]
    assert results(bootstrap) == dict.fromkeys(accounts, "up to date")
    assert "No changes" in bootstrap("create --yes").err
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert [role_in(each) for each in accounts] == [None, None]


def test_a_delegated_administrators_fleet_takes_in_who_joins(bootstrap: Bootstrap, cloud: Wire) -> None:
    organization = Organization()
    first, second = organization.add(2)
    options = f"--organizational-unit {organization.unit} --delegated-admin --auto-deployment --canary {first}"
    with cloud.recorded() as calls:
        ran = bootstrap(f"create {DATADOG} {options} --yes")
        assert ran.code == 0, ran.err
        [joined] = organization.add(1)
        wait(StackSetName="datadog-fleet", CallAs="DELEGATED_ADMIN")
        assert results(bootstrap) == dict.fromkeys((first, second, joined), "up to date")
        assert external_id(joined) == "ext-1"
        again = bootstrap("create --yes")
        assert again.code == 0 and "No changes" in again.err
        gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    # It looks for what has its tags in both lists.
    asked = [each for each in calls if "StackSet" in each.operation or "StackInstance" in each.operation]
    asked = [each for each in asked if each.operation != "ListStackSets"]
    assert len(asked) > 5
    assert [each.name for each in asked if "CallAs=DELEGATED_ADMIN" not in each.text] == []
    assert [role_in(each) for each in (first, second, joined)] == [None] * 3


def test_what_a_stack_of_our_export_made_is_adopted_only_if_asked_for(bootstrap: Bootstrap, cloud: Wire) -> None:
    """The stack is one of a StackSet, as the sandbox makes no others."""
    template = bootstrap(f"export {DATADOG} --format cloudformation").out
    trusts_us(MINE, "AWSCloudFormationStackSetExecutionRole")
    client = boto3.client("cloudformation", region_name="us-east-1")
    named: dict[str, Any] = {"StackSetName": "theirs"}
    client.create_stack_set(**named, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    client.create_stack_instances(**named, Accounts=[MINE], Regions=["us-east-1"])
    wait(**named)
    [stack] = client.list_stack_instances(**named)["Summaries"]
    assert (stack["Status"], role_in(MINE).name) == ("CURRENT", ROLE), stack
    refused = bootstrap(f"adopt {DATADOG} --yes")
    assert refused.code == 1
    assert f"iam_role {ROLE} is managed by the CloudFormation stack StackSet-theirs-" in refused.err
    assert "add --from-stack" in refused.err
    done = bootstrap(f"adopt {DATADOG} --from-stack --yes")
    assert done.code == 0, done.err
    planned = bootstrap(f"plan {DATADOG} --detailed-exitcode")
    assert planned.code == 0, planned.out
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert role_in(MINE) is None
