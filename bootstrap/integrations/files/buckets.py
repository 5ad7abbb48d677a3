"""The integration of a file whose roles use buckets of the user: as those that are code do, it looks at the owners and the
keys of these buckets first, grants the keys, and hands over the policies for the owners of others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bootstrap.core.account import Account
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Ask, Handoff, examples
from bootstrap.core.policy import Statement
from bootstrap.core.reference import references
from bootstrap.integrations.existing.bucket_keys import key_note
from bootstrap.integrations.existing.buckets import Use, UsesBuckets
from bootstrap.integrations.files.bucket_problems import input_of
from bootstrap.integrations.files.build import Inputs
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.lists import KEYS_INPUT, bare_keys, grants_bare_keys
from bootstrap.integrations.files.scope import Scope


def users_of(definition: Definition) -> tuple[str, ...]:
    """The addresses of the roles that use buckets, or of policies that these have."""
    return tuple(dict.fromkeys(address for each in definition.existing.values() for address in each.used_by))


@dataclass(frozen=True, kw_only=True)
class FileWithBuckets(FileIntegration, UsesBuckets):
    """`using` are the addresses of its roles, or of policies that these have."""

    @property
    def values(self) -> dict[str, Any]:
        return {**super().values, KEYS_INPUT: self.kms_key}

    @property
    def uses(self) -> tuple[Use, ...]:
        return tuple(dict.fromkeys(use for _, use in self._uses()))

    @property
    def sole_bucket(self) -> str:
        """The one that an input names alone, not in a list."""
        alone = dict.fromkeys(use.name for address, use in self._uses() if not self.definition.existing[address].for_each)
        return next(iter(alone)) if len(alone) == 1 else ""

    def _uses(self) -> Iterator[tuple[str, Use]]:
        """By the address of the entry."""
        graph = Graph(examples(self))
        scope = Scope(self.definition, self.values, graph, graph.account(), {})
        for address, entry in self.definition.existing.items():
            given = entry.uses and self.values[input_of(entry)]
            for one in scope.loops(entry.for_each) if given else ():
                if one.holds(entry.when):
                    name = one.text(entry.properties["name"], ("existing", address, "name"))
                    yield address, Use(name, "--" + input_of(entry).replace("_", "-"), entry.uses == "write")

    @property
    def users(self) -> tuple[str, ...]:
        graph, _ = self.drafted()
        roles = [each for each in self.using if each in graph.nodes and graph.nodes[each].resource.kind == "iam_role"]
        attached = [node for node in graph.nodes.values() if node.resource.kind == "iam_role_attachment"]
        found = [graph.nodes[each].resource.properties()["name"] for each in roles]
        for node in attached:
            policies = {address for address, _ in references(node.resource.properties()["policy_arn"])}
            found += [graph.predicted(node).properties()["role"]] if policies & {*self.using} else []
        return tuple(dict.fromkeys(found))

    def data_statements(self, account: Account) -> tuple[Statement, ...]:
        return tuple(self.drafted(account)[1].statements)

    def creates(self, account: Account) -> str:
        made = [node.resource.label for node in self.drafted(account)[0].nodes.values() if node.resource.kind == "s3_bucket"]
        return next(iter(made), "")

    @property
    def named_keys(self) -> tuple[str, ...]:
        return bare_keys(self.kms_key) if grants_bare_keys(self.definition) else ()

    def key_notes(self, account: Account) -> tuple[str, ...]:
        granted = {
            key: [each.actions for each in self.data_statements(account) if key in each.resources] for key in self.named_keys
        }
        own = [
            key_note(account, self.path, self.users, key, dict.fromkeys(action for actions in each for action in actions))
            for key, each in granted.items()
            if each
        ]
        return (*own, *super().key_notes(account))

    def _inputs(self) -> Inputs:
        added = dict.fromkeys(self.using, self.key_statements())
        return replace(super()._inputs(), added=added, theirs={*self.theirs, *self.named_owners})

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        return UsesBuckets.resolve_lookups(FileIntegration.resolve_lookups(self, accounts, ask), accounts, ask)

    def build(self, graph: Graph) -> Handoff:
        found, owners = super().build(graph), self.owners_part(graph.account())
        return replace(
            found,
            files={**found.files, **owners.files},
            steps=(*owners.steps, *self.key_notes(graph.account()), *found.steps),
        )
