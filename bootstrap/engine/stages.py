"""Runs a plan that replaces resources in two stages: all deletes, with their records, before anything is created again.

So an interrupted run leaves what any run leaves: a record of what is being deleted, or none of what is gone. Settings that
pass on to the new resource are recorded before the delete (`core/previous_record.py`).
"""

import time
from dataclasses import replace

from bootstrap.core.events import Skipped
from bootstrap.core.plan import Plan
from bootstrap.core.state import State
from bootstrap.engine.executor import Emit, Outcome, Save, Scoped, Stop, Times, execute


def run(
    plan: Plan,
    state: State,
    scoped: Scoped,
    save: Save,
    emit: Emit,
    stop: Stop | None,
    stale_at: float,
    settle: float,
) -> Outcome:
    """As `executor.execute`. The reads of the plan are relied on until `stale_at`, in seconds of the monotonic clock. If a
    delete fails, the second stage is skipped."""
    outcome = Outcome(state)
    for stage in plan.stages:
        if outcome.complete:
            times = Times(stale_at - time.monotonic(), settle)
            outcome = execute(stage, outcome.state, scoped, save, emit, stop, times)
            continue
        skipped = tuple(Skipped(change, "the resource to replace was not deleted") for change in stage.work)
        for each in skipped:
            emit(each)
        outcome = replace(outcome, skipped=(*outcome.skipped, *skipped))
    return outcome
