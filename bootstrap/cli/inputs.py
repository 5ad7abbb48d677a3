"""The inputs of an integration: as options of a verb, from a file, from the last run, or asked for."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bootstrap.cli import terminal
from bootstrap.cli.questions import ask_which
from bootstrap.cli.user_files import read
from bootstrap.core.commands import option, quoted
from bootstrap.core.input import Choice, Input
from bootstrap.core.integration import Integration, checked, from_inputs, inputs_of
from bootstrap.core.printable import shortened
from bootstrap.core.resource import plain
from bootstrap.core.state import State
from bootstrap.core.strict_json import decoded, strict_json
from bootstrap.errors import UsageError

Values = dict[str, Any]
SHOWN = 200
"""Characters of a value from the state."""
_OF_OPTIONS = re.compile(r" \((?:repeatable|(?:with|required without|instead of|default:) [^)]*)\)")
"""What a help says in brackets of the command line."""
MOST_PARTS = 20
DEEPEST = 100
"""So many levels of lists and tables in an inputs file. An input has two."""
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\\?\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*(?:"|\\?(?=\n|\Z))|\'[^\'\n]*\'|#[^\n]*',
    re.DOTALL,
)
"""Texts and comments of TOML. A text that nobody closes is taken to the end of the line or file: it is read once."""


@dataclass(frozen=True)
class GivenInputs:
    """What this run says about the inputs: options, by the input's name, and an inputs file."""

    values: Values
    file: Path | None = None

    def gathered(self, integration: str, stored: State | None) -> "Gathered":
        """With those of the last run. Raises UsageError."""
        from bootstrap.integrations import integration as find

        return gather(find(integration), self.values, self.file, stored)


@dataclass(frozen=True)
class Gathered:
    """Checked inputs of an integration; `kept` names those from the last run, and `found` those of them that nobody gave.
    `answered` are the choices that the person has made."""

    integration: type[Integration]
    values: Values
    kept: tuple[str, ...] = ()
    found: frozenset[str] = frozenset()
    answered: tuple[Choice, ...] = ()

    @property
    def kept_words(self) -> str:
        """Those from the last run as one would type them, in one line."""
        known = {item.name: item for item in inputs_of(self.integration)}
        return " ".join(_typed(known[name], self.values[name]) for name in self.kept)

    @property
    def is_complete(self) -> bool:
        return not any(self._to_ask())

    def asked(self, *, before_sign_in: bool = False) -> "Gathered":
        """With what is missing, from the person at the terminal; or with what decides about the accounts, and no more."""
        names, choices = self._to_ask()
        if before_sign_in:
            names, choices = [], [choice for choice in choices if choice.accounts]
        known = {item.name: item for item in inputs_of(self.integration)}
        names = [*(name for choice in choices for name in _chosen(choice, known)), *names]
        values = {**self.values, **{name: _asked(known[name]) for name in names}}
        return replace(self, values=values, answered=(*self.answered, *choices))

    def _to_ask(self) -> tuple[list[str], list[Choice]]:
        """The inputs that are missing, and the choices that are open. Who has given all that it takes is asked nothing."""
        missing = [name for name in self.integration.required(self.values) if name not in self.values]
        choices = [each for each in self.integration.alternatives if missing and not each.names & set(self.values)]
        of_choices = {name for choice in choices for name in choice.names}
        open_ = [choice for choice in choices if choice not in self.answered]
        return [name for name in missing if name not in of_choices], open_

    @property
    def recipe(self) -> Integration:
        """Raises UsageError for what is missing."""
        return from_inputs(self.integration, self.values, self.values.keys() - self.found)


def _typed(item: Input, value: Any) -> str:
    if item.kind == "flag":
        return item.flag if value else off(item.flag)
    texts = value if item.kind == "list" else [value]
    return quoted(*(part for text in texts for part in option(item.flag, _cut(text))))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}[... {len(text) - SHOWN:,} more]"


def off(flag: str) -> str:
    return "--with-" + flag.removeprefix("--without-") if flag.startswith("--without-") else "--no-" + flag[2:]


def gather(integration: type[Integration], given: Values, file: Path | None, state: State | None) -> Gathered:
    """The inputs, so far as they are given.

    An inputs file is the whole truth but for what was drawn at random, and flags go over it. Without one, what is not
    given stays as in the last run; an empty value sets an input back. What is then missing is asked for, at a terminal.
    Raises UsageError.
    """
    known = {item.name: item for item in inputs_of(integration)}
    from_file = read_file(file, known) if file else {}
    values = {**from_file, **{name: _opened(known[name], value, Path()) for name, value in given.items()}}
    kept: Values = {}
    if state is not None and state.integration == integration.name:
        may_stay = {name for name, item in known.items() if name not in values and (file is None or item.generated)}
        kept = {
            name: value
            for name, value in state.inputs.items()
            if name in may_stay
            and value not in (None, [], "")
            and (value != plain(known[name].default) or name in (state.given or ()))
        }
        for choice in (each for each in integration.alternatives if each.exclusive):
            for way in choice.ways.values():
                if any(values.get(name) for name in choice.names.difference(way)):
                    kept = {name: value for name, value in kept.items() if name not in way}
    unset = {name for name, value in values.items() if value in ("", [""], [])}
    values = {name: value for name, value in {**kept, **values}.items() if name not in unset}
    still = set(kept) & set(values)
    try:
        checked(integration, {name: values[name] for name in still})
    except UsageError as error:  # recorded by an older version, or edited by hand: nobody has typed it just now
        raise UsageError(
            f"{error.message} (kept from the last run)", "Give another value, or an empty one for none."
        ) from error
    found = still - state.wishes if state else still
    return Gathered(integration, checked(integration, values), tuple(sorted(still)), frozenset(found))


def _chosen(choice: Choice, known: Mapping[str, Input]) -> tuple[str, ...]:
    """The inputs of the way that the person takes."""
    flags = {words: " with ".join(known[name].flag for name in way) for words, way in choice.ways.items()}
    terminal.say(choice.question, err=True)
    shown = [f"{words} ({flag})" if flag else words for words, flag in flags.items()]
    answers = {flag or words: words for words, flag in flags.items()}
    return choice.ways[answers[ask_which("Which one", list(answers), shown)]]


def read_file(path: Path, known: Mapping[str, Input]) -> Values:
    """The inputs in a TOML or JSON file, by their names with `_` or `-`. Paths in it are relative to it."""
    try:
        text = decoded(read(path))
        content = strict_json(text, DEEPEST) if path.suffix == ".json" else _toml(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--inputs: cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        advice = "Fix that in the file. The name of a JSON file ends with .json, that of any other is taken for TOML."
        raise UsageError(f"--inputs: {path} is not {kind}: {error}", advice) from error
    if not isinstance(content, dict):
        raise UsageError(f"--inputs: {path} holds no table of inputs")
    values: Values = {}
    for name, value in content.items():
        if (same := name.replace("-", "_")) in values:
            raise UsageError(f"--inputs: {path} names {same} twice, with - and with _", "Keep one of the two.")
        values[same] = value
    return {name: _opened(known[name], value, path.parent) if name in known else value for name, value in values.items()}


def _opened(item: Input, value: Any, folder: Path) -> Any:
    """For an input that names a file, its text."""
    if not item.file or not isinstance(value, str) or not value:
        return value
    try:
        return decoded(read(folder / value))
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name that cannot be one
        raise UsageError(f"{item.flag}: cannot read {value}: {getattr(error, 'strerror', None) or error}") from error


def _toml(text: str) -> dict[str, Any]:
    """Python's reader takes minutes for names of thousands of parts; an input has one."""
    if any(line.count(".") > MOST_PARTS for line in _QUOTED.sub('""', text).split("\n")):
        raise ValueError("a name in it has too many parts")
    return tomllib.loads(text)


def _asked(item: Input) -> Any:
    """Asks until the answer is good. What the help says of the command line does not concern whoever is asked."""
    question = _OF_OPTIONS.sub("", item.help)
    while True:
        answer = terminal.prompt(f"{question} [{item.flag}]")
        try:
            answer = _opened(item, answer, Path())
            return item.checked([answer] if item.kind == "list" else answer)
        except UsageError as error:
            terminal.say(shortened(error.message), err=True)
