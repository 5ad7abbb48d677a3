"""What bootstrap says of AWS's managed policies is what AWS published, and nothing that is attached is missing."""

import gzip
import json
from importlib.metadata import version

import pytest

from bootstrap.permissions.managed_policies import managed_policy, source
from scripts.refresh_managed_policies import TARGET, content
from tests.integrations.test_contract import built
from tests.support.inputs import ALL


def test_the_file_is_what_the_script_writes() -> None:
    if source() == f"moto {version('moto')}":  # else a newer one is installed: run the script
        assert json.loads(gzip.decompress(TARGET.read_bytes())) == content()
    assert json.loads(gzip.decompress(TARGET.read_bytes()))["source"] == source()


@pytest.mark.parametrize("way", ALL)
def test_every_policy_of_aws_that_is_attached_is_explained(way: str) -> None:
    graph, _ = built(ALL[way])
    arns = [str(node.resource.properties().get("policy_arn", "")) for node in graph.nodes.values()]
    assert [arn for arn in arns if ":aws:policy/" in arn and not managed_policy(arn)] == []


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::aws:policy/AmazonAthenaFullAccess", "AmazonAthenaFullAccess"),
        ("arn:aws-us-gov:iam::aws:policy/AmazonAthenaFullAccess", "AmazonAthenaFullAccess"),
        (
            "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
            "AmazonEC2ContainerServiceforEC2Role",
        ),
        ("arn:aws:iam::123456789012:policy/AmazonAthenaFullAccess", ""),
        ("arn:aws:iam::aws:policy/NoneSuch", ""),
        ("*", ""),
    ],
)
def test_a_policy_is_found_by_its_arn_in_any_partition(arn: str, name: str) -> None:
    found = managed_policy(arn)
    assert (found.name if found else "") == name
    if found:
        assert found.version.startswith("v")
        assert found.document["Statement"]
