"""Compares each of several deployments with AWS: what goes wrong with one does not hide the others."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

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
    flags = invocation.state_flags if invocation else ()

    def compared(session: Session, backend: Backend, row: DeploymentStatus) -> DeploymentStatus:
        found = status(
            session, backend, check_chain=check_chain, accept_edited_state=accept_edited_state, invocation=invocation
        )
        result, reason = _result(found)
        if result == "up to date" and (rotation := rotation_of(found.state.inputs, row.deployment, flags)):
            retire = f"To retire the previous one, run: {rotation.retire}"
            return replace(row, result="rotating", reason=rotation.text, advice=retire)
        return replace(row, result=result, reason=reason, differences=found.differences if result == "differs" else 0)

    return each_deployment(names, find, sign_in, compared, note)


def each_deployment(
    names: Iterable[str],
    find: Callable[[str], Backend],
    sign_in: SignIn,
    compared: Callable[[Session, Backend, DeploymentStatus], DeploymentStatus],
    note: Callable[[str], None],
) -> list[DeploymentStatus]:
    """A row for each: `compared` completes the one that says what the state records."""
    rows = []
    for name in names:
        note(f"Comparing {name} with AWS")
        stored, row = None, DeploymentStatus(deployment=name, result="up to date")
        try:
            backend = find(name)
            stored = stored_state(backend)
            row = replace(_recorded(row, stored), warning=edited_state.warning(stored, backend.where))
            with sign_in(stored) as session:
                rows.append(compared(session, backend, row))
        except BootstrapError as error:
            result: Result = "cannot be read" if isinstance(error, StateError) and stored is None else "failed"
            rows.append(replace(row, result=result, reason=error.message, advice=error.advice))
    return rows


def _recorded(row: DeploymentStatus, stored: State) -> DeploymentStatus:
    accounts = tuple(dict.fromkeys(each.id for each in stored.accounts.values()))
    region = next(iter(stored.accounts.values())).region
    return replace(row, integration=stored.integration, accounts=accounts, region=region)


def _result(found: Status) -> tuple[Result, str]:
    failed = [f"the role {each.role}: {each.text}" for each in found.chain if each.verdict == "failed"]
    failed += [f"first boot of {each.address}: {each.text}" for each in found.boots if each.verdict == "failed"]
    if failed:
        return "failed", "; ".join(failed)
    if hidden := [change.address for change in found.plan.changes if change.action is Action.UNREADABLE]:
        return "cannot be read", f"AWS does not show {', '.join(hidden)}"
    if found.differs:
        opened = {address for address, _ in found.plan.opened}
        what = [f"{each} (access opened)" if each in opened else each for each in found.different]
        return "differs", ", ".join([*what, *(f"account {each}" for each in found.different_accounts)])
    if found.state.waiting:
        return "waiting", found.state.waiting.text
    return "up to date", ""
