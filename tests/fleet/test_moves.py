"""An account of a fleet stays in the resource that it is in."""

from typing import Any

import pytest

from bootstrap.fleet.moves import moved, place

A, B, C = "111111111111", "222222222222", "333333333333"
OWN = f"account_id,external_id\n{C},own\n"
FLEET: dict[str, Any] = {"account": [A, B, C], "canary": A, "account_values": OWN}


def test_a_unit_is_added_and_never_removed_as_another_may_include_it() -> None:
    before = {"organizational_unit": ["ou-1", "ou-2"]}
    assert moved(before, {"organizational_unit": ["ou-1", "ou-2", "r-1"]}) is None
    refusal = moved(before, {"organizational_unit": ["ou-2", "r-1"]})
    assert refusal is not None
    assert refusal.message.startswith("--organizational-unit ou-1 is missing") and "--exclude" in refusal.advice


def test_each_account_has_one_place() -> None:
    assert [place(each, FLEET) for each in (A, B, C)] == ["canary", "accounts", f"account-{C}"]
    assert place("444444444444", FLEET) == ""
    assert place(B, {**FLEET, "exclude": [B]}) == ""
    assert place(A, {"account": [A, B]}) == "canary"  # the first is the default
    assert place(A, {**FLEET, "canary": "none"}) == "accounts"
    assert place(A, {"organizational_unit": ["ou-1"]}) == "accounts"


@pytest.mark.parametrize(
    ("change", "who", "says"),
    [
        ({"canary": B}, A, "is the canary, which is changed first, and would get those of all others"),
        ({"canary": "none"}, A, "would get those of all others"),
        ({"account_values": f"{OWN}{B},other\n"}, B, "has the values of all others, and would get its own"),
        ({"account_values": None}, C, "has values of its own, and would get those of all others"),
    ],
)
def test_an_account_that_would_move_is_refused(change: dict[str, Any], who: str, says: str) -> None:
    refusal = moved(FLEET, {**FLEET, **change})
    assert refusal is not None
    assert refusal.message.startswith(f"account {who} ") and says in refusal.message


def test_the_refusal_says_how_to_move_all_of_them_all_the_same() -> None:
    before = {"organizational_unit": ["ou-1"], "canary": A, "exclude": [C]}
    refusal = moved(before, {**before, "canary": B})
    assert refusal is not None
    assert "(and so for 1 more)" in refusal.message
    first = {**before, "exclude": [C, A, B], "canary": "none"}
    assert f"run create with --exclude {C} --exclude {A} --exclude {B} and --canary none, " in refusal.advice
    then = {**before, "exclude": [C], "canary": B}
    assert refusal.advice.endswith(f"and then this with --exclude {C}.")
    assert moved(before, first) is moved(first, then) is None
    alone = moved(FLEET, {**FLEET, "account_values": None})
    assert alone is not None and alone.advice.endswith("and then this with --exclude ''.")


@pytest.mark.parametrize(
    "change",
    [
        {"account": [A, B, C, "444444444444"]},
        {"account": [A, C]},
        {"account": [B, C], "canary": "none"},  # the canary leaves
        {"account_values": f"account_id,external_id\n{C},changed\n"},
        {"exclude": [B]},
        {"account": [A, B], "account_values": None},
    ],
)
def test_accounts_come_go_and_change_their_values(change: dict[str, Any]) -> None:
    assert moved(FLEET, {**FLEET, **change}) is None
