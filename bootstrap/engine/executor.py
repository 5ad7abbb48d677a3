"""The executor runs a plan on threads. Only it calls the methods of resources that change something.

The thread of the caller owns the state and the screen: it saves an intent before a call goes out and the result after it,
and it emits every event. Workers only call AWS and put the results into a queue. A change starts as soon as its own
dependencies allow it (`order.py`); it does not wait for a whole level of the graph.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bootstrap.aws.explain import explain
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import differences
from bootstrap.core.events import Event, Failed, Progress, Skipped, Started, Stopping, Succeeded
from bootstrap.core.flags import DELETE_FOREIGN, DETACH_FOREIGN
from bootstrap.core.live import Outputs
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.plan_records import record_of
from bootstrap.core.planner import owner_of
from bootstrap.core.reference import resolve
from bootstrap.core.state import Record, State, Status
from bootstrap.core.write_ahead import record_before_call
from bootstrap.engine.messages import Created, Done, Errored, Stripped
from bootstrap.engine.order import Order
from bootstrap.engine.outcome import Outcome as Outcome, Stop as Stop
from bootstrap.engine.ownership_checks import create_or_adopt, still_nobodys, still_ours
from bootstrap.errors import StalePlan
from bootstrap.permissions.operator import Need, needs_of_change

WORKERS = 10

REST = "What it held is gone, and it is still there. The next run deletes it."
Save = Callable[[State], State]
Emit = Callable[[Event], None]
Scoped = Callable[[Change, Record, Callable[[str], None]], Cloud]
"""Returns the `Cloud` for a change, from its record as saved so far and a callback for progress."""


@dataclass(frozen=True)
class Times:
    """`fresh` is for how many more seconds the reads of the plan are relied on; `settle` is as in `cloud.Timing`; `clock`
    returns the seconds since 1970 for the records."""

    fresh: float = 30
    settle: float = 0
    clock: Callable[[], float] = time.time


def execute(
    plan: Plan, state: State, scoped: Scoped, save: Save, emit: Emit, stop: Stop | None = None, times: Times = Times()
) -> Outcome:
    """Runs the plan. `save` stores a state and returns it with its new serial. Refused changes are skipped.

    Errors of changes become events and are part of the outcome. Only an error of `save` is raised, once running changes end.
    """
    return _Run(plan, state, scoped, save, emit, stop or Stop(), times).run()


class _Run:
    def __init__(self, plan: Plan, state: State, scoped: Scoped, save: Save, emit: Emit, stop: Stop, times: Times) -> None:
        self.changes = {change.address: change for change in plan.changes}
        self.order = Order(self.changes)
        self.state, self.scoped, self.save, self.emit, self.stop = state, scoped, save, emit, stop
        self.saved = state
        self.stale_at = time.monotonic() + times.fresh
        self.settle, self.clock = times.settle, times.clock
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.tasks: queue.SimpleQueue[tuple[Change, bool, State] | None] = queue.SimpleQueue()
        self.running: dict[str, Change] = {}
        self.stripped: set[str] = set()
        """The deletes of which the first half is done."""
        self.failed: dict[str, Failed] = {}
        self.skipped: dict[str, Skipped] = {}
        self.save_error: Exception | None = None
        self.ended: list[Succeeded | Failed | Skipped] = []
        """What is shown after the next save."""
        self.unsaved = self.announced = False

    def run(self) -> Outcome:
        self.stop.wake(self.messages)
        # Daemon threads: a second Ctrl-C must not wait for a call that hangs.
        workers = [threading.Thread(target=self.work, daemon=True) for _ in range(min(WORKERS, len(self.changes)))]
        for worker in workers:
            worker.start()
        while self.order.is_active():
            self.save_and_start(self.startable())
            if not self.running:
                continue
            self.receive(self.messages.get())
            while not self.messages.empty():
                self.receive(self.messages.get())
        self.save_and_start([])
        for _ in workers:
            self.tasks.put(None)
        if not self.save_error and self.state.records != self.saved.records:
            self.keep()  # records of what is up to date, since the last save
        if self.save_error:
            raise self.save_error
        return Outcome(self.state, tuple(self.failed.values()), tuple(self.skipped.values()), self.stop.asked)

    def startable(self) -> list[tuple[Change, bool]]:
        """The changes that may start now, or their first half (False). What needs no call is done on the way."""
        begin: list[tuple[Change, bool]] = []
        while ready := self.order.ready():
            for address, whole in ready:
                change = self.changes[address]
                if address in self.failed:
                    self.order.done(address)
                elif change.action is Action.NOOP:
                    if (change.record or change.resource.identifiers.shared) and not self.skip_reason(change):
                        # Not earlier: a new edge to what is not done yet could close a circle with that one's old edges.
                        self.state = self.ready(change, change.outputs or {})
                    self.order.done(address)
                elif because := self.skip_reason(change):
                    self.skip(change, whole, because)
                elif change.action is Action.FORGET:
                    self.finish(change, self.state.drop(address), {})
                else:
                    begin.append((change, whole))
        return begin

    def save_and_start(self, begin: Sequence[tuple[Change, bool]]) -> None:
        """One save for all results that came in, and for the intents of what starts now, before the workers get that."""
        results = self.state
        starting = [change for change, _ in begin if change.address not in self.stripped]
        if starting and not self.save_error:
            self.state, self.unsaved = self.intended(starting), True
        is_saved = self.keep() if self.unsaved else True
        if not is_saved:
            self.state = results  # none of them starts
        for event in self.ended:
            if is_saved or event.change.action is not Action.FORGET:  # what AWS did is shown, even if that is not recorded
                self.emit(event)
        self.ended.clear()
        for change, whole in begin:
            if because := self.skip_reason(change) if self.save_error else "":
                self.skip(change, whole, because)
                continue
            self.running[change.address] = change
            if change in starting:
                self.emit(Started(change))
            self.tasks.put((change, whole, self.state))

    def skip(self, change: Change, whole: bool, because: str) -> None:
        if not whole:
            self.order.half_done(change.address)  # the other half will be skipped, too
            return
        if change.address in self.stripped:
            self.failed[change.address] = Failed(change, f"its delete has begun, but {because}", REST)
            self.ended.append(self.failed[change.address])
        else:
            self.skipped[change.address] = Skipped(change, because)
            self.ended.append(self.skipped[change.address])
        self.order.done(change.address)

    def skip_reason(self, change: Change) -> str:
        """Why a change is skipped; "" if it is not."""
        if self.save_error:
            return "the state could not be saved"
        if change.refusal:
            return f"the plan refuses it: {change.refusal}"
        for address in (*self.order.needs[change.address], *change.deleted_before):
            if address in self.failed or address in self.skipped:
                return f"it needs {address}, which was not done"
        return "the run was stopped" if self.stop.asked else ""

    def ready(self, change: Change, outputs: Outputs) -> State:
        resource = change.resource.resolved(self.state.output)
        now = self.state.records.get(change.address)
        record = record_of(change, resource, Status.READY, outputs, now.generation if now else 0)
        return self.state.put(record) if change.action is Action.NOOP else self.written(record)

    def intended(self, begin: Iterable[Change]) -> State:
        """The state with the intents. A resource that is created again may still exist, so its old record is remembered."""
        earlier = [change.record for change in begin if change.action is Action.CREATE and change.record]
        return self.written(*(record_before_call(change, self.state) for change in begin)).remember(earlier)

    def deleted(self, address: str) -> State:
        """The state without the record; settings that pass on to a new resource stay remembered."""
        record, state = self.state.records[address], self.state.drop(address)
        return state.remember([record]) if record.kept else state

    def written(self, *records: Record) -> State:
        """The state with these records, which get the current time."""
        return self.state.put(*(replace(record, recorded_at=int(self.clock())) for record in records))

    def receive(self, message: Any) -> None:
        match message:
            case None if not self.announced:
                self.announced = True
                self.emit(Stopping(tuple(self.running)))
            case Progress():
                self.emit(message)
            case Created(address, outputs):
                self.state = self.written(replace(self.state.records[address], outputs=dict(outputs)))
                self.unsaved = True
                self.order.half_done(address)
            case Stripped(address):
                self.running.pop(address)
                self.stripped.add(address)
                self.order.half_done(address)
            case Done(address, outputs):
                change = self.running.pop(address)
                delete = change.action is Action.DELETE
                self.finish(change, self.deleted(address) if delete else self.ready(change, outputs), outputs)
            case Errored(address, error, whole):
                change = self.running.pop(address)
                self.failed[address] = Failed(change, error.message, error.advice, error.denial)
                self.ended.append(self.failed[address])
                if isinstance(error, StalePlan) and (earlier := change.record) and address not in self.stripped:
                    # Nothing was changed: the old record is still true.
                    self.state, self.unsaved = self.state.put(earlier), True
                (self.order.done if whole else self.order.half_done)(address)

    def finish(self, change: Change, after: State, outputs: Outputs) -> None:
        self.state, self.unsaved = after, True
        self.ended.append(Succeeded(change, outputs))
        self.order.done(change.address)

    def keep(self) -> bool:
        """Saves the state. If that fails, nothing new starts, and the first error is raised at the end."""
        self.unsaved = False
        try:
            self.state = self.saved = self.save(self.state)
        except Exception as error:  # whatever it is: running changes are finished and shown
            self.save_error = self.save_error or error
            return False
        return True

    def work(self) -> None:
        while task := self.tasks.get():
            change, whole, state = task
            try:
                outputs = self.apply(change, whole, state)
                self.messages.put(Done(change.address, outputs) if whole else Stripped(change.address))
            except Exception as error:
                # In the worker, as decoding a denial may take another call to AWS.
                aws, needs = self.aws(change, state), partial(self.needs, change, state)
                known = explain(error, None, aws.decoded, needs, aws.account, aws.authorization_details)
                self.messages.put(Errored(change.address, known, whole))

    def aws(self, change: Change, state: State) -> Cloud:
        return self.scoped(
            change, state.records[change.address], lambda text: self.messages.put(Progress(change.address, text))
        )

    def needs(self, change: Change, state: State) -> Iterable[Need]:
        """The permissions of the change. It counts all flags: a call that needs one is only made if it was given."""
        with suppress(Exception):
            known = replace(change, resource=change.resource.resolved(state.output))
            flags = (DELETE_FOREIGN, DETACH_FOREIGN, known.resource.deletion.force_flag)
            return needs_of_change(known, state.accounts, state.deployment, flags)
        return ()

    def apply(self, change: Change, whole: bool, state: State) -> Outputs:
        aws = self.aws(change, state)
        owner = owner_of(state, change.address)
        match change.action:
            case Action.CREATE:
                resource = change.resource.resolved(state.output)
                earlier = state.earlier.get(change.address)
                record = state.records[change.address] if earlier else change.record
                live = create_or_adopt(resource, aws, owner, self.settle, change.if_taken, record, earlier)
                self.messages.put(Created(change.address, live.outputs))
                return resource.checked_ready(aws, resource.update(aws, live.outputs, differences(resource, live)))
            case Action.ADOPT:
                resource = change.resource.resolved(state.output)
                if time.monotonic() > self.stale_at:
                    still_nobodys(change, resource, aws, owner)
                return resource.update(aws, change.outputs or {}, change.differences)
            case Action.UPDATE:
                resource = change.resource.resolved(state.output)
                if time.monotonic() > self.stale_at:
                    still_ours(change, resource, aws, owner, self.settle)
                wanted = [replace(item, after=resolve(item.after, state.output)) for item in change.differences]
                return resource.checked_ready(aws, resource.update(aws, change.outputs or {}, wanted))
            case _:
                assert change.record is not None
                resource = change.resource
                if time.monotonic() <= self.stale_at or still_ours(change, resource, aws, owner, self.settle):
                    halves = self.order.halves(change)
                    step = (halves.remove if whole else halves.strip) if halves else resource.delete
                    step(aws, change.outputs or {})
                return {}
