"""From a file and the user's inputs to the resources, their statements and the hand-off. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_origin

from bootstrap.core.account import DEFAULT
from bootstrap.core.commands import option, quoted
from bootstrap.core.graph import Graph, Node
from bootstrap.core.input import PREVIOUS
from bootstrap.core.integration import Handoff
from bootstrap.core.json_types import fits, hints_of
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.policy import Statement
from bootstrap.core.reference import reference, references
from bootstrap.core.strict_json import repeated
from bootstrap.errors import UsageError, lines
from bootstrap.integrations.files.examples import is_required
from bootstrap.integrations.files.format import Definition, ExistingEntry, ResourceEntry
from bootstrap.integrations.files.handoff import handoff_of
from bootstrap.integrations.files.parts import Part, holds, property_names, required_names
from bootstrap.integrations.files.scope import Absent, Scope, Unfit
from bootstrap.integrations.files.statements import content_of, lost_with, resolved, statements_of
from bootstrap.integrations.files.structure import toml_words
from bootstrap.integrations.files.template import reference_of
from bootstrap.resources.iam.shared import ANYWHERE

KEYS = "bucket-keys"
"""The inline policy for the keys of existing buckets."""


@dataclass(frozen=True)
class Inputs:
    """The user's inputs: `values` by name, and the shared ones."""

    values: Mapping[str, Any]
    given: Collection[str] = ()
    role_prefix: str = ""
    path: str = "/"
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Sequence[Statement]] = field(default_factory=dict)
    """Statements about the keys of existing buckets, by the address of the role that gets them."""
    theirs: Collection[str] = ()
    """The existing buckets that belong to another account, as far as known."""
    previous_external_id: str | None = None
    word: str = ""
    """What a command line names the integration by."""


@dataclass
class Built:
    """What was added to the graph."""

    nodes: dict[str, dict[int, Node]] = field(default_factory=dict)
    """By address in the file, and by number in its for_each; 0 without one."""
    statements: list[Statement] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """What no longer works with --harden."""
    handoff: Handoff = field(default_factory=lambda: Handoff({}))


def build(definition: Definition, parts: Iterable[Part], inputs: Inputs, graph: Graph) -> Built:
    """Adds the resources to the graph. `parts` come after those that they refer to. Raises UsageError for inputs that break
    a rule or have no row in a table, and Unfit for what is wrong with the file."""
    check_rules(definition, inputs.values, graph)
    built = Built()
    values = {**inputs.values, "role_prefix": inputs.role_prefix, "path": inputs.path, PREVIOUS: inputs.previous_external_id}
    base = Scope(definition, values, graph, graph.account(), built.nodes)
    for part in parts:
        scope = replace(base, account=graph.account(part.entry.account or DEFAULT))
        for one in scope.loops(part.entry.for_each):
            if not one.holds(part.entry.when):
                continue
            if isinstance(part.entry, ExistingEntry):
                _use(part, part.entry, one, inputs, graph)
            else:
                _add(part, part.entry, one, inputs, graph, built)
    built.handoff = handoff_of(definition, base, inputs.word or definition.name)
    return built


def check_rules(definition: Definition, values: Mapping[str, Any], graph: Graph) -> None:
    """Raises UsageError with the sentence of the first rule that these inputs break."""
    account = graph.account()
    for rule in definition.rules:
        if not Scope(definition, values, graph, account, {}).holds(rule.when):
            continue
        names = [name.partition(".")[2] for name in (*rule.requires, *rule.conflicts, *rule.one_of, *rule.any_of)]
        given = sum(bool(values[name]) for name in names)
        most = 0 if rule.when else 1
        is_broken = (
            (rule.requires and given < len(names))
            or (rule.conflicts and given > most)
            or (rule.one_of and given != 1)
            or (rule.any_of and not given)
        )
        if is_broken:
            flags = ", ".join("--" + name.replace("_", "-") for name in names)
            raise UsageError(rule.say, f"It is about {flags}.")


def _use(part: Part, entry: ExistingEntry, scope: Scope, inputs: Inputs, graph: Graph) -> None:
    hints = hints_of(part.kind)
    empty = {name: (get_origin(hints[name]) or hints[name])() for name in required_names(part.kind, exists=False)}
    resource = part.kind(**{**empty, **_properties(part, scope)})
    if_missing = scope.text(entry.if_missing, (*part.path, "if_missing"))
    if entry.uses:
        if entry.may_be_unreadable or resource.label in inputs.theirs:  # the hand-off has what its owner must add
            return
        owner = quoted("--bucket-owner", f"{resource.label}=ACCOUNT")
        if_missing = lines(f"If it belongs to another account, add: {owner}", if_missing, _without(part, scope))
    if resource.kind == "s3_bucket":
        create = scope.account.aws("s3", "mb", f"s3://{resource.label}")
        if_missing = lines(if_missing or "Name a bucket that exists.", f"To create it first: {create}")
    graph.use_existing(resource, account=entry.account or DEFAULT, if_missing=if_missing)


def _without(part: Part, scope: Scope) -> str:
    """How to do without a bucket that an input names alone, if it may be left out."""
    head, name = (*reference_of(part.properties["name"]).split("."), "")[:2]
    if head != "input" or is_required(scope.definition.inputs[name]):
        return ""
    return f"To do without it, run the same command with: {quoted(*option(name, ''))}"


def _add(part: Part, entry: ResourceEntry, scope: Scope, inputs: Inputs, graph: Graph, built: Built) -> None:
    properties = {**_properties(part, scope)}
    properties |= _shared(part, properties, inputs)
    empty: dict[str, Any] = {name: [] if outer is list else {} for name, (_, outer) in holds(part.kind).items()}
    bare = part.kind(**properties, **empty)
    scope = replace(scope, own_arn=bare.predicted_outputs(scope.account).get("arn", ""))
    named = set[str]()
    keys = [*inputs.added.get(part.address, ())]
    has_inline = "inline_policies" in holds(part.kind)
    field_of_keys, policy_of_keys = ("inline_policies", entry.bucket_keys_in or KEYS) if has_inline else ("document", "")
    policies = {**part.policies, **({field_of_keys: part.policies.get(field_of_keys, {})} if keys else {})}
    for name, documents in policies.items():
        found = {policy: list(statements_of(part, name, policy, scope)) for policy in documents}
        for policy, items in found.items():
            if twice := repeated(each.sid for each in items):
                where = (*part.path, name, *([policy] if policy else []))
                raise Unfit(where, f"has two statements with the sid {twice} at the same time")
        named |= {address for each in found.values() for item in each for address, _ in references(vars(item))}
        found = {policy: [resolved(each, scope, (*part.path, name)) for each in items] for policy, items in found.items()}
        if keys and name == field_of_keys:
            found[policy_of_keys] = _with_keys(found.get(policy_of_keys, []), keys)
        properties[name] = content_of(part.kind, name, found)
        built.statements += [each for items in found.values() for each in items]
    built.lost += lost_with(part, scope)
    node = graph.add(
        f"{part.address}-{scope.number}" if entry.for_each else part.address,
        part.kind(**properties),
        account=entry.account or DEFAULT,
        after=[*_nodes(entry.after, built), *(graph.nodes[address] for address in named)],
        deleted_before=_nodes(entry.deleted_before, built),
        if_taken=_if_taken(part, entry, properties, scope),
    )
    built.nodes.setdefault(part.address, {})[scope.number] = node


def _with_keys(statements: Sequence[Statement], keys: Sequence[Statement]) -> list[Statement]:
    """The statements about keys of buckets come behind those about buckets and keys."""
    about = [number for number, each in enumerate(statements, start=1) if each.actions[0].startswith(("s3:", "kms:"))]
    at = max(about, default=0)
    return [*statements[:at], *keys, *statements[at:]]


def _if_taken(part: Part, entry: ResourceEntry, properties: Mapping[str, Any], scope: Scope) -> str:
    advice = scope.text(entry.if_taken, (*part.path, "if_taken"))
    if not entry.if_taken_use:
        return lines(*advice.splitlines())
    use = quoted(*option(entry.if_taken_use.partition(".")[2], properties["name"]))
    return lines(f"If it is yours and in this account, run the same command with: {use}", *advice.splitlines())


def _nodes(addresses: Iterable[str], built: Built) -> list[Node]:
    return [node for address in addresses for node in built.nodes.get(address, {}).values()]


def _properties(part: Part, scope: Scope) -> dict[str, Any]:
    """The properties but for statements. One that is a value which the user did not give has its default. Raises Unfit for a
    value of another type than the property has."""
    hints, found = hints_of(part.kind), dict[str, Any]()
    required = property_names(part.kind)
    for name, template in part.properties.items():
        path = (*part.path, name)
        try:
            value = _filled(template, scope, path)
        except Absent:
            if isinstance(template, str) and reference_of(template) and not required[name]:
                continue
            raise
        is_number = isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 10
        value = int(value) if is_number and not fits(value, hints[name]) else value
        if not fits(value, hints[name]):
            raise Unfit(path, f"cannot be {value!r:.80}: {part.entry.type} takes {toml_words(hints[name])} there")
        found[name] = value
    return found


def _filled(value: Any, scope: Scope, path: KeyPath) -> Any:
    match value:
        case str():
            found = scope.value(value, path)
            return list(found) if isinstance(found, tuple) else found
        case list() if all(isinstance(each, str) for each in value):
            return scope.texts(value, path)
        case list():
            return [_filled(each, scope, (*path, number)) for number, each in enumerate(value)]
        case dict():
            return {scope.text(key, (*path, key)): _filled(each, scope, (*path, key)) for key, each in value.items()}
    return value


def _shared(part: Part, own: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    """What the shared inputs, and the references of the file, say about the properties of this type."""
    hints, found = hints_of(part.kind), dict[str, Any]()
    asked = {name for name, value in part.properties.items() if value in [f"${{input.{each}}}" for each in inputs.given]}
    if part.kind.services == ("iam",):
        if "path" in hints:
            found["name"] = inputs.role_prefix + own["name"]
            found["path"] = inputs.path if inputs.path != "/" else own.get("path", "/")
        if "permissions_boundary" in hints:
            found["permissions_boundary"] = inputs.permissions_boundary or own.get("permissions_boundary")
            asked |= {"permissions_boundary"} & set(inputs.given)
    if "tags" in hints:
        found["tags"] = {**inputs.tags, **own.get("tags", {})}
    if "asked" in hints:
        found["asked"] = sorted(asked)
    role = next(iter(references(own.get("role", ""))), None)
    if "role_path" in hints:
        found["role_path"] = inputs.path if role else ANYWHERE
    if "role_id" in hints and role:
        found["role_id"] = reference(role[0], "role_id")
    if "why" in hints and isinstance(part.entry, ResourceEntry):
        found |= {"why": part.entry.purpose, "source": part.entry.page}
    return found
