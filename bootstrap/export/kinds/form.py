"""What a resource type says of itself to each format. Texts may hold symbols; the format writes them in its own way."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bootstrap.core.graph import Node
from bootstrap.core.policy import as_list
from bootstrap.core.resource import Resource
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.symbols import Output, marker, parts

REF = "Ref"
_Kind = TypeVar("_Kind", bound=Resource)


def resource_of(node: Node, kind: type[_Kind]) -> _Kind:
    """The resource of a node, which is of this kind: a form is only asked for its own."""
    assert isinstance(node.resource, kind)
    return node.resource


@dataclass(frozen=True)
class Add:
    """A resource of a CloudFormation template. `part` tells several of one node apart; `keeps` says that deleting the stack
    leaves it, as a destroy would. `imported` are the outputs by which CloudFormation knows one that exists, by the names of
    its properties (`primaryIdentifier` of the type's schema)."""

    type: str
    properties: Mapping[str, Any]
    imported: Mapping[str, str]
    part: str = ""
    keeps: bool = False
    why: Mapping[str, str] = field(default_factory=dict)


class LookedUp(str):
    """What CloudFormation looks up when it makes the stack, such as resolve:ssm:NAME."""


@dataclass(frozen=True)
class Extend:
    """Adds to a list of the resource at another address: CloudFormation has no type of its own for this."""

    address: str
    property: str
    item: str
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """What the format cannot do, for a person: `word` is one of `Exported.about`."""

    word: str
    text: str


@dataclass(frozen=True)
class Nested:
    """A block within a block of Terraform."""

    body: Mapping[str, Any]


@dataclass(frozen=True)
class Encoded:
    """A JSON document, such as a policy, whose statements have reasons."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class Applied:
    """A function of Terraform on a text."""

    function: str
    text: str


@dataclass(frozen=True)
class OfFile:
    """A value of the AWS CLI that both of its versions read alike only from a file."""

    text: str


@dataclass(frozen=True)
class Block:
    """A resource of Terraform, or a data source. `imported` is the id by which Terraform knows one that exists. `least` and
    `below` are the versions of the provider that know these arguments."""

    type: str
    body: Mapping[str, Any]
    part: str = ""
    imported: str = ""
    why: str = ""
    is_data: bool = False
    least: str = "5.0"
    below: str = "7.0"


@dataclass(frozen=True)
class Command:
    """A command of the AWS CLI. An option's value is a text, or a document that is sent as JSON. `outside_home` are further
    options in every region but us-east-1. The script stops before the command if `refused_if` succeeds, and omits it if
    `unless` does. `keeps` are the outputs that later commands need, by name, with what finds each in the answer. If
    `patient`, it is tried again: a role may be too new."""

    service: str
    operation: str
    options: Mapping[str, Any]
    outside_home: Mapping[str, Any] = field(default_factory=dict)
    refused_if: "Command | None" = None
    unless: "Command | None" = None
    keeps: Mapping[str, str] = field(default_factory=dict)
    patient: bool = False
    why: str = ""


@dataclass(frozen=True)
class Wait:
    """Waits until a command prints the word; it sends `again` as long as it prints INVALID."""

    command: Command
    wanted: str
    again: Command | None = None


@dataclass(frozen=True)
class Forms:
    """`attributes` are the outputs by name: (of a CloudFormation resource: REF or the name for Fn::GetAtt; of the first
    Terraform resource)."""

    attributes: Mapping[str, tuple[str, str]]
    terraform_type: str
    cloudformation: Callable[[Exported, Node], Iterable[Add | Extend | Note]]
    terraform: Callable[[Exported, Node], Iterable[Block | Note]]
    script: Callable[[Exported, Node], Iterable[Command | Wait]]


def reasons(of: Exported, *documents: Mapping[str, Any]) -> dict[str, str]:
    """Why the statements of policies are there, by their Sids."""
    statements = [item for each in documents for item in as_list(each.get("Statement", []))]
    return {str(item.get("Sid")): why for item in statements if (why := of.why(item))}


def of_the_account(arn: str | None) -> str | None:
    """The ARN of a resource of IAM that has to be in the same account: with the account in which the document is used."""
    if arn is None:
        return None
    return re.sub(
        "^arn:[a-z-]+:iam::[0-9]{12}:", f"arn:{marker('here', 'partition')}:iam::{marker('here', 'account')}:", arn
    )


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def without_empty(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value not in (None, "", [], {})}


def address_of(of: Exported, kind: str, attribute: str, text: str) -> str | None:
    """The address of the exported resource of this kind that the text names, by a reference or by its own name or ARN."""
    for part in parts(text):
        if isinstance(part, Output) and of.nodes[part.address].resource.kind == kind:
            return part.address
    for address, node in of.nodes.items():
        if node.resource.kind == kind and of.graph.predicted_output(address, attribute) == text:
            return address
    return None


def without_tags(of: Exported, node: Node, what: str) -> Iterator[Note]:
    """Raises UsageError where CloudFormation would lose tags. What exists already keeps them."""
    if of.recorded:
        yield Note("SideEffects", f"{node.address} keeps its tags: CloudFormation cannot tag {what}")
    elif tags := node.resource.properties().get("tags"):
        given = " ".join(f"--tag {key}={value}" for key, value in tags.items())
        raise UsageError(
            f"CloudFormation cannot tag {what} ({node.address}), so {given} would be lost",
            "Omit --tag, and give the tags to the stack.",
        )


def fixed_tags(of: Exported, node: Node) -> Iterator[Note]:
    """For a type whose schema has Tags among its createOnlyProperties: other tags would replace what a stack took over."""
    if of.recorded:
        yield Note("SideEffects", f"{node.address} keeps its tags: CloudFormation would replace it to change them")
