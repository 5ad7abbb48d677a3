"""What a duet environment needs of its subnets, as findings before the first change. Pure.

Sources: Batch user guide, troubleshooting (jobs stuck in RUNNABLE), ComputeResource (local zones); ECS developer guide,
launch_container_instance; EC2 user guide, elastic-ip-addresses-eip (IPv4 only; border groups).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from bootstrap.core.prechecks import Precheck
from bootstrap.errors import Lines, lines
from bootstrap.integrations.existing.endpoint_checks import batch_endpoints, vm_endpoints
from bootstrap.integrations.existing.network_acls import answering
from bootstrap.integrations.existing.network_facts import Facts, Subnet
from bootstrap.integrations.existing.ways_out import (
    SERVICES,
    VM_SERVICES,
    Kind,
    Way,
    by_reason,
    lets_in,
    listed,
    missing_endpoints,
    odd_place,
    reaches_internet,
    stopped_by_acl,
    way_out,
)

VM, ADDRESS, GROUP = "vm", "address", "vm-security-group"
"""The addresses in the graph of the VM, of the public address on it, and of its security group."""
_CLOSED = "{}: machines of Batch cannot reach {}, so jobs would never start: {}"
_DOWNLOADS = "the internet there, from which each takes the AWS CLI when it first starts (no VPC endpoint leads to it)"
"""AWS has the CLI in no bucket that an S3 endpoint reaches (github.com/aws/aws-cli/issues/7989)."""
_VM_CLOSED = "{}: the VM cannot reach the internet there, from which it installs Java, Docker and Nextflow: {}"
_OPEN = (
    "Name other subnets with --subnet, or give these a default route: to a NAT gateway, or to an internet gateway if they "
    "give public addresses."
)
_OTHER_VM = "Name another subnet for the VM with --vm-subnet, or give this one a default route to a NAT gateway."
_NO_ADDRESS = "Add --no-public-address, or name with --vm-subnet one that has a default route to an internet gateway{}."

_OWN_ADDRESSES = "Name the public IPv4 addresses from which you log in with --ssh-cidr."
_OTHER_WAY_IN = "Or add --no-public-address; then Session Manager is the way in."
_NEVER_OUTSIDE = tuple(
    IPv4Network(each)
    for each in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16", "224.0.0.0/3")
)  # fmt: skip
"""Networks whose addresses no packet on the internet comes from (RFC 6890)."""


def batch_prechecks(facts: Facts, subnets: Sequence[Subnet], environments: Sequence[str]) -> Iterator[Precheck]:
    """Of all subnets: Batch may start a machine in any of them. One that cannot reach AWS never joins its cluster, and jobs
    stay RUNNABLE without a word. `environments` are addresses in the graph."""
    ways = {item: reaches_internet(facts, item) for item in subnets}
    missing = {item: missing_endpoints(facts, item) for item, way in ways.items() if way.kind is Kind.NONE}
    closed = {item.id: ways[item] for item, services in missing.items() if services is not None or ways[item].fix}
    whys = [(name, _why(way, missing[facts.subnets[name]], SERVICES)) for name, way in closed.items()]
    lacks = {name: "AWS there" if closed[name].fix or missing[facts.subnets[name]] else _DOWNLOADS for name in closed}
    problems = [
        (_CLOSED.format(listed(names), lacks[names[0]], why), _open(closed[name] for name in names))
        for names, why in by_reason(whys)
    ]
    if not any(item.free or item.ipv6_only for item in subnets):
        full = listed([item.id for item in subnets])
        problems.append((f"{full}: no address is free for machines of Batch", lines("Name other subnets with --subnet.")))
    for what, advice in problems:
        yield from (Precheck(what, advice, address, frozenset({"subnets"})) for address in environments)
    yield from batch_endpoints(facts, subnets, environments)
    doubts = [(item.id, way.why) for item, way in ways.items() if way.kind is Kind.UNKNOWN]
    doubts += [(item.id, ways[item].why) for item in missing if item.id not in closed]
    yield from _notes("whether machines reach AWS is not known: {}.", doubts)
    places = [(item.id, place) for item in subnets if (place := odd_place(facts, item))]
    yield from _notes("it is {}, where EC2 does not have every type of instance and disk.", places)


def vm_prechecks(
    facts: Facts, subnet: Subnet, *, public_address: bool, ssh: str = "", ports: Sequence[int] = (443,)
) -> Iterator[Precheck]:
    """Of the VM's subnet. `ssh` is the CIDR from which the public address is the only way to log in, `ports` are those
    of the internet that its first start needs."""
    if not subnet.free and not subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has no free address for the VM", "Name another subnet with --vm-subnet.", VM)
    out = reaches_internet(facts, subnet, public_address=public_address, ports=ports)
    if out.kind is Kind.NONE:
        what = _VM_CLOSED.format(subnet.id, _why(out, missing_endpoints(facts, subnet, VM_SERVICES), VM_SERVICES))
        yield Precheck(what, lines(out.fix or _OTHER_VM), VM)
    elif out.kind is Kind.UNKNOWN and not (public_address and way_out(facts, subnet).kind is Kind.UNKNOWN):
        yield Precheck(f"{subnet.id}: whether the VM reaches the internet is not known: {out.why}.")
    if out.kind is not Kind.NONE:
        yield from vm_endpoints(facts, subnet)
    if public_address:
        yield from _address_prechecks(facts, subnet, ssh)


def _address_prechecks(facts: Facts, subnet: Subnet, ssh: str) -> Iterator[Precheck]:
    way, elsewhere, group = way_out(facts, subnet), _NO_ADDRESS.format(_public(facts)), _border_group(facts, subnet)
    if subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has IPv6 only, and the VM's public address is an IPv4 one", elsewhere, ADDRESS)
    elif group != facts.account.region:
        what = f"addresses in {subnet.zone} come from {group}, and the VM's is one of {facts.account.region}"
        yield Precheck(f"{subnet.id}: {what}", elsewhere, ADDRESS)
    elif way.kind in (Kind.NAT, Kind.NONE):
        why = way.why or "its default route goes to a NAT gateway"
        what = f"{subnet.id}: nobody reaches the VM at its public address: {why}"
        yield Precheck(what, elsewhere, ADDRESS) if ssh else Precheck(f"{what}. --no-public-address saves it.")
    elif way.kind is Kind.UNKNOWN:
        yield Precheck(f"{subnet.id}: whether the VM is reached at its public address is not known: {way.why}.")
    elif ssh and not lets_in(facts, subnet):
        what = f"{subnet.id}: VPC Block Public Access lets nobody in, so SSH to the VM's public address cannot work"
        yield Precheck(what, "Add --no-public-address; then Session Manager is the way in.", ADDRESS)
    elif ssh and ":" not in ssh and (stop := stopped_by_acl(facts, subnet, answering(22, ssh))):
        what = f"{subnet.id}: SSH does not reach the VM: {stop.why}"
        yield Precheck(what, stop.fix, ADDRESS) if stop.kind is Kind.NONE else Precheck(f"{what}.")


def ssh_prechecks(ssh: str) -> Iterator[Precheck]:
    """Of the CIDR from which SSH is let in: whether what comes from there ever arrives at the VM's public IPv4 address."""
    addresses = ip_network(ssh)
    if isinstance(addresses, IPv6Network):
        what = f"--ssh-cidr {ssh} lets only IPv6 addresses in, and the VM's public address is an IPv4 one: SSH cannot work"
        yield Precheck(what, f"{_OWN_ADDRESSES} {_OTHER_WAY_IN}", GROUP, frozenset({"ingress"}))
    elif any(addresses.subnet_of(each) for each in _NEVER_OUTSIDE):
        only = f"--ssh-cidr {ssh} lets only private or reserved addresses in"
        what = f"{only}, and SSH to the VM's public address comes from public ones"
        yield Precheck(f"{what}. {_OWN_ADDRESSES} {_OTHER_WAY_IN}")


def unread_prechecks(facts: Facts) -> Iterator[Precheck]:
    if facts.unread:
        yield Precheck(f"The network is known in part only, as AWS does not let this be read: {', '.join(facts.unread)}.")


def _why(way: Way, missing: Sequence[str] | None, services: Mapping[str, str]) -> str:
    """With the endpoints that are missing, where somebody made some."""
    if way.fix or not missing or len(missing) == len(services):
        return way.why
    return f"{way.why}; VPC endpoints are missing for {', '.join(f'{name} ({services[name]})' for name in missing)}"


def _open(ways: Iterable[Way]) -> Lines:
    return lines(_OPEN, *dict.fromkeys(way.fix for way in ways if way.fix))


def _public(facts: Facts) -> str:
    """Which subnets the VM could have, in words."""
    found = [
        name
        for name, item in facts.subnets.items()
        if reaches_internet(facts, item, public_address=True).kind is Kind.GATEWAY
        and _border_group(facts, item) == facts.account.region
    ]
    return f" ({listed(found)})" if found else ""


def _border_group(facts: Facts, subnet: Subnet) -> str:
    """Where public addresses in the subnet come from: the region, unless the zone is known to have others."""
    zone = (facts.zones or {}).get(subnet.zone)
    return zone.border_group if zone else facts.account.region


def _notes(text: str, found: Iterable[tuple[str, str]]) -> Iterator[Precheck]:
    for names, why in by_reason(found):
        yield Precheck(f"{listed(names)}: {text.format(why)}")
