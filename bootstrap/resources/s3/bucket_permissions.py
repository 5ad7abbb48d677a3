"""The permissions that a bucket needs, from its creation to its deletion.

Source: service authorization reference, Amazon S3.
"""

from bootstrap.core.permission import REQUEST_TAGS, Condition, Permission, retagging
from bootstrap.resources.s3 import settings

_BUCKET = "arn:{partition}:s3:::{name}"
_OBJECTS = _BUCKET + "/*"
_WIDE = "whatever is in it"
_ABAC = "S3 accepts no PutBucketTagging where attribute-based access control (ABAC) is on"
_LOCKED = "nobody can delete what Object Lock protects"
_UPDATES = (
    ("PutBucketPublicAccessBlock", "block_public_access"),
    ("PutBucketOwnershipControls", "ownership"),
    ("PutBucketVersioning", "versioning"),
    ("GetBucketPolicy", "tls_only"),
    ("PutBucketPolicy", "tls_only"),
    ("DeleteBucketPolicy", "tls_only"),
    ("GetBucketTagging", "tags"),
    ("PutBucketTagging", "tags"),
    ("GetEncryptionConfiguration", "encryption"),
    ("PutEncryptionConfiguration", "encryption"),
    ("GetLifecycleConfiguration", "lifecycle"),
    ("PutLifecycleConfiguration", "lifecycle"),
)
"""The actions of updates, each with the field that it is for."""
_SENDS = (
    Condition("StringEquals", "s3:x-amz-object-ownership", ("{ownership}",)),
    Condition("StringEquals", "s3:LocationConstraint", ("{location}",)),
)
_SETTINGS = ("PublicAccessBlock", "OwnershipControls", "Versioning", "Policy", "Tagging")

PERMISSIONS: tuple[Permission, ...] = (
    Permission("bring", "s3:ListBucket", _BUCKET),
    Permission("read", "s3:ListBucket", _BUCKET),
    *(Permission("read", f"s3:GetBucket{name}", _BUCKET) for name in _SETTINGS),
    Permission("read", "s3:GetEncryptionConfiguration", _BUCKET),
    Permission("read", "s3:GetLifecycleConfiguration", _BUCKET),
    Permission("create", "s3:CreateBucket", _BUCKET, sends=(*REQUEST_TAGS, *_SENDS)),
    Permission(
        "create",
        "s3:TagResource",
        _BUCKET,
        why="S3 asks for it, as the owner tags go into CreateBucket",
        sends=REQUEST_TAGS,
    ),
    *(Permission("create", f"s3:GetBucket{name}", _BUCKET) for name in _SETTINGS),
    Permission("create", "s3:ListBucket", _BUCKET),
    Permission("create", "s3:GetEncryptionConfiguration", _BUCKET),
    Permission("create", "s3:GetLifecycleConfiguration", _BUCKET),
    # A new bucket blocks public access and encrypts by default, so neither is set.
    Permission("create", "s3:PutBucketOwnershipControls", _BUCKET, why="S3 asks for it where CreateBucket names an owner"),
    Permission("create", "s3:PutBucketVersioning", _BUCKET, only_for=("versioning",)),
    Permission("create", "s3:PutBucketPolicy", _BUCKET, only_for=("tls_only",)),
    Permission("create", "s3:PutLifecycleConfiguration", _BUCKET, only_for=("lifecycle",)),
    *(Permission("update", f"s3:{action}", _BUCKET, only_for=(name,)) for action, name in _UPDATES),
    *(each._replace(why=_ABAC, optional=True) for each in retagging("s3:TagResource", "s3:UntagResource", _BUCKET)),
    *settings.permissions(_BUCKET),
    *settings.QUOTA,
    Permission("delete", "s3:DeleteBucket", _BUCKET),
    Permission("delete", "s3:ListBucketVersions", _BUCKET),
    Permission("delete", "s3:ListBucketMultipartUploads", _BUCKET),
    Permission("delete", "s3:ListAccessPoints", "*", why="S3 deletes no bucket that has access points", optional=True),
    Permission("delete", "s3:GetBucketObjectLockConfiguration", _BUCKET, why=_LOCKED, optional=True),
    Permission("delete", "s3:GetObjectRetention", _OBJECTS, why=_LOCKED, wide=_WIDE, optional=True),
    Permission("delete", "s3:GetObjectLegalHold", _OBJECTS, why=_LOCKED, wide=_WIDE, optional=True),
    Permission("delete", "s3:DeleteObject", _OBJECTS, only_for=("delete-data",), wide=_WIDE),
    Permission("delete", "s3:DeleteObjectVersion", _OBJECTS, only_for=("delete-data",), wide=_WIDE),
    Permission("delete", "s3:AbortMultipartUpload", _OBJECTS, only_for=("delete-data",), wide=_WIDE),
)
