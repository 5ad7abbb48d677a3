"""Compares the lists of actions that the catalog has copied from a vendor with what the vendor lists now; changes nothing.

Run: python -m scripts.catalog_drift datadog
It reads the addresses below. For another place, name it: python -m scripts.catalog_drift datadog standard=answer.json
Exits with 0 if nothing has changed, 1 if something has, 2 if a list could not be read. Afterwards, a person edits the file.

Source of the addresses: DataDog/cloudformation-template, aws_quickstart/attach_integration_permissions.py. The answer is
{"data": {"attributes": {"permissions": [...]}}}, with lists in the list if it is chunked.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

CATALOG = Path(__file__).parents[1] / "bootstrap" / "integrations" / "catalog"
_API = "https://api.datadoghq.com/api/v2/integration/aws/iam_permissions"
LISTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "datadog": {
        "standard": (f"{_API}/standard", "DatadogStandard"),
        "resource_collection": (f"{_API}/resource_collection?chunked=true", "DatadogResourceCollection"),
    }
}
"""By integration and list: its address, and how the Sids of the statements begin that hold it."""
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*]+")
_SECONDS = 30


def copied(name: str, sid: str, folder: Path = CATALOG) -> set[str]:
    """The actions of the statements in the file whose Sid begins like this."""
    content = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return {action for each in _statements(content) if each["sid"].startswith(sid) for action in each["actions"]}


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if "sid" in value and "actions" in value:
            yield value
        for each in value.values():
            yield from _statements(each)
    elif isinstance(value, list):
        for each in value:
            yield from _statements(each)


def listed(text: str) -> set[str]:
    """The actions in an answer. Raises ValueError if it is not JSON, or has none."""
    found = {each for each in _texts(json.loads(text)) if _ACTION.fullmatch(each)}
    if not found:
        raise ValueError("it names no action")
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def difference(ours: set[str], theirs: set[str]) -> list[str]:
    """One line for each action that only one of them has."""
    return [f"+ {action}" for action in sorted(theirs - ours)] + [f"- {action}" for action in sorted(ours - theirs)]


def _read(place: str) -> str:
    if not place.startswith(("https://", "http://")):
        return Path(place).read_text(encoding="utf-8")
    with urlopen(place, timeout=_SECONDS) as answer:
        return str(answer.read().decode())


def main(words: Sequence[str]) -> int:
    if not words or words[0] not in LISTS or any(word.partition("=")[0] not in LISTS[words[0]] for word in words[1:]):
        known = "; ".join(f"{name} ({', '.join(lists)})" for name, lists in LISTS.items())
        print(
            f"usage: python -m scripts.catalog_drift INTEGRATION [LIST=FILE or LIST=URL]\nThere are: {known}.",
            file=sys.stderr,
        )
        return 2
    lists, places = LISTS[words[0]], dict(word.split("=", 1) for word in words[1:])
    code = 0
    for name in places or lists:
        address, sid = lists[name]
        place, ours = places.get(name, address), copied(words[0], sid)
        try:
            lines = difference(ours, listed(_read(place)))
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            print(f"{name}: {place} could not be read: {error}", file=sys.stderr)
            code = 2
            continue
        print(f"{name}: {len(ours)} actions in {words[0]}.toml, {len(lines)} of them or of {place} are different")
        print("\n".join(lines), end="\n" if lines else "")
        code = max(code, 1 if lines else 0)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
