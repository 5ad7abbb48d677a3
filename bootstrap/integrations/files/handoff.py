"""The hand-off of a file with the user's values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from bootstrap.core import commands
from bootstrap.core.integration import Handoff
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.pending import pending
from bootstrap.core.role_chain import Hop
from bootstrap.integrations.existing import sts
from bootstrap.integrations.files.examples import check_of
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.handoff_entries import HandoffFile, StepEntry
from bootstrap.integrations.files.scope import Absent, Scope

DESTROY = "destroy"


def handoff_of(definition: Definition, scope: Scope, word: str) -> Handoff:
    """Values, steps and roles that name what is not there with these inputs are left out. `word` is what a command line
    names the integration by."""
    entry, path = definition.handoff, ("handoff",)
    names_destroy = any("${command.destroy}" in each.text for each in map(_entry, (*entry.steps, *entry.later)))
    verbs = {DESTROY: [DESTROY]} if names_destroy else {}
    verbs |= {
        name: ["create", *commands.option("integration", word), *words]
        for name, inputs in entry.commands.items()
        if (words := _options(definition, inputs, scope, (*path, "commands", name)))
    }
    with_commands = replace(scope, commands=verbs.keys())
    chain = [hop for number, each in enumerate(entry.chain) for hop in _hop(each, scope, (*path, "chain", number))]
    return Handoff(
        values={
            label: text
            for label, value in entry.values.items()
            for text in islice(_present([value] if isinstance(value, str) else value, scope, (*path, "values", label)), 1)
        },
        steps=tuple(_steps(entry.steps, with_commands, (*path, "steps"))),
        later=(
            *_steps(entry.later, with_commands, (*path, "later")),
            *filter(None, [sts.if_disabled(scope.account.region, definition.vendor)] if entry.regional_sts else []),
        ),
        verbs=verbs,
        steps_while_waiting=tuple(_steps(entry.steps_while_waiting, scope, (*path, "steps_while_waiting"))),
        files={
            name: scope.text(whole(file, scope.holds), (*path, "files", name, "text"), file.quote)
            for name, file in entry.files.items()
            if scope.holds(file.when)
        },
        chain=tuple(chain),
        before_destroy=tuple(_steps(entry.before_destroy, scope, (*path, "before_destroy"))),
    )


def whole(file: HandoffFile, holds: Callable[[str], bool] = lambda when: True) -> str:
    """The template of a file: all of its parts, or those whose condition holds. What has quotes is found in them together,
    so that no value is escaped for quotes that are not there."""
    return file.text + "".join(part.text for part in file.parts if holds(part.when))


def _options(definition: Definition, inputs: Mapping[str, str], scope: Scope, path: KeyPath) -> list[str]:
    """The words of options that give these inputs; none if a value is missing, or is one that create would refuse."""
    found = list[str]()
    for name, template in inputs.items():
        entry = definition.inputs[name]
        check = check_of(entry)
        try:
            value = scope.text(template, (*path, name))
            if pending(value) or (check and check(value) != value) or (entry.choices and value not in entry.choices):
                return []
        except (Absent, ValueError):
            return []
        found += commands.option(name, value)
    return found


def _steps(steps: Iterable[str | StepEntry], scope: Scope, path: KeyPath) -> Iterator[str]:
    return _present([each.text for each in map(_entry, steps) if scope.holds(each.when)], scope, path)


def _entry(step: str | StepEntry) -> StepEntry:
    return StepEntry(text=step) if isinstance(step, str) else step


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
