"""A stack can import what create made: each resource by the identifier that AWS's schema of its type names."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from bootstrap.aws.scope import Scope
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.export.cloudformation import NAME
from bootstrap.export.cloudformation_import import IMPORT, RESOURCES, files
from bootstrap.export.exported import exported
from tests.conftest import MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import everything
from tests.support.networks import in_network

LIVED = ("upsolver-private-vpc", "upsolver-data-access", "estuary-s3")
"""What has among them each kind that is not a machine's, with tags."""


def written(wanted: Any, here: Scope, folder: Path) -> dict[str, Any]:
    deployment = Deployment(wanted, here, folder)
    deployment.create()
    return {
        name: json.loads(text)
        for name, text in files(exported(deployment.wanted, here.account, deployment.backend.load())).items()
    }


@pytest.mark.parametrize("name", LIVED)
def test_each_resource_is_found_by_its_identifier(name: str, scope: MakeScope, tmp_path: Path) -> None:
    here = scope()
    check(written(everything(name), here, tmp_path), here)


def test_each_machine_is_found_by_its_identifier(scope: MakeScope, tmp_path: Path) -> None:
    here = scope()
    for service in ("batch.amazonaws.com", "spot.amazonaws.com"):
        here.client("iam").create_service_linked_role(AWSServiceName=service)
    found = written(in_network(here, everything("biomodal-duet")), here, tmp_path)
    check(found, here)
    assert any(note.startswith("vm: write the id of its image") for note in found[IMPORT]["Metadata"]["BeforeImporting"])


def check(found: Mapping[str, Any], here: Scope) -> None:
    template, whole = found[IMPORT], found[NAME]
    imported = {each["LogicalResourceId"]: each for each in found[RESOURCES]}
    assert imported.keys() == template["Resources"].keys() == whole["Resources"].keys()
    for name, each in imported.items():
        kind, identifier = each["ResourceType"], each["ResourceIdentifier"]
        assert kind == template["Resources"][name]["Type"]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        assert {f"/properties/{word}" for word in identifier} == set(schema["primaryIdentifier"]), kind
        assert schema["handlers"].keys() >= {"read", "list"}, kind  # without them, a type cannot be imported
        assert LOOKS[kind](here, identifier), kind
    # An import changes nothing else: it has no outputs, and the update after it has the same resources.
    assert "Outputs" not in template
    kept = {note.partition(" keeps its tags")[0] for note in template["Metadata"].get("SideEffects", [])}
    assert {address(whole, name) for name in imported if not can_change_tags(imported[name]["ResourceType"])} <= kept
    assert {each["DeletionPolicy"] for each in template["Resources"].values()} == {"Retain"}
    assert {name: each["Properties"] for name, each in template["Resources"].items()} == {
        name: each["Properties"] for name, each in whole["Resources"].items()
    }
    assert whole["Outputs"]
    assert set(OWNER_TAGS) <= set(json.dumps(template).split('"'))
    assert [each.message for text in (template, whole) for each in lint(json.dumps(text), regions=["us-east-1"])] == []


def address(template: Mapping[str, Any], name: str) -> str:
    found: str = template["Resources"][name]["Metadata"]["Address"]
    return found


def can_change_tags(kind: str) -> bool:
    """Whether a stack can change the tags of a type in place. A bucket policy and an association have none."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    has_none = kind in ("AWS::S3::BucketPolicy", "AWS::EC2::EIPAssociation")
    listed = "Tags" in schema["properties"] or "TagSpecifications" in schema["properties"]
    fixed = "/properties/Tags" in schema.get("createOnlyProperties", [])
    updates = schema["tagging"].get("taggable", True) or "TagSpecifications" in schema["properties"]
    return has_none or (listed and updates and not fixed)


Look = Callable[[Scope, Mapping[str, str]], Any]
LOOKS: Mapping[str, Look] = {
    "AWS::Batch::ComputeEnvironment": lambda here, by: here.client("batch").describe_compute_environments(
        computeEnvironments=[by["ComputeEnvironmentArn"]]
    )["computeEnvironments"],
    "AWS::Batch::JobQueue": lambda here, by: here.client("batch").describe_job_queues(jobQueues=[by["JobQueueArn"]])[
        "jobQueues"
    ],
    "AWS::EC2::EIP": lambda here, by: here.client("ec2").describe_addresses(
        AllocationIds=[by["AllocationId"]], PublicIps=[by["PublicIp"]]
    )["Addresses"],
    "AWS::EC2::EIPAssociation": lambda here, by: here.client("ec2").describe_addresses(
        Filters=[{"Name": "association-id", "Values": [by["Id"]]}]
    )["Addresses"],
    "AWS::EC2::Instance": lambda here, by: here.client("ec2").describe_instances(InstanceIds=[by["InstanceId"]])[
        "Reservations"
    ],
    "AWS::EC2::KeyPair": lambda here, by: here.client("ec2").describe_key_pairs(KeyNames=[by["KeyName"]])["KeyPairs"],
    "AWS::EC2::LaunchTemplate": lambda here, by: here.client("ec2").describe_launch_templates(
        LaunchTemplateIds=[by["LaunchTemplateId"]]
    )["LaunchTemplates"],
    "AWS::EC2::SecurityGroup": lambda here, by: here.client("ec2").describe_security_groups(GroupIds=[by["Id"]])[
        "SecurityGroups"
    ],
    "AWS::IAM::Role": lambda here, by: here.client("iam").get_role(**by),
    "AWS::IAM::ManagedPolicy": lambda here, by: here.client("iam").get_policy(**by),
    "AWS::IAM::InstanceProfile": lambda here, by: here.client("iam").get_instance_profile(**by),
    "AWS::IAM::OIDCProvider": lambda here, by: here.client("iam").get_open_id_connect_provider(
        OpenIDConnectProviderArn=by["Arn"]
    ),
    "AWS::S3::Bucket": lambda here, by: here.client("s3").head_bucket(Bucket=by["BucketName"]),
    "AWS::S3::BucketPolicy": lambda here, by: here.client("s3").get_bucket_policy(**by),
}
"""Asks AWS for the resource that an identifier names."""
