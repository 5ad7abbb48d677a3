"""Endpoints that keep machines from a service although the subnet has a way to the internet."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.integrations.existing.endpoint_checks import Instances
from bootstrap.integrations.existing.network_facts import Dns, Facts
from bootstrap.integrations.existing.vpc_endpoints import Way443, endpoints_of, shut_out, ways_in_of
from tests.integrations.existing.test_internet_access import NAT, facts, subnet
from tests.integrations.existing.test_network_checks import of_batch, of_vm

HERE = subnet(cidr="10.0.1.0/24")
ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
DENY = {**ALL, "Effect": "Deny"}


def described(**given: Any) -> dict[str, Any]:
    """An entry of DescribeVpcEndpoints."""
    return {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.us-east-1.ecs",
        "State": "available",
        "PrivateDnsEnabled": True,
        "Groups": [{"GroupId": "sg-1", "GroupName": "endpoints"}],
        "PolicyDocument": json.dumps({"Statement": ALL}),
        **given,
    }


def permission(**given: Any) -> dict[str, Any]:
    """An entry of IpPermissions."""
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **given}


def known(*rules: dict[str, Any], **endpoint: Any) -> Facts:
    found = tuple(endpoints_of([described(**endpoint)], "us-east-1"))
    return facts(NAT, endpoints=found, groups={"sg-1": ways_in_of({"IpPermissions": rules})})


def cidr(text: str, **given: Any) -> dict[str, Any]:
    return permission(IpRanges=[{"CidrIp": text}], **given)


OPEN: dict[str, Facts] = {
    "the VPC is let in": known(cidr("10.0.0.0/16")),
    "everybody, with every protocol": known({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
    "a range of ports": known(cidr("10.0.1.0/24", FromPort=0, ToPort=65535)),
    "a second group": replace(
        known(Groups=[{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]), groups={"sg-1": (), "sg-2": (Way443(cidr="10.0.0.0/8"),)}
    ),
    "a group that is not shown": replace(known(), groups={}),
    "groups that may not be read": replace(known(), groups=None),
    "names that do not lead to it": known(PrivateDnsEnabled=False),
    "a VPC without private names": replace(known(), dns=Dns(hostnames=False)),
    "DNS servers of one's own": replace(known(), own_servers=("10.0.0.2",)),
    "a service that Batch does not use": known(ServiceName="com.amazonaws.us-east-1.kms"),
    "a gateway of other route tables": known(
        ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", RouteTableIds=["rtb-9"], PolicyDocument="{}"
    ),
}


@pytest.mark.parametrize("found", OPEN.values(), ids=OPEN)
def test_of_an_endpoint_that_is_not_in_the_way_nothing_is_said(found: Facts) -> None:
    assert of_batch(found, HERE) == ([], [])
    assert of_vm(found, HERE, public_address=False) == []


CLOSED = {
    "no rule": known(),
    "its own group only, as with a VPC's default group": known(permission(UserIdGroupPairs=[{"GroupId": "sg-1"}])),
    "another port": known(cidr("10.0.0.0/16", FromPort=80, ToPort=80)),
    "a group that our instances are not in": known(permission(UserIdGroupPairs=[{"GroupId": "sg-9"}])),
    "another network": known(cidr("192.168.0.0/16")),
    "UDP": known(cidr("10.0.0.0/16", IpProtocol="udp")),
}


@pytest.mark.parametrize("found", CLOSED.values(), ids=CLOSED)
def test_an_endpoint_for_ecs_that_lets_no_machine_in_is_refused_with_the_command_that_opens_it(found: Facts) -> None:
    refusals, notes = of_batch(found, HERE)
    assert [each.address for each in refusals] == ["one", "two"]
    assert notes == []
    assert refusals[0].what == (
        "subnet-1: Batch's instances cannot reach ecs (joining the cluster): "
        "no security group of VPC endpoint vpce-1 lets them in on port 443"
    )
    assert refusals[0].advice == (
        "To let subnet-1 in: aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 443 "
        "--cidr 10.0.1.0/24 --region us-east-1"
    )


DOUBTFUL = {
    "a prefix list": known(permission(PrefixListIds=[{"PrefixListId": "pl-1"}])),
    "a part of the subnet": known(cidr("10.0.1.0/25")),
    "a service that not every job needs": known(ServiceName="com.amazonaws.us-east-1.ecr.api"),
}


@pytest.mark.parametrize("found", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_not_certain_or_not_needed_by_every_job_is_a_note(found: Facts) -> None:
    refusals, notes = of_batch(found, HERE)
    assert refusals == []
    assert len(notes) == 1
    assert "authorize-security-group-ingress --group-id sg-1 " in notes[0]


ONE_BUCKET = {"Statement": {**ALL, "Resource": "arn:aws:s3:::acme/*"}}
POLICIES = {
    "all": ({"Statement": [ALL]}, False),
    "nothing": ({"Statement": []}, True),
    "a denial of all": ({"Statement": [ALL, DENY]}, True),
    "a denial of all, spelled out": (
        {"Statement": [ALL, {**DENY, "Principal": {"AWS": "*"}, "Action": ["*"], "Resource": ["*"]}]},
        True,
    ),
    "a denial under a condition": (
        {"Statement": [ALL, {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]},
        False,
    ),
    "a denial of one action": ({"Statement": [ALL, {**DENY, "Action": "s3:DeleteBucket"}]}, False),
    "one bucket": (ONE_BUCKET, False),
    "a riddle": ("[", False),
    "a list": ([], False),
}


@pytest.mark.parametrize(("policy", "closed"), POLICIES.values(), ids=POLICIES)
def test_a_policy_that_leaves_nothing_closes_s3_also_behind_a_nat_gateway(policy: Any, closed: bool) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    found = known(
        ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", RouteTableIds=["rtb-1"], PolicyDocument=text
    )
    refusals, notes = of_batch(found, HERE)
    assert len(refusals) == 2 * closed
    assert ["may fail to pull images from ECR" in note for note in notes] == [True] * (text == json.dumps(ONE_BUCKET))
    for each in refusals:
        assert "the policy of VPC endpoint vpce-1 allows nothing" in each.what
        assert each.advice.endswith(
            ": aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-1 --reset-policy --region us-east-1"
        )


def test_what_closes_session_manager_for_the_vm_is_a_note() -> None:
    [note] = of_vm(known(ServiceName="com.amazonaws.us-east-1.ssm"), HERE, public_address=False)
    assert not note.address
    assert note.what.startswith(
        "subnet-1: the VM cannot reach ssm (Session Manager): no security group of VPC endpoint vpce-1"
    )


def test_an_ipv6_rule_lets_no_ipv4_machine_in() -> None:
    assert shut_out([Way443(cidr="::/0")], "10.0.0.0/24") is True


def test_the_group_of_our_own_instances_lets_them_in_once_it_exists() -> None:
    found = known(permission(UserIdGroupPairs=[{"GroupId": "sg-9"}]))
    ours = Instances("biomodal-duet-batch")
    assert len(of_batch(found, HERE, instances=ours)[0]) == 2
    found = replace(found, group_names={"biomodal-duet-batch": "sg-9", "biomodal-duet-vm": "sg-8"})
    assert of_batch(found, HERE, instances=ours) == ([], [])
    assert len(of_batch(found, HERE, instances=Instances("biomodal-duet-vm"))[0]) == 2


def s3(policy: Any, kind: str = "Gateway") -> Facts:
    return known(
        cidr("10.0.0.0/16"),
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType=kind,
        RouteTableIds=["rtb-1"],
        PolicyDocument=json.dumps({"Statement": policy}),
    )


def allows(*places: str, **given: Any) -> dict[str, Any]:
    return {**ALL, "Resource": [f"arn:aws:s3:::{place}" for place in places], **given}


OURS = Instances("biomodal-duet-batch", ("acme-duet", "acme-refs"), amazon_linux=True)
REPOSITORY, LAYERS = "al2023-repos-us-east-1-de612dc2/*", "prod-us-east-1-starport-layer-bucket/*"
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
IN_S3: dict[str, tuple[Any, list[str], list[str]]] = {
    "everything": (ALL, [], []),
    "all that is needed": (allows("acme-*", REPOSITORY, LAYERS), [], []),
    "reads only": (allows("acme-*/*", REPOSITORY, LAYERS, Action=["s3:Get*", "s3:List*"]), [], []),
    "an unknown repository of that region": (allows("acme-*", "al2023-repos-us-east-1-0/*", LAYERS), [], []),
    "only our buckets": (allows("acme-duet/*", "acme-refs/*"), [], ["Amazon Linux", "ECR"]),
    "the repositories of another region": (allows("acme-*", "al2023-repos-eu-west-1-*/*", LAYERS), [], ["Amazon Linux"]),
    "one bucket of two": (allows("acme-duet/*", REPOSITORY, LAYERS), ["acme-refs"], []),
    "writing only": ({**ALL, "Action": "s3:Put*"}, ["acme-duet", "acme-refs"], ["Amazon Linux", "ECR"]),
    "all but some actions": ({**ALL, "Action": None, "NotAction": "s3:Delete*"}, [], []),
    "all but our buckets": ({**ALL, "NotResource": "arn:aws:s3:::acme-*"}, ["acme-duet", "acme-refs"], []),
    "all with a denial of one": ([ALL, {**DENY, "Resource": "arn:aws:s3:::acme-refs/*"}], ["acme-refs"], []),
    "all with a denial of plain HTTP": ([ALL, {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], [], []),
    "all with a denial of a part": ([ALL, {**DENY, "Resource": "arn:aws:s3:::acme-refs/secret/*"}], [], []),
    "one's own organization": ({**ALL, "Condition": ORGANIZATION}, [], ["only under conditions", "only under conditions"]),
    "one's own account": ({**ALL, "Principal": {"AWS": "123456789012"}}, [], ["only under", "only under"]),
    "AWS's own buckets for everybody": ([{**ALL, "Condition": ORGANIZATION}, allows(REPOSITORY, LAYERS)], [], []),
}


@pytest.mark.parametrize("kind", ["Gateway", "Interface"])
@pytest.mark.parametrize("case", IN_S3)
def test_a_policy_that_leaves_only_some_buckets_is_held_against_those_that_are_needed(case: str, kind: str) -> None:
    policy, closed, noted = IN_S3[case]
    statements = [{k: v for k, v in item.items() if v} for item in (policy if isinstance(policy, list) else [policy])]
    if case == "all but our buckets":
        statements[0].pop("Resource")
    found = s3(statements, kind)
    refusals, notes = of_batch(found, HERE, instances=OURS)
    assert [each.what for each in refusals] == [
        f"subnet-1: Batch's instances cannot read the bucket {name}: the policy of VPC endpoint vpce-1 does not allow "
        f"reading arn:aws:s3:::{name}/*"
        for name in closed
        for _ in range(2)
    ]
    assert all("Let that endpoint's policy allow s3:GetObject there. To allow" in each.advice for each in refusals)
    assert len(notes) == len(noted)
    assert all(word in note for word, note in zip(noted, notes, strict=True))
    of_the_vm = of_vm(found, HERE, public_address=False, instances=OURS)
    assert [each.address for each in of_the_vm] == [""] * (len(closed) + len(noted))


def test_an_ubuntu_vm_takes_no_packages_from_s3() -> None:
    [note] = of_vm(s3(allows("acme-*")), HERE, public_address=False, instances=OURS._replace(amazon_linux=False))
    assert "may fail to pull images from ECR" in note.what
