"""The words of a command: which of them say how its errors are shown."""

import json
from collections.abc import Sequence

import pytest

from bootstrap import cli
from bootstrap.cli.command_line import CommandLine

NO_DEPLOYMENT = "there is no deployment"


@pytest.mark.parametrize(
    ("words", "as_json"),
    [
        (["status", "--json"], True),
        (["--json", "statu"], True),
        (["status", "--jsn", "--json"], True),
        (["status"], False),
        (["outputs", "--", "--json"], False),
        (["outputs", "--name", "--json"], False),
        (["state", "path", "--state", "--json"], False),
    ],
)
def test_an_error_is_json_only_where_json_is_an_option(
    words: Sequence[str], as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(list(words)) in (1, 64)
    printed = capsys.readouterr()
    assert (printed.out == "", printed.err == "") == (not as_json, as_json)
    if as_json:
        assert json.loads(printed.out)["type"] == "error"


@pytest.mark.parametrize(
    ("words", "traced"), [(["status", "--debug"], True), (["outputs", "--name", "--debug"], False), (["status"], False)]
)
def test_only_an_option_shows_the_traceback(words: list[str], traced: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(words) == 1
    printed = capsys.readouterr().err
    assert NO_DEPLOYMENT in printed
    assert ("Traceback" in printed) == traced


def test_further_flags_stand_before_the_arguments() -> None:
    line = CommandLine.of(["outputs", "--name", "a b", "--", "-x"])
    assert line.again(["--yes"]) == "bootstrap outputs --name 'a b' --yes -- -x"
