"""Amazon S3: buckets, and what is set on them."""
