"""What a reader of statements misses: what they allow beside what their reasons are about. Pure.

Sources: Service authorization reference, S3 (a permission on a bucket's name holds in every account; s3:prefix), CloudWatch,
Lake Formation; S3 user guide, Versioning; IAM user guide, id_roles_terms-and-concepts (role chaining).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from bootstrap.core.deviation import Risk
from bootstrap.permissions.access import CHANGES, LEVELS
from bootstrap.permissions.actions import Table, overlap
from bootstrap.permissions.claims import ASSUME, VENDED, WATCHING
from bootstrap.permissions.powers import Power, Powers, powers_of
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.wide_grants import other_launches, wide_grants

OBJECTS = "arn:*:s3:::%/*"
"""The ARN of an object in AWS's table of actions."""
LISTS = ("s3:ListBucket", "s3:ListBucketVersions")
LOOKED_FOR = (
    *("roles that can gain more than they are granted", "whole services and accounts", "reading the content of everything"),
    *("tags that conditions rely on", "names of objects", "objects that can be lost"),
    *("older and deleted versions of objects", "buckets by a pattern"),
    *("volumes of EC2", "alarms, rules and logs that watch the account", "data of Lake Formation and S3 Access Grants"),
    *("roles that may assume themselves", "code that runs with the roles of others", "settings with passwords and keys"),
    *("data of others that is sent elsewhere", "networks that are opened", "launches without the conditions of others"),
)
"""What the linter and this module look for."""
_SHOWN = 3
_LOSING = ("s3:PutObject", "s3:DeleteObject")
_VENDORS = {"lakeformation": "Lake Formation", "s3": "S3 Access Grants"}


@dataclass(frozen=True)
class Exposure:
    """What somebody could do, by the Sid or policy that allows it, and the role that has it. `code` is the rule's;
    `actions` are all that it is about, where nothing else is said of them; `listed` are all of those of which the text names
    only the first few."""

    risk: Risk
    text: str
    sid: str
    code: str
    actions: tuple[str, ...] = ()
    role: str = ""
    listed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where in S3 a statement allows something: `below` is "" for a bucket itself, and "*" for all of its objects."""

    bucket: str
    below: str
    power: Power

    @property
    def is_pattern(self) -> bool:
        return any(letter in self.bucket for letter in "*?$")

    def __str__(self) -> str:
        return f"{self.bucket}/{self.below}".removesuffix("/*").removesuffix("/")


def exposures(roles: Iterable[ReviewedRole], table: Table) -> Iterator[Exposure]:
    """For each role and each policy of a bucket, in the order of the rules."""
    for role in roles:
        powers, name = powers_of((role,), table), role.grants.role
        who = f"whoever the policy of {name} lets in" if role.grants.is_bucket else f"anyone with the role {name}"
        yield from (replace(each, role=name) for each in _of_role(who, name, powers, table))


def _of_role(who: str, name: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    objects = objects_of(powers, table)
    yield from _wide(who, powers, table)
    yield from _watching(who, powers, table)
    yield from _volumes(who, powers)
    yield from _names(who, powers, table, objects)
    yield from _patterns(who, objects)
    yield from _vended(who, powers, table)
    yield from _losses(who, powers, table)
    yield from _versions(who, powers, table, objects)
    for power in powers.named(ASSUME[:1], table):
        if any(":role/" in arn and arn.rpartition("/")[2] == name for arn in power.resources):
            text = "can renew its session without signing in again, because that role may assume itself"
            yield Exposure("low", f"{who} {text}: the length of a session does not end its access", power.where, "itself")


def places_of(powers: Iterable[Power]) -> list[Place]:
    """The buckets or objects that the powers are about; "*" is every bucket, with all of its objects."""
    found = list[Place]()
    for power in powers:
        for arn in power.resources:
            if any(overlap(pattern, arn) for pattern in power.action.arns):
                place = arn.split(":", 5)[5] if arn.startswith("arn:") and ":s3:::" in arn else "*"
                bucket, slash, below = place.partition("/")
                found.append(Place(bucket, below if slash else "*" if bucket.endswith("*") else "", power))
    return found


def objects_of(powers: Powers, table: Table) -> list[Place]:
    """Where in S3 objects can be reached."""
    return places_of(powers.of(each for each in table.matching("s3:*") if OBJECTS in each.arns))


def lists_of(powers: Powers, table: Table) -> list[Place]:
    """Where in S3 names of objects can be listed: in buckets, or below the prefixes that a condition names."""
    found = list[Place]()
    for place in places_of(powers.named(LISTS, table)):
        below = place.power.limits.get("s3:prefix")
        found += [Place(place.bucket, prefix, place.power) for prefix in below] if below else [place]
    return found


def _wide(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    for rule, where, found, what in wide_grants(powers, table):
        text = f"{who} can {rule.says.format(what=what)} ({_names_of(found)})"
        names = tuple(dict.fromkeys(each.action.name for each in found))
        yield Exposure(rule.risk, text, where, rule.code, names, listed=_listed(found))
    launches = powers.found.get("ec2:RunInstances", ())
    limits = sorted({key for power in launches for key in power.limits}) or ["named resources only"]
    for where, found in _by_statement(other_launches(powers)):
        text = (
            f"{who} can start machines that do not meet the conditions on ec2:RunInstances ({', '.join(limits)}), because "
            f"{_names_of(found)} is allowed on every resource, and AWS then starts them with a role of its own"
        )
        yield Exposure("medium", text, where, "launch", listed=_listed(found))


def _watching(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    for where, found in _by_statement(each for each in powers.named(WATCHING, table) if each.everywhere):
        text = f"{who} can change or delete what watches the account, also what others made: {_names_of(found)}"
        yield Exposure("medium", text, where, "watching", listed=_listed(found))


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
            yield Exposure("medium", f"{who} {text} (ec2:AttachVolume)", power.where, "volumes")


def _names(who: str, powers: Powers, table: Table, objects: Collection[Place]) -> Iterator[Exposure]:
    lists = [place for place in lists_of(powers, table) if not place.power.limits.get("s3:prefix")]
    for where, found in _by_statement(place.power for place in lists if place.bucket == "*"):
        text = f"{who} can list the names of all objects in every bucket of the account ({_names_of(found)})"
        yield Exposure("medium", text, where, "names", listed=_listed(found))
    for bucket in dict.fromkeys(place.bucket for place in lists if not place.is_pattern):
        below = dict.fromkeys(str(place) for place in objects if place.bucket == bucket)
        if below and bucket not in below:
            where = next(place.power.where for place in lists if place.bucket == bucket)
            only = f"although its statements reach only those in {', '.join(below)}"
            text = f"can list the names of all objects in {bucket}, {only}"
            yield Exposure("low", f"{who} {text}", where, "names")


def _patterns(who: str, objects: Iterable[Place]) -> Iterator[Exposure]:
    by_bucket: dict[tuple[str, str], list[Power]] = {}
    for place in objects:
        if place.is_pattern and place.bucket != "*":
            by_bucket.setdefault((place.power.where, place.bucket), []).append(place.power)
    for (where, bucket), found in by_bucket.items():
        writes = any(LEVELS[power.action.level] in CHANGES for power in found)
        verbs = "read and write" if writes else "read"
        text = f"can {verbs} objects in every bucket with a name like {bucket}, whoever made it and whatever is in it"
        yield Exposure("medium" if writes else "low", f"{who} {text}", where, "buckets")


def _vended(who: str, powers: Powers, table: Table) -> Iterator[Exposure]:
    for where, found in _by_statement(each for each in powers.named(VENDED, table) if applies(each)):
        by = " and ".join(dict.fromkeys(_VENDORS[power.action.name.partition(":")[0]] for power in found))
        text = f"can read and write the data to which {by} gives it access, whatever its statements say about S3"
        yield Exposure("medium", f"{who} {text} ({_names_of(found)})", where, "vended", listed=_listed(found))


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
        yield Exposure("low", f"{who} {text} (s3:GetObjectVersion)", where, "versions")


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
        yield Exposure("medium", f"{who} {text}", where, "losses")


def _of_owner(powers: Powers, table: Table) -> set[str]:
    """The statements that also allow changing the policy of a bucket: who may do that owns it."""
    return {power.where for power in powers.named(("s3:PutBucketPolicy",), table)}


def applies(power: Power) -> bool:
    """Whether AWS knows the action on what the statement names: one that it knows on nothing needs every resource."""
    return power.everywhere or any(overlap(pattern, arn) for pattern in power.action.arns for arn in power.resources)


def _by_statement(powers: Iterable[Power]) -> Iterator[tuple[str, list[Power]]]:
    found: dict[str, list[Power]] = {}
    for power in powers:
        found.setdefault(power.where, []).append(power)
    yield from found.items()


def _listed(powers: Iterable[Power]) -> tuple[str, ...]:
    """All of the actions, if `_names_of` leaves some out."""
    names = tuple(dict.fromkeys(power.action.name for power in powers))
    return names if len(names) > _SHOWN else ()


def _names_of(powers: Iterable[Power]) -> str:
    """A few of the actions."""
    names = list(dict.fromkeys(power.action.name for power in powers))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
