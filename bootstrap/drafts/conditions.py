"""The conditions of a template as those of a file. Source: CloudFormation template reference, condition functions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.drafts.names import NO_VALUE, Names, Unresolved

DEEPEST = 10
_WHERE: Mapping[str, str] = {"AWS::Region": "region", "AWS::Partition": "partition"}


@dataclass(frozen=True)
class Conditions:
    """`named` has those of the template."""

    named: Mapping[str, Any]
    names: Names

    def expression(self, condition: str, level: int = 0) -> str:
        """The condition with this name. Raises Unresolved."""
        if condition not in self.named:
            raise Unresolved(f"there is no condition {condition}")
        return self._of(self.named[condition], level + 1)

    def alternatives(self, value: Any, when: str = "") -> Iterator[tuple[str, Any]]:
        """(condition, value) of what an Fn::If chooses from; the value itself if it is none. Raises Unresolved."""
        match value:
            case {"Fn::If": [str(condition), first, second]} if len(value) == 1:
                holds = self.expression(condition)
                yield from self.alternatives(first, both(when, holds))
                yield from self.alternatives(second, both(when, negated(holds)))
            case _ if value != NO_VALUE:
                yield when, value

    def _of(self, value: Any, level: int) -> str:
        if level > DEEPEST:
            raise Unresolved("is nested too deeply")
        match value:
            case {"Condition": str(name)}:
                return self.expression(name, level)
            case {"Fn::Not": [inner]}:
                return negated(self._of(inner, level + 1))
            case {"Fn::And": [_, *_] as parts}:
                return " and ".join(_grouped(self._of(each, level + 1)) for each in parts)
            case {"Fn::Or": [_, *_] as parts}:
                return " or ".join(_grouped(self._of(each, level + 1)) for each in parts)
            case {"Fn::Equals": [{"Ref": str(name)}, str() | bool() | int() as text]}:
                return self._equals(name, text)
            case {"Fn::Equals": [str() | bool() | int() as text, {"Ref": str(name)}]}:
                return self._equals(name, text)
        raise Unresolved("is more than a comparison of a parameter, the region or the partition with a text")

    def _equals(self, name: str, text: str | bool | int) -> str:
        shown = str(text).lower() if isinstance(text, bool) else str(text)
        if name in _WHERE:
            return f"{_WHERE[name]} == {json.dumps(shown, ensure_ascii=False)}"
        if name not in self.names.inputs or name in self.names.lists:
            raise Unresolved(f"compares {name}, which the draft does not have as a text")
        named = f"input.{self.names.inputs[name]}"
        return f"{named} == {json.dumps(shown, ensure_ascii=False)}" if shown else f"not {named}"


def both(first: str, second: str) -> str:
    return f"{_grouped(first)} and {_grouped(second)}" if first and second else first or second


def negated(condition: str) -> str:
    if condition.startswith("not ") and " and " not in condition and " or " not in condition:
        return condition.removeprefix("not ")
    return f"not {_grouped(condition)}"


def _grouped(condition: str) -> str:
    return f"({condition})" if " " in condition and not condition.startswith("(") else condition
