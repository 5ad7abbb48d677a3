"""Texts with ${...}, and the conditions of a file."""

import pytest

from bootstrap.integrations.files.expression import holds, names_in, parsed
from bootstrap.integrations.files.template import fill, holes, reference_of

VALUES = {"input.a": "A", "input.b": "${input.a}", "partition": "aws"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("plain $ text }", "plain $ text }"),
        ("${input.a}", "A"),
        ("x${input.a}y${partition}z", "xAyawsz"),
        ("${input.b}", "${input.a}"),  # once
        ("${aws:username}/${*}${?}${$}", "${aws:username}/${*}${?}${$}"),
        ("${input.a}${aws:PrincipalTag/team}", "A${aws:PrincipalTag/team}"),
    ],
)
def test_references_are_filled_in_once_and_variables_of_iam_stay(text: str, filled: str) -> None:
    assert fill(text, VALUES.__getitem__) == filled
    assert set(holes(text)) <= set(VALUES)


@pytest.mark.parametrize(
    "text", ["${", "${input.a", "${}", "${ input.a }", "${input..a}", "${a.b.c.d.e}", "${INPUT.A}", "${é}"]
)
def test_what_is_neither_a_reference_nor_a_variable_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has "):
        list(holes(text))


def test_a_text_that_is_one_reference_is_told_from_one_that_has_one() -> None:
    assert [reference_of(text) for text in ("${input.a}", "${input.a}x", "${aws:a}", "a")] == ["input.a", "", "", ""]


TRUE = [
    "",
    "input.on",
    "not input.off",
    "input.name == 'x'",
    'input.name == "x" and input.on',
    "input.off or input.on",
    "not (input.off or input.none)",
    "input.off and input.off or input.on",
    "input.name != 'y' and not input.empty",
    "input.place.prefix",
    "each.prefix == 'p' and each",
    "partition == 'aws' and region != 'eu-west-1'",
]
KNOWN = {
    "input.on": True,
    "input.off": False,
    "input.none": None,
    "input.name": "x",
    "input.empty": (),
    "input.place.prefix": "p",
    "each": "b/p",
    "each.prefix": "p",
    "partition": "aws",
    "region": "us-east-1",
}


@pytest.mark.parametrize("text", TRUE)
def test_a_condition_holds(text: str) -> None:
    assert holds(text, KNOWN.__getitem__)
    assert not text or not holds(f"not ({text})", KNOWN.__getitem__)


def test_a_condition_names_inputs() -> None:
    found = list(names_in(parsed("input.a and (input.b == 'x' or not each.prefix)")))
    assert found == [("input.a", None), ("input.b", "x"), ("each.prefix", None)]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "input",
        "input.a.b.c",
        "input.a()",
        "input.a[0]",
        "input.a + input.b",
        "input.a == input.b",
        "input.a == 1",
        "input.a < 'x'",
        "'x' == input.a",
        "input.a == 'x' == 'y'",
        "input.a in ('x',)",
        "a",
        "partition",
        "True",
        "1",
        "lambda: 1",
        "[x for x in input.a]",
        "input.a if input.b else input.c",
        "f'{input.a}'",
        "(yield)",
        "input.a := 1",
        "input.a and",
        "input.a; input.b",
        "input.a == '\\x41'",
        "input.a\nand input.b",
        "input.a" + " and input.a" * 20,
        "(" * 150 + "input.a" + ")" * 20,
    ],
)
def test_nothing_else_is_a_condition(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a condition|is longer than"):
        parsed(text)
