"""What others added to our resources stays; what they changed without making it stricter or looser is refused."""

import base64
from typing import Any

from bootstrap.contract.vandalism import take_profile
from tests.cli.conftest import Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.vandalism import swap_profile
from tests.support.wire import Wire

DUET = "--integration biomodal-duet --bucket acme-duet"
ENVIRONMENT = "biomodal-duet-spot"


def machine(ec2: Any) -> dict[str, Any]:
    [found] = [
        item
        for group in ec2.describe_instances()["Reservations"]
        for item in group["Instances"]
        if item["State"]["Name"] == "running"
    ]
    return dict(found)


def groups(ec2: Any) -> set[str]:
    return {item["GroupId"] for item in machine(ec2)["SecurityGroups"]}


def test_what_others_add_to_our_lists_is_shown_and_stays(bootstrap: Bootstrap, scope: MakeScope, cloud: Wire) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2, batch = (scope().client(service) for service in ("ec2", "batch"))
    theirs = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    which = machine(ec2)["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=which, Groups=[*groups(ec2), theirs])
    [environment] = batch.describe_compute_environments(computeEnvironments=[ENVIRONMENT])["computeEnvironments"]
    has = environment["computeResources"]
    more = {
        "instanceTypes": [*has["instanceTypes"], "m5.24xlarge"],
        "securityGroupIds": [*has["securityGroupIds"], theirs],
        "subnets": has["subnets"][:1],
    }
    batch.update_compute_environment(computeEnvironment=ENVIRONMENT, computeResources=more)
    with cloud.recorded() as calls:
        again = bootstrap(f"create {DUET} --yes")
        status = bootstrap("status --detailed-exitcode")
    assert (again.code, writes(calls), status.code) == (0, [], 2), again.err
    for said in (f"security group {theirs}", "instance type m5.24xlarge"):
        assert f"* {said}: added by somebody else, left alone" in again.err
        assert said in status.out
    assert bootstrap(f"create {DUET} --max-vcpus 99 --tag team=x --yes").code == 0
    assert bootstrap(f"create {DUET} --instance-type c6i --terminate-jobs --yes").code == 0
    [environment] = batch.describe_compute_environments(computeEnvironments=[ENVIRONMENT])["computeEnvironments"]
    assert set(environment["computeResources"]["instanceTypes"]) == {"c6i", "m5.24xlarge"}
    assert theirs in environment["computeResources"]["securityGroupIds"]
    assert theirs in groups(ec2)
    assert bootstrap(f"create {DUET} --replace vm --yes").code == 0
    assert machine(ec2)["InstanceId"] != which
    assert theirs in groups(ec2)
    assert bootstrap(f"create {DUET} --overwrite vm --yes").code == 0
    assert theirs not in groups(ec2)
    assert bootstrap("destroy --yes").code == 0


def test_a_script_that_somebody_changed_in_the_template_is_reset_only_on_request(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2 = scope().client("ec2")
    [template] = ec2.describe_launch_templates()["LaunchTemplates"]
    which = {"LaunchTemplateId": template["LaunchTemplateId"]}

    def script() -> str:
        [live] = ec2.describe_launch_template_versions(**which, Versions=["$Default"])["LaunchTemplateVersions"]
        return base64.b64decode(live["LaunchTemplateData"]["UserData"]).decode()

    ours = script()
    for changed in (f"{ours}# agent", ""):
        [live] = ec2.describe_launch_template_versions(**which, Versions=["$Default"])["LaunchTemplateVersions"]
        data = {**live["LaunchTemplateData"], "UserData": base64.b64encode(changed.encode()).decode()}
        made = ec2.create_launch_template_version(**which, LaunchTemplateData=data)["LaunchTemplateVersion"]
        ec2.modify_launch_template(**which, DefaultVersion=str(made["VersionNumber"]))
        with cloud.recorded() as calls:
            refused = bootstrap(f"create {DUET} --yes")
        assert (refused.code, writes(calls)) == (1, [])
        assert "neither the value in AWS nor the one that bootstrap sets is stricter: user_data" in refused.err
        assert "--overwrite launch-template" in refused.err
        assert bootstrap(f"create {DUET} --overwrite launch-template --terminate-jobs --yes").code == 0
        assert script() == ours


def test_a_machine_gets_its_profile_back_while_it_runs(bootstrap: Bootstrap, scope: MakeScope, cloud: Wire) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2 = scope().client("ec2")
    before = machine(ec2)
    take_profile(ec2, before["InstanceId"])
    assert "IamInstanceProfile" not in machine(ec2)
    with cloud.recorded() as calls:
        again = bootstrap(f"create {DUET} --yes")
    assert again.code == 0, again.err
    assert writes(calls) == ["ec2.AssociateIamInstanceProfile"]
    assert machine(ec2)["IamInstanceProfile"]["Arn"] == before["IamInstanceProfile"]["Arn"]
    swap_profile(scope(), before["InstanceId"])
    with cloud.recorded() as calls:
        refused = bootstrap(f"create {DUET} --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert "is stricter: profile" in refused.err
    assert bootstrap(f"create {DUET} --overwrite vm --yes").code == 0
    assert machine(ec2)["IamInstanceProfile"]["Arn"] == before["IamInstanceProfile"]["Arn"]


def test_a_machine_whose_profile_was_deleted_gets_the_new_one_of_that_name(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2, iam = scope().client("ec2"), scope().client("iam")
    before = machine(ec2)
    name = before["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    held = {"InstanceProfileName": name}
    [role] = iam.get_instance_profile(**held)["InstanceProfile"]["Roles"]
    iam.remove_role_from_instance_profile(**held, RoleName=role["RoleName"])
    iam.delete_instance_profile(**held)
    again = bootstrap(f"create {DUET} --yes")
    assert again.code == 0, again.err
    now = machine(ec2)
    assert now["InstanceId"] == before["InstanceId"]
    assert now["IamInstanceProfile"]["Id"] == iam.get_instance_profile(**held)["InstanceProfile"]["InstanceProfileId"]
    with cloud.recorded() as calls:
        assert bootstrap(f"create {DUET} --yes").code == 0
    assert writes(calls) == []


def test_protection_stops_a_new_type_and_a_replacement_before_the_first_change(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    assert bootstrap(f"create {DUET} --yes").code == 0
    ec2 = scope().client("ec2")
    which = machine(ec2)["InstanceId"]

    def protect(what: str, on: bool) -> None:
        ec2.modify_instance_attribute(InstanceId=which, **{f"DisableApi{what}": {"Value": on}})

    resize = f"create {DUET} --vm-instance-type t3.xlarge --tag team=x --restart-vm --yes"
    replace = f"create {DUET} --replace vm --yes"
    for what, lines in {"Stop": [resize, replace, "destroy --yes"], "Termination": [replace, "destroy --yes"]}.items():
        protect(what, on=True)
        for line in lines:
            with cloud.recorded() as calls:
                refused = bootstrap(line)
            assert (refused.code, writes(calls)) == (1, []), refused.err
            assert f"{what.lower()} protection is on: somebody wants to keep it" in refused.err
            assert "Switch it off, and run the same command again." in refused.err
        protect(what, on=False)
    protect("Termination", on=True)  # it does not keep a machine from stopping
    assert bootstrap(resize).code == 0
    assert machine(ec2)["InstanceType"] == "t3.xlarge"
