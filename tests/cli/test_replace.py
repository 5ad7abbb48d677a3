"""`create --replace`: one thing of a deployment is deleted and made again, and the plan says before what is lost."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.support import keys
from tests.support.wire import Wire

DUET = "--integration biomodal-duet --bucket acme-duet"
CREATE = f"create {DUET} --yes"


@pytest.fixture
def ec2(scope: MakeScope) -> Any:
    return scope().client("ec2")


def running(ec2: Any) -> list[dict[str, Any]]:
    found = [item for each in ec2.describe_instances()["Reservations"] for item in each["Instances"]]
    return [item for item in found if item["State"]["Name"] == "running"]


def test_what_only_a_new_machine_can_have_is_advised_and_replaces_just_the_machine(
    bootstrap: Bootstrap, ec2: Any, cloud: Wire
) -> None:
    bootstrap(CREATE)
    [first], [address] = running(ec2), ec2.describe_addresses()["Addresses"]
    other = next(each for each in ec2.describe_subnets()["Subnets"] if each["SubnetId"] != first["SubnetId"])
    moved = f"{CREATE} --subnet {other['SubnetId']}"
    with cloud.recorded() as calls:
        refused = bootstrap(moved)
    assert (refused.code, writes(calls)) == (1, [])
    assert "run the same command again with --replace vm" in refused.err
    assert "bootstrap destroy" not in refused.err
    planned = bootstrap(f"plan {DUET} --subnet {other['SubnetId']} --replace vm --json").last("plan")
    twice = [(each["address"], each["action"]) for each in planned["changes"] if each["address"] in ("vm", "address")]
    assert twice == [("address", "delete"), ("vm", "delete"), ("vm", "create"), ("address", "create")]
    [gone] = [each for each in planned["changes"] if (each["address"], each["action"]) == ("vm", "delete")]
    assert any("its disk (100 GB)" in text for text in gone["along"])
    assert not [each["others"] for each in planned["changes"] if each["others"]]
    with cloud.recorded() as calls:
        done = bootstrap(f"{moved} --replace vm")
    assert done.code == 0, done.err
    [now] = running(ec2)
    assert now["InstanceId"] != first["InstanceId"]
    assert now["SubnetId"] == other["SubnetId"]
    assert ec2.describe_addresses()["Addresses"][0]["PublicIp"] == address["PublicIp"]
    assert ec2.describe_addresses()["Addresses"][0]["InstanceId"] == now["InstanceId"]
    assert not {call.operation for call in calls} & {"DeleteBucket", "DeleteJobQueue", "ReleaseAddress", "DeleteRole"}
    assert f"--target={now['InstanceId']}" in done.out
    assert "No changes" in bootstrap(CREATE).err
    assert bootstrap("destroy --yes").code == 0


def test_another_image_names_the_flag_too_and_another_key_replaces_the_machine_with_the_pair(
    bootstrap: Bootstrap, ec2: Any
) -> None:
    Path("first.pub").write_text(keys.ED25519)
    Path("second.pub").write_text(keys.RSA)
    bootstrap(f"{CREATE} --public-key first.pub --ssh-cidr 203.0.113.4/32")
    image = bootstrap(f"{CREATE} --image amazon-linux-2023")
    assert "a change of image" in image.err
    assert "run the same command again with --replace vm" in image.err
    [first] = running(ec2)
    assert "--replace key-pair" in bootstrap(f"{CREATE} --public-key second.pub").err
    done = bootstrap(f"{CREATE} --public-key second.pub --replace key-pair")
    assert done.code == 0, done.err
    assert [item["InstanceId"] for item in running(ec2)] != [first["InstanceId"]]
    assert len(ec2.describe_key_pairs()["KeyPairs"]) == 1
    assert "No changes" in bootstrap(CREATE).err


def test_the_hand_off_names_the_nextflow_that_the_machine_has_until_it_is_replaced(bootstrap: Bootstrap) -> None:
    bootstrap(f"{CREATE} --nextflow-version 25.04.8")
    made = bootstrap(f"{CREATE} --nextflow-version 25.10.7")
    assert "VM keeps Nextflow 25.04.8" in made.out
    assert bootstrap("outputs Nextflow").out.startswith("25.04.8 ")
    assert bootstrap("outputs nextflow.config").out.startswith("// How Nextflow 25.04.8 runs")
    [replace] = [line for line in made.out.splitlines() if "bootstrap create" in line and "--replace vm" in line]
    assert bootstrap(replace[replace.index("create ") :] + " --yes").code == 0
    assert bootstrap("outputs Nextflow").out.startswith("25.10.7 ")


def test_a_replacement_that_failed_after_the_delete_still_makes_it_with_what_somebody_restricted(
    bootstrap: Bootstrap, ec2: Any, cloud: Wire
) -> None:
    bootstrap(CREATE)
    [first] = running(ec2)
    ec2.modify_instance_metadata_options(InstanceId=first["InstanceId"], HttpPutResponseHopLimit=1)
    cloud.refuse("RunInstances", "InsufficientInstanceCapacity", "none left", times=2)  # the first is a dry run
    assert bootstrap(f"{CREATE} --replace vm").code == 1
    assert running(ec2) == []
    assert "^ metadata.HttpPutResponseHopLimit: tightened outside bootstrap: kept" in bootstrap(f"plan {DUET}").out
    done = bootstrap(f"{CREATE} --replace vm")
    assert done.code == 0, done.err
    assert [item["MetadataOptions"]["HttpPutResponseHopLimit"] for item in running(ec2)] == [1]
    assert bootstrap(f"{CREATE} --overwrite vm").code == 0
    assert [item["MetadataOptions"]["HttpPutResponseHopLimit"] for item in running(ec2)] == [2]


def test_what_others_put_on_the_machine_and_what_protects_it_stops_a_replacement(
    bootstrap: Bootstrap, ec2: Any, cloud: Wire
) -> None:
    bootstrap(CREATE)
    [machine] = running(ec2)
    ec2.modify_instance_attribute(InstanceId=machine["InstanceId"], DisableApiTermination={"Value": True})
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --replace vm")
    assert (refused.code, writes(calls)) == (1, [])
    assert "termination protection is on" in refused.err


def test_an_address_that_somebody_gave_to_another_machine_stops_a_replacement(
    bootstrap: Bootstrap, ec2: Any, cloud: Wire
) -> None:
    bootstrap(CREATE)
    [ours], [address] = running(ec2), ec2.describe_addresses()["Addresses"]
    theirs = ec2.run_instances(ImageId=ours["ImageId"], MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=theirs, AllowReassociation=True)
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --replace vm")
    assert (refused.code, writes(calls)) == (1, [])
    assert "somebody else" in refused.err


@pytest.mark.parametrize(
    ("address", "told"),
    [("vmm", "this deployment has no resource 'vmm'"), ("bucket", "bucket cannot be replaced while the rest stays")],
)
def test_what_cannot_be_replaced_alone_is_wrong_usage_and_names_what_can(
    address: str, told: str, bootstrap: Bootstrap
) -> None:
    refused = bootstrap(f"plan {DUET} --replace {address}")
    assert refused.code == 64
    assert told in refused.err
    assert "vm" in refused.err


def test_what_is_not_there_is_just_made(bootstrap: Bootstrap, ec2: Any) -> None:
    assert bootstrap(f"{CREATE} --replace vm").code == 0
    assert len(running(ec2)) == 1


def test_a_deletion_that_fails_leaves_the_rest_for_the_same_command(bootstrap: Bootstrap, ec2: Any, cloud: Wire) -> None:
    bootstrap(CREATE)
    [first] = running(ec2)
    cloud.refuse("TerminateInstances", "OperationNotPermitted", "not now", times=2)  # the first is a dry run
    failed = bootstrap(f"{CREATE} --replace vm")
    assert failed.code == 1
    assert "the resource to replace was not deleted" in failed.err
    assert [item["InstanceId"] for item in running(ec2)] == [first["InstanceId"]]
    assert bootstrap(f"{CREATE} --replace vm").code == 0
    assert [item["InstanceId"] for item in running(ec2)] != [first["InstanceId"]]
