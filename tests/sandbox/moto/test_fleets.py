"""Whatever ships and can be a fleet stands in the sandbox: its stack is made, has no drift, changes, and leaves nothing."""

import pytest
from moto.iam.models import iam_backends

from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.errors import UsageError
from bootstrap.fleet.template import Template, template
from bootstrap.integrations import integration
from bootstrap.sandbox.moto.stacks import Stack, parsed
from tests.support.inputs import ALL, EVERYTHING
from tests.support.wire import Wire

TAGS = {"team": "data"}


def fleets() -> dict[str, Template]:
    found = {}
    without_tags = {**EVERYTHING["datadog"], "tag": ()}  # with them, it cannot have the policies of its further permissions
    for way, each in {**ALL, "datadog without tags": from_inputs(integration("datadog"), without_tags)}.items():
        try:
            found[way] = template(each, EXAMPLE)
        except UsageError:  # it cannot be a fleet, which `tests/fleet` is about
            continue
    return found


@pytest.mark.parametrize(("way", "of"), fleets().items(), ids=fleets())
def test_the_stack_of_a_fleet_is_made_as_its_template_says(way: str, of: Template, cloud: Wire) -> None:
    content = parsed(of.text)
    values = {of.names[name]: each.value for name, each in of.parameters.items()}
    iam = iam_backends[EXAMPLE.id]["aws"]
    stack = Stack(EXAMPLE.id, "us-east-1")
    stack.deploy(content, values, TAGS)
    assert len(stack.made) == len(content["Resources"])
    assert [*stack.drifts(content, values, TAGS)] == []
    for role in iam.roles.values():
        role.description = "changed by hand"
    assert [differs for *_, differs in stack.drifts(content, values, TAGS)] == [["Description"]] * len(iam.roles)
    stack.deploy(content, values, {})
    assert [*stack.drifts(content, values, {})] == []
    stack.delete(content)
    assert (stack.made, iam.roles) == ({}, {})
    assert iam.managed_policies.keys() == {policy.arn for policy in iam.aws_managed_policies}
