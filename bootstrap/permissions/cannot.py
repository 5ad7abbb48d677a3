"""What the roles of an integration cannot do: claims, each one checked against every statement. Pure.

A claim holds only if no statement allows what it rules out, whatever conditions that statement has. It is unknown where a
managed policy is attached whose content the package does not have, and none about permissions holds where their holder can
gain more than is granted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.entrant import Entrant
from bootstrap.permissions.access import CHANGES, LEVELS, level_of
from bootstrap.permissions.actions import Table, applies, overlap
from bootstrap.permissions.claims import ASSUME, BORROWING, CLAIMS, GLOBAL, NETWORK_KEYS, REGION_KEYS, SUBNETS, VENDED
from bootstrap.permissions.lint.escalation import ALONE, escalations
from bootstrap.permissions.powers import Power, Powers, powers_of, statements_in
from bootstrap.permissions.reach import THROUGH, patterns_in
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.s3_places import Place, lists_of, objects_of
from bootstrap.permissions.wide_grants import reaches_all

_ANY_SUBNET = "arn:*:ec2:*:*:subnet/any"
_RAISING = ("administrator", "escalation")
"""The codes of the linter for who can gain more than is granted."""


@dataclass(frozen=True)
class Check:
    """`claim` goes on from "cannot". `holds` is None where that is unknown. `against` is what speaks against the claim,
    "Sid: action" or a sentence. `why` is what was looked at where nothing speaks against it."""

    code: str
    claim: str
    holds: bool | None
    against: tuple[str, ...] = ()
    why: str = "no statement allows it"


RAISING = "raise-itself"
"""The code of the claim on which all others depend."""
GAINED = "no statement grants it, but more can be gained, as the first line says"
MAY_BE_GAINED = "no statement grants it, but whether more can be gained is unknown, as the first line says"


def checks(
    roles: Sequence[ReviewedRole],
    entrants: Sequence[Entrant],
    own: Collection[str],
    table: Table,
    unsettled: Mapping[str, str] | None = None,
) -> list[Check]:
    """All checks, in the order of the page. `own` are the numbers of the customer's accounts. `unsettled` has a sentence for
    the code of each check that what create looks up may still change."""
    powers, open_ = powers_of(roles, table), unsettled or {}
    granted = [found[0].action for found in powers.found.values()]
    raising = _raising(roles, powers, own, table)
    regional = powers.unknown or any(name.partition(":")[0] not in GLOBAL for name in powers.found)
    found = [
        *(_check(each.code, each.text, powers, powers.of(each.broken_by(granted, table))) for each in CLAIMS),
        _check("assume-role", "assume another role", powers, _assuming_others(powers, own, table)),
        _objects(powers, table),
        _places("names", "list the names of objects in S3", powers, lists_of(powers, table)),
        *([_check("region", "act in regions that no statement names", powers, _every_region(powers))] if regional else []),
        _check(
            "subnets",
            "start or change anything in subnets that no statement names",
            powers,
            _every_network(powers, table),
        ),
        _check("change-anywhere", "change anything on every resource", powers, _changes_anywhere(powers)),
    ]
    found = [
        replace(each, holds=None, against=(open_[each.code],)) if each.holds and each.code in open_ else each
        for each in found
    ]
    return [raising, *(_void(each, raising) for each in (*found, *_trusts(entrants, own)))]


def _void(check: Check, raising: Check) -> Check:
    """What no statement allows and no trust policy lets in, whoever gains more permissions may still change."""
    if raising.holds or check.holds is False or check.holds is raising.holds:
        return check
    return replace(check, holds=raising.holds, against=(MAY_BE_GAINED if raising.holds is None else GAINED,))


def _check(code: str, claim: str, powers: Powers, found: Sequence[Power]) -> Check:
    return _found(code, claim, powers, [f"{power.where}: {power.action.name}" for power in found])


def _found(code: str, claim: str, powers: Powers, against: Iterable[str]) -> Check:
    """False with what speaks against it; else None if a policy is unknown, else True."""
    texts = list(dict.fromkeys(against))
    if texts:
        return Check(code, claim, False, tuple(texts))
    unknown = [f"what {policy} grants is not known here" for policy in powers.unknown]
    return Check(code, claim, None if unknown else True, tuple(unknown))


def _raising(roles: Sequence[ReviewedRole], powers: Powers, own: Collection[str], table: Table) -> Check:
    """Whether somebody can gain more than is granted. Passing or assuming a role that is not on this page is unknown."""
    known = {role.grants.role for role in roles}
    claim, against = "gain more permissions through IAM than are granted here", list[str]()
    for role in roles:
        if not role.grants.is_bucket:
            documents = {"": {"Statement": [content for _, content in statements_in(role)]}}
            against += [f"{each.sid}: {each.text}" for each in escalations(documents) if each.code in _RAISING]
    against += [
        f"{power.where}: {power.action.name}"
        for power in powers.named((action for action in ALONE if action.startswith("iam:")), table)
    ]
    if against:
        return _found(RAISING, claim, powers, against)
    through = filter(reaches_all, powers.named(patterns_in(THROUGH), table))
    elsewhere = [
        f"{power.where}: {power.action.name} on {arn}, and what that role may do is not known here"
        for power in (*powers.named((*BORROWING, *ASSUME), table), *through)
        for arn in power.resources
        if not _is_one_of(known, arn, own)
    ]
    return (
        replace(_found(RAISING, claim, powers, elsewhere), holds=None) if elsewhere else _found(RAISING, claim, powers, ())
    )


def raising_in(documents: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """How whoever has all of these policies can gain more, beside what their conditions limit."""
    found = escalations({str(number): each for number, each in enumerate(documents)})
    return tuple(dict.fromkeys(each.text for each in found if each.code in _RAISING))


def _is_one_of(roles: Collection[str], arn: str, own: Collection[str]) -> bool:
    """Whether it is the ARN of one of these roles, in an account of the customer's."""
    return arn.rpartition("/")[2] in roles and (*arn.split(":"), "", "", "", "", "")[4] in own


def _assuming_others(powers: Powers, own: Collection[str], table: Table) -> list[Power]:
    """The ways to become another role than the one that has the power."""
    return [
        power
        for power in powers.named(ASSUME, table)
        if not all(_is_one_of((power.role,), arn, own) for arn in power.resources)
    ]


def _objects(powers: Powers, table: Table) -> Check:
    """Whether the buckets whose objects can be reached are all named."""
    usable = (power for power in powers.named(VENDED, table) if applies(power.action, power.resources))
    vended = [f"{power.where}: {power.action.name}" for power in usable]
    return _places("objects", "reach objects in S3", powers, objects_of(powers, table), vended)


def _places(code: str, claim: str, powers: Powers, places: Iterable[Place], more: Sequence[str] = ()) -> Check:
    named, against = dict[str, None](), list[str]()
    for place in places:
        if place.is_pattern:
            on = "every resource" if place.bucket == "*" else str(place)
            against.append(f"{place.power.where}: {place.power.action.name} on {on}")
        else:
            named[str(place)] = None
    return _found(code, f"{claim} outside of {', '.join(named)}" if named else claim, powers, [*against, *more])


def _every_region(powers: Powers) -> list[Power]:
    """What no statement limits to a region; what changes something comes first."""
    found = [
        power
        for found in powers.found.values()
        for power in found
        if power.action.name.partition(":")[0] not in GLOBAL and not power.limits.keys() & REGION_KEYS
        if any(arn == "*" or any(letter in (*arn.split(":"), *"****")[3] for letter in "*?$") for arn in power.resources)
    ]
    return sorted(found, key=lambda power: LEVELS[power.action.level] not in CHANGES)


def _every_network(powers: Powers, table: Table) -> list[Power]:
    """What starts or changes something in subnets, and no statement limits to a VPC or to some of them."""
    changes = (each for each in table.matching("ec2:*") if each.level == "w" and SUBNETS in each.arns)
    return [
        power
        for power in powers.of(changes)
        if not power.limits.keys() & NETWORK_KEYS and any(overlap(_ANY_SUBNET, arn) for arn in power.resources)
    ]


def _changes_anywhere(powers: Powers) -> list[Power]:
    return [
        power for found in powers.found.values() for power in found if power.everywhere and level_of(power.action) in CHANGES
    ]


def _trusts(entrants: Iterable[Entrant], own: Collection[str]) -> Iterator[Check]:
    """About who gets in. A service of AWS acts for the account itself; a token's claims are what an issuer's trust tests."""
    outside = [each for each in entrants if each.is_outside(own)]
    anybody = [f"{each.role}: {each.sentence}" for each in outside if each.anyone]
    why = "each trust policy, and each policy of a bucket, names who gets in"
    yield Check("anybody", "be used by just anyone", not anybody, tuple(anybody), why)
    without = [
        f"{each.role}: {each.sentence}"
        for each in outside
        if not each.external_id and not each.role.startswith("bucket ")
        if each.anyone or not (each.kind == "Federated" and each.limits)
    ]
    if any(not each.role.startswith("bucket ") for each in outside):
        tokens = any(each.kind == "Federated" for each in outside)
        with_them = ", or with just any token of an identity provider" if tokens else ""
        claim = f"be assumed from another account without the external id{with_them}"
        why = "each trust policy that lets somebody in from outside tests it"
        yield Check("external-id", claim, not without, tuple(without), why)
