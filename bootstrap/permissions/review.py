"""What a reviewer decides by: who gets in, what they can do, what is worst about it, and what limits that. Pure.

It is decided here, from the same data that makes the resources; views only show it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.build import build, statements_of
from bootstrap.core.deviation import RISKS, Deviation, Risk, ranked
from bootstrap.core.entrant import Entrant
from bootstrap.core.external_id import sent_by_caller
from bootstrap.core.graph import Graph
from bootstrap.core.input import Input
from bootstrap.core.integration import Handoff, Integration, examples, inputs_of
from bootstrap.core.pending import pending
from bootstrap.core.policy import Statement, as_list
from bootstrap.core.resource import plain
from bootstrap.permissions.access import ServiceAccess, access, grants_in, grants_of
from bootstrap.permissions.actions import table
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.managed_policies import managed_policy
from bootstrap.permissions.reviewed_role import ReviewedPolicy, ReviewedRole
from bootstrap.permissions.role_grants import RoleGrants, grants_by_role
from bootstrap.permissions.whose import named_by_inputs

_IS = re.compile("(String|Arn)(Equals|Like)")


@dataclass(frozen=True)
class Concern:
    """What somebody could do. `limited_by` is the option that ends it, or "". `deviation` is the place in the vendor's page
    that allows it, or None for what the linter found in the statement with this `sid`."""

    risk: Risk
    text: str
    limited_by: str = ""
    deviation: Deviation | None = None
    sid: str = ""


@dataclass(frozen=True)
class Resource:
    address: str
    kind: str
    name: str


@dataclass(frozen=True)
class Review:
    """`concerns` and `deviations` begin with the worst. `hardening` are the deviations that --harden limits, and
    `hardened` says whether it is given, `lost` what then no longer works; `limited` are the names of the inputs that are on
    and limit a deviation."""

    integration: type[Integration]
    inputs: tuple[Input, ...]
    entrants: tuple[Entrant, ...]
    access: tuple[ServiceAccess, ...]
    concerns: tuple[Concern, ...]
    hardening: tuple[Deviation, ...]
    hardened: bool
    resources: tuple[Resource, ...]
    roles: tuple[ReviewedRole, ...]
    deviations: tuple[Deviation, ...]
    limited: frozenset[str]
    lost: tuple[str, ...]
    handoff: Handoff = field(compare=False)

    @property
    def worst(self) -> tuple[Concern, ...]:
        return self.concerns[:3]

    def is_limited(self, deviation: Deviation) -> bool:
        """Whether these inputs end what is dangerous about it."""
        return deviation.limited_by in self.limited


def review(chosen: Integration, accounts: Iterable[Account] = ()) -> Review:
    """The review of an integration with these inputs, in these accounts, or in examples. AWS is not asked."""
    graph = Graph(accounts or examples(chosen))
    handoff = build(chosen, graph)
    roles = tuple(map(_reviewed, grants_by_role(graph, statements_of(chosen))))
    limits = {item.limited_by for item in chosen.deviations if item.limited_by}
    limited = frozenset(name for name in limits if getattr(chosen, name))
    granted = [grant for role in roles for grant in _grants(role.grants, role.policies)]
    return Review(
        integration=type(chosen),
        inputs=inputs_of(type(chosen)),
        entrants=tuple(
            replace(each, examples=_examples(chosen))
            for each in named_by_inputs(chosen, entrants_in(graph, statements_of(chosen)))
        ),
        access=tuple(access(granted, table())),
        concerns=tuple(sorted(_concerns(chosen, graph, roles, limited), key=lambda item: RISKS.index(item.risk))),
        hardening=tuple(item for item in ranked(chosen.deviations) if item.limited_by == "harden"),
        hardened="harden" in limited,
        resources=tuple(
            Resource(node.address, node.resource.kind, graph.predicted(node).label) for node in graph.nodes.values()
        ),
        roles=roles,
        deviations=tuple(ranked(chosen.deviations, limited)),
        limited=limited,
        lost=chosen.lost_with_harden,
        handoff=handoff,
    )


def _examples(chosen: Integration) -> tuple[tuple[str, str], ...]:
    """The values of the inputs that nobody gave, and that are no defaults, each with its option."""
    values = ((item, getattr(chosen, item.name)) for item in inputs_of(type(chosen)) if item.name not in chosen.given)
    return tuple(
        (value, item.flag)
        for item, found in values
        if found != item.default
        for value in as_list(plain(found))
        if _is_name(value)
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _reviewed(found: RoleGrants) -> ReviewedRole:
    policies = tuple(ReviewedPolicy(each, managed_policy(each.policy)) for each in found.attached)
    return ReviewedRole(found, policies, tuple(access(_grants(found, policies), table())))


def _grants(found: RoleGrants, policies: Sequence[ReviewedPolicy]) -> list[tuple[Sequence[str], Sequence[str]]]:
    published = [grant for each in policies if each.published for grant in grants_in(each.published.document, table())]
    return [*grants_of(found.statements), *published]


def entrants_in(graph: Graph, statements: Sequence[Statement], vendor: str = "") -> Iterator[Entrant]:
    """Whom the roles of a graph trust, and whom its statements let into buckets. `statements` are the integration's, which
    explain it; `vendor` still has to show what a marker stands for."""
    trusts = [item for item in statements if item.principals]
    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        match node.resource.kind:
            case "iam_role":
                role, found = properties["name"], properties["trust"]["Statement"]
            case "iam_role_trust_statement":  # it has no Sid
                role, found = properties["role"], [properties["statement"]]
            case "s3_bucket_policy_statement":
                role, found = f"bucket {properties['bucket']}", properties["statements"]
            case _:
                continue
        for item in found:
            if item.get("Effect") != "Allow" or not isinstance(item.get("Principal"), dict):
                continue
            of = next((each for each in trusts if item.get("Sid", each.sid) == each.sid), None)
            ids = [
                value
                for test in item.get("Condition", {}).values()
                for key, values in test.items()
                if key.lower() == "sts:externalid"
                for value in as_list(values)
            ]
            later = bool(pending(found))
            for kind, names in item["Principal"].items():
                for name in _callers(item, as_list(names)):
                    yield Entrant(
                        "" if pending(name) else name,
                        kind,
                        role,
                        bool(ids) and not any(sent_by_caller(str(each)) for each in ids),
                        of.why if of else "",
                        (of.who if of else "") or (vendor if pending(name) else ""),
                        tuple(_limits(item.get("Condition", {}), short=kind == "Federated")),
                        later,
                        source=of.source if of else "",
                    )


def _limits(condition: Mapping[str, Mapping[str, Any]], *, short: bool) -> Iterator[str]:
    """What a trust policy tests beside an external id; `short` omits the issuer from the names of a token's claims."""
    words = {"StringEquals": "is", "StringLike": "is like", "ArnLike": "is like", "ArnEquals": "is"}
    for operator, tests in condition.items():
        for key, values in tests.items():
            if key.lower() != "sts:externalid":
                name = key.rpartition(":")[2] if short else key
                shown = ["what is known later" if pending(each) else str(each) for each in as_list(values)]
                yield f"{name} {words.get(operator, operator)} {' or '.join(shown)}"


def _callers(statement: Mapping[str, Any], names: Sequence[str]) -> Sequence[str]:
    """Whom a principal of a trust policy comes to: an account, or everybody, only as those that a condition names."""
    found = [
        value
        for operator, test in statement.get("Condition", {}).items()
        for key, values in test.items()
        if key.lower() == "aws:principalarn" and _IS.fullmatch(operator)
        for value in as_list(values)
    ]
    exact = bool(found) and not any("*" in value or "?" in value for value in found)
    return found if exact and all(name == "*" or name.endswith(":root") for name in names) else names


def standing_dangers(chosen: Integration, graph: Graph) -> Iterator[tuple[str, Deviation]]:
    """The deviations of high risk that these inputs leave as they are, each with the address that it is about."""
    for item in ranked(chosen.deviations):
        if item.risk != "high" or not item.danger or (item.limited_by and getattr(chosen, item.limited_by)):
            continue
        for node in graph.nodes.values():
            documents = node.resource.policies(graph.account(node.account)).values()
            sids = {each.get("Sid") for content in documents for each in content["Statement"]}
            attached = str(node.resource.properties().get("policy_arn", "")).rpartition("/")[2]
            if sids & set(item.sids) or attached in item.policies:
                yield node.address, item


def lesser_dangers(chosen: Integration, graph: Graph, known: Collection[str]) -> list[Deviation]:
    """The deviations of medium risk that these inputs leave as they are, without those about the statements in `known`."""
    sids = {
        item.get("Sid")
        for node in graph.nodes.values()
        for content in node.resource.policies(graph.account(node.account)).values()
        for item in content["Statement"]
    }
    return [
        item
        for item in chosen.deviations
        if item.risk == "medium"
        and item.danger
        and not (item.limited_by and getattr(chosen, item.limited_by))
        and (not item.sids or sids & {*item.sids} - {*known})
    ]


def _concerns(
    chosen: Integration, graph: Graph, roles: Sequence[ReviewedRole], limited: frozenset[str]
) -> Iterator[Concern]:
    """The dangers that the integration knows, the worst first, and what the linter finds beyond them."""
    granted: list[Statement] = [item for role in roles for item in (*role.grants.trusts, *role.grants.statements)]
    names = {item.sid for item in granted} | {each.attached.policy.rpartition("/")[2] for r in roles for each in r.policies}
    known = set[str]()
    for item in ranked(chosen.deviations):
        about = {*item.sids, *item.policies}
        if item.limited_by not in limited and (not about or names & about):
            known |= about
            if item.danger:
                yield Concern(item.risk, item.danger, item.flag, item)
    for _, found in graph_findings(graph, statements_of(chosen)):
        if found.severity != "note" and found.sid not in known:
            yield Concern(_risk(found), f"{found.sid or found.where}: {found.text}", sid=found.sid)
    yield from (Concern(each.risk, each.text, sid=each.sid) for each in exposures(roles, table()))


def _risk(found: Finding) -> Risk:
    return "high" if found.severity == "error" or found.code in ("administrator", "full-access") else "medium"
