"""What Tab offers, beside what `test_startup.py` has: names of this machine, and nothing that a shell would obey."""

from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from bootstrap.cli import completion
from tests.cli.conftest import STATE, VPC, Bootstrap
from tests.cli.test_startup import completions

HOSTILE = ("a b", "$(touch gone)", "`id`", "a;b", "a'b", '"', "-rf", "*", "\u202e", "")


def words(**params: object) -> typer.Context:
    """The command line so far."""
    context = typer.Context(TyperCommand("create", callback=lambda: None))
    context.params = params
    return context


def test_profiles_are_those_of_the_aws_cli(tmp_path: Path) -> None:
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        '[default]\nregion = x\n[profile work]\n[ profile "quoted" ]\n[sso-session corp]\n[services s]\n[profile $(id)]\n'
    )
    keys.write_text("[default]\naws_access_key_id = x\n[old-keys]\n")
    where = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(keys)}
    assert completions("bootstrap plan --profile ", **where) == ["default", "work", "quoted", "old-keys"]
    where["AWS_CONFIG_FILE"] = str(tmp_path)
    assert completions("bootstrap state list --profile old", **where) == ["old-keys"]


def test_regions_are_those_of_the_sdk() -> None:
    assert completions("bootstrap create --region eu-we") == ["eu-west-1", "eu-west-2", "eu-west-3"]
    assert {"us-gov-west-1", "cn-north-1"} <= set(completion.regions())
    assert not [name for name in completion.regions() if "global" in name]


def test_colors_are_completed() -> None:
    assert completions("bootstrap status --color a") == ["auto", "always"]


def test_addresses_are_those_that_are_recorded(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes -q").code == 0
    recorded = ["bucket", "role", "athena", "cloudformation"]
    assert completions("bootstrap state rm b") == ["bucket"]
    assert completions("bootstrap create --overwrite ath") == ["athena"]
    assert sorted(completion.addresses(words())) == sorted(recorded)
    assert sorted(completion.addresses(words(name="upsolver-vpc"))) == sorted(recorded)
    assert completion.addresses(words(name="other")) == []
    assert completion.addresses(words(sandbox=True)) == []
    assert sorted(completion.addresses(words(state=str(STATE)))) == sorted(recorded)
    assert completion.addresses(words(state="s3://nobody-is-asked/x.json")) == []
    STATE.write_text("{")
    assert completion.addresses(words()) == []


def test_deployments_of_the_project_file_are_offered_before_they_exist() -> None:
    Path("bootstrap.toml").write_text('integration = "upsolver-vpc"\nstate = "s3://acme-state/f/"\n[deployments.prod]\n')
    assert completions("bootstrap create --name ") == ["prod"]
    assert completion.deployments(words(sandbox=True)) == ["prod"]
    assert completion.deployments(words(project=Path("no.toml"))) == []
    Path("bootstrap.toml").write_text("frob = 1")
    assert completion.deployments(words()) == []
    assert "--external-id" not in completions("bootstrap create --")


def test_options_of_the_described_integration_are_offered() -> None:
    Path("bootstrap.toml").write_text('[deployments.prod]\nintegration = "upsolver-vpc"\n')
    assert completions("bootstrap create --external") == ["--external-id", "--external-id-later"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_shell_would_obey_is_not_offered(text: str) -> None:
    assert completion._words(["good", text, "good", "a.b/c@d"]) == ["good", "a.b/c@d"]
