"""`integrations NAME`: a made-up integration and all real ones against checked-in files, and that nothing is left out."""

import json
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import pytest

from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration, examples, inputs_of, option
from bootstrap.core.policy import Statement, document
from bootstrap.integrations import integrations
from bootstrap.permissions.review import review
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.views.markdown import escaped
from bootstrap.views.review_json import content_of
from bootstrap.views.review_markdown import page_of
from bootstrap.views.review_text import WIDEST, list_lines, page_lines
from bootstrap.views.review_words import summary, with_source
from tests.support.canned import matches
from tests.support.inputs import ALL

each = pytest.mark.parametrize("integration", integrations().values(), ids=lambda found: found.name)


@dataclass(frozen=True, kw_only=True)
class Acme(Integration):
    name: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme reads a bucket"
    pages: ClassVar[tuple[str, ...]] = ("https://acme.example/aws", "https://acme.example/s3")
    file: ClassVar[str] = "./[acme].toml"
    digest: ClassVar[str] = "0123456789abcdef" * 4
    costs: ClassVar[tuple[str, ...]] = ("Requests to [S3]",)
    unverified: ClassVar[tuple[str, ...]] = ("Whether Acme [writes]",)
    side_effects: ClassVar[tuple[str, ...]] = ("A queue for each [source]",)
    deviations: ClassVar[tuple[Deviation, ...]] = (
        Deviation(
            page="everything is granted",
            sent="only reading",
            why="it needs no more than that",
            source="its support",
            risk="low",
        ),
        Deviation(
            page="all data is read",
            sent="the same",
            why="the page says so",
            source="page 2",
            risk="high",
            danger="Acme reads what it should not",
            limited_by="fast",
            limited="only [a]",
            sids=("Read",),
        ),
    )

    external_id: str = option("The id that Acme shows.")
    mode: str = option(
        "How much Acme may do with the data that you name to it here, " * 3, default="read", choices=("read", "all")
    )
    fast: bool = option("Be quick.", default=False)
    data: tuple[str, ...] = option("Data (repeatable).", default=(), metavar="NAME")

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            Statement(
                sid="Trust",
                actions=("sts:AssumeRole",),
                principals={"AWS": ("arn:aws:iam::111122223333:role/acme",), "Service": ("ec2.amazonaws.com",)},
                conditions={"StringEquals": {"sts:ExternalId": self.external_id}},
                why="Acme comes in with it",
                source="page 1",
            ),
            Statement(
                sid="Read",
                actions=("s3:GetObject", "s3:ListBucket"),
                resources=("arn:aws:s3:::acme", "arn:aws:s3:::acme/*"),
                conditions={"StringLike": {"s3:prefix": ["a", "a/*"]}, "Bool": {"aws:SecureTransport": "true"}},
                why="Acme shows it",
                source="page 2",
            ),
            Statement(
                sid="NotElsewhere",
                effect="Deny",
                actions=("s3:PutObject",),
                not_resources=("arn:aws:s3:::acme/*",),
                why="Acme writes nowhere else",
                source="page 2",
            ),
        )

    @classmethod
    def example(cls) -> Self:
        return cls(external_id="EXAMPLE")

    def build(self, graph: Graph) -> Handoff:
        graph.add("bucket", S3Bucket(name="acme"))
        role = graph.add(
            "role",
            IamRole(
                name="Acme", trust=document(self.statements[:1]), inline_policies={"read": document(self.statements[1:])}
            ),
        )
        all_of_it = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        graph.add(
            "all", IamRoleAttachment(role=role["name"], policy_arn=all_of_it, why="Acme looks around", source="page 3")
        )
        values = {"Role ARN": role["arn"], "External id": self.external_id}
        return Handoff(values, before_destroy=("Delete the [source] at Acme.",))


COLUMNS = 80


def text_of(integration: type[Integration], columns: int = COLUMNS) -> str:
    return "".join(f"{line.plain}\n" for line in page_lines(review(integration.example()), columns))


def markdown_of(integration: type[Integration]) -> str:
    return "".join(f"{line}\n" for line in page_of(review(integration.example())))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_page_is_the_one_that_was_approved() -> None:
    assert matches("review.txt", text_of(Acme))
    assert matches("review.md", markdown_of(Acme))
    assert matches("review.json", json.dumps(content_of(review(Acme.example())), indent=2) + "\n")


@each
def test_the_page_of_each_integration_is_the_one_that_was_approved(integration: type[Integration]) -> None:
    assert matches(f"pages/{integration.name}.txt", text_of(integration))
    assert matches(f"pages/{integration.name}.md", markdown_of(integration))


@each
def test_nothing_is_left_out(integration: type[Integration]) -> None:
    text, markdown = flat(text_of(integration)), flat(markdown_of(integration))
    example = integration.example()
    graph = Graph(examples(example))
    handoff = example.build(graph)
    said = [integration.title, *integration.pages, *handoff.values]
    said += [text for item in inputs_of(integration) for text in (item.flag, item.help)]
    for node in graph.nodes.values():
        said += [node.address, node.resource.kind, node.resource.resolved(graph.predicted_output).label]
    for statement in example.statements:
        said += [statement.sid, statement.why, *statement.actions]
        said += statement.resources if not statement.principals else []
        said += [name for names in statement.principals.values() for name in names]
        said += [key for test in statement.conditions.values() for key in test]
    said += [item.resource.purpose for item in graph.nodes.values()]
    said += [
        text for item in integration.deviations for text in (item.page, item.described, item.why, item.source, item.danger)
    ]
    assert [item for item in said if flat(item) not in text] == []
    assert [item for item in said if escaped(flat(item)) not in markdown and flat(item) not in markdown] == []


@each
def test_the_text_says_what_the_json_says(integration: type[Integration]) -> None:
    content = content_of(review(integration.example()))
    assert json.loads(json.dumps(content)) == content
    assert len(content["inputs"]) == len(inputs_of(integration))
    assert content["permissions"]
    entries = [*content["permissions"], *content["policies"]]
    graph = Graph(examples(integration.example()))
    integration.example().build(graph)
    attached = [node for node in graph.nodes.values() if node.resource.kind == "iam_role_attachment"]
    assert len(content["policies"]) == len(attached)
    assert all(item["role"] and item["why"] and item["source"] for item in entries)


@each
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_screen_unless_one_word_is(integration: type[Integration], columns: int) -> None:
    wide = [line for line in text_of(integration, columns).splitlines() if len(line) > min(columns, WIDEST)]
    assert [line for line in wide if not is_one_word(line, columns)] == []


def is_one_word(line: str, columns: int) -> bool:
    """Whether a line has nothing that could stand on another one; or it names an input."""
    return len(line.split()) == 1 or line.lstrip().startswith("--")


@pytest.mark.parametrize("columns", [40, 80])
def test_the_list_fits_the_screen_and_has_every_title(columns: int) -> None:
    titles = {name: found.title for name, found in integrations().items()}
    shown = [line.plain for line in list_lines(titles, columns)]
    assert max(map(len, shown)) <= columns
    text = flat(" ".join(shown))
    assert [item for name, title in titles.items() for item in (name, title) if flat(item) not in text] == []


@pytest.mark.parametrize("harden", [False, True])
def test_what_to_decide_by_comes_first(harden: bool) -> None:
    chosen = integrations()["upsolver-vpc"].example()
    inputs: dict[str, Any] = {"harden": harden}
    found = review(replace(chosen, **inputs))
    headings = [heading for heading, _ in summary(found)]
    hardening = "What --harden changed" if harden else "What --harden changes"
    assert headings[:4] == ["Who gets in", "What they can do", "What is worst", hardening]


def test_color_marks_headings_and_risks_only() -> None:
    styles = {line.plain.strip(): str(line.style) for line in page_lines(review(Acme.example()), 200)}
    assert styles["Who gets in"] == "bold cyan"
    assert styles["high: Acme reads what it should not (--fast limits that)"] == "bold red"
    assert styles["low: the page: everything is granted"] == "default"


def test_in_a_pipe_each_fact_stays_on_one_line() -> None:
    lines = [line.plain for line in page_lines(review(Acme.example()), None)]
    assert "  Acme: the role acme of account 111122223333, with the external id. Acme comes in with it" in lines
    titles = {"acme": "Acme reads a bucket " * 9}
    assert len(list(list_lines(titles, None))) == 1


def test_a_bucket_has_whom_its_policy_lets_in_and_can_do_nothing_itself() -> None:
    lines = [line.plain for line in page_lines(review(ALL["databricks-workspace"]), None)]
    at = lines.index("  bucket your-bucket")
    assert lines[at + 1] == "    Whom its policy lets in"
    assert "    What it may do" not in lines[at:]


def test_a_policy_without_a_page_has_no_empty_parentheses() -> None:
    assert (with_source("it reads", ""), with_source("it reads", "page 1")) == ("it reads", "it reads (page 1)")


def test_a_page_without_deviations_has_no_heading_for_them() -> None:
    found = replace(review(Acme.example()), deviations=())
    for text in ("\n".join(page_of(found)), "\n".join(line.plain for line in page_lines(found, 100))):
        assert "Where we deviate" not in text
        assert "Resources" in text


def test_a_role_that_lets_in_itself_lets_in_that_role_and_not_the_account() -> None:
    found = review(integrations()["databricks-unity-catalog"].example())
    assert "arn:aws:iam::123456789012:role/databricks-unity-catalog" in [each.principal for each in found.entrants]


@each
def test_with_harden_each_of_the_worst_has_what_still_limits_it(integration: type[Integration]) -> None:
    harden: dict[str, Any] = {"harden": True}
    found = review(replace(integration.example(), **harden)) if "harden" in integration.__dataclass_fields__ else None
    for entry in dict(summary(found))["What is worst"] if found and found.hardened else ():
        assert entry.endswith((" limits that)", "; a policy of yours as --permissions-boundary can)")), entry
