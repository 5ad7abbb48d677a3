"""The SDK's descriptions of services are read without AWS's texts, and with all else."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from bootstrap.aws.sdk import without_documentation


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


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "" if key == "documentation" and isinstance(each, str) else _emptied(each) for key, each in value.items()
        }
    return [_emptied(each) for each in value] if isinstance(value, list) else value
