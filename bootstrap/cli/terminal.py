"""What a verb prints and asks beside its view. Nothing else in `cli/` does: what others wrote stays on its line here too,
and no terminal obeys it."""

import os
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext, redirect_stdout, suppress
from io import StringIO
from typing import Any

import typer

from bootstrap.core.printable import lines_of, printable


def say(text: str = "", *, err: bool = False) -> None:
    """Prints the text: a result, or with `err` anything else, which is wrapped on a terminal. A result may be copied."""
    if err and sys.stderr is not None and sys.stderr.isatty():
        from bootstrap.views.screen import Screen

        Screen(stderr=True).print(text)
    else:
        typer.echo(_shown(text), err=err)


def say_above(text: str, style: str = "") -> None:
    """Prints the text to stderr, wrapped and colored as the plan above a question."""
    from bootstrap.views.screen import Line, Screen

    Screen(stderr=True).print(Line(text, style=style))


def say_data(content: Any) -> None:
    """Prints the content as one JSON document."""
    from bootstrap.views.json import as_json

    typer.echo(as_json(content, indent=2))


def say_result(text: str) -> None:
    """Prints a result that has been made for the screen or for a program already."""
    sys.stdout.write(text)


def say_at_once(text: str) -> None:
    """Prints the text from within a signal, when stderr may be in use."""
    os.write(2, f"\n{_shown(text)}\n".encode())


def say_at_once_on_stderr(text: str) -> None:
    """Prints one line from any thread, in a single write."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{_shown(text)}\n")
            sys.stderr.flush()


def show_help(context: typer.Context) -> None:
    typer.echo(context.get_help())


ANSWER = "Type an answer and press Enter, or press Ctrl-C to stop."


def prompt(question: str, default: str | None = None, expected: str = ANSWER) -> str:
    """The answer, which is not blank unless there is a default: `expected` then says what is to be typed, and it is asked
    again."""
    shown = f"{printable(question)} [{default}]" if default else printable(question)
    while not (answer := _answer(shown, default or "")).strip() and default is None:
        say(expected, err=True)
    return answer


def confirm(question: str) -> bool:
    """Whether the answer is yes; Enter means no. Anything else is asked again."""
    while True:
        answer = _answer(f"{printable(question)} [y/N]", "").strip().lower()
        if answer in ("", "n", "no", "y", "yes"):
            return answer.startswith("y")
        say("Type y to agree, or n to leave everything as it is.", err=True)


def _answer(question: str, default: str) -> str:
    """The answer; of a question that is wider than the terminal, all but the last line is printed above it."""
    from bootstrap.views.screen import Line, Screen
    from bootstrap.views.wrapping import wrapped

    *above, last = wrapped(Line(f"{question}: "), Screen(stderr=True).columns or 0)
    for line in above:
        say(line.plain, err=True)
    with _beside_result():
        return str(typer.prompt(last.plain.rstrip(), default, show_default=False, prompt_suffix=" ", err=True))


def _beside_result() -> AbstractContextManager[Any]:
    """typer writes the last character of a question to stdout, where a result for a file is collected with --output."""
    return redirect_stdout(sys.stderr) if isinstance(sys.stdout, StringIO) else nullcontext()


def show_traceback(error: BaseException) -> None:
    from bootstrap.aws.redaction import redacted_traceback

    print(_shown(redacted_traceback(error)), file=sys.stderr)


def show_warnings() -> None:
    """What the libraries warn of goes the same way from now on; what they would log, nobody asked for."""
    import logging

    def shown(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        print(_shown(f"{category.__name__}: {message}"), file=sys.stderr)

    warnings.showwarning = shown
    logging.getLogger().addHandler(logging.NullHandler())


def _shown(text: str) -> str:
    return "\n".join(map(printable, lines_of(text)))
