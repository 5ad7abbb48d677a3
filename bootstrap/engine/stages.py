"""A plan that replaces things is run in two stages: all that goes is gone, and its record too, before it is made again.

So a run that is cut off leaves what any run leaves: a record of what is being deleted, or none of what is not there. What
the new one is to have of the old one is recorded before the delete (`core/previous_record.py`).
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
    """As `executor.execute`; `stale_at`, in seconds of the monotonic clock, is until when the plan's look at AWS is relied
    on. What comes after something that could not be deleted is skipped."""
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
