"""Asks AWS's policy simulator whether a plan would be allowed, before its first change.

What AWS does not tell is "unknown", and stops nothing: AWS might allow it. So is what only a service control policy or a
permissions boundary seems to forbid: these may test keys that nobody outside AWS knows. The caller needs
iam:SimulatePrincipalPolicy and, when it is an assumed role, iam:GetRole, as the ARN of a session does not tell the role's
path; iam:GetContextKeysForPrincipalPolicy tells whether a policy that denies has conditions that nobody here can judge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bootstrap.aws.reads import Reads
from bootstrap.aws.session import Session, explained
from bootstrap.checks.dry_run import rehearsed
from bootstrap.core.plan import Action, Change
from bootstrap.core.query import Query
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import in_parallel
from bootstrap.errors import AwsError
from bootstrap.permissions.caller import is_principal, principals, role_of
from bootstrap.permissions.graph_lint import table
from bootstrap.permissions.operator import Need, needs_of_change
from bootstrap.permissions.preflight import PermissionCheck, Preflight, group_identical
from bootstrap.permissions.simulation import (
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
    """Whose policies are simulated: the ARN of a user or role, and what its requests tell of it; or "", and what is known of
    all without asking."""

    arn: str
    bounded: bool = False
    known: SimulationResult | None = None
    context: tuple[Context, ...] = ()


def preflight(prepared: Prepared, *, everything: bool = False) -> Preflight:
    """What is known of all that the plan's changes take, and of what taking away again takes that they make.

    With `everything` also of taking away what stays as it is. Nothing to do takes nothing, and nothing is asked.
    """
    session, plan, state = prepared.session, prepared.plan, prepared.state

    def takes(changes: Iterable[Change]) -> list[Need]:
        of_change = partial(
            needs_of_change,
            accounts=session.accounts,
            deployment=state.deployment,
            allowed=prepared.allowed,
            lineage=state.lineage,
        )
        return [need for each in changes for need in of_change(each)]

    made = {Action.CREATE, Action.UPDATE, Action.NOOP} if everything else {Action.CREATE}
    stays = [each for each in plan.changes if each.action in made and not each.resource.shared]
    found = simulated(session, takes(plan.changes), takes(replace(each, action=Action.DELETE) for each in stays))
    return replace(found, checked=tuple(_tried(prepared, found.checked)))


def _tried(prepared: Prepared, checked: Sequence[PermissionCheck]) -> Iterator[PermissionCheck]:
    """Where the simulation leaves a call of EC2 unknown, what a dry run of it says."""
    doubtful = {need.address for each in checked if each.verdict == "unknown" and not each.later for need in each.needs}
    changes = [each for each in prepared.plan.work if each.address in doubtful]
    told = in_parallel(prepared.session, partial(rehearsed, prepared.session, prepared.state), changes)
    said = {
        (change.address, action): answer
        for change, found in zip(changes, told, strict=True)
        for action, answer in found.items()
    }
    for each in checked:
        found = [answer for need in each.needs if (answer := said.get((need.address, need.action)))]
        if each.verdict == "unknown" and not each.later and len(found) == len(each.needs):
            worst = max(found, key=lambda answer: answer.verdict)  # "missing" comes after "allowed"
            each = replace(each, verdict=worst.verdict, why=worst.why)
        yield each


def simulated(session: Session, now: Iterable[Need], later: Iterable[Need] = ()) -> Preflight:
    """What is known of the needs of this run, and of a `later` one. Side by side, and none of it changes anything."""
    wanted = [(needs, False) for needs in group_identical(now)] + [(needs, True) for needs in group_identical(later)]
    accounts, reads = session.accounts, Reads(session.aws)
    aliases = list(dict.fromkeys(needs[0].account for needs, _ in wanted))
    found = in_parallel(session, partial(_subject, session, reads), aliases)
    subjects = dict(zip(aliases, found, strict=True))
    asked = questions((need for (need, *_), _ in wanted if not subjects[need.account].known), accounts)
    told = in_parallel(session, lambda each: _answered(session, reads, subjects[each.account], each), asked)
    said = {(each.account, each.context, *key): value for each, some in zip(asked, told, strict=True) for key, value in some}

    def checked(needs: tuple[Need, ...], later: bool) -> PermissionCheck:
        need = needs[0]
        silent = SimulationResult("unknown", "the simulation did not answer for it")
        contexts = contexts_of(need, accounts[need.account])
        told = [said.get((need.account, context, need.action, need.arn), silent) for context in contexts]
        answer = subjects[need.account].known or together(told)
        return PermissionCheck(needs=needs, later=later, verdict=answer.verdict, why=answer.why)

    return Preflight(
        tuple(checked(needs, later) for needs, later in wanted), any(value.organizations for value in said.values())
    )


def _subject(session: Session, reads: Reads, alias: str) -> Subject:
    if session.aws.logins[alias].endpoint:
        return Subject("", known=SimulationResult("allowed", "the sandbox allows everything"))
    caller, account = session.identities[alias].arn, session.accounts[alias]
    if is_principal(caller):
        return Subject(caller, context=caller_context(caller, {}))
    role = role_of(caller)
    if not role:
        who = "the root user" if caller.endswith(":root") else caller
        return Subject("", known=SimulationResult("unknown", f"{who} cannot be simulated, only users and roles can"))
    try:
        with explained(session.aws.logins):
            answer = reads.ask(alias, Query("iam", "get_role", {"RoleName": role})).result()
    except AwsError as error:
        if error.code in _DENIED:  # its name alone tells it from all others; most have no path
            return Subject(principals(caller, account)[0].arn)
        return Subject("", known=SimulationResult("unknown", error.message))
    found = answer["Role"]
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    return Subject(found["Arn"], "PermissionsBoundary" in found, context=caller_context(found["Arn"], tags))


def _answered(
    session: Session, reads: Reads, subject: Subject, question: Question
) -> list[tuple[tuple[str, str], SimulationResult]]:
    """What is known of each action and ARN: of what a layer above the caller's own policies seems to forbid, after a second
    question without that layer."""
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
    """The condition keys of all the caller's own policies without a known value; none where AWS does not tell them."""
    query = Query("iam", "get_context_keys_for_principal_policy", {"PolicySourceArn": subject.arn})
    known = {key.lower() for key, _, _ in subject.context}
    try:
        with explained(session.aws.logins):
            names: list[str] = reads.ask(account, query).result()["ContextKeyNames"]
    except AwsError:
        return []
    return [name for name in names if name.lower() not in known]


def _keys_of(action: str) -> frozenset[str] | None:
    """Those of AWS's table of actions."""
    found = table().matching(action)
    return found[0].keys if found else None
