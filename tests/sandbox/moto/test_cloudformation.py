"""What the sandbox plays of CloudFormation: StackSets, with templates of JSON and of the types that bootstrap exports."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from bootstrap.aws.scope import Scope
from bootstrap.discovery.stacks import manager_of
from tests.conftest import MakeScope
from tests.support.deployments import in_account
from tests.support.organizations import ACCOUNTS, UNIT, join, organize, suspend
from tests.support.samples import vendor_template

WHERE: dict[str, Any] = {
    "StackSetName": "fleet",
    "Regions": ["us-east-1"],
    "DeploymentTargets": {"OrganizationalUnitIds": [UNIT]},
}


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    made = scope()
    organize(made)
    return made


@pytest.fixture
def client(here: Scope) -> Any:
    return here.client("cloudformation")


def make(client: Any, template: str = vendor_template(), **more: Any) -> str:
    return str(
        client.create_stack_set(StackSetName="fleet", TemplateBody=template, PermissionModel="SERVICE_MANAGED", **more)[
            "StackSetId"
        ]
    )


def look(client: Any, times: int = 3) -> list[tuple[str, str]]:
    for _ in range(times):
        found = client.list_stack_set_operations(StackSetName="fleet")["Summaries"]
    return [(item["Action"], item["Status"]) for item in found]


@pytest.mark.parametrize(
    "template",
    [
        "Resources: {}",
        "!!python/object/apply:os.system ['true']",
        "[]",
        json.dumps({"Resources": {"Function": {"Type": "AWS::Lambda::Function"}}}),
        json.dumps({"Resources": {}, "Metadata": "m" * 51_200}),
    ],
    ids=["YAML", "Python", "a list", "an unknown type", "too long"],
)
def test_a_template_that_is_not_json_of_known_types_is_refused(template: str, client: Any) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        make(client, template)


def test_an_operation_takes_three_looks_and_its_accounts_show_where_they_are(client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE, OperationId="first")
    seen: list[Any] = []
    for _ in range(3):
        seen += look(client, 1)
        results = client.list_stack_set_operation_results(StackSetName="fleet", OperationId="first")["Summaries"]
        seen.append([item["Status"] for item in results])
    assert seen == [
        ("CREATE", "RUNNING"),
        ["RUNNING"] * 3,
        ("CREATE", "RUNNING"),
        ["SUCCEEDED", "RUNNING", "RUNNING"],
        ("CREATE", "SUCCEEDED"),
        ["SUCCEEDED"] * 3,
    ]


def test_a_second_operation_is_refused_or_with_managed_execution_queued(client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE, OperationId="first")
    with pytest.raises(ClientError, match="OperationInProgressException"):
        client.create_stack_instances(**WHERE, OperationId="second")
    look(client)
    client.update_stack_set(StackSetName="fleet", UsePreviousTemplate=True, ManagedExecution={"Active": True})
    look(client)
    client.create_stack_instances(**WHERE, OperationId="third")
    client.create_stack_instances(**WHERE, OperationId="fourth")
    assert look(client, 1)[:2] == [("CREATE", "QUEUED"), ("CREATE", "RUNNING")]
    assert {status for _, status in look(client, 6)} == {"SUCCEEDED"}


def test_an_operation_id_counts_once(client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE, OperationId="same")
    look(client)
    with pytest.raises(ClientError, match="OperationIdAlreadyExistsException"):
        client.create_stack_instances(**WHERE, OperationId="same")


def test_a_set_with_stacks_is_not_deleted_and_a_retained_stack_stays(client: Any) -> None:
    made = make(client)
    client.create_stack_instances(**WHERE)
    look(client)
    with pytest.raises(ClientError, match="StackSetNotEmptyException"):
        client.delete_stack_set(StackSetName="fleet")
    client.delete_stack_instances(**WHERE, RetainStacks=True)
    look(client)
    client.delete_stack_set(StackSetName="fleet")
    assert "VendorRole" in [role.name for role in iam_backends[ACCOUNTS[0]]["aws"].roles.values()]
    assert make(client) != made


def test_a_list_has_at_most_a_hundred_entries_a_page(scope: MakeScope) -> None:
    here = scope()
    organize(here, {UNIT: [f"{number:012}" for number in range(500, 620)]})
    client = here.client("cloudformation")
    make(client)
    client.create_stack_instances(**WHERE, OperationPreferences={"FailureToleranceCount": 120})
    look(client)
    first = client.list_stack_instances(StackSetName="fleet")
    assert len(first["Summaries"]) == 100
    assert len(client.list_stack_instances(StackSetName="fleet", NextToken=first["NextToken"])["Summaries"]) == 20


@pytest.mark.parametrize("times", [1, 0], ids=["strict", "tolerant"])
def test_failures_beyond_the_tolerance_cancel_what_has_not_begun(times: int, client: Any) -> None:
    iam_backends[ACCOUNTS[0]]["aws"].create_role("VendorRole", "{}", "/", None, "", [], "3600")
    make(client)
    client.create_stack_instances(**WHERE, OperationId="one", OperationPreferences={"FailureToleranceCount": 1 - times})
    assert look(client) == [("CREATE", "FAILED" if times else "SUCCEEDED")]
    results = client.list_stack_set_operation_results(StackSetName="fleet", OperationId="one")["Summaries"]
    assert [item["Status"] for item in results] == ["FAILED", *(["CANCELLED"] if times else ["SUCCEEDED"]) * 2]


def test_drift_detection_compares_what_is_there(client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE)
    look(client)
    changed, gone, _ = (iam_backends[account]["aws"] for account in ACCOUNTS)
    changed.get_role("VendorRole").assume_role_policy_document = '{"Statement": []}'
    gone.delete_role("VendorRole")
    client.detect_stack_set_drift(StackSetName="fleet", OperationId="drift")
    look(client)
    rows = client.list_stack_instances(StackSetName="fleet")["Summaries"]
    assert [row["DriftStatus"] for row in rows] == ["DRIFTED", "DRIFTED", "IN_SYNC"]
    where = {"StackSetName": "fleet", "OperationId": "drift", "StackInstanceRegion": "us-east-1"}
    found = [
        client.list_stack_instance_resource_drifts(**where, StackInstanceAccount=each)["Summaries"] for each in ACCOUNTS
    ]
    assert [[item["StackResourceDriftStatus"] for item in each] for each in found] == [["MODIFIED"], ["DELETED"], []]
    assert found[0][0]["PropertyDifferences"][0]["PropertyPath"] == "/AssumeRolePolicyDocument"


def test_the_template_of_an_update_reaches_the_roles_and_leaves_them_in_place(client: Any) -> None:
    make(client, Tags=[{"Key": "team", "Value": "data"}])
    client.create_stack_instances(**WHERE)
    look(client)
    role = iam_backends[ACCOUNTS[0]]["aws"].get_role("VendorRole")
    client.update_stack_set(StackSetName="fleet", TemplateBody=vendor_template(7200), Tags=[{"Key": "team", "Value": "web"}])
    look(client)
    now = iam_backends[ACCOUNTS[0]]["aws"].get_role("VendorRole")
    assert (now.id, int(now.max_session_duration or 0), now.tags) == (role.id, 7200, [{"Key": "team", "Value": "web"}])


def test_an_update_may_keep_the_values_of_parameters(client: Any) -> None:
    def values() -> dict[str, str]:
        described = client.describe_stack_set(StackSetName="fleet")["StackSet"]
        return {item["ParameterKey"]: item["ParameterValue"] for item in described["Parameters"]}

    first: dict[str, Any] = {"ParameterKey": "ExternalId", "ParameterValue": "one"}
    kept: dict[str, Any] = {"ParameterKey": "ExternalId", "UsePreviousValue": True}
    make(client, Parameters=[first])
    client.create_stack_instances(**WHERE, ParameterOverrides=[{**first, "ParameterValue": "own"}])
    look(client)
    client.update_stack_set(StackSetName="fleet", UsePreviousTemplate=True, Parameters=[kept])
    look(client)
    assert values() == {"ExternalId": "one"}
    client.update_stack_instances(**WHERE, ParameterOverrides=[kept])
    look(client)
    assert role(ACCOUNTS[0]).description == "For own"
    for wrong in ({**kept, "ParameterValue": "x"}, {**kept, "ParameterKey": "Other"}):
        with pytest.raises(ClientError, match="ValidationError"):
            client.update_stack_set(StackSetName="fleet", UsePreviousTemplate=True, Parameters=[wrong])
    assert values() == {"ExternalId": "one"}


def role(account: str) -> Any:
    return next(each for each in iam_backends[account]["aws"].roles.values() if each.name == "VendorRole")


def test_automatic_deployment_follows_accounts_that_join_and_not_those_that_were_left_out(here: Scope, client: Any) -> None:
    make(client, AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False})
    chosen = {"OrganizationalUnitIds": [UNIT], "Accounts": [ACCOUNTS[0]], "AccountFilterType": "DIFFERENCE"}
    client.create_stack_instances(**{**WHERE, "DeploymentTargets": chosen})

    def accounts() -> list[str]:
        look(client, 6)
        return [item["Account"] for item in client.list_stack_instances(StackSetName="fleet")["Summaries"]]

    assert accounts() == [*ACCOUNTS[1:]]
    join(here, "555555555555", UNIT)
    assert accounts() == [*ACCOUNTS[1:], "555555555555"]


def test_an_account_that_is_closed_keeps_its_stack_and_shows_none(here: Scope, client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE)
    look(client)
    suspend(here, ACCOUNTS[0])
    client.delete_stack_instances(**WHERE, RetainStacks=False)
    look(client)
    [row] = client.list_stack_instances(StackSetName="fleet")["Summaries"]
    detail = row["StackInstanceStatus"]["DetailedStatus"]
    assert (row["Account"], row["Status"], detail) == (ACCOUNTS[0], "OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT")
    assert "StackId" not in row
    assert "VendorRole" in [role.name for role in iam_backends[ACCOUNTS[0]]["aws"].roles.values()]
    client.delete_stack_instances(**WHERE, RetainStacks=True)
    look(client)
    assert client.list_stack_instances(StackSetName="fleet")["Summaries"] == []


def test_the_stack_of_an_account_tells_what_it_manages_and_what_it_is_doing(here: Scope, client: Any) -> None:
    make(client)
    client.create_stack_instances(**WHERE, OperationId="first")
    look(client)
    there = in_account(here, ACCOUNTS[0]).client("cloudformation")
    answer = there.describe_stack_resources(PhysicalResourceId="VendorRole")["StackResources"]
    stack = manager_of("iam_role", "VendorRole", answer)
    assert stack.startswith("StackSet-fleet-")
    assert there.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    for elsewhere, name in ((there, "other"), (client, stack)):
        with pytest.raises(ClientError, match="does not exist"):
            elsewhere.describe_stacks(StackName=name)
