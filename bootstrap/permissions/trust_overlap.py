"""How other statements of a trust policy affect one of ours: they can admit the same role without the external id, or keep
it out.

A trust policy admits whom any statement allows and none denies. So an Allow without the external id makes ours pointless,
and a Deny can make it ineffective. Pure.
Sources: IAM user guide reference_policies_evaluation-logic, reference_policies_elements_principal,
reference_policies_elements_condition_operators (a request without the key meets a negated operator),
id_roles_create_for-user_externalid.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bootstrap.core import policy
from bootstrap.permissions.lint.finding import condition_keys, limits
from bootstrap.permissions.wildcards import matches

Statement = dict[str, Any]

EVERYBODY = "everybody"
_ASSUME = "sts:assumerole"
_ID = "sts:externalid"
_CARRIED = ("aws:principalaccount", "aws:principalarn")
"""Keys that every request to assume a role has."""
_NO_MACHINE = {("bool", "aws:multifactorauthpresent", ("true",))}
"""A test that a session of an instance's role never passes: it has no such key."""


class Opening(NamedTuple):
    """A statement that admits the role without the external id. `who` says whom else it admits: EVERYBODY, "everybody in
    account ...", or "" when it names the role. `is_open` is False when a Deny still keeps the role out."""

    statement: str
    who: str
    is_open: bool
    on_conditions: bool


def openings(trust: Any, role_arn: str) -> list[Opening]:
    """The statements of `trust` that admit the role without an external id, also those that a Deny overrides.

    A condition that cannot be judged here (an address, a tag) counts as met.
    """
    named = list(_named(trust))
    is_open = not any(_refuses_without_id(item, role_arn) for _, item in named)
    return [
        Opening(name, who, is_open, on_conditions=bool(item.get("Condition")))
        for name, item in named
        if item.get("Effect") == "Allow" and (who := _admitted(item, role_arn)) is not None and not _ids(item)
    ]


def admits(trust: Any, role_arn: str, external_id: str) -> bool:
    """Whether a statement admits the role with the external id, whatever its other conditions."""
    return any(
        item.get("Effect") == "Allow"
        and _admitted(item, role_arn) is not None
        and (not (ids := _ids(item)) or any(matches(each, external_id) for each in ids))
        for _, item in _named(trust)
    )


def external_ids(trust: Any, role_arn: str) -> list[str]:
    """The external ids with which statements admit the role, in their order."""
    found = [
        each
        for _, item in _named(trust)
        if item.get("Effect") == "Allow" and _admitted(item, role_arn) is not None
        for each in sorted(_ids(item))
    ]
    written = json.dumps(trust)
    return sorted(dict.fromkeys(found), key=lambda each: written.find(json.dumps(each)))


def other_ids(trust: Any, role_arn: str, external_id: str) -> list[str]:
    """The statements that admit the role with another external id."""
    return [
        name
        for name, item in _named(trust)
        if item.get("Effect") == "Allow" and _admitted(item, role_arn) is not None and _ids(item) - {external_id}
    ]


def denied_by(trust: Any, role_arn: str, external_id: str) -> list[str]:
    """The statements that keep the role out even with this external id."""
    return [
        name
        for name, item in _named(trust)
        if item.get("Effect") == "Deny"
        and _covers_role(item, role_arn)
        and all(_denies_id(operator, key, values, external_id) for operator, key, values in condition_keys(item))
    ]


def requiring(statement: Mapping[str, Any]) -> Statement:
    """The Deny that makes the external id of an Allow mandatory for its principals, whatever other statements say."""
    tests = {"StringNotEquals": statement["Condition"]["StringEquals"]}
    return {**statement, "Effect": "Deny", "Condition": tests}


def _named(trust: Any) -> Iterator[tuple[str, Statement]]:
    """Each statement in canonical form, with its Sid or number."""
    found = trust.get("Statement", []) if isinstance(trust, dict) else []
    for number, item in enumerate(policy.as_list(found), start=1):
        [canonical] = policy.canonical({"Statement": [item]})["Statement"]
        if isinstance(canonical, dict):
            yield str(item.get("Sid") or f"number {number}"), canonical


def _admitted(statement: Statement, role_arn: str) -> str | None:
    """Whom the statement admits besides the role, as in `Opening.who`; None when it does not admit the role."""
    who = _included(statement, role_arn)
    if who is None or not _is_about_assuming(statement):
        return None
    for operator, key, values in limits(statement, _CARRIED):
        wanted = {"aws:principalarn": role_arn, "aws:principalaccount": role_arn.split(":")[4]}.get(key)
        if wanted is None:
            continue
        exact = operator.lower().startswith("stringequals")
        if not any(value == wanted if exact else matches(value, wanted) for value in values):
            return None
        if key == "aws:principalarn" and set(values) == {role_arn}:
            who = ""
    tests = {(operator.lower(), key.lower(), tuple(values)) for operator, key, values in condition_keys(statement)}
    return None if tests & _NO_MACHINE else who


def _covers_role(statement: Statement, role_arn: str) -> bool:
    return _is_about_assuming(statement) and _included(statement, role_arn) is not None


def _is_about_assuming(statement: Statement) -> bool:
    actions, others = statement.get("Action"), statement.get("NotAction", ())
    if actions is None:
        return not any(matches(pattern, _ASSUME) for pattern in others)
    return any(matches(pattern, _ASSUME) for pattern in actions)


def _included(statement: Statement, role_arn: str) -> str | None:
    """Whom the principal element includes besides the role, as in `Opening.who`; None when it does not include the role."""
    _, partition, _, _, account, path = role_arn.split(":", 5)
    sessions = f"arn:{partition}:sts::{account}:assumed-role/{path.rpartition('/')[2]}/"
    if "NotPrincipal" in statement:
        return None if {role_arn, account, "*"} & set(statement["NotPrincipal"].get("AWS", ())) else EVERYBODY
    named = statement.get("Principal", {}).get("AWS", ())
    if "*" in named:
        return EVERYBODY
    if account in named:
        return f"{EVERYBODY} in account {account}"
    return "" if any(name == role_arn or name.startswith(sessions) for name in named) else None


def _ids(statement: Statement) -> set[str]:
    """The external ids of which the statement requires one."""
    return {value for _, key, values in limits(statement) if key == _ID for value in values}


def _refuses_without_id(statement: Statement, role_arn: str) -> bool:
    """Whether it denies every request of the role without an external id."""
    if statement.get("Effect") != "Deny" or not _covers_role(statement, role_arn):
        return False
    return all(
        key.lower() == _ID and (_is_negated(operator) or (operator.lower() == "null" and values == ["true"]))
        for operator, key, values in condition_keys(statement)
    )


def _denies_id(operator: str, key: str, values: list[str], external_id: str) -> bool:
    """Whether a request with the external id meets this test of a Deny."""
    if key.lower() != _ID or not _is_negated(operator):
        return False
    literal = "like" not in operator.lower()
    return not any(value == external_id if literal else matches(value, external_id) for value in values)


def _is_negated(operator: str) -> bool:
    """Whether a string operator is met by a request without the key. With ForAnyValue, it is not."""
    return operator.lower().removeprefix("forallvalues:").startswith("stringnot")
