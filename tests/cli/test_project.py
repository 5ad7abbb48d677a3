"""What runs take from bootstrap.toml, and what wins over it."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import STATE, VPC, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

PAGE = Path(__file__).parents[2] / "docs" / "project-file.md"
ONE = '[deployments.prod]\nintegration = "upsolver-vpc"\n[deployments.prod.inputs]\nexternal_id = "ext-1"\norg-id = "acme"\n'
OTHER = (
    '[deployments.test]\nintegration = "upsolver-vpc"\n[deployments.test.inputs]\nexternal_id = "ext-2"\norg_id = "test"\n'
)
ROLES = 'role_prefix = "test-"\n'
SCRIPT = "--sandbox --yes"


def described(text: str, name: str = "bootstrap.toml") -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region is the file's to give."""
    monkeypatch.delenv("AWS_REGION")


def test_the_example_of_the_page_is_run_as_it_stands(here: Bootstrap) -> None:
    page = PAGE.read_text(encoding="utf-8")
    [example], [script] = re.findall("```toml\n(.*?)```", page, re.DOTALL), re.findall("```sh\n(.*?)```", page, re.DOTALL)
    described(example)
    for line in script.splitlines():
        program, *words = shlex.split(line)
        ran = here(shlex.join(words))
        assert (program, ran.code) == ("bootstrap", 0), ran.err
        assert ("From bootstrap.toml: " in ran.err) == (words[0] in ("plan", "create"))
    assert not list(Path(".bootstrap/sandbox/deployments").glob("*.json"))


def test_one_deployment_needs_no_option(bootstrap: Bootstrap, cloud: Wire) -> None:
    described(f'region = "eu-west-1"\ntags = {{ team = "data" }}\nstate = "states/prod.json"\n{ONE}')
    for verb in (
        "check",
        "permissions",
        "create --yes",
        "status --name prod",
        "outputs",
        "state show",
        "state path",
        "destroy --yes",
    ):
        ran = bootstrap(verb)
        assert ran.code == 0, (verb, ran.err)
        assert "From bootstrap.toml: --name prod " in ran.err or "--name" in verb
        assert "--state states/prod.json --region eu-west-1" in ran.err or "--region eu-west-1 --state" in ran.err
    assert {call.url.split(".")[1] for call in cloud.calls if call.service == "sts"} == {"eu-west-1"}
    assert Path("states/.prod.json.bootstrap-destroyed").exists()


def test_what_was_taken_is_shown_without_what_the_command_line_says(here: Bootstrap) -> None:
    described(f'tags = {{ team = "data" }}\n{ONE}harden = true\n')
    shown = "--integration upsolver-vpc --tag team=data --external-id ext-1 --org-id acme"
    assert f"From bootstrap.toml: --name prod {shown} --harden\n" in here(f"plan {SCRIPT[:9]}").err
    assert f"From bootstrap.toml: {shown}\n" in here("plan --sandbox --name prod --no-harden").err
    assert here("plan --sandbox --json").objects[0]["text"].startswith("From bootstrap.toml: --name prod")


def test_the_command_line_wins_over_the_environment_and_the_environment_over_the_file(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(f'region = "eu-west-1"\nprofile = "acme"\nstate = "a.json"\n{ONE}')
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("BOOTSTRAP_STATE", "b.json")
    ran = bootstrap("create --yes")
    assert ran.code == 0, ran.err
    assert "; not profile (AWS_ACCESS_KEY_ID is set), region (AWS_DEFAULT_REGION is set)\n" in ran.err
    assert "region us-west-2" in ran.err
    assert "Recorded in b.json" in ran.err
    assert "region ap-south-1" in bootstrap("plan --region ap-south-1 --state c.json").err
    assert "--state: (nothing) is not a file" in bootstrap("plan", "--state=").err
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert re.search("Error: .*profile.* acme", bootstrap("plan").err)
    assert re.search("Error: .*profile.* other", bootstrap("plan --profile other").err)


def test_the_sandbox_takes_inputs_and_never_who_and_where(here: Bootstrap) -> None:
    inputs = 'bucket = ["acme-in"]\nexternal_id = "ext-1"\ns3_profile = "buckets"\n'
    described(
        'profile = "acme"\nregion = "eu-west-1"\nstate = "s3://production/"\n'
        f'[deployments.atc]\nintegration = "aspera-atc"\n[deployments.atc.inputs]\n{inputs}'
    )
    ran = here("plan --sandbox --no-preflight")
    assert "region us-east-1" in ran.err
    assert "From bootstrap.toml: --name atc --integration aspera-atc --bucket acme-in --external-id ext-1\n" in ran.err


def test_several_deployments_are_chosen_by_name_and_listed_without_one(here: Bootstrap) -> None:
    described(ONE + OTHER + ROLES)
    for verb in (f"create {SCRIPT}", "plan --sandbox", f"destroy {SCRIPT}", "outputs --sandbox"):
        ran = here(verb)
        assert ran.code == 64
        assert "bootstrap.toml describes several deployments\nAdd --name with one of: prod, test." in ran.err
    for name in ("prod", "test"):
        assert here(f"create --name {name} {SCRIPT}").code == 0
    assert here("outputs bucket --name test --sandbox").out == "us-east-1-upsolver-test\n"
    described('name = "test"\n' + ONE + OTHER + ROLES)
    assert here("outputs bucket --sandbox").out == "us-east-1-upsolver-test\n"
    unknown = here(f"create --name tset {SCRIPT}")
    assert unknown.code == 64
    assert "bootstrap.toml describes no deployment 'tset'\nIt describes: prod, test." in unknown.err
    other = here(f"create --name prod --integration biomodal-duet {SCRIPT}")
    assert "deployments.prod: is a deployment of upsolver-vpc, not of biomodal-duet" in other.err


def test_a_deployment_that_the_file_does_not_describe_can_be_used_beside_it(here: Bootstrap) -> None:
    described(ONE)
    assert here(f"create {VPC} --name extra {SCRIPT}").code == 0
    assert here("status --name extra --sandbox").code == 0
    make = "Make one: bootstrap create --integration upsolver-vpc --name prod --sandbox\n"
    assert make in here("status --sandbox --name prod").err
    for verb in ("status --sandbox --all", "status --sandbox"):  # all that are recorded, whatever the file describes
        ran = here(verb)
        assert (ran.code, "extra" in ran.out + ran.err) == (0, True), ran.err


def test_all_states_of_the_file_are_listed_wherever_they_are(bootstrap: Bootstrap) -> None:
    described(
        'region = "us-east-1"\n'
        + ONE
        + OTHER.replace("[deployments.test.inputs]", 'state = "x.json"\n[deployments.test.inputs]')
        + ROLES
    )
    for name in ("prod", "test"):
        assert bootstrap(f"create --name {name} --yes --no-preflight").code == 0
    assert [row["deployment"] for row in bootstrap("state list --json").json] == ["prod", "test"]
    both = bootstrap("status --detailed-exitcode")
    assert both.code == 0
    assert re.search("prod .*up to date", both.out)
    assert re.search("test .*up to date", both.out)
    assert bootstrap("status --all").out == both.out
    Path("x.json").write_text("{")
    assert [row["deployment"] for row in bootstrap("state list --json").json] == ["prod", "test"]
    Path("x.json").unlink()
    assert [row["deployment"] for row in bootstrap("state list --json").json] == ["prod"]


def test_a_sign_in_that_fails_for_one_deployment_hides_no_other(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("keys").write_text("[ours]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = made-up\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "keys")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    elsewhere = 'profile = "missing"\nstate = "s3://acme-state/team/"\n[deployments.prod.inputs]'
    described(
        'region = "us-east-1"\nprofile = "ours"\n' + ONE.replace("[deployments.prod.inputs]", elsewhere) + OTHER + ROLES
    )
    for verb in ("create --name test --yes --no-preflight", "state show --name test", "outputs --name test"):
        assert bootstrap(verb).code == 0
    for verb in ("status", "status --all"):
        ran = bootstrap(verb)
        assert ran.code == 1
        assert re.search("prod +failed", ran.out)
        assert "missing" in ran.out
        assert re.search("test +up to date", ran.out)
    listed = bootstrap("state list --json").json
    assert [(row["deployment"], "problem" in row) for row in listed] == [("prod", True), ("test", False)]
    assert bootstrap("destroy --name test --yes").code == 0


def test_a_line_that_is_deleted_goes_back_to_the_default(bootstrap: Bootstrap) -> None:
    described(f'region = "us-east-1"\n{ONE}harden = true\n')
    assert bootstrap("create --yes").code == 0
    described(f'region = "us-east-1"\n{ONE}')
    assert "~ role" in bootstrap("plan").out
    Path("in.toml").write_text('external_id = "ext-9"\norg_id = "acme"')
    ran = bootstrap("plan --inputs in.toml")
    assert "--external-id ext-1" not in ran.err
    assert "ext-9" in ran.out


def test_a_deployment_without_inputs_in_the_file_keeps_those_of_its_last_run(bootstrap: Bootstrap) -> None:
    described('region = "us-east-1"\ntags = { team = "data" }\n[deployments.prod]\nintegration = "upsolver-vpc"\n')
    Path("i.toml").write_text('external_id = "ext-1"\norg_id = "acme"\n')
    assert bootstrap("create --inputs i.toml --yes").code == 0
    ran = bootstrap("create --integration upsolver-vpc --name prod --yes")
    assert (ran.code, "Inputs from the state: --external-id ext-1 --org-id acme" in ran.err) == (0, True), ran.err
    assert "No changes" in ran.out + ran.err


def test_an_example_of_an_external_id_is_refused_with_its_line(in_process: Bootstrap) -> None:
    table = "[deployments.upsolver-vpc.inputs]"
    Path("bootstrap.toml").write_text(f'integration = "upsolver-vpc"\n{table}\norg_id = "acme"\nexternal_id = "CHANGEME"\n')
    refused = in_process("create upsolver-vpc --yes")
    what = "bootstrap.toml, line 4: deployments.upsolver-vpc.inputs.external_id: 'CHANGEME' only stands for an external id"
    assert (refused.code, what in refused.err) == (64, True), refused.err
    assert "Which external id does Upsolver show you? Give that one.\n" in refused.err


def test_an_inputs_file_replaces_the_inputs_and_keeps_the_tags(bootstrap: Bootstrap) -> None:
    tagged = f'region = "us-east-1"\ntags = {{ cost = "data" }}\n{ONE}'
    described(tagged)
    assert bootstrap("create --yes --no-preflight").code == 0
    Path("in.toml").write_text('external_id = "ext-1"\norg_id = "acme"')
    ran = bootstrap("plan --inputs in.toml")
    assert "No changes" in ran.out
    assert "From bootstrap.toml: --name prod --integration upsolver-vpc --region us-east-1 --tag cost=data\n" in ran.err
    Path("in.toml").write_text('external_id = "ext-1"\norg_id = "acme"\ntag = ["cost=other"]')
    assert "other" in bootstrap("plan --inputs in.toml").out


def test_printed_commands_name_a_project_file_that_was_named(bootstrap: Bootstrap, scope: MakeScope) -> None:
    described(f'region = "us-east-1"\nstate = "prod.json"\n{ONE}', "team/acme.toml")
    created = bootstrap("create --yes --project team/acme.toml")
    assert created.code == 0, created.err
    assert Path("team/prod.json").exists()
    elsewhere = bootstrap("status --project team/acme.toml --region us-west-2")
    assert "Omit --region (or region in a project file)" in elsewhere.err
    athena = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
    scope().client("iam").detach_role_policy(RoleName="UpsolverRole", PolicyArn=athena)
    status = bootstrap("status --project team/acme.toml").out
    restore = "create --integration upsolver-vpc --name prod --project team/acme.toml"
    assert f"To restore it, run: bootstrap {restore}\n" in status
    assert bootstrap(f"{restore} --yes").code == 0
    assert "No changes" in bootstrap(f"{restore} --yes").err


def test_a_file_that_others_can_write_is_used_only_if_it_is_named(bootstrap: Bootstrap, cloud: Wire) -> None:
    described(f'region = "us-east-1"\n{ONE}')
    Path("bootstrap.toml").chmod(0o666)
    refused = bootstrap("create --yes")
    assert refused.code == 64
    assert "can be written by every user, so it is not used\n" in refused.err
    assert "add --project bootstrap.toml." in refused.err
    assert writes(cloud.calls) == []
    assert not STATE.exists()
    assert bootstrap("plan --project bootstrap.toml").code == 0


def test_verbs_without_a_deployment_do_not_need_one(in_process: Bootstrap) -> None:
    described(ONE + OTHER)
    for line in ("integrations", "state list", "create --help", "sandbox status"):
        assert in_process(line).code == 0


def test_options_of_the_described_integration_are_in_the_help(in_process: Bootstrap, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    described(ONE)
    assert "Inputs of upsolver-vpc" in in_process("create --help").out
