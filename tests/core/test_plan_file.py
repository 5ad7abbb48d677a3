"""A plan as a file: its digest is over each value in it, and a file that was edited is not used."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bootstrap import __version__
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.approval import Approval
from bootstrap.core.plan_file import PlanFile, duration, from_text
from bootstrap.core.plan_moves import moves
from bootstrap.core.state import State, digest
from bootstrap.errors import BootstrapError, PlanOutdated, PlanRefused, UsageError
from tests.support.hostile import HOSTILE, as_text, spoilt
from tests.support.plan_files import MADE, changed, first_plan, sealed

PLAN = first_plan()
CONTENT = json.loads(PLAN.text)
STATE = State(deployment="acme", integration="x", lineage="0" * 16, accounts={"default": EXAMPLE}, plan=PLAN.digest)
NOT_COMPARED = {"tool", "format", "version", "created", "expires", "accounts", "demands"}
"""What no plan that is made later can have, what is compared before one is made, and what only people read."""


def test_a_plan_comes_back_as_it_was_written() -> None:
    assert from_text(PLAN.text, "plan.json") == PLAN
    assert first_plan().text == PLAN.text
    assert CONTENT["expires"] == "2026-11-28T09:30:00Z"


def test_each_value_has_its_place_in_the_digest_and_none_can_be_edited() -> None:
    content, digests = {key: value for key, value in CONTENT.items() if key != "digest"}, [PLAN.digest]
    approval = Approval.of(PLAN, "ann", "", MADE)
    number = 0
    for path, other in changed(content):
        number += 1
        digests.append(digest(other))
        with pytest.raises(BootstrapError):
            from_text(json.dumps({**other, "digest": PLAN.digest}), "plan.json")
        try:
            forged = from_text(sealed(other), "plan.json")
        except BootstrapError:
            continue  # no plan at all
        with pytest.raises(PlanRefused, match="approved another plan"):
            approval.check_for(forged, MADE)
        if path[0] not in NOT_COMPARED:
            assert moves(forged, PLAN, None), path
    assert number > 350
    assert len(set(digests)) == len(digests)


def test_the_same_keys_in_another_order_are_the_same_plan() -> None:
    turned = json.dumps(dict(reversed(CONTENT.items())))
    assert from_text(turned, "plan.json").digest == PLAN.digest


def test_a_plan_is_used_until_it_expires_and_by_the_version_that_made_it() -> None:
    PLAN.check_usable(__version__, MADE + timedelta(hours=23, minutes=59))
    with pytest.raises(PlanOutdated, match="expired at 2026-11-28T09:30:00Z"):
        PLAN.check_usable(__version__, MADE + timedelta(days=1))
    with pytest.raises(PlanOutdated, match=f"made by bootstrap {__version__}, and this is 99"):
        PLAN.check_usable("99", MADE)


def test_several_accounts_are_told_by_their_aliases() -> None:
    second = Account(alias="second", id="999999999999", partition="aws", region="eu-west-1")
    with pytest.raises(PlanRefused) as caught:
        PLAN.check_accounts({"default": EXAMPLE, "second": second})
    assert caught.value.message.endswith("to 123456789012 in us-east-1 (default) and 999999999999 in eu-west-1 (second)")


@pytest.mark.parametrize(
    "other",
    [
        {"default": Account(id="999999999999", partition="aws", region="us-east-1")},
        {"default": Account(id=EXAMPLE.id, partition="aws", region="eu-west-1")},
        {"default": EXAMPLE, "second": Account(alias="second", id=EXAMPLE.id, partition="aws", region="us-east-1")},
    ],
)
def test_a_plan_is_for_its_accounts_and_region(other: dict[str, Account]) -> None:
    PLAN.check_accounts({"default": EXAMPLE})
    with pytest.raises(PlanRefused, match="the plan is for 123456789012 in us-east-1, and this run is signed in to"):
        PLAN.check_accounts(other)


WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "is not a plan of bootstrap"),
    "no JSON": ("{", "is not a plan of bootstrap"),
    "a list": ("[]", "is not a plan of bootstrap"),
    "a state": ('{"tool": "bootstrap"}', "is not a plan of bootstrap"),
    "a key twice": ('{"tool": "bootstrap-plan", "tool": "bootstrap-plan"}', "is there twice"),
    "too deep": ('{"tool": "bootstrap-plan", "graph": ' + "[" * 200 + "]" * 200 + "}", "nested more than"),
    "far too deep": ("[" * 100_000, "is not a plan of bootstrap"),
    "not a number": ('{"tool": "bootstrap-plan", "format": NaN}', "NaN is not JSON"),
    "a format to come": ('{"tool": "bootstrap-plan", "format": 2}', "has the format 2; this version of bootstrap knows 1"),
    "a format that is true": ('{"tool": "bootstrap-plan", "format": true}', "has the format True"),
    "no digest": (json.dumps({key: value for key, value in CONTENT.items() if key != "digest"}), "was edited"),
    "a digest of another type": (json.dumps({**CONTENT, "digest": [1]}), "was edited"),
    "an unknown key": (sealed({**CONTENT, "more": 1}), "keys are missing or unknown: more"),
    "no accounts": (sealed({**CONTENT, "accounts": {}}), "accounts are not accounts"),
    "an account that matches all": (
        sealed({**CONTENT, "accounts": {"default": {**EXAMPLE.to_json(), "id": "*"}}}),
        "accounts are not accounts",
    ),
    "a time of another form": (sealed({**CONTENT, "expires": "2026-11-28"}), "does not match format"),
    "an integration without a name": (sealed({**CONTENT, "integration": {}}), "integration has no name"),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_what_is_no_plan_is_one_clear_error(text: str, told: str) -> None:
    with pytest.raises(BootstrapError) as caught:
        from_text(text, "plan.json")
    assert told in caught.value.message
    assert caught.value.message.startswith("plan.json ")
    assert caught.value.advice


@pytest.mark.parametrize("name", [key for key in CONTENT if key not in ("tool", "format", "digest")])
def test_a_value_of_another_type_is_refused_by_its_name(name: str) -> None:
    wrong: Any = 1 if not isinstance(CONTENT[name], int) else "x"
    with pytest.raises(UsageError, match=f"another type than they may have: {name}$"):
        from_text(sealed({**CONTENT, name: wrong}), "plan.json")


def test_hostile_texts_are_no_plans_and_in_plans_do_no_harm() -> None:
    for text in HOSTILE:
        with pytest.raises(BootstrapError):
            from_text(text, "plan.json")
        if text.isprintable():
            found: PlanFile = from_text(sealed({**CONTENT, "deployment": text}), "plan.json")
            assert moves(found, PLAN, None)


@settings(max_examples=max(1, settings().max_examples // 3))
@given(spoilt(CONTENT, 2))
def test_a_spoilt_plan_is_refused_or_compared_and_nothing_else(content: object) -> None:
    try:
        found = from_text(sealed(content) if isinstance(content, dict) else as_text(content), "plan.json")
    except BootstrapError:
        return
    for stored in (None, STATE, replace(STATE, plan=found.digest)):
        assert all(isinstance(text, str) and text for text in moves(found, PLAN, stored))


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("24h", 86400), ("7d", 604800), ("366d", 31622400)])
def test_a_time_to_expire_is_minutes_hours_or_days(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "0h", "24", "h", "-1h", "1.5h", "367d", "999999d", "1w", "1h ", "24H", "1hh"])
def test_another_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time like 30m, 24h or 7d"):
        duration(text)
