"""What --replace deletes and creates again in one run, together with what cannot stay because it refers to that. Pure."""

from collections.abc import Collection, Iterable, Mapping

from bootstrap.core.flags import REPLACE
from bootstrap.core.graph import Node
from bootstrap.core.near import did_you_mean
from bootstrap.core.reference import references
from bootstrap.errors import UsageError


def replace_flag(address: str) -> str:
    """The entry among the `allowed` flags of a plan that replaces the resource at the address."""
    return f"{REPLACE} {address}"


def named_addresses(allowed: Iterable[str]) -> set[str]:
    """The addresses that these flags name."""
    return {flag.removeprefix(f"{REPLACE} ") for flag in allowed if flag.startswith(f"{REPLACE} ")}


def replaced_addresses(nodes: Mapping[str, Node], allowed: Iterable[str]) -> set[str]:
    """The named addresses, and those that refer to them in a field that cannot change in place."""
    going = named_addresses(allowed) & set(nodes)
    while True:
        added = {address for address, node in nodes.items() if _must_follow(node, going)} - going
        if not added:
            return going
        going |= added


def check_replaced(nodes: Mapping[str, Node], allowed: Iterable[str]) -> None:
    """Raises UsageError if a flag names what is not in the deployment, or what cannot be replaced alone."""
    can = [address for address, node in nodes.items() if node.resource.lost_on_replace()]
    advice = f"Name one of: {', '.join(can)}." if can else f"Omit --{REPLACE}: nothing in this deployment can be replaced."
    for address in sorted(named_addresses(allowed)):
        if address not in nodes:
            near = did_you_mean(address, can)
            raise UsageError(f"--{REPLACE}: this deployment has no resource {address!r}", f"{near}{advice}")
        if others := sorted(replaced_addresses(nodes, [replace_flag(address)]) - set(can)):
            raise UsageError(f"--{REPLACE}: {others[0]} cannot be replaced while the rest stays", advice)


def _must_follow(node: Node, going: Collection[str]) -> bool:
    properties = node.resource.properties()
    return any(
        address in going for name in node.resource.updates.force_new for address, _ in references(properties.get(name))
    )
