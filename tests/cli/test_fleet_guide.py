"""The page about fleets: what it has a reader type in the sandbox works as typed."""

import re
from pathlib import Path

import pytest

from bootstrap import sandbox
from tests.cli.conftest import Bootstrap

PAGE = Path(__file__).parents[2] / "docs" / "fleet.md"


def test_the_steps_in_the_sandbox_work_as_typed(
    in_process: Bootstrap, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: sandbox.stop(tmp_path / ".bootstrap" / "sandbox"))
    section = PAGE.read_text(encoding="utf-8").partition("## Try it in the sandbox")[2].partition("\n## ")[0]
    start, *steps = re.findall(r"^bootstrap (.*)", section, re.MULTILINE)
    refused = in_process(
        "plan --integration datadog --site datadoghq.com --external-id ab --organizational-unit ou-abcd-12345678 --sandbox"
    )
    assert refused.code == 1
    assert "the sandbox has no organization" in refused.out
    assert f"To create one, run: bootstrap {start}\n" in refused.out
    made = in_process(start)
    assert made.code == 0, made.err
    accounts = re.findall("[0-9]{12}", made.out)
    assert in_process(start).out == made.out  # it is there already
    [create] = re.findall("To try a fleet in these accounts, run: bootstrap (.*)", made.err)
    created = in_process(f"{create} --yes")
    assert created.code == 0, created.err
    for step in steps:
        ran = in_process(f"{step} --yes" if step.startswith("destroy") else step)
        assert ran.code == 0, ran.err
        assert [each for each in accounts if each not in ran.out and "accounts: 3 deleted." not in ran.out] == []
    assert len(accounts) == 3 and [step.split()[0] for step in steps] == ["status", "outputs", "destroy"]
