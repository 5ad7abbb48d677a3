"""Compares each of several deployments with AWS: what goes wrong with one does not hide the others."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from bootstrap.aws.session import Session
from bootstrap.core.backend import Backend
from bootstrap.core.deployment_status import DeploymentStatus, Result
from bootstrap.core.plan import Action
from bootstrap.core.rotation import rotation_of
from bootstrap.core.state import State
from bootstrap.engine.prepare import stored_state
from bootstrap.errors import BootstrapError, StateError
from bootstrap.operations import edited_state
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.status import Status, status

SignIn = Callable[[State], AbstractContextManager[Session]]


def status_all(
    names: Iterable[str],
    find: Callable[[str], Backend],
    sign_in: SignIn,
    *,
    note: Callable[[str], None] = lambda text: None,
    check_chain: bool = False,
    accept_edited_state: bool = False,
    invocation: Invocation | None = None,
) -> list[DeploymentStatus]:
    """`find` gives the state of the deployment of that name. `note` gets a line before each look. Changes nothing."""
    rows = []
    for name in names:
        note(f"Comparing {name} with AWS")
        stored, warning = None, ""
        try:
            backend = find(name)
            stored = stored_state(backend)
            warning = edited_state.warning(stored, backend.where)
            with sign_in(stored) as session:
                found = status(
                    session,
                    backend,
                    check_chain=check_chain,
                    accept_edited_state=accept_edited_state,
                    invocation=invocation,
                )
            result, reason = _result(found)
            advice = ""
            flags = invocation.state_flags if invocation else ()
            if result == "up to date" and (rotation := rotation_of(stored.inputs, name, flags)):
                result, reason, advice = "rotating", rotation.text, f"To retire the previous one, run: {rotation.retire}"
            number = len(found.different) if result == "differs" else 0
            rows.append(_row(name, stored, result, reason, differences=number, advice=advice, warning=warning))
        except BootstrapError as error:
            result = "cannot be read" if isinstance(error, StateError) and stored is None else "failed"
            rows.append(_row(name, stored, result, error.message, advice=error.advice, warning=warning))
    return rows


def _row(
    name: str,
    stored: State | None,
    result: Result,
    reason: str,
    *,
    differences: int = 0,
    advice: str = "",
    warning: str = "",
) -> DeploymentStatus:
    return DeploymentStatus(
        deployment=name,
        integration=stored.integration if stored else "",
        accounts=tuple(dict.fromkeys(each.id for each in stored.accounts.values())) if stored else (),
        region=next(iter(stored.accounts.values())).region if stored else "",
        result=result,
        differences=differences,
        reason=reason,
        advice=advice,
        warning=warning,
    )


def _result(found: Status) -> tuple[Result, str]:
    failed = [f"the role {each.role}: {each.text}" for each in found.chain if each.verdict == "failed"]
    failed += [f"first boot of {each.address}: {each.text}" for each in found.boots if each.verdict == "failed"]
    if failed:
        return "failed", "; ".join(failed)
    if hidden := [change.address for change in found.plan.changes if change.action is Action.UNREADABLE]:
        return "cannot be read", f"AWS does not show {', '.join(hidden)}"
    if found.differs:
        opened = {address for address, _ in found.plan.opened}
        return "differs", ", ".join(f"{each} (access opened)" if each in opened else each for each in found.different)
    if found.state.waiting:
        return "waiting", found.state.waiting.text
    return "up to date", ""
