"""A fleet from its first plan to its end, in an organization of accounts."""

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from moto.iam.models import iam_backends

from bootstrap.core.policy import as_list
from bootstrap.sandbox.moto.cloudformation import cloudformation_backends
from tests.cli.conftest import VPC, Bootstrap, writes
from tests.support.wire import Call, Carry, Wire, error_answer

DATADOG = "--integration datadog --site datadoghq.com --external-id ext-1"
ROLE = "DatadogIntegrationRole"
CREATED = "CreateStackInstances"


class Organization:
    """That of the account that moto plays, with a unit for workloads."""

    def __init__(self) -> None:
        self.client = boto3.client("organizations", region_name="us-east-1")
        self.client.create_organization(FeatureSet="ALL")
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        made = self.client.create_organizational_unit(ParentId=self.root, Name="workloads")
        self.unit = str(made["OrganizationalUnit"]["Id"])

    def add(self, number: int) -> list[str]:
        """The ids of so many new accounts in the unit, sorted."""
        return sorted(self._account(f"account-{index}") for index in range(number))

    def deny(self, account: str, action: str) -> None:
        """A service control policy for one account."""
        content = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
        policy = self.client.create_policy(
            Name="none", Description="none", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(content)
        )
        self.client.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=account)

    def _account(self, name: str) -> str:
        made = self.client.create_account(Email=f"{name}@example.com", AccountName=name)
        number = str(made["CreateAccountStatus"]["AccountId"])
        self.client.move_account(AccountId=number, SourceParentId=self.root, DestinationParentId=self.unit)
        return number


@pytest.fixture
def organization(cloud: Wire) -> Organization:
    return Organization()


def role_in(account: str) -> Any:
    """The role of the fleet in the account, or None."""
    return next((each for each in iam_backends[account]["aws"].roles.values() if each.name == ROLE), None)


def external_id(account: str) -> str:
    [statement] = json.loads(role_in(account).assume_role_policy_document)["Statement"]
    [found] = as_list(statement["Condition"]["StringEquals"]["sts:ExternalId"])
    return str(found)


def results(bootstrap: Bootstrap, options: str = "") -> dict[str, str]:
    rows = bootstrap(f"status --json {options}").last("accounts")["accounts"]
    return {row["account"]: row["result"] for row in rows}


def test_a_fleet_begins_with_one_account_and_ends_with_none(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    first, *rest = organization.add(4)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --canary {first} --yes"
    with cloud.recorded() as calls:
        ran = bootstrap(create)
    assert ran.code == 0, ran.err
    assert [each for each in writes(calls) if "ListRequired" not in each] == [
        "cloudformation.CreateStackSet",
        "cloudformation.CreateStackInstances",
        "cloudformation.CreateStackInstances",
    ]
    assert "canary: stacks of" in ran.err and "of 3 accounts done" in ran.err
    for account in (first, *rest):
        assert external_id(account) == "ext-1"
        assert {"Key": "bootstrap:deployment", "Value": "datadog-fleet"} in role_in(account).tags
    assert role_in("123456789012") is None
    assert results(bootstrap) == dict.fromkeys((first, *rest), "up to date")

    judged = bootstrap("status --security")
    assert judged.code == 0 and "To compare now, run: bootstrap status --name datadog-fleet --detect-drift" in judged.err
    rotated = bootstrap("rotate external-id --yes")
    assert rotated.code == 64 and "datadog-fleet is a fleet" in rotated.err
    assert "bootstrap create --integration datadog-fleet --name datadog-fleet --external-id NEW" in rotated.err

    with cloud.recorded() as calls:
        again = bootstrap("create --yes")
    assert again.code == 0 and "No changes" in again.err
    assert writes(calls) == []

    assert bootstrap("outputs accounts.csv --output accounts.csv").code == 0
    assert not Path("accounts.csv").read_text().endswith("\n\n")
    rows = list(csv.DictReader(Path("accounts.csv").read_text().splitlines()))
    assert [row["account_id"] for row in rows] == sorted([first, *rest])
    assert rows[0]["Role name"] == ROLE and rows[0]["External id"] == "ext-1"

    with cloud.recorded() as calls:
        assert bootstrap("create --external-id ext-2 --yes").code == 0
    assert {external_id(account) for account in (first, *rest)} == {"ext-2"}
    updates = [each for each in calls if each.operation == "UpdateStackSet"]
    assert [f"DeploymentTargets.Accounts.member.1={first}" in each.text for each in updates] == [True, False]

    leaving = bootstrap(f"create --exclude {rest[0]} --yes")
    assert leaving.code == 0 and f"the stack in account {rest[0]}: also deleted" in leaving.err
    assert role_in(rest[0]) is None and external_id(rest[1]) == "ext-2"
    assert "its inputs changed" in leaving.err and "outside bootstrap" not in leaving.err and "status:" not in leaving.err

    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert [role_in(account) for account in (first, *rest)] == [None] * 4
    assert "Destroyed: nothing that datadog-fleet created is left" in gone.err


def test_each_account_has_its_own_external_id(bootstrap: Bootstrap, cloud: Wire, organization: Organization) -> None:
    a, b, c = organization.add(3)
    values = Path("values.csv")
    values.write_text(f"account_id,external_id\n{b},own-b\n")
    create = f"create {DATADOG} --organizational-unit {organization.unit} --canary {a} --account-values values.csv --yes"
    ran = bootstrap(create)
    assert ran.code == 0, ran.err
    assert "1 operation of CloudFormation" in ran.err
    assert [external_id(each) for each in (a, b, c)] == ["ext-1", "own-b", "ext-1"]
    assert f"{b},{b},{ROLE},own-b" in bootstrap("outputs accounts.csv").out

    values.write_text(f"account_id,external_id\n{b},changed-b\n")
    with cloud.recorded() as calls:
        assert bootstrap(create).code == 0
    assert writes(calls) == ["cloudformation.UpdateStackInstances"]
    assert [external_id(each) for each in (a, b, c)] == ["ext-1", "changed-b", "ext-1"]

    values.write_text(f"account_id,external_id\n{b},changed-b\n{c},own-c\n")
    refused = bootstrap(create)
    assert refused.code == 64 and f"account {c} has the values of all others, and would get its own" in refused.err
    values.write_text(f"account_id,external_id\n{b},changed-b\n12,x\n")
    assert "--account-values: line 3: '12' is not the number of an AWS account" in bootstrap(create).err


def test_a_value_of_its_own_that_somebody_changed_is_a_difference_and_set_back(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    first, own, _ = organization.add(3)
    Path("v.csv").write_text(f"account_id,external_id\n{own},own-b\n")
    options = f"{DATADOG} --organizational-unit {organization.unit} --canary {first} --account-values v.csv"
    assert bootstrap(f"create {options} --yes").code == 0
    [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
    stack_set.instances[own, "us-east-1"].overrides = {"ExternalId": "theirs"}
    found = bootstrap("status --detailed-exitcode")
    assert found.code == 2 and 'overrides: {"ExternalId": "theirs"} -> {"ExternalId": "own-b"}' in found.out
    judged = bootstrap("status --security")
    assert judged.code == 1 and f"whether that widens access is not known: account-{own}" in judged.out
    assert bootstrap("create --yes").code == 0 and external_id(own) == "own-b"

    Path(".bootstrap").rename("lost")
    Path("v.csv").write_text(f"account_id,external_id\n{own},other-b\n")
    recovered = bootstrap(f"recover {options} --yes")
    assert '{"ExternalId": "own-b"} -> {"ExternalId": "other-b"}' in recovered.err
    planned = bootstrap("plan --detailed-exitcode")
    assert planned.code == 2 and external_id(own) == "own-b"


def test_values_by_account_are_a_table_in_the_project_file_and_rows_without_use_are_reported(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    a, b, c = organization.add(3)
    lost = "999999999999"

    def describe(values: str, *exclude: str) -> None:
        lines = (
            "[deployments.fleet]",
            'integration = "datadog-fleet"',
            "[deployments.fleet.inputs]",
            'site = "datadoghq.com"',
            'external_id = "ext-1"',
            f'organizational_unit = ["{organization.unit}"]',
            f"exclude = {list(exclude)}",
            "[deployments.fleet.inputs.account_values]",
            f'{b}.external_id = "own-b"',
            values,
        )
        Path("bootstrap.toml").write_text("\n".join(lines))

    describe(f"{c} = 7")
    refused = bootstrap("plan")
    assert (refused.code, f"account_values: {c}: must be a table" in refused.err) == (64, True), refused.err
    describe("12.external_id = 'x'")
    assert "--account-values: line 3: '12' is not the number of an AWS account" in bootstrap("plan").err

    describe(f"{lost}.external_id = 'own'")
    with cloud.recorded() as calls:
        refused = bootstrap("create --yes")
    assert refused.code == 1
    assert f"account {lost} is not in this organization" in refused.err and "leave it out with --exclude" in refused.err
    assert [each for each in writes(calls) if "ListRequired" not in each] == []

    describe(f"{lost}.external_id = 'own'", lost)
    ran = bootstrap("create --yes")
    assert ran.code == 0, ran.err
    assert f"account {lost} is left out, and is not in this organization" in ran.err
    assert f"--exclude leaves out accounts that --account-values has values for, which are not used: {lost}." in ran.err
    assert [external_id(each) for each in (a, b, c)] == ["ext-1", "own-b", "ext-1"]


def test_the_account_that_fails_is_named_and_the_same_command_goes_on(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    """A stranger's role, a denial of the organization, and a suspended account."""
    good, taken, denied, away = organization.add(4)
    trust = {"Version": "2012-10-17", "Statement": []}
    stranger = iam_backends[taken]["aws"].create_role(
        role_name=ROLE, assume_role_policy_document=json.dumps(trust), path="/", permissions_boundary=None,
        description="", tags=[], max_session_duration="3600",
    )  # fmt: skip
    organization.deny(denied, "iam:CreateRole")
    organization.client.close_account(AccountId=away)
    more = "--canary none --failure-tolerance 2"
    create = f"create {DATADOG} --organizational-unit {organization.unit} {more} --yes"
    failed = bootstrap(create)
    assert failed.code == 1
    assert "failed in 2 accounts" in failed.err
    assert f"{taken}: " in failed.err and "already exists" in failed.err
    assert f"{denied}: " in failed.err and "service control policy" in failed.err
    assert role_in(taken) is stranger and not role_in(taken).tags
    assert external_id(good) == "ext-1"
    assert "4 accounts: 1 up to date, 1 suspended, 2 failed." in failed.err
    assert not re.search(f"^{good} ", failed.err, re.MULTILINE)  # only those that did not go well have a row
    assert results(bootstrap) == {good: "up to date", taken: "failed", denied: "failed", away: "suspended"}
    assert bootstrap("status --detailed-exitcode").code == 2

    del iam_backends[taken]["aws"].roles[stranger.id]
    organization.client.detach_policy(
        PolicyId=organization.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][-1]["Id"], TargetId=denied
    )
    assert bootstrap(create).code == 0
    assert results(bootstrap) == {good: "up to date", taken: "up to date", denied: "up to date", away: "suspended"}
    again = bootstrap("create --yes")
    assert again.code == 0 and "No changes" in again.err and f"{away}: the account is suspended" in again.err
    assert bootstrap("status --detailed-exitcode").code == 0
    left = bootstrap("destroy --yes")
    assert left.code == 1 and f"{away}: the account is suspended" in left.err
    assert [role_in(each) for each in (good, taken, denied, away)] == [None] * 4
    given_up(left.err)
    assert bootstrap("destroy --yes").code == 0


def given_up(printed: str) -> None:
    """Does what the printed command of the AWS CLI does."""
    [options] = re.findall(
        "aws cloudformation delete-stack-instances --stack-set-name datadog-fleet --regions us-east-1 --deployment-targets "
        "OrganizationalUnitIds=(.*),Accounts=(.*),AccountFilterType=INTERSECTION --retain-stacks",
        printed,
    )
    unit, account = options
    where = {"OrganizationalUnitIds": [unit], "Accounts": [account], "AccountFilterType": "INTERSECTION"}
    named = {"StackSetName": "datadog-fleet", "Regions": ["us-east-1"]}
    boto3.client("cloudformation", region_name="us-east-1").delete_stack_instances(
        **named, DeploymentTargets=where, RetainStacks=True
    )


def test_an_update_that_the_canary_does_not_take_reaches_no_other_account_and_goes_on_later(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    first, *rest = organization.add(3)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --canary {first} --yes"
    assert bootstrap(create).code == 0
    organization.deny(first, "iam:*")
    changed = create.replace("ext-1", "ext-2")
    stopped = bootstrap(changed)
    assert stopped.code == 1
    assert f"updating the stack in {first} failed in 1 account" in stopped.err
    assert [external_id(each) for each in (first, *rest)] == ["ext-1"] * 3
    assert results(bootstrap) == {first: "failed", **dict.fromkeys(rest, "differs")}
    shown = bootstrap("status").out
    assert "2 not complete" in shown and f"{rest[0]}: its stack is older than the StackSet" in shown
    assert "outside bootstrap" not in shown
    policy = organization.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][-1]["Id"]
    organization.client.detach_policy(PolicyId=policy, TargetId=first)
    ended = bootstrap(changed)
    assert ended.code == 0, ended.err
    assert [external_id(each) for each in (first, *rest)] == ["ext-2"] * 3


def test_the_limits_and_the_canary_of_a_change_are_those_of_its_own_command(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    first, second, other = organization.add(3)
    create = f"create --yes {DATADOG} --organizational-unit {organization.unit}"
    assert bootstrap(f"{create} --canary {first}").code == 0
    left = bootstrap(f"{create} --exclude {first} --exclude {second} --canary none")
    assert left.code == 0, left.err
    assert bootstrap(f"{create} --exclude '' --canary {second} --max-concurrent 7").code == 0
    with cloud.recorded() as calls:
        ran = bootstrap("create --yes --external-id ext-2 --max-concurrent 3 --failure-tolerance 1")
    assert ran.code == 0 and "takes effect only" not in ran.err
    updates = [dict(parse_qsl(each.body)) for each in calls if each.operation == "UpdateStackSet"]
    assert {each["OperationPreferences.MaxConcurrentCount"] for each in updates} == {"3"}
    assert {each["OperationPreferences.FailureToleranceCount"] for each in updates} == {"1"}
    assert [each.get("DeploymentTargets.Accounts.member.1") for each in updates] == [second, None]
    assert {external_id(each) for each in (first, second, other)} == {"ext-2"}


def test_a_suspended_canary_shows_nothing_and_nobody_else_is_changed(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    """Found before the first change; and if Organizations may not be asked, once CloudFormation has skipped it."""
    first, other = organization.add(2)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --yes"
    assert bootstrap(f"{create} --canary {first}").code == 0
    organization.client.close_account(AccountId=first)
    changed = create.replace("ext-1", "ext-2")
    refused = bootstrap(changed)
    assert refused.code == 1 and f"account {first} is suspended, so CloudFormation skips it" in refused.err

    cloud.between = lambda call, carry: (
        error_answer(call, "AccessDeniedException", "No", 400) if call.service == "organizations" else carry()
    )
    stopped = bootstrap(changed)
    assert stopped.code == 1 and f"{first}: the account is suspended" in stopped.err
    assert f"run create with --exclude {first} and another --canary, or --canary none." in stopped.err
    assert external_id(other) == "ext-1"

    without = f"{changed} --exclude {first} --canary none"
    assert bootstrap(without).code == 1
    given_up(stopped.err)
    ended = bootstrap(without)
    assert ended.code == 0, ended.err
    assert external_id(other) == "ext-2"


def test_the_receipt_tells_what_became_of_each_account(bootstrap: Bootstrap, organization: Organization) -> None:
    """One cannot be deleted and stops the rest, one is suspended, one left the unit, and one was taken off by hand."""
    first, gone, away, held, moved = organization.add(5)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --canary {first} --yes"
    assert bootstrap(create).code == 0
    organization.client.close_account(AccountId=away)
    [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
    del stack_set.instances[gone, "us-east-1"], stack_set.instances[moved, "us-east-1"]
    organization.client.move_account(
        AccountId=moved, SourceParentId=organization.unit, DestinationParentId=organization.root
    )
    seen = bootstrap("status").out
    assert f"{moved}: it left the organization or the unit, or somebody took it off the StackSet" in seen
    iam_backends[held]["aws"].create_instance_profile("theirs", "/", [ROLE], [])
    stopped = bootstrap("destroy --yes")
    assert stopped.code == 1
    assert "5 accounts: 1 suspended, 1 failed, 1 not tried, 1 left, 1 gone." in stopped.err
    assert f"CloudFormation no longer reaches it: it is no longer in {organization.unit}" in stopped.err
    assert "It is where it was: somebody took it off the StackSet" in stopped.err
    assert re.search(r"operation \w+ \(DELETE\) of StackSet datadog-fleet is failed\.", stopped.err)
    assert re.search(rf"{held}  failed .*\n +Cannot delete entity", stopped.err)

    iam_backends[held]["aws"].delete_instance_profile("theirs", ignore_attached_roles=True)
    del stack_set.instances[away, "us-east-1"]  # as the command does that the error prints
    ended = bootstrap("destroy --yes --json")
    assert ended.code == 0, ended.out
    results = {row["account"]: row["result"] for row in ended.last("receipt")["accounts"]}
    assert results == {first: "deleted", away: "left", held: "deleted"}
    assert [bool(role_in(each)) for each in (first, gone, away, held)] == [False, True, True, False]


def test_an_account_that_left_the_organization_is_given_up_with_the_printed_command(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    first, gone = organization.add(2)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --canary {first} --yes").code == 0
    organization.client.remove_account_from_organization(AccountId=gone)
    stopped = bootstrap("destroy --yes")
    assert stopped.code == 1 and f"{gone}: it left the organization\n" in stopped.err
    assert "2 accounts: 1 not tried, 1 left." in stopped.err
    assert "CloudFormation no longer reaches it: it left the organization. Its stack may still be there" in stopped.err
    assert f"Where {gone} is closed or outside the organization" in stopped.err and "--retain-stacks" in stopped.err
    chosen = {"OrganizationalUnitIds": [organization.unit], "Accounts": [gone], "AccountFilterType": "INTERSECTION"}
    stack_sets = boto3.client("cloudformation", region_name="us-east-1")
    stack_sets.delete_stack_instances(
        StackSetName="datadog-fleet", Regions=["us-east-1"], RetainStacks=True, DeploymentTargets=chosen
    )
    ended = bootstrap("destroy --yes")
    assert ended.code == 0 and role_in(first) is None and role_in(gone)


def test_what_somebody_changed_in_an_account_is_found_when_it_is_looked_for(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    one, other = organization.add(2)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --yes").code == 0
    role_in(other).assume_role_policy_document = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert results(bootstrap) == {one: "up to date", other: "up to date"}  # CloudFormation does not know
    found = bootstrap("status --detect-drift --detailed-exitcode")
    assert found.code == 2
    assert "stack-set: looking for drift: 1 of 2 accounts done, 1 running\n= stack-set compared" in found.err
    assert "1 up to date, 1 drifted" in found.out and f"AWS::IAM::Role {ROLE}: /" in found.out
    assert "1 account has drifted" in found.out and "No changes" not in found.out + found.err
    again = bootstrap("create --yes")
    assert again.code == 0 and f"1 account has drifted ({other}); create does not restore that" in again.err
    assert "Nothing to change. 1 account has drifted, which create does not restore." in again.err
    assert "No changes" not in again.err
    more = bootstrap("plan --max-concurrent 3 --tag team=data")
    assert "Plan: 1 to change, 2 unchanged. 1 account has drifted, which create does not restore." in more.out
    assert results(bootstrap) == {one: "up to date", other: "drifted"}
    every = bootstrap("status --all --detailed-exitcode")
    assert every.code == 2 and f"account {other}" in every.out
    judged = bootstrap("status --security")
    assert judged.code == 1 and f"whether that widens access is not known: {other}" in judged.out
    assert "run: bootstrap status --name datadog-fleet --detect-drift" in judged.out


def test_accounts_that_a_stopped_comparison_did_not_reach_are_not_called_up_to_date(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    organization.add(2)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --yes").code == 0

    def stop(call: Call, carry: Carry) -> None:
        [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
        stack_set.operations[-1].status = "STOPPING"

    cloud.trick("ListStackSetOperationResults", stop)
    found = bootstrap("status --detect-drift --detailed-exitcode")
    assert found.code == 1, found.out
    assert "! stack-set failed: CloudFormation did not compare 1 of 2 accounts" in found.err
    assert "Unknown: 1 account was not compared." in found.out and "up to date." not in found.out
    assert "2 accounts: 1 up to date, 1 not compared." in found.out
    assert "CloudFormation did not compare it: Cancelled" in found.out
    again = bootstrap("status --detect-drift --detailed-exitcode")
    assert again.code == 0 and "2 accounts: 2 up to date." in again.out


def test_an_account_in_which_cloudformation_is_at_work_has_not_drifted(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    """It has just joined under automatic deployment, or somebody else's operation runs."""
    _, other = organization.add(2)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --yes").code == 0
    [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
    instance = stack_set.instances[other, "us-east-1"]
    instance.ended("OUTDATED", "RUNNING")
    found = bootstrap("status --detailed-exitcode")
    assert found.code == 0, found.out
    assert "AWS is still at work on it" in found.out and "1 at work" in found.out and "1 working" in found.out
    assert "drift" not in found.out.lower() and "To restore it" not in found.out + found.err
    instance.ended("OUTDATED", "FAILED")
    found = bootstrap("status --detailed-exitcode")
    assert found.code == 2 and "To restore it" in found.out + found.err


def test_a_stack_set_that_is_gone_or_is_somebody_elses_is_not_compared(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    [one] = organization.add(1)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --yes").code == 0
    [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
    stack_set.settings["Tags"] = [{"Key": "bootstrap:deployment", "Value": "theirs"}]
    stack_set.id = "datadog-fleet:another"
    for said in ("differs", "no longer in AWS"):
        with cloud.recorded() as calls:
            found = bootstrap("status --detect-drift --detailed-exitcode")
        assert found.code == 2, (said, found.err)
        assert f"\n{one} " not in found.out and "DetectStackSetDrift" not in {each.operation for each in calls}
        stack_set.instances.clear()
        stack_set.deleted = True


def test_an_operation_that_somebody_stops_is_finished_by_the_same_command(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    ids = organization.add(4)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --canary none --yes"

    def stop(call: Call, carry: Carry) -> None:
        [stack_set] = cloudformation_backends["123456789012"]["us-east-1"].sets
        stack_set.operations[-1].status, stack_set.operations[-1].reason = "STOPPING", "Somebody stopped it."

    cloud.trick("ListStackSetOperationResults", stop)
    stopped = bootstrap(create)
    assert stopped.code == 1 and "failed in 2 accounts" in stopped.err
    assert "(CREATE) of StackSet datadog-fleet is stopped: Somebody stopped it." in stopped.err
    assert any(role_in(each) is None for each in ids)
    assert bootstrap(create).code == 0
    assert [external_id(each) for each in ids] == ["ext-1"] * 4


def test_a_second_operator_is_refused_and_a_lost_state_comes_back(bootstrap: Bootstrap, organization: Organization) -> None:
    account, _ = organization.add(2)
    create = f"create {DATADOG} --organizational-unit {organization.unit} --yes"
    assert bootstrap(create).code == 0
    Path(".bootstrap").rename("theirs")
    second = bootstrap(create)
    assert second.code == 1 and "its name is taken by another state of deployment 'datadog-fleet'" in second.err
    assert external_id(account) == "ext-1"
    [recover] = re.findall("run: bootstrap (recover .*)", second.err)
    old = bootstrap(f"{recover.replace('ext-1', 'ext-0')} --yes")
    assert (old.code, "--external-id: AWS has ext-1 in the trust of stack-set, not ext-0" in old.err) == (64, True), old.err
    found = bootstrap(f"{recover} --yes")
    assert found.code == 0, found.err
    again = bootstrap("create --yes")
    assert again.code == 0 and "No changes" in again.err, again.err


def test_an_export_of_a_fleet_names_the_command_for_what_one_account_gets(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    refused = bootstrap(f"export {DATADOG} --organizational-unit {organization.unit} --harden --format terraform")
    assert refused.code == 64 and "datadog-fleet is a StackSet" in refused.err
    [printed] = re.findall("is exported by: bootstrap (.*)", refused.err)
    assert bootstrap(printed).out == bootstrap(f"export {DATADOG} --harden --format terraform").out != ""


def test_contradictions_are_said_before_anything_else_is_asked_for(bootstrap: Bootstrap) -> None:
    unit, account = "--organizational-unit ou-abcd-12345678", "111111111111"
    for line, said in {
        f"--admin-role arn:aws:iam::{account}:role/R {unit}": "--admin-role is for accounts without an organization",
        f"{unit} --account {account} --exclude {account}": f"--account and --exclude both name {account}",
        f"{unit} --canary {account} --exclude {account}": f"--canary: {account} is not one of the accounts",
    }.items():
        refused = bootstrap(f"plan --integration datadog {line}")
        assert refused.code == 64 and said in refused.err
        assert "--external-id" not in refused.err


def test_an_empty_file_of_values_is_refused_and_not_taken_for_none(bootstrap: Bootstrap) -> None:
    plan = f"plan {DATADOG} --organizational-unit ou-abcd-12345678 --account-values values.csv"
    for text in ("", "\n \n"):
        Path("values.csv").write_text(text)
        refused = bootstrap(plan)
        assert refused.code == 64 and "--account-values: values.csv is empty" in refused.err


def test_an_integration_that_cannot_be_a_fleet_is_refused_before_a_sign_in(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        ran = bootstrap(f"plan {VPC} --organizational-unit ou-abcd-12345678")
    assert (ran.code, list(calls)) == (64, [])
    assert "upsolver-vpc cannot be a fleet with these inputs" in ran.err
    missing = bootstrap("plan --integration datadog-fleet --site datadoghq.com --external-id ext-1")
    assert missing.code == 64 and "datadog-fleet needs --organizational-unit" in missing.err


@pytest.mark.parametrize("named", [False, True])
def test_calls_grow_with_the_pages_of_stacksets_and_not_with_accounts(
    named: bool, bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    """Created, unchanged, with ten accounts more, looked at, with drift in three, and gone. The second fleet has 110
    accounts: two pages. All of the unit, or each named with --account."""

    def life(number: int) -> list[int]:
        ids = organization.add(number + 10)
        left = " ".join(f"--exclude {each}" for each in ids[number:])
        more = "--exclude ''"
        if named:
            left, more = (" ".join(f"--account {each}" for each in some) for some in (ids[:number], ids))
        create = f"create {DATADOG} --organizational-unit {organization.unit} --yes"
        found = []
        drift = "status --detect-drift"
        for line in (f"{create} {left}", f"{create} {left}", f"{create} {more}", "status", drift, "destroy --yes"):
            for account in ids[:3] if line == drift else ():
                role_in(account).max_session_duration = 7200
            with cloud.recorded() as calls:
                ran = bootstrap(line)
            assert ran.code == 0, ran.err
            assert line != drift or re.search(r"\d+ up to date, 3 drifted", ran.out)
            found.append(len(calls))
        assert [each for each in ids if role_in(each)] == []
        return found

    few, many = life(10), life(80)
    # How often it looks at an operation differs a little; a call for each account would be 90 more.
    assert all(other <= one + 10 for one, other in zip(few, many, strict=True)), (few, many)


def test_a_plan_in_a_file_says_who_gets_in_and_is_run_as_it_is(bootstrap: Bootstrap, organization: Organization) -> None:
    [account] = organization.add(1)
    plan = f"plan {DATADOG} --organizational-unit {organization.unit}"
    shown = bootstrap(f"{plan} --out plan.json")
    assert shown.code == 0, shown.err
    assert "From outside: account 464622532012 may assume DatadogIntegrationRole, with an external id" in shown.out
    assert ROLE in json.dumps(json.loads(Path("plan.json").read_text())["access"])
    ran = bootstrap("create --plan plan.json")
    assert ran.code == 0, ran.err
    assert external_id(account) == "ext-1"
