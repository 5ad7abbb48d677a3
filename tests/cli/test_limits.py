"""Files of inputs and policies that are too long, or take long to read: one clear error each, at once."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Bootstrap
from tests.support.watchdog import no_hang

TOO_LONG = " " * 100_001
FILES: dict[str, tuple[str, str, str]] = {
    "a long inputs file": ("in.toml", TOO_LONG, "--inputs: cannot read in.toml: it has more than 100,000 bytes"),
    "a long JSON file": ("in.json", TOO_LONG, "--inputs: cannot read in.json: it has more than 100,000 bytes"),
    "a name of many parts": ("in.toml", "a." * 40_000 + "b = 1", "a name in it has too many parts"),
    "a quoted name of many parts": ("in.toml", "'a'.\"b\"." * 9_000 + "b = 1", "a name in it has too many parts"),
    "a table of many parts": ("in.toml", "[" + "a." * 40_000 + "b]", "a name in it has too many parts"),
    "texts without an end, of several lines": ("in.toml", '"""\n\\' * 19_000, "is not TOML"),
    "texts without an end, of one line": ("in.toml", '"\\' * 49_000, "is not TOML"),
    "deep lists": ("in.toml", "a = " + "[" * 90_000, "is not TOML"),
    "a number of many digits": ("in.json", '{"a": ' + "9" * 90_000 + "}", "is not JSON"),
    "many values": ("in.json", json.dumps({"tag": [f"a{n}=b" for n in range(2_000)]}), "--tag: is given 2,000 times"),
}


@pytest.mark.parametrize("name", FILES)
def test_an_inputs_file_that_would_hang_is_one_clear_error(name: str, in_process: Bootstrap) -> None:
    file, text, told = FILES[name]
    Path(file).write_text(text)
    with no_hang():
        ran = in_process(f"plan --integration upsolver-vpc --inputs {file} --sandbox")
    assert ran.code == 64
    assert told in ran.err
    assert ran.err.count("Error: ") == 1


def test_texts_with_many_dots_are_fine_in_an_inputs_file(in_process: Bootstrap) -> None:
    Path("in.toml").write_text('external_id = "1' + ".1" * 30 + "\"\norg_id = 'acme' # " + "." * 50 + '\nx = "."\n')
    assert "upsolver-vpc has no input x" in in_process("plan --integration upsolver-vpc --inputs in.toml --sandbox").err


def test_a_file_without_an_end_is_not_read(in_process: Bootstrap) -> None:
    ran = in_process("plan --integration upsolver-data-access --trusted-entity /dev/zero --bucket raw-data --sandbox")
    assert (ran.code, "/dev/zero: it is not a regular file" in ran.err) == (64, True)


def test_a_name_that_stands_twice_among_very_many_is_found(in_process: Bootstrap) -> None:
    names = ",".join(f'"a{number}":0' for number in range(70_000))
    Path("twice.json").write_text(f'{{{names},"x":0,"x":0}}')
    with no_hang():
        ran = in_process("lint twice.json")
    assert (ran.code, "the key 'x' is there twice" in ran.err) == (64, True)


def test_113_bytes_do_not_hang_lint(in_process: Bootstrap) -> None:
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":"iam:*' + "*?" * 12 + 'xx"}}'
    Path("small.json").write_text(text)
    assert len(text) == 113
    with no_hang():
        assert "no action matches" in in_process("lint small.json").out
