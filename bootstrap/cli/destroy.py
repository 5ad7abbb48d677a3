"""`bootstrap destroy`: take away exactly what a deployment made."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options, terminal

if TYPE_CHECKING:
    from bootstrap.core.receipt import Destroyed
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
    from bootstrap.backends.uninterrupted import uninterrupted
    from bootstrap.cli import edited, running
    from bootstrap.cli.errored import UnsavedState
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core import commands
    from bootstrap.core.integration import Handoff
    from bootstrap.core.plan import Action
    from bootstrap.core.receipt import Destroyed
    from bootstrap.core.state import State
    from bootstrap.discovery import receipts
    from bootstrap.discovery.search import TAGGING
    from bootstrap.engine import prepare as workflow
    from bootstrap.errors import RunFailed, StateError

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
    backend = place.backend(name)
    with backend.lock(f"destroy {name}"):
        stored = workflow.existing(backend)
        if stored.deployment != name:  # a copy of its state under another name
            raise StateError(
                f"{backend.where} holds the deployment {stored.deployment!r}, not {name!r}",
                f"To destroy that one, run: {place.destroying(stored.deployment, backend)}",
            )
        running.check_apart(backend.where, stored, running.moving(name, place.create_flags))
        edited.warn(stored, backend.where, view.note)
        logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
        with signed_in(logins, {*workflow.services_of(None, stored), TAGGING}, tell=view.note, flags=place.flags) as session:
            running.show_identity(view, session, sandbox=sandbox)

            def agree(prepared: workflow.Prepared) -> bool:
                view.plan(prepared.plan, verbose=verbose, purpose="destroy")
                if not prepared.plan.refused:
                    flags = ["--name", name, *place.create_flags]
                    edited.check(prepared.stored, backend.where, flags, ask=ask, accepted=accept_edited_state)
                running.check_allowed(prepared, view, wanted=not no_preflight)
                if not ask or not (prepared.plan.work or prepared.state.edited) or prepared.plan.refused:
                    return True
                running.forget_typed_ahead()
                asked = edited.question(prepared.state, f"Type {name} to destroy it")
                return terminal.prompt(asked).strip() == name

            def prepare() -> workflow.Prepared:
                given = {
                    "delete-data": delete_data,
                    "terminate-jobs": terminate_jobs,
                    "detach-foreign": detach_foreign,
                    "delete-foreign": delete_foreign,
                }
                allowed = frozenset(flag for flag, is_given in given.items() if is_given)
                return workflow.prepare_destroy(session, backend, allowed=allowed)

            def record(after: State) -> None:
                unsaved = UnsavedState(backend, place.create_flags, begun=True)
                with uninterrupted("Recording what is left; then it ends."), unsaved.reported():
                    if after != report.outcome.state:
                        unsaved.save(after)
                    elif receipt.clean and not after.records:
                        at = datetime.now(UTC).isoformat(timespec="seconds")
                        backend.retire(Destroyed(name, after.integration, after.lineage, at))

            if dry_run:
                prepared = prepare()
                view.plan(prepared.plan, verbose=verbose, purpose="destroy")
                running.check_allowed(prepared, view, wanted=not no_preflight)
                return 1 if prepared.plan.refused else 0
            agreed = workflow.agreed(prepare, agree, again=ask)
            if agreed is None:
                view.note("That is not its name. Nothing was changed.")
                return 1
            report = running.run_plan(agreed, backend, view, place.create_flags)
            with running.finishing():
                receipt = receipts.receipt(agreed)
                try:
                    view.receipt(receipt)
                finally:  # what is left is recorded, shown or not
                    record(receipts.kept(report.outcome.state, agreed, receipt))
    deleted, forgotten = (
        [change.address for change in agreed.plan.changes if change.action is action]
        for action in (Action.DELETE, Action.FORGET)
    )
    here = len(receipt.left) + len(receipt.unknown)
    if not receipt.clean and not here:
        again = commands.bootstrap("destroy", name=name, flags=place.flags)
        raise RunFailed(
            f"all that was recorded is gone; whether anything else of {name} is left could not be looked for",
            f"Ask for what was refused above, which `{commands.bootstrap('permissions')}` prints, too. Then run: {again}",
        )
    if not receipt.clean:
        raise RunFailed(f"{here} of {name} {'is' if here == 1 else 'are'} left, or not known to be gone", _advice(receipt))
    only = f" Only forgotten, see the plan: {', '.join(forgotten)}." if forgotten else ""
    content = {"deployment": name, "deleted": deleted, "forgotten": forgotten, "left": list(receipt.others)}
    with running.finishing():
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


def _advice(receipt: Any) -> str:
    from bootstrap.errors import lines

    return lines(*dict.fromkeys(item.advice for item in (*receipt.left, *receipt.unknown)))
