"""A plan that was agreed to is run, and an error says what is left and how to go on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.events import Event
from bootstrap.core.state import State
from bootstrap.engine.prepare import Prepared, Report, apply
from bootstrap.errors import Interrupted, RunFailed, lines
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.progress import Confirm, Interruptible, Show
from bootstrap.operations.unsaved_state import UnsavedState


@contextmanager
def holding(backend: Backend, doing: str) -> Iterator[None]:
    """Holds the lock of a state, unless the caller holds it already. Raises StateLocked."""
    if backend.is_locked:
        yield
        return
    with backend.lock(doing):
        yield


def agreed(prepare: Callable[[], Prepared], review: Callable[[Prepared], None], confirm: Confirm | None) -> Prepared | None:
    """The plan that is to be run, or None where the person said no. `review` raises for what must not go on.

    A person takes time to answer: the account is looked at once more, and the person is asked again if it changed.
    """
    prepared = prepare()
    while True:
        review(prepared)
        if confirm is None or prepared.plan.refused or not (prepared.plan.work or prepared.is_edited):
            return prepared
        if not confirm(prepared):
            return None
        if not prepared.plan.work:
            return prepared
        latest = prepare()
        if latest.plan == prepared.plan:
            return latest
        prepared = latest


def run_plan(
    prepared: Prepared,
    backend: Backend,
    show: Show,
    invocation: Invocation,
    interruptible: Interruptible,
    flags: Sequence[str],
) -> Report:
    """Runs the plan. Raises RunFailed or Interrupted, saying what is left and how to go on.

    `flags` are what further commands need to be about the same place. A state that could not be saved goes into a file.
    """
    unsaved = UnsavedState(backend, flags)

    def event(event: Event) -> None:
        with suppress(OSError):  # whoever read this has gone (| head), but what was begun is brought to an end
            show.event(event)

    def leaving() -> str:
        unlock = f"The lock stays. To remove it, run: {backend.unlocking}" if backend.unlocking else ""
        return lines(unlock, unsaved.kept())

    with interruptible(leaving) as stop:
        try:
            with unsaved.reported():
                report = apply(prepared, unsaved, event, stop)
        finally:
            show.finished()
    outcome = report.outcome
    if outcome.complete:
        return report
    left = [item.change.address for item in outcome.failed] + [item.change.address for item in outcome.skipped]
    words = f"{len(left)} of {len(prepared.plan.work)} changes were not done: {', '.join(left)}"
    way = lines(f"What was done is recorded in {backend.where}. To go on, run: {invocation.again(())}")
    if prepared.stored is None:  # in a deployment that was there before, taking back is hardly what is wanted
        sign_ins = _profiles(prepared.state, flags)
        back = commands.bootstrap("destroy", name=prepared.state.deployment, flags=[*flags, *sign_ins])
        way = lines(way, f"To take back what was made, run: {back}")
    if outcome.interrupted:
        raise Interrupted(f"stopped; {words}", way)
    raise RunFailed(words, way)


def _profiles(state: State, flags: Sequence[str]) -> list[str]:
    """The options that keep the profiles of the inputs, where --profile would override them."""
    named = {alias: way.profile for alias, way in state.sign_ins.items() if way.profile and not way.role_arn}
    return [word for alias, name in named.items() for word in ("--sign-in", f"{alias}={name}") if _has_profile(flags)]


def _has_profile(flags: Sequence[str]) -> bool:
    """A value that begins with a dash stands in the same word."""
    return any(flag == "--profile" or flag.startswith("--profile=") for flag in flags)


@contextmanager
def finishing() -> Iterator[None]:
    """For what is left to do when the work is done: Ctrl-C, or a full disk behind stdout, is no failure of it any more."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RunFailed(
            f"the work was done and is recorded, but the output cannot be written: {error.strerror or error}",
            f"Make room for it. What there is: {commands.bootstrap('status')}, {commands.bootstrap('outputs')}.",
        ) from error
    except KeyboardInterrupt:
        raise Interrupted("interrupted after the work was done; it is recorded") from None
