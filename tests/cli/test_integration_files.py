"""An integration that is a file, on the command line: its inputs are options, and its state outlives it."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from bootstrap import cli
from bootstrap.integrations import sources
from tests.cli.conftest import Bootstrap
from tests.cli.test_printed_commands import Reader
from tests.conftest import MakeScope
from tests.support.files import INPUTS, TEXT, WARNING, written
from tests.support.printed import printed
from tests.support.processes import Cloud
from tests.support.wire import Wire

CREATE = f"create --integration ./acme.toml {INPUTS} --yes"
PAGE = Path(__file__).parents[2] / "docs" / "integration-files.md"
STATE = Path(".bootstrap/acme.json")
DIGEST = sha256(TEXT.encode()).hexdigest()
EFFECT = "A notification queue for each source in Acme"
Completed = Callable[[str], list[str]]
FIRST = "1. acme.toml says: Delete the source in Acme that uses arn:aws:iam::123456789012:role/Acme."


@pytest.fixture(autouse=True)
def own_file(usual_place: None) -> None:
    written()


@pytest.fixture
def completed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Completed:
    """What bash is offered after the line; the last word is the one to complete."""

    def offered(line: str) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setenv("_BOOTSTRAP_COMPLETE", "complete_bash")
            patch.setenv("COMP_WORDS", line)
            patch.setenv("COMP_CWORD", str(line.count(" ")))
            capsys.readouterr()
            with pytest.raises(SystemExit):
                cli.run([])
        return capsys.readouterr().out.split()

    return offered


def changed(path: str = "acme.toml") -> str:
    """The digest of the file, which now has another title."""
    text = TEXT.replace("Acme reads files", "Acme takes files")
    Path(path).write_text(text)
    return sha256(text.encode()).hexdigest()


def moved() -> None:
    Path("vendors").mkdir(exist_ok=True)
    Path("acme.toml").rename("vendors/acme.toml")


def test_the_life_of_a_deployment_from_a_file(here: Bootstrap, sandbox_cloud: Cloud) -> None:
    reader = Reader(here, ["--sandbox"], "", ())
    tail = "--sandbox"
    for line in (f"plan ./acme.toml {INPUTS} {tail}", f"{CREATE} {tail}", f"{CREATE} {tail} --name other --role-prefix o-"):
        ran = reader.run(line)
        assert ran.code == 0, ran.err
        assert f"./acme.toml {WARNING}{DIGEST}" in ran.err + ran.out
        assert "Not verified: acme.toml says: Whether Acme lists other buckets" in ran.err
        assert "Costs: acme.toml says: Acme's requests to S3" in ran.err
    assert "Role ARN  arn:aws:iam::123456789012:role/Acme" in ran.out.replace("o-Acme", "Acme")
    sandbox_cloud.iam.delete_role_policy(RoleName="Acme", PolicyName="acme-s3")
    ran = reader.run(f"status --name acme {tail}")
    assert f"./acme.toml {WARNING}{DIGEST}" in ran.out
    assert "bootstrap create --integration ./acme.toml --name acme --sandbox" in ran.out
    repaired = [command for command in reader.typed if command.startswith("bootstrap create --integration ./acme.toml")]
    assert repaired
    assert here(f"status --name acme {tail} --detailed-exitcode").code == 0
    moved()
    ran = here(f"create --name acme --yes {tail}")
    assert ran.code == 64
    assert "The file of deployment acme is not there: ./acme.toml" in ran.err
    assert here(f"create vendors/acme.toml --name acme --yes {tail}").code == 0
    assert here(f"create --name acme --yes {tail}").code == 0
    shutil.rmtree("vendors")
    for line in (f"status --name acme {tail}", f"outputs --name acme {tail}", f"state show --name acme {tail}"):
        ran = reader.run(line)
        assert ran.code == 0, ran.err
    assert "from vendors/acme.toml, sha256 " in ran.out
    ran = here(f"outputs --name acme {tail} --write-handoff handoff")
    assert json.loads(Path("handoff/values.json").read_text()) == {"Role ARN": "arn:aws:iam::123456789012:role/Acme"}
    assert FIRST in here(f"destroy --name acme --dry-run {tail}").out
    for name in ("acme", "other"):
        ran = reader.run(f"destroy --name {name} --yes {tail}")
        assert ran.code == 0, ran.err
        assert f"may be left, and was not looked for: acme.toml says: {EFFECT}" in ran.out
        assert f"{WARNING}{DIGEST}" in ran.err
    assert sandbox_cloud.iam.list_roles()["Roles"] == []


def test_the_commands_of_the_page_run_as_they_stand(here: Bootstrap, sandbox_cloud: Cloud) -> None:
    [script] = re.findall("```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in script.splitlines():
        program, *words = shlex.split(line)
        ran = here(shlex.join(words))
        assert (program, ran.code) == ("bootstrap", 0), ran.err
    assert sandbox_cloud.iam.list_roles()["Roles"] == []


@pytest.mark.parametrize("verb", ["create --integration ./acme.toml", "plan acme.toml", "permissions ./acme.toml"])
def test_its_inputs_are_options(
    verb: str, bootstrap: Bootstrap, completed: Completed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = bootstrap(f"{verb} --help").out
    assert "Inputs of acme" in text
    assert "Require the external id that Acme shows you." in text
    assert completed(f"bootstrap {verb} --buc") == ["--bucket"]


@pytest.mark.parametrize(
    ("begun", "offered"),
    [("./", ["./acme.toml", "./vendors/"]), ("vendors/a", ["vendors/acme.json"]), ("acme", []), ("nowhere/", [])],
)
def test_a_path_is_completed(begun: str, offered: list[str], completed: Completed) -> None:
    written("vendors/acme.json")
    Path("notes.txt").touch()
    assert completed(f"bootstrap create --integration {begun}") == offered


def test_a_broken_file_is_one_error_and_breaks_no_completion(bootstrap: Bootstrap, completed: Completed) -> None:
    Path("acme.toml").write_text(TEXT.replace("[inputs.bucket]", "[inputs.bucket]\nwrong = 1"))
    for line in (CREATE, "create acme.toml --help", "integrations ./acme.toml", "integrations --harden ./acme.toml"):
        ran = bootstrap(line)
        assert (ran.code, ran.out) == (64, ""), line
    for line in (CREATE, "create acme.toml --help", "integrations ./acme.toml"):
        assert "acme.toml, line " in bootstrap(line).err, line
    assert completed("bootstrap create --integration ./acme.toml --na") == ["--name"]


def test_a_recorded_file_that_is_broken_is_one_error_and_breaks_no_completion(
    bootstrap: Bootstrap, completed: Completed
) -> None:
    assert bootstrap(CREATE).code == 0
    assert completed("bootstrap create --name acme --buc") == ["--bucket"]
    Path("acme.toml").write_text("format = 2")
    assert completed("bootstrap create --name acme --retag --fo") == ["--force"]
    ran = bootstrap("create --name acme --external-id ext-2 --yes")
    assert (ran.code, "acme.toml" in ran.err) == (64, True)


def test_a_value_that_looks_like_a_path_is_no_integration(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    assert "--role-prefix: a role prefix has" in bootstrap("plan --bucket other-in --role-prefix ./none.toml").err
    assert bootstrap("plan --bucket other-in").code == 0


def test_its_page_says_what_nobody_reviewed(bootstrap: Bootstrap) -> None:
    page = bootstrap("integrations ./acme.toml").out
    assert f"./acme.toml {WARNING}" in page
    markdown = bootstrap("integrations ./acme.toml --markdown").out
    found = bootstrap("integrations ./acme.toml --json").json
    assert (found["file"], found["sha256"], found["reviewed"]) == ("./acme.toml", DIGEST, False)
    for key, text in (("unverified", "Whether Acme"), ("costs", "Acme's requests"), ("side_effects", EFFECT)):
        assert all(text in each for each in (page, markdown, found[key][0])), key
    assert found["before_destroy"] == ["acme.toml says: Delete the source in Acme that uses @{role.arn}."]
    assert bootstrap("integrations upsolver-vpc --json").json["reviewed"] is True


def test_the_list_says_where_each_is_from(bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    written("vendors/acme.toml")
    monkeypatch.setenv(sources.VARIABLE, "vendors")
    assert "Acme reads files from one bucket (from vendors/acme.toml, not reviewed)" in bootstrap("integrations").out
    listed = bootstrap("integrations --json").json
    assert listed["acme"] == {"title": "Acme reads files from one bucket", "from": "vendors/acme.toml"}
    assert listed["upsolver-vpc"]["from"] == "bootstrap"
    ran = bootstrap(f"plan acme {INPUTS}")
    assert f"vendors/acme.toml {WARNING}" in ran.out


def test_all_that_is_printed_as_data_names_the_file(bootstrap: Bootstrap) -> None:
    source = {"path": "./acme.toml", "sha256": DIGEST}
    named = {"name": "acme", "file": "./acme.toml", "sha256": DIGEST, "reviewed": False}
    created = bootstrap(f"{CREATE} --json")
    assert created.last("plan")["integration"] == named
    assert created.last("result")["source"] == source
    assert json.loads(STATE.read_text())["source"] == source
    assert bootstrap("status --json").last("plan")["integration"] == named
    assert bootstrap("outputs --json").json["source"] == source
    destroyed = bootstrap("destroy --yes --json")
    assert destroyed.last("plan")["integration"] == named
    assert destroyed.last("plan")["before_destroy"] == [FIRST.removeprefix("1. ")]
    assert destroyed.last("receipt")["side_effects"] == [f"acme.toml says: {EFFECT}"]


def test_a_file_that_changed_is_shown_with_both_digests(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    digest = changed()
    says = f"It changed since the last create: sha256 was {DIGEST}, is {digest}"
    ran = bootstrap("create --yes")
    assert says in ran.err, ran.err
    assert "since the last create" not in bootstrap("create --yes").err
    assert json.loads(STATE.read_text())["source"]["sha256"] == digest


def test_another_file_of_the_same_name_is_refused_while_the_first_is_there(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(CREATE).code == 0
    written("vendors/acme.toml", text=TEXT.replace("Acme reads", "Acme writes"))
    before = STATE.read_bytes()
    ran = bootstrap("create --integration vendors/acme.toml --yes")
    assert ran.code == 1
    assert "deployment 'acme' was created from ./acme.toml, which is still there" in ran.err
    assert STATE.read_bytes() == before
    [move] = [line.rpartition("run: ")[2] for line in ran.err.splitlines() if "run: mv" in line]
    _, old, new = shlex.split(move)
    Path(old).replace(new)
    assert bootstrap("create --yes").code == 0


def test_two_files_of_the_same_name_in_one_folder_of_states(bootstrap: Bootstrap) -> None:
    written("vendors/acme.toml", text=TEXT.replace("Acme reads", "Acme writes"))
    assert bootstrap(CREATE).code == 0
    assert bootstrap(f"create vendors/acme.toml {INPUTS} --name second --role-prefix second- --yes").code == 0
    for name, file in (("acme", "./acme.toml"), ("second", "vendors/acme.toml")):
        assert f"{file} {WARNING}" in bootstrap(f"plan --name {name}").out


def test_a_file_with_the_name_of_one_of_the_package_never_takes_over_its_deployment(bootstrap: Bootstrap) -> None:
    written("upsolver-vpc.toml", "upsolver-vpc")
    given = "--external-id ext-1 --org-id acme --yes"
    assert bootstrap(f"create --integration upsolver-vpc {given}").code == 0
    ran = bootstrap(f"create --integration ./upsolver-vpc.toml {INPUTS} --yes")
    assert ran.code == 1
    assert "belongs to upsolver-vpc (part of bootstrap), not upsolver-vpc (./upsolver-vpc.toml)" in ran.err
    assert bootstrap(f"create ./upsolver-vpc.toml {INPUTS} --name mine --yes").code == 0
    ran = bootstrap(f"create --integration upsolver-vpc {given} --name mine")
    assert "belongs to upsolver-vpc (./upsolver-vpc.toml), not upsolver-vpc (part of bootstrap)" in ran.err


def test_a_lost_state_is_rebuilt_with_the_file(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    STATE.unlink()
    ran = bootstrap(f"recover ./acme.toml {INPUTS} --yes")
    assert ran.code == 0, ran.err
    assert "bootstrap plan --integration ./acme.toml --name acme" in ran.err
    assert json.loads(STATE.read_text())["source"] == {"path": "./acme.toml", "sha256": DIGEST}
    assert bootstrap("plan --name acme --detailed-exitcode").code == 0


def test_the_project_file_names_a_file_beside_it(bootstrap: Bootstrap) -> None:
    written("team/acme.toml")
    Path("acme.toml").unlink()
    inputs = '[deployments.prod.inputs]\nexternal_id = "ext-1"\nbucket = "acme-in"\n'
    Path("team/bootstrap.toml").write_text(f'[deployments.prod]\nintegration = "./acme.toml"\n{inputs}')
    ran = bootstrap("create --project team/bootstrap.toml --yes")
    assert ran.code == 0, ran.err
    assert "--integration team/acme.toml" in ran.err
    assert bootstrap("plan --project team/bootstrap.toml --integration ./team/acme.toml --detailed-exitcode").code == 0
    Path("team/acme.toml").unlink()
    for verb in ("status", "outputs", "destroy --yes"):
        assert bootstrap(f"{verb} --project team/bootstrap.toml").code == 0, verb
    assert bootstrap("create --help --project team/bootstrap.toml").code == 0
    ran = bootstrap("create --project team/bootstrap.toml --yes")
    assert ran.code == 64
    assert "team/acme.toml" in ran.err


def test_what_was_done_to_the_file_does_not_stop_a_destroy(bootstrap: Bootstrap, scope: MakeScope) -> None:
    for number, text in enumerate(("", "format = 2", TEXT.replace('name = "Acme"', 'name = "Other"'), None)):
        written()
        assert bootstrap(CREATE).code == 0
        Path("acme.toml").unlink() if text is None else Path("acme.toml").write_text(text)
        ran = bootstrap("destroy --yes")
        assert ran.code == 0, (number, ran.err)
        assert scope().client("iam").list_roles()["Roles"] == []


def test_a_path_that_a_shell_would_take_apart_works_as_it_is_printed(bootstrap: Bootstrap, scope: MakeScope) -> None:
    Path("acme.toml").unlink()
    path = str(written("my $files/it's.toml"))
    assert bootstrap(f"create {INPUTS} --yes", "--integration", path).code == 0
    scope().client("iam").delete_role_policy(RoleName="Acme", PolicyName="acme-s3")
    [command] = [each for each in printed(bootstrap("status").out) if "create" in each]
    assert shlex.split(command)[:4] == ["bootstrap", "create", "--integration", path]
    assert bootstrap(command.removeprefix("bootstrap "), "--yes").code == 0
    assert bootstrap("status --detailed-exitcode").code == 0


def test_what_is_printed_about_inputs_and_accepted_warnings_names_the_file(bootstrap: Bootstrap) -> None:
    Path("inputs.toml").write_text('external_id = "ext-1"\nother = "x"\n')
    resource = 'resources = ["arn:${partition}:s3:::${input.bucket}/*"]'
    written(text=TEXT.replace('"s3:GetObject"', '"iam:CreateAccessKey"').replace(resource, 'resources = ["*"]'))
    assert bootstrap(CREATE).code == 0
    lines = ("create ./acme.toml --external-id ext-1 --name new --yes", "plan ./acme.toml --inputs inputs.toml", "plan")
    said = [printed(ran.out, ran.err) for ran in map(bootstrap, lines)]
    assert said == [
        ["bootstrap create --integration ./acme.toml --help"],
        ["bootstrap integrations ./acme.toml"],
        ["bootstrap integrations ./acme.toml"],
    ]
    assert all(bootstrap(command.removeprefix("bootstrap ")).code == 0 for [command] in said)


def test_quiet_runs_still_say_that_nobody_reviewed_it(bootstrap: Bootstrap) -> None:
    assert f"Warning: ./acme.toml {WARNING}{DIGEST}" in bootstrap(f"{CREATE} --quiet").err
    assert WARNING not in bootstrap("destroy --yes --quiet").err


def test_the_name_of_a_file_that_is_there_is_suggested(bootstrap: Bootstrap) -> None:
    assert "Did you mean ./acme.toml? There are: " in bootstrap("plan acme").err


def test_a_note_to_restore_it_names_what_is_missing(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(CREATE).code == 0
    scope().client("iam").delete_role_policy(RoleName="Acme", PolicyName="acme-s3")
    os.unlink("acme.toml")
    ran = bootstrap("status")
    assert ran.code == 0
    assert "The file of deployment acme is not there: ./acme.toml" in ran.err
    assert "bootstrap create" not in ran.err
