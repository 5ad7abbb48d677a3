"""One sample a kind for the contract of all resources. A new kind needs a new entry here, and no new test."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from moto.batch.models import batch_backends
from moto.ec2.models import ec2_backends

from bootstrap.aws.scope import Scope
from bootstrap.contract.documents import allow as allow, trust as trust
from bootstrap.core.cloud import Planned
from bootstrap.core.difference import Difference, differences
from bootstrap.core.first_boot import MARK
from bootstrap.core.live import Live
from bootstrap.core.resource import Resource
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.permissions.trust_overlap import requiring
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.job_queue import BatchJobQueue
from bootstrap.resources.cloudformation.operations import SELF_MANAGED
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import LONGEST_TEMPLATE, CloudFormationStackSet
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from bootstrap.resources.ec2.instance import Ec2Instance
from bootstrap.resources.ec2.key_pair import Ec2KeyPair
from bootstrap.resources.ec2.launch_template import Ec2LaunchTemplate
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.oidc_audience import IamOidcAudience
from bootstrap.resources.iam.oidc_provider import IamOidcProvider
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from bootstrap.resources.iam.service_linked_role import IamServiceLinkedRole
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.resources.s3.bucket_policy_statement import S3BucketPolicyStatement
from tests.support import keys, surroundings
from tests.support.organizations import ACCOUNTS, OTHER_UNIT, UNIT, organize

Properties = Mapping[str, Any]
ENVIRONMENTS = [f"arn:aws:batch:us-east-1:123456789012:compute-environment/{name}" for name in ("one", "two")]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`changed` has another value for each property that can change in place.

    `broken` has properties that AWS would refuse, by what is wrong with them; `allowed` are just inside the limits.
    `unread` are properties that AWS does not report; `reported` are those that only AWS changes, so only one value can be
    desired. `unused` are permissions without a call in the contract, with the reason. `before` creates what must exist
    first, `busy` what uses the resource, and `fill` what a delete must also delete.
    """

    resource: Resource
    changed: Properties = field(default_factory=dict)
    broken: Mapping[str, Properties] = field(default_factory=dict)
    allowed: tuple[Properties, ...] = ()
    unread: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()
    unused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    before: Callable[[Scope], object] = lambda scope: None
    busy: Callable[[Scope], object] = lambda scope: None
    fill: Callable[[Scope], object] = lambda scope: None

    def __post_init__(self) -> None:
        if self.resource.taggable:  # which values the user chose is only recorded
            object.__setattr__(self, "unread", self.unread | {"asked"})


def _delegated(*operations: str) -> dict[tuple[str, str], str]:
    action = "organizations:ListDelegatedAdministrators"
    return {(on, action): "AWS asks it for a delegated administrator: see test_stack_set.py" for on in operations}


def trusted(account: str, external_id: str = "external-id-7") -> dict[str, Any]:
    """A statement of a trust policy, without a Sid."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }


def long_policy(characters: int) -> dict[str, Any]:
    """A policy of that many characters as IAM counts them."""
    shortest = len('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":""}]}')
    return allow("s3:*", resource="a" * (characters - shortest))


def long_trust(characters: int) -> dict[str, Any]:
    shortest = len(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":""}}]}'
    )
    return trust("a" * (characters - shortest))


TAGS: dict[str, Properties] = {
    "tag key too long": {"tags": {"k" * 129: "v"}},
    "tag key empty": {"tags": {"": "v"}},
    "tag value too long": {"tags": {"k": "v" * 257}},
    "tag with a letter that is not allowed": {"tags": {"k": "a;b"}},
    "tag with a line break": {"tags": {"k": "a\nb"}},
    "tag keys that differ in case": {"tags": {"Team": "a", "team": "b"}},
    "tag of AWS's own": {"tags": {"AWS:team": "a"}},
    "tag of the owner's": {"tags": {"bootstrap:address": "elsewhere"}},
    "too many tags": {"tags": {f"k{number}": "v" for number in range(48)}},
}
TAGS_ALLOWED: tuple[Properties, ...] = (
    {"tags": {"k" * 128: "v" * 256}},
    {"tags": {"Kosten-Stelle": "Zürich _.:/=+-@ 7", "empty": ""}},
    {"tags": {f"k{number}": "v" for number in range(47)}},
)
EC2_TAGS = {
    what: properties
    for what, properties in TAGS.items()
    if what not in ("tag with a letter that is not allowed", "tag with a line break", "tag keys that differ in case")
}
EC2_TAGS["tag that marks a machine"] = {"tags": {"bootstrap:stopped": "v"}}
EC2_TAGS_ALLOWED: tuple[Properties, ...] = (*TAGS_ALLOWED, {"tags": {"Team": "a;b", "team": "c"}})
MACHINES: dict[str, Properties] = {
    "root volume of nothing": {"root_volume_gb": 0},
    "root volume too large": {"root_volume_gb": 16_385},
    "root device without a path": {"root_device": "xvda"},
}
PATHS: dict[str, Properties] = {
    "path that does not start with a slash": {"path": "team/"},
    "path that does not end with a slash": {"path": "/team"},
    "path too long": {"path": "/" + "p" * 511 + "/"},
    "path with a blank": {"path": "/my team/"},
    "path empty": {"path": ""},
}
PATHS_ALLOWED: tuple[Properties, ...] = ({"path": "/" + "p" * 510 + "/"}, {"path": "/a/b/"})


def names(longest: int) -> dict[str, Properties]:
    return {
        "name too long": {"name": "n" * (longest + 1)},
        "name empty": {"name": ""},
        "name with a blank": {"name": "my thing"},
        "name with a letter that is not ASCII": {"name": "rôle"},
        "name with a line break": {"name": "role\n"},
    }


def deployed(resource: Resource, scope: Scope) -> Live:
    """Creates the resource as a run does, and reads it back."""
    live = create_or_adopt(resource, scope, scope.owner)
    outputs = resource.update(scope, live.outputs, differences(resource, live))
    return read_back(resource, scope, resource.ready(scope, outputs))


def read_back(resource: Resource, scope: Scope, outputs: Mapping[str, str]) -> Live:
    live = resource.read(scope, outputs)
    assert live is not None
    return live


def deleting(resource: Resource, scope: Scope, outputs: Mapping[str, str]) -> Scope:
    """The scope in which a plan deletes it now: with the names of everything that is deleted with it or detached."""
    live = resource.read(replace(scope, destroying=True), outputs)
    off = [f"{part.what} {part.id}" for part in live.parts if part.what == resource.deletion.detachable] if live else []
    return replace(scope, also_removed=frozenset((*off, *(live.along if live else ()))))


def updating(resource: Resource, scope: Scope, outputs: Mapping[str, str], found: Sequence[Difference]) -> Scope:
    """The scope in which a plan applies these differences."""
    changed = frozenset(item.field for item in found)
    along = frozenset(resource.displaces(read_back(resource, scope, outputs), changed))
    return replace(scope, also_removed=along, planned=Planned(changed_fields=changed & resource.updates.precheck_on_update))


def role(scope: Scope, name: str) -> Live:
    """A role of this deployment."""
    return IamRole(name=name, trust=trust()).create(scope)


def in_bucket(action: str, objects: str = "/*") -> dict[str, Any]:
    """A statement of the policy of a bucket, without a Sid."""
    principal = {"AWS": "arn:aws:iam::111122223333:root"}
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::their-bucket{objects}"}


def bucket_of_theirs(scope: Scope) -> None:
    """With a policy of theirs."""
    s3 = scope.client("s3")
    where = {} if scope.account.region == "us-east-1" else {"LocationConstraint": scope.account.region}
    s3.create_bucket(Bucket="their-bucket", **({"CreateBucketConfiguration": where} if where else {}))
    theirs = {"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", **in_bucket("s3:GetObjectTagging")}]}
    s3.put_bucket_policy(Bucket="their-bucket", Policy=json.dumps(theirs))


def fill_bucket(scope: Scope) -> None:
    s3 = scope.client("s3")
    s3.put_bucket_versioning(Bucket="sample-bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket="sample-bucket", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket="sample-bucket", Key="key", Body=b"content")
    s3.delete_object(Bucket="sample-bucket", Key="key")
    s3.create_multipart_upload(Bucket="sample-bucket", Key="unfinished")


def parts(*texts: str) -> str:
    """User data as Batch wants it."""
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="part"\n'
    body = "".join(f"\n--part\nContent-Type: text/x-shellscript\n\n{text}\n" for text in texts)
    return f"{head}{body}\n--part--\n"


def before_machine(scope: Scope) -> None:
    surroundings.subnet(scope)
    Ec2KeyPair(name="sample-key", public_key=keys.ED25519).create(scope)
    role(scope, "SampleRole")
    for name in ("SampleProfile", "OtherProfile"):
        profile = IamInstanceProfile(name=name, role="SampleRole")
        live = profile.create(scope)
        profile.update(scope, live.outputs, differences(profile, live))


def add_leftovers(scope: Scope, subnet: str = surroundings.SUBNET) -> dict[str, str]:
    """A volume and a network interface of a machine that somebody set to be retained. Returns the outputs with
    which a record names them."""
    client = scope.client("ec2")
    volume, interface = (ec2.tag_specifications(scope.tags({}), kind) for kind in ("volume", "network-interface"))
    one = client.create_volume(AvailabilityZone=f"{scope.account.region}a", Size=1, TagSpecifications=volume)
    other = client.create_network_interface(SubnetId=subnet, TagSpecifications=interface)["NetworkInterface"]
    return {"volumes": one["VolumeId"], "interfaces": other["NetworkInterfaceId"]}


def network(scope: Scope) -> None:
    """The subnets and security groups of the samples. moto generates ids; these must be known in advance."""
    ec2 = ec2_backends[scope.account.id][scope.account.region]
    for name in ("one", "two"):
        group = ec2.create_security_group(name, name, vpc_id=next(iter(ec2.vpcs)))
        group.id = f"sg-{name}"
        subnets = next(iter(ec2.subnets.values()))
        subnets[f"subnet-{name}"] = next(iter(subnets.values()))


def environments(scope: Scope) -> None:
    """The compute environments of the samples, in any region under their ARNs of us-east-1."""
    network(scope)
    batch = batch_backends[scope.account.id][scope.account.region]
    for arn in ENVIRONMENTS:
        made = replace(ENVIRONMENT, name=arn.rpartition("/")[2]).create(scope)
        batch._compute_environments[arn] = batch._compute_environments.pop(made.outputs["arn"])


def serve(scope: Scope) -> None:
    """A queue of others on the environment."""
    on = [{"order": 1, "computeEnvironment": ENVIRONMENT.predicted_outputs(scope.account)["arn"]}]
    scope.client("batch").create_job_queue(jobQueueName="theirs", priority=1, computeEnvironmentOrder=on)


def stop_serving(scope: Scope) -> None:
    scope.client("batch").update_job_queue(jobQueue="theirs", state="DISABLED")
    scope.client("batch").delete_job_queue(jobQueue="theirs")


def fill_queue(scope: Scope) -> None:
    """Jobs under way: moto's end as soon as they are submitted."""
    submit(scope, "RUNNING", "RUNNING", "SUCCEEDED")


def submit(scope: Scope, *states: str, queue: str = "SampleQueue") -> list[str]:
    """The ids of jobs in these states, in the queue."""
    client, batch = scope.client("batch"), batch_backends[scope.account.id][scope.account.region]
    container = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "9"}],
    }
    client.register_job_definition(jobDefinitionName="work", type="container", containerProperties=container)
    found = []
    for state in states:
        found.append(client.submit_job(jobName="job", jobQueue=queue, jobDefinition="work")["jobId"])
        job = batch._jobs[found[-1]]
        job.status, job.job_stopped = state, state in ("SUCCEEDED", "FAILED")
    return found


ENVIRONMENT = BatchComputeEnvironment(
    name="SampleEnvironment",
    compute_type="SPOT",
    allocation_strategy="SPOT_PRICE_CAPACITY_OPTIMIZED",
    min_vcpus=0,
    max_vcpus=256,
    instance_types=["c6i", "m5.large"],
    subnets=["subnet-one", "subnet-two"],
    security_groups=["sg-one"],
    instance_profile="arn:aws:iam::123456789012:instance-profile/SampleProfile",
    launch_template="lt-0123456789abcdef0",
    launch_template_version="1",
    instance_tags={"team": "data"},
    tags={"team": "data"},
)
QUEUE = BatchJobQueue(name="SampleQueue", priority=10, compute_environments=ENVIRONMENTS, tags={"team": "data"})
LATER = "goes out only when Batch found a role that IAM had not spread yet"

THUMBPRINTS = ["0123456789abcdef0123456789abcdef01234567", "89ABCDEF0123456789abcdef0123456789abcdef"]
ISSUER = "https://oidc.example.com/tenants/7/"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/tenants/7/"


def vendor_template(session: int = 3600) -> str:
    """Of a stack with one role, which the vendor assumes with the parameter ExternalId."""
    role = {"RoleName": "VendorRole", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "MaxSessionDuration": session}
    role["Description"] = {"Fn::Sub": "For ${ExternalId}"}
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    return json.dumps({"Parameters": {"ExternalId": {"Type": "String", "Default": "id"}}, "Resources": resources})


STACK_SET = CloudFormationStackSet(
    name="sample-fleet",
    template=vendor_template(),
    parameters={"ExternalId": "7"},
    capabilities=["CAPABILITY_NAMED_IAM"],
    auto_deployment=True,
    tags={"team": "data"},
)


def fleet(scope: Scope) -> None:
    organize(scope)
    replace(STACK_SET, auto_deployment=False).create(scope)


SAMPLES = (
    Sample(
        resource=STACK_SET,
        changed={
            "template": vendor_template(7200),
            "description": "For a vendor",
            "parameters": {"ExternalId": "8"},
            "capabilities": ["CAPABILITY_IAM"],
            "auto_deployment": False,
            "retain_on_account_removal": True,
            "managed_execution": False,
            "tags": {"team": "web", "cost": "7"},
        },
        broken={
            **names(128),
            **TAGS,
            "name with a digit first": {"name": "7"},
            "template that is no JSON": {"template": "Resources:"},
            "template that is too long": {"template": json.dumps({"Resources": "r" * LONGEST_TEMPLATE})},
            "description too long": {"description": "d" * 1025},
            "no description": {"description": ""},
            "unknown permission model": {"permission_model": "OWN"},
            "unknown caller": {"call_as": "ADMIN"},
            "roles that are not used": {"execution_role_name": "Role"},
            "another administrator of a self-managed one": {
                "permission_model": SELF_MANAGED,
                "auto_deployment": False,
                "call_as": "DELEGATED_ADMIN",
            },
            "automatic deployment of a self-managed one": {"permission_model": SELF_MANAGED},
            "retaining without automatic deployment": {"auto_deployment": False, "retain_on_account_removal": True},
            "a preference that nobody knows": {"preferences": {"speed": 1}},
            "two preferences for one thing": {"preferences": {"max_concurrent_count": 1, "max_concurrent_percentage": 1}},
            "a mode that nobody knows": {"preferences": {"concurrency_mode": "FAST"}},
            "nobody at a time": {"preferences": {"max_concurrent_count": 0}},
            "more than all": {"preferences": {"failure_tolerance_percentage": 101}},
        },
        allowed=(
            {"name": "n" * 128},
            {"description": "d" * 1024},
            {
                "preferences": {
                    "max_concurrent_percentage": 100,
                    "failure_tolerance_count": 0,
                    "region_concurrency": "PARALLEL",
                }
            },
            {"permission_model": SELF_MANAGED, "auto_deployment": False, "admin_role_arn": "@{role.arn}"},
            *TAGS_ALLOWED,
        ),
        unread=frozenset({"canary", "preferences"}),
        reported=frozenset({"admin_role_arn", "execution_role_name"}),  # of self-managed ones: see test_stack_set.py
        unused={
            ("create", "iam:PassRole"): "for self-managed StackSets only",
            ("update", "iam:PassRole"): "for self-managed StackSets only",
            ("update", "cloudformation:TagResource"): "asked for by what is in UpdateStackSet: other tags",
            ("update", "cloudformation:UntagResource"): "asked for by what is in UpdateStackSet: other tags",
            ("update", "organizations:DescribeAccount"): "for a canary only",
            ("delete", "cloudformation:ListStackInstances"): "only when stacks are left, to name them",
            **_delegated("find", "read", "report", "create", "update", "delete"),
            **{
                ("report", f"cloudformation:{action}"): "for status --detect-drift: see test_stack_set.py"
                for action in (
                    "DetectStackSetDrift",
                    "ListStackSetOperations",
                    "ListStackSetOperationResults",
                    "ListStackInstances",
                    "ListStackInstanceResourceDrifts",
                )
            },
        },
    ),
    Sample(
        resource=CloudFormationStackInstances(
            stack_set="sample-fleet",
            region="us-east-1",
            organizational_units=[UNIT],
            accounts=[ACCOUNTS[0]],
            account_filter="DIFFERENCE",
        ),
        changed={
            "organizational_units": [UNIT, OTHER_UNIT],
            "accounts": [ACCOUNTS[0], ACCOUNTS[1]],
            "account_filter": "INTERSECTION",
            "overrides": {"ExternalId": "9"},
        },
        broken={
            "account that is too short": {"accounts": ["11111111111"]},
            "account twice": {"accounts": [ACCOUNTS[0]] * 2},
            "no unit": {"organizational_units": []},
            "a unit that is none": {"organizational_units": ["Production"]},
            "a unit twice": {"organizational_units": [UNIT, UNIT]},
            "too many units": {"organizational_units": [f"ou-ab12-{number:08}" for number in range(51)]},
            "accounts that no filter uses": {"account_filter": "NONE"},
            "a filter that nobody knows": {"account_filter": "UNION"},
            "units of a self-managed one": {"permission_model": SELF_MANAGED, "account_filter": "NONE"},
            "status that cannot be desired": {"status": "OUTDATED"},
            "a preference that nobody knows": {"preferences": {"speed": 1}},
        },
        allowed=(
            {"organizational_units": ["r-ab12"], "accounts": [], "account_filter": "NONE"},
            {"organizational_units": [], "account_filter": "NONE", "permission_model": SELF_MANAGED},
            {"organizational_units": [f"ou-ab12-{number:08}" for number in range(50)]},
        ),
        unread=frozenset({"preferences", "comes_first", "left_out", "stack_set_id"}),
        reported=frozenset({"status"}),
        unused={
            **_delegated("read", "create", "update", "delete"),
            ("read", "cloudformation:DescribeStackInstance"): "for accounts with values of their own only",
            ("create", "organizations:ListRoots"): "for a root only",
            ("delete", "organizations:DescribeAccount"): "asked for the receipt",
            ("create", "organizations:ListAccounts"): "for more accounts than the sample has",
            ("update", "organizations:ListAccounts"): "for more accounts than the sample has",
            **{
                ("update", f"organizations:{action}"): "asked before the first change"
                for action in ("ListRoots", "DescribeOrganizationalUnit", "DescribeAccount")
            },
        },
        before=fleet,
    ),
    Sample(
        resource=IamRole(
            name="SampleRole",
            trust=trust(),
            inline_policies={"first": allow("s3:GetObject"), "second": allow("s3:PutObject")},
            description="A role",
            path="/team/",
            permissions_boundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
            max_session_duration=7200,
            tags={"team": "data"},
        ),
        changed={
            "trust": trust("batch.amazonaws.com"),
            "inline_policies": {"first": allow("s3:ListBucket"), "third": allow("s3:DeleteObject")},
            "description": "Another description",
            "permissions_boundary": None,
            "max_session_duration": 3600,
            "tags": {"team": "web", "cost": "7"},
        },
        broken={
            **names(64),
            **PATHS,
            **TAGS,
            "description too long": {"description": "d" * 1001},
            "description with a letter that is not Latin-1": {"description": "a \u2014 b"},
            "trust too long": {"trust": long_trust(2049)},
            "trust without a statement": {"trust": {"Version": "2012-10-17", "Statement": []}},
            "trust of an old version": {"trust": {**trust(), "Version": "2008-10-17"}},
            "trust with a placeholder": {"trust": trust("<get_from_vendor>")},
            "inline policy with a variable that is none": {
                "inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::${BucketName}")}
            },
            "inline policy with a letter that IAM does not take": {
                "inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::a\u2014b")}
            },
            "inline policies too long together": {"inline_policies": {"a": long_policy(5121), "b": long_policy(5120)}},
            "inline policy too long": {"inline_policies": {"a": long_policy(10_241)}},
            "inline policy name too long": {"inline_policies": {"p" * 129: allow("s3:*")}},
            "inline policy name with a slash": {"inline_policies": {"a/b": allow("s3:*")}},
            "session too short": {"max_session_duration": 3599},
            "session too long": {"max_session_duration": 43201},
        },
        allowed=(
            {"name": "n" * 64},
            {"name": "a_+=,.@-Z9"},
            {"description": "d" * 1000},
            {"description": ""},
            {"trust": long_trust(2048)},
            {"inline_policies": {"a": long_policy(5120), "b": long_policy(5120)}},
            {"inline_policies": {"p" * 128: allow("s3:*")}},
            {"inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::home/${aws:username}")}},
            {"max_session_duration": 43200},
            *TAGS_ALLOWED,
            *PATHS_ALLOWED,
        ),
        unused={
            ("look", "iam:GetPolicyVersion"): "before there is a plan, to warn of what the boundary keeps back",
            ("update", "iam:DetachRolePolicy"): "only with --detach-foreign (cli/test_opened.py)",
        },
        fill=lambda scope: scope.client("iam").attach_role_policy(
            RoleName="SampleRole", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
        ),
    ),
    Sample(
        resource=IamPolicy(
            name="SamplePolicy",
            document=allow("s3:GetObject"),
            description="A policy",
            path="/team/",
            tags={"team": "data"},
        ),
        changed={"document": allow("s3:GetObject", "s3:PutObject"), "tags": {"cost": "7"}},
        unread=frozenset({"description"}),
        unused=dict.fromkeys(
            [("find", "iam:ListRoles"), ("find", "iam:ListRoleTags")], "of roles, in a search of all of IAM"
        ),
        broken={
            **names(128),
            **PATHS,
            **TAGS,
            "path with a letter that policies do not take": {"path": "/a!b/"},
            "description too long": {"description": "d" * 1001},
            "document too long": {"document": long_policy(6145)},
            "document without a version": {"document": {"Statement": allow("s3:*")["Statement"]}},
            "document without a statement": {"document": {"Version": "2012-10-17"}},
        },
        allowed=({"name": "n" * 128}, {"document": long_policy(6144)}, *TAGS_ALLOWED, *PATHS_ALLOWED),
    ),
    Sample(
        resource=IamRoleAttachment(role="SampleRole", policy_arn="arn:aws:iam::123456789012:policy/SamplePolicy"),
        broken={
            "not an ARN": {"policy_arn": "ReadOnlyAccess"},
            "another partition": {"policy_arn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"},
            "not IAM": {"policy_arn": "arn:aws:s3:::ReadOnlyAccess"},
        },
        allowed=({"policy_arn": "@{policy.arn}"},),
        unused={("create", "iam:GetAccountSummary"): "only where a role that is brought has ten policies"},
        unread=frozenset({"role_id", "role_path", "why", "source"}),
        before=lambda scope: (
            role(scope, "SampleRole"),
            IamPolicy(name="SamplePolicy", document=allow("s3:GetObject")).create(scope),
        ),
    ),
    Sample(
        resource=IamRoleTrustStatement(
            role="TheirRole", statement=trusted("123456789012"), deny=requiring(trusted("123456789012"))
        ),
        changed={"statement": trusted("123456789012", "another-id"), "deny": {}},
        broken={
            "a placeholder": {"statement": trusted("123456789012", "<external id>")},
            "a letter that IAM does not take": {"statement": trusted("123456789012", "an \u2014 id")},
        },
        unused={("create", "iam:GetAccountSummary"): "only where the trust policy would be longer than usual"},
        unread=frozenset({"role_path"}),
        before=lambda scope: scope.client("iam").create_role(
            RoleName="TheirRole", AssumeRolePolicyDocument=json.dumps(trust())
        ),
    ),
    Sample(
        resource=IamInstanceProfile(name="SampleProfile", role="SampleRole", path="/team/", tags={"team": "data"}),
        changed={"role": "OtherRole", "tags": {"team": "web", "cost": "7"}},
        broken={**names(128), **PATHS, **TAGS},
        allowed=({"name": "n" * 128}, *TAGS_ALLOWED, *PATHS_ALLOWED),
        before=lambda scope: (role(scope, "SampleRole"), role(scope, "OtherRole")),
    ),
    Sample(
        resource=S3Bucket(
            name="sample-bucket",
            versioning=True,
            lifecycle={"old": {"prefix": "work/", "expire_days": 30}, "parts": {"prefix": "", "abort_multipart_days": 7}},
            tags={"team": "data"},
        ),
        changed={
            "block_public_access": False,
            "ownership": "ObjectWriter",
            "encryption": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "versioning": False,
            "lifecycle": {"old": {"prefix": "work/", "expire_days": 60, "noncurrent_days": 9}},
            "tls_only": False,
            "tags": {"cost": "7"},
        },
        unused={
            ("update", "s3:GetBucketAcl"): "before a plan changes what S3 may refuse to change",
            ("update", "s3:GetBucketObjectLockConfiguration"): "before a plan changes what S3 may refuse to change",
            ("update", "s3:GetReplicationConfiguration"): "before a plan changes what S3 may refuse to change",
            ("update", "s3:TagResource"): "only where ABAC is on",
            ("update", "s3:UntagResource"): "only where ABAC is on",
        },
        broken={
            "name too short": {"name": "ab"},
            "name too long": {"name": "b" * 64},
            "name in capitals": {"name": "My-bucket"},
            "name with an underscore": {"name": "my_bucket"},
            "name that ends with a hyphen": {"name": "my-bucket-"},
            "name that starts with a dot": {"name": ".my-bucket"},
            "name with two dots": {"name": "my..bucket"},
            "name like an address": {"name": "192.168.5.4"},
            "name with a line break": {"name": "my-bucket\n"},
            "name of an access point": {"name": "my-bucket-s3alias"},
            "name of a lambda access point": {"name": "my-bucket--ol-s3"},
            "name in punycode": {"name": "xn--bucket"},
            **TAGS,
        },
        allowed=({"name": "a1b"}, {"name": "b" * 63}, {"name": "my.bucket-7"}, *TAGS_ALLOWED),
        fill=fill_bucket,
    ),
    Sample(
        resource=S3BucketPolicyStatement(
            bucket="their-bucket", statements=[in_bucket("s3:GetObject"), in_bucket("s3:PutObject")]
        ),
        changed={"statements": [in_bucket("s3:ListBucket", "")]},
        broken={
            "bucket in capitals": {"bucket": "My-bucket"},
            "another bucket": {"bucket": "my-bucket"},
            "no statement": {"statements": []},
            "nobody": {"statements": [allow("s3:GetObject", resource="arn:aws:s3:::their-bucket")["Statement"][0]]},
            "any bucket": {"statements": [{**in_bucket("s3:GetObject"), "Resource": "*"}]},
            "bucket that begins alike": {"statements": [in_bucket("s3:GetObject", "-2/*")]},
            "too long": {"statements": [in_bucket("s3:GetObject", "/" + "k" * 20_480)]},
            "principal of another partition": {
                "statements": [{**in_bucket("s3:GetObject"), "Principal": {"AWS": "arn:aws-cn:iam::111122223333:root"}}]
            },
            "placeholder": {"statements": [in_bucket("s3:GetObject", "/${Prefix}/*")]},
        },
        allowed=(
            {"bucket": "@{bucket.name}"},
            {"statements": [{**in_bucket("s3:*", ""), "Effect": "Deny", "Principal": "*"}]},
            {"statements": [in_bucket("s3:GetObject", "/" + "k" * 20_000)]},
        ),
        unused={
            ("delete", "s3:DeleteBucketPolicy"): "only where no statement but ours is in it",
            ("create", "s3:GetBucketPublicAccessBlock"): "only where a statement is public",
            ("delete", "s3:GetBucketPublicAccessBlock"): "only where a statement of others is public",
        },
        before=bucket_of_theirs,
    ),
    Sample(
        resource=Ec2KeyPair(name="sample-key", public_key=f"{keys.ED25519} me@example.com", tags={"team": "data"}),
        changed={"tags": {"team": "web", "cost": "7"}},
        broken={
            "name too long": {"name": "n" * 256},
            "name empty": {"name": ""},
            "name that ends with a blank": {"name": "mine "},
            "name with a letter that is not ASCII": {"name": "clé"},
            "name with a line break": {"name": "my\nkey"},
            "key of a kind that EC2 does not take": {"public_key": keys.ECDSA},
            "key too short": {"public_key": keys.SHORT_RSA},
            "key cut off": {"public_key": keys.ED25519[:-9]},
            "no key": {"public_key": "my key"},
            "no text": {"public_key": ""},
            "two keys": {"public_key": f"{keys.ED25519}\n{keys.RSA}"},
            **EC2_TAGS,
        },
        allowed=({"name": "n" * 255}, {"name": "my key"}, {"public_key": keys.RSA + "\n"}, *EC2_TAGS_ALLOWED),
    ),
    Sample(
        resource=Ec2SecurityGroup(
            name="sample group",
            description="Who may reach the sample",
            vpc=surroundings.VPC,
            ingress={"tcp 22 203.0.113.4/32": "office", "tcp 8000-8010 2001:db8::/32": "", "all 10.0.0.0/8": "inside"},
            egress={"all 0.0.0.0/0": "", "tcp 443 10.0.0.0/8": "web"},
            tags={"team": "data"},
        ),
        changed={
            "ingress": {"tcp 22 203.0.113.4/32": "home", "udp 53 10.1.0.0/16": "names"},
            "egress": {"all 0.0.0.0/0": "everywhere", "udp 53 10.1.0.0/16": "names"},
            "tags": {"team": "web", "cost": "7"},
        },
        unused={("delete", "ec2:DescribeInstances"): "only when a machine of somebody else is in the group"},
        broken={
            "name too long": {"name": "n" * 256},
            "name empty": {"name": ""},
            "name with an apostrophe": {"name": "my friend's"},
            "name that starts with a blank": {"name": " mine"},
            "name like an id": {"name": "SG-mine"},
            "name of the group that each VPC has": {"name": "default"},
            "description empty": {"description": ""},
            "description with an apostrophe": {"description": "Don't"},
            "no VPC": {"vpc": "default"},
            "text that is not a rule": {"ingress": {"ssh from home": ""}},
            "rule without ports": {"ingress": {"tcp 10.0.0.0/8": ""}},
            "rule with a port too high": {"ingress": {"tcp 65536 10.0.0.0/8": ""}},
            "rule with ports the wrong way round": {"ingress": {"tcp 23-22 10.0.0.0/8": ""}},
            "rule for no address": {"ingress": {"tcp 22 10.0.0.300/32": ""}},
            "rule for a host written as a network": {"ingress": {"tcp 22 10.0.0.5/8": ""}},
            "rule for a host without its size": {"ingress": {"tcp 22 10.0.0.5": ""}},
            "rule description too long": {"ingress": {"tcp 22 10.0.0.0/8": "d" * 256}},
            "rule description with an apostrophe": {"ingress": {"tcp 22 10.0.0.0/8": "Don't"}},
            "egress text that is not a rule": {"egress": {"all 0.0.0.0/0": "", "web": ""}},
            "no egress rule to everywhere": {"egress": {"tcp 443 10.0.0.0/8": ""}},
            "too many rules": {"ingress": {f"tcp {port} 10.0.0.0/8": "" for port in range(61)}},
            **EC2_TAGS,
        },
        allowed=(
            {"name": "n" * 255},
            {"name": "a-zA-Z0-9 ._-:/()#,@[]+=&;{}!$*"},
            {"vpc": "@{network.vpc_id}"},
            {"ingress": {"udp 0-65535 ::/0": "d" * 255}},
            {"ingress": {f"tcp {port} {source}": "" for port in range(60) for source in ("10.0.0.0/8", "::/0")}},
            *EC2_TAGS_ALLOWED,
        ),
        before=surroundings.vpc,
    ),
    Sample(
        resource=Ec2ElasticIp(tags={"Name": "sample", "team": "data"}),
        changed={"tags": {"Name": "sample", "cost": "7"}},
        broken=EC2_TAGS,
        allowed=EC2_TAGS_ALLOWED,
    ),
    Sample(
        resource=Ec2AddressAssociation(allocation=surroundings.ADDRESS, instance=surroundings.MACHINE, vpc=surroundings.VPC),
        allowed=({"allocation": "@{address.allocation_id}", "instance": "@{machine.instance_id}"},),
        unread=frozenset({"vpc"}),
        unused={("create", "ec2:DescribeVpcs"): "only where no internet gateway is attached"},
        before=surroundings.address_and_machine,
    ),
    Sample(
        resource=Ec2LaunchTemplate(
            name="sample-template",
            user_data=parts("echo first"),
            root_volume_gb=30,
            instance_tags={"Name": "worker", "team": "data"},
            tags={"team": "data"},
        ),
        changed={
            "user_data": parts("echo first", "echo zweitens: ü"),
            "root_device": "/dev/sda1",
            "root_volume_gb": 50,
            "root_volume": {"VolumeType": "io2", "Encrypted": False, "DeleteOnTermination": False},
            "metadata": {"HttpEndpoint": "enabled", "HttpTokens": "optional", "HttpPutResponseHopLimit": 1},
            "instance_tags": {},
            "tags": {"team": "web", "cost": "7"},
        },
        broken={
            "name too short": {"name": "ab"},
            "name too long": {"name": "n" * 129},
            "name with a blank": {"name": "my template"},
            "user data that is no MIME text": {"user_data": "#!/bin/sh\necho first\n"},
            "user data too long": {"user_data": parts("e" * 16_384)},
            "instance tag of AWS's own": {"instance_tags": {"aws:team": "a"}},
            **MACHINES,
            **EC2_TAGS,
        },
        allowed=({"name": "n" * 128}, {"name": "a/b(c).d-e_f"}, {"root_volume_gb": 16_384}, *EC2_TAGS_ALLOWED),
    ),
    Sample(
        resource=Ec2Instance(
            image="resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
            instance_type="t3.small",
            subnet=surroundings.SUBNET,
            security_groups=[surroundings.OTHER_GROUP, surroundings.GROUP],
            profile="SampleProfile",
            key_name="sample-key",
            user_data=f"#!/bin/sh\necho {MARK} ready\n",
            root_device="/dev/sda1",
            root_volume_gb=30,
            tags={"Name": "sample", "team": "data"},
        ),
        changed={
            "instance_type": "t3.medium",
            "profile": "OtherProfile",
            "security_groups": [surroundings.OTHER_GROUP],
            "metadata": {"HttpEndpoint": "enabled", "HttpTokens": "optional", "HttpPutResponseHopLimit": 1},
            "tags": {"Name": "sample", "cost": "7"},
        },
        broken={
            "no image": {"image": "ubuntu"},
            "no instance type": {"instance_type": "small"},
            "no subnet": {"subnet": "default"},
            "no security group": {"security_groups": []},
            "security group by its name": {"security_groups": ["default"]},
            "too many security groups": {"security_groups": [f"sg-0123456{number}" for number in range(10, 16)]},
            "profile by its ARN": {"profile": "arn:aws:iam::123456789012:instance-profile/SampleProfile"},
            "user data too long": {"user_data": "ü" * 8_193},
            **MACHINES,
            **EC2_TAGS,
        },
        allowed=(
            {"image": "ami-0123456789abcdef0"},
            {"security_groups": ["@{group.group_id}"], "subnet": "@{network.subnet_id}"},
            {"profile": "@{profile.name}", "key_name": "@{key.name}"},
            {"key_name": None, "user_data": ""},
            {"user_data": "ü" * 8_192},
            *EC2_TAGS_ALLOWED,
        ),
        unread=frozenset({"image", "user_data", "root_device", "root_volume_gb", "passed_role", "profile_id"}),
        unused={
            ("adopt", "ec2:CreateTags"): "what is made with it is tagged when it is adopted: integrations/test_adoption"
        },
        before=before_machine,
        fill=add_leftovers,
    ),
    Sample(
        resource=IamServiceLinkedRole(service="batch.amazonaws.com"),
        broken={"a service without": {"service": "s3.amazonaws.com"}, "a name alone": {"service": "batch"}},
        allowed=({"service": "spot.amazonaws.com"},),
    ),
    Sample(
        resource=IamOidcProvider(url=ISSUER, thumbprints=THUMBPRINTS[:1], tags={"team": "data"}),
        changed={"thumbprints": THUMBPRINTS, "tags": {"team": "web", "cost": "7"}},
        broken={
            **TAGS,
            "URL without https": {"url": "http://oidc.example.com"},
            "URL without a scheme": {"url": "oidc.example.com"},
            "URL with a port": {"url": "https://oidc.example.com:8443"},
            "URL with a query": {"url": "https://oidc.example.com/?tenant=7"},
            "URL in capitals": {"url": "https://OIDC.example.com"},
            "URL of no host": {"url": "https://localhost"},
            "URL with a wildcard": {"url": "https://oidc.example.com/*"},
            "URL too long": {"url": f"https://oidc.example.com/{'p' * 231}"},
            "thumbprint too short": {"thumbprints": ["a" * 39]},
            "thumbprint that is no digest": {"thumbprints": ["g" * 40]},
            "too many thumbprints": {"thumbprints": [f"{number:040x}" for number in range(6)]},
        },
        allowed=(
            {"url": "https://oidc.example.com"},
            {"url": f"https://oidc.example.com/{'p' * 230}"},
            {"thumbprints": []},
            {"thumbprints": [f"{number:040x}" for number in range(5)]},
            *TAGS_ALLOWED,
        ),
    ),
    Sample(
        resource=IamOidcAudience(provider=PROVIDER, audience="arn:aws:iam::123456789012:role/SampleRole"),
        broken={
            "provider of another account": {"provider": PROVIDER.replace("123456789012", "111122223333")},
            "provider by its URL": {"provider": ISSUER},
            "audience empty": {"audience": ""},
            "audience too long": {"audience": "a" * 256},
        },
        allowed=({"audience": "a" * 255}, {"provider": "@{provider.arn}", "audience": "@{role.arn}"}),
        before=lambda scope: scope.client("iam").create_open_id_connect_provider(Url=ISSUER),
    ),
    Sample(
        resource=ENVIRONMENT,
        busy=serve,
        fill=stop_serving,
        changed={
            "terminate_jobs_on_update": True,
            "allocation_strategy": "SPOT_CAPACITY_OPTIMIZED",
            "min_vcpus": 8,
            "max_vcpus": 512,
            "instance_types": ["optimal"],
            "subnets": ["subnet-two"],
            "security_groups": ["sg-two", "sg-one"],
            "instance_profile": "arn:aws:iam::123456789012:instance-profile/OtherProfile",
            "launch_template": "lt-0123456789abcdef1",
            "launch_template_version": "2",
            "instance_tags": {"cost": "7"},
            "state": "DISABLED",
            "tags": {"team": "web", "cost": "7"},
        },
        reported=frozenset({"status"}),
        broken={
            **names(128),
            **TAGS,
            "name that begins with a sign": {"name": "-name"},
            "tag on instances of AWS's own": {"instance_tags": {"aws:team": "a"}},
            "compute type that has no machines": {"compute_type": "FARGATE"},
            "strategy that cannot change": {"compute_type": "EC2", "allocation_strategy": "BEST_FIT"},
            "strategy of the other type": {"allocation_strategy": "BEST_FIT_PROGRESSIVE"},
            "fewer vCPUs than zero": {"min_vcpus": -1},
            "no vCPUs": {"max_vcpus": 0},
            "a minimum above the maximum": {"min_vcpus": 257},
            "no instance types": {"instance_types": []},
            "no subnets": {"subnets": []},
            "no security groups": {"security_groups": []},
            "template version that moves": {"launch_template_version": "$Latest"},
            "unknown state": {"state": "enabled"},
            "status that cannot be desired": {"status": "INVALID"},
        },
        allowed=(
            {"name": "n" * 128},
            {"name": "n"},
            {"name": "7-_"},
            {"compute_type": "EC2", "allocation_strategy": "BEST_FIT_PROGRESSIVE"},
            {"min_vcpus": 256},
            {"launch_template_version": "@{template.version}"},
            {"state": "DISABLED"},
            *TAGS_ALLOWED,
        ),
        unused={
            ("create", "batch:UpdateComputeEnvironment"): LATER,
            ("update", "iam:PassRole"): "asked for by what is in UpdateComputeEnvironment: another profile",
        },
        unread=frozenset({"passed_role"}),
        before=network,
    ),
    Sample(
        resource=QUEUE,
        changed={
            "priority": 20,
            "compute_environments": ENVIRONMENTS[::-1],
            "state": "DISABLED",
            "cancel_after": {"CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY": 86_400},
            "tags": {"team": "web", "cost": "7"},
        },
        reported=frozenset({"status"}),
        broken={
            **names(128),
            **TAGS,
            "priority too low": {"priority": -1},
            "priority too high": {"priority": 1001},
            "no environments": {"compute_environments": []},
            "too many environments": {"compute_environments": [*ENVIRONMENTS, "c", "d"]},
            "jobs canceled too soon": {"cancel_after": {"MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT": 599}},
            "jobs canceled too late": {"cancel_after": {"MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT": 86_401}},
            "jobs canceled for no reason": {"cancel_after": {"RUNNABLE": 600}},
            "an environment twice": {"compute_environments": ENVIRONMENTS[:1] * 2},
            "unknown state": {"state": "enabled"},
            "status that cannot be desired": {"status": "INVALID"},
        },
        allowed=(
            {"name": "n" * 128},
            {"name": "n"},
            {"priority": 0},
            {"priority": 1000},
            {"compute_environments": [*ENVIRONMENTS, "@{third.arn}"]},
            {"state": "DISABLED"},
            *TAGS_ALLOWED,
        ),
        unused={("create", "batch:UpdateJobQueue"): LATER},
        before=environments,
        fill=fill_queue,
    ),
)
