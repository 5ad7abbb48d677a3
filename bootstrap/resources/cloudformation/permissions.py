"""The permissions of the StackSet types.

An operation is checked on the StackSet, on its target in each account, and on the types of the template. CloudFormation has
no resource for a StackSet that is being created. Those that a delegated administrator makes with service-managed permissions
are in the management account, whose number nobody knows here; whether the caller is one, AWS asks with its permissions.
Source: Service authorization reference, AWS CloudFormation, AWS Organizations; user guide stacksets-prereqs-self-managed
(iam:PassRole); API reference CreateStackSet (CallAs); Terraform's AWS provider, aws_cloudformation_stack_set (call_as).
"""

from collections.abc import Iterable, Iterator

from bootstrap.core.permission import REQUEST_TAGS, RESOURCE_TAGS, Condition, Operation, Permission, retagging
from bootstrap.resources.cloudformation.operations import DELEGATED_ADMIN

_SET = "arn:{partition}:cloudformation:{region}:{account}:{own}/{name}:*"
_EVERY = "arn:{partition}:cloudformation:{region}:{account}:{own}/*:*"
_TARGETS = "arn:{partition}:cloudformation:*:{account}:{own}-target/{name}:*"
_TYPES = "arn:{partition}:cloudformation:{region}:*:type/resource/*"
_PASSED = (Condition("StringEquals", "iam:PassedToService", ("cloudformation.amazonaws.com",)),)
_TAGS = (*REQUEST_TAGS, *RESOURCE_TAGS)
_TAGGED = "CloudFormation asks for it, as the owner tags go into the creating call"
_OWN = "the values that an account has of its own are only there"
_EACH = "the operation changes the stacks in all accounts"
_ORGANIZATION = "this action takes no narrower resource"
_DRIFT = "what status --detect-drift finds"
_ANY_ACCOUNT = "the target is a StackSet in accounts that CloudFormation finds in the units"
_ANY_TYPE = "the template decides of which types the resources are"
_MANAGED = "the StackSets of a delegated administrator are in the management account"
_DELEGATED = "whether the caller is a delegated administrator"


def placed(call_as: str) -> dict[str, list[str]]:
    """The variables of the ARNs that say in which account a StackSet is: one of the lists is empty, which gives no ARN."""
    delegated = call_as == DELEGATED_ADMIN
    own, managed = ([], ["stackset"]) if delegated else (["stackset"], [])
    return {"own": own, "managed": managed, "delegated": ["*"] if delegated else []}


def _for_both(found: Iterable[Permission]) -> Iterator[Permission]:
    """Also what a delegated administrator needs in place of that, and besides."""
    items = list(found)
    for item in items:
        yield item
        if "{own}" in item.arn:
            yield item._replace(arn=item.arn.replace("{account}:{own}", "*:{managed}"), wide=item.wide or _MANAGED)
    for on in dict.fromkeys(item.on for item in items):
        yield Permission(on, "organizations:ListDelegatedAdministrators", "{delegated}", why=_DELEGATED, wide=_ORGANIZATION)


def _asked(on: Operation, action: str, arn: str, only_for: tuple[str, ...], given: str) -> Permission:
    """Whoever may not read it hears only from CloudFormation of a unit or an account that does not exist."""
    why, wide = "whether the units and accounts exist", "the organization is another account's, and the accounts are many"
    return Permission(
        on, f"organizations:{action}", arn, only_for=only_for, given=(given,), why=why, wide=wide, optional=True
    )


_PARENTS = ("arn:{partition}:organizations::*:ou/o-*/*", "arn:{partition}:organizations::*:root/o-*/*")
FIRST_ACCOUNT = tuple(
    Permission(
        "look", f"organizations:{action}", arn, why="which account comes first", wide="the unit may have others below it"
    )
    for action in ("ListAccountsForParent", "ListOrganizationalUnitsForParent")
    for arn in _PARENTS
)
"""For `first_account`: only where no account is named, and none as the canary."""
_ACCOUNTS = "arn:{partition}:organizations::*:account/o-*/*"
_STACK_SET = (
    Permission("find", "cloudformation:ListStackSets", "*"),
    Permission("find", "cloudformation:DescribeStackSet", _EVERY, wide="a list of StackSets has no tags"),
    Permission("read", "cloudformation:DescribeStackSet", _SET),
    Permission("create", "cloudformation:CreateStackSet", "*", sends=REQUEST_TAGS),
    Permission("create", "cloudformation:TagResource", _SET, why=_TAGGED, sends=REQUEST_TAGS),
    Permission("create", "iam:PassRole", "{admin_role_arn}", _PASSED, ("admin_role_arn",), why="passed to StackSets"),
    Permission(
        "create",
        "cloudformation:DescribeOrganizationsAccess",
        "*",
        unless=("execution_role_name", "admin_role_arn"),
        why="whether StackSets may act in the organization",
        optional=True,
    ),
    _asked("update", "DescribeAccount", _ACCOUNTS, ("template", "parameters"), "canary"),
    Permission("update", "cloudformation:UpdateStackSet", _SET, sends=_TAGS),
    Permission("update", "cloudformation:UpdateStackSet", _TARGETS, why=_EACH, wide=_ANY_ACCOUNT, sends=_TAGS),
    Permission("update", "cloudformation:UpdateStackSet", _TYPES, why=_EACH, wide=_ANY_TYPE, sends=_TAGS),
    Permission("update", "cloudformation:DescribeStackSet", _SET),
    Permission("update", "cloudformation:ListStackSetOperations", _SET),
    Permission("update", "cloudformation:ListStackSetOperationResults", _SET),
    Permission("update", "cloudformation:ListStackInstances", _SET),
    *retagging("cloudformation:TagResource", "cloudformation:UntagResource", _SET),
    Permission("update", "iam:PassRole", "{admin_role_arn}", _PASSED, given=("admin_role_arn",), why="passed to StackSets"),
    Permission("delete", "cloudformation:DeleteStackSet", _SET),
    Permission("delete", "cloudformation:ListStackSetOperations", _SET),
    Permission("delete", "cloudformation:ListStackInstances", _SET),
    *(
        Permission("report", f"cloudformation:{action}", _SET, why=_DRIFT)
        for action in (
            "DetectStackSetDrift",
            "ListStackSetOperations",
            "ListStackSetOperationResults",
            "ListStackInstances",
            "ListStackInstanceResourceDrifts",
        )
    ),
)
_OF = "arn:{partition}:cloudformation:{region}:{account}:{own}/{stack_set}:*"
_OF_TARGETS = "arn:{partition}:cloudformation:*:{account}:{own}-target/{stack_set}:*"


def _operation(on: Operation, action: str, given: tuple[str, ...] = ()) -> tuple[Permission, ...]:
    return (
        Permission(on, f"cloudformation:{action}", _OF, only_for=given),
        Permission(on, f"cloudformation:{action}", _OF_TARGETS, only_for=given, why=_EACH, wide=_ANY_ACCOUNT),
        Permission(on, f"cloudformation:{action}", _TYPES, only_for=given, why=_EACH, wide=_ANY_TYPE),
    )


def _organization(on: Operation, only_for: tuple[str, ...] = ()) -> Iterator[Permission]:
    units = "organizational_units"
    yield _asked(on, "DescribeOrganizationalUnit", "arn:{partition}:organizations::*:ou/o-*/{parents}", only_for, units)
    yield _asked(on, "ListRoots", "{roots}", only_for, units)
    yield _asked(on, "DescribeAccount", _ACCOUNTS, only_for, units)
    yield _asked(on, "ListAccounts", "{many}", only_for, units)


_STACK_INSTANCES = (
    Permission("read", "cloudformation:DescribeStackSet", _OF),
    Permission("read", "cloudformation:ListStackInstances", _OF),
    Permission("read", "cloudformation:DescribeStackInstance", _OF, given=("overrides",), why=_OWN),
    *_organization("create"),
    *_organization("update", ("accounts", "organizational_units")),
    *_operation("create", "CreateStackInstances"),
    *_operation("update", "CreateStackInstances"),
    *_operation("update", "UpdateStackInstances", ("overrides",)),
    *_operation("update", "DeleteStackInstances", ("accounts", "organizational_units", "account_filter", "status")),
    *_operation("delete", "DeleteStackInstances"),
    _asked("delete", "DescribeAccount", _ACCOUNTS, (), "organizational_units")._replace(why="where accounts went that left"),
    *(
        Permission(on, f"cloudformation:{action}", _OF)
        for on in ("create", "update", "delete")
        for action in ("ListStackSetOperations", "ListStackSetOperationResults")
    ),
    Permission("create", "cloudformation:ListStackInstances", _OF),
    Permission("update", "cloudformation:ListStackInstances", _OF),
)
STACK_SET = tuple(_for_both(_STACK_SET))
STACK_INSTANCES = tuple(_for_both(_STACK_INSTANCES))
