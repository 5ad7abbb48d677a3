"""The preflight and `permissions` agree: with just what is printed all is known to be allowed, and the asking is, too."""

import pytest

from bootstrap.contract.authorization import Operator
from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.support.operators import give, two_accounts


@pytest.mark.parametrize("name", INPUTS)
def test_with_what_is_printed_all_is_known_to_be_allowed(name: str, bootstrap: Bootstrap, operator: Operator) -> None:
    line = f"--integration {name} {two_accounts(INPUTS[name]) if name == 'aspera-atc' else INPUTS[name]}"
    give(operator, bootstrap(f"permissions {line}").json)
    checked = bootstrap(f"check {line} --detailed-exitcode")
    assert checked.code == 0, checked.out + checked.err
    assert "all allowed, as far as AWS says" in checked.out
    for verb in (f"create {line}", "destroy"):
        ran = bootstrap(f"{verb} --yes")
        assert ran.code == 0, ran.err
        assert "permissions checked: all allowed, as far as AWS says." in ran.err


@pytest.mark.parametrize("action", ["iam:SimulatePrincipalPolicy", "iam:GetRole"])
def test_without_what_the_asking_takes_all_is_unknown(action: str, bootstrap: Bootstrap, operator: Operator) -> None:
    printed = bootstrap(f"permissions {VPC}").json
    [statement] = [item for item in printed["Statement"] if action in item["Action"]]
    others = [arn for arn in statement["Resource"] if not arn.endswith("/operator")]
    assert len(statement["Resource"]) == len(others) + 2  # with a path, and without one
    printed["Statement"] = [each for each in printed["Statement"] if each is not statement]
    printed["Statement"] += [{**statement, "Resource": others}] if others else []
    give(operator, printed)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2, checked.err
    assert "could not be simulated" in checked.out


def test_with_the_policy_of_create_create_succeeds_and_says_what_destroy_would_miss(
    bootstrap: Bootstrap, operator: Operator
) -> None:
    give(operator, bootstrap(f"permissions {VPC} --for create").json)
    made = bootstrap(f"create {VPC} --yes")
    assert made.code == 0, made.err
    assert "Warning: you may create this, but not delete it" in made.err
    assert "Permissions for this run" not in made.err
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    operator.watching = False
    give(operator, bootstrap("permissions --integration upsolver-vpc --for destroy").json)
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert "permissions checked: all allowed, as far as AWS says." in gone.err
