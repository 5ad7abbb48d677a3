"""What the IAM types share: limits of names and tags, paths, quotas.

Limits: IAM user guide reference_iam-quotas; IAM API reference CreateRole, CreatePolicy, CreateInstanceProfile, Tag.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Obstacle
from bootstrap.core.owner import OWNER_TAGS, tagless
from bootstrap.core.permission import Condition, Permission
from bootstrap.core.query import Query
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.permissions.denial import CODES
from bootstrap.resources import quotas

GONE = "NoSuchEntity"
TRUSTED_BY = "trusted by"
"""`Part.what` of a role that trusts an OIDC provider."""
LAG = 6
"""See `Identifiers.lag`: IAM is replicated most widely, and takes longest to become consistent."""
PROTECTED = ("/aws-service-role/", "/aws-reserved/")
"""Path prefixes of roles that only AWS can change: those of its services, and of IAM Identity Center. Everybody else gets
UnmodifiableEntity. Source: IAM API reference AttachRolePolicy, UpdateAssumeRolePolicy."""


def arn(account: Account, what: str, path: str, name: str) -> str:
    return f"arn:{account.partition}:iam::{account.id}:{what}{path}{name}"


def trust_problems(trust: policy.Document, account: Account) -> list[str]:
    """What IAM would refuse in a trust policy, and principals that no role of this account can trust."""
    found = policy.policy_problems(trust, policy.TRUST_LIMIT)
    for principal in policy.foreign_principals(trust, account.partition):
        partition = principal.split(":")[1]
        found.append(
            f"{principal} exists in the partition {partition} only, and this account is in {account.partition}: the role "
            "would trust nobody, or somebody else"
        )
    return found


def unattachable(policy_arn: str) -> bool:
    """Whether it is an AWS policy for service-linked roles, which cannot be attached to any other role."""
    return ":iam::aws:policy/aws-service-role/" in policy_arn


def name_problems(what: str, name: str, longest: int) -> list[str]:
    if re.fullmatch(r"[\w+=,.@-]+", name, re.ASCII) and len(name) <= longest:
        return []
    return [f"{what} name {name!r}: IAM accepts 1 to {longest} letters, digits and _ + = , . @ -"]


def path_problems(path: str, letters: str = r"[\x21-\x7e]") -> list[str]:
    """`letters` is the expression for one character: policies allow fewer than roles."""
    if re.fullmatch(rf"/|/{letters}{{1,510}}/", path, re.ASCII):
        return []
    return [f"path {path!r}: IAM accepts a path of up to 512 letters, digits and signs that begins and ends with /"]


def tag_problems(tags: Mapping[str, str]) -> list[str]:
    found = [
        f"tag {key!r}: IAM accepts keys of 1 to 128 and values of up to 256 letters, digits, spaces and _ . : / = + - @"
        for key, value in tags.items()
        if not (1 <= len(key) <= 128 and len(value) <= 256 and re.fullmatch(r"[\w .:/=+\-@]*", key + value))
    ]
    found += [f"tag {key!r}: such keys are reserved" for key in tags if key in OWNER_TAGS or key.lower().startswith("aws:")]
    if len({key.lower() for key in tags}) < len(tags):
        found.append("two tag keys differ in letter case only; IAM treats them as one")
    if len(tags) + len(OWNER_TAGS) > 50:
        found.append(f"{len(tags)} tags: AWS allows 50, and {len(OWNER_TAGS)} are the owner tags")
    return found


def text_problems(what: str, text: str, longest: int = 1000) -> list[str]:
    if len(text) <= longest and re.fullmatch(r"[\t\n\r\x20-\x7e\xa1-\xff]*", text):
        return []
    return [f"{what}: IAM accepts up to {longest:,} Latin-1 characters"]


ANYWHERE = "/*/"
"""For an unknown path of a role: the role is at the root, or below some path."""
UNKNOWN_PATH = "a role's name does not tell its path"


def under(path: str) -> list[str]:
    """The paths for the ARNs of a permission."""
    return ["/", ANYWHERE] if path == ANYWHERE else [path]


PASSED_TO_EC2 = (Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")),)


def tag_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return tagless(tags)


def unresolved(*values: Any) -> bool:
    """Whether a value still refers to a resource that does not exist yet."""
    return any(True for value in values for _ in references(value))


COUNTED = Permission(
    "create", "iam:GetAccountSummary", "*", why="whether the account's quota leaves room for it", optional=True
)


def quota(aws: Cloud, name: str) -> int | None:
    """A number of this account, such as a limit that AWS can raise; None when it may not be read.

    Source: IAM API reference GetAccountSummary.
    """
    found = aws.read_if_allowed(Query("iam", "get_account_summary", {}))
    numbers: Mapping[str, int] = found["SummaryMap"] if found else {}
    return numbers.get(name)


def no_room(aws: Cloud, resource: Resource, counted: str, what: str, name: str) -> list[Obstacle]:
    """Whether the plan would exceed the quota of `counted` ("Roles", as GetAccountSummary calls them). `what` is the plural
    noun for people, `name` the name of the quota at Service Quotas."""
    used, most = quota(aws, counted), quota(aws, f"{counted}Quota")
    return quotas.no_room(aws, resource, used, most, what, more(name))


def policy_obstacles(aws: Cloud, policy_arn: str | None, use: str) -> list[Obstacle]:
    """Why no role of this account can have the policy, if its ARN is known already; `use` is its role ("the permissions
    boundary"). A policy of this deployment is not checked.

    Source: IAM API reference AttachRolePolicy, PutRolePermissionsBoundary, GetPolicy.
    """
    if not policy_arn or unresolved(policy_arn) or policy_arn in aws.planned.own_outputs:
        return []
    other = f"Name a policy of account {aws.account.id} or one of AWS's own, or omit the input that adds it."
    if (owner := policy_arn.split(":")[4]) not in ("aws", aws.account.id):
        return [Obstacle(f"{use} {policy_arn} belongs to account {owner}, and IAM accepts none from another account", other)]
    if unattachable(policy_arn):
        return [Obstacle(f"{use} {policy_arn} is for service-linked roles, and IAM attaches it to no other role", other)]
    try:
        [found] = aws.read(Query("iam", "get_policy", {"PolicyArn": policy_arn}, (GONE,)))
    except ClientError as error:
        if code_of(error) not in CODES | NOT_OFFERED:
            raise
        return []  # IAM reports it when the role gets the policy
    if found:
        return []
    what = f"{use} {policy_arn} does not exist"
    if owner == "aws" and aws.is_look_alike:
        return [Obstacle(what, "An emulator may have few of AWS's own policies.", stops=False)]
    return [Obstacle(what, other)]


def attached_policies(role: str) -> Query:
    """The query that a role and each of its attachments use; it is sent once."""
    return Query("iam", "list_attached_role_policies", {"RoleName": role}, (GONE,))


def more(name: str) -> str:
    """How to request a higher quota: Service Quotas has those of IAM only in IAM's home region."""
    return f"ask for more: Service Quotas console in IAM's home region, AWS Identity and Access Management, {name}."


def retag(aws: Cloud, what: str, names: Mapping[str, str], differences: Sequence[Difference]) -> None:
    """Applies the tag differences with `tag_<what>` and `untag_<what>`."""
    put = [{"Key": item.key, "Value": item.after} for item in differences if item.field == "tags" and item.after is not None]
    remove = [item.key for item in differences if item.field == "tags" and item.after is None]
    if put:
        aws.call("iam", f"tag_{what}", **names, Tags=put)
    if remove:
        aws.call("iam", f"untag_{what}", **names, TagKeys=remove)
