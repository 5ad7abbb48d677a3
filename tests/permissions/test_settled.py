"""With which options a claim would hold: the fewest of them, and only those that are off."""

from bootstrap.integrations import integration
from bootstrap.operations.inputs import Values
from bootstrap.operations.review import report_of_inputs
from bootstrap.permissions.report import Made, Report


def report(name: str = "upsolver-vpc", **given: bool) -> Report:
    values: Values = dict(given)
    return report_of_inputs(integration(name), values, Made("1.0", "2026-11-27"))


def test_a_claim_that_one_option_would_make_hold_names_only_that() -> None:
    found = report(harden=True).settled
    assert found["raise-itself"] == found["secrets"] == found["watching"] == ("--without-athena",)
    assert {"run-code", "iam-write"}.isdisjoint(found)  # no option ends these


def test_a_claim_that_needs_several_options_names_all_of_them() -> None:
    found = report().settled
    assert found["raise-itself"] == ("--harden", "--without-athena")
    assert {*found.values()} == {
        found["raise-itself"]
    }  # --without-athena alone rules nothing out, --without-spotinst is of no use


def test_a_claim_that_holds_already_or_an_integration_without_options_has_none() -> None:
    found = report(harden=True, without_athena=True)
    assert all(found.checks[0].code != code for code in found.settled)
    assert found.checks[0].holds is True
    assert report("databricks-workspace").settled == {}
