"""The pages name modules, tests and rooms that exist, and commands that bootstrap knows."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import Exit
from typer.main import get_command

from bootstrap.cli.app import VERBS, build_app, inner_verbs
from bootstrap.cli.command_line import CommandLine, familiar
from tests.test_architecture import RULES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = {"bootstrap/resources/sns/topic.py", "bootstrap/integrations/acme.py"}
"""What CONTRIBUTING has a reader write."""
PLACEHOLDERS = {"NAME": "upsolver-vpc", "VERB": "plan", "...": "upsolver-vpc", "vendors/acme.toml": "acme.toml"}
"""What stands for a word that the reader chooses, where only some words are known."""
NO_COMMANDS = ("bootstrap first boot:", "bootstrap create NAME, cage", "bootstrap --install-completion")
"""A line on a console, a name in CloudTrail, and what would change the shell of whoever runs the tests."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_./]+\.py)`", text)) - EXAMPLES
    files = [path.as_posix() for folder in ("bootstrap", "tests", "scripts") for path in (ROOT / folder).rglob("*.py")]
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in files)] == []


def test_the_layout_of_the_design_is_that_of_the_package() -> None:
    block = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").split("```")[1]
    rooms = {path.name for path in (ROOT / "bootstrap").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^  ([a-z]+)/ ", block, re.MULTILINE)) == rooms
    services = {path.parent.name for path in (ROOT / "bootstrap" / "resources").glob("*/__init__.py")}
    assert set(re.findall(r"resources/ +\{(.*)}", block)[0].split(",")) == services


def test_the_rules_of_the_design_are_those_that_the_architecture_is_tested_by() -> None:
    """What stands behind a semicolon is about single modules."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z`, ]+) \| (.*) \|$", text, re.MULTILINE)
    told = {
        room: re.findall("`([a-z]+)`", may.partition(";")[0])
        for rooms, may in rows
        for room in rooms.strip("`").split("`, `")
    }
    held = {
        room: sorted(each for each in rule.ours.split() if each.isalpha() and each not in (room, "errors", "user_files"))
        for room, rule in RULES.items()
        if (ROOT / "bootstrap" / room / "__init__.py").exists() and room
    }
    assert {room: sorted(may) for room, may in told.items()} == held


def test_the_readme_names_the_types_of_lines_that_json_has() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("print one object per line (")[2].partition(")")[0]
    view = (ROOT / "bootstrap" / "views" / "json.py").read_text(encoding="utf-8")
    assert re.findall(r"`(\w+)`", readme) == list(dict.fromkeys(re.findall(r'self\._line\(\s*"(\w+)"', view)))


def test_headings_that_a_page_links_to_are_there() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
            for line in text.splitlines()
            if line[:1] == "#"
        }
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors, page.name


def commands_of(text: str) -> Iterator[str]:
    """The commands of bootstrap in blocks, one a line, and those in the middle of a text."""
    blocks = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for block in blocks.findall(text.replace("\\\n", " ")):
        yield from re.findall(r"^(?:\$ )?(bootstrap [^|>#\n]*)", block, re.MULTILINE)
    yield from re.findall(r"`(bootstrap [^`|>]*)", " ".join(blocks.sub("", text).split()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_on_a_page_is_one_that_the_command_line_takes(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is run: `tests/test_readme.py` and the tests of the guides run what can be run."""
    guide = (ROOT / "docs" / "write-an-integration.md").read_text(encoding="utf-8")
    (tmp_path / "acme.toml").write_text(guide.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for line in commands_of(page.read_text(encoding="utf-8")):
        if not line.startswith(NO_COMMANDS):
            parse([PLACEHOLDERS.get(word, word) for word in shlex.split(line)[1:]])


def parse(given: list[str]) -> None:
    """Raises what the command line would show as an error. A verb alone is only named, so its help is."""
    is_named = (
        given[:1] and given[0] in VERBS and (len(given) == 1 or given[1:] in [[each] for each in inner_verbs(given[0])])
    )
    words = familiar([*given, "--help"] if is_named else given)
    with suppress(Exit):  # its help
        command: Any = get_command(build_app(words))
        context = command.make_context("bootstrap", list(words), obj=CommandLine.of(words))
        while rest := [*context._protected_args, *context.args]:
            name, command, rest = command.resolve_command(context, rest)
            context = command.make_context(name, rest, parent=context)
