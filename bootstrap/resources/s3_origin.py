"""Whether a bucket that has not our tags was made by our call all the same.

AWS puts the tags of CreateBucket on what that makes, so there a bucket without them is somebody else's, or they show late.
Look-alikes (moto, older LocalStack) ignore them, and show those of a bucket of the same name that was deleted; what they
say of the bucket's beginning decides then.
Source: S3 API reference CreateBucket, ListBuckets (a CreationDate of AWS may change when the bucket is changed).
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bootstrap.aws import is_of_aws
from bootstrap.core.query import Query

_SECOND = timedelta(seconds=1)  # a date in a header has no fractions


def made_by(aws: Any, name: str, answer: Mapping[str, Any], seconds: float) -> bool:
    """Whether the call with this answer, which took so many seconds, made the bucket: at a look-alike, where it was not
    there a moment ago, began to exist since the call went out, and is empty."""
    if is_of_aws(aws.client("s3").meta.endpoint_url):
        return False
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    listed, objects = aws.read(
        Query("s3", "list_buckets"),
        Query("s3", "list_object_versions", {"Bucket": name, "MaxKeys": 1}, all_pages=False),
    )
    born = [item.get("CreationDate") for item in listed.get("Buckets", []) if item["Name"] == name]
    if not date or not born or not born[0] or objects.get("Versions") or objects.get("DeleteMarkers"):
        return False
    began = parsedate_to_datetime(date) - timedelta(seconds=seconds) - _SECOND
    return bool(born[0] >= began)
