"""What a finding does to a plan: it refuses the change that it is about, and is a note otherwise."""

import pytest

from bootstrap.core.difference import Difference
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.prechecks import Precheck, apply_prechecks
from bootstrap.errors import lines
from bootstrap.resources.iam.instance_profile import IamInstanceProfile

SUBNETS = frozenset({"subnets"})


def change(action: Action, *fields: str, address: str = "environment", refusal: str = "", advice: str = "") -> Change:
    return Change(
        address=address,
        action=action,
        resource=IamInstanceProfile(name="any", role="any"),
        reason="",
        differences=tuple(Difference(field=field, key=None, before=1, after=2) for field in fields),
        refusal=refusal,
        advice=advice,
    )


@pytest.mark.parametrize(
    ("planned", "refuses"),
    [
        (change(Action.CREATE), True),
        (change(Action.UPDATE, "subnets", "tags"), True),
        (change(Action.UPDATE, "tags"), False),
        (change(Action.NOOP), False),
        (change(Action.DELETE), False),
        (change(Action.CREATE, address="another"), False),
    ],
)
def test_a_finding_refuses_what_makes_its_thing_or_changes_its_fields(planned: Change, refuses: bool) -> None:
    plan, notes = apply_prechecks(Plan((planned,)), [Precheck("it is closed", "Open it.", "environment", SUBNETS)])
    assert (plan.changes[0].refusal, plan.changes[0].advice) == (("it is closed", "Open it.") if refuses else ("", ""))
    assert notes == (() if refuses else ("it is closed",))


def test_refusals_stand_beside_those_that_there_are_and_each_advice_stands_once() -> None:
    taken = change(Action.CREATE, refusal="the name is taken", advice=lines("Choose another.", "Or delete it."))
    found = [Precheck("it is closed", "Open it.", "environment"), Precheck("it is full", "Open it.", "environment")]
    [checked] = apply_prechecks(Plan((taken,)), found)[0].changes
    assert checked.refusal == "the name is taken; it is closed; it is full"
    assert checked.advice == "Choose another.\nOr delete it.\nOpen it."


def test_what_refuses_one_change_is_no_note_for_another_and_notes_stand_once() -> None:
    plan = Plan((change(Action.CREATE), change(Action.NOOP, address="other")))
    found = [
        Precheck("it is closed", address="environment"),
        Precheck("it is closed", address="other"),
        Precheck("it may be"),
    ]
    assert apply_prechecks(plan, [*found, Precheck("it may be")])[1] == ("it may be",)


def test_without_findings_a_plan_stays_as_it_is() -> None:
    plan = Plan((change(Action.CREATE, advice="said before"),))
    assert apply_prechecks(plan, []) == (plan, ())
