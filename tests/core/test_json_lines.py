"""Each value of a JSON text has its line."""

import json

import pytest

from bootstrap.core.json_lines import line_of, lines_by_path

POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "One", "Action": "s3:*"},
    {
      "Sid": "Two \\"{[,]}\\" \\n",
      "Action": [
        "a:b",
        "c:d"
      ],
      "Condition": {"StringLike": {"aws:x.y": "z"}}
    }
  ]
}"""
PLACES = {
    "": 1,
    "Version": 2,
    "Statement": 3,
    "Statement[0]": 4,
    "Statement[0].Action": 4,
    "Statement[1]": 5,
    "Statement[1].Sid": 6,
    "Statement[1].Action[1]": 9,
    "Statement[1].Condition.StringLike.aws:x.y": 11,
}


def test_a_path_leads_to_its_line() -> None:
    lines = lines_by_path(POLICY)
    assert {path: lines.get(path) for path in PLACES} == PLACES


@pytest.mark.parametrize(
    ("path", "line"),
    [("Statement[1].Action[7]", 7), ("Statement[named].Sid", 3), ("Nothing.At.All", 1), ("Statement[1].Effect", 5), ("", 1)],
)
def test_a_path_that_is_not_there_leads_to_the_nearest_one_around_it(path: str, line: int) -> None:
    assert line_of(lines_by_path(POLICY), path) == line


def test_several_values_are_counted() -> None:
    lines = lines_by_path('{"a": 1}\n\n{"a": {"b": [2]}}\n')
    assert (lines["[0].a"], lines["[1]"], lines["[1].a.b[0]"]) == (1, 3, 3)


@pytest.mark.parametrize(
    "text", ["", "{", "]]}", '{"a"', "%7B%22a%22", '"open', "{{{{", "[,,]", '{"a" "b" "c"}', "\\", "[" * 50_000]
)
def test_what_is_no_json_does_no_harm(text: str) -> None:
    assert line_of(lines_by_path(text), "Statement[0]") == 1


def test_every_path_of_a_long_document_is_found_in_no_time() -> None:
    content = {f"k{number}": [{"a": number}] * 3 for number in range(3000)}
    lines = lines_by_path(json.dumps(content, indent=1))
    assert lines["k2999[2].a"] > lines["k2999[1].a"] > lines["k0"]
