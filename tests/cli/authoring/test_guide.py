"""The guide for authors: each command of it runs, and its file is one without a fault."""

import re
import shlex
from pathlib import Path

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.integrations.files.read import load
from tests.cli.conftest import Bootstrap

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "write-an-integration.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]


def test_its_commands_run_one_after_the_other(in_process: Bootstrap, moto_made_ready: None) -> None:
    assert [shlex.split(line)[2] for line in COMMANDS] == ["new", "check", "test", "./acme.toml", "test", "import"]
    for line in COMMANDS:
        if " test ./acme.toml --write" in line:
            Path("acme.toml").write_text(EXAMPLE, encoding="utf-8")
        if " import " in line:
            Path("template.yaml").write_text((ROOT / "tests/drafts/sources/acme.yaml").read_text(), encoding="utf-8")
        ran = in_process(line.removeprefix("bootstrap "))
        assert ran.code == 0, (line, ran.out, ran.err)
    assert Path("acme.json").exists()
    assert Path("report.xml").exists()
    assert Path("template.toml").exists()


def test_its_file_has_neither_errors_nor_warnings(in_process: Bootstrap) -> None:
    Path("acme.toml").write_text(EXAMPLE, encoding="utf-8")
    ran = in_process("integrations check ./acme.toml --strict")
    assert ran.code == 0, ran.out


@pytest.mark.parametrize("word", ["before_destroy", "side_effects", "harden", "unverified", "for_each", "generated"])
def test_each_key_that_it_names_is_one_of_the_format(word: str) -> None:
    assert f"`{word}`" in GUIDE or f"`{word} = true`" in GUIDE
    reference = (ROOT / "docs" / "integration-format.md").read_text(encoding="utf-8")
    assert f"| {word} |" in reference.replace("\\_", "_")


def test_what_its_file_grants_depends_on_the_flag(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    kind = load(str(path))
    given = kind.example().to_json()
    granted = [{item.sid for item in from_inputs(kind, {**given, "write": write}).statements} for write in (False, True)]
    assert granted[1] - granted[0] == {"WriteResults"}
