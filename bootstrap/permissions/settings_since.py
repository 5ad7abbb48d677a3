"""The settings of what somebody approved, beside its access (`since.py`), and whether those of another plan open more. Pure.

A setting that `status --security` judges is kept as it is, every other one as a digest: that shows whether it changed, and
nobody learns a script or a key from an approval.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from bootstrap.core.account import NOT_ASKED, Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.json_types import fits, hints_of
from bootstrap.core.plan_moves import shown
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Opening
from bootstrap.core.source import FLEET
from bootstrap.core.state import digest
from bootstrap.permissions.since import SETTINGS, Access, AccessChange, with_placeholders
from bootstrap.permissions.widening import widenings

_OF = "settings of "
_COMPARED = {"trust", "inline_policies", "permissions_boundary", "statement", "statements", "ingress"}
"""What `access_of` has."""
_SIGNS_IN = Opening("new-principal", "whoever has that SSH key can sign in to the machine")
_OPENS = {
    "user_data": Opening("other-code", "the machine starts with another script, which acts with its role"),
    "image": Opening("other-code", "the machine starts from another image, whose software acts with its role"),
    "key_name": _SIGNS_IN,
    "public_key": _SIGNS_IN,
}
"""Settings that only a new machine or key gets, so that `Updates.opens` has no rule for them."""
_UNITS, _ONLY, _EXCLUDED, _LATER = "organizational_unit", "account", "exclude", "auto_deployment"
_PLACES = (_UNITS, _ONLY, _EXCLUDED, _LATER)
_OF_FLEET = ("account_values", "admin_role", "execution_role")


def settings_in(graph: Graph, chosen: Integration) -> Access:
    """For each address, and for a fleet. `graph` is that of what the integration grants."""
    found = {address: _kept(graph, graph.predicted(node)) for address, node in graph.nodes.items()}
    if chosen.name.endswith(FLEET):
        inputs = chosen.to_json()
        digests = {name: _digest(inputs.get(name) or "") for name in _OF_FLEET}
        found["the fleet"] = {name: inputs.get(name) or [] for name in _PLACES} | digests
    return {f"{_OF}{where}": {SETTINGS: [json.loads(json.dumps(settings))]} for where, settings in found.items()}


def has_settings(approved: Access) -> bool:
    """False for an approval that was made before approvals had them."""
    return any(SETTINGS in each for each in approved.values())


def settings_since(approved: Access, graph: Graph, chosen: Integration) -> Iterator[AccessChange]:
    """What is different from the approved settings, if those are known."""
    if not has_settings(approved):
        return
    now = settings_in(graph, chosen)
    for where, each in now.items():
        address = where.removeprefix(_OF)
        after = each[SETTINGS][0]
        if where not in approved:
            opened = list(_of_new(graph.predicted(graph.nodes[address]), after)) if address in graph.nodes else []
            yield from (AccessChange(address, f"it is new{text}", code, is_setting=True) for code, text in opened)
            if not opened:
                yield AccessChange(address, "it is new", is_setting=True)
            continue
        before = approved[where][SETTINGS][0]
        if address in graph.nodes:
            yield from _of_resource(graph.predicted(graph.nodes[address]), address, before, after)
        else:
            yield from _of_fleet(address, before, after)
    for where, each in approved.items():
        if SETTINGS in each and where not in now:
            yield AccessChange(where.removeprefix(_OF), "it is no longer part of the plan", is_setting=True)


def moved(approved: Mapping[str, Mapping[str, str]], accounts: Mapping[str, Account]) -> Iterator[AccessChange]:
    """Which accounts and regions are others than those of the approved plan."""
    for alias, account in accounts.items():
        was, now = approved.get(alias, {}), account.to_json()
        for name, what in (("id", "account"), ("partition", "partition"), ("region", "region")):
            if was.get(name) != now[name]:
                where = f"the {what} ({alias})" if len(accounts) > 1 else f"the {what}"
                text = f"{was.get(name, 'none')} was approved, and this is {now[name]}"
                yield AccessChange(where, text, is_place=True)


def rewritten(
    approved: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]] | None
) -> Iterator[AccessChange]:
    """The managed policies of others, by address and ARN, of which another version counts than the approved one; `now` is
    None if AWS was not asked. One that the plan no longer names, or that it did not, is a change of its access."""
    for address, known in approved.items():
        for arn, before in known.items():
            after = "" if now is None else now.get(address, {}).get(arn, before)
            if not (before and after):
                why = "AWS was not asked" if now is None else "AWS did not show it"
                text = f"whether the policy {arn} was rewritten since is not known, as {why}"
                yield AccessChange(address, text, is_setting=True)
            elif before != after:
                text = f"its policy {arn} was rewritten: {before} was approved, and now {after} counts"
                yield AccessChange(address, text, "new-policy", is_setting=True)


def _kept(graph: Graph, resource: Resource) -> dict[str, Any]:
    found = {}
    for name, value in resource.settings().items():
        if name in _COMPARED:
            continue
        seen = with_placeholders(resource.canonical(name, value), graph)
        if NOT_ASKED in json.dumps(seen):  # what only AWS knows
            found[name] = NOT_ASKED
        else:
            found[name] = with_placeholders(value, graph) if _is_judged(resource, name) else _digest(seen)
    return found


def _is_judged(resource: Resource, name: str) -> bool:
    return name not in _OPENS and name in resource.updates.opens and name in resource.updates.strictness


def _digest(value: Any) -> str:
    return digest({"value": value})[:16] if value not in (None, "", [], {}) else ""


def _of_resource(
    resource: Resource, address: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[AccessChange]:
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        values = f", from {shown(was)} to {shown(now)}" if _is_judged(resource, name) else ""
        text = f"its setting {name} has changed{values}"
        if now == NOT_ASKED:
            text = f"its setting {name} cannot be compared, as AWS was not asked"
        opened = [] if now == NOT_ASKED else list(_opened(resource, name, was, now))
        if not opened:
            yield AccessChange(address, text, is_setting=True)
        yield from (AccessChange(address, f"{text}: {each.text}", each.code, is_setting=True) for each in opened)


def _of_new(resource: Resource, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the settings of a new resource open: whoever can sign in, and what its type keeps closed by default.
    What has no such default, as the role of a machine, gives what `access_of` has."""
    usual = {
        each.name: (each.default_factory() if each.default_factory is not MISSING else each.default)
        for each in fields(resource)
    }
    for name, now in settings.items():
        if name in _OPENS:
            yield from [(_SIGNS_IN.code, f": {_SIGNS_IN.text}")] if now and _OPENS[name] is _SIGNS_IN else []
        elif usual[name] and usual[name] is not MISSING and now not in (usual[name], NOT_ASKED):
            for each in _opened(resource, name, usual[name], now):
                yield each.code, f", and its setting {name} is {shown(now)}: {each.text}"


def _opened(resource: Resource, name: str, was: Any, now: Any) -> Iterator[Opening]:
    if name in _OPENS:
        yield from [_OPENS[name]] if now else []
    elif _is_judged(resource, name) and fits(was, hints_of(type(resource))[name]):  # somebody may have forged the approval
        for each in widenings(resource, Difference(name, None, now, was)):
            yield Opening(each.code, resource.updates.opens[name].text)


def _of_fleet(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[AccessChange]:
    """More accounts are a widening: the vendor gets into each."""

    def listed(settings: Mapping[str, Any], name: str) -> list[str]:
        found = settings.get(name)
        return [str(each) for each in found] if isinstance(found, list) else []

    wider = [f"its stacks also go into {each}" for each in _more(listed(before, _UNITS), listed(after, _UNITS))]
    only = listed(after, _ONLY)
    if only:
        new = _more(listed(before, _ONLY), only) if listed(before, _ONLY) else []
        wider += [f"its stacks also go into account {each}" for each in new]
    elif was := listed(before, _ONLY):
        wider.append(
            f"its stacks go into all accounts of {', '.join(listed(after, _UNITS))}, and no longer only {', '.join(was)}"
        )
    left = _more(listed(after, _EXCLUDED), listed(before, _EXCLUDED))
    wider += [f"it no longer leaves out account {each}" for each in left if not only or each in only]
    if after.get(_LATER) is True and before.get(_LATER) is not True:
        wider.append("accounts that join later get its stack, too")
    yield from (AccessChange(where, text, "new-place", is_setting=True) for text in wider)
    for name in after if not wider else _OF_FLEET:
        if before.get(name) != after[name]:
            yield AccessChange(where, f"its setting {name} has changed", is_setting=True)


def _more(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [each for each in after if each not in before]
