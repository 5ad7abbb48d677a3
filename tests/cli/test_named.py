"""How a person names what a command is about: with or without --integration, or not at all where one deployment is there."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from bootstrap.cli.command_line import familiar, named_integration, possible_integrations
from bootstrap.integrations import integrations
from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap
from tests.support.wire import Wire

FLAGS, VALUES = {"--yes", "--sandbox"}, {"--name", "--state", "--integration"}


@pytest.mark.parametrize(
    ("line", "name", "possible"),
    [
        ("create upsolver-vpc", "upsolver-vpc", []),
        ("create upsolver-vpc --org-id acme", "upsolver-vpc", []),
        ("create --yes upsolver-vpc", "upsolver-vpc", []),
        ("create --name prod upsolver-vpc", "upsolver-vpc", []),
        ("create --name=prod upsolver-vpc", "upsolver-vpc", []),
        ("create --name upsolver-vpc", None, []),
        ("create --harden upsolver-vpc", None, ["upsolver-vpc"]),
        ("create --integration upsolver-vpc", "upsolver-vpc", []),
        ("create aspera-atc --integration=upsolver-vpc", "upsolver-vpc", []),
        ("create --name prod --yes", None, []),
        ("create -- upsolver-vpc", None, []),
    ],
)
def test_an_integration_is_found_wherever_it_stands(line: str, name: str | None, possible: list[str]) -> None:
    words = shlex.split(line)
    assert named_integration(words, FLAGS) == name
    if name is None and "--" not in words:
        assert possible_integrations(words, VALUES) == possible


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("help", "--help"),
        ("help create", "create --help"),
        ("help state rm", "state rm --help"),
        ("version", "--version"),
        ("outputs help", "outputs help"),
    ],
)
def test_help_and_version_are_words_too(line: str, meant: str) -> None:
    assert familiar(shlex.split(line)) == shlex.split(meant)


def test_every_form_of_help_and_version_shows_the_same(in_process: Bootstrap) -> None:
    for lines in (("--help", "-h", "help"), ("plan --help", "plan -h", "help plan"), ("--version", "version")):
        shown = [in_process(line) for line in lines]
        assert {ran.code for ran in shown} == {0}
        assert len({ran.out for ran in shown}) == 1
        assert shown[0].out.strip()


@pytest.mark.parametrize("name", INPUTS)
def test_without_the_option_it_is_the_same_for_each_verb_that_takes_an_integration(name: str, bootstrap: Bootstrap) -> None:
    for line in (f"permissions {INPUTS[name]} --for status", "create --help", "recover --help"):
        verb, _, rest = line.partition(" ")
        with_option = bootstrap(f"{verb} --integration {name} {rest}")
        assert with_option.code == 0
        assert bootstrap(f"{verb} {name} {rest}").out == with_option.out
        assert bootstrap(f"{verb} {rest} {name}").out == with_option.out


def test_the_whole_life_of_a_deployment_without_the_option(bootstrap: Bootstrap) -> None:
    given = VPC.removeprefix("--integration ")
    assert bootstrap(f"plan {given}").code == 0
    assert bootstrap(f"check {given}").code == 0
    assert bootstrap(f"create --yes --tag team=data {given}").code == 0
    STATE.unlink()
    assert bootstrap(f"recover {given} --tag team=data --yes").code == 0
    assert bootstrap("destroy --yes").code == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("create upsolver-vcp --org-id acme", "there is no integration 'upsolver-vcp'"),
        ("plan upsolver-vpc --integration aspera-atc", "two integrations are named: upsolver-vpc and aspera-atc"),
        ("plan upsolver-vpc aspera-atc", "unexpected extra argument"),
        ("help nonsense", "No such command 'nonsense'"),
    ],
)
def test_what_names_none_is_one_clear_error(line: str, message: str, bootstrap: Bootstrap) -> None:
    refused = bootstrap(line)
    assert refused.code == 64
    assert message in refused.err


def inputs(path: Path = STATE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["inputs"]
    return found


@pytest.mark.parametrize("place", ["", "--name prod", "--state states/prod.json"])
def test_a_second_create_is_about_the_only_deployment(place: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} {place} --yes").code == 0
    for line in ("plan", "check", "create --yes", "create --dry-run"):
        ran = bootstrap(f"{line} {place}")
        assert ran.code == 0, ran.err
        assert "of upsolver-vpc, recorded in " in ran.err
    place = "" if place == "--name prod" else place  # it is the only one
    ran = bootstrap(f"create --harden --tag team=data --yes {place}")
    assert ran.code == 0, ran.err
    shown = bootstrap(f"state show --json {place}").json
    assert (shown["inputs"]["harden"], shown["inputs"]["tag"]) == (True, ["team=data"])
    assert bootstrap(f"permissions --for status {place}").code == 0
    assert bootstrap(f"destroy --yes {place}").code == 0


def test_among_several_none_is_chosen_for_the_user(bootstrap: Bootstrap, cloud: Wire) -> None:
    for name in ("one", "two"):
        given = f"upsolver-vpc --external-id ext-1 --org-id {name} --role-prefix {name}-"
        assert bootstrap(f"create {given} --name {name} --yes").code == 0
    refused = bootstrap("create --yes")
    assert refused.code == 64
    assert "Add --name with one of: one, two." in refused.err
    assert bootstrap("create --name two --harden --yes").code == 0
    assert inputs(STATE.with_name("two.json"))["harden"] is True
    assert inputs(STATE.with_name("one.json"))["harden"] is False


def test_each_input_that_a_person_is_asked_for_has_a_question() -> None:
    from bootstrap.core.integration import inputs_of

    for kind in integrations().values():
        asked = {name for choice in kind.alternatives for name in choice.names} | set(kind.required({}))
        questions = {item.name: item.question for item in inputs_of(kind) if item.name in asked}
        assert all("?" in question for question in questions.values()), (kind.name, questions)
        assert all("?" in choice.question for choice in kind.alternatives)


@pytest.mark.parametrize(
    "option", ["--output kept.txt", "--log calls.log", "--color never", "--inputs in.toml", "--what ever"]
)
def test_the_value_of_an_option_is_no_name_of_an_integration(option: str, in_process: Bootstrap) -> None:
    Path("in.toml").write_text("harden = true")
    for line in (f"integrations {option}", f"integrations {option} upsolver-vpc", f"integrations upsolver-vpc {option}"):
        ran = in_process(line)
        assert "there is no integration" not in ran.err
        is_wrong = "--what" in line or ("--inputs" in line and "vpc" not in line)
        assert ran.code == (64 if is_wrong else 0), ran.err
        Path("kept.txt").unlink(missing_ok=True)


def test_a_sandbox_that_is_switched_off_by_the_variable_is_off(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    for off in ("0", "false", "no", "off", ""):
        monkeypatch.setenv("BOOTSTRAP_SANDBOX", off)
        ran = bootstrap("plan --no-harden --no-preflight")
        assert ran.code == 0, (off, ran.err)
