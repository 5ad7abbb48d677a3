"""The statements of a file with the user's values, and the documents that hold them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.policy import INLINE_SUM_LIMIT, MANAGED_LIMIT, Holds, Statement, documents_within
from bootstrap.core.reference import references, resolve
from bootstrap.core.resource import Resource
from bootstrap.integrations.files.format import StatementEntry
from bootstrap.integrations.files.parts import Part, holds, statement_path
from bootstrap.integrations.files.scope import Scope, Unfit

HARDEN = "harden"
"""The input with which the user gets the narrower forms."""


def statements_of(part: Part, name: str, policy: str, scope: Scope) -> Iterator[Statement]:
    """Those of one document. A statement about resources of which there are none with these inputs is left out. Those next
    to each other with the same list come value by value, so that all about one value is together."""
    for path, entry, one in _placed(part, name, policy, scope):
        if one.holds(entry.when) and (found := _statement(entry, one, path)):
            yield replace(found, sid=f"{entry.sid}{one.number}") if entry.for_each else found


def _placed(part: Part, name: str, policy: str, scope: Scope) -> Iterator[tuple[KeyPath, StatementEntry, Scope]]:
    entries = enumerate(part.policies[name][policy])
    for for_each, group in groupby(entries, key=lambda item: item[1].for_each):
        together = [(statement_path(part, name, policy, number), entry) for number, entry in group]
        for one in scope.loops(for_each) if for_each != scope.loop else [scope]:
            yield from ((path, entry, one) for path, entry in together)


def lost_with(part: Part, scope: Scope) -> Iterator[str]:
    """What no longer works if each statement that is there with these inputs has its narrower form."""
    for name, documents in part.policies.items():
        for policy in documents:
            for path, entry, one in _placed(part, name, policy, scope):
                if entry.lost and one.holds(entry.when):
                    yield one.text(entry.lost, (*path, "lost"))


def _statement(entry: StatementEntry, scope: Scope, path: KeyPath) -> Statement | None:
    narrower = entry.harden if entry.harden and scope.inputs[HARDEN] else None
    if narrower and narrower.omit:
        return None
    place = (*path, "harden") if narrower else path
    resources = (narrower.resources if narrower else ()) or entry.resources
    found = Statement(
        sid=entry.sid,
        effect=entry.effect,
        actions=_some((narrower.actions if narrower else ()) or entry.actions, scope, (*place, "actions")),
        resources=tuple(scope.texts(resources, (*place, "resources"))) if resources else ("*",),
        not_resources=() if resources else _some(entry.not_resources, scope, (*path, "not_resources")),
        conditions=_conditions((narrower.conditions if narrower else {}) or entry.conditions, scope, (*place, "conditions")),
        principals={kind: _some(names, scope, (*path, "principals", kind)) for kind, names in entry.principals.items()},
        why=scope.text(entry.why, (*path, "why")),
        who=entry.who,
        source=entry.page,
    )
    return found if found.resources else None


def _some(templates: Sequence[str], scope: Scope, path: KeyPath) -> tuple[str, ...]:
    """The elements of a list that cannot be left out: an empty one would grant something else."""
    found = tuple(scope.texts(templates, path))
    if templates and not found:
        raise Unfit(path, "names only what may have no value: add a when to the statement")
    return found


def _conditions(conditions: Mapping[str, Any], scope: Scope, path: KeyPath) -> dict[str, dict[str, Any]]:
    return {
        operator: {
            scope.text(key, (*path, operator, key)): _test(value, scope, (*path, operator, key))
            for key, value in tests.items()
        }
        for operator, tests in conditions.items()
    }


def _test(value: Any, scope: Scope, path: KeyPath) -> str | list[str]:
    if isinstance(value, list):
        return list(_some(value, scope, path))
    found = scope.value(value, path)
    return list(found) if isinstance(found, tuple) else scope.text(value, path)


def content_of(kind: type[Resource], name: str, found: Mapping[str, Sequence[Statement]]) -> Any:
    """What the field `name` of this type is with these statements, by policy."""
    note, outer = holds(kind)[name]
    if note is Holds.STATEMENT:
        each = [{key: value for key, value in item.to_json().items() if key != "Sid"} for item in found[""]]
        return each if outer is list else next(iter(each), {})
    policies = {policy: statements for policy, statements in found.items() if statements}
    documents = documents_within(policies, INLINE_SUM_LIMIT if outer is dict else MANAGED_LIMIT)
    return documents if outer is dict else documents.get("", {})


def resolved(statement: Statement, scope: Scope, path: KeyPath) -> Statement:
    """The statement with the outputs that it names, as far as they follow from names: AWS is sent no reference."""
    if not any(True for _ in references(vars(statement))):
        return statement
    filled = resolve(vars(statement), scope.graph.predicted_output)
    if unknown := next(references(filled), None):
        raise Unfit(path, f"names {'.'.join(unknown)}, which is known only once {unknown[0]} exists")
    lists = {name: tuple(filled[name]) for name in ("actions", "resources", "not_resources")}
    return Statement(**{**filled, **lists, "principals": {kind: tuple(each) for kind, each in filled["principals"].items()}})
