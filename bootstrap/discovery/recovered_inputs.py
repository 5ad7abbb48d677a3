"""The inputs of a lost state as what it created shows them: generated values, tags, and who may assume its roles."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.difference import differences
from bootstrap.core.graph import Graph, Node
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS, Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.lockout import tested_ids
from bootstrap.core.pending import is_locked
from bootstrap.core.read_back import values_at
from bootstrap.core.recovered import Contradicted
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.core.strictness import Compared
from bootstrap.discovery.matcher import Match
from bootstrap.errors import UsageError
from bootstrap.permissions.hardened import limited_ways
from bootstrap.permissions.policy_order import statement_order, trust_order


def with_generated(given: Integration, wanted: Integration, matches: Mapping[str, Match]) -> tuple[Integration, list[str]]:
    """`wanted` with the values that an earlier run generated, as far as what it created shows them; and a line for each
    that it does not show, for which `wanted` keeps the value that was generated in this run."""
    unset = [item for item in inputs_of(type(given)) if not getattr(given, item.name)]
    inputs = [item for item in unset if item.generated]
    live = {address: match.live.properties for address, match in matches.items()}
    recovered = wanted.recover_generated(live) if inputs else {}
    values: dict[str, Any] = {}
    for item in (*inputs, *(item for item in unset if item.name == PREVIOUS)):
        with suppress(UsageError):  # somebody put another value in its place, which cannot be an input
            if item.name in recovered:
                values[item.name] = item.checked(recovered[item.name])
    lost = [item.flag for item in inputs if item.name not in values]
    return replace(wanted, **values), [
        f"the value that was generated for {flag}; a new one was generated. Give {flag} if you know the old one"
        for flag in lost
    ]


def tags_of_create(wanted: Integration, matches: Iterable[Match]) -> tuple[str, ...]:
    """The tags that every resource has and the inputs do not name, as KEY=VALUE: create puts its own on each of them. One
    resource alone proves nothing."""
    tagged = [set(match.live.properties.get("tags", {}).items()) for match in matches if match.resource.taggable]
    common = set.intersection(*tagged) if len(tagged) > 1 else set()
    named = set(wanted.tags)
    [tag] = [item for item in inputs_of(type(wanted)) if item.name == "tag"]
    found = []
    for text in sorted(f"{key}={value}" for key, value in common if key not in named):
        with suppress(UsageError):  # no input can say it
            found += tag.checked([text])
    return tuple(found)


def contradicted(
    wanted: Integration, graph: Graph, matches: Mapping[str, Match], accounts: Iterable[Account]
) -> Iterator[Contradicted]:
    """The inputs that decide who may assume a role or what a resource is called, where AWS has something else in their
    place. One that AWS does not show, such as one in a statement that somebody removed, contradicts nothing."""
    trusts = graph
    if wanted.granted_at:
        wanted.granting.build(trusts := Graph(accounts))
    deciding = [json.dumps(value) for node in trusts.nodes.values() for value in _trust(node.resource).values()]
    for item in inputs_of(type(wanted)):
        given = _texts(wanted, item)
        decides = [text for text in given if any(text in each for each in deciding)]
        seen = [each for text in decides for each in _seen(text, wanted, graph, matches)]
        has = tuple(dict.fromkeys(value for _, value in seen))
        is_same = {*given} == {*has} if item.name == EXTERNAL_ID else {*given} & {*has}
        if has and not is_same:
            yield Contradicted(item.name, given, has, seen[0][0])
    yield from _locked_again(graph, matches)
    yield from _fixed_otherwise(wanted, graph, matches)


def omitted_options(
    wanted: Integration,
    graph: Graph,
    matches: Mapping[str, Match],
    accounts: Sequence[Account],
    lookup: Callable[[str, str], str | None],
) -> tuple[str, ...]:
    """The flags of options that grant less, with which less differs from what AWS has."""

    def differing(nodes: Mapping[str, Node]) -> set[tuple[str, str, str | None]]:
        return {(address, "", None) for address in nodes.keys() - matches.keys()} | {
            (address, item.field, item.key)
            for address, match in matches.items()
            if address in nodes and nodes[address].resource.kind == match.resource.kind
            for item in differences(nodes[address].resource.resolved(lookup), match.live)
        }

    if not (now := differing(graph.nodes)):
        return ()
    found = []
    for item, limited in limited_ways(wanted):
        limited.build(then := Graph(accounts))
        if differing(then.nodes) < now:
            found.append(item.flag)
    return tuple(found)


def _fixed_otherwise(wanted: Integration, graph: Graph, matches: Mapping[str, Match]) -> Iterator[Contradicted]:
    """The names and other texts that are fixed once a resource exists, each input once."""
    named = set[str]()
    for address, match in matches.items():
        resource = graph.nodes[address].resource if address in graph.nodes else match.resource
        if resource.kind != match.resource.kind:
            continue
        for name in sorted(resource.updates.force_new):
            given, has = resource.properties().get(name), match.live.properties.get(name)
            if not isinstance(given, str) or not isinstance(has, str) or any(references(given)):
                continue
            if resource.canonical(name, given) == resource.canonical(name, has):
                continue
            item, text, value = next(_values_in(given, has, wanted), ("", given, has))
            if item not in named:
                named |= {item} - {""}
                yield Contradicted(item, (text,), (value,), address, name)


def _values_in(given: str, has: str, wanted: Integration) -> Iterator[tuple[str, str, str]]:
    """Each input in this text with its value, and with the one that AWS has there."""
    for item in inputs_of(type(wanted)):
        for text in _texts(wanted, item):
            yield from ((item.name, text, value) for value in values_at(text, given, has))


def _texts(wanted: Integration, item: Input) -> tuple[str, ...]:
    """The values of an input whose value can stand in a trust policy by itself."""
    if item.kind == "flag" or item.file or item.choices or item.keyed or item.shared or item.name == PREVIOUS:
        return ()
    value = getattr(wanted, item.name) or ()
    values = value if isinstance(value, tuple) else (value,)
    return (*values, *filter(None, [wanted.previous_external_id])) if item.name == EXTERNAL_ID else values


def _seen(text: str, wanted: Integration, graph: Graph, matches: Mapping[str, Match]) -> Iterator[tuple[str, str]]:
    """The addresses at which AWS has a value in place of this one, each with that value."""
    for address, node in graph.nodes.items():
        if match := matches.get(address):
            fields = _trust(node.resource)
            if address == wanted.granted_at:
                fields = {"parameters": node.resource.properties()["parameters"]}
            for each in values_at(text, fields, match.live.properties):
                yield address, each


def _trust(resource: Resource) -> dict[str, Any]:
    """The properties that say who may assume a role."""
    rules = resource.updates.strictness
    return {
        name: value
        for name, value in resource.properties().items()
        if isinstance(rule := rules.get(name), Compared) and rule.function in (trust_order, statement_order)
    }


def _locked_again(graph: Graph, matches: Mapping[str, Match]) -> Iterator[Contradicted]:
    """Roles that these inputs lock until the vendor has shown its external id, and that let it in already."""
    for address, match in matches.items():
        trust = graph.nodes[address].resource.properties().get("trust") if address in graph.nodes else None
        has = match.live.properties.get("trust")
        if is_locked(trust) and not is_locked(has) and (ids := tested_ids(has)):
            yield Contradicted(EXTERNAL_ID, (), tuple(ids), address)
            return
