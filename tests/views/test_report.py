"""The page of `bootstrap review` in each format: approved pages, hostile texts, and that nothing is left out of the HTML."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest

from bootstrap.core.deviation import Deviation
from bootstrap.integrations import integrations
from bootstrap.operations.review import Report, report_of_inputs
from bootstrap.permissions.report import Changed, Made, Recorded, Since
from bootstrap.views import report_html, report_json, report_markdown
from bootstrap.views.markdown import escaped
from bootstrap.views.report_dangers import SAME
from bootstrap.views.report_diagram import mermaid, svg
from bootstrap.views.report_inputs import concerned
from bootstrap.views.report_sections import sections
from tests.support.canned import matches
from tests.support.hostile import HOSTILE
from tests.views.test_review import Acme

MADE = Made("1.0", "2026-11-27")
WHOLE_PAGES = ("aspera-atc", "upsolver-vpc")
"""Two accounts, and the most of everything; of all others, `test_report_outlines.py` has the elements."""
AS_DATA = (*WHOLE_PAGES, "databricks-workspace", "estuary-s3", "snowflake-s3")
"""Also a service of AWS, an identity provider, and a locked role."""
WHOLE = "bootstrap review --integration acme --open"
CHANGES = (Changed("it lets in account 999988887777", widens=True), Changed("a tag", widens=False))
each = pytest.mark.parametrize("name", integrations())


@cache
def of(name: str) -> Report:
    return report_of_inputs(integrations()[name], {}, MADE)


def page(report: Report) -> str:
    return "\n".join(report_html.page_of(report)) + "\n"


def as_json(report: Report) -> Any:
    return json.loads(json.dumps(report_json.content_of(report)))


@each
def test_the_markdown_is_the_one_that_was_approved(name: str) -> None:
    assert matches(f"reports/{name}.md", report_markdown.page_of(of(name), WHOLE))


@pytest.mark.parametrize("name", WHOLE_PAGES)
def test_the_html_is_the_one_that_was_approved(name: str) -> None:
    assert matches(f"reports/{name}.html", page(of(name)))


@pytest.mark.parametrize("name", AS_DATA)
def test_the_json_is_the_one_that_was_approved(name: str) -> None:
    assert matches(f"reports/{name}.json", json.dumps(report_json.content_of(of(name)), indent=1) + "\n")


@each
def test_a_comment_is_short_enough(name: str) -> None:
    assert len(report_markdown.page_of(of(name), WHOLE)) <= report_markdown.LONGEST


@each
def test_html_has_every_statement_every_danger_and_every_check(name: str) -> None:
    report = of(name)
    text = " ".join(Read(page(report)).text.split())
    said = [report.integration.title, report.digest]
    said += concerned(report, (*report.integration.costs, *report.integration.unverified, *report.integration.side_effects))
    said += [item.sid for access in report.access for item in access.role.grants.statements]
    said += [policy.attached.policy.rpartition("/")[2] for access in report.access for policy in access.role.policies]
    said += [text for concern in report.review.concerns for text in (concern.text, *concern.listed)]
    said += [each for box in report.picture.boxes for item in box.items.values() for each in item.of]
    applied = [item for item in report.review.deviations if report.applies(item)]
    said += [text for item in applied for text in (item.page, item.limited, item.why)]
    said += [json.dumps(each.properties, indent=2, ensure_ascii=False) for each in report.settings.values()]
    said += [check.claim for check in report.checks]
    said += [line.rpartition(": ")[2] for check in report.checks for line in check.against]
    said += [resource.address for resource in report.review.resources]
    assert [item for item in said if " ".join(item.split()) not in text] == []


def test_a_comment_that_is_short_enough_has_every_list_in_full() -> None:
    report = of("aspera-atc")
    text = report_markdown.page_of(report, WHOLE)
    assert "This page is cut" not in text
    said = [line.rpartition(": ")[2] for check in report.checks for line in check.against]
    said += [action for concern in report.review.concerns for action in concern.listed]
    assert [item for item in said if escaped(item) not in text] == []
    assert "<details><summary>and " in text


def test_a_comment_without_room_for_the_longest_lists_counts_them_and_folds_the_others() -> None:
    report = of("vanta")
    text = report_markdown.page_of(report, WHOLE)
    longest = max(report.checks, key=lambda check: len(check.against))
    assert f"and {len(longest.against) - 3:,} more: in the HTML page" in text
    fewer = min((each.listed for each in report.review.concerns if each.listed), key=len)
    assert f"<details><summary>all {len(fewer)} actions</summary>{'; '.join(map(escaped, fewer))}</details>" in text
    assert text.rstrip().endswith(f"To see all of it, run: `{WHOLE}`")


@each
def test_each_format_answers_the_same(name: str) -> None:
    report = of(name)
    content, text = as_json(report), Read(page(report)).text
    assert content["verdict"]["sentence"] in text
    assert escaped(content["verdict"]["sentence"]) in report_markdown.page_of(report, WHOLE)
    assert [item["holds"] for item in content["cannot"]] == [check.holds for check in report.checks]
    assert len(content["dangers"]) == len(report.review.concerns)
    assert set(content["operator"]) == set(report.operator) != set()


def test_the_sections_come_in_the_order_of_a_decision() -> None:
    assert [section.key for section in sections(of("upsolver-vpc"))] == [
        *("verdict", "who", "picture", "access", "dangers", "harden", "deviations", "cannot", "changes"),
        *("resources", "costs", "operator", "removal", "made", "words"),
    ]


def test_what_changed_since_the_approval_begins_with_what_widens() -> None:
    report = replace(of("upsolver-vpc"), since=Since("ann", "2026-11-27T09:30:00Z", "0123abc", CHANGES[::-1]))
    text = Read(page(report)).text
    assert 0 < text.index("account 999988887777") < text.index("a tag")
    assert "Compared with the plan that ann approved at 2026-11-27T09:30:00Z: 0123abc" in text
    assert "The approval is not signed." in text
    named = {"by": "ann", "when": "2026-11-27T09:30:00Z", "plan": "0123abc", "signature": "not signed"}
    assert as_json(report)["approved"] == named
    assert as_json(report)["changes"] == [asdict(each) for each in CHANGES[::-1]]
    assert "Not compared" in page(of("upsolver-vpc"))
    assert (as_json(of("upsolver-vpc"))["changes"], as_json(of("upsolver-vpc"))["approved"]) == (None, None)


def test_a_recorded_deployment_says_so_and_what_is_recorded_otherwise() -> None:
    recorded = Recorded("prod", ("--name", "prod", "--state", "prod.json"), ("role",), edited=True)
    text = Read(page(replace(of("upsolver-vpc"), recorded=recorded))).text
    assert "Review of deployment prod (upsolver-vpc)" in text
    assert "What is recorded differs in role." in text
    assert "somebody edited the state" in text
    assert "(an example)" not in text.split("What this page is about")[1]


def test_a_page_that_is_too_long_says_what_is_cut_and_how_to_see_it() -> None:
    changes = tuple(Changed(f"change {n} " * 20, widens=True) for n in range(500))
    long = replace(of("upsolver-vpc"), since=Since("ann", "now", "0123abc", changes))
    text = report_markdown.page_of(long, WHOLE)
    assert len(text) <= report_markdown.LONGEST
    cut = re.search(r"Not shown: (\d+) of 502 lines and rows, the least severe\. The command at the end shows all of", text)
    assert cut
    assert len(re.findall("widening .*change", text)) == 500 - int(cut[1])
    assert text.rstrip().endswith(f"To see all of it, run: `{WHOLE}`")
    assert text.count("<details>") == text.count("</details>") == len(list(sections(long))) - 1
    assert text.count("```") % 2 == 0
    first, _, rest = text[:2000].partition("and 495 more below, in Changes since the approval")
    worst = of("upsolver-vpc").review.deviations
    deviations = text.partition("<summary>Where bootstrap deviates")[2].partition("</details>")[0]
    assert next(escaped(each.page)[:40] for each in worst if each.sent != SAME) in deviations
    assert "Not shown: " in deviations
    assert "500 changes since ann approved the plan at now: 500 of them give somebody more access." in first
    assert "From outside, account 428641199958" in rest


@pytest.mark.parametrize("name", ["upsolver-vpc", "upsolver-private-vpc", "biomodal-duet"])
def test_a_page_that_is_cut_has_the_worst_deviations_and_says_how_many_are_left(name: str) -> None:
    text = report_markdown.page_of(of(name), WHOLE)
    assert text.rstrip().endswith(f"To see all of it, run: `{WHOLE}`")
    section = text.partition("Where bootstrap deviates from the vendor")[2].partition("</details>")[0]
    shown = [line for line in section.splitlines() if line.startswith("|")][2:]
    others = [item for item in of(name).review.deviations if of(name).applies(item) and item.sent != SAME]
    others.sort(key=lambda item: item.sent.startswith(SAME))  # another form of the same comes last
    assert len(shown) >= min(8, len(others))
    assert all(escaped(item.page)[:40] in row for item, row in zip(others, shown, strict=False))
    left = re.search(r"Not shown: \d+ of \d+ lines and rows, the least severe", section)
    assert (len(shown) < len(others)) <= bool(left)


def test_what_is_sent_as_the_page_says_is_no_deviation_but_a_danger_or_a_remark() -> None:
    text = Read(page(of("upsolver-private-vpc"))).text
    remarks = text.partition("What to know about the rest that the page asks for")[2].partition("Options that grant less")[0]
    deviations = text.rpartition("Where bootstrap deviates from the vendor's page")[2].partition("What they cannot do")[0]
    assert "12 things are sent as the page says, with a risk or a remark: see Dangers." in deviations
    assert "iam:CreateServiceLinkedRole for any service" not in remarks + deviations  # it is a row of Dangers
    assert "cloudwatch:PutMetricData on everything" in remarks
    assert "cloudwatch:PutMetricData on everything" not in deviations
    assert "not shown, as it is about" not in deviations


@pytest.mark.parametrize(
    ("widens", "sentence"),
    [
        (
            [],
            "No access of roles, buckets or networks has changed since ann approved the plan at noon, and no other setting.",
        ),
        ([False], "1 change since ann approved the plan at noon: no role, bucket or network gives more access."),
        ([False, False], "2 changes since ann approved the plan at noon: no role, bucket or network gives more access."),
        ([True], "1 change since ann approved the plan at noon: it gives somebody more access."),
        ([True, False], "2 changes since ann approved the plan at noon: 1 of them gives somebody more access."),
        ([True, True], "2 changes since ann approved the plan at noon: 2 of them give somebody more access."),
    ],
)
def test_a_page_that_is_compared_begins_with_what_matters(widens: list[bool], sentence: str) -> None:
    since = Since("ann", "noon", "0123abc", tuple(Changed("x", each) for each in widens))
    assert since.sentence == sentence
    text = Read(page(replace(of("upsolver-vpc"), since=since))).text
    assert text.index(sentence) < text.index("It creates 4 resources.")


def test_a_page_that_is_compared_never_says_that_nothing_changed_when_a_setting_did_or_may_have() -> None:
    setting = Changed("vm: its instance_type has changed", widens=False, is_setting=True)
    since = Since("ann", "noon", "0123abc", (setting,))
    none = "No access of roles, buckets or networks has changed since ann approved the plan at noon"
    assert since.sentence == f"{none}; other settings differ."
    text = Read(page(replace(of("upsolver-vpc"), since=since))).text
    assert text.index(setting.text) < text.index("It creates 4 resources.")
    both = replace(since, changes=(Changed("x", widens=False), setting))
    assert both.sentence.endswith("at noon: no role, bucket or network gives more access; other settings differ.")
    place = Changed("the region: us-east-1 was approved, and this is eu-west-1", False, is_place=True)
    moved = replace(since, changes=(place,))
    assert moved.sentence == f"{none}; it is for another account or region."
    assert replace(since, changes=(place, setting)).sentence.endswith("another account or region; other settings differ.")
    assert "| elsewhere |" in report_markdown.page_of(replace(of("upsolver-vpc"), since=moved), WHOLE)
    old = replace(since, changes=(), knows_settings=False)
    assert old.sentence == f"{none}; the approval has no other settings, so whether those differ is unknown."


def test_the_head_says_which_values_are_examples_and_a_recorded_deployment_has_none() -> None:
    head = Read(page(of("snowflake-s3"))).text.partition("Who gets in")[0]
    assert "Example values: as an account number, 123456789012 stands for your account." in head
    assert "The regions and the values of --bucket and --snowflake-user, which nobody gave, are examples, too." in head
    assert "Example values: as an account number, 123456789012" in report_markdown.page_of(of("snowflake-s3"), WHOLE)[:400]
    assert "Example values" not in page(replace(of("snowflake-s3"), recorded=Recorded("prod")))


@each
def test_a_page_without_an_account_says_your_account_and_its_number_only_in_arns(name: str) -> None:
    text = re.sub(r"(?s)<header>.*?</header>|<pre.*?</pre>|<[^>]*>", "", page(of(name)))
    numbers = "|".join(account.id for account in of(name).accounts)
    assert re.findall(rf".{{20}}(?<!:)(?:{numbers})(?! in ARNs).{{20}}", text) == []
    assert "our account" in text


def test_an_identity_provider_is_outside_and_only_registered_in_your_account() -> None:
    text = " ".join(Read(page(of("modal-s3"))).text.split())
    assert "an identity provider that is registered in your account outside" in text


def test_an_external_id_that_create_generates_is_no_example() -> None:
    made = Read(page(of("snowflake-s3"))).text.partition("What this page is about")[2]
    assert "--external-id (create generates it)" in made
    assert "EXTERNAL-ID" not in made


def test_the_verdict_names_every_high_risk_and_counts_the_others() -> None:
    report = of("upsolver-private-vpc")
    high = [each.text for each in report.review.concerns if each.risk == "high"]
    verdict, _, _ = Read(page(report)).text.partition("Who gets in")[2].partition("Who gets in")
    assert len(high) == 6
    assert [each for each in high if each not in verdict] == []
    assert f"and {len(report.review.concerns) - len(high)} more below, in Dangers" in verdict


def test_the_verdict_rules_nothing_out_for_whoever_can_gain_more() -> None:
    raised = of("upsolver-vpc")
    raised = replace(raised, verdict=replace(raised.verdict, administers=False))
    assert "cannot" not in as_json(raised)["verdict"]["sentence"]
    assert "can read, write and delete, but cannot manage" in as_json(of("databricks-unity-catalog"))["verdict"]["sentence"]
    assert "cannot write, delete, manage" in as_json(of("snowflake-s3"))["verdict"]["sentence"]
    passes = of("databricks-workspace")
    unknown = replace(passes, verdict=replace(passes.verdict, raises=None, deletes=False))
    assert "but is not granted to" in as_json(unknown)["verdict"]["sentence"]


def test_a_verdict_with_an_open_question_or_a_deletion_is_not_green() -> None:
    assert '<p class="warn">It creates' in page(of("snowflake-s3"))  # its keys are not known
    assert '<p class="warn">It creates' in page(of("databricks-unity-catalog"))  # it may delete objects
    settled = replace(of("snowflake-s3"), checks=tuple(each for each in of("snowflake-s3").checks if each.holds))
    assert '<p class="good">It creates' in page(settled)


def test_who_gets_in_is_one_user_or_a_whole_account() -> None:
    assert "account 111122223333 as its user abc1-b-self1234 (an" in as_json(of("snowflake-s3"))["verdict"]["sentence"]
    assert "any identity of account 922761411349 (spot.io)" in as_json(of("upsolver-vpc"))["verdict"]["sentence"]


def test_policies_stand_word_for_word_in_the_html_and_in_the_json() -> None:
    report = of("upsolver-vpc")
    text, [role] = Read(page(report)).text, [each for each in as_json(report)["access"] if "UpsolverRole" in each["role"]]
    assert role["documents"]["trust policy"]["Statement"][0]["Action"] == ["sts:AssumeRole"]
    assert (role["session_hours"], role["permissions_boundary"]) == (1, None)
    for document in role["documents"].values():
        assert json.dumps(document, indent=2) in text
    assert "A session lasts at most 1 hour, and whoever gets in may begin another at any time. It has no perm" in text
    assert "; AWS may change it after an approval" in text


def test_many_actions_begin_with_those_that_raise_their_holder() -> None:
    assert "among them iam:PassRole" in Read(page(of("upsolver-vpc"))).text


def test_a_deviation_that_these_inputs_turn_off_is_left_out_and_counted() -> None:
    about = "file events: the lists of queues and topics"
    assert about not in page(of("databricks-unity-catalog"))
    assert "1 deviation is not shown, as it is about what these inputs do not grant. To see all, run: " in page(
        of("databricks-unity-catalog")
    )
    events = report_of_inputs(integrations()["databricks-unity-catalog"], {"file_events": True}, MADE)
    assert about in page(events)
    assert "not shown, as it" not in page(events)


def test_the_operators_power_the_cage_and_the_accounts_to_allow_are_on_the_page() -> None:
    report = of("upsolver-vpc")
    content, text = as_json(report), Read(page(report)).text
    assert content["accounts_to_allow"] == ["428641199958", "922761411349"]
    assert "they must allow accounts 428641199958, 922761411349." in text
    assert as_json(of("databricks-unity-catalog"))["accounts_to_allow"] == ["414351767826"]  # and not your own
    assert "they must allow account 414351767826." in Read(page(of("databricks-unity-catalog"))).text
    assert "its holder can give such a role any permission, and become it" in content["operator_gains"][0]
    assert content["operator_gains"][0] in text
    assert report.cage and "With --cage (a preview: AWS may still change it), AWS holds" in text
    assert content["cage"] == {"sets": len(report.cage.sets), **report.cage.tightness}
    without = replace(report, cage=None)
    assert as_json(without)["cage"] is None
    assert "would be longer than AWS accepts" in page(without)


NASTY = (
    *filter(None, HOSTILE),  # without a danger, the page rightly has no row for it
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "--><b>",
    "]]></svg><script>",
    "&#x202e;&lt;b&gt;",
    "javascript:alert(1)",
    'https://evil.example/" onclick="x',
    "[a](javascript:alert(1))",
    "![a](https://evil.example/x.png)",
    "</details><h1>Approved</h1>",
    "```\n# Approved\n```",
    "| a | b |",
    '"]; click n0 "https://evil.example',
    "end\n  n0 --> n1",
)


def with_texts(text: str) -> Report:
    """A report whose texts are what somebody wrote into a file."""

    @dataclass(frozen=True, kw_only=True)
    class Hostile(Acme):
        title: ClassVar[str] = text
        vendor: ClassVar[str] = text
        pages: ClassVar[tuple[str, ...]] = (text,)
        costs: ClassVar[tuple[str, ...]] = (text,)
        unverified: ClassVar[tuple[str, ...]] = (text,)
        side_effects: ClassVar[tuple[str, ...]] = (text,)
        deviations: ClassVar[tuple[Deviation, ...]] = (
            Deviation(page=text, sent=text, why=text, source=text, risk="high", danger=text, sids=("Read",)),
        )

        @property
        def statements(self) -> Any:
            return tuple(replace(item, why=text, source=text, who=text) for item in super().statements)

    since = Since(text, text, text, (Changed(text, widens=True),))
    return replace(report_of_inputs(Hostile, {}, MADE), since=since)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
def test_no_text_becomes_markup_or_hides_anything(text: str) -> None:
    report = with_texts(text)
    plain, hostile = Read(page(with_texts("harmless"))), Read(page(report))
    hostile_page = page(report)
    assert hostile.shape() == plain.shape()
    assert [link for link in hostile.links if not link.startswith(("https://", "#"))] == []
    assert not re.search("[\u202e\x00\x1b\x9b]", hostile_page)
    assert hostile_page.encode()  # a lone surrogate cannot be written into a file
    shown = report_markdown.page_of(report, WHOLE)
    unfenced = re.sub(r"(?ms)^```.*?^```$", "", shown)
    assert re.findall(r"(?<!\\)<(?!/?details|/?summary)", unfenced) == []
    assert unfenced.count("<details>") == unfenced.count("</details>")
    assert [line for line in unfenced.splitlines() if re.match(r"#+ .*Approved", line)] == []
    assert len(shown) <= report_markdown.LONGEST
    assert shown.encode()


def test_a_label_of_the_picture_cannot_end_its_quotes() -> None:
    report = with_texts('x"]\n  click n0 "https://evil.example"')
    assert all(re.fullmatch(r'[^"]*("[^"]*"\]?[^"]*)?', line) for line in mermaid(report.picture))


def test_the_picture_has_a_role_beside_what_it_reaches_and_no_line_over_a_word() -> None:
    lines = svg(of("upsolver-private-vpc").picture).splitlines()
    heights = {label: int(y) for line in lines for y, label in re.findall(r'<text x="\d+" y="(\d+)">([^<]+)</text>', line)}
    server = heights["role UpsolverServerRole"]
    assert heights["athena: every resource"] < server < heights["7 more, such as cloudformation"]
    assert heights["role UpsolverManagementRole"] < heights["athena: every resource"]
    paths = [number for number, line in enumerate(lines) if 'class="arrow' in line]
    words = [number for number, line in enumerate(lines) if 'class="verb"' in line]
    assert len(paths) == len(words) == len(of("upsolver-private-vpc").picture.arrows)
    assert max(paths) < min(words)


def test_an_option_and_the_number_of_an_account_are_not_broken() -> None:
    text = page(of("upsolver-private-vpc"))
    assert "<span>--without-spotinst</span>" in text
    assert "<span>922761411349</span> (spot.io)" in text
    assert "Digest" in text.partition("sha256 ")[0]
    assert "<span>" not in text.rpartition("sha256 ")[2][:64]


def test_an_enormous_text_leaves_room_for_the_rest_of_a_comment() -> None:
    text = report_markdown.page_of(with_texts("y" * 100_000), WHOLE)
    assert len(text) <= report_markdown.LONGEST
    assert "What was reviewed" in text


def test_the_policy_for_the_browser_allows_one_style_and_nothing_else() -> None:
    policy = Read(page(of("upsolver-vpc"))).policy
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'", policy
    )


class Read(HTMLParser):
    """What a browser makes of a page: its text, its elements with their attributes, its links, its policy."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.policy, self._words = "", list[str]()
        self.feed(content)

    @property
    def text(self) -> str:
        return "".join(self._words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Mapping[str, str | None] = dict(attrs)
        self.elements.append((tag, tuple(sorted(given))))
        self.links += [given["href"] or ""] if "href" in given else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = html.unescape(given.get("content") or "")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements but for links, options and line breaks, of which other texts have others."""
        return [each for each in self.elements if each[0] not in ("a", "br", "span")]
