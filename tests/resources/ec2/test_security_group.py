"""What is odd about a security group: rules that AWS adds and rewrites, rules of others, and what holds it."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core.difference import differences, others
from bootstrap.core.live import Live
from bootstrap.errors import AwsError
from bootstrap.resources.ec2 import rules
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from tests.conftest import MakeScope
from tests.support import surroundings
from tests.support.samples import deployed, read_back
from tests.support.wire import Wire

GROUP = Ec2SecurityGroup(name="g", description="d", vpc=surroundings.VPC, ingress={"tcp 22 203.0.113.4/32": "office"})


@pytest.fixture
def made(scope: MakeScope) -> Live:
    surroundings.subnet(scope())
    return deployed(GROUP, scope())


def allow_group(scope: MakeScope, group: str, source: str) -> None:
    """A rule in `group` that refers to the group `source`."""
    pair = [{"UserIdGroupPairs": [{"GroupId": source}], "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}]
    scope().client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=pair)


# Rules as text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("tcp 22 10.0.0.5/8", "tcp 22 10.0.0.0/8"),
        ("tcp 22-22 203.0.113.4", "tcp 22 203.0.113.4/32"),
        ("udp 0053 2001:DB8:0::/32", "udp 53 2001:db8::/32"),
        ("all 0.0.0.0/0", "all 0.0.0.0/0"),
    ],
)
def test_a_rule_has_one_form(text: str, kept: str) -> None:
    assert rules.canonical(text) == kept
    assert rules.canonical(kept) == kept
    assert rules.from_aws([rules.permission(kept, "why")]) == {kept: "why"}


def test_rules_that_aws_has_merged_are_separated() -> None:
    merged = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 90,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "a"}, {"CidrIp": "11.0.0.0/8"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "UserIdGroupPairs": [{"GroupId": "sg-1", "Description": "b"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    ping = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    tunnel = {"IpProtocol": "50", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    assert rules.from_aws([merged, ping, tunnel]) == {
        "tcp 80-90 10.0.0.0/8": "a",
        "tcp 80-90 11.0.0.0/8": "",
        "tcp 80-90 ::/0": "",
        "tcp 80-90 sg-1": "b",
        "tcp 80-90 pl-1": "",
        "icmp 8--1 10.0.0.0/8": "",
        "50 10.0.0.0/8": "",
    }


# What others did


def test_rules_of_others_are_shown_as_theirs(made: Live, scope: MakeScope) -> None:
    client = scope().client("ec2")
    group = made.outputs["group_id"]
    allow_group(scope, group, surroundings.GROUP)
    out = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    client.authorize_security_group_egress(GroupId=group, IpPermissions=[out])
    live = read_back(GROUP, scope(), made.outputs)
    assert differences(GROUP, live) == ()
    assert others(GROUP, live) == (f"ingress rule tcp 80-81 {surroundings.GROUP}", "egress rule tcp 443 10.0.0.0/8")


def test_the_egress_rules_of_aws_are_nobodys_addition(scope: MakeScope) -> None:
    client = scope().client("ec2")
    surroundings.vpc(scope())
    client.associate_vpc_cidr_block(VpcId=surroundings.VPC, AmazonProvidedIpv6CidrBlock=True)
    live = deployed(GROUP, scope())
    [shown] = client.describe_security_groups(GroupIds=[live.outputs["group_id"]])["SecurityGroups"]
    assert "::/0" in str(shown["IpPermissionsEgress"])
    assert live.properties["egress"] == {"all 0.0.0.0/0": ""}
    assert others(GROUP, live) == ()


def test_a_new_group_lets_everything_out_without_a_call(scope: MakeScope, cloud: Wire) -> None:
    surroundings.vpc(scope())
    with cloud.recorded() as calls:
        deployed(GROUP, scope())
    assert "AuthorizeSecurityGroupEgress" not in [call.operation for call in calls]


def test_a_group_that_no_longer_lets_anything_out_is_repaired(made: Live, scope: MakeScope, cloud: Wire) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    scope().client("ec2").revoke_security_group_egress(GroupId=made.outputs["group_id"], IpPermissions=[everything])
    found = differences(GROUP, read_back(GROUP, scope(), made.outputs))
    assert [(item.field, item.key, item.before) for item in found] == [("egress", "all 0.0.0.0/0", None)]
    for _ in range(2):  # the second time somebody else has put it back before
        GROUP.update(scope(), made.outputs, found)
    assert differences(GROUP, read_back(GROUP, scope(), made.outputs)) == ()


def test_a_rule_that_was_removed_is_restored_and_a_changed_description_too(made: Live, scope: MakeScope) -> None:
    wanted = replace(GROUP, ingress={"tcp 22 203.0.113.4/32": "home", "all 10.0.0.0/8": "inside"})
    wanted.update(scope(), made.outputs, differences(wanted, made))
    rule = rules.permission("all 10.0.0.0/8", "")
    scope().client("ec2").revoke_security_group_ingress(GroupId=made.outputs["group_id"], IpPermissions=[rule])
    live = read_back(wanted, scope(), made.outputs)
    [gone] = differences(wanted, live)
    assert (gone.key, gone.before) == ("all 10.0.0.0/8", None)
    wanted.update(scope(), made.outputs, [gone])
    assert read_back(wanted, scope(), made.outputs).properties["ingress"] == wanted.ingress


def test_a_rule_that_is_there_already_gets_our_description(made: Live, scope: MakeScope) -> None:
    other = replace(GROUP, ingress={"tcp 22 203.0.113.4/32": "ours"})
    other.update(scope(), made.outputs, differences(other, replace(made, properties={**made.properties, "ingress": {}})))
    assert read_back(GROUP, scope(), made.outputs).properties["ingress"] == other.ingress


# Making and deleting


def test_a_name_in_other_letters_is_taken(made: Live, scope: MakeScope) -> None:
    with pytest.raises(AwsError, match="does not show it") as raised:
        deployed(replace(GROUP, name="G"), scope())
    assert raised.value.code == "InvalidGroup.Duplicate"


def test_a_group_of_that_name_in_another_vpc_is_not_meant(made: Live, scope: MakeScope) -> None:
    assert replace(GROUP, vpc="vpc-0123456789abcdef9").read(scope(), {}) is None


def test_a_group_in_a_vpc_that_does_not_exist_yet_is_not_looked_for(scope: MakeScope, cloud: Wire) -> None:
    assert replace(GROUP, vpc="@{network.vpc_id}").read(scope(), {}) is None
    assert cloud.calls == []


def test_rules_wait_until_the_new_group_shows(scope: MakeScope, cloud: Wire) -> None:
    surroundings.vpc(scope())
    for way in ("Ingress", "Egress"):
        refusal = ("InvalidGroup.NotFound", "The security group 'sg-1' does not exist")
        cloud.refuse(f"AuthorizeSecurityGroup{way}", *refusal, times=2)
    group = replace(GROUP, egress={**GROUP.egress, "tcp 443 10.0.0.0/8": ""})
    assert differences(group, deployed(group, scope())) == ()


def test_a_group_in_use_is_waited_for_and_what_uses_it_is_reported(made: Live, scope: MakeScope, cloud: Wire) -> None:
    client, group = scope().client("ec2"), made.outputs["group_id"]
    run = {"ImageId": surroundings.image(scope()), "SubnetId": surroundings.SUBNET, "SecurityGroupIds": [group]}
    machine = client.run_instances(MinCount=1, MaxCount=1, **run)["Instances"][0]
    [interface] = machine["NetworkInterfaces"]
    allow_group(scope, surroundings.GROUP, group)
    said: list[str] = []

    def progress(text: str) -> None:
        said.append(text)
        if len(said) == 2:
            client.terminate_instances(InstanceIds=[machine["InstanceId"]])
        if len(said) == 4:
            pair = [{"UserIdGroupPairs": [{"GroupId": group}], "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}]
            client.revoke_security_group_ingress(GroupId=surroundings.GROUP, IpPermissions=pair)

    GROUP.delete(scope(progress=progress), made.outputs)
    [held] = client.describe_security_groups(GroupIds=[surroundings.GROUP])["SecurityGroups"]
    rule = f"a rule of security group {surroundings.GROUP} ({held['GroupName']})"
    by = f"network interface {interface['NetworkInterfaceId']} ({machine['InstanceId']})"
    assert said == [f"security group g is in use: {by}, {rule}"] * 2 + [f"security group g is in use: {rule}"] * 2
    assert GROUP.read(scope(), made.outputs) is None


def test_a_group_that_stays_in_use_is_an_error_with_what_holds_it(made: Live, scope: MakeScope) -> None:
    allow_group(scope, surroundings.GROUP, made.outputs["group_id"])
    with pytest.raises(AwsError, match=f"still: security group g is in use: a rule of security group {surroundings.GROUP}"):
        GROUP.delete(scope(), made.outputs)
    assert GROUP.read(scope(), made.outputs) is not None


def test_a_refusal_to_delete_for_another_reason_shows_at_once(made: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("DeleteSecurityGroup", "UnauthorizedOperation", status=403)
    with cloud.recorded() as calls, pytest.raises(ClientError) as raised:
        GROUP.delete(scope(), made.outputs)
    assert code_of(raised.value) == "UnauthorizedOperation"
    assert len(calls) == 1


def test_a_group_is_never_deleted_by_its_name_alone(made: Live, scope: MakeScope, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        GROUP.delete(scope(), {})
    assert calls == []
