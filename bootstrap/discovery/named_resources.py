"""The resources that a user names for an adopt: by name, id or ARN. And the input that gives a resource its name."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.live import Live, Outputs
from bootstrap.core.near import did_you_mean
from bootstrap.core.resource import Resource
from bootstrap.core.validators import literal
from bootstrap.discovery.search import arn_parts
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import BootstrapError, PlanRefused, UsageError, lines

_PROBE = "xq7zprobe"
"""A value that no other input has: where it shows, the input ends up."""
_IDS = {"instance_id": "i", "allocation_id": "eipalloc", "group_id": "sg", "template_id": "lt", "key_pair_id": "key"}
"""What the ids of EC2 begin with, by output. Source: EC2 user guide resource-ids."""


def parse_named(words: Iterable[str]) -> dict[str, str]:
    """ADDRESS=NAME as a mapping. Raises UsageError."""
    found: dict[str, str] = {}
    for word in words:
        address, sign, what = word.partition("=")
        if not (sign and address and what.strip()):
            raise UsageError(
                f"--resource: {word!r} is not ADDRESS=NAME", "Give the name, the id or the ARN after the sign =."
            )
        if found.setdefault(address, what.strip()) != what.strip():
            raise UsageError(f"--resource: {address} is given twice, with different values", "Keep one of the two.")
    return found


def outputs_of_named(graph: Graph, named: Mapping[str, str]) -> dict[str, Outputs]:
    """What `Resource.read` needs to find each of them, by address. Raises UsageError."""
    if unknown := sorted(set(named) - set(graph.nodes)):
        there_are = f"{did_you_mean(unknown[0], graph.nodes)}Name one of: {', '.join(graph.nodes)}."
        raise UsageError(f"--resource: this deployment has no resource {unknown[0]!r}", there_are)
    return {address: _outputs(graph.nodes[address], graph, what) for address, what in named.items()}


def check_named(named: Mapping[str, str], graph: Graph, live: Mapping[str, Live | None]) -> None:
    """Raises PlanRefused if one does not exist, and UsageError if another address has it, too. `live` is what AWS has."""
    absent = []
    for address, what in named.items():
        found = live[address]
        # An ARN with another path has the same name, but it is not this resource that the user meant.
        if found is None or (what.startswith("arn:") and found.outputs.get("arn", what) != what):
            absent.append(f"{address}={what}")
        elif twice := [each for each in named if each != address and _same(graph, live, address, each)]:
            raise UsageError(
                f"--resource: {address} and {twice[0]} are the same resource, {what}", "Give each address its own."
            )
    if absent:
        there = ", ".join(f"account {account.id}, region {account.region}" for account in graph.accounts)
        raise PlanRefused("what --resource names does not exist", absent, f"Looked in {there}. Nothing was changed.")


def _same(graph: Graph, live: Mapping[str, Live | None], one: str, other: str) -> bool:
    nodes, found = [graph.nodes[one], graph.nodes[other]], [live[one], live[other]]
    kinds = {(node.resource.kind, graph.account(node.account).id) for node in nodes}
    output = next(iter(nodes[0].resource.identifiers.arn_prefixes.values()))
    return len(kinds) == 1 and len({each and each.outputs.get(output) for each in found}) == 1


def _outputs(node: Node, graph: Graph, what: str) -> Outputs:
    resource, account = node.resource, graph.account(node.account)
    kind = f"{node.address} ({resource.kind})"
    found_by = {prefix: output for prefix, output in resource.identifiers.arn_prefixes.items() if output}
    if not found_by:
        raise UsageError(f"--resource: {kind} has no name of its own", "Omit it: it is found by what it belongs to.")
    output, value = next(iter(found_by.values())), what
    if what.startswith("arn:"):
        output = found_by[_prefix_of(what, kind, found_by, account)]
        value = what if output == "arn" else arn_parts(what)[1]
    elif output == "arn":
        raise UsageError(f"--resource: {what!r} is not the ARN of {kind}", "Give its ARN.")
    if output in _IDS and not re.fullmatch(f"{_IDS[output]}-[0-9a-f]{{8}}([0-9a-f]{{9}})?", value):
        raise UsageError(f"--resource: {what!r} is not the id or ARN of {kind}", "Give its id or its ARN.")
    if output in resource.properties() and (problem := _problem(resource, output, value, account)):
        raise UsageError(f"--resource: {what!r} cannot be the name of {kind}: {problem}", "Give its name or its ARN.")
    return {output: value}


def _prefix_of(arn: str, kind: str, known: Collection[str], account: Account) -> str:
    """What the ARN starts with, as in `Identifiers.arn_prefixes`. Raises UsageError if it is of another kind or place."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or arn_parts(arn)[0] not in known:
        raise UsageError(f"--resource: {arn} is not the ARN of {kind}", "Give its own ARN.")
    _, partition, _, region, owner, _ = parts
    if owner not in ("", account.id) or partition != account.partition:
        where = f"account {owner}" if owner not in ("", account.id) else f"partition {partition}"
        here = f"account {account.id}, partition {account.partition}"
        raise UsageError(f"--resource: {arn} belongs to {where}, and this run is in {here}", "Sign in there.")
    if region not in ("", account.region):
        raise UsageError(
            f"--resource: {arn} is in region {region}, and this run is in {account.region}", f"Add --region {region}."
        )
    return arn_parts(arn)[0]


def _problem(resource: Resource, field: str, value: str, account: Account) -> str:
    """Why AWS would refuse the value in this field; "" if it would not."""
    try:
        literal(value)
    except ValueError as error:
        return str(error)
    named: dict[str, Any] = {field: value}
    before = resource.validate(account)
    return next((str(each) for each in replace(resource, **named).validate(account) if each not in before), "")


def naming_advice(integration: Integration, accounts: Iterable[Account], node: Node, fixed: Sequence[Difference]) -> str:
    """Which inputs describe the resource as AWS has it, where one sets the field alone."""
    accounts = list(accounts)
    found = {item.field: _words_that_set(integration, accounts, node, item) for item in fixed}
    words = [word for each in found.values() for word in each]
    without = [field for field, each in found.items() if not each]
    return lines(
        f"Run the same command again with: {commands.quoted(*words)}" if words else "",
        f"No input alone sets its {', '.join(without)} to that. Adopt does not rename or recreate anything: delete it "
        "yourself once nobody needs it, and create makes its own."
        if without
        else "",
    )


def _words_that_set(integration: Integration, accounts: list[Account], node: Node, item: Difference) -> list[str]:
    if not isinstance(item.before, str):
        return []
    for each in inputs_of(type(integration)):
        if each.kind != "text" or each.file or each.choices or each.generated:
            continue
        for probe in (_PROBE, f"/{_PROBE}/"):
            with suppress(BootstrapError, ValueError, KeyError):
                value = _field(_with(integration, each.name, probe), accounts, node.address, item.field)
                before, sign, after = value.partition(probe)
                fits = item.before.startswith(before) and item.before.endswith(after)
                if not sign or not fits or len(item.before) <= len(before) + len(after):
                    continue
                wanted = each.checked(item.before[len(before) : len(item.before) - len(after)])
                made = _field(_with(integration, each.name, wanted), accounts, node.address, item.field)
                if made == item.before:
                    return each.words(wanted)
    return []


def _with(integration: Integration, name: str, value: str) -> Integration:
    inputs: dict[str, Any] = {name: value}
    return replace(integration, **inputs)


def _field(integration: Integration, accounts: list[Account], address: str, field: str) -> str:
    graph, _ = draft_graph(integration, accounts)
    found: Any = graph.predicted(graph.nodes[address]).properties()[field]
    return found if isinstance(found, str) else ""
