"""The interface of an integration: what one vendor needs in the customer's account. Its fields are the inputs, its `build`
fills the graph.

An integration changes nothing. It says what should exist, why, and what to hand over to the vendor. `resolve_lookups` asks
for what it must know about the account before that.
"""

import dataclasses
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_origin, get_type_hints

from bootstrap.core import validators
from bootstrap.core.account import DEFAULT, EXAMPLE, Account, SignIn
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import OWN_PROFILE as OWN_PROFILE, Handoff as Handoff, own as own
from bootstrap.core.input import EXTERNAL_ID, LATER, PREVIOUS, Choice, Input, option as option
from bootstrap.core.pending import pending
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement
from bootstrap.core.prechecks import Precheck
from bootstrap.core.resource import plain
from bootstrap.core.source import Provenance, Source
from bootstrap.errors import UsageError

Ask = Callable[..., list[Any]]
"""Takes `Query`s, and the alias of an account as `account`; returns the answers."""


@dataclass(frozen=True, kw_only=True)
class Integration(ABC):
    """Subclasses are frozen dataclasses. The registry (`integrations/__init__.py`) finds them."""

    name: ClassVar[str]
    vendor: ClassVar[str] = "the vendor"
    title: ClassVar[str]
    """One line: what the customer gets."""
    pages: ClassVar[tuple[str, ...]]
    """The vendor's pages that this implements."""
    deviations: ClassVar[tuple[Deviation, ...]] = ()
    alternatives: ClassVar[tuple[Choice, ...]] = ()
    """The questions that a person answers before the single inputs."""
    vendor_accounts: ClassVar[Mapping[str, str]] = {}
    """The numbers of the vendor's AWS accounts, each with the page that proves whose it is."""
    partition: ClassVar[str] = ""
    """The partition of the vendor's own accounts, if roles trust any; see `partitions`."""
    handoff_files: ClassVar[tuple[str, ...]] = ()
    """The names of the files in the hand-off. A state that names others is refused."""
    costs: ClassVar[tuple[str, ...]] = ()
    """What costs money."""
    unverified: ClassVar[tuple[str, ...]] = ()
    """What nobody could verify about it."""
    side_effects: ClassVar[tuple[str, ...]] = ()
    """What the vendor makes with this access. A destroy never removes it."""
    file: ClassVar[str] = ""
    """The file that it is, as the user named it; "" for one that is code, or part of bootstrap."""
    digest: ClassVar[str] = ""
    """The SHA-256 of the bytes of that file, in hexadecimal."""

    given: frozenset[str] = field(default=frozenset(), compare=False)
    """The inputs that the user gave, now or in an earlier run. The others are defaults, or were looked up in the account."""

    role_prefix: str = option(
        "Begin the name of every resource that has its own name with this.", default="", check=validators.prefix
    )
    path: str = option(
        "Create roles, policies and instance profiles under this IAM path.",
        default="/",
        metavar="/PATH/",
        check=validators.path,
    )
    permissions_boundary: str | None = option(
        "Give every new role this permissions boundary.", default=None, metavar="ARN", check=validators.policy_arn
    )
    tag: tuple[str, ...] = option(
        "Add this tag to every resource that can have tags (repeatable).",
        default=(),
        metavar="KEY=VALUE",
        check=validators.tag,
        keyed=True,
    )

    external_id_later: bool = option(
        "Lock the new role until the external id is given: for a vendor that shows it only once it has the role's ARN.",
        default=False,
    )
    previous_external_id: str | None = option(
        "Also accept this earlier external id (see bootstrap rotate).",
        default=None,
        check=validators.external_id,
    )

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """Fills in what the inputs leave open and the account decides, such as its default VPC; it is recorded with the
        inputs.
        Raises PlanRefused, with everything that is wrong, if the account lacks what the inputs name."""
        return self

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterable[Precheck]:
        """What the account means for the plan, beyond what each resource finds out; called after `resolve_lookups`."""
        return ()

    def instead_of_bucket(self, account: Account, number: int) -> Mapping[str, str]:
        """Inputs for use where the name of the bucket at the address `bucket` is taken; `number` counts the tries."""
        return {}

    def recover_generated(self, live: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """The values of generated inputs as an earlier run chose them, by input: for a state that was lost. `live` are the
        properties, by address, of the deployment's resources. Omits the inputs whose value they do not show."""
        return {}

    @classmethod
    def sign_ins_for(cls, inputs: Mapping[str, Any]) -> Mapping[str, SignIn]:
        """How to sign in to each account, by alias, as far as these checked inputs say. Raises UsageError if inputs
        contradict each other."""
        return {DEFAULT: SignIn()}

    @property
    def sign_ins(self) -> Mapping[str, SignIn]:
        return self.sign_ins_for({item.name: getattr(self, item.name) for item in inputs_of(type(self))})

    @abstractmethod
    def build(self, graph: Graph) -> Handoff:
        """Adds what should exist to the graph. Raises UsageError if inputs contradict each other."""

    @property
    def granting(self) -> "Integration":
        """The integration whose graph has the policies that these inputs come to: of a fleet, that of one account."""
        return self

    @property
    def granted_at(self) -> str:
        """The address at which a plan sends what `granting` has, if that is another one than there; else ""."""
        return ""

    @property
    @abstractmethod
    def statements(self) -> Sequence[Statement]:
        """Every permission and trust that these inputs grant, for the people who must approve them."""

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        """The permissions that `resolve_lookups` and `prechecks` need, by the alias of the account."""
        return {}

    @property
    def handoff_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        """The permissions that a person needs to follow the steps of the hand-off, by the alias of the account."""
        return {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before agreeing to the plan, one line each."""
        return ()

    @property
    def lost_with_harden(self) -> tuple[str, ...]:
        """What no longer works with --harden, one sentence each."""
        return ()

    @property
    def about_warnings(self) -> str:
        """What to say below warnings about its policies."""
        return ""

    @classmethod
    def word(cls) -> str:
        """What a command line names it by."""
        return cls.file or cls.name

    @classmethod
    def source(cls) -> Source | None:
        """Its file, if it is one that is not part of bootstrap."""
        return Source(cls.file, cls.digest) if cls.file else None

    @classmethod
    def provenance(cls, before: Source | None = None) -> Provenance:
        """Where it comes from; `before` is the file of the last create."""
        package = cls.__module__.partition(".")[0]
        ours = cls.file or package == __name__.partition(".")[0]
        return Provenance(cls.name, cls.source(), "" if ours else package, before)

    @property
    def tags(self) -> dict[str, str]:
        return dict(item.split("=", 1) for item in self.tag)

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """An instance with made-up inputs, to explain the integration without a customer."""

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the inputs that are required, given the others."""
        return tuple(item.name for item in inputs_of(cls) if item.required)

    @property
    def pending(self) -> tuple[str, ...]:
        """The inputs that the vendor shows only later: markers stand for their values."""
        return tuple(item.name for item in inputs_of(type(self)) if pending(getattr(self, item.name)))

    @property
    def current_external_id(self) -> str:
        return str(getattr(self, EXTERNAL_ID, None) or "")

    def to_json(self) -> dict[str, Any]:
        """The inputs for the state. Those about the external id that few people use are omitted where they are unset."""
        values = {item.name: plain(getattr(self, item.name)) for item in inputs_of(type(self))}
        return {
            name: None if name in self.pending else value
            for name, value in values.items()
            if value or name not in (LATER, PREVIOUS)
        }

    @classmethod
    def contradiction(cls, values: Mapping[str, Any], now: Collection[str]) -> UsageError | None:
        """Why these inputs do not go together, whatever else is missing; `now` names those that this run gives."""
        return None

    @classmethod
    def decided(cls, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the last run, with the inputs `before`, decided for good, so that no look-up decides it anew; it holds where
        nobody gives something else."""
        return {}

    @classmethod
    def refused_change(cls, before: Mapping[str, Any], now: Mapping[str, Any]) -> UsageError | None:
        """Why a deployment with the inputs `before` cannot become one with these."""
        return None

    def asked(self, *same: str, **inputs: str) -> list[str]:
        """The fields of a resource whose value the user gave: fields with the same name as their input, or field=input."""
        return [field for field, name in {**dict(zip(same, same, strict=True)), **inputs}.items() if name in self.given]


def examples(integration: Integration) -> list[Account]:
    """Placeholder accounts, to build without asking AWS. Accounts that are signed in to differently have other numbers."""
    signed_in = list(dict.fromkeys(integration.sign_ins.values()))
    numbers = (EXAMPLE.id, EXAMPLE.id[::-1])
    return [replace(EXAMPLE, alias=alias, id=numbers[signed_in.index(each)]) for alias, each in integration.sign_ins.items()]


@functools.cache
def inputs_of(integration: type[Integration]) -> tuple[Input, ...]:
    """The inputs in this order: required ones, then the integration's own, then those of its base classes, and last those of
    every integration."""
    hints = get_type_hints(integration)
    shared = {item.name for item in dataclasses.fields(Integration)}
    defined = {
        name: n for n, each in reversed([*enumerate(integration.__mro__)]) for name in vars(each).get("__annotations__", {})
    }
    found = []
    unused = _unused(integration)
    for item in filter(lambda item: item.metadata and item.name not in unused, dataclasses.fields(integration)):
        hint = hints[item.name]
        kind: Literal["text", "flag", "list"]
        kind = "flag" if hint is bool else "list" if get_origin(hint) is tuple else "text"
        required = item.default is MISSING
        default = None if item.default is MISSING else item.default
        is_shared = item.name in shared - {LATER, PREVIOUS}
        found.append(
            Input(
                name=item.name,
                kind=kind,
                required=required,
                default=default,
                shared=is_shared,
                page=next(iter(getattr(integration, "pages", ())), ""),
                **item.metadata,
            )
        )
    return tuple(sorted(found, key=lambda item: (item.shared, not item.required, defined[item.name])))


def _unused(integration: type[Integration]) -> set[str]:
    """The inputs about the external id that make no sense for the integration: it has none, or asks nobody for it."""
    found = next((item for item in dataclasses.fields(integration) if item.name == EXTERNAL_ID), None)
    if found is None:
        return {LATER, PREVIOUS}
    return {LATER} if found.metadata["generated"] or found.metadata["after_create"] else set()
