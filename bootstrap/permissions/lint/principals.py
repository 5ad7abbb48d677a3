"""Whom a trust policy, or the policy of a thing, lets in.

Sources: IAM user guide reference_policies_elements_principal, id_roles_create_for-user_externalid, confused-deputy.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from bootstrap.core import validators
from bootstrap.core.policy import below, placeholders
from bootstrap.permissions.lint.finding import DOMAINS, PARTITION, Finding, Kind, as_list, condition_keys, items, limits
from bootstrap.permissions.wildcards import Patterns, matches, opened

_PRINCIPAL = re.compile(
    rf"arn:({PARTITION}):(iam|sts)::(\d{{12}}):(root|(role|user|assumed-role|federated-user)/[!-~]+)(?<![*?])"
)
_OF_CLOUDFRONT = re.compile(r"arn:aws[a-z-]*:iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+")
"""An origin access identity in a bucket's policy (CloudFront developer guide, private-content-restricting-access-to-s3)."""
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{8,}")
_SERVICE = re.compile(rf"[a-z0-9.-]+\.({'|'.join(map(re.escape, (*DOMAINS, 'amazon.com', 'aws.internal')))})")
_WAYS_IN = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_OF_A_TRUST = Patterns((*_WAYS_IN, "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"), literal=True)
"""The actions that IAM takes in a trust; its error is "AssumeRole policy may only specify STS AssumeRole actions"."""
_WHO = {"aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:sourceaccount"}
_WHO |= {"aws:sourcearn", "aws:sourceorgid", "aws:userid", "kms:calleraccount"}
_SHOWN = 5
"""Names of keys in one finding; they can be written in many ways."""
_CARRIED: Mapping[Kind, Collection[str]] = {
    "trust": ("aws:principalaccount", "aws:principalarn", "aws:userid"),
    "resource": ("aws:principalaccount",),
}
"""Of those, what each request carries: whoever assumes a role has signed for it, who reads a bucket need not."""


def is_trust(statement: dict[str, Any]) -> bool:
    """Whether it lets somebody into a role, and into nothing else."""
    actions = [action for _, action in items(statement, "Action", "")]
    return statement.get("Effect") == "Allow" and bool(actions) and all(map(_is_of_a_trust, actions))


def principal_findings(statement: dict[str, Any], place: str, kind: Kind, own: Collection[str]) -> Iterator[Finding]:
    """`own` are the ids of accounts whose principals need no external id."""
    if kind == "trust":
        yield from _trust_actions(statement, place)
    if statement.get("Effect") != "Allow":
        return
    if "NotPrincipal" in statement:
        text = "Allow with NotPrincipal lets in everybody who is not named"
        yield Finding("error", "wildcard-principal", f"{place}.NotPrincipal", text)
    named = statement.get("Principal")
    tests = [test for test in limits(statement, _CARRIED[kind]) if test[1] in _WHO]
    named_ones = any(all(_is_somebody(operator, key, value) for value in values) for operator, key, values in tests)
    weak = sorted({key for _, key, _ in condition_keys(statement) if key.lower() in _WHO})[:_SHOWN]
    ids = [(operator, value) for operator, key, values in limits(statement) if key == "sts:externalid" for value in values]
    for operator, value in ids if kind == "trust" else ():
        yield from _external_id(operator, value, f"{place}.Condition")
    where = f"{place}.Principal"
    if named == "*":
        named = {"AWS": "*"}
    if not isinstance(named, dict):
        if named is not None:
            yield Finding("error", "principal", where, 'a Principal is "*" or {"AWS": ...}, {"Service": ...}')
        return
    if not any(name for names in named.values() for name in as_list(names)):
        yield Finding("error", "principal", where, "it names nobody, so the statement lets nobody in")
    if kind == "trust":
        yield from _wrong_ways(statement, named, where)
    for name in as_list(named.get("AWS", [])):
        held = named_ones if name == "*" else bool(tests)
        for item in _account_principal(name, f"{where}.AWS", kind, held=held, ids=bool(ids), own=own):
            more = f" (the test of {' and '.join(weak)} does not say who may)" if weak and not held else ""
            yield replace(item, text=f"{item.text}{more if item.code in ('wildcard-principal', 'external-id') else ''}")
    for name in as_list(named.get("Service", [])):
        if not (isinstance(name, str) and _SERVICE.fullmatch(name)):
            yield Finding("error", "principal", f"{where}.Service", f"{name!r} is no service (like ec2.amazonaws.com)")
    everybody = cache(partial(_everybody, statement))
    for name in as_list(named.get("Federated", [])):
        if text := everybody(":oidc-provider/" in str(name)):
            yield Finding("warning", "federated", f"{where}.Federated", f"everybody who signs in through {name} {text}")
    for odd in sorted(set(named) - {"AWS", "Service", "Federated", "CanonicalUser"}):
        yield Finding("error", "principal", below(where, odd), f"{odd} is no kind of principal")


def _everybody(statement: dict[str, Any], oidc: bool) -> str:
    """What is wrong where no condition says who of a provider's may come in, else "".

    The audience sts.amazonaws.com is that of all who use an OIDC provider with AWS (GitHub, EKS); the app ids that others
    have for audiences (Cognito, Google) say which application.
    """
    claims = {key.lower() for _, key, _ in condition_keys(statement) if key.lower().endswith((":sub", ":aud", ":amr"))}
    tests = [(key, values) for _, key, values in limits(statement, claims) if key in claims]
    if not tests:
        return "is trusted: no condition says whom (:sub, :aud)"
    subjects = [values for key, values in tests if key.endswith(":sub")]
    shared = oidc and all(value == "sts.amazonaws.com" for key, values in tests if key.endswith(":aud") for value in values)
    if shared and not any(all(value.replace("repo:", "").strip("*?:/") for value in values) for values in subjects):
        return "for AWS is trusted: no :sub says whom"
    return ""


def _account_principal(
    name: Any, where: str, kind: Kind, *, held: bool, ids: bool, own: Collection[str]
) -> Iterator[Finding]:
    if name == "*":
        if held:
            return
        if kind == "resource":
            yield Finding("warning", "wildcard-principal", where, "everybody in the world is let in")
        elif ids:
            text = "everybody who learns the external id is trusted, and it is no secret: name the vendor's role"
            yield Finding("warning", "wildcard-principal", where, text)
        else:
            text = "everybody in the world is trusted, without an external id: name the vendor's role, and its external id"
            yield Finding("error", "wildcard-principal", where, text)
        return
    if isinstance(name, str) and _UNIQUE_ID.fullmatch(name):
        text = f"{name} is the id of a role or user that was deleted; one of the same name is not trusted"
        yield Finding("warning", "dead-principal", where, text)
        return
    if kind == "resource" and isinstance(name, str) and _OF_CLOUDFRONT.fullmatch(name):
        return
    found = _PRINCIPAL.fullmatch(name) if isinstance(name, str) and "${" not in name else None
    account = found[3] if found else name if isinstance(name, str) and re.fullmatch(r"\d{12}", name) else ""
    if not account:
        if isinstance(name, str) and placeholders(name):  # they are told as such
            return
        text = f"{name!r} is no principal (an account id, or the ARN of a role or user, without * and variables)"
        yield Finding("error", "principal", where, text)
        return
    if kind == "resource" or account in own:
        return
    if not ids and not held:
        text = (
            f"account {account} is trusted without an external id: if it is a vendor's, any other customer of theirs "
            "may come in"
        )
        yield Finding("warning", "external-id", where, text)
    elif not found or found[4] == "root":
        text = f"everybody in account {account} who may assume roles is trusted; a role's ARN would be narrower"
        yield Finding("note", "whole-account", where, text)


def _trust_actions(statement: dict[str, Any], place: str) -> Iterator[Finding]:
    for where, action in items(statement, "Action", place):
        if not action.lower().startswith("sts:"):
            yield Finding("error", "action", where, f"a trust policy has actions of sts only, not {action}")
        elif not _OF_A_TRUST.meeting(action.lower()):
            yield Finding("error", "action", where, f"{action} in a trust policy grants nothing: sts:AssumeRole is for that")


def _is_of_a_trust(action: str) -> bool:
    return action.lower().startswith("sts:") and action != "sts:*" and bool(_OF_A_TRUST.meeting(action.lower()))


def _wrong_ways(statement: dict[str, Any], named: dict[str, Any], where: str) -> Iterator[Finding]:
    """Principals who need another call than those that are allowed (Access Analyzer: mismatched action for principal)."""
    ways = {way for way in _WAYS_IN for _, action in items(statement, "Action", "") if matches(action.lower(), way)}
    for kind in ("AWS", "Service", "Federated"):
        for name in as_list(named.get(kind, [])):
            if not ways or name == "*" or not isinstance(name, str):
                continue
            of_saml = ":saml-provider/" in name
            way = "sts:AssumeRole" + ("" if kind != "Federated" else "WithSAML" if of_saml else "WithWebIdentity")
            if way.lower() not in ways:
                text = f"{name} can only use {way}, which the statement does not allow"
                yield Finding("error", "principal", f"{where}.{kind}", text)


def _external_id(operator: str, value: str, where: str) -> Iterator[Finding]:
    if placeholders(value):  # they are told as such
        return
    many = "like" in operator.lower() and re.search(r"[*?]", value)
    plain = re.sub(r"[*?]" if many else "", "", opened(value, ""))
    try:
        validators.external_id(
            value if plain == value else f"{plain}--"
        )  # at least two characters, as what matches may have
    except ValueError as error:
        yield Finding("error", "external-id", where, f"{error}")
        return
    if many:
        text = f"the external id {value} stands for many, which others may have too: name the one that is meant"
        yield Finding("warning", "external-id", where, text)


def _is_somebody(operator: str, key: str, value: str) -> bool:
    """Whether the value of a test of who asks names an account; an ARN in any account is in everybody's reach."""
    literal = operator.lower().endswith("stringequals")
    if literal or not key.endswith("arn") or re.search(r"\d{12}|\$\{", value):
        return True
    _, _, _, _, account, thing = (value.split(":", 5) + [""] * 5)[:6]
    return bool(account.strip("*?") or (not account and thing.strip("*?/")))
