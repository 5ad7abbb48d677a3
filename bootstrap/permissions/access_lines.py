"""The access of a plan in lines, for whoever approves it: who gets in, and every action, on what and under which conditions.
Pure.

It may come from a file that was forged: nothing in it is believed to be more than text.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.account import Account
from bootstrap.permissions.actions import table
from bootstrap.permissions.managed_policies import managed_policy
from bootstrap.permissions.since import REGION, Access, placeholder, statements_of


def access_lines(access: Access, accounts: Sequence[Account]) -> Iterator[str]:
    """`access` is as `since.check_access` lets it pass. The region is named if there is one account."""
    for line in _lines(access):
        for each in accounts:
            line = line.replace(placeholder(each), each.id)
        yield line.replace(REGION, accounts[0].region) if len(accounts) == 1 else line


def _lines(access: Access) -> Iterator[str]:
    for where, parts in access.items():
        yield from (f"{where} lets in {_people(each)}{_conditions(each)}" for each in parts.get("lets_in", ()))
        yield from (f"{where} lets in {each}" for each in parts.get("open", ()))
        yield from (f"{where} {_may(each)}" for each in parts.get("may", ()))
        for arn in parts.get("attached", ()):
            if policy := managed_policy(arn):
                yield from (f"{where}, by {policy.name}, {_may(each)}" for each in statements_of(policy.document))
            else:
                yield f"{where} has the policy {arn}, whose content is not known"
        yield from (f"{where} is limited by the permissions boundary {arn}" for arn in parts.get("boundary", ()))


def _people(statement: Mapping[str, Any]) -> str:
    denied = "nobody of: " if statement["Effect"] == "Deny" else ""
    if "NotPrincipal" in statement:
        return f"{denied}everybody but {_named(statement['NotPrincipal'])}"
    return denied + _named(statement.get("Principal", {}))


def _named(principals: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(_person(kind, name) for kind, names in principals.items() for name in names)


def _person(kind: str, name: str) -> str:
    if name == "*":
        return "everybody in the world" if kind == "AWS" else f"every {kind} principal"
    return f"everybody in account {name}" if name.isdigit() else name


def _may(statement: Mapping[str, Any]) -> str:
    may = "may not" if statement["Effect"] == "Deny" else "may"
    others = f"every action but {', '.join(statement.get('NotAction', ()))}"
    actions = ", ".join(map(_cased, statement.get("Action", ()))) or others
    if resources := statement.get("NotResource"):
        return f"{may}, on all but {', '.join(resources)}: {actions}{_conditions(statement)}"
    return f"{may}, on {', '.join(statement.get('Resource', ())) or '*'}: {actions}{_conditions(statement)}"


def _cased(action: str) -> str:
    """The action as AWS writes it; a pattern stays as it is."""
    found = () if "*" in action or "?" in action else table().matching(action)
    return found[0].name if found else action


def _conditions(statement: Mapping[str, Any]) -> str:
    tests = [
        f"{key} {operator} {', '.join(values)}"
        for operator, test in statement.get("Condition", {}).items()
        for key, values in test.items()
    ]
    return f", only if {' and '.join(tests)}" if tests else ""
