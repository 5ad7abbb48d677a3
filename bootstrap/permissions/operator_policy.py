"""The operator's needs as policy documents, as few and as short as possible.

Source: IAM user guide, reference_iam-quotas (a managed policy has 6,144 characters, white space not counted).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bootstrap.core.permission import Condition
from bootstrap.core.policy import MANAGED_LIMIT, VERSION, Document, characters
from bootstrap.permissions.operator import Need

_Group = tuple[tuple[str, ...], tuple[Condition, ...]]


def policies(needs: Iterable[Need], limit: int = MANAGED_LIMIT) -> dict[str, list[Document]]:
    """The documents for each account, by alias: several only when one would have more than `limit` characters."""
    of_account: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        of_account[need.account].append(need)
    return {alias: _split(statements(found), limit) for alias, found in of_account.items()}


def named(documents: Mapping[str, Sequence[Document]], name: str) -> dict[str, Document]:
    """The documents by a name for each: the alias of the account, or `name` for a single account; numbered if several."""
    return {
        f"{alias if len(documents) > 1 else name}{f'-{number}' if len(found) > 1 else ''}": each
        for alias, found in documents.items()
        for number, each in enumerate(found, start=1)
    }


def statements(needs: Iterable[Need]) -> list[Document]:
    """One statement for all actions that have the same ARNs and conditions."""
    all_needs = list(needs)
    unconditional = {(need.action, need.arn) for need in all_needs if not need.conditions}
    arns_of: dict[tuple[str, tuple[Condition, ...]], set[str]] = defaultdict(set)
    for need in all_needs:
        if not need.conditions or (need.action, need.arn) not in unconditional:
            arns_of[need.action, need.conditions].add(need.arn)
    actions_of: dict[_Group, set[str]] = defaultdict(set)
    for (action, conditions), arns in arns_of.items():
        actions_of[tuple(sorted(arns)), conditions].add(action)
    return [_statement(sorted(actions), arns, conditions) for (arns, conditions), actions in sorted(actions_of.items())]


def _statement(actions: list[str], arns: Sequence[str], conditions: Iterable[Condition]) -> Document:
    found: Document = {"Effect": "Allow", "Action": actions, "Resource": list(arns)}
    tests: dict[str, dict[str, Any]] = defaultdict(dict)
    for operator, key, values in conditions:
        tests[operator][key] = list(values)
    return {**found, "Condition": dict(tests)} if tests else found


def _split(wanted: Sequence[Document], limit: int) -> list[Document]:
    """The statements in order, each document filled up to the limit."""
    filled: list[Document] = []
    for statement in (part for each in wanted for part in _halved(each, limit)):
        longer = _document([*filled[-1]["Statement"], statement]) if filled else None
        if longer and characters(longer) <= limit:
            filled[-1] = longer
        else:
            filled.append(_document([statement]))
    return filled


def _halved(statement: Document, limit: int) -> list[Document]:
    """The statement in parts that fit, split by actions or by ARNs, whichever are more."""
    field = max(("Action", "Resource"), key=lambda name: len(statement[name]))
    if characters(_document([statement])) <= limit or len(statement[field]) == 1:
        return [statement]
    middle = len(statement[field]) // 2
    halves = statement[field][:middle], statement[field][middle:]
    return [part for half in halves for part in _halved({**statement, field: half}, limit)]


def _document(found: list[Document]) -> Document:
    return {"Version": VERSION, "Statement": found}
