"""What the vendors' pages leave open about the buckets that are made for them."""

from bootstrap.core.integration import Deviation

BUCKET_KEPT = Deviation(
    page="nothing on how a new bucket is kept",
    sent="public access blocked, no ACLs, encryption, and a bucket policy that denies requests without TLS",
    why="data of yours should not be public or travel in the clear; nothing that the page grants needs either",
    source="S3 user guide, security-best-practices",
)
