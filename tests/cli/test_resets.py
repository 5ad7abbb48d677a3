"""Connections that a network resets after the server carried the call out: the SDK itself sends each call again."""

from collections import Counter
from collections.abc import Iterator

import boto3
import pytest
from botocore.retries.standard import ExponentialBackoff

from tests.cli.conftest import INPUTS, Bootstrap
from tests.support.moto_server import Resets, serving_moto

CALLED_ONCE = {"AllocateAddress"}
"""What must not be sent twice is looked for instead."""
EACH = {
    "upsolver-private-vpc": {
        "CreateRole",
        "PutRolePolicy",
        "AddRoleToInstanceProfile",
        "DeleteRole",
        "DeleteInstanceProfile",
    },
    "upsolver-data-access": {"CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"},
    "biomodal-duet": {
        "RunInstances",
        "CreateLaunchTemplate",
        "TerminateInstances",
        "createjobqueue",
        "deletecomputeenvironment",
    },
}
"""Some of the calls that lose their connection, by integration."""


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_moto(tmp_path_factory.mktemp("moto"), corrected=True) as url:
        yield url


@pytest.mark.parametrize("name", EACH)
def test_each_change_may_lose_its_connection(
    name: str, moto: str, in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
    line = f"--integration {name} {INPUTS[name]}"
    if name == "upsolver-data-access":
        boto3.client("s3", endpoint_url=moto, region_name="us-east-1").create_bucket(Bucket="raw-data")
    with Resets(moto) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        for command in (f"create {line} --yes --no-preflight", "status --detailed-exitcode", "destroy --yes --no-preflight"):
            ran = in_process(command)
            assert ran.code == 0, (command, ran.out, ran.err)
    assert set(Counter(network.reset) - Counter(network.again)) <= CALLED_ONCE
    assert EACH[name] <= set(network.reset)
