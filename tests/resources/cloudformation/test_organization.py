"""What Organizations says before the first change of units and accounts that are not there; what it does not say stops
nothing."""

from dataclasses import replace

import pytest
from moto.organizations.models import organizations_backends

from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT
from bootstrap.core.cloud import Planned
from bootstrap.core.graph import Node
from bootstrap.core.live import Obstacle
from bootstrap.permissions.operator import needs_of_nodes
from bootstrap.resources.cloudformation.organization import MOST_ASKED, whereabouts
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet
from tests.conftest import MakeScope
from tests.support.organizations import ACCOUNTS, ELSEWHERE, OTHER_UNIT, UNIT, join, organize, suspend
from tests.support.samples import vendor_template
from tests.support.wire import Wire, error_answer

ONE, TWO, THREE = ACCOUNTS
NOBODY = "999999999999"
NO_UNIT = "ou-ab12-99999999"
ALL = CloudFormationStackInstances(stack_set="fleet", region="us-east-1", organizational_units=[UNIT])
SOME = replace(ALL, accounts=[ONE, TWO], account_filter="INTERSECTION")


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    made = scope()
    organize(made)
    return made


def said(found: CloudFormationStackInstances | CloudFormationStackSet, here: Scope) -> list[tuple[str, bool]]:
    return [(each.what, each.stops) for each in found.precheck(here)]


def root(here: Scope) -> str:
    return str(here.client("organizations").list_roots()["Roots"][0]["Id"])


def test_what_exists_is_no_obstacle(here: Scope) -> None:
    assert said(ALL, here) == said(SOME, here) == []
    assert said(replace(SOME, organizational_units=[UNIT, OTHER_UNIT], accounts=[ONE, ELSEWHERE]), here) == []
    assert said(replace(SOME, organizational_units=[root(here)]), here) == []


def test_a_unit_or_a_root_that_does_not_exist_stops_the_plan(here: Scope) -> None:
    wrong = replace(ALL, organizational_units=[UNIT, NO_UNIT, "r-zz99"])
    first, second = wrong.precheck(here)
    assert first.stops and first.what == f"there is no organizational unit {NO_UNIT} in this organization"
    assert first.advice.endswith(
        "aws organizations list-organizational-units-for-parent --parent-id r-ab12 --region us-east-1"
    )
    assert second == Obstacle(
        "r-zz99 is not the root of this organization", f"Correct --organizational-unit. The root is {root(here)}."
    )


def test_an_account_that_cannot_get_a_stack_stops_the_plan(here: Scope) -> None:
    assert said(replace(SOME, accounts=[ONE, NOBODY, ELSEWHERE]), here) == [
        (f"account {NOBODY} is not in this organization", True),
        (f"account {ELSEWHERE} is in none of the organizational units", True),
    ]
    organizations_backends[here.account.id]["aws"].accounts[0].id = here.account.id
    [(what, stops)] = said(replace(SOME, accounts=[here.account.id]), here)
    assert stops and what.startswith(f"account {here.account.id} is the management account")


def test_a_suspended_account_is_told_of_and_cannot_be_the_canary(here: Scope) -> None:
    suspend(here, TWO)
    skipped = f"account {TWO} is suspended, so CloudFormation skips it"
    assert said(SOME, here) == [(skipped, False)]
    assert said(replace(SOME, accounts=[TWO], comes_first=True), here) == [(f"{skipped}: it cannot be the canary", True)]
    stack_set = CloudFormationStackSet(name="fleet", template=vendor_template(), canary=TWO)
    assert said(stack_set, here) == []  # the stacks say it when they are new
    updated = replace(here, planned=Planned(changed_fields=frozenset({"template"})))
    assert said(stack_set, updated) == [(f"{skipped}: it cannot be the canary", True)]
    assert said(replace(stack_set, canary=""), updated) == []


def test_an_account_that_is_being_closed_is_told_of_too(here: Scope) -> None:
    account = next(each for each in organizations_backends[here.account.id]["aws"].accounts if each.id == TWO)
    account.status = account.state = "PENDING_CLOSURE"
    assert said(SOME, here) == [(f"account {TWO} is being closed, so CloudFormation skips it", False)]
    assert whereabouts(here, [TWO], [UNIT]) == {TWO: "it is being closed"}


def test_an_account_that_is_left_out_and_nobody_knows_is_only_told_of(here: Scope) -> None:
    wrong = replace(ALL, accounts=[ONE, NOBODY], account_filter="DIFFERENCE")
    assert said(wrong, here) == [(f"account {NOBODY} is left out, and is not in this organization", False)]


@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException"])
def test_what_may_not_be_read_stops_nothing(code: str, here: Scope, cloud: Wire) -> None:
    cloud.between = lambda call, carry: error_answer(call, code, "No", 400) if call.service == "organizations" else carry()
    assert said(replace(SOME, organizational_units=[NO_UNIT, "r-zz99"], accounts=[NOBODY]), here) == []


def test_very_many_accounts_are_looked_for_in_the_pages_of_all_and_none_without_an_organization(
    here: Scope, cloud: Wire
) -> None:
    many = [f"{number:012}" for number in range(MOST_ASKED + 11)]
    for number in many[1:]:
        join(here, number, UNIT)
    alone = replace(ALL, organizational_units=[], accounts=many[1:3], permission_model="SELF_MANAGED")
    with cloud.recorded() as calls:
        wrong = [(f"account {many[0]} is not in this organization", True)]
        assert said(replace(SOME, accounts=many), here) == wrong
        assert said(alone, here) == []
    assert sorted(call.operation for call in calls) == ["DescribeOrganizationalUnit", "ListAccounts", "ListAccounts"]
    cloud.refuse("ListAccounts", "AccessDeniedException", status=400)
    assert said(replace(SOME, accounts=many), here) == []


def test_where_an_account_went_is_told_as_far_as_it_can_be_read(here: Scope, cloud: Wire) -> None:
    suspend(here, TWO)
    asked = [ONE, TWO, ELSEWHERE, NOBODY]
    assert whereabouts(here, asked, [UNIT]) == {
        ONE: "",
        TWO: "it is suspended",
        ELSEWHERE: f"it is no longer in {UNIT}",
        NOBODY: "it left the organization",
    }
    cloud.refuse("DescribeAccount", "AccessDeniedException", status=400, times=4)
    assert whereabouts(here.fresh(), asked, [UNIT]) == {}


def test_the_operators_policy_names_the_units_and_roots_only_where_one_is_given(here: Scope) -> None:
    def reads(units: list[str]) -> set[tuple[str, str]]:
        nodes = [Node("stacks", replace(ALL, organizational_units=units), DEFAULT, ())]
        needs = needs_of_nodes(nodes, {DEFAULT: here.account}, "test")
        return {(need.action.partition(":")[2], need.arn) for need in needs if need.action.startswith("organizations:")}

    account = ("DescribeAccount", "arn:aws:organizations::*:account/o-*/*")
    unit = ("DescribeOrganizationalUnit", f"arn:aws:organizations::*:ou/o-*/{UNIT}")
    assert reads([UNIT]) == {account, unit}
    named = replace(SOME, accounts=[f"{number:012}" for number in range(MOST_ASKED + 1)])
    needs = needs_of_nodes([Node("stacks", named, DEFAULT, ())], {DEFAULT: here.account}, "test")
    assert ("organizations:ListAccounts", "*") in {(need.action, need.arn) for need in needs}
    assert reads(["r-ab12"]) == {account, ("ListRoots", "*")}
