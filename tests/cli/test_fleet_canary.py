"""The account of a fleet that comes first, where nobody names it."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.cli.conftest import Bootstrap
from tests.cli.test_fleet import CREATED, DATADOG, Organization
from tests.support.wire import Wire, error_answer


@pytest.fixture
def organization(cloud: Wire) -> Organization:
    return Organization()


def test_one_account_of_the_units_comes_first_and_stays_the_first(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    """Whoever names none gets one: the plan names it, and neither a new account nor a project file changes it."""
    below = organization.client.create_organizational_unit(ParentId=organization.unit, Name="below")["OrganizationalUnit"]
    create = f"create {DATADOG} --organizational-unit {organization.unit} --yes"
    empty = bootstrap(create)
    assert empty.code == 1 and f"no account in {organization.unit} can get a stack" in empty.err
    ids = organization.add(3)
    for account in ids:
        organization.client.move_account(
            AccountId=account, SourceParentId=organization.unit, DestinationParentId=below["Id"]
        )
    organization.client.close_account(AccountId=ids[0])
    first = ids[1]
    with cloud.recorded() as calls:
        ran = bootstrap(create)
    assert ran.code == 0, ran.err
    made = [dict(parse_qsl(each.body)) for each in calls if each.operation == CREATED]
    assert [each["DeploymentTargets.Accounts.member.1"] for each in made] == [first, first]
    assert [each["DeploymentTargets.AccountFilterType"] for each in made] == ["INTERSECTION", "DIFFERENCE"]

    smaller = sorted(organization.add(4))[0]
    again = bootstrap(f"create --external-id ext-2 --yes --exclude {smaller}")
    assert again.code == 0 and f"updating the stack in {first}" in again.err
    assert f"Account {first} comes first" in again.err
    inputs = f'site = "datadoghq.com"\nexternal_id = "ext-2"\norganizational_unit = ["{organization.unit}"]\n'
    project = f'[deployments.datadog-fleet]\nintegration = "datadog-fleet"\n[deployments.datadog-fleet.inputs]\n{inputs}'
    Path("bootstrap.toml").write_text(f'{project}exclude = ["{smaller}"]\n')
    with cloud.recorded() as calls:
        unchanged = bootstrap("plan")
    assert "No changes" in unchanged.out and "ListAccountsForParent" not in {each.operation for each in calls}


def test_a_fleet_in_which_no_account_came_first_gets_no_canary_later(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    organization.add(2)
    assert bootstrap(f"create {DATADOG} --organizational-unit {organization.unit} --canary none --yes").code == 0
    state = Path(".bootstrap/datadog-fleet.json")
    content = json.loads(state.read_text())
    content["inputs"]["canary"] = None  # as if nobody had been asked
    state.write_text(json.dumps(content))
    again = bootstrap("plan")
    assert "No changes" in again.out and "no account comes first" in again.err, again.out


def test_who_may_not_ask_for_the_accounts_of_a_unit_names_the_one_that_comes_first(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    organization.add(1)
    cloud.between = lambda call, carry: (
        error_answer(call, "AccessDeniedException", "No", 400) if call.operation == "ListAccountsForParent" else carry()
    )
    refused = bootstrap(f"plan {DATADOG} --organizational-unit {organization.unit}")
    assert refused.code == 1 and "one account is to come first" in refused.err and "--canary ID" in refused.err
    assert bootstrap(f"plan {DATADOG} --organizational-unit {organization.unit} --canary none").code == 0


def test_the_operator_may_ask_for_accounts_only_where_one_is_looked_up(bootstrap: Bootstrap) -> None:
    wanted = f"permissions {DATADOG} --organizational-unit ou-abcd-12345678"
    asked = {"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"}
    for options, allowed in {"": asked, "--canary none": set(), "--account 111111111111": set()}.items():
        statements = bootstrap(f"{wanted} {options}").json["Statement"]
        assert asked & {action for each in statements for action in each["Action"]} == allowed
