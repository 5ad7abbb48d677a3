"""Why S3 would refuse to delete a bucket or its objects, checked before the first object is deleted.

Sources: S3 API reference DeleteBucket, ListAccessPoints, GetObjectRetention, GetObjectLegalHold; S3 user guide
object-lock, MultiFactorAuthenticationDelete, access-points-delete.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.flags import DELETE_DATA
from bootstrap.core.live import Obstacle
from bootstrap.core.query import Query
from bootstrap.errors import AwsError
from bootstrap.permissions.denial import CODES
from bootstrap.resources.s3 import denials, objects

PAGE = 1_000
"""Versions per page. Object Lock is a setting of each version; no list has it, and each call reads one version."""
PROGRESS_SECONDS = 10
"""Seconds between two progress lines."""

_ABSENT = ("NoSuchBucket", "NoSuchKey", "NoSuchVersion")
_UNLOCKED = (*_ABSENT, "NoSuchObjectLockConfiguration")


def access_points(account: Account, name: str) -> Query:
    """Without an answer when the caller may not read them: bootstrap tries to delete the bucket before the first object."""
    codes = (*_ABSENT, *NOT_OFFERED, *CODES)
    return Query("s3control", "list_access_points", {"AccountId": account.id, "Bucket": name}, codes)


def refusals(
    aws: Cloud, bucket: Mapping[str, str], versioning: Any, allowed: Any, points: Any, *, has_objects: bool
) -> tuple[Obstacle, ...]:
    """`versioning`, `allowed` and `points` are the answers to GetBucketVersioning, GetBucketPolicy and `access_points`;
    `has_objects` says whether it has any version or delete marker. What the caller may not read stays unknown."""
    found = [
        *_reached(aws.account, bucket["Bucket"], points),
        *denials.obstacles(aws.account, bucket["Bucket"], allowed, has_objects=has_objects),
    ]
    if has_objects:
        found += [*_mfa_delete(bucket["Bucket"], versioning or {}), *_locks(aws, bucket, versioning or {})]
    return tuple(found)


def _reached(account: Account, name: str, answer: Any) -> Iterator[Obstacle]:
    points = sorted(item["Name"] for item in answer["AccessPointList"]) if answer else []
    if points:
        delete = account.aws("s3control", "delete-access-point", account_id=account.id, name=points[0])
        yield Obstacle(
            f"bucket {name} has access points, and S3 does not delete such a bucket: {', '.join(points)}",
            f"Somebody may use the bucket through them. If nobody needs one any longer, delete it: {delete}",
        )


def _mfa_delete(name: str, versioning: Mapping[str, str]) -> Iterator[Obstacle]:
    if versioning.get("MFADelete") == "Enabled":
        yield Obstacle(
            f"bucket {name} has MFA delete on: only the root user, with its MFA device, may delete its objects",
            "Have the root user turn it off (S3 user guide, MultiFactorAuthenticationDelete), then run the command again.",
        )


def _locks(aws: Cloud, bucket: Mapping[str, str], versioning: Mapping[str, str]) -> Iterator[Obstacle]:
    """What Object Lock protects. Governance mode is never bypassed: somebody decided that these objects stay.

    Reads page after page until something is locked, because one locked version protects the bucket. Without permission to
    delete data, one page is enough: the data itself stops the delete. What may not be read could be locked, but only in a
    bucket with versioning.
    """
    name = bucket["Bucket"]
    if versioning.get("Status") != "Enabled":
        return
    absent = (*_ABSENT, "ObjectLockConfigurationNotFoundError", *NOT_OFFERED)
    try:
        [found] = aws.read(Query("s3", "get_object_lock_configuration", bucket, absent))
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        yield _unknown(name, "s3:GetBucketObjectLockConfiguration")
        return
    if not found or found["ObjectLockConfiguration"].get("ObjectLockEnabled") != "Enabled":
        return
    checked, reported = 0, time.monotonic()
    for versions, is_last in objects.versions(aws, bucket, PAGE):
        locked, denied = _locked(aws, bucket, versions)
        if locked:
            more = f" and {len(locked) - 3:,} more" if len(locked) > 3 else ""
            rest = "" if is_last else ", and possibly more: the search stopped there"
            yield Obstacle(
                f"bucket {name}: Object Lock protects {', '.join(locked[:3])}{more}{rest}",
                "Wait until those dates, or have the locks and legal holds lifted, then run the same command again.",
            )
            return
        if denied:
            yield _unknown(name, "s3:GetObjectRetention and s3:GetObjectLegalHold")
            return
        checked += len(versions)
        if is_last or DELETE_DATA not in aws.allowed:
            return
        if time.monotonic() > reported + PROGRESS_SECONDS:
            reported = time.monotonic()
            aws.progress(f"checked {checked:,} versions in {name} for object locks")
        if aws.stopping():
            raise AwsError(
                f"stopped while checking {name} for object locks", "Run the same command again. Nothing was deleted."
            )


def _unknown(name: str, actions: str) -> Obstacle:
    return Obstacle(
        f"you may not read whether Object Lock protects the objects in bucket {name}",
        f"Ask for {actions} on it, and run the same command again: without that, a delete could fail halfway.",
    )


def _locked(aws: Cloud, bucket: Mapping[str, str], versions: Sequence[Mapping[str, str]]) -> tuple[list[str], bool]:
    """The locked ones of the versions, each with the reason, and whether some locks may not be read.

    Reads in parallel and caches nothing: there may be millions.
    """
    asked = ("get_object_retention", "get_object_legal_hold")
    look = aws.fresh()

    def answers(absent: tuple[str, ...]) -> list[Any]:
        return list(look.read(*(Query("s3", what, {**bucket, **item}, absent) for item in versions for what in asked)))

    denied = False
    try:
        found = answers(_UNLOCKED)
    except ClientError as error:
        if code_of(error) not in CODES:
            raise
        denied, found = True, answers((*_UNLOCKED, *CODES))  # one form of lock may be readable when the other is not
    locked = [
        f"{item['Key']} {why}"
        for item, retention, hold in zip(versions, found[::2], found[1::2], strict=True)
        if (why := _lock(retention or {}, hold or {}))
    ]
    return locked, denied


def _lock(retention: Mapping[str, Any], hold: Mapping[str, Any]) -> str:
    if hold.get("LegalHold", {}).get("Status") == "ON":
        return "(legal hold)"
    until = retention.get("Retention", {}).get("RetainUntilDate")
    if isinstance(until, datetime) and until > datetime.now(UTC):
        return f"({retention['Retention'].get('Mode', 'locked').lower()} mode, until {until:%Y-%m-%d %H:%M} UTC)"
    return ""
