"""`bootstrap create` and `bootstrap plan`."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, plan_options, terminal
from bootstrap.cli.command import command
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.target import Target
    from bootstrap.operations.callbacks import Prepared
    from bootstrap.views import View


@command(verbose=True)
def create(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    retag: options.Retag = False,
    detach_foreign: options.DetachForeign = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    replace: options.Replace = [],  # noqa: B006
    terminate_jobs: options.TerminateJobs = False,
    restart_vm: options.RestartVm = False,
    inputs: "GivenInputs",
    plan_file: plan_options.Plan = None,
    require_approval: plan_options.RequireApproval = None,
    allowed_signers: plan_options.AllowedSigners = None,
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    target: "Target",
    no_preflight: options.NoPreflight = False,
    cage: options.Cage = False,
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Create what an integration needs in your AWS account, or restore it.

    Shows the plan and asks before the first change. Running it again changes nothing; after a failure or a crash it
    continues where it stopped. `create --integration NAME --help` shows the inputs of that integration.

    With --plan, it runs exactly the plan that `plan --out` wrote and somebody has read, and does not ask again. If anything
    has changed since, it changes nothing and says what.
    """
    from bootstrap.cli.bound import bound_plan, check_inputs_of_plan, check_not_required, with_plans
    from bootstrap.cli.creating import created
    from bootstrap.cli.presenter import show_created, show_ignored
    from bootstrap.cli.questions import chosen_deployment, should_ask
    from bootstrap.cli.sessions import recorded_inputs

    allowed = options.allowed(retag, detach_foreign, terminate_jobs, restart_vm, overwrite, replace)
    if dry_run:
        integration, name = chosen_deployment(target, integration, name, view.note, ask=not yes)
        _plan(target, view, integration, name, inputs, allowed, check_permissions=not no_preflight, cage=cage)
        return 0
    if plan_file is None and (require_approval or allowed_signers):
        raise UsageError("an approval is about a plan in a file, and none is named", "Add --plan FILE.")
    if plan_file:
        check_inputs_of_plan(inputs)
    bound = bound_plan(plan_file, require_approval, allowed_signers, target, view.note) if plan_file else None
    ask = should_ask(yes or bound is not None, "create")
    folder = options.handoff_folder(write_handoff, force=force)
    if folder:
        folder.check()
    own = target
    if bound:
        target, name = bound.for_its_region(target), bound.plan.deployment
    else:
        integration, name = chosen_deployment(target, integration, name, view.note, ask=ask)
        check_not_required(target, name, target.line.planning())
    backend = target.backend(name)
    with backend.lock(f"create {name}"), bound.advising(target) if bound else nullcontext():
        if bound:
            gathered, stored = bound.inputs(name, backend, view.note)
            if other := bound.other_inputs(inputs):
                view.note(f"Note: the plan is run with its own inputs; the project file has others: {', '.join(other)}.")
        else:
            gathered, stored = recorded_inputs(target, str(integration), inputs, name, backend, view.note)
        done = created(
            target,
            backend,
            name,
            gathered,
            stored,
            view,
            folder=folder,
            ask=ask,
            allowed=allowed,
            check_permissions=not no_preflight,
            accept_edited_state=accept_edited_state,
            cage=cage,
            invocation=target.invocation if bound else inputs.changed_where_they_are(target.invocation),
            bound=bound.plan if bound else None,
        )
    show_ignored(view, backend)
    return show_created(view, with_plans(own, done), backend.where, folder)


@command(verbose=True, plan_is_result=True)
def plan(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    detailed_exitcode: options.DetailedExitCode = False,
    retag: options.Retag = False,
    detach_foreign: options.DetachForeign = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    replace: options.Replace = [],  # noqa: B006
    terminate_jobs: options.TerminateJobs = False,
    restart_vm: options.RestartVm = False,
    inputs: "GivenInputs",
    target: "Target",
    no_preflight: options.NoPreflight = False,
    cage: options.Cage = False,
    out: plan_options.Out = None,
    expires: plan_options.Expires = None,
    force: plan_options.ForceOut = False,
    sarif: options.Sarif = False,
    view: "View",
) -> int:
    """Show what create would do, and change nothing.

    `--verbose` shows every property and whole policies; `--detailed-exitcode` exits with 2 when there is something to do.
    With `--sarif`, what is dangerous or cannot be done goes to stdout for code scanning, and the plan to stderr. With
    `--out`, `create --plan` can later run exactly this plan. With `--cage`, it says how tight the cage of the run would be.
    """
    from bootstrap.cli.plan_files import PlanOut
    from bootstrap.cli.questions import chosen_deployment

    file = PlanOut.of(out, expires, force=force)
    allowed = options.allowed(retag, detach_foreign, terminate_jobs, restart_vm, overwrite, replace)
    integration, name = chosen_deployment(target, integration, name, view.note)
    seen: list[Prepared] = []
    try:
        prepared = _plan(
            target, view, integration, name, inputs, allowed, check_permissions=not no_preflight, cage=cage, seen=seen
        )
    finally:  # also if the plan is refused
        if sarif and seen:
            from bootstrap.cli.plan_report import sarif_of

            terminal.say_data(sarif_of(seen[-1], inputs, target))
    if file:
        file.write(prepared, target, view.note, cage=cage)
    return 2 if detailed_exitcode and prepared.plan.work else 0


def _plan(
    target: "Target",
    view: "View",
    integration: str,
    name: str,
    inputs: "GivenInputs",
    allowed: frozenset[str],
    *,
    check_permissions: bool,
    cage: bool = False,
    seen: "list[Prepared] | None" = None,
) -> "Prepared":
    """`seen` gets the plan once it is shown: it may then be refused."""
    from bootstrap.cli.creating import planned
    from bootstrap.cli.sessions import recorded_inputs

    backend = target.backend(name)
    gathered, stored = recorded_inputs(target, integration, inputs, name, backend, view.note)
    return planned(
        target,
        backend,
        name,
        gathered,
        stored,
        view,
        allowed=allowed,
        check_permissions=check_permissions,
        cage=cage,
        invocation=inputs.changed_where_they_are(target.invocation),
        seen=seen,
    )
