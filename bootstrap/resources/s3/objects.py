"""Emptying a bucket: every version, every delete marker, every unfinished upload.

DeleteObjects answers 200 even when it deleted nothing: only its Errors list counts.
Source: S3 API reference DeleteObjects, ListObjectVersions, ListMultipartUploads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, ignore_missing
from bootstrap.aws.redaction import redacted
from bootstrap.core.cloud import Cloud
from bootstrap.core.flags import DELETE_DATA
from bootstrap.core.loss import Loss
from bootstrap.core.query import Query
from bootstrap.errors import AwsError, lines
from bootstrap.permissions.denial import CODES, Asked, Denial, advice, denial_of, describe

MOST_COUNTED = 10_000
"""Where a count of objects and versions stops: ten pages, which take about a second each."""
ROUNDS = 5
"""How many times to delete what others write in the meantime."""

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def any_in(answer: Any) -> bool:
    """Whether an answer to ListObjectVersions has any version or delete marker."""
    return bool(answer and (answer.get("Versions") or answer.get("DeleteMarkers")))


def counted(aws: Cloud, bucket: Mapping[str, str], page: Mapping[str, Any], *, all_pages: bool) -> tuple[Loss, ...]:
    """What the bucket holds: objects, versions and delete markers with their bytes. `page` is the first answer to
    ListObjectVersions. The next pages, up to `MOST_COUNTED`, are read only if a delete of data is allowed: else the count
    stops a plan that deletes nothing."""
    count = size = 0
    all_pages = all_pages and DELETE_DATA in aws.allowed
    while True:
        versions = page.get("Versions", [])
        count += len(versions) + len(page.get("DeleteMarkers", []))
        size += sum(item.get("Size", 0) for item in versions)
        more = bool(page.get("IsTruncated"))
        if not more or not all_pages or count >= MOST_COUNTED:
            break
        after = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}
        try:
            [page] = aws.read(Query("s3", "list_object_versions", {**bucket, **after}, all_pages=False))
        except ClientError:  # nobody needs the rest of a count
            break
    return (Loss("objects", bucket["Bucket"], count=count, more=more, bytes=size),)


def deleted(aws: Cloud, bucket: Mapping[str, str]) -> bool:
    """Deletes the bucket if it is empty. Returns whether it is gone."""
    with ignore_missing("NoSuchBucket"):
        try:
            aws.call("s3", "delete_bucket", **bucket)
        except ClientError as error:
            if code_of(error) != "BucketNotEmpty":
                raise
            return False
    return True


def empty(aws: Cloud, bucket: Mapping[str, str]) -> None:
    """Deletes everything. Raises AwsError that names the first objects that S3 did not delete (a lock, a legal hold, no
    permission)."""
    aws.client("s3").list_multipart_uploads(
        **bucket, MaxUploads=1, EncodingType="url"
    )  # needed at the end: fails now if it is denied
    deleted = 0
    for _ in range(ROUNDS):
        before = deleted
        for batch in _batches(aws, bucket):
            _delete(aws, bucket, batch)
            deleted += len(batch)
            number = "1 object" if deleted == 1 else f"{deleted:,} objects and versions"
            aws.progress(f"deleted {number} of {bucket['Bucket']}")
            if aws.stopping():
                raise AwsError(
                    f"stopped after {deleted:,} objects of {bucket['Bucket']}", "Run the same command again to go on."
                )
        if deleted == before:
            break
    _abort_uploads(aws, bucket)


def _batches(aws: Cloud, bucket: Mapping[str, str]) -> Iterator[list[dict[str, str]]]:
    """Page by page: a page has at most 1,000 entries, the limit of DeleteObjects."""
    client = aws.client("s3")
    for page in client.get_paginator("list_object_versions").paginate(**bucket):
        found = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if found:
            yield found


def versions(aws: Cloud, bucket: Mapping[str, str], page_size: int) -> Iterator[tuple[list[dict[str, str]], bool]]:
    """Page by page, the versions with data (no delete markers), and whether the page is the last one."""
    for page in (
        aws.client("s3").get_paginator("list_object_versions").paginate(**bucket, PaginationConfig={"PageSize": page_size})
    ):
        found = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in page.get("Versions", [])]
        yield found, not page.get("IsTruncated")


def _abort_uploads(aws: Cloud, bucket: Mapping[str, str]) -> None:
    """Requests URL-encoded keys, which the SDK handles by itself only for objects and versions."""
    client, marker = aws.client("s3"), dict[str, str]()
    while True:
        page = client.list_multipart_uploads(**bucket, **marker, EncodingType="url")
        decoded = unquote_plus if page.get("EncodingType") == "url" else str
        for upload in page.get("Uploads", []):
            with ignore_missing("NoSuchUpload"):
                aws.call("s3", "abort_multipart_upload", **bucket, Key=decoded(upload["Key"]), UploadId=upload["UploadId"])
        if not page.get("IsTruncated"):
            return
        marker = {"KeyMarker": decoded(page["NextKeyMarker"]), "UploadIdMarker": page["NextUploadIdMarker"]}


def _delete(aws: Cloud, bucket: Mapping[str, str], batch: list[dict[str, str]]) -> None:
    for item in batch:
        if _NOT_XML.search(item["Key"]):  # the XML of a batch cannot contain such a key
            aws.call("s3", "delete_object", **bucket, **item)
    listed = [item for item in batch if not _NOT_XML.search(item["Key"])]
    if not listed:
        return
    answer = aws.call("s3", "delete_objects", **bucket, Delete={"Objects": listed, "Quiet": True})
    failed = [error for error in answer.get("Errors", []) if error.get("Code") not in ("NoSuchKey", "NoSuchVersion")]
    if not failed:
        return
    first = redacted("; ".join(f"{error.get('Key')}: {error.get('Message') or error.get('Code')}" for error in failed[:3]))
    problem = f"S3 did not delete {len(failed)} objects of {bucket['Bucket']}: {first}"
    if denial := _denial(aws, bucket["Bucket"], failed):
        problem = problem if denial.action in problem else f"{problem} ({describe(denial)})"
        locked = (
            ""
            if denial.layer
            else "An object lock or a legal hold can also prevent this: lift it, and run the same command again."
        )
        raise AwsError(problem, lines(advice(denial), locked), "AccessDenied", denial.as_json())
    raise AwsError(
        problem,
        "An object lock, a legal hold or a missing permission prevents this. Resolve it, and run the same command again.",
        str(failed[0].get("Code")),
    )


def _denial(aws: Cloud, name: str, failed: Sequence[Mapping[str, str]]) -> Denial | None:
    """The denial among the entries, if any; for several objects, it names all objects in the bucket.

    An object lock answers with the same code, but is not about permissions.
    """
    denied = [each for each in failed if each.get("Code") in CODES and "object lock" not in each.get("Message", "")]
    if not denied:
        return None
    first, partition = denied[0], aws.account.partition
    call = {"Bucket": name, "Key": first.get("Key"), "VersionId": first.get("VersionId")}  # we only delete versions
    found = denial_of(first.get("Message", ""), asked=Asked("s3", "DeleteObject", partition, call))
    return replace(found, resource=f"arn:{partition}:s3:::{name}/*") if found and len(denied) > 1 else found
