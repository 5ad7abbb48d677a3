"""A whole deployment in the AWS of a test, and what else is in that account."""

import json
from typing import Any

from bootstrap.aws.scope import Scope
from bootstrap.contract.accounts import (
    SHARED as SHARED,
    everything_in as everything_in,
    is_elsewhere as is_elsewhere,
    machines_in as machines_in,
    providers_in as providers_in,
)
from bootstrap.contract.deployment import (
    OTHER_ACCOUNT as OTHER_ACCOUNT,
    Deployment as Deployment,
    aws_of as aws_of,
    bucket_of_others as bucket_of_others,
    in_account as in_account,
)
from tests.support import keys
from tests.support.samples import allow, trust


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
