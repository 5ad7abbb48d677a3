"""A policy in a few words, for a line that has no room for the document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.permissions.access import Level, level_of
from bootstrap.permissions.actions import table
from bootstrap.permissions.powers import actions_of

_WORDS: Mapping[Level, str] = {
    "permissions": "manage permissions",
    "write": "write",
    "tag": "tag",
    "read": "read",
    "list": "list",
}
_SHOWN = 2
"""Actions that are named."""


def policy_summary(document: Mapping[str, Any]) -> str:
    """Such as "3 statements, to write and read: s3:GetObject, s3:PutObject and 4 more on 2 buckets". What is allowed on
    every resource is named apart, and what is denied comes last."""
    statements = [each for each in as_list(document.get("Statement", [])) if isinstance(each, dict)]
    number = f"{len(statements)} statement{'' if len(statements) == 1 else 's'}{_levels(statements)}"
    groups: dict[tuple[bool, bool], list[Mapping[str, Any]]] = {}
    for each in statements:
        key = each.get("Effect") == "Deny", "*" in as_list(each.get("Resource", []))
        groups.setdefault(key, []).append(each)
    parts = [_part("denies " if denies else "", groups[denies, wide]) for denies, wide in sorted(groups)]
    return f"({number}: {'; '.join(parts)})" if parts else f"({number})"


def _levels(statements: Iterable[Mapping[str, Any]]) -> str:
    """The access levels of AWS that a policy of a role allows, the strongest first."""
    allowed = (each for each in statements if each.get("Effect") == "Allow" and "Principal" not in each)
    texts = (each for each in allowed if all(isinstance(item, str) for item in _values([each], "Action", "NotAction")))
    found = {level_of(action) for each in texts for action in actions_of(each, table())}
    words = [word for level, word in _WORDS.items() if level in found]
    return f", to {', '.join(words[:-1])}{' and ' if words[1:] else ''}{words[-1]}" if words else ""


def _part(verb: str, statements: Sequence[Mapping[str, Any]]) -> str:
    actions = [*_values(statements, "Action"), *(f"all but {each}" for each in _values(statements, "NotAction"))]
    more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
    resources, others = _values(statements, "Resource"), _values(statements, "NotResource")
    on = _objects(" on", resources) or _objects(" on all but", others)
    names = [name for each in _values(statements, "Principal") for name in _names(each)]
    who = _count(" for", names, "principal", "everybody")
    return f"{verb}{', '.join(map(str, actions[:_SHOWN]))}{more}{on}{who}"


def _objects(word: str, arns: Sequence[Any]) -> str:
    """Objects in a bucket are the bucket here."""
    names = [str(arn).split(":", 5) for arn in arns]
    if all(len(parts) == 6 and parts[2:5] == ["s3", "", ""] for parts in names):
        return _count(word, [parts[5].partition("/")[0] for parts in names], "bucket", "every bucket")
    return _count(word, arns, "resource", "every resource")


def _count(word: str, found: Iterable[Any], noun: str, every: str) -> str:
    """The only one by its name, several by their number; "" for none."""
    names = [*dict.fromkeys(map(str, found))]
    if "*" in names:
        return f"{word} {every}"
    one = f"bucket {names[0]}" if noun == "bucket" and names else "".join(names[:1])
    return f"{word} {one if len(names) == 1 else f'{len(names)} {noun}s'}" if names else ""


def _names(principal: Any) -> Iterator[Any]:
    for value in principal.values() if isinstance(principal, dict) else [principal]:
        yield from as_list(value)


def _values(statements: Sequence[Mapping[str, Any]], *elements: str) -> list[Any]:
    """What the statements have there, each once."""
    found: list[Any] = []
    for statement, element in product(statements, elements):
        found += [each for each in as_list(statement.get(element, [])) if each not in found]
    return found
