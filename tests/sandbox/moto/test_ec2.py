"""What the sandbox's EC2 does where plain moto's would not."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.core.first_boot import MARK, last_said
from tests.conftest import MakeScope

UBUNTU = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
AMAZON = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
ED25519 = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHfiC0p2fS0m4BKA4qtmRLKI7TdXGVj1OadgyirPcTrf"
DATA = {"InstanceType": "t3.small"}


@pytest.fixture
def client(scope: MakeScope) -> Callable[[str], Any]:
    return scope().client


@pytest.fixture
def ec2(client: Callable[[str], Any]) -> Any:
    return client("ec2")


@pytest.fixture
def group(ec2: Any) -> str:
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    return str(ec2.create_security_group(GroupName="group", Description="d", VpcId=vpc)["GroupId"])


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Returns the code and the message with which the call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def run(ec2: Any, **more: Any) -> dict[str, Any]:
    """A new machine, or the one that the client token stands for."""
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    asked = {"ImageId": UBUNTU, "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, **more}
    return dict(ec2.run_instances(**asked)["Instances"][0])


def test_the_same_client_token_is_the_same_machine_also_when_it_is_dead(ec2: Any) -> None:
    first = run(ec2, ClientToken="one")["InstanceId"]
    assert run(ec2, ClientToken="two")["InstanceId"] != first
    assert run(ec2, ClientToken="one")["InstanceId"] == first
    ec2.terminate_instances(InstanceIds=[first])
    assert run(ec2, ClientToken="one")["InstanceId"] == first
    [again] = ec2.describe_instances(InstanceIds=[first])["Reservations"]
    assert again["Instances"][0]["State"]["Name"] == "terminated"


def test_a_client_token_with_other_parameters_is_refused(ec2: Any) -> None:
    run(ec2, ClientToken="one", UserData="a")
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        run(ec2, ClientToken="one", UserData="b")


def test_a_refused_call_does_not_use_its_client_token_up(ec2: Any) -> None:
    with pytest.raises(ClientError, match="InvalidKeyPair"):
        run(ec2, ClientToken="one", KeyName="key")
    ec2.import_key_pair(KeyName="key", PublicKeyMaterial=ED25519)
    assert run(ec2, ClientToken="one", KeyName="key")["KeyName"] == "key"


def test_launch_templates_and_their_versions_honour_client_tokens(ec2: Any) -> None:
    asked = {"LaunchTemplateName": "template", "LaunchTemplateData": DATA, "ClientToken": "one"}
    tagged = [{"ResourceType": "launch-template", "Tags": [{"Key": "k", "Value": "v"}]}]
    first, second = (ec2.create_launch_template(**asked, TagSpecifications=tagged)["LaunchTemplate"] for _ in range(2))
    assert first["LaunchTemplateId"] == second["LaunchTemplateId"]
    asked["ClientToken"] = "two"
    assert refusal(ec2.create_launch_template, **asked)[0] == "InvalidLaunchTemplateName.AlreadyExistsException"
    version = {"LaunchTemplateId": first["LaunchTemplateId"], "LaunchTemplateData": DATA}
    numbers = [
        ec2.create_launch_template_version(**version, ClientToken=token)["LaunchTemplateVersion"]["VersionNumber"]
        for token in ("a", "a", "b")
    ]
    assert numbers == [2, 2, 3]


def test_images_are_found_by_public_parameters_also_by_those_that_moto_lacks(ec2: Any, client: Any) -> None:
    value = client("ssm").get_parameter(Name=AMAZON)["Parameter"]["Value"]
    assert run(ec2, ImageId=f"resolve:ssm:{AMAZON}")["ImageId"] == value
    assert run(ec2, ImageId=UBUNTU)["ImageId"].startswith("ami-")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        run(ec2, ImageId="resolve:ssm:/mine")


def test_what_a_machine_needs_must_be_there(ec2: Any) -> None:
    missing: dict[str, dict[str, Any]] = {
        "InvalidAMIID.NotFound": {"ImageId": "ami-0123456789abcdef0"},
        "InvalidKeyPair.NotFound": {"KeyName": "none"},
        "InvalidSubnetID.NotFound": {"SubnetId": "subnet-0123456789abcdef0"},
        "InvalidGroup.NotFound": {"SecurityGroupIds": ["sg-0123456789abcdef0"]},
    }
    for code, more in missing.items():
        with pytest.raises(ClientError) as caught:
            run(ec2, **more)
        assert caught.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*\(none\) .* Invalid IAM Instance Profile name"):
        run(ec2, IamInstanceProfile={"Name": "none"})


def test_network_interfaces_get_their_tags_and_go_with_the_machine(ec2: Any) -> None:
    tags = [{"Key": "k", "Value": "v"}]
    machine = run(ec2, TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}])["InstanceId"]
    [interface] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert interface["TagSet"] == tags
    for _ in range(2):
        ec2.terminate_instances(InstanceIds=[machine])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_group_in_use_is_not_deleted(ec2: Any, group: str) -> None:
    in_use = ("DependencyViolation", f"resource {group} has a dependent object")
    machine = run(ec2, SecurityGroupIds=[group])["InstanceId"]
    assert refusal(ec2.delete_security_group, GroupId=group) == in_use
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=vpc)["GroupId"]
    ec2.modify_instance_attribute(InstanceId=machine, Groups=[other])
    pair = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": [{"GroupId": group}]}
    for name in (group, other):
        ec2.authorize_security_group_ingress(GroupId=name, IpPermissions=[pair])
    assert refusal(ec2.delete_security_group, GroupId=group) == in_use
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[pair])
    ec2.delete_security_group(GroupId=group)  # its rule about itself holds nothing
    ec2.terminate_instances(InstanceIds=[machine])
    ec2.delete_security_group(GroupId=other)


def test_group_names_are_unique_in_a_vpc_without_regard_to_case(ec2: Any, group: str) -> None:
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    duplicate = {"GroupName": "GROUP", "Description": "d"}
    assert refusal(ec2.create_security_group, **duplicate, VpcId=vpc)[0] == "InvalidGroup.Duplicate"
    assert refusal(ec2.create_security_group, **duplicate)[0] == "InvalidGroup.Duplicate"
    another = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_security_group(**duplicate, VpcId=another)


def test_an_update_of_a_rule_without_a_description_takes_it_away(ec2: Any, group: str) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    before, after = ({**rule, "IpRanges": [{"CidrIp": "10.0.0.0/8", **more}]} for more in ({"Description": "d"}, {}))
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[before])
    ec2.update_security_group_rule_descriptions_egress(GroupId=group, IpPermissions=[after])
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    [found] = [item for item in shown["IpPermissionsEgress"] if item["IpProtocol"] == "tcp"]
    assert not found["IpRanges"][0].get("Description")


def test_an_address_in_use_is_not_released_and_is_free_when_its_machine_ends(ec2: Any) -> None:
    machine = run(ec2)["InstanceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    which = {"AllocationId": address, "InstanceId": machine}
    first, second = (ec2.associate_address(**which)["AssociationId"] for _ in range(2))
    assert first == second
    assert refusal(ec2.release_address, AllocationId=address)[0] == "InvalidIPAddress.InUse"
    ec2.terminate_instances(InstanceIds=[machine])
    ec2.release_address(AllocationId=address)


def test_an_address_with_a_reverse_dns_record_is_not_released(ec2: Any) -> None:
    address = {"AllocationId": ec2.allocate_address(Domain="vpc")["AllocationId"]}
    look = {"AllocationIds": [address["AllocationId"]], "Attribute": "domain-name"}
    ec2.modify_address_attribute(**address, DomainName="vm.example.com")
    [shown] = ec2.describe_addresses_attribute(**look)["Addresses"]
    assert (shown["AllocationId"], shown["PtrRecord"]) == (address["AllocationId"], "vm.example.com.")
    assert refusal(ec2.release_address, **address)[0] == "InvalidAddress.Locked"
    ec2.reset_address_attribute(**address, Attribute="domain-name")
    assert "PtrRecord" not in ec2.describe_addresses_attribute(**look)["Addresses"][0]
    ec2.release_address(**address)


def test_an_address_goes_on_no_machine_in_a_vpc_without_an_internet_gateway(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    machine = run(ec2, SubnetId=ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"])["InstanceId"]
    which = {"AllocationId": ec2.allocate_address(Domain="vpc")["AllocationId"], "InstanceId": machine}
    assert refusal(ec2.associate_address, **which)[0] == "Gateway.NotAttached"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert ec2.associate_address(**which)["AssociationId"]


def test_the_fingerprint_of_an_ed25519_key_is_that_of_ssh(ec2: Any) -> None:
    key = ec2.import_key_pair(KeyName="key", PublicKeyMaterial=ED25519)
    assert key["KeyFingerprint"] == "vX1yk3OSo5IWu8Tf06VEpZWe/LbBqo2duW15SOEPz/M="  # as ssh-keygen -l says, padded
    assert ec2.describe_key_pairs()["KeyPairs"][0]["KeyFingerprint"] == key["KeyFingerprint"]


def test_a_missing_launch_template_is_not_found(ec2: Any) -> None:
    gone = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException")
    for which, code in zip(
        ({"LaunchTemplateId": "lt-0123456789abcdef0"}, {"LaunchTemplateName": "none"}), gone, strict=True
    ):
        assert refusal(ec2.delete_launch_template, **which)[0] == code
        several = {f"{name}s": [value] for name, value in which.items()}
        assert refusal(ec2.describe_launch_templates, **several)[0] == code


def test_a_launch_template_shows_its_new_tags(ec2: Any) -> None:
    made = ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=DATA)
    tags = [{"Key": "k", "Value": "v"}]
    ec2.create_tags(Resources=[made["LaunchTemplate"]["LaunchTemplateId"]], Tags=tags)
    assert ec2.describe_launch_templates()["LaunchTemplates"][0]["Tags"] == tags


def test_metadata_options_that_are_not_named_stay(ec2: Any) -> None:
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    machine = run(ec2, MetadataOptions=options)["InstanceId"]
    ec2.modify_instance_metadata_options(InstanceId=machine, HttpPutResponseHopLimit=1)
    [live] = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
    has = live["MetadataOptions"]
    assert (has["HttpTokens"], has["HttpPutResponseHopLimit"], has["HttpEndpoint"]) == ("required", 1, "enabled")


def test_the_console_tells_of_first_boot_only_where_a_script_reports_and_live_on_nitro_only(ec2: Any, group: str) -> None:
    def console(machine_type: str, script: str, **how: Any) -> str:
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        [made] = ec2.run_instances(
            ImageId=image, InstanceType=machine_type, UserData=script, MinCount=1, MaxCount=1, SecurityGroupIds=[group]
        )["Instances"]
        return str(ec2.get_console_output(InstanceId=made["InstanceId"], **how)["Output"])

    assert last_said(console("t3.small", f"echo {MARK} ready", Latest=True)) == ("ready", "")
    assert last_said(console("t3.small", "echo hello", Latest=True)) is None
    assert last_said(console("t2.small", f"echo {MARK} ready")) == ("ready", "")
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        console("t2.small", f"echo {MARK} ready", Latest=True)
