"""The state: what this deployment made, as values. Where it is kept is the business of `backends/`."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from bootstrap.core import commands
from bootstrap.core.account import Account, SignIn
from bootstrap.core.live import Outputs, Properties
from bootstrap.errors import StateError

SCHEMA = 1
LARGEST = 16_000_000
"""Bytes; a state has some tens of thousands."""
MARK = "bootstrap"
"""The value of "tool" in every state file: tells ours from any other JSON."""
LAST = 2**53 - 1
"""The highest generation: programs that read JSON numbers as doubles tell no higher ones apart."""
ROOM = 2**20
"""More saves than one run makes."""


class Status(StrEnum):
    """CREATING, UPDATING and DELETING are intents: the call may or may not have gone out before a crash."""

    CREATING = "creating"
    READY = "ready"
    UPDATING = "updating"
    DELETING = "deleting"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One thing that we made, or were about to make. Enough to delete it without inputs or vendor code."""

    address: str
    kind: str
    account: str
    status: Status
    properties: Properties
    outputs: Outputs = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    generation: int = 0
    """`State.generation` when this life of the thing began: goes into the client token of its creating call."""
    recorded_at: int = 0
    """When it was last written for a change, in seconds since 1970; 0 where that is not known, as in older states."""
    changing: tuple[str, ...] | None = None
    """Of what is UPDATING, the paths of the properties that the run was to change ("trust", "egress.all 0.0.0.0/0"); None
    where that is not known, as in older states."""
    kept: Properties = field(default_factory=dict)
    """Of what is being deleted to be made again, the settings that somebody made stricter: the new one is to have them."""

    def as_json(self) -> dict[str, Any]:
        optional: dict[str, Any] = {"changing": None, "kept": {}}
        return {name: value for name, value in vars(self).items() if name not in optional or value != optional[name]}


@dataclass(frozen=True, kw_only=True)
class State:
    """`serial` counts the saves; `lineage` is drawn once and goes into the owner tags; `accounts` by alias."""

    deployment: str
    integration: str
    lineage: str
    accounts: Mapping[str, Account]
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)
    """How the last create signed in, by account alias; who knows another way says so."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] | None = None
    """The inputs that the user gave, in the last create or in an earlier one; None in states of older versions."""
    handoff: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    """The addresses that the last create set out to make."""
    serial: int = 0
    recovered: int = 0
    """When it was rebuilt after a loss, in seconds since 1970; else 0."""
    records: Mapping[str, Record] = field(default_factory=dict)
    earlier: Mapping[str, Record] = field(default_factory=dict)
    """During a replacement: the records of the old resources, until the new ones are ready (`core/previous_record.py`)."""
    edited: bool = field(default=False, compare=False)
    """Whether somebody else has written to it since `to_json` did: its digest is missing, or is another one. It stays so
    until a create has taken out what only the edit says (`core/edited_state.py`)."""
    has_new_inputs: bool = field(default=False, compare=False)
    """Whether the inputs are those of this run only: a command that is printed cannot rely on them before they are saved."""

    def put(self, *records: Record) -> Self:
        new = {record.address: record for record in records}
        ready = {address for address, record in new.items() if record.status is Status.READY}
        return replace(self, records={**self.records, **new}, earlier=_without(self.earlier, ready))

    def drop(self, address: str) -> Self:
        return replace(self, records=_without(self.records, {address}), earlier=_without(self.earlier, {address}))

    def remember(self, records: Iterable[Record]) -> Self:
        """With these as the earlier ones. A record of what was only begun tells less than what is remembered already."""
        earlier = {record.address: record for record in records if record.status is not Status.CREATING}
        return replace(self, earlier={**self.earlier, **earlier})

    def only_earlier_of(self, addresses: Iterable[str]) -> Self:
        return replace(self, earlier=_without(self.earlier, set(self.earlier) - set(addresses)))

    def without(self, addresses: Iterable[str]) -> Self:
        """Without these records, as if they had never been wanted. Raises StateError where one is unknown, or needed by
        one that stays."""
        going = set(addresses)
        if unknown := sorted(going - set(self.records)):
            raise StateError(f"no record of {', '.join(unknown)}", f"There are: {', '.join(self.records) or 'none'}.")
        held = {record.address for record in self.records.values() if going & set(record.depends_on)} - going
        if held:
            raise StateError(
                f"{', '.join(sorted(held))} depend{'s' if len(held) == 1 else ''} on what would be forgotten",
                f"Name these too: {' '.join(sorted(held))}.",
            )
        wanted = tuple(address for address in self.wanted if address not in going)
        return replace(self, records=_without(self.records, going), earlier=_without(self.earlier, going), wanted=wanted)

    @property
    def missing(self) -> tuple[str, ...]:
        """What a create that did not finish has not come to."""
        return tuple(address for address in self.wanted if address not in self.records)

    @property
    def wishes(self) -> frozenset[str]:
        """The inputs that the user gave once. An edited state proves none; one of an older version does not tell which,
        so it may be each of them."""
        return frozenset() if self.edited else frozenset(self.inputs if self.given is None else self.given)

    @property
    def generation(self) -> int:
        """For a life that begins now: a number that no earlier one had. How often a lost state was saved nobody knows."""
        return self.recovered + self.serial

    def saved(self) -> Self:
        """As it is stored next. Raises StateError when no number is left for it."""
        self.check_room(1)
        return replace(self, serial=self.serial + 1)

    def check_room(self, saves: int = ROOM) -> None:
        """Raises StateError when it cannot be saved that often any more: what would be written could not be read again."""
        if self.generation > LAST - saves:
            raise StateError(
                f"the state of {self.deployment} cannot be saved again: it says that it was saved {self.serial} times"
                + (f" since {self.recovered}" if self.recovered else ""),
                "No run saves that often, so the number was edited. Restore the state from a backup, or move it away and "
                f"rebuild it: {commands.bootstrap('recover', integration=self.integration, name=self.deployment)}",
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
            "lineage": self.lineage,
            "serial": self.serial,
            **({"recovered": self.recovered} if self.recovered else {}),
            "accounts": {alias: account.to_json() for alias, account in self.accounts.items()},
            "sign_ins": {alias: vars(sign_in) for alias, sign_in in self.sign_ins.items()},
            "inputs": self.inputs,
            **({} if self.given is None else {"given": list(self.given)}),
            "handoff": self.handoff,
            "wanted": list(self.wanted),
            "records": [record.as_json() for record in self.records.values()],
            **({"earlier": [record.as_json() for record in self.earlier.values()]} if self.earlier else {}),
        }
        # An edited one stays so: `state rm` or a run that was cut off must not make the edit discard_unproven.
        signed = content if self.edited else {**content, "digest": digest(content)}
        return json.dumps(signed, indent=2) + "\n"


def _without(records: Mapping[str, Record], addresses: Collection[str]) -> dict[str, Record]:
    return {address: record for address, record in records.items() if address not in addresses}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a state's content without its digest, in hexadecimal.

    It has no key: it shows an edit by hand or a damaged file, and not an attacker who computes it again.
    """
    signed = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(json.dumps(signed, sort_keys=True).encode()).hexdigest()
