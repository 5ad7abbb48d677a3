"""What a report says of a fleet alone: in which accounts it is, as whom CloudFormation acts there, what becomes of accounts
that join or leave, and how all of it is deleted.

Sources: CloudFormation user guide, stacksets-concepts, stacksets-orgs-enable-trusted-access and
stacksets-orgs-manage-auto-deployment; API reference, StopStackSetOperation, StackSetOperationPreferences (ConcurrencyMode),
ManagedExecution, DeploymentTargets (the management account); security_iam_id-based-policy-examples (targets and types of
StackSets); Service authorization reference, CloudFormation (the keys of each action).
"""

from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core.owner import OWNER_TAGS
from bootstrap.permissions.fleet_facts import FleetFacts
from bootstrap.permissions.report import Report
from bootstrap.views.report_blocks import Block, Cell, Code, Table, cell
from bootstrap.views.report_words import first_of, indented, joined

STOPS = "cloudformation:StopStackSetOperation"
"""What ends an operation that runs. No command of bootstrap calls it."""
_FEW = 10
_SOFT = "SOFT_FAILURE_TOLERANCE"
_MANAGEMENT = (
    "not part of the fleet: with service-managed permissions, StackSets deploys nothing there, also where a unit has that "
    "account. To have it there, too, create the integration for it alone"
)
_RUNS_SIDE_BY_SIDE = "on: CloudFormation runs operations that do not conflict side by side, and lets others wait"
PROMISES: Mapping[str, Sequence[str]] = {
    "It deletes the stacks in all accounts, waits until they are gone, and then deletes the StackSet. In each account, "
    "CloudFormation deletes what its stack created there.": ("cli/test_fleet.py",),
    "If a stack cannot be deleted, the error names the account with the reason that CloudFormation gives. The StackSet "
    "stays, and the same command goes on.": ("cli/test_fleet.py",),
    "A StackSet that somebody else made under its name is left alone.": ("fleet/test_crashes.py",),
    "A run that is killed or stopped is finished by the same command; what CloudFormation has begun goes on meanwhile.": (
        "fleet/test_crashes.py",
        "cli/test_fleet_processes.py",
    ),
    "The receipt counts the accounts by what became of their stacks: deleted, failed, not tried, suspended, or out of "
    "reach. It names each account whose stack may still be there, and destroy then ends with an error.": (
        "cli/test_fleet.py",
    ),
}
STAYS = (
    "The stack, with its resources, in an account that is suspended, or that has left the organization or the units: "
    "CloudFormation does not reach it. The error names the account, and what takes it off the StackSet.",
    "Trusted access for StackSets and delegated administrators: whoever activated them did so for all StackSets.",
)
ROLES_STAY = "The roles {admin} and {execution}, with which CloudFormation works: they are yours."


def fleet(report: Report, found: FleetFacts) -> Iterator[Block]:
    yield Table(
        "In which accounts it is, how it gets there, and who decides about that",
        ("Fact", "Value"),
        tuple((cell(name), value) for name, value in _facts(report, found)),
    )
    yield Code("Template of the StackSet: what it makes in each account", indented(found.template), detail=True)


def _facts(report: Report, found: FleetFacts) -> Iterator[tuple[str, Cell]]:
    here = report.called(report.accounts[0].id)
    yield "Accounts", cell(*(report.where or ["none"]))
    if found.service_managed:
        yield "The organization's management account", cell(_MANAGEMENT)
    yield "Permission model", cell(*_model(found))
    yield "StackSet", cell(f"{found.name}, in {here}, region {found.region}; the stacks are in the same region")
    yield "Accounts that join later", cell(_joins(found))
    yield "Accounts that leave", cell(_leaves(found))
    yield "Canary: the first account", cell(*_canary(report, found))
    yield "Accounts at a time", cell(str(found.at_once))
    yield (
        "Failures that are tolerated",
        cell(f"{found.tolerance}: if more accounts fail, no other one is begun; those under way are finished"),
    )
    yield "Concurrency mode", cell(_mode(found))
    yield "Managed execution", cell(_RUNS_SIDE_BY_SIDE if found.managed_execution else "off")
    yield "Capabilities", cell(", ".join(found.capabilities) or "none")
    yield (
        "Tags of the StackSet",
        cell(_tags(found), "CloudFormation gives them to its stacks, and to all there that has tags"),
    )
    names = [f"{account}: {_pairs(values)}" for account, values in sorted(found.values.items())]
    yield "Values of its own for an account", first_of(names, _FEW) if names else cell("none: all have the same")
    if not (found.accounts and found.values.keys() >= {*found.accounts}):
        others = "Values for all other accounts" if found.values else "Values for all accounts"
        yield others, cell(_pairs(found.parameters) or "none")
    yield (
        "Template",
        cell(
            f"sha256 {found.sha256}", "it is below; plan --verbose shows it, too, and so does the console of CloudFormation"
        ),
    )
    yield "Who can stop an operation", cell(*_stopping(report, here))


def _model(found: FleetFacts) -> Iterator[str]:
    if found.service_managed:
        by = "a delegated administrator for StackSets" if found.delegated else "the management account"
        yield f"service-managed, by {by}"
        yield "CloudFormation acts in each account with a role that AWS made there, and that may do everything"
    else:
        yield "self-managed"
        yield (
            f"CloudFormation acts as {found.admin_role}, and in each account as its role {found.execution_role}: a template "
            "can do what that role may do"
        )


def _canary(report: Report, found: FleetFacts) -> Iterator[str]:
    then = f"{found.at_once} accounts at once"
    if found.first:
        yield f"{found.first}: each change is made there first, and in the others only if it has worked"
    elif report.inputs.get("canary") is None and not report.deployment:
        yield "an active account of the units: create looks up which these are, and its plan names it"
        yield f"each change is made there first; only if it has worked, CloudFormation goes on, with {then}"
        yield "--canary ID chooses another account; with --canary none, no account comes first"
    else:
        yield f"none: CloudFormation begins with {then}"


def _mode(found: FleetFacts) -> str:
    if found.mode == _SOFT:
        strict = min(found.at_once, found.tolerance + 1)
        return (
            f"{found.mode}: so many accounts are under way at a time from the beginning, and all of these may fail. In the "
            f"default of AWS, STRICT_FAILURE_TOLERANCE, it would begin with {strict} at a time"
        )
    return f"{found.mode}: it begins with no more accounts at a time than may fail, and one"


def _tags(found: FleetFacts) -> str:
    return "; ".join([*(f"{key}={value}" for key, value in found.tags.items()), f"the owner tags {', '.join(OWNER_TAGS)}"])


def _joins(found: FleetFacts) -> str:
    if found.auto_deployment:
        return (
            "AWS creates the stack in each account that joins the units (--auto-deployment): without a plan, without the "
            "limits below, and also where --exclude names the account"
        )
    if not found.service_managed or found.accounts:
        return "get nothing, until a create names them"
    return "get nothing by themselves (no --auto-deployment); a later create that changes the targets reaches them"


def _leaves(found: FleetFacts) -> str:
    if not found.service_managed:
        return "keep their stack, until a create without them or a destroy: it needs the role there"
    if found.auto_deployment:
        return "AWS deletes the stack in each account that leaves the units, without a plan"
    return "keep their stack and what it made; a destroy names them"


def _stopping(report: Report, here: str) -> Iterator[str]:
    yield f"whoever has {STOPS} on the StackSet in {here}, also in the console"
    if not any(STOPS in indented(each) for each in report.operator.values()):
        yield "the operator's policy on this page does not have it, and Ctrl-C does not stop an operation either"
    yield "accounts that were not begun then lack the change, and the same command goes on"


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def limits_of_operator(report: Report, found: FleetFacts) -> Table:
    """What an administrator can add to the policy of who runs a fleet, and what that helps."""
    account = report.accounts[0]
    owner = "*" if found.delegated else account.id
    target = f"arn:{account.partition}:cloudformation:*:{owner}:stackset-target/{found.name}:*"
    types = sorted({each["Type"].replace("::", "-") for each in found.template["Resources"].values()})
    places = found.units or found.accounts
    makes_roles = any(each.startswith("AWS-IAM-") for each in types)
    rows = (
        (
            f"The targets: in place of {target}, {joined(f'{target}/{each}' for each in places)}",
            f"helps: other {'units' if found.units else 'accounts'} are out of reach; in these, all stays possible. AWS has "
            "such a policy as an example. Whether it lets an operation pass that names accounts within units was not tried",
        ),
        (
            f"The types: AWS also checks the type of each resource of the template, so in place of type/resource/*, "
            f"{joined(f'type/resource/{each}' for each in types)}",
            "helps little: a role can be given any permission, and trust anybody" if makes_roles else "helps: no other type",
        ),
        (
            "The region: cloudformation:TargetRegion",
            "no help: roles and policies of IAM are the same in all regions" if makes_roles else "helps: no other region",
        ),
        (
            "The template: cloudformation:TemplateUrl",
            "no help: it tests from where a template is read, and create sends it in the call, so it would be denied, too",
        ),
        (
            "The name of a new StackSet: cloudformation:CreateStackSet takes no resource",
            "no help: AWS knows none. But stacks are made only of the StackSet that the policy names",
        ),
        ("A service control policy on the accounts", "helps: it limits what CloudFormation may do there, whoever starts it"),
    )
    return Table(
        "What an administrator can limit for whoever runs the fleet",
        ("Limit", "What it helps"),
        tuple((cell(limit), cell(helps)) for limit, helps in rows),
    )


def stays(found: FleetFacts) -> tuple[str, ...]:
    """What a destroy of the fleet leaves."""
    if found.service_managed:
        return STAYS
    return STAYS[0], ROLES_STAY.format(admin=found.admin_role, execution=found.execution_role)
