"""What the person who runs bootstrap must be allowed to do, derived from what the resources declare.

Pure: accounts, names and recorded outputs come in; `Need`s come out, and of these the policies are made.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from string import Formatter
from typing import Any, Literal

from bootstrap.core.account import HOMES, NOT_ASKED, Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Condition, Operation, Permission
from bootstrap.core.plan import Action, Change
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.permissions.caller import principals
from bootstrap.permissions.request import Tags, sent, tags_of

Verb = Literal["create", "status", "destroy", "all", "handoff"]
Lookup = Callable[[str, str], str | None]

OPERATIONS: Mapping[Verb, frozenset[Operation]] = {
    "create": frozenset({"look", "bring", "check", "read", "create", "update"}),
    "status": frozenset({"read", "report"}),
    "destroy": frozenset({"check", "read", "delete", "find"}),
    "all": frozenset({"look", "bring", "check", "read", "report", "create", "update", "delete", "find"}),
    "handoff": frozenset({"handoff"}),
}
"""What each verb does with things. To search is the end of destroy, and the beginning of recover, which is in "all".
"handoff" is not: who works with what was made may be somebody else, and needs nothing more."""

_PHRASES: Mapping[Operation, str] = {
    "find": "finds things of kind {kind} by their tags",
    "look": "looks before there is a plan",
    "bring": "looks for {kind} {label}, which you bring",
    "check": "asks AWS before the first change what it would allow, which --no-preflight leaves out",
    "read": "reads {kind} {label}",
    "report": "asks what {kind} {label} says about its first boot",
    "create": "makes {kind} {label}",
    "update": "changes {kind} {label}",
    "delete": "deletes {kind} {label}",
    "handoff": "does what the hand-off asks for",
}
_ASKING = ("iam:SimulatePrincipalPolicy", "iam:GetContextKeysForPrincipalPolicy")
_NO_NARROWER = "AWS knows no narrower resource for this action"
_MADE_UP = "AWS makes up the id"
_WHERE = "account or region is not known"


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action on one ARN in the account with the alias `account`, and what for.

    `conditions` are those that our requests meet, and `sends` what else is known of the request (`Permission.sends`). In
    `arn` stands `*` only where nothing is known, and then `wide` says why. `address` is the thing's in the graph, "" where
    it is for none of them.
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
    """All that a deployment of it takes over its life. `accounts` by alias, `ANY` where one is not known; `recorded` are
    the outputs of what is there already."""
    graph = Graph(accounts.values())
    integration.build(graph)
    first, *_ = accounts
    found = list(searching(accounts))
    for alias, sign_in in integration.sign_ins.items():
        if sign_in.role_arn:
            reason = f"enters the account {alias}"
            found.append(Need(account=first, on="read", action="sts:AssumeRole", arn=sign_in.role_arn, reason=reason))
    for alias, permissions in (*integration.lookup_permissions.items(), *integration.handoff_permissions.items()):
        found += [each for item in permissions for each in _needs(item, {}, accounts[alias], deployment)]
    for alias, resource in graph.existing:
        for item in (item for item in resource.permissions if item.on == "bring"):
            found += _needs(item, resource.arn_variables(), accounts[alias], deployment, resource=resource)
    return found + needs_of_nodes(
        graph.nodes.values(), accounts, deployment, lambda *which: recorded(*which) or graph.predicted_output(*which)
    )


def searching(accounts: Iterable[str]) -> Iterator[Need]:
    """What the search by owner tags takes, beside what kinds declare for it."""
    for alias in accounts:
        reason = "finds things of any kind by their tags"
        yield Need(account=alias, on="find", action="tag:GetResources", arn="*", reason=reason, wide=_NO_NARROWER)


def checking(accounts: Mapping[str, Account], callers: Mapping[str, str]) -> Iterator[Need]:
    """What the preflight takes: the simulation of whoever runs it, and the path of a role. `callers` are ARNs by alias, as
    STS tells them, or of a user or role; where there is none, it is not known who."""
    for alias, account in accounts.items():
        for arn, wide in principals(callers.get(alias, ""), account):
            for action in (*_ASKING, *["iam:GetRole"] * (":role/" in arn)):
                yield Need(account=alias, on="check", action=action, arn=arn, reason=_PHRASES["check"], wide=wide)


def needs_of_nodes(
    nodes: Iterable[Node],
    accounts: Mapping[str, Account],
    deployment: str,
    lookup: Lookup = lambda *_: None,
    recorded: Lookup = lambda *_: None,
) -> list[Need]:
    """What these things take over their life; of what a state records, too, as nodes. `lookup` gives what others refer to,
    `recorded` the outputs of the things themselves, where it is about them and not about what may be made in their place."""
    return [
        need
        for node in nodes
        for item in node.resource.permissions
        if item.on != "bring" and _counts(item, node.resource)
        # Who searches lists what there is in every account.
        for alias in (accounts if item.on == "find" and "{name}" not in item.arn else [node.account])
        for need in _of_thing(
            item,
            node.resource.resolved(lookup),
            {name: recorded(node.address, name) for name in node.resource.outputs},
            accounts[alias],
            deployment,
            node.address,
        )
    ]


def needs_of_change(
    change: Change, accounts: Mapping[str, Account], deployment: str, allowed: Collection[str] = (), lineage: str = ""
) -> list[Need]:
    """What just this change of a plan takes; `allowed` are the flags of destroy. A change that makes no call needs nothing.
    With the `lineage` of the state the needs also tell what their requests send.

    Outputs that are recorded or known stand in the properties of its resource; what another change of the plan makes
    first is unknown.
    """
    on: Mapping[Action, Operation] = {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "delete"}
    operation = on.get(change.intended_action)
    given = _given(change.resource)
    counts = {
        "create": given,
        "update": [item.field for item in change.differences],
        "delete": [*given, *allowed],
    }
    tags = tags_of(change, Owner(deployment, change.address, lineage)) if lineage else None
    return [
        need
        for item in change.resource.permissions
        if item.on == operation
        and not item.optional
        and (not item.only_for or set(item.only_for) & set(counts[item.on]))
        and _fits(item, change.resource)
        for need in _of_thing(
            item, change.resource, change.outputs or {}, accounts[change.account], deployment, change.address, tags
        )
    ]


def of_verb(needs: Iterable[Need], verb: Verb) -> list[Need]:
    return [need for need in needs if need.on in OPERATIONS[verb]]


def _counts(item: Permission, resource: Resource) -> bool:
    """Not where it is for fields only that say nothing; but any field may come to need an update."""
    if not _fits(item, resource):
        return False
    of_fields = set(item.only_for) <= set(resource.properties())
    return item.on == "update" or not item.only_for or not of_fields or bool(set(item.only_for) & _given(resource))


def _fits(item: Permission, resource: Resource) -> bool:
    given = _given(resource)
    return set(item.given) <= given and not set(item.unless) & given


def _given(resource: Resource) -> set[str]:
    """The fields that say something."""
    return {name for name, value in resource.properties().items() if value}


def _of_thing(
    item: Permission,
    resource: Resource,
    outputs: Mapping[str, str | None],
    account: Account,
    deployment: str,
    address: str,
    tags: Tags | None = None,
) -> Iterator[Need]:
    words = {**dict.fromkeys(resource.outputs), **outputs, **resource.arn_variables()}
    yield from _needs(item, words, account, deployment, resource=resource, address=address, tags=tags)


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
        Condition(operator, key, filled)
        for operator, key, values in item.conditions
        if (filled := tuple(_met(values, {**words, "deployment": deployment}, account)))
    )
    sends: tuple[Condition, ...] = ()
    if tags:
        known = {**words, "put_tags": list(tags.put), "removed_tags": list(tags.removed)}
        sends = tuple(sent(item.sends, tags, lambda values: tuple(_met(values, known, account))))
    for arn, is_open in _filled(item.arn, words, account):
        unknown = (item.wide or _MADE_UP) if is_open else _WHERE if "*" in arn else ""
        wide = _NO_NARROWER if arn == "*" else unknown
        yield Need(
            account=account.alias,
            on=item.on,
            action=item.action,
            arn=arn,
            conditions=conditions,
            reason=reason,
            wide=wide,
            address=address,
            sends=sends,
        )


def _filled(pattern: str, words: Mapping[str, Any], account: Account) -> Iterator[tuple[str, bool]]:
    """The ARNs that the pattern stands for, one for each entry of a list, with * for what is not known.

    With each, whether something else than where it is stays open.
    """
    here = {
        "partition": account.partition,
        "account": account.id,
        "region": account.region,
        "home": HOMES.get(account.partition, account.region),
        "location": None if account.region == "us-east-1" else account.region,  # as CreateBucket of S3 names it, or not
    }
    names = [name for _, name, _, _ in Formatter().parse(pattern) if name]
    for chosen in product(*(_values({**words, **here}[name]) for name in names)):
        found = dict(zip(names, chosen, strict=True))
        is_open = "*" in pattern or any("*" in value for name, value in found.items() if name not in here)
        yield pattern.format(**found), is_open


def _met(values: Iterable[str], words: Mapping[str, Any], account: Account) -> Iterator[str]:
    """The values of a condition, filled as an ARN is; of an empty list none, and then there is nothing to meet."""
    for value in values:
        yield from (filled for filled, _ in _filled(value, words, account))


def _values(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys("*" if _is_unknown(each) else str(each) for each in values))


def _is_unknown(value: Any) -> bool:
    return value in (None, "") or str(value).endswith(NOT_ASKED) or any(references(value))


def _readable(label: str) -> str:
    return "" if any(references(label)) else label
