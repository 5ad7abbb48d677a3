"""Who owns a bucket that does not say so: one that may not be read, or that does not have our tags.

AWS puts the tags in CreateBucket on the new bucket, so a bucket without them belongs to somebody else, or they show late.
Emulators (moto, older LocalStack) ignore these tags, and show those of a deleted bucket of the same name; there the creation
date decides. A bucket that may not be read belongs to another account if the list of this account's buckets lacks it.
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
ALL = Query("s3", "list_buckets", {"MaxBuckets": PAGE})
_HEAD = "403"
"""The code of HeadBucket, whose answer has no body; all other calls say AccessDenied."""
_SECOND = timedelta(seconds=1)  # a date in a header has no fractions


def hidden(aws: Cloud, name: str, error: ClientError, queries: Sequence[Query], *, recorded: bool, created: bool) -> Live:
    """A bucket for which at least one of the queries was denied with this error.

    Raises the error when some of the queries were answered, because another account's bucket answers none, and when the
    record says that the bucket is ours and the list of buckets does not contradict it. A bucket that was just `created` may
    not be in that list yet. The caller reads a recorded bucket again while it is new (`Resource.is_visible`).
    """
    only_head = code_of(error) == _HEAD and not recorded
    denied = all(_is_denied(aws, query) for query in queries)
    if not only_head and not denied:
        raise error
    mine = is_listed(aws, name)
    if mine is False and denied and not created:  # an absent one has calls that say so
        return Live({}, {}, foreign=f"bucket {name} belongs to another account")
    if recorded:
        raise error
    found = denial_of(str(error.response["Error"].get("Message", "")))
    why = f"S3 does not show bucket {name} ({describe(found) if found else '403'})"
    what = "it belongs to this account" if mine else "it belongs to another account, or s3:ListBucket on it is missing"
    advice = "Ask for that permission, or choose another name."
    return Live({}, {}, unreadable=f"{why}: {what}", advice=advice, denial=found.as_json() if found else {})


def _is_denied(aws: Cloud, query: Query) -> bool:
    try:
        aws.read(query)
    except ClientError as error:
        return code_of(error) in CODES
    return False


def is_listed(aws: Cloud, name: str) -> bool | None:
    """Whether it is in the list of this account's buckets; None when the list may not be read."""
    answer = aws.read_if_allowed(Query("s3", "list_buckets", {"Prefix": name, "MaxBuckets": PAGE}))
    return None if answer is None else any(item["Name"] == name for item in answer.get("Buckets", []))


def created_at(aws: Cloud, name: str) -> float:
    """When it was created, in seconds since 1970; 0 when that may not be read. A later change may move it."""
    answer = aws.read_if_allowed(Query("s3", "list_buckets", {"Prefix": name, "MaxBuckets": PAGE})) or {}
    dates = [item["CreationDate"] for item in answer.get("Buckets", []) if item["Name"] == name and "CreationDate" in item]
    return dates[0].timestamp() if dates else 0


def number_of_buckets(aws: Cloud) -> int | None:
    """The number of buckets of the account in all regions; None when it may not be read."""
    answer = aws.read_if_allowed(ALL)
    return None if answer is None else len(answer.get("Buckets", []))


def was_created_by(aws: Cloud, name: str, answer: Mapping[str, Any], seconds: float) -> bool:
    """Whether the call with this answer, which took so many seconds, created the bucket. Only an emulator needs this: the
    bucket was absent a moment ago, its creation date is not before the call, and it is empty."""
    if aws.is_aws("s3"):
        return False
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    listed, objects = aws.read(
        Query("s3", "list_buckets"),
        Query("s3", "list_object_versions", {"Bucket": name, "MaxKeys": 1}, all_pages=False),
    )
    created = [item.get("CreationDate") for item in listed.get("Buckets", []) if item["Name"] == name]
    if not date or not created or not created[0] or objects.get("Versions") or objects.get("DeleteMarkers"):
        return False
    began = parsedate_to_datetime(date) - timedelta(seconds=seconds) - _SECOND
    return bool(created[0] >= began)


def existed_before(live: Live) -> bool:
    """Whether it has settings that no new bucket has: in us-east-1 S3 also answers 200 for a bucket that we already own."""
    has = live.properties
    encrypted = has["encryption"] not in (None, "AES256")
    return bool(has["versioning"] or has["lifecycle"] or has["tls_only"] or live.parts or encrypted)
