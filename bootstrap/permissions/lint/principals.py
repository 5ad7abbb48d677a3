"""Findings in the principals of a trust policy, or of the policy of a resource: whom it admits.

Sources: IAM user guide reference_policies_elements_principal, id_roles_create_for-user_externalid, confused-deputy.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from bootstrap.core.external_id import sent_by_caller, sts_external_id
from bootstrap.core.policy_text import below, placeholders
from bootstrap.permissions.lint.finding import (
    DOMAINS,
    PARTITION,
    Finding,
    Kind,
    Severity,
    as_list,
    condition_keys,
    items,
    limits,
)
from bootstrap.permissions.wildcards import Patterns, matches, opened

_PRINCIPAL = re.compile(
    rf"arn:({PARTITION}):(iam|sts)::(\d{{12}}):(root|(role|user|assumed-role|federated-user)/[!-~]+)(?<![*?])"
)
_OF_CLOUDFRONT = re.compile(r"arn:aws[a-z-]*:iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+")
"""An origin access identity in a bucket's policy (CloudFront developer guide, private-content-restricting-access-to-s3)."""
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{8,}")
_SERVICE = re.compile(rf"[a-z0-9.-]+\.({'|'.join(map(re.escape, (*DOMAINS, 'amazon.com', 'aws.internal')))})")
_ASSUME_CALLS = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_TRUST_ACTIONS = Patterns((*_ASSUME_CALLS, "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"), literal=True)
"""The actions that IAM accepts in a trust; its error is "AssumeRole policy may only specify STS AssumeRole actions"."""
_IDENTITY_KEYS = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:sourceaccount",
}
_IDENTITY_KEYS |= {"aws:sourcearn", "aws:sourceorgid", "aws:userid", "kms:calleraccount"}
_ANYBODY = "is trusted: no condition limits who (:sub, :aud)"
_SHOWN = 5
"""The most keys in one finding; a key can be written in many ways."""
_CARRIED: Mapping[Kind, Collection[str]] = {
    "trust": ("aws:principalaccount", "aws:principalarn", "aws:userid"),
    "resource": ("aws:principalaccount",),
}
"""Those that every request carries: a request to assume a role is signed, one to read a bucket need not be."""


def is_trust(statement: dict[str, Any]) -> bool:
    """Whether the statement admits somebody to a role, and allows nothing else."""
    actions = [action for _, action in items(statement, "Action", "")]
    return statement.get("Effect") == "Allow" and bool(actions) and all(map(_is_trust_action, actions))


def requires_external_id(statement: dict[str, Any]) -> bool:
    """Whether nobody gets in without one of certain external ids."""
    ids = _tested_ids(statement)
    return bool(ids) and not any(sent_by_caller(value) for _, value in ids)


def admits_anyone(statement: dict[str, Any], principal: str, kind: Kind, *, federated: bool) -> bool:
    """Whether no condition says who of "*", or of the users of an identity provider, gets in. An external id does not."""
    if principal == "*":
        tests = _identity_tests(statement, kind)
        return not any(all(_identifies(operator, key, value) for value in values) for operator, key, values in tests)
    return federated and bool(_everybody(statement, principal.partition(":oidc-provider/")[2]))


def _identity_tests(statement: dict[str, Any], kind: Kind) -> list[tuple[str, str, list[str]]]:
    return [test for test in limits(statement, _CARRIED[kind]) if test[1] in _IDENTITY_KEYS]


def _tested_ids(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """Each external id that it requires, with the operator."""
    return [(operator, value) for operator, key, values in limits(statement) if key == "sts:externalid" for value in values]


def principal_findings(statement: dict[str, Any], place: str, kind: Kind, own: Collection[str]) -> Iterator[Finding]:
    """`own` are the ids of the accounts whose principals need no external id."""
    if kind == "trust":
        yield from _trust_actions(statement, place)
    if statement.get("Effect") != "Allow":
        return
    if "NotPrincipal" in statement:
        text = "Allow with NotPrincipal admits everybody who is not named"
        yield Finding("error", "wildcard-principal", f"{place}.NotPrincipal", text)
    named = statement.get("Principal")
    tests = _identity_tests(statement, kind)
    names_somebody = any(all(_identifies(operator, key, value) for value in values) for operator, key, values in tests)
    weak = sorted({key for _, key, _ in condition_keys(statement) if key.lower() in _IDENTITY_KEYS})[:_SHOWN]
    ids = _tested_ids(statement)
    for operator, value in ids if kind == "trust" else ():
        yield from _external_id(operator, value, f"{place}.Condition")
    requires_id = requires_external_id(statement)
    where = f"{place}.Principal"
    if named == "*":
        named = {"AWS": "*"}
    if not isinstance(named, dict):
        if named is not None:
            yield Finding(
                "error", "principal", where, 'a Principal must be "*" or an object like {"AWS": ...} or {"Service": ...}'
            )
        return
    if not any(name for names in named.values() for name in as_list(names)):
        yield Finding("error", "principal", where, "it names nobody, so the statement admits nobody")
    if kind == "trust":
        yield from _wrong_calls(statement, named, where)
    lets_in = kind != "trust" or bool(_calls(statement))  # who may only tag a session has none
    for name in as_list(named.get("AWS", [])):
        held = (names_somebody if name == "*" else bool(tests)) or not lets_in
        for item in _account_principal(name, f"{where}.AWS", kind, held=held, ids=requires_id, own=own):
            more = f" (the condition on {' and '.join(weak)} does not say who may)" if weak and not held else ""
            yield replace(item, text=f"{item.text}{more if item.code in ('wildcard-principal', 'external-id') else ''}")
    for name in as_list(named.get("Service", [])):
        if not (isinstance(name, str) and _SERVICE.fullmatch(name)):
            yield Finding("error", "principal", f"{where}.Service", f"{name!r} is not a service (like ec2.amazonaws.com)")
    everybody = cache(partial(_everybody, statement))
    for name in as_list(named.get("Federated", [])):
        if text := everybody(str(name).partition(":oidc-provider/")[2]):
            severity: Severity = "error" if text == _ANYBODY and ":oidc-provider/" in str(name) else "warning"
            yield Finding(severity, "federated", f"{where}.Federated", f"everybody who signs in through {name} {text}")
    for odd in sorted(set(named) - {"AWS", "Service", "Federated", "CanonicalUser"}):
        yield Finding("error", "principal", below(where, odd), f"{odd} is not a type of principal")


def _everybody(statement: dict[str, Any], issuer: str) -> str:
    """What is wrong when no condition says which users of a provider may assume the role, else "". `issuer` is that of an
    OIDC provider, without https, or "".

    Everybody who uses such a provider has the audience sts.amazonaws.com (GitHub, EKS), that of the vendor (Modal), or
    whatever ARN he asks for (Estuary). Others (Cognito, Google) have app ids as audiences, which identify the application.
    """
    claims = {key.lower() for _, key, _ in condition_keys(statement) if key.lower().endswith((":sub", ":aud", ":amr"))}
    tests = [(key, values) for _, key, values in limits(statement, claims) if key in claims]
    if not tests:
        return _ANYBODY
    subjects = [values for key, values in tests if key.endswith(":sub")]
    audiences = [value for key, values in tests if key.endswith(":aud") for value in values]
    host = issuer.partition("/")[0]
    shared = all(each in ("sts.amazonaws.com", host) or each.startswith(("arn:", f"https://{host}")) for each in audiences)
    if (
        issuer
        and shared
        and not any(all(value.replace("repo:", "").strip("*?:/") for value in values) for values in subjects)
    ):
        return "for AWS is trusted: no condition on :sub limits who"
    return ""


def _account_principal(
    name: Any, where: str, kind: Kind, *, held: bool, ids: bool, own: Collection[str]
) -> Iterator[Finding]:
    if name == "*":
        if held:
            return
        if kind == "resource":
            yield Finding("warning", "wildcard-principal", where, "everybody in the world is admitted")
        elif ids:
            text = "everybody who learns the external id is trusted, and it is not a secret: name the vendor's role"
            yield Finding("error", "wildcard-principal", where, text)
        else:
            text = "everybody in the world is trusted, without an external id: name the vendor's role, and its external id"
            yield Finding("error", "wildcard-principal", where, text)
        return
    if isinstance(name, str) and _UNIQUE_ID.fullmatch(name):
        text = f"{name} is the id of a deleted role or user; a new one with the same name is not trusted"
        yield Finding("warning", "dead-principal", where, text)
        return
    if kind == "resource" and isinstance(name, str) and _OF_CLOUDFRONT.fullmatch(name):
        return
    found = _PRINCIPAL.fullmatch(name) if isinstance(name, str) and "${" not in name else None
    is_account = isinstance(name, str) and re.fullmatch(r"\d{12}", name)
    account = found[3] if found else (name if is_account else "")
    if not account:
        if isinstance(name, str) and placeholders(name):  # these have a finding
            return
        text = f"{name!r} is not a principal (an account id, or the ARN of a role or user, without * and variables)"
        yield Finding("error", "principal", where, text)
        return
    if kind == "resource" or account in own:
        return
    if not ids and not held:
        text = (
            f"account {account} is trusted without an external id: if it belongs to a vendor, the vendor's other customers "
            "may be able to use the role"
        )
        yield Finding("warning", "external-id", where, text)
    elif not found or found[4] == "root":
        text = f"everybody in account {account} who may assume roles is trusted; the ARN of a role would be narrower"
        yield Finding("note", "whole-account", where, text)


def _trust_actions(statement: dict[str, Any], place: str) -> Iterator[Finding]:
    for where, action in items(statement, "Action", place):
        if not action.lower().startswith("sts:"):
            yield Finding("error", "action", where, f"a trust policy accepts only actions of sts, not {action}")
        elif not _TRUST_ACTIONS.meeting(action.lower()):
            yield Finding("error", "action", where, f"{action} grants nothing in a trust policy; use sts:AssumeRole")


def _is_trust_action(action: str) -> bool:
    return action.lower().startswith("sts:") and action != "sts:*" and bool(_TRUST_ACTIONS.meeting(action.lower()))


def _calls(statement: dict[str, Any]) -> set[str]:
    """The calls that the statement allows with which somebody gets a session of the role."""
    return {call for call in _ASSUME_CALLS for _, action in items(statement, "Action", "") if matches(action.lower(), call)}


def _wrong_calls(statement: dict[str, Any], named: dict[str, Any], where: str) -> Iterator[Finding]:
    """Principals that need a call that is not allowed (Access Analyzer: mismatched action for principal)."""
    calls = _calls(statement)
    for kind in ("AWS", "Service", "Federated"):
        for name in as_list(named.get(kind, [])):
            if not calls or name == "*" or not isinstance(name, str):
                continue
            call = "sts:AssumeRole"
            if kind == "Federated":
                call += "WithSAML" if ":saml-provider/" in name else "WithWebIdentity"
            if call.lower() not in calls:
                text = f"{name} can only use {call}, which the statement does not allow"
                yield Finding("error", "principal", f"{where}.{kind}", text)


def _external_id(operator: str, value: str, where: str) -> Iterator[Finding]:
    if placeholders(value):  # these have a finding
        return
    if sent_by_caller(value):
        text = f"the external id {value} has a variable, which is what the caller sends: write the id itself"
        yield Finding("error", "external-id", where, text)
        return
    many = "like" in operator.lower() and re.search(r"[*?]", value)
    plain = re.sub(r"[*?]" if many else "", "", opened(value, ""))
    try:
        sts_external_id(value if plain == value else f"{plain}--")  # at least two characters, as what matches may have
    except ValueError as error:
        yield Finding("error", "external-id", where, f"{error}")
        return
    if many:
        text = f"the external id {value} matches many ids, which others may have, too: use the exact id"
        yield Finding("warning", "external-id", where, text)


def _identifies(operator: str, key: str, value: str) -> bool:
    """Whether the value of a test identifies the caller. An ARN in any account does not: everybody can have one."""
    literal = operator.lower().endswith("stringequals")
    if literal or not key.endswith("arn") or re.search(r"\d{12}|\$\{", value):
        return True
    _, _, _, _, account, resource = (*value.split(":", 5), "", "", "", "", "")[:6]
    return bool(account.strip("*?") or (not account and resource.strip("*?/")))
