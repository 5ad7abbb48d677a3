"""What is in an account, to compare it with what was there before."""

import json
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from bootstrap.aws.scope import Scope

PROVIDERS = "OpenIDConnectProviderList"
SHARED = "/aws-service-role/"


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
            getattr(bucket.public_access_block, "__dict__", None),
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
