"""The resources that a user names for an adopt: by name, id or ARN. And the input that gives a resource its name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.live import Outputs
from bootstrap.discovery.search import arn_parts
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import BootstrapError, UsageError, lines

_PROBE = "xq7zprobe"
"""A value that no other input has: where it shows, the input ends up."""


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
        raise UsageError(
            f"--resource: this deployment has no resource {unknown[0]!r}", f"Name one of: {', '.join(graph.nodes)}."
        )
    return {address: _outputs(graph.nodes[address], graph, what) for address, what in named.items()}


def _outputs(node: Node, graph: Graph, what: str) -> Outputs:
    resource, account = node.resource, graph.account(node.account)
    found_by = {prefix: output for prefix, output in resource.identifiers.arn_prefixes.items() if output}
    if not found_by:
        raise UsageError(
            f"--resource: {node.address} ({resource.kind}) has no name of its own",
            "Omit it: it is found by what it belongs to.",
        )
    output = next(iter(found_by.values()))
    if not what.startswith("arn:"):
        is_id = output.endswith("_id")
        if output == "arn" or (is_id and not re.fullmatch("[a-z]+-[0-9a-f]{8,}", what)):
            raise UsageError(
                f"--resource: {what!r} is not the {'id or ' if is_id else ''}ARN of {node.address} ({resource.kind})",
                f"Give its {'id or its ' if is_id else ''}ARN.",
            )
        return {output: what}
    prefix, last = arn_parts(what)
    owner = what.split(":")[4]
    if prefix not in found_by:
        raise UsageError(f"--resource: {what} is not the ARN of {node.address} ({resource.kind})", "Give its own ARN.")
    if owner not in ("", account.id):
        raise UsageError(
            f"--resource: {what} belongs to account {owner}, and this run is in account {account.id}", "Sign in there."
        )
    return {found_by[prefix]: what if found_by[prefix] == "arn" else last}


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
