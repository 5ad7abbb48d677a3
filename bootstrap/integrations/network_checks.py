"""What a duet environment needs of its subnets, as findings before the first change. Pure.

Sources: Batch user guide, troubleshooting (jobs stuck in RUNNABLE), ComputeResource (local zones); ECS developer guide,
launch_container_instance; EC2 user guide, elastic-ip-addresses-eip (border groups).
"""

from collections.abc import Iterable, Iterator, Sequence

from bootstrap.core import commands
from bootstrap.core.prechecks import Precheck
from bootstrap.errors import Lines, lines
from bootstrap.integrations.network_facts import Facts, Subnet
from bootstrap.integrations.ways_out import (
    SERVICES,
    Kind,
    by_reason,
    lets_in,
    listed,
    missing_endpoints,
    odd_place,
    reaches_internet,
    way_out,
)

VM, ADDRESS = "vm", "address"
"""The addresses in the graph of the VM, and of the public address on it."""
_CLOSED = "{}: machines of Batch cannot reach AWS there, so jobs would never start: {}"
_ENDPOINTS_ONLY = (
    "machines reach AWS through VPC endpoints only ({}); what the VM and the machines of Batch download when they first "
    "start comes from the internet."
)
_OPEN = (
    "Name other subnets with --subnet, or give these a default route: to a NAT gateway, or to an internet gateway if they "
    "give public addresses."
)
_NO_ADDRESS = "Add --no-public-address, or name first a subnet that has a default route to an internet gateway."


def batch_prechecks(facts: Facts, subnets: Sequence[Subnet], environments: Sequence[str]) -> Iterator[Precheck]:
    """Of all subnets: Batch may start a machine in any of them. One that cannot reach AWS never joins its cluster, and jobs
    stay RUNNABLE without a word. `environments` are addresses in the graph."""
    ways = {item: reaches_internet(facts, item) for item in subnets}
    missing = {item: missing_endpoints(facts, item) for item, way in ways.items() if way.kind is Kind.NONE}
    closed = [(item.id, _closed(ways[item].why, services)) for item, services in missing.items() if services]
    problems = [(_CLOSED.format(listed(names), why), _open(facts, names)) for names, why in by_reason(closed)]
    if not any(item.free or item.ipv6_only for item in subnets):
        full = listed([item.id for item in subnets])
        problems.append((f"{full}: no address is free for machines of Batch", lines("Name other subnets with --subnet.")))
    for what, advice in problems:
        yield from (Precheck(what, advice, address, frozenset({"subnets"})) for address in environments)
    doubts = [(item.id, way.why) for item, way in ways.items() if way.kind is Kind.UNKNOWN]
    doubts += [(item.id, ways[item].why) for item, services in missing.items() if services is None]
    yield from _notes("whether machines reach AWS is not known: {}.", doubts)
    inside = [(item.id, ways[item].why) for item, services in missing.items() if services == []]
    yield from _notes(_ENDPOINTS_ONLY, inside)
    places = [(item.id, place) for item in subnets if (place := odd_place(facts, item))]
    yield from _notes("it is {}, where EC2 does not have every type of instance and disk.", places)


def vm_prechecks(facts: Facts, subnet: Subnet, *, public_address: bool, ssh: bool) -> Iterator[Precheck]:
    """Of the VM's subnet, the first one. `ssh` says that the public address is the only way to log in."""
    if not subnet.free and not subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has no free address for the VM", "Name another subnet first.", VM)
    if not public_address:
        return
    zone, way = (facts.zones or {}).get(subnet.zone), way_out(facts, subnet)
    if subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has IPv6 only, and the VM's public address is an IPv4 one", _NO_ADDRESS, ADDRESS)
    elif zone and zone.border_group != facts.region:
        group = f"addresses in {subnet.zone} come from {zone.border_group}, and the VM's is one of {facts.region}"
        yield Precheck(f"{subnet.id}: {group}", _NO_ADDRESS, ADDRESS)
    elif way.kind in (Kind.NAT, Kind.NONE):
        why = way.why or "its default route goes to a NAT gateway"
        what = f"{subnet.id}: nobody reaches the VM at its public address: {why}"
        yield Precheck(what, _NO_ADDRESS, ADDRESS) if ssh else Precheck(f"{what}. --no-public-address saves it.")
    elif way.kind is Kind.UNKNOWN:
        yield Precheck(f"{subnet.id}: whether the VM is reached at its public address is not known: {way.why}.")
    elif ssh and not lets_in(facts, subnet):
        what = f"{subnet.id}: VPC Block Public Access lets nobody in, so SSH to the VM's public address cannot work"
        yield Precheck(what, "Add --no-public-address; then Session Manager is the way in.", ADDRESS)


def unread_prechecks(facts: Facts) -> Iterator[Precheck]:
    if facts.unread:
        yield Precheck(f"The network is known in part only, as AWS does not let this be read: {', '.join(facts.unread)}.")


def _closed(why: str, missing: Sequence[str]) -> str:
    """With the endpoints that are missing, where somebody made some."""
    return f"{why}; VPC endpoints are missing for {', '.join(missing)}" if len(missing) < len(SERVICES) else why


def _open(facts: Facts, names: Sequence[str]) -> Lines:
    """What to do about these subnets, with the command for each that has a gateway and gives no public addresses."""
    silent = [name for name in names if way_out(facts, facts.subnets[name]).kind is Kind.GATEWAY]
    return lines(_OPEN, *(f"To let {name} give public addresses: {_turn_on(name, facts.region)}" for name in silent))


def _turn_on(subnet: str, region: str) -> str:
    flags = ["--map-public-ip-on-launch"]
    return commands.aws("ec2", "modify-subnet-attribute", subnet_id=subnet, region=region, flags=flags)


def _notes(text: str, found: Iterable[tuple[str, str]]) -> Iterator[Precheck]:
    for names, why in by_reason(found):
        yield Precheck(f"{listed(names)}: {text.format(why)}")
