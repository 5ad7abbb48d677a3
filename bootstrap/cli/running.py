"""What the commands share that run a plan: what is shown, what is asked, and Ctrl-C."""

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from bootstrap.aws.session import Session
from bootstrap.cli import terminal
from bootstrap.cli.place import Target, is_terminal
from bootstrap.core import commands
from bootstrap.core.events import Event
from bootstrap.core.receipt import Receipt
from bootstrap.core.state import State
from bootstrap.engine.executor import Stop
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import UsageError
from bootstrap.operations import edited
from bootstrap.operations.invocation import Invocation
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose, View
from bootstrap.views.json import JsonView
from bootstrap.views.text import TextView


def view_for(json: bool, *, plan_is_result: bool = False) -> View:
    return JsonView() if json else TextView(plan_is_result=plan_is_result)


def show_identity(view: View, session: Session, *, sandbox: bool) -> None:
    view.identity([(item.account, item.arn) for item in session.identities.values()], sandbox=sandbox)
    if len(session.accounts) > len({account.id for account in session.accounts.values()}):
        view.note(f"{' and '.join(session.accounts)} are the same account.")


def show_notes(view: View, prepared: Prepared) -> None:
    for text in prepared.notes:
        view.note(f"Note: {text}")


@dataclass(frozen=True)
class Shown:
    """Shows what an operation tells (`operations.progress.Show`) in a view."""

    view: View
    purpose: Purpose
    verbose: bool = False

    def note(self, text: str) -> None:
        self.view.note(text)

    def plan(self, prepared: Prepared, warnings: Sequence[str]) -> None:
        self.view.plan(prepared.plan, verbose=self.verbose, purpose=self.purpose)
        show_notes(self.view, prepared)
        for text in warnings:
            self.view.note(f"Warning: {text}")

    def preflight(self, found: Preflight) -> None:
        self.view.preflight(found, every=False)

    def event(self, event: Event) -> None:
        self.view.event(event)

    def finished(self) -> None:
        self.view.finished()

    def receipt(self, receipt: Receipt) -> None:
        self.view.receipt(receipt)


def warn_edited(view: View, state: State | None, where: str) -> None:
    if text := edited.warning(state, where):
        view.note(text)


def invocation(place: Target) -> Invocation:
    """The command as it was typed, for advice."""
    return Invocation(command_line, tuple(place.create_flags))


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


def command_line(flags: Sequence[str] = ()) -> str:
    """What the user typed, as they can type it again, with further `flags`, which stand before a `--` of theirs."""
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    return commands.quoted("bootstrap", *words[:end], *flags, *words[end:])


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
