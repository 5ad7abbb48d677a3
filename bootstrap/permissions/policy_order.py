"""Whether one policy document is stricter than another, statement by statement. Pure.

Grants are the purpose of an integration; restrictions are somebody's decision. So a document is stricter when a Deny was
added or a condition was tightened, and narrower when an action, resource or principal was removed.
Source: IAM user guide reference_policies_evaluation-logic and reference_policies_elements_condition.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from bootstrap.core import policy
from bootstrap.core.pending import is_locked
from bootstrap.core.strictness import Order
from bootstrap.permissions.conditions import implies, keys, some
from bootstrap.permissions.wildcards import matches

_SETS = ("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
Statement = Mapping[str, Any]


def policy_order(live: Any, wanted: Any) -> Order:
    """How `live` compares with `wanted`. Both are documents; `live` is None when there is none."""
    has, wants = policy.canonical(live), policy.canonical(wanted)
    if has is None:
        return Order.NARROWED
    if not all(isinstance(item, dict) for each in (has, wants) if isinstance(each, dict) for item in each["Statement"]):
        return Order.LOOSER
    if not isinstance(has, dict) or not isinstance(wants, dict):
        return Order.LOOSER
    denied, ours_denied = _with_effect(has, "Deny"), _with_effect(wants, "Deny")
    allowed, ours = _with_effect(has, "Allow"), _with_effect(wants, "Allow")
    inside = {some(_within(item, each) for each in ours) for item in allowed}
    grants = {_given(grant, item, allowed) for item in ours for grant in _grants(item)}
    if None in inside or "unknown" in grants:
        return Order.UNORDERED
    loosened = has["Version"] != wants["Version"] or any(item not in denied for item in ours_denied) or False in inside
    restricted = "conditionally" in grants or any(item not in ours_denied for item in denied)
    restricted = restricted or any(_is_restricted(item, ours) for item in allowed)
    if loosened:
        return Order.UNORDERED if restricted else Order.LOOSER
    if "no" in grants:
        return Order.NARROWED
    return Order.TIGHTER if restricted else Order.LOOSER


def trust_order(live: Any, wanted: Any) -> Order:
    """The same for the trust policy of a role. One that bootstrap locked is nobody's decision to keep the vendor out."""
    return Order.LOOSER if is_locked(live) else policy_order(live, wanted)


def statement_order(live: Any, wanted: Any) -> Order:
    """The same for two statements of a trust policy."""
    return policy_order({"Statement": [live]}, {"Statement": [wanted]})


def statements_order(live: Any, wanted: Any) -> Order:
    """The same for two lists of statements; `live` is None when there is none."""
    return policy_order(live and {"Statement": live}, {"Statement": wanted})


def is_part_of(statement: Statement, other: Statement) -> bool:
    """Whether another statement of the same effect includes all that this one says, both in canonical form."""
    return bool(statement.get("Effect") == other.get("Effect") and _within(statement, other))


def denial_order(live: Any, wanted: Any) -> Order:
    """The same for two Deny statements, {} for none: the one that denies all that the other does is stricter."""
    [has], [wants] = (policy.canonical({"Statement": [item]})["Statement"] for item in (live or {}, wanted or {}))
    if not has:
        return Order.LOOSER
    inside = not wants or _within(wants, has)
    if inside is None:
        return Order.UNORDERED
    return Order.TIGHTER if inside else Order.LOOSER


def _with_effect(document: Mapping[str, Any], effect: str) -> list[Statement]:
    return [item for item in document["Statement"] if item.get("Effect") == effect]


def _grants(statement: Statement) -> Iterator[tuple[str, ...]]:
    """Every combination of a principal, an action and a resource."""
    return product(*values_by_element(statement).values())


def _given(grant: tuple[str, ...], ours: Statement, allowed: list[Statement]) -> str:
    """Whether the allowed statements give what one of ours does: "yes", "conditionally", "no" or "unknown"."""
    giving = [condition_of(item) for item in allowed if _gives(item, ours, grant)]
    wanted = condition_of(ours)
    given = some(implies(wanted, each) for each in giving)
    part = some(implies(each, wanted) for each in giving)
    if given:
        return "yes"
    if part:
        return "conditionally"
    return "unknown" if None in (given, part) else "no"


def _gives(statement: Statement, ours: Statement, grant: tuple[str, ...]) -> bool:
    has = values_by_element(statement)
    return list(has) == list(values_by_element(ours)) and all(
        any(covers(pattern, each) for pattern in values) for each, values in zip(grant, has.values(), strict=True)
    )


def _within(statement: Statement, ours: Statement) -> bool | None:
    """Whether it allows nothing that ours does not; None when its condition does not decide it."""
    return _is_about(statement, ours) and implies(condition_of(statement), condition_of(ours))


def _is_about(statement: Statement, ours: Statement) -> bool:
    """Whether ours covers all its principals, actions and resources, whatever the conditions."""
    has, wants = values_by_element(statement), values_by_element(ours)
    return [name.removeprefix("Not") for name in has] == [name.removeprefix("Not") for name in wants] and all(
        _lie_in(*each) for each in zip(has.items(), wants.items(), strict=True)
    )


def _lie_in(has: tuple[str, frozenset[str]], wants: tuple[str, frozenset[str]]) -> bool:
    """Whether an element names nothing that the other one does not. A Not element is part of "*"."""
    (name, values), (other, patterns) = has, wants
    if name != other:
        return not other.startswith("Not") and "*" in patterns
    return all(any(covers(pattern, value) for pattern in patterns) for value in values)


def _is_restricted(statement: Statement, ours: list[Statement]) -> bool:
    """Whether it is part of one of ours, with a condition that ours does not have: it tests another key, or accepts fewer
    values."""
    wider = [each for each in ours if _is_about(statement, each)]
    has = condition_of(statement)
    if not wider or any(implies(condition_of(each), has) for each in wider):
        return False
    return any(_within(statement, each) or keys(has) - keys(condition_of(each)) for each in wider)


def condition_of(statement: Statement) -> Any:
    return statement.get("Condition", {})


def covers(pattern: str, value: str) -> bool:
    """Whether the pattern matches the value. An account as a principal includes its users and roles."""
    kind, _, account = pattern.partition(":")
    inside = kind == "AWS" and account.isdigit() and value.startswith("AWS:arn:") and value.split(":")[5:6] == [account]
    return matches(pattern, value) or inside


def values_by_element(statement: Statement) -> dict[str, frozenset[str]]:
    """Its values by element. A negated element counts as one value: two of them are either equal or different."""
    found: dict[str, frozenset[str]] = {}
    for name in _SETS:
        if name not in statement:
            continue
        value = statement[name]
        if name.startswith("Not"):
            found[name] = frozenset({json.dumps(value, sort_keys=True)})
        elif isinstance(value, dict):
            found[name] = frozenset(f"{kind}:{each}" for kind, names in value.items() for each in names)
        else:
            found[name] = frozenset(value)
    return found
