"""`bootstrap create` and `bootstrap plan`: make what an integration wants, or show what that would be."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options

if TYPE_CHECKING:
    from bootstrap.aws.session import Session
    from bootstrap.cli.inputs import Gathered
    from bootstrap.cli.place import Target
    from bootstrap.core.backend import Backend
    from bootstrap.core.integration import Integration
    from bootstrap.core.state import State
    from bootstrap.engine.prepare import Prepared
    from bootstrap.views import View

IntegrationName = Annotated[
    str | None,
    typer.Option(
        "--integration",
        help="What to prepare the account for.",
        metavar="NAME",
        autocompletion=options.names_of_integrations,
    ),
]


def create(
    *,
    integration: IntegrationName = None,
    name: options.Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    retag: options.Retag = False,
    detach_foreign: options.DetachForeign = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    replace: options.Replace = [],  # noqa: B006
    terminate_jobs: options.TerminateJobs = False,
    restart_vm: options.RestartVm = False,
    inputs: options.Inputs = None,
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    no_preflight: options.NoPreflight = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    verbose: options.Verbose = False,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Make what an integration needs in your AWS account, or bring it back to that.

    Shows the plan and asks before the first change. Running it again changes nothing; after a failure or a crash it
    goes on where it stopped. `create --integration NAME --help` shows the integration's own inputs.
    """
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.engine.handoff import handoff_of
    from bootstrap.operations import create as operation, edited
    from bootstrap.operations.run import finishing

    place = Target(profile, region, sandbox, state)
    integration = chosen_integration(integration, ask=not yes)
    allowed = options.allowed(retag, detach_foreign, terminate_jobs, restart_vm, overwrite, replace)
    if dry_run:
        return _plan(
            place, integration, name, given, inputs, allowed, verbose=verbose, json=json, preflight=not no_preflight
        )
    ask = running.must_be_agreed(yes, "create")
    folder = options.handoff_folder(write_handoff, force=force)
    if folder:
        folder.check()
    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json)

    def confirm(prepared: "Prepared") -> bool:
        asked = "Make these changes?" if prepared.plan.work else "Record it as it is now?"
        return running.confirmed(edited.question(prepared.stored, asked))

    with backend.lock(f"create {name}"):
        gathered, stored = recorded_inputs(integration, given, inputs, name, backend)
        recorded = handoff_of(stored) if stored else None
        if folder:
            folder.check_files(gathered.integration, recorded)
        running.warn_edited(view, stored, backend.where)
        with signed_in_with_inputs(place, gathered, stored, view, ask=ask, accepted=accept_edited_state) as (
            session,
            recipe,
        ):
            created = operation(
                session,
                backend,
                name,
                recipe,
                confirm=confirm if ask else None,
                allowed=allowed,
                check_permissions=not no_preflight,
                accept_edited_state=accept_edited_state,
                show=running.Shown(view, "create", verbose),
                invocation=running.invocation(place),
                interruptible=running.interruptible,
            )
        if created is None:
            view.note("Nothing was changed.")
            return 1
    work, report = created.prepared.plan.work, created.report
    done = f"Done: {len(work)} {'change' if len(work) == 1 else 'changes'}. Recorded in {backend.where}." if work else ""
    with finishing():
        try:
            if folder:
                folder.write(report.handoff, gathered.integration, recorded)
                view.note(f"What to hand over is in {folder.path}.")
        finally:  # what was made is worth showing, also when it could not be written
            view.result(done, report.handoff, content(report.outcome.state, backend.where))
    return 0


def plan(
    *,
    integration: IntegrationName = None,
    name: options.Name = None,
    detailed_exitcode: options.DetailedExitCode = False,
    retag: options.Retag = False,
    detach_foreign: options.DetachForeign = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    replace: options.Replace = [],  # noqa: B006
    terminate_jobs: options.TerminateJobs = False,
    restart_vm: options.RestartVm = False,
    inputs: options.Inputs = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    no_preflight: options.NoPreflight = False,
    state: options.StatePath = None,
    verbose: options.Verbose = False,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Show what create would do, and change nothing.

    `--verbose` shows every property and whole policies; `--detailed-exitcode` ends with 2 when there is something to do.
    """
    from bootstrap.cli.place import Target

    place = Target(profile, region, sandbox, state)
    return _plan(
        place,
        chosen_integration(integration),
        name,
        given,
        inputs,
        options.allowed(retag, detach_foreign, terminate_jobs, restart_vm, overwrite, replace),
        verbose=verbose,
        json=json,
        preflight=not no_preflight,
        detailed=detailed_exitcode,
    )


def _plan(
    place: "Target",
    integration: str,
    name: str | None,
    given: dict[str, Any],
    inputs: Path | None,
    allowed: frozenset[str],
    *,
    verbose: bool,
    json: bool,
    preflight: bool,
    detailed: bool = False,
) -> int:
    from bootstrap.cli import running
    from bootstrap.cli.place import is_terminal
    from bootstrap.operations import plan as operation

    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json, plan_is_result=True)
    gathered, stored = recorded_inputs(integration, given, inputs, name, backend)
    running.warn_edited(view, stored, backend.where)
    with signed_in_with_inputs(place, gathered, stored, view, ask=is_terminal()) as (session, recipe):
        prepared = operation(
            session,
            backend,
            name,
            recipe,
            allowed=allowed,
            check_permissions=preflight,
            show=running.Shown(view, "create", verbose),
            invocation=running.invocation(place),
        )
    return 2 if detailed and prepared.plan.work else 0


def chosen_integration(name: str | None, *, ask: bool = True) -> str:
    """The name, or the answer of the person at the terminal. Raises UsageError where nobody can be asked."""
    from bootstrap.cli.place import ask_which, is_terminal
    from bootstrap.errors import UsageError
    from bootstrap.integrations import integrations

    if name is not None:
        return name
    if not ask or not is_terminal():
        raise UsageError("no integration is named", f"Add --integration with one of: {', '.join(integrations())}.")
    return ask_which("Which integration", list(integrations()), [f"{x.name}: {x.title}" for x in integrations().values()])


def recorded_inputs(
    integration: str, given: dict[str, Any], inputs: Path | None, name: str, backend: "Backend"
) -> "tuple[Gathered, State | None]":
    """The inputs, with those of the last run, and what that run recorded. Raises StateError for another deployment."""
    from bootstrap.cli.inputs import gather
    from bootstrap.errors import StateError
    from bootstrap.integrations import integration as find

    stored = backend.load()
    if stored and stored.deployment != name:
        raise StateError(
            f"{backend.where} holds the deployment {stored.deployment!r}, not {name!r}",
            "Choose another --state, or the --name that it holds.",
        )
    return gather(find(integration), given, inputs, stored), stored


@contextmanager
def signed_in_with_inputs(
    place: "Target",
    gathered: "Gathered",
    stored: "State | None",
    view: "View",
    *,
    ask: bool,
    also: Iterable[str] = (),
    accepted: bool = False,
    exists: bool = False,
) -> "Iterator[tuple[Session, Integration]]":
    """The session and the integration, `also` with clients for these services.

    A person is first asked what decides about the accounts, and sees who they are before the rest. What is wrong without
    asking is said before. `accepted` says that an edited state may choose how to sign in; `exists` that nothing is made.
    """
    from bootstrap.aws.session import signed_in
    from bootstrap.cli import running
    from bootstrap.cli.sign_ins import logins_of_inputs
    from bootstrap.core.partitions import check_vendor
    from bootstrap.engine.graphs import services_of

    if gathered.kept:
        view.note(f"Inputs from the state: {gathered.kept_words}")
    recipe = None if ask and not gathered.is_complete else gathered.recipe
    gathered = gathered if recipe else gathered.asked(before_sign_in=True)
    services = {*services_of(recipe, stored), *also}
    logins = logins_of_inputs(place, gathered, stored, view.note, accepted=accepted)
    with signed_in(logins, services, tell=view.note, flags=place.flags) as session:
        running.show_identity(view, session, sandbox=place.sandbox)
        check_vendor(gathered.integration, () if exists else session.accounts.values())  # an old one may be anywhere
        recipe = recipe or gathered.asked().recipe
        for note in recipe.notes:
            view.note(f"Note: {note}")
        yield session, recipe


def content(state: Any, where: str) -> dict[str, Any]:
    """A deployment as data, for --json."""
    return {
        "deployment": state.deployment,
        "integration": state.integration,
        "state": where,
        "outputs": {record.address: dict(record.outputs) for record in state.records.values()},
    }
