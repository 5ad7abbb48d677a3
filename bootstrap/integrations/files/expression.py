"""The conditions of a file: `input.write and not input.bucket`. They are read with Python's own parser, of whose syntax only
what is listed here is allowed; nothing is run."""

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import Any

LONGEST = 200
Lists = Mapping[str, Sequence[tuple[str, str]]]
"""The lists that are made of inputs, by reference: each input, and the condition under which it is a part."""
_OF_KEY = ".kms_key"
"""Of buckets, there is one if the user names a KMS key."""
_MOST_TOGETHER = 64
"""So many ways to make a condition hold are looked at."""
ALLOWED = (
    'input.NAME, input.NAME.PART, list.NAME, each, each in list.NAME, input.NAME == "TEXT", !=, partition == "TEXT", '
    "region, and, or, not, ( )"
)


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
        case ast.Compare(left=ast.Name(id="each"), ops=[ast.In() | ast.NotIn()], comparators=[right]) if _is_list(right):
            pass
        case _ if _name(node) not in ("", "partition", "region"):
            pass
        case _:
            raise ValueError("is not a condition")


def _name(node: ast.expr) -> str:
    """The reference that it is, such as input.bucket or each.prefix; "" if it is none."""
    words = ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Name)) else ""
    known = r"input(\.\w+){1,2}|list(\.\w+){1,2}|each(\.\w+)?|partition|region"
    return words if re.fullmatch(known, words, re.ASCII) else ""


def _is_list(node: ast.expr) -> bool:
    return _name(node).startswith("list.") and _name(node).count(".") == 1


def names_in(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """The references in it, each with the text that it is compared with, or None."""
    match node:
        case ast.Compare(left=left, comparators=[ast.Constant(value=str(text))]):
            yield _name(left), text
        case ast.Compare(left=left, comparators=[right]):
            yield from (*names_in(left), *names_in(right))
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
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return (of(left) in (of(right) or ())) is isinstance(op, ast.In)
        return value_of(_name(node))

    return not text or bool(of(parsed(text)))


def assignments(texts: Iterable[str], lists: Lists) -> Iterator[Mapping[str, Any]]:
    """Ways in which all these conditions hold: what each reference is then. That is True (set), False, a text, or in a tuple
    the text that it is not. A list has a value if one of its inputs has; the value of a loop is then in the list."""
    yield from _together([_ways(parsed(text), True, lists) for text in texts])


def _ways(node: ast.expr, holds: bool, lists: Lists) -> list[Mapping[str, Any]]:
    match node:
        case ast.BoolOp(op=op, values=values):
            ways = [_ways(each, holds, lists) for each in values]
            return list(_together(ways)) if isinstance(op, ast.And) is holds else [way for each in ways for way in each]
        case ast.UnaryOp(operand=operand):
            return _ways(operand, not holds, lists)
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=text)]):
            return [{_name(left): text if isinstance(op, ast.Eq) is holds else (text,)}]
        case ast.Compare(ops=[op], comparators=[right]):
            return _ways(right, isinstance(op, ast.In) is holds, lists)
        case _ if _name(node).endswith(_OF_KEY) and _name(node).count(".") > 1:
            key: list[Mapping[str, Any]] = [{f"input{_OF_KEY}": holds}]
            return list(_together([_ways(parsed(_name(node).removesuffix(_OF_KEY)), True, lists), key])) if holds else key
        case _ if _is_list(node):
            parts = [[parsed(text) for text in part if text] for part in lists[_name(node)]]
            return _ways(ast.BoolOp(ast.Or(), [ast.BoolOp(ast.And(), part) for part in parts]), holds, lists)
    return [{_name(node): holds}]


def _together(ways: Sequence[list[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    """Each way of the first together with each of the others, where they do not contradict each other."""
    for chosen in islice(product(*ways), _MOST_TOGETHER):
        found = dict[str, Any]()
        for name, value in (item for way in chosen for item in way.items()):
            both = {found.get(name, value), value}
            words = [each for each in both if isinstance(each, str)]
            if len(words) > 1 or (words and (False in both or (words[0],) in both)) or both == {True, False}:
                break
            found[name] = words[0] if words else value
        else:
            yield found
