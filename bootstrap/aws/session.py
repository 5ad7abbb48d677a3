"""Signed in to AWS: who we are, whether that is right for a state, and a look at what is there."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import ClientError, EndpointConnectionError

from bootstrap.aws.client import Aws, Identity
from bootstrap.aws.credentials import Login
from bootstrap.aws.errors import code_of
from bootstrap.aws.explain import explain
from bootstrap.aws.reads import Reads
from bootstrap.aws.retry import read_consistent
from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT, Account, SignIn
from bootstrap.core.cloud import Timing
from bootstrap.core.live import Live, Obstacle, Outputs
from bootstrap.core.names_taken import other_names
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.planner import owner_of
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import BootstrapError, SandboxError, StateError, UsageError, lines
from bootstrap.permissions.denial import CODES

PARALLEL_RESOURCES = 16

T = TypeVar("T")
R = TypeVar("R")

Lookups = Mapping[str, tuple[Resource, str, Outputs]]
"""What to look for, by address: the resource, the alias of its account, and its recorded outputs."""


@dataclass(frozen=True)
class Session:
    """One run's connection: who we are, by account alias."""

    aws: Aws
    identities: Mapping[str, Identity]
    tell: Callable[[str], None] = lambda text: None
    flags: tuple[str, ...] = ()
    """What further commands need on the command line in order to be about the same."""

    @property
    def partition(self) -> str:
        """That of all accounts: no role of one partition can trust one of another."""
        return next(iter(self.accounts.values())).partition

    @property
    def accounts(self) -> dict[str, Account]:
        return {alias: identity.account for alias, identity in self.identities.items()}


@contextmanager
def signed_in(
    logins: Mapping[str, Login],
    services: Iterable[str],
    timing: Timing | None = None,
    tell: Callable[[str], None] = lambda text: None,
    flags: Iterable[str] = (),
) -> Iterator[Session]:
    """Asks AWS who we are. Raises CredentialsError or AwsError, with the one line of advice that fits.

    `tell` gets what a look at AWS waits for; `flags` go into the commands that are advised.
    """
    aws = Aws(logins, timing)
    try:
        identities = aws.identities(sorted(set(services)), partial(explained, logins))
        yield Session(aws, identities, tell, tuple(flags))
    finally:
        aws.close()


@contextmanager
def explained(
    logins: Mapping[str, Login], alias: str = "", decode: Callable[[str], str] = lambda encoded: ""
) -> Iterator[None]:
    """Turns an error of the SDK, and what an odd answer breaks in our own code, into one of ours, with the advice for the
    account `alias`, else for the first."""
    login = logins[alias or next(iter(logins))]
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] == "bootstrap":
            raise  # one of ours already, or a way out of a look
        if isinstance(error, EndpointConnectionError) and login.endpoint:
            ended = "the sandbox ended while this ran"
            raise SandboxError(ended, "Run the same command again: it starts a new, empty sandbox.") from error
        raise _of(alias, logins, explain(error, login.profile, decode)) from error


def _of(alias: str, logins: Mapping[str, Login], error: BootstrapError) -> BootstrapError:
    """The error, with the account that it is about where there are several."""
    if alias and len(logins) > 1:
        error.message = f"signing in to the account {alias}: {error.message}"
    return error


def logins_for(sign_ins: Mapping[str, SignIn], state: State | None, login: Login) -> dict[str, Login]:
    """Who signs in for a deployment: the region is the one of its state, unless the user names one."""

    def one(alias: str, sign_in: SignIn) -> Login:
        if login.endpoint and sign_in.profile:
            raise UsageError("--sandbox has no profiles", "Leave them away; a role to assume can be any there.")
        known = state.accounts.get(alias) if state else None
        region = login.region or (known.region if known else None)
        return replace(login, profile=sign_in.profile or login.profile, role_arn=sign_in.role_arn, region=region)

    return {alias: one(alias, sign_in) for alias, sign_in in sign_ins.items()}


def check_same(state: State | None, accounts: Mapping[str, Account], where: str) -> None:
    """Refuses a state of another account or region: there, everything would look as if it were gone."""
    for alias, known in state.accounts.items() if state else ():
        now, at = accounts.get(alias), "" if alias == DEFAULT else f" ({alias})"
        if now is not None and (now.id, now.partition) != (known.id, known.partition):
            raise StateError(
                f"{where} is of AWS account {known.id}{at}; these credentials are of account {now.id}",
                f"Sign in to {known.id} ({_way(alias)}), or choose another --name for account {now.id}.",
            )
        if now is not None and now.region != known.region:
            raise StateError(
                f"{where} is of region {known.region}, and this run is for {now.region}",
                f"Leave --region away: the state knows it. Or choose another --name for {now.region}.",
            )


def _way(alias: str) -> str:
    """What says how to sign in to an account of a deployment that there is."""
    if alias == DEFAULT:
        return "--profile"
    return f"by the inputs of create that name a profile; on destroy and status by --sign-in {alias}=PROFILE|ARN"


def look(
    session: Session, things: Lookups, state: State, leaving: set[str], allowed: frozenset[str] = frozenset()
) -> dict[str, Live | None]:
    """Reads all `things` (resource, account alias, recorded outputs) at once; no call is made twice. `allowed` is as in
    `Scope`.

    Of those that are `leaving`, also what would stop their deletion. Not believed at once is an answer of "not there" about
    what is recorded: it would be made again, called gone, or its record forgotten. Nor that a recorded bucket has no tags:
    it would be taken for somebody else's.
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
    """Of what the user brings, each with the alias of its account: why it cannot be used."""
    reads = Reads(session.aws)
    with explained(session.aws.logins):
        scopes = [
            (each, Scope(session.aws, session.accounts[alias], owner_of(state, ""), reads=reads)) for alias, each in brought
        ]
        return [why for resource, scope in scopes if (why := resource.why_unusable(scope))]


def ask(session: Session, *queries: Query, account: str = DEFAULT) -> list[Any]:
    """The answers to what an integration wants to know before it can say what it wants, all asked at once."""
    reads = Reads(session.aws)
    return [answer.result() for answer in [reads.ask(account, query) for query in queries]]


def precheck_changes(session: Session, plan: Plan, state: State, allowed: frozenset[str] = frozenset()) -> Plan:
    """The plan, with a refusal of each change that would fail as far as reads can tell, or end what is under way and no flag
    in `allowed` lets end: all findings at once. What stops nothing becomes a warning."""
    reads = Reads(session.aws)
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for each in plan.changes:
        if each.action is Action.CREATE and not each.refusal:
            made[session.accounts[each.account].id][each.resource.counts_as()] += 1
    known = (
        {**each.resource.predicted_outputs(session.accounts[each.account]), **(each.outputs or {})} for each in plan.changes
    )
    own = frozenset(value for outputs in known for value in outputs.values())

    def checked(change: Change) -> Change:
        changed = frozenset(item.field for item in change.differences)
        updates = change.action is Action.UPDATE
        if change.refusal or not (updates or change.action is Action.CREATE):
            return change
        account, owner = session.accounts[change.account], owner_of(state, change.address)
        kinds = (Action.CREATE, Action.UPDATE, Action.NOOP) if updates else (Action.CREATE,)
        near = [each for each in plan.changes if each.action in kinds and each is not change and not each.refusal]
        beside = tuple(each.resource for each in near if session.accounts[each.account].id == account.id)
        scope = Scope(
            session.aws, account, owner, reads=reads, makes=made[account.id], beside=beside, changes=changed, own=own
        )
        found = change.resource.precheck(scope) if not updates or changed & change.resource.precheck_on_update else ()
        notes = [f"{each.what}. {each.advice}" for each in found if not each.stops]
        change = replace(change, warnings=(*change.warnings, *notes))
        found = [each for each in found if each.stops]
        ends = change.resource.interrupted_by(scope, change.outputs or {}, changed) if updates else ()
        flag = change.resource.interrupting
        if ends and flag not in allowed:
            advice = f"Wait until that has ended, or add --{flag} to end it."
            found = [*found, *(Obstacle(f"it would end what runs: {each}", advice) for each in ends)]
        if not found:
            return replace(change, along=(*change.along, *(f"{each} (--{flag})" for each in ends)))
        advice = lines(*dict.fromkeys(obstacle.advice for obstacle in found))
        return replace(change, refusal="; ".join(obstacle.what for obstacle in found), advice=advice)

    return replace(plan, changes=tuple(side_by_side(session, checked, plan.changes)))


def with_warnings(session: Session, plan: Plan, state: State) -> Plan:
    """The plan, with the warnings of all that it makes, changes or leaves as it is."""
    reads = Reads(session.aws)

    def told(change: Change) -> Change:
        if change.refusal or change.action not in (Action.CREATE, Action.UPDATE, Action.NOOP):
            return change
        scope = Scope(session.aws, session.accounts[change.account], owner_of(state, change.address), reads=reads)
        return replace(change, warnings=(*change.warnings, *change.resource.warnings(scope)))

    return replace(plan, changes=tuple(side_by_side(session, told, plan.changes)))


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
        return seen(scope, resource, outputs, recorded=address in state.records)

    return dict(zip(things, side_by_side(session, one, things), strict=True))


def seen(scope: Scope, resource: Resource, outputs: Outputs, *, recorded: bool = True) -> Live | None:
    """What `Resource.seen` gives; where it may not be read, a Live that says so in AWS's words.

    Of what is not recorded the name may be somebody else's, and another one a way out.
    """
    try:
        return resource.checked_read(scope, outputs)
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        said = explain(error, decode=scope.decoded, account=scope.account)
    layer = said.denial["layer"] if said.denial else ""
    locked = resource.if_locked(scope.account) if recorded and layer in ("", "resource policy") else ""
    way_out = other_names(resource.if_taken, scope.owner.deployment, resource.label)
    other = f"Or use another name, if somebody else has this one. {way_out}"
    taken = other if resource.if_taken and not recorded else ""
    known = outputs if recorded and resource.certain(scope, outputs) else {}
    keep = "AWS lists it as this account's, so it is there: its own policy or your permissions hide it. Do not forget it."
    advice = lines(keep if known else "", said.advice, locked, taken)
    return Live(known, {}, unreadable=said.message, advice=advice, denial=said.denial or {})


def side_by_side(session: Session, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What `work` gives for each item, all at once. Raises its first error, explained."""
    pool = ThreadPoolExecutor(PARALLEL_RESOURCES)
    try:
        with explained(session.aws.logins, decode=session.aws.decoded):
            return list(pool.map(work, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a read that hangs


def _doubted(
    record: Record | None, resource: Resource, live: Live | None, settle: float, now: float, leaves: bool
) -> float | None:
    """For how long an answer is not believed (`retry.believed`). `now` is in seconds since 1970.

    As long as AWS may take to show what was recorded just now; what was recorded longer ago is looked at twice. To forget
    the record of what shows up later would leak it, so what leaves has some seconds in any case.
    """
    if record is None or not settle or resource.is_visible(live):
        return None
    if live is None and not record.outputs and not leaves:
        return None  # nobody knows that it was made; its name is either free or turns out to be ours
    rest = 0.0
    if record.status is not Status.DELETING:
        longest = settle * resource.lag
        rest = max(0.0, min(longest, record.recorded_at + longest - now))  # also where a clock was wrong
    return max(settle, rest) if leaves else rest
