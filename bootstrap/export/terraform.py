"""A Terraform module: main.tf, variables.tf, outputs.tf, and imports.tf for a deployment that exists.

It configures no provider, so that it is a module for others as well as one to run. The arguments are those that versions 5
and 6 of the AWS provider share; `data.aws_region` has its name as `id` in both.
Source: documentation of the AWS provider, guides version-6-upgrade; Terraform language, import blocks (Terraform 1.5).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.core.policy import as_list
from bootstrap.core.strict_json import repeated
from bootstrap.errors import UsageError
from bootstrap.export import hcl
from bootstrap.export.exported import Exported
from bootstrap.export.hcl import Body, Call, Code, Explained
from bootstrap.export.kinds import forms
from bootstrap.export.kinds.form import Applied, Block, Encoded, Nested, Note
from bootstrap.export.names import snake, variable
from bootstrap.export.parameters import Parameter
from bootstrap.export.symbols import Given, Here, Output, Symbol, parts

_SEVERAL = ("aws_iam_role_policy", "aws_ec2_tag")
"""The types of which a resource of ours may have several."""
_INSTEAD = "Export it for cloudformation or cli, or create it with bootstrap."
_HERE = {
    "account": "data.aws_caller_identity.here.account_id",
    "region": "data.aws_region.here.id",
    "partition": "data.aws_partition.here.partition",
}
_SOURCES = {"account": "aws_caller_identity", "region": "aws_region", "partition": "aws_partition"}


def files(of: Exported) -> dict[str, str]:
    """Raises UsageError for what Terraform cannot express."""
    pieces = [(node, each) for node in of.nodes.values() for each in _pieces(node, of)]
    blocks = [(node, each) for node, each in pieces if isinstance(each, Block)]
    notes = [(each.word, each.text) for _, each in pieces if isinstance(each, Note)]
    if same := repeated(f"{each.type}.{_name(node, each)}" for node, each in blocks):
        raise UsageError(f"two resources would be {same}, as Terraform's names have only letters, digits and _", _INSTEAD)
    main = "\n".join(_main(of, blocks))
    outputs = "\n".join(_outputs(of))
    used = [what for what, code in _HERE.items() if code in main + outputs]
    data = [hcl.block(["data", _SOURCES[what], "here"], {}) for what in used]
    head = [*map(hcl.comment, of.lines(notes)), "", hcl.block(["terraform"], _needs([each for _, each in blocks]))]
    found = {"main.tf": "\n".join([*head, *data, main])}
    if of.parameters:
        found["variables.tf"] = "\n".join(map(_variable, of.parameters))
    found["outputs.tf"] = outputs
    if imports := list(_imports(of, blocks)):
        found["imports.tf"] = "\n".join(imports)
    return found


def _needs(blocks: Sequence[Block]) -> dict[str, Any]:
    """The versions that know everything in the module."""
    least = max((each.least for each in blocks), key=_number)
    below = min((each.below for each in blocks), key=_number)
    version = f">= {least}, < {below}"
    return {
        "required_version": ">= 1.5",
        "required_providers": Body({"aws": {"source": "hashicorp/aws", "version": version}}),
    }


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _pieces(node: Node, of: Exported) -> list[Block | Note]:
    found = forms(node.resource.kind)
    assert found is not None
    return list(found.terraform(of, node))


def _main(of: Exported, blocks: list[tuple[Node, Block]]) -> Iterator[str]:
    there = {node.address for node, _ in blocks}
    for node, each in blocks:
        body = {name: _written(value, of) for name, value in each.body.items()}
        first = [address for address in node.depends_on if address in there and not (each.part or each.is_data)]
        if waits := [
            _resource(of.nodes[address]) for address in first if f"{_resource(of.nodes[address])}." not in str(body)
        ]:
            body["depends_on"] = [Code(name) for name in waits]
        yield hcl.block(["data" if each.is_data else "resource", each.type, _name(node, each)], body, each.why)


def _name(node: Node, each: Block) -> str:
    return snake(f"{node.address}_{each.part}" if each.part and each.type in _SEVERAL else node.address)


def _resource(node: Node) -> str:
    found = forms(node.resource.kind)
    assert found is not None
    return f"{found.terraform_type}.{snake(node.address)}"


def _written(value: Any, of: Exported) -> Any:
    match value:
        case Nested(body):
            return Body({name: _written(each, of) for name, each in body.items()})
        case Applied(function, text):
            return Call(function, _written(text, of))
        case Encoded(document):
            statements = [Explained(of.why(each), _written(each, of)) for each in as_list(document["Statement"])]
            return Call("jsonencode", {**_written(dict(document), of), "Statement": statements})
        case str():
            return _text(value, of)
        case dict():
            return {key: _written(item, of) for key, item in value.items()}
        case list():
            return [_written(item, of) for item in value]
    return value


def _text(text: str, of: Exported) -> str:
    found = parts(text)
    if any(not isinstance(part, str) for part in found):
        if len(found) == 1:
            return Code(_code(found[0], of))
        written = [_before(part) if isinstance(part, str) else f"${{{_code(part, of)}}}" for part in found]
        return Code(f'"{"".join(written)}"')
    return text


def _before(text: str) -> str:
    """A $ just before ${...} would make a text of it."""
    return re.sub(r"[$%]\Z", lambda found: f"\\u{ord(found[0]):04x}", hcl.escaped(text))


def _code(symbol: Any, of: Exported) -> str:
    match symbol:
        case Given(name):
            return f"var.{variable(name)}"
        case Here(what):
            return _HERE[what]
        case Output(address, attribute):
            node = of.nodes.get(address)
            found = forms(node.resource.kind) if node else None
            word = found.attributes[attribute][1] if found and attribute in found.attributes else ""
            if node and word:
                return f"{_resource(node)}.{word}"
    raise UsageError(f"Terraform does not know {_said(symbol)}, to which the rest refers", _INSTEAD)


def _said(symbol: Symbol) -> str:
    return f"{symbol.address}.{symbol.attribute}" if isinstance(symbol, Output) else str(symbol)


def _variable(each: Parameter) -> str:
    name, form = variable(each.item.name), each.form
    var = Code(f"var.{name}")
    pattern = hcl.quoted(f"^{form.pattern}$")
    fits = f"length({var}) >= {form.least} && length({var}) <= {form.most} && can(regex({pattern}, {var}))"
    rule = {"condition": Code(fits), "error_message": f"It must be {form.words}."}
    body = {"description": each.description, "type": Code("string"), "default": each.value, "validation": Body(rule)}
    return hcl.block(["variable", name], body)


def _outputs(of: Exported) -> Iterator[str]:
    texts = of.texts
    used = set[str]()
    for label, text in texts.items():
        name = snake(label)
        while name in used:
            name += "_2"
        used.add(name)
        yield hcl.block(["output", name], {"description": label, "value": _text(text, of)})


def _imports(of: Exported, blocks: list[tuple[Node, Block]]) -> Iterator[str]:
    for node, each in blocks:
        if each.imported:
            yield hcl.block(["import"], {"to": Code(f"{each.type}.{_name(node, each)}"), "id": each.imported})
