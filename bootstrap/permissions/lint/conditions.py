"""Findings in the conditions of a statement: unknown operators, and keys that requests for its actions do not carry.

Source: IAM user guide reference_policies_elements_condition_operators; Service authorization reference.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from bootstrap.core.policy_text import below
from bootstrap.permissions.actions import IamAction, Table
from bootstrap.permissions.lint.finding import OPERATOR, Finding, as_list, condition_keys, items, of_any_service

_ONLY_SOME_CALLS = ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")
"""The keys that begin with aws: but that not every request carries."""
_OF_KEYS = {
    f"kms:{name}" for name in ("keyorigin", "keyspec", "keyusage", "multiregion", "multiregionkeytype", "resourcealiases")
}
"""Keys that every call about a KMS key carries (KMS developer guide, kms-api-permissions-reference); the table has few."""
_CALLS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_NEEDED_BY_CALLS = ("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
"""Permissions that those calls can need, too: they are checked with the keys of the call."""


class Carriers:
    """Which of these actions carry a condition key.

    A hostile statement has thousands of actions and keys. So actions with the same keys are one group, and each set of
    groups is described only once. A set is a number with a bit for each group.
    """

    def __init__(self, actions: Iterable[IamAction]) -> None:
        groups: dict[tuple[frozenset[str], bool], set[str]] = defaultdict(set)
        for action in actions:
            groups[action.keys, bool(action.arns)].add(action.name)
        self._sizes = [len(names) for names in groups.values()]
        self._named = sorted((name, 1 << number) for number, names in enumerate(groups.values()) for name in names)
        self._all = (1 << len(groups)) - 1
        self._of_sts = self._of_things = self._of_keys = 0
        self._by_key: dict[str, int] = defaultdict(int)
        for number, ((keys, on_things), names) in enumerate(groups.items()):
            self._of_sts |= all(name.startswith("sts:") for name in names) << number
            self._of_things |= on_things << number
            self._of_keys |= (on_things and all(name.startswith("kms:") for name in names)) << number
            for key in keys:
                self._by_key[key] |= 1 << number
        self.described = cache(self._described)

    def without(self, key: str) -> int:
        """The groups whose requests do not carry the key."""
        key = key.lower()
        if key.startswith("aws:") and not key.startswith(_ONLY_SOME_CALLS):
            return 0
        if key.startswith("aws:resourcetag/"):  # the table does not list it everywhere
            carrying = self._of_things | self._by_key.get("aws:resourcetag/*", 0)
        elif key in _OF_KEYS:
            carrying = self._of_keys | self._by_key.get(key, 0)
        else:
            carrying = self._by_key.get(key, 0) | self._by_key.get(f"{key.partition('/')[0]}/*", 0)
        return self._all & ~carrying

    def only_sts(self, groups: int) -> bool:
        return not groups & ~self._of_sts

    def are_all(self, groups: int) -> bool:
        return groups == self._all

    def _described(self, groups: int) -> str:
        """The first three names, and how many more there are."""
        some = ", ".join(islice((name for name, group in self._named if group & groups), 3))
        count = sum(size for number, size in enumerate(self._sizes) if groups >> number & 1)
        return f"{some} and {count - 3} more" if count > 3 else some


def condition_findings(statement: dict[str, Any], place: str, table: Table) -> Iterator[Finding]:
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(isinstance(test, dict) for test in conditions.values()):
        yield Finding("error", "condition", f"{place}.Condition", "a Condition is {operator: {key: value}}")
        return
    for operator in conditions:
        if not OPERATOR.fullmatch(operator):
            yield Finding(
                "error", "condition", below(f"{place}.Condition", operator), f"{operator} is not an operator of IAM"
            )
    patterns = {pattern for _, pattern in items(statement, "Action", place)}
    actions = {action.name: action for pattern in patterns for action in table.matching(pattern)} if conditions else {}
    if not actions or any(map(of_any_service, patterns)):
        return
    carriers = Carriers(_with_keys_of_call(actions.values(), table))
    issuers = _issuers(statement)
    for operator, key, _ in condition_keys(statement):
        if ":" not in key:  # `values` reports it
            continue
        without = carriers.without(key)
        if not without or (carriers.only_sts(without) and _is_claim(key, statement, issuers)):
            continue
        where = below(below(f"{place}.Condition", operator), key)
        passes = re.search(r"IfExists$|Not|^Null$|^ForAllValues", operator, re.IGNORECASE)
        effect = "the test always passes" if passes else "the test always fails"
        text = f"requests for {carriers.described(without)} do not carry {key}: {effect}"
        certain = carriers.are_all(without) and not passes and statement.get("Effect") != "Deny"
        yield Finding("error" if certain else "warning", "condition-key", where, text)


def _with_keys_of_call(actions: Iterable[IamAction], table: Table) -> Iterator[IamAction]:
    """The actions, those in `_NEEDED_BY_CALLS` with the keys that the calls carry."""
    of_calls = frozenset[str]().union(*(action.keys for name in _CALLS for action in table.matching(name)))
    for action in actions:
        yield replace(action, keys=action.keys | of_calls) if action.name in _NEEDED_BY_CALLS else action


def _issuers(statement: dict[str, Any]) -> set[str]:
    """The issuers of the OIDC providers whose users the statement admits."""
    named = statement.get("Principal")
    providers = as_list(named.get("Federated", [])) if isinstance(named, dict) else []
    return {item.rpartition(":oidc-provider/")[2].strip("/").lower() for item in providers if isinstance(item, str)}


def _is_claim(key: str, statement: dict[str, Any], issuers: set[str]) -> bool:
    """Whether the key is `ISSUER:CLAIM` of a provider whose users the statement admits."""
    issuer = key.lower().rpartition(":")[0].strip("/")
    return issuer in issuers or ("." in issuer and (statement.get("Principal") == "*" or "*" in issuers))
