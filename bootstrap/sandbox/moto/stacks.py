"""Plays the stacks of CloudFormation for the types that bootstrap exports, in any account of moto.

moto's own CloudFormation knows too little of these types, loads templates with a YAML loader that runs what they say, and
takes seconds to import; here it is never loaded. What a template has beyond this is an error, so nothing in it goes untried.
Source: CloudFormation user guide, template reference (functions, AWS::IAM, AWS::S3).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import ServiceException

from bootstrap.sandbox.moto.stack_types import TYPES, Failure

TEMPLATE_BYTES = 51_200
Properties = dict[str, Any]


class Refused(Exception):
    """A stack cannot be made; the text is CloudFormation's reason."""


def parsed(text: str) -> dict[str, Any]:
    """A template of JSON; YAML is not accepted. Raises Failure."""
    try:
        template = json.loads(text)
    except ValueError:
        template = None
    if (
        len(text.encode()) > TEMPLATE_BYTES
        or not isinstance(template, dict)
        or not isinstance(template.get("Resources"), dict)
    ):
        raise Failure("ValidationError", "Template format error: the sandbox takes JSON with Resources")
    if unknown := {item["Type"] for item in template["Resources"].values()} - set(TYPES):
        raise Failure("ValidationError", f"Template format error: the sandbox does not know {sorted(unknown)}")
    return template


@dataclass
class Stack:
    """A stack in an account. `made` has, by logical id, the type and the physical id of what exists."""

    account: str
    region: str
    made: dict[str, tuple[str, str]] = field(default_factory=dict)

    def deploy(self, template: Mapping[str, Any], values: Mapping[str, str], tags: Mapping[str, str]) -> None:
        """Creates or updates it. Raises Refused, and then a new stack has left nothing."""
        wanted = Filled(self, template, values, tags)
        new = not self.made
        try:
            for name in template["Resources"]:
                self._make(wanted, name)
            for name in self.made.keys() - template["Resources"].keys():
                self._remove(name)
        except Refused:
            if new:
                self.delete({"Resources": {}})
            raise
        except ServiceException as error:
            if new:
                self.delete({"Resources": {}})
            raise Refused(str(error.message)) from error

    def delete(self, template: Mapping[str, Any]) -> None:
        for name in [*self.made][::-1]:
            if template["Resources"].get(name, {}).get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate"):
                del self.made[name]
            else:
                self._remove(name)

    def drifts(
        self, template: Mapping[str, Any], values: Mapping[str, str], tags: Mapping[str, str]
    ) -> Iterator[tuple[str, str, str, list[str]]]:
        """For each resource that is not as the template has it: its logical id, type, physical id, and what differs; none of
        that where it was deleted."""
        wanted = Filled(self, template, values, tags)
        for name, (kind, physical) in self.made.items():
            has = TYPES[kind].read(self, physical)
            want = wanted.of(template["Resources"][name]["Properties"], kind)
            if has is None:
                yield name, kind, physical, []
            elif different := [key for key, value in has.items() if key in want and want[key] != value]:
                yield name, kind, physical, different

    def _make(self, wanted: "Filled", name: str) -> None:
        if name in wanted.done:
            return
        wanted.done.add(name)
        resource = wanted.template["Resources"][name]
        for first in _list(resource.get("DependsOn", [])):
            self._make(wanted, first)
        kind = resource["Type"]
        properties = wanted.of(resource.get("Properties", {}), kind)
        if name in self.made:
            TYPES[kind].update(self, self.made[name][1], properties)
            return
        physical = TYPES[kind].id_of(self, properties)
        if TYPES[kind].read(self, physical) is not None:
            what = f"Resource of type '{kind}' with identifier '{physical}' already exists."
            raise Refused(f"ResourceLogicalId:{name}, ResourceType:{kind}, ResourceStatusReason:{what}")
        TYPES[kind].create(self, properties)
        self.made[name] = kind, physical

    def _remove(self, name: str) -> None:
        kind, physical = self.made[name]
        if TYPES[kind].read(self, physical) is not None:
            TYPES[kind].delete(self, physical)
        del self.made[name]


class Filled:
    """A template with the values of one stack."""

    def __init__(
        self, stack: Stack, template: Mapping[str, Any], values: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        self.stack, self.template, self.tags = stack, template, tags
        known = template.get("Parameters", {})
        self.values = {name: str(values.get(name, item.get("Default", ""))) for name, item in known.items()}
        self.values |= {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        for name, item in known.items():
            if (pattern := item.get("AllowedPattern")) and not re.fullmatch(pattern.strip("^$"), self.values[name]):
                raise Refused(f"Parameter {name} failed to satisfy constraint: {item.get('ConstraintDescription', pattern)}")
        self.done: set[str] = set()

    def of(self, properties: Properties, kind: str) -> Properties:
        filled: Properties = self.filled(properties)
        if TYPES[kind].taggable and (self.tags or filled.get("Tags")):
            own = {item["Key"]: item["Value"] for item in filled.get("Tags", [])}
            filled["Tags"] = [{"Key": key, "Value": value} for key, value in sorted({**self.tags, **own}.items())]
        return filled

    def filled(self, value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return self._value(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._value(f"{name}.{attribute}")
            case {"Fn::Sub": str() as text}:
                return re.sub(
                    r"\$\{(!?)([^}]+)\}", lambda found: f"${{{found[2]}}}" if found[1] else self._value(found[2]), text
                )
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.filled(parts))
            case dict():
                if unknown := [key for key in value if key.startswith("Fn::")]:
                    raise Refused(f"Template error: the sandbox does not know {unknown[0]}")
                return {key: self.filled(item) for key, item in value.items()}
            case list():
                return [self.filled(item) for item in value]
        return value

    def _value(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        resource, _, attribute = name.partition(".")
        self.stack._make(self, resource)
        kind, physical = self.stack.made[resource]
        return TYPES[kind].attribute(self.stack, physical, attribute)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
