"""The parameters of a template as inputs, and its mappings as tables.

Source: CloudFormation template reference, parameters-section-structure and mappings-section-structure.
"""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bootstrap.core.integration import Integration
from bootstrap.core.printable import printable
from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import Names, Unresolved, plain, snake, unique
from bootstrap.integrations.files.checks import CHECKS
from bootstrap.integrations.files.input_problems import OPTIONS
from bootstrap.integrations.files.pattern import matches, pattern_problem

_LONGEST_HELP = 300
_CHECKED: Mapping[str, str] = {
    r"external_?id$": "external_id",
    r"bucket(_name)?s?$": "bucket",
    r"role_arn$": "role_arn",
    r"kms_?keys?(_arns?)?$": "key_arn",
}
"""The check of an input, by its name."""
_OF_TYPES: Mapping[str, str] = {"AWS::EC2::VPC::Id": "vpc", "AWS::EC2::Subnet::Id": "subnet"}
_CARRIED = {"Type", "Description", "Default", "AllowedValues", "AllowedPattern", "NoEcho", "MinValue", "MaxValue"}


def inputs_of(parameters: Mapping[str, Any], draft: Draft) -> Names:
    """Adds an input for each parameter to the draft, and gives what they are called. A secret is never one."""
    inputs: dict[str, str] = {}
    lists, secrets = set[str](), set[str]()
    for name, entry in parameters.items():
        where = f"Parameters.{name}"
        if not isinstance(entry, dict):
            draft.leave(where, "is no object")
        elif str(entry.get("NoEcho", "")).lower() == "true":
            secrets.add(name)
            draft.leave(where, "is a secret (NoEcho), and no secret can be an input: hand it over yourself")
        else:
            called = _name(name, inputs.values())
            inputs[name] = called
            draft.content["inputs"][called] = _input(called, name, entry, draft, where)
            guessed = "check" in draft.content["inputs"][called] and kind_of(entry) not in _OF_TYPES
            draft.sources["inputs", called] = f"{where}; its check is guessed from its name" if guessed else where
            if draft.content["inputs"][called]["type"] == "list":
                lists.add(name)
    return Names(inputs=inputs, lists=frozenset(lists), secrets=frozenset(secrets))


def _name(name: str, taken: Any) -> str:
    found = snake(name)
    is_ours = found in OPTIONS or keyword.iskeyword(found) or found.startswith("no_") or hasattr(Integration, found)
    found = found if found[0].isalpha() else f"input_{found}"
    return unique(f"the_{found}"[:40] if is_ours else found, {*taken})


def kind_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("Type", "String"))


def _input(called: str, name: str, entry: Mapping[str, Any], draft: Draft, where: str) -> Content:
    kind, default = kind_of(entry), entry.get("Default")
    described = " ".join(printable(" ".join(str(entry.get("Description", "")).split()))[:_LONGEST_HELP].split())
    sentence = f"Set {name}: {described}" if described else f"Set {name}."
    found: Content = {"type": "text", "help": sentence.rstrip(".").replace("@{", "{") + "."}
    for odd in sorted(entry.keys() - _CARRIED):
        draft.leave(f"{where}.{odd}", "has no counterpart here")
    if kind == "Number":
        found |= {"type": "number", **_limits(entry)}
        if re.fullmatch("[0-9]{1,9}", str(default)):
            found["default"] = int(str(default))
        elif default is not None:
            draft.leave(f"{where}.Default", "is no whole number")
        return found
    if isinstance(allowed := entry.get("AllowedValues"), list) and allowed:
        choices = [_shown(each) for each in allowed]
        found |= {"type": "choice", "choices": [each for each in choices if each]}
        found |= {"default": _shown(default)} if default not in (None, "") else {}
        if "" in choices and "default" in found:
            draft.leave(f"{where}.AllowedValues", "has an empty value, which the draft does not")
        return found | ({"optional": True} if "" in choices and "default" not in found else {})
    check = next((each for form, each in _CHECKED.items() if re.search(form, called)), _OF_TYPES.get(kind, ""))
    if kind.startswith(("CommaDelimitedList", "List<")):
        values = [part.strip() for part in str(default or "").split(",") if part.strip()]
        checked = {"check": check} if check and all(_passes(check, each) for each in values) else {}
        optional = {"optional": True} if default == "" else {}
        return {**found, "type": "list", **checked, **({"default": values} if values else optional)}
    if check and (default in (None, "") or _passes(check, str(default))):
        found["check"] = check
        if "AllowedPattern" in entry:
            draft.leave(f"{where}.AllowedPattern", f"has the check {check} in its place")
    elif form := entry.get("AllowedPattern"):
        _pattern(found, str(form), default, draft, where)
    if found.get("check") == "external_id" and default in (None, ""):
        found |= {"question": f"Which external id does {draft.content['vendor']} show you?", "from": "vendor"}
    if default not in (None, ""):
        found["default"] = _shown(default)
        found.pop("example", None)
        if "pattern" in found:
            found["example"] = _shown(default)
    elif default == "":
        found["optional"] = True
    return found


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _passes(check: str, value: str) -> bool:
    try:
        return bool(CHECKS[check](value))
    except ValueError:
        return False


def _pattern(found: Content, form: str, default: Any, draft: Draft, where: str) -> None:
    form = form.removeprefix("^").removesuffix("$")
    if problem := pattern_problem(form):
        draft.leave(f"{where}.AllowedPattern", problem)
    elif default in (None, "") or not matches(form, str(default)):
        draft.leave(f"{where}.AllowedPattern", f"needs an example, which the template does not give: {form}")
    else:
        found["pattern"] = form


def _limits(entry: Mapping[str, Any]) -> Content:
    given = {"least": entry.get("MinValue"), "most": entry.get("MaxValue")}
    return {name: int(str(value)) for name, value in given.items() if re.fullmatch("[0-9]{1,9}", str(value))}


@dataclass
class Tables:
    """Makes a table of a mapping when something looks it up: only then it is known what decides."""

    mappings: Mapping[str, Any]
    draft: Draft
    inputs: Mapping[str, str]
    used: set[str] = field(default_factory=set)

    def look_up(self, wanted: list[Any]) -> str:
        """What Fn::FindInMap is in a file. Raises Unresolved."""
        match wanted:
            case [str(name), {"Ref": str(decides)}, str(column)] if name in self.mappings:
                return self._table(name, self._by(decides), column)
            case [str(name), str(row), str(column)] if name in self.mappings:
                self.used.add(name)
                value = self.mappings[name].get(row, {}).get(column)
                if isinstance(value, (str, int)):
                    return plain(str(value))
        raise Unresolved("looks into a mapping in a way that has no counterpart here")

    def _by(self, decides: str) -> str:
        where = {"AWS::Region": "region", "AWS::Partition": "partition"}
        if decides in where:
            return where[decides]
        if decides in self.inputs:
            return f"input.{self.inputs[decides]}"
        raise Unresolved(f"looks up {decides}, which the draft does not have")

    def _table(self, name: str, by: str, column: str) -> str:
        rows: dict[str, dict[str, str]] = {}
        for row, values in self.mappings[name].items():
            if not isinstance(values, dict) or not isinstance(values.get(column), (str, int)):
                raise Unresolved(f"looks up {column} in {name}, which not every row has as a text")
            rows[row] = {snake(key): str(value) for key, value in values.items() if isinstance(value, (str, int))}
        tables = self.draft.content["tables"]
        called = snake(name)
        if tables.get(called, {}).get("by", by) != by:
            called = f"{called[:30]}_{snake(by.partition('.')[2] or by)[:9]}"
        tables[called] = {"by": by, "rows": rows}
        self.draft.sources["tables", called] = f"Mappings.{name}"
        self.used.add(name)
        return f"${{table.{called}.{snake(column)}}}"
