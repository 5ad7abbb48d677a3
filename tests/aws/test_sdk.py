"""The SDK's descriptions of services are read without AWS's texts, and with all else."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader

from bootstrap.aws.sdk import load_boto3, with_plain_models, without_documentation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        'says "so"',
        "ends with a backslash \\",
        '\\"',
        '"documentation":"inside"',
        '{"documentation": ""}',
        "a \u2013 b",
    ],
)
def test_only_the_documentation_is_emptied(text: str) -> None:
    around = {"pattern": text, "documentation": text, "members": {"documentation": {"shape": text}, "last": [text, "\\"]}}
    whole = {"documentation": text, "operations": {"One": around}}
    kept = {"documentation": "", "operations": {"One": {**around, "documentation": ""}}}
    for separators in ((",", ":"), (",", ": ")):
        written = json.dumps(whole, ensure_ascii=False, separators=separators).encode()
        assert json.loads(without_documentation(written)) == kept


@pytest.mark.parametrize("service", ["batch", "ec2", "iam", "s3", "sts"])
def test_what_calls_need_is_in_a_description_as_it_was(service: str) -> None:
    path = max((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
    text = gzip.decompress(path.read_bytes())
    assert json.loads(without_documentation(text)) == _emptied(json.loads(text))


@pytest.mark.parametrize("service", ["s3", "sts"])
def test_clients_see_each_shape_as_botocore_does(service: str) -> None:
    """Also what botocore adds from files of its own, such as the type of S3's `Expires`."""
    whole = Loader().load_service_model(service, "service-2")
    for _ in range(2):  # a second session shares what the first has read
        model = session()._session.get_service_model(service)
        assert {name: model.shape_for(name)._shape_model for name in model.shape_names} == {
            name: _emptied(shape) for name, shape in whole["shapes"].items()
        }


def test_the_endpoints_of_all_services_are_as_they_were() -> None:
    ours, whole = (each.load_data("endpoints") for each in (session()._session.get_component("data_loader"), Loader()))
    for partition, other in zip(ours["partitions"], whole["partitions"], strict=True):
        assert {name: partition["services"].get(name) for name in other["services"]} == other["services"]
        assert partition["services"].get("none", {}) == {}


def test_a_session_may_have_made_clients_before_and_is_prepared_once() -> None:
    used = load_boto3().Session(region_name="us-east-1")
    used.client("sts", aws_access_key_id="any", aws_secret_access_key="any")
    for _ in range(2_000):  # deeper than calls may be nested
        with_plain_models(used)
    clients = [used.client(name, aws_access_key_id="any", aws_secret_access_key="any") for name in ("sts", "iam")]
    assert [client.meta.service_model.service_name for client in clients] == ["sts", "iam"]


def session() -> Any:
    return with_plain_models(load_boto3().Session(region_name="us-east-1"))


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "" if key == "documentation" and isinstance(each, str) else _emptied(each) for key, each in value.items()
        }
    return [_emptied(each) for each in value] if isinstance(value, list) else value
