"""Policy documents: built from statements, compared by meaning, and validated before AWS sees them.

Sources: IAM user guide, pages reference_policies_elements, reference_iam-quotas and reference_policies_variables.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from bootstrap.core.policy_text import odd_letter, unfilled

Document = dict[str, Any]


class Holds(Enum):
    """What a field of a resource type holds: a file that describes an integration has statements there."""

    DOCUMENT = "a policy document"
    STATEMENT = "one statement of a policy, without a Sid"


PolicyDocument = Annotated[Document, Holds.DOCUMENT]
PolicyStatement = Annotated[Document, Holds.STATEMENT]

VERSION = "2012-10-17"
INLINE_SUM_LIMIT = 10_240
MANAGED_LIMIT = 6_144
TRUST_LIMIT = 2_048

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{8,}(?::.+)?")


class TooLong(str):
    """A problem that goes away with fewer or shorter values of an input."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One permission, with the vendor's reason for it (`why`) and the page that requires it (`source`). In a trust, `who` is
    the name of whom it lets in.

    The JSON for IAM, the explanation on the screen and the table for reviewers are all made from it. `not_resources` take
    the place of `resources`: all but these.
    """

    sid: str
    effect: Literal["Allow", "Deny"] = "Allow"
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    not_resources: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: str
    source: str
    who: str = ""

    def to_json(self) -> Document:
        """A statement for a role's policy, or, with principals, for a trust policy (which names no resource) or the policy
        of a resource."""
        content: Document = {"Sid": self.sid, "Effect": self.effect}
        if self.principals:
            content["Principal"] = {kind: list(names) for kind, names in self.principals.items()}
        content["Action"] = list(self.actions)
        if self.not_resources:
            content["NotResource"] = list(self.not_resources)
        elif not self.principals or self.resources not in ((), ("*",)):
            content["Resource"] = list(self.resources)
        if self.conditions:
            content["Condition"] = {key: dict(value) for key, value in self.conditions.items()}
        return content


def document(statements: Iterable[Statement]) -> Document:
    return {"Version": VERSION, "Statement": [statement.to_json() for statement in statements]}


def documents_within(policies: Mapping[str, Iterable[Statement]], limit: int) -> dict[str, Document]:
    """The policies of one role, by name. If they are longer than `limit` characters together, statements that differ only in
    their resources become one: people read it less easily, but it needs less room."""
    granted = {name: tuple(statements) for name, statements in policies.items()}
    found = {name: document(statements) for name, statements in granted.items()}
    if sum(map(characters, found.values())) <= limit:
        return found
    return {name: document(_joined(statements)) for name, statements in granted.items()}


def _joined(statements: Iterable[Statement]) -> Iterable[Statement]:
    found: dict[str, Statement] = {}
    for item in statements:
        key = json.dumps([item.effect, item.actions, item.not_resources, item.conditions, item.principals])
        first = found.get(key, replace(item, resources=()))
        found[key] = replace(first, resources=tuple(dict.fromkeys((*first.resources, *item.resources))))
    return found.values()


def canonical(policy: Any) -> Any:
    """A normal form: two documents have the same one if IAM treats them as equal.

    Takes a document or its JSON, URL-encoded or not. These make no difference: order, the letter case of actions and
    condition keys, one value or a list of one, an account id or its root ARN, true or "true", and Sids.
    """
    if policy is None:
        return None
    if isinstance(policy, str):
        try:
            policy = json.loads(unquote(policy) if policy.lstrip().startswith("%") else policy)
        except (ValueError, RecursionError):
            return policy
    if not isinstance(policy, dict):
        return policy
    statements = [_canonical_statement(item) for item in as_list(policy.get("Statement", []))]
    return {
        "Version": policy.get("Version", "2008-10-17"),
        "Statement": sorted(statements, key=lambda item: json.dumps(item, sort_keys=True)),
    }


def _canonical_statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    result: Document = {}
    for key, value in statement.items():
        match key:
            case "Sid":
                continue
            case "Action" | "NotAction":
                result[key] = sorted({str(item).lower() for item in as_list(value)})
            case "Principal" | "NotPrincipal":
                named = value if isinstance(value, dict) else {"AWS": value}
                result[key] = {kind: _canonical_principals(names) for kind, names in named.items()}
            case "Condition" if isinstance(value, dict):
                result[key] = {operator: _canonical_test(test) for operator, test in value.items()}
            case "Resource" | "NotResource":
                result[key] = sorted({str(item) for item in as_list(value)})
            case _:
                result[key] = value
    return result


def _canonical_principals(names: Any) -> list[str]:
    return sorted({_ROOT.sub(r"\1", str(item)) for item in as_list(names)})


def _canonical_test(test: Any) -> Any:
    """One operator of a condition: its keys with their values."""
    if not isinstance(test, dict):
        return test
    return {name.lower(): sorted({_text(item) for item in as_list(items)}) for name, items in test.items()}


def as_list(value: Any) -> list[Any]:
    """The value as a list: IAM accepts one value or a list."""
    return value if isinstance(value, list) else [value]


def denies(policy: Document) -> bool:
    """Whether one of its statements denies anything."""
    return any(item.get("Effect") == "Deny" for item in as_list(policy.get("Statement", [])))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def dead_principals(trust: Any) -> list[str]:
    """Principals that are bare unique ids: the role or user was deleted, and a new one of that name is not trusted."""
    content = canonical(trust)
    if not isinstance(content, dict):
        return []
    names: list[str] = []
    for statement in content["Statement"]:
        if isinstance(statement, dict):
            names += statement.get("Principal", {}).get("AWS", [])
            names += statement.get("NotPrincipal", {}).get("AWS", [])
    return [name for name in names if _UNIQUE_ID.fullmatch(name)]


def foreign_principals(trust: Document, partition: str) -> list[str]:
    """The ARNs of principals in another partition. In this one, that name belongs to nobody or to a third party.

    Source: IAM user guide, reference-arns (a partition is a group of regions with accounts of its own).
    """
    named: list[str] = []
    for statement in as_list(trust.get("Statement", [])):
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            named += as_list(principal.get("AWS", []))
    return list(dict.fromkeys(name for name in named if name.startswith("arn:") and name.split(":")[1] != partition))


def characters(policy: Any) -> int:
    """The size as IAM counts it: without white space."""
    return len(re.sub(r"\s", "", json.dumps(policy, separators=(",", ":"), ensure_ascii=False)))


def policy_problems(policy: Any, limit: int) -> list[str]:
    """What IAM would refuse or misread: version, placeholders, characters, and a size over `limit` characters."""
    text = json.dumps(policy, ensure_ascii=False)
    found = []
    if not isinstance(policy, dict) or not policy.get("Statement"):
        return ["the policy has no statement"]
    if policy.get("Version") != VERSION:
        found.append(f'the policy has the version {policy.get("Version")!r}; it must be "{VERSION}"')
    if placeholder := next(unfilled(text), None):
        found.append(f"the policy still holds the placeholder {placeholder}")
    if odd := odd_letter(text):
        found.append(f"the policy holds {odd!r}, a character that IAM does not accept")
    if (size := characters(policy)) > limit:
        found.append(TooLong(f"the policy has {size:,} characters without white space; IAM takes {limit:,}"))
    return found
