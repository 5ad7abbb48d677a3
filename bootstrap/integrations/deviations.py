"""Deviations that several vendors share: what their pages do not say about a new bucket."""

from bootstrap.core.deviation import Deviation

BUCKET_KEPT = Deviation(
    page="nothing on the settings of a new bucket",
    sent="public access is blocked, ACLs are off, encryption is on, and a bucket policy denies requests without TLS",
    why="your data should be neither public nor sent unencrypted; nothing that the page grants needs that",
    source="S3 user guide, security-best-practices",
    risk="none",
)
