"""A machine that somebody resized keeps running: create stops it for no size that nobody asked for."""

from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

DUET = "--integration biomodal-duet --bucket acme-duet"
STOPS = "which stops and starts again"


def test_a_machine_that_was_resized_is_left_alone_until_the_user_chooses(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2 = scope().client("ec2")
    [which] = [item["InstanceId"] for group in ec2.describe_instances()["Reservations"] for item in group["Instances"]]
    ec2.stop_instances(InstanceIds=[which])
    ec2.modify_instance_attribute(InstanceId=which, InstanceType={"Value": "t3.xlarge"})
    ec2.start_instances(InstanceIds=[which])

    def size() -> str:
        return str(ec2.describe_instances(InstanceIds=[which])["Reservations"][0]["Instances"][0]["InstanceType"])

    with cloud.recorded() as calls:
        refused = bootstrap(f"create {DUET} --yes")
    assert refused.code == 1
    assert writes(calls) == []
    said = refused.out + refused.err
    assert "changed outside bootstrap" in said
    assert "--vm-instance-type t3.xlarge" in said
    assert "--overwrite vm" in said
    assert STOPS in bootstrap(f"plan {DUET} --overwrite vm").out
    assert f"{STOPS} (--restart-vm)" in bootstrap(f"plan {DUET} --overwrite vm --restart-vm").out
    with cloud.recorded() as calls:
        kept = bootstrap(f"create {DUET} --vm-instance-type t3.xlarge --yes")
    assert (kept.code, writes(calls), size()) == (0, [], "t3.xlarge"), kept.err
    resize = f"create {DUET} --vm-instance-type t3.large --yes"  # recorded by now: a change of the inputs
    with cloud.recorded() as calls:
        unsaid = bootstrap(resize)
    assert (unsaid.code, writes(calls), size()) == (1, [], "t3.xlarge")
    assert f"! it would stop what is running: everything on machine {which}, {STOPS}" in unsaid.err
    assert "Wait until that has ended, or add --restart-vm to stop it." in unsaid.err
    changed = bootstrap(f"{resize} --restart-vm")
    assert (changed.code, size()) == (0, "t3.large"), changed.err
    assert f"{STOPS} (--restart-vm)" in changed.err
    ec2.stop_instances(InstanceIds=[which])
    stopped = bootstrap(f"create {DUET} --vm-instance-type t3.xlarge --yes")  # nothing runs that could end
    assert (stopped.code, size()) == (0, "t3.xlarge"), stopped.err
