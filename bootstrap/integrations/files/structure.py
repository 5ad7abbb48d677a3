"""Reads tables into the classes of `format.py`, strictly: each key must be known, and each value have its type."""

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.printable import printable
from bootstrap.integrations.files.format import DEEPEST, LONGEST, MOST

T = TypeVar("T")
REST = "properties"
"""The field for all keys that a table does not know."""
_FEW = 20
"""So many unknown keys of a table are reported."""
_NOTHING: Mapping[str, Any] = {}
_SHAPES = {Mapping: dict, tuple: list}


@dataclass(frozen=True)
class Problem:
    """What is wrong with the key at this path, and what to write instead."""

    path: KeyPath
    text: str
    advice: str = ""


Report = Callable[[KeyPath, str, str], None]


def key_names(kind: type) -> dict[str, dataclasses.Field[Any]]:
    """The fields of a table by the names that the file uses."""
    return {item.metadata.get("called") or item.name: item for item in dataclasses.fields(kind) if item.name != REST}


def read_table(kind: type[T], content: Any, path: KeyPath, report: Report) -> T | None:
    """The table as this class, or None if it cannot be one. Each problem is reported."""
    if not isinstance(content, dict):
        report(path, "must be a table", f"Write [{path[-1]}], and its keys below it." if path else "")
        return None
    known, values = key_names(kind), dict[str, Any]()
    whole = True
    takes_more = any(item.name == REST for item in dataclasses.fields(kind))  # type: ignore[arg-type]
    if takes_more:
        rest = {name: value for name, value in content.items() if name not in known}
        whole = _all(is_value(value, (*path, name), report) for name, value in rest.items())
        values[REST] = rest
    else:
        for name in [name for name in content if name not in known][:_FEW]:
            report((*path, name), "is not a key of this table", meant(name, known))
            whole = False
    hints = _hints(kind)
    for name, item in known.items():
        if name in content:
            found = _read(hints[item.name], item.metadata, content[name], (*path, name), report)
            whole &= found is not _WRONG
            values[item.name] = found
        elif item.default is MISSING and item.default_factory is MISSING:
            report(path, f"has no {name}", f"{_add(name, path)} {item.metadata['doc']}")
            whole = False
    return kind(**values) if whole else None


def meant(name: str, known: Iterable[str]) -> str:
    """Advice for a word that is none of these."""
    words = list(known)
    close = get_close_matches(name[:100], words, n=1)
    return (f"Did you mean {close[0]}? " if close else "") + f"It can be: {', '.join(words)}."


def _add(name: str, path: KeyPath) -> str:
    return f"Add {name} there." if path else f"Add {name} at the top of the file."


_WRONG = object()


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _KNOWN:
        _KNOWN[kind] = get_type_hints(kind)
    return _KNOWN[kind]


_KNOWN: dict[type, dict[str, Any]] = {}


def read_value(hint: Any, value: Any, path: KeyPath, report: Report) -> Any:
    """The value of this type, or None."""
    found = _read(hint, {"names": ".{1,128}"}, value, path, report)
    return None if found is _WRONG else found


def _read(hint: Any, about: Mapping[str, Any], value: Any, path: KeyPath, report: Report) -> Any:
    """The value of this type, or `_WRONG`."""
    inner, origin = get_args(hint), get_origin(hint)
    if origin is types.UnionType:
        return _one_of(inner, about, value, path, report)
    if origin is Literal:
        if (type(value), value) in [(type(each), each) for each in inner]:
            return value
        report(path, f"must be {' or '.join(str(each) for each in inner if each != '')}", "")
        return _WRONG
    if origin is tuple:
        return _list(inner[0], about, value, path, report)
    if origin is Mapping:
        return _mapping(inner[1], about, value, path, report)
    if dataclasses.is_dataclass(hint):
        found = read_table(hint, value, path, report)  # type: ignore[arg-type]
        return _WRONG if found is None else found
    if hint is Any:
        return value if is_value(value, path, report) else _WRONG
    if hint is str:
        return value if _is_text(value, about, path, report) else _WRONG
    if type(value) is not hint:
        report(path, "must be true or false" if hint is bool else "must be a whole number", "")
        return _WRONG
    return value


def _one_of(hints: Iterable[Any], about: Mapping[str, Any], value: Any, path: KeyPath, report: Report) -> Any:
    """The value as the type that fits its shape."""
    for hint in hints:
        shape = dict if dataclasses.is_dataclass(hint) else _SHAPES.get(get_origin(hint), hint)
        if type(value) is shape:
            return _read(hint, about, value, path, report)
    report(path, "has a type of value that it cannot have", "Write a text in quotes.")
    return _WRONG


def _list(hint: Any, about: Mapping[str, Any], value: Any, path: KeyPath, report: Report) -> Any:
    if not isinstance(value, list):
        report(path, "must be a list", "Write [...]." if hint is str else f"Write [[{path[-1]}]].")
        return _WRONG
    if len(value) > MOST:
        report(path, f"has {len(value):,} entries; {MOST} are the most", "")
        return _WRONG
    found = [_read(hint, about, each, (*path, number), report) for number, each in enumerate(value)]
    return _WRONG if _WRONG in found else tuple(found)


def _mapping(hint: Any, about: Mapping[str, Any], value: Any, path: KeyPath, report: Report) -> Any:
    if not isinstance(value, dict):
        report(path, "must be a table", f"Write [{path[-1]}], and its keys below it.")
        return _WRONG
    if len(value) > MOST:
        report(path, f"has {len(value):,} entries; {MOST} are the most", "")
        return _WRONG
    found = {}
    for name, each in value.items():
        if (names := about["names"]) and not re.fullmatch(names, name):
            report((*path, name), "cannot have this name", f"It must match {names}.")
            found[name] = _WRONG
        elif _is_text(name, _NOTHING, (*path, name), report):
            found[name] = _read(hint, {**about, "names": ""}, each, (*path, name), report)
        else:
            found[name] = _WRONG
    return _WRONG if _WRONG in found.values() else found


def _is_text(value: Any, about: Mapping[str, Any], path: KeyPath, report: Report) -> bool:
    if not isinstance(value, str):
        report(path, "must be text", "Write it in quotes.")
        return False
    longest = about.get("longest", LONGEST)
    if len(value) > longest:
        report(path, f"has {len(value):,} characters; {longest:,} are the most", "")
    elif odd := text_problem(value, several_lines=about.get("lines", False)):
        report(path, odd, "")
    elif (pattern := about.get("pattern", "")) and value and not re.fullmatch(pattern, value):
        report(path, f"{printable(value[:100])!r} does not have the right form", f"It must match {pattern}.")
    elif (choices := about.get("choices", ())) and value not in choices:
        report(path, f"{printable(value[:100])!r} is not known", meant(value, choices))
    elif not value and "pattern" in about and about["pattern"]:
        report(path, "is empty", "Omit the key, or write a value.")
    else:
        return True
    return False


def text_problem(text: str, *, several_lines: bool = False) -> str:
    """Why the text cannot be shown as it is, or ""."""
    if "@{" in text:
        return "has @{, which stands for something else"
    if several_lines:
        text = text.replace("\r\n", "").replace("\n", "").replace("\t", "")
    if printable(text) != text:
        return (
            "has a character that cannot be shown"
            if several_lines
            else "has a line break, or a character that cannot be shown"
        )
    return ""


def toml_words(hint: Any) -> str:
    """What a value of this type is in TOML."""
    origin = get_origin(hint) or hint
    if origin is types.UnionType:
        return " or ".join(toml_words(each) for each in get_args(hint) if each is not types.NoneType)
    words = {bool: "true or false", int: "a whole number", str: "a text in quotes"}
    return words.get(origin, "a table" if issubclass(origin, Mapping) else "a list")


def _all(checked: Iterable[bool]) -> bool:
    """Whether all are true; all are looked at, so that each reports what is wrong with it."""
    return False not in list(checked)


def is_value(value: Any, path: KeyPath, report: Report, level: int = 0) -> bool:
    """Whether it is a value that a property can have: text, a whole number, true or false, lists and tables of these."""
    if level > DEEPEST:
        report(path, f"is nested more than {DEEPEST} levels deep", "")
        return False
    match value:
        case str():
            return _is_text(value, _NOTHING, path, report)
        case bool() | int():
            return True
        case list():
            return _all(is_value(each, (*path, number), report, level + 1) for number, each in enumerate(value))
        case dict():
            return _all(
                _is_text(name, _NOTHING, (*path, name), report) and is_value(each, (*path, name), report, level + 1)
                for name, each in value.items()
            )
    report(path, "is null, a date, a time or a number with a point, which nothing here can be", "Write it in quotes.")
    return False
