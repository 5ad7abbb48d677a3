"""The statements of policy documents as those of a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.policy import as_list
from bootstrap.drafts.conditions import Conditions
from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import NO_VALUE, Names, Unresolved, unique

NOT_STATED = "not stated in the template"
_KNOWN = {"Sid", "Effect", "Action", "Resource", "NotResource", "Principal", "Condition"}


@dataclass(frozen=True)
class Policies:
    """Reads documents into a draft, and lists in it what cannot be carried over."""

    draft: Draft
    conditions: Conditions

    def statements(
        self, document: Any, source: str, path: KeyPath, names: Names, when: str = "", begun: int = 0
    ) -> list[Content]:
        """The statements of a document; `path` is where they will be in the draft, behind `begun` others."""
        found: list[Content] = []
        taken: set[str] = set()
        if not isinstance(document, dict) or "Statement" not in document:
            self.draft.leave(source, "is no policy document")
            return []
        for number, item in enumerate(as_list(document["Statement"])):
            where = f"{source}.Statement[{number}]"
            try:
                for held, each in self.conditions.alternatives(item, when):
                    statement = _statement(each, names, taken, held)
                    self.draft.sources[*path, begun + len(found)] = where
                    found.append(statement)
            except Unresolved as error:
                self.draft.leave(where, str(error))
        return found


def _statement(item: Any, names: Names, taken: set[str], when: str) -> Content:
    if not isinstance(item, dict):
        raise Unresolved("is no statement")
    if odd := sorted(item.keys() - _KNOWN):
        raise Unresolved(f"has {', '.join(odd)}, which a file cannot say")
    first = next(iter(as_list(item.get("Action", ""))), "")
    named = item.get("Sid") or (first[:1].upper() + first[1:] if isinstance(first, str) else "")
    sid = re.sub(r"[^A-Za-z0-9]", "", str(named))[:90] or "Statement"
    sid = unique(sid, taken, "")
    taken.add(sid)
    found: Content = {"sid": sid}
    if item.get("Effect") != "Allow":
        found["effect"] = names.text(item.get("Effect", ""))
    if "Principal" in item:
        found["principals"] = _principals(item["Principal"], names)
    found["actions"] = names.texts(item.get("Action", []))
    for key, name in (("Resource", "resources"), ("NotResource", "not_resources")):
        if key in item:
            found[name] = names.texts(item[key])
    if "Condition" in item:
        found["conditions"] = _conditions(item["Condition"], names)
    return {**found, "why": NOT_STATED, "page": "", **({"when": when} if when else {})}


def _principals(named: Any, names: Names) -> Content:
    if named == "*":
        return {"AWS": ["*"]}
    if not isinstance(named, dict) or any(key.startswith(("Fn::", "Ref")) for key in named):
        raise Unresolved("has a Principal that is chosen in the template")
    return {kind: [_principal(each) for each in names.texts(who)] for kind, who in named.items()}


def _principal(name: str) -> str:
    """A bare account id stands for its root."""
    bare = re.fullmatch(r"[0-9]{12}|\$\{(input\.\w*account\w*|account\.id)\}", name)
    return f"arn:{'${partition}' if '$' in name else 'aws'}:iam::{name}:root" if bare else name


def _conditions(content: Any, names: Names) -> Content:
    if not isinstance(content, dict):
        raise Unresolved("has a Condition that is no object")
    found: Content = {}
    for operator, tests in content.items():
        if operator.startswith("Fn::") or not isinstance(tests, dict):
            raise Unresolved("has a Condition that is chosen in the template")
        found[operator] = {key: _values(value, names) for key, value in tests.items()}
    return found


def _values(value: Any, names: Names) -> str | list[str]:
    if value == NO_VALUE:
        raise Unresolved("has a Condition that is chosen in the template")
    return names.texts(value) if isinstance(value, list) else names.texts(value)[0]


def names_accounts(content: Any) -> Iterator[str]:
    """The partitions of the accounts of others that roles trust."""
    for resource in content.get("resources", {}).values():
        for statement in resource.get("trust", []):
            for name in statement.get("principals", {}).get("AWS", []):
                if found := re.match(r"arn:(aws[a-z-]*):iam::(?!\$\{account)", name):
                    yield found[1]
