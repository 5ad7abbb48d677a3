"""What an organization may make stricter on our things, for the contract of all integrations. A new kind needs a case."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from bootstrap.aws.scope import Scope
from bootstrap.contract.vandalism import ours_in
from bootstrap.core.graph import Node
from bootstrap.core.live import Outputs
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.job_queue import BatchJobQueue
from bootstrap.resources.ec2.instance import Ec2Instance
from bootstrap.resources.ec2.launch_template import Ec2LaunchTemplate
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.resources.s3.bucket_policy_statement import S3BucketPolicyStatement

NOTHING_TO_TIGHTEN = {
    "cloudformation_stack_instances",
    "cloudformation_stack_set",
    "ec2_address_association",
    "ec2_elastic_ip",
    "ec2_key_pair",
    "iam_oidc_audience",
    "iam_oidc_provider",
    "iam_role_attachment",
    "iam_service_linked_role",
}
FROM_HOME = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
DENY = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}


def narrowed(statement: dict[str, Any]) -> dict[str, Any]:
    """With one more condition."""
    return {**statement, "Condition": {**statement.get("Condition", {}), **FROM_HOME}}


def tighten(node: Node, scope: Scope, outputs: Outputs) -> dict[str, Callable[[], Any]]:
    """By the path of what then is stricter than we make it."""
    iam, s3, ec2, batch = (scope.client(service) for service in ("iam", "s3", "ec2", "batch"))
    match node.resource:
        case IamRole() as role:
            name = {"RoleName": role.name}
            trust = {**role.trust, "Statement": [narrowed(item) for item in role.trust["Statement"]]}
            bound = {**name, "PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}
            found: dict[str, Callable[[], Any]] = {
                "trust": lambda: iam.update_assume_role_policy(**name, PolicyDocument=json.dumps(trust)),
                "permissions_boundary": lambda: iam.put_role_permissions_boundary(**bound),
            }
            for policy, document in list(role.inline_policies.items())[:1]:
                denying = json.dumps({**document, "Statement": [*document["Statement"], DENY]})
                inline = {**name, "PolicyName": policy, "PolicyDocument": denying}
                found[f"inline_policies.{policy}"] = partial(iam.put_role_policy, **inline)
            return found
        case IamPolicy() as policy:
            first, *others = policy.document["Statement"]
            stricter = json.dumps({**policy.document, "Statement": [narrowed(first), *others, DENY]})
            version = {"PolicyArn": outputs["arn"], "PolicyDocument": stricter, "SetAsDefault": True}
            return {"document": lambda: iam.create_policy_version(**version)}
        case IamInstanceProfile():
            profile = {"InstanceProfileName": outputs["name"]}
            [held] = iam.get_instance_profile(**profile)["InstanceProfile"]["Roles"]
            return {"role": lambda: iam.remove_role_from_instance_profile(**profile, RoleName=held["RoleName"])}
        case IamRoleTrustStatement() as statement:
            document = iam.get_role(RoleName=statement.role)["Role"]["AssumeRolePolicyDocument"]
            ours = ours_in(iam, statement)
            document["Statement"] = [narrowed(item) if item == ours else item for item in document["Statement"]]
            content = json.dumps(document)
            return {"statement": lambda: iam.update_assume_role_policy(RoleName=statement.role, PolicyDocument=content)}
        case S3Bucket() as bucket:
            by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/theirs"}
            rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": by_key}]}
            on = {"Status": "Enabled"}
            return {
                "versioning": lambda: s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=on),
                "encryption": lambda: s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration=rules),
                **{f"lifecycle.{rule}": lambda: s3.delete_bucket_lifecycle(Bucket=bucket.name) for rule in bucket.lifecycle},
            }
        case S3BucketPolicyStatement() as ours:
            content = json.loads(s3.get_bucket_policy(Bucket=ours.bucket)["Policy"])
            sids = {item["Sid"] for item in content["Statement"] if item.get("Sid", "").startswith(outputs["sid"])}
            held = [narrowed(item) if item.get("Sid") in sids else item for item in content["Statement"]]
            stricter = json.dumps({**content, "Statement": held})
            return {"statements": lambda: s3.put_bucket_policy(Bucket=ours.bucket, Policy=stricter)}
        case Ec2SecurityGroup():
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            out = {"GroupId": outputs["group_id"], "IpPermissions": everything}
            return {"egress.all 0.0.0.0/0": lambda: ec2.revoke_security_group_egress(**out)}
        case Ec2Instance():
            options = {"InstanceId": outputs["instance_id"], "HttpPutResponseHopLimit": 1}
            return {"metadata.HttpPutResponseHopLimit": lambda: ec2.modify_instance_metadata_options(**options)}
        case Ec2LaunchTemplate():
            return {"metadata.HttpEndpoint": lambda: switch_metadata_off(ec2, outputs["template_id"])}
        case BatchComputeEnvironment() as environment:
            named = {"computeEnvironment": environment.name}
            return {
                "max_vcpus": lambda: batch.update_compute_environment(**named, computeResources={"maxvCpus": 7}),
                "instance_types": lambda: batch.update_compute_environment(
                    **named, computeResources={"instanceTypes": environment.instance_types[:1]}
                ),
                "state": lambda: batch.update_compute_environment(**named, state="DISABLED"),
            }
        case BatchJobQueue() as waiting:
            return {
                "priority": lambda: batch.update_job_queue(jobQueue=waiting.name, priority=0),
                "state": lambda: batch.update_job_queue(jobQueue=waiting.name, state="DISABLED"),
            }
    assert node.resource.kind in NOTHING_TO_TIGHTEN, f"say what may be stricter of a {node.resource.kind}"
    return {}


def switch_metadata_off(ec2: Any, template: str) -> None:
    """In a version of their own, which they make the default one."""
    which = {"LaunchTemplateId": template}
    [live] = ec2.describe_launch_template_versions(**which, Versions=["$Default"])["LaunchTemplateVersions"]
    data = live["LaunchTemplateData"]
    data["MetadataOptions"]["HttpEndpoint"] = "disabled"
    made = ec2.create_launch_template_version(**which, LaunchTemplateData=data)["LaunchTemplateVersion"]
    ec2.modify_launch_template(**which, DefaultVersion=str(made["VersionNumber"]))
