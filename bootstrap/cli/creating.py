"""What create and rotate have in common: they sign in, show the plan, ask, and run it; or only show it."""

from typing import TYPE_CHECKING

from bootstrap.cli.interrupts import interruptible
from bootstrap.cli.presenter import Presenter
from bootstrap.cli.questions import confirm_plan, is_terminal
from bootstrap.cli.sessions import signed_in_with_inputs
from bootstrap.operations import create, plan

if TYPE_CHECKING:
    from bootstrap.cli.handoff import HandoffFolder
    from bootstrap.cli.target import Target
    from bootstrap.core.backend import Backend
    from bootstrap.core.plan_file import PlanFile
    from bootstrap.core.state import State
    from bootstrap.operations.callbacks import Prepared
    from bootstrap.operations.create import Created
    from bootstrap.operations.inputs import Gathered
    from bootstrap.operations.invocation import Invocation
    from bootstrap.views import View


def created(
    target: "Target",
    backend: "Backend",
    name: str,
    gathered: "Gathered",
    stored: "State | None",
    view: "View",
    *,
    folder: "HandoffFolder | None",
    ask: bool,
    allowed: frozenset[str],
    check_permissions: bool,
    accept_edited_state: bool,
    cage: bool,
    invocation: "Invocation",
    bound: "PlanFile | None" = None,
) -> "Created | None":
    """None if the person said no. `folder` is where the hand-off goes: nobody's files may be in the way."""
    if folder:
        folder.check_files(gathered.integration, stored)
    with signed_in_with_inputs(
        target, gathered, stored, view, ask=ask, accept_edited_state=accept_edited_state, cage=cage
    ) as (session, recipe):
        return create(
            session,
            backend,
            name,
            recipe,
            confirm=confirm_plan if ask else None,
            allowed=allowed,
            check_permissions=check_permissions,
            accept_edited_state=accept_edited_state,
            cage=cage,
            show=Presenter(view, "create"),
            invocation=invocation,
            interruptible=interruptible,
            bound=bound,
        )


def planned(
    target: "Target",
    backend: "Backend",
    name: str,
    gathered: "Gathered",
    stored: "State | None",
    view: "View",
    *,
    allowed: frozenset[str],
    check_permissions: bool,
    cage: bool,
    invocation: "Invocation",
    seen: "list[Prepared] | None" = None,
) -> "Prepared":
    """The plan alone. `seen` gets it once it is shown: it may then be refused."""
    with signed_in_with_inputs(target, gathered, stored, view, ask=is_terminal(), cage=cage) as (session, recipe):
        return plan(
            session,
            backend,
            name,
            recipe,
            allowed=allowed,
            check_permissions=check_permissions,
            cage=cage,
            show=Presenter(view, "create", seen if seen is not None else []),
            invocation=invocation,
        )
