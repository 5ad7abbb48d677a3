"""Judges what differs between deployments and AWS: what of it gives somebody more access than bootstrap gave."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.plan import Action
from bootstrap.engine.prepare import Prepared, prepare_status
from bootstrap.operations import edited_state
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.status import accounts_of
from bootstrap.operations.status_all import SignIn, each_deployment
from bootstrap.permissions.drift import security_differences
from bootstrap.permissions.widening_rules import badness

_CONTENTS = {"template", "parameters", "overrides"}
"""The properties of a StackSet and its stacks that decide what the accounts have."""


def _of_accounts(prepared: Prepared, row: DeploymentStatus, note: Callable[[str], None]) -> DeploymentStatus:
    """CloudFormation says which stacks of a fleet had drifted when it was last asked to compare them, and not what that
    lets somebody do."""
    session = prepared.session
    accounts = accounts_of(session, prepared.state, prepared.plan)
    if accounts is None:
        return row
    look = commands.bootstrap("status", name=row.deployment, flags=[*session.flags, "--detect-drift"])
    changed = [each.address for each in prepared.plan.changes if {item.field for item in each.differences} & _CONTENTS]
    if changed:
        where = ", ".join(changed)
        reason = f"what stacks are made from was changed, and whether that widens access is not known: {where}"
        plain = commands.bootstrap("status", name=row.deployment, flags=session.flags)
        return replace(row, result="cannot be read", reason=reason, advice=f"To see what was changed, run: {plain}")
    if drifted := [each.account for each in accounts if each.result == "drifted"]:
        some = f"{', '.join(drifted[:5])}{' and others' * (len(drifted) > 5)}"
        reason = f"stacks were changed in their accounts, and whether that widens access is not known: {some}"
        return replace(row, result="cannot be read", reason=reason, advice=f"To see what was changed, run: {look}")
    note(f"What was changed in the accounts is known as of the last comparison. To compare now, run: {look}")
    return row


def security_status(
    names: Iterable[str],
    find: Callable[[str], Backend],
    sign_in: SignIn,
    *,
    note: Callable[[str], None] = lambda text: None,
    accept_edited_state: bool = False,
    invocation: Invocation | None = None,
) -> list[DeploymentStatus]:
    """As `status_all`, with each difference in `DeploymentStatus.security`; the deployment with the worst comes first. An
    edited state proves nothing, so it counts as one that could not be judged, unless it is accepted. Changes nothing."""

    def judged(session: Session, backend: Backend, row: DeploymentStatus) -> DeploymentStatus:
        prepared = prepare_status(session, backend)
        again = invocation or Invocation.of("status", row.deployment, session.flags)
        edited_state.check(prepared.state, backend.where, again, asked=False, accepted=accept_edited_state)
        plan = replace(prepared.plan, unfinished=prepared.state.missing)
        found = security_differences(plan)
        row = replace(row, security=found, differences=len(found), result="differs" if found else "up to date")
        if hidden := [change.address for change in plan.changes if change.action is Action.UNREADABLE]:
            return replace(row, result="cannot be read", reason=f"AWS does not show {', '.join(hidden)}")
        return _of_accounts(prepared, row, note)

    found = each_deployment(names, find, sign_in, judged, note)
    return sorted(found, key=lambda row: min((badness(each.code) for each in row.widened), default=badness("")))
