"""`bootstrap review`: of an integration and of a recorded deployment, in each format, into a file and into a browser."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from bootstrap import cli
from tests.cli.conftest import INPUTS, Bootstrap, make_buckets
from tests.support.processes import BOOTSTRAP, environment
from tests.support.screens import Screen
from tests.support.wire import Wire

ACME = Path(__file__).parents[1] / "support" / "acme.toml"
NAME = "upsolver-vpc"
MADE = f"{NAME} {INPUTS[NAME]}"


def test_it_needs_no_aws_and_marks_what_is_an_example(in_process: Bootstrap, cloud: Wire) -> None:
    ran = in_process(f"review {NAME}")
    assert ran.out.startswith(f"# Review of {NAME}\n")
    assert "your account, region us-east-1 (an example; 123456789012 in ARNs)" in ran.out
    assert cloud.calls == []


def test_at_a_terminal_it_says_how_to_read_the_page_in_a_browser(
    in_process: Bootstrap, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with capsys.disabled():
        shown, asked = Screen(120), Screen(120)
        assert shown.run(lambda: cli.run(["review", *MADE.split()])) == 0
        assert asked.run(lambda: cli.run(["review", NAME, "--format", "markdown"])) == 0
    told = f"To read it in a browser, run: bootstrap review --integration {MADE} --open"
    assert shown.text.splitlines()[-1] == told
    assert "in a browser" not in asked.text + in_process(f"review {NAME}").err


def test_the_inputs_decide_what_it_says(in_process: Bootstrap) -> None:
    usual, hard = in_process(f"review {NAME} --json").json, in_process(f"review {NAME} --harden --json").json
    assert (usual["verdict"]["gains_more"], hard["verdict"]["gains_more"]) == (
        True,
        None,
    )  # Spark of Athena: --without-athena
    assert usual["made"]["digest"] != hard["made"]["digest"]
    assert (usual["harden"]["on"], hard["harden"]["on"]) == (False, True)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("review.html", "<!doctype html>"), ("review.md", "# Review of"), ("review.json", "{"), ("review", "# Review of")],
)
def test_the_name_of_the_file_decides_about_the_format(name: str, begins: str, in_process: Bootstrap) -> None:
    assert in_process(f"review {NAME} --output {name}").code == 0
    assert Path(name).read_text(encoding="utf-8").startswith(begins)
    assert in_process(f"review {NAME} --output {name}").code == 64
    assert in_process(f"review {NAME} --output {name} --force --format json").code == 0
    assert json.loads(Path(name).read_text(encoding="utf-8"))["format"] == 1


WRONG = {
    "--json --format html": "--json and --format html are different formats",
    "--open --format markdown": "--open shows HTML in a browser, and the format is markdown",
    "--open --output review.md": "--open shows HTML in a browser, and the format is markdown",
    "--format pdf": "'pdf' is not one of 'html', 'markdown', 'json'",
    "--force": "--force overwrites the file of --output, which is not given",
    "--output .": "--output: . is a folder",
}


@pytest.mark.parametrize("options", WRONG)
def test_what_contradicts_itself_is_one_clear_error(options: str, in_process: Bootstrap) -> None:
    ran = in_process(f"review {NAME} {options}")
    assert ran.code != 0
    assert WRONG[options] in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err
    assert list(Path().iterdir()) == []


def test_one_that_is_not_recorded_yet_is_reviewed_by_its_inputs_under_its_name(in_process: Bootstrap) -> None:
    found = in_process(f"review {NAME} --name other --output page.html")
    assert found.code == 0
    assert "bootstrap destroy <span>--name</span> other" in Path("page.html").read_text(encoding="utf-8")
    assert "No deployment other is recorded here: the page is about these inputs." in found.err


def test_without_an_integration_and_a_deployment_it_names_the_integrations(in_process: Bootstrap) -> None:
    ran = in_process("review")
    assert ran.code == 64
    assert "no integration is named, and no deployment is recorded here" in ran.out + ran.err
    assert NAME in ran.out + ran.err


def test_a_recorded_deployment_is_reviewed_with_its_accounts_and_inputs(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create --integration {MADE} --yes").code == 0
    cloud.calls.clear()
    found = bootstrap("review --json --offline").json
    assert (cloud.calls, found["demands"]) == ([], None)
    made = found["made"]
    assert (made["deployment"], made["differs"], made["edited"], made["examples"]) == (NAME, [], False, False)
    assert found["external_id"]["value"]
    assert made["digest"] == bootstrap(f"review --name {NAME} --json").json["made"]["digest"]
    wider = bootstrap("review --read-bucket acme-raw --json").json
    assert wider["made"]["differs"] == ["role"]
    assert "acme-raw" in json.dumps(wider["access"])
    page = bootstrap("review").out
    assert f"# Review of deployment {NAME} ({NAME})" in page
    assert "an example" not in page
    assert f"bootstrap destroy --name {NAME}" in page
    other = bootstrap(f"review upsolver-private-vpc --name {NAME}")
    assert f"{NAME} is a deployment of {NAME}, not of upsolver-private-vpc" in other.out + other.err


def test_an_edited_state_is_said_to_be_one(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create --integration {MADE} --yes").code == 0
    state = Path(f".bootstrap/{NAME}.json")
    state.write_text(state.read_text(encoding="utf-8").replace('"org_id": "acme"', '"org_id": "acmf"'), encoding="utf-8")
    found = bootstrap("review --json").json
    assert found["made"]["edited"] is True
    assert found["made"]["differs"] != []


@pytest.mark.parametrize(("browser", "says"), [("/bin/echo", "file:///"), ("/bin/false", "No browser could be started.")])
def test_it_opens_the_page_in_the_browser_of_the_user(browser: str, says: str, tmp_path: Path) -> None:
    settings = {**environment(), "BROWSER": browser, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    ran = subprocess.run([*BOOTSTRAP, "review", NAME, "--open"], cwd=tmp_path, env=settings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert says in ran.stdout + ran.stderr
    [page] = tmp_path.glob("bootstrap-review-*/review.html")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.stat(page.parent).st_mode & 0o077 == 0


def test_the_page_of_a_file_says_that_nobody_reviewed_it_and_which_bytes_it_has(in_process: Bootstrap) -> None:
    file = Path("acme.toml")
    file.write_bytes(ACME.read_bytes())
    digest = hashlib.sha256(ACME.read_bytes()).hexdigest()
    for shown in ("markdown", "html"):
        page = in_process(f"review ./acme.toml --format {shown}").out
        assert f"./acme.toml is not part of bootstrap and was not reviewed by it; sha256 {digest}" in page
    found = in_process("review ./acme.toml --json").json
    assert (found["made"]["file"], found["made"]["sha256"], found["made"]["reviewed"]) == ("./acme.toml", digest, False)
    file.write_text(file.read_text(encoding="utf-8") + "\n# another byte\n", encoding="utf-8")
    assert in_process("review ./acme.toml --json").json["made"]["digest"] != found["made"]["digest"]


def test_a_deployment_of_the_project_file_is_reviewed_before_it_exists(bootstrap: Bootstrap) -> None:
    inputs = '[deployments.prod.inputs]\nexternal_id = "ext-1"\norg-id = "acme"\nharden = true\n'
    Path("bootstrap.toml").write_text(f'[deployments.prod]\nintegration = "{NAME}"\n{inputs}', encoding="utf-8")
    before = bootstrap("review --json").json
    assert (before["made"]["deployment"], before["harden"]["on"], before["external_id"]["value"]) == (None, True, "ext-1")
    assert bootstrap("create --yes").code == 0
    after = bootstrap("review --json").json
    assert (after["made"]["deployment"], after["made"]["differs"]) == ("prod", [])


def test_a_waiting_deployment_says_that_nobody_gets_in_yet(bootstrap: Bootstrap) -> None:
    make_buckets("raw-data")
    assert bootstrap("create --integration snowflake-s3 --bucket raw-data --yes").code == 0
    found = bootstrap("review --json").json
    assert found["waiting_for"] == ["snowflake_user"]
    assert found["verdict"]["sentence"].startswith("The deployment has 1 resource. Nobody gets in yet")
    assert found["made"]["differs"] == []


def test_the_command_that_shows_all_of_a_cut_page_runs(in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    page = in_process("review biomodal-duet --harden").out
    assert len(page) <= 30_000
    [command] = re.findall(r"To see all of it, run: `bootstrap (.*)`", page)
    assert "--harden" in command
    assert in_process(command).code == 0
    assert "Policy biomodal-duet" in Path(opened[0].removeprefix("file://")).read_text(encoding="utf-8")
