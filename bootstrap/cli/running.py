"""Running a plan from the command line: Ctrl-C, events to the view, and what to type when something is left."""

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from bootstrap.aws.session import Session
from bootstrap.backends.address import SCHEME, s3_address
from bootstrap.checks.policy_warnings import warnings
from bootstrap.checks.simulation import preflight
from bootstrap.cli import terminal
from bootstrap.cli.errored import UnsavedState
from bootstrap.cli.place import is_terminal
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.events import Event
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Plan
from bootstrap.core.state import State
from bootstrap.engine.executor import Stop
from bootstrap.engine.prepare import Prepared, Report, apply
from bootstrap.errors import Interrupted, PlanRefused, RunFailed, StateError, UsageError, lines
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import View
from bootstrap.views.json import JsonView
from bootstrap.views.text import TextView


def view_for(json: bool, *, plan_is_result: bool = False) -> View:
    return JsonView() if json else TextView(plan_is_result=plan_is_result)


def show_identity(view: View, session: Session, *, sandbox: bool) -> None:
    view.identity([(item.account, item.arn) for item in session.identities.values()], sandbox=sandbox)
    if len(session.accounts) > len({account.id for account in session.accounts.values()}):
        view.note(f"{' and '.join(session.accounts)} are the same account.")


def show_plan(prepared: Prepared, recipe: Integration, view: View, *, verbose: bool) -> None:
    """The plan of a create, and what a person should know before they agree to it."""
    view.plan(prepared.plan, verbose=verbose, purpose="create")
    for text in prepared.notes:
        view.note(f"Note: {text}")
    for text in warnings(prepared, recipe):
        view.note(f"Warning: {text}")


def check_apart(where: str, state: State, advice: str, plan: Plan | None = None) -> None:
    """Raises StateError for a state in a bucket that its own deployment makes: destroy would take it along."""
    if not where.startswith(SCHEME):
        return
    records = [record for record in state.records.values() if record.kind == "s3_bucket"]
    wanted = [change.resource.label for change in plan.changes if change.resource.kind == "s3_bucket"] if plan else []
    named = {name for record in records for name in (record.outputs.get("name"), record.properties.get("name"))}
    if s3_address(where).bucket in {*named, *wanted}:
        raise StateError(f"{where} is in a bucket of the deployment {state.deployment}: destroy would take it along", advice)


def moving(name: str, flags: Sequence[str]) -> str:
    """The advice where a state has to be moved away."""
    there = commands.option("--to", f"s3://ANOTHER-BUCKET/{name}.json")
    migrate = commands.bootstrap("state", "migrate", name=name, flags=[*flags, *there])
    return f"Nothing was changed. Name another place with --state; if the state is there already, run: {migrate}"


def check_allowed(prepared: Prepared, view: View, *, wanted: bool) -> None:
    """Asks AWS whether the plan would be allowed, and shows what is not. Raises PlanRefused with all that is missing.

    A plan with nothing to do takes nothing. What is unknown stops nothing, nor what only a later destroy would miss:
    somebody else may be the one who takes away.
    """
    if not wanted or prepared.plan.refused:
        return
    found = preflight(prepared)
    if found.missing or found.unknown:
        view.preflight(found, every=False)
    if any(not item.later for item in found.missing):
        raise missing_permissions_error(found, view)
    if found.missing:
        view.note(
            f"Warning: you may make this, and not take it away again: {_permissions(found)} missing. "
            "Ask for the policy above before you need it."
        )


def missing_permissions_error(found: Preflight, view: View) -> PlanRefused:
    """The error that names all missing permissions, which the view has shown."""
    way = (
        "Ask for the policy above, or sign in as somebody who may. If you know better than the simulation: "
        "create, plan and destroy take --no-preflight."
    )
    view.note(way)
    return PlanRefused(
        f"{_permissions(found)} missing; nothing was changed",
        [f"{item.need.action} on {item.need.arn}: {item.why} ({item.need.reason})" for item in found.missing],
        way,
        shown=True,
    )


def _permissions(found: Preflight) -> str:
    number = len(found.missing)
    return "1 permission is" if number == 1 else f"{number} permissions are"


def must_be_agreed(yes: bool, question: str) -> bool:
    """Whether to ask. Raises UsageError where nobody can answer: neither hang nor go ahead."""
    if yes:
        return False
    if not is_terminal():
        raise UsageError(f"{question} needs a yes, and there is no terminal to ask at", "Add --yes.")
    return True


def confirmed(question: str) -> bool:
    forget_typed_ahead()
    return terminal.confirm(question)


def forget_typed_ahead() -> None:
    """What was typed before the plan was shown is no answer to it."""
    with suppress(termios.error, ValueError):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def run_plan(prepared: Prepared, backend: Backend, view: View, flags: Sequence[str]) -> Report:
    """Runs the plan. Raises RunFailed or Interrupted, saying what is left and how to go on.

    `flags` are what further commands need to be about the same place. A state that could not be saved goes into a file.
    """
    unsaved = UnsavedState(backend, flags)

    def show(event: Event) -> None:
        with suppress(OSError):  # whoever read this has gone (| head), but what was begun is brought to an end
            view.event(event)

    def leaving() -> str:
        unlock = f"The lock stays. To take it away: {backend.unlocking}" if backend.unlocking else ""
        return lines(unlock, unsaved.kept())

    with interruptible(leaving) as stop:
        try:
            with unsaved.reported():
                report = apply(prepared, unsaved, show, stop)
        finally:
            view.finished()
    outcome = report.outcome
    if outcome.complete:
        return report
    left = [item.change.address for item in outcome.failed] + [item.change.address for item in outcome.skipped]
    words = f"{len(left)} of {len(prepared.plan.work)} changes were not done: {', '.join(left)}"
    way = lines(f"What was done is recorded in {backend.where}. To go on, run: {command_line()}")
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


def command_line(flags: Sequence[str] = ()) -> str:
    """What the user typed, as they can type it again, with further `flags`, which stand before a `--` of theirs."""
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    return commands.typed("bootstrap", *words[:end], *flags, *words[end:])


@contextmanager
def interruptible(left: Callable[[], str] = lambda: "") -> Iterator[Stop]:
    """Ctrl-C (and SIGTERM) once: start nothing more. Twice: leave; the state says what was under way.

    `left` does what must be done before leaving so, and returns what to say of it.
    """
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)  # a third time must not cut short what is done before leaving
            if os.isatty(2):
                os.write(2, b"\x1b[?25h")  # the live lines hid the cursor
            told = "Left while calls were under way. Run the same command again: it looks for what they did."
            terminal.say_at_once(told)  # before what may take a while
            if more := left():
                terminal.say_at_once(more)
            os._exit(130)
        stop.ask()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
