"""What the project file says about approvals: the rule of all deployments, and of one."""

from pathlib import Path

import pytest

from bootstrap.cli.project_approval import ApprovalRule
from bootstrap.cli.project_file import read_project

DEPLOYMENT = '[deployments.prod]\nintegration = "upsolver-vpc"\n'
RULE = 'require_approval = "yes/plan.approval"\nallowed_signers = "keys/signers"\n'


@pytest.mark.parametrize("text", [f"{RULE}{DEPLOYMENT}", f"{DEPLOYMENT}{RULE}"], ids=["at the top", "of a deployment"])
def test_its_files_are_relative_to_the_project_file_wherever_a_run_begins(text: str, tmp_path: Path) -> None:
    path = tmp_path / "team" / "bootstrap.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    rule = ApprovalRule(True, str(path.parent / "yes" / "plan.approval"), str(path.parent / "keys" / "signers"))
    assert read_project(path).approvals["prod"] == rule
    assert read_project(path).approvals[""] == (rule if text.startswith(RULE) else ApprovalRule())


def test_a_deployment_keeps_what_it_does_not_say_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "bootstrap.toml"
    path.write_text(f"{RULE}{DEPLOYMENT}require_approval = true\n", encoding="utf-8")
    rule = ApprovalRule(True, None, str(tmp_path / "keys" / "signers"))
    assert read_project(path).approvals["prod"] == rule, "the approval beside the plan, by the same signers"
