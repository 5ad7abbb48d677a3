"""Which differences between AWS and what bootstrap set give somebody more access: who gets in, what they may do, and what no
longer limits them. Pure.

Source: IAM user guide, reference_policies_evaluation-logic and id_roles_create_for-user_externalid.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from bootstrap.core import policy
from bootstrap.core.difference import Difference
from bootstrap.core.resource import Resource
from bootstrap.core.strictness import Compared, Order, Parts
from bootstrap.core.warning import PlanWarning
from bootstrap.permissions.conditions import Weaker, implies, weaker
from bootstrap.permissions.managed_policies import is_lock, managed_policy
from bootstrap.permissions.policy_order import (
    Statement,
    condition_of,
    covers,
    denial_order,
    is_part_of,
    policy_order,
    statement_order,
    statements_order,
    trust_order,
    values_by_element,
)
from bootstrap.permissions.strong_policies import strength

_EXTERNAL_ID = "sts:externalid"
_SHOWN = 3
"""The most values in one text; a statement of somebody else may have hundreds."""
_WIDER = (Order.LOOSER, Order.UNORDERED)


def widenings(resource: Resource, item: Difference) -> Iterator[PlanWarning]:
    """What one difference opens: `before` is what AWS has, `after` what bootstrap set. Nothing for one that does not."""
    rule = resource.updates.strictness.get(item.field)
    if item.before == {} and item.key is not None:
        return  # an inline policy that was not read
    if resource.canonical(item.field, item.before) == resource.canonical(item.field, item.after):
        return
    if isinstance(rule, Compared) and rule.function in (policy_order, trust_order, statement_order, statements_order):
        has, wants = item.before or {"Statement": []}, item.after
        if rule.function not in (policy_order, trust_order):
            has, wants = ({"Statement": policy.as_list(each or [])} for each in (item.before, item.after))
        for code, text, sid in of_document(has, wants):
            yield _opened(text, code, sid or item.path)
        return
    looser = False
    if isinstance(rule, Parts):
        has, wants = item.before or {}, item.after or {}
        looser = any(
            each.order(has[name], wants.get(name)) in _WIDER
            for name, each in rule.rules.items()
            if name in has and has[name] != wants.get(name)
        )
    elif rule:
        looser = rule.order(item.before, item.after) in _WIDER
    if looser and isinstance(rule, Compared) and rule.function is denial_order:
        yield _opened("what was denied there is no longer denied", "lost-denial", item.path)
    elif looser and (opening := resource.updates.opens.get(item.field)):
        yield _opened(opening.text, opening.code, item.path)


def added_widenings(
    resource: Resource, others: Iterable[str], statements: Mapping[str, Any], documents: Mapping[str, Any]
) -> Iterator[PlanWarning]:
    """What the entries and parts that somebody else added to a resource open: `others` as in `Change`, `statements` and
    `documents` as in `Live`. Labels, and what only denies, open nothing."""
    for text in others:
        noun = max((each for each in resource.updates.opens if text.startswith(f"{each} ")), key=len, default="")
        arn = text.removeprefix(f"{noun} ")
        published = managed_policy(arn)
        document = published.document if published else documents.get(text)
        if not noun or is_lock(arn) or _only_denies(document):
            continue
        code, what = resource.updates.opens[noun]
        worst = strength(document)
        code, what = worst if worst[0] else (code, what)
        yield PlanWarning(f"added outside bootstrap: {what}", code, text, drift="left alone")
    for sid, statement in statements.items():
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
            who = [value for name, values in values_by_element(statement).items() if "Principal" in name for value in values]
            everybody = "AWS:*" in who and not condition_of(statement)
            text = f"added outside bootstrap: it lets in {_people(who)}"
            text += ", under its condition" if condition_of(statement) else ""
            yield PlanWarning(
                text, "public-access" if everybody else "new-principal", f"statement {sid}", drift="left alone"
            )


def _only_denies(document: Any) -> bool:
    """Whether a policy grants nothing. One that was not read may grant anything, whatever its name says."""
    found = policy.as_list(document.get("Statement", [])) if isinstance(document, Mapping) else []
    return bool(found) and all(isinstance(each, Mapping) and each.get("Effect") == "Deny" for each in found)


def _opened(text: str, code: str, where: str) -> PlanWarning:
    return PlanWarning(f"opened outside bootstrap: {text}", code, where, drift="set back")


def of_document(live: Any, ours: Any) -> Iterator[tuple[str, str, str]]:
    """Code, text and Sid of what a policy allows beyond ours, and of what it no longer denies."""
    wanted, has = policy.canonical(ours), policy.canonical(live)
    if not (isinstance(has, dict) and isinstance(wanted, dict) and isinstance(live, dict)):
        return
    ours = [each for each in wanted["Statement"] if isinstance(each, dict)]  # a state may have been edited by hand
    allowed = [each for each in ours if each.get("Effect") == "Allow"]
    for raw in policy.as_list(live.get("Statement", [])):
        [statement] = policy.canonical({"Statement": [raw]})["Statement"]
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            for code, text in _of_statement(statement, allowed):
                yield code, text, str(raw.get("Sid", ""))
    for denied in ours:
        if denied.get("Effect") == "Deny" and not any(
            isinstance(each, dict) and is_part_of(denied, each) for each in has["Statement"]
        ):
            yield "lost-denial", "what was denied there is no longer denied", ""


def _of_statement(statement: Statement, ours: list[Statement]) -> Iterator[tuple[str, str]]:
    """What a statement in canonical form grants that none of ours does, the gravest first."""
    sets, condition = values_by_element(statement), condition_of(statement)
    people, actions, resources = (
        [place for place, name in enumerate(sets) if name.removeprefix("Not") == each]
        for each in ("Principal", "Action", "Resource")
    )
    entrants, unconditioned, new_actions, wider = (dict[str, None]() for _ in range(4))
    beyond = dict[str, list[str]]()
    looser = dict[Weaker, None]()
    for grant in product(*sets.values()):
        by = [each for each in ours if _gives(each, sets, grant, [*people, *actions, *resources])]
        if any(implies(condition, condition_of(each)) for each in by):
            continue
        if people and not any(_gives(each, sets, grant, people) for each in ours):
            entrants[grant[people[0]]] = None
        elif by:
            unconditioned |= dict.fromkeys(grant[place] for place in people or actions)
            looser |= dict.fromkeys(found for each in by for found in weaker(condition, condition_of(each)))
        elif not any(_gives(each, sets, grant, [*people, *actions]) for each in ours):
            new_actions |= dict.fromkeys(grant[place] for place in actions)
        else:
            wider |= dict.fromkeys(grant[place] for place in resources)
        if actions and not (people or by):
            beyond.setdefault(grant[actions[0]], []).extend(grant[place] for place in resources)
    if entrants:
        more = "" if not condition else ", under its condition"
        yield "new-principal", f"it also lets in {_people(entrants)}{more}"
    if unconditioned:
        for_id = {each.accepts: each for each in looser if each.key == _EXTERNAL_ID}
        lost = "without the external id" if "absent" in for_id else "with any external id" if "any" in for_id else ""
        if lost:
            yield "lost-external-id", f"it lets in {_people(unconditioned)} {lost}"
        else:
            yield "lost-condition", f"it {_condition_words(looser, unconditioned)}"
    code, text = strength({"Statement": list(_allowing(statement, beyond))})
    if code:
        yield code, text
        return
    if new_actions:
        yield "new-action", f"it also allows {_several(sorted(new_actions), 'every action')}"
    if wider:
        yield "wider-resource", f"it also applies to {_several(sorted(wider), 'every resource')}"


def _allowing(statement: Statement, beyond: Mapping[str, list[str]]) -> Iterator[Statement]:
    """Statements for these actions on these resources; what is negated is the statement itself."""
    if any(name in statement for name in ("NotAction", "NotResource")):
        yield from [statement] if beyond else []
        return
    for action, resources in beyond.items():
        yield {**statement, "Action": [action], "Resource": resources}


def _condition_words(looser: Iterable[Weaker], people: Iterable[str]) -> str:
    """What a condition lets through that ours does not."""
    found = list(looser)
    if more := [value for each in found if each.key == _EXTERNAL_ID for value in each.values]:
        return f"also lets in {_people(people)} with the external id {_several(more)}"
    if keys := [each.key for each in found if each.accepts == "absent"]:
        return f"no longer tests {_several(sorted(keys))}"
    if keys := [each.key for each in found if each.accepts == "any"]:
        return f"accepts any value of {_several(sorted(keys))}"
    if more := [f"{value} as {each.key}" for each in found for value in each.values]:
        return f"also accepts {_several(more)}"
    return "has another condition, which may let more through"


def _gives(ours: Statement, sets: Mapping[str, Any], grant: tuple[str, ...], places: Iterable[int]) -> bool:
    """Whether ours covers these elements of a grant, whatever its condition."""
    names, patterns = list(sets), values_by_element(ours)
    return all(any(covers(pattern, grant[each]) for pattern in patterns.get(names[each], ())) for each in places)


def _people(principals: Iterable[str]) -> str:
    """Principals for a person, from the values of `values_by_element`."""
    return _several(["everybody in the world" if each == "AWS:*" else _person(each) for each in sorted(principals)])


def _person(principal: str) -> str:
    kind, _, name = principal.partition(":")
    if kind.startswith("{"):
        return "everybody who is not named"  # NotPrincipal
    return f"everybody in account {name}" if name.isdigit() else name


def _several(values: list[str], all_of_them: str = "") -> str:
    """Values for a person, from those of `values_by_element`: a negated element is one value, of all but some."""
    if all_of_them and values[0].startswith("["):
        return f"{all_of_them} but {_several(json.loads(values[0]))}"
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more
