"""Text for people, against checked-in files; and what no file shows: colours, pipes, verbosity."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from bootstrap.core.difference import Difference
from bootstrap.core.events import Progress, Started
from bootstrap.core.integration import Handoff
from bootstrap.core.loss import Loss
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.errors import BootstrapError, PlanRefused
from bootstrap.resources.batch.job_queue import BatchJobQueue
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.views import color
from bootstrap.views.plan import plan_lines, summary
from bootstrap.views.progress import Progressing
from bootstrap.views.screen import Screen
from bootstrap.views.text import TextView
from tests.support.canned import (
    ACCOUNTS,
    ALLOWED,
    CAGE,
    DEPLOYMENTS,
    EVENTS,
    FINDINGS,
    FIRST_BOOTS,
    HANDOFF,
    NOT_ASKED,
    NOTHING_TO_DO,
    PLAN,
    PREFLIGHT,
    RECEIPT,
    RECOVERED,
    REFUSED,
    ROLE,
    UNFINISHED,
    UNKNOWN_TO_ALL,
    matches,
)

Show = Callable[[TextView], None]


def plain() -> Screen:
    return Screen(file=io.StringIO(), width=80)


def terminal(width: int = 1_000) -> Screen:
    return Screen(file=io.StringIO(), width=width, force_terminal=True, legacy_windows=False)


def text_of(console: Screen) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def shown(show: Show, make: Callable[[], Screen] = plain) -> str:
    """All that a view wrote, results and the rest in one stream."""
    console = make()
    show(TextView(console, console))
    return text_of(console)


def run(view: TextView) -> None:
    seconds = iter(range(100))
    view.progress = Progressing(view.err, lambda: float(next(seconds)))
    for event in EVENTS:
        view.event(event)
    view.finished()


def plan(view: TextView) -> None:
    view.plan(PLAN, purpose="create")


def verbose_plan(view: TextView) -> None:
    view.verbose = True
    plan(view)


def verbose_cage(view: TextView) -> None:
    view.verbose = True
    view.cage(CAGE)


def error(view: TextView) -> None:
    view.error(REFUSED)


@pytest.fixture(autouse=True)
def usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


SHOWN: dict[str, Show] = {
    "preflight.txt": lambda view: view.preflight(PREFLIGHT, every=False),
    "preflight_every.txt": lambda view: view.preflight(PREFLIGHT, every=True),
    "preflight_allowed.txt": lambda view: view.preflight(ALLOWED, every=True),
    "preflight_short.txt": lambda view: view.preflight(ALLOWED, every=False),
    "preflight_root.txt": lambda view: view.preflight(UNKNOWN_TO_ALL, every=False),
    "preflight_not_asked.txt": lambda view: view.preflight(NOT_ASKED, every=True),
    "cage.txt": lambda view: view.cage(CAGE),
    "cage_verbose.txt": verbose_cage,
    "identity.txt": lambda view: view.identity(ACCOUNTS, sandbox=False),
    "identity_sandbox.txt": lambda view: view.identity(ACCOUNTS[:1], sandbox=True),
    "plan.txt": plan,
    "plan_verbose.txt": verbose_plan,
    "plan_nothing.txt": lambda view: view.plan(NOTHING_TO_DO, purpose="create"),
    "events.txt": run,
    "chain.txt": lambda view: view.chain(FINDINGS),
    "deployments.txt": lambda view: view.deployments(DEPLOYMENTS),
    "security.txt": lambda view: view.security(DEPLOYMENTS),
    "first_boots.txt": lambda view: view.first_boots(FIRST_BOOTS),
    "result.txt": lambda view: view.result("Done: 3 [changes].", HANDOFF, {}),
    "result_unfinished.txt": lambda view: view.result("Done.", UNFINISHED, {}),
    "error.txt": error,
    "receipt.txt": lambda view: view.receipt(RECEIPT),
    "recovered.txt": lambda view: view.recovered(RECOVERED),
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_text_is_the_one_that_was_approved(name: str) -> None:
    assert matches(name, shown(SHOWN[name]))


@pytest.mark.parametrize("name", SHOWN)
def test_a_pipe_gets_no_escape_codes(name: str) -> None:
    assert "\x1b" not in shown(SHOWN[name])


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "events.txt"])
def test_no_color_leaves_the_words_and_nothing_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(SHOWN[name], terminal) == shown(SHOWN[name])


def test_no_color_leaves_live_lines_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*m", shown(run, terminal))


@pytest.mark.parametrize("name", SHOWN)
def test_a_dumb_terminal_gets_what_a_pipe_gets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert shown(SHOWN[name], terminal) == shown(SHOWN[name])


COLORED = [
    ("auto", {}, False),
    ("auto", {"FORCE_COLOR": "1"}, True),
    ("auto", {"FORCE_COLOR": ""}, False),
    ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ("always", {}, True),
    ("always", {"NO_COLOR": "1"}, True),
    ("always", {"TERM": "dumb"}, True),
    ("never", {"FORCE_COLOR": "1"}, False),
]


@pytest.mark.parametrize(("choice", "variables", "is_colored"), COLORED)
def test_a_pipe_is_colored_where_somebody_says_so(
    choice: str, variables: dict[str, str], is_colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    color.choose(choice)
    try:
        text = shown(run)
    finally:
        color.choose("auto")
    assert bool(re.search(r"\x1b\[[0-9;]*m", text)) is is_colored
    assert matches("events.txt", re.sub(r"\x1b\[[0-9;]*m", "", text))  # and no lines that are drawn again


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "events.txt"])
def test_colour_repeats_what_the_words_say(name: str) -> None:
    colourful = shown(SHOWN[name], terminal)
    assert "\x1b[" in colourful
    assert re.sub(r"\x1b\[[0-9;]*m", "", colourful) == shown(SHOWN[name])


def test_a_terminal_gets_a_live_line_for_what_runs() -> None:
    console = terminal()
    view = TextView(console, console)
    view.event(EVENTS[0])
    assert view.progress.live is not None
    view.progress.live.refresh()
    assert "policy creating" in text_of(console)
    view.event(EVENTS[1])
    view.event(EVENTS[2])
    view.progress.live.refresh()
    assert "role changing" in text_of(console)
    assert "waiting for AWS to catch up" in text_of(console)
    view.finished()
    assert view.progress.live is None
    hidden, back = (text_of(console).rindex(code) for code in ("\x1b[?25l", "\x1b[?25h"))
    assert hidden < back  # the cursor


def test_an_error_ends_the_live_lines() -> None:
    console = terminal()
    view = TextView(console, console)
    view.event(EVENTS[0])
    view.error(BootstrapError("no"))
    assert view.progress.live is None


def test_a_pipe_gets_one_line_when_work_starts_and_one_when_it_ends() -> None:
    lines = shown(run).splitlines()
    assert lines[0] == "policy: creating"
    assert lines[3] == "+ policy created (2.0 s)"


def test_results_go_to_one_stream_and_the_rest_to_the_other() -> None:
    out, err = plain(), plain()
    view = TextView(out, err)
    for show in SHOWN.values():
        show(view)
    for word in ("Role ARN", "arn:aws:iam::123456789012:role/VendorRole", "connection.sql", "1. Open the [settings]."):
        assert word in text_of(out)
        assert word not in text_of(err).replace("* attached", "")
    for word in ("AWS account", "Plan:", "policy created", "Done: 3 [changes].", "Error:"):
        assert word in text_of(err)
        assert word not in text_of(out)


def test_a_plan_that_was_asked_for_is_a_result() -> None:
    out, err = plain(), plain()
    TextView(out, err, plan_is_result=True).plan(PLAN, purpose="create")
    assert "Plan: " in text_of(out)
    assert text_of(err) == ""


def test_verbose_shows_whole_policies_and_every_property() -> None:
    text = shown(verbose_plan)
    for content in (ROLE.trust, ROLE.inline_policies):
        printed = json.dumps(content, indent=2).splitlines()
        assert "\n".join(f"        {line}" for line in printed) in text
    assert '      encryption: "AES256"' in text
    assert "s3:GetObject" not in shown(lambda view: view.plan(Plan(PLAN.changes[:1]), purpose="create"))


def test_a_property_that_is_not_known_yet_says_so() -> None:
    text = shown(verbose_plan)
    assert "role_id: (known after create)" in text
    assert "@{" not in text


def test_the_end_of_a_plan_counts_only_what_there_is() -> None:
    assert summary(NOTHING_TO_DO, "create") == "No changes: everything is up to date."
    assert summary(Plan(()), "destroy") == "Nothing is left to destroy."
    assert summary(Plan(PLAN.changes[:1]), "create") == "Plan: 1 to create."
    assert summary(Plan(PLAN.changes[-2:]), "destroy") == "Plan: 1 to forget, 1 unchanged."
    drift = "Drift: 1 gone, 1 changed, 2 added by somebody else, 1 unchanged."
    assert summary(Plan((*PLAN.changes[:2], PLAN.changes[-1])), "status") == drift
    assert summary(NOTHING_TO_DO, "status") == "No changes: everything is up to date."


def test_long_lines_are_not_wrapped() -> None:
    assert any(len(line) > 80 for line in shown(plan).splitlines())


@pytest.mark.parametrize("make", [plain, terminal])
def test_what_a_terminal_would_obey_is_shown_and_not_obeyed(make: Callable[[], Screen]) -> None:
    hostile = "[red]a[/red] :key: \x1b]8;;https://evil\x07 \x9b2J \r \u202e \ud800"
    seen = r"[red]a[/red] :key: \x1b]8;;https://evil\x07 \x9b2J \r \u202e \ud800"
    shows: list[Show] = [
        lambda view: view.note(hostile),
        lambda view: view.error(BootstrapError(hostile, hostile)),
        lambda view: view.error(PlanRefused("no", [hostile])),
        lambda view: view.result(hostile, Handoff({hostile: hostile}), {}),
        lambda view: view.event(Progress(hostile, hostile)),
    ]
    for show in shows:
        text = re.sub(r"\x1b\[[0-9;]*m", "", shown(show, make))
        assert seen in text
        assert not re.search(r"[\x1b\x07\x9b\r\u202e\ud800]", text)


def test_an_error_that_quotes_a_whole_file_is_shortened() -> None:
    text = shown(lambda view: view.error(BootstrapError("not a name: " + "x" * 1_000_000, "Choose another.")))
    assert len(text) < 2_000
    assert "x [...] x" in text


def test_what_the_plan_has_shown_is_not_said_again() -> None:
    twice = PlanRefused("the plan cannot be applied", ["role: it is taken"], "Choose another name.", shown=True)
    text = shown(lambda view: view.error(twice))
    assert text == "Error: the plan cannot be applied\nSee the lines with ! above.\n"


@pytest.mark.parametrize("columns", ["0", "00", "x", "-1"])
def test_a_screen_without_columns_shows_all_the_same(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert shown(lambda view: view.note("hello"), lambda: Screen(file=io.StringIO())) == "hello\n"


def test_a_reader_that_went_away_does_not_end_the_process() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        TextView(Screen(file=Gone()), Screen(file=Gone())).note("hello")


def test_a_log_says_once_what_is_waited_for() -> None:
    def show(view: TextView) -> None:
        view.event(Started(PLAN.changes[0]))
        for text in ("it is CREATING", "it is CREATING", "it is UPDATING", "it is CREATING"):
            view.event(Progress(PLAN.changes[0].address, text))

    assert shown(show).splitlines()[1:] == ["policy: it is CREATING", "policy: it is UPDATING", "policy: it is CREATING"]


LOSSES = {
    "      - 3 jobs in queue spot (2 RUNNING, 1 RUNNABLE): stopped": Loss("jobs", "spot", "2 RUNNING, 1 RUNNABLE", 3),
    "      - volume vol-1 (100 GB) with everything on it: deleted for good": Loss("volume", "vol-1", bytes=100 * 1024**3),
}


@pytest.mark.parametrize("line", LOSSES)
def test_what_ends_with_a_delete_is_said_once_and_in_red(line: str) -> None:
    queue = BatchJobQueue(name="spot", priority=1, compute_environments=[])
    along = ("volume vol-1", "queue spot has 3 jobs under way (--terminate-jobs)")
    change = Change(address="q", action=Action.DELETE, resource=queue, reason="old", along=along, holds=(LOSSES[line],))
    shown = [each for each in plan_lines(Plan((change,)), verbose=False) if each.plain == line]
    assert [str(each.style) for each in shown] == ["bold red"]
    assert not [each for each in plan_lines(Plan((change,)), verbose=False) if "--terminate-jobs" in each.plain]
    kept = replace(change, action=Action.BLOCKED, refusal="it is protected")
    assert (kept.loses, Plan((kept,)).loses) == ((), ())


def test_a_warning_about_the_plan_goes_where_the_plan_goes() -> None:
    out, err = plain(), plain()
    view = TextView(out, err, plan_is_result=True)
    for text in ("Warning: before", "Note: before"):
        view.note(text)
    view.plan(PLAN, purpose="create")
    for text in ("Warning: after", "Note: after"):
        view.note(text)
    assert "\nWarning: after\n" in text_of(out)
    assert text_of(err) == "Warning: before\nNote: before\nNote: after\n"


def test_a_rule_without_a_description_is_not_shown_as_an_empty_text() -> None:
    """What somebody removed, kept; and what comes back."""
    out = Difference("egress", "all 0.0.0.0/0", None, "")
    group = Ec2SecurityGroup(name="vm", description="d", vpc="vpc-0123456789abcdef0")
    change = Change(address="group", action=Action.NOOP, resource=group, reason="up to date")
    kept, back = (
        "\n".join(str(line) for line in plan_lines(Plan((each,)), verbose=False))
        for each in (replace(change, kept=(out,)), replace(change, differences=(out,)))
    )
    assert "AWS does not have it; bootstrap adds it" in kept
    assert "egress.all 0.0.0.0/0: (none) -> (there, without a description)" in back
    assert '""' not in kept + back


def test_a_policy_that_is_not_there_is_nobodys_and_one_of_somebody_else_is_named_so() -> None:
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}}
    items = (
        Difference("deny", None, {}, deny),
        Difference("deny", None, None, {}),
        Difference("inline_policies", "x", {}, None),
    )
    change = Change(address="role", action=Action.UPDATE, resource=ROLE, reason="drift", differences=items)
    lines = [line.plain.strip() for line in plan_lines(Plan((change,)), verbose=False)][1:]
    assert lines == [
        "deny: (none) -> (1 statement: denies sts:* for everybody)",
        "deny: (none) -> (none)",
        "inline_policies.x: (somebody else's policy) -> (none)",
    ]
