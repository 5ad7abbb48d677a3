"""The permissions that Aspera's pages ask for, as statements. `atc.py` puts them into policies and trust policies."""

from collections.abc import Iterable

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement
from bootstrap.integrations.existing.buckets import place_statements

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
            why="The nodes of the cluster assume the role that reaches the buckets",
            source=CROSS_ACCOUNT_PAGE,
            who="the transfer cluster",
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
            why="Only the nodes of the cluster may assume the role, and only with the external id",
            source=CROSS_ACCOUNT_PAGE,
        ),
    )


def key_actions(allowed: Iterable[str]) -> tuple[str, ...]:
    """The KMS actions that the transfers in `allowed` need on the key that encrypts a bucket."""
    return tuple(f"kms:{action}" for action in sorted({action for each in allowed for action in _KEY_ACTIONS[each]}))


def data(account: Account, places: Iterable[str], allowed: Iterable[str], key: str | None) -> tuple[Statement, ...]:
    """What the transfers in `allowed` need in each place (NAME or NAME/PREFIX), and on the KMS `key`."""
    allowed = tuple(allowed)
    why = f"You allow: {', '.join(allowed)}"
    statements = list[Statement]()
    for number, place in enumerate(places, start=1):
        finding = sorted({action for each in allowed for action in _BUCKET_ACTIONS[each]} - {"ListBucket"})
        reaching = sorted({action for each in allowed for action in _OBJECT_ACTIONS[each]})
        sids = (f"FindBucket{number}", f"ListBucket{number}", f"Objects{number}")
        find, reach = (tuple(f"s3:{action}" for action in names) for names in (finding, reaching))
        of_place = (find, ("s3:ListBucket",), reach)
        statements += place_statements(account, place, sids, of_place, why, POLICY_PAGE, ("{}", "{}/*"))
    if key and (actions := key_actions(allowed)):
        why_key = "This key encrypts the buckets"
        statements.append(Statement(sid="UseKey", actions=actions, resources=(key,), why=why_key, source=KMS_PAGE))
    return tuple(statements)
