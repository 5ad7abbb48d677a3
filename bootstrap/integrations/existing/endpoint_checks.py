"""Prechecks for VPC endpoints that block a service although the subnet can reach the internet. Pure.

Sources: `vpc_endpoints`; Amazon Linux 2023 user guide (its package repositories are in S3, so a gateway endpoint leads to
them); ECR user guide, vpc-endpoints (the bucket with the layers of images).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bootstrap.core.account import Account
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


class Instances(NamedTuple):
    """Instances that use the endpoints: the name of their only security group, the buckets without which they are of no
    use, and whether they install packages of Amazon Linux."""

    group: str = ""
    buckets: tuple[str, ...] = ()
    amazon_linux: bool = False


def batch_endpoints(
    facts: Facts, subnets: Sequence[Subnet], environments: Sequence[str], instances: Instances
) -> Iterator[Precheck]:
    """For Batch's instances. A service that is certainly blocked, and without which no job runs, refuses the plan.
    `environments` are the addresses of compute environments."""
    open_ones = [item for item in subnets if reaches_internet(facts, item).kind is not Kind.NONE]
    for endpoint, names, way in _in_the_way(facts, open_ones, SERVICES, instances.group):
        what = f"{names}: Batch's instances cannot reach {endpoint.service} ({SERVICES[endpoint.service]}): {way.why}"
        if way.kind is Kind.NONE and endpoint.service in _MUST:
            yield from (Precheck(what, way.fix, address, frozenset({"subnets"})) for address in environments)
        else:
            yield Precheck(_doubt(what, way))
    for names, way in _kept_from(facts, open_ones, instances):
        what = f"{names}: Batch's instances {way.why}"
        if way.kind is Kind.NONE:
            yield from (Precheck(what, way.fix, address, frozenset({"subnets"})) for address in environments)
        else:
            yield Precheck(_doubt(what, way))


def vm_endpoints(facts: Facts, subnet: Subnet, instances: Instances) -> Iterator[Precheck]:
    """For the VM. These are notes only, as the endpoints can be fixed while the VM runs."""
    for endpoint, names, way in _in_the_way(facts, [subnet], VM_SERVICES, instances.group):
        yield Precheck(
            _doubt(f"{names}: the VM cannot reach {endpoint.service} ({VM_SERVICES[endpoint.service]}): {way.why}", way)
        )
    for names, way in _kept_from(facts, [subnet], instances):
        yield Precheck(_doubt(f"{names}: the VM {way.why}", way))


def _doubt(what: str, way: Way) -> str:
    return f"{what}. {way.fix}"


def _kept_from(facts: Facts, subnets: Iterable[Subnet], instances: Instances) -> Iterator[tuple[str, Way]]:
    """What instances cannot read in S3 because of the policy of an endpoint that allows other things, with their subnets.
    It is certain for a bucket; AWS may keep its own files in other buckets, too."""
    for endpoint in facts.endpoints or ():
        names = [item.id for item in subnets if not facts.is_shared(item) and item.cidr and _leads(facts, item, endpoint)]
        if endpoint.service != "s3" or endpoint.denies_all or not names:
            continue
        for place, what, kind in _reads(facts.account, instances):
            if (lets := endpoint.lets_read(place)) or (lets is None and kind is Kind.NONE):
                continue  # roles can meet conditions; downloads without a signature cannot
            how = f"does not allow reading {place}" if lets is False else f"allows reading {place} only under conditions"
            why = f"{what}: the policy of VPC endpoint {endpoint.id} {how}"
            yield (
                listed(names),
                Way(kind, why, f"Let that endpoint's policy allow s3:GetObject there. {_reset(facts, endpoint)}"),
            )


def _reads(account: Account, instances: Instances) -> Iterator[tuple[str, str, Kind]]:
    s3, region = f"arn:{account.partition}:s3:::", account.region
    for bucket in instances.buckets:
        yield f"{s3}{bucket}/*", f"cannot read the bucket {bucket}", Kind.NONE
    if instances.amazon_linux:
        packages = "may fail to install packages of Amazon Linux at their first start, and then no job starts"
        yield f"{s3}al2023-repos-{region}-*", packages, Kind.UNKNOWN
    yield f"{s3}prod-{region}-starport-layer-bucket/*", "may fail to pull images from ECR", Kind.UNKNOWN


def _in_the_way(
    facts: Facts, subnets: Iterable[Subnet], services: Mapping[str, str], group: str
) -> Iterator[tuple[Endpoint, str, Way]]:
    """Each endpoint of these services that blocks something, with the subnets that it blocks in the same way."""
    shown = [item for item in subnets if not facts.is_shared(item) and item.cidr]
    for endpoint in facts.endpoints or ():
        if endpoint.service in services:
            ways = {item.id: way for item in shown if (way := _stop(facts, item, endpoint, group))}
            for names, _ in by_reason((name, f"{way.kind}{way.why}") for name, way in ways.items()):
                yield endpoint, listed(names), ways[names[0]]


def _leads(facts: Facts, subnet: Subnet, endpoint: Endpoint) -> bool:
    """Whether AWS's names or addresses certainly lead the instances of the subnet to the endpoint."""
    if endpoint.tables is not None:
        table = facts.table_of(subnet)
        return table is not None and table.id in endpoint.tables
    return facts.dns is not None and all(facts.dns) and facts.own_servers == ()


def _reset(facts: Facts, endpoint: Endpoint) -> str:
    reset = facts.account.aws("ec2", "modify-vpc-endpoint", vpc_endpoint_id=endpoint.id, flags=["--reset-policy"])
    return f"To allow everything again: {reset}"


def _stop(facts: Facts, subnet: Subnet, endpoint: Endpoint, own: str) -> Way | None:
    """How the endpoint blocks the instances of the subnet, which are in the group with the name `own`."""
    if not _leads(facts, subnet, endpoint):
        return None
    if endpoint.denies_all:
        return Way(Kind.NONE, f"the policy of VPC endpoint {endpoint.id} allows nothing", _reset(facts, endpoint))
    if endpoint.tables is not None or not endpoint.groups or facts.groups is None:
        return None
    ways = [way for group in endpoint.groups for way in facts.groups.get(group, ())]
    unknown = any(group not in facts.groups for group in endpoint.groups)
    stops = shut_out(ways, subnet.cidr, facts.group_names.get(own, ""))
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
