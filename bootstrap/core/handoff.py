"""The hand-off of an integration: what to give to the vendor, and what the vendor is still to give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from bootstrap.core import commands
from bootstrap.core.account_rows import NAME, AccountRows, csv_of
from bootstrap.core.reference import reference, resolve
from bootstrap.core.resource import plain
from bootstrap.core.role_chain import Hop

OWN = "bootstrap"
"""The address of what is no resource: bootstrap's own commands in steps."""


def own(label: str) -> str:
    """The placeholder in a step for the command of `Handoff.verbs` with this label."""
    return reference(OWN, label)


AFTERWARD = ("later", "before_destroy", "side_effects")
"""Fields with texts for afterward."""
FOLDER = "handoff"
"""Into which folder a step has the files written that the commands name."""
OWN_PROFILE = "--profile"
"""A placeholder in an AWS command that a person runs on their own computer, for the profile that bootstrap was given."""


@dataclass(frozen=True)
class Waiting:
    """The inputs that the vendor gives only later, by name. Until then, the role lets nobody in (`pending.py`)."""

    vendor: str
    inputs: tuple[str, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """The options with which create gets them."""
        return tuple("--" + name.replace("_", "-") for name in self.inputs)

    @property
    def text(self) -> str:
        return f"waiting for {self.vendor}: {', '.join(self.words)}"

    @property
    def words(self) -> tuple[str, ...]:
        """The inputs as a person would say them: "Snowflake user", "role ARN"."""
        spelled = {"arn": "ARN", **{word.lower(): word for word in self.vendor.split()}}
        return tuple(" ".join(spelled.get(word, word) for word in name.split("_")) for name in self.inputs)


@dataclass(frozen=True)
class Handoff:
    """What to give to the vendor: (label, value) pairs to paste, files by name, the next steps, and the chain of roles
    through which the vendor gets access, if there is one.

    Values may refer to outputs of the graph, which are filled in when they are shown. So may the words of `commands`, which
    become values: they are joined only after they are filled in, as an output could contain a quote. `verbs` are bootstrap's
    own commands by label, to which steps refer as `own(label)`, as the deployment's place is known only later.

    `steps` are what is to be done now, in this order. `later` is what is worth knowing afterward, or what helps if something
    does not work, in no order.
    `steps_while_waiting` are the steps until the vendor has shown what comes later, in place of `steps`; nothing keeps them.
    `before_destroy` is what to do at the vendor before a destroy, which shows it; `side_effects` is what the vendor makes
    with the access, which the receipt names. Both are kept here, so that a destroy needs nothing but the state. `rows` are
    those of a fleet: they become a file as soon as it is known in which accounts it is.
    """

    values: Mapping[str, str]
    steps: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[Hop, ...] = ()
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    verbs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    waiting: Waiting | None = None
    before_destroy: tuple[str, ...] = ()
    side_effects: tuple[str, ...] = ()
    steps_while_waiting: tuple[str, ...] = ()
    rows: tuple[AccountRows, ...] = ()
    later: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        typed = {"commands": {label: list(words) for label, words in self.commands.items()}} if self.commands else {}
        hops = [{name: plain(value) for name, value in vars(hop).items() if value != ()} for hop in self.chain]
        chain = {"chain": hops} if hops else {}
        verbs = {"verbs": {label: list(words) for label, words in self.verbs.items()}} if self.verbs else {}
        texts = {name: list(getattr(self, name)) for name in AFTERWARD}
        later: dict[str, Any] = {name: each for name, each in texts.items() if each}
        later |= {"waiting": {"vendor": self.waiting.vendor, "inputs": list(self.waiting.inputs)}} if self.waiting else {}
        later |= {"rows": [each.to_json() for each in self.rows]} if self.rows else {}
        always = {"values": dict(self.values), "steps": list(self.steps), "files": dict(self.files)}
        return {**always, **chain, **typed, **verbs, **later}

    @classmethod
    def from_json(
        cls,
        content: Mapping[str, Any],
        lookup: Callable[[str, str], str | None],
        flags: Sequence[str] = (),
        instead: Mapping[str, str] | None = None,
    ) -> Self:
        """`flags` say for which deployment bootstrap's own commands are; `instead` has other ones for some, by label."""
        verbs = {label: commands.bootstrap(*words, flags=flags) for label, words in content.get("verbs", {}).items()}
        verbs |= instead or {}
        filled = resolve(dict(content), lambda address, name: verbs.get(name) if address == OWN else lookup(address, name))
        chain = tuple(Hop(**{**hop, "buckets": tuple(hop.get("buckets", ()))}) for hop in filled.get("chain", ()))
        typed = {label: _with_profile(words, flags) for label, words in filled.get("commands", {}).items()}
        values = {**typed, **filled.get("values", {})}
        steps = tuple(filled.get("steps", ()))
        rows = tuple(map(AccountRows.from_json, filled.get("rows", ())))
        files = {**filled.get("files", {}), **({NAME: csv_of(rows)} if rows else {})}
        texts = {name: tuple(filled.get(name, ())) for name in AFTERWARD}
        more: dict[str, Any] = {**texts, "waiting": waiting_of(content)}
        return cls(values, steps, files, chain, **more)


def _with_profile(words: Sequence[str], flags: Sequence[str]) -> str:
    """The words as a command line; `OWN_PROFILE` stands for the profile in `flags`, or for nothing if there is none. What
    was made in the sandbox is not there for the AWS CLI, which would reach the account of the same command in AWS."""
    own = commands.connection_options(commands.option_value(OWN_PROFILE, flags))
    line = commands.quoted(*(word for each in words for word in (own if each == OWN_PROFILE else [each])))
    return f"(not in the sandbox; in AWS: {line})" if "--sandbox" in flags and words[0] == "aws" else line


def waiting_of(content: Mapping[str, Any]) -> Waiting | None:
    """What a recorded hand-off waits for."""
    found = content.get("waiting")
    return Waiting(found["vendor"], tuple(found["inputs"])) if found else None
