"""Policy documents: written from statements, compared by meaning, checked before AWS sees them.

Sources: IAM user guide, pages reference_policies_elements, reference_iam-quotas and reference_policies_variables.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import unquote

Document = dict[str, Any]

VERSION = "2012-10-17"
INLINE_SUM_LIMIT = 10_240
MANAGED_LIMIT = 6_144
TRUST_LIMIT = 2_048

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{8,}(?::.+)?")
_VARIABLE = r"(?!(?:self|opt|env|param|sls|cf|git|file|var|local):)[A-Za-z0-9][A-Za-z0-9._/-]*:(?!:)[^}]|[*?$]\}"
"""How a variable of IAM goes on behind `${`, in any letter case; not what CloudFormation, Serverless and others fill in."""
_UNFILLED = re.compile(rf"\$\{{(?! *(?:{_VARIABLE}))[^}}]*\}}|<[a-zA-Z_ -]+>|@\{{[^}}]*\}}")
_IN_ANGLES = re.compile(r"<[a-zA-Z_ -]+>")
_TO_FILL_IN = re.compile(
    r"\{\{[^{}]*\}\}"
    r"|(?<![A-Za-z0-9])(?:(?:REPLACE|CHANGE)[_-]?ME(?![A-Za-z0-9])|YOUR[_-](?=[A-Z]))[A-Z0-9_-]*"
)
_BRACKETED = re.compile(r"\[[A-Z_]{3,}\]")
_NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\xff]")
LONGEST_NAME = 200
"""Letters of a name in a path."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One permission with the vendor's reason for it (`why`) and the page that asks for it (`source`).

    The same statement gives the JSON for IAM, the explanation on the screen and the reviewer's table.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: str
    source: str

    def to_json(self) -> Document:
        """A statement for a role's policy, or, with principals, for a trust policy (which names no resource)."""
        content: Document = {"Sid": self.sid, "Effect": "Allow"}
        if self.principals:
            content["Principal"] = {kind: list(names) for kind, names in self.principals.items()}
        content["Action"] = list(self.actions)
        if not self.principals:
            content["Resource"] = list(self.resources)
        if self.conditions:
            content["Condition"] = {key: dict(value) for key, value in self.conditions.items()}
        return content


def document(statements: Iterable[Statement]) -> Document:
    return {"Version": VERSION, "Statement": [statement.to_json() for statement in statements]}


def canonical(policy: Any) -> Any:
    """A form in which two documents are equal when IAM reads them alike.

    Takes a document or its JSON, URL-encoded or not. Order, letter case of actions and condition keys, one value or
    a list of one, an account id or its root ARN, true or "true" make no difference; neither do Sids.
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
                result[key] = {
                    kind: sorted({_ROOT.sub(r"\1", str(item)) for item in as_list(names)}) for kind, names in named.items()
                }
            case "Condition" if isinstance(value, dict):
                result[key] = {
                    operator: {
                        name.lower(): sorted({_text(item) for item in as_list(items)}) for name, items in test.items()
                    }
                    if isinstance(test, dict)
                    else test
                    for operator, test in value.items()
                }
            case "Resource" | "NotResource":
                result[key] = sorted({str(item) for item in as_list(value)})
            case _:
                result[key] = value
    return result


def as_list(value: Any) -> list[Any]:
    """One value or a list of them, as IAM takes either, as a list."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def dead_principals(trust: Any) -> list[str]:
    """Principals that are bare unique ids: the role or user was deleted, and one of the same name is not trusted."""
    content = canonical(trust)
    if not isinstance(content, dict):
        return []
    return [
        name
        for statement in content["Statement"]
        if isinstance(statement, dict)
        for named in ("Principal", "NotPrincipal")
        for name in statement.get(named, {}).get("AWS", [])
        if _UNIQUE_ID.fullmatch(name)
    ]


def foreign_principals(trust: Document, partition: str) -> list[str]:
    """The ARNs of principals of another partition: there is nobody of that name in this one, or a stranger.

    Source: IAM user guide, reference-arns (a partition is a group of regions with accounts of its own).
    """
    named = [
        name
        for statement in as_list(trust.get("Statement", []))
        if isinstance(principal := statement.get("Principal"), dict)
        for name in as_list(principal.get("AWS", []))
    ]
    return list(dict.fromkeys(name for name in named if name.startswith("arn:") and name.split(":")[1] != partition))


def placeholders(text: str) -> list[str]:
    """What was to be filled in in one text of a policy, as far as its looks tell: some of it AWS takes all the same, and so
    does `problems`.

    Brackets and words in capitals are that in an ARN only, and the words where no ARN has them: as region or account.
    """
    found = [*_unfilled(text), *(item[0] for item in _TO_FILL_IN.finditer(text))]
    if text.startswith("arn:"):
        found += [item[0] for item in _BRACKETED.finditer(text)]
        found += [item for item in text.split(":", 5)[3:5] if re.fullmatch(r"[A-Z][A-Z0-9_-]+", item)]
    return list(dict.fromkeys(found))


def _unfilled(text: str) -> Iterator[str]:
    """Behind the last brace nothing in braces can end, and looking for an end from each `${` there takes quadratic time."""
    end = text.rfind("}") + 1
    for item in chain(_UNFILLED.finditer(text, 0, end), _IN_ANGLES.finditer(text, end)):
        yield item[0]


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the document, keys too, with its path."""
    match value:
        case str():
            yield where, value
        case list():
            for number, item in enumerate(value):
                yield from texts(item, f"{where}[{number}]")
        case dict():
            for key, item in value.items():
                place = below(where, key)
                yield place, key
                yield from texts(item, place)


def below(where: str, name: str) -> str:
    """The path of what has this name there. A name that nobody would read is cut: each path further down has it, too."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    return f"{where}.{shown}" if where else shown


def odd_letter(text: str) -> str:
    """The first letter that IAM takes in no policy, or ""."""
    found = _NOT_ALLOWED.search(text)
    return found[0] if found else ""


def characters(policy: Any) -> int:
    """The size that IAM counts: white space is free."""
    return len(re.sub(r"\s", "", json.dumps(policy, separators=(",", ":"), ensure_ascii=False)))


def policy_problems(policy: Any, limit: int) -> list[str]:
    """What IAM would refuse or misread: version, placeholders, letters, size in characters (`limit`)."""
    text = json.dumps(policy, ensure_ascii=False)
    found = []
    if not isinstance(policy, dict) or not policy.get("Statement"):
        return ["the policy has no statement"]
    if policy.get("Version") != VERSION:
        found.append(f'the policy has the version {policy.get("Version")!r}; it must be "{VERSION}"')
    if placeholder := next(_unfilled(text), None):
        found.append(f"the policy still holds the placeholder {placeholder}")
    if odd := odd_letter(text):
        found.append(f"the policy holds {odd!r}, a character that IAM does not accept")
    if (size := characters(policy)) > limit:
        found.append(f"the policy has {size:,} characters without white space; IAM takes {limit:,}")
    return found
