"""`plan --sarif`: what is dangerous or cannot be done in a plan, for code scanning."""

import json
from pathlib import Path
from typing import Any

from sarif_kit.validate import validation_errors

from tests.cli.conftest import VPC, Bootstrap

INPUTS = {"external_id": "ext-1", "org_id": "acme"}
PLAN = "plan --integration upsolver-vpc --inputs vendor/upsolver.json"


def results(ran: Any) -> list[tuple[str, str, str, str]]:
    """(rule, level, file, place) of each."""
    assert validation_errors(ran.json) == []
    [run] = ran.json["runs"]
    return [
        (
            each["ruleId"],
            each["level"],
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        )
        for each in run["results"]
    ]


def test_the_warnings_of_a_plan_are_results_at_the_file_with_its_inputs(bootstrap: Bootstrap) -> None:
    Path("vendor").mkdir()
    Path("vendor/upsolver.json").write_text(json.dumps(INPUTS))
    ran = bootstrap(f"{PLAN} --sarif --detailed-exitcode")
    assert ran.code == 2
    assert sorted(results(ran)) == [
        ("escalation", "warning", "vendor/upsolver.json", "role, PassServerRole"),
        ("high-risk", "warning", "vendor/upsolver.json", "athena, AmazonAthenaFullAccess"),
        ("high-risk", "warning", "vendor/upsolver.json", "athena, AmazonAthenaFullAccess"),
        ("high-risk", "warning", "vendor/upsolver.json", "role, LaunchNamed"),
        ("high-risk", "warning", "vendor/upsolver.json", "role, SpotIo"),
        ("service-linked-role", "warning", "vendor/upsolver.json", "role, SpotServiceRoles"),
        ("tag-condition", "warning", "vendor/upsolver.json", "role, TagClusters"),
    ]
    assert "Plan: 4 to create." in ran.err
    Path("vendor/upsolver.json").write_text(
        json.dumps({**INPUTS, **dict.fromkeys(("harden", "without_spotinst", "without_athena"), True)})
    )
    left = results(bootstrap(f"{PLAN} --sarif"))  # no option limits where machines may be started
    assert left == [("high-risk", "warning", "vendor/upsolver.json", "role, LaunchNamed")]


def test_without_a_file_they_are_at_the_state_and_what_is_unchanged_has_none(bootstrap: Bootstrap) -> None:
    assert {file for _, _, file, _ in results(bootstrap(f"plan {VPC} --sarif"))} == {".bootstrap/upsolver-vpc.json"}
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap(f"plan {VPC} --sarif --detailed-exitcode")
    assert (ran.code, results(ran)) == (0, [])


def test_with_a_project_file_they_are_at_the_line_with_the_deployment(bootstrap: Bootstrap) -> None:
    inputs = "[deployments.dev.inputs]\n" + "".join(f'{key} = "{value}"\n' for key, value in INPUTS.items())
    Path("infra.toml").write_text(f'# In git.\n[deployments.dev]\nintegration = "upsolver-vpc"\n{inputs}')
    ran = bootstrap("plan --project infra.toml --sarif --no-preflight")
    assert {file for _, _, file, _ in results(ran)} == {"infra.toml"}
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in ran.json["runs"][0]["results"]]
    assert {region["startLine"] for region in regions} == {2}


def test_a_plan_that_is_refused_says_in_the_report_what_cannot_be_done(bootstrap: Bootstrap, scope: Any) -> None:
    scope().client("iam").create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument="{}", Path="/")
    ran = bootstrap(f"plan {VPC} --sarif")
    assert ran.code == 1
    assert ("refused", "error", ".bootstrap/upsolver-vpc.json", "role") in results(ran)
    assert "Error: " in ran.err


def test_it_is_one_format_and_errors_before_a_plan_leave_stdout_empty(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"plan {VPC} --sarif --json").code == 64
    ran = bootstrap("plan --integration upsolver-vpc --sarif --external-id x")
    assert (ran.code, ran.out) == (64, "")
