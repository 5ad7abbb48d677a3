"""What the linter found, as text and as data, against checked-in files."""

import io
import json

from bootstrap.errors import UsageError
from bootstrap.permissions.lint import Finding
from bootstrap.views.lint_report import File, content_of, lines
from bootstrap.views.screen import Screen
from tests.support.canned import matches

FILES = [
    File(
        "role.json",
        "identity",
        612,
        (
            Finding("error", "action", "Statement[0].Action[1]", "there is no IAM action s3:[Frob]", "Read"),
            Finding("warning", "escalation", "Statement[1]", "iam:PassRole on every role", why="the vendor says so"),
            Finding("note", "wide-resource", "", "could be narrower"),
        ),
    ),
    File("trust.json", "trust", 180),
    File("none.json", error=UsageError("cannot read none.json: No such file or directory", "Name JSON files.")),
]


def test_the_text_is_the_one_that_was_approved() -> None:
    out = io.StringIO()
    for line in lines(FILES):
        Screen(file=out).print(line)
    assert matches("linted.txt", out.getvalue())


def test_the_data_is_the_one_that_was_approved() -> None:
    assert matches("linted.json", json.dumps(content_of(FILES, "2026-01-01", "a table"), indent=2) + "\n")


def test_nothing_read_is_no_summary() -> None:
    assert list(lines(FILES[2:])) == []
