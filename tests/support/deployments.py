"""A whole deployment in the AWS of a test, and what else is in that account."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from bootstrap.aws.client import Aws
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.core.account import DEFAULT
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration, examples
from bootstrap.core.live import Outputs
from bootstrap.engine import graphs, prepare
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.integrations.existing.buckets import UsesBuckets
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.resources.s3.bucket import S3Bucket
from tests.support import keys
from tests.support.samples import allow, trust

PROVIDERS = "OpenIDConnectProviderList"
SHARED = "/aws-service-role/"
OTHER_ACCOUNT = "210987654321"


class Deployment:
    """One deployment in the AWS of the test, as the command line would run it."""

    def __init__(
        self,
        wanted: Integration,
        scope: Scope,
        folder: Path,
        *,
        name: str = "test",
        later: Callable[[], None] = lambda: None,
    ) -> None:
        """`later` lets time pass after what the user brings was made."""
        self.name = name
        aws = aws_of(wanted, scope)
        self.scope = scope
        self.session = Session(aws, aws.identities(["iam", "s3"]))
        bring_what_is_brought(wanted, self, later)
        later()
        self.wanted = graphs.resolve_lookups(self.session, wanted)
        self.backend = FileBackend(folder / f"{name}.json")

    def scope_of(self, alias: str) -> Scope:
        """What a resource in that account is given."""
        return replace(self.scope, aws=self.session.aws, account=self.session.accounts[alias])

    def create(self, *flags: str) -> list[str]:
        """Returns the addresses that were worked on."""
        allowed = frozenset(flags)
        return self._run(prepare.prepare_create(self.session, self.backend, self.name, self.wanted, allowed=allowed))

    def destroy(self, *flags: str) -> list[str]:
        return self._run(prepare.prepare_destroy(self.session, self.backend, allowed=frozenset(flags)))

    def nodes(self) -> dict[str, Node]:
        """The graph, with what it refers to filled in."""
        graph = Graph(self.session.accounts.values())
        self.wanted.build(graph)
        state = self.backend.load()
        assert state is not None
        return {
            address: Node(address, node.resource.resolved(state.output), node.account, node.depends_on)
            for address, node in graph.nodes.items()
        }

    def outputs(self, address: str) -> Outputs:
        state = self.backend.load()
        assert state is not None
        return state.records[address].outputs

    def _run(self, prepared: prepare.Prepared) -> list[str]:
        report = prepare.apply(prepared, self.backend, lambda event: None)
        assert report.outcome.complete, [failed.error for failed in report.outcome.failed]
        return [change.address for change in prepared.plan.work]


def aws_of(wanted: Integration, scope: Scope) -> Aws:
    """The connection to all accounts that it is about; the first is the one of the scope."""
    first, *others = wanted.sign_ins
    if not others and first == DEFAULT:
        return scope.aws
    login = replace(next(iter(scope.aws.logins.values())), region=scope.account.region)
    entrance = f"arn:{scope.account.partition}:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"
    return Aws({first: login, **{alias: replace(login, role_arn=entrance) for alias in others}}, scope.aws.timing)


def bring_what_is_brought(wanted: Integration, deployment: Deployment, later: Callable[[], None] = lambda: None) -> None:
    """The roles and buckets that the inputs name as there already, where they are not."""
    used: dict[str, list[str]] = {}
    if isinstance(wanted, UsesBuckets):
        named = wanted.named_owners
        used = {DEFAULT: [use.name for use in wanted.uses if use.name not in named]}
        for name, owner in named.items():
            bucket_of_others(in_account(deployment.scope, owner), name, later)
    if isinstance(wanted, FileIntegration):
        graph = Graph(examples(wanted))
        wanted.build(graph)
        for alias, brought in graph.existing:
            if isinstance(brought, S3Bucket):
                used.setdefault(alias, []).append(brought.name)
    if isinstance(wanted, AsperaAtc):
        used = {"s3": [place.partition("/")[0] for place in wanted.bucket]}
    for alias, names in used.items():
        scope = deployment.scope_of(alias)
        there = {item["Name"] for item in scope.client("s3").list_buckets()["Buckets"]}
        for name in sorted({*names} - there):
            with suppress(scope.client("s3").exceptions.BucketAlreadyExists):  # the other account of the test has it
                bucket_of_others(scope, name, later)
    if isinstance(wanted, AsperaAtc):
        for alias, role in (("cluster", wanted.node_role), ("s3", wanted.existing_s3_role)):
            iam = deployment.scope_of(alias).client("iam")
            name = (role or "").rpartition("/")[2]
            if role and name not in [item["RoleName"] for item in iam.list_roles()["Roles"]]:
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()))


def in_account(scope: Scope, number: str) -> Scope:
    """The scope in another account, through the role with which an organization enters it."""
    [login] = {replace(each, role_arn=None) for each in scope.aws.logins.values()}
    entrance = f"arn:{scope.account.partition}:iam::{number}:role/OrganizationAccountAccessRole"
    aws = Aws({DEFAULT: replace(login, region=scope.account.region, role_arn=entrance)}, scope.aws.timing)
    return replace(scope, aws=aws, account=replace(scope.account, alias=DEFAULT, id=number))


def everything_in(scope: Scope, machines: dict[str, Any] | None = None) -> dict[str, Any]:
    """All of IAM, S3, EC2 and Batch, as far as anybody can change it; without what all of the account share.

    `machines` is what `machines_in` gives, where it is known.
    """
    iam = scope.client("iam")
    details = iam.get_account_authorization_details(Filter=["Role", "User", "Group", "LocalManagedPolicy"])
    details["RoleDetailList"] = [item for item in details["RoleDetailList"] if not item["Path"].startswith(SHARED)]
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    tags, buckets = (_asked if is_elsewhere(scope) else _looked_up)(scope, details["RoleDetailList"])
    found = {
        "details": details,
        "profiles": profiles,
        "providers": providers_in(scope),
        "role tags": tags,
        "buckets": buckets,
        **(machines or machines_in(scope)),
    }
    del details["ResponseMetadata"]
    return dict(json.loads(json.dumps(found, default=str)))


def providers_in(scope: Scope) -> list[dict[str, Any]]:
    """The OIDC providers, with their audiences and tags."""
    iam = scope.client("iam")
    listed = [{"OpenIDConnectProviderArn": item["Arn"]} for item in iam.list_open_id_connect_providers()[PROVIDERS]]
    found = [{**named, **iam.get_open_id_connect_provider(**named)} for named in listed]
    return [{name: value for name, value in item.items() if name != "ResponseMetadata"} for item in found]


def is_elsewhere(scope: Scope) -> bool:
    """Whether its AWS is played by another process."""
    return any(login.endpoint for login in scope.aws.logins.values())


def _asked(scope: Scope, roles: list[dict[str, Any]]) -> tuple[list[Any], dict[str, Any]]:
    """The tags of the roles, and what is in each bucket."""
    iam, s3, buckets = scope.client("iam"), scope.client("s3"), {}
    for bucket in s3.list_buckets()["Buckets"]:
        name = {"Bucket": bucket["Name"]}
        versions = s3.list_object_versions(**name)
        buckets[bucket["Name"]] = [
            s3.get_bucket_tagging(**name)["TagSet"],
            s3.get_bucket_policy(**name)["Policy"],
            s3.get_bucket_versioning(**name).get("Status"),
            s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"],
            [(item["Key"], item["VersionId"]) for item in versions.get("Versions", [])],
        ]
    return [iam.list_role_tags(RoleName=item["RoleName"])["Tags"] for item in roles], buckets


def _looked_up(scope: Scope, roles: list[dict[str, Any]]) -> tuple[list[Any], dict[str, Any]]:
    """The same from moto itself: one call for each role and five for each bucket took half of the time of some tests."""
    account, partition = scope.account.id, scope.account.partition
    iam, s3 = iam_backends[account][partition], s3_backends[account][partition]
    buckets = {
        name: [
            s3.tagger.list_tags_for_resource(bucket.arn),
            bucket.policy,
            bucket.versioning_status,
            vars(bucket.public_access_block),
            [(item.name, item.version_id) for _, versions in bucket.keys.lists() for item in versions],
        ]
        for name, bucket in s3.buckets.items()
    }
    return [iam.roles[item["RoleId"]].tags for item in roles], buckets


def machines_in(scope: Scope) -> dict[str, Any]:
    """All of EC2 and Batch that is not dead."""
    ec2, batch = scope.client("ec2"), scope.client("batch")
    instances = [item for found in ec2.describe_instances()["Reservations"] for item in found["Instances"]]
    return {
        "instances": [item for item in instances if item["State"]["Name"] != "terminated"],
        "volumes": ec2.describe_volumes()["Volumes"],
        "interfaces": ec2.describe_network_interfaces()["NetworkInterfaces"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "keys": ec2.describe_key_pairs()["KeyPairs"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "environments": batch.describe_compute_environments()["computeEnvironments"],
        "queues": batch.describe_job_queues()["jobQueues"],
    }


def bystanders(here: Scope) -> dict[str, Any]:
    """What others have in the account: alike in kind, and with names close to ours. Returns a full dump."""
    iam, s3 = here.client("iam"), here.client("s3")
    there = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    for name in sorted({"UpsolverRole2", "Theirs", "atc-node", "data-reader", "atc-s3-access-keys-theirs"} - there):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()), Tags=[{"Key": "a", "Value": "b"}])
        iam.put_role_policy(RoleName=name, PolicyName="upsolver-server", PolicyDocument=json.dumps(allow("s3:*")))
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonAthenaFullAccess")
    theirs = iam.create_policy(PolicyName="Theirs", PolicyDocument=json.dumps(allow("s3:*")))
    iam.attach_role_policy(RoleName="Theirs", PolicyArn=theirs["Policy"]["Arn"])
    iam.create_instance_profile(InstanceProfileName="Theirs")
    iam.add_role_to_instance_profile(InstanceProfileName="Theirs", RoleName="Theirs")
    iam.create_user(UserName="Theirs")
    buckets = {f"us-east-1-upsolver-theirs-{here.account.id}", *(["acme-refs"] if here.account.id != OTHER_ACCOUNT else [])}
    for name in buckets - {item["Name"] for item in s3.list_buckets()["Buckets"]}:
        bucket_of_others(here, name)
    machines_of_others(here)
    return everything_in(here)


def bucket_of_others(here: Scope, name: str, later: Callable[[], None] = lambda: None) -> None:
    s3, bucket, region = here.client("s3"), {"Bucket": name}, here.account.region
    where: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    s3.create_bucket(**bucket, **where)
    later()
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    later()
    theirs = json.dumps({**allow("s3:GetObject"), "Id": "theirs"}, separators=(",", ":"))  # as S3 gives it back
    s3.put_bucket_policy(**bucket, Policy=theirs)
    s3.put_object(**bucket, Key="precious", Body=b"x")


def machines_of_others(here: Scope) -> None:
    """A machine with an address, a group, a key and a template of its own, and a queue on an environment."""
    ec2, batch, iam = (here.client(service) for service in ("ec2", "batch", "iam"))
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(GroupName="biomodal-duet-theirs", Description="theirs", VpcId=subnet["VpcId"])
    ec2.import_key_pair(KeyName="biomodal-duet-theirs", PublicKeyMaterial=keys.ED25519.encode())
    ec2.create_launch_template(LaunchTemplateName="biomodal-duet-theirs", LaunchTemplateData={"KeyName": "theirs"})
    image = ec2.describe_images()["Images"][0]["ImageId"]
    placed = {"SubnetId": subnet["SubnetId"], "SecurityGroupIds": [group["GroupId"]]}
    [machine] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **placed)["Instances"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=machine["InstanceId"])
    profile = iam.get_instance_profile(InstanceProfileName="Theirs")["InstanceProfile"]["Arn"]
    environment = batch.create_compute_environment(
        computeEnvironmentName="biomodal-duet-theirs",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 4,
            "instanceTypes": ["m5.large"],
            "subnets": [subnet["SubnetId"]],
            "securityGroupIds": [group["GroupId"]],
            "instanceRole": profile,
        },
    )
    batch.create_job_queue(
        jobQueueName="biomodal-duet-theirs",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment["computeEnvironmentArn"]}],
    )
