"""A deployment that the project file describes."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bootstrap.cli.inputs import opened
from bootstrap.cli.project_approval import ApprovalRule
from bootstrap.core.commands import option, quoted
from bootstrap.core.input import Input
from bootstrap.core.near import did_you_mean
from bootstrap.core.place import Place
from bootstrap.errors import UsageError, all_of
from bootstrap.operations.inputs import Values

_SECRET_NAME = re.compile("secret|passw|token|access.?key|private.?key|credential", re.IGNORECASE)


@dataclass(frozen=True)
class Deployment:
    """One deployment of the file, with the defaults of the file in it. `state` is a file, or an address in S3."""

    name: str
    integration: str
    profile: str | None
    region: str | None
    state: str | None
    tags: Mapping[str, str]
    inputs: Values
    place: Place = field(repr=False)
    approval: ApprovalRule
    cage: bool = False

    def values(self, known: Mapping[str, Input], *, sandbox: bool) -> Values:
        """The inputs, checked; files in them are relative to the project file. The sandbox has no profiles, so
        inputs that name one are left out. Raises UsageError."""
        values: Values = {"tag": [f"{key}={value}" for key, value in self.tags.items()]} if self.tags else {}
        wrong = []
        for key, value in self.inputs.items():
            try:
                values |= self._value(key, value, known, sandbox=sandbox)
            except UsageError as error:
                wrong.append(error)
        if wrong:
            raise all_of(wrong, f"inputs in {self.place.file} are wrong")
        return values

    def _value(self, key: str, value: Any, known: Mapping[str, Input], *, sandbox: bool) -> Values:
        """One checked input, by its name; nothing where it is left out."""
        place, name = self.place.at("inputs", key), key.replace("-", "_")
        if name == "tag":
            place.refuse("tags have a table of their own", f"Move it to [deployments.{self.name}.tags].")
        if name not in known:
            near = did_you_mean(name, known)
            place.refuse(unknown(key, f"an input of {self.integration}"), f"{near}It has: {', '.join(sorted(known))}.")
        if sandbox and _names_profile(name):
            return {}
        item = known[name]
        try:
            found = opened(item, value, Path(self.place.file).parent)
            if value not in ("", [""], []):
                item.given(found)
        except UsageError as error:
            place.refuse(error.message.removeprefix(f"{item.flag}: "), error.advice or "Correct it in the file.")
        return {name: found}

    def where(self, name: str) -> str:
        """The file and the line of an input, by its name; "" if the file does not have it."""
        key = next((each for each in self.inputs if each.replace("-", "_") == name), None)
        return self.place.at("inputs", key).spot if key else ""

    def words(self, given: Collection[str], *, sandbox: bool) -> str:
        """The inputs and tags as one would type them, without those that are `given` on the command line."""
        tags = [] if "tag" in given else [f"{key}={value}" for key, value in self.tags.items()]
        words = [word for each in tags for word in option("--tag", each)]
        for key, value in self.inputs.items():
            name = key.replace("_", "-")
            if key.replace("-", "_") in given:
                continue
            if isinstance(value, bool):
                words.append(f"--{name}" if value else f"--no-{name}")
            elif not (sandbox and _names_profile(key)):
                shown = f"(a table of {len(value)})" if isinstance(value, dict) else value
                items = shown if isinstance(shown, list) else [shown]
                words += [word for each in items for word in option(f"--{name}", str(each)[:200])]
        return quoted(*words)


def unknown(key: str, what: str) -> str:
    """What to say of a key that is not `what`."""
    return f"is not {what}" + (", and no secret belongs in this file" if _SECRET_NAME.search(key) else "")


def _names_profile(name: str) -> bool:
    return name.replace("-", "_").endswith("_profile")
