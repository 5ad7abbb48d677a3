"""The words that other tools have for our verbs, and words that are nearly ours: which verb was meant is said at once."""

import pytest

from bootstrap.cli.app import VERBS, commands_below, verb_named
from bootstrap.cli.other_verbs import BELOW, CALLED, no_such_verb
from tests.cli.conftest import Bootstrap


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("delete", "destroy"),
        ("uninstall --name a --sandbox", "destroy"),
        ("rm", "destroy"),
        ("remove", "destroy"),
        ("down", "destroy"),
        ("apply plan.json", "create"),
        ("deploy", "create"),
        ("up", "create"),
        ("install", "create"),
        ("init", "create"),
        ("ls", "status"),
        ("list", "status"),
        ("show", "status"),
        ("validate", "check"),
        ("diff", "plan"),
        ("help delete", "destroy"),
        ("DELETE", "destroy"),
        ("destory", "destroy"),
        ("uninstal", "destroy"),
        ("state ls", "state list"),
        ("state delete", "state rm"),
        ("sandbox down", "sandbox stop"),
    ],
)
def test_the_verb_that_was_meant_is_named_with_the_command_that_explains_it(
    line: str, meant: str, in_process: Bootstrap
) -> None:
    ran = in_process(line)
    assert ran.code == 64
    assert f"Did you mean {meant.split()[-1]}? Run: bootstrap {meant} --help" in ran.err
    assert ran.err.count("Did you mean") == 1


def test_a_word_that_is_like_none_has_no_hint(in_process: Bootstrap) -> None:
    ran = in_process("frob")
    assert (ran.code, "Did you mean" in ran.err) == (64, False)


def test_each_word_has_one_meaning_that_exists_and_is_no_verb_itself() -> None:
    words = [word for each in CALLED.values() for word in each.split()]
    assert len(words) == len({*words})
    assert {*CALLED} <= {*VERBS}
    assert {*words}.isdisjoint(VERBS)
    below = {verb for group in ("state", "sandbox") for verb in commands_below(verb_named(group))}  # type: ignore[arg-type]
    assert {*BELOW} <= below


def test_another_message_is_not_about_a_verb() -> None:
    assert no_such_verb("No such option: --frob", [], ["create"]) is None
