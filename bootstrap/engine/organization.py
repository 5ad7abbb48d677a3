"""Asks what an organization demands of new resources, beside the other reads of a plan. No failure is an error."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.session import Session
from bootstrap.core.graph import Node
from bootstrap.core.plan import Plan
from bootstrap.errors import BootstrapError
from bootstrap.permissions import organization
from bootstrap.permissions.denial import CODES


def ask_organization(session: Session, nodes: Mapping[str, Node]) -> Callable[[Plan], tuple[str, ...]]:
    """Sends the reads, and returns what makes notes for a plan of them. Several aliases of one account are one."""
    reads, accounts = session.look(), session.accounts
    aliases = {account.id: alias for alias, account in reversed(accounts.items())}
    asked = {}
    for number, alias in aliases.items():
        resources = [node.resource for node in nodes.values() if accounts[node.account].id == number]
        asked[number] = {query.operation: reads.ask(alias, query) for query in organization.queries_for(resources)}

    def notes(plan: Plan) -> tuple[str, ...]:
        found = dict[str, None]()
        for number, answers in asked.items():
            changes = [each for each in plan.changes if accounts[each.account].id == number]
            where = f"In account {number}: " if len(asked) > 1 else ""
            known = {operation: _answer(future) for operation, future in answers.items()} if plan.work else {}
            found |= dict.fromkeys(f"{where}{text}" for text in organization.notes(known, changes))
        return tuple(found)

    return notes


def _answer(asked: "Future[Any]") -> Any:
    try:
        return asked.result()
    except ClientError as error:
        return organization.Denied() if code_of(error) in CODES else None
    except (BotoCoreError, BootstrapError):
        return None
