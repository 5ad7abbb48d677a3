"""`bootstrap permissions`: the IAM policy that the person who runs create, status and destroy needs."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.operations.permissions import Verb
    from bootstrap.views import View


class Verbs(StrEnum):
    """What the policy is for. "all" is create, status, destroy and recover; "handoff" is for who follows the hand-off."""

    CREATE = "create"
    STATUS = "status"
    DESTROY = "destroy"
    ALL = "all"
    HANDOFF = "handoff"


VERBS: "Mapping[Verbs, Verb]" = {
    Verbs.CREATE: "create",
    Verbs.STATUS: "status",
    Verbs.DESTROY: "destroy",
    Verbs.ALL: "all",
    Verbs.HANDOFF: "handoff",
}


@command(plan_is_result=True)
def permissions(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    verb: Annotated[
        Verbs,
        typer.Option(
            "--for",
            help="Choose what it allows; handoff: the steps that create prints at the end.",
            metavar="create|status|destroy|all|handoff",
        ),
    ] = Verbs.ALL,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print a table with the reason for each action instead.", metavar="")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write each policy into a file in this folder.", metavar="FOLDER")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --output overwrite files with other content.", metavar="")
    ] = False,
    operator: Annotated[
        str | None, typer.Option(help="Name the user or role that will run it, if that is not you.", metavar="ARN")
    ] = None,
    inputs: "GivenInputs",
    target: "Target",
    cage: Annotated[
        bool,
        typer.Option("--cage", help="Preview: include what a run with --cage needs (docs/cage.md).", metavar=""),
    ] = False,
    printer: "Printer",
    view: "View",
) -> int:
    """Print the IAM policy that the operator needs for these inputs, from what each resource declares.

    If STS says who you are, account, region and operator are yours; otherwise they are patterns. Several accounts, or more
    than fits in one policy, need several policies. They are printed as one object, by name: create and attach all of them.
    --output writes a file for each, for aws iam create-policy. With a state in S3 (--state), the policy also covers it.
    `bootstrap integrations` shows what the created roles may do.
    """
    from bootstrap.cli import policy_files
    from bootstrap.cli.inputs import AtTerminal
    from bootstrap.cli.output_folder import OutputFolder
    from bootstrap.cli.questions import chosen_deployment, chosen_integration, is_terminal
    from bootstrap.cli.sessions import recorded_inputs
    from bootstrap.errors import UsageError
    from bootstrap.integrations import name_of
    from bootstrap.operations.connect import sign_in
    from bootstrap.operations.permissions import administrator_accounts, named, permissions as operation, policies
    from bootstrap.operations.sign_ins import ways_of_inputs
    from bootstrap.views.permission_table import show

    if force and output is None:
        raise UsageError("--force overwrites files of --output, which is not given", "Add --output FOLDER.")
    if output is not None and explain:
        raise UsageError("--explain prints a table and no policy, so --output has nothing to write", "Omit one of the two.")
    folder = OutputFolder(output, force) if output is not None else None
    if folder:
        folder.check()
    if target.address and verb is not Verbs.HANDOFF:  # who asks for a policy may not be allowed to read it yet
        integration = chosen_integration(integration, ask=not printer.json)
        name, stored, gathered = name or name_of(integration), None, inputs.gathered(integration, None)
    else:
        integration, name = chosen_deployment(target, integration, name, printer.message, ask=not printer.json)
        gathered, stored = recorded_inputs(target, integration, inputs, name, target.backend(name), printer.message)
    gathered = gathered.asked(AtTerminal()) if is_terminal() and not printer.json else gathered
    recipe, sign_in_options = gathered.recipe, target.sign_in_options(view.note)
    found = operation(
        recipe,
        name,
        VERBS[verb],
        lambda: sign_in(ways_of_inputs(sign_in_options, gathered, stored), stored, target.login(view.note)),
        stored=stored,
        region=target.region,
        operator=operator,
        address=target.address,
        cage=cage,
        note=view.note,
    )
    if gathered.kept:
        printer.message(f"Inputs from the state: {gathered.kept_words}")
    accounts, needs = found.accounts, found.needs
    if not needs:
        printer.message("The steps of this hand-off need no permission in AWS.")
    use = policy_files.USE.format(who="follows the hand-off" if verb is Verbs.HANDOFF else "runs bootstrap")
    if explain and printer.json:
        terminal.say_data([asdict(need) for need in needs])
    elif explain:
        show(needs)
    elif folder:
        endpoint = target.login().endpoint if target.sandbox else None
        there = administrator_accounts(recipe, accounts, target.profile, endpoint)
        stem = name if verb is Verbs.ALL else f"{name}-{verb}"
        files = policy_files.write(folder, policies(needs), stem, there)
        left = policy_files.left_over(folder, stem, there, files)
        if printer.json:
            terminal.say_data({"policies": [asdict(file) for file in files], "left_over": left})
        else:
            for file in files:
                if len(accounts) > 1:
                    printer.message(f"In account {accounts[file.account].id} ({file.account}):")
                terminal.say(file.command)
            if files:
                printer.message(use)
            if left:
                old = "Warning: these files seem to come from an earlier run and do not belong to these policies"
                terminal.say(
                    f"{old}: {', '.join(left)}. Do not create policies from them; delete them if nobody needs them.",
                    err=True,
                )
    else:
        documents = named(policies(needs), name)
        terminal.say_data(next(iter(documents.values())) if len(documents) == 1 else documents)
        number = len(documents)
        split = f"These are {number} policies, by name; each is a document of its own. " if number > 1 else ""
        if documents:
            printer.hint(f"{split}To have a file for each, add --output FOLDER. {use}")
    return 0
