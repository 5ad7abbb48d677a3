"""Long lines on a terminal: broken between words, and never inside a command; in a pipe, a fact stays on one line."""

import io
import re
from collections.abc import Callable

import pytest
from rich.text import Text

from bootstrap.core import commands
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.views.plan import legend, plan_lines
from bootstrap.views.screen import Line, Screen
from bootstrap.views.wrapping import wrapped
from tests.support.canned import PLAN

COMMAND = "bootstrap create --integration upsolver-vpc --name upsolver-vpc --state 's3://a/b' --sandbox --overwrite role"
LINES = {
    "      why: Manages your Athena tables, as the page says": [
        "      why: Manages your Athena tables,",
        "        as the page says",
    ],
    "  * tag owner: added by somebody else, left alone": ["  * tag owner: added by somebody else,", "    left alone"],
    "1. Open the settings of the integration, then go on": ["1. Open the settings of the integration,", "   then go on"],
    "Plan: 3 to create, 2 to change, 1 to delete": ["Plan: 3 to create, 2 to change, 1 to", "  delete"],
    f"To set it back to what bootstrap sets, run: {COMMAND}": [
        "To set it back to what bootstrap sets,",
        "  run:",
        f"  {COMMAND}",
    ],
    f"      {COMMAND}": [f"      {COMMAND}"],
    f"Ask for it; `{COMMAND}` prints it": ["Ask for it;", f"  `{COMMAND}` prints it"],
    f"see {'x' * 60} there": ["see", f"  {'x' * 60}", "  there"],
    f"or see: {'x' * 39}": ["or see:", "x" * 39],
    "short": ["short"],
    "日本語" * 8: ["日本語" * 8],
}


@pytest.mark.parametrize("text", LINES)
def test_a_line_breaks_between_words_and_not_in_a_command(text: str) -> None:
    assert [piece.plain for piece in wrapped(Text(text), 40)] == LINES[text]


LONG = "s3://" + "x" * 30
BUILT: dict[str, Callable[[], str]] = {
    "a command of bootstrap": lambda: commands.bootstrap(
        "create", "upsolver-vpc", org_id="acme", flags=["--sandbox"], state=LONG
    ),
    "one of AWS": lambda: commands.aws("s3", "mb", arguments=[LONG], region="us-east-1"),
    "one of any program": lambda: commands.command("/opt/my python/bin/python", "-m", "pip", "install", arguments=[LONG]),
    "one that env runs": lambda: commands.before(
        "env -u BOOTSTRAP_STATE", commands.quoted("bootstrap", "create", "--sandbox", LONG)
    ),
    "several": lambda: commands.chained(
        commands.command("cp", "-p", arguments=["a", "b"]), commands.command("mv", arguments=["b", LONG])
    ),
    "options": lambda: commands.quoted("--existing-bucket", LONG, "--yes"),
    "strange words": lambda: commands.bootstrap(
        "state", "rm", arguments=["a  b", "c\\d e", "-x  y"], name="two: words", region=LONG
    ),
}


@pytest.mark.parametrize("kind", BUILT)
@pytest.mark.parametrize(
    "text", ["{}", "  {}", "To go on, run it again with: {}", "1. Say {} to whoever comes, and then go on, or run: {}"]
)
@pytest.mark.parametrize("columns", [40, 80])
def test_whatever_is_built_to_be_typed_stays_whole(kind: str, text: str, columns: int) -> None:
    command = BUILT[kind]()
    line = text.replace("{}", command)
    pieces = [piece.plain for piece in wrapped(Line(line), columns)]
    assert sum(piece.count(command) for piece in pieces) == text.count("{}")
    assert " ".join(piece.strip() for piece in pieces) == line.strip()
    assert all(len(piece) <= columns for piece in pieces if command not in piece)


def test_a_piece_keeps_its_colors() -> None:
    line = Line("  ! ", style="red").append("a word " * 20, "green")
    assert all("green" in [span.style for span in piece.spans] for piece in wrapped(line, 40))
    assert all(piece.cell_len <= 40 for piece in wrapped(line, 40))


def test_nothing_is_wrapped_where_there_is_no_room() -> None:
    assert len(list(wrapped(Text("a word " * 20), 20))) == 1


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_plan_fits_the_terminal(width: int) -> None:
    console = Screen(file=io.StringIO(), width=width, force_terminal=True, legacy_windows=False)
    for line in (*plan_lines(PLAN, verbose=False, columns=console.columns), legend(PLAN, "create")):
        console.print(line)
    assert isinstance(console.file, io.StringIO)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())
    assert max(map(len, shown.splitlines())) <= width
    whole = " ".join(line.plain for line in plan_lines(PLAN, verbose=False))
    usual = (" will be created", " up to date") if width < 120 else ()
    words = [word for word in whole.split() if word not in " ".join(usual).split()]
    assert [word for word in words if word not in shown.split()] == []


def test_forced_colors_in_a_pipe_do_not_wrap_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = Screen(file=io.StringIO(), width=80)
    assert console.columns is None
    console.print("a word " * 30)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().count("\n") == 1


def test_the_legend_explains_the_symbols_of_this_plan_once() -> None:
    bucket = S3Bucket(name="acme-logs")
    made = Change(address="a", action=Action.CREATE, resource=bucket, reason="will be created")
    assert legend(Plan((made, made)), "create").plain == "Symbols: + create"
    assert legend(Plan((made, made)), "status").plain == "Symbols: + gone"
    assert legend(PLAN, "create").plain == (
        "Symbols: + create, ~ change, - delete, x forget the record, = no change, ! blocked, * added by somebody else"
    )
