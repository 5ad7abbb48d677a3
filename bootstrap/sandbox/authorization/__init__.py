"""What AWS checks before it carries out a call, as (action, ARN, conditions).

The IAM that moto plays looks at the names of calls only. Here each call becomes all the checks that it leads to, as the
service authorization reference has them: also those for what the call passes on (PassRole), tags, and for each of several
types of things (RunInstances). What stands here was written from that reference, and not from what the kinds declare.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from bootstrap.permissions.s3_actions import S3_ACTIONS
from bootstrap.permissions.service_linked_roles import NAMES
from bootstrap.sandbox.authorization.call import Call, key_of
from bootstrap.sandbox.authorization.check import OWN, Check, form_of, tags_of
from bootstrap.sandbox.authorization.machines import batch_checks, ec2_checks
from bootstrap.sandbox.authorization.stack_sets import organization_checks, stack_set_checks

TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "ForAnyValue:StringEquals": str.__eq__,  # where the request has one value
    "ArnLike": fnmatchcase,
    "Bool": str.__eq__,
}


def allowed(check: Check, documents: Iterable[Mapping[str, Any]]) -> bool:
    return any(grants(statement, check) for document in documents for statement in document["Statement"])


def grants(statement: Mapping[str, Any], check: Check) -> bool:
    """Of statements that allow: whether this one grants the action."""
    assert statement["Effect"] == "Allow"
    if check.action not in statement["Action"]:
        return False
    context = dict(check.context)
    fits = all(
        any(TESTS[operator](context.get(key, ""), value) for value in values)
        for operator, test in statement.get("Condition", {}).items()
        for key, values in test.items()
    )
    return fits and any(fnmatchcase(check.arn, arn) for arn in statement["Resource"])


def checks(call: Call, path: str = "/") -> list[Check]:
    """All that AWS checks for the call."""
    account = _account(call)
    find: Mapping[str, Callable[[Call, str], Iterator[Check]]] = {
        "iam": lambda call, account: _iam(call, account, path),
        "sts": _sts,
        "s3": _s3,
        "s3-control": _s3_control,
        "ec2": ec2_checks,
        "batch": batch_checks,
        "cloudformation": stack_set_checks,
        "organizations": organization_checks,
        "service-quotas": _quotas,
        "resource-groups-tagging-api": lambda call, account: iter([Check(f"tag:{call.operation}", "*")]),
    }
    return [Check(item.action, item.arn, item.context, account) for item in find[call.service](call, account)]


def _account(call: Call) -> str:
    key = key_of(call.headers)
    backends = [backend for _, regions in sts_backends.items() for backend in regions.values()]
    roles = [backend.get_assumed_role_from_access_key(key) for backend in backends]
    return next((str(role.account_id) for role in roles if role), OWN)


def _sts(call: Call, account: str) -> Iterator[Check]:
    if call.operation != "GetCallerIdentity":  # which needs no permission
        yield Check(f"sts:{call.operation}", form_of(call).get("RoleArn", "*"))


# IAM


def _iam(call: Call, account: str, path: str) -> Iterator[Check]:
    form, name = form_of(call), call.operation
    iam: IAMBackend = iam_backends[account]["aws"]
    here = f"arn:aws:iam::{account}:"
    tags = tuple((f"aws:RequestTag/{key}", value) for key, value in tags_of(form, "Tags.member.").items())
    role = form.get("RoleName", "")
    roles = {item.name: item.arn for item in iam.roles.values()}
    role_arn = roles.get(role, f"{here}role{_path_of(role, path)}{role}")
    profile = form.get("InstanceProfileName", "")
    profiles = {item.name: item.arn for item in iam.instance_profiles.values()}
    profile_arn = profiles.get(profile, f"{here}instance-profile{path}{profile}")
    match name:
        case "ListRoles" | "ListPolicies" | "ListInstanceProfiles" | "GetAccountSummary":
            yield Check(f"iam:{name}", "*")
        case "SimulatePrincipalPolicy" | "GetContextKeysForPrincipalPolicy":
            yield Check(f"iam:{name}", form["PolicySourceArn"])
        case "CreateServiceLinkedRole":
            service = form["AWSServiceName"]
            arn = f"{here}role/aws-service-role/{service}/{NAMES.get(service, service)}"
            yield Check(f"iam:{name}", arn, (("iam:AWSServiceName", service),))
        case "CreateRole":
            arn = f"{here}role{form.get('Path', '/')}{role}"
            bounded = (("iam:PermissionsBoundary", form["PermissionsBoundary"]),) if "PermissionsBoundary" in form else ()
            yield Check("iam:CreateRole", arn, (*tags, *bounded))
            yield Check("iam:TagRole", arn, tags)
        case "PutRolePermissionsBoundary":
            yield Check(f"iam:{name}", role_arn, (("iam:PermissionsBoundary", form["PermissionsBoundary"]),))
        case "AttachRolePolicy" | "DetachRolePolicy":
            yield Check(f"iam:{name}", role_arn, (("iam:PolicyARN", form["PolicyArn"]),))
        case "CreatePolicy":
            arn = f"{here}policy{form.get('Path', '/')}{form['PolicyName']}"
            yield from (Check(action, arn, tags) for action in ("iam:CreatePolicy", "iam:TagPolicy"))
        case "CreateInstanceProfile":
            arn = f"{here}instance-profile{form.get('Path', '/')}{profile}"
            yield from (Check(action, arn, tags) for action in ("iam:CreateInstanceProfile", "iam:TagInstanceProfile"))
        case "CreateOpenIDConnectProvider":
            arn = f"{here}oidc-provider/{form['Url'].removeprefix('https://')}"
            yield from (Check(f"iam:{action}", arn, tags) for action in (name, "TagOpenIDConnectProvider"))
        case _ if "OpenIDConnectProvider" in name:
            yield Check(f"iam:{name}", form["OpenIDConnectProviderArn"])
        case "AddRoleToInstanceProfile":
            yield Check(f"iam:{name}", profile_arn)
            yield Check("iam:PassRole", role_arn, (("iam:PassedToService", "ec2.amazonaws.com"),))
        case _ if "InstanceProfile" in name and profile:
            yield Check(f"iam:{name}", profile_arn)
        case _ if "PolicyArn" in form and not role:
            yield Check(f"iam:{name}", form["PolicyArn"])
        case _:
            yield Check(f"iam:{name}", role_arn)


def _path_of(role: str, path: str) -> str:
    return next((f"/aws-service-role/{service}/" for service, name in NAMES.items() if name == role), path)


# S3


def _s3(call: Call, account: str) -> Iterator[Check]:
    address = urlsplit(call.url)
    host = re.match(r"(.+)\.s3[.-]", address.netloc)
    first, _, rest = unquote(address.path).lstrip("/").partition("/")
    bucket, key = (host[1], unquote(address.path).lstrip("/")) if host else (first, rest)
    arn = f"arn:aws:s3:::{bucket}"
    match call.operation:
        case "ListBuckets":
            yield Check("s3:ListAllMyBuckets", "*")
        case "CreateBucket":
            yield from (Check(f"s3:{action}", arn) for action in ("CreateBucket", "TagResource"))
            if "x-amz-object-ownership" in call.headers:
                yield Check("s3:PutBucketOwnershipControls", arn)
        case "DeleteObjects":
            yield from (Check(f"s3:{action}", f"{arn}/any") for action in ("DeleteObject", "DeleteObjectVersion"))
        case (
            "GetObject" | "PutObject" | "DeleteObject" | "AbortMultipartUpload" | "GetObjectRetention" | "GetObjectLegalHold"
        ):
            yield Check(f"s3:{call.operation}", f"{arn}/{key}")
        case name:
            yield Check(f"s3:{S3_ACTIONS.get(name, name)}", arn)


def _s3_control(call: Call, account: str) -> Iterator[Check]:
    """What is tagged stands in the path."""
    yield Check(f"s3:{call.operation}", unquote(urlsplit(call.url).path).partition("/tags/")[2] or "*")


def _quotas(call: Call, account: str) -> Iterator[Check]:
    asked = json.loads(call.body)
    arn = f"arn:aws:servicequotas:us-east-1:{account}:{asked['ServiceCode']}/{asked['QuotaCode']}"
    yield Check(f"servicequotas:{call.operation}", arn if call.operation == "GetServiceQuota" else "*")
