"""The state: what this deployment created, as values. `backends/` stores it."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from bootstrap.core.account import Account, SignIn
from bootstrap.core.handoff import Waiting, waiting_of
from bootstrap.core.live import Outputs, Properties
from bootstrap.core.near import did_you_mean
from bootstrap.core.source import Source, word_of
from bootstrap.core.strict_json import indented
from bootstrap.errors import StateError

SCHEMA = 1
LARGEST = 16_000_000
"""In bytes; a usual state has some tens of thousands."""
MARK = "bootstrap"
"""The value of "tool" in every state file, which distinguishes it from other JSON."""
LAST = 2**53 - 1
"""The highest generation: programs that read JSON numbers as doubles cannot distinguish higher ones."""
ROOM = 2**20
"""More saves than any run needs."""


class Status(StrEnum):
    """All but READY are intents: the call may or may not have gone out before a crash. While ADOPTING, nothing proves yet
    that it is ours: it may not have the owner tags."""

    CREATING = "creating"
    READY = "ready"
    UPDATING = "updating"
    DELETING = "deleting"
    ADOPTING = "adopting"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A resource that we created, or were about to create. Enough to delete it without inputs or vendor code."""

    address: str
    kind: str
    account: str
    status: Status
    properties: Properties
    outputs: Outputs = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    generation: int = 0
    """`State.generation` when this resource was created; part of the client token of its creating call."""
    recorded_at: int = 0
    """When a change last wrote it, in seconds since 1970; 0 if unknown, as in older states."""
    changing: tuple[str, ...] | None = None
    """While UPDATING, the paths of the properties that the run changes ("trust", "egress.all 0.0.0.0/0"); None if unknown,
    as in older states."""
    kept: Properties = field(default_factory=dict)
    """While it is replaced, the settings that somebody made stricter: the new resource gets them."""

    adopted: Properties = field(default_factory=dict)
    """What AWS had when it was adopted, of the fields in which it differed, until they are changed."""
    created_here: bool = False
    """Of what the whole account shares: whether this deployment created it. False if unknown, as in older states."""

    def as_json(self) -> dict[str, Any]:
        optional: dict[str, Any] = {"changing": None, "kept": {}, "adopted": {}, "created_here": False}
        return {name: value for name, value in vars(self).items() if name not in optional or value != optional[name]}


@dataclass(frozen=True, kw_only=True)
class State:
    """`serial` counts the saves; `lineage` is a random value that goes into the owner tags; `accounts` are by alias."""

    deployment: str
    integration: str
    lineage: str
    accounts: Mapping[str, Account]
    source: Source | None = None
    """The file of the integration, if it is not part of bootstrap."""
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)
    """How the last create signed in, by account alias. A command can override it."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] | None = None
    """The inputs that the user gave, in the last create or an earlier one; None in states of older versions."""
    retired: tuple[str, ...] = ()
    """The external ids that a rotation retired, the latest last. Unknown in a recovered state."""
    handoff: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    """The addresses that the last create wanted."""
    plan: str = ""
    """The digest of the plan file that the last create ran, if it ran one: what that run did is no reason to refuse the file
    (`core/plan_moves.py`)."""
    serial: int = 0
    recovered: int = 0
    """When it was rebuilt after it was lost, in seconds since 1970; else 0."""
    records: Mapping[str, Record] = field(default_factory=dict)
    earlier: Mapping[str, Record] = field(default_factory=dict)
    """During a replacement: the records of the old resources, until the new ones are ready (`core/previous_record.py`)."""
    edited: bool = field(default=False, compare=False)
    """Whether somebody edited it since `to_json` wrote it: its digest is missing or wrong. This lasts until a create has
    removed what only the edit says (`core/edited_state.py`)."""
    has_new_inputs: bool = field(default=False, compare=False)
    """Whether the inputs are new in this run and not saved yet: a printed command cannot rely on them."""

    def put(self, *records: Record) -> Self:
        new = {record.address: record for record in records}
        ready = {address for address, record in new.items() if record.status is Status.READY}
        return replace(self, records={**self.records, **new}, earlier=_without(self.earlier, ready))

    def drop(self, address: str) -> Self:
        return replace(self, records=_without(self.records, {address}), earlier=_without(self.earlier, {address}))

    def remember(self, records: Iterable[Record]) -> Self:
        """Adds these as earlier records. A record that is still CREATING does not replace one that is remembered already."""
        earlier = {record.address: record for record in records if record.status is not Status.CREATING}
        return replace(self, earlier={**self.earlier, **earlier})

    def only_earlier_of(self, addresses: Iterable[str]) -> Self:
        return replace(self, earlier=_without(self.earlier, set(self.earlier) - set(addresses)))

    def without(self, addresses: Iterable[str]) -> Self:
        """Removes these records, as if they had never been wanted. Raises StateError if one is unknown, or another record
        depends on it."""
        going = set(addresses)
        if unknown := sorted(going - set(self.records)):
            near = did_you_mean(unknown[0], self.records)
            raise StateError(f"no record of {', '.join(unknown)}", f"{near}There are: {', '.join(self.records) or 'none'}.")
        held = {record.address for record in self.records.values() if going & set(record.depends_on)} - going
        if held:
            raise StateError(
                f"{', '.join(sorted(held))} depend{'s' if len(held) == 1 else ''} on what would be forgotten",
                f"Name these too: {' '.join(sorted(held))}.",
            )
        wanted = tuple(address for address in self.wanted if address not in going)
        records, earlier = _without(self.records, going), _without(self.earlier, going)
        return replace(self, records=records, earlier=earlier, wanted=wanted, plan="")

    @property
    def word(self) -> str:
        """What a command line names its integration by."""
        return word_of(self.integration, self.source.path if self.source else None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The wanted addresses that an unfinished create did not reach."""
        return tuple(address for address in self.wanted if address not in self.records)

    @property
    def waiting(self) -> Waiting | None:
        """What the vendor is still to show."""
        return waiting_of(self.handoff)

    @property
    def wishes(self) -> frozenset[str]:
        """The inputs that the user once gave. An edited state proves none; a state of an older version does not say which,
        so all count."""
        if self.edited:
            return frozenset()
        return frozenset(self.inputs if self.given is None else self.given)

    @property
    def generation(self) -> int:
        """A number for resources created now that no earlier one had. How often a lost state was saved is unknown."""
        return self.recovered + self.serial

    def saved(self) -> Self:
        """The state with the next serial. Raises StateError when no number is left."""
        self.check_room(1)
        return replace(self, serial=self.serial + 1)

    def check_room(self, saves: int = ROOM) -> None:
        """Raises StateError when it cannot be saved that many more times: it could not be read again."""
        if self.generation > LAST - saves:
            raise StateError(
                f"the state of {self.deployment} cannot be saved again: it says that it was saved {self.serial} times"
                + (f" since {self.recovered}" if self.recovered else ""),
                "No run saves that often, so the number was edited. Restore the state from a backup, or move it away and "
                "rebuild it with the verb recover.",
            )

    def output(self, address: str, attribute: str) -> str | None:
        record = self.records.get(address)
        return record.outputs.get(attribute) if record else None

    def to_json(self) -> str:
        content = {
            "tool": MARK,
            "schema": SCHEMA,
            "deployment": self.deployment,
            "integration": self.integration,
            **({"source": vars(self.source)} if self.source else {}),
            "lineage": self.lineage,
            "serial": self.serial,
            **({"recovered": self.recovered} if self.recovered else {}),
            "accounts": {alias: account.to_json() for alias, account in self.accounts.items()},
            "sign_ins": {alias: vars(sign_in) for alias, sign_in in self.sign_ins.items()},
            "inputs": self.inputs,
            **({} if self.given is None else {"given": list(self.given)}),
            **({"retired": list(self.retired)} if self.retired else {}),
            "handoff": self.handoff,
            "wanted": list(self.wanted),
            **({"plan": self.plan} if self.plan else {}),
            "records": [record.as_json() for record in self.records.values()],
            **({"earlier": [record.as_json() for record in self.earlier.values()]} if self.earlier else {}),
        }
        # An edited one stays so: `state rm` or a run that was cut off must not make the edit discard_unproven.
        signed = content if self.edited else {**content, "digest": digest(content)}
        return indented(signed) + "\n"


def _without(records: Mapping[str, Record], addresses: Collection[str]) -> dict[str, Record]:
    return {address: record for address, record in records.items() if address not in addresses}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a state's content without its digest, in hexadecimal.

    It has no key: it detects an edit by hand or a damaged file, but not an attacker who computes it again.
    """
    signed = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(json.dumps(signed, sort_keys=True).encode()).hexdigest()
