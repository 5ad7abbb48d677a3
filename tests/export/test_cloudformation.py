"""The template makes what create makes, in whatever account and with whatever values it is used."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from bootstrap.aws.scope import Scope
from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Integration
from bootstrap.core.state import State
from bootstrap.errors import UsageError
from bootstrap.export.cloudformation import NAME, about_sizes, files, template
from bootstrap.export.exported import Exported, exported
from bootstrap.operations.export import remarks
from tests.conftest import MakeScope
from tests.support.comparing import inventory, is_exportable
from tests.support.deployments import Deployment
from tests.support.inputs import ALL, everything
from tests.support.networks import in_network, with_network
from tests.support.stacks import Stack

UNTAGGED: dict[str, Any] = {"tag": ()}
"""CloudFormation cannot tag all types."""
EXPORTABLE = {way: replace(wanted, **UNTAGGED) for way, wanted in ALL.items() if is_exportable(wanted)}
LIVED = {
    "upsolver-vpc": everything("upsolver-vpc"),
    "upsolver-private-vpc": EXPORTABLE["upsolver-private-vpc"],
    "upsolver-data-access": EXPORTABLE["upsolver-data-access"],
    "databricks-unity-catalog": EXPORTABLE["databricks-unity-catalog"],
    "estuary-s3": EXPORTABLE["estuary-s3"],
}
"""What has each kind, each form of a reference, the account and the region in it."""
LINTED = {*LIVED, "seqera", "biomodal-duet"}


def all_ways(*usual: str) -> list[Any]:
    """`make torture` takes those that are not usual, too."""
    return [way if way in usual else pytest.param(way, marks=pytest.mark.torture) for way in {**LIVED, **EXPORTABLE}]


def untag_network_interfaces(here: Scope) -> None:
    """A template cannot tag that of a machine, which a note says."""
    ec2 = here.client("ec2")
    for each in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        ec2.delete_tags(Resources=[each["NetworkInterfaceId"]], Tags=[{"Key": "Name"}])


def of(wanted: Integration) -> Exported:
    return exported(wanted, EXAMPLE)


@pytest.mark.parametrize("name", all_ways(*LIVED))
def test_a_stack_makes_what_create_makes(name: str, scope: MakeScope, tmp_path: Path) -> None:
    here = scope()
    deployment = Deployment({**EXPORTABLE, **LIVED}[name], here, tmp_path)
    before = inventory(here)
    deployment.create()
    untag_network_interfaces(here)
    made, handed_over = inventory(here), state_of(deployment).handoff["values"]
    deployment.destroy()
    assert inventory(here) == before
    stack = Stack(here, files(exported(deployment.wanted, here.account))[NAME])
    assert inventory(here) == made != before
    assert stack.outputs.keys() >= handed_over.keys()
    roles = [value for label, value in stack.outputs.items() if label.lower().endswith("role arn")]
    assert roles or name not in LIVED  # Datadog asks for the name
    assert all(value.startswith("arn:aws:iam::123456789012:role/") for value in roles)


def test_a_stack_makes_the_machines_that_create_makes(scope: MakeScope, tmp_path: Path) -> None:
    here = scope()
    for service in ("batch.amazonaws.com", "spot.amazonaws.com"):
        here.client("iam").create_service_linked_role(AWSServiceName=service)
    deployment = Deployment(in_network(here, everything("biomodal-duet"), tag=()), here, tmp_path)
    before = inventory(here)
    deployment.create()
    untag_network_interfaces(here)
    made, handed_over = inventory(here), state_of(deployment).handoff["values"]
    deployment.destroy()
    assert inventory(here) == before
    found = template(exported(deployment.wanted, here.account))
    stack = Stack(here, json.dumps(found))
    assert inventory(here) == made != before
    assert stack.outputs.keys() >= handed_over.keys()
    assert stack.outputs["Nextflow"] == "24.10.9 (installed when the VM first starts)"
    assert stack.outputs["VM"].startswith("i-")
    assert stack.outputs["Log in"] == f"ssh -i YOUR_PRIVATE_KEY 'ec2-user@{stack.outputs['Public address']}'"
    notes = found["Metadata"]
    assert [note.partition(",")[0] for note in notes["MustExist"] if "service-linked" in note] == [
        "service-linked role AWSServiceRoleForBatch",
        "service-linked role AWSServiceRoleForEC2Spot",
    ]
    assert any(note.startswith("vm: its network interface has no tags") for note in notes["SideEffects"])
    assert not any(found["Resources"][name].get("DeletionPolicy") for name in ("Vm", "OnDemandQueue"))


def test_the_network_is_a_parameter() -> None:
    wanted = with_network(everything("biomodal-duet"), "vpc-0123456789abcdef0", ("subnet-01234567", "subnet-12345678"))
    parameters = template(of(replace(wanted, **UNTAGGED)))["Parameters"]
    found = {name: each["Default"] for name, each in parameters.items()}
    network = {"Vpc": "vpc-0123456789abcdef0", "Subnet1": "subnet-01234567", "Subnet2": "subnet-12345678"}
    assert found == {"Bucket2": "acme-duet", **network}


def state_of(deployment: Deployment) -> State:
    state = deployment.backend.load()
    assert state is not None
    return state


def test_other_values_in_another_region_make_what_create_makes_with_them(scope: MakeScope, tmp_path: Path) -> None:
    written = files(of(LIVED["upsolver-private-vpc"]))[NAME]  # for an example account in us-east-1
    here = scope("eu-central-1")
    inputs: dict[str, Any] = {"external_id": "another/id", "org_id": "globex"}
    deployment = Deployment(replace(LIVED["upsolver-private-vpc"], **inputs), here, tmp_path)
    deployment.create()
    made = inventory(here)
    assert "eu-central-1-upsolver-globex" in made["buckets"]
    deployment.destroy()
    stack = Stack(here, written, {"ExternalId": "another/id", "OrgId": "globex"})
    assert inventory(here) == made
    assert (stack.outputs["External id"], stack.outputs["Region"]) == ("another/id", "eu-central-1")


@pytest.mark.parametrize("value", ["*", "${aws:username}", 'id", "*', "id\n", "x", "y" * 1225])
def test_a_parameter_takes_no_value_that_would_mean_more(value: str, scope: MakeScope) -> None:
    with pytest.raises(ValueError, match="must be letters, digits"):
        Stack(scope(), files(of(LIVED["upsolver-vpc"]))[NAME], {"ExternalId": value})


@pytest.mark.parametrize("way", all_ways(*LINTED))
def test_templates_pass_cfn_lint(way: str) -> None:
    """It knows each property of each type, and takes a second for a template."""
    assert lint(files(of(EXPORTABLE[way]))[NAME], regions=["us-east-1"]) == []


def test_each_statement_of_the_template_has_its_reason() -> None:
    for way, wanted in EXPORTABLE.items():
        for name, resource in template(of(wanted))["Resources"].items():
            if resource["Type"].startswith("AWS::IAM::") and (sids := set(sids_in(resource["Properties"]))):
                assert sids <= resource["Metadata"]["Why"].keys(), (way, name)
                assert all("https://" in why for why in resource["Metadata"]["Why"].values()), (way, name)


def sids_in(value: Any) -> Iterator[str]:
    match value:
        case {"Statement": statements}:
            yield from (each["Sid"] for each in statements)
        case dict():
            for each in value.values():
                yield from sids_in(each)
        case list():
            for each in value:
                yield from sids_in(each)


def test_deleting_a_stack_keeps_data() -> None:
    resources = template(of(LIVED["upsolver-vpc"]))["Resources"]
    assert {each["Type"] for each in resources.values() if each.get("DeletionPolicy") == "RetainExceptOnCreate"} == {
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
    }


def test_a_stack_says_that_it_needs_a_new_provider_and_keeps_it() -> None:
    found = template(of(LIVED["estuary-s3"]))
    provider = found["Resources"]["Provider"]
    assert (provider["DeletionPolicy"], provider["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/vendors/acme-EstuaryS3"
    assert provider["Properties"]["ClientIdList"] == [{"Fn::Sub": role}]
    [note] = found["Metadata"]["MustNotExist"]
    assert note.startswith("OIDC provider openid.estuary.dev/aws-us-east-1-c1.dp.estuary-data.com/: an account has one")


def test_what_cloudformation_would_lose_is_an_error() -> None:
    with pytest.raises(
        UsageError, match=r"cannot tag an instance profile \(server-profile\), so --tag team=data --tag cost=7"
    ):
        files(of(everything("upsolver-private-vpc")))


def test_a_policy_variable_stays_what_it_is(scope: MakeScope) -> None:
    wanted = of(LIVED["databricks-unity-catalog"])
    role = wanted.nodes["role"]
    inline = {"own": {"Version": "2012-10-17", "Statement": [{"Resource": "arn:@{here account}:${aws:username}/${!x}"}]}}
    changes: dict[str, Any] = {"inline_policies": inline}
    wanted.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    [content] = template(wanted)["Resources"]["Role"]["Properties"]["Policies"]
    [statement] = content["PolicyDocument"]["Statement"]
    assert statement == {"Resource": {"Fn::Sub": "arn:${AWS::AccountId}:${!aws:username}/${!!x}"}}


def of_role(**changes: Any) -> Exported:
    """With other properties of a role."""
    wanted = of(LIVED["databricks-unity-catalog"])
    role = wanted.nodes["role"]
    wanted.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    return wanted


def test_no_text_is_looked_up_in_the_account() -> None:
    """CloudFormation puts the value of a secret in place of {{resolve:secretsmanager:NAME}}, in whatever text it is."""
    with pytest.raises(UsageError, match=r"would look up what 'as \{\{resolve:secretsmanager:key\}\}' names"):
        files(of_role(description="as {{resolve:secretsmanager:key}}"))


@pytest.mark.parametrize("key", ["Ref", "Fn::GetAtt"])
def test_no_key_is_read_as_a_function(key: str) -> None:
    """Batch has tags as an object, whose keys are the user's."""
    wanted = of(with_tag(everything("biomodal-duet"), f"{key}=data"))
    no_tags: dict[str, Any] = {"tags": {}}
    for address, node in wanted.nodes.items():
        if node.resource.kind == "iam_instance_profile":  # a stack cannot tag it at all
            wanted.graph.nodes[address] = replace(node, resource=replace(node.resource, **no_tags))
    with pytest.raises(UsageError, match=f"would read the key {key} as one of its functions"):
        files(wanted)


def with_tag(wanted: Integration, tag: str) -> Integration:
    changes: dict[str, Any] = {"tag": (tag,)}
    return replace(wanted, **changes)


def test_a_template_keeps_to_the_limits() -> None:
    wanted = of_role()
    kind: Any = type("Long", (type(wanted.integration),), {"title": "é" * 1000})
    long = replace(wanted, integration=kind.example())
    assert template(long)["Description"] == "é" * 512
    many = replace(wanted, handoff=replace(wanted.handoff, values={f"Value {number}": "x" for number in range(201)}))
    with pytest.raises(UsageError, match="has 200 outputs at most, and it has 201"):
        files(many)
    long = replace(wanted, reasons=dict.fromkeys(wanted.reasons, "x" * 1_000_000))
    with pytest.raises(UsageError, match="has 1,048,576 bytes at most"):
        files(long)


def test_the_template_is_the_same_each_time() -> None:
    assert json.loads(files(of(LIVED["upsolver-vpc"]))[NAME]) == template(of(LIVED["upsolver-vpc"]))
    assert files(of(LIVED["upsolver-vpc"])) == files(of(LIVED["upsolver-vpc"]))


def test_a_template_for_which_a_call_has_no_room_comes_with_the_way_to_use_it() -> None:
    def sized(size: int) -> str:
        return json.dumps({"Resources": {}, "Metadata": ""}).replace('""', f'"{"m" * (size - 33)}"')

    assert list(about_sizes({"template.json": sized(51_200), "import.json": sized(51_200)})) == []
    files = {"template.json": sized(51_201), "import.json": sized(60_000), "resources.json": json.dumps(["r" * 60_000])}
    assert list(about_sizes(files)) == [
        "Note: template.json has 51,201 bytes, and CloudFormation takes more than 51,200 from a bucket: name one with "
        "--s3-bucket when you deploy it.",
        "Note: import.json has 60,000 bytes, and CloudFormation takes more than 51,200 from a bucket: upload it to one, and "
        "give create-change-set its --template-url instead of --template-body.",
    ]
    written = {"template.json": sized(51_201)}
    assert list(remarks("cloudformation", written, None, ())) == list(about_sizes(written))
    assert list(remarks("terraform", written, None, ())) == []
