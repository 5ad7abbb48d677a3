"""The pages name modules, tests and rooms that exist."""

import re
from pathlib import Path

import pytest

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


def test_headings_that_a_page_links_to_are_there() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
            for line in text.splitlines()
            if line[:1] == "#"
        }
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors, page.name
