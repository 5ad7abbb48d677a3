"""Reads everything that a plan names from AWS, in parallel. Doubtful answers are read again."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from bootstrap.aws.client import PARALLEL_READS
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

T = TypeVar("T")

R = TypeVar("R")

Lookups = Mapping[str, tuple[Resource, str, Outputs]]
"""What to read, by address: the resource, the alias of its account, and its recorded outputs."""


def refresh(
    session: Session,
    things: Lookups,
    state: State,
    leaving: set[str],
    allowed: frozenset[str] = frozenset(),
    *,
    creating: bool = False,
) -> dict[str, Live | None]:
    """Reads all `things` in parallel, without sending a call twice. `allowed` is as in `Scope`. For those that are
    `leaving`, it also reads what would block a delete. When `creating`, the reads of the prechecks of what no record has go
    out at the same time: their answers are most probably needed next.

    Three answers are not believed at once: that a recorded resource does not exist (it would be created again, or its record
    forgotten), that a recorded bucket has no tags (it would count as somebody else's), and that what was recorded just now
    has none: an adopt sets them after the creation.
    """
    now, reads, looked = time.time(), session.look(), False
    seen: dict[str, Live | None] = {}
    new = [address for address in things if creating and address not in state.records]

    def look(addresses: Collection[str]) -> dict[str, Live | None]:
        nonlocal looked
        if looked:
            reads.forget()
        found = _look_once(
            session,
            {address: things[address] for address in addresses},
            state,
            leaving,
            allowed,
            reads,
            () if looked else new,
        )
        looked = True
        seen.update(found)
        return found

    def doubted(address: str, live: Live | None) -> float | None:
        record, resource = state.records.get(address), things[address][0]
        own = _doubted(record, resource, live, session.aws.timing.settle, now, address in leaving)
        if own is not None or record is None or resource.taggable or live is None or live.owner:
            return own
        # It has the tags of what it belongs to.
        needs = [each for each in record.depends_on if each in seen and things[each][0].taggable]
        return max((found for each in needs if (found := doubted(each, seen[each])) is not None), default=None)

    return read_consistent(
        look,
        things,
        doubted,
        session.aws.timing.pause,
        lambda hidden: session.tell(f"Looking again for {', '.join(sorted(hidden))}: AWS may be slow to show it."),
    )


def why_unusable(session: Session, existing: Iterable[tuple[str, Resource]], state: State) -> list[str]:
    """Why the existing resources that the user names cannot be used; each is given with the alias of its account."""
    reads = session.look()

    def why(each: tuple[str, Resource]) -> str:
        alias, resource = each
        return resource.why_unusable(Scope(session.aws, session.accounts[alias], owner_of(state, ""), reads=reads))

    return [found for found in in_parallel(session, why, existing) if found]


def ask(session: Session, *queries: Query, account: str = DEFAULT) -> list[Any]:
    """The answers to the queries of an integration, in parallel."""
    reads = session.look()
    return [answer.result() for answer in [reads.ask(account, query) for query in queries]]


def _look_once(
    session: Session,
    things: Lookups,
    state: State,
    leaving: set[str],
    allowed: frozenset[str],
    reads: Reads,
    new: Iterable[str],
) -> dict[str, Live | None]:
    def scope_of(address: str) -> Scope:
        account, owner, leaves = session.accounts[things[address][1]], owner_of(state, address), address in leaving
        return Scope(session.aws, account, owner, session.tell, destroying=leaves, allowed=allowed, reads=reads)

    def one(address: str) -> Live | None:
        resource, _, outputs = things[address]
        return read_or_explain(scope_of(address), resource, outputs, recorded=address in state.records)

    def ahead(address: str) -> None:
        with suppress(Exception):  # the precheck itself follows, if the plan creates it
            things[address][0].precheck(scope_of(address))

    works: list[Callable[[], Live | None]] = [
        *(partial(one, address) for address in things),
        *(partial(ahead, address) for address in new),
    ]
    return dict(zip(things, in_parallel(session, lambda work: work(), works), strict=False))


def read_or_explain(scope: Scope, resource: Resource, outputs: Outputs, *, recorded: bool = True) -> Live | None:
    """What `Resource.checked_read` returns; if the caller may not read it, a Live that says so in AWS's words.

    If it is not recorded, the name may belong to somebody else, so the advice also suggests another name.
    """
    try:
        return resource.checked_read(scope, outputs)
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        said = explain(error, decode=scope.decoded, account=scope.account, details=scope.authorization_details)
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
    pool = ThreadPoolExecutor(PARALLEL_READS)
    try:
        with explained(session.aws.logins, decode=session.aws.decoded):
            return list(pool.map(work, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a read that hangs


@contextmanager
def beside(work: Callable[[], R]) -> Iterator[Future[R]]:
    """Does the work while the block runs. The block has to ask for its result: the end does not wait for it."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool.submit(work)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _doubted(
    record: Record | None, resource: Resource, live: Live | None, settle: float, now: float, leaves: bool
) -> float | None:
    """For how many seconds an answer is doubted (`retry.read_consistent`). `now` is in seconds since 1970.

    That is as long as AWS may take to show what was recorded just now. What was recorded longer ago is read twice. A
    resource that is deleted always gets some seconds: if it showed up after its record was forgotten, it would leak.
    """
    if record is None or not settle:
        return None
    untagged = (
        live is not None and resource.taggable and not (live.owner or live.unreadable or record.status is Status.ADOPTING)
    )
    visible = resource.is_visible(live)
    if visible and not untagged:
        return None
    if live is None and not record.outputs and not leaves:
        return None  # it may never have been created; its name is free, or turns out to be ours
    rest = 0.0
    if record.status is not Status.DELETING:
        longest = settle * resource.identifiers.lag
        rest = max(0.0, min(longest, record.recorded_at + longest - now))  # also where a clock was wrong
    if visible:
        return rest or None  # it is there, and its tags were removed long after they were set
    return max(settle, rest) if leaves else rest
