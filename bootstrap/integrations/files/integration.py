"""What the `Integration` classes of files have in common."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from bootstrap.core.account import DEFAULT, EXAMPLE, Account, SignIn
from bootstrap.core.graph import Graph
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS
from bootstrap.core.integration import Ask, Handoff, Integration, examples
from bootstrap.core.place import Place
from bootstrap.core.policy import Statement
from bootstrap.core.read_back import values_at
from bootstrap.errors import UsageError
from bootstrap.integrations.files import build
from bootstrap.integrations.files.bucket_problems import BUCKET
from bootstrap.integrations.files.examples import example_values, required_by
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.scope import Unfit
from bootstrap.integrations.files.statements import HARDEN

GENERATED = "GENERATED-BY-CREATE"
"""Stands for a value that is not generated yet."""


@dataclass(frozen=True, kw_only=True)
class FileIntegration(Integration):
    """`classes.py` makes a subclass with the file's inputs as fields."""

    definition: ClassVar[Definition]
    parts: ClassVar[tuple[Part, ...]]
    place: ClassVar[Place]

    @property
    def values(self) -> dict[str, Any]:
        """The inputs of the file."""
        return {name: getattr(self, name) or self._until_generated(name) for name in self.definition.inputs}

    def _until_generated(self, name: str) -> Any:
        return GENERATED if self.definition.inputs[name].generated else getattr(self, name)

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """Generates what the user may leave to bootstrap."""
        missing = [name for name, entry in self.definition.inputs.items() if entry.generated and not getattr(self, name)]
        found: dict[str, Any] = {name: secrets.token_urlsafe(24) for name in missing}
        return replace(self, **found)

    def recover_generated(self, live: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """From where the file puts them in resources."""
        found: dict[str, str] = {}
        for name in (name for name, entry in self.definition.inputs.items() if entry.generated):
            marker = f"{GENERATED}-{name}"
            chosen: dict[str, Any] = {name: marker}
            graph = Graph(examples(self))
            replace(self, **chosen).build(graph)
            for address, node in graph.nodes.items():
                for value in values_at(marker, node.resource.properties(), live.get(address, {})):
                    found.setdefault(name, value)
                    if name == EXTERNAL_ID and value != found[name]:  # a rotation is under way
                        found.setdefault(PREVIOUS, value)
        return found

    def _inputs(self) -> build.Inputs:
        shared = (self.role_prefix, self.path, self.permissions_boundary, self.tags)
        return build.Inputs(
            self.values, self.given, *shared, previous_external_id=self.previous_external_id, word=self.word()
        )

    def built(self, graph: Graph) -> build.Built:
        """All that these inputs come to, in the accounts of the graph."""
        try:
            return build.build(self.definition, self.parts, self._inputs(), graph)
        except Unfit as error:
            raise UsageError(
                f"{self.place.at(*error.path).words}: {error.text}", "The file is wrong there: correct it."
            ) from error

    def drafted(self, account: Account = EXAMPLE) -> tuple[Graph, build.Built]:
        """What these inputs come to if this is the default account; built once."""
        if account not in self._drafts:
            graph = Graph(account if each.alias == DEFAULT else each for each in examples(self))
            self._drafts[account] = graph, self.built(graph)
        return self._drafts[account]

    @cached_property
    def _drafts(self) -> dict[Account, tuple[Graph, build.Built]]:
        return {}

    def build(self, graph: Graph) -> Handoff:
        return self.built(graph).handoff

    @property
    def statements(self) -> Sequence[Statement]:
        return tuple(self.drafted()[1].statements)

    @property
    def notes(self) -> tuple[str, ...]:
        lost = self.lost_with_harden if self.values.get(HARDEN) else ()
        return (*self.definition.notes, *(f"with --harden, {text}" for text in lost))

    @property
    def lost_with_harden(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.drafted()[1].lost))

    @property
    def about_warnings(self) -> str:
        limited = "--harden limits it where a warning names no other option."
        asked = f"The vendor's page asks for the access that the warnings name. {limited}"
        return asked if self.values.get(HARDEN) is False else ""

    def instead_of_bucket(self, account: Account, number: int) -> Mapping[str, str]:
        """The vendor expects this name: no other one would do."""
        entry, (graph, _) = self.definition.resources.get(BUCKET), self.drafted(account)
        if entry is None or not entry.if_taken_use or BUCKET not in graph.nodes:
            return {}
        return {entry.if_taken_use.partition(".")[2]: graph.nodes[BUCKET].resource.label}

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        return (*super().required(given), *required_by(cls.definition, given))

    @classmethod
    def example(cls) -> Self:
        return cls(**example_values(cls.definition))

    @classmethod
    def sign_ins_for(cls, inputs: Mapping[str, Any]) -> Mapping[str, SignIn]:
        further = {
            alias: SignIn(profile=inputs.get(each.profile), role_arn=inputs.get(each.role_arn))
            for alias, each in cls.definition.accounts.items()
        }
        return {DEFAULT: SignIn(), **further}
