"""Which statements of a bucket's policy S3 counts as public: it saves none of them where the bucket blocks public policies.

Source: S3 user guide access-control-block-public-access (the meaning of "public").
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.core import policy
from bootstrap.permissions.lint.finding import limits

_FIXED = {
    *("aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount"),
    *("aws:userid", "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourceorgid", "aws:sourceorgpaths", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}
"""With a fixed value for one of these keys, S3 does not count a statement for everybody as public."""


def is_public(statement: Mapping[str, Any]) -> bool:
    """Whether it admits everybody, without a fixed value of a key that says who."""
    [item] = policy.canonical({"Statement": [statement]})["Statement"]
    if item.get("Effect") != "Allow":
        return False
    everybody = "NotPrincipal" in item or "*" in item.get("Principal", {}).get("AWS", ())
    return everybody and not any(key in _FIXED for _, key, _ in limits(item))
