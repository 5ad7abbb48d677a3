"""What a plan advises where somebody has to choose: each command does what its text says, or is not printed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.plan import Plan
from bootstrap.core.planner import make_plan
from bootstrap.core.state import Record, Status
from tests.core.test_planner import nodes
from tests.core.test_tightening import Gate
from tests.support.fakes import ACCOUNTS, NEW, Thing

CREATE = "bootstrap create --integration example --name prod"


@dataclass(frozen=True, kw_only=True)
class Door(Gate):
    """A gate whose limit an option sets."""

    updates = replace(Gate.updates, set_by={"limit": "--limit"})


def planned(wanted: Mapping[str, Thing], now: Mapping[str, Thing], *, new: bool = False) -> Plan:
    """Recorded is what is wanted; what is not in `now` is as it is wanted."""
    records = [
        Record(
            address=name,
            kind=each.kind,
            account="default",
            status=Status.READY,
            properties=each.properties(),
            outputs={"id": f"id-{name}", "name": name},
        )
        for name, each in wanted.items()
    ]
    live = {
        name: Live(
            {"id": f"id-{name}", "name": name},
            {field: value for field, value in now.get(name, each).properties().items() if field != "asked"},
            Owner("prod", name, "ours"),
        )
        for name, each in wanted.items()
    }
    state = replace(NEW.put(*records), has_new_inputs=new)
    plan = make_plan(
        nodes(*wanted.values()),
        state,
        live,
        ACCOUNTS,
        lambda record: type(wanted[record.address]).from_properties(record.properties),
    )
    return plan.with_working_commands


def door(name: str, **fields: object) -> Door:
    return Door(name=name, **fields)  # type: ignore[arg-type]


A, B = door("a", limit="x"), door("b", limit="x")
OVERWRITE = f"To overwrite a with what bootstrap sets, run: {CREATE} --overwrite a"
BY_HAND = "By hand, undo what allows more access: what is only stricter is kept."


@pytest.mark.parametrize(
    ("wanted", "now", "advice"),
    [
        pytest.param([A], [door("a", limit="y")], f"To keep what AWS has, run: {CREATE} --limit y\n{OVERWRITE}", id="alone"),
        pytest.param(
            [A, B],
            [door("a", limit="y")],
            f"To keep what AWS has, and to have the same in b, run: {CREATE} --limit y\n{OVERWRITE}",
            id="the option is for another one as well",
        ),
        pytest.param(
            [A, Thing(name="c", shape="x")],
            [door("a", limit="y")],
            OVERWRITE,
            id="something else has the value, and may follow the option",
        ),
        pytest.param(
            [door("a", limit="x", needs=["i"])],
            [door("a", limit="y", needs=["j"])],
            f"No option sets needs. {BY_HAND}\n{OVERWRITE}",
            id="the option would leave another choice open",
        ),
        pytest.param(
            [door("a", limit="x", size=5)],
            [door("a", limit="y", size=3)],
            f"To keep what AWS has, run: {CREATE} --limit y\nTo overwrite a with what bootstrap sets, including what is "
            f"kept (a size), run: {CREATE} --overwrite a",
            id="to overwrite sets back what is kept, too",
        ),
        pytest.param(
            [A, B],
            [door("a", limit="y"), door("b", limit="z")],
            f"To overwrite a and b with what bootstrap sets, run: {CREATE} --overwrite a --overwrite b",
            id="two choices are refused until both are made",
        ),
    ],
)
def test_a_command_for_a_choice_does_what_its_text_says_or_is_not_printed(
    wanted: list[Thing], now: list[Thing], advice: str
) -> None:
    found = planned({each.name: each for each in wanted}, {each.name: each for each in now})
    assert {change.advice for change in found.refused} == {advice}


def test_before_the_inputs_are_recorded_the_command_is_the_one_that_was_typed() -> None:
    """What is recorded would not be enough for one that names the integration only."""
    [change] = planned({"a": A}, {"a": door("a", limit="y")}, new=True).changes
    assert change.advice == (
        "To keep what AWS has, run the same create command again with --limit y\n"
        "To overwrite a with what bootstrap sets, run the same create command again with --overwrite a"
    )
    plan = planned({"a": A}, {"a": door("a", limit="x", size=-1)}, new=True)
    assert (plan.changes[0].kept != (), plan.changes[0].set_back, plan.set_back) == (True, "", "")


def test_what_is_kept_is_set_back_by_no_command_that_something_else_would_refuse() -> None:
    kept = {"a": door("a", limit="x", size=-1)}
    alone = planned({"a": A, "b": B}, kept)
    assert [change.set_back for change in alone.changes] == [alone.set_back, ""] == [f"{CREATE} --overwrite a", ""]
    both = planned({"a": A, "b": B}, {**kept, "b": door("b", limit="z")})
    assert both.changes[0].kept
    assert {both.set_back, *(change.set_back for change in both.changes)} == {""}
