"""The table of AWS finds the mistakes that it is there for."""

from tests.support.iam_table import condition_keys, is_action, is_for_things, takes


def test_a_call_of_the_api_need_not_be_an_action() -> None:
    assert is_action("s3:ListBucket")
    assert not any(is_action(name) for name in ("s3:ListObjectsV2", "s3:HeadBucket", "s3:listbucket", "s4:ListBucket"))


def test_object_actions_do_not_take_buckets_and_bucket_actions_do_not_take_objects() -> None:
    assert takes("s3:GetObject", "arn:aws:s3:::b/*")
    assert not takes("s3:GetObject", "arn:aws:s3:::b")
    assert takes("s3:ListBucket", "arn:aws-cn:s3:::b")
    assert not takes("s3:ListBucket", "arn:aws:s3:::b/*")


def test_a_key_that_a_request_does_not_carry_is_not_among_its_keys() -> None:
    assert "iam:passedtoservice" in condition_keys("iam:PassRole")
    assert "aws:requesttag/*" in condition_keys("ec2:RunInstances")
    assert "aws:requesttag/*" not in condition_keys("ec2:TerminateInstances")


def test_some_actions_take_no_resource() -> None:
    assert is_for_things("batch:TerminateJob")
    assert not is_for_things("batch:ListJobs")
