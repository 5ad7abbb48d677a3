"""What is odd about a launch template: it does not change, it gets new versions, and one of them is the default."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.difference import differences, others
from bootstrap.core.live import Live
from bootstrap.errors import AwsError
from bootstrap.resources.ec2.launch_template import Ec2LaunchTemplate
from bootstrap.resources.iam import shared as iam
from tests.conftest import MakeScope
from tests.support.samples import deployed, parts, read_back
from tests.support.wire import Wire

TEMPLATE = Ec2LaunchTemplate(
    name="workers", user_data=parts("echo first"), root_volume_gb=30, instance_tags={"Name": "worker"}
)
LARGER = replace(TEMPLATE, root_volume_gb=50)


@pytest.fixture
def made(scope: MakeScope) -> Live:
    return deployed(TEMPLATE, scope())


def versions(scope: MakeScope, live: Live) -> list[dict[str, Any]]:
    """Data and number of each version, the oldest first."""
    which = {"LaunchTemplateId": live.outputs["template_id"]}
    found = scope().client("ec2").describe_launch_template_versions(**which)["LaunchTemplateVersions"]
    return sorted(found, key=lambda item: int(item["VersionNumber"]))


def test_machines_are_encrypted_and_tell_their_metadata_to_who_has_a_token(made: Live, scope: MakeScope) -> None:
    LARGER.update(scope(), made.outputs, differences(LARGER, made))
    for version in versions(scope, made):
        data = version["LaunchTemplateData"]
        assert data["MetadataOptions"]["HttpTokens"] == "required"
        assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
        [volume] = data["BlockDeviceMappings"]
        assert volume["DeviceName"] == "/dev/xvda"
        assert {volume["Ebs"][name] for name in ("Encrypted", "DeleteOnTermination")} == {True}
        assert volume["Ebs"]["VolumeType"] == "gp3"
        assert base64.b64decode(data["UserData"]).decode() == TEMPLATE.user_data
        tagged = {item["ResourceType"]: item["Tags"] for item in data["TagSpecifications"]}
        assert tagged["instance"] == tagged["volume"] == [{"Key": "Name", "Value": "worker"}]


def test_a_change_is_a_new_version_with_the_whole_content_and_the_default(made: Live, scope: MakeScope) -> None:
    outputs = LARGER.update(scope(), made.outputs, differences(LARGER, made))
    assert outputs == {**made.outputs, "version": "2"}
    assert read_back(LARGER, scope(), outputs).outputs == outputs
    assert [version["DefaultVersion"] for version in versions(scope, made)] == [False, True]


def test_a_change_that_is_sent_again_after_a_crash_creates_no_third_version(made: Live, scope: MakeScope) -> None:
    for _ in range(2):
        outputs = LARGER.update(scope(), made.outputs, differences(LARGER, made))
    assert outputs["version"] == "2"
    assert len(versions(scope, made)) == 2


def test_a_lost_answer_to_a_change_creates_no_third_version(made: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.lose_answer("CreateLaunchTemplateVersion")
    LARGER.update(scope(), made.outputs, differences(LARGER, made))
    assert len(versions(scope, made)) == 2


def test_other_tags_alone_create_no_version(made: Live, scope: MakeScope, cloud: Wire) -> None:
    other = replace(TEMPLATE, tags={"team": "data"})
    with cloud.recorded() as calls:
        assert other.update(scope(), made.outputs, differences(other, made)) == made.outputs
    assert [call.operation for call in calls] == ["CreateTags"]


def test_a_default_version_of_somebody_else_is_drift(made: Live, scope: MakeScope) -> None:
    client, which = scope().client("ec2"), {"LaunchTemplateId": made.outputs["template_id"]}
    client.create_launch_template_version(**which, LaunchTemplateData={"ImageId": "ami-0123456789abcdef0"})
    client.modify_launch_template(**which, DefaultVersion="2")
    live = read_back(TEMPLATE, scope(), made.outputs)
    found = differences(TEMPLATE, live)
    assert {item.path for item in found} == {
        "user_data",
        "root_device",
        "root_volume_gb",
        "root_volume",
        "metadata",
        "instance_tags.Name",
    }
    outputs = TEMPLATE.update(scope(), live.outputs, found)
    assert outputs["version"] == "3"
    assert differences(TEMPLATE, read_back(TEMPLATE, scope(), outputs)) == ()


@pytest.mark.parametrize(
    ("weaker", "field"),
    [
        ({"Ebs": {"Encrypted": False}}, "root_volume"),
        ({"Ebs": {"VolumeType": "standard"}}, "root_volume"),
        ({"Ebs": {"DeleteOnTermination": False}}, "root_volume"),
        ({"MetadataOptions": {"HttpTokens": "optional"}}, "metadata"),
        ({"MetadataOptions": {"HttpPutResponseHopLimit": 1}}, "metadata"),
        ({"MetadataOptions": {"HttpEndpoint": "disabled"}}, "metadata"),
    ],
    ids=str,
)
def test_a_weaker_default_version_is_drift_and_a_new_version_mends_it(
    weaker: dict[str, dict[str, Any]], field: str, made: Live, scope: MakeScope
) -> None:
    client, which = scope().client("ec2"), {"LaunchTemplateId": made.outputs["template_id"]}
    data = versions(scope, made)[0]["LaunchTemplateData"]
    data["BlockDeviceMappings"][0]["Ebs"].update(weaker.get("Ebs", {}))
    data["MetadataOptions"].update(weaker.get("MetadataOptions", {}))
    client.create_launch_template_version(**which, LaunchTemplateData=data)
    client.modify_launch_template(**which, DefaultVersion="2")
    live = read_back(TEMPLATE, scope(), made.outputs)
    found = differences(TEMPLATE, live)
    assert [item.path for item in found] == [field]
    outputs = TEMPLATE.update(scope(), live.outputs, found)
    assert outputs["version"] == "3"
    assert differences(TEMPLATE, read_back(TEMPLATE, scope(), outputs)) == ()


def test_tags_that_somebody_added_stay_on_the_machines_of_each_new_version(made: Live, scope: MakeScope) -> None:
    client, which = scope().client("ec2"), {"LaunchTemplateId": made.outputs["template_id"]}
    data = versions(scope, made)[0]["LaunchTemplateData"]
    for specification in data["TagSpecifications"]:
        specification["Tags"].append({"Key": f"cost of the {specification['ResourceType']}", "Value": "7"})
    client.create_launch_template_version(**which, LaunchTemplateData=data)
    client.modify_launch_template(**which, DefaultVersion="2")
    live = read_back(TEMPLATE, scope(), made.outputs)
    assert differences(TEMPLATE, live) == ()
    assert others(TEMPLATE, live) == ("tag on its machines cost of the instance",)
    larger = replace(LARGER, instance_tags={"team": "data"})
    larger.update(scope(), live.outputs, differences(larger, live, TEMPLATE.properties()))
    newest = versions(scope, made)[-1]["LaunchTemplateData"]
    tags = {item["ResourceType"]: iam.tag_map(item["Tags"]) for item in newest["TagSpecifications"]}
    for kind in ("instance", "volume"):
        assert tags[kind] == {"team": "data", f"cost of the {kind}": "7"}


def test_what_aws_shows_beside_our_settings_is_no_difference(made: Live, scope: MakeScope) -> None:
    client, which = scope().client("ec2"), {"LaunchTemplateId": made.outputs["template_id"]}
    data = versions(scope, made)[0]["LaunchTemplateData"]
    data["BlockDeviceMappings"][0]["Ebs"]["Iops"] = 3000
    data["MetadataOptions"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpProtocolIpv6": "disabled"}
    client.create_launch_template_version(**which, LaunchTemplateData=data)
    client.modify_launch_template(**which, DefaultVersion="2")
    assert differences(TEMPLATE, read_back(TEMPLATE, scope(), made.outputs)) == ()


def test_a_version_that_does_not_show_yet_is_waited_for(made: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("DescribeLaunchTemplateVersions", "InvalidLaunchTemplateId.VersionNotFound", times=2)
    said: list[str] = []
    assert TEMPLATE.ready(scope(progress=said.append), made.outputs) == made.outputs
    assert said == ["version 1 of launch template workers does not show yet"] * 2
    with pytest.raises(AwsError, match="version 7 of launch template workers does not show yet"):
        TEMPLATE.ready(scope(), {**made.outputs, "version": "7"})


def test_a_version_too_new_to_be_the_default_is_waited_for(made: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("ModifyLaunchTemplate", "InvalidLaunchTemplateId.VersionNotFound", times=2)
    assert LARGER.update(scope(), made.outputs, differences(LARGER, made))["version"] == "2"


def test_a_create_that_is_sent_again_with_another_content_finds_what_there_is(made: Live, scope: MakeScope) -> None:
    live = deployed(LARGER, scope())
    assert live.outputs == {**made.outputs, "version": "2"}
    assert differences(LARGER, live) == ()


def test_a_template_that_is_gone_is_none_and_its_deletion_fine(made: Live, scope: MakeScope) -> None:
    TEMPLATE.delete(scope(), made.outputs)
    for outputs in (made.outputs, {}):
        assert TEMPLATE.read(scope(), outputs) is None
        TEMPLATE.delete(scope(), outputs)


def test_what_others_added_to_the_default_version_is_in_the_next_one_too(made: Live, scope: MakeScope) -> None:
    ec2, which = scope().client("ec2"), {"LaunchTemplateId": made.outputs["template_id"]}
    [version] = versions(scope, made)
    data = version["LaunchTemplateData"]
    data["BlockDeviceMappings"][0]["Ebs"]["KmsKeyId"] = "alias/theirs"
    data["BlockDeviceMappings"].append({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "Encrypted": True}})
    data["MetadataOptions"]["InstanceMetadataTags"] = "disabled"
    data["DisableApiTermination"] = True
    data["TagSpecifications"].append({"ResourceType": "network-interface", "Tags": [{"Key": "team", "Value": "net"}]})
    ec2.create_launch_template_version(**which, LaunchTemplateData=data)
    ec2.modify_launch_template(**which, DefaultVersion="2")
    for _ in range(2):
        outputs = LARGER.update(scope(), made.outputs, differences(LARGER, made))
    assert outputs["version"] == "3"
    now = versions(scope, made)[-1]["LaunchTemplateData"]
    data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] = 50
    assert now == data
    assert differences(LARGER, read_back(LARGER, scope(), outputs)) == ()
