"""The graph of a fleet: the StackSet, the first account, all others, and those with values of their own; and its hand-off.

Source: CloudFormation user guide, stacksets-concepts (operation preferences, parameter overrides); API reference
DeploymentTargets (AccountFilterType).
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bootstrap.core.account import Account
from bootstrap.core.account_rows import AccountRows
from bootstrap.core.graph import Graph, Node
from bootstrap.core.handoff import Handoff, own as own_command
from bootstrap.export.exported import is_own
from bootstrap.export.symbols import spoken
from bootstrap.fleet.account_values import account_values
from bootstrap.fleet.moves import CANARY, REST, own
from bootstrap.fleet.template import Template
from bootstrap.resources.cloudformation import targets
from bootstrap.resources.cloudformation.operations import DELEGATED_ADMIN, SELF, SELF_MANAGED, SERVICE_MANAGED
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet

if TYPE_CHECKING:
    from bootstrap.fleet.integration import Fleet

STACK_SET = "stack-set"


def build(fleet: "Fleet", template: Template, graph: Graph) -> Handoff:
    """Raises UsageError for values by account that are wrong."""
    values = own_values(fleet, template)
    stack_set = graph.add(STACK_SET, _stack_set(fleet, template))
    first: list[Node] = []
    rows = []
    for address, accounts, kind, given in _groups(fleet, values):
        overrides = {template.names[name]: value for name, value in given.items()}
        node = graph.add(
            address,
            CloudFormationStackInstances(
                stack_set=stack_set["name"],
                stack_set_id=stack_set["id"],
                region=graph.account().region,
                organizational_units=list(fleet.organizational_unit),
                accounts=accounts,
                account_filter=kind if fleet.organizational_unit else targets.ALL,
                overrides=overrides,
                permission_model=_model(fleet),
                call_as=_call_as(fleet),
                preferences=_preferences(fleet),
                comes_first=address == CANARY,
                left_out=sorted(fleet.exclude) if kind == targets.ALL_BUT else [],
            ),
            after=first,
        )
        first = first or ([node] if address == CANARY else [])
        rows.append(AccountRows(node["accounts"], template.handed_over(graph.account(), given)))
    return _handoff(fleet, template, graph.account(), rows)


def own_values(fleet: "Fleet", template: Template) -> dict[str, dict[str, str]]:
    """The values of each account that has some of its own. Raises UsageError."""
    if not fleet.account_values:
        return {}
    items = {name: each.item for name, each in template.parameters.items()}
    found = account_values(fleet.account_values, items, fleet.accounts)
    return {account: values for account, values in found.items() if account not in fleet.exclude}


def _groups(fleet: "Fleet", values: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, list[str], str, dict[str, str]]]:
    """The address of each resource, its accounts, how they limit the organizational units, and their own values."""
    first = fleet.first
    if first:
        yield CANARY, [first], targets.ONLY, dict(values.get(first, {}))
    apart = {first, *values} - {""}
    if fleet.account:
        if rest := sorted(set(fleet.accounts) - apart):
            yield REST, rest, targets.ONLY, {}
    else:
        without = sorted({*fleet.exclude, *apart})
        yield REST, without, targets.ALL_BUT if without else targets.ALL, {}
    for account in sorted(set(values) - {first}):
        yield own(account), [account], targets.ONLY, dict(values[account])


def _stack_set(fleet: "Fleet", template: Template) -> CloudFormationStackSet:
    return CloudFormationStackSet(
        name=fleet.stack_set or f"{fleet.role_prefix}{fleet.name}",
        template=template.text,
        description=fleet.title[:1024],
        parameters={template.names[name]: each.value for name, each in template.parameters.items()},
        capabilities=["CAPABILITY_NAMED_IAM"],
        permission_model=_model(fleet),
        admin_role_arn=fleet.admin_role or "",
        execution_role_name=fleet.execution_role or "",
        auto_deployment=fleet.auto_deployment,
        retain_on_account_removal=False,
        managed_execution=True,
        call_as=_call_as(fleet),
        preferences=_preferences(fleet),
        canary=fleet.first,
        tags=fleet.tags,
    )


def _model(fleet: "Fleet") -> str:
    return SELF_MANAGED if fleet.admin_role else SERVICE_MANAGED


def _call_as(fleet: "Fleet") -> str:
    return DELEGATED_ADMIN if fleet.delegated_admin else SELF


def _preferences(fleet: "Fleet") -> dict[str, Any]:
    """With the soft mode, the tolerance does not also limit how many accounts are changed at a time."""
    return {
        "failure_tolerance_count": int(fleet.failure_tolerance),
        "max_concurrent_count": int(fleet.max_concurrent),
        "concurrency_mode": "SOFT_FAILURE_TOLERANCE",
    }


def _handoff(fleet: "Fleet", template: Template, account: Account, rows: list[AccountRows]) -> Handoff:
    handoff, texts = template.exported.handoff, template.handed_over(account, {})
    write = f"Give {fleet.vendor} the rows of all accounts: {own_command('rows')}"
    steps, later, before = (
        [f"In each account: {spoken(text)}" for text in texts if not is_own(text)]
        for texts in (handoff.steps, handoff.later, handoff.before_destroy)
    )
    return Handoff(
        values={label: spoken(text) for label, text in texts.items() if "\n" not in text},
        steps=(write, *steps),
        later=tuple(later),
        verbs={"rows": ["outputs", "accounts.csv"]},
        before_destroy=tuple(before),
        side_effects=handoff.side_effects,
        rows=tuple(rows),
    )
