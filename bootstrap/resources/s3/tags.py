"""The tags of an existing bucket. Sources: S3 API reference PutBucketTagging, S3 Control API reference TagResource,
UntagResource; S3 user guide buckets-tagging-enable-abac.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import fallback_after
from bootstrap.core.cloud import Cloud
from bootstrap.resources import documents
from bootstrap.resources.iam import shared as iam

_REFUSED = (400, 405)
"""The statuses with which S3 refuses PutBucketTagging on a bucket with attribute-based access control (ABAC). The code is
not documented; if the tags themselves are wrong, TagResource refuses them too."""


def update(aws: Cloud, bucket: Mapping[str, str], arn: str, changed: Mapping[str, str | None]) -> None:
    """Sets these and the owner tags, and removes those that are None. PutBucketTagging replaces the whole set, so the tags
    of others are kept, and also AWS's own: S3 refuses a set without them. With ABAC, S3 accepts only single tags."""
    # Always with the owner tags: a new bucket may not show them yet, and must not lose them.
    tags = {**aws.owner.tags(), **changed}

    def replaced(answer: Any) -> documents.Write:
        return "put_bucket_tagging", {"Tagging": {"TagSet": _listed({**iam.tag_map(answer.get("TagSet", [])), **tags})}}

    try:
        documents.rewrite(aws, documents.TAGS, bucket, replaced)
    except ClientError as error:
        if (
            error.operation_name != "PutBucketTagging"
            or error.response["ResponseMetadata"]["HTTPStatusCode"] not in _REFUSED
        ):
            raise
        which = {"AccountId": aws.account.id, "ResourceArn": arn}
        with fallback_after(error):
            aws.call("s3control", "tag_resource", **which, Tags=_listed(tags))
            if removed := [key for key, value in changed.items() if value is None]:
                aws.call("s3control", "untag_resource", **which, TagKeys=removed)


def _listed(tags: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
