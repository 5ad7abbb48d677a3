"""A CloudFormation template, in JSON: every tool that takes templates reads it, and loading it is safe everywhere. YAML
needs a loader that knows CloudFormation's own tags, and careless ones run code.

Source: CloudFormation user guide, pages template-anatomy, intrinsic-function-reference-sub (${!Literal}), parameters
(AllowedPattern), aws-attribute-deletionpolicy, cloudformation-limits, dynamic-references.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.kinds import forms
from bootstrap.export.kinds.form import REF, Add, Extend, LookedUp, Note
from bootstrap.export.names import apart
from bootstrap.export.parameters import Parameter
from bootstrap.export.symbols import Given, Here, Output, Symbol, mapped, parts

NAME = "template.json"
_LONGEST_OUTPUT = 4096
_LONGEST_DESCRIPTION = 1024
_LARGEST = 1_048_576
_LARGEST_INLINE = 51_200
_THROUGH_BUCKET = {
    True: "name one with --s3-bucket when you deploy it.",
    False: "upload it to one, and give create-change-set its --template-url instead of --template-body.",
}
_MOST = {"Parameters": 200, "Resources": 500, "Outputs": 200}
_INSTEAD = "Export it for terraform, or create it with bootstrap."
_NEEDED = ["CAPABILITY_NAMED_IAM"]
"""What the creator of the stack has to acknowledge, as roles have names."""
_PSEUDO = {"account": "AWS::AccountId", "region": "AWS::Region", "partition": "AWS::Partition"}

_Piece = tuple[Node, Add | Extend | Note]


def files(of: Exported) -> dict[str, str]:
    """Raises UsageError for what CloudFormation cannot express."""
    return {NAME: text_of(template(replace(of, recorded=None)))}  # a stack makes its own resources, with tags of its own


def text_of(whole: Mapping[str, Any]) -> str:
    """Raises UsageError for a template that is too large."""
    text = json.dumps(whole, indent=2) + "\n"
    sizes = {what: (len(whole.get(what, {})), most) for what, most in _MOST.items()} | {"bytes": (len(text), _LARGEST)}
    if over := [
        f"{most:,} {what.lower()} at most, and it has {size:,}" for what, (size, most) in sizes.items() if size > most
    ]:
        raise UsageError(f"a template of CloudFormation has {', and '.join(over)}", _INSTEAD)
    return text


def about_sizes(files: Mapping[str, str]) -> Iterator[str]:
    """Notes on how to give CloudFormation the templates that are too large for a call."""
    for name, text in files.items():
        if len(text) > _LARGEST_INLINE and "Resources" in json.loads(text):
            what = f"{name} has {len(text):,} bytes, and CloudFormation takes more than {_LARGEST_INLINE:,} from a bucket"
            yield f"Note: {what}: {_THROUGH_BUCKET[name == NAME]}"


def template(of: Exported) -> dict[str, Any]:
    write = _Writer(of)
    pieces = _pieces(of)
    resources = _resources(pieces, write)
    notes = [(piece.word, piece.text) for _, piece in pieces if isinstance(piece, Note)]
    whole: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": of.title.encode()[:_LONGEST_DESCRIPTION].decode(errors="ignore"),
        "Metadata": {
            "Integration": of.integration.name,
            "Vendor": of.integration.vendor,
            **of.about(notes),
            "Capabilities": _NEEDED,
        },
        "Parameters": {write.parameters[each.item.name]: _parameter(each) for each in of.parameters},
        "Resources": resources,
        "Outputs": _outputs(of, write),
    }
    return {name: content for name, content in whole.items() if content}


class _Writer:
    """Writes texts with symbols as CloudFormation does."""

    def __init__(self, of: Exported) -> None:
        self.of = of
        self.resources = apart(of.nodes)
        self.parameters = apart((each.item.name for each in of.parameters), self.resources.values())

    def __call__(self, value: Any) -> Any:
        """`value`, nested JSON, with functions in place of symbols. Raises UsageError for what would be read as something
        else."""
        _check_keys(value)
        return mapped(value, self.text)

    def text(self, text: str) -> Any:
        if isinstance(text, LookedUp):
            return f"{{{{{text}}}}}"
        if "{{resolve:" in text:
            raise UsageError(f"CloudFormation would look up what {text[:100]!r} names, and use that instead", _INSTEAD)
        found = parts(text)
        match found:
            case [str()]:
                return text
            case [symbol]:
                return self._function(symbol)
        written = [part.replace("${", "${!") if isinstance(part, str) else f"${{{self._name(part)}}}" for part in found]
        return {"Fn::Sub": "".join(written)}

    def _function(self, symbol: Any) -> dict[str, Any]:
        resource, _, attribute = self._name(symbol).partition(".")
        return {"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": resource}

    def _name(self, symbol: Symbol) -> str:
        """What stands for it in Fn::Sub."""
        match symbol:
            case Given(name):
                return self.parameters[name]
            case Here(what):
                return _PSEUDO[what]
            case Output(address, attribute):
                node = self.of.nodes.get(address)
                found = forms(node.resource.kind) if node else None
                word = found.attributes[attribute][0] if found and attribute in found.attributes else ""
                if not word:
                    raise UsageError(
                        f"CloudFormation does not know {address}.{attribute}, to which the rest refers",
                        _INSTEAD,
                    )
                name = self.resources[address]
                return name if word == REF else f"{name}.{word}"


def _check_keys(value: Any) -> None:
    """Such as a tag whose key is Ref, where tags are an object."""
    match value:
        case {"Fn::Base64": _}:  # ours, of user data
            return
        case dict():
            if odd := [key for key in value if key == "Ref" or key.startswith("Fn::")]:
                raise UsageError(f"CloudFormation would read the key {odd[0]} as one of its functions", _INSTEAD)
            for each in value.values():
                _check_keys(each)
        case list() | tuple():
            for each in value:
                _check_keys(each)


def identifiers(of: Exported) -> dict[str, dict[str, str]]:
    """By what CloudFormation knows each resource of the template that exists already: by the resource's name, the values of
    its properties."""
    write = _Writer(of)
    return {
        name: {word: of.recorded_output(node, output) for word, output in piece.imported.items()}
        for name, node, piece in _named(_pieces(of), write)
    }


def _named(pieces: Sequence[_Piece], write: _Writer) -> Iterator[tuple[str, Node, Add]]:
    """What the template adds, with its names."""
    taken = {*write.resources.values(), *write.parameters.values()}
    for node, piece in pieces:
        name = write.resources[node.address]
        match piece:
            case Add(part=""):
                yield name, node, piece
            case Add(part=part):
                [own] = apart([f"{name}-{part}"], taken).values()
                taken.add(own)
                yield own, node, piece


def _resources(pieces: Sequence[_Piece], write: _Writer) -> dict[str, Any]:
    added = {write.resources[node.address] for node, piece in pieces if isinstance(piece, Add)}
    found: dict[str, Any] = {}
    for name, node, piece in _named(pieces, write):
        waits = [] if piece.part else [write.resources[each] for each in node.depends_on]
        found[name] = _resource(node, piece, write, [each for each in waits if each in added])
    for more in (piece for _, piece in pieces if isinstance(piece, Extend)):
        there = found[write.resources[more.address]]
        there["Properties"].setdefault(more.property, []).append(write(more.item))
        if more.why:
            there["Metadata"].setdefault("Why", {}).update(more.why)
    return found


def _pieces(of: Exported) -> list[_Piece]:
    found: list[_Piece] = []
    for node in of.nodes.values():
        form = forms(node.resource.kind)
        assert form is not None  # `check_kinds` has refused the others by name
        found += [(node, piece) for piece in form.cloudformation(of, node)]
    return found


def _resource(node: Node, piece: Add, write: _Writer, waits: list[str]) -> dict[str, Any]:
    """`waits` are the resources that come first; those that a property refers to need no DependsOn."""
    content: dict[str, Any] = {"Type": piece.type}
    if piece.keeps:
        # What a first create made and rolled back is empty, and would be in the way of the next one.
        content |= {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    content["Metadata"] = {"Address": node.address, **({"Why": dict(piece.why)} if piece.why else {})}
    properties = write(piece.properties)
    if unnamed := [each for each in waits if not _refers(properties, each)]:
        content["DependsOn"] = unnamed
    return {**content, "Properties": properties}


def _refers(properties: Any, name: str) -> bool:
    text = json.dumps(properties)
    return any(each in text for each in (f'"Ref": "{name}"', f'"Fn::GetAtt": ["{name}"', f"${{{name}}}", f"${{{name}."))


def _parameter(each: Parameter) -> dict[str, Any]:
    return {
        "Type": "String",
        "Description": each.description,
        "Default": each.value,
        "AllowedPattern": f"^{each.form.pattern}$",
        "MinLength": each.form.least,
        "MaxLength": each.form.most,
        "ConstraintDescription": f"must be {each.form.words}",
    }


def _outputs(of: Exported, write: _Writer) -> dict[str, Any]:
    texts = of.texts
    for label, text in texts.items():
        if len(text.encode()) > _LONGEST_OUTPUT:
            raise UsageError(
                f"CloudFormation has outputs of up to {_LONGEST_OUTPUT:,} bytes, and {label} has {len(text.encode()):,}",
                _INSTEAD,
            )
    names = apart(texts)
    return {names[label]: {"Description": label, "Value": write(text)} for label, text in texts.items()}
