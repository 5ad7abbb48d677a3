"""What others made stricter, in a plan: kept, brought back, given back or refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.plan import Action, Change
from bootstrap.core.plan_records import record_of
from bootstrap.core.planner import make_plan
from bootstrap.core.state import Record, Status
from bootstrap.core.state_json import from_json
from bootstrap.core.strictness import (
    Compared,
    Granted,
    Held,
    Limited,
    Members,
    Parts,
    Ranked,
    Removable,
    Smaller,
    Stopped,
)
from bootstrap.core.tightening import under_way
from bootstrap.core.write_ahead import record_before_call
from bootstrap.engine.ownership_checks import check_nothing_lost
from bootstrap.errors import StalePlan
from bootstrap.permissions.policy_order import policy_order
from tests.core.test_planner import nodes
from tests.support.fakes import ACCOUNTS, NEW, Knot, Thing, restore

OURS = Owner("prod", "a", "ours")
KEPT = (Action.NOOP, "up to date")
DRIFT = (Action.UPDATE, "drift: changed outside bootstrap")
INPUTS = (Action.UPDATE, "its inputs changed")


@dataclass(frozen=True, kw_only=True)
class Gate(Thing):
    """A thing with a direction for all that it has."""

    kind = "gate"
    updates = replace(
        Thing.updates,
        additive={"labels": "label", "rules": "rule", "documents": "document"},
        strictness={
            "size": Smaller(),
            "limit": Limited(),
            "needs": Members("entry"),
            "labels": Granted("what it is there for"),
            "rules": Removable(),
            "open": Stopped(("open", "closed")),
            "guard": Held(),
            "documents": Compared(policy_order),
            "options": Parts({"token": Ranked(("optional", "required")), "hops": Smaller()}),
        },
    )

    limit: str | None = None
    rules: dict[str, str] = field(default_factory=dict)
    open: str = "open"
    guard: str | None = "dog"
    options: dict[str, Any] = field(default_factory=lambda: {"token": "optional", "hops": 2})
    documents: dict[str, Any] = field(default_factory=dict)
    least: int = 0

    def validate(self, account: Account) -> Sequence[str]:
        closed = [] if self.open == "open" else ["it is closed"]
        return [f"{self.least} is more than {self.size}", *closed] if self.least > self.size else closed

    def lost_on_replace(self) -> tuple[str, ...]:
        return ("what is in it",)


def recorded(had: Gate, status: Status = Status.READY, changing: Sequence[str] | None = None) -> Record:
    return Record(
        address="a",
        kind="gate",
        account="default",
        status=status,
        properties=had.properties(),
        outputs={"id": "id-a", "name": "a"},
        depends_on=(),
        changing=None if changing is None else tuple(changing),
    )


def _shown(has: Gate) -> dict[str, Any]:
    return {name: value for name, value in has.properties().items() if name != "asked"}


def change(*args: Any, **options: Any) -> Change:
    """As `changes`, where there is one."""
    [found] = changes(*args, **options)
    return found


def changes(
    want: Gate,
    has: Gate,
    had: Gate | None = None,
    status: Status = Status.READY,
    *,
    edited: bool = False,
    changing: Sequence[str] | None = None,
    **options: Any,
) -> tuple[Change, ...]:
    """The plan's changes when `want` is wanted, AWS has `has`, and the record says `had` (else what is wanted)."""
    live = Live({"id": "id-a", "name": "a"}, _shown(has), OURS)
    state = replace(NEW.put(recorded(had or want, status, changing)), edited=edited)
    plan = make_plan(
        nodes(want), state, {"a": live}, ACCOUNTS, lambda record: Gate.from_properties(record.properties), **options
    )
    return plan.changes


def gate(**properties: Any) -> Gate:
    return Gate(name="a", **properties)


PLAIN = gate()


@pytest.mark.parametrize(
    ("want", "has", "said", "kept"),
    {
        "a stricter number is kept": (gate(size=5), gate(size=3), KEPT, ["size"]),
        "a looser number is brought back": (gate(size=5), gate(size=7), DRIFT, []),
        "a number that an input names is brought back": (gate(size=5, asked=["size"]), gate(size=3), DRIFT, []),
        "a limit that was put on is kept": (PLAIN, gate(limit="x"), KEPT, ["limit"]),
        "a limit that was taken off is put back": (gate(limit="x"), PLAIN, DRIFT, []),
        "a removed entry stays removed": (gate(rules={"out": ""}), PLAIN, KEPT, ["rules.out"]),
        "an entry that was reworded is brought back": (gate(rules={"out": ""}), gate(rules={"out": "!"}), DRIFT, []),
        "what was closed stays closed": (PLAIN, gate(open="closed"), KEPT, ["open"]),
        "what was taken out stays out": (PLAIN, gate(guard=None), KEPT, ["guard"]),
        "a grant is given back": (gate(labels={"read": "all"}), PLAIN, DRIFT, []),
        "a part of a setting is kept": (PLAIN, gate(options={"token": "required", "hops": 2}), KEPT, ["options.token"]),
        "one part is kept and another brought back": (
            PLAIN,
            gate(options={"token": "required", "hops": 9}),
            DRIFT,
            ["options.token"],
        ),
    }.values(),
)
def test_what_a_plan_does_with_what_somebody_changed(
    want: Gate, has: Gate, said: tuple[Action, str], kept: list[str]
) -> None:
    found = change(want, has)
    assert (found.action, found.reason) == said
    assert [item.path for item in found.kept] == kept
    assert found.refusal == ""


def test_what_is_kept_is_what_an_update_sends_and_not_what_is_recorded() -> None:
    """An update that sends several settings in one call must not loosen those that stay."""
    found = change(PLAIN, gate(size=0, options={"token": "required", "hops": 9}))
    assert found.resource == gate(size=0, options={"token": "required", "hops": 2})
    assert found.differences == (
        Difference("options", None, {"token": "required", "hops": 9}, {"token": "required", "hops": 2}),
    )
    assert record_of(found, found.resource, Status.READY, {}, 0).properties == PLAIN.properties()


def test_a_removed_entry_stays_in_the_record_and_comes_back_with_the_next_inputs_that_leave_it_out() -> None:
    want = gate(rules={"out": ""})
    found = change(want, PLAIN)
    assert record_of(found, found.resource, Status.READY, {}, 0).properties["rules"] == {"out": ""}
    assert change(PLAIN, PLAIN, had=want).action is Action.NOOP


def test_a_change_of_inputs_is_made_though_it_loosens() -> None:
    """What AWS has is what we made: nobody tightened it."""
    found = change(gate(size=9), gate(size=5, limit="x"), had=gate(size=5, limit="x"))
    assert (found.action, found.reason) == INPUTS
    assert [item.path for item in found.differences] == ["size", "limit"]
    assert found.kept == ()


def test_a_change_of_inputs_does_not_take_off_what_others_tightened_meanwhile() -> None:
    found = change(gate(size=3), gate(size=4), had=gate(size=6))
    assert found.refusal.endswith("applying them would remove a restriction that was made outside bootstrap: size")
    assert found.reason == "its inputs changed, and it was changed outside bootstrap"
    assert "No option sets" not in found.advice
    assert "add --overwrite a to the same command" in found.advice
    assert change(gate(size=3), gate(size=4), had=gate(size=6), allowed=frozenset({"overwrite a"})).refusal == ""


def test_an_edited_record_gives_no_removed_entry_back() -> None:
    found = change(gate(rules={"out": ""}), gate(), edited=True)
    assert [item.path for item in found.kept] == ["rules.out"]


def test_a_change_of_inputs_that_was_cut_off_is_still_one() -> None:
    had, want = gate(size=5, rules={"in": "1"}), gate(size=9, rules={"in": "2"})
    [*found] = change(want, had, had=had).differences
    recorded = Gate.from_properties(under_way(want, want.properties(), found, had.properties()))
    assert recorded == gate(size=5, rules={"in": "1"})
    assert [item.path for item in change(want, had, had=recorded, status=Status.UPDATING).differences] == [
        "size",
        "rules.in",
    ]


def test_an_edited_record_does_not_tell_what_we_made() -> None:
    """Else who can write the state could have a limit taken off by `create`."""
    found = change(PLAIN, gate(limit="x"), had=gate(limit="x"), edited=True)
    assert [item.path for item in found.kept] == ["limit"]


def test_a_limit_that_an_input_names_is_still_refused_where_another_one_stands_in_its_place() -> None:
    assert change(gate(limit="x", asked=["limit"]), gate(limit="y")).refusal
    assert change(gate(size=3, asked=["size"]), gate(size=4), had=gate(size=6)).refusal == ""


@pytest.mark.parametrize("status", [Status.CREATING, Status.UPDATING])
def test_what_a_run_of_ours_left_unfinished_is_not_taken_for_somebody_elses_decision(status: Status) -> None:
    found = change(gate(rules={"out": ""}, size=5), gate(open="closed", size=3), status=status)
    assert [item.path for item in found.differences] == ["rules.out", "open"]
    assert [item.path for item in found.kept] == ["size"]


def test_a_delete_that_was_cut_off_switched_things_off_and_took_no_entry_out() -> None:
    found = change(gate(rules={"out": ""}), gate(open="closed"), status=Status.DELETING)
    assert [item.path for item in found.differences] == ["open"]
    assert [item.path for item in found.kept] == ["rules.out"]


@pytest.mark.parametrize(
    ("status", "changing", "kept"),
    [
        (Status.CREATING, None, 0),
        (Status.DELETING, None, 0),
        (Status.UPDATING, ["guard"], 0),
        (Status.UPDATING, ["size"], 1),
    ],
)
def test_what_a_run_that_was_cut_off_left_empty_is_filled_again(
    status: Status, changing: list[str] | None, kept: int
) -> None:
    found = change(PLAIN, gate(guard=None), status=status, changing=changing)
    assert (len(found.kept), len(found.differences)) == (kept, 1 - kept)


@pytest.mark.parametrize(
    ("changing", "brought_back"),
    [(None, ["rules.in", "rules.out", "open"]), ([], []), (["rules.out"], ["rules.out"]), (["size", "open"], ["open"])],
)
def test_only_what_the_run_that_was_cut_off_was_to_change_counts_as_unfinished(
    changing: list[str] | None, brought_back: list[str]
) -> None:
    found = change(gate(rules={"in": "", "out": ""}), gate(open="closed"), status=Status.UPDATING, changing=changing)
    assert [item.path for item in found.differences] == brought_back
    assert len(found.kept) == 3 - len(brought_back)


def test_the_intent_says_what_the_run_is_to_change() -> None:
    found = change(gate(size=5), gate(size=9, open="closed"))
    record = record_before_call(found, NEW)
    assert (record.status, record.changing) == (Status.UPDATING, ("size",))
    again = from_json(NEW.put(record).to_json(), "the disk").records["a"]
    assert again == record
    assert "changing" not in NEW.put(replace(record, changing=None)).to_json()


@pytest.mark.parametrize("has", [["a"], []])
def test_a_list_that_was_narrowed_stays_so(has: list[str]) -> None:
    found = change(gate(needs=["a", "b"]), gate(needs=has))
    assert (found.action, found.refusal) == (Action.NOOP, "")
    assert [item.path for item in found.kept] == ["needs"]


def test_a_list_that_was_narrowed_is_set_back_where_an_input_or_a_flag_says_so() -> None:
    for found in (
        change(gate(needs=["a", "b"], asked=["needs"]), gate(needs=["a"])),
        change(gate(needs=["a", "b"]), gate(needs=["a"]), allowed=frozenset({"overwrite a"})),
    ):
        assert [item.after for item in found.differences] == [["a", "b"]]
    crossed = change(gate(needs=["a", "b", "c"]), gate(needs=["a"]), had=gate(needs=["a", "b"]))
    assert "would remove a restriction that was made outside bootstrap: needs" in crossed.refusal


@pytest.mark.parametrize(
    ("had", "want", "has", "sends", "theirs"),
    {
        "an addition": ("a", "a", "ax", "ax", "x"),
        "an addition in front": ("ab", "ab", "xab", "xab", "x"),
        "an addition, and the inputs add": ("a", "ab", "ax", "abx", "x"),
        "an addition, and the inputs remove": ("ab", "a", "abx", "ax", "x"),
        "an addition, and the inputs replace": ("a", "b", "ax", "bx", "x"),
        "an addition that the inputs name by now": ("a", "ax", "ax", "ax", ""),
    }.values(),
)
def test_what_others_add_to_a_list_stays_and_is_not_recorded(had: str, want: str, has: str, sends: str, theirs: str) -> None:
    found = change(gate(needs=list(want)), gate(needs=list(has)), had=gate(needs=list(had)))
    assert found.refusal == ""
    assert sorted(found.resource.properties()["needs"]) == sorted(sends)
    assert found.others == tuple(f"entry {each}" for each in theirs)
    assert (found.action is Action.NOOP) == (sorted(sends) == sorted(has))
    record = record_of(found, found.resource, Status.READY, {}, 0)
    assert sorted(record.properties["needs"]) == sorted(set(sends) - set(theirs))
    assert (record_before_call(found, NEW).properties["needs"] == list(had)) or found.action is Action.NOOP


@pytest.mark.parametrize(("had", "want", "has"), [("ab", "ab", "ax"), ("a", "a", "x"), ("a", "b", "x")])
def test_what_others_put_in_the_place_of_an_entry_is_refused(had: str, want: str, has: str) -> None:
    assert change(gate(needs=list(want)), gate(needs=list(has)), had=gate(needs=list(had))).refusal


def test_what_others_added_goes_with_an_explicit_flag_and_to_a_replacement() -> None:
    more = gate(needs=["a", "x"])
    [item] = change(gate(needs=["a"]), more, allowed=frozenset({"overwrite a"})).differences
    assert (item.before, item.after) == (["a", "x"], ["a"])
    *_, again = changes(gate(needs=["a"]), more, allowed=frozenset({"replace a"}))
    assert again.resource.properties()["needs"] == ["a", "x"]
    with pytest.raises(StalePlan, match="was changed outside bootstrap: needs"):
        check_nothing_lost(
            gate(needs=["a"]), Live({"id": "id-a", "name": "a"}, _shown(more), OURS), recorded(gate(needs=["a"]))
        )


def test_a_document_that_lost_a_part_of_its_grants_stays_so_and_one_that_is_gone_is_given_back() -> None:
    def granting(*actions: str) -> dict[str, Any]:
        return {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}

    want = gate(documents={"data": granting("s3:GetObject", "s3:PutObject")})
    narrowed = change(want, gate(documents={"data": granting("s3:GetObject")}))
    assert (narrowed.action, [item.path for item in narrowed.kept]) == (Action.NOOP, ["documents.data"])
    assert change(want, gate()).gives_back == ("documents.data",)
    newer = gate(documents={"data": granting("s3:GetObject", "s3:PutObject", "s3:DeleteObject")})
    assert change(newer, want, had=want).refusal == ""  # nobody narrowed it
    assert change(newer, gate(documents={"data": granting("s3:GetObject")}), had=want).refusal


def test_what_is_kept_and_what_is_typed_must_go_together() -> None:
    """A maximum that was lowered, and a minimum that an input names."""
    had = gate(size=9)
    found = change(gate(size=9, least=4, asked=["least"]), gate(size=3), had=had)
    assert found.refusal == "AWS would refuse it together with what was tightened outside bootstrap (size): 4 is more than 3"
    assert "add --overwrite a to the same command" in found.advice
    overwrite = frozenset({"overwrite a"})
    assert change(gate(size=9, least=4, asked=["least"]), gate(size=3), had=had, allowed=overwrite).refusal == ""
    assert change(gate(size=9, least=2, asked=["least"]), gate(size=3, open="closed"), had=had).refusal == ""


def test_what_is_replaced_is_made_again_with_what_was_tightened_on_it() -> None:
    replacing = frozenset({"replace a"})
    found = changes(PLAIN, gate(limit="x", options={"token": "required", "hops": 9}), allowed=replacing)[-1]
    assert (found.action, [item.path for item in found.kept]) == (Action.CREATE, ["limit", "options.token"])
    assert found.resource == gate(limit="x", options={"token": "required", "hops": 2})
    assert record_of(found, found.resource, Status.READY, {}, 0).properties == PLAIN.properties()
    assert changes(PLAIN, gate(limit="x"), allowed=replacing | {"overwrite a"})[-1].resource == PLAIN
    assert changes(gate(limit="y"), gate(limit="x"), allowed=replacing)[-1].refusal


@pytest.mark.parametrize("had", [None, PLAIN])
def test_what_a_late_answer_hid_is_not_loosened_by_a_create(had: Gate | None) -> None:
    record = recorded(had) if had else None
    tighter, looser = (Live({"id": "id-a", "name": "a"}, _shown(has), OURS) for has in (gate(limit="x"), gate(size=99)))
    with pytest.raises(StalePlan, match="gate a exists after all, and was changed outside bootstrap: limit"):
        check_nothing_lost(PLAIN, tighter, record)
    check_nothing_lost(PLAIN, looser, record)


def test_what_a_late_answer_hid_is_not_loosened_by_a_create_with_other_inputs() -> None:
    tighter = Live({"id": "id-a", "name": "a"}, _shown(gate(size=4)), OURS)
    with pytest.raises(StalePlan, match="gate a exists after all, and was changed outside bootstrap: size"):
        check_nothing_lost(gate(size=3), tighter, recorded(gate(size=6)))


@pytest.mark.parametrize(
    ("want", "has", "what"),
    [
        (gate(limit="x"), gate(limit="y"), "limit"),
        (gate(needs=["a"]), gate(needs=["quarantine"]), "needs"),
        (PLAIN, gate(options={"token": "new in AWS", "hops": 2}), "options.token"),
    ],
)
def test_what_cannot_be_ordered_is_refused_until_it_is_said_that_ours_counts(want: Gate, has: Gate, what: str) -> None:
    found = change(want, has)
    assert found.refusal.endswith(f"neither the value in AWS nor the one that bootstrap sets is stricter: {what}")
    assert "run: bootstrap create --integration example --name prod --overwrite a" in found.advice
    assert found.differences  # both values are shown
    chosen = change(want, has, allowed=frozenset({"overwrite a"}))
    assert (chosen.action, chosen.refusal) == (Action.UPDATE, "")


def test_ours_is_set_back_where_the_user_says_so_and_nowhere_else() -> None:
    found = change(PLAIN, gate(size=0, limit="x"), allowed=frozenset({"overwrite a"}))
    assert [item.path for item in found.differences] == ["size", "limit"]
    assert found.kept == ()
    assert change(PLAIN, gate(limit="x"), allowed=frozenset({"overwrite b"})).kept


def test_the_plan_says_which_access_is_given_back() -> None:
    want = gate(labels={"read": "all", "write": "all"})
    found = change(want, gate(labels={"read": "some"}))
    assert found.gives_back == ("labels.write",)
    assert found.as_json()["gives_back"] == ["labels.write"]
    assert change(want, PLAIN, had=PLAIN).gives_back == ()  # new access, by new inputs
    assert change(want, PLAIN, status=Status.UPDATING).gives_back == ()


def test_what_hung_on_a_resource_and_was_taken_off_is_access_too() -> None:
    knot = Knot(name="a")
    record = Record(
        address="a", kind="knot", account="default", status=Status.READY, properties=knot.properties(), outputs={"name": "a"}
    )
    [found] = make_plan(nodes(knot), NEW.put(record), {"a": None}, ACCOUNTS, restore).changes
    assert (found.action, found.gives_back) == (Action.CREATE, ("a",))
    [new] = make_plan(nodes(knot), NEW, {"a": None}, ACCOUNTS, restore).changes
    assert new.gives_back == ()


def test_what_is_kept_is_plain_json() -> None:
    content = change(PLAIN, gate(limit="x")).as_json()
    assert content["kept"] == [{"field": "limit", "key": None, "before": "x", "after": None}]
