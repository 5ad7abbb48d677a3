"""--cage on the command line and in a project file: shown, as data, and never left out silently."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import VPC, Bootstrap
from tests.support.refusals import Refused, refusing
from tests.support.wire import Wire

PAGE = Path(__file__).parents[2] / "docs" / "cage.md"
ONE = '[deployments.prod]\nintegration = "upsolver-vpc"\n[deployments.prod.inputs]\nexternal_id = "ext-1"\norg_id = "acme"\n'
EXCHANGE = "sts.GetScopedCredentials"


@pytest.fixture
def refused(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Refused:
    return refusing(bootstrap, cloud, tmp_path)


def test_the_commands_of_the_page_run_as_they_stand(here: Bootstrap) -> None:
    [script] = re.findall("```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in script.splitlines():
        program, *words = shlex.split(line)
        ran = here(shlex.join(words))
        assert (program, ran.code) == ("bootstrap", 0), ran.err
        assert "Cage (preview): AWS lets this run do only what its plan says, with " in ran.out + ran.err


def test_a_dry_run_shows_the_cage_and_asks_aws_for_none(here: Bootstrap, cloud: Wire) -> None:
    before = cloud.names.count(EXCHANGE)
    ran = here(f"create {VPC} --sandbox --dry-run --cage --json")
    cage = ran.last("cage")
    assert cage["tightness"]["named"] > 0
    assert {each["name"] for each in cage["sets"]} == {"iam", "s3"}
    assert all(each["characters"] <= 2048 for each in cage["sets"])
    assert cloud.names.count(EXCHANGE) == before
    assert [item["type"] for item in here(f"create {VPC} --sandbox --dry-run --json").objects].count("cage") == 0


def test_a_project_file_makes_it_the_rule_for_what_changes_something(here: Bootstrap) -> None:
    Path("bootstrap.toml").write_text(f"cage = true\n{ONE}")
    assert "--cage" not in here("plan --sandbox").err
    ran = here("create --sandbox --yes")
    assert "--cage" in ran.err
    assert "Cage (preview)" in ran.err
    assert "Cage (preview)" in here("rotate external-id --external-id ext-2 --sandbox --yes").err
    Path("bootstrap.toml").write_text(ONE.replace("[deployments.prod.inputs]", "cage = true\n[deployments.prod.inputs]"))
    assert here("destroy --sandbox --yes --json").last("cage")["sets"]


def test_a_deployment_can_be_an_exception_from_the_rule(here: Bootstrap) -> None:
    Path("bootstrap.toml").write_text(
        "cage = true\n" + ONE.replace("[deployments.prod.inputs]", "cage = false\n[deployments.prod.inputs]")
    )
    assert "Cage" not in here("create --sandbox --dry-run").out


def test_a_rule_that_is_neither_true_nor_false_is_refused(refused: Refused) -> None:
    Path("bootstrap.toml").write_text(f'cage = "yes"\n{ONE}')
    assert "line 1: cage: must be true or false" in refused("plan", code=64, with_json=False)


def test_a_long_lived_key_is_told_how_to_get_a_cage(refused: Refused) -> None:
    told = refused(f"create {VPC} --yes --cage", code=1)
    assert "no cage: account 123456789012 is reached with a long-lived access key" in told
    assert "Or omit --cage: the run may then do whatever you may." in told
