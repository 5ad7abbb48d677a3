"""A linter for IAM policies, for those that bootstrap sends and those in a user's files. Pure."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bootstrap.core import policy, policy_text
from bootstrap.permissions.actions import Table
from bootstrap.permissions.lint.conditions import condition_findings
from bootstrap.permissions.lint.escalation import escalations
from bootstrap.permissions.lint.finding import (
    SEVERITIES as SEVERITIES,
    Finding as Finding,
    Kind as Kind,
    Severity as Severity,
)
from bootstrap.permissions.lint.principals import is_trust, principal_findings
from bootstrap.permissions.lint.statements import action_findings, element_findings, is_of_repository, resource_findings
from bootstrap.permissions.lint.suggestions import Suggestions
from bootstrap.permissions.lint.values import value_findings

LIMITS: dict[Kind, int] = {"identity": policy.INLINE_SUM_LIMIT, "trust": 4_096, "resource": 20_480}
"""The most characters that AWS accepts: for all inline policies of a role, for a trust policy (with the quota raised; IAM
user guide reference_iam-quotas), and for the policy of a bucket."""
LARGEST = 100_000
"""The most characters of documents whose statements are checked: several times what AWS accepts."""


def kind_of(content: Any) -> Kind:
    """The kind of a policy, from its statements. With a principal, it is a trust policy when the actions are those for
    assuming a role, otherwise the policy of a resource.

    A policy that only denies is no trust policy: resource control policies deny sts:AssumeRole on a resource.
    """
    statements = [item for item in _statements(content) if isinstance(item, dict)]
    named = [item for item in statements if "Principal" in item or "NotPrincipal" in item]
    if not named:
        return "identity"
    if any(is_trust(item) for item in named):
        return "trust"
    on_resources = any("Resource" in item or "NotResource" in item for item in statements)
    return "resource" if on_resources or all(map(is_of_repository, named)) else "trust"


def findings(content: Any, table: Table) -> list[Finding]:
    """All findings in one document, errors first."""
    found = [*document_findings(content, kind_of(content)), *statement_findings({"": content}, table)]
    return sorted(found, key=lambda item: SEVERITIES.index(item.severity))


def statement_findings(documents: Mapping[str, Any], table: Table, own: Collection[str] = ()) -> Iterator[Finding]:
    """Findings in each statement, and in all identity policies together; in addition to `document_findings`.

    `documents` belong to one role, by a prefix for the paths in each. `own` as for `principal_findings`.
    """
    size = sum(len(json.dumps(content, ensure_ascii=False)) for content in documents.values())
    if size > LARGEST:
        text = f"its statements were not checked: it has {size:,} characters, and at most {LARGEST:,} are checked"
        yield Finding("error", "too-large", "", text)
        return
    together = list(escalations({prefix: item for prefix, item in documents.items() if kind_of(item) == "identity"}))
    has_warning = {item.where for item in together}
    for prefix, content in documents.items():
        for item in _statement_by_statement(content, table, own):
            where = f"{prefix}{item.where}"
            if not (item.code == "wide-resource" and where in has_warning):  # the warning says more
                yield replace(item, where=where)
    yield from together


def document_findings(content: Any, kind: Kind) -> Iterator[Finding]:
    """Findings in the document as a whole: as `policy.policy_problems`, but a user's file may be older and still work."""
    if not isinstance(content, dict) or not content.get("Statement"):
        yield Finding("error", "empty", "", "the policy has no statement")
        return
    for name in sorted(set(content) - {"Version", "Id", "Statement"}):
        yield Finding("error", "element", policy_text.below("", name), f"{name} is not an element of a policy")
    if not isinstance(content.get("Id", ""), str):
        yield Finding("error", "element", "Id", "Id must be text")
    if (version := content.get("Version")) != policy.VERSION:
        variables = any("${" in text for _, text in policy_text.texts(content))
        known = version in (None, "2008-10-17")
        has = f"the version {version!r}" if version else "no Version, so IAM applies its rules of 2008"
        text = f'the policy has {has}; write "Version": "{policy.VERSION}"'
        text += "; with the old version, ${...} is plain text" if variables else ""
        yield Finding("error" if variables or not known else "warning", "version", "Version", text)
    reported = set[str]()
    for where, text in policy_text.texts(content):
        for found in policy_text.placeholders(text):
            if found not in reported:
                reported.add(found)
                yield Finding("error", "placeholder", where, f"the placeholder {found} is not filled in")
        if text.rfind("${") > text.rfind("}"):
            yield Finding("error", "variable", where, f"the variable in {text} has no closing }}")
        if odd := policy_text.odd_letter(text):
            yield Finding("error", "character", where, f"{odd!r} is a character that IAM does not accept")
    size = policy.characters(content)
    if kind == "trust" and policy.TRUST_LIMIT < size <= LIMITS[kind]:
        text = f"the policy has {size:,} characters without white space; AWS accepts {policy.TRUST_LIMIT:,}, and up to"
        yield Finding("warning", "size", "", f"{text} {LIMITS[kind]:,} when the quota of the account was raised")
    elif size > LIMITS[kind]:
        text = f"the policy has {size:,} characters without white space; AWS accepts {LIMITS[kind]:,}"
        yield Finding("error", "size", "", text)
    elif kind == "identity" and size > policy.MANAGED_LIMIT:
        text = f"the policy has {size:,} characters without white space: too many for a managed policy"
        yield Finding("warning", "size", "", f"{text} ({policy.MANAGED_LIMIT:,}); it fits only as an inline policy")


def _statement_by_statement(content: Any, table: Table, own: Collection[str]) -> Iterator[Finding]:
    kind, suggestions = kind_of(content), Suggestions()
    several = isinstance(content, dict) and isinstance(content.get("Statement"), list)
    sids = set[str]()
    for number, statement in enumerate(_statements(content)):
        place = f"Statement[{number}]" if several else "Statement"
        if not isinstance(statement, dict):
            yield Finding("error", "element", place, "a statement must be an object")
            continue
        sid = statement.get("Sid", "")
        sid = sid if isinstance(sid, str) else ""
        found = [*element_findings(statement, place, kind, suggestions)]
        found += action_findings(statement, place, table, suggestions)
        if sid and sid in sids:
            found.append(Finding("error", "element", f"{place}.Sid", f"two statements have the Sid {sid}"))
        sids.add(sid)
        if kind != "trust":
            on_all = ("wide-resource",) if kind == "resource" else ()  # in a policy of a key, "*" is that key
            found += [item for item in resource_findings(statement, place, table) if item.code not in on_all]
        if kind != "identity":
            found += principal_findings(statement, place, kind, own)
        found += condition_findings(statement, place, table)
        found += value_findings(statement, place)
        if statement.get("Effect") == "Allow":
            for name in ("NotAction", "NotResource"):
                if name in statement:
                    text = f"Allow with {name} grants everything that is not named, also what AWS adds later"
                    found.append(Finding("warning", "not-named", f"{place}.{name}", text))
        yield from (replace(item, sid=sid) for item in found)


def _statements(content: Any) -> list[Any]:
    found = content.get("Statement", []) if isinstance(content, dict) else []
    return found if isinstance(found, list) else [found]
