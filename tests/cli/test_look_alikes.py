"""The tool as it is on an emulator as it is: moto's own server, without our corrections."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.cli.conftest import INPUTS, Bootstrap
from tests.support.moto_server import serving_moto

UPSOLVER = [name for name in INPUTS if name.startswith("upsolver")]


@pytest.fixture(scope="module")
def plain_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_moto(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture
def look_alike(plain_moto: str, in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> Bootstrap:
    monkeypatch.setenv("AWS_ENDPOINT_URL", plain_moto)
    return in_process


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", config=Config(s3={"addressing_style": "path"}))


@pytest.mark.parametrize("name", UPSOLVER)
def test_an_integration_is_made_looked_at_and_taken_away(name: str, look_alike: Bootstrap) -> None:
    """In us-east-1, where only tags tell our bucket from another one of the account; moto ignores those of a create."""
    client("s3").create_bucket(Bucket="raw-data")  # the data of upsolver-data-access
    buckets, roles = client("s3").list_buckets()["Buckets"], client("iam").list_roles()["Roles"]
    for command in (
        f"create --integration {name} {INPUTS[name]} --yes",
        f"create --integration {name} --yes",
        "status --detailed-exitcode",
        "destroy --yes",
        f"create --integration {name} {INPUTS[name]} --yes",  # moto shows the tags of the bucket before
        "destroy --yes",
    ):
        ran = look_alike(command)
        assert ran.code == 0, (command, ran.out, ran.err)
    assert (client("s3").list_buckets()["Buckets"], client("iam").list_roles()["Roles"]) == (buckets, roles)


def test_a_bucket_that_was_there_before_is_not_taken_for_ours(look_alike: Bootstrap) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="us-east-1-upsolver-theirs")
    ran = look_alike("create --integration upsolver-vpc --external-id ext-1 --org-id theirs --yes")
    assert ran.code == 1
    assert "its name is taken by somebody else" in ran.out + ran.err
    s3.delete_bucket(Bucket="us-east-1-upsolver-theirs")


def test_a_policy_of_aws_that_an_emulator_does_not_have_is_a_warning(look_alike: Bootstrap) -> None:
    missing = "arn:aws:iam::aws:policy/NotHere"
    planned = look_alike(f"plan --integration upsolver-vpc {INPUTS['upsolver-vpc']} --permissions-boundary {missing}")
    assert planned.code == 0, planned.err
    assert (
        f"the permissions boundary {missing} does not exist. An emulator may have few of AWS's own policies." in planned.out
    )
