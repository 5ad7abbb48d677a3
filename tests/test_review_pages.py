"""The pages of `bootstrap review` in a browser: in light and dark, for whoever cannot see them, and on paper."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bootstrap.integrations import integrations
from bootstrap.operations.review import report_of_inputs
from bootstrap.permissions.report import Changed, Made, Since
from bootstrap.views import report_html
from bootstrap.views.report_diagram import cut
from bootstrap.views.report_markdown import page_of
from bootstrap.views.report_sections import sections
from tests.conftest import OF_SYSTEM, ROOT
from tests.support.browser import Scheme, browser as browser, opened, picture
from tests.views.test_report import NASTY, with_texts

NAMES = ("aspera-atc", "upsolver-vpc", "vanta")
"""Two accounts, the most dangers, and hundreds of actions."""
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reviews")
    changes = (Changed("it lets in account 999988887777", widens=True), Changed("another tag", widens=False))
    for name in NAMES:
        report = report_of_inputs(integrations()[name], {}, Made("1.0", "2026-11-27"))
        report = replace(report, since=Since("ann", "2026-11-27T09:30:00Z", "0123abc", changes))
        (made / f"{name}.html").write_text("\n".join(report_html.page_of(report)), encoding="utf-8")
    return made


@pytest.fixture
def page(browser: Browser, folder: Path, scheme: Scheme) -> Iterator[Page]:
    with opened(browser, folder.as_uri(), scheme) as page:
        yield page


def show(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())


both = pytest.mark.parametrize("scheme", ["light", "dark"])
light = pytest.mark.parametrize("scheme", ["light"])


@both
def test_axe_finds_nothing_serious_and_the_colors_are_those_that_were_asked_for(
    page: Page, folder: Path, scheme: Scheme
) -> None:
    for name in NAMES[:2]:
        show(page, folder, name)
        page.evaluate("[...document.querySelectorAll('details')].slice(0, 6).forEach(each => { each.open = true })")
        found = Axe().run(page).response
        serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
        assert [(each["id"], [node["target"] for node in each["nodes"][:3]]) for each in serious] == [], name
        assert any(each["id"] == "color-contrast" for each in found["passes"]), "axe could not read the colors"
        red, *_ = json.loads(page.evaluate("JSON.stringify(getComputedStyle(document.body).backgroundColor.match(/\\d+/g))"))
        assert (int(red) > 200) == (scheme == "light")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = false })")
        picture(page, f"review-{name}-{scheme}", full_page=True)


@light
def test_a_screen_reader_hears_landmarks_headings_in_order_and_the_arrows(page: Page, folder: Path) -> None:
    show(page, folder, "upsolver-vpc")
    for role in ("banner", "main"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("navigation", name="Contents")).to_be_visible()
    expect(page.get_by_role("region", name="Dangers", exact=True)).to_be_visible()
    expect(page.get_by_role("img")).to_have_accessible_name("Accounts, and who does what to what in them")
    expect(page.get_by_role("img")).to_have_accessible_description(re.compile("role UpsolverRole → every role: pass"))
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(each => Number(each.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@light
def test_a_keyboard_reaches_the_verdict_first_and_opens_what_is_folded(page: Page, folder: Path) -> None:
    show(page, folder, "upsolver-vpc")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the verdict")).to_be_focused()
    page.get_by_text("The arrows in words").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("role UpsolverRole → every role: pass", exact=True)).to_be_visible()


@light
def test_every_link_of_the_contents_leads_to_its_section(page: Page, folder: Path) -> None:
    show(page, folder, "upsolver-vpc")
    missing = "[...document.querySelectorAll('nav a')].filter(each => !document.querySelector(each.hash)).length"
    assert page.evaluate(missing) == 0


@light
def test_it_fits_a_phone(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    for name in NAMES:
        show(page, folder, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    picture(page, "review-phone")


@light
def test_the_picture_fits_a_narrow_window(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    for name in NAMES:
        show(page, folder, name)
        assert page.evaluate("(each => each.scrollWidth - each.clientWidth)(document.querySelector('figure'))") == 0, name
    picture(page, "review-narrow")


@pytest.mark.mermaid
def test_mermaid_draws_the_picture_of_every_comment_with_all_of_its_labels(browser: Browser) -> None:
    """As GitHub does: the flowchart from the Markdown, with Mermaid's own parser."""
    page = browser.new_page()
    page.add_script_tag(path=ROOT / OF_SYSTEM["mermaid"][0])
    page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
    draw = """async ([name, text]) => {
        const drawn = document.createElement('div')
        drawn.innerHTML = (await mermaid.render('m' + name.replace(/\\W/g, ''), text)).svg
        return [drawn.textContent, drawn.querySelectorAll('.edgePaths path').length]
    }"""
    reports = {name: report_of_inputs(found, {}, Made("1.0", "2026-11-27")) for name, found in integrations().items()}
    reports |= {f"hostile{number}": with_texts(text) for number, text in enumerate(NASTY[-9:])}
    for name, report in reports.items():
        [text] = re.findall(r"(?ms)^```mermaid\n(.*?)\n```$", page_of(report, "bootstrap review"))
        shown, arrows = page.evaluate(draw, [name, text])
        labels = [
            label for box in report.picture.boxes for label in (box.title, *(each.label for each in box.items.values()))
        ]
        bare = "".join(shown.split())
        assert [each for each in labels if "".join(cut(each).split()) not in bare] == [], name
        assert arrows == len(report.picture.arrows), name
    page.close()


@light
def test_on_paper_every_section_is_there_and_nothing_is_folded(page: Page, folder: Path) -> None:
    report = report_of_inputs(integrations()["upsolver-vpc"], {}, Made("1.0", "2026-11-27"))
    show(page, folder, "upsolver-vpc")
    printed = page.pdf(tagged=True, outline=True)
    missing = [each.title for each in sections(report) if f"/Title ({each.title})".encode() not in printed]
    assert missing == []
    # Chromium folds and unfolds with its next frame, so these wait for it instead of looking at once.
    page.emulate_media(media="print")
    hidden = """[...document.querySelectorAll('details > *:not(summary)')]
        .filter(each => !each.checkVisibility({contentVisibilityAuto: true}) || !each.getClientRects().length).length"""
    page.wait_for_function(f"{hidden} === 0")
    page.emulate_media(media="screen")
    page.wait_for_function(f"{hidden} > 3")


def test_a_script_in_it_would_not_run(browser: Browser, folder: Path) -> None:
    """The policy of the page is what keeps it from running: the same page without it would run it."""
    text = (folder / "aspera-atc.html").read_text(encoding="utf-8")
    with_script = text.replace("</main>", "<script>document.title = 'ran'</script></main>")
    ran = {}
    for name, content in (("with", with_script), ("without", with_script.replace("Content-Security-Policy", "x"))):
        (folder / f"{name}.html").write_text(content, encoding="utf-8")
        page = browser.new_page()
        page.goto((folder / f"{name}.html").as_uri())
        ran[name] = page.title() == "ran"
        page.close()
    assert ran == {"with": False, "without": True}
