"""A fleet of an integration: its inputs, its graph, its hand-off, and what cannot be one."""

import json
import re
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import BootstrapError, InputsMissing, UsageError
from bootstrap.fleet.integration import fleet_of
from bootstrap.fleet.template import template
from bootstrap.integrations import find, integrations, name_of, same
from bootstrap.resources.cloudformation.stack_set import LONGEST_TEMPLATE
from tests.support.inputs import ALL, example

A, B, C = "111111111111", "222222222222", "333333333333"
OU = "ou-abcd-12345678"
ROLE = f"arn:aws:iam::{A}:role/R"
GIVEN: dict[str, Any] = {"site": "datadoghq.com", "external_id": "ext-one", "organizational_unit": [OU]}


def fleet(**given: Any) -> Integration:
    found = find("datadog-fleet")
    assert found is not None
    return from_inputs(found, {**GIVEN, **given})


def built(of: Integration) -> tuple[Graph, Handoff]:
    graph = Graph([EXAMPLE])
    return graph, build(of, graph)


def properties(of: Integration) -> dict[str, dict[str, Any]]:
    return {address: node.resource.properties() for address, node in built(of)[0].nodes.items()}


def test_the_template_is_that_of_the_export_and_names_no_account() -> None:
    one = example("datadog")
    found = properties(fleet(external_id=getattr(one, "external_id", "")))["stack-set"]
    content = json.loads(found["template"])
    assert content["Resources"].keys() and EXAMPLE.id not in found["template"]
    assert content["Parameters"].keys() == found["parameters"].keys() == {"ExternalId"}
    assert (found["name"], found["permission_model"], found["capabilities"]) == (
        "datadog-fleet",
        "SERVICE_MANAGED",
        ["CAPABILITY_NAMED_IAM"],
    )


def test_the_reasons_of_policies_that_it_creates_itself_are_below_their_addresses() -> None:
    content = json.loads(properties(fleet(resource_collection=True))["stack-set"]["template"])
    [why] = [each["Metadata"]["Why"] for each in content["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert {"SecurityAudit", "collection-1"} <= why.keys()


def test_one_account_comes_first_then_the_rest_and_those_with_values_of_their_own() -> None:
    graph, _ = built(fleet(account=[A, B, C], account_values=f"account_id,external_id\n{C},own-id\n"))
    assert {address: node.depends_on for address, node in graph.nodes.items()} == {
        "stack-set": (),
        "canary": ("stack-set",),
        "accounts": ("canary", "stack-set"),
        f"account-{C}": ("canary", "stack-set"),
    }
    found = {address: node.resource.properties() for address, node in graph.nodes.items()}
    assert [found[each]["accounts"] for each in ("canary", "accounts", f"account-{C}")] == [[A], [B], [C]]
    assert found[f"account-{C}"]["overrides"] == {"ExternalId": "own-id"}
    assert found["accounts"]["overrides"] == {}
    assert [address for address, each in found.items() if each.get("comes_first")] == ["canary"]
    assert {each["account_filter"] for address, each in found.items() if address != "stack-set"} == {"INTERSECTION"}
    assert found["accounts"]["preferences"] == {
        "failure_tolerance_count": 0,
        "max_concurrent_count": 10,
        "concurrency_mode": "SOFT_FAILURE_TOLERANCE",
    }


def test_a_unit_without_named_accounts_is_all_of_it_but_what_has_a_place_of_its_own() -> None:
    assert properties(fleet())["accounts"]["account_filter"] == "NONE"
    found = properties(fleet(exclude=[B], canary=A, account_values=f"account_id,external_id\n{C},own-id\n"))
    assert (found["accounts"]["account_filter"], found["accounts"]["accounts"]) == ("DIFFERENCE", [A, B, C])
    assert found["canary"]["accounts"] == [A]


def test_without_an_organization_the_roles_are_named() -> None:
    role = f"arn:aws:iam::{EXAMPLE.id}:role/AWSCloudFormationStackSetAdministrationRole"
    found = properties(fleet(organizational_unit=[], account=[A, B], admin_role=role, execution_role="Execution"))
    assert found["stack-set"]["permission_model"] == "SELF_MANAGED"
    assert (found["stack-set"]["admin_role_arn"], found["stack-set"]["execution_role_name"]) == (role, "Execution")
    assert {each["account_filter"] for address, each in found.items() if address != "stack-set"} == {"NONE"}


def test_the_handoff_has_a_row_for_each_account() -> None:
    _, handoff = built(fleet(account=[A, B], account_values=f"account_id,external_id\n{B},own-id\n"))
    known = {"canary": A, f"account-{B}": B}
    filled = Handoff.from_json(handoff.to_json(), lambda address, name: known.get(address))
    assert filled.files["accounts.csv"].splitlines() == [
        "account_id,AWS account id,Role name,External id",
        f"{A},{A},DatadogIntegrationRole,ext-one",
        f"{B},{B},DatadogIntegrationRole,own-id",
    ]
    assert handoff.values["AWS account id"] == "<account>"
    assert any("bootstrap outputs accounts.csv" in step for step in filled.steps)


def test_an_input_that_every_account_has_in_the_file_need_not_be_given() -> None:
    rows = f"account_id,external_id\n{A},ext-a\n{B},ext-b\n"
    found = fleet(external_id=None, account=[A, B], account_values=rows)
    assert properties(found)["canary"]["overrides"] == {"ExternalId": "ext-a"}
    lacking = f"account_id,external_id\n{A},x1\n{B},\n"
    lacks: list[dict[str, Any]] = [{"account": [A, B, C]}, {"account": []}, {"account_values": lacking}]
    for missing in lacks:
        with pytest.raises(InputsMissing, match="--external-id"):
            fleet(external_id=None, **{"account": [A, B], "account_values": rows, **missing})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"organizational_unit": []}, "datadog-fleet needs --organizational-unit"),
        ({"admin_role": ROLE, "organizational_unit": []}, "needs --account, --execution-role"),
        ({"admin_role": ROLE, "external_id": None}, "--admin-role is for accounts without an organization"),
        ({"admin_role": ROLE, "organizational_unit": [], "delegated_admin": True}, "--delegated-admin is for an"),
        ({"execution_role": "R"}, "--admin-role and --execution-role belong together"),
        ({"account": [A], "exclude": [A]}, "--exclude leaves no account"),
        ({"account": [A], "canary": B}, f"--canary: {B} is not one of the accounts"),
        ({"canary": B, "exclude": [B]}, f"--canary: {B} is not one of the accounts"),
        ({"account": [A], "auto_deployment": True}, "--auto-deployment is for all accounts"),
        ({"organizational_unit": ["marketing"]}, "--organizational-unit: 'marketing' is not the id"),
        ({"max_concurrent": "0"}, "--max-concurrent: '0' is not a whole number from 1 to 10,000"),
        ({"account_values": "account_id,external_id\n"}, "--account-values: has no account"),
        ({"account_values": f"account_id\n{A}\n"}, "--account-values: has no column besides account_id"),
        ({"account_values": "account_id,site\n"}, "--account-values: line 1: site cannot differ by account"),
        ({"external_id_later": True}, "has no input external_id_later"),
    ],
)
def test_inputs_that_make_no_sense_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        built(fleet(**given))


REFUSED = {
    "aspera-atc": "works in 2 accounts",
    "biomodal-duet": "looks something up|cannot be exported",
    "estuary-s3": "looks something up|cannot be exported",
    "upsolver-vpc": "bucket: all accounts of AWS share its name",
    "airbyte-s3": "airbyte-s3 looks something up in the account with these inputs",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_fleet_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        built(fleet_of(type(example(name))).example())
    assert re.search(REFUSED[name], f"{refused.value.message}\n{refused.value.advice}")


def test_each_way_of_each_integration_is_a_fleet_or_says_why_not() -> None:
    """And no template comes near to what CloudFormation takes in a call."""
    are = set()
    for way, each in ALL.items():
        try:
            found = template(each, EXAMPLE)
        except UsageError:
            continue
        assert len(found.text.encode()) < LONGEST_TEMPLATE / 2, way
        are.add(each.name)
    assert {"datadog", "vanta", "databricks-workspace"} <= are


def test_a_template_that_is_too_large_says_by_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bootstrap.fleet.template.LONGEST_TEMPLATE", 1000)
    with pytest.raises(UsageError, match=r"the template has [0-9],[0-9]{3} bytes, and CloudFormation takes 1,000"):
        template(example("datadog"), EXAMPLE)


def test_the_word_of_a_fleet_leads_to_it() -> None:
    found = find("datadog-fleet")
    assert found is not None and found.word() == found.name == name_of("datadog-fleet") == "datadog-fleet"
    assert find("datadog-fleet") is found
    assert find("nobody-fleet") is None and find("-fleet") is None
    assert "datadog-fleet" not in integrations()
    assert name_of("tests/support/acme.toml-fleet").endswith("-fleet")
    assert same("./a.toml-fleet", "a.toml-fleet") and not same("./a.toml-fleet", "a.toml")


def test_a_fleet_of_a_file_is_named_by_the_file() -> None:
    found = find("tests/support/acme.toml-fleet")
    assert found is not None
    assert found.word() == "tests/support/acme.toml-fleet"
    assert found.source() is not None and found.source().path == "tests/support/acme.toml"  # type: ignore[union-attr]


def test_an_input_with_the_name_of_one_of_fleets_is_refused() -> None:
    kind: Any = type(example("datadog"))
    with pytest.raises(UsageError, match="its input account has the name of an input of fleets"):
        fleet_of(
            type("WithAccount", (kind,), {"__dataclass_fields__": {**kind.__dataclass_fields__, "account": _account()}})
        )


def _account() -> Any:
    fields = type(fleet()).__dataclass_fields__
    return fields["account"]


def test_every_input_of_an_integration_is_one_of_its_fleet() -> None:
    own = {item.name for item in inputs_of(type(example("datadog")))}
    of_fleet = {item.name for item in inputs_of(type(fleet()))}
    assert own - of_fleet == {"external_id_later", "previous_external_id"}


def test_the_graph_is_built_also_where_the_example_lacks_a_value() -> None:
    for each in (fleet_of(type(example(name))) for name in ("datadog", "vanta", "databricks-workspace")):
        try:
            graph, _ = draft_graph(each.example(), [EXAMPLE])
        except BootstrapError as error:
            raise AssertionError(each.name) from error
        assert [*graph.nodes] == ["stack-set", "accounts"]
