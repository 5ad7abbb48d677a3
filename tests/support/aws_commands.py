"""A command of the AWS CLI as the call of the SDK that it sends, made from the models of botocore as the CLI's are."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.validate import ParamValidator

SDK = botocore.session.Session()
EVERYWHERE = {"profile", "region", "endpoint-url", "query", "output"}
SERVICES = {"s3api": "s3"}
"""The SDK's name of a service, where the CLI has another."""
DEPLOY = {"template-file": "TemplateBody", "parameter-overrides": "Parameters"}
"""Options of `cloudformation deploy`, which makes a change set, that the call itself has not."""


@dataclass(frozen=True)
class AwsCommand:
    """`operation` is the SDK's name, and `options` has all that are given, also those that are not sent."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    options: Mapping[str, Sequence[str]]


def parsed(command: str) -> AwsCommand:
    """Raises AssertionError for a service, an operation, an option or a value that AWS does not have, and for one that is
    missing."""
    _, name, verb, *rest = shlex.split(command)
    service = SERVICES.get(name, name)
    model = SDK.get_service_model(service)
    if verb == "wait":
        waiter, *rest = rest
        waiters = SDK.create_client(service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x").waiter_names
        assert waiter.replace("-", "_") in waiters, command
        verb = "describe-change-set" if waiter.startswith("change-set") else "describe-stacks"
    options = _options(rest)
    deploys = (service, verb) == ("cloudformation", "deploy")
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    operation = "CreateChangeSet" if deploys else operations.get(verb, "")
    assert operation, f"{command}: AWS has no such operation"
    shape = model.operation_model(operation).input_shape
    members = {xform_name(each, "-"): each for each in (shape.members if shape else {})}
    parameters = dict[str, Any]({"ChangeSetName": "of-the-cli"} if deploys else {})
    for option, words in options.items():
        member = members.get(option) or members.get(option.removeprefix("no-"))
        if deploys and option in DEPLOY:
            continue
        assert member or option in EVERYWHERE, f"{command}: AWS has no --{option}"
        if member:
            parameters[member] = _value(shape.members[member], words, option)
    problems = ParamValidator().validate(parameters, shape).generate_report() if shape else ""
    assert not problems, f"{command}: {problems}"
    if "query" in options:
        answer = example_of(model.operation_model(operation).output_shape)
        assert None not in _leaves(jmespath.search(options["query"][0], answer)), f"{command}: --query finds nothing"
    return AwsCommand(service, operation, parameters, options)


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    found = dict[str, list[str]]()
    for word in words:
        if word.startswith("--"):
            name, is_given, value = word[2:].partition("=")
            found[name] = [value] if is_given else []
        else:
            assert found, f"{word} belongs to no option"
            found[next(reversed(found))].append(word)
    return found


def _value(shape: Any, words: Sequence[str], option: str) -> Any:
    if words and words[0][:1] in "[{" and shape.type_name in ("structure", "list", "map"):
        return json.loads(words[0])
    if words and words[0].startswith("file://") and shape.type_name in ("structure", "list", "map"):
        return example_of(shape)
    if shape.type_name == "list":
        return [_value(shape.member, [word], option) for word in words]
    if shape.type_name == "structure" and not words:  # a flag for what can only be on or off
        return {"Value": not option.startswith("no-")}
    if shape.type_name in ("structure", "map"):
        pairs = [each.split("=", 1) for each in re.split(r",(?=\w+=)", words[0])]
        members = {name: shape.value if shape.type_name == "map" else shape.members.get(name) for name, _ in pairs}
        assert all(members.values()), f"--{option}: {words[0]} names something that is not part of it"
        return {name: _value(members[name], _shorthand(members[name], value), option) for name, value in pairs}
    if shape.type_name == "boolean" and not words:
        return not option.startswith("no-")
    [word] = words
    if shape.type_name in ("integer", "long"):
        return int(word)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[word.lower()]
    assert not shape.enum or word in shape.enum, f"--{option}: {word} is none of {shape.enum}"
    return word * (-(-shape.metadata.get("min", 0) // len(word)) or 1) if word.isupper() else word  # CODE, INSTANCE


def _shorthand(shape: Any, value: str) -> list[str]:
    return value.split(",") if shape.type_name == "list" else [value]


def example_of(shape: Any, within: tuple[str, ...] = ()) -> Any:
    """A value that has everything that the shape can have."""
    if shape.name in within:
        return "itself"
    match shape.type_name:
        case "structure":
            return {name: example_of(each, (*within, shape.name)) for name, each in shape.members.items()}
        case "list":
            return [example_of(shape.member, (*within, shape.name))]
        case "map":
            return {"any": example_of(shape.value, (*within, shape.name))}
    return (
        shape.enum[0]
        if getattr(shape, "enum", ())
        else {"boolean": True, "integer": 1, "long": 1}.get(shape.type_name, "any")
    )


def _leaves(found: Any) -> list[Any]:
    return [leaf for each in found for leaf in _leaves(each)] if isinstance(found, list) and found else [found or None]
