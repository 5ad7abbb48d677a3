"""What is exported: the nodes of the graph and the hand-off, with symbols for what differs from account to account."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.build import build, statements_of
from bootstrap.core.graph import Graph, Node
from bootstrap.core.handoff import FOLDER, OWN, OWN_PROFILE, Handoff
from bootstrap.core.integration import Integration
from bootstrap.core.owner import Owner
from bootstrap.core.policy import Statement
from bootstrap.core.reference import resolve
from bootstrap.core.state import State
from bootstrap.errors import BootstrapError, UsageError
from bootstrap.export.parameters import Parameter, parameters
from bootstrap.export.symbols import Output, filled, marker, parts, spoken

_Marked = Callable[[Integration], Integration]


@dataclass(frozen=True)
class Exported:
    """`graph` is that of create, with symbols. `only_for` are the account, the region and the partition where these are no
    symbols, or not everywhere: what is made from them no format can repeat, or it names what is only there."""

    integration: Integration
    graph: Graph
    handoff: Handoff
    parameters: tuple[Parameter, ...]
    only_for: Mapping[str, str]
    reasons: Mapping[str, str]
    """By the text of a statement: why the vendor needs it, and the page that says so."""
    recorded: State | None = field(default=None)

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.graph.nodes

    @property
    def title(self) -> str:
        return f"{self.integration.title} ({self.integration.name})"

    @property
    def texts(self) -> dict[str, str]:
        """What to hand over, by label: values, files, and the commands that a person types (with the usual profile)."""
        typed = {label: _typed(words, self.handoff.files) for label, words in self.handoff.commands.items()}
        return {**self.handoff.values, **self.handoff.files, **typed}

    def about(self, notes: Iterable[tuple[str, str]] = ()) -> dict[str, list[str]]:
        """What a person has to know besides the resources, by a word for it; `notes` are those of the format."""
        handoff = self.handoff
        found = {
            "OnlyFor": [f"{what} {value}" for what, value in self.only_for.items()],
            "Pages": list(self.integration.pages),
            "MustExist": [f"{resource.kind.replace('_', ' ')} {resource.label}" for _, resource in self.graph.existing],
            "MustNotExist": [],
            "NextSteps": [f"Save the output {name} as a file" for name in handoff.files],
            "BeforeImporting": [f"Sign in to {place}" for place in self._recorded_in],
            "BeforeDeleting": [step for step in handoff.before_destroy if not is_own(step)],
            "SideEffects": list(handoff.side_effects),
        }
        found["NextSteps"] += [step for step in (*handoff.steps, *handoff.later) if not is_own(step)]
        for word, text in notes:
            found[word].append(text)
        return {word: [spoken(text) for text in texts] for word, texts in found.items() if texts}

    @property
    def _recorded_in(self) -> list[str]:
        """By its names alone, something of another account could be taken over."""
        state = self.recorded
        accounts = state.accounts.values() if state and state.records else ()
        return [f"account {account.id}, region {account.region}" for account in accounts]

    def lines(self, notes: Iterable[tuple[str, str]] = ()) -> list[str]:
        """The same in lines, for comments."""
        words = {"OnlyFor": "Only for", "Pages": "Page", "MustExist": "Must exist", "MustNotExist": "Must not exist"}
        words |= {"NextSteps": "Next", "BeforeDeleting": "Before you delete it", "BeforeImporting": "Before you import it"}
        about = self.about(notes)
        return [self.title, *(f"{words.get(word, 'Note')}: {text}" for word, texts in about.items() for text in texts)]

    def why(self, statement: Mapping[str, Any]) -> str:
        """The reason for a statement of a policy document, or ""."""
        return self.reasons.get(_key(statement), "") or self.reasons.get(str(statement.get("Sid")), "")

    def tags(self, node: Node) -> dict[str, str]:
        """The user's tags; of a recorded resource also the owner tags, so that taking it over changes nothing."""
        tags: dict[str, str] = dict(node.resource.properties().get("tags", {}))
        state = self.recorded
        if state is None or node.address not in state.records:
            return tags
        return {**tags, **Owner(state.deployment, node.address, state.lineage).tags()}

    def recorded_output(self, node: Node, name: str) -> str:
        """An output of a resource that exists already, or ""."""
        record = self.recorded.records.get(node.address) if self.recorded else None
        return record.outputs.get(name, "") if record else ""


def exported(integration: Integration, account: Account, recorded: State | None = None) -> Exported:
    """Takes the graph once with the values as they are, and again with symbols: a value becomes a symbol where the graph is
    the same once it is filled in again. Raises UsageError."""
    check_exportable(integration)
    plain = _built(integration, account)
    wanted = _content(*plain)
    chosen: dict[str, str] = {}
    used = integration, account, plain
    for name, value, marked, there in _symbols(integration, account):
        try_integration, try_account = marked(used[0]), replace(used[1], **there)
        try:
            found = _built(try_integration, try_account)
        except (BootstrapError, ValueError):  # it is more than a text there
            continue
        content = _content(*found)
        # What follows from the account, such as an ARN that is not referred to, is not in the content.
        is_used = bool(there) or name in json.dumps(content)
        if is_used and not _in_a_key(content, name) and filled(content, {**chosen, name: value}) == wanted:
            chosen[name] = value
            used = try_integration, try_account, found
    graph, handoff = used[2]
    return Exported(
        integration,
        graph,
        handoff,
        tuple(each for each in parameters(integration) if marker("input", each.item.name) in chosen),
        {
            what: value
            for what, value in _places(account)
            if marker("here", what) not in chosen or _names(graph, what, value)
        },
        dict(_reasons(statements_of(integration))),
        recorded,
    )


def _names(graph: Graph, what: str, value: str) -> bool:
    """Whether the account is still in the graph by its number: what create looked up, such as the key of a bucket. The
    boundary of a role is of the account in which the document is used (`of_the_account`)."""
    properties = [dict(node.resource.properties()) for node in graph.nodes.values()]
    return what == "account" and value in json.dumps([each | {"permissions_boundary": None} for each in properties])


def _typed(words: Sequence[str], files: Iterable[str]) -> str:
    """A file is where the person puts it: create has a folder for them."""
    names = {f"{FOLDER}/{name}": name for name in files}
    return commands.quoted(*(names.get(word, word) for word in words if word != OWN_PROFILE))


def is_own(step: str) -> bool:
    """Whether a step names a command of ours, which works only on a deployment of ours."""
    return any(isinstance(part, Output) and part.address == OWN for part in parts(step))


def check_exportable(integration: Integration) -> None:
    """Raises UsageError for what is made in several accounts, or is not complete yet."""
    if len(integration.sign_ins) > 1:
        raise UsageError(
            f"{integration.name} works in {len(integration.sign_ins)} accounts, and no format covers several",
            "Create it with bootstrap, with the same inputs. To make it by hand: the verb plan with --json prints each "
            "resource, its account and its policies.",
        )
    if waits := integration.pending:
        flags = " and ".join("--" + name.replace("_", "-") for name in waits)
        raise UsageError(
            f"{integration.vendor} shows {flags} only once it has the role's ARN, and no format waits for it",
            f"Give {flags}, or create it with bootstrap.",
        )


def _built(integration: Integration, account: Account) -> tuple[Graph, Handoff]:
    """With what a resource is made with in place of references to it: the document makes it with the same."""
    graph = Graph([account])
    handoff = build(integration, graph)

    def made_with(address: str, attribute: str) -> str | None:
        return graph.nodes[address].resource.creation_facts().get(attribute) if address in graph.nodes else None

    texts = {name: resolve(getattr(handoff, name), made_with) for name in ("values", "files", "commands")}
    lists: dict[str, Any] = {name: tuple(resolve(getattr(handoff, name), made_with)) for name in ("steps", "later")}
    return graph, replace(handoff, **texts, **lists)


def _content(graph: Graph, handoff: Handoff) -> dict[str, Any]:
    """All but the texts for people: some steps are only for the region that the graph is built for."""
    existing = [[resource.kind, resource.properties()] for _, resource in graph.existing]
    texts = {**handoff.values, **handoff.files, "": {label: list(words) for label, words in handoff.commands.items()}}
    return {"graph": graph.as_json(), "texts": texts, "existing": existing}


def _in_a_key(content: Any, name: str) -> bool:
    """No format has a function for the name of a field, such as a key of a condition."""
    match content:
        case dict():
            return any(name in key or _in_a_key(item, name) for key, item in content.items())
        case list():
            return any(_in_a_key(item, name) for item in content)
    return False


def _symbols(integration: Integration, account: Account) -> Iterator[tuple[str, str, _Marked, dict[str, Any]]]:
    """The marker and the value of each, with how to put it into the integration, and what to replace in the account."""
    for what, value in _places(account):
        name = marker("here", what)
        yield name, value, lambda same: same, {"id" if what == "account" else what: name}
    for each in parameters(integration):
        yield marker("input", each.item.name), each.value, each.marked, {}


def _places(account: Account) -> tuple[tuple[str, str], ...]:
    return ("account", account.id), ("region", account.region), ("partition", account.partition)


def _reasons(statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    for each in statements:
        yield _key(each.to_json()), f"{each.why} ({each.source})"
        yield each.sid, f"{each.why} ({each.source})"


def _key(statement: Mapping[str, Any]) -> str:
    return json.dumps(statement, sort_keys=True)
