"""An approval names one plan, who approves it, when and why, and nothing that a terminal obeys."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bootstrap.core.approval import Approval, from_text
from bootstrap.core.plan_file import time_text
from bootstrap.errors import BootstrapError, PlanRefused, UsageError
from tests.support.hostile import HOSTILE
from tests.support.plan_files import MADE, changed, first_plan, sealed

PLAN = first_plan()
APPROVAL = Approval.of(PLAN, "ann@acme.example", "read it with Bob", MADE)
CONTENT = json.loads(APPROVAL.text)
UNSEALED = {key: value for key, value in CONTENT.items() if key != "digest"}


def resealed(**changes: object) -> str:
    return sealed({**UNSEALED, **changes})


def test_an_approval_comes_back_as_it_was_written_and_is_for_its_plan() -> None:
    found = from_text(APPROVAL.text, "file")
    assert found == APPROVAL
    assert (found.by, found.when, found.note) == ("ann@acme.example", "2026-11-27T09:30:00Z", "read it with Bob")
    found.check_for(PLAN, MADE)


@pytest.mark.parametrize("key", ["deployment", "integration", "accounts", "access", "versions"])
def test_what_it_repeats_of_its_plan_has_to_be_the_same(key: str) -> None:
    found = from_text(resealed(**{key: "other" if key == "deployment" else {}}), "file")
    with pytest.raises(PlanRefused, match=f"the approval by ann@acme.example says something else than its plan: {key}$"):
        found.check_for(PLAN, MADE)


def test_it_is_of_the_time_of_its_plan_and_not_of_the_future() -> None:
    for when, told in (
        (MADE - timedelta(minutes=6), "which is in the future|its plan is of"),
        (MADE + timedelta(hours=1, minutes=6), "of 2026-11-27T10:36:00Z, which is in the future"),
        (MADE + timedelta(days=1, seconds=1), "its plan is of 2026-11-27T09:30:00Z and expires at"),
    ):
        now = MADE + timedelta(hours=1) if when < MADE + timedelta(days=1) else when
        with pytest.raises(PlanRefused, match=told):
            replace(APPROVAL, when=time_text(when)).check_for(PLAN, now)
    APPROVAL.check_for(PLAN, MADE - timedelta(minutes=4))  # another machine's clock


def test_no_value_of_it_can_be_edited() -> None:
    forged = list(changed(UNSEALED))
    assert len(forged) > 20
    for path, other in forged:
        with pytest.raises(BootstrapError) as caught:
            from_text(json.dumps({**other, "digest": CONTENT["digest"]}), "file")
        assert "was edited" in caught.value.message or path in ((), ("tool",), ("format",)), path
    with pytest.raises(PlanRefused, match="file was edited since bootstrap wrote it: its digest does not match"):
        from_text(json.dumps(UNSEALED), "file")


@pytest.mark.parametrize(
    "other",
    [first_plan(lasts=timedelta(days=2)), first_plan(created=MADE + timedelta(seconds=1)), replace(PLAN, version="9")],
    ids=["that expires later", "of another time", "of another version"],
)
def test_another_plan_is_not_approved(other: object) -> None:
    assert isinstance(other, type(PLAN))
    with pytest.raises(PlanRefused, match=f"approved another plan: its digest is {PLAN.digest}, and that of this plan is"):
        APPROVAL.check_for(other, MADE)


def test_the_signature_is_over_all_but_itself() -> None:
    signed = replace(APPROVAL, signature="x")
    assert signed.signed == APPROVAL.signed == APPROVAL.text
    texts = [APPROVAL.signed]
    for _, content in changed({key: value for key, value in CONTENT.items() if key not in ("signature", "digest")}):
        try:
            texts.append(from_text(sealed({**content, "signature": ""}), "file").signed)
        except BootstrapError:
            continue
    assert len(texts) > 20
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("key", [key for key in CONTENT if key not in ("tool", "format", "digest")])
def test_a_value_of_another_type_or_none_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match=f"file is not an approval of bootstrap: .*: {key}$"):
        from_text(resealed(**{key: 1}), "file")
    with pytest.raises(UsageError, match=f"missing or unknown: {key}$"):
        from_text(sealed({name: value for name, value in UNSEALED.items() if name != key}), "file")


def test_hostile_files_are_one_clear_error() -> None:
    for text in (*HOSTILE, PLAN.text, '{"tool": "bootstrap-approval"}', "[" * 100_000, json.dumps({**CONTENT, "format": 9})):
        with pytest.raises(BootstrapError) as caught:
            from_text(text, "file")
        assert caught.value.advice


@pytest.mark.parametrize("text", ["", " ", "a ", "a\nb", "\x00", "\x1b[31m", "\u202eevil", "x" * 201])
def test_a_name_is_text_on_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--by: "):
        Approval.of(PLAN, text, "", MADE)
    with pytest.raises(UsageError, match="file is not an approval of bootstrap: by: "):
        from_text(resealed(by=text), "file")


@pytest.mark.parametrize("text", [" ", "a\nb", "\x1b[31m", "x" * 10_001])
def test_so_is_a_note(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--note: "):
        Approval.of(PLAN, "ann", text, MADE)
    with pytest.raises(UsageError, match="file is not an approval of bootstrap: note: "):
        from_text(resealed(note=text), "file")
