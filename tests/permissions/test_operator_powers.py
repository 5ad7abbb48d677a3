"""What whoever runs bootstrap can do with the policies for it."""

from bootstrap.permissions.actions import table
from bootstrap.permissions.operator_powers import OperatorPower, operator_powers

BUCKET = "arn:aws:s3:::acme"


def powers(*statements: dict[str, object]) -> dict[str, OperatorPower]:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
    return {each.text: each for each in operator_powers([document], table())}


def test_what_it_can_do_to_a_bucket_is_told_with_the_bucket() -> None:
    found = powers(
        {"Action": ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:GetBucketLocation"], "Resource": [BUCKET]},
        {"Action": ["s3:DeleteObject"], "Resource": [f"{BUCKET}/*"]},
    )
    assert [each.resources for text, each in found.items() if text.startswith("delete objects")] == [(f"{BUCKET}/*",)]
    assert [each.actions for text, each in found.items() if text.startswith("make a bucket")] == [("s3:PutBucketPolicy",)]
    assert [each.actions for text, each in found.items() if text.startswith("create or delete b")] == [("s3:DeleteBucket",)]
    assert len(found) == 3


def test_what_only_reads_or_has_no_effect_on_a_resource_is_none_of_it() -> None:
    assert powers({"Action": ["s3:GetBucketLocation"], "Resource": ["*"]}) == {}
    assert powers({"Action": ["iam:GetRole"], "Resource": ["arn:aws:iam::123456789012:role/acme"]}) == {}
    assert powers({"Action": ["s3:DeleteObject"], "Resource": [BUCKET]}) == {}  # AWS knows it on objects only


def test_whoever_may_read_any_role_sees_whom_it_trusts() -> None:
    found = powers(
        {"Action": ["iam:ListRoles"], "Resource": ["*"]},
        {"Action": ["iam:GetRole"], "Resource": ["arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/acme"]},
    )
    [(text, each)] = found.items()
    assert text == "read who may assume which role, also the external ids of other vendors"
    assert (each.actions, each.resources) == (("iam:ListRoles", "iam:GetRole"), ("*", "arn:aws:iam::123456789012:role/*"))
