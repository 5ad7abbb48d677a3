"""What is dangerous about an integration: what its deviations say, what the linter finds, and what the rules find. Pure.

`plan` warns of what has a high risk here, at the resource that it is about, and counts what has a medium one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bootstrap.core.build import statements_of
from bootstrap.core.deviation import RISKS, Deviation, Risk, ranked
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.permissions.actions import table
from bootstrap.permissions.exposures import Exposure, exposures
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.reviewed_role import ReviewedRole

_THE_ROLE = re.compile(r"\bthe role\b(?! [A-Z])")


@dataclass(frozen=True)
class Concern:
    """What somebody could do. `limited_by` is the option that ends it, or "". `deviation` is the place in the vendor's page
    that allows it, or None for what the linter or a rule found in the statement with this `sid`. `code` is that of the rule,
    "" of the others. `roles` are those that it is about, and `listed` all actions where the text names only the first."""

    risk: Risk
    text: str
    limited_by: str = ""
    deviation: Deviation | None = None
    sid: str = ""
    code: str = ""
    roles: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The Sids and policies that allow it."""
        return (*self.deviation.policies, *self.deviation.sids) if self.deviation else (self.sid,)


def concerns(chosen: Integration, graph: Graph, roles: Sequence[ReviewedRole]) -> list[Concern]:
    """All of them, the worst first."""
    known = {name for each in standing_deviations(chosen, roles) for name in (*each.sids, *each.policies)}
    findings = [found for _, found in graph_findings(graph, statements_of(chosen)) if found.severity != "note"]
    linted = [
        Concern(_risk(found), f"{found.sid or found.where}: {found.text}", sid=found.sid)
        for found in findings
        if found.sid not in known
    ]
    said = {each.sid for each in linted}
    everything = {found.sid for found in findings if found.code == "administrator"}
    standing = (
        each
        for each in standing_concerns(chosen, roles)
        if not (each.code == "content" and each.sid in said) and not (each.code and each.sid in everything)
    )
    return sorted([*standing, *linted], key=lambda item: RISKS.index(item.risk))


def standing_concerns(chosen: Integration, roles: Sequence[ReviewedRole]) -> list[Concern]:
    """Those of the deviations and of the rules: beside these, the linter finds some."""
    dangers = [item for item in standing_deviations(chosen, roles) if item.danger]
    deviating = [_deviating(item, roles) for item in dangers]
    ruled = [
        Concern(each.risk, each.text, sid=each.sid, code=each.code, roles=(each.role,), listed=each.listed)
        for each in exposures(roles, table())
        if not any(_says(item, each) for item in dangers)
    ]
    return [*deviating, *_without_linted(ruled, roles)]


def standing_deviations(chosen: Integration, roles: Iterable[ReviewedRole]) -> list[Deviation]:
    """What these inputs leave as it is, and grant."""
    granted = {name for role in roles for name in _names(role)}
    return [
        item
        for item in ranked(chosen.deviations)
        if not (item.limited_by and getattr(chosen, item.limited_by))
        if not (about := {*item.sids, *item.policies}) or granted & about
    ]


def addresses(concern: Concern, graph: Graph) -> Iterator[str]:
    """The addresses of the resources that it is about."""
    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        documents = node.resource.policies(graph.account(node.account)).values()
        sids = {each.get("Sid") for content in documents for each in content["Statement"]}
        attached = str(properties.get("policy_arn", "")).rpartition("/")[2]
        its_own = not concern.code or properties.get("role", properties.get("name")) in concern.roles
        if its_own and (sids | {attached}) & {*concern.about}:
            yield node.address


def _deviating(item: Deviation, roles: Sequence[ReviewedRole]) -> Concern:
    about = {*item.sids, *item.policies}
    names = tuple(role.grants.role for role in roles if about & {*_names(role)})
    return Concern(item.risk, named(item.danger, names), item.flag, item, roles=names)


def named(text: str, roles: Sequence[str]) -> str:
    """A text about "the role", with the names of those that it is about."""
    return _THE_ROLE.sub(f"the role {' or '.join(roles)}", text, count=1) if roles else text


def _says(item: Deviation, found: Exposure) -> bool:
    """Whether the danger of a deviation names each action of what a rule found, in the same statement."""
    said = {each.strip(".,;:()") for each in item.danger.split()}
    return bool(found.actions) and found.sid in (*item.sids, *item.policies) and said.issuperset(found.actions)


def _without_linted(found: Iterable[Concern], roles: Iterable[ReviewedRole]) -> Iterator[Concern]:
    """The linter finds what reads the content of everything, but not in a policy of AWS that can do worse."""
    of_aws = {each.attached.policy.rpartition("/")[2] for role in roles for each in role.policies if each.published}
    yield from (each for each in found if each.code != "content" or each.sid in of_aws)


def _names(role: ReviewedRole) -> Iterator[str]:
    """The Sids of a role and its policies."""
    yield from (item.sid for item in (*role.grants.trusts, *role.grants.statements))
    yield from (each.attached.policy.rpartition("/")[2] for each in role.policies)


def _risk(found: Finding) -> Risk:
    return "high" if found.severity == "error" or found.code in ("administrator", "full-access") else "medium"
