"""What a person is asked at the terminal."""

import sys
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bootstrap.cli.terminal import confirm, prompt, say, say_above
from bootstrap.errors import BootstrapError, UsageError

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.operations.callbacks import Prepared


def is_terminal() -> bool:
    """Whether a person can be asked: they see the question and can enter an answer."""
    streams = (sys.stdin, sys.stderr)  # None where the descriptor was closed
    return all(stream is not None and stream.isatty() for stream in streams)


def should_ask(yes: bool, command: str) -> bool:
    """Whether to ask. Raises UsageError without --yes where nobody can answer: a command neither hangs nor goes ahead."""
    if yes:
        return False
    if not is_terminal():
        raise UsageError(f"{command} needs confirmation, and there is no terminal to ask at", "Add --yes.")
    return True


def confirmed(question: str) -> bool:
    drop_early_input()
    return confirm(question)


def confirm_plan(prepared: "Prepared") -> bool:
    """Whether the person agrees to a plan that was shown."""
    from bootstrap.operations import edited_state

    _show_losses(prepared)
    question = "Make these changes?" if prepared.plan.work else "Record it as it is now?"
    return confirmed(edited_state.question(prepared.stored, question))


def confirm_adopt(prepared: "Prepared") -> bool:
    """Whether the person agrees that what exists becomes part of the deployment."""
    from bootstrap.operations import edited_state

    number = len(prepared.plan.work)
    what, them = ("this resource", "it") if number == 1 else (f"these {number} resources", "them")
    return confirmed(edited_state.question(prepared.stored, f"Adopt {what}, so that destroy deletes {them}?"))


def confirm_destroy(prepared: "Prepared") -> bool:
    """Whether the person agrees to destroy a deployment, by its name."""
    from bootstrap.operations import edited_state

    _show_losses(prepared)
    drop_early_input()
    name = prepared.state.deployment
    what = f"Type {name} to destroy it"
    again = f"{what}, or press Ctrl-C to leave everything as it is."
    return prompt(edited_state.question(prepared.stored, what), expected=again).strip() == name


def _show_losses(prepared: "Prepared") -> None:
    """Repeats above the question what the answer destroys."""
    from bootstrap.core.loss import sentences

    for text in sentences(prepared.plan.loses):
        say_above(text, "bold red")


def drop_early_input() -> None:
    """What the user entered before the plan was shown does not answer it."""
    with suppress(termios.error, ValueError):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def ask_which(question: str, choices: Sequence[str], labels: Sequence[str] = (), *, first: bool = False) -> str:
    """One of the choices, which are shown by their labels; with `first`, that is the default."""
    say_above(question)
    for number, label in enumerate(labels or choices, start=1):
        say_above(f"  {number}. {label}")
    expected = "Type its number or its name."
    while True:
        answer = prompt("Type a number", "1" if first else None, expected)
        named = {text.lower(): choice for each in (labels, choices) for text, choice in zip(each, choices, strict=False)}
        if found := named.get(answer.strip().lower()):
            return found
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        say(expected, err=True)


def chosen_integration(name: str | None, *, ask: bool = True) -> str:
    """The name, or the answer of the person at the terminal. Raises UsageError where nobody can be asked."""
    from bootstrap.integrations import listed, names

    if name is not None:
        return name
    if not ask or not is_terminal():
        raise UsageError("no integration is named", f"Add --integration with one of: {', '.join(names())}.")
    usable = {key: each.title for key, each in listed().items() if not isinstance(each, BootstrapError)}
    titles = [f"{title} ({key})" for key, title in usable.items()]
    return ask_which("Which integration do you want to set up?", list(usable), titles)


def chosen_deployment(
    target: "Target", integration: str | None, name: str | None, note: Callable[[str], None], *, ask: bool = True
) -> tuple[str, str]:
    """What names the integration, and the name of the deployment that is created or changed: as given, else as recorded
    here, else as the person at the terminal answers. `note` hears which recorded one it is. Raises StateError or
    UsageError."""
    from bootstrap.integrations import name_of, recorded

    if integration is None:
        known = target.deployments() if name is None else [name]
        if name is None and len(known) > 1:
            if not ask or not is_terminal():
                raise UsageError(
                    "there are several deployments",
                    f"Add --name with one of: {', '.join(known)}. For a new one, add --integration.",
                )
            new = "a new one"
            name = ask_which("Which deployment do you want to change?", [*known, new])
            known = [] if name == new else [name]
            name = None if name == new else name
        backend = target.backend(known[0]) if known else None
        if backend and (stored := backend.load()):
            note(f"Deployment {stored.deployment} of {stored.integration}, recorded in {backend.where}")
            recorded(stored)
            return stored.word, name or stored.deployment
    integration = chosen_integration(integration, ask=ask)
    return integration, target.to_create(name, name_of(integration))
