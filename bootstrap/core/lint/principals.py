"""Whom a trust policy, or the policy of a thing, lets in.

Sources: IAM user guide reference_policies_elements_principal, id_roles_create_for-user_externalid, confused-deputy.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from bootstrap.core import check
from bootstrap.core.lint.finding import Finding, Kind, condition_keys, items, listed
from bootstrap.core.policy import PLACEHOLDER

_PRINCIPAL = re.compile(
    r"arn:(aws[a-z-]*):(iam|sts)::(\d{12}):(root|(role|user|assumed-role|federated-user)/[\w+=,.@/-]+)", re.ASCII
)
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{8,}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_WHO = {"aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:sourceaccount"}
_WHO |= {"aws:sourcearn", "aws:sourceorgid", "aws:userid", "kms:calleraccount"}


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
    keys = {key.lower() for _, key, _ in condition_keys(statement)}
    ids = list(_external_ids(statement))
    for value in ids if kind == "trust" else ():
        if PLACEHOLDER.search(value):  # that is told as such
            continue
        try:
            check.external_id(value)
        except ValueError as error:
            yield Finding("error", "external-id", f"{place}.Condition", f"{error}")
    where = f"{place}.Principal"
    if named == "*":
        named = {"AWS": "*"}
    if not isinstance(named, dict):
        if named is not None:
            yield Finding("error", "principal", where, 'a Principal is "*" or {"AWS": ...}, {"Service": ...}')
        return
    for name in listed(named.get("AWS", [])):
        yield from _account_principal(name, f"{where}.AWS", kind, held=bool(keys & _WHO), ids=ids, own=own)
    for name in listed(named.get("Service", [])):
        if not (isinstance(name, str) and _SERVICE.fullmatch(name)):
            yield Finding("error", "principal", f"{where}.Service", f"{name!r} is no service (like ec2.amazonaws.com)")
    for name in listed(named.get("Federated", [])):
        if not any(key.endswith((":sub", ":aud", ":amr")) for key in keys):
            text = f"everybody who signs in through {name} is trusted: no condition says whom (:sub, :aud)"
            yield Finding("warning", "federated", f"{where}.Federated", text)
    for odd in sorted(set(named) - {"AWS", "Service", "Federated", "CanonicalUser"}):
        yield Finding("error", "principal", f"{where}.{odd}", f"{odd} is no kind of principal")


def _account_principal(
    name: Any, where: str, kind: Kind, *, held: bool, ids: list[str], own: Collection[str]
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
    found = _PRINCIPAL.fullmatch(name) if isinstance(name, str) else None
    account = found[3] if found else name if isinstance(name, str) and re.fullmatch(r"\d{12}", name) else ""
    if not account:
        text = f"{name!r} is no principal (an account id, or the ARN of a role or user, without *)"
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
        if not action.lower().startswith("sts:") and action != "*":
            yield Finding("error", "action", where, f"a trust policy has actions of sts only, not {action}")


def _external_ids(statement: dict[str, Any]) -> Iterator[str]:
    for operator, key, values in condition_keys(statement):
        if key.lower() == "sts:externalid" and operator.lower() in ("stringequals", "stringlike"):
            yield from (value for value in values if value.strip("*?"))
