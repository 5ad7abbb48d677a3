"""What is dangerous about an integration: what its deviations say, what the linter finds, and what the rules find. Pure.

`plan` warns of what has a high risk here, at the resource that it is about, and counts what has a medium one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet
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
from bootstrap.permissions.wide_grants import NAMED

_PATTERN = re.compile(r"[*?]|\$\{")
_THE_ROLE = re.compile(r"\bthe role\b(?! [A-Z])")


@dataclass(frozen=True)
class Concern:
    """What somebody could do. `limited_by` is the option that ends it, or "". `deviation` is the place in the vendor's page
    that allows it, or None for what the linter or a rule found in the statements with these `sids`. `code` is that of the
    rule, "" of the others. `roles` are those that it is about, and `actions` those that the text is about. `breadth` is
    0 for who gets in, 1 on everything, 2 on what a pattern names, and 3 on what is named."""

    risk: Risk
    text: str
    limited_by: str = ""
    deviation: Deviation | None = None
    sids: tuple[str, ...] = ()
    code: str = ""
    roles: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    breadth: int = 1

    @property
    def listed(self) -> tuple[str, ...]:
        """All actions, where the text names only the first."""
        return self.actions if len(self.actions) > NAMED else ()

    @property
    def about(self) -> tuple[str, ...]:
        """The Sids and policies that allow it."""
        return (*self.deviation.policies, *self.deviation.sids) if self.deviation else self.sids


def concerns(chosen: Integration, graph: Graph, roles: Sequence[ReviewedRole]) -> list[Concern]:
    """All of them: the highest risk first, then who gets in, and what is about everything before what is about less."""
    known = {name for each in standing_deviations(chosen, roles) for name in (*each.sids, *each.policies)}
    standing = standing_concerns(chosen, roles)
    reading = {sid for each in standing if each.code == "content" for sid in each.sids}
    findings = [found for _, found in graph_findings(graph, statements_of(chosen)) if found.severity != "note"]
    linted = [
        Concern(
            risk_of(found),
            f"{found.sid or found.where}: {found.text}",
            sids=(found.sid,),
            breadth=_breadth({found.sid}, roles),
        )
        for found in findings
        if found.sid not in known and not (found.code == "wide-read" and found.sid in reading)
    ]
    everything = {found.sid for found in findings if found.code == "administrator"}
    left = (each for each in standing if not (each.code and everything.issuperset(each.sids)))
    return sorted([*left, *linted], key=lambda item: (RISKS.index(item.risk), item.breadth))


def standing_concerns(chosen: Integration, roles: Sequence[ReviewedRole]) -> list[Concern]:
    """Those of the deviations and of the rules: beside these, the linter finds some."""
    dangers = [item for item in standing_deviations(chosen, roles) if item.danger]
    deviating = [_deviating(item, roles) for item in dangers]
    found = (each for each in exposures(roles, table()) if not any(_says(item, each) for item in dangers))
    return [*deviating, *together(found)]


def together(found: Iterable[Exposure]) -> Iterator[Concern]:
    """What several statements of a role allow of the same on everything is one danger."""
    by_rule: dict[tuple[str, str, str], list[Exposure]] = {}
    for each in found:
        by_rule.setdefault((each.role, each.code, "" if each.wide else each.text), []).append(each)
    for first, *others in by_rule.values():
        text, wide = first.text, first.wide
        for wider in (each.wide for each in others):
            wide = wide.together(wider) if wide and wider else wide
        if wide and first.wide:
            text = text.removesuffix(first.wide.says) + wide.says
        yield Concern(
            first.risk,
            text,
            sids=tuple(dict.fromkeys(each.sid for each in (first, *others))),
            code=first.code,
            roles=(first.role,),
            actions=wide.actions if wide else first.actions,
            breadth=first.breadth,
        )


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
    text = named(item.danger, names)
    return Concern(item.risk, text, item.flag, item, roles=names, breadth=_breadth(about, roles))


def named(text: str, roles: Sequence[str]) -> str:
    """A text about "the role", with the names of those that it is about."""
    return _THE_ROLE.sub(f"the role {' or '.join(roles)}", text, count=1) if roles else text


def _says(item: Deviation, found: Exposure) -> bool:
    """Whether the danger of a deviation names each action of what a rule found, in the same statement."""
    said = {each.strip(".,;:()") for each in item.danger.split()}
    return bool(found.actions) and found.sid in (*item.sids, *item.policies) and said.issuperset(found.actions)


def _names(role: ReviewedRole) -> Iterator[str]:
    """The Sids of a role and its policies."""
    yield from (item.sid for item in (*role.grants.trusts, *role.grants.statements))
    yield from (each.attached.policy.rpartition("/")[2] for each in role.policies)


def risk_of(found: Finding) -> Risk:
    return "high" if found.severity == "error" or found.code in ("administrator", "full-access", "escalation") else "medium"


def _breadth(about: AbstractSet[str], roles: Iterable[ReviewedRole]) -> int:
    """The widest of what the statements with these names are about."""
    found = [3]
    for role in roles:
        found += [0 for item in role.grants.trusts if item.sid in about]
        if about & {each.attached.policy.rpartition("/")[2] for each in role.policies if not each.attached.created}:
            found.append(1)
        found += [
            1 if arn == "*" else 2 if _PATTERN.search(arn.removesuffix("/*")) else 3
            for item in role.grants.statements
            if item.sid in about
            for arn in item.resources
        ]
    return min(found)
