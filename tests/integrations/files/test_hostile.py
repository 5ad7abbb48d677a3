"""Whatever a file holds: it is an integration, or one clear error says what is wrong with it. Nothing hangs, and no text of
a file can pass for one of bootstrap's own."""

import json
import random
import string
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples
from bootstrap.core.printable import printable
from bootstrap.errors import UsageError
from bootstrap.integrations.files.keys import LARGEST, MOST
from bootstrap.integrations.files.read import from_content, load
from tests.integrations.files.test_handoff import FILE as STEPS
from tests.integrations.files.test_lists import WITH_KEYS
from tests.integrations.files.test_questions import FILE as QUESTIONS
from tests.support.integration_files import ACME, FIVETRAN, LAKE, replaced
from tests.support.watchdog import no_hang

ESCAPES = "\x1b[2J\x1b]0;owned\x07"
BOMB = '"${input.external_id}' * 400 + '"'
TITLE = "Fivetran reads files from one bucket"

CORPUS: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "nothing": (lambda text: "", "has no format"),
    "NUL": (lambda text: replaced(text, TITLE, "a\0b"), "is not TOML: it begins with a byte order mark, or has a NUL"),
    "a NUL that is escaped": (lambda text: replaced(text, TITLE, "a\\u0000b"), "line 3: title: has a line break, or a char"),
    "a byte order mark": (lambda text: "\ufeff" + text, "is not TOML: it begins with a byte order mark"),
    "UTF-16": (lambda text: text.encode("utf-16"), "is not TOML: "),
    "half of a letter": (lambda text: text.encode() + b"# \xc3", "is not TOML: "),
    "an image": (lambda text: bytes(range(256)) * 20, "is not TOML: "),
    "terminal escapes": (
        lambda text: replaced(text, TITLE, "\\u001b[2J"),
        "line 3: title: has a line break, or a character",
    ),
    "letters that run to the left": (lambda text: replaced(text, TITLE, "a\u202eb"), "line 3: title: has a line break, or"),
    "letters that nobody sees": (lambda text: replaced(text, TITLE, "a\u3164b"), "line 3: title: has a line break, or"),
    "a line of ours in a text": (
        lambda text: replaced(text, TITLE, "a\\nNo changes. Everything is up to date."),
        "line 3: title: has a line break",
    ),
    "terminal escapes in a name": (
        lambda text: text + '\n[handoff.values2."\\u001b[2J"]\n',
        "handoff.values2: is not a key",
    ),
    "terminal escapes in a label": (
        lambda text: replaced(text, '"External id" =', '"\\u001b[2J" ='),
        "has a line break, or a",
    ),
    "terminal escapes in a property": (
        lambda text: replaced(text, "files with this role", "\\u001b[2J"),
        "has a line break",
    ),
    "a path for a file": (
        lambda text: text + '[handoff.files."../../.ssh/authorized_keys"]\ntext = "a"\n',
        "cannot have this name",
    ),
    "an absolute path": (lambda text: text + '[handoff.files."/etc/passwd"]\ntext = "a"\n', "cannot have this name"),
    "a path of Windows": (lambda text: text + "[handoff.files.'..\\a']\ntext = \"a\"\n", "cannot have this name"),
    "a hidden file": (lambda text: text + '[handoff.files.".profile"]\ntext = "a"\n', "cannot have this name"),
    "a file with escapes": (lambda text: text + '[handoff.files."a.sh"]\ntext = "\\u001b[2J"\n', "has a character that"),
    "a bomb": (lambda text: replaced(text, f'"{TITLE}"', f"'{BOMB}'"), "title: "),
    "a reference to a reference": (lambda text: replaced(text, "Lists and reads", "${${input.bucket}}"), "which is neither"),
    "a reference of ours": (lambda text: replaced(text, "Lists and reads", "@{role.arn}"), "has @{"),
    "lists in lists": (lambda text: text + f"\n[inputs.x]\ndefault = {'[' * 60}{']' * 60}\n", "nested more than 20 levels"),
    "lists in lists without end": (lambda text: f"a = {'[' * 100_000}", "is not TOML: "),
    "tables in tables": (lambda text: f"a = {'{a = ' * 25}1{'}' * 25}\n", "nested more than 20"),
    "a name of very many parts": (lambda text: "a." * 30_000 + "a = 1", "a name in it has too many parts"),
    "very many keys": (lambda text: text + "\n".join(f"k{n} = 1" for n in range(9_000)), "handoff.k0: is not a key"),
    "a very long name": (lambda text: f"{'k' * 300_000} = 1\n{text}", "is not a key of this table"),
    "a very long text": (lambda text: replaced(text, TITLE, "a" * 500_000), "title: has 500,000 characters"),
    "very many entries": (
        lambda text: replaced(text, 'actions = ["s3:Get*", "s3:List*"]', f"actions = {json.dumps(['s3:a'] * (MOST + 1))}"),
        "has 501 entries; 500 are the most",
    ),
    "very many resources": (
        lambda text: text + "".join(f'[resources.b{n}]\ntype = "s3_bucket"\nname = "b-{n}"\n' for n in range(MOST)),
        "resources: has 501 entries; 500 are the most",
    ),
    "a file that is too large": (lambda text: text + "#" * LARGEST, "has more than 1,000,000 bytes"),
    "a number of very many digits": (lambda text: replaced(text, "format = 1", f"format = {'1' * 10_000}"), "is not TOML: "),
    "infinity": (lambda text: replaced(text, "format = 1", "format = inf"), "format: must be 1"),
    "not a number": (lambda text: replaced(text, "format = 1", "format = nan"), "format: must be 1"),
    "a time where text is meant": (lambda text: replaced(text, f'"{TITLE}"', "12:30:00"), "title: must be text"),
    "a date where text is meant": (lambda text: replaced(text, '"2026-11-26"', "2026-11-26"), "seen: must be text"),
    "a number where text is meant": (lambda text: replaced(text, '"834469178297"', "834469178297"), "id: must be text"),
    "a number with a point": (lambda text: replaced(text, "format = 1", "format = 1.0"), "format: must be 1"),
    "yes, as in YAML": (lambda text: replaced(text, 'from = "vendor"', "optional = yes"), "is not TOML: Invalid value"),
    "yes in quotes": (lambda text: replaced(text, 'from = "vendor"', 'optional = "yes"'), "optional: must be true or false"),
    "YAML": (lambda text: "format: 1\nname: acme\n", "is not TOML: "),
    "an alias of YAML": (lambda text: "a: &a [*a, *a]\n", "is not TOML: "),
    "a key twice": (lambda text: f"format = 1\n{text}", "is not TOML: Cannot overwrite a value"),
    "JSON in TOML": (lambda text: json.dumps(tomllib.loads(text)), "is not TOML: "),
    "a key that is empty": (lambda text: f'"" = 1\n{text}', "is not a key of this table"),
    "another format": (lambda text: replaced(text, "format = 1", "format = 99"), "line 1: format: must be 1"),
    "a negative format": (lambda text: replaced(text, "format = 1", "format = -1"), "line 1: format: must be 1"),
    "code in a condition": (
        lambda text: replaced(text, 'name = "Fivetran"', 'name = "Fivetran"\nwhen = "().__class__.__bases__"'),
        "when: is not a condition",
    ),
    "a condition in very many parentheses": (
        lambda text: replaced(text, 'name = "Fivetran"', f'name = "Fivetran"\nwhen = "{"(" * 99}input.bucket{")" * 99}"'),
        "when: is ",
    ),
    "a condition that is very long": (
        lambda text: replaced(text, 'name = "Fivetran"', f'name = "Fivetran"\nwhen = "{"not " * 300}input.bucket"'),
        "when: is longer than 200 characters",
    ),
    "a pattern that takes years": (
        lambda text: replaced(
            text, 'check = "external_id"', f"pattern = '(a|a)*(a|a)*b'\nexample = '{'a' * 60}'".replace("\n", ", ")
        ),
        "pattern: repeats a group",
    ),
    "a pattern with very many choices": (
        lambda text: replaced(text, 'check = "external_id"', f"pattern = '{'(a|a)' * 30}b', example = '{'a' * 30}'"),
        "pattern: can take very long to match",
    ),
    "a pattern that looks back": (
        lambda text: replaced(text, 'check = "external_id"', "pattern = '(a)\\1', example = 'aa'"),
        "pattern: has a back reference",
    ),
    "a secret": (lambda text: replaced(text, '{ type = "text"', '{ type = "secret"'), "no secret can be an input"),
}


def told(content: str | bytes, folder: Path, name: str = "acme.toml") -> str:
    """The one error that the content gives."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with no_hang(), pytest.raises(UsageError) as caught:
        load(str(path))
    return caught.value.message


@pytest.mark.parametrize(("change", "reported"), CORPUS.values(), ids=CORPUS)
def test_a_hostile_file_gives_one_clear_error(change: Callable[[str], str | bytes], reported: str, tmp_path: Path) -> None:
    message = told(change(FIVETRAN), tmp_path)
    assert reported in message
    assert "\n" not in message
    assert printable(message) == message
    assert len(message) < 1_000


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        ('{"format": 1, "format": 1}', "the key 'format' is there twice"),
        ('{"format": NaN}', "NaN is not JSON"),
        ('{"format": 1, "name": "\\ud800"}', "is not JSON: "),
        ("[" * 100_000, "nested more than 20 levels deep"),
        ("[1]", "must be a table"),
        ("null", "must be a table"),
        ("", "is not JSON: "),
        ('{"name": null}', "has no format"),
        ('{"format": 1e400}', "is not JSON: "),
        (json.dumps({**tomllib.loads(FIVETRAN), "notes": None}), "line 1: notes: must be a list"),
    ],
)
def test_hostile_json_gives_one_clear_error_too(content: str, reported: str, tmp_path: Path) -> None:
    assert reported in told(content, tmp_path, "acme.json")


@pytest.mark.parametrize("name", ["no.toml", "folder.toml", "a\0b.toml", "x" * 300 + ".toml"])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        load(str(tmp_path / name))


def test_lines_of_windows_are_lines(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes(FIVETRAN.replace("\n", "\r\n").encode())
    assert load(str(tmp_path / "acme.toml")).title == TITLE
    assert "line 3: title: " in told(replaced(FIVETRAN, TITLE, "a\\u0007").replace("\n", "\r\n"), tmp_path)


def test_a_file_with_very_many_inputs_and_resources_is_read_in_a_moment(tmp_path: Path) -> None:
    many = range(MOST // 2 - 5)
    inputs = "".join(f'in{n} = {{ type = "choice", help = "Choose.", choices = ["a", "b"], default = "a" }}\n' for n in many)
    policies = "".join(
        f'[resources.p{n}]\ntype = "iam_policy"\nname = "p{n}-${{input.in{n}}}"\n[[resources.p{n}.document]]\nsid = "A"\n'
        f'actions = {json.dumps(["s3:GetObject"] * 20)}\nresources = ["${{role.arn}}"]\nwhy = "a"\npage = "b"\n'
        for n in many
    )
    path = tmp_path / "acme.toml"
    path.write_text(replaced(FIVETRAN, "[inputs]\n", f"[inputs]\n{inputs}") + policies)
    with no_hang():
        assert len(load(str(path)).parts) == len(many) + 1


# Mutations

BITS = [
    *"[]{}=,.\"'#\n\\$@*?-_ \t\r\0\x1b",
    *(
        "[[",
        "]]",
        '"""',
        "'''",
        "${",
        "@{",
        "${input.",
        "true",
        "false",
        "1",
        "-1",
        "1.5",
        "1e9",
        "inf",
        "2026-01-01",
        "[]",
        "{}",
        '""',
    ),
    *(
        "format",
        "name",
        "type",
        "when",
        "input.bucket",
        "for_each",
        "resources",
        "role",
        "secret",
        "harden",
        "omit",
        "é",
        "\u202e",
        "\ufeff",
    ),
]
KEYS = [
    "format",
    "type",
    "when",
    "for_each",
    "account",
    "after",
    "name",
    "x",
    "",
    "a b",
    "check",
    "default",
    "resources",
    "\x1b",
]
VALUES: list[Any] = [
    "",
    "a",
    "${input.bucket}",
    "${each}",
    "@{a.b}",
    "${",
    0,
    -1,
    10**30,
    True,
    [],
    {},
    [[]],
    [{}],
    {"": {}},
    ["a", 1],
    None,
    1.5,
]


def in_text(text: str, chance: random.Random) -> str:
    """The text with a few of its parts changed, moved, doubled or lost."""
    for _ in range(chance.randint(1, 3)):
        at, end = sorted(chance.sample(range(len(text)), 2))
        end = min(end, at + chance.choice([1, 3, 20, 200]))
        match chance.randrange(5):
            case 0:
                text = text[:at] + chance.choice(BITS) + text[at:]
            case 1:
                text = text[:at] + text[end:]
            case 2:
                text = text[:at] + text[at:end] * 2 + text[end:]
            case 3:
                text = text[:at] + chance.choice(BITS) + text[end:]
            case _:
                text = text[:at] + chance.choice(string.printable) + text[at + 1 :]
    return text


def in_content(content: Any, chance: random.Random) -> Any:
    """The content with one of its values or keys changed, at any depth."""
    if isinstance(content, dict) and content and chance.random() < 0.8:
        key = chance.choice([*content])
        if chance.random() < 0.2:
            return {chance.choice(KEYS) if name == key else name: value for name, value in content.items()}
        return {**content, key: in_content(content[key], chance)}
    if isinstance(content, list) and content and chance.random() < 0.8:
        at = chance.randrange(len(content))
        return [*content[:at], in_content(content[at], chance), *content[at + 1 :]]
    return chance.choice([content, [content], {"a": content}, *VALUES, *VALUES])


def accepted(content: bytes, name: str) -> bool:
    """Whether it is an integration: then its example can be built. Raises whatever is no UsageError."""
    try:
        found = from_content(name, content)
    except UsageError as error:
        assert error.message.startswith(name)
        assert printable(error.message) == error.message
        return False
    example = found.example()
    example.build(Graph(examples(example)))
    return True


def mutations(number: int, seed: int) -> Iterator[tuple[bytes, str]]:
    chance = random.Random(seed)
    texts = (ACME, WITH_KEYS, QUESTIONS, STEPS, LAKE, *[FIVETRAN] * 5)
    contents = {text: tomllib.loads(text) for text in texts}
    for n in range(number):
        text = texts[n // 2 % len(texts)]
        if n % 2:
            yield in_text(text, chance).encode(errors="replace"), f"{n}.toml"
        else:
            yield json.dumps(in_content(contents[text], chance)).encode(), f"{n}.json"


@pytest.mark.parametrize("number", [2_000, pytest.param(20_000, marks=pytest.mark.torture)])
def test_each_mutation_is_an_integration_or_one_clear_error(number: int, pytestconfig: pytest.Config) -> None:
    """A failure names the number of the mutation, with which `mutations` gives it again."""
    seed = pytestconfig.getoption("--seed")
    found = []
    for content, name in mutations(number, seed):
        with no_hang():
            found.append(accepted(content, name))
    assert 0.02 * number < sum(found) < 0.5 * number
