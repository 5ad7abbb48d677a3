"""`bootstrap destroy`: take away exactly what a deployment made."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, terminal

if TYPE_CHECKING:
    from bootstrap.core.receipt import Destroyed
    from bootstrap.engine.prepare import Prepared
    from bootstrap.views import View


def destroy(
    *,
    name: options.Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    delete_data: Annotated[
        bool,
        typer.Option(
            "--delete-data",
            help="Delete data, too: all objects, in all versions, of its buckets, and volumes that were told to stay.",
            metavar="",
        ),
    ] = False,
    terminate_jobs: options.TerminateJobs = False,
    detach_foreign: options.DetachForeign = False,
    delete_foreign: options.DeleteForeign = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sign_in: options.SignIns = [],  # noqa: B006  typer copies it
    sandbox: options.Sandbox = False,
    no_preflight: options.NoPreflight = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    verbose: options.Verbose = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Take away what a deployment made, and nothing else.

    Works from the state alone. What somebody else made under the same name is left alone; data is deleted only with
    --delete-data, and jobs are ended only with --terminate-jobs. Asks for the deployment's name first.

    Ends with 0 when nothing is left, also when an earlier destroy saw to that. Ends with 1 when something is left, when AWS
    did not say, or when no such deployment was ever recorded here.
    """
    from bootstrap.aws.session import signed_in
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core.integration import Handoff
    from bootstrap.discovery.search import TAGGING
    from bootstrap.engine.graphs import services_of
    from bootstrap.engine.prepare import stored_state
    from bootstrap.errors import StateError
    from bootstrap.operations import destroy as operation, edited, plan_destroy
    from bootstrap.operations.run import finishing

    place = Target(profile, region, sandbox, state, tuple(sign_in))
    view = running.view_for(json, plan_is_result=dry_run)
    try:
        name = place.chosen(name, ask=not yes)
    except StateError:
        place.deployments()  # raises again where it is not known what is recorded
        if not (before := place.destroyed(name)):
            if not dry_run:
                running.must_be_agreed(yes, "destroy")
            raise
        return _nothing_to_do(before, view)
    ask = False if dry_run else running.must_be_agreed(yes, "destroy")
    flags = {
        "delete-data": delete_data,
        "terminate-jobs": terminate_jobs,
        "detach-foreign": detach_foreign,
        "delete-foreign": delete_foreign,
    }
    allowed = frozenset(flag for flag, is_given in flags.items() if is_given)
    show = running.Shown(view, "destroy", verbose)

    def confirm(prepared: "Prepared") -> bool:
        running.forget_typed_ahead()
        asked = edited.question(prepared.stored, f"Type {name} to destroy it")
        return terminal.prompt(asked).strip() == name

    backend = place.backend(name)
    with backend.lock(f"destroy {name}"):
        stored = stored_state(backend)
        if stored.deployment != name:  # a copy of its state under another name
            raise StateError(
                f"{backend.where} holds the deployment {stored.deployment!r}, not {name!r}",
                f"To destroy that one, run: {place.destroying(stored.deployment, backend)}",
            )
        running.warn_edited(view, stored, backend.where)
        logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
        with signed_in(logins, {*services_of(None, stored), TAGGING}, tell=view.note, flags=place.flags) as session:
            running.show_identity(view, session, sandbox=sandbox)
            checked = not no_preflight
            if dry_run:
                planned = plan_destroy(
                    session,
                    backend,
                    allowed=allowed,
                    check_permissions=checked,
                    show=show,
                    invocation=running.invocation(place),
                )
                return 1 if planned.plan.refused else 0
            deleted = operation(
                session,
                backend,
                confirm=confirm if ask else None,
                allowed=allowed,
                check_permissions=checked,
                accept_edited_state=accept_edited_state,
                show=show,
                invocation=running.invocation(place),
                interruptible=running.interruptible,
            )
        if deleted is None:
            view.note("That is not its name. Nothing was changed.")
            return 1
    only = f" Only forgotten, see the plan: {', '.join(deleted.forgotten)}." if deleted.forgotten else ""
    content = {
        "deployment": name,
        "deleted": list(deleted.deleted),
        "forgotten": list(deleted.forgotten),
        "left": list(deleted.receipt.others),
    }
    with finishing():
        view.result(f"Destroyed: nothing that {name} made is left.{only}", Handoff({}), content)
    return 0


def _nothing_to_do(before: "list[Destroyed]", view: "View") -> int:
    """What was destroyed, and nothing is recorded since. AWS is not asked: whose account it was is recorded no more."""
    from bootstrap.core.integration import Handoff

    names = ", ".join(f"{each.deployment} on {each.at}" for each in before)
    nothing: dict[str, list[str]] = {"deleted": [], "forgotten": [], "left": []}
    content = {"deployment": before[0].deployment, **nothing, "destroyed": [asdict(each) for each in before]}
    view.result(f"Nothing to destroy. Destroyed before: {names}.", Handoff({}), content)
    return 0
