"""A machine that somebody resized keeps running: create stops it for no size that nobody asked for."""

from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.wire import Wire

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
    with cloud.recorded() as calls:
        kept = bootstrap(f"create {DUET} --vm-instance-type t3.xlarge --yes")
    assert (kept.code, writes(calls), size()) == (0, [], "t3.xlarge"), kept.err
    changed = bootstrap(f"create {DUET} --vm-instance-type t3.large --yes")  # recorded by now: a change of the inputs
    assert (changed.code, size()) == (0, "t3.large"), changed.err
    assert STOPS in changed.err
