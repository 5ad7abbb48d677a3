"""A StackSet: what is sent again, what of others stays, and what has to be there before."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from bootstrap.aws.scope import Scope
from bootstrap.contract.authorization import Check, Operator
from bootstrap.core.account import DEFAULT
from bootstrap.core.difference import differences
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.search_filter import SearchFilter
from bootstrap.errors import AwsError
from bootstrap.permissions.operator import Need, needs_of_nodes, of_verb
from bootstrap.resources.cloudformation.drift import detect
from bootstrap.resources.cloudformation.operations import StackSet
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet
from tests.conftest import MakeScope
from tests.support.organizations import ACCOUNTS, UNIT, organize
from tests.support.samples import STACK_SET, vendor_template
from tests.support.wire import Wire, error_answer

SET = replace(STACK_SET, auto_deployment=False)
ALL = CloudFormationStackInstances(stack_set=SET.name, region="us-east-1", organizational_units=[UNIT])


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    made = scope()
    organize(made)
    SET.create(made)
    return made


def read(wanted: CloudFormationStackSet, here: Scope) -> Live:
    live = wanted.read(here, {})
    assert live is not None
    return live


def test_a_template_that_is_the_same_json_is_no_difference_and_is_not_sent_again(here: Scope, cloud: Wire) -> None:
    spread = replace(SET, template=json.dumps(json.loads(SET.template), indent=4), description="For others")
    found = differences(spread, read(SET, here))
    assert [item.field for item in found] == ["description"]
    with cloud.recorded() as calls:
        spread.update(here, read(SET, here).outputs, found)
    [update] = [call for call in calls if call.operation == "UpdateStackSet"]
    assert "UsePreviousTemplate=true" in update.text
    assert "VendorRole" not in update.text


def test_tags_of_others_stay_when_ours_change(here: Scope) -> None:
    client = here.client("cloudformation")
    known = client.describe_stack_set(StackSetName=SET.name)["StackSet"]["Tags"]
    client.update_stack_set(StackSetName=SET.name, UsePreviousTemplate=True, Tags=[*known, {"Key": "cost", "Value": "7"}])
    other = replace(SET, tags={"team": "web"})
    other.update(here, read(SET, here).outputs, differences(other, read(SET, here), SET.properties()))
    live = read(other, here)
    assert live.properties["tags"] == {"team": "web", "cost": "7"}
    assert live.owner == here.owner


def test_an_update_that_fails_in_an_account_names_it(here: Scope) -> None:
    ALL.ready(here, ALL.create(here).outputs)
    here.client("organizations").close_account(AccountId=ACCOUNTS[0])  # suspended: skipped, and no failure
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    client = here.client("organizations")
    made = client.create_policy(Content=policy, Description="", Name="none", Type="SERVICE_CONTROL_POLICY")["Policy"]
    client.attach_policy(PolicyId=made["PolicySummary"]["Id"], TargetId=ACCOUNTS[1])
    other = replace(SET, template=vendor_template(7200))
    with pytest.raises(AwsError, match="updating the stacks of StackSet sample-fleet failed in 2 accounts") as caught:
        other.update(here, read(SET, here).outputs, differences(other, read(SET, here)))
    assert f"{ACCOUNTS[1]}: Not authorized to perform: iam:CreateRole" in caught.value.advice
    assert ACCOUNTS[0] not in caught.value.advice


def test_a_set_in_which_others_have_stacks_is_not_deleted_and_they_are_named(here: Scope) -> None:
    ALL.ready(here, ALL.create(here).outputs)
    with pytest.raises(AwsError, match="still has stacks in 3 accounts that this deployment did not add") as caught:
        SET.delete(here, read(SET, here).outputs)
    assert all(account in caught.value.advice for account in ACCOUNTS)


def test_whether_stack_sets_may_act_in_the_organization_is_known_before(scope: MakeScope) -> None:
    [obstacle] = SET.precheck(scope())
    assert "trusted access is not activated, or this account is in none" in obstacle.what
    assert "aws cloudformation activate-organizations-access --region us-east-1" in obstacle.advice
    assert SET.precheck(scope("eu-west-1", address="other"))
    organize(scope())
    assert list(SET.precheck(scope())) == []
    assert list(replace(SET, permission_model="SELF_MANAGED").precheck(scope())) == []


def test_a_delegated_administrator_says_so_in_every_call(here: Scope, cloud: Wire) -> None:
    other = replace(SET, name="delegated", call_as="DELEGATED_ADMIN")
    below = replace(ALL, stack_set="delegated", call_as="DELEGATED_ADMIN")
    with cloud.recorded() as calls:
        outputs = other.create(here).outputs
        instances = below.ready(here, below.create(here).outputs)
        detect(here, StackSet("delegated", "DELEGATED_ADMIN"))
        below.read(here, instances)
        below.delete(here, instances)
        other.delete(here, outputs)
    assert [call.name for call in calls if "CallAs=DELEGATED_ADMIN" not in call.text] == []


def test_the_sets_of_a_delegated_administrator_are_found_too(here: Scope, cloud: Wire) -> None:
    replace(SET, name="delegated", call_as="DELEGATED_ADMIN").create(here)

    def names() -> list[str]:
        listed = CloudFormationStackSet.list_tagged(here.fresh(), SearchFilter())
        return [outputs["name"] for outputs, tags in listed if Owner.from_tags(tags) == here.owner]

    assert names() == [SET.name, "delegated"]
    text = "You must be the management account or delegated admin account of an organization"
    for _ in range(2):  # whoever is neither has one list
        cloud.trick(
            "ListStackSets",
            lambda call, carry: error_answer(call, "ValidationError", text, 400) if "DELEGATED" in call.text else carry(),
        )
    assert names() == [SET.name]


@pytest.mark.parametrize("more", [0, 1])
def test_a_template_has_at_most_51200_bytes(more: int, here: Scope) -> None:
    content = {**json.loads(SET.template), "Description": "\u00e9"}
    empty = len(json.dumps(content, ensure_ascii=False).encode()) - 2
    content["Description"] = "\u00e9" + "x" * (51_200 - empty - 2 + more)
    full = replace(SET, name="f" * 128, template=json.dumps(content, ensure_ascii=False))
    assert len(full.template.encode()) == 51_200 + more
    assert len(full.validate(here.account)) == more
    assert len(replace(full, name="f" * 129).validate(here.account)) == more + 1
    if more:
        with pytest.raises(ClientError, match="ValidationError"):
            full.create(here)
    else:
        full.create(here)
        assert differences(full, read(full, here)) == ()


def test_the_roles_of_a_self_managed_one_are_sent_and_can_change(scope: MakeScope) -> None:
    here = scope()
    role = "arn:aws:iam::123456789012:role/Admin"
    wanted = replace(SET, permission_model="SELF_MANAGED", admin_role_arn=role, execution_role_name="Deployer")
    wanted.create(here)
    assert differences(wanted, read(wanted, here)) == ()
    other = replace(wanted, admin_role_arn=f"{role}2", execution_role_name="Other")
    other.update(here, {}, differences(other, read(wanted, here)))
    assert differences(other, read(other, here)) == ()


@pytest.mark.parametrize("call_as", ["SELF", "DELEGATED_ADMIN"])
def test_what_aws_checks_from_create_to_destroy_is_in_the_operators_policy(
    call_as: str, scope: MakeScope, cloud: Wire
) -> None:
    here, wanted, stacks = scope(), replace(SET, call_as=call_as), replace(ALL, call_as=call_as)
    organize(here)
    cloud.between = operator = Operator()
    wanted.precheck(here)
    wanted.create(here)
    outputs = stacks.ready(here, stacks.create(here).outputs)
    other = replace(wanted, template=vendor_template(7200), tags={"team": "web"})
    other.update(here, read(wanted, here).outputs, differences(other, read(wanted, here)))
    iam_backends[ACCOUNTS[1]]["aws"].get_role("VendorRole").assume_role_policy_document = "{}"
    fewer = replace(stacks, accounts=[ACCOUNTS[0]], account_filter="DIFFERENCE", overrides={"ExternalId": "9"})
    live = fewer.read(here, outputs)
    assert live is not None
    before = len(operator.made)
    detect(here, StackSet(SET.name, call_as))
    looked = operator.made[before:]
    outputs = fewer.ready(here, fewer.update(here, outputs, differences(fewer, live)))
    fewer.delete(here, outputs)
    wanted.delete(here, {})
    operator.watching = False
    nodes = [Node(name, item, DEFAULT, ()) for name, item in {"set": wanted, "stacks": stacks, "own": fewer}.items()]
    needs = needs_of_nodes(nodes, {DEFAULT: here.account}, "test")

    def missing(made: list[Check], allowed: list[Need]) -> list[Check]:
        return [
            check
            for check in made
            if not any(need.action == check.action and fnmatchcase(check.arn, need.arn) for need in allowed)
        ]

    assert missing(operator.made, needs) == []
    assert missing(looked, of_verb(needs, "status")) == []
    actions = {check.action.partition(":")[2] for check in operator.made}
    assert {"UpdateStackInstances", "TagResource", "ListStackInstanceResourceDrifts"} <= actions
    delegated = {need.action for need in needs if need.action.endswith("ListDelegatedAdministrators")}
    assert bool(delegated) is (call_as == "DELEGATED_ADMIN")
    sets = {need.arn.split(":")[4] for need in needs if ":stackset" in need.arn}
    assert sets == {"*" if delegated else here.account.id}
