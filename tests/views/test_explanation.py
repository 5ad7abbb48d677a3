"""`integrations NAME`: a made-up integration against a checked-in file, and that no real one leaves anything out."""

import json
import textwrap
from dataclasses import dataclass
from typing import ClassVar, Self

import pytest

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Deviation, Handoff, Integration, examples, inputs_of, option
from bootstrap.core.policy import Statement, document
from bootstrap.integrations import integrations
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.views.explanation import explain, lines
from tests.support.canned import matches


@dataclass(frozen=True, kw_only=True)
class Acme(Integration):
    name: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme reads a bucket"
    pages: ClassVar[tuple[str, ...]] = ("https://acme.example/aws", "https://acme.example/s3")
    deviations: ClassVar[tuple[Deviation, ...]] = (
        Deviation(page="everything is granted", sent="only reading", why="it needs no more than that", source="its support"),
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
        all_of_it = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        graph.add(
            "all", IamRoleAttachment(role=role["name"], policy_arn=all_of_it, why="Acme looks around", source="page 3")
        )
        return Handoff({"Role ARN": role["arn"], "External id": self.external_id})


def text_of(integration: type[Integration]) -> str:
    return "\n".join(lines(explain(integration))) + "\n"


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_explanation_is_the_one_that_was_approved() -> None:
    assert matches("explanation.txt", text_of(Acme))
    assert matches("explanation.json", json.dumps(explain(Acme), indent=2) + "\n")


@pytest.mark.parametrize("integration", integrations().values(), ids=lambda found: found.name)
def test_nothing_is_left_out(integration: type[Integration]) -> None:
    text = flat(text_of(integration))
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
    said += [text for item in integration.deviations for text in (item.page, item.sent, item.why, item.source)]
    assert [item for item in said if flat(item) not in text] == []


@pytest.mark.parametrize("integration", integrations().values(), ids=lambda found: found.name)
def test_the_text_says_what_the_json_says(integration: type[Integration]) -> None:
    content = explain(integration)
    assert json.loads(json.dumps(content)) == content
    assert len(content["inputs"]) == len(inputs_of(integration))
    assert content["permissions"]
    entries = [*content["permissions"], *content["policies"]]
    assert content["policies"]
    assert all(item["role"] and item["why"] and item["source"] for item in entries)


def test_long_texts_are_wrapped_at_blanks_and_words_stay_whole() -> None:
    text = text_of(Acme)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert textwrap.shorten(Acme.__dataclass_fields__["mode"].metadata["help"], 60, placeholder="") in flat(text)
