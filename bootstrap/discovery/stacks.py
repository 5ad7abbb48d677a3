"""Which CloudFormation stack manages what an adopt found.

CloudFormation puts its tags on what supports them. IAM does not, and of other services AWS names no complete list, so it is
asked about each resource without these tags. The tags stay on what a stack has let go of, also once the stack is gone.
Source: CloudFormation API reference DescribeStackResources, StackResource, DescribeStacks; template reference
aws-properties-resource-tags.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bootstrap.aws.errors import NOT_OFFERED
from bootstrap.aws.session import Session
from bootstrap.core.adoption import Stack
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.engine.refresh import in_parallel
from bootstrap.permissions.denial import CODES

_NO_STACK = ("ValidationError",)
"""The code that says that no stack manages it, or that there is no stack of this name."""
_UNKNOWN = (*CODES, *NOT_OFFERED)
_LET_GO = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""The states of what a stack has deleted or retained. CloudFormation shows them for 90 days after the stack is gone."""


def stacks_of(
    session: Session, nodes: Mapping[str, Node], things: Mapping[str, Resource], new: Mapping[str, Live]
) -> tuple[dict[str, Stack], tuple[str, ...]]:
    """The stacks of those that one manages; and a note if that could not be asked."""
    refused: list[str] = []

    def stack(address: str) -> str:
        resource, live = things[address], new[address]
        known = live.outputs.get(resource.identifiers.stack_id)
        if live.stack or not known or resource.identifiers.shared:
            return live.stack
        which = {"PhysicalResourceId": known}
        query = Query("cloudformation", "describe_stack_resources", which, _NO_STACK, empty=_UNKNOWN)
        answer = session.look().ask(nodes[address].account, query).result()
        refused.extend([address] if answer == {} else [])
        return manager_of(resource.kind, known, (answer or {}).get("StackResources", []))

    def status(of: tuple[str, str]) -> str | None:
        query = Query("cloudformation", "describe_stacks", {"StackName": of[1]}, _NO_STACK, empty=_UNKNOWN)
        answer = session.look().ask(of[0], query).result()
        return None if answer is None else "".join(item["StackStatus"] for item in answer.get("Stacks", []))

    names = zip(new, in_parallel(session, stack, new), strict=True)
    named = {address: (nodes[address].account, name) for address, name in names if name}
    each = [*dict.fromkeys(named.values())]
    statuses = dict(zip(each, in_parallel(session, status, each), strict=True))
    found = {address: Stack(of[1], state) for address, of in named.items() if (state := statuses[of]) is not None}
    note = (
        f"Warning: whether a CloudFormation stack manages {', '.join(sorted(refused))} is not known, as you may not call "
        "cloudformation:DescribeStackResources. A stack changes or deletes again what it manages."
    )
    return found, (note,) if refused else ()


def manager_of(kind: str, known: str, resources: Iterable[Mapping[str, Any]]) -> str:
    """The stack that manages the resource of this kind with this physical id; "" if none does. CloudFormation answers with
    up to 100 resources of the stack. Those of other types may have the same id: a profile often has its role's name."""
    resources = list(resources)
    same = [item for item in resources if item.get("PhysicalResourceId") == known]
    held = [item for item in same if _is_of(kind, item) and item["ResourceStatus"] not in _LET_GO]
    found = held if same else resources  # it may be one of those for which the answer has no room
    return str(found[0]["StackName"]) if found else ""


def _is_of(kind: str, item: Mapping[str, Any]) -> bool:
    """Whether it is of the type that CloudFormation calls AWS::IAM::ManagedPolicy, if the kind is "iam_policy"."""
    service, _, name = kind.partition("_")
    _, *words = str(item["ResourceType"]).lower().split("::")
    return len(words) == 2 and words[0] == service and words[1].endswith(name.replace("_", ""))
