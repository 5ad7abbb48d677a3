"""What `${...}` stands for at one place of a file, with the user's inputs and accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.pending import pending
from bootstrap.errors import UsageError
from bootstrap.integrations.files.checks import PARTS
from bootstrap.integrations.files.expression import holds
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.lists import entry_of, values_of
from bootstrap.integrations.files.quoting import Escape, pieces
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
    """`spread` is the list input, or the address with a for_each, of which one value counts here, with that value."""

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

    def members(self, name: str) -> tuple[Any, ...]:
        """The values of a list that is made of inputs."""
        parts = [values_of(part.value, self.inputs) for part in self.definition.lists[name] if self.holds(part.when)]
        return tuple(dict.fromkeys(value for part in parts for value in part))

    def text(self, template: str, path: KeyPath, language: str = "") -> str:
        """The text with its values, in a language that has quotes if there is one."""

        def named(reference: str) -> str:
            value = self._named(reference, path)
            if isinstance(value, tuple):
                raise Unfit(path, "names a list, which only an element of a list, or for_each, can do")
            return str(value).lower() if isinstance(value, bool) else str(value)

        def escaped(reference: str, escape: Escape) -> str:
            value = named(reference)
            try:
                return escape(value)
            except ValueError as error:
                flag = commands.option(reference.split(".")[1], "")[0] if reference.startswith("input.") else reference
                where = f"{path[-2]} of the hand-off"
                raise UsageError(
                    f"{flag}: {value!r} cannot be put into {where}: it {error}", "Give another value."
                ) from None

        if not language:
            return fill(template, named)
        return "".join(fill(piece, partial(escaped, escape=escape)) for piece, escape in pieces(template, language))

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
            for scope in self._spread(template, where):
                try:
                    found.append(scope.text(template, where))
                except Absent:
                    continue
        return list(dict.fromkeys(found))

    def _spread(self, template: str, path: KeyPath) -> Iterator["Scope"]:
        lists = {name: values for name in holes(template) for name, values in self._list(name)}
        if len(lists) > 1:
            raise Unfit(path, f"names several lists: {', '.join(lists)}")
        for name, values in lists.items():
            yield from (replace(self, spread={name: value}) for value in values)
        if not lists:
            yield self

    def _list(self, reference: str) -> Iterator[tuple[str, Any]]:
        head, name, *_ = [*reference.split("."), ""]
        if head == "input" and isinstance(values := self.inputs[name], tuple):
            yield f"input.{name}", values
        if head == "list":
            yield f"list.{name}", self.members(name)
        entry = self.definition.resources.get(head)
        if entry and entry.for_each and entry.for_each != self.loop:
            yield head, [*self.nodes.get(head, {}).values()]

    def _named(self, reference: str, path: KeyPath) -> Any:
        head, *rest = reference.split(".")
        match head, rest:
            case "partition", []:
                return self.account.partition
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
            case "input", [name, *part]:
                value = (self.spread or {}).get(f"input.{name}", self.inputs[name])
                if (value in (None, "") and name != "role_prefix") or (value == () and not self.spread):
                    raise Absent(path, f'names input.{name}, which may have no value: add when = "input.{name}"')
                return self._part(value, f"input.{name}", part, path)
            case "list", [name, *part]:
                found = (self.spread or {}).get(f"list.{name}") or self.members(name)
                if found == ():
                    raise Absent(path, f'names list.{name}, which may be empty: add when = "list.{name}"')
                return self._part(found, f"list.{name}", part, path)
            case "table", [name, *column]:
                row = self.row(name)
                return row[column[0]] if isinstance(row, Mapping) else row
        return self._node(head, path)[rest[0]]

    def _part(self, value: Any, name: str, part: list[str], path: KeyPath) -> Any:
        entry = entry_of(self.definition, name)
        if not part or not entry or pending(value):
            return value
        if not (found := PARTS[entry.check](value)[part[0]]):
            raise Absent(path, f"names the {part[0]} of {name}, which may be empty: add a when with {name}.{part[0]}")
        return found

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
