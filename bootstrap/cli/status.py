"""`bootstrap status`: compares what deployments recorded with what AWS has now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command
from bootstrap.errors import StateError, UsageError

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.views import View


@command(sign_in=True, verbose=True, plan_is_result=True)
def status(
    *,
    name: options.Name = None,
    all_: Annotated[
        bool,
        typer.Option("--all", help="Show all deployments in one table, also if there is only one.", metavar=""),
    ] = False,
    detailed_exitcode: options.DetailedExitCode = False,
    security: Annotated[
        bool,
        typer.Option(
            "--security", help="Say which differences give somebody more access; exit with 2 for these.", metavar=""
        ),
    ] = False,
    check_chain: Annotated[
        bool,
        typer.Option("--check-chain", help="Assume the vendor's roles, to test them.", metavar=""),
    ] = False,
    detect_drift: Annotated[
        bool,
        typer.Option(
            "--detect-drift",
            help="Of a fleet: let CloudFormation compare the stacks of all accounts, which takes minutes.",
            metavar="",
        ),
    ] = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    sarif: options.Sarif = False,
    view: "View",
) -> int:
    """Show whether everything that a deployment created still exists unchanged; several deployments in one table.

    Changes nothing. Without --name, all deployments of the folder are compared, or of s3://BUCKET/FOLDER/ with --state. Of
    a deployment that was destroyed, it says when, and exits with 0.
    `--check-chain` assumes the vendor's roles, if you may, and shows ok, failed or unknown for each. If a machine installs
    software at its first start, status reads from its console whether that is done. A deployment whose role is locked until
    the vendor shows the external id is said to be waiting, and one whose role accepts two external ids to be rotating; both
    are no difference. A fleet has a row for each account. Exits with 1 when a check failed or a resource or state cannot be
    read; with `--detailed-exitcode`, exits with 2 when something differs.

    `--security` judges each difference: it is harmless, or it widens access, as a new principal, a lost external id, or a
    public bucket does. It exits with 2 only if something widens access, and with 1 if it could not be judged, also because
    the state was edited. With `--sarif`, what widens access goes to stdout for code scanning.
    """
    if all_ and name is not None:
        raise UsageError("--all and --name contradict each other", "Omit one of the two.")
    if sarif and not security:
        raise UsageError("--sarif of status is about what widens access", "Add --security, or omit --sarif.")
    if security and (check_chain or detailed_exitcode):
        other = "--check-chain" if check_chain else "--detailed-exitcode"
        raise UsageError(f"--security and {other} contradict each other", "Omit one of the two.")
    names = [] if name is not None else target.deployments()
    if security:
        from bootstrap.cli.security_status import show_security

        found = names or [target.chosen(name)]
        return show_security(target, view, found, accept_edited_state=accept_edited_state, sarif=sarif)
    if detect_drift and (all_ or security or len(names) > 1):
        raise UsageError("--detect-drift is about the accounts of one fleet", "Add --name, and no other check.")
    if names and (all_ or len(names) > 1):
        return _all(target, view, names, check_chain, accept_edited_state, detailed_exitcode)
    try:
        one = names[0] if names else target.chosen(name)
    except StateError:
        if before := target.destroyed_before(name):
            from bootstrap.cli.presenter import show_gone

            return show_gone(view, before, target.create_flags)
        raise
    return _one(target.of(one), view, one, check_chain, detect_drift, accept_edited_state, detailed_exitcode)


def _all(
    target: "Target", view: "View", names: list[str], check_chain: bool, accept_edited_state: bool, detailed_exitcode: bool
) -> int:
    from bootstrap.cli.sessions import signing_in
    from bootstrap.core import commands
    from bootstrap.core.deployment_status import exit_code
    from bootstrap.operations.status_all import status_all

    found = status_all(
        names,
        target.backend,
        signing_in(target, view, names, accept_edited_state=accept_edited_state),
        note=view.note,
        check_chain=check_chain,
        accept_edited_state=accept_edited_state,
        invocation=target.invocation,
    )
    view.deployments(found)
    if other := next((each for each in found if each.result != "up to date"), None):
        one = commands.bootstrap("status", name=other.deployment, flags=target.flags)
        view.note(f"To see the details of one, run: {one}")
    return exit_code(found, detailed=detailed_exitcode)


def _one(
    target: "Target",
    view: "View",
    name: str,
    check_chain: bool,
    detect_drift: bool,
    accept_edited_state: bool,
    detailed_exitcode: bool,
) -> int:
    from bootstrap.cli.bound import retiring
    from bootstrap.cli.presenter import warn_edited
    from bootstrap.cli.sessions import signed_in_as_recorded
    from bootstrap.core import commands
    from bootstrap.core.role_chain import LIMITS
    from bootstrap.core.rotation import rotation_of
    from bootstrap.integrations import missing_file
    from bootstrap.operations import edited_state, status as operation
    from bootstrap.operations.load_state import stored_state

    backend = target.backend(name)
    stored = stored_state(backend)
    view.note(f"Deployment {stored.deployment} of {stored.integration}, recorded in {backend.where}")
    warn_edited(view, stored, backend.where)
    if check_chain:  # its roles are those of the state
        edited_state.check(stored, backend.where, target.invocation, asked=False, accepted=accept_edited_state)
    with signed_in_as_recorded(target, stored, view, accept_edited_state=accept_edited_state) as session:
        try:
            found = operation(
                session,
                backend,
                check_chain=check_chain,
                detect_drift=detect_drift,
                accept_edited_state=accept_edited_state,
                invocation=target.invocation,
                show=view.event,
            )
        finally:
            view.finished()
    view.plan(found.plan, purpose="status")
    of = {"integration": stored.word, "name": stored.deployment}
    create = commands.bootstrap("create", flags=target.create_flags, **of)
    if found.can_be_repaired and not stored.waiting:
        if lost := missing_file(stored):
            view.note(lost)
        else:
            planning = commands.bootstrap("plan", flags=target.create_flags, out="plan.json", **of)
            view.restore(planning if target.approval(name) else create)
    if stored.waiting:
        view.waiting(stored.waiting, create, opened=found.is_unlocked, differs=found.can_be_repaired)
        if lost := missing_file(stored):
            view.note(lost)
    if rotation := rotation_of(stored.inputs, stored.deployment, target.create_flags):
        planned = retiring(target, stored)
        view.rotating(replace(rotation, retire=planned) if planned else rotation)
    if check_chain:
        view.chain(found.chain)
        view.note(LIMITS)
    if found.accounts is not None:
        view.accounts(found.accounts, every=True)
    if found.boots:
        view.first_boots(found.boots)
    if found.failed:
        return 1
    return 2 if detailed_exitcode and found.differs else 0
