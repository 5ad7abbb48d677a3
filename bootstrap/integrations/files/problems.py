"""All that is wrong with a file, found when it is read: its keys, its names, and what its examples come to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.bucket_problems import bucket_problems
from bootstrap.integrations.files.external_id_problems import external_id_problems
from bootstrap.integrations.files.format import Definition, InputEntry
from bootstrap.integrations.files.handoff_problems import handoff_problems
from bootstrap.integrations.files.input_problems import input_problems, question_problems, rule_problems, table_problems
from bootstrap.integrations.files.keys import MOST
from bootstrap.integrations.files.lists import list_problems
from bootstrap.integrations.files.parts import Part, parts_of
from bootstrap.integrations.files.reference_problems import reference_problems, texts_in
from bootstrap.integrations.files.statement_problems import statement_problems
from bootstrap.integrations.files.statements import HARDEN
from bootstrap.integrations.files.structure import Problem, Report, read_table
from bootstrap.integrations.files.template import holes
from bootstrap.integrations.files.text_problems import text_problems
from bootstrap.integrations.files.trial import try_examples

VERBS = ("check", "import", "new", "schema", "test")
"""The words of `bootstrap integrations` that are no names of integrations."""
_NO_SECRET = "no secret can be an input: it would be kept in the state"  # noqa: S105 a sentence
_HARDEN = InputEntry(type="flag", help="Grant less where the vendor's page grants too much (see bootstrap integrations).")


@dataclass(frozen=True)
class Read:
    """What a file describes; no definition if its problems keep it from being built."""

    definition: Definition | None
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]


def read(content: Any, *, tried: bool = True) -> Read:
    """The definition, with the resources in the order in which they are created. Without `tried`, only keys and types are
    checked. Where they are wrong, the rest is checked as far as it does not depend on them."""
    found: dict[tuple[KeyPath, str], Problem] = {}

    def report(path: KeyPath, text: str, advice: str) -> None:
        found.setdefault((path, text), Problem(path, text, advice))

    for name in _secrets(content):
        report(("inputs", name, "type"), _NO_SECRET, "Hand it over yourself.")
        content = {**content, "inputs": {**content["inputs"], name: {**content["inputs"][name], "type": "text"}}}
    secrets = len(found)
    definition = read_table(Definition, content, (), report)
    if definition is None:
        if rest := read_table(Definition, _without(content, [each.path for each in found.values()]), (), _ignore):
            parts_of(rest, report)
            input_problems(rest, report)
        return Read(None, (), tuple(found.values()))
    parts = parts_of(definition, report)
    is_whole = len(found) == secrets
    if any(each.harden for part in parts for _, each in part.statements()):
        definition = replace(definition, inputs={**definition.inputs, HARDEN: definition.inputs.get(HARDEN, _HARDEN)})
    if tried:
        _check(definition, parts, report, is_whole=is_whole)
    ordered = [] if found else _ordered(parts, report)
    if found:
        return Read(None, (), tuple(found.values()))
    if tried:
        try_examples(definition, ordered, report)
    return Read(definition, tuple(ordered), tuple(found.values()))


def _check(definition: Definition, parts: Sequence[Part], report: Report, *, is_whole: bool) -> None:
    """Reports what is wrong with names and values. With `is_whole`, no key or type is."""
    for check in (_names, statement_problems, *((_deviations, external_id_problems) if is_whole else ())):
        check(definition, parts, report)
    of_inputs = (input_problems, list_problems, table_problems, rule_problems, question_problems)
    for check_inputs in (*of_inputs, bucket_problems, handoff_problems):
        check_inputs(definition, report)
    reference_problems(definition, parts, report)
    text_problems(definition, report)


def _ignore(path: KeyPath, text: str, advice: str) -> None:
    """Takes what was reported before."""


_REST: Mapping[str, Any] = {"pages": [], "inputs": {}, "resources": {}, "existing": {}, "tables": {}, "vendor_accounts": {}}
"""What may be left out of a file that is checked in part, with what it then has."""


def _without(content: Any, paths: Iterable[KeyPath]) -> Any:
    """The content without the entries that have something wrong in them."""
    found = dict(content) if isinstance(content, dict) else {}
    for path in filter(None, paths):
        head, *name = map(str, path)
        if name and isinstance(found.get(head), dict) and head in _REST:
            found[head] = {key: value for key, value in found[head].items() if key != name[0]}
        elif head in _REST:
            found[head] = _REST[head]
        else:
            found.pop(head, None)
    return found


def _secrets(content: Any) -> Iterator[str]:
    inputs = content.get("inputs") if isinstance(content, dict) else None
    for name, entry in inputs.items() if isinstance(inputs, dict) else ():
        if isinstance(entry, dict) and entry.get("type") == "secret":
            yield name


def _names(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    if definition.name in VERBS:
        report(("name",), f"{definition.name} is a word that bootstrap uses itself", "Choose another name.")
    for alias, account in definition.accounts.items():
        if alias == DEFAULT:
            report(("accounts", alias), "is there without being described", "Choose another name.")
        for key in ("profile", "role_arn"):
            entry = definition.inputs.get(getattr(account, key))
            if getattr(account, key) and (entry is None or entry.type != "text"):
                report(("accounts", alias, key), "does not name an input of the type text", "")
    statements = sum(1 for part in parts for _ in part.statements())
    if (total := len(parts) + statements) > MOST:
        report(("resources",), f"has {total:,} resources and statements; {MOST} are the most", "")


def _deviations(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    sids = {each.sid for part in parts for _, each in part.statements()}
    for number, item in enumerate(definition.deviations):
        path: KeyPath = ("deviations", number)
        if item.risk in ("high", "medium") and not item.danger:
            report(path, f"has the risk {item.risk}, but no danger", "Say in one sentence what somebody could do.")
        if item.limited_by and item.limited_by not in definition.inputs:
            report((*path, "limited_by"), f"there is no input {item.limited_by}", "")
        if bool(item.limited_by) != bool(item.limited):
            report(path, "has only one of limited_by and limited", "Write both, or none.")
        for place, sid in enumerate(item.sids):
            if sid not in sids:
                report((*path, "sids", place), f"there is no statement {sid}", "")


def _ordered(parts: Sequence[Part], report: Report) -> list[Part]:
    """Each after those that it refers to; otherwise in the order of the file."""
    waiting, done, ordered = list(parts), set[str](), list[Part]()
    needs = {part.path: _needs(part, {each.address for each in parts if each.path[0] == "resources"}) for part in parts}
    while waiting:
        ready = next((part for part in waiting if needs[part.path] <= done), None)
        if ready is None:
            for part in waiting:
                report(
                    part.path,
                    f"depends on itself: it needs {', '.join(sorted(needs[part.path] - done))}",
                    "Use ${self.arn} for a role's own ARN.",
                )
            return []
        waiting.remove(ready)
        ordered.append(ready)
        if ready.path[0] == "resources":
            done.add(ready.address)
    return ordered


def _needs(part: Part, addresses: set[str]) -> set[str]:
    """The addresses that a resource refers to."""
    values = [part.properties, [each for _, each in part.statements()], getattr(part.entry, "if_taken", "")]
    named = {name.partition(".")[0] for value in values for _, text in texts_in(value, ()) for name in holes(text)}
    return (named & addresses) | {*getattr(part.entry, "after", ()), *getattr(part.entry, "deleted_before", ())}
