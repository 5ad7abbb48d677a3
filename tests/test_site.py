"""The documentation site: whole, strict, with commands that run, and as a browser shows it."""

import functools
import json
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bootstrap.cli.app import VERBS
from bootstrap.integrations import integrations
from scripts import build_site
from tests.support.browser import browser as browser, opened, picture
from tests.support.processes import BOOTSTRAP, ROOT, environment


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site.build(tmp_path_factory.mktemp("site"))


def test_it_has_a_page_for_each_integration_each_verb_and_each_guide(site: Path) -> None:
    guides = {f"guides/{page.stem}.html" for page in (ROOT / "docs").glob("*.md")}
    generated = {f"integrations/{name}.html" for name in integrations()} | {f"reference/{verb}.html" for verb in VERBS}
    there = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    assert there == guides | generated | {"index.html", "404.html", "contributing.html", "changelog.html", "license.html"}


def test_its_menu_leads_to_every_page(site: Path) -> None:
    menu = re.findall(r'<a href="(?:\./)?([^"#:]+)" class="md-nav__link', (site / "index.html").read_text(encoding="utf-8"))
    pages = {page.relative_to(site).as_posix() for page in site.rglob("*.html")} - {"404.html"}
    assert pages - set(menu) == set()


def test_a_page_of_an_integration_has_each_permission_with_its_reason(site: Path) -> None:
    for name, integration in integrations().items():
        text = (site.parent / "site-source" / "integrations" / f"{name}.md").read_text(encoding="utf-8")
        missing = [item.sid for item in integration.example().statements if f"| {item.sid} |" not in text]
        assert missing == [], name


def test_lists_are_lists(site: Path) -> None:
    """The pages are written as GitHub reads them, and there a list may follow a paragraph at once."""
    paragraph = re.compile(r"<p>((?!</p>).)*\n(-|\*|\d\.) ", re.DOTALL)
    assert [page.name for page in site.rglob("*.html") if paragraph.search(page.read_text(encoding="utf-8"))] == []


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loads = re.compile(r'<(?:script|link|img|source|iframe)\b[^>]*?(?:src|href)="?(?:https?:)?//[^">]*')
    found = {page.name: loads.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {name: links for name, links in found.items() if links} == {}


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    with (tmp_path / "docs" / "ci.md").open("a", encoding="utf-8") as page:
        page.write("\n[a page](nowhere.md) and [a heading](safety.md#nowhere)\n")
    monkeypatch.setattr(build_site, "ROOT", tmp_path)
    with pytest.raises(subprocess.CalledProcessError) as broken:
        build_site.build(tmp_path / "build")
    assert "2 issues found" in str(broken.value.stdout) + str(broken.value.stderr)


def test_commands_that_only_the_site_has_run(site: Path, tmp_path: Path) -> None:
    """Those of the guides and of the README are run by `tests/test_readme.py`."""
    pages = (site.parent / "site-source" / "integrations").glob("*.md")
    commands = [line for page in pages for line in re.findall(r"^\$ bootstrap (.*)$", page.read_text("utf-8"), re.MULTILINE)]
    assert len(commands) == 2 * len(integrations())
    code = "import sys, json; from bootstrap.cli import run; sys.exit(max(map(run, json.loads(sys.argv[1]))))"
    lines = json.dumps([shlex.split(command) for command in commands])
    subprocess.run([BOOTSTRAP[0], "-c", code, lines], cwd=tmp_path, env=environment(), capture_output=True, check=True)


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose errors, and requests to others than our server, fail the test."""
    with opened(browser, "http://127.0.0.1:") as page:
        yield page


@pytest.mark.browser
def test_a_reader_finds_a_page_by_search(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    expect(page.get_by_role("heading", name="bootstrap", exact=True)).to_be_visible()
    picture(page, "start")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_placeholder("Search").fill("lost state")
    result = page.locator("dialog a", has_text="state").first
    expect(result).to_be_visible()
    picture(page, "search")
    result.click()
    expect(page.locator("article")).to_contain_text("state")


@pytest.mark.browser
def test_it_is_dark_for_whoever_wants_that(page: Page, address: str) -> None:
    page.goto(f"{address}/guides/safety.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_title("Dark mode").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.wait_for_function("light => getComputedStyle(document.body).backgroundColor !== light", arg=light)
    picture(page, "dark")


@pytest.mark.browser
def test_pages_of_integrations_fit_a_screen_and_a_phone(page: Page, address: str) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for name in integrations():
            page.goto(f"{address}/integrations/{name}.html")
            expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            picture(page, f"integration-{name}-{width}")
