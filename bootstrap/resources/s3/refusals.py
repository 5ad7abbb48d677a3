"""Why S3 would refuse to delete a bucket, or what is in it, looked for before the first object is deleted.

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
"""Versions of one page. Object Lock is a setting of each version, no list tells of it, and one call tells of one version."""
REPORT_INTERVAL = 10
"""Seconds between two lines on how many versions were looked at."""

_ABSENT = ("NoSuchBucket", "NoSuchKey", "NoSuchVersion")
_UNLOCKED = (*_ABSENT, "NoSuchObjectLockConfiguration")


def access_points(account: Account, name: str) -> Query:
    """No answer where the caller may not ask: S3 itself is asked for the bucket before the first object goes."""
    codes = (*_ABSENT, *NOT_OFFERED, *CODES)
    return Query("s3control", "list_access_points", {"AccountId": account.id, "Bucket": name}, codes)


def refusals(
    aws: Cloud, bucket: Mapping[str, str], versioning: Any, allowed: Any, points: Any, *, holds: bool
) -> tuple[Obstacle, ...]:
    """`versioning`, `allowed` and `points` are the answers to GetBucketVersioning, GetBucketPolicy and `access_points`;
    `holds` says whether there is any version or delete marker in it. What the caller may not ask stays unknown."""
    found = [
        *_reached(aws.account, bucket["Bucket"], points),
        *denials.obstacles(aws.account, bucket["Bucket"], allowed, holds=holds),
    ]
    if holds:
        found += [*_mfa_delete(bucket["Bucket"], versioning or {}), *_locks(aws, bucket, versioning or {})]
    return tuple(found)


def _reached(account: Account, name: str, answer: Any) -> Iterator[Obstacle]:
    points = sorted(item["Name"] for item in answer["AccessPointList"]) if answer else []
    if points:
        delete = account.aws("s3control", "delete-access-point", account_id=account.id, name=points[0])
        yield Obstacle(
            f"bucket {name} has access points, and S3 deletes no such bucket: {', '.join(points)}",
            f"Somebody reaches the bucket through them. If nobody needs one any more, delete it: {delete}",
        )


def _mfa_delete(name: str, versioning: Mapping[str, str]) -> Iterator[Obstacle]:
    if versioning.get("MFADelete") == "Enabled":
        yield Obstacle(
            f"bucket {name} has MFA delete on: only the root user, with its MFA device, may delete what is in it",
            "Have the root user switch it off (S3 user guide, MultiFactorAuthenticationDelete), then run the command again.",
        )


def _locks(aws: Cloud, bucket: Mapping[str, str], versioning: Mapping[str, str]) -> Iterator[Obstacle]:
    """What Object Lock keeps. A bypass of governance mode is never tried: somebody chose that these objects stay.

    Page after page until something is locked, as one version is enough to keep the bucket. While nothing allows to delete
    data, the first page is all: the data itself stops the delete then. What may not be read could be locked, where there can
    be locks at all: only in a bucket with versioning.
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
    looked, told = 0, time.monotonic()
    for versions, is_last in objects.versions(aws, bucket, PAGE):
        locked, denied = _locked(aws, bucket, versions)
        if locked:
            more = f" and {len(locked) - 3:,} more" if len(locked) > 3 else ""
            rest = "" if is_last else ", and maybe others: the search ended there"
            yield Obstacle(
                f"bucket {name}: Object Lock keeps {', '.join(locked[:3])}{more}{rest}",
                "Wait until those dates, or have whoever may lift the locks and legal holds; then run the command again.",
            )
            return
        if denied:
            yield _unknown(name, "s3:GetObjectRetention and s3:GetObjectLegalHold")
            return
        looked += len(versions)
        if is_last or DELETE_DATA not in aws.allowed:
            return
        if time.monotonic() > told + REPORT_INTERVAL:
            told = time.monotonic()
            aws.progress(f"looked at {looked:,} versions in {name} for object locks")
        if aws.stopping():
            raise AwsError(
                f"stopped while looking for object locks in {name}", "Run the same command again. Nothing was deleted."
            )


def _unknown(name: str, actions: str) -> Obstacle:
    return Obstacle(
        f"whether Object Lock keeps what is in bucket {name} may not be read",
        f"Ask for {actions} on it, and run the same command again: without that, a delete could fail halfway.",
    )


def _locked(aws: Cloud, bucket: Mapping[str, str], versions: Sequence[Mapping[str, str]]) -> tuple[list[str], bool]:
    """Those of the versions that are locked, with the reason, and whether something of them may not be asked.

    Asked side by side, and kept nowhere: there may be millions.
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
        denied, found = True, answers((*_UNLOCKED, *CODES))  # one form of lock may be shown where the other is not
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
