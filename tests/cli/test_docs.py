"""`bootstrap docs`: every page of this copy is listed, printed and opened, without a network."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pexpect
import pytest

from bootstrap.cli.docs import pages
from bootstrap.core.printable import printable
from tests.cli.conftest import VPC, Bootstrap
from tests.support.processes import BOOTSTRAP, ROOT, environment

TOPICS = pages()


def test_all_pages_are_listed_with_their_titles(in_process: Bootstrap) -> None:
    listed = in_process("docs")
    assert [line.split()[0] for line in listed.out.splitlines()] == [
        "readme",
        *(p.stem for p in sorted(ROOT.glob("docs/*.md"))),
    ]
    assert "Sharing a state within a team" in listed.out
    assert len({len(line) - len(line.split(None, 1)[1]) for line in listed.out.splitlines()}) == 1  # one column
    assert "bootstrap docs TOPIC" in listed.err
    assert in_process("docs --json").json["team-state"] == "Sharing a state within a team"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_is_markdown_in_a_pipe(topic: str, in_process: Bootstrap) -> None:
    text = TOPICS[topic].read_text(encoding="utf-8")
    assert in_process(f"docs {topic}").out == text
    assert in_process(f"docs {topic} --json").json == {"topic": topic, "markdown": text}
    assert [line for line in text.splitlines() if printable(line) != line] == [], "no terminal obeys or hides a part of it"


def test_a_page_is_laid_out_at_a_terminal(tmp_path: Path) -> None:
    settings: Any = environment()
    child = pexpect.spawn(
        BOOTSTRAP[0], [*BOOTSTRAP[1:], "docs", "ci"], cwd=str(tmp_path), env=settings, dimensions=(40, 60), encoding="utf-8"
    )
    shown = re.sub(r"\x1b\[[\d;]*m", "", child.read())
    child.close()
    assert "Plan, apply and watch in CI" in shown
    assert "# Plan" not in shown
    assert max(map(len, shown.splitlines())) == 60


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("docs other", "Run: bootstrap docs\n"),
        ("docs other --open", "Run: bootstrap docs\n"),
        ("docs upsolver-vpc", "Run: bootstrap integrations upsolver-vpc\n"),
        ("docs ../README", "Run: bootstrap docs\n"),
        ("docs aspera", "Did you mean aspera-atc?\nRun: bootstrap docs aspera-atc\n"),
    ],
)
def test_a_topic_that_is_none_gets_the_command_that_helps(line: str, advice: str, in_process: Bootstrap) -> None:
    ran = in_process(line)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.endswith(advice)


def keys_in(topic: str, heading: str) -> set[str]:
    """Those in the first column of the table below the heading."""
    section = TOPICS[topic].read_text(encoding="utf-8").partition(f"# {heading}\n")[2].partition("\n## ")[0]
    return {
        key for column in re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", column)
    }


def test_the_keys_of_a_plan_file_and_of_a_review_are_those_that_their_pages_list(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"plan {VPC} --out plan.json").code == 0
    assert json.loads(Path("plan.json").read_text(encoding="utf-8")).keys() == keys_in("approve", "Write the plan")
    assert bootstrap(f"review {VPC} --format json").json.keys() == keys_in("review", "As data")


def open_in(browser: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    settings = environment(BROWSER=browser, TMPDIR=str(folder), PATH="/nowhere")
    return subprocess.run([*BOOTSTRAP, "docs", "ci", "--open"], env=settings, cwd=folder, capture_output=True, text=True)


def test_a_browser_gets_a_page_whose_links_lead_to_files(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/address\n')
    browser.chmod(0o755)
    ran = open_in(str(browser), tmp_path)
    assert (ran.returncode, ran.stderr[:7]) == (0, "Opened ")
    address = (tmp_path / "address").read_text().strip()
    opened = Path(unquote(urlsplit(address).path))
    assert opened.name == "ci.html"
    assert {page.stem for page in opened.parent.iterdir()} == set(TOPICS)
    for page in opened.parent.iterdir():
        for link in re.findall(r'(?:href|src)="([^"#]+)', page.read_text(encoding="utf-8")):
            if not link.startswith("https:"):
                assert (page.parent / link.removeprefix("file://")).exists(), f"{page.name}: {link}"


def test_without_a_browser_the_command_that_prints_the_page_is_named(tmp_path: Path) -> None:
    ran = open_in("/nowhere/browser", tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.endswith("Run: bootstrap docs ci\n")
    assert os.sep in ran.stderr
