"""What CloudFormation reports about single stacks: here those of StackSets, as the sandbox makes no others.

Source: CloudFormation API reference (DescribeStacks, DescribeStackResources).
"""

from collections.abc import Iterable
from typing import Any

from bootstrap.sandbox.moto.stack_operations import Instance
from bootstrap.sandbox.moto.stack_sets import StackSet
from bootstrap.sandbox.moto.stack_types import Failure

_Stacks = Iterable[tuple[StackSet, Instance]]
_STATUS = "CREATE_COMPLETE"


def described_stack(stacks: _Stacks, name: str) -> dict[str, Any]:
    for found, instance in stacks:
        unique = found.stack_id(instance)
        if name in (unique, _name(found, instance)):
            return {"Stacks": [{"StackId": unique, "StackName": _name(found, instance), "StackStatus": _STATUS}]}
    raise Failure("ValidationError", f"Stack with id {name} does not exist")


def stack_with(stacks: _Stacks, physical: str) -> dict[str, Any]:
    """Only of a resource that is named: with all in its stack, as AWS answers."""
    for found, instance in stacks:
        if physical in (each for _, each in instance.stack.made.values()):
            about = {"StackName": _name(found, instance), "ResourceStatus": _STATUS}
            rows = [
                {**about, "LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": each}
                for logical, (kind, each) in instance.stack.made.items()
            ]
            return {"StackResources": rows}
    raise Failure("ValidationError", f"Stack for {physical} does not exist")


def _name(found: StackSet, instance: Instance) -> str:
    return found.stack_id(instance).split("/")[1]
