"""What a security reviewer says yes or no to, about one integration or one recorded deployment. Pure; views only show it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.build import build, statements_of
from bootstrap.core.deviation import Deviation
from bootstrap.core.entrant import Entrant
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration, examples
from bootstrap.core.policy import Document
from bootstrap.permissions.access_rows import AccessRow, access_rows
from bootstrap.permissions.account_words import EACH_ACCOUNT, account_words
from bootstrap.permissions.actions import table
from bootstrap.permissions.arrows import Picture, picture
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.cannot import Check, checks, raising_in
from bootstrap.permissions.compared import Changed as Changed, Since as Since
from bootstrap.permissions.creating import COSTING, FREE, SPENT, created
from bootstrap.permissions.documents import Sent, Settings, sent_by_role, settings_of
from bootstrap.permissions.first_cage import first_cage
from bootstrap.permissions.fleet_facts import FleetFacts, fleet_facts
from bootstrap.permissions.hardened import Hardened, Limit, keys_added, limits_of, limits_on
from bootstrap.permissions.idle_inputs import idle_inputs
from bootstrap.permissions.operator_limit import operator_limits
from bootstrap.permissions.organization import Demands
from bootstrap.permissions.plan_summary import Planned, where_of
from bootstrap.permissions.powers import powers_of
from bootstrap.permissions.review import Concern, Resource, Review, entrants_in, resources_of, review
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.settled import settled
from bootstrap.permissions.verdict import Verdict, verdict_of
from bootstrap.permissions.whose import ExternalId, chosen_accounts, external_id, named_by_inputs, with_proof

FINDS_KEYS = "s3:GetEncryptionConfiguration"
"""The look-up that finds the KMS key of a bucket."""


@dataclass(frozen=True)
class Made:
    """Which version of bootstrap made the report, and on which day (ISO 8601, in UTC)."""

    version: str
    date: str


@dataclass(frozen=True)
class Recorded:
    """The deployment that the report is about. `differs` are the addresses of what is recorded otherwise than these inputs
    and this version of the integration would have it, and `edited` says whether somebody edited the state. `flags` are the
    words with which a command finds it. `demands` are what the organization demands; None if AWS was not asked."""

    deployment: str
    flags: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    edited: bool = False
    demands: Demands | None = None


@dataclass(frozen=True)
class RoleAccess:
    """What a role may do, or what the policy of a bucket allows, and what is sent for it. `exists` says that the role was
    there before: only what is added to it is known."""

    role: ReviewedRole
    rows: tuple[AccessRow, ...]
    by: tuple[Entrant, ...]
    exists: bool
    sent: Sent


@dataclass(frozen=True, kw_only=True)
class Report:
    """All sections in the order of the page. Of a fleet, `integration`, `inputs`, `fleet` (else None), `stacks` (else
    none) and `handoff` are about all of it, and `review` and `access` about each account, for which `inside` stands. It
    is about a `recorded` deployment, the `planned` one of a file, or neither. `chosen_accounts` are those that inputs
    name, with the option. `since` is None where no approval was given to compare with; `operator` are the policies of
    who runs bootstrap, by name, `operator_raises` says how these could gain more, and `operator_limits` has what keeps
    them from it, by account; `limits` are options that are off, `limits_on` those that are on, `keys_added` what a
    create adds if it finds a KMS key; `idle` are inputs that change nothing with these others; `costing` is what
    somebody can create or do that costs money, by kind, with the actions, and `leaving` what destroy leaves of that; `cage`
    is that of a first create, None where there is none; `looked_up` are the actions with which create reads the account
    before its plan; `settled` are the options with which a claim would hold, by its code."""

    made: Made
    digest: str
    recorded: Recorded | None
    planned: Planned | None
    accounts: tuple[Account, ...]
    inside: tuple[Account, ...]
    fleet: FleetFacts | None
    handoff: Handoff
    integration: type[Integration]
    stacks: tuple[Resource, ...]
    inputs: Mapping[str, Any]
    given: frozenset[str]
    review: Review
    verdict: Verdict
    entrants: tuple[Entrant, ...]
    external_id: ExternalId | None
    chosen_accounts: Mapping[str, str]
    waiting: tuple[str, ...]
    access: tuple[RoleAccess, ...]
    limits: tuple[Limit, ...]
    limits_on: tuple[Limit, ...]
    keys_added: tuple[Hardened, ...]
    idle: frozenset[str]
    settings: Mapping[str, Settings]
    costing: Mapping[str, Sequence[str]]
    leaving: Mapping[str, Sequence[str]]
    checks: tuple[Check, ...]
    settled: Mapping[str, tuple[str, ...]]
    since: Since | None
    operator: Mapping[str, Document]
    operator_raises: tuple[str, ...]
    operator_limits: Mapping[str, Document]
    cage: Cage | None
    looked_up: tuple[str, ...]
    picture: Picture
    named: str = ""
    """What a deployment with these inputs would be called, if somebody said so; `flags` lead commands to it."""
    flags: tuple[str, ...] = ()

    @property
    def hardened(self) -> tuple[Hardened, ...]:
        return next((each.statements for each in self.limits if each.flag == "--harden"), ())

    @property
    def deployment(self) -> str:
        """Its name; "" while the integration alone is reviewed, and the accounts are examples."""
        return self.recorded.deployment if self.recorded else self.planned.plan.deployment if self.planned else ""

    @property
    def own(self) -> frozenset[str]:
        """The numbers of the customer's accounts, and of those that stand for some."""
        return frozenset(each.id for each in (*self.accounts, *self.inside))

    def called(self, account: str) -> str:
        """An account in words: an example's number means nothing to the reader."""
        return account_words(account, self.accounts, self.inside, named=bool(self.deployment))

    @property
    def where(self) -> list[str]:
        return list(where_of(self.integration.name, self.inputs))

    def applies(self, item: Deviation) -> bool:
        """Whether what it is about is granted with these inputs."""
        about = {*item.sids, *item.policies}
        granted = {
            each.sid for access in self.access for each in (*access.role.grants.trusts, *access.role.grants.statements)
        }
        attached = {each.attached.policy for access in self.access for each in access.role.policies}
        return not about or not about.isdisjoint(granted | {name.rpartition("/")[2] for name in attached})

    def reasons(self, concern: Concern) -> list[str]:
        """The vendor's reasons for what a danger is about."""
        about = {*concern.sids, *(concern.deviation.sids if concern.deviation else ())}
        attached = concern.deviation.policies if concern.deviation else ()
        whys = [
            item.why
            for each in self.access
            for item in (*each.role.grants.trusts, *each.role.grants.statements)
            if item.sid in about
        ]
        whys += [
            each.attached.why
            for access in self.access
            for each in access.role.policies
            if each.attached.policy.rpartition("/")[2] in (*attached, *concern.sids)
        ]
        return list(dict.fromkeys(whys))


def report(
    whole: Integration,
    made: Made,
    operator: Mapping[str, Document],
    *,
    accounts: Sequence[Account] = (),
    recorded: Recorded | None = None,
    planned: Planned | None = None,
    since: Since | None = None,
) -> Report:
    """The report on an integration with these inputs. Without `accounts`, examples stand for the customer's."""
    outer, chosen = tuple(accounts or examples(whole)), whole.granting
    here = outer if chosen is whole else tuple(replace(each, id=EACH_ACCOUNT) for each in outer)
    own = {account.id for account in here}
    found, (graph, handoff) = review(chosen, here), _complete(chosen, here)
    made_here, handoff = (graph, handoff) if chosen is whole else _complete(whole, outer)
    facts = fleet_facts(made_here)
    entrants = tuple(with_proof(chosen, each) for each in _entrants(chosen, found, graph))
    outside = tuple(each for each in entrants if each.is_outside(own))
    new = {str(node.resource.properties()["name"]) for node in graph.nodes.values() if node.resource.kind == "iam_role"}
    sent, powers = sent_by_role(graph), powers_of(found.roles, table())
    access = tuple(
        RoleAccess(
            role,
            tuple(access_rows(role, table())),
            tuple(each for each in entrants if each.role == role.grants.role),
            not role.grants.is_bucket and role.grants.role not in new,
            sent.get(role.grants.role, Sent()),
        )
        for role in found.roles
    )
    looks_up = {item.action for each in whole.lookup_permissions.values() for item in each}
    looked_up = () if recorded or planned else tuple(sorted(looks_up))

    def checks_of(other: Integration) -> list[Check]:
        then = review(other, here)
        return checks(then.roles, _entrants(other, then, _complete(other, here)[0]), own, table(), _unsettled(looked_up))

    checked = tuple(checks(found.roles, entrants, own, table(), _unsettled(looked_up)))
    levels = {level for each in found.access for level in each.levels}
    levels |= {row.level for each in access if each.role.grants.is_bucket for row in each.rows if not row.denies}
    return Report(
        made=made,
        digest=_digest(whole, made, made_here),
        recorded=recorded,
        planned=planned,
        accounts=outer,
        inside=here,
        fleet=facts,
        handoff=handoff,
        integration=type(whole),
        stacks=() if chosen is whole else resources_of(made_here),
        inputs=whole.to_json(),
        given=whole.given,
        review=found,
        verdict=verdict_of(
            len(made_here.nodes), outside, levels, found, checked, [row for each in access for row in each.rows]
        ),
        entrants=entrants,
        external_id=external_id(chosen, recorded=bool(recorded or planned)),
        chosen_accounts=chosen_accounts(chosen),
        waiting=chosen.pending,
        access=access,
        limits=tuple(limits_of(chosen, here, found)),
        limits_on=tuple(limits_on(chosen, here, found)),
        keys_added=keys_added(chosen, here, found) if FINDS_KEYS in looked_up else (),
        idle=frozenset(idle_inputs(chosen, lambda other: _complete(other, here)[0])),
        settings=settings_of(graph),
        costing=created(powers, table(), {**COSTING, **SPENT}),
        leaving=created(powers, table(), {**COSTING, **FREE}),
        checks=checked,
        settled=settled(chosen, checked, checks_of),
        since=since,
        operator=operator,
        operator_raises=(raises := raising_in(operator.values())),
        operator_limits=operator_limits(operator.values(), chosen.permissions_boundary) if raises else {},
        cage=first_cage(made_here, recorded.deployment if recorded else planned.plan.deployment if planned else whole.name),
        looked_up=looked_up,
        picture=picture(
            {each.alias: each.id for each in here},
            {each.alias: account_words(each.id, outer, here, named=bool(recorded or planned)) for each in here},
            entrants,
            {each.role.grants.role: each.rows for each in access},
            graph,
        ),
    )


def _entrants(chosen: Integration, found: Review, graph: Graph) -> tuple[Entrant, ...]:
    """Locked roles do not say whom they will let in."""
    if not chosen.pending:
        return found.entrants
    return tuple(named_by_inputs(chosen, entrants_in(graph, statements_of(chosen), chosen.vendor)))


def _complete(chosen: Integration, accounts: Sequence[Account]) -> tuple[Graph, Handoff]:
    """The graph without the locks of what the vendor is still to show."""
    graph = Graph(accounts)
    return graph, chosen.build(graph) if chosen.pending else build(chosen, graph)


def _unsettled(looked_up: Collection[str]) -> Mapping[str, str]:
    """The checks that the look-ups of a create may still change: it grants the KMS keys that it finds on named buckets."""
    text = (
        "no statement allows it now; create grants those keys that it finds on the named buckets, and AWS was not asked here"
    )
    return {"use-keys": text} if FINDS_KEYS in looked_up else {}


def _digest(chosen: Integration, made: Made, graph: Graph) -> str:
    """SHA-256 over all that decides what is granted. Two reports with the same digest grant the same."""
    content = {
        "version": made.version,
        "integration": chosen.name,
        "file": chosen.digest,
        "inputs": chosen.to_json(),
        "accounts": [account.to_json() for account in graph.accounts],
        "graph": graph.as_json(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
