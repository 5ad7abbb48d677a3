"""The tags of a bucket that is there. Sources: S3 API reference PutBucketTagging, S3 Control API reference TagResource,
UntagResource; S3 user guide buckets-tagging-enable-abac.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import fallback_after
from bootstrap.core.cloud import Cloud
from bootstrap.resources import whole
from bootstrap.resources.iam import shared as iam

_REFUSED = (400, 405)
"""With which status S3 refuses PutBucketTagging on a bucket with attribute-based access control (ABAC). It does not document
the code; what is wrong with the tags themselves TagResource refuses as well."""


def update(aws: Cloud, bucket: Mapping[str, str], arn: str, changed: Mapping[str, str | None]) -> None:
    """Sets these and the owner's, and takes away those that are None. PutBucketTagging replaces the whole set, so what
    others put there is kept, and AWS's own tags too: S3 refuses a set without them. With ABAC, S3 takes single tags only."""
    # The owner's always: a new bucket may not show its tags yet, and must not lose them for that.
    tags = {**aws.owner.tags(), **changed}

    def together(answer: Any) -> whole.Write:
        return "put_bucket_tagging", {"Tagging": {"TagSet": _listed({**iam.tag_map(answer.get("TagSet", [])), **tags})}}

    try:
        whole.rewrite(aws, whole.TAGS, bucket, together)
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
