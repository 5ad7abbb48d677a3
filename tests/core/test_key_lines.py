"""On which line a key stands, in TOML and JSON."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.key_lines import KeyPath, key_lines, line_of
from bootstrap.core.place import Place, shown_path
from bootstrap.errors import UsageError

ROOT = Path(__file__).parents[2]
TOML = '''# a = 1
top = "x"  # [not.a.table]
[a.b]
"quoted key" = 1
dotted.key = [
  "one", # two
  { inner = 1,
    more = 2 },

]
text = """
fake = 1
[fake]
\\"""" """
'raw' = \'\'\'
fake = 2\'\'\'
when = 2026-01-01T10:00:00
[[list]]
x = 1
[list.sub]
y = 1
[[list]]
x = 2
[list.sub]
y = 2
[[list.deep]]
z = 1
[[list.deep]]
z = 2
'''
LINES: dict[KeyPath, int] = {
    ("top",): 2,
    ("a",): 3,
    ("a", "b"): 3,
    ("a", "b", "quoted key"): 4,
    ("a", "b", "dotted"): 5,
    ("a", "b", "dotted", "key"): 5,
    ("a", "b", "dotted", "key", 0): 6,
    ("a", "b", "dotted", "key", 1): 7,
    ("a", "b", "dotted", "key", 1, "inner"): 7,
    ("a", "b", "dotted", "key", 1, "more"): 8,
    ("a", "b", "text"): 11,
    ("a", "b", "raw"): 15,
    ("a", "b", "when"): 17,
    ("list",): 18,
    ("list", 0): 18,
    ("list", 0, "x"): 19,
    ("list", 0, "sub"): 20,
    ("list", 0, "sub", "y"): 21,
    ("list", 1): 22,
    ("list", 1, "x"): 23,
    ("list", 1, "sub"): 24,
    ("list", 1, "sub", "y"): 25,
    ("list", 1, "deep"): 26,
    ("list", 1, "deep", 0): 26,
    ("list", 1, "deep", 0, "z"): 27,
    ("list", 1, "deep", 1): 28,
    ("list", 1, "deep", 1, "z"): 29,
}


def test_each_key_and_element_of_toml_has_its_line() -> None:
    assert key_lines(TOML, is_json=False) == LINES


def test_each_key_and_element_of_json_has_its_line() -> None:
    text = '{\n "a": {"b": [1,\n  {"c:": "x,}"},\n  []]},\n "\\u0064": -1.5e3\n}'
    assert key_lines(text, is_json=True) == {
        ("a",): 2,
        ("a", "b"): 2,
        ("a", "b", 0): 2,
        ("a", "b", 1): 3,
        ("a", "b", 1, "c:"): 3,
        ("a", "b", 2): 4,
        ("d",): 5,
    }


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from paths(each, (*path, key))


FILES = [ROOT / "pyproject.toml", *sorted((ROOT / "tests" / "integrations" / "files").glob("*.toml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_all_keys_of_real_files_have_lines_and_no_others(path: Path) -> None:
    text = path.read_text()
    content = tomllib.loads(text)
    assert set(key_lines(text, is_json=False)) == set(paths(content))
    assert set(key_lines(json.dumps(content, default=str), is_json=True)) == set(paths(content))


def test_what_has_no_line_has_that_of_the_table_around_it() -> None:
    lines = key_lines(TOML, is_json=False)
    assert line_of(lines, ("a", "b", "missing", 3)) == 3
    assert line_of(lines, ("missing",)) == 0


def test_an_error_names_the_file_the_line_and_the_key() -> None:
    place = Place("x.toml", TOML).at("list", 1, "sub", "y")
    with pytest.raises(UsageError, match=r"^x\.toml, line 25: list\[1\]\.sub\.y: must be 3$") as caught:
        place.refuse("must be 3", "Write 3.")
    assert caught.value.advice == "Write 3."
    assert Place("x.toml", TOML).words == "x.toml"


def test_a_key_is_shown_as_people_write_it_and_on_one_line() -> None:
    assert shown_path(("a", "b c", 0, "d-e")) == 'a."b c"[0].d-e'
    assert shown_path(("\x1b[2J\n",)) == r'"\x1b[2J\n"'
    assert len(shown_path(("k" * 9_000,))) < 200
