"""The hand-off of a file with the user's values."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bootstrap.core.integration import Handoff
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.role_chain import Hop
from bootstrap.integrations.existing import sts
from bootstrap.integrations.files.entries import StepEntry
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.scope import Absent, Scope


def handoff_of(definition: Definition, scope: Scope) -> Handoff:
    """Values, steps and roles that name what is not there with these inputs are left out."""
    entry, path = definition.handoff, ("handoff",)
    chain = [hop for number, each in enumerate(entry.chain) for hop in _hop(each, scope, (*path, "chain", number))]
    return Handoff(
        values={
            label: text
            for label, value in entry.values.items()
            for text in islice(_present([value] if isinstance(value, str) else value, scope, (*path, "values", label)), 1)
        },
        steps=(
            *_steps(entry.steps, scope, (*path, "steps")),
            *filter(None, [sts.if_disabled(scope.account.region, definition.vendor)] if entry.regional_sts else []),
        ),
        steps_while_waiting=tuple(_steps(entry.steps_while_waiting, scope, (*path, "steps_while_waiting"))),
        files={
            name: scope.text(file.text, (*path, "files", name, "text"), file.quote)
            for name, file in entry.files.items()
            if scope.holds(file.when)
        },
        chain=tuple(chain),
        before_destroy=tuple(_steps(entry.before_destroy, scope, (*path, "before_destroy"))),
    )


def _steps(steps: Iterable[str | StepEntry], scope: Scope, path: KeyPath) -> Iterator[str]:
    entries = [StepEntry(text=each) if isinstance(each, str) else each for each in steps]
    return _present([each.text for each in entries if scope.holds(each.when)], scope, path)


def _present(templates: Iterable[str], scope: Scope, path: KeyPath) -> Iterator[str]:
    for template in templates:
        try:
            yield scope.text(template, path)
        except Absent:
            continue


def _hop(entry: Any, scope: Scope, path: KeyPath) -> Iterator[Hop]:
    for role in _present([entry.role], scope, (*path, "role")):
        [external_id] = [*_present([entry.external_id], scope, (*path, "external_id")), ""][:1]
        yield Hop(entry.account, role, external_id, tuple(scope.texts(entry.buckets, (*path, "buckets"))))
