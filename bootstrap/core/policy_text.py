"""The texts in a policy: their paths, and the placeholders and characters that do not belong there. Pure.

Source: IAM user guide reference_policies_variables and reference_policies_grammar.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

_VARIABLE = r"(?!(?:self|opt|env|param|sls|cf|git|file|var|local):)[A-Za-z0-9][A-Za-z0-9._/-]*:(?!:)[^}]|[*?$]\}"
"""What follows `${` in a variable of IAM, in any letter case; not the variables of CloudFormation, Serverless and others."""
_UNFILLED = re.compile(rf"\$\{{(?! *(?:{_VARIABLE}))[^}}]*\}}|<[a-zA-Z_ -]+>|@\{{[^}}]*\}}")
_IN_ANGLES = re.compile(r"<[a-zA-Z_ -]+>")
_TO_FILL_IN = re.compile(
    r"\{\{[^{}]*\}\}"
    r"|(?<![A-Za-z0-9])(?:(?:REPLACE|CHANGE)[_-]?ME(?![A-Za-z0-9])|YOUR[_-](?=[A-Z]))[A-Z0-9_-]*"
)
_BRACKETED = re.compile(r"\[[A-Z_]{3,}\]")
_NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\xff]")
LONGEST_NAME = 200
"""Characters of a name in a path."""


def placeholders(text: str) -> list[str]:
    """The placeholders that were left in one text of a policy, as far as their form tells. AWS accepts some of them, and
    `policy_problems` then does not report them.

    Brackets, and words in capitals as region or account, count only in an ARN.
    """
    found = [*unfilled(text), *(item[0] for item in _TO_FILL_IN.finditer(text))]
    if text.startswith("arn:"):
        found += [item[0] for item in _BRACKETED.finditer(text)]
        found += [item for item in text.split(":", 5)[3:5] if re.fullmatch(r"[A-Z][A-Z0-9_-]+", item)]
    return list(dict.fromkeys(found))


def unfilled(text: str) -> Iterator[str]:
    """Searches braces only up to the last closing one. Beyond it, each `${` would cost a scan to the end: quadratic time."""
    end = text.rfind("}") + 1
    for item in chain(_UNFILLED.finditer(text, 0, end), _IN_ANGLES.finditer(text, end)):
        yield item[0]


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the document, including keys, with its path."""
    match value:
        case str():
            yield where, value
        case list():
            for number, item in enumerate(value):
                yield from texts(item, f"{where}[{number}]")
        case dict():
            for key, item in value.items():
                place = below(where, key)
                yield place, key
                yield from texts(item, place)


def below(where: str, name: str) -> str:
    """The path of the entry `name` of `where`. A very long name is cut, as all paths below contain it."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    return f"{where}.{shown}" if where else shown


def odd_letter(text: str) -> str:
    """The first character that IAM accepts in no policy, or ""."""
    found = _NOT_ALLOWED.search(text)
    return found[0] if found else ""
