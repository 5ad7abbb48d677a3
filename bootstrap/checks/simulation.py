"""Asks AWS's policy simulator, before the first change, whether AWS would allow a plan.

Where the simulator gives no certain answer, the verdict is "unknown", which stops nothing: AWS might allow it. That
includes what only a service control policy or a permissions boundary seems to forbid, as these may test condition keys
whose values only AWS knows. The caller needs iam:SimulatePrincipalPolicy; iam:GetRole for an assumed role, because the ARN
of a session does not contain the role's path; and iam:GetContextKeysForPrincipalPolicy, which shows whether a policy that
denies has conditions that cannot be judged here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bootstrap.aws.reads import Reads
from bootstrap.aws.session import Session, explained
from bootstrap.checks.dry_run import dry_run
from bootstrap.core.plan import Action, Change
from bootstrap.core.query import Query
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import in_parallel
from bootstrap.errors import AwsError
from bootstrap.permissions.actions import table
from bootstrap.permissions.caller import is_principal, principals, role_of
from bootstrap.permissions.operator import Need, needs_of_change
from bootstrap.permissions.preflight import PermissionCheck, Preflight, group_identical
from bootstrap.permissions.simulator import (
    DENIED,
    Context,
    Question,
    SimulationResult,
    answers,
    caller_context,
    contexts_of,
    doubted,
    in_doubt,
    questions,
    resolve_result,
    together,
)

_DENIED = ("AccessDenied", "AccessDeniedException")


@dataclass(frozen=True)
class Subject:
    """The user or role whose policies are simulated, with the condition keys of its requests. Where none can be simulated,
    `arn` is "" and `known` is the result for everything. `bounded`: it has a permissions boundary."""

    arn: str
    bounded: bool = False
    known: SimulationResult | None = None
    context: tuple[Context, ...] = ()


def looking(session: Session, *, simulating: bool) -> Session:
    """The session for the look of one plan. If the plan will be simulated, the role of the caller is asked for now, beside
    what the plan reads: the simulation needs it first."""
    found = session.looking()
    for alias in session.accounts if simulating else ():
        if query := _role_query(session, alias):
            found.look().ask(alias, query)
    return found


def preflight(prepared: Prepared, *, everything: bool = False) -> Preflight:
    """The verdicts on all permissions that the plan's changes need, and that deleting what they create will need.

    With `everything`, also on those for deleting what stays as it is. A plan without changes needs nothing, so nothing is
    simulated.
    """
    session, plan, state = prepared.session, prepared.plan, prepared.state

    def needed(changes: Iterable[Change]) -> list[Need]:
        of_change = partial(
            needs_of_change,
            accounts=session.accounts,
            deployment=state.deployment,
            allowed=prepared.allowed,
            lineage=state.lineage,
        )
        return [need for each in changes for need in of_change(each)]

    to_delete = {Action.CREATE, Action.UPDATE, Action.NOOP} if everything else {Action.CREATE}
    stays = [each for each in plan.changes if each.action in to_delete and can_be_deleted(each)]
    found = simulated(session, needed(plan.changes), needed(replace(each, action=Action.DELETE) for each in stays))
    return replace(found, checked=tuple(_with_dry_runs(prepared, found.checked)))


def can_be_deleted(change: Change) -> bool:
    """Whether a destroy would delete it: of what the whole account shares, only what this deployment created."""
    created_here = change.action is Action.CREATE or bool(change.record and change.record.created_here)
    return not change.resource.deletion.never and (created_here or not change.resource.identifiers.shared)


def _with_dry_runs(prepared: Prepared, checked: Sequence[PermissionCheck]) -> Iterator[PermissionCheck]:
    """Where the simulation of a call of EC2 is unknown, the verdict of a dry run takes its place."""
    doubtful = {need.address for each in checked if _is_doubtful(each) for need in each.needs}
    changes = [each for each in prepared.plan.work if each.address in doubtful]
    dry_runs = in_parallel(prepared.session, partial(dry_run, prepared.session, prepared.state), changes)
    results = {
        (change.address, action): result
        for change, by_action in zip(changes, dry_runs, strict=True)
        for action, result in by_action.items()
    }
    for each in checked:
        of_each = [results[key] for need in each.needs if (key := (need.address, need.action)) in results]
        if _is_doubtful(each) and len(of_each) == len(each.needs):
            result = next((one for one in of_each if one.verdict == "missing"), of_each[0])
            each = replace(each, verdict=result.verdict, why=result.why)
        yield each


def _is_doubtful(check: PermissionCheck) -> bool:
    return check.verdict == "unknown" and not check.later


def simulated(session: Session, now: Iterable[Need], later: Iterable[Need] = ()) -> Preflight:
    """The verdicts on the needs of this run, and on those of a `later` one. All are asked for at once; nothing changes."""
    wanted = [(needs, False) for needs in group_identical(now)] + [(needs, True) for needs in group_identical(later)]
    accounts, reads = session.accounts, session.look()
    aliases = list(dict.fromkeys(needs[0].account for needs, _ in wanted))
    subjects = dict(zip(aliases, in_parallel(session, partial(_subject, session, reads), aliases), strict=True))
    asked = questions((need for (need, *_), _ in wanted if not subjects[need.account].known), accounts)
    answered = in_parallel(session, lambda each: _answered(session, reads, subjects[each.account], each), asked)
    results = {
        (each.account, each.context, *pair): result
        for each, by_pair in zip(asked, answered, strict=True)
        for pair, result in by_pair
    }
    no_answer = SimulationResult("unknown", "the simulation gave no answer for it")

    def checked(needs: tuple[Need, ...], later: bool) -> PermissionCheck:
        need = needs[0]
        contexts = contexts_of(need, accounts[need.account])
        of_need = [results.get((need.account, context, need.action, need.arn), no_answer) for context in contexts]
        result = subjects[need.account].known or together(of_need)
        return PermissionCheck(needs=needs, later=later, verdict=result.verdict, why=result.why)

    return Preflight(
        tuple(checked(needs, later) for needs, later in wanted), any(each.organizations for each in results.values())
    )


def _subject(session: Session, reads: Reads, alias: str) -> Subject:
    if session.aws.logins[alias].endpoint:
        return Subject("", known=SimulationResult("allowed", "the sandbox allows everything"))
    caller, account = session.identities[alias].arn, session.accounts[alias]
    if is_principal(caller):
        return Subject(caller, context=caller_context(caller, {}))
    query = _role_query(session, alias)
    if not query:
        who = "the root user" if caller.endswith(":root") else caller
        return Subject("", known=SimulationResult("unknown", f"{who} cannot be simulated; only users and roles can"))
    try:
        with explained(session.aws.logins):
            answer = reads.ask(alias, query).result()
    except AwsError as error:
        if error.code in _DENIED:  # most roles have no path, and a name is unique in an account
            return Subject(principals(caller, account)[0].arn)
        return Subject("", known=SimulationResult("unknown", error.message))
    found = answer["Role"]
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    return Subject(found["Arn"], "PermissionsBoundary" in found, context=caller_context(found["Arn"], tags))


def _role_query(session: Session, alias: str) -> Query | None:
    """What asks for the role of the caller; None where it is no session of a role, or nothing is simulated."""
    role = "" if session.aws.logins[alias].endpoint else role_of(session.identities[alias].arn)
    return Query("iam", "get_role", {"RoleName": role}) if role else None


def _answered(
    session: Session, reads: Reads, subject: Subject, question: Question
) -> list[tuple[tuple[str, str], SimulationResult]]:
    """The result for each action and ARN. What a layer above the caller's own policies seems to forbid is asked a second
    time, without that layer."""
    query = Query("iam", "simulate_principal_policy", question.parameters(subject.arn, subject.context))
    try:
        with explained(session.aws.logins):
            results: Any = reads.ask(question.account, query).result()
    except AwsError as error:
        if error.code == "InvalidInput" and subject.context and "context" in error.message.lower():
            return _answered(session, reads, replace(subject, context=()), question)
        if error.code == "InvalidInput" and not question.single:
            return [item for each in question.singles() for item in _answered(session, reads, subject, each)]
        why = f"{subject.arn} could not be simulated: {error.message}"
        return [((action, arn), SimulationResult("unknown", why)) for action in question.actions for arn in question.arns]
    said = answers(question, results["EvaluationResults"], subject.bounded and not question.without, _keys_of)
    again = [] if question.without else in_doubt(question, said)
    without = dict(item for each in again for item in _answered(session, reads, subject, each))
    found = {pair: resolve_result(each, without.get(pair)) for pair, each in said.items()}
    if question.without or not any(each.why == DENIED for each in found.values()):
        return list(found.items())
    tested = _tested(session, reads, subject, question.account)
    return [(pair, doubted(each, question, pair[0], tested, _keys_of)) for pair, each in found.items()]


def _tested(session: Session, reads: Reads, subject: Subject, account: str) -> list[str]:
    """The condition keys in the caller's own policies whose values are not known; none where AWS does not list them."""
    query = Query("iam", "get_context_keys_for_principal_policy", {"PolicySourceArn": subject.arn})
    known = {key.lower() for key, _, _ in subject.context}
    try:
        with explained(session.aws.logins):
            names: list[str] = reads.ask(account, query).result()["ContextKeyNames"]
    except AwsError:
        return []
    return [name for name in names if name.lower() not in known]


def _keys_of(action: str) -> frozenset[str] | None:
    """The condition keys of an action, from AWS's table."""
    found = table().matching(action)
    return found[0].keys if found else None
