"""What every refusal has in common: one clear error, what to do about it, the right exit code, and nothing changed."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import Bootstrap, Ran, tree, writes
from tests.support.wire import Wire

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, and what no file can hold."""


def shows_nothing_to_obey(ran: Ran) -> None:
    assert not CONTROL.search(ran.out + ran.err), ascii(ran.out + ran.err)[-2000:]


def is_one_clear_error(ran: Ran, code: int) -> str:
    """What the error tells. Text goes to stderr only; with --json it is the last object on stdout."""
    assert ran.code == code, ran.err + ran.out
    shows_nothing_to_obey(ran)
    if ran.err:
        assert ran.out == ""
        assert [line.startswith("Error: ") for line in ran.err.splitlines()].count(True) == 1, ran.err
        told, advice = ran.err.split("Error: ")[1].split("\n", 1)
    else:
        assert [item["type"] for item in ran.objects].count("error") == 1
        error = ran.last("error")
        assert error == ran.objects[-1]
        assert error["exit_code"] == code
        told, advice = error["message"], error["advice"]
    assert advice.strip(), f"no advice: {told}"
    assert "Traceback" not in ran.err
    assert not re.match(r"unexpected \w+: ", told)
    assert "report what it shows" not in advice
    assert ran.err.isprintable() or len(ran.err) < 10_000, "nobody reads an error of this length"
    return told + "\n" + advice


Refused = Callable[..., str]
"""Takes a command line, more words as they are, and the exit code; gives what the error told and advised."""


def refusing(bootstrap: Bootstrap, cloud: Wire, folder: Path) -> Refused:
    """Runs commands that must be refused, as text and with --json, and change nothing in AWS or in the folder."""

    def refused(line: str, *words: str, code: int, with_json: bool = True) -> str:
        before = tree(folder)
        with cloud.recorded() as calls:
            told = is_one_clear_error(bootstrap(line, *words), code)
            if with_json:
                same = is_one_clear_error(bootstrap(line, *words, "--json"), code)
                assert same[:12] == told[:12]
        assert writes(calls) == []
        assert tree(folder) == before
        return told

    return refused


def there(files: Mapping[str, bytes], environment: Mapping[str, str | None], patch: pytest.MonkeyPatch) -> None:
    """Writes the files into the current folder, and sets the variables (None: unsets)."""
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    for name, value in environment.items():
        patch.delenv(name, raising=False)
        if value is not None:
            patch.setenv(name, value)
