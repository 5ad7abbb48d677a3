"""The executor on a made-up cloud: order, intents, failures, Ctrl-C, lost answers, and a disk that fails."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.events import Event, Failed, Progress, Skipped, Started, Stopping, Succeeded
from bootstrap.core.graph import Graph
from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.plan import Action
from bootstrap.core.planner import make_plan
from bootstrap.core.state import Record, State, Status
from bootstrap.core.strictness import Removable, Smaller
from bootstrap.engine.executor import REST, Outcome, Stop
from bootstrap.engine.order import Order
from bootstrap.errors import StateError
from tests.support.fakes import (
    ACCOUNTS,
    NEW,
    Bucket,
    Chest,
    Crash,
    Disk,
    FakeCloud,
    Item,
    Life,
    Machine,
    Patch,
    Sun,
    Thing,
    bring_about,
    graph,
    planned,
    restore,
    run,
)

LONG = 30.0  # seconds after which a test that hangs fails


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def disk(cloud: FakeCloud) -> Disk:
    return Disk(cloud)


def one(resource: Thing) -> Graph:
    made = Graph(ACCOUNTS.values())
    made.add(resource.name, resource)
    return made


def statuses(state: State) -> dict[str, str]:
    return {address: record.status.value for address, record in state.records.items()}


def wait_for(event: threading.Event) -> None:
    assert event.wait(LONG), "what this waits for never came"


def failing(cloud: FakeCloud, *calls: str) -> None:
    """Makes the cloud refuse these calls."""

    def watch(call: str) -> None:
        if call in calls:
            raise PermissionError(f"you may not {call}")

    cloud.watch = watch


class BadDisk(Disk):
    """A disk on which each save that `full` says so of goes wrong."""

    full: Callable[[State], bool] = staticmethod(lambda state: False)

    def save(self, state: State) -> State:
        if self.full(state):
            raise StateError("no space left")
        return super().save(state)


def test_everything_is_made_after_what_it_needs(cloud: FakeCloud, disk: Disk) -> None:
    outcome = bring_about(cloud, disk, graph(a="", b="a", c="a b", d="").nodes)
    assert outcome.complete
    assert cloud.wrong == []
    assert cloud.owned() == ["a", "b", "c", "d"]
    assert cloud["c"].needs == [cloud["a"].id, cloud["b"].id]
    assert statuses(disk.state) == dict.fromkeys("abcd", "ready")
    assert disk.state == outcome.state


def test_a_second_run_has_nothing_to_do(cloud: FakeCloud, disk: Disk) -> None:
    nodes = graph(a="", b="a").nodes
    bring_about(cloud, disk, nodes)
    calls, saved, events = list(cloud.calls), disk.text, list[Event]()
    plan = planned(cloud, disk.state, nodes)
    assert plan.work == ()
    assert run(cloud, disk, plan, events.append).complete
    assert (cloud.calls, disk.text, events) == (calls, saved, [])


def test_a_change_starts_as_soon_as_its_own_needs_are_done(cloud: FakeCloud, disk: Disk) -> None:
    """`slow` ends only when `next`, two levels up, has begun: a run level by level would hang here."""
    begun = threading.Event()
    wait: dict[str, Callable[[], None]] = {"create slow": lambda: wait_for(begun), "create next": begun.set}
    cloud.watch = lambda call: wait.get(call, lambda: None)()
    assert bring_about(cloud, disk, graph(slow="", quick="", next="quick").nodes).complete


def patched() -> Graph:
    """`last` needs `patch` only, which needs no more than that `first` exists."""
    made = one(Thing(name="first", labels={"stage": "test"}))
    made.add("patch", Patch(name="patch", needs=[made.nodes["first"]["id"]]))
    made.add("last", Thing(name="last", needs=[made.nodes["patch"]["id"]]))
    return made


def test_what_needs_no_settings_of_another_thing_is_created_while_that_gets_them(cloud: FakeCloud, disk: Disk) -> None:
    """The settings of `first` end only when `patch` has begun."""
    begun = threading.Event()
    wait: dict[str, Callable[[], None]] = {"change first labels.stage": lambda: wait_for(begun), "create patch": begun.set}
    cloud.watch = lambda call: wait.get(call, lambda: None)()
    assert bring_about(cloud, disk, patched().nodes).complete
    assert cloud["patch"].needs == [cloud["first"].id]


def test_what_follows_such_a_thing_still_waits_for_those_settings(cloud: FakeCloud, disk: Disk) -> None:
    done = threading.Event()
    wait: dict[str, Callable[[], None]] = {"change first labels.stage": lambda: wait_for(done)}
    cloud.watch = lambda call: wait.get(call, lambda: None)()

    def emit(event: Event) -> None:
        if isinstance(event, Succeeded) and event.change.address == "patch":
            done.set()

    plan = planned(cloud, disk.state, patched().nodes)
    assert run(cloud, disk, plan, emit).complete
    assert cloud.calls.index("create last") > cloud.calls.index("change first labels.stage")


def test_what_follows_such_a_thing_is_skipped_if_those_settings_fail(cloud: FakeCloud, disk: Disk) -> None:
    done = threading.Event()

    def watch(call: str) -> None:
        if call == "change first labels.stage":
            wait_for(done)
            raise PermissionError("you may not")

    def emit(event: Event) -> None:
        if isinstance(event, Succeeded):
            done.set()

    cloud.watch = watch
    outcome = run(cloud, disk, planned(cloud, disk.state, patched().nodes), emit)
    assert [(item.change.address, item.because) for item in outcome.skipped] == [
        ("last", "it needs first, which was not done")
    ]
    assert statuses(disk.state) == {"first": "creating", "patch": "ready"}
    cloud.watch = lambda call: None
    assert bring_about(cloud, disk, patched().nodes).complete


def test_what_needs_nothing_of_each_other_runs_side_by_side(cloud: FakeCloud, disk: Disk) -> None:
    together = threading.Barrier(3, timeout=LONG)

    def meet(call: str) -> None:
        together.wait()

    cloud.watch = meet
    assert bring_about(cloud, disk, graph(a="", b="", c="").nodes).complete


def test_the_intent_is_on_disk_before_each_call(cloud: FakeCloud, disk: Disk) -> None:
    seen: list[tuple[str, str]] = []
    cloud.watch = lambda call: seen.append((call, disk.state.records[call.split()[1]].status.value))
    bring_about(cloud, disk, one(Thing(name="a", labels={"stage": "test"})).nodes)
    bring_about(cloud, disk, one(Thing(name="a", size=2, labels={"stage": "test"})).nodes)
    bring_about(cloud, disk, {})
    assert seen == [
        ("create a", "creating"),
        ("change a labels.stage", "creating"),
        ("change a size", "updating"),
        ("delete a", "deleting"),
    ]


def test_intents_of_what_starts_together_are_one_save(cloud: FakeCloud, disk: Disk) -> None:
    seen: list[dict[str, str]] = []
    cloud.watch = lambda call: seen.append(statuses(disk.state)) if call == "create a" else None
    bring_about(cloud, disk, graph(a="", b="", c="").nodes)
    assert set(seen[0]) == {"a", "b", "c"}


def test_a_result_and_the_intent_of_what_follows_are_one_save(cloud: FakeCloud, disk: Disk) -> None:
    before = disk.state.serial
    bring_about(cloud, disk, graph(a="", b="a").nodes)
    assert disk.state.serial - before <= 5  # a's intent, its id, its result with b's intent, b's id, its result
    seen: list[dict[str, str]] = []
    cloud.watch = lambda call: seen.append(statuses(disk.state))
    bring_about(cloud, disk, {})
    assert seen == [{"a": "ready", "b": "deleting"}, {"a": "deleting"}]
    assert disk.state.serial - before <= 8


def test_the_intent_and_the_record_name_what_a_thing_needs_in_full(cloud: FakeCloud, disk: Disk) -> None:
    seen: list[Record] = []
    cloud.watch = lambda call: seen.append(disk.state.records["b"]) if call == "create b" else None
    bring_about(cloud, disk, graph(a="", b="a").nodes)
    [intent] = seen
    assert (intent.depends_on, intent.outputs) == (("a",), {})
    assert intent.properties["needs"] == disk.state.records["b"].properties["needs"] == [cloud["a"].id]


def test_the_unique_id_is_saved_although_the_rest_of_a_create_fails(cloud: FakeCloud, disk: Disk) -> None:
    failing(cloud, "change a labels.stage")
    outcome = bring_about(cloud, disk, one(Thing(name="a", labels={"stage": "test"})).nodes)
    assert not outcome.complete
    assert disk.state.records["a"].status is Status.CREATING
    assert disk.state.records["a"].outputs == {"id": cloud["a"].id, "name": "a"}


def test_a_failure_skips_only_what_follows_it(cloud: FakeCloud, disk: Disk) -> None:
    failing(cloud, "create a")
    events: list[Event] = []
    plan = planned(cloud, disk.state, graph(a="", b="a", c="b", d="", e="d").nodes)
    outcome = run(cloud, disk, plan, events.append)
    assert statuses(disk.state) == {"a": "creating", "d": "ready", "e": "ready"}
    assert cloud.owned() == ["d", "e"]
    [failed] = outcome.failed
    assert failed.change.address == "a"
    assert "you may not create a" in failed.error
    assert [(item.change.address, item.because) for item in outcome.skipped] == [
        ("b", "it needs a, which was not done"),
        ("c", "it needs b, which was not done"),
    ]
    assert not outcome.complete
    assert not outcome.interrupted
    assert [item for item in events if isinstance(item, Failed)] == [failed]


def test_a_failed_delete_keeps_its_record_and_what_it_needs(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="", b="a", c="").nodes)
    failing(cloud, "delete b")
    outcome = bring_about(cloud, disk, {})
    assert statuses(disk.state) == {"a": "ready", "b": "deleting"}
    assert [item.because for item in outcome.skipped] == ["it needs b, which was not done"]


def test_events_tell_the_start_the_progress_and_the_end(cloud: FakeCloud, disk: Disk) -> None:
    class Talker(Thing):
        def create(self, aws: Cloud) -> Live:
            aws.progress("waiting for it to dry")
            return super().create(aws)

    events: list[Event] = []
    plan = planned(cloud, disk.state, one(Talker(name="a")).nodes)
    run(cloud, disk, plan, events.append)
    [change] = plan.changes
    outputs = {"id": cloud["a"].id, "name": "a"}
    assert events == [Started(change), Progress("a", "waiting for it to dry"), Succeeded(change, outputs)]


def test_after_ctrl_c_nothing_new_starts_and_what_runs_is_waited_for(cloud: FakeCloud, disk: Disk) -> None:
    stop, events = Stop(), list[Event]()
    cloud.watch = lambda call: stop.ask() if call == "create a" else None
    plan = planned(cloud, disk.state, graph(a="", b="a", c="b").nodes)
    outcome = run(cloud, disk, plan, events.append, stop)
    assert cloud.calls == ["create a"]
    assert statuses(disk.state) == {"a": "ready"}
    assert outcome.interrupted
    assert [item.because for item in outcome.skipped] == ["the run was stopped", "it needs b, which was not done"]
    assert [type(item) for item in events] == [Started, Stopping, Succeeded, Skipped, Skipped]
    assert Stopping(("a",)) in events


def test_after_ctrl_c_before_the_start_nothing_happens(cloud: FakeCloud, disk: Disk) -> None:
    stop = Stop()
    stop.ask()
    before = disk.text
    outcome = run(cloud, disk, planned(cloud, disk.state, graph(a="", b="").nodes), stop=stop)
    assert (cloud.calls, disk.text) == ([], before)
    assert len(outcome.skipped) == 2


def test_a_lost_answer_is_success_when_the_thing_carries_our_owner_tags(cloud: FakeCloud, disk: Disk) -> None:
    cloud.lost["create a"] = "retried"
    assert bring_about(cloud, disk, one(Thing(name="a", labels={"stage": "test"})).nodes).complete
    assert cloud.owned() == ["a"]
    assert cloud["a"].labels == {"stage": "test"}
    assert disk.state.records["a"].outputs["id"] == cloud["a"].id


STRANGERS: dict[str, tuple[Owner | None, str]] = {
    "nobody's": (None, "thing a exists, and this deployment did not create it: a exists"),
    "another deployment's": (
        Owner("staging", "a", "ours"),
        "thing a exists, and this deployment did not create it: it belongs to deployment 'staging'",
    ),
    "another state's": (
        Owner("prod", "a", "theirs"),
        "thing a exists, and this deployment did not create it: it belongs to deployment 'prod'",
    ),
}


@pytest.mark.parametrize(("owner", "message"), STRANGERS.values(), ids=STRANGERS)
def test_a_name_that_was_taken_after_the_plan_is_refused(
    cloud: FakeCloud, disk: Disk, owner: Owner | None, message: str
) -> None:
    plan = planned(cloud, disk.state, one(Thing(name="a", size=7)).nodes)
    stranger = cloud.create(Item("a", tags=owner.tags() if owner else {}))
    [failed] = run(cloud, disk, plan).failed
    assert (failed.error, failed.advice) == (message, "Think of another name.")
    assert cloud["a"] == stranger
    bring_about(cloud, disk, {})
    assert cloud["a"] == stranger
    assert disk.state.records == {}


def test_a_broken_connection_fails_the_change_and_the_next_run_finds_the_thing(cloud: FakeCloud, disk: Disk) -> None:
    nodes = one(Thing(name="a", labels={"stage": "test"})).nodes
    cloud.lost["create a"] = "broken"
    assert not bring_about(cloud, disk, nodes).complete
    assert statuses(disk.state) == {"a": "creating"}
    assert bring_about(cloud, disk, nodes).complete
    assert cloud.calls.count("create a") == 1
    assert cloud["a"].labels == {"stage": "test"}
    assert statuses(disk.state) == {"a": "ready"}


def test_no_call_goes_out_when_the_intent_cannot_be_saved(cloud: FakeCloud) -> None:
    disk, events = BadDisk(cloud), list[Event]()
    disk.full = lambda state: True
    plan = planned(cloud, disk.state, graph(a="", b="a", c="").nodes)
    with pytest.raises(StateError, match="no space left"):
        run(cloud, disk, plan, events.append)
    assert cloud.calls == []
    assert [type(item) for item in events] == [Skipped, Skipped, Skipped]
    assert {item.because for item in events if isinstance(item, Skipped)} == {"the state could not be saved"}


@pytest.mark.parametrize("error", [StateError("no space left"), KeyError("what nobody thought of")])
def test_when_a_save_fails_what_runs_ends_and_its_result_is_told_and_saved_if_it_can_be(
    error: Exception, cloud: FakeCloud
) -> None:
    disk, failed, events = BadDisk(cloud), threading.Event(), list[Event]()

    def full(state: State) -> bool:
        if state.records["a"].status is Status.READY and not failed.is_set():
            failed.set()
            raise error
        return False

    disk.full = full
    cloud.watch = lambda call: wait_for(failed) if call == "create b" else None
    plan = planned(cloud, disk.state, graph(a="", b="", c="a", d="b").nodes)
    with pytest.raises(type(error), match=str(error)):
        run(cloud, disk, plan, events.append)
    assert [item.change.address for item in events if isinstance(item, Succeeded)] == ["a", "b"]
    assert cloud.owned() == ["a", "b"]
    assert statuses(disk.state) == {"a": "ready", "b": "ready"}


def test_when_a_save_fails_nothing_new_starts_also_of_what_was_ready_with_it(cloud: FakeCloud) -> None:
    disk = BadDisk(cloud)
    bring_about(cloud, disk, graph(gone="").nodes)
    cloud.delete("gone")
    first = iter([True])
    disk.full = lambda state: next(first, False)
    plan = planned(cloud, disk.state, graph(new="").nodes)
    assert [change.action for change in plan.changes] == [Action.CREATE, Action.FORGET]
    with pytest.raises(StateError):
        run(cloud, disk, plan)
    assert cloud.owned() == []


def test_deletes_run_in_the_reverse_order(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="", b="a", c="b", d="a").nodes)
    cloud.calls.clear()
    assert bring_about(cloud, disk, {}).complete
    assert cloud.wrong == []
    assert cloud.calls[-1] == "delete a"
    assert cloud.calls.index("delete c") < cloud.calls.index("delete b")
    assert (cloud.items, disk.state.records) == ({}, {})


def chest(**labels: str) -> Graph:
    """`patch` does not need what `chest` holds, and `last` needs both."""
    made = Graph(ACCOUNTS.values())
    made.add("chest", Chest(name="chest", labels=labels))
    made.add("patch", Patch(name="patch", needs=[made.nodes["chest"]["id"]]))
    made.add("last", Thing(name="last", needs=[made.nodes["patch"]["id"]]))
    return made


def test_what_a_thing_holds_is_taken_away_while_what_does_not_need_that_is_deleted(cloud: FakeCloud, disk: Disk) -> None:
    """Each of both ends only when the other has begun."""
    bring_about(cloud, disk, chest(stage="test").nodes)
    together = threading.Barrier(2, timeout=LONG)

    def watch(call: str) -> None:
        if call in ("strip chest", "delete patch"):
            assert disk.state.records["chest"].status is Status.DELETING
            together.wait()

    cloud.watch = watch
    cloud.calls.clear()
    events = list[Event]()
    assert run(cloud, disk, planned(cloud, disk.state, {}), events.append).complete
    assert (cloud.calls[0], cloud.calls[-1]) == ("delete last", "delete chest")
    assert cloud.wrong == []
    shown = [type(item) for item in events if not isinstance(item, Progress | Stopping) and item.change.address == "chest"]
    assert shown == [Started, Succeeded]


def test_what_lost_what_it_held_and_is_still_needed_fails_and_is_deleted_by_the_next_run(
    cloud: FakeCloud, disk: Disk
) -> None:
    bring_about(cloud, disk, chest(stage="test").nodes)
    stripped = threading.Event()

    def watch(call: str) -> None:
        if call == "delete patch":
            wait_for(stripped)
            raise PermissionError("you may not")
        if call == "strip chest":
            stripped.set()

    cloud.watch = watch
    outcome = bring_about(cloud, disk, {})
    assert [(item.error, item.advice) for item in outcome.failed if item.change.address == "chest"] == [
        ("its delete has begun, but it needs patch, which was not done", REST)
    ]
    assert outcome.skipped == ()
    assert statuses(disk.state) == {"chest": "deleting", "patch": "deleting"}
    cloud.watch = lambda call: None
    assert bring_about(cloud, disk, chest(stage="test").nodes).complete
    assert cloud["chest"].labels == {"stage": "test"}
    assert bring_about(cloud, disk, {}).complete
    assert (cloud.items, disk.state.records) == ({}, {})


@pytest.mark.parametrize(("theirs", "first"), [({}, {"patch", "chest"}), ({"theirs": "yes"}, {"patch"})])
def test_what_others_added_to_keeps_what_it_holds_until_nothing_uses_it(
    cloud: FakeCloud, disk: Disk, theirs: dict[str, str], first: set[str]
) -> None:
    bring_about(cloud, disk, chest(stage="test").nodes)
    cloud["chest"].tags.update(theirs)
    order = Order({change.address: change for change in planned(cloud, disk.state, {}).changes})
    assert order.ready() == (("last", True),)
    order.done("last")
    assert {address for address, _ in order.ready()} == first


def test_what_cannot_be_taken_away_keeps_the_thing(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, chest(stage="test").nodes)
    failing(cloud, "strip chest")
    outcome = bring_about(cloud, disk, {})
    assert [item.change.address for item in outcome.failed] == ["chest"]
    assert statuses(disk.state) == {"chest": "deleting"}
    assert cloud["chest"].labels == {"stage": "test"}


def test_after_ctrl_c_a_thing_that_was_not_begun_keeps_what_it_holds(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, chest(stage="test").nodes)
    stop = Stop()
    cloud.watch = lambda call: stop.ask() if call == "delete last" else None
    outcome = run(cloud, disk, planned(cloud, disk.state, {}), stop=stop)
    assert {item.change.address for item in outcome.skipped} == {"patch", "chest"}
    assert cloud["chest"].labels == {"stage": "test"}
    assert statuses(disk.state) == {"chest": "ready", "patch": "ready"}


def test_an_old_plan_proves_each_half_of_a_delete(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, chest(stage="test").nodes)
    plan = planned(cloud, disk.state, {})

    def watch(call: str) -> None:
        if call == "delete patch":
            cloud["chest"].tags.clear()

    cloud.watch = watch
    outcome = run(cloud, disk, plan, fresh=0)
    assert [(item.change.address, item.error) for item in outcome.failed] == [
        ("chest", "chest lost its owner tags during this run")
    ]
    assert cloud.find("chest")
    assert "chest" in disk.state.records


def test_what_is_only_deleted_before_another_thing_is_made_beside_it(cloud: FakeCloud, disk: Disk) -> None:
    made = Graph([EXAMPLE])
    bucket = made.add("bucket", Thing(name="bucket"))
    made.add("role", Thing(name="role"), deleted_before=[bucket])
    together = threading.Barrier(2, timeout=LONG)

    def meet(call: str) -> None:
        together.wait()

    cloud.watch = meet
    assert bring_about(cloud, disk, made.nodes).complete
    assert disk.state.records["role"].depends_on == ("bucket",)
    cloud.watch = lambda call: None
    cloud.calls.clear()
    assert bring_about(cloud, disk, {}).complete
    assert cloud.calls == ["delete role", "delete bucket"]


def test_what_is_gone_already_is_forgotten_without_a_call(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="", b="a").nodes)
    cloud.delete("b")
    cloud.calls.clear()
    events: list[Event] = []
    assert run(cloud, disk, planned(cloud, disk.state, {}), events.append).complete
    assert cloud.calls == ["delete a"]
    assert disk.state.records == {}
    assert [type(item) for item in events] == [Succeeded, Started, Succeeded]


def test_an_old_plan_still_deletes_what_is_ours(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="", b="a").nodes)
    assert run(cloud, disk, planned(cloud, disk.state, {}), fresh=0).complete
    assert (cloud.items, disk.state.records) == ({}, {})


@pytest.mark.parametrize("tags", [{}, Owner("prod", "a", "ours").tags()], ids=["untagged", "a copy of our tags"])
def test_an_old_plan_leaves_alone_what_took_our_name_in_the_meantime(
    cloud: FakeCloud, disk: Disk, tags: dict[str, str]
) -> None:
    bring_about(cloud, disk, graph(a="").nodes)
    plan = planned(cloud, disk.state, {})
    cloud.delete("a")
    stranger = cloud.create(Item("a", tags=tags))
    assert run(cloud, disk, plan, fresh=0).complete
    assert cloud["a"] == stranger
    assert disk.state.records == {}


def test_an_old_plan_does_not_call_for_what_went_in_the_meantime(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="").nodes)
    plan = planned(cloud, disk.state, {})
    cloud.delete("a")
    cloud.calls.clear()
    assert run(cloud, disk, plan, fresh=0).complete
    assert (cloud.calls, disk.state.records) == ([], {})


@pytest.mark.parametrize("resource", [Thing(name="a"), Bucket(name="a")], ids=["with a unique id", "without one"])
def test_an_old_plan_refuses_what_lost_its_owner_tags_in_the_meantime(cloud: FakeCloud, disk: Disk, resource: Thing) -> None:
    bring_about(cloud, disk, one(resource).nodes)
    plan = planned(cloud, disk.state, {})
    cloud["a"].tags.clear()
    [failed] = run(cloud, disk, plan, fresh=0).failed
    assert failed.error == "a lost its owner tags during this run"
    assert "a" in disk.state.records
    assert cloud.find("a")


@pytest.mark.parametrize("tags", [{}, Owner("staging", "a", "ours").tags()], ids=["untagged", "given away"])
def test_an_old_plan_changes_nothing_that_is_not_ours_any_more(cloud: FakeCloud, disk: Disk, tags: dict[str, str]) -> None:
    bring_about(cloud, disk, graph(a="").nodes)
    plan = planned(cloud, disk.state, one(Thing(name="a", size=7)).nodes)
    cloud["a"].tags.clear()
    cloud["a"].tags.update(tags)
    [failed] = run(cloud, disk, plan, fresh=0).failed
    assert failed.error == "a lost its owner tags during this run"
    assert cloud["a"].size == 1


def test_an_old_plan_does_not_change_what_took_our_name_in_the_meantime(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="").nodes)
    plan = planned(cloud, disk.state, one(Thing(name="a", size=7)).nodes)
    cloud.delete("a")
    stranger = cloud.create(Item("a", tags=Owner("prod", "a", "ours").tags()))
    [failed] = run(cloud, disk, plan, fresh=0).failed
    assert failed.error == "a was deleted or replaced by somebody else during this run"
    assert cloud["a"] == stranger


def test_an_old_plan_still_changes_what_is_ours(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(a="").nodes)
    assert run(cloud, disk, planned(cloud, disk.state, one(Thing(name="a", size=7)).nodes), fresh=0).complete
    assert cloud["a"].size == 7


def test_what_the_plan_refuses_is_not_done_and_stops_what_needs_it(cloud: FakeCloud, disk: Disk) -> None:
    stranger = cloud.create(Item("a", tags=Owner("staging", "a", "ours").tags()))
    outcome = run(cloud, disk, planned(cloud, disk.state, graph(a="", b="a").nodes))
    assert [item.change.address for item in outcome.skipped] == ["a", "b"]
    assert list(cloud.items.values()) == [stranger]
    assert disk.state.records == {}


def test_the_intent_of_a_change_claims_the_entries_of_before_and_after(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, one(Thing(name="a", tags={"cost": "1"}, labels={"old": "1", "kept": "1"})).nodes)
    failing(cloud, "change a labels.new")
    bring_about(cloud, disk, one(Thing(name="a", labels={"new": "1", "kept": "2"})).nodes)
    record = disk.state.records["a"]
    assert record.status is Status.UPDATING
    assert record.properties["labels"] == {"old": "1", "new": "1", "kept": "2"}
    assert record.properties["tags"] == {"cost": "1"}
    cloud.watch = lambda call: None
    assert bring_about(cloud, disk, one(Thing(name="a")).nodes).complete
    assert cloud["a"].labels == {}


def test_the_intent_of_a_change_keeps_what_the_thing_needed_before(cloud: FakeCloud, disk: Disk) -> None:
    """Else a destroy after a crash right here would delete what it still hangs on first."""
    bring_about(cloud, disk, graph(old="", new="", a="old").nodes)
    failing(cloud, "change a needs")
    bring_about(cloud, disk, graph(old="", new="", a="new").nodes)
    assert disk.state.records["a"].depends_on == ("new", "old")
    cloud.watch = lambda call: None
    assert bring_about(cloud, disk, {}).complete
    assert cloud.wrong == []


@pytest.mark.parametrize("broken", [(), ("change a size",), ("change b size",)], ids=["", "a fails", "b fails"])
@pytest.mark.parametrize("sizes", [(2, 1), (1, 2), (2, 2), (1, 1)], ids=["a changes", "b changes", "both", "neither"])
def test_an_order_that_is_turned_round_makes_no_circle_on_disk(
    cloud: FakeCloud, disk: Disk, sizes: tuple[int, int], broken: tuple[str, ...]
) -> None:
    """A state whose records need each other in a circle could not be loaded again."""
    before, after = Graph(ACCOUNTS.values()), Graph(ACCOUNTS.values())
    before.add("b", Thing(name="b"), after=[before.add("a", Thing(name="a"))])
    first = after.add("b", Thing(name="b", size=sizes[1]))
    second = after.add("a", Thing(name="a", size=sizes[0]), after=[first])
    after.add("new", Thing(name="new"), after=[second])
    bring_about(cloud, disk, before.nodes)
    failing(cloud, *broken)
    bring_about(cloud, disk, after.nodes)
    cloud.watch = lambda call: None
    assert {"a", "b"} <= disk.state.records.keys()
    assert bring_about(cloud, disk, after.nodes).complete
    assert bring_about(cloud, disk, {}).complete
    assert cloud.items == {}


def test_a_finished_change_records_only_what_the_thing_needs_now(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, graph(old="", new="", a="old").nodes)
    bring_about(cloud, disk, graph(old="", new="", a="new").nodes)
    assert disk.state.records["a"].depends_on == ("new",)


def test_a_half_made_thing_stays_creating_until_it_is_whole(cloud: FakeCloud, disk: Disk) -> None:
    nodes = one(Thing(name="a", labels={"stage": "test"})).nodes
    failing(cloud, "change a labels.stage")
    bring_about(cloud, disk, nodes)
    bring_about(cloud, disk, nodes)
    assert statuses(disk.state) == {"a": "creating"}
    assert disk.state.records["a"].outputs["id"] == cloud["a"].id


def test_a_change_is_sent_with_the_new_id_of_what_was_made_again(cloud: FakeCloud, disk: Disk) -> None:
    nodes = graph(a="", b="a").nodes
    bring_about(cloud, disk, nodes)
    del cloud.items[cloud["a"].id]  # somebody forced it
    plan = planned(cloud, disk.state, nodes)
    assert [change.action for change in plan.changes] == [Action.CREATE, Action.UPDATE]
    assert run(cloud, disk, plan).complete
    assert cloud["b"].needs == [cloud["a"].id]
    assert planned(cloud, disk.state, nodes).work == ()


def test_a_change_is_sent_with_references_filled_in_also_inside_of_entries(cloud: FakeCloud, disk: Disk) -> None:
    sent: list[Difference] = []

    class Listener(Thing):
        def update(self, aws: Cloud, outputs: Any, differences: Sequence[Difference]) -> Any:
            sent.extend(differences)
            return super().update(aws, outputs, differences)

    def wanted(labels: dict[str, str]) -> Graph:
        made = graph(a="")
        made.add("b", Listener(name="b", labels=labels))
        return made

    bring_about(cloud, disk, wanted({}).nodes)
    del cloud.items[cloud["a"].id]
    assert bring_about(cloud, disk, wanted({"of": "a is @{a.id}"}).nodes).complete
    assert sent == [Difference("labels", "of", None, f"a is {cloud['a'].id}")]


def test_the_outcome_of_nothing_is_complete() -> None:
    assert Outcome(NEW).complete


def test_more_changes_than_workers_all_get_done(cloud: FakeCloud, disk: Disk) -> None:
    many = {f"t{number}": "" for number in range(40)}
    assert bring_about(cloud, disk, graph(**many).nodes).complete
    assert len(cloud.items) == 40


# Things with a life of their own


def test_others_wait_until_a_thing_is_ready_and_get_the_outputs_that_it_has_then(cloud: FakeCloud, disk: Disk) -> None:
    wanted = one(Machine(name="a", size=3))
    wanted.add("b", Thing(name="b", shape=wanted.nodes["a"]["version"]))
    assert bring_about(cloud, disk, wanted.nodes).complete
    assert cloud.calls == ["create a", "start a", "create b"]
    assert cloud["b"].shape == "3"
    assert disk.state.output("a", "version") == "3"


def test_what_does_not_get_ready_is_waited_for_again_by_the_next_run_and_not_made_twice(
    cloud: FakeCloud, disk: Disk
) -> None:
    failing(cloud, "start a")
    outcome = bring_about(cloud, disk, one(Machine(name="a")).nodes)
    assert [item.change.address for item in outcome.failed] == ["a"]
    assert (disk.state.records["a"].status, disk.state.output("a", "id")) == (Status.CREATING, cloud["a"].id)
    cloud.watch = lambda call: None
    assert bring_about(cloud, disk, one(Machine(name="a")).nodes).complete
    assert cloud.calls == ["create a", "start a"]
    assert statuses(disk.state) == {"a": "ready"}


def test_a_create_that_is_tried_again_is_the_same_life_and_one_after_an_end_is_another(cloud: FakeCloud, disk: Disk) -> None:
    nodes = one(Machine(name="a")).nodes
    lives = []
    failing(cloud, "create a")
    bring_about(cloud, disk, nodes)
    lives.append(disk.state.records["a"].generation)
    cloud.watch = lambda call: None
    bring_about(cloud, disk, nodes)
    lives.append(int(cloud["a"].tags["life"]))
    bring_about(cloud, disk, one(Machine(name="a", size=2)).nodes)
    assert disk.state.records["a"].generation == lives[-1]
    cloud.items.clear()
    bring_about(cloud, disk, nodes)
    lives.append(int(cloud["a"].tags["life"]))
    assert lives[0] == lives[1] < lives[2] == disk.state.records["a"].generation


def test_a_thing_that_ended_before_its_answer_was_known_begins_another_life(cloud: FakeCloud, disk: Disk) -> None:
    """Else its client token would bring back the one that ended, for a day and more."""
    failing(cloud, "start a")
    bring_about(cloud, disk, one(Machine(name="a")).nodes)
    first = disk.state.records["a"].generation
    cloud.items.clear()
    cloud.watch = lambda call: None
    bring_about(cloud, disk, one(Machine(name="a")).nodes)
    assert int(cloud["a"].tags["life"]) > first


def test_what_all_share_is_made_when_it_is_missing_and_never_deleted(cloud: FakeCloud, disk: Disk) -> None:
    bring_about(cloud, disk, one(Sun(name="a")).nodes)
    assert statuses(disk.state) == {"a": "ready"}
    assert bring_about(cloud, disk, {}).complete
    assert disk.state.records == {}
    assert cloud.calls == ["create a"]
    assert bring_about(cloud, disk, one(Sun(name="a")).nodes).complete
    assert cloud.calls == ["create a"]
    assert statuses(disk.state) == {"a": "ready"}


def test_the_record_stays_true_where_what_the_plan_took_for_gone_is_there_and_was_tightened(
    cloud: FakeCloud, disk: Disk
) -> None:
    """A late "not there": the next run must still know what bootstrap made and that nothing was under way."""

    class Fence(Thing):
        updates = replace(Thing.updates, strictness={"size": Smaller()})

    nodes = one(Fence(name="a", size=5)).nodes
    bring_about(cloud, disk, nodes)
    before = disk.state.records["a"]
    cloud["a"].size = 3
    plan = make_plan(nodes, disk.state, {"a": None}, ACCOUNTS, restore)
    [failed] = run(cloud, disk, plan).failed
    assert failed.error == "thing a exists after all, and was changed outside bootstrap: size"
    assert "Run the same command again" in failed.advice
    assert (cloud["a"].size, disk.state.records["a"]) == (3, before)
    assert bring_about(cloud, disk, nodes).complete
    assert cloud["a"].size == 3


@pytest.mark.parametrize("kind", [Thing, Bucket], ids=lambda kind: kind.kind)
@pytest.mark.parametrize("hidden", [0, 1], ids=["shown", "hidden once more"])
def test_killed_before_it_finds_that_what_it_took_for_gone_is_there_what_somebody_removed_stays_removed(
    kind: type[Thing], hidden: int, cloud: FakeCloud, disk: Disk
) -> None:
    class Fence(kind):  # type: ignore[misc, valid-type]
        updates = replace(kind.updates, strictness={"labels": Removable()})

    nodes = one(Fence(name="a", labels={"in": "x", "out": "y"})).nodes
    bring_about(cloud, disk, nodes)
    del cloud["a"].labels["out"]
    cloud.life = Life(ends_at=2)
    with suppress(Crash):
        run(cloud, disk, make_plan(nodes, disk.state, {"a": None}, ACCOUNTS, restore))
    cloud.life = Life()
    assert statuses(disk.state) == {"a": "creating"}
    if hidden:
        [failed] = run(cloud, disk, make_plan(nodes, disk.state, {"a": None}, ACCOUNTS, restore)).failed
        assert failed.error.endswith("exists after all, and was changed outside bootstrap: labels.out")
    assert bring_about(cloud, disk, nodes).complete
    assert cloud["a"].labels == {"in": "x"}
    assert (disk.state.records["a"].properties["labels"], disk.state.earlier) == ({"in": "x", "out": "y"}, {})


def test_killed_in_the_middle_of_making_it_again_what_is_missing_of_the_new_one_is_added(
    cloud: FakeCloud, disk: Disk
) -> None:
    class Fence(Thing):
        updates = replace(Thing.updates, strictness={"labels": Removable()})

    nodes = one(Fence(name="a", labels={"in": "x", "out": "y"})).nodes
    for ends_at, after in [(2, True), (3, True), (4, True)]:  # the creating call, its outputs, the first label
        bring_about(cloud, disk, nodes)
        cloud.items.clear()
        cloud.life = Life(ends_at=ends_at, after=after)
        with suppress(Crash):
            bring_about(cloud, disk, nodes)
        cloud.life = Life()
        assert bring_about(cloud, disk, nodes).complete
        assert cloud["a"].labels == {"in": "x", "out": "y"}
