"""Names that others chose, in all that verbs print: what a shell makes of the commands, and a terminal of the rest."""

import json
import re
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.explain import explain
from bootstrap.backends.file import FileBackend
from bootstrap.cli import terminal
from bootstrap.cli.command_line import CommandLine
from bootstrap.cli.target import Target
from bootstrap.core.live import Live
from bootstrap.core.name_conflicts import taken_advice
from bootstrap.core.owner import Owner
from bootstrap.core.printable import printable
from bootstrap.errors import BootstrapError, lines
from bootstrap.operations.state_location import moving
from bootstrap.operations.unsaved_state import UnsavedState
from tests.aws.test_explain import of_the_sdk
from tests.cli.conftest import STATE, VPC, Bootstrap, Ran
from tests.conftest import MakeScope
from tests.support.fakes import NEW, Thing
from tests.support.hostile import FAKED, TYPED

TOOLS = ("bootstrap", "aws", "mv", "touch")
FAKE_LINES = ("Plan: 0 to delete", "Run: rm", "Error: faked", "Done: 3 changes.")
A_COMMAND = re.compile(r"(?:^|[: `(])((?:bootstrap|aws|mv|kill|ssh|pip) .*)$", re.MULTILINE)


@pytest.fixture
def typed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[list[str]]]:
    """Types a line in a shell that knows our programs only, and gives the words that each was called with."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "bin").mkdir()
    (folder / "empty").mkdir()
    for name in TOOLS:
        program = folder / "bin" / name
        program.write_text(
            f"#!/bin/sh\nprintf '%s\\0' {name} \"$@\" >> {folder}/called\nprintf '\\n\\0' >> {folder}/called\n"
        )
        program.chmod(0o700)

    def typed(line: str) -> list[list[str]]:
        (folder / "called").write_bytes(b"")
        subprocess.run(["/bin/sh", "-c", line], cwd=folder / "empty", env={"PATH": f"{folder}/bin"}, capture_output=True)
        called = (folder / "called").read_bytes().decode("utf-8", "surrogateescape")
        assert list((folder / "empty").iterdir()) == []
        return [words.split("\0")[:-1] for words in called.split("\n\0")[:-1]]

    return typed


def printed(text: str) -> list[str]:
    """The commands in a text, each to the end of its line."""
    return A_COMMAND.findall(text)


def of_a_foreign_state(odd: str) -> str:
    owner = Owner("prod", "a", odd)
    return taken_advice(
        Thing.identifiers.if_taken, Live(outputs={}, properties={}, owner=owner), NEW, Target(region=odd).flags
    )


def of_a_copied_state(odd: str) -> str:
    return Target(sandbox=True, region=odd).destroying("prod", FileBackend(Path(odd)))


def of_a_state_that_is_not_saved(odd: str) -> str:
    class Full:
        def save(self, state: Any) -> Any:
            raise BootstrapError("full")

    unsaved = UnsavedState(Full(), Target(profile=odd, state=odd).flags, begun=True)
    with pytest.raises(BootstrapError) as raised, unsaved.reported():
        unsaved.save(NEW)
    return raised.value.advice


ADVISED: dict[str, tuple[Callable[[str], str], int]] = {
    "the lineage of a thing of the same name, and the region": (of_a_foreign_state, 2),
    "a profile without a sign-in": (lambda odd: explain(of_the_sdk("UnauthorizedSSOTokenError"), odd).advice, 1),
    "the path of a copied state": (of_a_copied_state, 2),
    "where a state could not be saved": (of_a_state_that_is_not_saved, 2),
    "a state in a bucket of its own": (lambda odd: moving("prod", Target(profile=odd).flags), 1),
}
"""Advice with a value in it, and how often it stands in a command."""


@pytest.mark.parametrize("odd", TYPED, ids=ascii)
@pytest.mark.parametrize("name", ADVISED)
def test_a_name_in_an_advised_command_is_one_word_and_nothing_else_is_run(
    name: str, odd: str, typed: Callable[[str], list[list[str]]]
) -> None:
    advise, times = ADVISED[name]
    text = advise(odd)
    assert all(printable(line) == line for line in text.split("\n"))
    called = [words for line in printed(text) for words in typed(line)]
    assert called
    assert {words[0] for words in called} <= {"bootstrap", "aws", "mv"}
    options = [
        word.partition("=")[2] if word.startswith("--") and "=" in word else word for words in called for word in words
    ]
    assert options.count(odd) == times


@pytest.mark.parametrize("odd", TYPED, ids=ascii)
def test_what_was_typed_is_typed_again_as_it_was(odd: str, typed: Callable[[str], list[list[str]]]) -> None:
    words = ["bootstrap", "create", "--tag", odd, f"--state={odd}"]
    assert typed(CommandLine.of(words[1:]).again()) == [words]


@pytest.mark.parametrize("odd", TYPED, ids=ascii)
def test_the_command_that_takes_a_lock_away_works_whatever_the_lock_says_its_id_is(
    odd: str, bootstrap: Bootstrap, scope: MakeScope, typed: Callable[[str], list[list[str]]]
) -> None:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket="acme-state")
    s3.put_bucket_versioning(Bucket="acme-state", VersioningConfiguration={"Status": "Enabled"})
    lock = {"id": odd, "doing": f"create\nRun: {odd}", "user": odd, "host": odd, "pid": 1, "since": odd}
    s3.put_object(Bucket="acme-state", Key="prod.json.lock", Body=json.dumps(lock).encode())
    ran = bootstrap(f"create {VPC} --name prod --state s3://acme-state/prod.json --yes")
    assert ran.code == 1
    check_lines(ran)
    [line] = printed(ran.err)
    [words] = typed(line)
    assert words[:3] == ["bootstrap", "state", "unlock"]
    assert words[3].isalnum()  # what no lock of ours has for an id is named by its ETag
    assert bootstrap("state unlock --yes", *words[3:]).code == 0
    assert "Contents" not in s3.list_objects_v2(Bucket="acme-state")


def check_lines(ran: Ran) -> None:
    for text in (ran.out, ran.err):
        assert text.replace("\n", "").isprintable()


VERBS = (
    "state list",
    "state show",
    "state show --json",
    "state path",
    "outputs",
    "outputs --json",
    "status",
    "status --json",
    "status --check-chain --verbose",
    "destroy --dry-run",
    "destroy --yes",
    "destroy --yes --json",
    f"plan {VPC}",
    f"create {VPC} --yes",
    f"check {VPC}",
    f"permissions {VPC} --explain",
    "state rm athena --yes",
    "state import nothing --yes",
    f"recover {VPC} --yes",
)


@pytest.fixture
def edited(bootstrap: Bootstrap) -> Callable[[str], None]:
    """Writes a value into everything in the state that no check at its loading keeps plain."""
    assert bootstrap(f"create {VPC} --yes").code == 0
    made = json.loads(STATE.read_text())

    def edit(value: str) -> None:
        content = json.loads(json.dumps(made))
        content["handoff"] = {
            "values": {f"label {value}": value, **content["handoff"]["values"]},
            "steps": [value, f"a {value}"],
            "files": {"a.txt": f"one\n{value}"},
            "commands": {f"Log in {value}": ["ssh", value]},
        }
        content["lineage"] = value
        content["wanted"] = [*content["wanted"], value]
        content["inputs"]["external_id"] = value
        for record in content["records"]:
            record["outputs"] = {
                name: text if text.startswith("arn:") else value for name, text in record["outputs"].items()
            }
            if record["address"] == "cloudformation":
                record["address"] = value
        STATE.parent.mkdir(exist_ok=True)
        STATE.write_text(json.dumps(content))

    return edit


@pytest.mark.parametrize("line", VERBS)
def test_no_verb_prints_what_a_terminal_obeys_or_a_line_that_is_none_of_ours(
    line: str, bootstrap: Bootstrap, edited: Callable[[str], None]
) -> None:
    for value in ("plain", *FAKED):
        edited(value)
        ran = bootstrap(line)
        check_lines(ran)
        assert "unexpected" not in ran.err
        shown = (ran.out + ran.err).splitlines()
        assert not any(text.startswith(FAKE_LINES) for text in shown)


def test_an_output_is_one_line_and_a_file_keeps_its_lines(bootstrap: Bootstrap, edited: Callable[[str], None]) -> None:
    edited("x\n\x1b[31mPlan: 0 to delete.")
    assert bootstrap("outputs", "a.txt").out == "one\nx\n\\x1b[31mPlan: 0 to delete.\n"
    label = next(line for line in bootstrap("outputs").out.splitlines() if line.startswith("label "))
    assert label.count(r"x\n\x1b[31mPlan: 0 to delete.") == 2


def test_completion_offers_no_name_that_a_terminal_would_obey(
    bootstrap: Bootstrap,
    edited: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = {**json.loads(STATE.read_text()), "deployment": "\x1b]0;title\x07\nfake"}
    Path("odd.json").write_text(json.dumps(content))
    monkeypatch.setenv("_BOOTSTRAP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "bootstrap status --state odd.json --name ")
    monkeypatch.setenv("COMP_CWORD", "5")
    with pytest.raises(SystemExit):
        bootstrap("")
    offered = capsys.readouterr().out
    assert "fake" not in offered
    assert offered.replace("\n", "").isprintable()


@pytest.mark.parametrize("value", FAKED, ids=ascii)
def test_what_a_verb_says_beside_its_view_keeps_it_on_its_line(value: str, capfd: pytest.CaptureFixture[str]) -> None:
    terminal.say(f"a {value}")
    terminal.say(lines(f"a {value}", value), err=True)
    terminal.say_data({value: value})
    terminal.say_at_once(f"a {value}")
    try:
        raise BootstrapError(value, value)
    except BootstrapError as error:
        error.add_note(value)
        terminal.show_traceback(error)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        terminal.show_warnings()
        warnings.warn(value, stacklevel=1)
    printed = capfd.readouterr()
    for text in (printed.out, printed.err):
        assert text.replace("\n", "").isprintable()
        assert not any(line.startswith(FAKE_LINES) for line in text.splitlines())
