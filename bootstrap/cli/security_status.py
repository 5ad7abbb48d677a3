"""`bootstrap status --security`: whether somebody has more access than bootstrap gave."""

from collections.abc import Sequence

from bootstrap import __version__
from bootstrap.cli import terminal
from bootstrap.cli.sessions import signing_in
from bootstrap.cli.target import Target
from bootstrap.core import commands
from bootstrap.core.deployment_status import DeploymentStatus, security_exit_code
from bootstrap.operations.security_status import security_status
from bootstrap.views import View
from bootstrap.views.sarif import log, of_security
from bootstrap.views.security import nothing_judged


def show_security(target: Target, view: View, names: Sequence[str], *, accept_edited_state: bool, sarif: bool) -> int:
    """Judges the differences of these deployments; returns the exit code."""
    found = security_status(
        names,
        target.backend,
        signing_in(target, view, names, accept_edited_state=accept_edited_state),
        note=view.note,
        accept_edited_state=accept_edited_state,
        invocation=target.invocation,
    )
    if sarif:
        results, failures = of_security([(each, *_place(target, each)) for each in found])
        if nothing := nothing_judged(found):
            view.note(nothing)
        terminal.say_data(log(results, __version__, failures))
    else:
        view.security(found)
    if widened := next((each for each in found if each.widened), None):
        one = commands.bootstrap("status", name=widened.deployment, flags=target.flags)
        view.note(f"To see what create would set back, run: {one}")
    return security_exit_code(found)


def _place(target: Target, row: DeploymentStatus) -> tuple[str, int]:
    """Where code scanning shows it: at the deployment in the project file, or else at the state."""
    return target.described_at.get(row.deployment) or (target.backend(row.deployment).where, 1)
