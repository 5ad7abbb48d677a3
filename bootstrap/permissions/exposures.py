"""What a reader of statements misses: what they allow beside what their reasons are about. Pure.

Sources: Service authorization reference, S3 (a permission on a bucket's name holds in every account; s3:prefix), CloudWatch,
Lake Formation, EC2 (a launch is checked for its subnet); S3 user guide, Versioning; IAM user guide,
id_roles_terms-and-concepts (role chaining).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bootstrap.core.deviation import Risk
from bootstrap.permissions.access import CHANGES, LEVELS, is_odd
from bootstrap.permissions.actions import Table, applies, overlap
from bootstrap.permissions.claims import ASSUME, FEEDS, NETWORK_KEYS, SUBNETS, VENDED, WATCHING
from bootstrap.permissions.lint.data_reads import READS
from bootstrap.permissions.powers import Power, Powers, powers_of
from bootstrap.permissions.reach import LAUNCHES
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.s3_places import LISTS, Place, lists_of, objects_of, places_of
from bootstrap.permissions.wide_grants import WideGrant, few, other_launches, reaches_all, wide_grants

LOOKED_FOR = (
    *("roles that can gain more than they are granted", "whole services and accounts", "reading the content of everything"),
    *("tags that conditions rely on", "names of objects", "objects that can be lost"),
    *("older and deleted versions of objects", "buckets by a pattern"),
    *("volumes of EC2", "alarms, rules and logs that watch the account", "data of Lake Formation and S3 Access Grants"),
    *("roles that may assume themselves", "code that runs with the roles of others", "settings with passwords and keys"),
    *("keys and passwords", "names and addresses of people", "messages in the account's name", "functions that are started"),
    "resources of others that are deleted",
    *("data of others that is sent elsewhere", "networks that are opened", "machines that are started in any subnet"),
)
"""What the linter and this module look for."""
FACT = "data"
"""The code of what is no danger but a fact: which data the role is for."""
_ANY_SUBNET = "arn:*:ec2:*:*:subnet/any"
_LOSING = ("s3:PutObject", "s3:DeleteObject")
_OF_OBJECTS = {"s3:GetObject": "read", "s3:PutObject": "write"}
_NOT_DATA = ("s3:", "kms:", "lakeformation:")
_VENDORS = {"lakeformation": "Lake Formation", "s3": "S3 Access Grants"}


@dataclass(frozen=True)
class Exposure:
    """What somebody could do, by the Sid or policy that allows it, and the role that has it. `code` is the rule's;
    `actions` are all that it is about, where the text names some of them. `breadth` is 1 on everything, 2 on what a pattern
    names, and 3 on what is named. `wide` is what a rule about everything found."""

    risk: Risk
    text: str
    sid: str
    code: str
    actions: tuple[str, ...] = ()
    role: str = ""
    breadth: Literal[1, 2, 3] = 1
    wide: WideGrant | None = None


def exposures(roles: Iterable[ReviewedRole], table: Table) -> Iterator[Exposure]:
    """For each role and each policy of a bucket, in the order of the rules."""
    for role in roles:
        powers, name = powers_of((role,), table), role.grants.role
        who = f"whoever the policy of {name} lets in" if role.grants.is_bucket else f"anyone with the role {name}"
        yield from (replace(each, role=name) for each in _of_role(who, name, powers, table))


def _of_role(who: str, name: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    objects = objects_of(powers, table)
    yield from _wide(who, powers, table)
    yield from _launches(who, powers)
    yield from _watching(who, powers, table)
    yield from _volumes(who, powers)
    yield from _data(who, powers, table, objects)
    yield from _names(who, powers, table, objects)
    yield from _patterns(who, objects)
    yield from _policies(who, powers)
    yield from _vended(who, powers, table)
    yield from _losses(who, powers, table)
    yield from _versions(who, powers, table, objects)
    for power in powers.named(ASSUME[:1], table):
        if any(":role/" in arn and arn.rpartition("/")[2] == name for arn in power.resources):
            text = "can renew its session without signing in again, because that role may assume itself"
            text = f"{who} {text}: the length of a session does not end its access"
            yield Exposure("low", text, power.where, "itself", breadth=3)


def _wide(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    for found in wide_grants(powers, table):
        text, rule = f"{who} can {found.says}", found.rule
        yield Exposure(rule.risk, text, found.where, rule.code, found.actions, wide=found)


def _launches(who: str, powers: Powers) -> Iterator[Exposure]:
    """A tag that a launch sets itself says nothing about the subnet; one that the subnet must have does."""
    starts = [power for name in ("ec2:RunInstances", *LAUNCHES) for power in powers.found.get(name, ())]
    found = [power for power in starts if not any(map(_names_subnets, power.limits)) and _in_any_subnet(power)]
    if not found:
        return
    others = other_launches(powers)
    launches = powers.found.get("ec2:RunInstances", ())
    limits = sorted({key for power in launches for key in power.limits}) or ["named resources only"]
    passes = ", with any role that it may pass" if "iam:PassRole" in powers.found else ""
    unmet = f"none of the conditions on ec2:RunInstances ({', '.join(limits)})"
    around = f"; {_names_of(others)} needs {unmet}" if others else ""
    text = (
        f"{who} can start machines with software of its own in any subnet{passes}, and so reach what is open only inside "
        f"the networks of the account ({_names_of(found)}){around}"
    )
    yield Exposure("high", text, (others or found)[0].where, "launch", _actions(found))


def _names_subnets(key: str) -> bool:
    return key in NETWORK_KEYS or "resourcetag/" in key


def _in_any_subnet(power: Power) -> bool:
    return SUBNETS in power.action.arns and any(overlap(_ANY_SUBNET, arn) for arn in power.resources)


def _watching(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    watching = powers.named((*WATCHING, *FEEDS), table)
    for where, found in _by_statement(each for each in watching if each.everywhere or reaches_all(each)):
        text = f"{who} can change or delete what watches the account, also what others made: {_names_of(found)}"
        yield Exposure("medium", text, where, "watching", _actions(found))


def _volumes(who: str, powers: Powers) -> Iterator[Exposure]:
    """A volume is free once its machine is terminated, unless it is deleted with it."""
    sets_tags = any(power.everywhere and not power.limits for power in powers.found.get("ec2:CreateTags", ()))
    detaches = "ec2:DetachVolume" in powers.found
    for power in powers.found.get("ec2:AttachVolume", ()):
        if any(arn == "*" or ":volume/*" in arn for arn in power.resources):
            itself = ", which it can set itself" if sets_tags else ""
            tagged = any("resourcetag/" in key for key in power.limits)
            limit = f": those with the tag of the condition{itself}" if tagged else ""
            which = "volumes, also those that it takes from machines," if detaches else "volumes that no machine uses"
            text = f"can attach {which} to other machines, and so read them{limit}"
            yield Exposure("medium", f"{who} {text} (ec2:AttachVolume)", power.where, "volumes", breadth=2 if tagged else 1)


def _names(who: str, powers: Powers, table: Table, objects: Collection[Place]) -> Iterator[Exposure]:
    lists = [place for place in lists_of(powers, table) if not place.power.limits.get("s3:prefix")]
    for where, found in _by_statement(place.power for place in lists if place.bucket == "*"):
        text = f"{who} can list the names of all objects in every bucket of the account ({_names_of(found)})"
        yield Exposure("medium", text, where, "names", _actions(found))
    for bucket in dict.fromkeys(place.bucket for place in lists if not place.is_pattern):
        below = dict.fromkeys(str(place) for place in objects if place.bucket == bucket)
        if below and bucket not in below:
            where = next(place.power.where for place in lists if place.bucket == bucket)
            only = f"although its statements reach only those in {', '.join(below)}"
            text = f"can list the names of all objects in {bucket}, {only}"
            yield Exposure("low", f"{who} {text}", where, "names", breadth=3)


def _patterns(who: str, objects: Iterable[Place]) -> Iterator[Exposure]:
    by_bucket: dict[tuple[str, str], list[Power]] = {}
    for place in objects:
        if place.is_pattern and place.bucket != "*":
            by_bucket.setdefault((place.power.where, place.bucket), []).append(place.power)
    for (where, bucket), found in by_bucket.items():
        writes = any(LEVELS[power.action.level] in CHANGES for power in found)
        verbs = "read and write" if writes else "read"
        text = f"can {verbs} objects in every bucket with a name like {bucket}, whoever made it and whatever is in it"
        yield Exposure("medium" if writes else "low", f"{who} {text}", where, "buckets", breadth=2)


def _policies(who: str, powers: Powers) -> Iterator[Exposure]:
    """Who else gets in, on a pattern of names. On everything it is another rule's, and in IAM the linter's."""
    by_pattern: dict[tuple[str, str], list[Power]] = {}
    for found in powers.found.values():
        for power in found:
            if power.action.level == "p" and not is_odd(power.action) and not power.action.name.startswith(("iam:", "sts:")):
                for arn in () if reaches_all(power) else power.resources:
                    if _is_pattern(arn) and applies(power.action, (arn,)):
                        by_pattern.setdefault((power.where, _named(arn)), []).append(power)
    for (where, name), same in by_pattern.items():
        text = f"can change who may use everything in {name}, whoever made it ({_names_of(same)})"
        yield Exposure("medium", f"{who} {text}", where, "policies", _actions(same), breadth=2)


def _named(arn: str) -> str:
    return f"{arn.split(':')[2]} with a name like {arn.split(':', 5)[5]}"


def _is_pattern(arn: str) -> bool:
    """Whether it names things by a pattern: of S3, buckets. All in one that is named is no pattern."""
    name = arn.split(":", 5)[5] if arn.count(":") >= 5 else ""
    name = name.partition("/")[0] if ":s3:::" in arn else name.removesuffix("/*").removesuffix(":*")
    return bool(name.strip("*")) and any(letter in name for letter in "*?$")


def _vended(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    for where, found in _by_statement(each for each in powers.named(VENDED, table) if applies(each.action, each.resources)):
        by = " and ".join(dict.fromkeys(_VENDORS[power.action.name.partition(":")[0]] for power in found))
        text = f"can read and write the data to which {by} gives it access, whatever its statements say about S3"
        yield Exposure("medium", f"{who} {text} ({_names_of(found)})", where, "vended", _actions(found))


def _versions(who: str, powers: Powers, table: Table, objects: Iterable[Place]) -> Iterator[Exposure]:
    """Whoever owns a bucket gains nothing by it."""
    of_owner = _of_owner(powers, table)
    found: dict[str, dict[str, None]] = {}
    for place in objects:
        if place.power.action.name == "s3:GetObjectVersion" and place.power.where not in of_owner:
            found.setdefault(place.power.where, {})[str(place)] = None
    for where, places in found.items():
        text = (
            f"can read older versions of objects in {', '.join(places)}, and deleted objects, if the bucket has versioning"
        )
        text += "" if powers.named(LISTS[1:], table) else " and it knows the version ID, as it cannot list versions"
        yield Exposure("low", f"{who} {text} (s3:GetObjectVersion)", where, "versions", breadth=3)


def _data(who: str, powers: Powers, table: Table, objects: Iterable[Place]) -> Iterator[Exposure]:
    """What the role is for: a fact that every reader looks for first. Other rules find what is read wherever it is."""
    of_owner = _of_owner(powers, table)
    verbs = dict[tuple[str, str], dict[str, str]]()
    for place in objects:
        verb = _OF_OBJECTS.get(place.power.action.name)
        if verb and not place.is_pattern and place.power.where not in of_owner:
            verbs.setdefault(("objects", str(place)), {})[verb] = place.power.where
    for power in powers.named((each for each in READS if not each.startswith(_NOT_DATA)), table):
        for arn in () if reaches_all(power) else power.resources:
            if arn.count(":") >= 5 and arn.split(":")[4]:  # else it is AWS's own
                verbs.setdefault((READS[power.action.name], arn.split(":", 5)[5]), {})["read"] = power.where
    granted = dict[tuple[str, str], list[str]]()
    for (what, name), found in verbs.items():
        granted.setdefault((" and ".join(sorted(found)), what), []).append(name)
    if granted:
        all_of_it = "; ".join(f"{verb} {what} in {', '.join(names)}" for (verb, what), names in granted.items())
        where = next(iter(next(iter(verbs.values())).values()))
        text = f"{who} can {all_of_it}: all that is there and what is added later, as that is what it is for"
        yield Exposure("low", text, where, FACT, breadth=3)


def _losses(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    """In buckets that are named; those by a pattern are reported as such. Whoever owns a bucket may lose its data."""
    of_owner = _of_owner(powers, table)
    by_place: dict[str, tuple[str, set[str]]] = {}
    for place in places_of(powers.named(_LOSING, table)):
        if not place.is_pattern and place.power.where not in of_owner:
            where, verbs = by_place.setdefault(str(place), (place.power.where, set()))
            verbs.add("overwrite" if place.power.action.name == "s3:PutObject" else "delete")
    for place_name, (where, verbs) in by_place.items():
        text = f"can {' and '.join(sorted(verbs, reverse=True))} objects in {place_name}: without versioning, they are lost"
        yield Exposure("medium", f"{who} {text}", where, "losses", breadth=3)


def _of_owner(powers: Powers, table: Table) -> set[str]:
    """The statements that also allow changing the policy of a bucket: who may do that owns it."""
    return {power.where for power in powers.named(("s3:PutBucketPolicy",), table)}


def _by_statement(powers: Iterable[Power]) -> Iterator[tuple[str, list[Power]]]:
    found: dict[str, list[Power]] = {}
    for power in powers:
        found.setdefault(power.where, []).append(power)
    yield from found.items()


def _actions(powers: Iterable[Power]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(power.action.name for power in powers))


def _names_of(powers: Iterable[Power]) -> str:
    return few(_actions(powers))
