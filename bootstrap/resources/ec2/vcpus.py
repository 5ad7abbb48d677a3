"""How many vCPUs the account may run at once: one quota for each group of instance families.

On-demand and spot machines have separate quotas. Everything that runs in the account's region counts, whoever started it.
Source: EC2 user guide ec2-on-demand-instances (instance quotas), using-spot-limits; EC2 instance types guide,
instance-type-names; the names of the quotas are those of the Service Quotas console.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.resources import quotas
from bootstrap.resources.ec2 import shared as ec2


class Group(NamedTuple):
    """Families that share a quota: their name at AWS, and the codes of their quotas; "" where there is none."""

    name: str
    on_demand: str
    spot: str


_STANDARD = Group("Standard (A, C, D, H, I, M, R, T, Z)", "L-1216C47A", "L-34B43A08")
_GRAPHICS = Group("G and VT", "L-DB2E81BA", "L-3819A6DF")
_GROUPS: Mapping[str, Group] = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"), _STANDARD),
    **dict.fromkeys(("g", "gr", "vt"), _GRAPHICS),
    "dl": Group("DL", "L-6E869C2A", "L-85EED4F7"),
    "f": Group("F", "L-74FC7D96", "L-88CF9481"),
    "hpc": Group("HPC", "L-F7808C92", ""),
    "inf": Group("Inf", "L-1945791B", "L-B5D1601B"),
    "p": Group("P", "L-417A185B", "L-7212CCBC"),
    "trn": Group("Trn", "L-2C3B7624", "L-6B0D517C"),
    "u": Group("High Memory", "L-43DA4232", ""),
    "x": Group("X", "L-7295265B", "L-E3A00192"),
}
"""By the letters before the generation number."""
_NEWER_P = re.compile(r"p[5-9]|p\d\d")
"""Some AWS pages name a separate spot quota for these."""
_WHY = "how many vCPUs the smallest machine has, against the account's quota"
PERMISSIONS = (
    *quotas.permissions("ec2", "{vcpu_quotas}"),
    Permission("create", "ec2:DescribeInstanceTypes", "*", why=_WHY, optional=True),
)
"""For a type whose `arn_variables` have the result of `codes` as "vcpu_quotas"."""
IN_USE = Permission(
    "create", "ec2:DescribeInstances", "*", why="how many vCPUs of the account's quota are in use", optional=True
)
_ALIVE = Query("ec2", "describe_instances", ec2.filters({"instance-state-name": ("pending", "running")}))
_MOST_VALUES = 200
"""The most values of one filter. Source: EC2 user guide, Using_Filtering."""


class Machines(NamedTuple):
    """Instance types or patterns of them ("c6i.*") of which somebody runs up to `most` vCPUs; 0 is one machine."""

    types: Sequence[str]
    spot: bool = False
    most: int = 0


@runtime_checkable
class RunsMachines(Protocol):
    """A resource whose machines count against these quotas."""

    def machines(self) -> Machines: ...


def obstacles(aws: Cloud, types: Iterable[str], *, spot: bool, wants: int = 0) -> list[Obstacle]:
    """An error when the account may run none of the machines. Otherwise notes: which machines exceed a quota, or that they
    cannot reach the vCPUs in `wants` at all, together with the plan's other machines, or while the current ones run.

    `types` are instance types or patterns of them ("c6i.*"). An unknown quota is ignored.
    """
    grouped: dict[Group | None, list[str]] = {}
    for name in types:
        grouped.setdefault(_group(name, spot=spot), []).append(name)
    if sized := [name for group, names in grouped.items() if group for name in names]:
        aws.ask_ahead(_sizes_query(sized), *([] if aws.planned.changed_fields else [_ALIVE]))
    known = {group: quotas.quota(aws, "ec2", _code(group, spot=spot)) for group in grouped if group}
    limits = {group: limit for group, limit in known.items() if limit is not None}
    if not limits:
        return []
    sizes = _sizes(aws, [name for group in limits for name in grouped[group]])
    too_small = []
    least, fits = 1, ""
    for group, limit in limits.items():
        fitting = {size: name for name, size in sizes.items() if _group(name, spot=spot) == group}
        smallest = min(fitting, default=1)  # a type that may not be read has at least one vCPU
        if not fits or smallest < least:
            least, fits = smallest, fitting.get(smallest, grouped[group][0])
        if limit < smallest:
            name = fitting.get(smallest, grouped[group][0])
            too_small.append(
                _obstacle(aws, group, spot, limit, f"too few for {name}, which has {smallest}", max(wants, smallest))
            )
    if len(too_small) == len(grouped):
        return too_small
    notes = [each._replace(stops=False) for each in too_small]
    if notes or len(limits) < len(grouped):
        return notes
    most, (group, limit) = sum(limits.values()), max(limits.items(), key=lambda item: item[1])
    fewer = f"fewer than the {wants:,} that it may grow to"
    if wants and (beside := _vcpus_of_other_machines(aws, limits, spot=spot)):
        fewer += f" and the {beside:,} of the other machines in this plan"
        wants += beside
    if most < wants:
        return [_obstacle(aws, group, spot, limit, fewer, wants, stops=False)]
    used = _in_use(aws, limits, spot=spot)
    left, asked = most - sum(used.values()), max(wants, least)
    if left < asked:
        why = fewer if wants else f"too few for {fits}, which has {least}"
        then = f"{used[group]:,} are in use now, and those that are left are {why}"
        return [_obstacle(aws, group, spot, limit, then, used[group] + asked, stops=False)]
    return []


def codes(types: Iterable[str], *, spot: bool) -> list[str]:
    """The codes of all quotas that `precheck` reads for these types."""
    groups = [group for name in types if (group := _group(name, spot=spot))]
    return list(dict.fromkeys(_code(group, spot=spot) for group in groups))


def _group(name: str, *, spot: bool) -> Group | None:
    letters = re.match("[a-z]*", name)
    found = _GROUPS.get(letters[0]) if letters else None
    if found is None or not _code(found, spot=spot) or (spot and _NEWER_P.match(name)):
        return None
    return found


def _code(group: Group, *, spot: bool) -> str:
    return group.spot if spot else group.on_demand


def _vcpus_of_other_machines(aws: Cloud, groups: Collection[Group | None], *, spot: bool) -> int:
    """The maximum vCPUs of the plan's other machines in these groups, without those of unknown size."""
    others = [each.machines() for each in aws.planned.others if isinstance(each, RunsMachines)]
    ours = [each for each in others if each.spot == spot and any(_group(name, spot=spot) in groups for name in each.types)]
    sizes = _sizes(aws, [name for each in ours if not each.most for name in each.types])
    return sum(each.most or sizes.get(each.types[0], 0) for each in ours)


def _in_use(aws: Cloud, groups: Collection[Group | None], *, spot: bool) -> Counter[Group]:
    """The vCPUs of the machines that are starting or running, by group; none when they may not be read.

    Also none when the plan changes an existing resource, whose own machines would count against it. Machines on dedicated
    hosts and in capacity blocks have other quotas.
    """
    answer = None if aws.planned.changed_fields else aws.read_if_allowed(_ALIVE)
    types = Counter(
        machine["InstanceType"]
        for reservation in (answer["Reservations"] if answer else ())
        for machine in reservation["Instances"]
        if machine.get("InstanceLifecycle", "") == ("spot" if spot else "")
        and machine.get("Placement", {}).get("Tenancy") != "host"
        and _group(machine["InstanceType"], spot=spot) in groups
    )
    names, used = sorted(types), Counter[Group]()
    sizes: dict[str, int] = {}
    for start in range(0, len(names), _MOST_VALUES):
        sizes |= _sizes(aws, names[start : start + _MOST_VALUES])
    for name in names:
        if name not in sizes:
            return Counter()
        if group := _group(name, spot=spot):
            used[group] += types[name] * sizes[name]
    return used


def _sizes(aws: Cloud, types: list[str]) -> dict[str, int]:
    """The vCPUs of each type; empty when they may not be read."""
    if not types:
        return {}
    answer = aws.read_if_allowed(_sizes_query(types)) or {"InstanceTypes": []}
    return {item["InstanceType"]: item["VCpuInfo"]["DefaultVCpus"] for item in answer["InstanceTypes"]}


def _sizes_query(types: list[str]) -> Query:
    return Query("ec2", "describe_instance_types", {"Filters": [{"Name": "instance-type", "Values": types}]})


def _obstacle(aws: Cloud, group: Group, spot: bool, limit: float, then: str, wants: int, *, stops: bool = True) -> Obstacle:
    code = _code(group, spot=spot)
    name = f"All {group.name} Spot Instance Requests" if spot else f"Running On-Demand {group.name} instances"
    what = f"the account may run {limit:,.0f} vCPUs of them at once in {aws.account.region}, {then} (quota {name}, {code})"
    more = aws.account.aws(
        "service-quotas",
        "request-service-quota-increase",
        service_code="ec2",
        quota_code=code,
        desired_value=str(wants),
    )
    return Obstacle(what, f"Ask AWS for more, which may take a few days: {more}", stops)
