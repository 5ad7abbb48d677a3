"""Buckets that exist already are examined before the first change, and what their KMS keys take is granted or said."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from bootstrap.contract.authorization import Operator
from tests.cli.conftest import INPUTS, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT
from tests.support.faults import DENIED
from tests.support.wire import Wire, error_answer

NAME = "acme-brought"
OWN = "123456789012"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1"
THEIR_KEY = KEY.replace(OWN, OTHER_ACCOUNT)
ALIAS = f"arn:aws:kms:us-east-1:{OWN}:alias/acme"
VIA = {"StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]}}
BOTH = ["kms:Decrypt", "kms:GenerateDataKey"]
USERS = {name: f"--integration {name} {INPUTS[name]}" for name in ("upsolver-vpc", "upsolver-private-vpc")} | {
    "biomodal-duet": "--integration biomodal-duet"
}
VPC, DUET = USERS["upsolver-vpc"], f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
ROLES = {
    "upsolver-vpc": ["UpsolverRole"],
    "upsolver-private-vpc": ["UpsolverServerRole"],
    "biomodal-duet": ["biomodal-duet-vm", "biomodal-duet-batch"],
}


def bring(scope: MakeScope, region: str = "us-east-1", name: str = NAME, **encryption: str) -> None:
    where: dict[str, Any] = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3 = scope(region).client("s3")
    s3.create_bucket(Bucket=name, **where)
    if encryption:
        rule = {"ApplyServerSideEncryptionByDefault": encryption}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})


def kms(key: str, algorithm: str = "aws:kms") -> dict[str, str]:
    return {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key}


def granted(scope: MakeScope, *roles: str) -> list[dict[str, Any]]:
    """The statements with actions of KMS in the roles' own policies, without their ids."""
    iam = scope().client("iam")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for role in roles
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    statements = [item for document in documents for item in document["Statement"] if "kms:" in str(item["Action"])]
    return [{key: value for key, value in item.items() if key not in ("Sid", "Effect")} for item in statements]


def about(printed: str, *words: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("Note: ") and all(word in line for word in words)]


@pytest.mark.parametrize("name", USERS)
def test_the_roles_get_the_key_of_a_bucket_and_the_policy_that_the_key_needs_can_be_pasted(
    name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    line = f"{USERS[name]} --existing-bucket {NAME}"
    for command in ("check", "plan", "create --yes", "create --yes"):
        with cloud.recorded() as calls:
            ran = bootstrap(f"{command} {line}")
        assert ran.code == 0, ran.err
        told, *persons = about(ran.err, KEY)
        if not command.endswith("--yes"):
            assert writes(calls) == []
    assert "No changes" in ran.err
    # Whoever sends nextflow.config into the bucket needs the key, too, and is none of the roles.
    assert ["Whoever sends" in each for each in persons] == ([True] if name == "biomodal-duet" else [])
    statement = json.loads(told[told.index("{") :])
    assert statement["Action"] == BOTH and statement["Principal"] == {"AWS": f"arn:aws:iam::{OWN}:root"}
    arns = [f"arn:aws:iam::{OWN}:role/{role}" for role in ROLES[name]]
    assert statement["Condition"] == {**VIA, "ArnEquals": {"aws:PrincipalArn": arns}}
    assert granted(scope, *ROLES[name]) == [{"Action": BOTH, "Resource": [KEY], "Condition": VIA}] * len(arns)
    assert json.dumps(statement) in bootstrap("outputs").out
    assert bootstrap("destroy --yes").code == 0


@pytest.mark.parametrize(
    ("encryption", "resource", "told"),
    [
        (kms(KEY, "aws:kms:dsse"), KEY, "The key's own policy must also allow that"),
        (kms("1"), KEY, "The key's own policy must also allow that"),
        (kms("alias/acme"), f"arn:aws:kms:us-east-1:{OWN}:key/*", "The key's own policy must also allow that"),
        (kms(ALIAS), f"arn:aws:kms:us-east-1:{OWN}:key/*", "The key's own policy must also allow that"),
        (kms(THEIR_KEY), THEIR_KEY, f"The key belongs to account {OTHER_ACCOUNT}, which must also allow that"),
        (kms(f"arn:aws:kms:us-east-1:{OWN}:alias/aws/s3"), "", ""),
        (kms("alias/aws/s3"), "", ""),
        ({"SSEAlgorithm": "aws:kms"}, "", ""),
        ({"SSEAlgorithm": "AES256"}, "", ""),
        ({}, "", ""),
    ],
)
def test_only_a_key_of_ones_own_is_granted_and_nothing_but_that_key(
    encryption: dict[str, str], resource: str, told: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bring(scope, **encryption)
    ran = bootstrap(f"create {VPC} --existing-bucket {NAME} --yes")
    found = granted(scope, "UpsolverRole")
    if not resource:
        assert (found, about(ran.err, "KMS")) == ([], [])
        return
    [note] = about(ran.err, "KMS key")
    assert told in note
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/acme"]}} if resource.endswith("*") else {}
    assert found == [{"Action": BOTH, "Resource": [resource], "Condition": {**VIA, **alias}}]


def test_what_is_only_read_takes_no_more_of_the_key_than_to_decrypt(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bring(scope, name="acme-refs", **kms(KEY))
    bring(scope, name="acme-out", **kms(THEIR_KEY))
    line = f"{VPC} --read-bucket acme-refs/a --write-bucket acme-out/b"
    assert bootstrap(f"create {line} --yes").code == 0
    reading = {"Action": ["kms:Decrypt"], "Resource": [KEY], "Condition": VIA}
    writing = {"Action": BOTH, "Resource": [THEIR_KEY], "Condition": VIA}
    assert granted(scope, "UpsolverRole") == [reading, writing]


def test_keys_follow_the_buckets_and_a_key_that_objects_may_still_have_stays(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope)
    bring(scope, name="acme-other", **kms(THEIR_KEY))
    assert bootstrap(f"create {VPC} --existing-bucket {NAME} --yes").code == 0
    assert granted(scope, "UpsolverRole") == []
    for key in (KEY, KEY + "2"):
        rule = {"ApplyServerSideEncryptionByDefault": kms(key)}
        configuration: Any = {"Rules": [rule]}
        scope().client("s3").put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration=configuration)
        assert bootstrap(f"create {VPC} --yes").code == 0
    [statement] = granted(scope, "UpsolverRole")
    assert statement["Resource"] == [KEY, KEY + "2"]
    cloud.trick("GetBucketEncryption", lambda call, carry: error_answer(call, *DENIED["s3"]))
    assert "No changes" in bootstrap(f"create {VPC} --yes").err
    assert bootstrap(f"create {VPC} --kms-key '' --yes").code == 0
    assert [item["Resource"] for item in granted(scope, "UpsolverRole")] == [[KEY + "2"]]
    assert bootstrap(f"create {VPC} --existing-bucket acme-other --yes").code == 0
    assert [item["Resource"] for item in granted(scope, "UpsolverRole")] == [[THEIR_KEY]]


@pytest.mark.parametrize("flag", ["--existing-bucket", "--read-bucket", "--write-bucket"])
def test_a_bucket_of_another_region_is_reported(flag: str, bootstrap: Bootstrap, scope: MakeScope) -> None:
    bring(scope, "eu-west-1")
    ran = bootstrap(f"plan {VPC} {flag} {NAME}")
    assert ran.code == 0
    assert about(ran.err, f"bucket {NAME} ({flag}) is in eu-west-1, but this deployment is in us-east-1", "charges")


def test_an_encryption_that_may_not_be_read_is_told_and_the_key_can_be_named(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    cloud.trick("GetBucketEncryption", lambda call, carry: error_answer(call, *DENIED["s3"]), times=4)
    ran = bootstrap(f"create {VPC} --existing-bucket {NAME} --yes")
    assert ran.code == 0
    assert len(about(ran.err, "you may not read how", "(s3:GetEncryptionConfiguration)", "--kms-key ARN")) == 1
    ran = bootstrap(f"create {VPC} --kms-key {NAME}={KEY} --yes")
    assert about(ran.err, "you may not read how") == []
    assert granted(scope, "UpsolverRole") == [{"Action": BOTH, "Resource": [KEY], "Condition": VIA}]


def test_the_printed_policy_lets_the_operator_examine_it_and_no_other_bucket(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, **kms(KEY))
    line = f"{VPC} --existing-bucket {NAME}"
    printed = bootstrap(f"permissions {line} --for create")
    document = json.loads(printed.out)
    operator = Operator({OWN: [document]})
    cloud.between = operator
    assert about(bootstrap(f"plan {line}").err, f"the KMS key {KEY}")
    of_buckets = {check.action for check in operator.made if check.arn == f"arn:aws:s3:::{NAME}"}
    assert of_buckets == {"s3:ListBucket", "s3:GetEncryptionConfiguration"}
    granted = [item for item in document["Statement"] if of_buckets & set(item["Action"])]
    assert [arn for item in granted for arn in item["Resource"]] == [f"arn:aws:s3:::{NAME}"]


# Buckets to read from


def read_by(scope: MakeScope, role: str) -> list[dict[str, Any]]:
    policy = scope().client("iam").get_role_policy(RoleName=role, PolicyName="duet-bucket")["PolicyDocument"]
    return [item for item in policy["Statement"] if re.search("ReadBucket|ReadObjects", item["Sid"])]


def test_pipelines_may_read_the_buckets_that_are_named_below_their_prefixes_and_change_nothing_there(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    for name in ("acme-refs", "acme-inputs"):
        bring(scope, name=name)
    ran = bootstrap(f"create {DUET} --read-bucket s3://acme-refs/hg38/ --read-bucket acme-inputs --yes")
    assert ran.code == 0, ran.err
    assert about(ran.err, "acme-") == []
    for role in ROLES["biomodal-duet"]:
        found = [(item["Action"], item["Resource"], item.get("Condition")) for item in read_by(scope, role)]
        held = {"StringLike": {"s3:prefix": ["hg38", "hg38/*"]}}
        objects = ["s3:GetObject", "s3:GetObjectTagging"]
        assert found == [
            (["s3:GetBucketLocation"], ["arn:aws:s3:::acme-refs"], None),
            (["s3:ListBucket"], ["arn:aws:s3:::acme-refs"], held),
            (objects, ["arn:aws:s3:::acme-refs/hg38/*"], None),
            (["s3:GetBucketLocation"], ["arn:aws:s3:::acme-inputs"], None),
            (["s3:ListBucket"], ["arn:aws:s3:::acme-inputs"], None),
            (objects, ["arn:aws:s3:::acme-inputs/*"], None),
        ]


def test_a_bucket_of_others_may_be_read_without_a_look_at_its_owner_or_key(bootstrap: Bootstrap, scope: MakeScope) -> None:
    """As moto has all buckets in one place, the owner of this one is changed there."""
    bring(scope, name="public-refs")
    owners = s3_backends.bucket_accounts
    owners["public-refs"] = ("aws", OTHER_ACCOUNT)
    with pytest.raises(ClientError):
        scope().client("s3").head_bucket(Bucket="public-refs", ExpectedBucketOwner=OWN)
    ran = bootstrap(f"create {DUET} --read-bucket public-refs --yes")
    assert ran.code == 0, ran.err
    [told] = about(ran.err, "public-refs")
    assert "belongs to another account. Unless it is public, its policy must let the roles in." in told
    assert len(read_by(scope, "biomodal-duet-vm")) == 3


READERS = {
    "upsolver-data-access": ("--bucket acme-theirs/raw", ["UpsolverDataAccessRole"]),
    "upsolver-vpc": ("--read-bucket acme-theirs", ["UpsolverRole"]),
    "biomodal-duet": ("--read-bucket acme-theirs/hg38", ["biomodal-duet-vm", "biomodal-duet-batch"]),
}


@pytest.mark.parametrize("name", READERS)
def test_the_owner_of_a_bucket_that_is_seen_to_be_another_accounts_gets_the_policy_for_it_in_a_file(
    name: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    flags, roles = READERS[name]
    bring(scope, name="acme-theirs")
    line = f"--integration {name} {INPUTS[name]} {flags}"
    assert bootstrap(f"create {line} --yes --write-handoff handoff").code == 0
    file = Path("handoff/bucket-policies.json")
    assert not file.exists()  # it is this account's
    s3_backends.bucket_accounts["acme-theirs"] = ("aws", OTHER_ACCOUNT)
    ran = bootstrap(f"create {line} --yes --write-handoff handoff")
    assert ran.code == 0, ran.err
    assert "Send bucket-policies.json to the owner of acme-theirs: " in ran.out
    assert "The hand-off contains what its owner must add to the policy (bucket-policies.json)." in ran.err
    [(bucket, policy)] = json.loads(file.read_text()).items()
    assert bucket == "acme-theirs"
    arns = [f"arn:aws:iam::{OWN}:role/{role}" for role in roles]
    assert all(item["Principal"] == {"AWS": arns} for item in policy["Statement"])
    scope().client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_a_bucket_of_another_account_in_another_region_is_refused_like_one_of_our_own(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bring(scope, "eu-west-1", name="acme-theirs")
    s3_backends.bucket_accounts["acme-theirs"] = ("aws", OTHER_ACCOUNT)
    ran = bootstrap(f"plan {USERS['biomodal-duet']} --existing-bucket acme-theirs --bucket-owner {OTHER_ACCOUNT}")
    assert ran.code == 1
    assert "--existing-bucket: acme-theirs is in eu-west-1, but the instances would be in us-east-1" in ran.err
    assert "Add --region eu-west-1, or name a bucket in us-east-1." in ran.err


def test_a_bucket_that_cannot_be_looked_at_is_told_and_stops_nothing(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, name="acme-refs")
    cloud.between = lambda call, carry: (
        error_answer(call, "AccessDenied", "Access Denied", 403)
        if call.service == "s3" and "acme-refs" in call.url
        else carry()
    )
    ran = bootstrap(f"create {DUET} --read-bucket acme-refs --yes")
    assert ran.code == 0, ran.err
    [told] = about(ran.err, "acme-refs")
    assert "requester pays" in told and "you lack s3:ListBucket" in told and "--kms-key ARN" in told
    assert told.endswith("and the hand-off contains a policy for its owner to add: --bucket-owner acme-refs=ACCOUNT")
    ran = bootstrap(f"create {DUET} --read-bucket acme-refs --bucket-owner acme-refs={OTHER_ACCOUNT} --yes")
    assert ran.code == 0, ran.err
    [told] = about(ran.err, "acme-refs")
    assert f"cannot be read (403), so whether it belongs to account {OTHER_ACCOUNT} is not known: " in told
    assert "The hand-off contains what its owner must add to its policy (bucket-policies.json)." in told
    assert f"Send bucket-policies.json to the owner of acme-refs (account {OTHER_ACCOUNT}): " in ran.out


@pytest.mark.parametrize("name", READERS)
def test_an_owner_that_the_account_shows_to_be_wrong_is_refused_before_anything_is_made(
    name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bring(scope, name="acme-theirs")
    line = f"create --integration {name} {INPUTS[name]} {READERS[name][0]} --yes"
    for owner, told in (
        (OTHER_ACCOUNT, f"acme-theirs belongs to this account ({OWN}), not to {OTHER_ACCOUNT}"),
        (OWN, f"{OWN}, given for acme-theirs, is this deployment's own account"),
    ):
        with cloud.recorded() as calls:
            ran = bootstrap(f"{line} --bucket-owner acme-theirs={owner}")
        assert (ran.code, writes(calls)) == (1, [])
        assert f"--bucket-owner: {told}" in ran.err
        assert "Omit it for buckets of your own account." in ran.err
    s3_backends.bucket_accounts["acme-theirs"] = ("aws", OTHER_ACCOUNT)
    with cloud.recorded() as calls:
        ran = bootstrap(f"{line} --bucket-owner acme-theirs=333333333333")
    assert (ran.code, writes(calls)) == (1, [])
    assert "--bucket-owner: acme-theirs does not belong to account 333333333333 (S3 denies a read" in ran.err
    assert "Ask whoever gave you the bucket for its account ID." in ran.err
    assert (
        bootstrap(f"{line.replace('create', 'plan').replace(' --yes', '')} --bucket-owner acme-theirs={OTHER_ACCOUNT}").code
        == 0
    )


MISSING: dict[str, tuple[str, str]] = {
    "upsolver-data-access": (f"{INPUTS['upsolver-data-access']} --bucket acme-typo/raw", "--bucket"),
    "upsolver-vpc": (f"{INPUTS['upsolver-vpc']} --write-bucket acme-typo", "--write-bucket"),
    "upsolver-private-vpc": (
        f"--external-id ext-1 --existing-bucket acme-typo --bucket-owner {OTHER_ACCOUNT}",
        "--existing-bucket",
    ),
    "biomodal-duet": (f"{INPUTS['biomodal-duet']} --read-bucket acme-typo/hg38", "--read-bucket"),
    "aspera-atc": ("--external-id ext-1 --bucket acme-typo/in", "--bucket"),
    "aspera-atc with a role": ("--external-id ext-1 --bucket acme-typo/in --existing-s3-role reader", "--bucket"),
}


def roles_of_aspera(scope: MakeScope) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    for name in ("atc-node", "reader"):
        scope().client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)


STATEMENT = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize("name", MISSING)
def test_a_bucket_that_does_not_exist_is_refused_before_anything_is_made(
    name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    roles_of_aspera(scope)
    given, flag = MISSING[name]
    line = f"create --integration {name.partition(' ')[0]} {given} --yes"
    with cloud.recorded() as calls:
        ran = bootstrap(line)
    assert ran.code == 1
    assert f"{flag}: there is no bucket acme-typo (and anyone could create one with that name)" in ran.err
    assert f"Name a bucket that exists, or omit {flag}." in ran.err
    assert writes(calls) == []
    assert "To create it first: aws s3 mb s3://acme-typo --region us-east-1" in ran.err
    bring(scope, name="acme-typo")
    own = line.replace(f" --bucket-owner {OTHER_ACCOUNT}", "")
    assert bootstrap(own.replace("create", "plan").replace(" --yes", "")).code == 0


def test_a_bucket_that_is_added_later_must_exist_too_and_one_that_went_stops_no_other_change(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    line = f"create --integration upsolver-data-access {INPUTS['upsolver-data-access']}"
    assert bootstrap(f"{line} --yes").code == 0
    assert bootstrap(f"{line} --bucket acme-typo --yes").code == 1
    scope().client("s3").delete_bucket(Bucket="raw-data")
    ran = bootstrap("create --integration upsolver-data-access --tag team=a --yes")
    assert ran.code == 0, ran.err
    assert about(ran.err, "--bucket: there is no bucket raw-data")


@pytest.mark.parametrize(
    ("name", "flags"),
    [("upsolver-vpc", "--read-bucket us-east-1-upsolver-acme"), ("biomodal-duet", "--read-bucket acme-duet/refs")],
)
def test_the_bucket_that_is_created_in_the_same_run_need_not_exist(name: str, flags: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"plan --integration {name} {INPUTS[name]} {flags}")
    assert ran.code == 0, ran.err
    assert about(ran.err, "there is no bucket") == []


# An integration that takes one key


def test_a_bucket_whose_key_is_not_named_is_told_with_what_to_add(bootstrap: Bootstrap, scope: MakeScope) -> None:
    line = f"--integration aspera-atc --external-id ext-1 --bucket {NAME}"
    trust = {"Version": "2012-10-17", "Statement": []}
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust))
    bring(scope, **kms(KEY))
    [told] = about(bootstrap(f"plan {line}").err, NAME)
    assert (
        f"bucket {NAME} (--bucket) encrypts with the KMS key {KEY}, which is not granted here: add --kms-key {KEY}" in told
    )
    ran = bootstrap(f"plan {line} --kms-key={KEY}")
    [told] = about(ran.err, KEY)
    assert json.loads(told[told.index("{") :])["Principal"] == {"AWS": f"arn:aws:iam::{OWN}:root"}
    rule = {"ApplyServerSideEncryptionByDefault": kms(ALIAS)}
    configuration: Any = {"Rules": [rule]}
    scope().client("s3").put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration=configuration)
    [told] = about(bootstrap(f"plan {line}").err, ALIAS)
    assert "To see it: aws kms describe-key" in told


def test_an_arn_of_another_partition_is_refused_wherever_an_input_has_it(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"plan {VPC} --read-bucket {NAME} --kms-key {NAME}={KEY.replace('arn:aws:', 'arn:aws-cn:')}")
    assert ran.code == 1
    assert "--kms-key: arn:aws-cn:kms:us-east-1:" in ran.err
