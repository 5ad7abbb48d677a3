"""What decides where a fleet is, how it gets there, and with what: read off the StackSet and its stacks. Pure.

Source: CloudFormation API reference, CreateStackSet, AutoDeployment, ManagedExecution,
StackSetOperationPreferences, DeploymentTargets.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core.graph import Graph

STACK_SET, STACKS = "cloudformation_stack_set", "cloudformation_stack_instances"
NOT_IN = "DIFFERENCE"
"""The filter of accounts that leaves those of the list out."""
_OF_ORGANIZATION = "SERVICE_MANAGED"


@dataclass(frozen=True)
class FleetFacts:
    """`sha256` is that of the `template` as it is sent. `admin_role` and `execution_role` are "" where AWS manages the
    permissions. `first` is the account before all others, or ""; `values` are those of the accounts that have some of their
    own, and `parameters` those of all others. `mode` is the concurrency mode, and `tags` are those beside the owner tags."""

    name: str
    region: str
    service_managed: bool
    delegated: bool
    admin_role: str
    execution_role: str
    units: tuple[str, ...]
    accounts: tuple[str, ...]
    left_out: tuple[str, ...]
    auto_deployment: bool
    first: str
    at_once: int
    tolerance: int
    mode: str
    capabilities: tuple[str, ...]
    managed_execution: bool
    tags: Mapping[str, str]
    template: Mapping[str, Any]
    sha256: str
    parameters: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


def fleet_facts(graph: Graph) -> FleetFacts | None:
    """None for what is no fleet."""
    [*sets] = _of(graph, STACK_SET)
    if not sets:
        return None
    [(region, found)], stacks = sets, [each for _, each in _of(graph, STACKS)]
    named = [each for each in stacks if each["account_filter"] != NOT_IN]
    return FleetFacts(
        name=found["name"],
        region=region,
        service_managed=found["permission_model"] == _OF_ORGANIZATION,
        delegated=found["call_as"] != "SELF",
        admin_role=found["admin_role_arn"],
        execution_role=found["execution_role_name"],
        units=tuple(dict.fromkeys(unit for each in stacks for unit in each["organizational_units"])),
        accounts=tuple(sorted({one for each in named for one in each["accounts"]})) if _is_named(stacks) else (),
        left_out=tuple(sorted({one for each in stacks for one in each["left_out"]})),
        auto_deployment=found["auto_deployment"],
        first=found["canary"],
        at_once=found["preferences"]["max_concurrent_count"],
        tolerance=found["preferences"]["failure_tolerance_count"],
        mode=found["preferences"]["concurrency_mode"],
        capabilities=tuple(found["capabilities"]),
        managed_execution=found["managed_execution"],
        tags=found["tags"],
        template=json.loads(found["template"]),
        sha256=hashlib.sha256(found["template"].encode()).hexdigest(),
        parameters=found["parameters"],
        values={one: each["overrides"] for each in stacks if each["overrides"] for one in each["accounts"]},
    )


def _is_named(stacks: list[Mapping[str, Any]]) -> bool:
    """Whether all accounts are named, rather than taken from the units."""
    return all(each["accounts"] and each["account_filter"] != NOT_IN for each in stacks)


def _of(graph: Graph, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The region and the properties of each resource of this type."""
    for node in graph.nodes.values():
        if node.resource.kind == kind:
            yield graph.account(node.account).region, graph.predicted(node).properties()
