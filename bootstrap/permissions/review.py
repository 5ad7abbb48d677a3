"""What a reviewer decides by: who gets in, what they can do, what is worst about it, and what limits that. Pure.

It is decided here, from the same data that makes the resources; views only show it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.build import build, statements_of
from bootstrap.core.deviation import Deviation, ranked
from bootstrap.core.entrant import Entrant
from bootstrap.core.graph import Graph
from bootstrap.core.input import Input
from bootstrap.core.integration import Handoff, Integration, examples, inputs_of
from bootstrap.core.pending import pending
from bootstrap.core.policy import Document, Statement, as_list
from bootstrap.core.resource import plain
from bootstrap.permissions.access import ServiceAccess, access, grants_in, grants_of
from bootstrap.permissions.actions import table
from bootstrap.permissions.concerns import Concern as Concern, concerns
from bootstrap.permissions.lint.finding import Kind
from bootstrap.permissions.lint.principals import admits_anyone, requires_external_id
from bootstrap.permissions.managed_policies import managed_policy
from bootstrap.permissions.reviewed_role import ReviewedPolicy, ReviewedRole
from bootstrap.permissions.role_grants import RoleGrants, grants_by_role
from bootstrap.permissions.whose import named_by_inputs

_IS = re.compile("(String|Arn)(Equals|Like)")


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
    roles = reviewed_roles(chosen, graph)
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
        concerns=tuple(concerns(chosen, graph, roles)),
        hardening=tuple(item for item in ranked(chosen.deviations) if item.limited_by == "harden"),
        hardened="harden" in limited,
        resources=resources_of(graph),
        roles=roles,
        deviations=tuple(ranked(chosen.deviations, limited)),
        limited=limited,
        lost=chosen.lost_with_harden,
        handoff=handoff,
    )


def resources_of(graph: Graph) -> tuple[Resource, ...]:
    return tuple(Resource(node.address, node.resource.kind, graph.predicted(node).label) for node in graph.nodes.values())


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


def reviewed_roles(chosen: Integration, graph: Graph) -> tuple[ReviewedRole, ...]:
    """The roles of a graph of the integration with all that they grant, and the buckets with a policy of it."""
    return tuple(map(_reviewed, grants_by_role(graph, statements_of(chosen))))


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
            of = _explained_by(item, trusts)
            checked, later = requires_external_id(item), bool(pending(found))
            sort: Kind = "resource" if node.resource.kind == "s3_bucket_policy_statement" else "trust"
            for kind, names in item["Principal"].items():
                for name in _callers(item, as_list(names)):
                    yield Entrant(
                        "" if pending(name) else name,
                        kind,
                        role,
                        checked,
                        of.why if of else "",
                        (of.who if of else "") or (vendor if pending(name) else ""),
                        tuple(_limits(item.get("Condition", {}), short=kind == "Federated")),
                        later,
                        source=of.source if of else "",
                        anyone=admits_anyone(item, name, sort, federated=kind == "Federated"),
                    )


def _explained_by(item: Document, trusts: Sequence[Statement]) -> Statement | None:
    """The integration's statement that was sent as this one. If a resource keeps no Sid, the content identifies it."""
    if sid := item.get("Sid"):
        return next((each for each in trusts if each.sid == sid), None)
    return next((each for each in trusts if {**each.to_json(), "Sid": ""} == {**item, "Sid": ""}), None)


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
