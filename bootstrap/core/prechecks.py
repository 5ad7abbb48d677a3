"""Findings of an integration about the account before the first change, and their effect on a plan. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from bootstrap.core.plan import Action, Change, Plan
from bootstrap.errors import lines


class Precheck(NamedTuple):
    """A finding, in one sentence. It refuses a change that creates the resource at `address` or changes one of its
    `fields`; `advice` says what to do then. If the plan has no such change, or without an address, it is a note."""

    what: str
    advice: str = ""
    address: str = ""
    fields: frozenset[str] = frozenset()

    def refuses(self, change: Change) -> bool:
        changed = any(each.field in self.fields for each in change.differences)
        acts = change.action is Action.CREATE or (change.action is Action.UPDATE and changed)
        return change.address == self.address and acts


def apply_prechecks(plan: Plan, found: Iterable[Precheck]) -> tuple[Plan, tuple[str, ...]]:
    """The plan with the refusals of the findings added to those that it has, and the notes, each once."""
    prechecks = tuple(found)

    def checked(change: Change) -> Change:
        stops = [item for item in prechecks if item.refuses(change)]
        if not stops:
            return change
        reasons = dict.fromkeys(filter(None, (change.refusal, *(item.what for item in stops))))
        advice = lines(change.advice, *dict.fromkeys(item.advice for item in stops))
        return replace(change, refusal="; ".join(reasons), advice=advice)

    refusing = {item.what for item in prechecks if any(map(item.refuses, plan.changes))}
    notes = dict.fromkeys(item.what for item in prechecks if item.what not in refusing)
    return replace(plan, changes=tuple(map(checked, plan.changes))), tuple(notes)
