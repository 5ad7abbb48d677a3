"""What stands in a text for a value that is known only where the document is used: an input, the account, an output."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_SYMBOL = re.compile(r"@\{(?:(input|here) ([a-z0-9_]+)|([a-z0-9][a-z0-9-]*)\.([a-z_]+))\}")


@dataclass(frozen=True)
class Given:
    """The value of an input, by its name."""

    name: str


@dataclass(frozen=True)
class Here:
    """The account or the region in which the document is used."""

    what: str


@dataclass(frozen=True)
class Output:
    """An output of a resource, as `core/reference.py` writes it."""

    address: str
    attribute: str


Symbol = Given | Here | Output


def marker(kind: Literal["input", "here"], name: str) -> str:
    """Stands for the symbol in a text. No input can hold it (`validators.literal`), and it is no reference."""
    return f"@{{{kind} {name}}}"


def parts(text: str) -> list[str | Symbol]:
    """The text, cut into its symbols and what is between them."""
    found: list[str | Symbol] = []
    end = 0
    for match in _SYMBOL.finditer(text):
        found += [text[end : match.start()]] if match.start() > end else []
        kind, name, address, attribute = match.groups()
        found.append(Output(address, attribute) if address else Given(name) if kind == "input" else Here(name))
        end = match.end()
    return found + ([text[end:]] if end < len(text) or not found else [])


def mapped(value: Any, write: Callable[[str], Any]) -> Any:
    """`value`, nested JSON, with each text as `write` has it; keys stay as they are."""
    match value:
        case str():
            return write(value)
        case dict():
            return {key: mapped(item, write) for key, item in value.items()}
        case list() | tuple():
            return [mapped(item, write) for item in value]
    return value


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """`value`, nested JSON, with `values` in place of the markers that are their keys."""

    def write(text: str) -> str:
        for name, one in values.items():
            text = text.replace(name, one)
        return text

    return mapped(value, write)


def spoken(text: str) -> str:
    """The text for people, with the names of its symbols: "<external-id>", "<role.arn>"."""
    return "".join(part if isinstance(part, str) else f"<{_word(part)}>" for part in parts(text))


def _word(symbol: Symbol) -> str:
    match symbol:
        case Given(name):
            return name.replace("_", "-")
        case Here(what):
            return what
        case Output(address, attribute):
            return f"{address}.{attribute}"
