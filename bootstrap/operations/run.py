"""Runs a plan that was confirmed; an error says what is left and how to go on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from bootstrap.core import commands
from bootstrap.core.adoption import give_back_advice
from bootstrap.core.backend import Backend
from bootstrap.core.events import Event, Failed, Skipped, Started, Succeeded
from bootstrap.core.plan import Action
from bootstrap.core.state import State
from bootstrap.engine.prepare import Prepared, Report, apply
from bootstrap.errors import Interrupted, RunFailed, lines
from bootstrap.operations import edited_state
from bootstrap.operations.callbacks import Confirm, Interruptible, Show
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.preflight import check_permitted
from bootstrap.operations.unsaved_state import UnsavedState


@contextmanager
def holding(backend: Backend, doing: str) -> Iterator[None]:
    """Holds the lock of a state, unless the caller holds it already. Raises StateLocked."""
    if backend.is_locked:
        yield
        return
    with backend.lock(doing):
        yield


def review(
    prepared: Prepared,
    where: str,
    show: Show,
    invocation: Invocation,
    *,
    asked: bool = False,
    accept_edited_state: bool = True,
    check_permissions: bool,
) -> None:
    """Shows a plan, and checks what must be right before it is run: the state, unless it is accepted as edited, and the
    caller's permissions. Raises StateError or PlanRefused."""
    show.plan(prepared)
    if not prepared.plan.refused:
        edited_state.check(prepared.stored, where, invocation, asked=asked, accepted=accept_edited_state)
    if check_permissions:
        check_permitted(prepared, show)


def agreed(prepare: Callable[[], Prepared], review: Callable[[Prepared], None], confirm: Confirm | None) -> Prepared | None:
    """The plan to run, or None if the person said no. `review` raises if the plan must not be run.

    A person takes time to answer: the account is read once more, and the person is asked again if the plan has changed.
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
    on_last: Callable[[], None] = lambda: None,
) -> Report:
    """Runs the plan. Raises RunFailed or Interrupted, saying what is left and how to go on.

    A state that could not be saved goes into a file. `on_last` is called when no change is left to start.
    """
    flags = invocation.state_flags
    unsaved = UnsavedState(backend, flags)
    waiting = {change.address for change in prepared.plan.work}

    def emit(event: Event) -> None:
        if isinstance(event, Started | Succeeded | Failed | Skipped) and event.change.address in waiting:
            waiting.remove(event.change.address)
            if not waiting:
                on_last()
        with suppress(OSError):  # the reader has gone (| head), but the run still finishes
            show.event(event)

    def leaving() -> str:
        unlock = f"The lock stays. To remove it, run: {backend.unlocking}" if backend.unlocking else ""
        return lines(unlock, unsaved.kept())

    with interruptible(leaving) as stop:
        try:
            with unsaved.reported():
                report = apply(prepared, unsaved, emit, stop)
        finally:
            show.finished()
    outcome = report.outcome
    if outcome.complete:
        return report
    left = [item.change.address for item in outcome.failed] + [item.change.address for item in outcome.skipped]
    words = f"{len(left)} of {len(prepared.plan.work)} changes were not done: {', '.join(left)}"
    way = lines(f"What was done is recorded in {backend.where}. To go on, run: {invocation.again(())}")
    adopted = [change.address for change in prepared.plan.work if change.action is Action.ADOPT]
    if adopted:  # somebody else created it, so a destroy is not the way back
        way = lines(way, give_back_advice(adopted, outcome.state, flags))
    elif prepared.stored is None:  # nobody wants to delete a deployment that existed before
        sign_ins = _profiles(prepared.state, flags)
        back = commands.bootstrap("destroy", name=prepared.state.deployment, flags=[*flags, *sign_ins])
        way = lines(way, f"To delete what was created, run: {back}")
    if outcome.interrupted:
        raise Interrupted(f"stopped; {words}", way)
    raise RunFailed(words, way)


def _profiles(state: State, flags: Sequence[str]) -> list[str]:
    """The options that keep the profiles of the inputs, where --profile would override them."""
    named = {alias: way.profile for alias, way in state.sign_ins.items() if way.profile and not way.role_arn}
    return [word for alias, name in named.items() for word in ("--sign-in", f"{alias}={name}") if _has_profile(flags)]


def _has_profile(flags: Sequence[str]) -> bool:
    """A value that begins with a dash is in the same word as its flag."""
    return any(flag == "--profile" or flag.startswith("--profile=") for flag in flags)


@contextmanager
def finishing(see: str) -> Iterator[None]:
    """For the steps after the work: Ctrl-C, or a full disk behind stdout, does not make the work a failure. `see` is the
    command that shows the result again."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RunFailed(
            f"the work was done and is recorded, but the output cannot be written: {error.strerror or error}",
            f"Free some space. To see the result, run: {see}",
        ) from error
    except KeyboardInterrupt:
        raise Interrupted("interrupted after the work was done; it is recorded") from None
