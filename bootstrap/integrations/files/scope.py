"""What `${...}` stands for at one place of a file, with the user's inputs and accounts."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.handoff import own
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.pending import pending
from bootstrap.core.reference import references, resolve
from bootstrap.errors import UsageError
from bootstrap.integrations.existing.bucket_keys import common_key
from bootstrap.integrations.files import words
from bootstrap.integrations.files.checks import FIRST, KMS_KEY, PARTS
from bootstrap.integrations.files.expression import holds
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.inputs_named import inputs_in, inputs_named
from bootstrap.integrations.files.keys import LONGEST
from bootstrap.integrations.files.lists import KEYS_INPUT, entry_of, values_of
from bootstrap.integrations.files.quoting import Escape, Piece, pieces, unread
from bootstrap.integrations.files.template import fill, holes, reference_of


class Unfit(Exception):
    """A value does not fit where the file puts it."""

    def __init__(self, path: KeyPath, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


class Absent(Unfit):
    """The file names a value or resource that is not there with these inputs."""


@dataclass(frozen=True)
class Scope:
    """`spread` is the list, or the address with a for_each, of which one value counts here, with that value."""

    definition: Definition
    inputs: Mapping[str, Any]
    graph: Graph
    account: Account
    nodes: Mapping[str, Mapping[int, Node]]
    each: str | None = None
    loop: str = ""
    number: int = 0
    own_arn: str = ""
    spread: Mapping[str, Any] | None = None
    commands: Collection[str] = ()
    """The commands of bootstrap that a step can name."""

    def holds(self, when: str) -> bool:
        return holds(when, self._decides)

    def _decides(self, reference: str) -> Any:
        """The value that a condition is about; None if there is none."""
        try:
            return self._named(reference, ())
        except Absent:
            return None

    def loops(self, for_each: str) -> Iterator["Scope"]:
        """One scope for each value of the list, or this one."""
        if not for_each:
            yield self
            return
        head, _, name = for_each.partition(".")
        for number, value in enumerate(self.members(name) if head == "list" else self.inputs[name], start=1):
            yield replace(self, each=value, loop=for_each, number=number)

    def _whole(self, head: str, name: str) -> Any:
        """The value of an input, or a list."""
        return self.members(name) if head == "list" else self.inputs[name]

    def members(self, name: str) -> tuple[Any, ...]:
        """The values of a list that is made of inputs."""
        parts = [values_of(part.value, self.inputs) for part in self.definition.lists[name] if self.holds(part.when)]
        return tuple(dict.fromkeys(value for part in parts for value in part))

    def text(self, template: str, path: KeyPath, language: str = "") -> str:
        """The text with its values, in a language that has quotes if there is one."""
        if not language:
            return fill(template, partial(self._word, path=path))
        if odd := unread(template, language):
            raise Unfit(path, f"has {odd!r:.100}, with which nobody can tell where quotes end")
        return "".join(self._piece(piece, path) for piece in pieces(template, language))

    def _piece(self, piece: Piece, path: KeyPath) -> str:
        """A part of a text; one in quotes that names a list is there once for each value."""
        scopes = [*self._spread(piece.text, path)] if piece.between else [self]
        if not scopes:
            raise Absent(path, f"names a list in {piece.text[:100]}, which may have no value: add a part with when")
        return piece.between.join(fill(piece.text, partial(one._escaped, path=path, escape=piece.escape)) for one in scopes)

    def _word(self, reference: str, path: KeyPath) -> str:
        value = self._named(reference, path)
        if isinstance(value, tuple):
            raise Unfit(path, "names a list, which only an element of a list, quotes in a file, or for_each, can do")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _escaped(self, reference: str, path: KeyPath, escape: Escape) -> str:
        value = self._word(reference, path)
        known = resolve(value, self.graph.predicted_output)  # a name is the user's, and an id that only AWS knows is a word
        if any(True for _ in references(known)):
            return value
        try:
            return value if (found := escape(known)) == known else found
        except ValueError as error:
            flags = ["--" + name.replace("_", "-") for name in inputs_named(self.definition, reference)] or [reference]
            raise UsageError(
                f"{', '.join(flags)}: {known!r} cannot be put into {path[-2]} of the hand-off: it {error}",
                "Give another value.",
            ) from None

    def value(self, template: str, path: KeyPath) -> Any:
        """As `text`; but a text that is one reference is the value itself, of whatever type."""
        reference = reference_of(template)
        return self._named(reference, path) if reference else self.text(template, path)

    def texts(self, templates: Any, path: KeyPath) -> list[str]:
        """The elements of a list: one for each value of the list that an element names, none for a value that is missing."""
        found = []
        for number, template in enumerate(templates):
            if "${" not in template:
                found.append(template)
                continue
            where = (*path, number)
            with suppress(Absent):
                for scope in self._spread(template, where):
                    with suppress(Absent):
                        found.append(scope.text(template, where))
        return list(dict.fromkeys(found))

    def _spread(self, template: str, path: KeyPath) -> Iterator["Scope"]:
        lists = {name: values for reference in holes(template) for name, values in self._list(reference, path)}
        if len(lists) > 1:
            raise Unfit(path, f"names several lists: {', '.join(lists)}")
        for name, values in lists.items():
            yield from (replace(self, spread={name: value}) for value in values)
        if not lists:
            yield self

    def _list(self, reference: str, path: KeyPath) -> Iterator[tuple[str, Any]]:
        head, *rest = reference.split(".")
        if head in ("input", "list") and (value := self._whole(head, rest[0])):
            part = rest[1:]
            if isinstance(value, tuple) and part[:1] not in ([FIRST], [KMS_KEY]):
                yield f"{head}.{rest[0]}", value
            elif part and isinstance(found := self._part(value, f"{head}.{rest[0]}", part, path), tuple):
                yield reference, found
        entry = self.definition.resources.get(head)
        if entry and entry.for_each and entry.for_each != self.loop:
            yield head, [*self.nodes.get(head, {}).values()]

    def _named(self, reference: str, path: KeyPath) -> Any:
        head, *rest = reference.split(".")
        if self.spread and reference in self.spread and head in ("input", "list"):
            return self.spread[reference]
        match head, rest:
            case "command", [name]:
                if name not in self.commands:
                    raise Absent(path, f"names the command {name}, which may not be there")
                return own(name)
            case "text", [name]:
                return self._first_of(name, path)
            case "partition", []:
                return self.account.partition
            case "region", ["word"]:
                return words.word(self.account.region)
            case "input", ["role_prefix", "suffix"]:
                return words.suffix(self.inputs["role_prefix"])
            case "region", []:
                return self.account.region
            case "account", ["id"]:
                return self.account.id
            case "account", [alias, "id"]:
                return self.graph.account(alias).id
            case "vendor", [name]:
                return self.definition.vendor_accounts[name].id
            case "self", ["arn"]:
                return self.own_arn
            case "each", _:
                return self._part(self.each, self.loop, rest, path)
            case (("input" | "list"), [name, *part]):
                value = (self.spread or {}).get(f"{head}.{name}", self._whole(head, name))
                if value in (None, "", ()) and name != "role_prefix":
                    raise Absent(path, f'names {head}.{name}, which may have no value: add when = "{head}.{name}"')
                return self._part(value, f"{head}.{name}", part, path)
            case "table", [name, *column]:
                row = self.row(name)
                return row[column[0]] if isinstance(row, Mapping) else row
        return self._node(head, path)[rest[0]]

    def _part(self, value: Any, name: str, part: list[str], path: KeyPath) -> Any:
        entry = entry_of(self.definition, name)
        if not entry or pending(value):
            return value
        for each in part:
            if each == KMS_KEY:
                value = common_key(self.inputs.get(KEYS_INPUT, ()), value if isinstance(value, tuple) else (value,))
            elif isinstance(value, tuple) and each != FIRST:
                raise Unfit(path, f"names the {each} of each value of {name}, and one value is wanted")
            else:
                value = value[0] if each == FIRST else PARTS[entry.check](value)[each]
            if not value:
                raise Absent(path, f"names the {each} of {name}, which may be empty: add a when with {name}.{each}")
        return value

    def _first_of(self, name: str, path: KeyPath) -> str:
        """A text of the file: the first form of it that names nothing that is missing."""
        entry = self.definition.texts[name]
        for number, template in enumerate(entry.first_of):
            try:
                found = self.text(template, ("texts", name, "first_of", number))
            except Absent:
                continue
            if len(found) > LONGEST:  # it may be named many times
                flags = ", ".join("--" + each.replace("_", "-") for each in inputs_in(self.definition, template))
                wrong = f"{flags}: text.{name} of {self.definition.name} would have {len(found):,} characters"
                raise UsageError(wrong, f"At most {LONGEST:,} are allowed: give shorter values.")
            return found[: entry.longest] if entry.longest and not pending(found) else found
        raise Absent(path, f"names text.{name}, of which each form may name what is missing")

    def _node(self, address: str, path: KeyPath) -> Node:
        if self.spread and address in self.spread:
            return self.spread[address]  # type: ignore[no-any-return]
        looped = self.definition.resources[address].for_each
        if looped and looped != self.loop:
            raise Unfit(path, f"names {address}, of which there are several")
        node = self.nodes.get(address, {}).get(self.number if looped else 0)
        if node is None:
            raise Absent(path, f"names {address}, which may not be there: add the same when")
        return node

    def row(self, name: str) -> str | Mapping[str, str]:
        """The row of the table. Raises UsageError where the user's value has none."""
        table = self.definition.tables[name]
        head, _, decides = table.by.partition(".")
        value = self.inputs[decides] if decides else getattr(self.account, head)
        if value in table.rows:
            return table.rows[value]
        if pending(value):
            return str(value)
        if not decides and self.account.id in (EXAMPLE.id, EXAMPLE.id[::-1]):
            return next(iter(table.rows.values()))
        choices = ", ".join(table.rows)
        flag = "--" + (decides or head).replace("_", "-")
        if head == "partition":
            raise UsageError(
                f"{self.definition.name} works only in the partition {choices}, and this is {value}",
                "Choose another --region.",
            )
        raise UsageError(f"{flag}: there is nothing for {value}", f"Choose one of: {choices}.")
