"""The dangers of an integration: where they come from, whom they name, and that none is told twice."""

import re

import pytest

from bootstrap.core.deviation import RISKS
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.actions import table
from bootstrap.permissions.concerns import named, risk_of
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.lint.finding import Finding, Severity
from bootstrap.permissions.review import Review, review
from tests.support.inputs import ALL


def reviewed(name: str) -> Review:
    return review(integration(name).example())


def test_a_text_about_the_role_gets_its_name() -> None:
    assert named("anyone with the role can read", ("Acme",)) == "anyone with the role Acme can read"
    assert named("anyone with the role can read", ("A", "B")) == "anyone with the role A or B can read"
    assert named("anyone with the role Acme can read", ("Other",)) == "anyone with the role Acme can read"
    assert named("anyone with the role can read", ()) == "anyone with the role can read"


@pytest.mark.parametrize("way", ALL)
def test_a_danger_names_the_one_role_that_it_is_about(way: str) -> None:
    found = review(ALL[way])
    for each in found.concerns:
        assert not re.search(r"\bthe role\b(?! [A-Za-z]*[A-Z-])", each.text), each.text
        assert not re.search(r"\bthe role \S+ or ", each.text), each.text  # else it should be several deviations


def test_a_sentence_about_one_of_two_roles_says_which() -> None:
    for item in reviewed("upsolver-private-vpc").deviations:
        for text in (item.page, item.sent, item.why, item.limited):
            assert not re.search(r"\bthe role\b(?! that)", text), text


def test_an_action_that_a_deviation_names_is_no_second_danger() -> None:
    found = reviewed("datadog")
    assert "elsewhere" in {each.code for each in exposures(found.roles, table())}
    assert "elsewhere" not in {each.code for each in found.concerns}  # the deviation about the same statement says it
    assert "tags" in {each.code for each in reviewed("upsolver-vpc").concerns}  # the deviation is about tags of its own


@pytest.mark.parametrize(
    ("code", "severity", "risk"),
    [
        ("escalation", "warning", "high"),
        ("administrator", "warning", "high"),
        ("wildcard-principal", "error", "high"),
        ("wide-read", "warning", "medium"),
    ],
)
def test_whoever_can_gain_any_permission_is_a_high_risk(code: str, severity: Severity, risk: str) -> None:
    assert risk_of(Finding(severity, code, "Statement[0]", "text")) == risk


def test_the_listing_of_names_has_one_rating() -> None:
    texts = {each.text: each.risk for each in reviewed("upsolver-private-vpc").concerns}
    assert [risk for text, risk in texts.items() if "names of" in text and "list" in text] == ["medium"]


def test_what_the_linter_says_of_reading_is_no_second_danger() -> None:
    for name in integrations():
        texts = [each.text for each in reviewed(name).concerns if "the content of all" in each.text]
        assert len(texts) == len({each.about for each in reviewed(name).concerns if "the content of all" in each.text}), name


@pytest.mark.parametrize("way", ALL)
def test_no_text_claims_a_limit_on_launches_that_another_action_does_not_have(way: str) -> None:
    """A deviation that says when AWS denies a launch names what launches without that."""
    found = review(ALL[way])
    around = [sid for each in found.concerns if each.code == "launch" for sid in each.sids]
    claims = [item for item in found.deviations if "denies" in item.why and "ec2:RunInstances" in (item.why + item.page)]
    assert all({*around} <= {*item.sids} for item in claims if around)
    steps = [text for text in found.handoff.steps if "launches need" in text]
    assert not (around and steps)


@pytest.mark.parametrize("name", integrations())
def test_each_integration_says_what_to_do_before_a_destroy(name: str) -> None:
    assert reviewed(name).handoff.before_destroy


@pytest.mark.parametrize("way", ALL)
def test_the_worst_comes_first_and_then_what_is_about_the_most(way: str) -> None:
    found = [(RISKS.index(each.risk), each.breadth) for each in review(ALL[way]).concerns]
    assert found == sorted(found)


def test_who_gets_in_comes_before_what_is_named() -> None:
    found = [each.about for each in reviewed("upsolver-vpc").concerns]
    assert found[0] == ("SpotIo",)
    assert found.index(("Addresses",)) < found.index(("upsolverBucketAccess",))


@pytest.mark.parametrize("way", ALL)
def test_what_is_sent_as_the_page_says_has_no_lower_rating_than_its_statements(way: str) -> None:
    """One that has a danger of its own is rated by that; what else its statements allow is another danger."""
    found = review(ALL[way])
    for item in found.deviations:
        if item.sent == "the same" and not item.danger and not found.is_limited(item):
            same = [each for each in found.concerns if {*each.about} & {*item.sids, *item.policies}]
            assert all(RISKS.index(each.risk) >= RISKS.index(item.risk) for each in same), item.page


@pytest.mark.parametrize("name", integrations())
def test_a_deviation_about_a_managed_policy_says_which(name: str) -> None:
    found = reviewed(name)
    attached = {each.attached.policy.rpartition("/")[2] for role in found.roles for each in role.policies}
    for item in found.deviations:
        if item.sent == "the same":
            assert {each for each in attached if each in item.page} <= {*item.policies}, item.page


@pytest.mark.parametrize("name", integrations())
def test_a_role_for_data_says_so(name: str) -> None:
    """A fact and no alarm, as the data is what the role is for."""
    found = reviewed(name)
    data = [each for each in found.concerns if each.code == "data"]
    assert {each.risk for each in data} <= {"low"}
    named = [arn for role in found.roles for item in role.grants.statements for arn in item.resources if ":::your-bu" in arn]
    assert bool(data) or not named
