"""The same for machines and what they are started from."""

from tests.cli.conftest import INPUTS, Bootstrap
from tests.cli.test_opened_by_hand import each_is_found
from tests.cli.test_security_status import policy
from tests.conftest import MakeScope
from tests.support.vandalism import swap_profile


def test_each_way_to_open_a_machine_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create --integration biomodal-duet {INPUTS['biomodal-duet']} --yes").code == 0
    iam, ec2, batch = (scope().client(service) for service in ("iam", "ec2", "batch"))
    [machine] = [
        each
        for group in ec2.describe_instances()["Reservations"]
        for each in group["Instances"]
        if each["State"]["Name"] == "running"
    ]
    which, own = machine["InstanceId"], [each["GroupId"] for each in machine["SecurityGroups"]]
    theirs = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    environment = {"computeEnvironment": "biomodal-duet-spot"}
    [has] = batch.describe_compute_environments(computeEnvironments=[environment["computeEnvironment"]])[
        "computeEnvironments"
    ]
    with_theirs = {"securityGroupIds": [*has["computeResources"]["securityGroupIds"], theirs]}
    [template] = ec2.describe_launch_templates()["LaunchTemplates"]
    named = {"LaunchTemplateId": template["LaunchTemplateId"]}

    def weaker_template() -> None:
        [live] = ec2.describe_launch_template_versions(**named, Versions=["$Default"])["LaunchTemplateVersions"]
        data = {**live["LaunchTemplateData"], "MetadataOptions": {"HttpTokens": "optional"}}
        version = ec2.create_launch_template_version(**named, LaunchTemplateData=data)["LaunchTemplateVersion"]
        ec2.modify_launch_template(**named, DefaultVersion=str(version["VersionNumber"]))

    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    out = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]}
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    held = next(each for each in profiles if each["Roles"] and each["InstanceProfileName"].endswith("-vm"))
    profile = {"InstanceProfileName": held["InstanceProfileName"]}

    def other_role() -> None:
        iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=policy())
        iam.remove_role_from_instance_profile(**profile, RoleName=held["Roles"][0]["RoleName"])
        iam.add_role_to_instance_profile(**profile, RoleName="theirs")

    each_is_found(
        bootstrap,
        [
            (
                "a rule",
                lambda: ec2.authorize_security_group_ingress(GroupId=own[0], IpPermissions=[rule]),
                "vm-security-group open-network",
            ),
            ("a rule for the way out", lambda: ec2.authorize_security_group_egress(GroupId=own[0], IpPermissions=[out]), ""),
            (
                "another group",
                lambda: ec2.modify_instance_attribute(InstanceId=which, Groups=[*own, theirs]),
                "vm open-network",
            ),
            (
                "older metadata",
                lambda: ec2.modify_instance_metadata_options(InstanceId=which, HttpTokens="optional"),
                "vm open-metadata",
            ),
            ("another role in the profile", other_role, "vm-profile new-role"),
            ("another profile", lambda: swap_profile(scope(), which), "vm new-role"),
            (
                "another group in Batch",
                lambda: batch.update_compute_environment(**environment, computeResources=with_theirs),
                "spot-environment open-network",
            ),
            (
                "fewer machines",
                lambda: batch.update_compute_environment(**environment, computeResources={"maxvCpus": 1}),
                "",
            ),
            ("a disabled queue", lambda: batch.update_job_queue(jobQueue="biomodal-duet-spot", state="DISABLED"), ""),
            ("a weaker template", weaker_template, "launch-template open-metadata"),
        ],
    )
