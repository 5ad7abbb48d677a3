"""The pages of Upsolver that `data_access.py` follows."""

CREDENTIALS_PAGE = (
    "https://docs.upsolver.com/content/how-to-guides-1/connectors/create-connections/role-based-aws-credentials"
)
S3_PAGE = "https://upsolver.gitbook.io/content/how-to-guides-1/connectors/configure-access/amazon-s3"
