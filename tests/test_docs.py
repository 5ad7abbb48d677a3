"""The pages name modules, tests and rooms that exist."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import RULES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = {"bootstrap/resources/sns/topic.py", "bootstrap/integrations/acme.py"}
"""What CONTRIBUTING has a reader write."""


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


def test_headings_that_a_page_links_to_are_there() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
            for line in text.splitlines()
            if line[:1] == "#"
        }
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors, page.name
