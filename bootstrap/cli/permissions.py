"""`bootstrap permissions`: the IAM policy that the person who runs create, status and destroy needs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.create import IntegrationName, chosen_integration, recorded_inputs

if TYPE_CHECKING:
    from bootstrap.cli.inputs import Gathered
    from bootstrap.cli.place import Target
    from bootstrap.core.account import Account
    from bootstrap.core.integration import Integration
    from bootstrap.core.state import State
    from bootstrap.permissions.operator import Need, Verb
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


def permissions(
    *,
    integration: IntegrationName = None,
    name: options.Name = None,
    verb: Annotated[
        Verbs, typer.Option("--for", help="What it should allow; handoff: the steps that create prints at the end.")
    ] = Verbs.ALL,
    explain: Annotated[
        bool, typer.Option("--explain", help="A table with the reason of each action, and no policy.", metavar="")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write each policy into a file in this folder.", metavar="FOLDER")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --output overwrite files with other content.", metavar="")
    ] = False,
    operator: Annotated[
        str | None, typer.Option(help="The user or role that will run it, if that is not you.", metavar="ARN")
    ] = None,
    inputs: options.Inputs = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Print the IAM policy that the operator needs for these inputs, from what each resource declares.

    Where STS tells who you are, account, region and operator are yours; else they are patterns. Several accounts, or more
    than IAM takes in one policy, give several policies, printed as one object by name: make each of them, and attach all.
    --output writes a file for each, as aws iam create-policy takes it. With a state in S3 (--state), also what that takes.
    What a role inside will be allowed to do is in `bootstrap integrations`.
    """
    from bootstrap.cli import policy_files, running
    from bootstrap.cli.inputs import gather
    from bootstrap.cli.output_folder import OutputFolder
    from bootstrap.cli.place import Target, is_terminal
    from bootstrap.core.partitions import check_vendor
    from bootstrap.errors import UsageError
    from bootstrap.integrations import integration as find
    from bootstrap.operations import edited
    from bootstrap.permissions.operator_policy import named, policies
    from bootstrap.views.needs import show

    if force and output is None:
        raise UsageError("--force overwrites files of --output, which is not given", "Add --output FOLDER.")
    if output is not None and explain:
        raise UsageError("--explain prints a table and no policy, so --output has nothing to write", "Omit one of the two.")
    folder = OutputFolder(output, force) if output is not None else None
    if folder:
        folder.check()
    place = Target(profile, region, sandbox, state)
    integration = chosen_integration(integration, ask=not json)
    view = running.view_for(json, plan_is_result=True)
    if place.address and verb is not Verbs.HANDOFF:  # who asks for a policy may not be allowed to read it yet
        name, stored, gathered = name or integration, None, gather(find(integration), given, inputs, None)
    else:
        name = place.to_create(name, integration)
        backend = place.backend(name)
        gathered, stored = recorded_inputs(integration, given, inputs, name, backend)
        if text := edited.warning(stored, backend.where):
            terminal.say(text, err=True)
    gathered = gathered.asked() if is_terminal() and not json else gathered
    recipe = gathered.recipe
    accounts, callers = _who(place, gathered, recipe, stored, operator, view)
    if not stored or verb not in (Verbs.STATUS, Verbs.DESTROY):  # what is there must go, whatever it was made with
        check_vendor(gathered.integration, accounts.values())
        _check(recipe, accounts.values())
    if gathered.kept:
        terminal.say(f"Inputs from the state: {gathered.kept_words}", err=True)
    needs = _needs(recipe, accounts, callers, stored, name, VERBS[verb], place)
    if not needs:
        terminal.say("The steps of this hand-off need no permission in AWS.", err=True)
    use = policy_files.USE.format(who="follows the hand-off" if verb is Verbs.HANDOFF else "runs bootstrap")
    if explain and json:
        terminal.say_data([asdict(need) for need in needs])
    elif explain:
        show(needs)
    elif folder:
        there = _reached(place, recipe, accounts)
        stem = name if verb is Verbs.ALL else f"{name}-{verb}"
        files = policy_files.write(folder, policies(needs), stem, there)
        left = policy_files.left_over(folder, stem, there, files)
        if json:
            terminal.say_data({"policies": [asdict(file) for file in files], "left_over": left})
        else:
            for file in files:
                if len(accounts) > 1:
                    terminal.say(f"In account {accounts[file.account].id} ({file.account}):", err=True)
                terminal.say(file.command)
            if files:
                terminal.say(use, err=True)
            if left:
                old = "Warning: these files are from an earlier run, as it seems, and are no part of these policies"
                terminal.say(
                    f"{old}: {', '.join(left)}. Make no policies of them; delete them if nobody needs them.", err=True
                )
    else:
        found = named(policies(needs), name)
        terminal.say_data(next(iter(found.values())) if len(found) == 1 else found)
        if found and not json:
            split = f"These are {len(found)} policies, by name; each is a document of its own. " if len(found) > 1 else ""
            terminal.say(f"{split}To have a file for each, add --output FOLDER. {use}", err=True)
    return 0


def _reached(place: "Target", recipe: "Integration", accounts: "Mapping[str, Account]") -> "dict[str, Account]":
    """As an administrator signs in to them: by a profile where one is known, and by no role that bootstrap assumes."""
    from bootstrap.core.account import SignIn

    endpoint = place.login().endpoint if place.sandbox else None
    found = {}
    for alias, account in accounts.items():
        way = recipe.sign_ins[alias]
        region = "" if account.region == "*" else account.region
        own = SignIn(profile=None if way.role_arn else place.profile or way.profile)
        found[alias] = replace(account, region=region, sign_in=own, endpoint=endpoint)
    return found


def _who(
    place: "Target",
    gathered: "Gathered",
    recipe: "Integration",
    stored: "State | None",
    operator: str | None,
    view: "View",
) -> "tuple[Mapping[str, Account], dict[str, str]]":
    """The accounts, as the state knows them, or STS; else patterns, which a note tells. And the ARNs of who will run it in
    them, where that is known. Raises UsageError for an `operator` that is none of the first account."""
    from bootstrap.aws.session import signed_in
    from bootstrap.cli.sign_ins import logins_of_inputs
    from bootstrap.core import validators
    from bootstrap.core.account import ANY
    from bootstrap.core.partitions import partition_of
    from bootstrap.errors import BootstrapError, UsageError
    from bootstrap.permissions.caller import is_principal

    try:
        region = validators.region(place.region) if place.region else None
        nobody = replace(ANY, region=region, partition=partition_of(region)) if region else ANY
    except ValueError as error:  # it becomes a part of ARNs, also where AWS is not asked
        raise UsageError(f"--region: {error}") from error
    sign_ins = recipe.sign_ins
    callers = {alias: sign_in.role_arn for alias, sign_in in sign_ins.items() if sign_in.role_arn}
    first = next(iter(sign_ins))
    if operator is not None:
        if not is_principal(operator):
            example = "arn:aws:iam::123456789012:role/ci"
            raise UsageError(f"--operator: {operator} is not the ARN of a user or a role", f"Name one, as {example}.")
        callers[first] = operator
    recorded = stored.accounts if stored and set(stored.accounts) == set(sign_ins) else None
    try:
        with signed_in(logins_of_inputs(place, gathered, stored, view.note), ()) as session:
            accounts = recorded or session.accounts
            signed = session.identities
            own = {alias: each.arn for alias, each in signed.items() if each.account.id == accounts[alias].id}
    except BootstrapError as error:
        unknown = "Account is a pattern" if place.region else "Account and region are patterns"
        what = "Who runs it is a pattern" if recorded else unknown
        view.note(f"{what}, as STS was not to be asked: {error.message}")
        accounts, own = recorded or {alias: replace(nobody, alias=alias) for alias in sign_ins}, {}
    if operator and accounts[first].id not in ("*", operator.split(":")[4]):
        raise UsageError(f"--operator: {operator} is not of account {accounts[first].id}", "Name one of that account.")
    return accounts, own | callers


def _check(recipe: "Integration", accounts: "Iterable[Account]") -> None:
    """Raises PlanRefused for what create would refuse without asking AWS. Where the partition is not known, that is what
    every partition refuses."""
    from bootstrap.core.account import EXAMPLE, HOMES
    from bootstrap.core.partitions import check_inputs
    from bootstrap.engine import graphs
    from bootstrap.errors import PlanRefused

    parts = [{name: part for name, part in vars(account).items() if part != "*"} for account in accounts]
    refused = list[PlanRefused]()
    for partition, region in HOMES.items():
        possible = [replace(EXAMPLE, **{"partition": partition, "region": region, **known}) for known in parts]
        try:
            check_inputs(recipe, possible)
            graphs.build_graph(recipe, possible)
        except PlanRefused as error:
            refused.append(error)
        else:
            return
    raise refused[0]


def _needs(
    recipe: "Integration",
    accounts: "Mapping[str, Account]",
    callers: "Mapping[str, str]",
    stored: "State | None",
    name: str,
    verb: "Verb",
    place: "Target",
) -> "list[Need]":
    from bootstrap.core.graph import Node
    from bootstrap.permissions.operator import checking, needs_of_integration, needs_of_nodes, of_verb
    from bootstrap.resources import restore

    needs = of_verb([*needs_of_integration(recipe, accounts, name), *checking(accounts, callers)], verb)
    if stored and set(stored.accounts) == set(accounts):
        nodes = [Node(each.address, restore(each), each.account, ()) for each in stored.records.values()]
        # Status and destroy are about just these things; what create makes in their place has other ids.
        just_these = verb in ("status", "destroy")
        ids = stored.output if just_these else lambda *_: None
        recorded = of_verb(
            needs_of_nodes(nodes, accounts, name, stored.output, ids), "destroy" if verb == "create" else verb
        )
        if just_these:
            needs = [need for need in needs if not need.address or need.on == "find"] + recorded
        elif verb == "create":  # takes away what the inputs no longer want
            wanted = {need.address for need in needs}
            needs += [need for need in recorded if need.address not in wanted and need.on != "find"]
        else:
            needs += recorded
    if place.address:
        # `outputs`, which shows the hand-off, reads the state.
        needs += of_verb(place.address.needs(next(iter(accounts.values()))), "status" if verb == "handoff" else verb)
    return needs
