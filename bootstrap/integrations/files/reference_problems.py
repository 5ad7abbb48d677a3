"""What is wrong with the conditions, loops and `${...}` of a file: names of what it does not have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.core.input import PREVIOUS
from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.checks import FIRST, KMS_KEY, is_list_of, parts_of as parts_of_check
from bootstrap.integrations.files.expression import ALLOWED, names_in, parsed
from bootstrap.integrations.files.format import Definition, StatementEntry
from bootstrap.integrations.files.handoff import DESTROY
from bootstrap.integrations.files.handoff_entries import STEPS, StepEntry
from bootstrap.integrations.files.lists import entry_of
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.structure import Report, meant
from bootstrap.integrations.files.template import holes

HEADS = ("account", "command", "each", "input", "list", "partition", "region", "self", "table", "text", "vendor")
"""What a reference begins with if it is not an address."""
SHARED = ("role_prefix", "path", PREVIOUS)
_OF_INPUT = ("help", "question", "example")
_PLAIN = ("title", "notes", "unverified", "costs", "side_effects", "questions")


def reference_problems(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    found = _References(definition, parts, report)
    for part in parts:
        found.part(part)
    for number, rule in enumerate(definition.rules):
        found.condition(rule.when, ("rules", number, "when"))
    for name, entry in definition.inputs.items():
        found.condition(entry.required_when, ("inputs", name, "required_when"), only_inputs=True)
    for name, list_parts in definition.lists.items():
        for number, each in enumerate(list_parts):
            found.condition(each.when, ("lists", name, number, "when"), only_inputs=True)
    for name, text in definition.texts.items():
        found.texts(text, ("texts", name), "", has_own_arn=False)
    handoff = definition.handoff
    for key in STEPS:
        for number, step in enumerate(getattr(handoff, key)):
            if isinstance(step, StepEntry):
                found.condition(step.when, ("handoff", key, number, "when"))
    for name, file in handoff.files.items():
        found.condition(file.when, ("handoff", "files", name, "when"))
        for number, piece in enumerate(file.parts):
            found.condition(piece.when, ("handoff", "files", name, "parts", number, "when"))
    found.texts(handoff, ("handoff",), "")
    for number, hop in enumerate(handoff.chain):
        found.account(hop.account, ("handoff", "chain", number, "account"))
    plain: dict[KeyPath, Any] = {(key,): getattr(definition, key) for key in _PLAIN}
    plain |= {("rules", number, "say"): rule.say for number, rule in enumerate(definition.rules)}
    plain |= {("inputs", name, key): getattr(each, key) for name, each in definition.inputs.items() for key in _OF_INPUT}
    for path, value in plain.items():
        if any("${" in text for _, text in texts_in(value, path)):
            report(path, "has ${...}, and nothing is put in there", "Write the words themselves.")


class _References:
    def __init__(self, definition: Definition, parts: Sequence[Part], report: Report) -> None:
        self.definition = definition
        self.report = report
        self.kinds = {part.address: part.kind for part in parts if part.path[0] == "resources"}

    def part(self, part: Part) -> None:
        entry, path = part.entry, part.path
        if part.address in HEADS:
            self.report(path, f"{part.address} cannot be an address", "Choose another name.")
        self.condition(entry.when, (*path, "when"), entry.for_each)
        self.loop(entry.for_each, (*path, "for_each"))
        self.account(entry.account, (*path, "account"))
        self.texts(part.properties, path, entry.for_each, has_own_arn=False)
        for key in ("if_taken", "if_missing"):
            self.texts(getattr(entry, key, ""), (*path, key), entry.for_each, has_own_arn=False)
        for key in ("after", "deleted_before"):
            for number, address in enumerate(getattr(entry, key, ())):
                if address not in self.definition.resources:
                    self.report(
                        (*path, key, number), f"there is no resource {address}", meant(address, self.definition.resources)
                    )
        for where, each in part.statements():
            self.statement(each, where, entry.for_each)

    def statement(self, entry: StatementEntry, path: KeyPath, loop: str) -> None:
        self.condition(entry.when, (*path, "when"), entry.for_each or loop)
        self.loop(entry.for_each, (*path, "for_each"))
        if loop and entry.for_each and entry.for_each != loop:
            self.report((*path, "for_each"), "cannot be another list than that of the resource", "")
        self.texts(entry, path, entry.for_each or loop)

    def condition(self, text: str, path: KeyPath, loop: str = "", *, only_inputs: bool = False) -> None:
        """With `only_inputs`, it is about whole inputs and nothing else."""
        if not text:
            return
        try:
            named = list(names_in(parsed(text)))
        except ValueError as error:
            self.report(path, str(error), f"It can have: {ALLOWED}.")
            return
        for reference, compared in named:
            if only_inputs and not (reference.startswith("input.") and reference.count(".") == 1):
                self.report(path, f"{reference} cannot be in this condition", "It can have inputs: input.NAME.")
                continue
            if problem := self._problem(reference, loop, has_own_arn=False):
                self.report(path, f"{reference}: {problem[0]}", problem[1])
                continue
            head, name, *_ = [*reference.split("."), ""]
            if head == "input" and name in SHARED and (only_inputs or name != PREVIOUS):
                self.report(path, f"{reference} cannot be in this condition", "It can have inputs of the file.")
            elif self._is_of_each(reference):
                self.report(path, f"{reference} is a part of each value of a list", "Write the list, or .first.")
            entry = self.definition.inputs.get(reference.removeprefix("input."))
            if entry and compared is not None and entry.type in ("flag", "list", "file"):
                self.report(path, f"{reference} is no text that == could compare", f"Write {reference}, or not {reference}.")
            elif entry and compared is not None and entry.choices and compared not in entry.choices:
                self.report(path, f"{reference} is never {compared!r:.100}", f"It can be: {', '.join(entry.choices)}.")

    def loop(self, for_each: str, path: KeyPath) -> None:
        head, _, name = for_each.partition(".")
        if head == "list" and name not in self.definition.lists:
            self.report(path, f"there is no {for_each}", _known("list", self.definition.lists))
        entry = self.definition.inputs.get(name)
        if head == "input" and (entry is None or entry.type != "list"):
            self.report(path, f"{for_each} is not an input of the type list", "")

    def account(self, alias: str, path: KeyPath) -> None:
        if alias and alias != DEFAULT and alias not in self.definition.accounts:
            self.report(path, f"there is no account {alias}", meant(alias, [DEFAULT, *self.definition.accounts]))

    def texts(self, value: Any, path: KeyPath, loop: str, *, has_own_arn: bool = True) -> None:
        for where, text in texts_in(value, path):
            try:
                names = list(holes(text))
            except ValueError as error:
                self.report(where, str(error), "A reference is as ${input.NAME}, a variable as ${aws:username}.")
                continue
            for name in names:
                if self._is_of_each(name) and not _takes_lists(where):
                    self.report(where, f"${{{name}}} is a part of each value of a list, and one is wanted", "Write .first.")
                if problem := self._problem(name, loop, has_own_arn=has_own_arn):
                    self.report(where, f"${{{name}}}: {problem[0]}", problem[1])

    def _is_of_each(self, reference: str) -> bool:
        head, name, *part = [*reference.split("."), ""]
        entry = entry_of(self.definition, f"{head}.{name}") if head in ("input", "list") else None
        is_list = bool(entry) and (head == "list" or (entry is not None and entry.type == "list"))
        return is_list and bool(part[:-1]) and part[0] not in (FIRST, KMS_KEY)

    def _problem(self, reference: str, loop: str, *, has_own_arn: bool) -> tuple[str, str] | None:
        head, *rest = reference.split(".")
        name, *more = [*rest, ""]
        more = [each for each in more if each]
        match head:
            case "partition" | "region":
                is_known = not rest or (head, rest) == ("region", ["word"])
                return None if is_known else ("has no such part", f"Write ${{{head}}}, or ${{region.word}}.")
            case "command":
                known = [DESTROY, *self.definition.handoff.commands]
                return None if name in known and not more else ("is not known", _known(head, known))
            case "text":
                known = list(self.definition.texts)
                return None if name in known and not more else ("is not known", _known(head, known))
            case "account":
                aliases = {DEFAULT, *self.definition.accounts}
                if rest == ["id"] or (len(rest) == 2 and rest[1] == "id" and rest[0] in aliases):
                    return None
                return "is not known", "It can be: account.id, or account.ALIAS.id."
            case "self":
                if not has_own_arn:
                    return "is for statements only", ""
                return None if rest == ["arn"] else ("is not known", "It can be: self.arn.")
            case "each":
                return (
                    self._part(loop, rest, is_each=True)
                    if loop
                    else ("is only there with a for_each", "Add for_each, or name the input.")
                )
            case "input":
                if name in SHARED and (not more or (name, more) == (SHARED[0], ["suffix"])):
                    return None
                if name not in self.definition.inputs:
                    return "there is no such input", _known("input", self.definition.inputs)
                return self._part(f"input.{name}", more)
            case "list":
                if name not in self.definition.lists:
                    return "is not in the file", _known("list", self.definition.lists)
                return self._part(f"list.{name}", more)
            case "table" | "vendor":
                return self._row(head, name, more)
        if head not in self.definition.resources:
            known = [*(f"{each}..." for each in HEADS), *self.definition.resources]
            return "is neither a reference nor the address of a resource", meant(head, known)
        outputs = self.kinds[head].identifiers.outputs if head in self.kinds else (name,)
        if name not in outputs or more:
            return f"{head} has no such output", _known(head, outputs)
        return None

    def _part(self, name: str, rest: Sequence[str], *, is_each: bool = False) -> tuple[str, str] | None:
        entry = entry_of(self.definition, name)
        if entry is None:
            return None
        of_list = (entry.type == "list" or name.startswith("list.")) and not is_each
        if is_list_of(entry.check, rest, of_list=of_list) is None:
            parts = [*parts_of_check(entry.check), *([FIRST] if of_list else [])]
            return (
                f"a value of {name} has no such part",
                f"Its parts: {', '.join(parts) or 'none'} (they come with its check).",
            )
        return None

    def _row(self, head: str, name: str, more: Sequence[str]) -> tuple[str, str] | None:
        known: Mapping[str, Any] = self.definition.tables if head == "table" else self.definition.vendor_accounts
        if name not in known:
            return "is not in the file", _known(head, known)
        rows = list(self.definition.tables[name].rows.values()) if head == "table" else []
        columns = list(rows[0]) if rows and isinstance(rows[0], dict) else []
        if (columns and len(more) != 1) or not set(more) <= set(columns):
            return "is not a text of the file", _known(
                f"{head}.{name}", columns
            ) if columns else f"Write ${{{head}.{name}}}."
        return None


def _takes_lists(path: KeyPath) -> bool:
    """Whether a list can be put in there: by an element of a list, or in the quotes of a file."""
    if path[0] == "handoff":
        return path[1] == "files" or (path[1] == "chain" and "buckets" in path)
    return isinstance(path[-1], int) and path[0] != "texts"


def _known(head: str, names: Iterable[str]) -> str:
    return f"There is: {', '.join(f'{head}.{name}' for name in names) or 'none'}."


def texts_in(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """The texts of a table, with their places; but for conditions and loops."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield (*path, key), key
            yield from texts_in(each, (*path, key))
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from texts_in(each, (*path, number))
    elif is_dataclass(value):
        for item in fields(value):
            if item.name not in ("when", "for_each", "page", "sid", "effect"):
                yield from texts_in(getattr(value, item.name), (*path, item.name))
