"""An integration as a fleet: its inputs and those of the fleet, and a graph with the StackSet and the stacks."""

import dataclasses
import functools
from abc import ABC
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from bootstrap.core.account import DEFAULT, EXAMPLE, Account, SignIn
from bootstrap.core.account_rows import NAME
from bootstrap.core.graph import Graph
from bootstrap.core.input import LATER, PREVIOUS
from bootstrap.core.integration import Ask, Handoff, Integration
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement
from bootstrap.core.prechecks import Precheck
from bootstrap.core.source import FLEET
from bootstrap.errors import UsageError, all_of
from bootstrap.export.patterns import FORMS
from bootstrap.fleet.account_values import columns, rows_of
from bootstrap.fleet.graph import STACK_SET, build
from bootstrap.fleet.inputs import NO_CANARY, FleetInputs
from bootstrap.fleet.moves import moved
from bootstrap.fleet.notes import notes_of
from bootstrap.fleet.target import contradictions
from bootstrap.fleet.template import Template, check_account_free, template
from bootstrap.resources.cloudformation.organization import first_account
from bootstrap.resources.cloudformation.permissions import FIRST_ACCOUNT

_FLEET = {item.name for item in dataclasses.fields(FleetInputs)} - {item.name for item in dataclasses.fields(Integration)}


@dataclass(frozen=True, kw_only=True)
class Fleet(FleetInputs, ABC):
    """`fleet_of` makes a subclass of this and of the class of the integration."""

    of: ClassVar[type[Integration]]
    """What is made in each account."""

    @classmethod
    def word(cls) -> str:
        return cls.of.word() + FLEET

    @classmethod
    def sign_ins_for(cls, inputs: Mapping[str, Any]) -> Mapping[str, SignIn]:
        return {DEFAULT: SignIn()}

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        """An input that the file of values has for every account needs no value for all."""
        target = ["account", "execution_role"] if given.get("admin_role") else ["organizational_unit"]
        text = given.get("account_values") or ""
        rows = rows_of(text) if text else {}
        left = set(given.get("account") or ()) - set(given.get("exclude") or ()) - rows.keys()
        covered = set(columns(text)) if rows and given.get("account") and not left else set[str]()
        covered = {name for name in covered if all(row.get(name) for row in rows.values())}
        return (*(name for name in cls.of.required(given) if name not in covered), *target)

    @classmethod
    def contradiction(cls, values: Mapping[str, Any], now: Collection[str]) -> UsageError | None:
        found = list(contradictions(values, now))
        return all_of(found, "inputs contradict each other") if found else None

    @classmethod
    def refused_change(cls, before: Mapping[str, Any], now: Mapping[str, Any]) -> UsageError | None:
        return moved(before, now)

    @classmethod
    def example(cls) -> Self:
        values = {item.name: getattr(one, item.name) for one in [cls.of.example()] for item in dataclasses.fields(one)}
        return cls(**_kept(values), organizational_unit=("ou-abcd-12345678",))

    @cached_property
    def inner(self) -> Integration:
        """The integration in one account. What only the file of values has is that of the first account."""
        found = {item.name: getattr(self, item.name, None) for item in dataclasses.fields(self.of) if item.init}
        known = {name: value for name, value in found.items() if name not in (LATER, PREVIOUS)}
        first = next(iter(rows_of(self.account_values).values()), {}) if self.account_values else {}
        required = self.of.required({name: value for name, value in known.items() if value})
        values: dict[str, Any] = {
            **known,
            **{name: first[name] for name in required if not known.get(name) and name in first},
        }
        return self.of(**values)

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """What is generated is generated once, for all accounts."""
        check_account_free(self.inner)
        found = self.inner.resolve_lookups(accounts, ask)
        chosen: dict[str, Any] = {name: getattr(found, name) for name in self.generated if not getattr(self, name)}
        canary = self.canary or self.first
        if self._looks_for_canary:
            canary = first_account(ask, self.organizational_unit, self.exclude) or ""
        return replace(self, **chosen, canary=canary or None)

    @property
    def _looks_for_canary(self) -> bool:
        return bool(self.organizational_unit and not (self.canary or self.account))

    @classmethod
    def decided(cls, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """The account that comes first stays the first, and where none did, so it stays."""
        return {"canary": before.get("canary") or NO_CANARY}

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterable[Precheck]:
        return ()  # they are about one account

    def recover_generated(self, live: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """From the parameters of the StackSet."""
        parameters = live.get(STACK_SET, {}).get("parameters", {})
        names = self.template_for(EXAMPLE).names
        return {name: parameters[names[name]] for name in self.generated if names.get(name) in parameters}

    @property
    def generated(self) -> list[str]:
        return [item.name for item in dataclasses.fields(self.of) if item.metadata.get("generated")]

    @property
    def granting(self) -> Integration:
        return self.inner

    @property
    def granted_at(self) -> str:
        return STACK_SET

    @property
    def statements(self) -> Sequence[Statement]:
        return self.inner.statements

    @property
    def lost_with_harden(self) -> tuple[str, ...]:
        return self.inner.lost_with_harden

    @property
    def about_warnings(self) -> str:
        return self.inner.about_warnings

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.inner.notes, *notes_of(self))

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        return {DEFAULT: FIRST_ACCOUNT} if self._looks_for_canary else {}

    @property
    def handoff_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        return {}

    def template_for(self, account: Account) -> Template:
        if account not in self._templates:
            self._templates[account] = template(self.inner, account)
        return self._templates[account]

    @cached_property
    def _templates(self) -> dict[Account, Template]:
        return {}

    def build(self, graph: Graph) -> Handoff:
        return build(self, self.template_for(graph.account()), graph)


@functools.cache
def fleet_of(integration: type[Integration]) -> type[Fleet]:
    """Raises UsageError where an input of the integration is called as one of a fleet is."""
    fields = dataclasses.fields(integration)
    if clash := sorted(_FLEET & {item.name for item in fields}):
        raise UsageError(
            f"{integration.name} cannot be a fleet: its input {clash[0]} has the name of an input of fleets",
            "Create it in each account with bootstrap.",
        )
    name = f"{integration.name}{FLEET}"
    files = (NAME, *integration.handoff_files)
    members: dict[str, Any] = {
        "__module__": integration.__module__,
        "__annotations__": {},
        "name": name,
        "title": f"{integration.title}, in many accounts",
        "handoff_files": files,
        "of": integration,
    }
    for item in fields:
        if (changed := _changed(item)) is not None:
            members["__annotations__"][item.name] = item.type
            members[item.name] = changed
    found = type(f"{integration.__name__}Fleet", (Fleet, integration), members)
    return dataclass(frozen=True, kw_only=True)(found)


def _changed(item: "dataclasses.Field[Any]") -> Any:
    """The field as a fleet has it; None if it stays as it is. Nothing can come later, as the stacks are complete when they
    are created; and what may differ by account need not be given for all."""
    if item.name in (LATER, PREVIOUS):
        return dataclasses.field(default=item.default)  # without metadata, it is no input
    has = item.metadata
    may_differ = item.default is dataclasses.MISSING and has.get("check") in FORMS
    if not (may_differ or has.get("after_create") or has.get("with_id")):
        return None
    metadata = {**has, "after_create": False, "with_id": False}
    if item.default is dataclasses.MISSING and not may_differ:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=None if may_differ else item.default, metadata=metadata)


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in (LATER, PREVIOUS)}
