"""The tags of a bucket that is there. Sources: S3 API reference PutBucketTagging, S3 Control API reference TagResource,
UntagResource; S3 user guide buckets-tagging-enable-abac.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws_errors import gone
from bootstrap.core.difference import Difference
from bootstrap.resources import iam

_REFUSED = (400, 405)
"""With which status S3 refuses PutBucketTagging on a bucket with attribute-based access control (ABAC). It does not document
the code; what is wrong with the tags themselves TagResource refuses as well."""


def update(aws: Any, bucket: Mapping[str, str], arn: str, differences: Sequence[Difference]) -> None:
    """Makes the tag differences true. PutBucketTagging replaces the whole set, so what others put there is read and kept,
    and AWS's own tags too: S3 refuses a set without them. With ABAC, S3 takes single tags only."""
    if not differences:
        return
    answer: Mapping[str, Any] = {}
    with gone("NoSuchTagSet"):
        answer = aws.call("s3", "get_bucket_tagging", **bucket)
    changed = {str(item.key): item.after for item in differences}
    # The owner's too, always: a new bucket may not show its tags yet, and must not lose them for that.
    tags = {**iam.tag_map(answer.get("TagSet", [])), **aws.owner.tags(), **changed}
    try:
        aws.call("s3", "put_bucket_tagging", **bucket, Tagging={"TagSet": _listed(tags)})
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _REFUSED:
            raise
        which = {"AccountId": aws.account.id, "ResourceArn": arn}
        aws.call("s3control", "tag_resource", **which, Tags=_listed({**aws.owner.tags(), **changed}))
        if removed := [key for key, value in changed.items() if value is None]:
            aws.call("s3control", "untag_resource", **which, TagKeys=removed)


def _listed(tags: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
