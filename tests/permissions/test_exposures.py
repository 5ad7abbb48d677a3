"""What somebody could do beside what the reasons are about: each is tried with a statement that allows it, and one that
comes close to it and does not."""

from typing import Any

import pytest

from bootstrap.core.policy import Statement
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.actions import table
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.powers import powers_of
from bootstrap.permissions.review import review
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.role_grants import RoleGrants
from tests.permissions.test_cannot import BUCKET, ITSELF, role, says

WHOLE, BELOW = "arn:aws:s3:::acme", "arn:aws:s3:::acme/raw/*"
IN_PREFIX: dict[str, Any] = {"conditions": {"StringLike": {"s3:prefix": ["raw/*"]}}}
TAGGED: dict[str, Any] = {"conditions": {"StringLike": {"ec2:ResourceTag/Name": "*acme*"}}}


def said(*statements: Statement) -> list[tuple[str, str]]:
    return [(each.risk, each.text) for each in exposures((role(*statements),), table())]


ALLOWED: dict[str, tuple[str, tuple[Statement, ...], tuple[Statement, ...]]] = {
    "list the names of all objects in every bucket": (
        "medium",
        (says("s3:ListBucket"),),
        (says("s3:ListAllMyBuckets"), says("s3:ListBucket", **IN_PREFIX)),
    ),
    "list the names of all objects in acme, although its statements reach only those in acme/raw": (
        "low",
        (says("s3:ListBucket", on=(WHOLE,)), says("s3:GetObject", on=(BELOW,))),
        (says("s3:ListBucket", on=(WHOLE,), **IN_PREFIX), says("s3:GetObject", on=(BELOW,))),
    ),
    "older versions of objects in acme/raw, and deleted objects": (
        "low",
        (says("s3:GetObjectVersion", on=(BELOW,)),),
        (says("s3:GetObject", on=(BELOW,)), says("s3:*", on=BUCKET)),  # of its owner, that says nothing
    ),
    "read and write objects in every bucket with a name like results-*": (
        "medium",
        (says("s3:GetObject", "s3:PutObject", on=("arn:aws:s3:::results-*",)),),
        (says("s3:GetObject", "s3:PutObject", on=BUCKET),),
    ),
    "what watches the account, also what others made: cloudwatch:DeleteAlarms": (
        "medium",
        (says("cloudwatch:DeleteAlarms"),),
        (
            says("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricData"),
            says("cloudwatch:DeleteAlarms", on=("arn:aws:cloudwatch:us-east-1:123456789012:alarm:acme",)),
        ),
    ),
    "also what others made: logs:PutSubscriptionFilter, s3:PutBucketNotification": (  # the new feed replaces the old one
        "medium",
        (says("logs:PutSubscriptionFilter", "s3:PutBucketNotification"),),
        (says("logs:DescribeSubscriptionFilters"), says("s3:PutBucketNotification", on=BUCKET)),
    ),
    "change who may use everything in s3 with a name like results-*, whoever made it (s3:PutBucketPublicAccessBlock)": (
        "medium",
        (says("s3:PutBucketPublicAccessBlock", on=("arn:aws:s3:::results-*",)),),
        (
            says("s3:PutBucketPublicAccessBlock", "s3:PutObjectAcl", on=BUCKET),
            says("s3:GetBucketPublicAccessBlock", on=("arn:aws:s3:::results-*",)),
        ),
    ),
    "kinesis with a name like stream/acme_*, whoever made it (kinesis:DeleteResourcePolicy, kinesis:PutResourcePolicy)": (
        "medium",
        (says("kinesis:*", on=("arn:aws:kinesis:*:*:stream/acme_*",)),),
        (says("kinesis:*", on=("arn:aws:kinesis:*:*:stream/acme",)), says("kinesis:*")),  # all streams: another rule's
    ),
    "the data to which Lake Formation gives it access": (
        "medium",
        (says("lakeformation:GetDataAccess"),),
        (says("lakeformation:GetDataLakeSettings"), says("s3:Get*", on=BUCKET)),
    ),
    "may assume itself": ("low", (says("sts:AssumeRole", on=ITSELF),), (says("sts:AssumeRole", on=(ITSELF[0] + "Other",)),)),
    "attach volumes that no machine uses to other machines, and so read them (ec2:AttachVolume)": (
        "medium",
        (says("ec2:AttachVolume"),),
        (says("ec2:AttachVolume", on=("arn:aws:ec2:us-east-1:123456789012:volume/vol-1",)),),
    ),
}


@pytest.mark.parametrize("text", ALLOWED)
def test_it_is_found_where_a_statement_allows_it_and_nowhere_else(text: str) -> None:
    risk, allows, does_not = ALLOWED[text]
    assert [found for found, words in said(*allows) if text in words] == [risk]
    assert [words for _, words in said(*does_not) if text in words] == []


def test_what_the_statements_are_about_anyway_is_no_exposure() -> None:
    [(risk, text)] = said(says("s3:ListBucket", on=(WHOLE,)), says("s3:GetObject", on=BUCKET))
    assert (risk, "can read objects in acme: all that is there" in text) == ("low", True)
    assert said(says("s3:*", on=BUCKET)) == []  # an owner has older versions, too


def test_objects_that_can_be_lost_are_told_with_their_bucket() -> None:
    text = "anyone with the role Acme can overwrite and delete objects in acme: without versioning, they are lost"
    assert ("medium", text) in said(says("s3:PutObject", "s3:DeleteObject", on=BUCKET))
    assert [each for each in said(says("s3:PutObject", on=(BELOW,))) if each[0] == "medium"] == [
        ("medium", "anyone with the role Acme can overwrite objects in acme/raw: without versioning, they are lost")
    ]
    assert ("medium", "anyone with the role Acme can read the content of all objects (s3:GetObject)") in said(
        says("s3:GetObject")
    )


def test_a_tag_that_the_holder_sets_protects_no_volume() -> None:
    attach, tags = says("ec2:AttachVolume", **TAGGED), says("ec2:CreateTags")
    assert [text.partition("read them")[2] for _, text in said(attach)] == [
        ": those with the tag of the condition (ec2:AttachVolume)"
    ]
    [text] = [text for _, text in said(attach, tags) if "attach volumes" in text]
    assert "those with the tag of the condition, which it can set itself" in text
    limited = says("ec2:CreateTags", conditions={"StringEquals": {"ec2:CreateAction": "RunInstances"}})
    assert "which it can set itself" not in said(attach, limited)[0][1]


def test_whoever_may_detach_volumes_reads_those_of_machines_too() -> None:
    assert "volumes that no machine uses" in said(says("ec2:AttachVolume"))[0][1]
    assert "also those that it takes from machines" in said(says("ec2:AttachVolume", "ec2:DetachVolume"))[0][1]


def test_whom_the_policy_of_a_bucket_lets_in_is_named_as_such() -> None:
    admitted = says("s3:GetObjectVersion", on=(BELOW,), principals={"AWS": ("arn:aws:iam::111122223333:root",)})
    [found] = exposures((ReviewedRole(RoleGrants("bucket acme", [admitted]), (), ()),), table())
    assert found.text.startswith("whoever the policy of bucket acme lets in can read older versions")


def test_what_a_managed_policy_of_aws_allows_is_found_too() -> None:
    found = {each.text: each for each in review(integration("upsolver-private-vpc").example()).concerns}
    names = [each for text, each in found.items() if "names of all objects in every bucket" in text]
    assert [(each.risk, each.sids) for each in names] == [("medium", ("AmazonAthenaFullAccess",))]
    assert any("aws-athena-query-results-*" in text for text in found)
    assert any("cloudwatch:DeleteAlarms" in text for text in found)


def test_no_danger_is_told_twice() -> None:
    for name in integrations():
        texts = [each.text for each in review(integration(name).example()).concerns]
        assert len(texts) == len(set(texts)), name


def test_no_danger_says_that_only_names_of_buckets_are_seen_where_those_of_objects_are() -> None:
    for name in integrations():
        reviewed = review(integration(name).example())
        lists = powers_of(reviewed.roles, table()).named(("s3:ListBucket",), table())
        if any(power.everywhere for power in lists):
            assert [each.text for each in reviewed.concerns if each.text.endswith("names of all buckets")] == [], name
