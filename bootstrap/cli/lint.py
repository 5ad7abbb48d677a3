"""`bootstrap lint`: policies that somebody brings, looked at before anybody sends them."""

import json as json_format
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.reading import read, too_long
from bootstrap.errors import UsageError

LARGEST = 1_000_000
"""Bytes; AWS takes no policy of a fiftieth of that."""
DEEPEST = 20


def lint(
    *,
    files: Annotated[list[str], typer.Argument(help="JSON files with a policy each; - is stdin.", metavar="FILE...")],
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 for warnings too.")] = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Find what is wrong or dangerous in IAM policies: unknown actions, resources that no action takes, placeholders,
    size, trust without an external id, permissions that let their holder become more.

    Permissions, trust and bucket policies are told apart by Principal and Resource. AWS is not asked. Ends with 0 for
    notes and warnings, 1 for errors, and 64 when a file cannot be read; the others are looked at all the same.
    """
    from bootstrap.core.lint import findings, kind_of
    from bootstrap.core.policy import characters
    from bootstrap.lint import table
    from bootstrap.views.linted import File, content_of, lines
    from bootstrap.views.text import TextView

    linted: list[File] = []
    for name in files:
        try:
            for label, content in documents(name):
                found = findings(content, table())
                linted.append(File(label, kind_of(content), characters(content), tuple(found)))
        except UsageError as error:
            linted.append(File(name, error=error))
    if json:
        terminal.say_data(content_of(linted, table().date, table().source))
    else:
        view = TextView()
        for file in linted:
            if file.error:
                view.error(file.error)
        for line in lines(linted):
            view.out.print(line)
    if any(file.error for file in linted):
        return UsageError.exit_code
    bad = {"error", "warning"} if strict else {"error"}
    return int(any(item.severity in bad for file in linted for item in file.findings))


def documents(name: str) -> Iterator[tuple[str, Any]]:
    """(label, document) of each policy in the file: one, or several by name as `bootstrap permissions` prints them.

    Raises UsageError for a file that cannot be read, or is no JSON.
    """
    what = "stdin" if name == "-" else name
    try:
        content = json_format.loads(_text(name), object_pairs_hook=_once_each, parse_constant=_no_number)
        _check_depth(content)
    except OSError as error:
        raise UsageError(f"cannot read {what}: {error.strerror or error}", "Name JSON files, or - for stdin.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is not JSON: {error}", "A policy is a JSON object with Version and Statement.") from error
    nested = isinstance(content, dict) and "Statement" not in content and content
    if nested and all(isinstance(item, dict) and "Statement" in item for item in nested.values()):
        yield from ((f"{what}: {key}", item) for key, item in nested.items())
    else:
        yield what, content


def _text(name: str) -> str:
    if name != "-":
        raw = read(Path(name), LARGEST)
    elif sys.stdin is None:
        raise OSError("it is closed")
    else:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise OSError(too_long(LARGEST))
    return raw.decode("utf-8-sig")


def _check_depth(content: Any) -> None:
    """Raises ValueError for what is nested as no policy is: whoever goes through it would go too deep."""
    level = [content]
    for _ in range(DEEPEST):
        level = [item for each in level for item in _inside(each)]
        if not level:
            return
    raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError where a name stands twice: one of the two would be lost without a word."""
    content = dict(pairs)
    if len(content) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return content


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
