"""The settings of a bucket: which value is stricter, and why S3 would refuse to change them.

Source: S3 API reference PutBucketOwnershipControls (InvalidBucketAclWithObjectOwnership), PutBucketVersioning
(InvalidBucketState); S3 user guide object-lock-managing, replication-requirements.
"""

from collections.abc import Iterator, Mapping

from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Opening
from bootstrap.core.strictness import Compared, Ranked, Strictness
from bootstrap.resources import quotas
from bootstrap.resources.s3 import bucket_owner, encryption, lifecycle

DIRECTIONS: Strictness = {
    "block_public_access": Ranked((False, True)),
    "ownership": Ranked(("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced")),
    "encryption": Compared(encryption.order),
    "versioning": Ranked((False, True)),
    "lifecycle": Compared(lifecycle.order),
    "tls_only": Ranked((False, True)),
}
OPENS = {
    "block_public_access": Opening("public-access", "S3 does not block public access to the bucket"),
    "ownership": Opening("public-access", "access control lists count again, by which anybody may be let in"),
    "tls_only": Opening("lost-denial", "nothing of ours denies requests without TLS"),
}

_READS = {
    "s3:GetBucketAcl": "ownership",
    "s3:GetBucketObjectLockConfiguration": "versioning",
    "s3:GetReplicationConfiguration": "versioning",
}
_WHY = "whether S3 would refuse the change"


_ALL = ("s3", "L-DC2B2D3D")
"""The quota of general purpose buckets: 10,000 by default, for all regions together."""
_MORE = "ask for more: Service Quotas console in the home region of the partition, Amazon S3, General purpose buckets ({})."
QUOTA = (
    *quotas.permissions(*_ALL, at_home=True),
    Permission("create", "s3:ListAllMyBuckets", "*", why="how many buckets the account has", optional=True),
)


def no_room(aws: Cloud, bucket: Resource) -> list[Obstacle]:
    """Whether the account may have no more buckets."""
    if aws.planned.changed_fields:
        return []
    aws.ask_ahead(bucket_owner.ALL)
    if (most := quotas.quota(aws, *_ALL, at_home=True)) is None:
        return []
    used = bucket_owner.number_of_buckets(aws)
    return quotas.no_room(aws, bucket, used, most, "S3 buckets", _MORE.format(_ALL[1]))


def permissions(bucket: str) -> tuple[Permission, ...]:
    return tuple(
        Permission("update", action, bucket, only_for=(field,), why=_WHY, optional=True) for action, field in _READS.items()
    )


def obstacles(aws: Cloud, bucket: Mapping[str, str], versioning: bool) -> Iterator[Obstacle]:
    """Why S3 would refuse to change the fields in `aws.planned.changed_fields`; `versioning` is the desired value. What may
    not be read stops nothing."""
    name = bucket["Bucket"]
    if "ownership" in aws.planned.changed_fields:
        found = aws.read_if_allowed(Query("s3", "get_bucket_acl", bucket)) or {"Grants": []}
        if others := [item for item in found["Grants"] if item["Grantee"].get("ID") != found["Owner"]["ID"]]:
            what = f"the ACL of bucket {name} gives others access ({len(others)} grants), so S3 does not turn ACLs off"
            advice = "Grant that access in the bucket's policy, remove it from the ACL, and run the same command again."
            yield Obstacle(what, advice)
    if "versioning" in aws.planned.changed_fields and not versioning:
        locks = Query("s3", "get_object_lock_configuration", bucket, ("ObjectLockConfigurationNotFoundError",))
        copies = Query("s3", "get_bucket_replication", bucket, ("ReplicationConfigurationNotFoundError",))
        for what, query in (("Object Lock", locks), ("replication", copies)):
            if aws.read_if_allowed(query):
                advice = "Omit --overwrite for this bucket: its versioning then stays on."
                yield Obstacle(f"bucket {name} has {what}, which needs versioning: S3 does not let it be suspended", advice)
