"""Whose a bucket is that does not say so: one that may not be read, or that has not our tags.

AWS puts the tags of CreateBucket on what that makes, so there a bucket without them is somebody else's, or they show late.
Look-alikes (moto, older LocalStack) ignore them, and show those of a bucket of the same name that was deleted; what they
say of the bucket's beginning decides then.
A bucket that may not be read is another account's if the list of this account's buckets does not have it.
Sources: S3 API reference CreateBucket, ListBuckets (a CreationDate of AWS may change when the bucket is changed; accounts
with a quota above 10,000 must ask for pages).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Live
from bootstrap.core.query import Query
from bootstrap.permissions.denial import CODES, denial_of, describe

PAGE = 1_000
"""Buckets of one page of ListBuckets."""
_HEAD = "403"
"""What HeadBucket says, which has no words; all other calls say AccessDenied."""
_SECOND = timedelta(seconds=1)  # a date in a header has no fractions


def hidden(aws: Cloud, name: str, error: ClientError, queries: Sequence[Query], *, recorded: bool, made: bool) -> Live:
    """A bucket of which one of the queries at least was denied with this error.

    Raises the error where some of them were answered, as another account's bucket answers none, and where a record says that
    it was ours and the list of buckets does not deny that. What was just `made` may not be in that list yet; what is
    recorded is looked for again while it is young (`Resource.shows` is not content with a bucket of others).
    """
    only_head = code_of(error) == _HEAD and not recorded
    denied = all(_is_denied(aws, query) for query in queries)
    if not only_head and not denied:
        raise error
    mine = is_listed(aws, name)
    if mine is False and denied and not made:  # one that is not there has calls that say so
        return Live({}, {}, foreign=f"bucket {name} belongs to another account")
    if recorded:
        raise error
    found = denial_of(str(error.response["Error"].get("Message", "")))
    why = f"S3 does not show bucket {name} ({describe(found) if found else '403'})"
    what = "it is this account's" if mine else "it is another account's, or s3:ListBucket on it is missing"
    advice = "Ask for that permission, or take another name."
    return Live({}, {}, unreadable=f"{why}: {what}", advice=advice, denial=found.as_json() if found else {})


def _is_denied(aws: Cloud, query: Query) -> bool:
    try:
        aws.read(query)
    except ClientError as error:
        return code_of(error) in CODES
    return False


def is_listed(aws: Cloud, name: str) -> bool | None:
    """Whether it is among the buckets of this account; None where that may not be asked."""
    answer = aws.read_if_allowed(Query("s3", "list_buckets", {"Prefix": name, "MaxBuckets": PAGE}))
    return None if answer is None else any(item["Name"] == name for item in answer.get("Buckets", []))


def number_of_buckets(aws: Cloud) -> int | None:
    """Of the account, in all regions; None where that may not be asked."""
    answer = aws.read_if_allowed(Query("s3", "list_buckets", {"MaxBuckets": PAGE}))
    return None if answer is None else len(answer.get("Buckets", []))


def made_by(aws: Cloud, name: str, answer: Mapping[str, Any], seconds: float) -> bool:
    """Whether the call with this answer, which took so many seconds, made the bucket: at a look-alike, where it was not
    there a moment ago, began to exist since the call went out, and is empty."""
    if aws.is_aws("s3"):
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


def was_there(live: Live) -> bool:
    """Whether it has what no new bucket has: in us-east-1 S3 answers 200 also for one that we have already."""
    has = live.properties
    encrypted = has["encryption"] not in (None, "AES256")
    return bool(has["versioning"] or has["lifecycle"] or has["tls_only"] or live.parts or encrypted)
