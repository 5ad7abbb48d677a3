"""Reads everything that a plan names from AWS, in parallel. Doubtful answers are read again."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.explain import explain
from bootstrap.aws.reads import Reads
from bootstrap.aws.retry import read_consistent
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core.account import DEFAULT
from bootstrap.core.live import Live, Outputs
from bootstrap.core.name_conflicts import suggest_other_names
from bootstrap.core.planner import owner_of
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import lines
from bootstrap.permissions.denial import CODES

PARALLEL_RESOURCES = 16

T = TypeVar("T")

R = TypeVar("R")

Lookups = Mapping[str, tuple[Resource, str, Outputs]]
"""What to read, by address: the resource, the alias of its account, and its recorded outputs."""


def refresh(
    session: Session, things: Lookups, state: State, leaving: set[str], allowed: frozenset[str] = frozenset()
) -> dict[str, Live | None]:
    """Reads all `things` in parallel, without sending a call twice. `allowed` is as in `Scope`. For those that are
    `leaving`, it also reads what would block a delete.

    Two answers are not believed at once: that a recorded resource does not exist (it would be created again, or its record
    forgotten), and that a recorded bucket has no tags (it would count as somebody else's).
    """
    now = time.time()
    return read_consistent(
        lambda addresses: _look_once(session, {address: things[address] for address in addresses}, state, leaving, allowed),
        things,
        lambda address, live: _doubted(
            state.records.get(address), things[address][0], live, session.aws.timing.settle, now, address in leaving
        ),
        session.aws.timing.pause,
        lambda hidden: session.tell(f"Looking again for {', '.join(sorted(hidden))}: AWS may be slow to show it."),
    )


def why_unusable(session: Session, brought: Iterable[tuple[str, Resource]], state: State) -> list[str]:
    """Why the existing resources that the user names cannot be used; each is given with the alias of its account."""
    reads = Reads(session.aws)
    with explained(session.aws.logins):
        scopes = [
            (each, Scope(session.aws, session.accounts[alias], owner_of(state, ""), reads=reads)) for alias, each in brought
        ]
        return [why for resource, scope in scopes if (why := resource.why_unusable(scope))]


def ask(session: Session, *queries: Query, account: str = DEFAULT) -> list[Any]:
    """The answers to the queries of an integration, in parallel."""
    reads = Reads(session.aws)
    return [answer.result() for answer in [reads.ask(account, query) for query in queries]]


def _look_once(
    session: Session, things: Lookups, state: State, leaving: set[str], allowed: frozenset[str]
) -> dict[str, Live | None]:
    reads = Reads(session.aws)

    def one(address: str) -> Live | None:
        resource, alias, outputs = things[address]
        owner = owner_of(state, address)
        scope = Scope(
            session.aws,
            session.accounts[alias],
            owner,
            session.tell,
            destroying=address in leaving,
            allowed=allowed,
            reads=reads,
        )
        return read_or_explain(scope, resource, outputs, recorded=address in state.records)

    return dict(zip(things, in_parallel(session, one, things), strict=True))


def read_or_explain(scope: Scope, resource: Resource, outputs: Outputs, *, recorded: bool = True) -> Live | None:
    """What `Resource.checked_read` returns; if the caller may not read it, a Live that says so in AWS's words.

    If it is not recorded, the name may belong to somebody else, so the advice also suggests another name.
    """
    try:
        return resource.checked_read(scope, outputs)
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        said = explain(error, decode=scope.decoded, account=scope.account)
    layer = said.denial["layer"] if said.denial else ""
    locked = resource.unlock_advice(scope.account) if recorded and layer in ("", "resource policy") else ""
    way_out = suggest_other_names(resource.identifiers.if_taken, scope.owner.deployment, resource.label)
    other = f"Or use another name, if somebody else has this one. {way_out}"
    taken = other if resource.identifiers.if_taken and not recorded else ""
    known = outputs if recorded and resource.surely_exists(scope, outputs) else {}
    keep = "AWS lists it in this account, so it exists: its own policy or your permissions hide it. Do not forget it."
    advice = lines(keep if known else "", said.advice, locked, taken)
    return Live(known, {}, unreadable=said.message, advice=advice, denial=said.denial or {})


def in_parallel(session: Session, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What `work` returns for each item, in parallel. Raises its first error, explained."""
    pool = ThreadPoolExecutor(PARALLEL_RESOURCES)
    try:
        with explained(session.aws.logins, decode=session.aws.decoded):
            return list(pool.map(work, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a read that hangs


def _doubted(
    record: Record | None, resource: Resource, live: Live | None, settle: float, now: float, leaves: bool
) -> float | None:
    """For how many seconds an answer is doubted (`retry.read_consistent`). `now` is in seconds since 1970.

    That is as long as AWS may take to show what was recorded just now. What was recorded longer ago is read twice. A
    resource that is deleted always gets some seconds: if it showed up after its record was forgotten, it would leak.
    """
    if record is None or not settle or resource.is_visible(live):
        return None
    if live is None and not record.outputs and not leaves:
        return None  # it may never have been created; its name is free, or turns out to be ours
    rest = 0.0
    if record.status is not Status.DELETING:
        longest = settle * resource.identifiers.lag
        rest = max(0.0, min(longest, record.recorded_at + longest - now))  # also where a clock was wrong
    return max(settle, rest) if leaves else rest
