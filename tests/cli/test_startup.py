"""What is asked most often answers at once: help, version, explanations and completion load no AWS SDK."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.core.integration import inputs_of
from bootstrap.integrations import integration, integrations
from bootstrap.integrations.files.integration import FileIntegration
from tests.cli.conftest import VPC, Bootstrap
from tests.support.inputs import THOROUGH
from tests.support.processes import BOOTSTRAP, Cloud, environment

RUN = """
import contextlib, io, json, sys
from typer.main import get_command
from bootstrap.cli import run
from bootstrap.cli.app import build_app

def verbs(command, words=()):
    yield [*words, "--help"]
    for name, listed in getattr(command, "commands", {}).items():
        inner = listed if words else get_command(build_app([name])).commands[name]
        yield from verbs(inner, (*words, name))

lines = json.loads(sys.argv[1]) or list(verbs(get_command(build_app([]))))
for line in lines:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(line) == 0, line
    assert out.getvalue(), line
print(json.dumps([len(lines), sorted(sys.modules)]))
"""
SDK = {"boto3", "botocore", "moto", "awscrt"}
NEVER = {"awscrt", "_awscrt", "pydantic", "rich.markdown", "markdown_it", "attr", "yaml", "pygments"}
"""What no verb needs, and what takes long to import: of pydantic, markdown_it and attr each takes as long as typer."""


def loaded(*lines: list[str], folder: Path | None = None) -> tuple[int, set[str]]:
    """How many commands ran in one process, and the modules that it had loaded in the end. No lines: help of each verb."""
    command = [sys.executable, "-c", RUN, json.dumps(lines)]
    ran = subprocess.run(command, env=environment(), check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    number, modules = json.loads(ran.stdout)
    return number, set(modules)


def completions(line: str, **more: str) -> list[str]:
    """What bash is offered after the line; the last word is the one to complete."""
    words = line.split(" ")
    settings = {"_BOOTSTRAP_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), **more}
    ran = subprocess.run(BOOTSTRAP, env=environment(**settings), capture_output=True, text=True)
    assert ran.stderr == ""
    return ran.stdout.split()


def test_help_of_every_verb_and_the_version_load_no_sdk() -> None:
    number, modules = loaded()
    assert number >= 20
    assert modules & (SDK | NEVER | {"bootstrap.resources"}) == set()
    number, modules = loaded(["--version"])
    assert modules & (SDK | NEVER | {"bootstrap.resources", "rich", "bootstrap.cli.create"}) == set()


def test_the_list_of_verbs_loads_nothing_of_what_they_need() -> None:
    _, modules = loaded(["--help"])
    inside = {"bootstrap.core.plan", "bootstrap.core.integration", "bootstrap.backends.file", "bootstrap.operations"}
    assert modules & (SDK | NEVER | inside) == set()


def test_explanations_load_the_names_of_errors_and_no_more_of_the_sdk() -> None:
    names = list(integrations())
    lines = [["integrations"], *(["integrations", name] for name in names), ["create", "--integration", names[0], "--help"]]
    _, modules = loaded(*lines)
    sdk = {"boto3", "botocore.session", "botocore.client", "botocore.config", "urllib3", "moto"}
    assert modules & (NEVER | sdk | {"importlib.metadata"}) == set()


def test_a_run_loads_its_own_integration_and_of_the_sdk_only_what_it_calls(sandbox_cloud: Cloud, tmp_path: Path) -> None:
    create = ["create", "--sandbox", "--yes", *shlex.split(VPC)]
    _, modules = loaded(create, ["status", "--sandbox"], ["destroy", "--sandbox", "--yes"], folder=tmp_path)
    assert modules & NEVER == set()
    vendors = {
        "bootstrap.integrations.biomodal.duet",
        "bootstrap.integrations.aspera.atc",
    }
    assert modules & vendors == set()  # it is a file
    _, modules = loaded(["create", "--integration", "biomodal-duet", "--help"])
    assert modules & vendors == {"bootstrap.integrations.biomodal.duet"}


@pytest.mark.parametrize("name", [name for name in THOROUGH if not issubclass(integration(name), FileIntegration)])
def test_an_integration_is_in_the_package_of_its_vendor(name: str) -> None:
    """`find` looks there first; elsewhere it finds it only after it has imported all of them."""
    assert integration(name).__module__.split(".")[:3] == ["bootstrap", "integrations", name.partition("-")[0]]


@pytest.mark.parametrize("name", THOROUGH)
@pytest.mark.parametrize("verb", ["create", "plan", "permissions"])
def test_help_with_an_integration_shows_its_inputs(
    name: str, verb: str, bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = bootstrap(f"{verb} --help --integration={name}").out
    words = " ".join(text.replace("│", " ").split())
    for item in inputs_of(integration(name)):
        assert f" {item.flag} " in words
        assert item.help.split()[0] in words
        if item.kind == "flag":
            assert "--no-" in words or "--with-" in words
    assert f"Inputs of {name}" in text
    assert "Inputs of every integration" in text


def test_help_without_an_integration_shows_none(bootstrap: Bootstrap) -> None:
    text = bootstrap("create --help").out
    assert "Inputs of" not in text
    assert "--org-id" not in text
    assert "--integration NAME --help" in text.replace("\n", "")


@pytest.mark.parametrize(
    "line", ["", "create --integration biomodal-duet", "permissions", "lint", "state import", "state push"]
)
def test_help_shows_no_types_and_values_of_python(line: str, bootstrap: Bootstrap) -> None:
    assert not re.search(r"<\w|\bTrue\b|\bFalse\b|\bNone\b|\['", bootstrap(f"{line} --help").out)


@pytest.mark.parametrize("name", integrations())
def test_an_explanation_shows_no_values_of_python(name: str, bootstrap: Bootstrap) -> None:
    assert not re.search(r"default: (True|False|\[)", bootstrap(f"integrations {name}").out)


def test_verbs_are_completed() -> None:
    assert completions("bootstrap sta") == ["status", "state"]
    assert completions("bootstrap state s") == ["show"]


def test_options_of_the_integration_that_is_named_are_offered() -> None:
    offered = completions("bootstrap create --integration upsolver-vpc --e")
    assert offered == ["--external-id", "--existing-bucket", "--external-id-later"]
    assert completions("bootstrap plan --integration upsolver-data-access --k") == ["--kinesis-stream", "--kms-key"]
    assert completions("bootstrap create --k") == []


def test_integrations_are_completed() -> None:
    assert completions("bootstrap create --integration upsolver-p") == ["upsolver-private-vpc"]
    assert completions("bootstrap integrations upsolver-d") == ["upsolver-data-access"]


def test_an_integration_that_is_none_does_not_break_completion() -> None:
    assert "--name" in completions("bootstrap create --integration other --")


def test_deployments_are_completed(tmp_path: Path) -> None:
    folder = tmp_path / ".bootstrap"
    folder.mkdir()
    for name in ("prod.json", ".prod.json.bootstrap-lock", "test.json"):
        (folder / name).touch()
    assert sorted(completions("bootstrap destroy --name ")) == ["prod", "test"]
    (folder / "sandbox" / "deployments").mkdir(parents=True)
    (folder / "sandbox" / "deployments" / "trial.json").touch()
    assert completions("bootstrap outputs --name ", BOOTSTRAP_SANDBOX="1") == ["trial"]


def test_the_script_for_bash_is_printed() -> None:
    script = subprocess.run([*BOOTSTRAP, "--show-completion", "bash"], env=environment(), capture_output=True, text=True)
    assert script.returncode == 0
    assert "_BOOTSTRAP_COMPLETE=complete_bash" in script.stdout
