"""The permissions that the operator needs to run bootstrap, derived from what the resources declare.

Pure: accounts, names and recorded outputs come in; `Need`s come out. The operator's policies are built from them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from bootstrap.core.account import Account
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.permission import Condition, Operation, Permission, adopting
from bootstrap.core.plan import Action, Change
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.permissions.arn_patterns import filled, met
from bootstrap.permissions.caller import principals
from bootstrap.permissions.organization import permissions_for
from bootstrap.permissions.request_context import Tags, sent, tags_of

Verb = Literal["create", "adopt", "status", "destroy", "all", "handoff"]
Accounts = Mapping[str, Account]
Lookup = Callable[[str, str], str | None]

OPERATIONS: Mapping[Verb, frozenset[Operation]] = {
    "create": frozenset({"look", "bring", "check", "read", "create", "update"}),
    "adopt": frozenset({"look", "bring", "check", "read", "adopt"}),
    "status": frozenset({"read", "report"}),
    "destroy": frozenset({"check", "read", "delete", "find"}),
    "all": frozenset({"look", "bring", "check", "read", "report", "create", "update", "delete", "find"}),
    "handoff": frozenset({"handoff"}),
}
"""The operations of each verb. A search is the last step of destroy, and the first step of recover, which is part of "all".
"handoff" is not part of it: somebody else may follow the hand-off, and needs nothing else. Nor is "adopt", which may put
tags on what others created."""

_PHRASES: Mapping[Operation, str] = {
    "find": "finds resources of type {kind} by their tags",
    "look": "reads what the plan depends on",
    "bring": "looks up {kind} {label}, which exists already",
    "check": "asks AWS before the first change what it would allow; --no-preflight omits this",
    "read": "reads {kind} {label}",
    "report": "lets status report on {kind} {label}",
    "create": "creates {kind} {label}",
    "update": "updates {kind} {label}",
    "adopt": "adds the owner tags to {kind} {label}",
    "delete": "deletes {kind} {label}",
    "handoff": "does what the hand-off says",
}
_SIMULATE = ("iam:SimulatePrincipalPolicy", "iam:GetContextKeysForPrincipalPolicy")
_NO_NARROWER = "this action takes no narrower resource"
_ASSIGNED = "AWS assigns the id"
_UNKNOWN_ACCOUNT = "the account is not known"
_UNKNOWN_PLACE = "the account or region is not known"


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action on one ARN in the account with the alias `account`, and what it is needed for.

    `conditions` are those that our requests meet; `sends` are other condition keys of the request (`Permission.sends`).
    `arn` has a `*` only where a part is not known, and `wide` says why. `address` is that of the resource in the graph, ""
    when the need belongs to none.
    """

    account: str
    on: Operation
    action: str
    arn: str
    conditions: tuple[Condition, ...] = ()
    reason: str
    wide: str = ""
    address: str = ""
    sends: tuple[Condition, ...] = ()


def needs_of_integration(
    integration: Integration, accounts: Mapping[str, Account], deployment: str, recorded: Lookup = lambda *_: None
) -> list[Need]:
    """Everything that a deployment needs, from create to destroy. `accounts` by alias, `ANY` for one that is not known;
    `recorded` gives outputs of existing resources."""
    graph = Graph(accounts.values())
    integration.build(graph)
    first, *_ = accounts
    found = list(search_needs(accounts))
    for alias, sign_in in integration.sign_ins.items():
        if sign_in.role_arn:
            reason = f"signs in to the account {alias}"
            found.append(Need(account=first, on="read", action="sts:AssumeRole", arn=sign_in.role_arn, reason=reason))
    for alias, permissions in (*integration.lookup_permissions.items(), *integration.handoff_permissions.items()):
        found += [each for item in permissions for each in _needs(item, {}, accounts[alias], deployment)]
    for alias in accounts:
        here = [node.resource for node in graph.nodes.values() if node.account == alias]
        for item in permissions_for(here):
            found += _needs(item, {}, accounts[alias], deployment)
    for alias, resource in graph.existing:
        for item in (item for item in resource.permissions if item.on == "bring"):
            found += _needs(item, resource.arn_variables(), accounts[alias], deployment, resource=resource)
    found += _stack_needs(graph, accounts)
    return found + needs_of_nodes(
        graph.nodes.values(), accounts, deployment, lambda *which: recorded(*which) or graph.predicted_output(*which)
    )


def _stack_needs(graph: Graph, accounts: Mapping[str, Account]) -> Iterator[Need]:
    """What an adopt needs to ask whether a stack manages it, and what that is doing (`discovery/stacks.py`)."""
    asks = {
        "DescribeStackResources": "whether a CloudFormation stack manages it",
        "DescribeStacks": "whether that is at work",
    }
    asked = [node for node in graph.nodes.values() if node.resource.identifiers.stack_id]
    for alias in dict.fromkeys(node.account for node in asked):
        account = accounts[alias]
        arn = f"arn:{account.partition}:cloudformation:{account.region}:{account.id}:stack/*/*"
        wide = "which stack it is, only the answer says"
        for action, what in asks.items():
            yield Need(
                account=alias, on="adopt", action=f"cloudformation:{action}", arn=arn, reason=f"asks {what}", wide=wide
            )


def search_needs(accounts: Iterable[str]) -> Iterator[Need]:
    """What the search by owner tags needs, besides what resource types declare for it."""
    for alias in accounts:
        reason = "finds resources of any type by their tags"
        yield Need(account=alias, on="find", action="tag:GetResources", arn="*", reason=reason, wide=_NO_NARROWER)


def check_needs(accounts: Mapping[str, Account], callers: Mapping[str, str]) -> Iterator[Need]:
    """What the preflight needs: to simulate the caller's policies, and to read the path of its role. `callers` are ARNs by
    alias, from STS or of a user or role; a caller that is not there is not known."""
    for alias, account in accounts.items():
        for arn, wide in principals(callers.get(alias, ""), account):
            actions = (*_SIMULATE, "iam:GetRole") if ":role/" in arn else _SIMULATE
            for action in actions:
                yield Need(account=alias, on="check", action=action, arn=arn, reason=_PHRASES["check"], wide=wide)


def needs_of_nodes(
    nodes: Iterable[Node],
    accounts: Mapping[str, Account],
    deployment: str,
    lookup: Lookup = lambda *_: None,
    recorded: Lookup = lambda *_: None,
) -> list[Need]:
    """Everything that these resources need, from create to destroy; also those that a state records, as nodes. `lookup`
    resolves references, `recorded` gives the outputs of the resources themselves; without it, the needs also cover what may
    be created in their place."""
    needs = list[Need]()
    for node in nodes:
        resource = node.resource.resolved(lookup)
        words = _words(resource, {name: recorded(node.address, name) for name in node.resource.identifiers.outputs})
        for item in (*node.resource.permissions, *adopting(node.resource.permissions, OWNER_TAGS[0])):
            if item.on == "bring" or not _counts(item, node.resource):
                continue
            in_all = item.on == "find" and "{name}" not in item.arn  # a search lists the resources of every account
            for alias in accounts if in_all else [node.account]:
                needs += _needs(item, words, accounts[alias], deployment, resource=resource, address=node.address)
    return needs


def needs_of_change(
    change: Change, accounts: Accounts, deployment: str, allowed: Collection[str] = (), lineage: str = "", full: bool = False
) -> list[Need]:
    """What this one change of a plan needs; `allowed` are the flags of destroy. A change that makes no call needs nothing.
    With the `lineage` of the state, the needs have the condition keys that their requests send; with `full`, optional ones
    count, too.

    The properties of its resource contain recorded and predicted outputs; outputs of what the plan creates are unknown.
    """
    on: Mapping[Action, Operation] = {
        Action.CREATE: "create",
        Action.UPDATE: "update",
        Action.ADOPT: "adopt",
        Action.DELETE: "delete",
    }
    operation = on.get(change.intended_action)
    permissions: Iterable[Permission] = change.resource.permissions
    if operation == "adopt":
        permissions = (*permissions, *adopting(permissions, OWNER_TAGS[0]))
    given = _given(change.resource)
    counts = {
        "create": given,
        "update": [*(item.field for item in change.differences), *([DETACH_FOREIGN] if change.detached else [])],
        "delete": [*given, *allowed],
    }
    tags = tags_of(change, Owner(deployment, change.address, lineage)) if lineage else None
    words, account = _words(change.resource, change.outputs or {}), accounts[change.account]
    return [
        need
        for item in permissions
        if item.on == operation
        and (full or not item.optional)
        and (not item.only_for or set(item.only_for) & set(counts[item.on]))
        and _fits(item, given)
        for need in _needs(item, words, account, deployment, resource=change.resource, address=change.address, tags=tags)
    ]


def of_verb(needs: Iterable[Need], verb: Verb) -> list[Need]:
    return [need for need in needs if need.on in OPERATIONS[verb]]


def _counts(item: Permission, resource: Resource) -> bool:
    """False when it is only for fields that are empty; but an update may set any field later. What others attach is detached
    with a permission that the policy for destroy has, and the one for create does not: the preflight of that run says so."""
    given = _given(resource)
    if not _fits(item, given) or (item.on == "update" and DETACH_FOREIGN in item.only_for):
        return False
    of_fields = set(item.only_for) <= {field.name for field in fields(resource)}
    return item.on == "update" or not item.only_for or not of_fields or bool(set(item.only_for) & given)


def _fits(item: Permission, given: set[str]) -> bool:
    return set(item.given) <= given and not set(item.unless) & given


def _given(resource: Resource) -> set[str]:
    """The fields that have a value."""
    return {field.name for field in fields(resource) if getattr(resource, field.name)}


def _words(resource: Resource, outputs: Mapping[str, str | None]) -> Mapping[str, Any]:
    """What the patterns of its permissions are filled with."""
    return {**dict.fromkeys(resource.identifiers.outputs), **outputs, **resource.arn_variables()}


def _needs(
    item: Permission,
    words: Mapping[str, Any],
    account: Account,
    deployment: str,
    *,
    resource: Resource | None = None,
    address: str = "",
    tags: Tags | None = None,
) -> Iterator[Need]:
    what = {"kind": resource.kind, "label": _readable(resource.label)} if resource else {}
    purpose = resource.purpose if resource and item.on == "create" else ""
    reason = ": ".join(filter(None, (_PHRASES[item.on].format(**what), item.why or purpose)))
    conditions = tuple(
        Condition(operator, key, found)
        for operator, key, values in item.conditions
        if (found := tuple(met(values, {**words, "deployment": deployment}, account)))
    )
    sends: tuple[Condition, ...] = ()
    if tags:
        known = {**words, "put_tags": list(tags.added), "removed_tags": list(tags.removed)}
        sends = tuple(sent(item.sends, tags, lambda values: tuple(met(values, known, account))))
    for arn, unknown in filled(item.arn, words, account):
        yield Need(
            account=account.alias,
            on=item.on,
            action=item.action,
            arn=arn,
            conditions=conditions,
            reason=reason,
            wide=_wide(item, arn, unknown, account),
            address=address,
            sends=sends,
        )


def _wide(item: Permission, arn: str, unknown: Collection[str], account: Account) -> str:
    """Why the ARN has a `*`; "" if it has none. `unknown` are the values with a `*`, beside partition, account and region:
    where these are not known, the ARN of another resource has a `*` in their place, and so may the name of a bucket."""
    if "*" not in arn:
        return ""
    if item.arn == "*":
        return _NO_NARROWER
    if unknown and item.wide:
        return item.wide
    if "*" in unknown or (unknown and "*" not in (account.id, account.partition, account.region)):
        return _ASSIGNED
    return _UNKNOWN_PLACE if account.region == "*" else _UNKNOWN_ACCOUNT


def _readable(label: str) -> str:
    return "" if any(references(label)) else label
