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
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Print the IAM policy that the operator needs for these inputs, from what each resource declares.

    AWS is not asked, so account and region are patterns. What a role inside will be allowed to do is in
    `bootstrap integrations`.
    """
    from bootstrap.cli.inputs import gather
    from bootstrap.cli.place import is_terminal
    from bootstrap.core.operator import operator_policy
    from bootstrap.integrations import integration as find

    recipe, _ = gather(find(chosen_integration(integration)), given, inputs, None, ask=is_terminal() and not json)
    typer.echo(json_format.dumps(operator_policy(recipe), indent=2))
    return 0
