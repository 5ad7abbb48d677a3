"""The conditions of a file: `input.write and not input.bucket`. They are read with Python's own parser, of whose syntax only
what is listed here is allowed; nothing is run."""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

LONGEST = 200
ALLOWED = 'input.NAME, input.NAME.PART, each, input.NAME == "TEXT", !=, partition == "TEXT", region, and, or, not, ( )'


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.expr:
    """Raises ValueError."""
    if len(text) > LONGEST or "\\" in text or "\n" in text:
        raise ValueError(f"is longer than {LONGEST} characters, or has \\ or a line break")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        raise ValueError("is not a condition") from error
    _check(found)
    return found


def _check(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=values):
            for each in values:
                _check(each)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str())]) if _name(left):
            pass
        case _ if _name(node) not in ("", "partition", "region"):
            pass
        case _:
            raise ValueError("is not a condition")


def _name(node: ast.expr) -> str:
    """The reference that it is, such as input.bucket or each.prefix; "" if it is none."""
    words = ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Name)) else ""
    return words if re.fullmatch(r"input(\.\w+){1,2}|each(\.\w+)?|partition|region", words, re.ASCII) else ""


def names_in(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """The references in it, each with the text that it is compared with, or None."""
    match node:
        case ast.Compare(left=left, comparators=[ast.Constant(value=str(text))]):
            yield _name(left), text
        case ast.Attribute() | ast.Name():
            yield _name(node), None
        case ast.BoolOp(values=nodes):
            for each in nodes:
                yield from names_in(each)
        case ast.UnaryOp(operand=operand):
            yield from names_in(operand)


def holds(text: str, value_of: Callable[[str], Any]) -> bool:
    """Whether the condition holds; an empty one always does. `value_of` gives the value of a reference."""

    def of(node: ast.expr) -> Any:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(of(each) for each in values)
            case ast.BoolOp(values=values):
                return any(of(each) for each in values)
            case ast.UnaryOp(operand=operand):
                return not of(operand)
            case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=wanted)]):
                return (of(left) == wanted) is isinstance(op, ast.Eq)
        return value_of(_name(node))

    return not text or bool(of(parsed(text)))
