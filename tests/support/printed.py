"""The commands in what was printed, and whether a command of the AWS CLI is one that AWS has."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore import xform_name

from bootstrap.cli.app import VERBS

_SDK = botocore.session.Session()
_OWN = {
    "s3": {"mb", "rb", "cp", "mv", "rm", "ls", "sync"},
    "configure": {"sso", "list-profiles"},
    "sso": {"login"},
    "login": set(),
}
"""What the AWS CLI has beside the services of the SDK."""
_EVERYWHERE = {"profile", "region", "endpoint-url", "query", "output"}
_FIRST = "|".join(map(re.escape, (*VERBS, *_OWN, "s3api", *_SDK.get_available_services())))
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
    """The options of a command of the AWS CLI. Raises AssertionError for a service, an operation or an option that AWS does
    not have."""
    _, service, *rest = shlex.split(command)
    operation = rest[0] if rest and not rest[0].startswith("-") else ""
    words = [part for word in rest if word.startswith("--") for part in [word[2:].partition("=")[0]]]
    given = {
        word.partition("=")[0]: word.partition("=")[2] or after for word, after in zip(rest, [*rest[1:], ""], strict=True)
    }
    if service in _OWN:
        assert not operation or operation in _OWN[service], command
        assert set(words) <= _EVERYWHERE, command
        return given
    model = _SDK.get_service_model("s3" if service == "s3api" else service)
    names = {xform_name(name).replace("_", "-"): name for name in model.operation_names}
    assert operation in names, command
    shape = model.operation_model(names[operation]).input_shape
    known = {xform_name(name).replace("_", "-") for name in (shape.members if shape else ())}
    assert {word.removeprefix("no-") for word in words} <= known | _EVERYWHERE, command
    return given
