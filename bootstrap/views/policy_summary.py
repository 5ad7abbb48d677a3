"""A policy in a few words, for a line that has no room for the document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.policy import as_list

_SHOWN = 2
"""Actions that are named."""


def policy_summary(document: Mapping[str, Any]) -> str:
    """Such as "3 statements: s3:GetObject, s3:PutObject and 4 more on 2 buckets". What is allowed on every resource is
    named apart, and what is denied comes last."""
    statements = [each for each in as_list(document.get("Statement", [])) if isinstance(each, dict)]
    number = f"{len(statements)} statement{'' if len(statements) == 1 else 's'}"
    groups: dict[tuple[bool, bool], list[Mapping[str, Any]]] = {}
    for each in statements:
        key = each.get("Effect") == "Deny", "*" in as_list(each.get("Resource", []))
        groups.setdefault(key, []).append(each)
    parts = [_part("denies " if denies else "", groups[denies, wide]) for denies, wide in sorted(groups)]
    return f"({number}: {'; '.join(parts)})" if parts else f"({number})"


def _part(verb: str, statements: Sequence[Mapping[str, Any]]) -> str:
    actions = [*_values(statements, "Action"), *(f"all but {each}" for each in _values(statements, "NotAction"))]
    more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
    resources, others = _values(statements, "Resource"), _values(statements, "NotResource")
    on = _objects(" on", resources) or _objects(" on all but", others)
    names = [name for each in _values(statements, "Principal") for name in _names(each)]
    who = _count(" for", names, "principal", "everybody")
    return f"{verb}{', '.join(actions[:_SHOWN])}{more}{on}{who}"


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


def _values(statements: Sequence[Mapping[str, Any]], element: str) -> list[Any]:
    """What the statements have there, each once."""
    found: list[Any] = []
    for statement in statements:
        found += [each for each in as_list(statement.get(element, [])) if each not in found]
    return found
