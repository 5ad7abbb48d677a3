"""The cage of a run: policies that allow what its plan does and nothing else, one for each set of credentials. Pure.

Every resource that is changed has one set, which may do to it what its type declares; resources of one service share a set
as far as the limit allows. The looks after a destroy have a set for each service, and only read.

Source: STS API reference GetScopedCredentials (plain text of at most 2,048 characters; the new credentials may do what both
the old ones and the policy allow).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Node
from bootstrap.core.permission import Operation
from bootstrap.core.plan import Action, Change
from bootstrap.core.policy import VERSION, Document
from bootstrap.core.state import State, Status
from bootstrap.errors import PlanRefused
from bootstrap.permissions.actions import table
from bootstrap.permissions.credential_set import PREFIXES, CredentialSet, text_of
from bootstrap.permissions.operator import Need, needs_of_change, needs_of_nodes, search_needs
from bootstrap.permissions.operator_policy import statements
from bootstrap.permissions.volume_keys import STARTS, keys_of_volumes

LIMIT = 2_048
"""Characters of one policy, as STS counts them: all of its text."""
_PLAN = 16
"""Characters of the digest of a plan in a description, enough to find its approval by."""
_WORK = (Action.CREATE, Action.UPDATE, Action.DELETE)
_NOT_LITERAL = re.compile(r"\?|\$\{")
"""What stands for something else in a policy, and is in none of ours. No input has it; an edited state or a file may."""


@dataclass(frozen=True)
class Cage:
    """The sets of credentials of one run; `doing` is its verb and its deployment, `plan` the digest of the plan file that it
    runs, "" without one."""

    doing: str
    sets: tuple[CredentialSet, ...]
    plan: str = ""

    @property
    def digest(self) -> str:
        """Of what the run is for, and all that it may do."""
        content = [self.doing, *([each.account, each.name, each.policy] for each in self.sets)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def sets_for(self, alias: str, service: str, address: str) -> tuple[CredentialSet, ...]:
        """The sets for calls to the service about the resource, or for the looks at the service ("")."""
        looks = "" if address else PREFIXES.get(service, service)
        fitting = (each for each in self.sets if (each.account, each.looks) == (alias, looks))
        return tuple(each for each in fitting if address in each.addresses or not address)

    def description(self, one: CredentialSet) -> str:
        """What CloudTrail shows of the set: at most 256 characters."""
        plan = f", plan {self.plan[:_PLAN]}" if self.plan else ""
        return f"bootstrap {self.doing}, cage sha256:{self.digest}{plan}, {one.label}"

    @property
    def tightness(self) -> dict[str, int]:
        """How many pairs of an action and an ARN there are, by what the ARN is."""
        arns = [arn for _, _, arn in {(each.account, need.action, need.arn) for each in self.sets for need in each.needs}]
        wide = sum("*" in arn for arn in arns)
        return {"named": len(arns) - wide, "pattern": wide - arns.count("*"), "any": arns.count("*")}

    @property
    def characters(self) -> int:
        """Of all policies together."""
        return sum(len(each.text) for each in self.sets)

    @property
    def splits(self) -> tuple[str, ...]:
        """What was split because one policy would have been too long: services, and the resources among them that need
        several policies."""
        of_service: dict[str, list[CredentialSet]] = defaultdict(list)
        for each in self.sets:
            if not each.looks:
                of_service[each.service].append(each)
        return tuple(
            f"{service} into {len(sets)}{_by_operation(sets)}" for service, sets in of_service.items() if len(sets) > 1
        )

    @property
    def summary(self) -> str:
        """How tight it is, in sentences."""
        number, found = f"{len(self.sets)} {'set' if len(self.sets) == 1 else 'sets'}", self.tightness
        split = f". One policy would be too long, so these are split: {'; '.join(self.splits)}" if self.splits else ""
        return (
            f"{number} of credentials with policies for what the plan does and nothing else, {self.characters:,} characters "
            f"together, at most {LIMIT:,} each. Actions on a named resource: {found['named']}, on a pattern: "
            f"{found['pattern']}, that AWS limits to no resource: {found['any']}{split}"
        )

    def as_json(self) -> dict[str, Any]:
        sets = [each.as_json() for each in self.sets]
        return {"digest": self.digest, "tightness": self.tightness, "splits": list(self.splits), "sets": sets}


def cage_of(
    verb: str,
    changes: Iterable[Change],
    accounts: Mapping[str, Account],
    state: State,
    allowed: Collection[str] = (),
    *,
    looks: bool = False,
    unrecorded: Iterable[Node] = (),
) -> Cage:
    """The cage of a plan. `looks` says that a destroy looks afterwards for what is left, and `unrecorded` what that may come
    across beside what the plan is about. Raises PlanRefused for a policy
    that would be too long, which is never made shorter by allowing more, and for a name that IAM would read as a pattern."""
    doing, work, sets = f"{verb} {state.deployment}", list(changes), list[CredentialSet]()
    of_service: dict[tuple[str, str], dict[str, list[Need]]] = defaultdict(lambda: defaultdict(list))
    for change in work:
        if change.action in _WORK:
            found = _needs_of(change, accounts, state.deployment, allowed)
            of_service[change.account, change.resource.services[0]][change.address] += found
    for (alias, service), of_address in of_service.items():
        sets += _packed(alias, service, of_address)
    if looks:
        sets += _looks([*map(_node, work), *unrecorded], accounts, state.deployment)
    if problems := [*_patterns(work, sets), *_too_long(sets)]:
        raise PlanRefused("there is no cage for this plan; nothing was changed", problems, "Omit --cage for this run.")
    return Cage(doing, tuple(sets))


def _needs_of(change: Change, accounts: Mapping[str, Account], deployment: str, allowed: Collection[str]) -> list[Need]:
    """What the change does, and the reads around it."""
    creates = change.action is Action.CREATE  # what that only would know better, its plan has asked
    found = needs_of_change(change, accounts, deployment, allowed, full=not creates)
    if creates and change.record and change.record.status is Status.CREATING:
        found += needs_of_change(_repair(change), accounts, deployment, full=True)
    for on in dict.fromkeys(need.on for need in found if need.action in STARTS):
        found += keys_of_volumes(change, on, accounts[change.account])
    outputs = change.outputs or {}
    reads = needs_of_nodes([_node(change)], accounts, deployment, recorded=lambda address, name: outputs.get(name))
    return [*found, *(need for need in reads if need.on == "read")]


def _node(change: Change) -> Node:
    return Node(change.address, change.resource, change.account, ())


def _looks(nodes: Iterable[Node], accounts: Mapping[str, Account], deployment: str) -> Iterator[CredentialSet]:
    """Sets that only read. Ids are patterns: for a while AWS also shows what was replaced before."""
    of_prefix = defaultdict[tuple[str, str], list[Need]](list)
    for need in (*search_needs(accounts), *needs_of_nodes(nodes, accounts, deployment)):
        if need.on in ("read", "find", "delete") and is_read(need.action):
            of_prefix[need.account, need.action.partition(":")[0]].append(need)
    for (alias, name), needs in of_prefix.items():
        yield CredentialSet(alias, f"looks at {name}", tuple(needs), _policy(needs), looks=name)


def _repair(change: Change) -> Change:
    """The update of what a run that ended has made of it by half."""
    given = [item.name for item in fields(change.resource) if getattr(change.resource, item.name)]
    return replace(change, action=Action.UPDATE, differences=tuple(Difference(name, None, None, None) for name in given))


def _packed(alias: str, service: str, of_address: Mapping[str, Sequence[Need]]) -> Iterator[CredentialSet]:
    """As few sets as take the resources in their order. A resource whose policy is too long has one for
    each operation."""
    packs = list[list[str]]()
    for address in of_address:
        together = [*packs[-1], address] if packs else []
        if together and len(text_of(_policy(need for each in together for need in of_address[each]))) <= LIMIT:
            packs[-1] = together
        else:
            packs.append([address])
    for number, pack in enumerate(packs, start=1):
        name = f"{service} {number}" if len(packs) > 1 else service
        needs = tuple(need for each in pack for need in of_address[each])
        one = CredentialSet(alias, name, needs, _policy(needs), tuple(pack))
        yield from [one] if len(one.text) <= LIMIT else _parts(one, service)


def _parts(one: CredentialSet, service: str) -> Iterator[CredentialSet]:
    """A call that changes something may also read at another service, as RunInstances reads a parameter."""
    reading = [need for need in one.needs if is_read(need.action)]
    others = [need for need in one.needs if need not in reading or not need.action.startswith(f"{service}:")]
    of_part: dict[Operation, list[Need]] = {"read": reading, "delete": [], "update": [], "create": []}
    for need in others:
        of_part[need.on].append(need)
    for part, needs in of_part.items():
        if needs:
            yield replace(one, name=f"{one.name} {part}", needs=tuple(needs), policy=_policy(needs), part=part)


def exchange_needs(accounts: Iterable[str]) -> Iterator[Need]:
    """What a run with a cage needs beside its plan, in each account: to get the credentials."""
    for alias in accounts:
        yield Need(
            account=alias,
            on="check",
            action="sts:GetScopedCredentials",
            arn="*",
            reason="narrows the credentials of a run with --cage",
            wide="it is new, and AWS does not say yet that it can be limited",
        )


def is_read(action: str) -> bool:
    """Whether it only lists or reads, as AWS's table has it."""
    return {each.level for each in table().matching(action)} <= {"l", "r"}


def _policy(needs: Iterable[Need]) -> Document:
    return {"Version": VERSION, "Statement": statements(needs)}


def _by_operation(sets: Iterable[CredentialSet]) -> str:
    found = dict.fromkeys(address for each in sets if each.part for address in each.addresses)
    return f" ({', '.join(found)} by operation)" if found else ""


def _of(one: CredentialSet) -> str:
    return ", ".join(one.addresses) or one.label


def _patterns(work: Iterable[Change], sets: Iterable[CredentialSet]) -> Iterator[str]:
    for change in work:
        if change.action in _WORK and "*" in change.resource.label:
            yield f"{change.address}: in a policy, the * in {change.resource.label} would stand for the names of others, too"
    for each in sets:
        if odd := _NOT_LITERAL.search(each.text):
            yield f"{_of(each)}: in a policy, the {odd[0]} in a name would stand for the names of others, too"


def _too_long(sets: Iterable[CredentialSet]) -> Iterator[str]:
    for each in sets:
        if len(each.text) > LIMIT:
            yield f"{_of(each)}: the policy would have {len(each.text):,} characters; STS takes {LIMIT:,}"
