"""The commands in what was printed, and whether a command of the AWS CLI is one that AWS has."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from bootstrap.cli.app import VERBS
from tests.support.aws_commands import EVERYWHERE, SDK, parsed

OWN = {
    "s3": {"mb", "rb", "cp", "mv", "rm", "ls", "sync"},
    "configure": {"sso", "list-profiles"},
    "sso": {"login"},
    "login": set(),
}
"""What the AWS CLI has beside the services of the SDK."""
_FIRST = "|".join(map(re.escape, (*VERBS, *OWN, "s3api", *SDK.get_available_services())))
_COMMAND = re.compile(rf"(?:^|[\s(])((?:bootstrap|aws) (?:{_FIRST})(?: .*)?)$")


def printed(*texts: str) -> list[str]:
    """The commands, each once: they end their line, in text and in each text of a JSON document."""
    lines = [line for text in texts for part in (text.splitlines() if _is_text(text) else [text]) for line in _texts(part)]
    return list(dict.fromkeys(found[1] for line in lines if (found := _COMMAND.search(line))))


def _is_text(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _texts(line: str) -> Iterator[str]:
    try:
        content = json.loads(line)
    except ValueError:
        content = line
    pending: list[Any] = [content]
    while pending:
        match pending.pop():
            case str() as text:
                yield from text.splitlines()
            case dict() as found:
                pending += found.values()
            case list() as found:
                pending += found


def check_aws(command: str) -> dict[str, str]:
    """The options of a command of the AWS CLI. Raises AssertionError for a service, an operation, an option or a value that
    AWS does not have, or where one is missing that it needs."""
    _, service, *rest = shlex.split(command)
    if service not in OWN:
        return {f"--{name}": " ".join(words) for name, words in parsed(command).options.items()}
    words = [word for word in rest if word.startswith("--")]
    assert not rest or rest[0] in words or rest[0] in OWN[service], command
    assert {word[2:].partition("=")[0] for word in words} <= EVERYWHERE, command
    return {word.partition("=")[0]: word.partition("=")[2] or after for word, after in pairwise([*rest, ""])}
