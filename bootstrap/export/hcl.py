"""Terraform's language, as `terraform fmt` leaves it. A string stands for itself, `Code` for an expression.

Source: HCL native syntax specification (template escapes $${ and %%{); terraform fmt aligns the = of neighboring lines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class Code(str):
    """An expression, written as it is."""


@dataclass(frozen=True)
class Comment:
    text: str


@dataclass(frozen=True)
class Body:
    """A block within a block: attributes and further blocks by name; several of one name as a list."""

    items: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A function with one argument, such as jsonencode."""

    function: str
    value: Any


@dataclass(frozen=True)
class Explained:
    """An object, in a list, below the reason for it."""

    why: str
    value: Mapping[str, Any]


def block(words: Sequence[str], items: Mapping[str, Any], why: str = "") -> str:
    """A block at the top of a file: `resource "aws_iam_role" "role" { ... }`."""
    head = " ".join([words[0], *(f'"{word}"' for word in words[1:])])
    return "\n".join([*([comment(why)] if why else []), f"{head} {{", *_indented(_items(items)), "}"]) + "\n"


def comment(text: str) -> str:
    """One line, whatever is in the text."""
    return f"# {' '.join(text.split())}"


def quoted(text: str) -> str:
    """A string literal in which nothing stands for something else."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    found = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    found = "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in found)
    return found.replace("${", "$${").replace("%{", "%%{")


def _items(items: Mapping[str, Any]) -> list[str]:
    """The lines of a body: attributes first, aligned as far as they are neighbors; then blocks, each apart."""
    plain: list[tuple[str, list[str]]] = []
    blocks: list[list[str]] = []
    for name, value in items.items():
        bodies = value if isinstance(value, list) and value and isinstance(value[0], Body) else [value]
        if isinstance(bodies[0], Body):
            blocks += [[f"{name} {{", *_indented(_items(each.items)), "}"] for each in bodies]
        else:
            plain.append((name, _value(value)))
    lines = _aligned(plain)
    for each in blocks:
        lines += [*([""] if lines else []), *each]
    return lines


def _aligned(entries: Sequence[tuple[str, list[str]]]) -> list[str]:
    """`name = value` for each; neighbors of one line have their = in one column."""
    lines: list[str] = []
    group: list[tuple[str, str]] = []

    def close() -> None:
        widest = max((len(name) for name, _ in group), default=0)
        lines.extend(f"{name:<{widest}} = {value}" for name, value in group)
        group.clear()

    for name, value in entries:
        if len(value) == 1:
            group.append((name, value[0]))
        else:
            close()
            lines.extend([f"{name} = {value[0]}", *value[1:]])
    close()
    return lines


def _value(value: Any) -> list[str]:
    match value:
        case Code():
            return [str(value)]
        case bool():
            return ["true" if value else "false"]
        case int():
            return [str(value)]
        case str():
            return [quoted(value)]
        case Call(function, argument):
            first, *rest = _value(argument)
            lines = [f"{function}({first}", *rest]
            return [*lines[:-1], f"{lines[-1]})"]
        case Explained():
            return _value(value.value)
        case list():
            return list(_list(value))
        case dict() if not value:
            return ["{}"]
        case dict():
            return ["{", *_indented(_aligned([(_key(key), _value(item)) for key, item in value.items()])), "}"]
    raise TypeError(f"HCL has no {type(value).__name__}")


def _list(items: Sequence[Any]) -> Iterator[str]:
    """One short element stays on the line."""
    if not items or (len(items) == 1 and len(only := _value(items[0])) == 1 and not isinstance(items[0], Explained)):
        yield f"[{only[0] if items else ''}]"
        return
    yield "["
    for each in items:
        if isinstance(each, Explained) and each.why:
            yield f"  {comment(each.why)}"
        *head, last = _value(each)
        yield from _indented([*head, f"{last},"])
    yield "]"


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z_][A-Za-z0-9_-]*", key) else quoted(key)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else line for line in lines]
