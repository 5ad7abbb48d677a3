"""The cage of a run: policies that allow what its plan does and nothing else, one for each set of credentials. Pure.

Every resource that is changed has one set, which may do to it what its type declares; resources of one service share a set
as far as the limit allows. The looks after a destroy have a set for each service, and only read.

Source: STS API reference GetScopedCredentials (plain text of at most 2,048 characters; the new credentials may do what both
the old ones and the policy allow).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Node
from bootstrap.core.permission import Operation
from bootstrap.core.plan import Action, Change
from bootstrap.core.policy import VERSION, Document
from bootstrap.core.state import State, Status
from bootstrap.errors import PlanRefused
from bootstrap.permissions.actions import table
from bootstrap.permissions.operator import Need, needs_of_change, needs_of_nodes, search_needs
from bootstrap.permissions.operator_policy import statements
from bootstrap.permissions.s3_actions import S3_ACTIONS
from bootstrap.permissions.volume_keys import STARTS, keys_of_volumes

LIMIT = 2_048
"""Characters of one policy, as STS counts them: all of its text."""
PREFIXES = {"resourcegroupstaggingapi": "tag", "s3control": "s3", "service-quotas": "servicequotas"}
"""What the actions of a client's service begin with, where that is not its name."""
READS = ("Describe", "Get", "Head", "List")
"""What the names of calls that read begin with."""
_WORK = (Action.CREATE, Action.UPDATE, Action.DELETE)


@dataclass(frozen=True)
class CredentialSet:
    """`name` is unique in the account: "ec2 2". `addresses` are those of the resources that use it; a set without any is for
    the looks at the service `looks`. `part` is "" in a set for all calls about a resource, else what those calls do."""

    account: str
    name: str
    needs: tuple[Need, ...]
    policy: Document
    addresses: tuple[str, ...] = ()
    looks: str = ""
    part: Operation | Literal[""] = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.account, self.name

    @property
    def label(self) -> str:
        """The name, with the account where it is not the only one."""
        return self.name if self.account == DEFAULT else f"{self.account}: {self.name}"

    @property
    def text(self) -> str:
        """The policy as STS gets it."""
        return _text(self.policy)

    @property
    def wildcards(self) -> dict[str, str]:
        """Why, by "ACTION on ARN", for each that has a `*`."""
        return {f"{need.action} on {need.arn}": need.wide for need in self.needs if "*" in need.arn}

    def as_json(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "name": self.name,
            "addresses": list(self.addresses),
            "policy": self.policy,
            "characters": len(self.text),
            "wildcards": self.wildcards,
        }


@dataclass(frozen=True)
class Cage:
    """The sets of credentials of one run; `doing` is its verb and its deployment."""

    doing: str
    sets: tuple[CredentialSet, ...]

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
        return f"bootstrap {self.doing}, cage sha256:{self.digest}, {one.label}"

    @property
    def tightness(self) -> dict[str, int]:
        """How many pairs of an action and an ARN there are, by what the ARN is."""
        arns = [arn for _, _, arn in {(each.account, need.action, need.arn) for each in self.sets for need in each.needs}]
        wide = sum("*" in arn for arn in arns)
        return {"named": len(arns) - wide, "pattern": wide - arns.count("*"), "any": arns.count("*")}

    @property
    def summary(self) -> str:
        """How tight it is, in a sentence."""
        number, found = f"{len(self.sets)} {'set' if len(self.sets) == 1 else 'sets'}", self.tightness
        return (
            f"AWS lets this run do only what its plan says, with {number} of credentials. Actions on a named resource: "
            f"{found['named']}, on a pattern: {found['pattern']}, that AWS limits to no resource: {found['any']}"
        )

    def as_json(self) -> dict[str, Any]:
        return {"digest": self.digest, "tightness": self.tightness, "sets": [each.as_json() for each in self.sets]}


def cage_of(
    verb: str,
    changes: Iterable[Change],
    accounts: Mapping[str, Account],
    state: State,
    allowed: Collection[str] = (),
    *,
    looks: bool = False,
) -> Cage:
    """The cage of a plan. `looks` says that a destroy looks afterwards for what is left. Raises PlanRefused for a policy
    that would be too long: it is never made shorter by allowing more."""
    doing, work, sets = f"{verb} {state.deployment}", list(changes), list[CredentialSet]()
    of_service: dict[tuple[str, str], dict[str, list[Need]]] = defaultdict(lambda: defaultdict(list))
    for change in work:
        if change.action in _WORK:
            found = _needs_of(change, accounts, state.deployment, allowed)
            of_service[change.account, change.resource.services[0]][change.address] += found
    for (alias, service), of_address in of_service.items():
        sets += _packed(alias, service, of_address)
    if looks:
        sets += _looks(work, accounts, state.deployment)
    if long := [each for each in sets if len(each.text) > LIMIT]:
        raise _too_long(long)
    return Cage(doing, tuple(sets))


def _needs_of(change: Change, accounts: Mapping[str, Account], deployment: str, allowed: Collection[str]) -> list[Need]:
    """What the change does, and the reads around it."""
    creates = change.action is Action.CREATE  # what that only would know better, its plan has asked
    found = needs_of_change(change, accounts, deployment, allowed, optional=not creates)
    if creates and change.record and change.record.status is Status.CREATING:
        found += needs_of_change(_repair(change), accounts, deployment, optional=True)
    for on in dict.fromkeys(need.on for need in found if need.action in STARTS):
        found += keys_of_volumes(change, on, accounts[change.account])
    node, outputs = Node(change.address, change.resource, change.account, ()), change.outputs or {}
    reads = needs_of_nodes([node], accounts, deployment, recorded=lambda address, name: outputs.get(name))
    return [*found, *(need for need in reads if need.on == "read")]


def _looks(work: Iterable[Change], accounts: Mapping[str, Account], deployment: str) -> Iterator[CredentialSet]:
    """Sets that only read. Ids are patterns: for a while AWS also shows what was replaced before."""
    nodes, of_prefix = [Node(each.address, each.resource, each.account, ()) for each in work], defaultdict(list)
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
        if together and len(_text(_policy(need for each in together for need in of_address[each]))) <= LIMIT:
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


def set_of_call(sets: Sequence[CredentialSet], service: str, operation: str) -> CredentialSet:
    """Which of the sets for one resource is for a call, as the SDK names it."""
    prefix = PREFIXES.get(service, service)
    action = f"{prefix}:{S3_ACTIONS.get(operation, operation) if prefix == 's3' else operation}"
    fitting = [each for each in sets if (each.part == "read") is operation.startswith(READS)]
    return next((each for each in fitting if any(need.action == action for need in each.needs)), sets[-1])


def is_read(action: str) -> bool:
    """Whether it only lists or reads, as AWS's table has it."""
    return {each.level for each in table().matching(action)} <= {"l", "r"}


def _policy(needs: Iterable[Need]) -> Document:
    return {"Version": VERSION, "Statement": statements(needs)}


def _text(policy: Document) -> str:
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def _of(one: CredentialSet) -> str:
    return ", ".join(one.addresses) or one.label


def _too_long(sets: Iterable[CredentialSet]) -> PlanRefused:
    return PlanRefused(
        "there is no cage for this plan; nothing was changed",
        [f"{_of(each)}: the policy would have {len(each.text):,} characters; STS takes {LIMIT:,}" for each in sets],
        "Omit --cage for this run.",
    )
