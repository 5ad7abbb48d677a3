"""The ledger of deviations: no known mistake of a vendor's page is left out, and the docs say what the code says."""

import json

import pytest

from bootstrap.cli import run
from bootstrap.integrations import integration, integrations
from scripts.write_deviations import TARGET, page
from tests.support.errata import ERRATA, Erratum


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda item: f"{item.number}: {item.says}")
def test_each_known_mistake_is_in_the_ledger_or_has_a_reason_not_to_be(erratum: Erratum) -> None:
    assert bool(erratum.ledger) != bool(erratum.reason)
    for name in erratum.integrations:
        pages = [item.page for item in integration(name).deviations]
        assert erratum.reason or len([text for text in pages if erratum.ledger in text]) == 1, pages


def test_the_mistakes_are_numbered_without_a_gap_and_of_every_integration() -> None:
    assert sorted({item.number for item in ERRATA}) == list(range(1, 47))
    assert {name for item in ERRATA for name in item.integrations} == set(integrations())


def test_the_docs_are_written_from_the_ledger() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run scripts/write_deviations.py"
    for found in integrations().values():
        assert f"## {found.name}\n" in page()


@pytest.mark.parametrize("name", integrations())
def test_the_ledger_is_in_the_json_of_integrations(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["integrations", name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["deviations"]
    assert told == [vars(item) for item in integration(name).deviations]
    assert told
