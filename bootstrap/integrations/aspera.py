"""What Aspera's pages ask for, as statements; `aspera_atc.py` puts them into a policy and two trusts."""

from collections.abc import Iterable
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement

CROSS_ACCOUNT_PAGE = "https://download.asperasoft.com/download/docs/atcm/1.2.6/admin_aws/webhelp/dita/node_iam_role.html"
POLICY_PAGE = "https://download.asperasoft.com/download/docs/atcm/1.2.6/admin_aws/webhelp/dita/s3_policy.html"
ACCESS_KEY_PAGE = "https://download.asperasoft.com/download/docs/atcm/1.2.6/admin_aws/webhelp/dita/access_key.html"
KMS_PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"

TRANSFERS = ("upload", "download", "browse", "delete")

_BUCKET_ACTIONS = {
    "upload": ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads"),
    "download": ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads"),
    "browse": ("ListBucket", "ListBucketMultipartUploads"),
    "delete": ("ListBucket", "ListBucketMultipartUploads"),
}
_OBJECT_ACTIONS = {
    "upload": ("AbortMultipartUpload", "DeleteObject", "ListMultipartUploadParts", "PutObject"),
    "download": ("GetObject",),
    "browse": (),
    "delete": ("AbortMultipartUpload", "DeleteObject", "ListMultipartUploadParts"),
}
_KEY_ACTIONS = {"upload": ("Decrypt", "GenerateDataKey"), "download": ("Decrypt",), "browse": (), "delete": ()}


def assume(s3_role_arn: str) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="AssumeS3Role",
            actions=("sts:AssumeRole",),
            resources=(s3_role_arn,),
            why="The nodes of the cluster take the role that reaches the buckets",
            source=CROSS_ACCOUNT_PAGE,
        ),
    )


def trust(node_role_arn: str, external_id: str) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="AtcNode",
            actions=("sts:AssumeRole",),
            resources=(),
            principals={"AWS": (node_role_arn,)},
            conditions={"StringEquals": {"sts:ExternalId": external_id}},
            why="Only the nodes of the cluster, and only with the external id",
            source=CROSS_ACCOUNT_PAGE,
        ),
    )


def data(account: Account, places: Iterable[str], allowed: Iterable[str], key: str | None) -> tuple[Statement, ...]:
    """What the transfers in `allowed` need in each NAME or NAME/PREFIX, and with the KMS `key`."""
    allowed = tuple(allowed)
    why = f"You allow: {', '.join(allowed)}"
    statements = []
    for number, place in enumerate(places, start=1):
        name, _, prefix = place.partition("/")
        bucket = f"arn:{account.partition}:s3:::{name}"
        finding = sorted({action for each in allowed for action in _BUCKET_ACTIONS[each]} - {"ListBucket"})
        reaching = sorted({action for each in allowed for action in _OBJECT_ACTIONS[each]})
        held = {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}} if prefix else {}
        rows: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
            ("FindBucket", finding, bucket, {}),
            ("ListBucket", ["ListBucket"], bucket, held),
            ("Objects", reaching, f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*", {}),
        )
        statements += [
            Statement(
                sid=f"{sid}{number}",
                actions=tuple(f"s3:{action}" for action in actions),
                resources=(resource,),
                conditions=conditions,
                why=why,
                source=POLICY_PAGE,
            )
            for sid, actions, resource, conditions in rows
            if actions
        ]
    uses = sorted({action for each in allowed for action in _KEY_ACTIONS[each]}) if key else []
    if key and uses:
        actions = tuple(f"kms:{action}" for action in uses)
        why_key = "The key that encrypts the buckets"
        statements.append(Statement(sid="UseKey", actions=actions, resources=(key,), why=why_key, source=KMS_PAGE))
    return tuple(statements)
