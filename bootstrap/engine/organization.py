"""Asks what an organization demands of new resources, beside the other reads of a plan or for a report. No failure is an
error."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
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
    asked = {
        number: {
            query.operation: reads.ask(alias, query)
            for query in organization.queries_for([node.resource for node in there.values()])
        }
        for number, alias, there in _by_account(session, nodes)
    }

    def notes(plan: Plan) -> tuple[str, ...]:
        found = dict[str, None]()
        for number, answers in asked.items():
            changes = [each for each in plan.changes if accounts[each.account].id == number]
            where = f"In account {number}: " if len(asked) > 1 else ""
            known = {operation: _answer(future) for operation, future in answers.items()} if plan.work else {}
            found |= dict.fromkeys(f"{where}{text}" for text in organization.notes(known, changes))
        return tuple(found)

    return notes


def organization_demands(session: Session, nodes: Mapping[str, Node]) -> organization.Demands:
    """What a report says about the accounts of these nodes."""
    reads, lines = session.look(), list[str]()
    accounts = list(_by_account(session, nodes))
    for number, alias, there in accounts:
        resources = {address: node.resource for address, node in there.items()}
        asked = {each.operation: reads.ask(alias, each) for each in organization.queries_for_report(resources.values())}
        known = {operation: _answer(future) for operation, future in asked.items()}
        where = f"In account {number}: " if len(accounts) > 1 else ""
        lines += [f"{where}{text}" for text in organization.demands(known, resources)]
    return organization.Demands(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), tuple(lines))


def _by_account(session: Session, nodes: Mapping[str, Node]) -> Iterator[tuple[str, str, dict[str, Node]]]:
    """The id of each account, one of its aliases, and the nodes in it."""
    accounts = session.accounts
    for number, alias in {account.id: alias for alias, account in reversed(accounts.items())}.items():
        yield number, alias, {address: each for address, each in nodes.items() if accounts[each.account].id == number}


def _answer(asked: "Future[Any]") -> Any:
    try:
        return asked.result()
    except ClientError as error:
        return organization.Denied() if code_of(error) in CODES else None
    except (BotoCoreError, BootstrapError):
        return None
