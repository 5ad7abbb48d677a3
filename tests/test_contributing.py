"""CONTRIBUTING.md shows a resource kind and an integration; here they are put in place and used."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bootstrap.integrations
import bootstrap.resources
from bootstrap import cli

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        found = re.match(r"# bootstrap/(\S+)\n", block)
        assert found, "each example begins with the name of its file"
        path = tmp_path / found[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(block, encoding="utf-8")
    for package in (bootstrap.resources, bootstrap.integrations):
        folder = tmp_path / package.__name__.rpartition(".")[2]
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    yield tmp_path
    for name in ("bootstrap.resources.sns.topic", "bootstrap.resources.sns", "bootstrap.integrations.acme"):
        sys.modules.pop(name, None)


def test_the_examples_are_found_without_being_registered(examples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "sns_topic" in bootstrap.resources.kinds()
    assert cli.run(["integrations", "acme-alerts"]) == 0
    assert "acme-alerts-example" in capsys.readouterr().out


@pytest.mark.usefixtures("cloud")
def test_the_examples_live_a_whole_life(examples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create = ["create", "--integration", "acme-alerts", "--team", "blue", "--yes"]
    assert cli.run(create) == 0
    assert ":acme-alerts-blue" in capsys.readouterr().out
    assert cli.run(["plan", "--integration", "acme-alerts", "--detailed-exitcode"]) == 0
    assert cli.run([*create, "--tag", "cost=7"]) == 0
    assert cli.run(["status", "--detailed-exitcode"]) == 0
    assert cli.run(["destroy", "--yes"]) == 0
    assert not (examples / ".bootstrap" / "acme-alerts.json").exists()
