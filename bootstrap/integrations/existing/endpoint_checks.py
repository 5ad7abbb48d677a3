"""Prechecks for VPC endpoints that block a service although the subnet can reach the internet. Pure.

Source: `vpc_endpoints`; Amazon Linux user guide (its package repositories are in S3, so a gateway endpoint leads to them).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bootstrap.core.prechecks import Precheck
from bootstrap.integrations.existing.internet_access import (
    SERVICES,
    VM_SERVICES,
    Kind,
    Way,
    by_reason,
    listed,
    reaches_internet,
)
from bootstrap.integrations.existing.network_facts import Facts, Subnet
from bootstrap.integrations.existing.vpc_endpoints import Endpoint, shut_out

_MUST = ("ecs", "ecs-agent", "s3")
"""No job can run without these: S3 has the packages that an instance installs first."""


def batch_endpoints(facts: Facts, subnets: Sequence[Subnet], environments: Sequence[str]) -> Iterator[Precheck]:
    """For Batch's instances. A service that is certainly blocked, and without which no job runs, refuses the plan.
    `environments` are the addresses of compute environments."""
    open_ones = [item for item in subnets if reaches_internet(facts, item).kind is not Kind.NONE]
    for endpoint, names, way in _in_the_way(facts, open_ones, SERVICES):
        what = f"{names}: Batch's instances cannot reach {endpoint.service} ({SERVICES[endpoint.service]}): {way.why}"
        if way.kind is Kind.NONE and endpoint.service in _MUST:
            yield from (Precheck(what, way.fix, address, frozenset({"subnets"})) for address in environments)
        else:
            yield Precheck(_doubt(what, way))


def vm_endpoints(facts: Facts, subnet: Subnet) -> Iterator[Precheck]:
    """For the VM. These are notes only, as the endpoints can be fixed while the VM runs."""
    for endpoint, names, way in _in_the_way(facts, [subnet], VM_SERVICES):
        yield Precheck(
            _doubt(f"{names}: the VM cannot reach {endpoint.service} ({VM_SERVICES[endpoint.service]}): {way.why}", way)
        )


def _doubt(what: str, way: Way) -> str:
    return f"{what}. {way.fix}"


def _in_the_way(facts: Facts, subnets: Iterable[Subnet], services: Mapping[str, str]) -> Iterator[tuple[Endpoint, str, Way]]:
    """Each endpoint of these services that blocks something, with the subnets that it blocks in the same way."""
    shown = [item for item in subnets if not facts.is_shared(item) and item.cidr]
    for endpoint in facts.endpoints or ():
        if endpoint.service in services:
            ways = {item.id: way for item in shown if (way := _stop(facts, item, endpoint))}
            for names, _ in by_reason((name, f"{way.kind}{way.why}") for name, way in ways.items()):
                yield endpoint, listed(names), ways[names[0]]


def _stop(facts: Facts, subnet: Subnet, endpoint: Endpoint) -> Way | None:
    """How the endpoint blocks the instances of the subnet, if AWS's names or addresses lead them to it."""
    table, gateway = facts.table_of(subnet), endpoint.tables is not None
    if gateway and not (table and table.id in (endpoint.tables or ())):
        return None
    if not gateway and (facts.dns is None or not all(facts.dns) or facts.own_servers is None or facts.own_servers):
        return None
    if endpoint.denies_all:
        reset = facts.account.aws("ec2", "modify-vpc-endpoint", vpc_endpoint_id=endpoint.id, flags=["--reset-policy"])
        return Way(
            Kind.NONE, f"the policy of VPC endpoint {endpoint.id} allows nothing", f"To allow everything again: {reset}"
        )
    if gateway or not endpoint.groups or facts.groups is None:
        return None
    ways = [way for group in endpoint.groups for way in facts.groups.get(group, ())]
    unknown = any(group not in facts.groups for group in endpoint.groups)
    stops = shut_out(endpoint, ways, subnet.cidr)
    if stops is False or unknown:
        return None
    group = endpoint.groups[0]
    allow = facts.account.aws(
        "ec2", "authorize-security-group-ingress", group_id=group, protocol="tcp", port="443", cidr=subnet.cidr
    )
    fix = f"To let {subnet.id} in: {allow}"
    if stops is None:
        return Way(Kind.UNKNOWN, f"possibly no security group of VPC endpoint {endpoint.id} lets them in on port 443", fix)
    return Way(Kind.NONE, f"no security group of VPC endpoint {endpoint.id} lets them in on port 443", fix)
