"""Stacks in accounts: what goes wrong in one of them, who else is at work, and that the same command goes on."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from bootstrap.aws.scope import Scope
from bootstrap.contract.faults import Killed
from bootstrap.core.difference import differences
from bootstrap.core.live import Outputs
from bootstrap.errors import AwsError
from bootstrap.resources.cloudformation import fleet
from bootstrap.resources.cloudformation.operations import StackSet, start
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet
from bootstrap.sandbox.moto.cloudformation import cloudformation_backends
from tests.conftest import MakeScope
from tests.support.organizations import ACCOUNTS, ELSEWHERE, OTHER_UNIT, UNIT, join, organize, suspend
from tests.support.samples import vendor_template
from tests.support.wire import Call, Carry, Wire, answer, error_answer

ONE, TWO, THREE = ACCOUNTS
SET = CloudFormationStackSet(name="fleet", template=vendor_template(), capabilities=["CAPABILITY_NAMED_IAM"])
ALL = CloudFormationStackInstances(stack_set="fleet", region="us-east-1", organizational_units=[UNIT])

EMPTY = "<Response><ListStackInstancesResult><Summaries/></ListStackInstancesResult></Response>"


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    """The administrator of an organization with three accounts in a unit, and a StackSet of ours without stacks."""
    made = scope()
    organize(made)
    SET.create(made)
    return made


def roles(account: str) -> dict[str, Any]:
    return {
        role.name: role
        for role in iam_backends[account]["aws"].roles.values()
        if role.name != "OrganizationAccountAccessRole"
    }


def rollout(wanted: CloudFormationStackInstances, here: Scope) -> Outputs:
    return wanted.ready(here, wanted.create(here).outputs)


def again(wanted: CloudFormationStackInstances, here: Scope, outputs: Outputs) -> Outputs:
    """What the next run does with what the last one left."""
    live = wanted.read(here, outputs)
    assert live is not None
    return wanted.ready(here, wanted.update(here, outputs, differences(wanted, live)))


def operations(here: Scope) -> list[str]:
    return [
        item["Action"] for item in here.client("cloudformation").list_stack_set_operations(StackSetName="fleet")["Summaries"]
    ]


def take_name(account: str) -> Any:
    backend = iam_backends[account]["aws"]
    return backend.create_role("VendorRole", json.dumps({"Statement": []}), "/", None, "theirs", [], "3600")


def test_each_account_has_the_role_with_our_tags_and_the_administrator_has_none(here: Scope) -> None:
    outputs = rollout(ALL, here)
    assert outputs["accounts"] == ",".join(ACCOUNTS)
    for account in ACCOUNTS:
        tags = {tag["Key"]: tag["Value"] for tag in roles(account)["VendorRole"].tags}
        assert tags == here.owner.tags()
    assert "VendorRole" not in roles(here.account.id)
    assert "VendorRole" not in roles(ELSEWHERE)


def test_a_name_that_a_stranger_took_fails_in_that_account_and_the_next_run_goes_on_with_it(here: Scope) -> None:
    theirs = take_name(TWO)
    created = ALL.create(here)
    with pytest.raises(AwsError) as caught:
        ALL.ready(here, created.outputs)
    assert f"{TWO}: ResourceLogicalId:Role" in caught.value.advice
    assert "already exists" in caught.value.advice
    assert roles(TWO) == {"VendorRole": theirs}  # nothing of theirs was touched
    assert theirs.description == "theirs"
    live = ALL.read(here, created.outputs)
    assert live is not None
    assert [item.field for item in differences(ALL, live)] == ["status"]
    assert any(TWO in note for note in live.notes)
    iam_backends[TWO]["aws"].delete_role("VendorRole")
    assert again(ALL, here, created.outputs)["accounts"] == ",".join(ACCOUNTS)
    assert all("VendorRole" in roles(account) for account in ACCOUNTS)


def test_what_stops_after_the_first_failure_is_canceled_and_told_after_it(here: Scope) -> None:
    take_name(ONE)
    created = ALL.create(here)
    with pytest.raises(AwsError, match="failed in 3 accounts") as caught:
        ALL.ready(here, created.outputs)
    first, second, third, *_ = caught.value.advice.splitlines()
    assert first.startswith(f"{ONE}: ResourceLogicalId")
    assert (second, third) == (f"{TWO}: cancelled", f"{THREE}: cancelled")


def test_a_suspended_account_is_skipped_which_is_no_difference_unless_others_wait_for_it(here: Scope) -> None:
    suspend(here, THREE)
    outputs = rollout(ALL, here)
    live, first = ALL.read(here, outputs), replace(ALL, comes_first=True).read(here, outputs)
    assert live is not None and first is not None
    assert (live.properties["status"], first.properties["status"]) == ("CURRENT", "OUTDATED")
    assert live.notes == (f"{THREE}: the account is suspended, so CloudFormation skips it",)
    assert "VendorRole" not in roles(THREE)


def move(here: Scope, number: str, unit: str) -> None:
    account = next(each for each in organizations_backends[here.account.id]["aws"].accounts if each.id == number)
    account.parent_id = unit


def run_printed(advice: str, here: Scope) -> None:
    """What the printed command of the AWS CLI does."""
    [line] = [part for part in advice.splitlines() if "aws cloudformation delete-stack-instances" in part]
    words = shlex.split(line.partition(": aws ")[2])
    given = {word: words[at + 1] for at, word in enumerate(words[:-1]) if word.startswith("--")}
    units, accounts, chosen = re.fullmatch(
        "OrganizationalUnitIds=(.*),Accounts=(.*),AccountFilterType=(.*)", given["--deployment-targets"]
    ).groups()  # type: ignore[union-attr]
    here.client("cloudformation").delete_stack_instances(
        StackSetName=given["--stack-set-name"],
        Regions=[given["--regions"]],
        RetainStacks="--retain-stacks" in words,
        DeploymentTargets={
            "OrganizationalUnitIds": units.split(","),
            "Accounts": accounts.split(","),
            "AccountFilterType": chosen,
        },
    )


def test_an_account_that_was_closed_keeps_its_stack_until_the_printed_command_gives_it_up(here: Scope) -> None:
    outputs = rollout(ALL, here)
    suspend(here, THREE)
    with pytest.raises(AwsError, match=r"^1 stack of StackSet fleet could not be deleted") as caught:
        ALL.delete(here, outputs)
    assert f"{THREE}: the account is suspended, so CloudFormation skips it" in caught.value.advice
    assert f"Where {THREE} is closed, or a stack cannot be repaired" in caught.value.advice
    assert "VendorRole" in roles(THREE) and "VendorRole" not in roles(ONE)
    run_printed(caught.value.advice, here)
    ALL.delete(here, outputs)
    assert ALL.read(here, outputs) is None
    SET.delete(here, {})


def test_a_closed_account_can_be_left_out_once_its_stack_is_given_up(here: Scope) -> None:
    suspend(here, THREE)
    outputs = rollout(ALL, here)
    without = replace(ALL, accounts=[THREE], account_filter="DIFFERENCE")
    with pytest.raises(AwsError, match="could not be deleted") as caught:
        again(without, here, outputs)
    run_printed(caught.value.advice, here)
    outputs = again(without, here, outputs)
    live = without.read(here, outputs)
    assert live is not None
    assert differences(without, live) == ()


def test_an_account_that_was_moved_to_another_unit_is_named_and_is_deleted_once_it_is_back(here: Scope) -> None:
    outputs = rollout(ALL, here)
    move(here, TWO, OTHER_UNIT)
    with pytest.raises(AwsError, match="1 stack of StackSet fleet could not be deleted") as caught:
        ALL.delete(here, outputs)
    assert f"{TWO}: it is no longer in {UNIT}" in caught.value.advice
    assert "Move an account back into its unit" in caught.value.advice
    assert "retain-stacks" not in caught.value.advice
    move(here, TWO, UNIT)
    ALL.delete(here, outputs)
    assert ALL.read(here, outputs) is None and not roles(TWO)


@pytest.mark.parametrize("told", [True, False], ids=["Organizations tells", "it may not be asked"])
def test_an_account_that_left_the_organization_is_named_and_the_printed_command_gives_it_up(
    told: bool, here: Scope, cloud: Wire
) -> None:
    outputs = rollout(ALL, here)
    organization = organizations_backends[here.account.id]["aws"]
    organization.accounts[:] = [each for each in organization.accounts if each.id != TWO]
    if not told:
        cloud.refuse("DescribeAccount", "AccessDeniedException", status=400)
    with pytest.raises(AwsError, match="1 stack of StackSet fleet could not be deleted") as caught:
        ALL.delete(here, outputs)
    assert f"{TWO}: it left the organization{'' if told else f' or {UNIT}'}" in caught.value.advice
    assert f"Where {TWO} is closed or outside the organization" in caught.value.advice
    run_printed(caught.value.advice, here)
    ALL.delete(here, outputs)
    assert ALL.read(here, outputs) is None and "VendorRole" in roles(TWO)
    SET.delete(here, {})


def test_a_list_that_still_shows_deleted_stacks_is_read_again(here: Scope, cloud: Wire) -> None:
    outputs = rollout(ALL, here)
    answers: list[Any] = []

    def stale(call: Call, carry: Carry) -> Any:
        answers.append(carry())
        return answers[0]

    cloud.trick("ListStackInstances", stale, times=4)
    ALL.delete(here, outputs)
    assert len(answers) == 4 and not roles(ONE)


def test_a_list_that_does_not_show_new_stacks_yet_is_read_again(here: Scope, cloud: Wire) -> None:
    created = ALL.create(here)
    cloud.trick("ListStackInstances", lambda call, carry: answer(EMPTY), times=2)
    with cloud.recorded() as calls:
        assert ALL.ready(here, created.outputs)["accounts"] == ",".join(ACCOUNTS)
    assert [each.operation for each in calls].count("ListStackInstances") == 3


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (
            replace(ALL, accounts=[ONE, ELSEWHERE, "123456789012"], account_filter="INTERSECTION"),
            f"123456789012, {ELSEWHERE}",
        ),
        (replace(ALL, organizational_units=["ou-ab12-33333333"]), "ou-ab12-33333333"),
    ],
    ids=["named accounts", "a unit without accounts"],
)
def test_an_account_that_is_not_in_the_units_is_no_success(
    wanted: CloudFormationStackInstances, named: str, scope: MakeScope
) -> None:
    here = scope()
    organize(here, {UNIT: ACCOUNTS, OTHER_UNIT: (ELSEWHERE,), "ou-ab12-33333333": ()})
    SET.create(here)
    with pytest.raises(AwsError, match=f"CloudFormation found no account for {named}$"):
        rollout(wanted, here)


def test_an_account_in_which_a_service_control_policy_denies_it_says_so(here: Scope) -> None:
    client = here.client("organizations")
    denying = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]})
    policy = client.create_policy(Content=denying, Description="", Name="no-iam", Type="SERVICE_CONTROL_POLICY")["Policy"]
    client.attach_policy(PolicyId=policy["PolicySummary"]["Id"], TargetId=TWO)
    created = ALL.create(here)
    with pytest.raises(AwsError) as caught:
        ALL.ready(here, created.outputs)
    assert f"{TWO}: Not authorized to perform: iam:CreateRole" in caught.value.advice
    client.detach_policy(PolicyId=policy["PolicySummary"]["Id"], TargetId=TWO)
    again(ALL, here, created.outputs)
    assert "VendorRole" in roles(TWO)


def test_an_operation_that_was_stopped_is_taken_up_by_the_next_run(here: Scope) -> None:
    created = ALL.create(here)
    client = here.client("cloudformation")
    running = client.list_stack_set_operations(StackSetName="fleet")["Summaries"][0]["OperationId"]
    client.stop_stack_set_operation(StackSetName="fleet", OperationId=running)
    with pytest.raises(AwsError, match="failed in"):
        ALL.ready(here, created.outputs)
    again(ALL, here, created.outputs)
    assert all("VendorRole" in roles(account) for account in ACCOUNTS)


def test_a_run_that_was_killed_is_joined_and_nothing_is_started_twice(here: Scope, cloud: Wire) -> None:
    ALL.create(here)  # and nobody waits
    outputs = rollout(ALL, here)
    assert outputs["accounts"] == ",".join(ACCOUNTS)
    assert operations(here) == ["CREATE"]


def test_what_a_killed_run_began_with_other_inputs_is_waited_for_and_then_done_as_desired_now(here: Scope) -> None:
    replace(ALL, accounts=[ONE], account_filter="INTERSECTION").create(here)  # and nobody waits
    assert rollout(ALL, here)["accounts"] == ",".join(ACCOUNTS)
    assert operations(here) == ["CREATE", "CREATE"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["CreateStackInstances", "ListStackSetOperations", "ListStackInstances"])
def test_wherever_a_rollout_is_killed_the_next_one_completes_it(
    operation: str, after: bool, here: Scope, cloud: Wire
) -> None:
    def die(call: Any, carry: Any) -> Any:
        if after:
            carry()
        raise Killed

    cloud.trick(operation, die)
    with pytest.raises(Killed):
        rollout(ALL, here)
    live = ALL.read(here, {})
    outputs = again(ALL, here, live.outputs) if live else rollout(ALL, here)
    assert outputs["accounts"] == ",".join(ACCOUNTS)
    assert fleet.rows(here, "fleet") == [row for row in fleet.rows(here, "fleet") if row.is_current]


def test_an_operation_of_somebody_else_is_waited_for(scope: MakeScope, here: Scope) -> None:
    other = CloudFormationStackInstances(stack_set="fleet", region="us-east-1", organizational_units=[OTHER_UNIT])
    other.create(scope(lineage="fedcba9876543210"))
    said: list[str] = []
    rollout(ALL, replace(here, progress=said.append))
    assert any(
        "(CREATE) of StackSet fleet is running. To look at it: aws cloudformation list-stack-set-operation-results" in line
        for line in said
    )
    assert [row.account for row in fleet.rows(here, "fleet")] == [*ACCOUNTS, ELSEWHERE]


@pytest.mark.parametrize("there", [{}, {"ExternalId": "theirs"}], ids=["lost", "changed by somebody"])
def test_values_of_its_own_are_read_and_set_back_and_only_those(there: dict[str, str], here: Scope, cloud: Wire) -> None:
    own = replace(ALL, accounts=[TWO], account_filter="INTERSECTION", overrides={"ExternalId": "own"})
    others = replace(ALL, accounts=[TWO], account_filter="DIFFERENCE")
    deployed, outputs = rollout(own, here), rollout(others, here)
    [stack_set] = cloudformation_backends[here.account.id]["us-east-1"].sets
    stack_set.instances[TWO, "us-east-1"].overrides = there
    with cloud.recorded() as calls:
        live = own.read(here.fresh(), deployed)
        assert others.read(here.fresh(), outputs) is not None
    assert [each.operation for each in calls].count("DescribeStackInstance") == 1
    assert live is not None
    [difference] = differences(own, live)
    assert (difference.field, difference.before) == ("overrides", there)
    again(own, here, deployed)
    assert stack_set.instances[TWO, "us-east-1"].overrides == own.overrides


def test_the_wait_for_what_others_do_grows_with_their_operations_and_accounts(
    here: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout(ALL, here)
    client, waits = here.client("cloudformation"), list[float]()
    for _ in range(2):
        client.detect_stack_set_drift(StackSetName="fleet")

    def wait(self: Scope, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        while state():
            waits.append(longer() if callable(longer) else longer)

    monkeypatch.setattr(Scope, "wait", wait)
    start(here, StackSet("fleet"), "detect_stack_set_drift")
    assert waits[0] == 15 + 3 / 4 and max(waits) == 2 * (15 + 3 / 4)


@pytest.mark.parametrize("code", ["StaleRequestException", "OperationInProgressException"])
def test_where_somebody_was_faster_it_looks_again_and_starts_one_operation(code: str, here: Scope, cloud: Wire) -> None:
    cloud.trick("CreateStackInstances", lambda call, carry: error_answer(call, code, "another operation", 409))
    assert rollout(ALL, here)["accounts"] == ",".join(ACCOUNTS)
    assert operations(here) == ["CREATE"]


def test_drift_detection_that_runs_is_waited_for(here: Scope) -> None:
    one = replace(ALL, accounts=[ONE], account_filter="INTERSECTION")
    rollout(one, here)
    here.client("cloudformation").detect_stack_set_drift(StackSetName="fleet")
    said: list[str] = []
    rollout(replace(ALL, accounts=[ONE], account_filter="DIFFERENCE"), replace(here, progress=said.append))
    assert any("(DETECT_DRIFT) of StackSet fleet is running" in line for line in said)
    assert operations(here) == ["CREATE", "DETECT_DRIFT", "CREATE"]


def test_an_operation_that_does_not_end_is_an_error_with_its_id(here: Scope, cloud: Wire) -> None:
    client = here.client("cloudformation")
    client.create_stack_instances(
        StackSetName="fleet",
        DeploymentTargets={"OrganizationalUnitIds": [UNIT]},
        Regions=["us-east-1"],
        OperationId="theirs",
    )
    hurried = replace(here, aws=here.aws)
    hurried.aws.timing = replace(here.timing, propagation=0.01)
    stuck = "<Summaries><member><OperationId>theirs</OperationId><Action>CREATE</Action><Status>RUNNING</Status>"
    stuck += "<CreationTimestamp>2026-01-01T00:00:00Z</CreationTimestamp></member></Summaries>"
    text = f"<R><ListStackSetOperationsResult>{stuck}</ListStackSetOperationsResult></R>"
    cloud.trick("ListStackSetOperations", lambda call, carry: answer(text), 500)
    with pytest.raises(AwsError, match="still: operation theirs"):
        ALL.create(hurried)


def test_progress_tells_how_many_accounts_are_done_and_which_failed(here: Scope) -> None:
    take_name(ONE)
    said: list[str] = []
    with pytest.raises(AwsError):
        rollout(replace(ALL, preferences={"failure_tolerance_count": 2}), replace(here, progress=said.append))
    assert any("accounts done" in line and f"1 failed; {ONE}: ResourceLogicalId:Role" in line for line in said)


def test_an_account_that_is_excluded_later_loses_its_stack_and_comes_back(here: Scope) -> None:
    outputs = rollout(ALL, here)
    without = replace(ALL, accounts=[TWO], account_filter="DIFFERENCE")
    outputs = again(without, here, outputs)
    assert outputs["accounts"] == f"{ONE},{THREE}"
    assert "VendorRole" not in roles(TWO)
    assert again(ALL, here, outputs)["accounts"] == ",".join(ACCOUNTS)
    assert operations(here) == ["CREATE", "DELETE", "CREATE"]


def test_two_groups_below_one_set_know_their_own_accounts(here: Scope) -> None:
    first = replace(ALL, accounts=[ONE], account_filter="INTERSECTION", overrides={"ExternalId": "one"})
    rest = replace(ALL, accounts=[ONE], account_filter="DIFFERENCE")
    mine, theirs = rollout(first, here), rollout(rest, here)
    assert (mine["accounts"], theirs["accounts"]) == (ONE, f"{TWO},{THREE}")
    assert [roles(each)["VendorRole"].description for each in ACCOUNTS] == ["For one", "For id", "For id"]
    changed = replace(first, overrides={"ExternalId": "another"})
    again(changed, here, mine)
    assert [roles(each)["VendorRole"].description for each in ACCOUNTS] == ["For another", "For id", "For id"]
    first.delete(here, mine)
    assert [row.account for row in fleet.rows(here, "fleet")] == [TWO, THREE]


def test_a_stack_that_cannot_be_deleted_is_named_and_the_next_delete_completes_it(here: Scope) -> None:
    outputs = rollout(ALL, here)
    iam = iam_backends[TWO]["aws"]
    iam.create_instance_profile("theirs", "/", ["VendorRole"], [])
    with pytest.raises(AwsError, match="2 stacks of StackSet fleet could not be deleted") as caught:
        ALL.delete(here, outputs)
    assert f"{TWO}: Cannot delete entity" in caught.value.advice
    iam.delete_instance_profile("theirs", ignore_attached_roles=True)
    ALL.delete(here, outputs)
    assert ALL.read(here, outputs) is None
    assert not roles(TWO)


def test_accounts_that_joined_get_a_stack_with_automatic_deployment_and_those_that_left_are_explained(here: Scope) -> None:
    SET.delete(here, {})
    replace(SET, auto_deployment=True, retain_on_account_removal=True).create(here)
    outputs = rollout(ALL, here)
    join(here, "555555555555", UNIT)
    ALL.ready(here, outputs)
    outputs = ALL.ready(here, outputs)
    assert outputs["accounts"] == ",".join((*ACCOUNTS, "555555555555"))
    gone = next(each for each in organizations_backends[here.account.id]["aws"].accounts if each.id == TWO)
    gone.parent_id = "r-none"
    fleet.rows(here, "fleet")
    live = ALL.read(here, outputs)
    assert live is not None
    assert live.notes == (
        f"{TWO}: it left the organization or the unit, or somebody took it off the StackSet: its stack may still be there, "
        "and nobody updates it",
    )
    assert "VendorRole" in roles(TWO)


def test_self_managed_accounts_are_named_and_need_the_execution_role(scope: MakeScope) -> None:
    here = scope()
    replace(SET, permission_model="SELF_MANAGED", execution_role_name="Deployer").create(here)
    wanted = CloudFormationStackInstances(
        stack_set="fleet", region="us-east-1", accounts=[ONE, TWO], permission_model="SELF_MANAGED"
    )
    iam_backends[ONE]["aws"].create_role("Deployer", json.dumps({"Statement": []}), "/", None, "", [], "3600")
    created = wanted.create(here)
    with pytest.raises(AwsError) as caught:
        wanted.ready(here, created.outputs)
    assert f"{TWO}: Account {TWO} should have 'Deployer' role" in caught.value.advice
    iam_backends[TWO]["aws"].create_role("Deployer", json.dumps({"Statement": []}), "/", None, "", [], "3600")
    outputs = again(wanted, here, created.outputs)
    fewer = replace(wanted, accounts=[ONE])
    assert again(fewer, here, outputs)["accounts"] == ONE


def test_an_account_that_joins_just_before_a_destroy_keeps_nothing(here: Scope) -> None:
    SET.delete(here, {})
    auto = replace(SET, auto_deployment=True)
    auto.create(here)
    outputs = rollout(ALL, here)
    join(here, "555555555555", UNIT)
    ALL.delete(here, outputs)
    auto.delete(here, {})
    assert [account for account in (*ACCOUNTS, "555555555555") if "VendorRole" in roles(account)] == []
    assert auto.read(here, {}) is None


def test_a_stack_that_became_inoperable_is_named_by_the_next_create_until_it_is_given_up(here: Scope) -> None:
    outputs = rollout(ALL, here)
    iam = iam_backends[TWO]["aws"]
    iam.create_instance_profile("theirs", "/", ["VendorRole"], [])
    with pytest.raises(AwsError, match="could not be deleted"):
        ALL.delete(here, outputs)
    with pytest.raises(AwsError, match="failed in 1 account") as caught:
        again(ALL, here, outputs)
    assert f"{TWO}: Cannot delete entity" in caught.value.advice
    run_printed(caught.value.advice, here)
    iam.delete_instance_profile("theirs", ignore_attached_roles=True)
    iam.delete_role("VendorRole")
    outputs = again(replace(ALL, accounts=[TWO], account_filter="DIFFERENCE"), here, outputs)
    assert again(ALL, here, outputs)["accounts"] == ",".join(ACCOUNTS)


def test_an_account_that_joined_gets_its_stack_once_it_was_left_out_and_is_no_longer(here: Scope) -> None:
    outputs = rollout(ALL, here)
    join(here, "555555555555", UNIT)
    assert again(ALL, here, outputs) == outputs
    without = replace(ALL, accounts=["555555555555"], account_filter="DIFFERENCE")
    outputs = again(without, here, outputs)
    assert outputs["accounts"] == ",".join(ACCOUNTS)
    assert again(ALL, here, outputs)["accounts"] == ",".join((*ACCOUNTS, "555555555555"))


def test_automatic_deployment_gives_a_stack_to_who_is_left_out_and_the_next_run_or_a_destroy_takes_it_off(
    here: Scope,
) -> None:
    client = here.client("cloudformation")
    auto = {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    client.update_stack_set(StackSetName="fleet", UsePreviousTemplate=True, AutoDeployment=auto)
    late = "555555555555"
    wanted = replace(ALL, accounts=[TWO, late], account_filter="DIFFERENCE", left_out=[late])
    others = replace(ALL, accounts=[TWO], account_filter="INTERSECTION")
    rollout(others, here)
    outputs = rollout(wanted, here)

    def joins() -> None:
        join(here, late, UNIT)
        operations(here)
        live = wanted.read(here, outputs)
        assert live is not None and live.properties["status"] == "OUTDATED"
        assert f"{late}: it is left out, and has a stack all the same" in live.notes
        assert wanted.displaces(live, {"status"}) == (f"the stack in account {late}",)

    joins()
    assert again(wanted, here, outputs)["accounts"] == f"{ONE},{THREE}"
    assert "VendorRole" not in roles(late) and "VendorRole" in roles(TWO)
    move(here, late, OTHER_UNIT)
    operations(here)
    move(here, late, UNIT)
    operations(here)
    wanted.delete(here, outputs)
    assert [row.account for row in fleet.rows(here, "fleet")] == [TWO]
