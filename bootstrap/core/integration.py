"""The contract of an integration: a vendor's recipe. Its fields are the inputs, its `build` fills the graph.

An integration changes nothing. It says what should exist, why, and what to hand the vendor; what it must know of the
account before that, `completed` asks for.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_origin, get_type_hints

from bootstrap.core import commands, validators
from bootstrap.core.account import DEFAULT, EXAMPLE, Account, SignIn
from bootstrap.core.graph import Graph
from bootstrap.core.input import Check, Choice, Input
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement
from bootstrap.core.prechecks import Precheck
from bootstrap.core.reference import reference, resolve
from bootstrap.core.resource import plain
from bootstrap.core.role_chain import Hop
from bootstrap.errors import UsageError

Ask = Callable[..., list[Any]]
"""Takes `Query`s, and the alias of an account as `account`; gives the answers."""


def option(
    help: str,
    *,
    default: Any = MISSING,
    metavar: str = "TEXT",
    check: Check | None = None,
    file: bool = False,
    choices: Sequence[str] = (),
    generated: bool = False,
    keyed: bool = False,
) -> Any:
    """A field that is an input: `--like-this` on the command line, `like_this` in an inputs file.

    Its type is str, bool, `str | None` or `tuple[str, ...]` (repeatable). `check` trims and verifies one value, and
    raises ValueError with a sentence for the user; `validators.literal` then holds for all but files. `file` means that the
    user names a file and the field gets its text; `generated` that without a value one is generated at random, which then
    stays; `keyed` that its values are KEY=VALUE, with each key once.
    """
    metadata = {
        "help": help,
        "metavar": metavar,
        "check": check,
        "file": file,
        "choices": tuple(choices),
        "generated": generated,
    }
    metadata["keyed"] = keyed
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Deviation:
    """A place where what we send is not what the vendor's page says, and why. `page` in the page's words, shortened."""

    page: str
    sent: str
    why: str
    source: str


_OWN = "bootstrap"


def own(label: str) -> str:
    """What stands in a step for the command of `Handoff.verbs` with this label."""
    return reference(_OWN, label)


OWN_PROFILE = "--profile"
"""In the words of an AWS command that a person types on their own machine: the profile that bootstrap was given."""


@dataclass(frozen=True)
class Handoff:
    """What to give to the vendor: (label, value) pairs to paste, files by name, what to do next,
    and the chain of roles by which the vendor comes in, if there is one.

    Values may refer to outputs of the graph; they are filled in when they are shown. So may the words of `commands`, which
    then are values, too: they are put together only when they are filled in, as an output could hold a quote. `verbs` are
    commands of bootstrap itself, by a label, to which steps refer as `own(label)`: where the deployment is known only then.
    """

    values: Mapping[str, str]
    steps: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[Hop, ...] = ()
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    verbs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        typed = {"commands": {label: list(words) for label, words in self.commands.items()}} if self.commands else {}
        hops = [{name: plain(value) for name, value in vars(hop).items() if value != ()} for hop in self.chain]
        chain = {"chain": hops} if hops else {}
        verbs = {"verbs": {label: list(words) for label, words in self.verbs.items()}} if self.verbs else {}
        return {"values": dict(self.values), "steps": list(self.steps), "files": dict(self.files), **chain, **typed, **verbs}

    @classmethod
    def from_json(
        cls, content: Mapping[str, Any], lookup: Callable[[str, str], str | None], flags: Sequence[str] = ()
    ) -> Self:
        """`flags` say which deployment the commands of bootstrap are about."""
        verbs = {label: commands.bootstrap(*words, flags=flags) for label, words in content.get("verbs", {}).items()}
        filled = resolve(dict(content), lambda address, name: verbs.get(name) if address == _OWN else lookup(address, name))
        chain = tuple(Hop(**{**hop, "buckets": tuple(hop.get("buckets", ()))}) for hop in filled.get("chain", ()))
        typed = {label: _with_profile(words, flags) for label, words in filled.get("commands", {}).items()}
        values = {**typed, **filled.get("values", {})}
        return cls(values, tuple(filled.get("steps", ())), filled.get("files", {}), chain)


def _with_profile(words: Sequence[str], flags: Sequence[str]) -> str:
    """The words typed; `OWN_PROFILE` among them stands for the profile in `flags`, or for nothing where there is none."""
    own = commands.connection_options(commands.option_value(OWN_PROFILE, flags))
    return commands.quoted(*(word for each in words for word in (own if each == OWN_PROFILE else [each])))


@dataclass(frozen=True, kw_only=True)
class Integration(ABC):
    """Subclasses are frozen dataclasses; their file is found by itself (`integrations/__init__.py`)."""

    name: ClassVar[str]
    title: ClassVar[str]
    """One line: what the customer gets."""
    pages: ClassVar[tuple[str, ...]]
    """The vendor's pages that it implements."""
    deviations: ClassVar[tuple[Deviation, ...]] = ()
    alternatives: ClassVar[tuple[Choice, ...]] = ()
    """What a person who is asked for inputs chooses first."""
    partition: ClassVar[str] = ""
    """The one partition in which the vendor's own accounts exist, if roles trust any; see `partitions`."""
    handoff_files: ClassVar[tuple[str, ...]] = ()
    """The names of the files that it hands over. A state that names others is not believed."""

    given: frozenset[str] = field(default=frozenset(), compare=False)
    """The inputs that the user gave, now or in an earlier run; the others are defaults, or found in the account."""

    role_prefix: str = option(
        "Put this before the name of everything that has one of its own.", default="", check=validators.prefix
    )
    path: str = option("IAM path of what is created.", default="/", metavar="/PATH/", check=validators.path)
    permissions_boundary: str | None = option(
        "Permissions boundary for every role.", default=None, metavar="ARN", check=validators.policy_arn
    )
    tag: tuple[str, ...] = option(
        "A tag for everything that can have one (repeatable).",
        default=(),
        metavar="KEY=VALUE",
        check=validators.tag,
        keyed=True,
    )

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """With what the inputs leave open and the account decides (its default VPC), and that is recorded with them.
        Raises PlanRefused, with all that is wrong, when the account has not what the inputs name."""
        return self

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterable[Precheck]:
        """What the account means for the plan, beyond what each resource finds out; called when it is `completed`."""
        return ()

    def recover_generated(self, live: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """The values of generated inputs as an earlier run chose them, by input: for a state that was lost. `live` are the
        properties, by address, of the deployment's resources. Omits the inputs whose value they do not show."""
        return {}

    @classmethod
    def sign_ins_for(cls, inputs: Mapping[str, Any]) -> Mapping[str, SignIn]:
        """The accounts that it is about, by alias, and how each is reached, as far as these checked inputs say.
        Raises UsageError when inputs do not go together."""
        return {DEFAULT: SignIn()}

    @property
    def sign_ins(self) -> Mapping[str, SignIn]:
        return self.sign_ins_for({item.name: getattr(self, item.name) for item in inputs_of(type(self))})

    @abstractmethod
    def build(self, graph: Graph) -> Handoff:
        """Adds what should exist to the graph. Raises UsageError when inputs do not go together."""

    @property
    @abstractmethod
    def statements(self) -> Sequence[Statement]:
        """Every permission and trust that these inputs grant, for those who must approve it."""

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        """What `completed` and `prechecks` read, as IAM actions of the operator, by the alias of the account."""
        return {}

    @property
    def handoff_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        """What the steps of the hand-off take in AWS of whoever follows them, by the alias of the account."""
        return {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before they agree to the plan, a line each."""
        return ()

    @property
    def tags(self) -> dict[str, str]:
        return dict(item.split("=", 1) for item in self.tag)

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """An instance with made-up inputs, for explaining the integration without a customer."""

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the inputs without which there is nothing to build, given the others."""
        return tuple(item.name for item in inputs_of(cls) if item.required)

    def to_json(self) -> dict[str, Any]:
        return {item.name: plain(getattr(self, item.name)) for item in inputs_of(type(self))}

    def asked(self, *same: str, **inputs: str) -> list[str]:
        """Those of a resource's fields whose value the user gave: fields named as their input, or each with its input."""
        return [field for field, name in {**dict(zip(same, same, strict=True)), **inputs}.items() if name in self.given]


def examples(integration: Integration) -> list[Account]:
    """Stand-ins for the customer's accounts, to build without asking AWS."""
    return [replace(EXAMPLE, alias=alias) for alias in integration.sign_ins]


def inputs_of(integration: type[Integration]) -> tuple[Input, ...]:
    """The inputs: required ones first, then the integration's own before those that it has in common with others, and those
    that all share last."""
    hints = get_type_hints(integration)
    shared = {item.name for item in dataclasses.fields(Integration)}
    defined = {
        name: n for n, each in reversed([*enumerate(integration.__mro__)]) for name in vars(each).get("__annotations__", {})
    }
    found = []
    for item in filter(lambda item: item.metadata, dataclasses.fields(integration)):
        hint = hints[item.name]
        kind: Literal["text", "flag", "list"]
        kind = "flag" if hint is bool else "list" if get_origin(hint) is tuple else "text"
        required = item.default is MISSING
        default = None if item.default is MISSING else item.default
        is_shared = item.name in shared
        found.append(Input(name=item.name, kind=kind, required=required, default=default, shared=is_shared, **item.metadata))
    return tuple(sorted(found, key=lambda item: (item.shared, not item.required, defined[item.name])))


def checked(integration: type[Integration], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, trimmed and verified. Raises UsageError for an unknown or wrong one."""
    known = {item.name: item for item in inputs_of(integration)}
    if unknown := sorted(set(given) - set(known)):
        raise UsageError(
            f"{integration.name} has no input {', '.join(unknown)}",
            f"It has: {', '.join(sorted(known))}. Run: {commands.bootstrap('integrations', integration.name)}",
        )
    return {name: known[name].checked(value) for name, value in given.items() if value is not None}


def from_inputs(
    integration: type[Integration], given: Mapping[str, Any], wishes: Collection[str] | None = None
) -> Integration:
    """The integration with checked inputs, of which the user gave `wishes`, or all. Raises UsageError for an unknown,
    missing or wrong one."""
    known = {item.name: item for item in inputs_of(integration)}
    values = checked(integration, given)
    if missing := [name for name in integration.required(values) if not values.get(name)]:
        raise UsageError(
            f"{integration.name} needs {', '.join(_ways(integration, name, known) for name in missing)}",
            f"Run: {commands.bootstrap('create', integration=integration.name, flags=['--help'])}",
        )
    return integration(**values, given=frozenset(values if wishes is None else wishes))


def _ways(integration: type[Integration], name: str, known: Mapping[str, Input]) -> str:
    """The input's flag, and the one flag that can stand for it: "--bucket or --existing-bucket"."""
    alone = [[way[0] for way in choice.ways.values() if len(way) == 1] for choice in integration.alternatives]
    return " or ".join(known[way].flag for way in next((names for names in alone if name in names), [name]))
