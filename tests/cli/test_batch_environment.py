"""The command line on a Batch environment: findings before the first change, jobs, data, and what is left behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.integrations.existing.internet_access import SERVICES
from bootstrap.integrations.existing.network_facts import LOOKS
from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.support import keys
from tests.support.samples import submit
from tests.support.vpcs import Vpc
from tests.support.wire import Wire

DUET = "--integration biomodal-duet --bucket acme-duet"
CREATE = f"create {DUET} --yes"


@pytest.fixture
def ec2(scope: MakeScope) -> Any:
    return scope().client("ec2")


@pytest.fixture
def batch(scope: MakeScope) -> Any:
    return scope().client("batch")


def test_all_that_would_fail_is_said_before_the_first_change(bootstrap: Bootstrap, cloud: Wire, ec2: Any) -> None:
    for _ in range(5):
        ec2.allocate_address(Domain="vpc")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --instance-type x99 --vm-instance-type m99.large")
    assert refused.code == 1
    assert writes(calls) == []
    for what in (
        "the plan creates 1 elastic IP, and this account has room for 0",
        "does not offer m99.large",
        "no x99 instances in us-east-1a",
    ):
        assert what in refused.err, what
    assert "nothing was changed" in refused.err
    assert not Path(".bootstrap/biomodal-duet.json").exists()


def test_a_quota_that_our_own_address_uses_up_is_no_finding(bootstrap: Bootstrap, ec2: Any) -> None:
    for _ in range(4):
        ec2.allocate_address(Domain="vpc")
    assert bootstrap(CREATE).code == 0
    assert bootstrap(CREATE).code == 0


def test_a_region_without_a_default_vpc_ends_with_advice(bootstrap: Bootstrap, ec2: Any) -> None:
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    refused = bootstrap(f"plan {DUET}")
    assert refused.code == 1
    assert "there is no default VPC in us-east-1" in refused.err
    assert "--vpc" in refused.err


def test_what_was_found_the_first_time_stays(bootstrap: Bootstrap, ec2: Any) -> None:
    bootstrap(CREATE)
    first = json.loads(Path(".bootstrap/biomodal-duet.json").read_text())["inputs"]
    subnet = ec2.create_subnet(VpcId=first["vpc"], CidrBlock="172.31.240.0/20", AvailabilityZone="us-east-1a")["Subnet"]
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    again = bootstrap(CREATE)
    assert "Inputs from the state: " in again.err
    assert "--subnet" in again.err
    assert "No changes" in again.err


def test_an_environment_without_spot_stays_without_it(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"{CREATE} --no-spot").code == 0
    again = bootstrap(f"{CREATE}")
    assert "No changes" in again.err
    assert "Inputs from the state: --no-spot" in again.err
    more = bootstrap(f"{CREATE} --spot")
    assert "3 to create" in more.err


def test_a_number_that_the_user_gave_once_is_a_wish_also_where_it_is_the_default(bootstrap: Bootstrap, batch: Any) -> None:
    def lowered(then: str) -> str:
        batch.update_compute_environment(computeEnvironment="biomodal-duet-on-demand", computeResources={"maxvCpus": 128})
        plan = bootstrap(then)
        assert plan.code == 0
        [text] = {line.strip() for line in plan.out.splitlines() if "max_vcpus" in line and "asked" not in line}
        return text

    bootstrap(f"{CREATE} --no-spot")
    assert lowered(f"plan {DUET}") == "^ max_vcpus: tightened outside bootstrap: kept"
    assert bootstrap(f"{CREATE} --max-vcpus 256").code == 0
    [environment] = batch.describe_compute_environments()["computeEnvironments"]
    assert environment["computeResources"]["maxvCpus"] == 256
    assert lowered(f"plan {DUET}") == "max_vcpus: 128 -> 256"  # recorded


def test_jobs_under_way_stop_a_destroy_until_they_may_go(bootstrap: Bootstrap, batch: Any, scope: MakeScope) -> None:
    bootstrap(CREATE)
    submit(scope(), "RUNNABLE", queue="biomodal-duet-spot")
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert "1 job" in refused.err
    assert "--terminate-jobs" in refused.err
    assert len(batch.describe_job_queues()["jobQueues"]) == 2
    ended = bootstrap("destroy --yes --terminate-jobs")
    assert ended.code == 0, ended.err
    assert batch.describe_job_queues()["jobQueues"] == []


def test_jobs_on_machines_stop_an_update_that_replaces_these_until_they_may_end(
    bootstrap: Bootstrap, batch: Any, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(CREATE)
    [job] = submit(scope(), "RUNNING", queue="biomodal-duet-spot")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --tag team=lab")
    told = "queue biomodal-duet-spot has 1 job under way: 1 RUNNING"
    assert (refused.code, writes(calls)) == (1, [])
    assert refused.err.count(f"! it would stop what is running: {told}\n") == 1
    assert "Wait until that has ended, or add --terminate-jobs to stop it." in refused.err
    planned = bootstrap(f"plan {DUET} --tag team=lab --terminate-jobs --json").last("plan")
    [change] = [each for each in planned["changes"] if each["address"] == "spot-environment"]
    assert (change["along"], change["refusal"]) == ([f"{told} (--terminate-jobs)"], "")
    assert bootstrap(f"{CREATE} --max-vcpus 512").code == 0  # changes the size only
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "RUNNING"
    done = bootstrap(f"{CREATE} --tag team=lab --terminate-jobs")
    assert done.code == 0, done.err
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "FAILED"
    environments = batch.describe_compute_environments()["computeEnvironments"]
    assert {each["updatePolicy"]["terminateJobsOnUpdate"] for each in environments} == {False}


def test_a_job_that_waits_for_a_machine_stops_no_update(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(CREATE)
    submit(scope(), "RUNNABLE", queue="biomodal-duet-spot")
    assert bootstrap(f"{CREATE} --tag team=lab").code == 0


def test_a_queue_of_somebody_else_on_our_environment_stops_a_destroy(bootstrap: Bootstrap, batch: Any, cloud: Wire) -> None:
    bootstrap(CREATE)
    on = [
        {
            "order": 1,
            "computeEnvironment": batch.describe_compute_environments()["computeEnvironments"][0]["computeEnvironmentArn"],
        }
    ]
    batch.create_job_queue(jobQueueName="theirs", priority=1, computeEnvironmentOrder=on)
    with cloud.recorded() as calls:
        refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert "somebody else added to it: job queue theirs" in refused.err
    assert writes(calls) == []
    batch.update_job_queue(jobQueue="theirs", state="DISABLED")
    batch.delete_job_queue(jobQueue="theirs")
    assert bootstrap("destroy --yes").code == 0


def test_a_machine_of_somebody_else_in_our_group_stops_a_destroy(bootstrap: Bootstrap, ec2: Any, cloud: Wire) -> None:
    bootstrap(CREATE)
    [ours] = [item for found in ec2.describe_instances()["Reservations"] for item in found["Instances"]]
    group = next(item for item in ours["SecurityGroups"])["GroupId"]
    started = ec2.run_instances(
        ImageId=ours["ImageId"], MinCount=1, MaxCount=1, SecurityGroupIds=[group], SubnetId=ours["SubnetId"]
    )
    [theirs] = [item["InstanceId"] for item in started["Instances"]]
    with cloud.recorded() as calls:
        refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert "somebody else added to it: network interface eni-" in refused.err
    assert f"({theirs})" in refused.err
    assert writes(calls) == []
    ec2.create_tags(Resources=[theirs], Tags=[{"Key": "AWSBatchServiceTag", "Value": "batch"}])  # now it is one of Batch's
    assert bootstrap("destroy --yes --dry-run").code == 0
    ec2.terminate_instances(InstanceIds=[theirs])
    assert bootstrap("destroy --yes").code == 0


def test_a_rule_of_another_group_that_names_ours_stops_a_destroy(bootstrap: Bootstrap, ec2: Any) -> None:
    bootstrap(CREATE)
    [ours] = [item for found in ec2.describe_instances()["Reservations"] for item in found["Instances"]]
    group = ours["SecurityGroups"][0]["GroupId"]
    theirs = ec2.create_security_group(GroupName="theirs", Description="d", VpcId=ours["VpcId"])["GroupId"]
    rule = [{"UserIdGroupPairs": [{"GroupId": group}], "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}]
    ec2.authorize_security_group_ingress(GroupId=theirs, IpPermissions=rule)
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert f"somebody else added to it: rule of security group {theirs} (theirs)" in refused.err


def test_objects_stop_a_destroy_until_they_may_go(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(CREATE)
    scope().client("s3").put_object(Bucket="acme-duet", Key="result", Body=b"x")
    refused = bootstrap("destroy --yes --terminate-jobs")
    assert (refused.code, "--delete-data" in refused.err) == (1, True)
    assert bootstrap("destroy --yes --delete-data").code == 0


def test_what_stays_is_told_and_was_never_ours(bootstrap: Bootstrap, batch: Any, scope: MakeScope) -> None:
    bootstrap(CREATE)
    submit(scope(), "RUNNABLE", queue="biomodal-duet-spot")
    gone = bootstrap("destroy --yes --terminate-jobs --json")
    result = gone.last("result")
    assert any("/aws/batch/job" in text for text in result["left"])
    assert any("1 active Batch job definitions" in text for text in result["left"])
    assert sorted(result["forgotten"]) == ["batch-service-role", "spot-service-role"]
    assert batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    roles = [item["RoleName"] for item in scope().client("iam").list_roles()["Roles"]]
    assert sorted(roles) == ["AWSServiceRoleForBatch", "AWSServiceRoleForEC2Spot"]


def test_a_report_that_cannot_be_made_does_not_undo_a_destroy(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(CREATE)
    cloud.refuse("DescribeJobDefinitions", "AccessDeniedException", "not authorized", status=403, times=2)
    gone = bootstrap("destroy --yes")
    assert gone.code == 0
    assert "looked for (DescribeJobDefinitions: " in gone.out


def test_a_machine_that_somebody_ended_is_made_anew_with_its_address(bootstrap: Bootstrap, ec2: Any) -> None:
    first = bootstrap(CREATE)
    [machine] = instances(ec2)
    ec2.terminate_instances(InstanceIds=[machine])
    again = bootstrap(CREATE)
    assert again.code == 0, again.err
    [other] = instances(ec2)
    assert other != machine
    assert f"--target={other}" in again.out
    address = next(line for line in first.out.splitlines() if line.startswith("Public address"))
    assert address in again.out


def instances(ec2: Any) -> list[str]:
    found = [item for each in ec2.describe_instances()["Reservations"] for item in each["Instances"]]
    return [item["InstanceId"] for item in found if item["State"]["Name"] == "running"]


def test_the_handoff_has_the_configuration_for_nextflow(bootstrap: Bootstrap) -> None:
    made = bootstrap(f"{CREATE} --write-handoff handed")
    assert "aws ssm start-session --document-name" in made.out
    assert "bootstrap outputs --write-handoff handoff --name biomodal-duet\n" in made.out
    assert "Queue on spot machines" in made.out
    written = Path("handed/nextflow.config").read_text()
    assert "process.queue = { task.attempt == 1 ? 'biomodal-duet-spot' : 'biomodal-duet-on-demand' }" in written
    assert bootstrap("outputs").out.strip() == made.out.strip()


def test_a_change_to_what_the_zones_lack_is_refused_before_anything_is_touched(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(CREATE)
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --instance-type x99")
    assert refused.code == 1
    assert "no x99 instances in us-east-1a" in refused.err
    assert writes(calls) == []


# The network


@pytest.fixture
def vpc(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> Vpc:
    return Vpc(ec2, monkeypatch)


def test_subnets_that_reach_nothing_stop_a_create_with_all_else_that_would_fail(
    bootstrap: Bootstrap, cloud: Wire, vpc: Vpc
) -> None:
    silent, closed = vpc.subnet(), vpc.subnet(public=True, routes={})
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --subnet {silent} --subnet {closed} --instance-type x99 --vm-instance-type m99.large")
    assert (refused.code, writes(calls)) == (1, [])
    for what in (
        "does not offer m99.large",
        "no x99 instances",
        f"{silent}: Batch's instances cannot reach AWS, so jobs would never start: its instances get no public address",
        f"{closed}: Batch's instances cannot reach AWS, so jobs would never start: it has no default route",
    ):
        assert what in refused.err, what
    turn_on = f"aws ec2 modify-subnet-attribute --subnet-id {silent} --map-public-ip-on-launch --region us-east-1"
    assert turn_on in refused.err


def test_a_vpc_without_a_gateway_is_refused_before_the_first_change(bootstrap: Bootstrap, cloud: Wire, vpc: Vpc) -> None:
    subnet = vpc.subnet(public=True)
    vpc.ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    for named in (f"--subnet {subnet}", f"--vpc {vpc.id}"):
        with cloud.recorded() as calls:
            refused = bootstrap(f"{CREATE} {named}")
        assert (refused.code, writes(calls)) == (1, [])
        assert "which is detached or deleted (a blackhole)" in refused.err


def test_a_private_subnet_with_nat_works_and_the_use_of_the_address_is_reported(bootstrap: Bootstrap, vpc: Vpc) -> None:
    private = vpc.subnet(routes={"NatGatewayId": vpc.nat()})
    planned = bootstrap(f"plan {DUET} --subnet {private}")
    assert planned.code == 0
    assert f"Note: {private}: the VM cannot be reached at its public address" in planned.err
    assert "Note: subnet-" not in bootstrap(f"plan {DUET} --subnet {private} --no-public-address").err
    Path("key.pub").write_text(keys.ED25519)
    refused = bootstrap(f"plan {DUET} --subnet {private} --public-key key.pub --ssh-cidr 203.0.113.4")
    assert refused.code == 1
    assert "Add --no-public-address" in refused.out


def test_the_vms_address_is_not_from_another_border_group(bootstrap: Bootstrap, vpc: Vpc) -> None:
    local = vpc.subnet(zone=vpc.local_zone(), public=True)
    refused = bootstrap(f"plan {DUET} --subnet {local}")
    assert refused.code == 1
    assert f"{local}: public addresses in us-east-1-bos-1a come from us-east-1-bos-1" in refused.out
    assert f"Note: {local}: it is in a local zone" in refused.err


def test_endpoints_alone_are_refused_as_what_is_downloaded_first_is_behind_none(bootstrap: Bootstrap, vpc: Vpc) -> None:
    closed = vpc.subnet(routes={})
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": True})
    for service in SERVICES:
        vpc.endpoint(service, *[closed] * (service == "s3"))
    refused = bootstrap(f"plan {DUET} --subnet {closed}")
    assert refused.code == 1
    assert f"{closed}: Batch's instances cannot reach the internet, from which each downloads the AWS CLI" in refused.out
    assert f"{closed}: the VM cannot reach the internet" in refused.out


def test_ssh_to_a_vm_in_a_public_subnet_goes_with_batch_in_a_private_one(bootstrap: Bootstrap, vpc: Vpc) -> None:
    private = vpc.subnet(routes={"NatGatewayId": vpc.nat()})
    Path("key.pub").write_text(keys.ED25519)
    ssh = f"{DUET} --public-key key.pub --ssh-cidr 203.0.113.4"
    for named in (f"--subnet {private} --vm-subnet {vpc.nat_subnet}", f"--vpc {vpc.id}"):
        planned = bootstrap(f"plan {ssh} {named} --json")
        assert planned.code == 0, planned.err
        things = {item["address"]: item["properties"] for item in planned.last("plan")["changes"] if "properties" in item}
        assert things["vm"]["subnet"] == vpc.nat_subnet
        assert things["spot-environment"]["subnets"] == [private]


def test_a_vm_is_only_replaced_where_the_new_one_has_a_way_out_and_the_old_one_stays(
    bootstrap: Bootstrap, cloud: Wire, vpc: Vpc
) -> None:
    private = vpc.subnet(routes={"NatGatewayId": vpc.nat()})
    closed = vpc.subnet(routes={})
    quiet = f"{CREATE} --subnet {private} --no-public-address"
    assert bootstrap(quiet).code == 0
    with cloud.recorded() as calls:
        refused = bootstrap(f"{quiet} --vm-subnet {closed} --replace vm")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"{closed}: the VM cannot reach the internet" in refused.err
    moved = bootstrap(f"{quiet} --vm-subnet {vpc.nat_subnet} --replace vm")
    assert moved.code == 1  # a public subnet without a public address
    assert "its instances get no public address" in moved.err


def test_a_network_acl_that_was_closed_is_refused_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire, vpc: Vpc
) -> None:
    public = vpc.subnet(public=True)
    [acl] = vpc.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])["NetworkAcls"]
    rule = {"NetworkAclId": acl["NetworkAclId"], "CidrBlock": "0.0.0.0/0", "Protocol": "6", "RuleNumber": 10}
    ports = {"From": 1024, "To": 65535}
    vpc.ec2.create_network_acl_entry(**rule, Egress=False, RuleAction="deny", PortRange=ports)
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --subnet {public}")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"its network ACL {acl['NetworkAclId']} lets no TCP in at ports 32768-60999" in refused.err


def test_a_network_that_may_not_be_read_stops_nothing(bootstrap: Bootstrap, cloud: Wire, vpc: Vpc) -> None:
    closed = vpc.subnet(routes={})
    for item in LOOKS:
        if item.optional and item.action != "ec2:DescribeSecurityGroups":  # without it our own groups are not read either
            cloud.refuse(item.action.removeprefix("ec2:"), "UnauthorizedOperation", status=403, times=100)
    planned = bootstrap(f"plan {DUET} --subnet {closed}")
    assert planned.code == 0
    assert (
        "Note: Parts of the network are not known, as you lack permission to read them: ec2:DescribeRouteTables, "
        in planned.err
    )
    assert f"Note: {closed}: it is not known whether instances reach AWS" in planned.err


def test_a_network_that_closes_later_is_noted_and_stops_no_other_change_and_no_recovery(
    bootstrap: Bootstrap, vpc: Vpc
) -> None:
    public = vpc.subnet(public=True)
    assert bootstrap(f"{CREATE} --vpc {vpc.id}").code == 0
    vpc.ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    again = bootstrap(f"{CREATE} --max-vcpus 64")
    assert again.code == 0, again.err
    assert f"Note: {public}: Batch's instances cannot reach AWS" in again.err
    Path(".bootstrap/biomodal-duet.json").unlink()
    recovered = bootstrap(f"recover {DUET} --subnet {public} --yes")
    assert recovered.code == 0, recovered.err
    other = vpc.subnet(routes={})
    moved = bootstrap(f"plan {DUET} --subnet {public} --subnet {other}")
    assert moved.code == 1
    assert f"{other}: Batch's instances cannot reach AWS" in moved.out
