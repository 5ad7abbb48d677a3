"""`bootstrap permissions`: the IAM policy that the person who runs create, status and destroy needs."""

import json as json_format
from typing import Any

import typer

from bootstrap.cli import options
from bootstrap.cli.create import IntegrationName, chosen_integration


def permissions(
    *,
    integration: IntegrationName = None,
    inputs: options.Inputs = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Print the IAM policy that the operator needs for these inputs, from what each resource declares.

    AWS is not asked, so account and region are patterns. Several accounts have one policy each. With a state in S3
    (--state), also what that takes, in the first. What a role inside will be allowed to do is in `bootstrap integrations`.
    """
    from bootstrap.cli.inputs import gather
    from bootstrap.cli.place import Place, is_terminal
    from bootstrap.core.operator import operator_policies
    from bootstrap.integrations import integration as find

    gathered = gather(find(chosen_integration(integration)), given, inputs, None)
    recipe = (gathered.asked() if is_terminal() and not json else gathered).recipe
    policies = operator_policies(recipe)
    if address := Place(sandbox=sandbox, state=state).address:
        next(iter(policies.values()))["Statement"] += address.statements
    only = next(iter(policies.values())) if len(policies) == 1 else policies
    typer.echo(json_format.dumps(only, indent=2))
    return 0
