"""The ledger of deviations: no known mistake of a vendor's page is left out, and the docs say what the code says."""

import json

import pytest

from bootstrap.cli import run
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.deviation import ranked
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples, inputs_of
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.concerns import addresses, standing_concerns
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.review import review, reviewed_roles
from scripts.write_deviations import TARGET, page
from tests.support.errata import ATC, DATA, DUET, ERRATA, Erratum
from tests.support.inputs import ALL, THOROUGH
from tests.support.ledger import PRIVATE, VPC


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda item: f"{item.number}: {item.says}")
def test_each_known_mistake_is_in_the_ledger_or_has_a_reason_not_to_be(erratum: Erratum) -> None:
    assert bool(erratum.ledger) != bool(erratum.reason)
    for name in erratum.integrations:
        pages = [item.page for item in integration(name).deviations]
        assert erratum.reason or len([text for text in pages if erratum.ledger in text]) == 1, pages


SAID = (
    (ATC, "three numbered steps", "the S3 account first", "destroy takes that away first"),
    (VPC + PRIVATE, "ARNs begin with arn:aws:", "the integration is refused", "no role of another partition can trust them"),
    (
        VPC,
        "iam:PassRole and iam:AddRoleToInstanceProfile",
        "with --harden neither is granted",
        "no server in this account gets a role",
    ),
    (PRIVATE, "iam:PassRole and iam:AddRoleToInstanceProfile", "only UpsolverServerRole to EC2", "from the start"),
    (DATA, "activate the region", "nothing is activated", "in an opt-in region once the region is enabled"),
    (
        VPC + PRIVATE,
        "AWSCloudFormationReadOnlyAccess",
        "the same",
        "for the vendor's CloudFormation stack, which bootstrap does not",
    ),
    (DUET, "reads for the operator", "not asked for", "another tool makes these calls"),
    (DUET, "ec2:MonitorInstances", "not asked for", "turns on detailed monitoring"),
    (DUET, "an SSH security group", "AmazonSSMManagedInstanceCore", "goes beyond the page's minimum"),
    (
        DUET,
        "apply the same policies",
        "the hand-off has the bucket policy that its owner adds",
        "only the owner can let the roles in",
    ),
    (
        ATC,
        "the whole trust policy of an existing role is replaced",
        "--require-external-id",
        "destroy leaves them as they were",
    ),
)
"""By integrations, what entries must say: words of the page, then those of what is sent and why."""


@pytest.mark.parametrize(("names", "page", "sent", "why"), SAID)
def test_an_entry_says_what_is_sent_and_why(names: tuple[str, ...], page: str, sent: str, why: str) -> None:
    for name in names:
        found = [item for item in integration(name).deviations if page in item.page]
        assert [(sent in item.described, why in item.why) for item in found] == [(True, True)], name


def test_the_mistakes_are_numbered_without_a_gap_and_of_every_integration() -> None:
    assert sorted({item.number for item in ERRATA}) == list(range(1, 47))
    assert {name for item in ERRATA for name in item.integrations} == set(THOROUGH)


def test_the_docs_are_written_from_the_ledger() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run scripts/write_deviations.py"
    for found in integrations().values():
        assert f"## {found.name}\n" in page()


@pytest.mark.parametrize("name", integrations())
def test_the_ledger_is_in_the_json_of_integrations(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["integrations", name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["deviations"]
    assert told == [
        {**vars(item), "sids": list(item.sids), "policies": list(item.policies), "is_limited": False}
        for item in ranked(integration(name).deviations)
    ]
    assert told


@pytest.mark.parametrize("name", integrations())
def test_an_entry_of_a_risk_says_what_somebody_could_do(name: str) -> None:
    for item in integration(name).deviations:
        assert bool(item.danger) == (item.risk in ("high", "medium")), item
        assert bool(item.limited) == bool(item.limited_by), item


@pytest.mark.parametrize("name", integrations())
def test_a_plan_warns_of_every_entry_of_high_risk_at_its_resource(name: str) -> None:
    chosen = integration(name).example()
    graph = Graph(examples(chosen))
    chosen.build(graph)
    high = [item for item in chosen.deviations if item.risk == "high"]
    found = [each for each in standing_concerns(chosen, reviewed_roles(chosen, graph)) if each.risk == "high"]
    assert {each.deviation for each in found if each.deviation} == set(high)
    assert all([*addresses(each, graph)] for each in found)


@pytest.mark.parametrize("way", ALL)
def test_what_the_linter_warns_of_is_in_the_ledger_with_a_risk(way: str) -> None:
    chosen = ALL[way]
    graph = Graph(examples(chosen))
    chosen.build(graph)
    dangerous = {name for item in chosen.deviations if item.danger for name in (*item.sids, *item.policies)}
    warned = {found.sid for _, found in graph_findings(graph, chosen.statements) if found.severity == "warning"}
    assert warned <= dangerous


@pytest.mark.parametrize("name", [name for name, found in integrations().items() if hasattr(found, "harden")])
def test_every_statement_that_harden_changes_is_in_the_ledger(name: str) -> None:
    """By its Sid, as one that --harden limits; and the ledger claims no other."""
    changed = set()
    for chosen in (each for each in ALL.values() if each.name == name):
        given = chosen.to_json()
        limits = (from_inputs(type(chosen), {**given, "harden": harden}) for harden in (False, True))
        plain, hard = ({item.sid: item for item in each.statements} for each in limits)
        changed |= {sid for sid, item in plain.items() if hard.get(sid) != item}
        limited = from_inputs(type(chosen), {**given, "harden": True})
        assert [item.text for item in review(limited).concerns if item.limited_by == "--harden"] == []
    entries = [item for item in integration(name).deviations if item.limited_by == "harden"]
    assert changed == {sid for item in entries for sid in item.sids}


@pytest.mark.parametrize("name", integrations())
def test_an_input_that_limits_a_risk_is_one_of_the_integration(name: str) -> None:
    flags = {item.name for item in inputs_of(integration(name)) if item.kind == "flag"}
    assert {item.limited_by for item in integration(name).deviations} - {""} <= flags
