"""The documents of both VPC integrations, by what they mean.

What is made in AWS, in each variant, is held against all pages in `test_pages.py`.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.integrations import integration
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.s3.bucket import S3Bucket
from tests.support.inputs import DATA

ID = "external-id-7"
BOTH = ["upsolver-vpc", "upsolver-private-vpc"]
both = pytest.mark.parametrize("name", BOTH)
CHINA = Account(id="123456789012", partition="aws-cn", region="cn-north-1")

Grant = tuple[str, str, str, str]
"""Effect, action, on what (or: for whom), under which condition."""

ANYTHING = "{}"
SPOTINST = {
    "ec2:describesecuritygroups", "ec2:describeimages", "ec2:describeimageattribute", "iam:listpolicies",
    "iam:getpolicyversion", "iam:getpolicy", "iam:listroles", "iam:listinstanceprofiles",
    "iam:addroletoinstanceprofile", "iam:listinstanceprofilesforrole", "iam:listattachedrolepolicies",
    "iam:listaccountaliases",
}  # fmt: skip


def grants(*documents: Any) -> set[Grant]:
    """What documents allow, one by one: however it is divided into statements, the set is the same."""
    found = set()
    for document in documents:
        assert document["Version"] == "2012-10-17"
        for statement in document["Statement"]:
            assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
            tests = {
                operator: {key.lower(): sorted(listed(values)) for key, values in test.items()}
                for operator, test in statement.get("Condition", {}).items()
            }
            whom = {kind: sorted(listed(names)) for kind, names in statement.get("Principal", {}).items()}
            for action in listed(statement["Action"]):
                for place in listed(statement.get("Resource", json.dumps(whom))):
                    found.add((statement["Effect"], action.lower(), place, json.dumps(tests, sort_keys=True)))
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def graph(name: str, account: Account = EXAMPLE, **options: Any) -> Graph:
    found = Graph([account])
    from_inputs(integration(name), {"external_id": ID, "org_id": "acme", **options}).build(found)
    return found


def roles(found: Graph) -> dict[str, IamRole]:
    return {node.resource.label: node.resource for node in found.nodes.values() if isinstance(node.resource, IamRole)}


def attached(found: Graph) -> set[tuple[str, str]]:
    """Pairs of the role's address and the policy's ARN."""
    return {
        (node.resource.role, node.resource.policy_arn)
        for node in found.nodes.values()
        if isinstance(node.resource, IamRoleAttachment)
    }


def management(name: str, **options: Any) -> set[Grant]:
    found = roles(graph(name, **options))
    role = found["UpsolverRole" if name == "upsolver-vpc" else "UpsolverManagementRole"]
    return grants(role.inline_policies["upsolver-management"])


def server(name: str, **options: Any) -> set[Grant]:
    found = roles(graph(name, **options))
    role = found["UpsolverRole" if name == "upsolver-vpc" else "UpsolverServerRole"]
    return grants(*(document for key, document in role.inline_policies.items() if key != "upsolver-management"))


def trusts(name: str, **options: Any) -> set[Grant]:
    found = roles(graph(name, **options))
    return grants(found["UpsolverRole" if name == "upsolver-vpc" else "UpsolverManagementRole"].trust)


def unconditional(actions: Iterable[str]) -> set[Grant]:
    return {("Allow", action, "*", ANYTHING) for action in actions}


def test_hardened_it_passes_the_role_that_servers_get_whatever_its_name_and_path() -> None:
    found = graph("upsolver-private-vpc", harden=True, role_prefix="acme-", path="/vendors/")
    assert "acme-UpsolverServerRole" in roles(found)
    places = {place for _, action, place, _ in grants(*_inline(found)) if action == "iam:passrole"}
    assert places == {f"arn:aws:iam::{EXAMPLE.id}:role/vendors/acme-UpsolverServerRole"}


@both
def test_hardened_every_role_and_profile_that_is_named_can_be_taken_by_an_instance(name: str) -> None:
    """Of an ARN in the account, and not of a pattern: else the permission is of no use."""
    found = graph(name, harden=True)
    ready = {node.resource.label for node in found.nodes.values() if isinstance(node.resource, IamInstanceProfile)}
    ready &= {role.name for role in roles(found).values() if "ec2.amazonaws.com" in json.dumps(role.trust)}
    named = re.findall(rf"arn:aws:iam::{EXAMPLE.id}:(?:role|instance-profile)/([\w-]+)", json.dumps(_inline(found)))
    assert set(named) == ready
    assert bool(ready) == (name == "upsolver-private-vpc")


@both
def test_hardened_a_spot_server_can_be_tagged_later_only_by_its_profile(name: str) -> None:
    tagging = [condition for _, action, _, condition in management(name, harden=True) if action == "ec2:createtags"]
    profile = f"arn:aws:iam::{EXAMPLE.id}:instance-profile/UpsolverServerRole"
    later = [json.dumps({"ArnEquals": {"ec2:instanceprofile": [profile]}})] if name == "upsolver-private-vpc" else []
    assert [item for item in tagging if "createaction" not in item] == later


def _inline(found: Graph) -> list[Any]:
    return [document for role in roles(found).values() for document in role.inline_policies.values()]


@both
def test_without_spotinst_only_upsolver_is_trusted_and_what_only_spotinst_needs_is_left_out(name: str) -> None:
    assert management(name) - management(name, without_spotinst=True) == unconditional(SPOTINST)
    assert management(name, without_spotinst=True) < management(name)
    assert server(name, without_spotinst=True) == server(name)
    [(_, _, principal, _)] = trusts(name, without_spotinst=True)
    assert json.loads(principal) == {"AWS": ["arn:aws:iam::428641199958:role/upsolver-api"]}


@both
def test_without_athena_one_attachment_is_missing_and_nothing_else_differs(name: str) -> None:
    whole, without = graph(name), graph(name, without_athena=True)
    role = "@{role.name}" if name == "upsolver-vpc" else "@{server-role.name}"
    assert attached(whole) - attached(without) == {(role, "arn:aws:iam::aws:policy/AmazonAthenaFullAccess")}
    assert attached(without) < attached(whole)
    assert roles(whole) == roles(without)
    assert len(whole.nodes) == len(without.nodes) + 1


def test_in_upsolvers_vpc_one_role_has_both_managed_policies_of_the_page() -> None:
    assert attached(graph("upsolver-vpc")) == {
        ("@{role.name}", "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"),
        ("@{role.name}", "arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"),
    }
    assert list(roles(graph("upsolver-vpc"))) == ["UpsolverRole"]


def test_in_the_customers_vpc_each_role_has_the_managed_policies_of_the_page() -> None:
    assert attached(graph("upsolver-private-vpc")) == {
        ("@{management-role.name}", "arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"),
        ("@{server-role.name}", "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"),
        ("@{server-role.name}", "arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"),
    }


def test_the_management_role_reaches_no_data() -> None:
    found = graph("upsolver-private-vpc", read_bucket=["raw"], write_bucket=["out"])
    role = roles(found)["UpsolverManagementRole"]
    assert list(role.inline_policies) == ["upsolver-management"]
    services = {action.split(":")[0] for _, action, _, _ in grants(*role.inline_policies.values())}
    assert services == {"ec2", "cloudwatch", "iam", "sts"}
    assert "raw" not in json.dumps(role.properties())


def test_the_server_role_is_for_ec2_with_a_profile_of_its_name() -> None:
    found = graph("upsolver-private-vpc", role_prefix="acme-", path="/vendors/")
    role = roles(found)["acme-UpsolverServerRole"]
    assert grants(role.trust) == {("Allow", "sts:assumerole", '{"Service": ["ec2.amazonaws.com"]}', ANYTHING)}
    profile = found.nodes["server-profile"].resource
    assert isinstance(profile, IamInstanceProfile)
    assert (profile.name, profile.path, profile.role) == ("acme-UpsolverServerRole", "/vendors/", "@{server-role.name}")


@both
def test_in_china_the_vendors_principals_are_those_of_its_own_partition_and_no_role_can_trust_them(name: str) -> None:
    found = graph(name, CHINA)
    principals = [json.loads(whom)["AWS"] for whom in sorted({whom for _, _, whom, _ in grants(_trusting(found))})]
    assert principals == [["arn:aws:iam::428641199958:role/upsolver-api"], ["arn:aws:iam::922761411349:root"]]
    assert len(found.validate()) == 2


def _trusting(found: Graph) -> Any:
    """The trust policy of the role that the vendor takes."""
    return next(role.trust for role in roles(found).values() if "UpsolverServerRole" not in role.name)


@both
def test_the_bucket_is_private_and_named_after_region_and_organization(name: str) -> None:
    buckets = [node.resource for node in graph(name).nodes.values() if isinstance(node.resource, S3Bucket)]
    assert buckets == [S3Bucket(name="us-east-1-upsolver-acme")]
    assert buckets[0].block_public_access
    assert buckets[0].tls_only


@both
def test_a_bucket_that_is_there_is_used_and_not_made(name: str) -> None:
    found = graph(name, existing_bucket="s3://my-bucket/")
    assert not any(isinstance(node.resource, S3Bucket) for node in found.nodes.values())
    places = {place for _, action, place, _ in server(name, existing_bucket="my-bucket") if action == "s3:*"}
    assert places == {"arn:aws:s3:::my-bucket", "arn:aws:s3:::my-bucket/*"}


@both
def test_the_organizations_id_is_used_in_lower_case_as_buckets_must_be(name: str) -> None:
    assert server(name, org_id="ACME") == server(name, org_id="acme")


@both
def test_more_data_is_granted_to_the_servers_read_or_write_and_held_to_its_prefix(name: str) -> None:
    extra = server(name, read_bucket=["raw", "lake/events", "out"], write_bucket=["out", "logs/a/b"]) - server(name)
    held = {prefix: json.dumps({"StringLike": {"s3:prefix": [f"{prefix}/*"]}}) for prefix in ("events", "a/b")}
    reading, writing = ("s3:getobject", "s3:getobjectversion"), ("s3:putobject", "s3:deleteobject")
    assert extra == {
        *(
            ("Allow", "s3:getbucketlocation", f"arn:aws:s3:::{bucket}", ANYTHING)
            for bucket in ("raw", "lake", "out", "logs")
        ),
        *(("Allow", "s3:listbucket", f"arn:aws:s3:::{bucket}", ANYTHING) for bucket in ("raw", "out")),
        ("Allow", "s3:listbucket", "arn:aws:s3:::lake", held["events"]),
        ("Allow", "s3:listbucket", "arn:aws:s3:::logs", held["a/b"]),
        *(("Allow", action, "arn:aws:s3:::raw/*", ANYTHING) for action in reading),
        *(("Allow", action, "arn:aws:s3:::lake/events/*", ANYTHING) for action in reading),
        *(("Allow", action, "arn:aws:s3:::out/*", ANYTHING) for action in (*reading, *writing)),
        *(("Allow", action, "arn:aws:s3:::logs/a/b/*", ANYTHING) for action in (*reading, *writing)),
    }


@both
@pytest.mark.parametrize("access", ["read", "read-write"])
def test_the_same_inputs_grant_the_same_data_as_upsolver_data_access_does(name: str, access: str) -> None:
    data = {**{key: DATA[key] for key in ("bucket", "kinesis_stream", "glue_database", "kms_key")}, "access": access}
    whom = {"external_id": ID, "trusted_principal": "arn:aws:iam::111122223333:role/up"}
    alone = Graph([EXAMPLE])
    from_inputs(integration("upsolver-data-access"), {**whom, **data}).build(alone)
    policy = alone.nodes["policy"].resource.properties()["document"]
    assert server(name, **data) == server(name) | grants(policy)
    assert management("upsolver-private-vpc", **data) == management("upsolver-private-vpc")


@both
def test_more_data_than_a_role_takes_is_refused_before_the_first_call(name: str) -> None:
    problems = graph(name, write_bucket=[f"bucket-{number}" for number in range(300)]).validate()
    assert "10,240" in "; ".join(problems)


@both
def test_the_hand_over_has_all_that_upsolver_asks_for(name: str) -> None:
    found = Graph([EXAMPLE])
    values = from_inputs(integration(name), {"external_id": ID, "org_id": "acme"}).build(found).values
    expected = {"External id": ID, "Bucket": "us-east-1-upsolver-acme", "Region": "us-east-1"}
    if name == "upsolver-vpc":
        assert values == {"Role ARN": "@{role.arn}", **expected}
    else:
        assert values == {
            "Management role ARN": "@{management-role.arn}",
            "Server role ARN": "@{server-role.arn}",
            "Server instance profile ARN": "@{server-profile.arn}",
            **expected,
        }


@both
def test_where_sts_can_be_switched_off_the_hand_off_says_where(name: str) -> None:
    def later(region: str) -> str:
        graph = Graph([Account(id="123456789012", partition="aws", region=region)])
        return " ".join(from_inputs(integration(name), {"external_id": ID, "org_id": "acme"}).build(graph).later)

    assert "Security Token Service (STS), activate eu-west-1." in later("eu-west-1")
    assert "STS is active in me-south-1 as soon as an account has enabled the region" in later("me-south-1")
    assert "STS" not in later("us-east-1")
