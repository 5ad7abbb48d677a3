"""Endpoints that keep machines from a service although the subnet has a way to the internet."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.integrations.existing.network_facts import Dns, Facts
from bootstrap.integrations.existing.vpc_endpoints import Endpoint, Way443, endpoints_of, shut_out, ways_in_of
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
    "another group, which may be ours": known(permission(UserIdGroupPairs=[{"GroupId": "sg-9"}])),
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
    "one bucket": ({"Statement": {**ALL, "Resource": "arn:aws:s3:::acme/*"}}, False),
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
    assert (len(refusals), notes) == (2 * closed, [])
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
    assert shut_out(Endpoint("ecs", groups=("sg-1",)), [Way443(cidr="::/0")], "10.0.0.0/24") is True
