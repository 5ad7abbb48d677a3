"""How many vCPUs the account may run, and how many run just now, is read before the first change of a Batch environment."""

from typing import Any

import pytest
from moto.batch.models import batch_backends
from moto.servicequotas.models import servicequotas_backends

from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.samples import submit
from tests.support.wire import Wire

DUET = "--integration biomodal-duet --bucket acme-duet"
CREATE = f"create {DUET} --yes"
ON_DEMAND, SPOT, G, G_SPOT = "L-1216C47A", "L-34B43A08", "L-DB2E81BA", "L-3819A6DF"


def allow(**quotas: float) -> None:
    """From now on AWS has granted the account so many vCPUs; the names are those of the codes above."""
    codes = {"on_demand": ON_DEMAND, "spot": SPOT, "g": G, "g_spot": G_SPOT}
    applied = {("ec2", codes[name]): value for name, value in quotas.items()}
    vars(servicequotas_backends["123456789012"]["us-east-1"])["applied"] = applied


@pytest.mark.parametrize(
    ("quotas", "flags", "refused"),
    [
        ({"spot": 0}, "", {"spot-environment": "0 vCPUs"}),
        ({"spot": 1}, "", {"spot-environment": "1 vCPUs"}),
        ({"spot": 0}, "--no-spot", {}),
        ({"on_demand": 1}, "", {"on-demand-environment": "1 vCPUs", "vm": "too few for t3.large, which has 2"}),
        ({"on_demand": 2}, "", {}),
        ({"on_demand": 8, "spot": 8}, "--instance-type m5.4xlarge", {"on-demand-environment": "m5.4xlarge, which has 16"}),
        ({"on_demand": 8, "spot": 8}, "--instance-type m5.4xlarge --instance-type m5.large", {}),
        ({"spot": 1}, "--instance-type default_x86_64", {"spot-environment": "too few for "}),
        ({"spot": 1}, "--instance-type optimal", {"spot-environment": "too few for "}),
        ({"g": 0, "g_spot": 0}, "--instance-type g4dn", {"on-demand-environment": G, "spot-environment": G_SPOT}),
        ({"g": 0, "g_spot": 0}, "--instance-type g4dn --instance-type c6i", {}),
    ],
)
def test_where_not_even_one_machine_fits_nothing_is_made(
    quotas: dict[str, float], flags: str, refused: dict[str, str], bootstrap: Bootstrap
) -> None:
    allow(**quotas)
    plan = bootstrap(f"plan {DUET} {flags} --json").last("plan")
    found = {each["address"]: f"{each['refusal']} {each['advice']}" for each in plan["changes"] if each["refusal"]}
    assert set(refused) <= set(found), found
    assert bool(found) == bool(refused)
    for address, text in refused.items():
        assert text in found[address]
        assert "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-" in found[address]


def test_a_quota_below_the_ceiling_is_a_warning_with_both_numbers(bootstrap: Bootstrap) -> None:
    allow(on_demand=512, spot=64)
    planned = bootstrap(f"plan {DUET}")
    assert planned.code == 0
    assert planned.out.count("the account may run ") == 1
    assert "may run 64 vCPUs of them at once in us-east-1, fewer than the 256 that it may grow to" in planned.out
    assert f"--quota-code {SPOT} --desired-value 256 --region us-east-1" in planned.out
    assert "the account may run" not in bootstrap(f"plan {DUET} --max-vcpus 64").out


@pytest.mark.parametrize(
    ("on_demand", "flags", "noted"),
    [
        (257, "", True),
        (258, "", False),
        (257, "--vm-instance-type g4dn.xlarge", False),
        (259, "--instance-type g4dn --vm-instance-type g4dn.xlarge", False),
        (259, "--vm-instance-type m5.xlarge", True),
    ],
)
def test_the_vm_and_what_batch_may_run_are_added_up_against_the_quota_that_they_share(
    on_demand: int, flags: str, noted: bool, bootstrap: Bootstrap
) -> None:
    allow(on_demand=on_demand, spot=256, g=640, g_spot=640)
    planned = bootstrap(f"plan {DUET} {flags}")
    assert planned.code == 0
    size = 4 if flags else 2
    text = f"fewer than the 256 that it may grow to and the {size} of the other machines in this plan"
    assert planned.out.count(text) == noted
    assert planned.out.count("the account may run") == noted
    assert (f"--quota-code {ON_DEMAND} --desired-value {256 + size} " in planned.out) == noted


def test_a_maximum_that_is_raised_counts_the_vm_that_is_there(bootstrap: Bootstrap) -> None:
    allow(on_demand=257, spot=256)
    bootstrap(f"{CREATE} --max-vcpus 64")
    assert "and the 2 of the other machines in this plan" in bootstrap(f"plan {DUET} --max-vcpus 256").out


def run(scope: MakeScope, count: int, kind: str, *, spot: bool = False) -> list[str]:
    """Machines of somebody else, by their ids."""
    market: dict[str, Any] = {"InstanceMarketOptions": {"MarketType": "spot"}} if spot else {}
    image = scope().client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = scope().client("ec2").run_instances(ImageId=image, InstanceType=kind, MinCount=count, MaxCount=count, **market)
    return [each["InstanceId"] for each in made["Instances"]]


def test_what_runs_just_now_is_taken_off_the_quota_and_is_a_warning(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    allow(on_demand=260, spot=260)
    quiet, warned = (
        "are in use now",
        "are in use now, and those that are left are fewer than the 256 that it may grow to and the 2 ",
    )
    ids = run(scope, 2, "m5.xlarge")
    run(scope, 1, "g4dn.xlarge")  # of another quota
    planned = bootstrap(f"plan {DUET}")
    assert (planned.code, planned.out.count(quiet)) == (0, 1)
    assert f"may run 260 vCPUs of them at once in us-east-1, 8 {warned}" in planned.out
    assert f"--quota-code {ON_DEMAND} --desired-value 266 --region us-east-1" in planned.out
    scope().client("ec2").stop_instances(InstanceIds=ids)
    assert quiet not in bootstrap(f"plan {DUET}").out
    scope().client("ec2").start_instances(InstanceIds=ids)
    cloud.refuse("DescribeInstanceTypes", "UnauthorizedOperation", "not authorized", status=400, times=20)
    assert quiet not in bootstrap(f"plan {DUET}").out


def test_machines_on_spot_are_taken_off_the_quota_of_spot(bootstrap: Bootstrap, scope: MakeScope) -> None:
    allow(on_demand=260, spot=260)
    run(scope, 2, "m5.xlarge", spot=True)
    planned = bootstrap(f"plan {DUET}").out
    assert planned.count("are in use now") == 1
    assert f"--quota-code {SPOT} --desired-value 264" in planned


def test_a_vm_for_which_too_little_is_left_is_a_warning(bootstrap: Bootstrap, scope: MakeScope) -> None:
    allow(on_demand=5, spot=640)
    run(scope, 1, "m5.xlarge")
    planned = bootstrap(f"plan {DUET} --max-vcpus 2")
    assert planned.code == 0
    assert "4 are in use now, and those that are left are too few for t3.large, which has 2" in planned.out


def test_a_type_among_others_that_fits_into_no_quota_is_a_warning(bootstrap: Bootstrap) -> None:
    allow(g=0, g_spot=0)
    planned = bootstrap(f"plan {DUET} --instance-type g4dn --instance-type c6i")
    assert (planned.code, planned.out.count("too few for g4dn.xlarge")) == (0, 2)


@pytest.mark.parametrize("operation", ["GetServiceQuota", "DescribeInstanceTypes"])
def test_what_may_not_be_read_stops_nothing(operation: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    allow(on_demand=1, spot=1)
    code = "AccessDeniedException" if operation == "GetServiceQuota" else "UnauthorizedOperation"
    cloud.refuse(operation, code, "not authorized", status=400, times=20)
    planned = bootstrap(f"plan {DUET}")
    assert (planned.code, "not authorized" in planned.out + planned.err) == (0, False)


def test_a_maximum_below_what_runs_is_refused_before_the_first_change_with_the_numbers(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    assert bootstrap(CREATE).code == 0
    batch: Any = batch_backends["123456789012"]["us-east-1"]
    batch.get_compute_environment("biomodal-duet-spot").compute_resources["desiredvCpus"] = 128
    submit(scope(), "RUNNING", queue="biomodal-duet-spot")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{CREATE} --max-vcpus 64")
    assert (refused.code, writes(calls)) == (1, [])
    assert "it has 128 vCPUs now, and Batch refuses a lower maximum (64)" in refused.err
    assert "queue biomodal-duet-spot has 1 job under way: 1 RUNNING" in refused.err
    assert "Wait until the jobs have ended" in refused.err
    cloud.refuse("ListJobs", "AccessDeniedException", "not authorized", times=20)
    assert "it has 128 vCPUs now" in bootstrap(f"{CREATE} --max-vcpus 64").err
    for fits in (128, 300, 200):
        assert bootstrap(f"{CREATE} --max-vcpus {fits}").code == 0


def test_jobs_that_can_never_start_are_canceled_unless_that_is_turned_off(bootstrap: Bootstrap, scope: MakeScope) -> None:
    batch = scope().client("batch")

    def limits() -> list[dict[str, int]]:
        found = [queue["jobStateTimeLimitActions"] for queue in batch.describe_job_queues()["jobQueues"]]
        return [{item["reason"].partition(":")[2]: item["maxTimeSeconds"] for item in items} for items in found]

    both = {"COMPUTE_ENVIRONMENT_MAX_RESOURCE": 3_600, "JOB_RESOURCE_REQUIREMENT": 3_600}
    for flags, wanted in (
        ("", {**both, "INSUFFICIENT_INSTANCE_CAPACITY": 86_400}),
        ("--no-cancel-stuck-jobs", {}),
        ("", {}),
        ("--cancel-stuck-jobs", {**both, "INSUFFICIENT_INSTANCE_CAPACITY": 86_400}),
    ):
        assert bootstrap(f"{CREATE} {flags}").code == 0
        assert limits() == [wanted] * 2


def test_arm_machines_are_refused_by_their_bundle_too(bootstrap: Bootstrap) -> None:
    refused = bootstrap(f"plan {DUET} --instance-type default_arm64")
    assert refused.code == 64
    assert "x86_64" in refused.err
