"""Asks what an organization demands of new resources, beside the other reads of a plan or for a report. No failure is an
error."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.session import Session
from bootstrap.core.graph import Node
from bootstrap.core.plan import Plan
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.errors import BootstrapError
from bootstrap.permissions import organization
from bootstrap.permissions.denial import CODES


@dataclass(frozen=True)
class Asked:
    """What is being read of one account, by the operation of the query; `resources` are those that it is about."""

    account: str
    resources: Mapping[str, Resource]
    futures: Mapping[str, "Future[Any]"]

    @property
    def answers(self) -> organization.Answers:
        return {operation: _answer(future) for operation, future in self.futures.items()}


@dataclass(frozen=True)
class Organization:
    """Waits for the answers only when it is asked. `aliases` has the number of each account."""

    asked: tuple[Asked, ...]
    aliases: Mapping[str, str]
    read: str

    def notes(self, plan: Plan) -> tuple[str, ...]:
        """What a person should know before a plan of these resources."""
        found = dict[str, None]()
        for each in self.asked:
            changes = [change for change in plan.changes if self.aliases[change.account] == each.account]
            known = each.answers if plan.work else {}
            found |= dict.fromkeys(f"{self._where(each)}{text}" for text in organization.notes(known, changes))
        return tuple(found)

    def demands(self) -> organization.Demands:
        """What a report says about the accounts."""
        found = [(each, text) for each in self.asked for text in organization.demands(each.answers, each.resources)]
        return organization.Demands(self.read, tuple(f"{self._where(each)}{text}" for each, text in found))

    def _where(self, asked: Asked) -> str:
        return f"In account {asked.account}: " if len(self.asked) > 1 else ""


def ask_organization(
    session: Session,
    nodes: Mapping[str, Node],
    queries: Callable[[list[Resource]], tuple[Query, ...]] = organization.queries_for,
) -> Organization:
    """Sends the reads. Several aliases of one account are one."""
    reads = session.look()
    asked = []
    for number, alias, there in _by_account(session, nodes):
        resources = {address: node.resource for address, node in there.items()}
        futures = {each.operation: reads.ask(alias, each) for each in queries([*resources.values()])}
        asked.append(Asked(number, resources, futures))
    aliases = {alias: account.id for alias, account in session.accounts.items()}
    return Organization(tuple(asked), aliases, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def organization_demands(session: Session, nodes: Mapping[str, Node]) -> organization.Demands:
    """What a report says about the accounts of these nodes."""
    return ask_organization(session, nodes, organization.queries_for_report).demands()


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
