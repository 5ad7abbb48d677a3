"""Questions with answers, inputs that only some others require, and a bucket whose name may be taken."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.input import Choice
from bootstrap.core.integration import examples
from bootstrap.errors import UsageError
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from tests.support.integration_files import FIVETRAN, problems_in

INPUTS = """
org = { type = "text", check = "organization_id", help = "Name the new bucket.", required_when = "not input.own" }
own = { type = "text", check = "bucket", help = "Use this bucket of yours.", optional = true }

[[questions]]
question = "Create a bucket, or use one you have?"
exclusive = false
[questions.answers]
"Create one" = ["input.org"]
"Use mine" = ["input.own"]

[resources.bucket]
type = "s3_bucket"
name = "fivetran-${input.org}"
when = "not input.own"
if_taken_use = "input.own"
if_taken = '''
If not, name another organization.
Or use another region.
'''
"""
FILE = FIVETRAN.replace("\n[resources.role]", INPUTS + "\n[resources.role]", 1)
GIVEN = {"external_id": "armed_unleaded", "bucket": ["raw"]}


def wanted(folder: Path, text: str = FILE, **given: Any) -> FileIntegration:
    (folder / "fivetran.toml").write_text(text)
    found = from_inputs(load(str(folder / "fivetran.toml")), {**GIVEN, **given})
    assert isinstance(found, FileIntegration)
    return found


def test_a_question_has_answers_with_the_inputs_that_they_need(tmp_path: Path) -> None:
    ways = {"Create one": ("org",), "Use mine": ("own",)}
    assert type(wanted(tmp_path, org="acme")).alternatives == (
        Choice("Create a bucket, or use one you have?", ways, exclusive=False),
    )


def test_an_input_can_be_required_only_where_another_is_not_given(tmp_path: Path) -> None:
    kind = type(wanted(tmp_path, org="acme"))
    assert kind.required({}) == ("external_id", "bucket", "org")
    assert kind.required({"own": "mine"}) == ("external_id", "bucket")
    with pytest.raises(UsageError, match="--org"):
        wanted(tmp_path)
    assert wanted(tmp_path, own="mine").to_json()["org"] is None


def test_the_example_has_what_its_other_inputs_require(tmp_path: Path) -> None:
    example = type(wanted(tmp_path, org="acme")).example()
    assert example.to_json()["org"]
    assert problems_in(FILE, tmp_path, "fivetran.toml") == []


def test_a_bucket_whose_name_is_taken_can_be_used_as_one_that_exists(tmp_path: Path) -> None:
    found = wanted(tmp_path, org="acme")
    graph = Graph(examples(found))
    found.build(graph)
    assert graph.nodes["bucket"].if_taken.splitlines() == [
        "If it is yours and in this account, run the same command with: --own fivetran-acme",
        "If not, name another organization.",
        "Or use another region.",
    ]
    assert found.instead_of_bucket(EXAMPLE, 2) == {"own": "fivetran-acme"}
    assert wanted(tmp_path, own="mine").instead_of_bucket(EXAMPLE, 2) == {}


def test_each_line_of_a_file_that_nobody_reviewed_says_whose_it_is(tmp_path: Path) -> None:
    """Else its second line could pass for one of ours."""
    graph = Graph([EXAMPLE])
    build(wanted(tmp_path, org="acme"), graph)
    lines = graph.nodes["bucket"].if_taken.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["fivetran.toml says"] * 3
    assert lines[1:] == [
        "fivetran.toml says: If not, name another organization.",
        "fivetran.toml says: Or use another region.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"not input.own"', '"not input.other"', "inputs.org.required_when: input.other: there is no such input"),
        ('"not input.own"', '"region"', "inputs.org.required_when: is not a condition"),
        ('"not input.own"', "'region == \"a\"'", "required_when: region cannot be in this condition"),
        ('"not input.own"', '"not input.own", optional = true', "cannot be there together with optional, generated or"),
        ('"Use mine" = ["input.own"]', "", "questions[0].answers: has fewer than two answers"),
        ('"Use mine" = ["input.own"]', '"Use mine" = ["own"]', "questions[0].answers.Use mine[0]: 'own' does not have"),
        ('"Use mine" = ["input.own"]', '"Use mine" = ["input.mine"]', "Use mine[0]: there is no input.mine"),
        ('"Create a bucket, or', '"Create ${input.org}, or', "questions: has ${...}, and nothing is put in there"),
        ('if_taken_use = "input.own"', 'if_taken_use = "input.org"', "input.org is not an input of the type text with"),
        ("[resources.bucket]", "[resources.store]", "resources.store.if_taken_use: is only for an s3_bucket at the address"),
    ],
)
def test_what_is_wrong_with_it_is_reported(before: str, after: str, told: str, tmp_path: Path) -> None:
    assert before in FILE
    texts = [f"{each.path}: {each.text}" for each in problems_in(FILE.replace(before, after, 1), tmp_path, "fivetran.toml")]
    assert any(told in text.replace('"', "") for text in texts), texts
