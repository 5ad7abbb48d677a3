"""The files of the catalog: what a person needs to onboard a vendor with one, and how sure its facts are."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.build import build
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples, inputs_of
from bootstrap.core.pending import is_locked
from bootstrap.integrations import integration
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.sources import CATALOG
from scripts.write_catalog import TARGET, catalog, page
from tests.conftest import MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import ALL, EVERYTHING, FILES, THOROUGH

each = pytest.mark.parametrize("name", FILES)


def test_every_file_of_the_catalog_is_an_integration_of_its_name() -> None:
    thorough = {name for name in THOROUGH if issubclass(integration(name), FileIntegration)}
    assert {path.stem for path in CATALOG.glob("*")} == {*FILES, *thorough} == set(catalog())
    assert len(FILES) >= 12


def test_the_page_about_it_is_written_from_the_files() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run python -m scripts.write_catalog"


@each
def test_it_says_what_is_not_verified_and_what_to_do_before_and_after(name: str) -> None:
    kind = FILES[name]
    assert kind.unverified
    for text in kind.unverified:  # it stands behind "Not verified: "
        assert not text.endswith("."), text
    handoff = kind.definition.handoff
    assert handoff.values and handoff.steps and handoff.before_destroy
    assert kind.costs or name == "vanta"  # which only reads what costs nothing
    steps = [each if isinstance(each, str) else each.text for each in (*handoff.steps, *handoff.before_destroy)]
    for text in (*steps, *kind.definition.notes, *kind.costs, *kind.side_effects):
        assert text[0].isupper() or text.startswith("--"), text
        assert text.endswith("."), text


@each
def test_each_page_was_read_on_a_day_that_has_been(name: str) -> None:
    for found in FILES[name].definition.pages:
        day = datetime.date.fromisoformat(found.seen)
        there = datetime.date.today() + datetime.timedelta(days=1)  # the day in the time zone of who read it
        assert datetime.date(2026, 11, 1) <= day <= there, found


@each
def test_each_input_says_where_its_value_comes_from_and_a_required_one_has_a_question(name: str) -> None:
    required = {item.name for item in inputs_of(integration(name)) if item.required}
    for key, entry in FILES[name].definition.inputs.items():
        assert entry.origin or key == "harden", key
        assert entry.question or key not in required, key
        assert re.match(r"[A-Z][a-z]+ ", entry.help), entry.help


@each
def test_who_gets_in_is_an_account_of_the_vendor_or_what_the_user_says(name: str) -> None:
    """Or the account itself, for a role that may assume itself."""
    definition = FILES[name].definition
    proven = {account.id for account in definition.vendor_accounts.values()} | {"123456789012"}
    for wanted in (each for each in ALL.values() if each.name == name):
        given = str(wanted.to_json())
        for statement in wanted.statements:
            for arn in (each for names in statement.principals.values() for each in names):
                account = arn.split(":")[4]
                assert account in proven or account in given, arn


def test_a_table_of_accounts_has_those_that_a_page_proves() -> None:
    definition = FILES["datadog"].definition
    accounts = {account.id for account in definition.vendor_accounts.values()}
    assert set(definition.tables["account"].rows.values()) == accounts
    assert set(definition.tables["account"].rows) == set(definition.inputs["site"].choices)


def test_no_integration_of_the_catalog_takes_a_secret() -> None:
    words = re.compile(r"secret|password|token|api.?key|access.?key", re.IGNORECASE)
    assert [(name, key) for name, kind in FILES.items() for key in kind.definition.inputs if words.search(key)] == [
        ("seqera", "pipeline_secrets")  # a switch
    ]


def test_a_page_with_a_copied_list_is_of_one_commit() -> None:
    """Its digest would otherwise be of something else tomorrow."""
    pinned = [page.url for kind in FILES.values() for page in kind.definition.pages if page.sha256]
    assert pinned
    assert [url for url in pinned if not re.search(r"/[0-9a-f]{40}/", url)] == []


LATER = {name: kind for name, kind in FILES.items() if any(item.after_create for item in inputs_of(kind))}


def without_later(name: str) -> dict[str, Any]:
    """All inputs but those that the vendor shows only once it has the role's ARN."""
    later = {item.name for item in inputs_of(FILES[name]) if item.after_create}
    return {key: value for key, value in EVERYTHING[name].items() if key not in later}


@pytest.mark.parametrize("name", LATER)
def test_until_the_vendor_shows_the_rest_the_role_is_locked_and_all_else_is_as_it_will_be(name: str) -> None:
    wanted = from_inputs(FILES[name], without_later(name))
    locked, whole = Graph(examples(wanted)), Graph(examples(wanted))
    handoff = build(wanted, locked)
    complete = build(ALL[name], whole)
    assert handoff.waiting and handoff.waiting.vendor == FILES[name].vendor
    assert {*handoff.values} <= {*complete.values} and "Role ARN" in handoff.values
    assert handoff.files == complete.files  # what the vendor needs to show the rest
    for node in whole.nodes.values():
        desired, sent = node.resource.properties(), locked.nodes[node.address].resource.properties()
        assert [key for key in desired if sent[key] != desired[key]] == (["trust"] if "trust" in desired else [])
        assert is_locked(sent["trust"])


def test_vendors_that_show_something_only_afterwards_are_those_whose_pages_say_so() -> None:
    later = {name: [item.name for item in inputs_of(kind) if item.after_create] for name, kind in LATER.items()}
    assert later == {
        "confluent-s3": ["confluent_role", "external_id"],
        "databricks-unity-catalog": ["external_id"],
        "materialize-s3": ["external_id"],
        "seqera": ["external_id"],
        "snowflake-s3": ["snowflake_user"],
    }


def test_a_role_is_made_locked_and_completed_in_place(scope: MakeScope, tmp_path: Path) -> None:
    """With Snowflake, whose external id is ours, and whose user comes afterwards."""
    first = Deployment(from_inputs(FILES["snowflake-s3"], without_later("snowflake-s3")), scope(), tmp_path)
    assert first.create() == ["role"]
    [role] = first.scope.client("iam").list_roles(PathPrefix="/vendors/")["Roles"]
    assert is_locked(role["AssumeRolePolicyDocument"])
    assert first.create() == []
    second = Deployment(ALL["snowflake-s3"], scope(), tmp_path)
    assert second.create() == ["role"]
    [completed] = first.scope.client("iam").list_roles(PathPrefix="/vendors/")["Roles"]
    assert completed["RoleId"] == role["RoleId"]
    [statement] = completed["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["AWS"] == ["arn:aws:iam::111122223333:user/abc1-b-self1234"]
    second.destroy()
    assert first.scope.client("iam").list_roles(PathPrefix="/vendors/")["Roles"] == []
