"""`bootstrap export`: what create would make, for another tool."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import INPUTS, VPC, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

CLOUDFORMATION = f"export {VPC} --format cloudformation"


def test_a_template_is_printed_and_nothing_is_asked_or_recorded(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        ran = bootstrap(CLOUDFORMATION)
    assert (ran.code, list(calls)) == (0, [])
    assert [line for line in ran.err.splitlines() if not line.startswith(("Not verified: ", "Costs: "))] == []
    assert ran.json["Parameters"]["ExternalId"]["Default"] == "ext-1"
    assert not Path(".bootstrap").exists()


def test_a_file_is_written_and_not_overwritten(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"{CLOUDFORMATION} --output template.json").out == "Written to template.json.\n"
    text = Path("template.json").read_text()
    assert json.loads(text) == bootstrap(CLOUDFORMATION).json
    assert bootstrap(f"{CLOUDFORMATION} --output template.json").code == 0  # the same again
    Path("template.json").write_text("mine")
    refused = bootstrap(f"{CLOUDFORMATION} --output template.json")
    assert refused.code == 64
    assert "--output would overwrite: template.json" in refused.err
    assert Path("template.json").read_text() == "mine"
    assert bootstrap(f"{CLOUDFORMATION} --output template.json --force").code == 0
    assert Path("template.json").read_text() == text


def test_who_exports_reads_what_create_would_say(bootstrap: Bootstrap) -> None:
    """Such as what no longer works with --harden: the document has no words for options."""
    ran = bootstrap(f"{CLOUDFORMATION} --harden")
    assert "Note: with --harden, iam:PassRole is not granted; Upsolver cannot launch instances with a role" in ran.err
    assert ran.json["AWSTemplateFormatVersion"] == "2010-09-09"
    assert "--harden" not in ran.out
    assert bootstrap(f"{CLOUDFORMATION} --harden --json").err == ""


def test_a_module_is_written_into_a_folder(bootstrap: Bootstrap) -> None:
    line = f"export {VPC} --format terraform"
    assert bootstrap(f"{line} --output upsolver").out == "Written to upsolver.\n"
    texts = {path.name: path.read_text() for path in Path("upsolver").iterdir()}
    assert texts.keys() == {"main.tf", "variables.tf", "outputs.tf"}
    assert bootstrap(f"{line} --json").json["files"] == texts
    assert bootstrap(line).out == "".join(texts[name] for name in ("main.tf", "variables.tf", "outputs.tf"))


def test_a_recorded_deployment_is_imported(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("export --format terraform --output module").code == 0
    imports = Path("module/imports.tf").read_text()
    assert 'to = aws_iam_role.role\n  id = "UpsolverRole"' in imports
    assert "bootstrap:lineage" in Path("module/main.tf").read_text()


def test_a_stack_takes_over_a_recorded_deployment(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("export --format cloudformation-import --output stack").out == "Written to stack.\n"
    found = {path.name: json.loads(path.read_text()) for path in Path("stack").iterdir()}
    assert found.keys() == {"import.json", "resources.json", "template.json"}
    assert {"RoleName": "UpsolverRole"} in [each["ResourceIdentifier"] for each in found["resources.json"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--format cloudformation-import --org-id globex", "bucket would be another one"),
        ("--format terraform --org-id globex", "bucket would be another one"),
        ("--format terraform --region eu-west-1", "belongs to region us-east-1, but this run uses eu-west-1"),
        ("--format cloudformation --region eu-west-1", "belongs to region us-east-1, but this run uses eu-west-1"),
    ],
)
def test_a_recorded_deployment_is_taken_over_as_it_is(line: str, said: str, bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    ran = bootstrap(f"export {line} --output there")
    assert ran.code != 0
    assert said in ran.err
    assert not Path("there").exists()


@pytest.mark.parametrize("format", ["terraform", "cloudformation-import"])
def test_who_lets_another_tool_take_over_is_told_that_aws_was_not_asked(format: str, bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    ran = bootstrap(f"export --format {format} --output there")
    assert "To see it, run: bootstrap status --name upsolver-vpc" in ran.err
    assert "export does not look at AWS" not in bootstrap("export --format cloudformation").err


def test_a_script_has_the_inputs_and_not_the_account(bootstrap: Bootstrap) -> None:
    out = bootstrap(f"export {VPC} --format cli").out
    assert out.startswith("#!/usr/bin/env bash\n# Upsolver runs in its own VPC")
    assert '"sts:ExternalId": "ext-1"' in out
    assert '--bucket "${region}"-upsolver-acme' in out
    assert "123456789012" not in out


def test_json_has_the_files_by_their_names(bootstrap: Bootstrap) -> None:
    [(name, text)] = bootstrap(f"{CLOUDFORMATION} --json").json["files"].items()
    assert name == "template.json"
    assert text == bootstrap(CLOUDFORMATION).out


def test_what_create_looks_up_is_looked_up(bootstrap: Bootstrap, cloud: Wire) -> None:
    line = "upsolver-data-access --external-id ext-1 --trusted-principal arn:aws:iam::111122223333:role/up --bucket raw-data"
    with cloud.recorded() as calls:
        ran = bootstrap(f"export --integration {line} --format cloudformation")
    assert ran.code == 0
    assert writes(calls) == []
    assert "GetBucketEncryption" in {call.operation for call in calls}
    assert "123456789012" not in ran.out


def test_a_recorded_deployment_has_its_inputs_already(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    ran = bootstrap("export --format cloudformation")
    assert (ran.code, ran.out) == (0, bootstrap(CLOUDFORMATION).out)
    assert "bootstrap:lineage" not in ran.out


@pytest.mark.parametrize("name", ["-", "''", "folder"])
def test_what_is_no_file_is_not_written(name: str, bootstrap: Bootstrap) -> None:
    Path("folder").mkdir()
    refused = bootstrap(f"{CLOUDFORMATION} --output {name}")
    assert (refused.code, [path.name for path in Path().iterdir()]) == (64, ["folder"])
    assert "is not a file" in refused.err
    assert "Name a file, or omit --output to print it." in refused.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export --integration aspera-atc --bucket acme-in --format cloudformation", "aspera-atc works in 2 accounts"),
        (f"{CLOUDFORMATION} --region nowhere!", "--region: 'nowhere!' is not an AWS region"),
        (
            f"export {VPC} --format cloudformation-import",
            "2 things are wrong\ncloudformation-import writes several JSON files\nAdd --output FOLDER.\nno deployment of ",
        ),
        (f"export {VPC} --format cloudformation-import --output there", "no deployment of upsolver-vpc is recorded"),
        (f"{CLOUDFORMATION} --force", "--force overwrites files of --output, which is not given"),
        (f"export {VPC}", "Missing option '--format'"),
        (f"export {VPC} --format ansible", "'--format': 'ansible' is not one of"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_error(line: str, said: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap(line)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err
    assert ran.err.count("Error: ") == 1


def test_what_works_in_two_accounts_names_the_commands_that_show_each_resource_and_create_it(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument="{}")
    given = f"--integration aspera-atc {INPUTS['aspera-atc']}"
    refused = bootstrap(f"export {given} --format terraform")
    printed = dict(re.findall("(run|printed by): bootstrap (.*)", refused.err))
    plan = bootstrap(printed["printed by"])
    assert plan.code == 0, plan.err
    changes = plan.last("plan")["changes"]
    assert len({each["account"] for each in changes}) == 2
    assert any("policy" in str(each) for each in changes)
    assert bootstrap(f"{printed['run']} --yes").code == 0


def test_a_partition_without_the_vendor_is_refused(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"{CLOUDFORMATION} --region us-gov-west-1")
    assert ran.code == 1
    assert "works only in the partition aws, but us-gov-west-1 is in aws-us-gov" in ran.err
