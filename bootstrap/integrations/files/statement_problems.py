"""What is wrong with the statements of a file, each by itself and those of one policy together."""

from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.strict_json import repeated
from bootstrap.integrations.files.format import Definition, ResourceEntry, StatementEntry
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.structure import Report


def statement_problems(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    for part in parts:
        entry = part.entry
        if isinstance(entry, ResourceEntry) and entry.purpose and "why" not in part.kind.__dataclass_fields__:
            report((*part.path, "purpose"), f"is not for {entry.type}", "Its statements, or the notes, say why.")
        for name, documents in part.policies.items():
            for policy, statements in documents.items():
                where = (*part.path, name, *([policy] if policy else []))
                always = {each.sid for each in statements if not each.when}
                if twice := repeated(each.sid for each in statements if each.sid in always):
                    advice = "Give each its own, or each a when, of which only one holds at a time."
                    report(where, f"has two statements with the sid {twice}", advice)
        for path, each in part.statements():
            _statement(each, path, report)


def _statement(entry: StatementEntry, path: KeyPath, report: Report) -> None:
    if entry.resources and entry.not_resources:
        report((*path, "not_resources"), "cannot be there together with resources", "")
    if not (entry.resources or entry.not_resources or entry.principals):
        report(path, "has no resources, and no principals", 'Add resources; ["*"] is all.')
    if not entry.actions:
        report((*path, "actions"), "is empty", "Name the actions.")
    if entry.lost and not entry.harden:
        report((*path, "lost"), "is only for a statement with a narrower form", "Add harden.")
    narrower = entry.harden
    if narrower and bool(narrower.actions or narrower.resources or narrower.conditions) is narrower.omit:
        report((*path, "harden"), "must have omit = true, or some of actions, resources and conditions", "")
    if narrower and entry.effect == "Deny":
        report((*path, "harden"), "is for what is allowed: less of a Deny allows more", "Omit it, or the effect.")
    _conditions(entry.conditions, (*path, "conditions"), report)
    if narrower and narrower.conditions and _external_ids(entry.conditions) - _external_ids(narrower.conditions):
        text = "leaves out the condition on sts:ExternalId that the statement has, and would let more in"
        report((*path, "harden", "conditions"), text, "Write that condition there, too, as it is in the statement.")
    if narrower:
        _conditions(narrower.conditions, (*path, "harden", "conditions"), report)


def _external_ids(conditions: Mapping[str, Any]) -> set[tuple[str, str]]:
    """How the external id is compared, and with what."""
    return {
        (operator, repr(value))
        for operator, tests in conditions.items()
        for key, value in (tests.items() if isinstance(tests, Mapping) else ())
        if key.lower() == "sts:externalid"
    }


def _conditions(conditions: Mapping[str, Any], path: KeyPath, report: Report) -> None:
    for operator, tests in conditions.items():
        if not isinstance(tests, dict):
            report((*path, operator), "must be a table", 'Write it as StringEquals = { "sts:ExternalId" = "..." }.')
            continue
        for key, value in tests.items():
            texts = value if isinstance(value, list) else [value]
            if not texts or not all(isinstance(each, str) for each in texts):
                report((*path, operator, key), "must be a text, or a list of texts", 'Write true as "true".')
