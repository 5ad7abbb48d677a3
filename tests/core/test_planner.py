"""The planner, rule by rule: what is wanted, recorded and there, and what the plan then says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Graph, Node
from bootstrap.core.live import Live, Obstacle, Part
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.plan_records import record_of
from bootstrap.core.planner import make_plan
from bootstrap.core.reasons import owner_name
from bootstrap.core.removal import LOST_TAGS
from bootstrap.core.state import Record, Status
from tests.support.fakes import ACCOUNTS, HELD_BY, NEEDED_BY, NEW, Bucket, Flag, Knot, Machine, Moon, Sun, Thing, restore

OURS = Owner("prod", "a", "ours")
OTHER_DEPLOYMENT = Owner("staging", "a", "ours")
OTHER_LINEAGE = Owner("prod", "a", "theirs")
RETAG = "run: bootstrap create --integration example --name prod --retag"
TYPE_AGAIN = "Keep the previous inputs. To create it again with the new ones, first run: bootstrap destroy --name prod"


def thing(name: str = "a", **properties: Any) -> Thing:
    return Thing(name=name, **properties)


def recorded(
    resource: Thing, status: Status = Status.READY, id: str | None = "id-a", depends_on: tuple[str, ...] = ()
) -> Record:
    """A record; `id=None` when a crash came before the answer."""
    return Record(
        address=resource.name,
        kind=resource.kind,
        account="default",
        status=status,
        properties=resource.properties(),
        outputs={"id": id, "name": resource.name} if id else {},
        depends_on=depends_on,
    )


def there(resource: Thing, owner: Owner | None = OURS, id: str = "id-a", **more: Any) -> Live:
    """The thing in the cloud."""
    return Live({"id": id, "name": resource.name}, resource.properties(), owner, **more)


def nodes(*things: Thing, needs: Mapping[str, str] | None = None) -> dict[str, Node]:
    graph = Graph(ACCOUNTS.values())
    for item in things:
        graph.add(item.name, item, after=[graph.nodes[need] for need in (needs or {}).get(item.name, "").split()])
    return graph.nodes


def plan(
    wanted: Mapping[str, Node],
    records: tuple[Record, ...] = (),
    live: Mapping[str, Live | None] | None = None,
    *,
    allowed: frozenset[str] = frozenset(),
) -> Plan:
    everything: dict[str, Live | None] = {
        **dict.fromkeys([*wanted, *(record.address for record in records)]),
        **(live or {}),
    }
    return make_plan(wanted, NEW.put(*records), everything, ACCOUNTS, restore, allowed=allowed)


def only(plan: Plan) -> Change:
    [change] = plan.changes
    return change


@dataclass(frozen=True)
class Case:
    """One address: what is wanted (None: nothing), recorded and there; and what the plan says of it."""

    want: Thing | None
    record: Record | None
    live: Live | None
    action: Action
    reason: str
    refusal: str = ""
    advice: str = ""
    allowed: frozenset[str] = frozenset()


KNOT = Knot(name="a")
BUCKET = Bucket(name="a")
NOTHING_OF_IT = Live(outputs={}, properties={})  # what may be read of somebody else's bucket

CREATE = {
    "what is not there is created": Case(thing(), None, None, Action.CREATE, "will be created"),
    "what is ours and up to date is left alone": Case(thing(), recorded(thing()), there(thing()), Action.NOOP, "up to date"),
    "a remark about a thing stands in the plan": Case(
        thing(), recorded(thing()), there(thing(), notes=("it looks tired",)), Action.NOOP, "up to date; it looks tired"
    ),
    "a spelling with the same meaning is no difference": Case(
        thing(shape="ROUND"), recorded(thing()), there(thing()), Action.NOOP, "up to date"
    ),
    "what is recorded but gone is made again": Case(
        thing(), recorded(thing()), None, Action.CREATE, "recorded, but no longer in AWS"
    ),
    "what went while it was changed is made again": Case(
        thing(), recorded(thing(), Status.UPDATING), None, Action.CREATE, "recorded, but no longer in AWS"
    ),
    "a create that stopped before its call is tried again": Case(
        thing(),
        recorded(thing(), Status.CREATING, None),
        None,
        Action.CREATE,
        "an earlier run stopped while creating it; it does not exist",
    ),
    "a delete that went through before the crash is made again when wanted": Case(
        thing(),
        recorded(thing(), Status.DELETING),
        None,
        Action.CREATE,
        "an earlier run stopped while deleting it; it does not exist",
    ),
    "a create that stopped after its call is found by its owner tags and finished": Case(
        thing(),
        recorded(thing(), Status.CREATING, None),
        there(thing()),
        Action.UPDATE,
        "an earlier run stopped while creating it",
    ),
    "a change that stopped in the middle is finished, also when nothing differs": Case(
        thing(),
        recorded(thing(), Status.UPDATING),
        there(thing()),
        Action.UPDATE,
        "an earlier run stopped while changing it",
    ),
    "a delete that stopped before its call is taken back when wanted": Case(
        thing(),
        recorded(thing(), Status.DELETING),
        there(thing()),
        Action.UPDATE,
        "an earlier run stopped while deleting it",
    ),
    "ours without a record is found by its owner tags": Case(
        thing(), None, there(thing()), Action.UPDATE, "an earlier run created it but could not record it"
    ),
    "what nobody tagged is not ours": Case(
        thing(),
        None,
        there(thing(), None),
        Action.BLOCKED,
        "its name is taken",
        "thing a exists, and bootstrap did not create it",
        "Think of another name.",
    ),
    "what another deployment made is not ours": Case(
        thing(),
        None,
        there(thing(), OTHER_DEPLOYMENT),
        Action.BLOCKED,
        "its name is taken",
        "thing a belongs to deployment 'staging' (a)",
        "Think of another name.",
    ),
    "what another address of this deployment made is not this address's": Case(
        thing(),
        None,
        there(thing(), Owner("prod", "b", "ours")),
        Action.BLOCKED,
        "its name is taken",
        "thing a belongs to deployment 'prod' (b)",
        "Think of another name.",
    ),
    "a deployment of the same name with another state is not ours": Case(
        thing(),
        None,
        there(thing(), OTHER_LINEAGE),
        Action.BLOCKED,
        "its name is taken",
        "thing a was created by another state of deployment 'prod' (a)",
        "Use the state that created it (--state FILE). If it is lost, rebuild it with the same inputs: "
        "bootstrap recover --integration example --name prod --lineage theirs\nOr use another name.\nThink of another name.",
    ),
    "a thing of our name but with another unique id is not ours, whatever its tags say": Case(
        thing(),
        recorded(thing()),
        there(thing(), id="id-z"),
        Action.BLOCKED,
        "another resource has taken its place",
        "thing a has our owner tags, but not the recorded id: ours is gone, and somebody copied its tags",
        "If it still belongs to this deployment, forget the old one: bootstrap state rm a --name prod\n"
        "Then run the same command again: create adopts it by its tags. If not, remove these tags from it.",
    ),
    "a thing whose recorded id somebody took out of the state is not taken by its tags": Case(
        thing(),
        replace(recorded(thing()), outputs={"name": "a"}),
        there(thing()),
        Action.BLOCKED,
        "another resource has taken its place",
        "thing a has our owner tags, but not the recorded id: ours is gone, and somebody copied its tags",
        "If it still belongs to this deployment, forget the old one: bootstrap state rm a --name prod\n"
        "Then run the same command again: create adopts it by its tags. If not, remove these tags from it.",
    ),
    "what has the recorded id and no owner tags is refused, with the command that puts them back": Case(
        thing(),
        recorded(thing()),
        there(thing(), None),
        Action.BLOCKED,
        "exists, without its owner tags",
        "thing a has the recorded id, but no owner tags: it may belong to somebody else",
        f"If it still belongs to this deployment, {RETAG}",
    ),
    "what has the recorded id and only some owner tags is refused as well": Case(
        thing(),
        recorded(thing()),
        there(thing(), Owner("prod", "a", "")),
        Action.BLOCKED,
        "exists, without its owner tags",
        "thing a has the recorded id, but lacks the owner tags bootstrap:lineage: it may belong to somebody else",
        f"If it still belongs to this deployment, {RETAG}",
    ),
    "what has the recorded id and the tags of another deployment is not ours": Case(
        thing(),
        recorded(thing()),
        there(thing(), OTHER_DEPLOYMENT),
        Action.BLOCKED,
        "exists, with the owner tags of somebody else",
        "thing a belongs to deployment 'staging' (a)",
        "Think of another name.",
        allowed=frozenset({"retag"}),
    ),
    "a single tag of another deployment is enough": Case(
        thing(),
        recorded(thing()),
        there(thing(), Owner("staging", "", "")),
        Action.BLOCKED,
        "exists, with the owner tags of somebody else",
        "thing a belongs to deployment 'staging'",
        "Think of another name.",
        allowed=frozenset({"retag"}),
    ),
    "what has the recorded id and the tags of another state is not ours": Case(
        thing(),
        recorded(thing()),
        there(thing(), OTHER_LINEAGE),
        Action.BLOCKED,
        "exists, with the owner tags of somebody else",
        "thing a was created by another state of deployment 'prod' (a)",
        "Use the state that created it (--state FILE). If it is lost, rebuild it with the same inputs: "
        "bootstrap recover --integration example --name prod --lineage theirs\nOr use another name.\nThink of another name.",
        allowed=frozenset({"retag"}),
    ),
    "what has the recorded id and the tags of another address is not this address's": Case(
        thing(),
        recorded(thing()),
        there(thing(), Owner("prod", "b", "ours")),
        Action.BLOCKED,
        "exists, with the owner tags of somebody else",
        "thing a belongs to deployment 'prod' (b)",
        "Think of another name.",
        allowed=frozenset({"retag"}),
    ),
    "a stranger that took the name after a crash is not ours": Case(
        thing(),
        recorded(thing(), Status.CREATING, None),
        there(thing(), None),
        Action.BLOCKED,
        "its name is taken",
        "thing a exists, and bootstrap did not create it",
        "Think of another name.",
    ),
    "without a unique id the owner tags alone say that it is ours": Case(
        BUCKET, recorded(BUCKET), there(BUCKET), Action.NOOP, "up to date"
    ),
    "without a unique id a thing that lost its owner tags is not ours": Case(
        BUCKET,
        recorded(BUCKET),
        there(BUCKET, None),
        Action.BLOCKED,
        "exists, and nothing proves that it is ours",
        "bucket a no longer has owner tags",
        "If it still belongs to this deployment, put these tags back: bootstrap:deployment=prod, bootstrap:address=a, "
        "bootstrap:lineage=ours.",
        allowed=frozenset({"retag"}),
    ),
    "what AWS does not let us see is refused, and neither made nor forgotten": Case(
        BUCKET,
        recorded(BUCKET),
        Live({}, {}, unreadable="S3 says 403", advice="Ask for it.", denial={}),
        Action.UNREADABLE,
        "AWS does not allow reading it",
        "S3 says 403",
        "Ask for it.",
    ),
    "what is there and cannot be used is not called missing": Case(
        thing(),
        recorded(thing()),
        Live({}, {}, unreadable="it is being deleted"),
        Action.UNREADABLE,
        "it cannot be used in its current state",
        "it is being deleted",
    ),
    "after a create that was cut off, another shape is refused: what it made can only be looked for as it was": Case(
        thing(shape="square"),
        recorded(thing(), Status.CREATING, None),
        None,
        Action.BLOCKED,
        "an earlier run stopped while creating it",
        "an earlier run stopped while creating it with the shape 'round'; now it is 'square'",
        TYPE_AGAIN,
    ),
    "what has no tags of its own is not asked for them": Case(KNOT, recorded(KNOT), there(KNOT), Action.NOOP, "up to date"),
    "an immutable property is refused, with old, new and the way out": Case(
        thing(shape="square"),
        recorded(thing()),
        there(thing()),
        Action.UPDATE,
        "an immutable property changed",
        "its shape cannot change in place ('round' to 'square')",
        TYPE_AGAIN,
    ),
    "all immutable properties are named at once": Case(
        thing(shape="square"),
        recorded(thing(name="b")),
        there(thing(name="b")),
        Action.UPDATE,
        "an immutable property changed",
        "its name cannot change in place ('b' to 'a'); its shape cannot change in place ('round' to 'square')",
        TYPE_AGAIN,
    ),
    "another kind at the same address is refused": Case(
        thing(),
        recorded(BUCKET),
        there(thing()),
        Action.BLOCKED,
        "recorded as something else",
        "it is recorded as bucket in account default",
        TYPE_AGAIN,
    ),
    "another account at the same address is refused": Case(
        thing(),
        replace(recorded(thing()), account="second"),
        None,
        Action.BLOCKED,
        "recorded as something else",
        "it is recorded as thing in account second",
        TYPE_AGAIN,
    ),
}

DESTROY = {
    "what we made is deleted": Case(None, recorded(thing()), there(thing()), Action.DELETE, "recorded in this deployment"),
    "what is gone already is forgotten": Case(None, recorded(thing()), None, Action.FORGET, "already gone from AWS"),
    "a create that stopped before its call is forgotten": Case(
        None, recorded(thing(), Status.CREATING, None), None, Action.FORGET, "already gone from AWS"
    ),
    "a create that stopped after its call is found by its owner tags and deleted": Case(
        None, recorded(thing(), Status.CREATING, None), there(thing()), Action.DELETE, "recorded in this deployment"
    ),
    "a delete that stopped before its call is done": Case(
        None, recorded(thing(), Status.DELETING), there(thing()), Action.DELETE, "recorded in this deployment"
    ),
    "a thing of our name but with another unique id is left alone": Case(
        None,
        recorded(thing()),
        there(thing(), None, id="id-z"),
        Action.FORGET,
        "ours is gone; an unmanaged resource has its name now and is left alone",
    ),
    "a copy with our owner tags but with another unique id is left alone": Case(
        None,
        recorded(thing()),
        there(thing(), id="id-z"),
        Action.FORGET,
        "ours is gone; an unmanaged resource has its name now and is left alone",
    ),
    "a stranger that took the name before our call is left alone": Case(
        None,
        recorded(thing(), Status.CREATING, None),
        there(thing(), None),
        Action.FORGET,
        "ours is gone; an unmanaged resource has its name now and is left alone",
    ),
    "without a unique id another owner's thing is left alone": Case(
        None,
        recorded(BUCKET),
        there(BUCKET, OTHER_DEPLOYMENT),
        Action.FORGET,
        "ours is gone; an unmanaged resource has its name now and is left alone",
    ),
    "without a unique id our own is deleted": Case(
        None, recorded(BUCKET), there(BUCKET), Action.DELETE, "recorded in this deployment"
    ),
    **{
        f"what lost {what} is refused, for it may have been given away": Case(
            None,
            recorded(thing()),
            there(thing(), owner),
            Action.BLOCKED,
            "recorded in this deployment",
            LOST_TAGS,
            f"If it still belongs to this deployment, {RETAG}\nThen run the same command again. "
            "If not: bootstrap state rm a --name prod",
        )
        for what, owner in {"its owner tags": None, "one of them": Owner("prod", "a", "")}.items()
    },
    **{
        f"what was tagged for another {what} is refused as well": Case(
            None,
            recorded(thing()),
            there(thing(), owner),
            Action.BLOCKED,
            "recorded in this deployment",
            f"it now has the owner tags of {owner_name(owner)}, so it was given to somebody else",
            "Forget it: bootstrap state rm a --name prod\nIf it still belongs to this deployment, put these tags back by "
            "hand: bootstrap:deployment=prod, bootstrap:address=a, bootstrap:lineage=ours.",
        )
        for what, owner in {
            "deployment": OTHER_DEPLOYMENT,
            "deployment, and lost the rest": Owner("staging", "", ""),
            "lineage": OTHER_LINEAGE,
            "address": Owner("prod", "b", "ours"),
        }.items()
    },
    "what has neither id nor tags is refused": Case(
        None,
        recorded(KNOT),
        there(KNOT, None),
        Action.BLOCKED,
        "recorded in this deployment",
        "nothing that it belongs to has the owner tags of this deployment, so it may belong to somebody else",
        "Put the tags back where they were, or delete it by hand. Then run the same command again.",
    ),
    "data stops a delete": Case(
        None,
        recorded(thing()),
        there(thing(), blockers=("it holds 3 objects", "a reader is open")),
        Action.BLOCKED,
        "recorded in this deployment",
        "it holds 3 objects; a reader is open",
        "Remove what blocks the delete, and run the same command again, or add --delete-data to also delete it.",
    ),
    "what no flag takes along stops a delete without the advice of one": Case(
        None,
        recorded(KNOT),
        there(KNOT, blockers=("somebody wants to keep it",)),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody wants to keep it",
        "Remove what blocks the delete, and run the same command again.",
    ),
    "what no flag lifts stops a delete, and all reasons are said at once": Case(
        None,
        recorded(thing()),
        there(thing(), blockers=("it holds 3 objects",), obstacles=(Obstacle("it is locked", "Unlock it."),)),
        Action.BLOCKED,
        "recorded in this deployment",
        "it is locked; it holds 3 objects",
        "Unlock it.\nRemove what blocks the delete, and run the same command again, or add --delete-data to also delete it.",
    ),
    "what no flag lifts stops a delete for which all flags are given": Case(
        None,
        recorded(thing()),
        there(thing(), blockers=("it holds 3 objects",), obstacles=(Obstacle("it is locked", "Unlock it."),)),
        Action.BLOCKED,
        "recorded in this deployment",
        "it is locked",
        "Unlock it.",
        allowed=frozenset({"delete-data"}),
    ),
    "data goes too when that was asked for": Case(
        None,
        recorded(thing()),
        there(thing(), blockers=("it holds 3 objects",)),
        Action.DELETE,
        "recorded in this deployment",
        allowed=frozenset({"delete-data"}),
    ),
    "a foreign tag goes with the thing": Case(
        None, recorded(thing()), there(thing(tags={"team": "red"})), Action.DELETE, "recorded in this deployment"
    ),
    "a foreign label stops a delete": Case(
        None,
        recorded(thing()),
        there(thing(labels={"debug": "on"})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: label debug",
        "If nobody needs what was added, remove it and run the same command again. With --delete-foreign, label debug is "
        "also deleted.",
    ),
    "a foreign label that may be deleted stops nothing": Case(
        None,
        recorded(thing()),
        there(thing(labels={"debug": "on"})),
        Action.DELETE,
        "recorded in this deployment",
        allowed=frozenset({"delete-foreign"}),
    ),
    "what outlives the thing is not deleted with a label that may be": Case(
        None,
        recorded(thing()),
        there(thing(labels={"debug": "on"}), parts=frozenset({Part(HELD_BY, "id-a", "theirs")})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: held by theirs",
        "If nobody needs what was added, remove it and run the same command again. With --detach-foreign, held by theirs is "
        "detached and kept. Keep --delete-foreign: this takes both flags.",
        allowed=frozenset({"delete-foreign"}),
    ),
    "each flag is named with what it covers": Case(
        None,
        recorded(thing()),
        there(thing(labels={"debug": "on"}), parts=frozenset({Part(HELD_BY, "id-a", "theirs")})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: held by theirs, label debug",
        "If nobody needs what was added, remove it and run the same command again. With --detach-foreign, held by theirs is "
        "detached and kept. With --delete-foreign, label debug is also deleted. This takes both flags.",
    ),
    "a create detaches what others attached, if that is said": Case(
        thing(),
        recorded(thing()),
        there(thing(), parts=frozenset({Part(HELD_BY, "id-a", "theirs"), Part(NEEDED_BY, "id-a", "x")})),
        Action.UPDATE,
        "what others attached is detached, because of --detach-foreign",
        allowed=frozenset({"detach-foreign"}),
    ),
    "a create has nothing to detach where others attached nothing": Case(
        thing(),
        recorded(thing()),
        there(thing(), parts=frozenset({Part(NEEDED_BY, "id-a", "x")})),
        Action.NOOP,
        "up to date",
        allowed=frozenset({"detach-foreign"}),
    ),
    "both may go": Case(
        None,
        recorded(thing()),
        there(thing(labels={"debug": "on"}), parts=frozenset({Part(HELD_BY, "id-a", "theirs")})),
        Action.DELETE,
        "recorded in this deployment",
        allowed=frozenset({"delete-foreign", "detach-foreign"}),
    ),
    "a foreign part stops a delete": Case(
        None,
        recorded(thing()),
        there(thing(), parts=frozenset({Part(NEEDED_BY, "id-a", "theirs")})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: needed by theirs",
        "If nobody needs what was added, remove it and run the same command again.",
    ),
    "a foreign part that can be taken off is offered to be": Case(
        None,
        recorded(thing()),
        there(thing(), parts=frozenset({Part(HELD_BY, "id-a", "theirs")})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: held by theirs",
        "If nobody needs what was added, remove it and run the same command again. With --detach-foreign, held by theirs is "
        "detached and kept.",
    ),
    "a foreign part that may be taken off stops nothing": Case(
        None,
        recorded(thing()),
        there(thing(), parts=frozenset({Part(HELD_BY, "id-a", "theirs")})),
        Action.DELETE,
        "recorded in this deployment",
        allowed=frozenset({"detach-foreign"}),
    ),
    "one that may be taken off does not let another go": Case(
        None,
        recorded(thing()),
        there(thing(), parts=frozenset({Part(HELD_BY, "id-a", "theirs"), Part(NEEDED_BY, "id-a", "x")})),
        Action.BLOCKED,
        "recorded in this deployment",
        "somebody else added to it: needed by x",
        "If nobody needs what was added, remove it and run the same command again.",
        allowed=frozenset({"detach-foreign"}),
    ),
    "labels of before and after a change that was cut off are ours": Case(
        None,
        recorded(thing(labels={"old": "1", "new": "1"}), Status.UPDATING),
        there(thing(labels={"old": "1"})),
        Action.DELETE,
        "recorded in this deployment",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in {**CREATE, **DESTROY}.items()])
def test_the_table_of_cases(case: Case) -> None:
    wanted = nodes(case.want) if case.want else {}
    records = [replace(case.record, address="a")] if case.record else []
    change = only(plan(wanted, tuple(records), {"a": case.live}, allowed=case.allowed))
    assert (change.action, change.reason, change.refusal) == (case.action, case.reason, case.refusal)
    assert change.advice == case.advice
    assert change.resource == (case.want or restore(records[0]))


def test_drift_is_shown_field_by_field_with_before_and_after() -> None:
    want = thing(size=2, labels={"stage": "live"}, tags={"cost": "7"})
    has = thing(size=5, labels={"stage": "test"}, tags={})
    change = only(plan(nodes(want), (recorded(want),), {"a": there(has)}))
    assert change.action is Action.UPDATE
    assert change.reason == "drift: changed outside bootstrap"
    assert set(change.differences) == {
        Difference("size", None, 5, 2),
        Difference("labels", "stage", "test", "live"),
        Difference("tags", "cost", None, "7"),
    }
    assert change.outputs == {"id": "id-a", "name": "a"}


def test_changed_inputs_are_told_from_drift() -> None:
    before, after = thing(labels={"stage": "test"}), thing(size=2, labels={"stage": "live"})
    change = only(plan(nodes(after), (recorded(before),), {"a": there(before)}))
    assert change.reason == "its inputs changed"


def test_drift_and_changed_inputs_together_are_both_named() -> None:
    change = only(plan(nodes(thing(size=2)), (recorded(thing()),), {"a": there(thing(labels={}, size=1, needs=["id-z"]))}))
    assert change.reason == "its inputs changed, and it was changed outside bootstrap"


def test_an_entry_that_is_no_longer_wanted_is_taken_away() -> None:
    before = thing(labels={"old": "1"})
    change = only(plan(nodes(thing()), (recorded(before),), {"a": there(before)}))
    assert change.differences == (Difference("labels", "old", "1", None),)
    assert change.reason == "its inputs changed"


def test_what_others_added_is_shown_and_not_taken_away() -> None:
    has = there(thing(tags={"team": "red"}, labels={"debug": "on"}), parts=frozenset({Part(NEEDED_BY, "id-a", "theirs")}))
    change = only(plan(nodes(thing()), (recorded(thing()),), {"a": has}))
    assert change.action is Action.NOOP
    assert change.differences == ()
    assert change.others == ("needed by theirs", "tag team", "label debug")


def test_what_we_added_before_and_take_away_now_is_not_shown_as_somebody_elses() -> None:
    before = thing(tags={"cost": "7"}, labels={"old": "1"})
    change = only(plan(nodes(thing()), (recorded(before),), {"a": there(before)}))
    assert [item.path for item in change.differences] == ["tags.cost", "labels.old"]
    assert change.others == ()


def test_what_others_added_is_no_remark_on_a_refused_change() -> None:
    has = there(thing(tags={"team": "red"}), None)
    assert only(plan(nodes(thing()), (), {"a": has})).others == ()


def test_lost_owner_tags_are_put_back_when_that_is_said() -> None:
    allowed = frozenset({"retag"})
    change = only(plan(nodes(thing()), (recorded(thing()),), {"a": there(thing(), None)}, allowed=allowed))
    assert (change.action, change.reason) == (Action.UPDATE, "its owner tags are restored, because of --retag")
    assert change.differences == tuple(Difference("tags", key, None, value) for key, value in OURS.tags().items())


def test_a_blocked_removal_is_counted_as_such_and_keeps_its_parts() -> None:
    """What hangs on `a` is ours, although `b`, which put it there, cannot be deleted now."""
    records = (recorded(thing("a")), recorded(thing("b", needs=["id-a"]), id="id-b", depends_on=("a",)))
    live = {
        "a": there(thing("a"), parts=frozenset({Part(NEEDED_BY, "id-a", "b")})),
        "b": there(thing("b", needs=["id-a"]), Owner("prod", "b", "ours"), "id-b", blockers=("it holds 3 objects",)),
    }
    for wanted in ({}, nodes(thing("c"))):
        found = plan(wanted, records, {**live, "c": None})
        assert [(change.address, change.intended_action) for change in found.refused] == [("b", Action.DELETE)]
        assert (found.count(Action.DELETE), found.count(Action.BLOCKED)) == (1, 1)
        assert found.as_json()["summary"]["blocked"] == 1


def test_only_those_owner_tags_that_are_missing_are_put_back() -> None:
    has = there(thing(), Owner("", "a", "ours"))
    change = only(plan(nodes(thing()), (recorded(thing()),), {"a": has}, allowed=frozenset({"retag"})))
    assert change.differences == (Difference("tags", OWNER_TAGS[0], None, "prod"),)


def test_what_lost_its_owner_tags_and_its_unique_id_is_not_promised_that_create_mends_it() -> None:
    """Create cannot know a bucket by anything but its tags, so it will not adopt it; only the user can."""
    change = only(plan({}, (recorded(BUCKET),), {"a": there(BUCKET, None)}))
    assert change.refusal == "its owner tags were removed or changed, so it may belong to somebody else"
    for key, value in OURS.tags().items():
        assert f"{key}={value}" in change.advice
    assert "create" not in change.advice


def test_what_is_created_comes_after_what_it_needs() -> None:
    wanted = nodes(thing("a"), thing("b"), thing("c"), needs={"b": "a", "c": "b"})
    found = plan(wanted)
    assert [(change.address, change.after) for change in found.changes] == [("a", ()), ("b", ("a",)), ("c", ("b",))]


def test_what_is_destroyed_comes_after_what_needed_it() -> None:
    records = (
        recorded(thing("a")),
        recorded(thing("b"), id="id-b", depends_on=("a",)),
        recorded(thing("c"), id="id-c", depends_on=("a", "b")),
    )
    live = {name: there(thing(name), Owner("prod", name, "ours"), f"id-{name}") for name in "abc"}
    found = plan({}, records, live)
    assert [(change.address, change.after) for change in found.changes] == [("c", ()), ("b", ("c",)), ("a", ("b", "c"))]
    assert {change.action for change in found.changes} == {Action.DELETE}


def test_what_is_no_longer_wanted_is_deleted_after_what_stays_has_let_go_of_it() -> None:
    records = (recorded(thing("old"), id="id-old"), recorded(thing("a", needs=["id-old"]), depends_on=("old",)))
    live = {
        "old": there(thing("old"), Owner("prod", "old", "ours"), "id-old"),
        "a": there(thing("a", needs=["id-old"])),
    }
    first, second = plan(nodes(thing("a")), records, live).changes
    assert (first.address, first.action) == ("a", Action.UPDATE)
    assert first.differences == (Difference("needs", None, ["id-old"], []),)
    assert (second.address, second.action, second.reason) == ("old", Action.DELETE, "no longer needed")
    assert second.after == ("a",)


def test_our_own_parts_are_nobody_elses() -> None:
    records = (recorded(thing("a")), recorded(thing("b", needs=["id-a"]), id="id-b", depends_on=("a",)))
    live = {
        "a": there(thing("a"), parts=frozenset({Part(NEEDED_BY, "id-a", "b")})),
        "b": there(thing("b", needs=["id-a"]), Owner("prod", "b", "ours"), "id-b"),
    }
    assert plan({}, records, live).refused == ()
    wanted = nodes(thing("a"), thing("b", needs=["@{a.id}"]))
    assert [change.others for change in plan(wanted, records, live).changes] == [(), ()]


def test_what_a_cut_off_change_left_hanging_is_nobody_elses() -> None:
    """`b` was about to let go of `a`: the record says that it has, the cloud says that it has not."""
    records = (
        recorded(thing("a")),
        recorded(thing("b", needs=[]), Status.UPDATING, id="id-b", depends_on=("a",)),
    )
    live = {
        "a": there(thing("a"), parts=frozenset({Part(NEEDED_BY, "id-a", "b")})),
        "b": there(thing("b", needs=["id-a"]), Owner("prod", "b", "ours"), "id-b"),
    }
    assert plan({}, records, live).refused == ()
    assert plan(nodes(thing("b")), records, live).refused == ()


def test_what_hangs_on_a_stranger_of_our_name_is_not_ours() -> None:
    records = (recorded(thing("a")), recorded(thing("b"), id="id-b"))
    live = {
        "a": there(thing("a"), parts=frozenset({Part(NEEDED_BY, "id-a", "b")})),
        "b": there(thing("b", needs=["id-a"]), None, "id-z"),
    }
    assert [change.address for change in plan({}, records, live).refused] == ["a"]


def test_references_are_filled_in_from_what_is_there() -> None:
    wanted = nodes(thing("a"), thing("b", needs=["@{a.id}"]))
    change = plan(wanted, (recorded(thing("a")),), {"a": there(thing("a"))}).changes[1]
    assert change.resource.properties()["needs"] == ["id-a"]


def test_references_are_filled_in_from_what_follows_from_the_properties() -> None:
    wanted = nodes(thing("a"), thing("b", labels={"of": "@{a.name}"}, needs=["@{a.id}"]))
    properties = plan(wanted).changes[1].resource.properties()
    assert properties["labels"] == {"of": "a"}
    assert properties["needs"] == ["@{a.id}"]


def test_the_outputs_of_what_is_gone_fill_nothing_in() -> None:
    """Made again, it gets another id; the recorded one would be a lie in the plan."""
    wanted = nodes(thing("a"), thing("b", needs=["@{a.id}"]))
    first, second = plan(wanted, (recorded(thing("a")),), {"a": None}).changes
    assert first.action is Action.CREATE
    assert second.resource.properties()["needs"] == ["@{a.id}"]


def test_what_is_known_of_an_account_is_asked_for_the_account_of_the_node() -> None:
    class Local(Thing):
        def predicted_outputs(self, account: Account) -> dict[str, str]:
            return {"name": account.region}

    accounts = {**ACCOUNTS, "second": Account(alias="second", id="2" * 12, partition="aws", region="eu-west-1")}
    graph = Graph(accounts.values())
    graph.add("a", Local(name="a"), account="second")
    graph.add("b", thing("b", labels={"of": "@{a.name}"}))
    change = make_plan(graph.nodes, NEW, {"a": None, "b": None}, accounts, restore).changes[1]
    assert change.resource.properties()["labels"] == {"of": "eu-west-1"}


def test_an_empty_graph_and_an_empty_state_give_an_empty_plan() -> None:
    assert plan({}) == Plan(())


def test_the_plan_counts_its_changes_and_knows_its_work() -> None:
    wanted = nodes(thing("a"), thing("b"))
    found = plan(wanted, (recorded(thing("a")),), {"a": there(thing("a"))})
    assert [change.address for change in found.work] == ["b"]
    assert {action: found.count(action) for action in Action if found.count(action)} == {Action.NOOP: 1, Action.CREATE: 1}


def test_the_plan_is_plain_json() -> None:
    wanted = nodes(thing("a", labels={"stage": "live"}), thing("b", shape="square"), thing("c", needs=["@{a.id}"]))
    records = (recorded(thing("a", labels={"stage": "test"})), recorded(thing("b"), id="id-b"), recorded(thing("d")))
    live = {
        "a": there(thing("a", labels={"stage": "test"}, tags={"team": "red"})),
        "b": there(thing("b"), Owner("prod", "b", "ours"), "id-b"),
    }
    content = plan(wanted, records, live).as_json()
    assert json.loads(json.dumps(content)) == content
    assert content["summary"] == {
        "create": 1,
        "update": 2,
        "adopt": 0,
        "delete": 0,
        "forget": 1,
        "no-op": 0,
        "unreadable": 0,
        "blocked": 0,
    }
    assert content["refused"] == ["b"]
    first = next(change for change in content["changes"] if change["address"] == "a")
    assert first == {
        "address": "a",
        "action": "update",
        "kind": "thing",
        "name": "a",
        "id": "id-a",
        "account": "default",
        "reason": "its inputs changed",
        "differences": [{"field": "labels", "key": "stage", "before": "test", "after": "live"}],
        "kept": [],
        "set_back": "",
        "later": [],
        "gives_back": [],
        "after": [],
        "others": ["tag team"],
        "detached": [],
        "along": [],
        "loses": [],
        "warnings": [],
        "refusal": "",
        "advice": "",
        "denial": None,
        "properties": wanted["a"].resource.settings(),
    }


def test_each_action_has_a_symbol_of_its_own() -> None:
    assert len({action.symbol for action in Action}) == len(Action)


# Things with a life of their own


def test_what_follows_a_change_is_planned_although_its_value_is_not_known_yet() -> None:
    before, after = Machine(name="a", size=1), Machine(name="a", size=2)
    wanted = Graph(ACCOUNTS.values())
    node = wanted.add("a", after)
    wanted.add("b", thing(name="b", shape=node["version"]))
    records = (
        replace(recorded(before), outputs={"id": "id-a", "name": "a", "version": "1"}),
        recorded(thing(name="b", shape="1"), id="id-b"),
    )
    now = replace(there(before), outputs={"id": "id-a", "name": "a", "version": "1"})
    live = {"a": now, "b": there(thing(name="b", shape="1"), Owner("prod", "b", "ours"), "id-b")}
    [first, second] = plan(wanted.nodes, records, live).changes
    assert first.differences == (Difference("size", None, 1, 2),)
    assert second.differences == (Difference("shape", None, "1", node["version"]),)
    same = {**wanted.nodes, "a": replace(node, resource=before)}
    assert plan(same, records, live).work == ()


def test_what_only_its_birth_uses_stays_as_it_was_and_the_plan_says_so() -> None:
    before, after = Machine(name="a", mark="old"), Machine(name="a", mark="new")
    change = only(plan(nodes(after), (recorded(before),), {"a": there(before)}))
    assert change.action is Action.NOOP
    assert change.reason == "up to date; a change of mark takes effect only when it is created again"
    assert change.resource == before
    assert only(plan(nodes(before), (recorded(before),), {"a": there(before)})).reason == "up to date"


def test_what_all_share_is_neither_ours_nor_a_strangers() -> None:
    sun = Sun(name="a")
    change = only(plan(nodes(sun), (), {"a": replace(there(sun), owner=None)}))
    assert (change.action, change.reason) == (Action.NOOP, "exists already; the whole account shares it")
    change = only(plan({}, (recorded(sun),), {"a": replace(there(sun), owner=None)}))
    assert (change.action, change.reason) == (Action.FORGET, "the whole account shares it, so it is kept")


def test_who_created_what_all_share_is_remembered_and_said() -> None:
    sun, here = Sun(name="a"), {"a": replace(there(Sun(name="a")), owner=None)}
    made = record_of(only(plan(nodes(sun), (), {"a": None})), sun, Status.READY, {}, 0)
    assert made.created_here
    again = only(plan(nodes(sun), (made,), here))
    assert (again.action, again.reason) == (Action.NOOP, "created by this deployment; the whole account shares it")
    kept = record_of(again, sun, Status.READY, {}, 0)
    assert kept.created_here
    gone = plan({}, (kept,), here)
    assert only(gone).reason == "created by this deployment; the whole account shares it, so it is kept"
    assert gone.keeps == (f"{sun.kind} a, which the whole account shares",)
    assert plan({}, (kept,), {"a": None}).keeps == ()
    found = record_of(only(plan(nodes(sun), (), here)), sun, Status.READY, {}, 0)
    assert not found.created_here


MOON, FLAG = Moon(name="a"), Flag(name="a")
MADE_MOON, MADE_FLAG = (replace(recorded(each), created_here=True) for each in (MOON, FLAG))
SHARED = {
    "one of nobody is used and kept": (recorded(MOON), there(MOON, None), Action.NOOP, Action.FORGET),
    "one of another deployment is used and kept": (
        recorded(MOON),
        there(MOON, OTHER_DEPLOYMENT),
        Action.NOOP,
        Action.FORGET,
    ),
    "ours is set back and deleted": (MADE_MOON, there(MOON), Action.NOOP, Action.DELETE),
    "ours is known by its tags alone": (recorded(MOON), there(MOON), Action.NOOP, Action.DELETE),
    "ours that somebody else has by now is used and kept": (
        MADE_MOON,
        there(MOON, OTHER_LINEAGE),
        Action.NOOP,
        Action.FORGET,
    ),
    "ours without tags is left alone until somebody decides": (
        MADE_MOON,
        there(MOON, None),
        Action.BLOCKED,
        Action.BLOCKED,
    ),
    "ours that cannot have tags is deleted": (MADE_FLAG, there(FLAG), Action.NOOP, Action.DELETE),
    "one that cannot have tags and was there already is kept": (recorded(FLAG), there(FLAG), Action.NOOP, Action.FORGET),
}


@pytest.mark.parametrize(("record", "live", "on_create", "on_destroy"), SHARED.values(), ids=list(SHARED))
def test_of_what_all_share_only_what_we_created_is_ours(
    record: Record, live: Live, on_create: Action, on_destroy: Action
) -> None:
    resource = restore(record)
    assert isinstance(resource, Thing)
    assert only(plan(nodes(resource), (record,), {"a": live})).action is on_create
    assert only(plan({}, (record,), {"a": live})).action is on_destroy


def test_ours_of_what_all_share_is_changed_and_that_of_others_is_not() -> None:
    larger = replace(MOON, size=2)
    ours = only(plan(nodes(larger), (MADE_MOON,), {"a": there(MOON)}))
    assert (ours.action, [item.field for item in ours.differences]) == (Action.UPDATE, ["size"])
    assert record_of(ours, larger, Status.READY, {}, 0).created_here
    theirs = only(plan(nodes(larger), (), {"a": there(MOON, None)}))
    assert (theirs.action, theirs.reason) == (Action.NOOP, "exists already; the whole account shares it")


def test_another_one_of_what_all_share_is_not_taken_for_the_recorded_one() -> None:
    change = only(plan(nodes(replace(FLAG, shape="flat")), (recorded(FLAG),), {"a": there(FLAG)}))
    assert (change.refusal, change.advice) == ("its shape cannot change in place ('round' to 'flat')", TYPE_AGAIN)


def test_what_all_share_and_others_hold_on_to_is_not_deleted() -> None:
    held = {"a": there(MOON, parts=frozenset({Part("trusted by", "a", "role Other")}))}
    change = only(plan({}, (MADE_MOON,), held))
    assert (change.action, change.refusal) == (Action.BLOCKED, "somebody else added to it: trusted by role Other")


def test_a_create_advises_no_flag_that_only_destroy_has() -> None:
    wanted = nodes(thing(name="b"))
    records = (recorded(thing()),)
    found = {"a": there(thing(), blockers=("it holds 3 objects",)), "b": None}
    [change] = [item for item in plan(wanted, records, found).changes if item.address == "a"]
    assert change.refusal == "it holds 3 objects"
    assert change.advice == "Remove what blocks the delete, and run the same command again."


def test_the_plan_names_what_goes_with_a_delete() -> None:
    has = there(thing(labels={"stage": "test"}), along=("volume vol-1",), blockers=("it holds 3 objects",))
    records = (recorded(thing(labels={"stage": "test", "gone": "1"})),)
    change = only(plan({}, records, {"a": has}, allowed=frozenset({"delete-data"})))
    assert change.along == ("volume vol-1", "label stage", "it holds 3 objects (--delete-data)")
    assert change.as_json()["along"] == list(change.along)


def test_what_has_no_name_of_its_own_is_named_by_its_id() -> None:
    class Anonymous(Thing):
        identifiers = replace(Thing.identifiers, unnamed=True)

    shown = only(plan(nodes(Anonymous(name="a")), (recorded(thing()),), {"a": there(thing())}))
    assert (shown.name, shown.as_json()["id"]) == ("a id-a", "id-a")


# A state that somebody edited


def edited(wanted: Mapping[str, Node], *records: Record, live: Mapping[str, Live | None], allowed: str = "") -> Plan:
    state = replace(NEW.put(*records), edited=True)
    return make_plan(wanted, state, live, ACCOUNTS, restore, allowed=frozenset(filter(None, [allowed])))


def test_create_leaves_alone_what_only_an_edited_record_calls_ours() -> None:
    claims, has = thing(labels={"ours": "1", "theirs": "1"}, tags={"team": "red"}), {"ours": "2", "theirs": "1"}
    live = {"a": there(thing(labels=has, tags={"team": "red"}))}
    change = only(edited(nodes(thing(labels={"ours": "1"})), recorded(claims), live=live))
    assert [item.path for item in change.differences] == ["labels.ours"]
    assert change.others == ("tag team", "label theirs")
    assert change.record
    assert change.record.properties["labels"] == {"ours": "1"}


def test_an_edited_record_of_what_carries_tags_is_deleted_as_ever() -> None:
    assert edited({}, recorded(thing()), live={"a": there(thing())}).refused == ()


@pytest.mark.parametrize(
    ("resource", "what"), [(KNOT, "a"), (thing(labels={"theirs": "1"}), "label theirs")], ids=["without tags", "an entry"]
)
@pytest.mark.parametrize("wanted", [{}, nodes(thing("b"))], ids=["destroy", "create"])
def test_what_only_an_edited_record_calls_ours_is_deleted_when_that_is_said(
    resource: Thing, what: str, wanted: dict[str, Node]
) -> None:
    live = {"a": there(resource), "b": None}
    [refused] = edited(wanted, recorded(resource), live=live).refused
    assert refused.refusal == (f"the state was edited by hand, and nothing else says that this deployment added {what}")
    way = "add --detach-foreign to the same command" if wanted else "run: bootstrap destroy --name prod --detach-foreign"
    assert refused.advice == (
        f"If it belongs to this deployment, {way}\nTo leave it as it is: bootstrap state rm a --name prod"
    )
    said = edited(wanted, recorded(resource), live=live, allowed="detach-foreign")
    assert said.refused == ()
    assert said.count(Action.DELETE) == 1


def test_a_command_that_is_advised_is_quoted_and_forgets_all_that_depends_on_it() -> None:
    records = (recorded(thing("a b")), recorded(thing("c"), depends_on=("a b",)), recorded(thing("d"), depends_on=("c",)))
    live = {"a b": there(thing("a b"), OTHER_DEPLOYMENT), "c": None, "d": None}
    [refused] = plan({}, records, live).refused
    assert "bootstrap state rm 'a b' c d --name prod" in refused.advice


def test_a_create_that_takes_an_old_thing_away_advises_no_destroy() -> None:
    """Whoever typed it then would lose all that is still wanted."""
    old, gone = there(thing(labels={"debug": "on"})), there(BUCKET, None)
    for record, live in ((recorded(thing()), old), (recorded(BUCKET), gone), (recorded(thing()), there(thing(), None))):
        [change] = plan(nodes(thing("b")), (record,), {"a": live}).refused
        assert "run the same command again" in change.advice
        assert "destroy" not in change.advice
        assert "--retag" not in change.advice  # of what is not wanted any more it would put no tag back


def test_an_update_waits_for_what_it_is_to_use_from_now_on_and_a_creation_does_not() -> None:
    graph = Graph(ACCOUNTS.values())
    bucket = graph.add("bucket", thing("bucket"))
    graph.add("a", thing(labels={"stage": "prod"}), deleted_before=[bucket])
    created = plan(graph.nodes)
    assert {change.address: change.after for change in created.changes} == {"bucket": (), "a": ()}
    before = thing(labels={"stage": "test"})
    updated = plan(graph.nodes, (recorded(before),), {"a": there(before)})
    assert {change.address: (change.action, change.after) for change in updated.changes} == {
        "bucket": (Action.CREATE, ()),
        "a": (Action.UPDATE, ("bucket",)),
    }
