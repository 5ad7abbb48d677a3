"""A bucket that the user brings is examined before the first change: what its use takes is said, and stops nothing."""

import json
from typing import Any

import pytest

from tests.authorization import Operator
from tests.cli.conftest import INPUTS, Bootstrap, writes
from tests.conftest import MakeScope
from tests.faults import DENIED
from tests.wire import Wire, error_answer

NAME = "acme-brought"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
USERS = {name: f"--integration {name} {INPUTS[name]}" for name in ("upsolver-vpc", "upsolver-private-vpc")} | {
    "biomodal-duet": "--integration biomodal-duet"
}


def bring(scope: MakeScope, region: str = "us-east-1", **encryption: str) -> None:
    where: dict[str, Any] = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3 = scope(region).client("s3")
    s3.create_bucket(Bucket=NAME, **where)
    if encryption:
        rule = {"ApplyServerSideEncryptionByDefault": encryption}
        s3.put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration={"Rules": [rule]})


def kms(key: str, algorithm: str = "aws:kms") -> dict[str, str]:
    return {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key}


@pytest.mark.parametrize("name", USERS)
def test_a_bucket_with_a_key_of_ones_own_says_what_the_roles_lack(
    name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    line = f"{USERS[name]} --existing-bucket {NAME}"
    for command in ("check", "plan", "create --dry-run"):
        with cloud.recorded() as calls:
            ran = bootstrap(f"{command} {line}")
        assert ran.code == 0, ran.err
        [told] = [text for text in ran.err.splitlines() if text.startswith("Warning: bucket")]
        assert f"with the KMS key {KEY}: the roles" in told
        assert "kms:GenerateDataKey and kms:Decrypt" in told and "policy of the key" in told
        assert writes(calls) == []


@pytest.mark.parametrize(
    ("encryption", "told"),
    [
        (kms(KEY, "aws:kms:dsse"), KEY),
        (kms("alias/acme"), "alias/acme"),
        (kms(KEY.replace("123456789012", "210987654321")), "the account that has the key must allow"),
        (kms("arn:aws:kms:us-east-1:123456789012:alias/aws/s3"), ""),
        ({"SSEAlgorithm": "aws:kms"}, ""),
        ({"SSEAlgorithm": "AES256"}, ""),
        ({}, ""),
    ],
)
def test_only_a_key_of_ones_own_needs_anything(
    encryption: dict[str, str], told: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bring(scope, **encryption)
    notes = bootstrap(f"plan {USERS['upsolver-vpc']} --existing-bucket {NAME} --json").objects
    found = [item["text"] for item in notes if item["type"] == "note" and "encrypts" in item["text"]]
    assert found == [] if not told else told in "".join(found)


def test_a_bucket_of_another_region_is_told(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bring(scope, "eu-west-1")
    ran = bootstrap(f"create {USERS['upsolver-vpc']} --existing-bucket {NAME} --yes")
    assert ran.code == 0
    assert f"Warning: bucket {NAME} is in eu-west-1, and this deployment is for us-east-1" in ran.err


def test_an_encryption_that_may_not_be_read_is_told_and_stops_nothing(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    cloud.trick("GetBucketEncryption", lambda call, carry: error_answer(call, *DENIED["s3"]), times=9)
    ran = bootstrap(f"create {USERS['upsolver-vpc']} --existing-bucket {NAME} --yes")
    assert ran.code == 0
    assert "may not be read (s3:GetEncryptionConfiguration)" in ran.err
    assert json.dumps(KEY) not in ran.err


def test_the_printed_policy_lets_the_operator_examine_it_and_no_other_bucket(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    line = f"{USERS['upsolver-vpc']} --existing-bucket {NAME}"
    printed = bootstrap(f"permissions {line} --for create")
    document = json.loads(printed.out)
    operator = Operator({"123456789012": [document]})
    cloud.between = operator
    assert f"with the KMS key {KEY}" in bootstrap(f"plan {line}").err
    of_buckets = {check.action for check in operator.made if check.arn == f"arn:aws:s3:::{NAME}"}
    assert of_buckets == {"s3:ListBucket", "s3:GetEncryptionConfiguration"}
    granted = [item for item in document["Statement"] if of_buckets & set(item["Action"])]
    assert [arn for item in granted for arn in item["Resource"]] == [f"arn:aws:s3:::{NAME}"]
