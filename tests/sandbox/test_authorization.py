"""What the sandbox has checked before it carries out a call with credentials of a cage."""

from urllib.parse import urlencode

import pytest

from bootstrap.sandbox.authorization import allowed, checks
from bootstrap.sandbox.authorization.call import Call
from bootstrap.sandbox.authorization.check import Check

READS = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::nothing/*"]}]}
HERE = "arn:aws:ec2:us-east-1:123456789012:"


def sent(service: str, operation: str, **form: str) -> list[Check]:
    return checks(Call(service, operation, "", {}, body=urlencode(form)))


@pytest.mark.parametrize(
    ("operation", "form"),
    [
        ("CreateVpc", {"CidrBlock": "10.9.0.0/16"}),
        ("CreateVolume", {"Size": "1"}),
        ("CreateInternetGateway", {}),
        ("CreateFleet", {"Type": "instant"}),
        ("CreateRoute", {"RouteTableId": "rtb-1"}),
        ("ModifySnapshotAttribute", {"SnapshotId": "snap-1"}),
        ("DeleteSnapshot", {"SnapshotId": "snap-1"}),
        ("AuthorizeSecurityGroupIngress", {"GroupName": "default"}),
        ("DeleteKeyPair", {"KeyPairId": "key-1"}),
        ("DisassociateAddress", {"PublicIp": "203.0.113.7"}),
        ("DisassociateAddress", {"AssociationId": "eipassoc-1"}),
        ("DisassociateIamInstanceProfile", {"AssociationId": "iip-assoc-1"}),
        ("RunInstances", {"LaunchTemplate.LaunchTemplateId": "lt-1"}),
        ("CreateTags", {"ResourceId.1": "vpc-1", "Tag.1.Key": "a"}),
        ("TerminateInstances", {"InstanceId.1": "odd"}),
    ],
)
def test_what_a_call_of_ec2_does_not_say_in_a_known_way_needs_every_resource(operation: str, form: dict[str, str]) -> None:
    [check] = sent("ec2", operation, **form)
    assert (check.action, check.arn) == (f"ec2:{operation}", "*")
    assert not allowed(check, [READS])


def test_what_is_known_needs_only_what_it_is_about() -> None:
    assert [each.arn for each in sent("ec2", "DeleteVolume", VolumeId="vol-1")] == [f"{HERE}volume/vol-1"]
    assert [each.arn for each in sent("ec2", "DeleteKeyPair", KeyName="k")] == [f"{HERE}key-pair/k"]


def test_credentials_of_every_kind_need_a_permission_and_to_know_oneself_needs_none() -> None:
    assert sent("sts", "GetCallerIdentity") == []
    role = "arn:aws:iam::123456789012:role/R"
    assert [str(each) for each in sent("sts", "AssumeRole", RoleArn=role)] == [f"sts:AssumeRole on resource: {role}"]
    for operation in ("GetFederationToken", "GetSessionToken", "GetScopedCredentials"):
        [check] = sent("sts", operation)
        assert (check.action, check.arn) == (f"sts:{operation}", "*")
        assert not allowed(check, [READS])
