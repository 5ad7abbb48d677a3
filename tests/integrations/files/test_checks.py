"""The checks and patterns that a file can give its inputs."""

from importlib import import_module

import pytest

from bootstrap.cli.app import VERBS
from bootstrap.cli.command import options_of, takes_inputs
from bootstrap.integrations.files.checks import CHECKS, EXAMPLES, PARTS, parts_of
from bootstrap.integrations.files.input_problems import OPTIONS
from bootstrap.integrations.files.pattern import LONGEST_VALUE, matches, pattern_problem
from tests.support.watchdog import no_hang


def test_each_check_of_one_text_can_be_named() -> None:
    assert {"external_id", "bucket_prefix", "key_arn", "account", "region", "cidr"} < set(CHECKS)
    assert not {"literal", "listed", "number", "without_references", "bucket_problem"} & set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_has_an_example_that_passes(name: str) -> None:
    assert CHECKS[name](EXAMPLES[name]) == EXAMPLES[name]


def test_the_parts_of_values() -> None:
    assert parts_of("bucket_prefix") == {"name": "your-bucket", "prefix": "raw", "objects": "your-bucket/raw/*"}
    assert PARTS["bucket_prefix"]("raw") == {"name": "raw", "prefix": "", "objects": "raw/*"}
    assert parts_of("role_arn") == {"account": "111122223333", "name": "your-role"}
    assert parts_of("key_arn")["account"] == "111122223333"
    assert parts_of("stream") == {}


GOOD = [
    "[a-z]+_[a-z]+",
    "[0-9]{12}",
    "(?:us|eu)[0-9]",
    r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]+",
    "t-[0-9a-f]{4,8}",
    "[+*?|]+",
]
BAD = {
    "(a+)+b": "repeats a group",
    "(?:ab){2,}": "repeats a group",
    "(a|b)*": "repeats a group",
    "a*a*a*a*b": "more than 3",
    "a?a?a?a?a?a": "over 4",
    "(a|a)(a|a)(a|a)(a|a)(a|a)b": "over 4",
    r"(a)\1": "back reference",
    "(?=a)a": "look-ahead",
    "(?i)a": "flag",
    "(?P<x>a)": "flag",
    "[a": "is not a regular expression",
    "a{9999999999}": "is not a regular expression",
    "[[a]": "is not a regular expression",
}


@pytest.mark.parametrize("pattern", GOOD)
def test_a_pattern_that_matches_quickly_is_allowed(pattern: str) -> None:
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(("pattern", "problem"), BAD.items())
def test_a_pattern_that_may_not_is_refused(pattern: str, problem: str) -> None:
    assert problem in pattern_problem(pattern)


def test_the_slowest_pattern_that_is_allowed_takes_no_time() -> None:
    slowest = "a*a*a*" + "(a|a)" * 4 + "b"
    assert pattern_problem(slowest) == ""
    with no_hang():
        assert not matches(slowest, "a" * LONGEST_VALUE)
    assert not matches("a*", "a" * (LONGEST_VALUE + 1))


def test_no_input_can_be_called_as_an_option_of_bootstrap() -> None:
    """All verbs that take inputs have options of their own beside them."""
    functions = [getattr(import_module(f"bootstrap.cli.{module}"), verb, None) for verb, module in VERBS.items()]
    taking = [function for function in functions if function and takes_inputs(function)]
    assert len(taking) >= 4
    found = {text for function in taking for names in options_of(function) for text in names}
    names = {text[2:].replace("-", "_") for text in found if text.startswith("--")}
    assert {name for name in names if not name.startswith("no_")} - OPTIONS == set()
