"""Which intents an adopt takes up again, and what its plan takes from that of the create after it."""

from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.adoption import Candidate, Stack, adopt_plan, is_adoptable, is_recorded, record_of
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.plan_records import record_of as record_of_change
from bootstrap.core.planner import make_plan
from bootstrap.core.reference import references
from bootstrap.core.state import Record, State, Status
from bootstrap.core.write_ahead import record_before_call
from bootstrap.engine.graphs import draft_graph
from bootstrap.resources import restore
from bootstrap.resources.iam.role import IamRole
from tests.support.inputs import WAYS
from tests.support.samples import trust

OURS = Owner("prod", "role", "lineage")
ROLE = IamRole(name="R", trust=trust(), description="ours")
OUTPUTS = {"name": "R", "arn": "arn:aws:iam::123456789012:role/R", "role_id": "AROA1"}
NODE = Node("role", ROLE, "default", ("bucket",))
STATE = State(deployment="prod", integration="x", lineage="lineage", accounts={}, serial=7)
LIVE = Live(OUTPUTS, {**ROLE.properties(), "description": "theirs"})
FOUND = Candidate(NODE, ROLE, LIVE)
TAGS = tuple(f"tags.{key}" for key in OWNER_TAGS)


def tagged(number: int) -> Live:
    return replace(LIVE, properties={**LIVE.properties, "tags": {f"k{each}": "v" for each in range(number)}})


def record(status: Status, changing: tuple[str, ...] | None) -> Record:
    return replace(record_of(FOUND, ROLE, ["role"], STATE), status=status, changing=changing)


@pytest.mark.parametrize(
    ("found", "is_one"),
    [
        (None, False),
        (record(Status.READY, None), True),
        (record(Status.CREATING, None), True),
        (record(Status.UPDATING, None), True),  # an older state does not say what it changes
        (record(Status.UPDATING, TAGS), True),  # create --retag
        (record(Status.UPDATING, ()), True),  # create --detach-foreign
        (record(Status.ADOPTING, None), False),
    ],
)
def test_an_intent_of_an_adopt_is_not_a_record_yet(found: Record | None, is_one: bool) -> None:
    assert is_recorded(found) is is_one


@pytest.mark.parametrize(
    ("found", "may"),
    [
        (FOUND, True),
        (replace(FOUND, live=replace(LIVE, owner=OURS)), True),
        (replace(FOUND, live=replace(LIVE, owner=Owner("prod", "", ""))), True),  # cut off in the middle of the tags
        (replace(FOUND, live=replace(LIVE, owner=replace(OURS, lineage="other"))), False),
        (replace(FOUND, live=replace(LIVE, owner=replace(OURS, address="role2"))), False),
        (replace(FOUND, live=replace(LIVE, foreign="in another account")), False),
        (replace(FOUND, live=replace(LIVE, unreadable="no")), False),
        (replace(FOUND, live=replace(LIVE, properties={**LIVE.properties, "path": "/other/"})), False),
        (replace(FOUND, stack=Stack("vendor", "UPDATE_COMPLETE")), False),
        (replace(FOUND, elsewhere="eu-west-1"), False),
        (replace(FOUND, live=tagged(47)), True),
        (replace(FOUND, live=tagged(48)), False),
    ],
)
def test_nothing_of_others_and_nothing_else_than_described_is_taken(found: Candidate, may: bool) -> None:
    assert is_adoptable(found, OURS, from_stack=False) is may
    assert is_adoptable(found, OURS, from_stack=True) is (may or bool(found.stack))


@pytest.mark.parametrize(
    ("status", "may", "says", "way"),
    [
        ("", True, "would change or delete it again", "DeletionPolicy: Retain"),
        ("UPDATE_ROLLBACK_FAILED", True, "would change or delete it again", "DeletionPolicy: Retain"),
        ("DELETE_FAILED", True, "would change or delete it again", "delete-stack --stack-name vendor --retain-resources"),
        ("DELETE_IN_PROGRESS", False, "is at work (DELETE_IN_PROGRESS)", "Wait until the stack is done"),
        (
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            False,
            "is at work (UPDATE_COMPLETE_C",
            "describe-stacks --stack-name vendor",
        ),
    ],
)
def test_what_a_stack_may_change_or_delete_at_this_moment_is_not_taken_at_all(
    status: str, may: bool, says: str, way: str
) -> None:
    found = replace(FOUND, stack=Stack("vendor", status))
    assert is_adoptable(found, OURS, from_stack=True) is may
    after = Change(address="role", action=Action.BLOCKED, resource=ROLE, reason="its name is taken", refusal="exists")
    [change] = planned(after, found).changes
    assert says in change.refusal
    assert way in change.advice
    assert ("--from-stack" in change.advice) is may


def test_the_record_has_what_the_inputs_want_and_only_dependencies_that_exist() -> None:
    made = record_of(FOUND, ROLE, ["role"], STATE)
    assert (made.properties["description"], made.depends_on, made.generation) == ("ours", (), 7)
    assert record_of(FOUND, ROLE, ["role", "bucket"], STATE).depends_on == ("bucket",)
    pointing = replace(ROLE, description="@{bucket.name}")
    assert record_of(replace(FOUND, resource=pointing), pointing, ["role"], STATE).properties["description"] == "theirs"


@pytest.mark.parametrize("way", WAYS)
def test_no_record_refers_to_what_does_not_exist(way: str) -> None:
    """A state with such a record could not be read again. A machine has a profile, or has none: then AWS tells no id."""
    wanted = WAYS[way]
    graph, _ = draft_graph(wanted, [replace(EXAMPLE, alias=alias) for alias in wanted.sign_ins])
    for node in graph.nodes.values():
        resource = node.resource.resolved(graph.predicted_output)
        found = Live({}, {"security_groups": ["sg-1"], "launch_template": None})
        made = record_of(Candidate(node, resource, found), resource, [], STATE)
        assert list(references(made.properties)) == []
        restore(made)


def planned(change: Change, found: Candidate = FOUND) -> Plan:
    made = record_of(found, ROLE, ["role", "bucket"], STATE)
    adopted = {"role": (made, ROLE)} if is_adoptable(found, OURS, from_stack=False) else {}
    missing = Change(address="athena", action=Action.CREATE, resource=ROLE, reason="will be created")
    return adopt_plan(Plan((change, missing)), {"role": found}, adopted, {"role": "Add --path /other/."}, {"role": OURS})


def test_what_create_would_change_is_shown_and_only_tags_are_changed() -> None:
    description = Difference("description", None, "theirs", "ours")
    after = Change(address="role", action=Action.UPDATE, resource=ROLE, reason="drift", differences=(description,))
    plan = planned(replace(after, undecided=(description,), refusal="a person has to choose"))
    [change] = plan.changes
    assert (change.action, change.reason, change.refusal) == (Action.ADOPT, "differs in description", "")
    assert (change.later, change.undecided) == ((description,), (description,))
    assert [(item.key, item.after) for item in change.differences] == [*OURS.tags().items()]
    assert plan.unfinished == ("athena",)
    intent = record_before_call(change, STATE)
    assert (intent.status, intent.depends_on) == (Status.ADOPTING, ("bucket",))
    assert not is_recorded(intent)


AS_ADOPTED = "differed when it was adopted"
ALONE = replace(NODE, depends_on=())
TEAM = IamRole(name="R", trust=trust(), description="ours", tags={"team": "data"})


@pytest.mark.parametrize(
    ("now", "reason", "kept"),
    [
        ({}, AS_ADOPTED, ()),
        ({"description": "by Bob"}, f"{AS_ADOPTED}; drift: changed outside bootstrap", ()),
        ({"description": "ours"}, AS_ADOPTED, ()),  # the tag still differs
        ({"description": "ours", "tags": {"team": "data"}}, "up to date", ()),
        ({"description": "ours", "tags": {"team": "web"}}, "drift: changed outside bootstrap", ()),
        ({"permissions_boundary": "arn:aws:iam::aws:policy/X"}, AS_ADOPTED, (("permissions_boundary", False),)),
    ],
)
def test_a_plan_says_whether_it_differed_when_it_was_adopted_or_was_changed_since(
    now: dict[str, object], reason: str, kept: tuple[tuple[str, bool], ...]
) -> None:
    then = replace(LIVE, properties={**LIVE.properties, "tags": {}}, owner=OURS)
    made = record_of(replace(FOUND, resource=TEAM, live=then), TEAM, ["role"], STATE)
    assert made.adopted == {"description": "theirs", "tags": {"team": None}}
    live = replace(then, properties={**then.properties, **now})
    state = STATE.put(made)
    accounts = {"default": EXAMPLE}
    [change] = make_plan({"role": replace(ALONE, resource=TEAM)}, state, {"role": live}, accounts, restore).changes
    assert change.reason == reason
    assert tuple((item.path, change.is_as_adopted(item)) for item in change.kept) == kept


def test_what_was_stricter_when_it_was_adopted_stays_so_until_it_changes() -> None:
    boundary = {"permissions_boundary": "arn:aws:iam::aws:policy/X"}
    stricter = replace(LIVE, properties={**ROLE.properties(), **boundary}, owner=OURS)
    made = record_of(replace(FOUND, live=stricter), ROLE, ["role"], STATE)
    assert made.adopted == boundary
    for live in (stricter, replace(stricter, properties={**stricter.properties, "max_session_duration": 7200})):
        plan = make_plan({"role": ALONE}, STATE.put(made), {"role": live}, {"default": EXAMPLE}, restore)
        [change] = plan.changes
        assert [change.is_as_adopted(item) for item in change.kept] == [True]
        assert record_of_change(change, change.resource, Status.READY, OUTPUTS, 0).adopted == boundary
    live = replace(LIVE, properties=ROLE.properties(), owner=OURS)
    [change] = make_plan({"role": ALONE}, STATE.put(made), {"role": live}, {"default": EXAMPLE}, restore).changes
    assert record_of_change(change, change.resource, Status.READY, OUTPUTS, 0).adopted == {}


def test_what_was_missing_when_it_was_adopted_was_not_removed() -> None:
    given = replace(ROLE, inline_policies={"data": {"Version": "2012-10-17", "Statement": []}})
    without = replace(LIVE, properties=ROLE.properties(), owner=OURS)
    made = record_of(replace(FOUND, resource=given, live=without), given, ["role"], STATE)
    node = replace(ALONE, resource=given)
    for record, back in ((made, ()), (replace(made, adopted={}), ("inline_policies.data",))):
        [change] = make_plan({"role": node}, STATE.put(record), {"role": without}, {"default": EXAMPLE}, restore).changes
        assert change.gives_back == back


def test_a_field_that_cannot_change_is_refused_with_the_way_out() -> None:
    found = replace(FOUND, live=replace(LIVE, properties={**LIVE.properties, "path": "/other/"}))
    after = Change(address="role", action=Action.BLOCKED, resource=ROLE, reason="its name is taken", refusal="exists")
    [change] = planned(after, found).changes
    assert change.refusal == "iam_role R cannot be changed in place: its path is '/other/', the inputs say '/'"
    assert change.advice == "Add --path /other/."


def test_what_has_no_room_for_our_tags_is_refused_before_anything_is_tagged() -> None:
    after = Change(address="role", action=Action.BLOCKED, resource=ROLE, reason="its name is taken", refusal="exists")
    [change] = planned(after, replace(FOUND, live=tagged(48))).changes
    assert change.refusal == "iam_role R has 48 tags; the 3 owner tags would be too many"
    assert change.advice.startswith("AWS accepts 50. Remove tags that nobody needs")


def test_whose_it_is_comes_before_the_stack() -> None:
    found = replace(FOUND, stack=Stack("vendor"), live=replace(LIVE, owner=Owner("theirs", "role", "1")))
    after = Change(address="role", action=Action.BLOCKED, resource=ROLE, reason="its name is taken", refusal="theirs")
    [change] = planned(after, found).changes
    assert change.refusal == "theirs"
