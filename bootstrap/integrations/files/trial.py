"""A file is tried with examples: what does not fit, and what AWS would refuse, is found when it is read."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.graph import Graph
from bootstrap.core.pending import marker, pending_fields
from bootstrap.errors import UsageError
from bootstrap.integrations.files.build import Inputs, build
from bootstrap.integrations.files.examples import example_values, is_required
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.scope import Unfit
from bootstrap.integrations.files.structure import Report
from bootstrap.integrations.files.variants import variants

_WORK = 4_000
"""So many resources and statements are built to try a file, over all of its examples."""
_LATER = ("vendor-after", "vendor-with-id")
"""Where inputs come from that a create can do without at first."""


def _try_later(definition: Definition, parts: Sequence[Part], accounts: Sequence[Account], report: Report) -> None:
    """Builds the example without what the vendor shows later, and reports where a resource cannot wait for it."""
    later = [name for name, entry in definition.inputs.items() if entry.origin in _LATER and is_required(entry)]
    graph = Graph(accounts)
    with suppress(Unfit, UsageError):
        build(definition, parts, Inputs({**example_values(definition), **{name: marker(name) for name in later}}), graph)
    for node in graph.nodes.values():
        for field, names in pending_fields(node.resource).items():
            if field not in node.resource.while_waiting:
                text = (
                    f"names {', '.join(names)}, which comes from the vendor later; only the trust of a role can wait for it"
                )
                report(("resources", node.address, field), text, 'Take it from there, or write from = "vendor".')


def most_variants(definition: Definition, parts: Sequence[Part]) -> int:
    """How many variants are tried: fewer of a large file."""
    return max(2, _WORK // (1 + len(parts) + sum(1 for part in parts for _ in part.statements())))


def try_examples(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    """Builds the examples, and reports what does not fit, and what AWS would refuse."""
    aliases = (DEFAULT, *definition.accounts)
    example = next(variants(definition))
    _try_later(definition, parts, [example.account(alias) for alias in aliases], report)
    never = {*definition.handoff.commands}
    for variant in islice(variants(definition), most_variants(definition, parts)):
        graph = Graph([variant.account(alias) for alias in aliases])
        try:
            never -= build(definition, parts, Inputs(variant.values), graph).handoff.verbs.keys()
        except Unfit as error:
            report(error.path, error.text, "")
        except UsageError:
            continue  # a rule forbids these inputs together, or a table has no row for them
        for node in graph.nodes.values():
            address = node.address if node.address in definition.resources else node.address.rpartition("-")[0]
            for problem in graph.predicted(node).validate(graph.account(node.account)):
                report(("resources", address), problem, "")
    for name in sorted(never):
        report(
            ("handoff", "commands", name),
            "is with no example a command that create would take",
            "Its values must pass the checks of their inputs, and name what is there.",
        )
