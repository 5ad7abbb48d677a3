"""What to enter in the Cluster Manager, and how to check whether it works."""

from typing import Protocol

from bootstrap.core.account import Account
from bootstrap.core.integration import Handoff, own
from bootstrap.core.partitions import DOMAINS
from bootstrap.core.role_chain import LIMITS, Hop
from bootstrap.integrations.existing import sts
from bootstrap.integrations.existing.bucket_policies import OwnersPart


class Access(Protocol):
    """The inputs of `aspera-atc` that the hand-off shows."""

    @property
    def bucket(self) -> tuple[str, ...]: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def kms_key(self) -> str | None: ...


def handoff(access: Access, s3: Account, node: Hop, s3_role_arn: str, owners: OwnersPart) -> Handoff:
    """`s3` is the account of the buckets, `node` the hop to the role of the cluster's nodes, `owners` what owners of buckets
    get."""
    external_id = access.external_id or ""
    name, _, prefix = access.bucket[0].partition("/")
    # S3's global endpoint finds no bucket in an opt-in region (S3 user guide, VirtualHosting: 400 Bad Request).
    is_global = s3.partition == "aws" and not sts.is_opt_in(s3.region)
    endpoint = "s3.amazonaws.com" if is_global else f"s3.{s3.region}.{DOMAINS.get(s3.partition, 'amazonaws.com')}"
    others = f"Create an access key for each bucket; the others are: {', '.join(access.bucket[1:])}."
    return Handoff(
        values={
            "Role ARN": s3_role_arn,
            "External id": external_id,
            "Bucket": name,
            "Path": f"/{prefix}",
            "Endpoint": endpoint,
            "Session name": "assumed-atcm",
            **({"KMS key": access.kms_key} if access.kms_key else {}),
        },
        files=owners.files,
        steps=(
            *owners.steps,
            "In the Cluster Manager, create an access key: choose S3 and the credentials Assume Role, and leave key and "
            "secret empty.",
            *([others] if access.bucket[1:] else []),
            "Its state changes from PENDING to SYNCHRONIZED within minutes. ERROR means that the nodes could not assume the "
            f"role or reach the bucket. To find out which, as far as bootstrap can see it: {own('check')}",
        ),
        later=(
            *filter(None, [sts.if_disabled(s3.region, "the cluster's account"), sts.global_tokens(s3.region)]),
            LIMITS,
            "A session through two roles ends after one hour at most; the nodes renew it automatically.",
        ),
        before_destroy=("In the Cluster Manager, delete the access keys that use the role, once no transfer uses them.",),
        chain=(node, Hop(account=s3.alias, role=s3_role_arn, external_id=external_id, buckets=access.bucket)),
        verbs={"check": ["status", "--check-chain"]},
    )
