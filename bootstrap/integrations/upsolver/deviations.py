"""Where Upsolver's S3 page is too wide or says nothing, what bootstrap sends instead, and why."""

from bootstrap.core.deviation import Deviation
from bootstrap.integrations.existing.bucket_keys import PAGE as KMS_PAGE
from bootstrap.integrations.upsolver.grants import S3_PAGE

LISTING_HELD = Deviation(
    page="s3:ListBucket on the whole bucket (Upsolver's S3 page)",
    sent="the same; for NAME/PREFIX only below that prefix (s3:prefix)",
    why="Upsolver has no need to see the names of other objects",
    source=S3_PAGE,
    risk="low",
)

BUCKET_KEYS = Deviation(
    page="nothing on the KMS keys of buckets",
    sent="kms:Decrypt on the keys of the buckets that you name, which bootstrap looks up, and kms:GenerateDataKey to write, "
    "through S3 only",
    why="without the key, AWS denies every read and write there",
    source=KMS_PAGE,
    risk="none",
)
