"""What the names of a template are in a draft, and its intrinsic functions as texts of a file.

Source: CloudFormation template reference, intrinsic functions and pseudo parameters.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.integrations.files.template import holes

PSEUDO: Mapping[str, str] = {
    "AWS::AccountId": "${account.id}",
    "AWS::Partition": "${partition}",
    "AWS::Region": "${region}",
}
NO_VALUE = {"Ref": "AWS::NoValue"}
_REF: Mapping[str, str] = {"iam_policy": "arn", "iam_oidc_provider": "arn"}
"""The output that Ref gives, by kind; of the others it is the name."""
_ATTRIBUTES: Mapping[str, str] = {"Arn": "arn", "RoleId": "role_id", "PolicyArn": "arn"}
_IN_SUB = re.compile(r"\$\{([^}]*)\}")


class Unresolved(Exception):
    """Something that a file cannot say; the text says why."""


@dataclass(frozen=True)
class Names:
    """`inputs` by parameter, `tables` by mapping with what decides, `addresses` and `kinds` by logical id; `own` is the
    resource that is being read."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    look_up: Callable[[Any], str] = lambda wanted: ""
    own: str = ""

    def reading(self, logical: str) -> "Names":
        return replace(self, own=logical)

    def text(self, value: Any) -> str:
        """The value as a text of a file. Raises Unresolved."""
        match value:
            case bool():
                return str(value).lower()
            case str():
                return plain(value)
            case int() | float():
                return str(value)
            case {"Ref": str(name)} if len(value) == 1:
                return self._ref(name)
            case {"Fn::GetAtt": str(words)} if len(value) == 1:
                return self._attribute(*words.partition(".")[::2])
            case {"Fn::GetAtt": [str(logical), str(attribute)]} if len(value) == 1:
                return self._attribute(logical, attribute)
            case {"Fn::Sub": str(text)} if len(value) == 1:
                return self._sub(text, {})
            case {"Fn::Sub": [str(text), dict(variables)]} if len(value) == 1:
                return self._sub(text, variables)
            case {"Fn::Join": [str(between), list(parts)]} if len(value) == 1:
                return plain(between).join(self._joined(each) for each in parts if each != NO_VALUE)
            case {"Fn::FindInMap": list(wanted)} if len(value) == 1:
                return self.look_up(wanted)
            case dict() if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref", "Condition")):
                raise Unresolved(f"{next(iter(value))} has no counterpart here")
        raise Unresolved("is no text")

    def texts(self, value: Any) -> list[str]:
        """The same for one value or a list; a list of the user's stands for each of its values."""
        found = []
        for each in as_list(value):
            if each == NO_VALUE:
                continue
            match each:
                case {"Ref": str(name)} if name in self.lists:
                    found.append(f"${{input.{self.inputs[name]}}}")
                case _:
                    found.append(self.text(each))
        return found

    def _joined(self, part: Any) -> str:
        return self.text(part)

    def _ref(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.secrets:
            raise Unresolved(f"needs {name}, which is a secret (NoEcho)")
        if name in self.lists:
            raise Unresolved(f"needs {name}, a list, where one text is wanted")
        if name in self.inputs:
            return f"${{input.{self.inputs[name]}}}"
        if name in self.addresses:
            return self._output(name, _REF.get(self.kinds[name], "name"))
        raise Unresolved(f"needs {name}, which the draft does not have")

    def _attribute(self, logical: str, attribute: str) -> str:
        if logical not in self.addresses or attribute not in _ATTRIBUTES:
            raise Unresolved(f"needs {logical}.{attribute}, which the draft does not have")
        return self._output(logical, _ATTRIBUTES[attribute])

    def _output(self, logical: str, output: str) -> str:
        if logical == self.own:
            if output != "arn":
                raise Unresolved(f"needs the {output} of the resource itself, and only its ARN can be named")
            return "${self.arn}"
        return f"${{{self.addresses[logical]}.{output}}}"

    def _sub(self, text: str, variables: Mapping[str, Any]) -> str:
        def each(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in variables:
                return self.text(variables[name])
            if "." in name:
                return self._attribute(*name.partition(".")[::2])
            return found[0] if ":" in name and name not in PSEUDO and not name.startswith("AWS::") else self._ref(name)

        return _IN_SUB.sub(each, text)


def plain(text: str) -> str:
    """A text without intrinsic functions. Raises Unresolved if a file would read something else in it."""
    try:
        if named := next(iter(holes(text)), ""):
            raise Unresolved(f"has ${{{named}}} outside of Fn::Sub")
    except ValueError as error:
        raise Unresolved(str(error)) from error
    return text


def snake(name: str) -> str:
    """A name of a template as one of an input: ExternalId is external_id."""
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3_\2\4", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40] or "value"


def address_of(name: str) -> str:
    """The same as an address: ReadRole is read-role."""
    found = snake(name).replace("_", "-")
    return found if found[0].isalpha() else f"r-{found}"[:40]


def unique(name: str, taken: Mapping[str, Any] | set[str], between: str = "_") -> str:
    """The name, or with a number if there is one like it."""
    return next(each for each in _numbered(name, between) if each not in taken)


def _numbered(name: str, between: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name[:36]}{between}{number}"
        number += 1
