"""What the roles of an integration cannot do: claims, each one checked against every statement. Pure.

A claim holds only if no statement allows what it rules out, whatever conditions that statement has. It is unknown where a
managed policy is attached whose content the package does not have.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bootstrap.core.entrant import Entrant
from bootstrap.permissions.access import CHANGES, LEVELS
from bootstrap.permissions.actions import IamAction, Table
from bootstrap.permissions.lint.escalation import ALONE, RUNS_CODE, escalations
from bootstrap.permissions.powers import Power, Powers, powers_of, statements_in
from bootstrap.permissions.review import ReviewedRole

_OBJECTS = "arn:*:s3:::%/*"
"""The ARN of an object in AWS's table of actions."""
_RAISING = ("administrator", "escalation")
"""The codes of the linter for who can gain more than is granted."""
_BORROWING = ("iam:PassRole", "lambda:UpdateFunctionCode", "ssm:SendCommand", "ssm:StartSession")
"""Actions with which one acts as a role, beside assuming it."""
_ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot")
_STARTS = (
    *("ec2:RequestSpot*", "ec2:CreateFleet", "ec2:StartInstances", "autoscaling:CreateAutoScalingGroup"),
    *("autoscaling:UpdateAutoScalingGroup", "autoscaling:SetDesiredCapacity", "lambda:UpdateFunctionCode"),
    *(
        "lambda:InvokeFunction",
        "batch:SubmitJob",
        "ecs:ExecuteCommand",
        "states:StartExecution",
        "states:StartSyncExecution",
    ),
    *("codebuild:StartBuild*", "glue:StartJobRun", "glue:RunStatement", "elasticmapreduce:RunJobFlow"),
    *("elasticmapreduce:AddJobFlowSteps", "sagemaker:Create*Job", "ssm:SendCommand", "ssm:StartSession"),
)
"""What runs code beside `RUNS_CODE`, with a role that is there already or without one."""
_VENDED = ("lakeformation:GetDataAccess", "s3:GetDataAccess")
"""Actions that give credentials for objects which no policy of the role names."""
_SECRETS = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter*")
_NETWORK = (
    *("ec2:AuthorizeSecurityGroup*", "ec2:ModifySecurityGroupRules", "ec2:CreateInternetGateway", "ec2:CreateRoute"),
    *("ec2:AttachInternetGateway", "ec2:CreateVpcPeeringConnection", "ec2:ReplaceRoute", "ec2:*NetworkAclEntry"),
)
_SHARING = (
    *(
        "ec2:ModifySnapshotAttribute",
        "ec2:ModifyImageAttribute",
        "rds:ModifyDB*SnapshotAttribute",
        "ram:CreateResourceShare",
    ),
    *("ebs:GetSnapshotBlock", "rds:StartExportTask", "ec2:ExportImage", "ec2:CreateInstanceExportTask"),
    *("ec2:CreateStoreImageTask",),
)
_AUDIT = ("cloudtrail", "config", "guardduty", "securityhub", "access-analyzer")
_ORGANIZATION = ("organizations", "account", "billing", "sso", "identitystore")
_DELETES = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:PutLifecycleConfiguration")


@dataclass(frozen=True)
class Check:
    """`claim` goes on from "cannot". `holds` is None where that is unknown. `against` is what speaks against the claim,
    "Sid: action" or a sentence, the first few; `more` is how many others there are."""

    code: str
    claim: str
    holds: bool | None
    against: tuple[str, ...] = ()
    more: int = 0


SHOWN = 4
_Rule = tuple[str, str, Callable[[Table], Iterable[IamAction]]]


def checks(
    roles: Sequence[ReviewedRole],
    entrants: Sequence[Entrant],
    own: Collection[str],
    table: Table,
    unsettled: Mapping[str, str] | None = None,
) -> list[Check]:
    """All checks, in the order of the page. `own` are the numbers of the customer's accounts. `unsettled` has a sentence for
    the code of each check that what create looks up may still change."""
    powers = powers_of(roles, table)
    known = {role.grants.role for role in roles}
    found = [
        _raising(roles, powers, known, table),
        *(_check(code, claim, powers, powers.of(actions(table))) for code, claim, actions in _RULES),
        _objects(powers, table),
        _check("change-anywhere", "change anything on every resource", powers, _changes_anywhere(powers)),
        *_trusts(entrants, own),
    ]
    open_ = unsettled or {}
    return [
        replace(each, holds=None, against=(open_[each.code],)) if each.holds and each.code in open_ else each
        for each in found
    ]


def _levels(service: str, letters: str, but: Collection[str] = ()) -> Callable[[Table], Iterable[IamAction]]:
    def actions(table: Table) -> Iterable[IamAction]:
        return [each for each in table.matching(f"{service}:*") if each.level in letters and each.name not in but]

    return actions


def _these(patterns: Iterable[str]) -> Callable[[Table], Iterable[IamAction]]:
    wanted = tuple(patterns)
    return lambda table: [each for pattern in wanted for each in table.matching(pattern)]


def _changes_of(services: Iterable[str]) -> Callable[[Table], Iterable[IamAction]]:
    return lambda table: [each for service in services for each in _levels(service, "wtp")(table)]


_RULES: tuple[_Rule, ...] = (
    (
        "iam-write",
        "create, change or delete users, roles, policies or keys in IAM",
        _levels("iam", "wtp", ("iam:PassRole",)),
    ),
    ("pass-role", "pass a role to a service of AWS", _these(("iam:PassRole",))),
    ("assume-role", "assume another role", _these(_ASSUME)),
    ("run-code", "start machines or run code", _these((*(action for action, _ in RUNS_CODE), *_STARTS))),
    ("kms", "use or change KMS keys", _levels("kms", "lrwtp")),
    ("secrets", "read secrets or parameters (Secrets Manager, Systems Manager)", _these(_SECRETS)),
    ("delete-data", "delete objects or buckets in S3, or let them expire", _these(_DELETES)),
    ("bucket-policies", "make a bucket or object public, or change who may use it", _levels("s3", "p")),
    ("network", "open the network: rules of security groups, routes, gateways, peerings", _these(_NETWORK)),
    ("sharing", "copy out or share snapshots and images", _these(_SHARING)),
    ("audit", "change CloudTrail, Config, GuardDuty, Security Hub or Access Analyzer", _changes_of(_AUDIT)),
    ("organization", "change the organization, the account, billing or single sign-on", _changes_of(_ORGANIZATION)),
)


def _check(code: str, claim: str, powers: Powers, found: Sequence[Power]) -> Check:
    return _found(code, claim, powers, [f"{power.where}: {power.action.name}" for power in found])


def _found(code: str, claim: str, powers: Powers, against: Iterable[str]) -> Check:
    """False with what speaks against it; else None if a policy is unknown, else True."""
    texts = list(dict.fromkeys(against))
    if texts:
        return Check(code, claim, False, tuple(texts[:SHOWN]), max(0, len(texts) - SHOWN))
    unknown = [f"what {policy} grants is not known here" for policy in powers.unknown]
    return Check(code, claim, None if unknown else True, tuple(unknown))


def _raising(roles: Iterable[ReviewedRole], powers: Powers, known: Collection[str], table: Table) -> Check:
    """Whether somebody can gain more than is granted. Passing or assuming a role that is not on this page is unknown."""
    claim, against = "gain more permissions than are granted here", list[str]()
    for role in roles:
        if not role.grants.is_bucket:
            documents = {"": {"Statement": [content for _, content in statements_in(role)]}}
            against += [f"{each.sid}: {each.text}" for each in escalations(documents) if each.code in _RAISING]
    against += [
        f"{power.where}: {power.action.name}"
        for power in powers.named((action for action in ALONE if action.startswith("iam:")), table)
    ]
    if against:
        return _found("raise-itself", claim, powers, against)
    elsewhere = [
        f"{power.where}: {power.action.name} on {arn}, and what that role may do is not known here"
        for power in powers.named((*_BORROWING, *_ASSUME), table)
        for arn in power.resources
        if arn.rpartition("/")[2] not in known
    ]
    return (
        replace(_found("raise-itself", claim, powers, elsewhere), holds=None)
        if elsewhere
        else _found("raise-itself", claim, powers, ())
    )


def _objects(powers: Powers, table: Table) -> Check:
    """Whether the buckets whose objects can be reached are all named."""
    found = powers.of(each for each in table.matching("s3:*") if _OBJECTS in each.arns)
    named, against = dict[str, None](), list[str]()
    for power in found:
        for arn in filter(_may_be_s3, power.resources):
            bucket = arn.split(":", 5)[5].partition("/")[0] if arn.startswith("arn:") and ":s3:::" in arn else "*"
            if "*" in bucket or "?" in bucket or "$" in bucket:
                against.append(f"{power.where}: {power.action.name} on {arn}")
            else:
                named[bucket] = None
    against += [f"{power.where}: {power.action.name}" for power in powers.named(_VENDED, table)]
    claim = f"reach objects in S3 outside of {', '.join(named)}" if named else "reach objects in S3"
    return _found("objects", claim, powers, against)


def _may_be_s3(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) < 6 or any(letter in parts[2] for letter in "*?$") or parts[2] == "s3"


def _changes_anywhere(powers: Powers) -> list[Power]:
    return [
        power
        for found in powers.found.values()
        for power in found
        if power.everywhere and LEVELS[power.action.level] in CHANGES
    ]


def _trusts(entrants: Iterable[Entrant], own: Collection[str]) -> Iterator[Check]:
    """About who gets in. A service of AWS acts for the account itself; a token's claims are what an issuer's trust tests."""
    outside = [each for each in entrants if each.is_outside(own)]
    anybody = [f"{each.role}: {each.sentence}" for each in outside if each.principal == "*" and not each.limits]
    yield Check("anybody", "be used by everybody: each trust names who gets in", not anybody, tuple(anybody[:SHOWN]))
    without = [
        f"{each.role}: {each.sentence}"
        for each in outside
        if not each.external_id and not (each.kind == "Federated" and each.limits) and not each.role.startswith("bucket ")
    ]
    if any(not each.role.startswith("bucket ") for each in outside):
        claim = "be assumed from another account without the external id, or by a token without its claims"
        yield Check("external-id", claim, not without, tuple(without[:SHOWN]), max(0, len(without) - SHOWN))
