"""Whatever is printed to be typed works as it is printed: it leads to the same deployment, and to the same AWS."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.commands import option_value
from bootstrap.core.owner import OWNER_TAGS
from tests.cli.conftest import BUCKET, INPUTS, VPC, Bootstrap, Ran
from tests.cli.test_fleet import DATADOG, Organization
from tests.conftest import MakeScope
from tests.support.printed import check_aws, printed
from tests.support.processes import Cloud
from tests.support.samples import trust
from tests.support.wire import Wire

WITHOUT_PLACE = {"integrations", "lint", "docs", "approve"}
CHANGES = {
    "create",
    "destroy",
    "adopt",
    "recover",
    "rotate external-id",
    "state rm",
    "state import",
    "state push",
    "state migrate",
    "state unlock",
}
ON_THE_VM = "aws s3 mv s3://"
"""A step of the hand-off on the VM, which has a role and no profile."""
BOTH = {"WIRE": "--state states/prod.json --profile work --region us-east-1", "SANDBOX": "--sandbox"}


@dataclass
class Reader:
    """Somebody who types everything that is printed, at once. `place` are the options that lead there, `given` the
    integration and its inputs, for a command that would ask."""

    bootstrap: Bootstrap
    place: Sequence[str]
    given: str
    aws: Sequence[str]
    name: str = ""
    """The deployment that all of it is about, where a command without --name would be about another one."""
    typed: list[str] = field(default_factory=list)

    def run(self, line: str, only: str = "") -> Ran:
        """Runs the line; of ways out that exclude each other, `only` is taken."""
        ran = self.bootstrap(line)
        for command in printed(ran.out, ran.err):
            if command not in self.typed and only in command:
                self.typed.append(command)
                self.types(command)
        return ran

    def types(self, command: str) -> None:
        words = shlex.split(command)
        if words[0] == "aws":
            given = check_aws(command)
            elsewhere = words[1] in ("configure", "sso", "login") or command.startswith(ON_THE_VM)
            needed = [] if elsewhere else self.aws
            assert all(word in given for word in needed), command
            return
        is_page = words[1] in ("review", "create") and "--plan" in words  # the file has the place
        if self.name and words[1] not in WITHOUT_PLACE and not is_page and "--help" not in words:
            assert option_value("--name", words) == self.name, command
        is_page = is_page and words[1] == "review"
        if words[1] in WITHOUT_PLACE or is_page or "--help" in words:
            for _ in range(2 if "--output" in words else 1):
                assert self.bootstrap(command.removeprefix("bootstrap ")).code == 0, command
            return
        missing = [word for word in self.place if word not in words and not any(each.endswith(word) for each in words)]
        assert not missing, (command, missing)
        line = command.removeprefix("bootstrap ")
        if re.fullmatch(r"create( --(state|profile|region) \S+| --sandbox)*", line):
            line += f" {self.given} --name prod"  # it asks for them at a terminal
        if self.given and re.fullmatch(
            r"create --integration \S+ --name \S+( --(state|profile|region) \S+| --sandbox)*", line
        ):
            again = self.bootstrap(f"{line} --yes")  # of one that was destroyed: it says that it needs its inputs
            line += "" if again.code in (0, 1) else re.sub(r"^(--integration )?\S+", "", self.given)
        if any(line.startswith(verb) for verb in CHANGES) and "--yes" not in words:
            line += " --yes"
        for _ in range(2 if "--output" in words else 1):  # whoever reads it may have typed it before
            ran = self.bootstrap(line)
            assert ran.code in (0, 2), (command, ran.out, ran.err)


def story(reader: Reader, refuse: Callable[[str], None], lose: Callable[[], None], tail: str) -> None:
    """The life of a deployment in which much goes wrong."""
    create = f"create {reader.given} --name prod --yes {tail}"
    for line in (f"status {tail}", f"outputs --name prod {tail}", f"destroy --yes {tail}", f"state list {tail}"):
        reader.run(line)
    reader.bootstrap(f"destroy --yes --name prod {tail}")
    reader.run(f"plan {reader.given} --name prod {tail} --json")
    reader.run(f"permissions {reader.given} --name prod {tail}")
    refuse("AttachRolePolicy")
    reader.run(f"{create} --no-preflight")
    for line in (create, f"outputs {tail}", f"status {tail}", f"state show --name prod {tail}", f"check {tail}"):
        reader.run(line)
    reader.run(f"outputs {tail} --json")
    reader.run(f"plan --name prod {tail} --json")
    lose()
    assert reader.run(create, only="recover").code == 1
    refuse("DetachRolePolicy")
    reader.run(f"destroy --yes --no-preflight {tail}")
    reader.bootstrap(create)
    reader.run(f"destroy --dry-run {tail}")
    reader.run(f"destroy --yes {tail}")
    reader.run(f"destroy --yes {tail}")


@pytest.mark.parametrize("name", INPUTS)
def test_all_that_an_integration_prints(
    name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("config").write_text("[profile work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("config").absolute()))
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    tail = BOTH["WIRE"]
    reader = Reader(bootstrap, tail.split()[::2], f"{name} {INPUTS[name]}", ("--profile", "--region"))
    state = Path("states/prod.json")
    story(reader, lambda call: cloud.refuse(call, "AccessDenied", status=403), state.unlink, tail)
    verbs = {command.split()[1] for command in reader.typed}
    assert {"create", "destroy", "recover"} <= verbs, reader.typed


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile that the commands name."""
    Path("config").write_text("[profile work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("config").absolute()))


def test_what_is_printed_about_an_adopted_an_approved_and_a_rotated_deployment(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, work: None
) -> None:
    tail = BOTH["WIRE"]
    reader = Reader(bootstrap, tail.split()[::2], VPC, ("--profile", "--region"))
    create = f"create {VPC} --name prod --yes {tail}"
    bootstrap(create)
    Path("states/prod.json").unlink()
    here = scope()
    here.client("iam").untag_role(RoleName="UpsolverRole", TagKeys=[*OWNER_TAGS])
    here.client("s3").delete_bucket_tagging(Bucket=BUCKET)
    reader.run(create, only="adopt")
    assert bootstrap(f"state rm role bucket athena cloudformation --name prod --yes {tail}").code == 0
    here.client("iam").untag_role(RoleName="UpsolverRole", TagKeys=[*OWNER_TAGS])
    cloud.refuse("TagRole", "AccessDenied", status=403)
    reader.run(f"adopt {VPC} --name prod --yes --no-preflight {tail}", only="state rm")
    reader.run(f"adopt {VPC} --name prod --yes {tail}", only="plan")
    reader.run(f"export --name prod --format terraform --output module {tail}")
    reader.run(f"review --name prod {tail}", only="status")
    reader.run(f"plan --name prod --harden --out plan.json {tail}", only="integrations")
    reader.run("approve plan.json --by ann")
    reader.run(f"review --name prod --since plan.json.approval {tail}", only="create")
    reader.run(f"rotate external-id --external-id ext-2 --yes {tail}", only="integrations")
    reader.run(f"create --plan plan.json --require-approval plan.json.approval {tail}")
    reader.run(f"plan --name prod --harden --out plan.json --force {tail}")
    reader.run(f"create --name prod --external-id ext-3 --yes {tail}")
    reader.run(f"status --security {tail}")
    bootstrap(f"destroy --name prod --yes {tail}")
    reader.run(f"rotate external-id --retire --yes {tail}", only="create")
    verbs = [" ".join(command.split()[1:3]) for command in reader.typed]
    expected = {"adopt --integration", "state rm", "plan --integration", "create --plan", "rotate external-id"}
    assert expected <= {*verbs}, reader.typed


def test_what_is_printed_in_a_folder_of_two_deployments_names_the_one_that_it_is_about(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    two = '[deployments.two.inputs]\nexternal_id = "ext-2"\norg_id = "beta"\nrole_prefix = "two-"\n'
    one = '[deployments.one.inputs]\nexternal_id = "ext-1"\norg_id = "acme"\n'
    Path("bootstrap.toml").write_text(f'integration = "upsolver-vpc"\nname = "one"\n{one}{two}')
    assert bootstrap("create --yes").code == 0
    reader = Reader(bootstrap, (), "", (), name="two")
    for line in ("status", "outputs", "review", "destroy --yes", "state list", "state show", "rotate external-id --yes"):
        reader.run(f"{line} --name two")
    for line in (
        "plan --name two",
        "check --name two",
        "permissions --name two",
        "review upsolver-vpc --name two",
        "export --name two --format terraform --output module",
        "outputs --before-create --name two",
        "plan --name two --out plan.json",
        "review --plan plan.json",
        "approve plan.json --by ann --force",
    ):
        reader.run(line)
    cloud.refuse("AttachRolePolicy", "AccessDenied", status=403)
    reader.run("create --name two --yes --no-preflight")
    for line in (
        "create --name two --yes",
        "status --name two",
        "status --all",
        "status --security --name two",
        "outputs --name two",
        "state show --name two",
        "review --name two",
        "review --name two --since plan.json.approval",
        "export --name two --format terraform --output module --force",
        "plan --name two --harden --json",
        "rotate external-id --external-id ext-3 --name two --yes",
        "create --name two --yes",
        "plan --name two",
        "status --name two",
        "rotate external-id --retire --name two --yes",
    ):
        reader.run(line)
    Path(".bootstrap/two.json").unlink()
    assert reader.run("create --name two --yes", only="recover").code == 1
    Path(".bootstrap/two.json").unlink()
    reader.run("recover upsolver-vpc --name two --yes")
    cloud.refuse("DetachRolePolicy", "AccessDenied", status=403)
    reader.run("destroy --name two --yes --no-preflight")
    reader.run("destroy --dry-run --name two")
    reader.run("destroy --name two --yes")
    reader.run("status --name two")
    verbs = {command.split()[1] for command in reader.typed}
    assert {"create", "destroy", "recover", "review", "plan", "status", "rotate"} <= verbs, reader.typed


def test_what_is_printed_about_a_fleet(bootstrap: Bootstrap, cloud: Wire, work: None) -> None:
    tail, organization = BOTH["WIRE"], Organization()
    organization.add(1)
    reader = Reader(bootstrap, tail.split()[::2], DATADOG, ("--profile", "--region"))
    cloud.refuse("CreateStackInstances", "AccessDenied", status=403)
    fleet = (
        f"create {DATADOG} --name prod --organizational-unit {organization.unit} --canary none --yes --no-preflight {tail}"
    )
    assert reader.run(fleet, only="create").code == 1
    for line in (f"plan {tail}", f"status {tail}", f"outputs {tail}", f"destroy --yes {tail}", f"status {tail}"):
        reader.run(line)
    assert f"bootstrap {fleet}" in reader.typed
    assert f"bootstrap outputs accounts.csv --name prod {tail}" in reader.typed


@pytest.mark.parametrize("name", ["upsolver-vpc", "upsolver-data-access"])
def test_all_that_is_printed_in_the_sandbox_stays_there(name: str, here: Bootstrap, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="raw-data")
    reader = Reader(here, ["--sandbox"], f"{name} {INPUTS[name]}", ("--endpoint-url",))
    state = Path(".bootstrap/sandbox/deployments/prod.json")
    story(reader, lambda call: None, state.unlink, "--sandbox")
    there = reader.run(f"create {VPC} --sandbox --yes --state s3://not-there/prod.json")
    assert "aws s3 mb s3://not-there --endpoint-url http://127.0.0.1:" in there.err
    sandbox_cloud.s3.create_bucket(Bucket="unversioned")
    reader.run(f"create {VPC} --sandbox --yes --state s3://unversioned/prod.json")
    assert sum(command.startswith("aws ") for command in reader.typed) >= 3
    assert {command.split()[1] for command in reader.typed} >= {"recover", "create"}


AWS_CLI = """#!{python}
import boto3, os, sys
given = sys.argv[1:]
assert given[:2] in (["s3", "mb"], ["s3api", "put-bucket-versioning"], ["iam", "create-role"]), given
endpoint = given[given.index("--endpoint-url") + 1]
s3 = boto3.client("s3", "us-east-1", endpoint_url=endpoint)
if given[0] == "iam":
    trust = given[given.index("--assume-role-policy-document") + 1]
    iam = boto3.client("iam", "us-east-1", endpoint_url=endpoint)
    iam.create_role(RoleName=given[given.index("--role-name") + 1], AssumeRolePolicyDocument=trust)
elif given[1] == "mb":
    s3.create_bucket(Bucket=given[2].removeprefix("s3://"))
else:
    s3.put_bucket_versioning(Bucket=given[given.index("--bucket") + 1], VersioningConfiguration={{"Status": "Enabled"}})
"""


def aws_cli(line: str, **keys: str) -> None:
    """Runs a printed command, with an `aws` that knows what is printed."""
    program = Path("bin/aws")
    program.parent.mkdir(exist_ok=True)
    program.write_text(AWS_CLI.format(python=sys.executable))
    program.chmod(0o700)
    environment = {"PATH": f"{program.parent.absolute()}:/usr/bin:/bin", **keys}
    ran = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def test_an_integration_with_a_role_that_exists_can_be_tried_in_the_sandbox(here: Bootstrap, sandbox_cloud: Cloud) -> None:
    create = f"create aspera-atc {INPUTS['aspera-atc']} --sandbox --yes"
    sandbox_cloud.s3.create_bucket(Bucket="acme-in")
    refused = here(create)
    [line] = re.findall(r"To make the role there, run: (env .+)$", refused.err, re.MULTILINE)
    aws_cli(line)
    assert here(create).code == 0
    assert here("destroy --sandbox --yes").code == 0


@pytest.mark.parametrize("keys", [{}, {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SESSION_TOKEN": "of-work"}])
def test_a_command_of_the_aws_cli_for_the_sandbox_signs_with_its_key(
    keys: dict[str, str], here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    there = here(f"create upsolver-data-access {INPUTS['upsolver-data-access']} --sandbox --yes")
    stored = here(f"create {VPC} --sandbox --yes --state s3://not-there/prod.json")
    lines = re.findall(r"(?:create it|create it first|then): (env .+)$", there.err + stored.err, re.MULTILINE)
    assert len(lines) == 3, there.err + stored.err
    assert not re.search("SANDBOX[0-9A-F]{40}", "".join(lines))
    for line in lines:
        aws_cli(line, **keys)
    assert sandbox_cloud.s3.get_bucket_versioning(Bucket="not-there")["Status"] == "Enabled"
    assert sandbox_cloud.s3.head_bucket(Bucket="raw-data")


def test_what_is_read_as_a_command_and_what_aws_does_not_have() -> None:
    text = "To go on, run: bootstrap create --name a\nthe bootstrap of it\nin account 1: aws s3 mb s3://b --region c"
    document: dict[str, Any] = {"advice": text, "steps": ["Then: bootstrap destroy"]}
    found = ["bootstrap create --name a", "aws s3 mb s3://b --region c"]
    assert printed(text) == found
    assert set(printed(json.dumps(document))) == {*found, "bootstrap destroy"}
    for wrong in ("aws s3 make s3://b", "aws iam create-roles --role-name a", "aws iam create-role --name a"):
        with pytest.raises(AssertionError):
            check_aws(wrong)
