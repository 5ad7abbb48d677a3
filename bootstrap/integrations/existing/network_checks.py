"""Prechecks of the subnets of a duet environment. Pure.

Sources: Batch user guide, troubleshooting (jobs stuck in RUNNABLE), ComputeResource (local zones); ECS developer guide,
launch_container_instance; EC2 user guide, elastic-ip-addresses-eip (IPv4 only; border groups).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from bootstrap.core.prechecks import Precheck
from bootstrap.errors import Lines, lines
from bootstrap.integrations.existing.endpoint_checks import Instances, batch_endpoints, vm_endpoints
from bootstrap.integrations.existing.internet_access import (
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
from bootstrap.integrations.existing.network_acls import answering
from bootstrap.integrations.existing.network_facts import Facts, Subnet

VM, ADDRESS, GROUP = "vm", "address", "vm-security-group"
"""The addresses in the graph of the VM, of its public address, and of its security group."""
_CLOSED = "{}: Batch's instances cannot reach {}, so jobs would never start: {}"
_DOWNLOADS = "the internet, from which each downloads the AWS CLI at its first start (no VPC endpoint leads to it)"
"""AWS keeps the CLI in no bucket that an S3 endpoint reaches (github.com/aws/aws-cli/issues/7989)."""
_VM_CLOSED = "{}: the VM cannot reach the internet, from which it installs Java, Docker and Nextflow: {}"
_OPEN = (
    "Name other subnets with --subnet, or give these a default route: to a NAT gateway, or to an internet gateway if they "
    "assign public addresses."
)
_OTHER_VM = "Name another subnet for the VM with --vm-subnet, or give this one a default route to a NAT gateway."
_NO_ADDRESS = "Add --no-public-address, or with --vm-subnet name a subnet with a default route to an internet gateway{}."

_OWN_ADDRESSES = "With --ssh-cidr, name the public IPv4 addresses from which you log in."
_OTHER_WAY_IN = "Or add --no-public-address, and log in with Session Manager."
_NEVER_OUTSIDE = tuple(
    IPv4Network(each)
    for each in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16", "224.0.0.0/3")
)  # fmt: skip
"""Networks from which no packet on the internet comes (RFC 6890)."""


def batch_prechecks(
    facts: Facts, subnets: Sequence[Subnet], environments: Sequence[str], instances: Instances
) -> Iterator[Precheck]:
    """For all subnets, as Batch may start an instance in any of them. An instance that cannot reach AWS never joins its
    cluster, and jobs stay RUNNABLE without any message. `environments` are the addresses of compute environments in the
    graph."""
    ways = {item: reaches_internet(facts, item) for item in subnets}
    missing = {item: missing_endpoints(facts, item) for item, way in ways.items() if way.kind is Kind.NONE}
    closed = {item.id: ways[item] for item, services in missing.items() if services is not None or ways[item].fix}
    whys = [(name, _why(way, missing[facts.subnets[name]], SERVICES)) for name, way in closed.items()]
    lacks = {name: "AWS" if closed[name].fix or missing[facts.subnets[name]] else _DOWNLOADS for name in closed}
    problems = [
        (_CLOSED.format(listed(names), lacks[names[0]], why), _open(closed[name] for name in names))
        for names, why in by_reason(whys)
    ]
    if not any(item.free or item.ipv6_only for item in subnets):
        full = listed([item.id for item in subnets])
        problems.append((f"{full}: no address is free for Batch's instances", lines("Name other subnets with --subnet.")))
    for what, advice in problems:
        yield from (Precheck(what, advice, address, frozenset({"subnets"})) for address in environments)
    yield from batch_endpoints(facts, subnets, environments, instances)
    doubts = [(item.id, way.why) for item, way in ways.items() if way.kind is Kind.UNKNOWN]
    doubts += [(item.id, ways[item].why) for item in missing if item.id not in closed]
    yield from _notes("it is not known whether instances reach AWS: {}.", doubts)
    places = [(item.id, place) for item in subnets if (place := odd_place(facts, item))]
    yield from _notes("it is {}, where EC2 does not offer every type of instance and disk.", places)


def vm_prechecks(
    facts: Facts,
    subnet: Subnet,
    *,
    public_address: bool,
    instances: Instances,
    ssh: str = "",
    ports: Sequence[int] = (443,),
) -> Iterator[Precheck]:
    """For the VM's subnet. `ssh` is the CIDR from which people log in at the public address, "" if with Session Manager;
    `ports` are those on the internet that the VM's first start needs."""
    if not subnet.free and not subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has no free address for the VM", "Name another subnet with --vm-subnet.", VM)
    out = reaches_internet(facts, subnet, public_address=public_address, ports=ports)
    if out.kind is Kind.NONE:
        what = _VM_CLOSED.format(subnet.id, _why(out, missing_endpoints(facts, subnet, VM_SERVICES), VM_SERVICES))
        yield Precheck(what, lines(out.fix or _OTHER_VM), VM)
    elif out.kind is Kind.UNKNOWN and not (public_address and way_out(facts, subnet).kind is Kind.UNKNOWN):
        yield Precheck(f"{subnet.id}: it is not known whether the VM reaches the internet: {out.why}.")
    if out.kind is not Kind.NONE:
        yield from vm_endpoints(facts, subnet, instances)
    if public_address:
        yield from _address_prechecks(facts, subnet, ssh)


def _address_prechecks(facts: Facts, subnet: Subnet, ssh: str) -> Iterator[Precheck]:
    way, elsewhere, group = way_out(facts, subnet), _NO_ADDRESS.format(_public(facts)), _border_group(facts, subnet)
    if subnet.ipv6_only:
        yield Precheck(f"{subnet.id} has only IPv6, but the VM's public address is an IPv4 address", elsewhere, ADDRESS)
    elif group != facts.account.region:
        what = f"public addresses in {subnet.zone} come from {group}, but the VM's comes from {facts.account.region}"
        yield Precheck(f"{subnet.id}: {what}", elsewhere, ADDRESS)
    elif way.kind in (Kind.NAT, Kind.NONE):
        why = way.why or "its default route goes to a NAT gateway"
        what = f"{subnet.id}: the VM cannot be reached at its public address: {why}"
        yield Precheck(what, elsewhere, ADDRESS) if ssh else Precheck(f"{what}. --no-public-address saves its cost.")
    elif way.kind is Kind.UNKNOWN:
        yield Precheck(f"{subnet.id}: it is not known whether the VM can be reached at its public address: {way.why}.")
    elif ssh and not lets_in(facts, subnet):
        what = f"{subnet.id}: VPC Block Public Access blocks all incoming traffic, so SSH to the VM's public address cannot "
        "work"
        yield Precheck(what, "Add --no-public-address, and log in with Session Manager.", ADDRESS)
    elif ssh and ":" not in ssh and (stop := stopped_by_acl(facts, subnet, answering(22, ssh))):
        what = f"{subnet.id}: SSH cannot reach the VM: {stop.why}"
        yield Precheck(what, stop.fix, ADDRESS) if stop.kind is Kind.NONE else Precheck(f"{what}.")


def ssh_prechecks(ssh: str) -> Iterator[Precheck]:
    """For the CIDR from which SSH is let in: whether packets from there can arrive at the VM's public IPv4 address."""
    addresses = ip_network(ssh)
    if isinstance(addresses, IPv6Network):
        what = (
            f"--ssh-cidr {ssh} lets only IPv6 addresses in, but the VM's public address is an IPv4 address: SSH cannot work"
        )
        yield Precheck(what, f"{_OWN_ADDRESSES} {_OTHER_WAY_IN}", GROUP, frozenset({"ingress"}))
    elif any(addresses.subnet_of(each) for each in _NEVER_OUTSIDE):
        only = f"--ssh-cidr {ssh} lets only private or reserved addresses in"
        what = f"{only}, but SSH to the VM's public address comes from public ones"
        yield Precheck(f"{what}. {_OWN_ADDRESSES} {_OTHER_WAY_IN}")


def unread_prechecks(facts: Facts) -> Iterator[Precheck]:
    if facts.unread:
        yield Precheck(
            f"Parts of the network are not known, as you lack permission to read them: {', '.join(facts.unread)}."
        )


def _why(way: Way, missing: Sequence[str] | None, services: Mapping[str, str]) -> str:
    """The reason, with the missing endpoints if somebody created some of them."""
    if way.fix or not missing or len(missing) == len(services):
        return way.why
    return f"{way.why}; VPC endpoints are missing for {', '.join(f'{name} ({services[name]})' for name in missing)}"


def _open(ways: Iterable[Way]) -> Lines:
    return lines(_OPEN, *dict.fromkeys(way.fix for way in ways if way.fix))


def _public(facts: Facts) -> str:
    """The subnets that would suit the VM, as the end of a sentence."""
    found = [
        name
        for name, item in facts.subnets.items()
        if reaches_internet(facts, item, public_address=True).kind is Kind.GATEWAY
        and _border_group(facts, item) == facts.account.region
    ]
    return f" ({listed(found)})" if found else ""


def _border_group(facts: Facts, subnet: Subnet) -> str:
    """Where the subnet's public addresses come from: the region, unless the zone has its own."""
    zone = (facts.zones or {}).get(subnet.zone)
    return zone.border_group if zone else facts.account.region


def _notes(text: str, found: Iterable[tuple[str, str]]) -> Iterator[Precheck]:
    for names, why in by_reason(found):
        yield Precheck(f"{listed(names)}: {text.format(why)}")
