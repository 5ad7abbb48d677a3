"""The CI recipes of the docs: valid for their hosts, and their shell steps run as they stand, on an emulator."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
import yaml
from botocore.config import Config
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from sarif_kit.validate import validation_errors

from tests.support.moto_server import serving_moto
from tests.support.processes import environment

RECIPES = Path(__file__).parents[1] / "docs" / "ci"
CHECKS = {
    "github-actions.yml": ["--builtin-schema", "vendor.github-workflows"],
    "code-scanning.yml": ["--builtin-schema", "vendor.github-workflows"],
    "access-drift.yml": ["--builtin-schema", "vendor.github-workflows"],
    "gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
ROLE = "arn:aws:iam::111122223333:role/vendor-access-apply"
"""That of the recipes."""
OUTPUT = re.compile(r"\$\{\{ steps\.\w+\.outputs\.(\w+) \}\}")
"""How a later step names what an earlier one wrote."""
GH = """#!/bin/sh
printf '%s\\n' "$*" >> gh-calls.txt
case "$*" in "issue list"*) cat open-issue.txt 2>/dev/null ;; esac
exit 0
"""
"""Stands for GitHub's command: it writes down how it was called, and knows the issue that a file names."""


def recipe(name: str) -> dict[str, Any]:
    content = yaml.safe_load((RECIPES / name).read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@dataclass(frozen=True)
class Checkout:
    """A repository with the recipes' folder, in which steps run as a CI host runs them, against the emulator."""

    folder: Path
    endpoint: str
    keys: Mapping[str, str]
    """What the action that signs in leaves in the environment of the steps behind it."""

    def run(self, script: str, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        given = {
            **environment(), **variables, "AWS_ENDPOINT_URL": self.endpoint,
            "PATH": os.pathsep.join((str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"])),
        }  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self.folder, env=given, capture_output=True, text=True)

    def github(self, job: str, name: str = "github-actions.yml") -> int:
        """Runs the steps of a job behind the installation; the exit code of the first that fails, or 0."""
        workflow = recipe(name)
        variables = workflow.get("env", {})
        base = {**variables, **self.keys, "GH_TOKEN": "none", "AWS_DEFAULT_REGION": variables.get("AWS_REGION", "")}
        steps = [step for step in workflow["jobs"][job]["steps"] if "run" in step and step["name"] != "Install"]
        written = self.folder / "github-output.txt"
        for step in steps:
            outputs = dict(line.split("=", 1) for line in written.read_text().splitlines()) if written.exists() else {}
            given = {key: outputs.get(OUTPUT.sub(r"\1", str(value)), "7") for key, value in step.get("env", {}).items()}
            ran = self.run(step["run"], {**base, "GITHUB_OUTPUT": str(written), **given})
            if ran.returncode:
                print(ran.stdout, ran.stderr)
                return ran.returncode
        return 0

    def gitlab(self, job: str) -> int:
        """Runs the scripts of a job, which signs in with the token of the job and nothing else."""
        pipeline = recipe("gitlab-ci.yml")
        install, *before = pipeline["default"]["before_script"]
        assert install.startswith("pip install ")
        written = {**pipeline["variables"], **pipeline[job]["variables"]}
        host = {"CI_PROJECT_DIR": str(self.folder), "CI_PROJECT_ID": "7", "CI_PIPELINE_ID": "41"}
        given = {key: re.sub(r"\$(\w+)", lambda found: host[found[1]], value) for key, value in written.items()}
        ran = self.run("\n".join([*before, *pipeline[job]["script"]]), {**given, "AWS_TOKEN": "of-this-job"})
        print(ran.stdout, ran.stderr)
        return ran.returncode

    @property
    def asked_github(self) -> list[str]:
        calls = self.folder / "gh-calls.txt"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def client(self, service: str) -> Any:
        style = Config(s3={"addressing_style": "path"})
        keys = {name.lower(): value for name, value in self.keys.items()}
        return boto3.client(service, region_name="us-east-1", endpoint_url=self.endpoint, config=style, **keys)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_moto(tmp_path_factory.mktemp("moto"), corrected=True) as url:
        yield url


@pytest.fixture
def checkout(tmp_path: Path, endpoint: str) -> Checkout:
    (tmp_path / "vendor-access").mkdir()
    (tmp_path / "vendor-access" / "upsolver-vpc.toml").write_text(
        'external-id = "6f7e2c"\norg-id = "acme"\n', encoding="utf-8"
    )
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH, encoding="utf-8")
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=endpoint)
    answer = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="tests", WebIdentityToken="of-this-job")
    given = answer["Credentials"]
    keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"]}
    found = Checkout(tmp_path, endpoint, {**keys, "AWS_SESSION_TOKEN": given["SessionToken"]})
    found.client("s3").create_bucket(Bucket="acme-bootstrap-state")
    versioning = {"Status": "Enabled"}
    found.client("s3").put_bucket_versioning(Bucket="acme-bootstrap-state", VersioningConfiguration=versioning)
    return found


def change_by_hand(checkout: Checkout) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    checkout.client("iam").put_role_policy(
        RoleName="UpsolverRole", PolicyName="upsolver-server", PolicyDocument=json.dumps(document)
    )


@pytest.mark.parametrize("name", CHECKS)
def test_a_recipe_is_valid_by_the_schema_of_its_host(name: str) -> None:
    ran = CliRunner().invoke(check_jsonschema, [*CHECKS[name], str(RECIPES / name)])
    assert ran.exit_code == 0, ran.output


@pytest.mark.parametrize("job", ["plan", "apply", "drift"])
def test_each_job_of_the_workflow_may_do_no_more_than_it_needs(job: str) -> None:
    workflow = recipe("github-actions.yml")
    assert workflow["permissions"] == {}
    writes = {name for name, access in workflow["jobs"][job]["permissions"].items() if access == "write"}
    assert writes == {"plan": {"id-token", "pull-requests"}, "apply": {"id-token"}, "drift": {"id-token", "issues"}}[job]


def changing(jobs: Mapping[str, Any], script: Callable[[Any], str]) -> dict[str, Any]:
    """The jobs that change something in AWS."""
    return {
        name: job for name, job in jobs.items() if re.search(r"\bbootstrap (create|destroy|adopt|rotate)\b", script(job))
    }


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "gitlab-ci.yml"])
def test_what_a_workflow_changes_waits_for_the_reviewers_of_an_environment_and_is_on_the_main_branch(name: str) -> None:
    workflow = recipe(name)
    found = changing(workflow["jobs"], lambda job: " ".join(step.get("run", "") for step in job["steps"]))
    assert list(found) == (["apply"] if name == "github-actions.yml" else [])
    for job in found.values():
        assert (job["environment"], job["if"]) == ("vendor-access", "github.event_name == 'push'")
        triggers = dict[Any, Any](workflow)[True]  # "on", as YAML 1.1 reads it
        assert triggers["push"]["branches"] == ["main"]


def test_what_the_pipeline_changes_waits_for_a_person_in_an_environment_and_is_on_the_main_branch() -> None:
    pipeline = recipe("gitlab-ci.yml")
    jobs = {name: job for name, job in pipeline.items() if name in pipeline["stages"]}
    found = changing(jobs, lambda job: " ".join(job["script"]))
    assert list(found) == ["apply"]
    assert found["apply"]["environment"] == "vendor-access"
    [rule] = found["apply"]["rules"]
    assert rule["when"] == "manual"
    assert rule["if"] == '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'


def test_only_a_job_of_the_environment_takes_the_role_that_may_change_something() -> None:
    """Its trust policy names the environment, so it would refuse the others."""
    for name in CHECKS:
        content = recipe(name)
        for key, job in {**content, **content.get("jobs", {})}.items():
            if isinstance(job, dict) and (("steps" in job) or ("script" in job)):
                assert (ROLE in json.dumps(job)) == ("environment" in job), f"{name}: {key}"


def test_the_workflow_comments_its_plan_applies_it_and_reports_drift(checkout: Checkout) -> None:
    assert checkout.github("plan") == 0
    assert "Plan: 4 to create." in (checkout.folder / "comment.md").read_text(encoding="utf-8")
    assert checkout.asked_github == ["pr comment 7 --edit-last --create-if-none --body-file comment.md"]
    assert checkout.github("apply") == 0
    assert checkout.github("plan") == 0
    assert checkout.github("drift") == 0
    assert [call for call in checkout.asked_github if call.startswith("issue")] == []
    change_by_hand(checkout)
    assert checkout.github("drift") == 0
    asked = [call for call in checkout.asked_github if call.startswith("issue")]
    assert [call.split()[1] for call in asked] == ["list", "create"]
    assert "upsolver-server" in (checkout.folder / "issue.md").read_text(encoding="utf-8")
    (checkout.folder / "open-issue.txt").write_text("41\n", encoding="utf-8")
    assert checkout.github("drift") == 0
    assert checkout.asked_github[-1] == "issue comment 41 --body-file issue.md"


def test_code_scanning_gets_the_findings_with_their_lines_and_a_file_that_cannot_be_read_fails(checkout: Checkout) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListObjectsV2", "Resource": "*"}]}
    (checkout.folder / "policies").mkdir()
    (checkout.folder / "policies" / "data.json").write_text(json.dumps(policy, indent=2), encoding="utf-8")
    assert checkout.github("scan", "code-scanning.yml") == 0
    content = json.loads((checkout.folder / "lint.sarif").read_text(encoding="utf-8"))
    assert validation_errors(content) == []
    [place] = content["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"] == {"artifactLocation": {"uri": "policies/data.json"}, "region": {"startLine": 6}}
    (checkout.folder / "policies" / "broken.json").write_text("{", encoding="utf-8")
    assert checkout.github("scan", "code-scanning.yml") == 64


def test_the_nightly_job_fails_only_if_somebody_opened_access_and_uploads_it_first(checkout: Checkout) -> None:
    assert checkout.github("apply") == 0
    text = (RECIPES.parent / "ci.md").read_text(encoding="utf-8")
    [project] = re.findall(r"```toml\n(# bootstrap.toml\n.*?)```", text, re.DOTALL)
    (checkout.folder / "bootstrap.toml").write_text(project, encoding="utf-8")
    iam = checkout.client("iam")
    iam.update_role(RoleName="UpsolverRole", Description="theirs")
    assert checkout.github("judge", "access-drift.yml") == 0
    change_by_hand(checkout)
    assert checkout.github("judge", "access-drift.yml") == 2
    content = json.loads((checkout.folder / "access.sarif").read_text(encoding="utf-8"))
    assert validation_errors(content) == []
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in content["runs"][0]["results"]}
    assert places == {"bootstrap.toml"}
    steps = recipe("access-drift.yml")["jobs"]["judge"]["steps"]
    upload, last = steps[-2:]
    assert ("upload-sarif" in upload["uses"], upload["if"], "exit" in last["run"]) == (
        True,
        "steps.judge.outputs.code != '1'",
        True,
    )
    iam.delete_role_policy(RoleName="UpsolverRole", PolicyName="upsolver-server")
    checkout.client("s3").delete_object(Bucket="acme-bootstrap-state", Key="upsolver-vpc.json")
    assert checkout.github("judge", "access-drift.yml") == 1


def test_a_job_that_cannot_find_out_fails_and_reports_no_drift(checkout: Checkout) -> None:
    assert checkout.github("drift") == 1  # nothing was created yet, so there is no state
    (checkout.folder / "vendor-access" / "upsolver-vpc.toml").write_text("org-id = 7 7\n", encoding="utf-8")
    assert checkout.github("plan") == 64
    assert checkout.asked_github == []


def test_the_pipeline_plans_applies_and_fails_on_drift(checkout: Checkout) -> None:
    assert checkout.gitlab("plan") == 0
    assert "Plan: 4 to create." in (checkout.folder / "plan.txt").read_text(encoding="utf-8")
    assert checkout.gitlab("apply") == 0
    assert checkout.gitlab("drift") == 0
    change_by_hand(checkout)
    assert checkout.gitlab("drift") == 2
