"""What others may do to our things, for the contract of all integrations. A new kind needs a new case here."""

import functools
import json
from collections.abc import Callable
from typing import Any

from bootstrap.aws.scope import Scope
from bootstrap.contract.documents import allow, trust
from bootstrap.core.graph import Node
from bootstrap.core.live import Outputs
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.job_queue import BatchJobQueue
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


def owner_tags(node: Node, scope: Scope) -> list[dict[str, str]]:
    """What is left when somebody takes the user's own tags off a bucket."""
    listed = scope.client("s3").get_bucket_tagging(Bucket=node.resource.label)["TagSet"]
    return [item for item in listed if item["Key"] in OWNER_TAGS]


def vandalise(node: Node, scope: Scope, outputs: Outputs) -> list[Callable[[], Any]]:
    """What others may do to a thing of ours behind our back."""
    iam, s3, ec2, batch = (scope.client(service) for service in ("iam", "s3", "ec2", "batch"))
    if node.resource.kind.startswith("ec2_") and node.resource.taggable:
        ids = [outputs[node.resource.identifiers.unique_id]]
        untag: list[Callable[[], Any]] = [lambda: ec2.delete_tags(Resources=ids, Tags=[{"Key": "team"}])]
    match node.resource:
        case IamRole() as role:
            found: list[Callable[[], Any]] = [
                lambda: iam.update_assume_role_policy(
                    RoleName=role.name, PolicyDocument=json.dumps(trust("batch.amazonaws.com"))
                ),
                lambda: iam.untag_role(RoleName=role.name, TagKeys=["team"]),
                lambda: iam.untag_role(RoleName=role.name, TagKeys=[OWNER_TAGS[0]]),
                lambda: iam.update_role(RoleName=role.name, Description="theirs", MaxSessionDuration=43200),
                lambda: iam.delete_role_permissions_boundary(RoleName=role.name),
            ]
            take = functools.partial(iam.delete_role_policy, RoleName=role.name)
            return [*found, *(functools.partial(take, PolicyName=policy) for policy in role.inline_policies)]
        case IamRoleAttachment() as attachment:
            return [lambda: iam.detach_role_policy(RoleName=attachment.role, PolicyArn=attachment.policy_arn)]
        case IamOidcProvider():
            return [lambda: iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=outputs["arn"], TagKeys=["team"])]
        case IamOidcAudience() as audience:
            named = {"OpenIDConnectProviderArn": outputs["provider"], "ClientID": audience.audience}
            return [lambda: iam.remove_client_id_from_open_id_connect_provider(**named)]
        case IamInstanceProfile() as profile:
            return [lambda: iam.untag_instance_profile(InstanceProfileName=profile.name, TagKeys=["team"])]
        case IamPolicy() as policy:
            arn = policy.predicted_outputs(scope.account)["arn"]
            document = json.dumps(allow("s3:*"))
            return [
                lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True),
                lambda: iam.untag_policy(PolicyArn=arn, TagKeys=["team"]),
            ]
        case S3Bucket() as bucket:
            return [
                lambda: s3.delete_bucket_policy(Bucket=bucket.name),
                lambda: s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": owner_tags(node, scope)}),
                lambda: s3.delete_public_access_block(Bucket=bucket.name),
            ]
        case Ec2SecurityGroup() as group:
            inside = [lambda: ec2.revoke_security_group_ingress(**every_rule(ec2, outputs["group_id"]))]
            return [*untag, *(inside if group.ingress else [])]
        case Ec2AddressAssociation():
            return [lambda: ec2.disassociate_address(AssociationId=outputs["association_id"])]
        case Ec2Instance():
            loose = {"InstanceId": outputs["instance_id"], "HttpTokens": "optional"}
            return [
                *untag,
                lambda: ec2.modify_instance_metadata_options(**loose),
                lambda: take_profile(ec2, outputs["instance_id"]),
            ]
        case Ec2KeyPair() | Ec2ElasticIp() | Ec2LaunchTemplate():
            return untag
        case BatchComputeEnvironment() as environment:
            return [
                lambda: batch.update_compute_environment(
                    computeEnvironment=environment.name, computeResources={"maxvCpus": 700}
                ),
                lambda: batch.untag_resource(resourceArn=outputs["arn"], tagKeys=["team"]),
            ]
        case BatchJobQueue() as waiting:
            return [
                lambda: batch.update_job_queue(jobQueue=waiting.name, priority=7),
                lambda: batch.untag_resource(resourceArn=outputs["arn"], tagKeys=["team"]),
            ]
        case IamRoleTrustStatement() as statement:
            wide = [*trust()["Statement"], {**ours_in(iam, statement), "Condition": {}}]
            everybody = json.dumps({**trust(), "Statement": wide})
            return [
                lambda: iam.update_assume_role_policy(RoleName=statement.role, PolicyDocument=everybody),
                lambda: iam.update_assume_role_policy(RoleName=statement.role, PolicyDocument=json.dumps(trust())),
            ]
        case S3BucketPolicyStatement() as statement:
            return [lambda: s3.delete_bucket_policy(Bucket=statement.bucket)]
        case IamServiceLinkedRole():
            return []
    raise AssertionError(f"say what others may do to a {node.resource.kind}")


def take_profile(ec2: Any, machine: str) -> None:
    found = ec2.describe_iam_instance_profile_associations(Filters=[{"Name": "instance-id", "Values": [machine]}])
    [association] = found["IamInstanceProfileAssociations"]
    ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])


def ours_in(iam: Any, statement: IamRoleTrustStatement) -> dict[str, Any]:
    document = iam.get_role(RoleName=statement.role)["Role"]["AssumeRolePolicyDocument"]
    return next(dict(item) for item in document["Statement"] if item["Effect"] == "Allow" and "Sid" in item)


def every_rule(ec2: Any, group: str) -> dict[str, Any]:
    [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {"GroupId": group, "IpPermissions": found["IpPermissions"]}
