"""State buckets of organizations: what they demand of each object is found out from the error, sent, and carried along."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.client import Aws
from tests.cli.conftest import VPC, Bootstrap
from tests.support.demanding import ALGORITHM, HEADER, Demanding, only
from tests.support.wire import Wire, error_answer

BUCKET = "acme-state"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0f6c2e7a-1111-2222-3333-444455556666"
CREATE = f"create {VPC} --yes --no-preflight --state"
RCP = (
    "User: arn:aws:iam::123456789012:user/me is not authorized to perform: s3:PutObject on resource: "
    f'"arn:aws:s3:::{BUCKET}/prod.json.lock" with an explicit deny in a resource control policy'
)
NOBODY = RCP.replace("with an explicit deny in a resource control", "because no identity-based").replace(
    "policy", "policy allows the s3:PutObject action"
)


@pytest.fixture(autouse=True)
def s3(cloud: Wire, connections: Callable[[str], Aws]) -> Any:
    client = connections("us-east-1").client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)  # which switches versions on
    return client


def ok(bootstrap: Bootstrap, line: str) -> str:
    ran = bootstrap(line)
    assert ran.code == 0, ran.err
    return ran.out + ran.err


@pytest.mark.parametrize("words", ["", RCP], ids=["bucket policy", "rcp"])
def test_a_bucket_that_demands_the_header_is_used_as_the_error_says(words: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.between = demanding = Demanding(ALGORITHM, words=words)
    ran = bootstrap(f"{CREATE} s3://{BUCKET}/prod.json")
    assert ran.code == 1
    assert demanding.met == 1
    assert cloud.names.count("iam.CreateRole") == 0
    [first, second] = [shlex.split(found)[1] for found in re.findall(r"(--state .*sse=.*)", ran.err)]
    assert (first, second) == (f"s3://{BUCKET}/prod.json?sse=AES256", f"s3://{BUCKET}/prod.json?sse=aws:kms")
    state = shlex.quote(first)
    ok(bootstrap, f"{CREATE} {state}")
    ok(bootstrap, f"status --detailed-exitcode --state {state}")
    ok(bootstrap, f"destroy --yes --no-preflight --state {state}")
    assert demanding.met == 1


def test_a_key_is_sent_with_state_and_lock_and_stands_in_the_commands_that_are_printed(
    bootstrap: Bootstrap, cloud: Wire, s3: Any
) -> None:
    cloud.between = Demanding(only(HEADER, "aws:kms"), only(f"{HEADER}-aws-kms-key-id", KEY))
    state = shlex.quote(f"s3://{BUCKET}/team/?kms-key={KEY}")
    cloud.trick("CreateRole", lambda call, carry: error_answer(call, "LimitExceeded", "no", 400))
    ran = bootstrap(f"{CREATE} {state}")
    assert ran.code == 1
    [back] = re.findall(r"To delete what was created, run: bootstrap (.*)", ran.err)
    assert f"?sse=aws:kms&kms-key={KEY}" in back or f"?kms-key={KEY}" in back
    stored = s3.head_object(Bucket=BUCKET, Key="team/upsolver-vpc.json")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", KEY)
    ok(bootstrap, f"{back} --yes")
    to = shlex.quote(f"s3://{BUCKET}/team/upsolver-vpc.json?sse=aws:kms&kms-key={KEY}")
    ok(bootstrap, f"{CREATE} {state}")
    ran = bootstrap(f"state migrate --state {state} --to {to} --yes")
    assert "is where it is already" in ran.err


def test_object_lock_takes_a_state_where_the_sdk_sends_checksums_only_when_they_are_required(
    bootstrap: Bootstrap, cloud: Wire, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=retention)
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    ok(bootstrap, f"{CREATE} s3://{BUCKET}/prod.json")
    ok(bootstrap, f"destroy --yes --no-preflight --state s3://{BUCKET}/prod.json")
    sent = [call.headers for call in cloud.calls if call.operation == "PutObject"]
    assert sent
    assert {headers.get("x-amz-sdk-checksum-algorithm") for headers in sent} == {"CRC32"}


def test_who_may_not_write_at_all_is_not_told_to_name_an_encryption(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("PutObject", "AccessDenied", NOBODY, status=403)
    ran = bootstrap(f"{CREATE} s3://{BUCKET}/prod.json")
    assert ran.code == 1
    assert "sse=" not in ran.err


def test_a_key_that_cannot_be_used_is_named(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("PutObject", "KMS.DisabledException", f"{KEY} is disabled.", status=400)
    ran = bootstrap(f"{CREATE} s3://{BUCKET}/prod.json")
    assert ran.code == 1
    assert "Check the key that kms-key in --state names" in ran.err


def test_the_operators_policy_has_what_the_key_takes(bootstrap: Bootstrap) -> None:
    state = shlex.quote(f"s3://{BUCKET}/prod.json?kms-key={KEY}")
    statements = bootstrap(f"permissions {VPC} --state {state}").json["Statement"]
    assert {action for item in statements for action in item["Action"] if KEY in item["Resource"]} == {
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    reading = bootstrap(f"permissions {VPC} --for status --state {state}").json["Statement"]
    assert [item["Action"] for item in reading if KEY in item["Resource"]] == [["kms:Decrypt"]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("?see=AES256", "has no option 'see'"),
        ("?sse=aes", "sse=aes is none of"),
        ("?sse=AES256&sse=AES256", "sse is given twice"),
        ("?kms-key=alias/x", "is not the ARN of a key"),
        ("?kms-key=arn:aws:kms:us-east-1:123456789012:key/*", "is not the ARN of a key"),
        (f"?sse=AES256&kms-key={KEY}", "sse=AES256 uses no KMS key"),
    ],
)
def test_an_option_that_is_none_is_refused(options: str, told: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"status --state {shlex.quote(f's3://{BUCKET}/prod.json{options}')}")
    assert ran.code == 64
    assert told in ran.err
    assert not list(Path().iterdir())
