"""Finds the policies in a text that the AWS CLI, bootstrap or Terraform printed."""

import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any
from urllib.parse import unquote

from bootstrap.core.policy_text import below
from bootstrap.core.strict_json import strict_json

DEEPEST = 20
"""Levels of objects and lists."""
_NAMES = ("PolicyName", "RoleName", "UserName", "GroupName", "VersionId", "VpcEndpointId", "address")


def policies_in(text: str) -> list[tuple[str, Any]]:
    """(path, document) of each policy in JSON; the path is "" for the whole text. Raises ValueError for what is not JSON."""
    return policies_in_content(_loaded(text))


def policies_in_content(content: Any) -> list[tuple[str, Any]]:
    """The same in what JSON holds."""
    return list(_within(content, "")) or ([("", content)] if _is_meant(content) else [])


def _is_meant(content: Any) -> bool:
    """Whether it is a policy without a statement, which the linter says."""
    return isinstance(content, dict) and not content.keys().isdisjoint({"Version", "statement", "Statements"})


def _within(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """(path, document) of what has a Statement, at any depth, and in texts that are JSON, also URL-encoded as IAM has it."""
    if isinstance(value, str):
        value = _of_text(value)
    if isinstance(value, dict) and "Statement" in value:
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, below(where, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _within(item, f"{where}[{_name(item) or number}]")


def _of_text(text: str) -> Any:
    """Raises ValueError for a policy with a name twice in one object, or that is nested too deep."""
    if not re.match(r"\s*(\{|%7B)", text, re.IGNORECASE) or "Statement" not in text:
        return None
    try:
        return _loaded(text)
    except JSONDecodeError:
        return None


def _name(item: Any) -> str:
    """What AWS calls one of a list."""
    names = (item.get(key) for key in _NAMES) if isinstance(item, dict) else ()
    return next((name for name in names if isinstance(name, str)), "")


def _loaded(text: str) -> Any:
    """What JSON, or several lines with a JSON object each, hold. Raises ValueError."""
    text = unquote(text) if re.match(r"\s*%7B", text, re.IGNORECASE) else text
    try:
        return strict_json(text, DEEPEST)
    except JSONDecodeError as error:
        lines = text.split("\n")
        if error.msg != "Extra data" or not all(line.startswith("{") for line in lines if line.strip()):
            raise
        return [strict_json(line, DEEPEST - 1) for line in lines if line.strip()]
