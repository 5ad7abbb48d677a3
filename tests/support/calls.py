"""How to sign for a sandbox: with its own access key id, and anything for the rest."""

from bootstrap import sandbox


def keys(server: sandbox.Server) -> dict[str, str]:
    """For boto3."""
    return {"aws_access_key_id": server.key_id, "aws_secret_access_key": "any", "region_name": "us-east-1"}


def signed(service: str, key_id: str, region: str = "us-east-1") -> dict[str, str]:
    """The header of a request for the service, by its signing name."""
    scope = f"{key_id}/20260101/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}
