"""The same for machines and what they are started from."""

import base64
from typing import Any

from bootstrap.contract.vandalism import take_profile
from tests.cli.conftest import INPUTS, Bootstrap
from tests.cli.test_opened_by_hand import each_is_found
from tests.cli.test_security_status import policy
from tests.conftest import MakeScope


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

    def new_version(**changed: Any) -> str:
        """Another default version of the template."""
        [live] = ec2.describe_launch_template_versions(**named, Versions=["$Default"])["LaunchTemplateVersions"]
        data = {**live["LaunchTemplateData"], **changed}
        version = ec2.create_launch_template_version(**named, LaunchTemplateData=data)["LaunchTemplateVersion"]
        ec2.modify_launch_template(**named, DefaultVersion=str(version["VersionNumber"]))
        return str(version["VersionNumber"])

    def other_profile() -> None:
        iam.create_instance_profile(InstanceProfileName="Theirs")
        ec2.associate_iam_instance_profile(InstanceId=which, IamInstanceProfile={"Name": "Theirs"})

    def in_batch(**changed: Any) -> Any:
        return batch.update_compute_environment(**environment, computeResources=changed)

    def other_template() -> None:
        there = ec2.create_launch_template(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": "ami-1"})
        in_batch(launchTemplate={"launchTemplateId": there["LaunchTemplate"]["LaunchTemplateId"], "version": "1"})

    def other_environment() -> None:
        [queue] = batch.describe_job_queues(jobQueues=["biomodal-duet-spot"])["jobQueues"]
        arn = batch.describe_compute_environments(computeEnvironments=["biomodal-duet-on-demand"])["computeEnvironments"][0]
        added = {"order": 9, "computeEnvironment": arn["computeEnvironmentArn"]}
        batch.update_job_queue(
            jobQueue="biomodal-duet-spot", computeEnvironmentOrder=[*queue["computeEnvironmentOrder"], added]
        )

    script = base64.b64encode(b"MIME-Version: 1.0\n\n#!/bin/sh\ncurl https://example.com").decode()
    weak = {"HttpTokens": "optional"}
    from_us = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": theirs}]}
    from_anywhere = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    from_list = {
        "IpProtocol": "udp",
        "FromPort": 53,
        "ToPort": 53,
        "PrefixListIds": [{"PrefixListId": "pl-0123456789abcdef0"}],
    }

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
            *(
                (
                    words,
                    lambda each=rule: ec2.authorize_security_group_ingress(GroupId=own[0], IpPermissions=[each]),
                    "vm-security-group open-network",
                )
                for words, rule in (("a group", from_us), ("IPv6", from_anywhere), ("a list", from_list))
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
            ("no profile", lambda: take_profile(ec2, which), ""),
            ("another profile", other_profile, "vm new-role"),
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
            (
                "a weaker template",
                lambda: new_version(MetadataOptions=weak),
                "launch-template open-metadata",
            ),
            ("labels in the template", lambda: new_version(TagSpecifications=[]), ""),
            ("a script in the template", lambda: new_version(UserData=script), "launch-template other-code"),
            ("another template in Batch", other_template, "spot-environment other-code"),
            ("another environment", other_environment, "spot-queue new-role"),
            ("jobs that wait", lambda: batch.update_job_queue(jobQueue="biomodal-duet-spot", priority=0), ""),
        ],
    )
