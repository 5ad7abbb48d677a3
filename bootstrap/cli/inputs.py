"""The inputs of an integration, as a person gives them: options of a verb, a file, answers at the terminal."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootstrap.cli import terminal
from bootstrap.cli.questions import ask_which
from bootstrap.core import commands
from bootstrap.core.input import Choice, Input
from bootstrap.core.integration import inputs_of
from bootstrap.core.place import Place, parsed_toml
from bootstrap.core.printable import shortened
from bootstrap.core.state import State
from bootstrap.core.strict_json import decoded, strict_json
from bootstrap.errors import UsageError
from bootstrap.integrations import integration as find
from bootstrap.operations.inputs import Gathered, Values, gather
from bootstrap.user_files import is_stream, read

if TYPE_CHECKING:
    from bootstrap.operations.invocation import Invocation

DEEPEST = 100
"""So many levels of lists and tables in an inputs file. An input has two."""


@dataclass(frozen=True)
class GivenInputs:
    """What this run says about the inputs: options, by the input's name, and a file."""

    values: Values
    file: Path | None = None
    project: Callable[[Mapping[str, Input]], Values] | None = None
    """The inputs and tags in the project file, from those that the integration has; with an inputs file, the tags alone."""
    described_at: tuple[str, int] | None = None
    """The project file, and the line in it on which the deployment begins."""
    in_project: Callable[[str], str] | None = None
    """The project file and the line of an input, by its name; "" if it does not have it."""

    def where(self, name: str) -> str:
        """The file and the line that give the input; "" if an option does, or nothing."""
        if name in self.values:
            return ""
        if self.file and is_stream(self.file):  # it has been read, and is gone
            return str(self.file)
        if self.file:
            place = Place(str(self.file), decoded(read(self.file)))
            lines = [at.spot for key in (name, name.replace("_", "-")) if (at := place.at(key)).line]
            return next(iter(lines), "")
        return self.in_project(name) if self.in_project else ""

    def changed_where_they_are(self, invocation: "Invocation") -> "Invocation":
        """The invocation; inputs in a file are changed there, as the next run reads it again."""
        if not self.file and not self.described_at:
            return invocation
        project, line = self.described_at or ("", 0)
        place = str(self.file or f"the inputs of this deployment ({project}, line {line})")
        is_json = self.file is not None and self.file.suffix == ".json"

        def instead(names: Mapping[str, str]) -> str:
            if invocation.instead and any(name in self.values for name in names):  # an option wins over the file
                return invocation.instead(names)
            pairs = [(json.dumps(name), json.dumps(value)) for name, value in names.items()]
            entries = [f"{name}: {value}" if is_json else f"{json.loads(name)} = {value}" for name, value in pairs]
            return f"put this into {place}, and run the same command again: {', '.join(entries)}"

        return replace(invocation, instead=instead)

    def gathered(self, integration: str, stored: State | None, flags: Sequence[str] = ()) -> Gathered:
        """With those of the last run; `flags` lead commands to its state. Raises UsageError."""
        found = find(integration)
        known = {item.name: item for item in inputs_of(found)}
        of_project = self.project(known) if self.project else None
        of_file = {**(of_project or {}), **read_file(self.file, known)} if self.file else of_project
        given = {name: opened(known[name], value, Path()) for name, value in self.values.items()}
        if of_file is not None and not self.file and of_file.keys() <= {"tag"}:  # its inputs are not in the project file
            given, of_file = {**of_file, **given}, None
        return gather(found, given, of_file, stored, flags, self.where)

    def words(self, integration: str, answers: Values) -> list[str]:
        """The words of a command line that gives the same inputs, and these answers of a person."""
        known = {item.name: item for item in inputs_of(find(integration))}
        typed = {**{name: value for name, value in answers.items() if not known[name].file}, **self.values}
        of_file = ["--inputs", str(self.file)] if self.file else []
        return [*of_file, *(word for name, value in typed.items() for word in known[name].words(value))]


def read_file(path: Path, known: Mapping[str, Input]) -> Values:
    """The inputs in a TOML or JSON file, by their names with `_` or `-`. Paths in it are relative to it."""
    try:
        text = decoded(read(path))
        content = strict_json(text, DEEPEST) if path.suffix == ".json" else parsed_toml(text)
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
    return {name: opened(known[name], value, path.parent) if name in known else value for name, value in values.items()}


def opened(item: Input, value: Any, folder: Path) -> Any:
    """For an input that names a file, its text; a file of inputs may have a table in its place."""
    if item.table and isinstance(value, Mapping):
        try:
            return item.table(value)
        except ValueError as error:
            raise UsageError(f"{item.flag}: {error}", "Correct it there, or name a file.") from error
    if not item.file or not isinstance(value, str) or not value:
        return value
    if value.lstrip().startswith("{"):
        raise UsageError(f"{item.flag}: this is the content of a file", "Save it in a file, and give the name of that.")
    try:
        text = decoded(read(folder / value))
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name that cannot be one
        raise UsageError(f"{item.flag}: cannot read {value}: {getattr(error, 'strerror', None) or error}") from error
    if not text.strip():  # an empty value would set the input back
        none = commands.quoted(*commands.option(item.flag, ""))
        raise UsageError(f"{item.flag}: {value} is empty", f"Fill the file. To give none, write: {none}")
    return text


SHOW_NAMES = "Show me what I can give to the vendor already, and ask again"
LOCK_ROLE = "Lock the new role until I have it: nobody can use it before that"


@dataclass(frozen=True)
class AtTerminal:
    """Asks the person at the terminal. `names` shows what is known before anything exists; without it, the role is locked
    already, or no matter."""

    names: Callable[[Values], Iterable[str]] | None = None

    def value(self, item: Input, so_far: Values | None = None) -> Any:
        yet = "" if so_far is None else "; press Enter if you do not have it yet"
        question = f"{item.question or item.help} ({item.flag}{yet})"
        expected = (
            f"{item.flag} is required. Type its value and press Enter, or press Ctrl-C to stop: nothing has changed yet."
        )
        while True:
            answer = terminal.prompt(question, None if so_far is None else "", expected)
            if so_far is not None and not answer:
                if self.names is None or ask_which("What now?", [SHOW_NAMES, LOCK_ROLE]) == LOCK_ROLE:
                    return None
                for line in self.names(so_far):
                    terminal.say(line, err=True)
                continue
            try:
                answer = opened(item, answer, Path())
                return item.given([answer] if item.kind == "list" else answer)
            except UsageError as error:
                for text in filter(None, (error.message, item.advice)):
                    terminal.say(shortened(text), err=True)

    def way(self, choice: Choice, known: Mapping[str, Input]) -> tuple[str, ...]:
        answers = {known[way[0]].flag if way else words: words for words, way in choice.ways.items()}
        return choice.ways[answers[ask_which(choice.question, list(answers), list(choice.ways), first=True)]]
