"""What AWS checks before it carries out a call, as (action, ARN, conditions), and an operator with a policy.

The IAM that moto plays looks at the names of calls only. Here each call becomes all the checks that it leads to, as the
service authorization reference has them: also those for what the call passes on (PassRole), tags, and for each of several
types of things (RunInstances). What stands here was written from that reference, and not from what the kinds declare.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from moto.ec2.models import ec2_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from bootstrap.resources.iam.service_linked_role import NAMES
from tests.support.faults import DENIED
from tests.support.wire import Call, Carry, error_answer

OWN = "123456789012"
REGION = "us-east-1"
NEW = "made-now"
"""The id of what does not exist yet."""

S3: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
"""Where the name of a call of S3 is not that of its action."""

IDS = {
    "i": "instance",
    "vol": "volume",
    "eni": "network-interface",
    "sg": "security-group",
    "key": "key-pair",
    "lt": "launch-template",
    "eipalloc": "elastic-ip",
}


@dataclass(frozen=True)
class Check:
    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()
    account: str = OWN

    def __str__(self) -> str:
        return f"{self.action} on resource: {self.arn}"


@dataclass
class Operator:
    """Stands before AWS (`Wire.between`): notes each check, and refuses what the policies of its accounts do not allow.

    `path` is the IAM path of what does not exist yet.
    """

    policies: Mapping[str, list[dict[str, Any]]] | None = None
    path: str = "/"
    watching: bool = True
    made: list[Check] = field(default_factory=list)

    def __call__(self, call: Call, carry: Carry) -> Any:
        if not self.watching:
            return carry()
        for check in checks(call, self.path):
            self.made.append(check)
            if self.policies is not None and not allowed(check, self.policies.get(check.account, [])):
                code, _, status = DENIED[call.service]
                who = f"User: arn:aws:iam::{check.account}:user/operator is not authorized to perform: {check}"
                return error_answer(call, code, f"{who} because no identity-based policy allows the action", status)
        return carry()


TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "ForAnyValue:StringEquals": str.__eq__,  # where the request has one value
    "ArnLike": fnmatchcase,
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
        "ec2": _ec2,
        "batch": _batch,
        "service-quotas": _quotas,
        "resource-groups-tagging-api": lambda call, account: iter([Check("tag:GetResources", "*")]),
    }
    return [Check(item.action, item.arn, item.context, account) for item in find[call.service](call, account)]


def _account(call: Call) -> str:
    key = re.search(r"Credential=([^/]+)/", call.headers.get("authorization", ""))
    backends = [backend for _, regions in sts_backends.items() for backend in regions.values()]
    roles = [backend.get_assumed_role_from_access_key(key[1]) for backend in backends if key]
    return next((str(role.account_id) for role in roles if role), OWN)


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body, keep_blank_values=True))


def _all(form: Mapping[str, str], pattern: str) -> list[str]:
    return [value for key, value in form.items() if re.fullmatch(pattern, key)]


def _sts(call: Call, account: str) -> Iterator[Check]:
    if call.operation == "AssumeRole":
        yield Check("sts:AssumeRole", _form(call)["RoleArn"])


# IAM


def _iam(call: Call, account: str, path: str) -> Iterator[Check]:
    form, name = _form(call), call.operation
    iam: IAMBackend = iam_backends[account]["aws"]
    here = f"arn:aws:iam::{account}:"
    tags = tuple((f"aws:RequestTag/{key}", value) for key, value in _tags(form, "Tags.member.").items())
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
            arn = f"{here}role/aws-service-role/{service}/{NAMES[service]}"
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


def _passed(account: str, profile: str, service: str) -> Iterator[Check]:
    """The role in the profile, an ARN or a name, is handed to the service."""
    for item in iam_backends[account]["aws"].instance_profiles.values():
        if profile in (item.arn, item.name):
            for role in item.roles:
                yield Check("iam:PassRole", role.arn, (("iam:PassedToService", service),))


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
            yield Check(f"s3:{S3.get(name, name)}", arn)


def _s3_control(call: Call, account: str) -> Iterator[Check]:
    """What is tagged stands in the path."""
    yield Check(f"s3:{call.operation}", unquote(urlsplit(call.url).path).partition("/tags/")[2] or "*")


def _quotas(call: Call, account: str) -> Iterator[Check]:
    asked = json.loads(call.body)
    arn = f"arn:aws:servicequotas:us-east-1:{account}:{asked['ServiceCode']}/{asked['QuotaCode']}"
    yield Check(f"servicequotas:{call.operation}", arn if call.operation == "GetServiceQuota" else "*")


# EC2


def _tags(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    keys = [key for key in form if key.startswith(prefix) and key.endswith(".Key")]
    return {form[key]: form.get(key.removesuffix("Key") + "Value", "") for key in keys}


def _ec2(call: Call, account: str) -> Iterator[Check]:
    form, name = _form(call), call.operation
    here = f"arn:aws:ec2:{REGION}:{account}:"
    action = f"ec2:{name}"

    tags_of = ec2_backends[account][REGION].tags

    def thing(which: str, kind: str = "", tagged_as: str = "") -> Check:
        """What is there already, with its tags; or with those of the thing that it came about with."""
        tags = tags_of.get(which) or tags_of.get(tagged_as, {})
        context = tuple((f"aws:ResourceTag/{key}", value) for key, value in tags.items())
        return Check(action, f"{here}{kind or IDS[which.partition('-')[0]]}/{which}", context)

    def things(pattern: str) -> list[Check]:
        return [thing(each) for each in _all(form, pattern)]

    def made(*types: str) -> Iterator[Check]:
        """With the tags that the call asks for on each type, which is CreateTags as well."""
        for each in types:
            places = [key for key, value in form.items() if key.endswith("ResourceType") and value == each]
            tags = {key: value for at in places for key, value in _tags(form, at.removesuffix("ResourceType")).items()}
            context = tuple((f"aws:RequestTag/{key}", value) for key, value in tags.items())
            arn = f"{here}{each}/{form['KeyName'] if each == 'key-pair' else NEW}"
            yield Check(action, arn, context)
            if tags:
                yield Check("ec2:CreateTags", arn, (*context, ("ec2:CreateAction", name)))

    match name:
        case "DescribeInstanceAttribute":
            yield from things("InstanceId")
        case "DescribeVpcAttribute":
            yield Check(action, f"{here}vpc/{form['VpcId']}")
        case _ if name.startswith("Describe"):
            yield Check(action, "*")
        case "RunInstances":
            yield from made("instance", "volume", "network-interface")
            image = form["ImageId"]
            if image.startswith("resolve:ssm:"):
                yield Check("ssm:GetParameters", f"arn:aws:ssm:{REGION}::parameter{image.removeprefix('resolve:ssm:')}")
            yield Check(action, f"arn:aws:ec2:{REGION}::image/{NEW if ':' in image else image}")
            yield Check(action, f"{here}subnet/{form['SubnetId']}")
            yield from things(r"SecurityGroupId\.\d+")
            yield from (Check(action, f"{here}key-pair/{key}") for key in _all(form, "KeyName"))
            yield from _passed(account, form.get("IamInstanceProfile.Name", ""), "ec2.amazonaws.com")
        case "CreateSecurityGroup":
            yield from made("security-group")
            yield Check(action, f"{here}vpc/{form['VpcId']}")
        case "AllocateAddress":
            yield from made("elastic-ip")
        case "CreateLaunchTemplate":
            yield from made("launch-template")
        case "ImportKeyPair":
            yield from made("key-pair")
        case "DeleteKeyPair":
            yield Check(action, f"{here}key-pair/{form['KeyName']}")
        case "CreateTags" | "DeleteTags":
            yield from things(r"ResourceId\.\d+")
        case "AssociateAddress":
            yield from things("AllocationId|InstanceId")
            yield thing(NEW, "network-interface", form["InstanceId"])
        case "DisassociateAddress":
            [address] = [
                item for item in ec2_backends[account][REGION].addresses if item.association_id == form["AssociationId"]
            ]
            yield thing(str(address.allocation_id))
            yield thing(NEW, "network-interface", address.instance.id if address.instance else "")
        case "AssociateIamInstanceProfile":
            yield from things("InstanceId")
            yield from _passed(account, form.get("IamInstanceProfile.Name", ""), "ec2.amazonaws.com")
        case "DisassociateIamInstanceProfile":
            for each in ec2_backends[account][REGION].iam_instance_profile_associations.values():
                if each.association_id == form["AssociationId"]:
                    yield thing(each.instance_id)
        case "ModifyInstanceAttribute":
            yield from things(r"InstanceId|GroupId\.\d+")
        case _:
            ids = r"(Instance|Group|Volume|NetworkInterface|LaunchTemplate|Allocation)Id(\.\d+)?"
            yield from things(ids)


# Batch


def _batch(call: Call, account: str) -> Iterator[Check]:
    name = call.operation
    action = f"batch:{name}"
    here = f"arn:aws:batch:{REGION}:{account}:"
    if name in ("TagResource", "UntagResource"):
        yield Check(action, unquote(urlsplit(call.url).path).partition("/v1/tags/")[2])
        return
    sent = json.loads(call.body or "{}")
    environments = [item["computeEnvironment"] for item in sent.get("computeEnvironmentOrder", [])]
    match name:
        case "CreateComputeEnvironment":
            arn = f"{here}compute-environment/{sent['computeEnvironmentName']}"
            yield from (Check(each, arn) for each in (action, *(["batch:TagResource"] if sent.get("tags") else [])))
            yield from _passed(account, sent["computeResources"]["instanceRole"], "batch.amazonaws.com")
            service = "batch.amazonaws.com"
            linked = f"arn:aws:iam::{account}:role/aws-service-role/{service}/{NAMES[service]}"
            yield Check("iam:CreateServiceLinkedRole", linked, (("iam:AWSServiceName", service),))
        case "UpdateComputeEnvironment" | "DeleteComputeEnvironment":
            yield Check(action, f"{here}compute-environment/{sent['computeEnvironment'].rpartition('/')[2]}")
            yield from _passed(account, sent.get("computeResources", {}).get("instanceRole", ""), "batch.amazonaws.com")
        case "CreateJobQueue":
            arn = f"{here}job-queue/{sent['jobQueueName']}"
            yield from (Check(each, arn) for each in (action, *(["batch:TagResource"] if sent.get("tags") else [])))
            yield from (Check(action, each) for each in environments)
        case "UpdateJobQueue" | "DeleteJobQueue":
            yield Check(action, f"{here}job-queue/{sent['jobQueue'].rpartition('/')[2]}")
            yield from (Check(action, each) for each in environments)
        case "TerminateJob":
            yield Check(action, f"{here}job/{sent['jobId']}")
        case _:
            yield Check(action, "*")
