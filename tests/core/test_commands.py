"""Commands are read by a shell as they were meant, whatever is in their words, and show what they are."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bootstrap.core import commands
from bootstrap.core.printable import printable

SHELLS = [shell for shell in ("sh", "dash", "bash", "ksh", "zsh", "fish") if shutil.which(shell)]
ODD = (
    "",
    "plain",
    "a b",
    "; touch pwned #",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned; \\'",
    "a\\",
    "& touch pwned &",
    "| touch pwned",
    "> pwned",
    "~root",
    "!!",
    "#",
    "*",
    "{a,b}",
    "=ls",
    "-x",
    "--yes",
    "%s%n",
    "line\nbreak\ntouch pwned\n#",
    "\ntouch pwned",
    "\r\t\x1b]0;title\x07\x7f",
    "-\x1b[31m%d\\012!",
    "\x9b31m\u202e\u2066\u200b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\udcff\udc80",
    "ünïcödé",
)


def read_by(shell: str, line: str, folder: Path) -> list[str]:
    """The words that a program gets when the line is typed there. Only our own programs are found."""
    program = folder / "bin" / "bootstrap"
    if not program.exists():
        program.parent.mkdir()
        program.write_text("#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n")
        program.chmod(0o700)
    where = shutil.which(shell) or shell
    ran = subprocess.run([where, "-c", line], capture_output=True, cwd=folder, env={"PATH": f"{folder}/bin"}, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, b""), line
    return ran.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_each_word_as_it_was_meant(shell: str, tmp_path: Path) -> None:
    for odd in ODD:
        line = commands.bootstrap("state", "rm", arguments=[odd, "b"], name=odd, flags=["--sandbox"], region=None)
        assert printable(line) == line
        if odd.startswith("-"):
            meant = ["state", "rm", f"--name={odd}", "--sandbox", "--", odd, "b"]
        else:
            meant = ["state", "rm", odd, "b", "--name", odd, "--sandbox"]
        assert read_by(shell, line, tmp_path) == meant
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=3))
def test_whatever_the_words_the_line_is_one_and_is_read_as_them(words: list[str]) -> None:
    line = commands.command("printf", "%s\\0", *words)
    assert printable(line) == line
    ran = subprocess.run(["sh", "-c", line], capture_output=True, timeout=60)
    meant = [commands.CANNOT_BE_TYPED if printable(word) != word and word.endswith("\n") else word for word in words]
    assert ran.stdout.decode().split("\0")[:-1] == meant


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "ends\n", "x" * 5000, "\x01" + "x" * 5000])
def test_what_no_shell_can_pass_on_is_said_and_harms_nothing(value: str) -> None:
    assert commands.bootstrap("state", "unlock", arguments=[value]) == (
        "bootstrap state unlock '(a value that cannot be typed)'"
    )


@pytest.mark.parametrize("value", ["lab", "my lab", "-lab", "--profile", "a=b"])
def test_the_value_of_an_option_is_found_among_its_words(value: str) -> None:
    flags = ["--state", "s3://a/b", *commands.option("profile", value), "--region", "eu-west-1"]
    assert commands.option_value("--profile", flags) == value
    assert commands.option_value("--sign-in", flags) is None
    assert (
        commands.connection_options(commands.option_value("--profile", flags), commands.option_value("--region", flags))
        == flags[2:]
    )


def test_other_programs_are_typed_in_the_same_way() -> None:
    assert commands.aws("s3", "mb", arguments=["s3://acme"]) == "aws s3 mb s3://acme"
    assert commands.aws("sso", "login", profile="-x") == "aws sso login --profile=-x"
    assert commands.command("mv", arguments=["-old name", "new"]) == "mv -- '-old name' new"
    assert commands.option("--sign-in", "s3=prod") == ["--sign-in", "s3=prod"]
