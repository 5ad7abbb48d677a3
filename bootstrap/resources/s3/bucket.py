"""An S3 bucket that is private, encrypted and TLS-only, with the desired tags, versioning and lifecycle rules.

AWS has no unique id for a bucket, only its name: so the owner tags prove whose it is, and each call names the account.
Order, quirks and codes: S3 API reference CreateBucket, HeadBucket; S3 user guide bucketnamingrules.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.flags import DELETE_DATA
from bootstrap.core.live import Live, Obstacle, Outputs, check_deletable
from bootstrap.core.owner import Owner, stack_of
from bootstrap.core.query import Query
from bootstrap.core.resource import Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.core.validators import bucket_problem
from bootstrap.errors import AlreadyExists, AwsError
from bootstrap.permissions.denial import CODES
from bootstrap.resources import documents
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.s3 import (
    bucket_owner,
    encryption as s3_encryption,
    existing,
    lifecycle as s3_lifecycle,
    objects as s3_objects,
    policy,
    refusals,
    settings,
    tags as s3_tags,
)
from bootstrap.resources.s3.bucket_permissions import PERMISSIONS

ABSENT = ("404", "NoSuchBucket")

_DEFAULTS = ("block_public_access", "ownership", "encryption", "tls_only")


@dataclass(frozen=True, kw_only=True)
class S3Bucket(Taggable):
    """`encryption` is "AES256" or the ARN of a KMS key; `lifecycle` maps a rule's id to days (see `s3_lifecycle`)."""

    kind = "s3_bucket"
    services = ("s3",)
    identifiers = Identifiers(
        outputs=("name", "arn", "region"),
        globally_unique=True,
        if_taken="If it is yours, use it as it is with --existing-bucket.",
        arn_prefixes={"s3": "name"},
        lag=6,  # a cache may answer for a while that a name is free
    )
    updates = Updates(
        force_new={"name"},
        after_create={"block_public_access": True, "encryption": "AES256", "versioning": False, "tls_only": False},
        additive={"lifecycle": "lifecycle rule"},
        strictness=settings.DIRECTIONS,
        opens=settings.OPENS,
        precheck_on_update={"ownership", "versioning"},
    )
    deletion = Deletion(force_flag=DELETE_DATA, deleted_with={policy.STATEMENT}, services=("s3control",))
    permissions = PERMISSIONS

    name: str
    block_public_access: bool = True
    ownership: str = "BucketOwnerEnforced"
    encryption: str = "AES256"
    versioning: bool = False
    lifecycle: dict[str, dict[str, Any]] = field(default_factory=dict)
    tls_only: bool = True

    @property
    def label(self) -> str:
        return self.name

    def unlock_advice(self, account: Account) -> str:
        return policy.unlock_advice(account, self.name)

    def surely_exists(self, aws: Cloud, outputs: Outputs) -> bool:
        return bool(outputs) and bucket_owner.is_listed(aws, outputs.get("name", self.name)) is True

    def validate(self, account: Account) -> Sequence[str]:
        bad = bucket_problem(self.name)
        return [*([bad] if bad else []), *iam.tag_problems(self.tags)]

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"policy": policy.document(account, self.name)} if self.tls_only else {}

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name, "arn": f"arn:{account.partition}:s3:::{self.name}", "region": account.region}

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """One round trip, and more for locked objects. A bucket that S3 does not show to us is a Live with `unreadable`."""
        return self._read(aws, outputs)

    def _read(self, aws: Cloud, outputs: Outputs, *, created: bool = False, counts: bool = True) -> Live | None:
        bucket = {"Bucket": outputs.get("name", self.name), "ExpectedBucketOwner": aws.account.id}
        before_delete = [
            Query("s3", "list_object_versions", bucket, ABSENT, all_pages=False),
            refusals.access_points(aws.account, bucket["Bucket"]),
        ]
        queries = [
            Query("s3", "head_bucket", bucket, ABSENT),
            Query("s3", "get_bucket_tagging", bucket, (*ABSENT, "NoSuchTagSet")),
            Query("s3", "get_public_access_block", bucket, (*ABSENT, "NoSuchPublicAccessBlockConfiguration")),
            Query("s3", "get_bucket_ownership_controls", bucket, (*ABSENT, "OwnershipControlsNotFoundError")),
            s3_encryption.query(bucket, ABSENT),
            Query("s3", "get_bucket_versioning", bucket, ABSENT),
            documents.LIFECYCLE.query(bucket, ABSENT),
            documents.POLICY.query(bucket, ABSENT),
        ]
        try:
            answers = aws.read_existing(*queries, *(before_delete if aws.destroying else []))
        except ClientError as error:
            if code_of(error) not in CODES:
                raise
            return bucket_owner.hidden(aws, bucket["Bucket"], error, queries, recorded=bool(outputs), created=created)
        head, tagging, access, ownership, encryption, versioning, lifecycle, allowed, *more = answers
        if created:
            kept = {documents.ENCRYPTION: encryption, documents.LIFECYCLE: lifecycle, documents.POLICY: allowed}
            documents.remember(aws, bucket, kept)
        if head is None:
            return None
        tags = iam.tag_map((tagging or {}).get("TagSet", []))
        blocks = (access or {}).get("PublicAccessBlockConfiguration", {})
        rules = (ownership or {}).get("OwnershipControls", {}).get("Rules", [])
        objects, points = more or (None, None)
        has_objects = s3_objects.any_in(objects)
        return Live(
            outputs={
                "name": bucket["Bucket"],
                "arn": f"arn:{aws.account.partition}:s3:::{bucket['Bucket']}",
                "region": head.get("BucketRegion") or aws.account.region,
            },
            properties={
                "name": bucket["Bucket"],
                "block_public_access": len(blocks) == 4 and all(blocks.values()),
                "ownership": rules[0]["ObjectOwnership"] if rules else None,
                "encryption": s3_encryption.from_aws(encryption),
                "versioning": (versioning or {}).get("Status") == "Enabled",
                "lifecycle": s3_lifecycle.from_aws((lifecycle or {}).get("Rules", [])),
                "tls_only": policy.tls_only(aws.account, bucket["Bucket"], self.tls_only, allowed),
                "tags": iam.own_tags(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            parts=frozenset(policy.others(aws.account, bucket["Bucket"], allowed, aws.owner)),
            statements=policy.statements_of_others(aws.account, bucket["Bucket"], allowed, aws.owner),
            blockers=(f"bucket {bucket['Bucket']} still holds objects",) if has_objects else (),
            obstacles=refusals.refusals(aws, bucket, versioning, allowed, points, has_objects=has_objects) if more else (),
            holds=s3_objects.counted(aws, bucket, objects, all_pages=counts) if objects and has_objects else (),
            created_at=0 if "arn" in outputs else bucket_owner.created_at(aws, bucket["Bucket"]),
        )

    def why_unusable(self, aws: Cloud) -> str:
        return existing.why_unusable(aws, self.name)

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Why S3 would refuse a new bucket, or these changes: its ACL, or what needs versioning."""
        bucket = {"Bucket": self.name, "ExpectedBucketOwner": aws.account.id}
        return [*settings.no_room(aws, self), *settings.obstacles(aws, bucket, self.versioning)]

    def create(self, aws: Cloud) -> Live:
        region = aws.account.region
        if region == "us-east-1" and aws.reads_are_old:
            # There S3 answers 200 when we already own a bucket of this name, so the head call shortly before decides.
            with raise_already_exists("403"):
                [head] = aws.read(Query("s3", "head_bucket", {"Bucket": self.name}, ABSENT))
            if head is not None:
                raise AlreadyExists(f"bucket {self.name} exists", code="BucketAlreadyOwnedByYou")
        where = {} if region == "us-east-1" else {"LocationConstraint": region}
        began = time.monotonic()
        with raise_already_exists("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            answer = aws.call(
                "s3",
                "create_bucket",
                Bucket=self.name,
                ObjectOwnership=self.ownership,
                CreateBucketConfiguration={**where, "Tags": aws.tags(self.tags)},
            )
        outputs = self.predicted_outputs(aws.account)
        live = self._read(aws, outputs, created=True)  # the defaults of a new bucket need no call
        if live is None or live.unreadable:
            live = Live(outputs, {"versioning": False, "lifecycle": {}, **dict.fromkeys(_DEFAULTS)})
        if region == "us-east-1" and live.owner == aws.owner and bucket_owner.existed_before(live):
            raise AlreadyExists(f"bucket {self.name} exists", code="BucketAlreadyOwnedByYou")
        if live.owner != aws.owner:
            foreign = region == "us-east-1" or live.owner or live.properties.get("tags")
            if foreign and not bucket_owner.was_created_by(aws, self.name, answer, time.monotonic() - began):
                # There, only our tags (which may show late) prove that nobody else created it since that call.
                raise AlreadyExists("it does not have this deployment's tags", code="BucketAlreadyOwnedByYou")
            # Tags in CreateBucket are a recent feature. If they were ignored or do not show yet, they are set again.
            bucket = {"Bucket": self.name, "ExpectedBucketOwner": aws.account.id}
            s3_tags.update(aws, bucket, outputs["arn"], self.tags)
        return Live(outputs, {**live.properties, "tags": self.tags}, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        """One setting after the other, the policy last: S3 refuses concurrent changes of one bucket."""
        bucket = {"Bucket": self.name, "ExpectedBucketOwner": aws.account.id}
        changed = {item.field: item for item in differences}
        if "ownership" in changed:
            rules = {"Rules": [{"ObjectOwnership": self.ownership}]}
            aws.call("s3", "put_bucket_ownership_controls", **bucket, OwnershipControls=rules)
        if "block_public_access" in changed:
            names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            blocks = dict.fromkeys(names, self.block_public_access)
            aws.call("s3", "put_public_access_block", **bucket, PublicAccessBlockConfiguration=blocks)
        if "versioning" in changed:
            status = {"Status": "Enabled" if self.versioning else "Suspended"}
            aws.call("s3", "put_bucket_versioning", **bucket, VersioningConfiguration=status)
        if "encryption" in changed:
            s3_encryption.write(aws, bucket, self.encryption)
        s3_lifecycle.update(aws, bucket, [item for item in differences if item.field == "lifecycle"])
        if tags := {str(item.key): item.after for item in differences if item.field == "tags"}:
            s3_tags.update(aws, bucket, self.predicted_outputs(aws.account)["arn"], tags)
        if "tls_only" in changed:
            policy.write(aws, bucket, tls=self.tls_only)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Deletes data last: while there is any, S3 refuses to delete the bucket, and first reports every other reason."""
        bucket = {"Bucket": outputs.get("name", self.name), "ExpectedBucketOwner": aws.account.id}
        if s3_objects.deleted(aws, bucket):
            return
        if self.deletion.force_flag in aws.allowed:
            check_deletable(self._read(aws.before_delete(), outputs, counts=False))  # also finds what came after the plan
            with ignore_missing("NoSuchBucket"):  # does not wrap the delete: a new bucket that does not show yet would stay
                s3_objects.empty(aws, bucket)
            if s3_objects.deleted(aws, bucket):
                return
        raise AwsError(
            f"bucket {bucket['Bucket']} is not empty",
            "Stop what writes to it, save what you need, empty it, and run the same command again (destroy empties it "
            "with --delete-data).",
            "BucketNotEmpty",
        )
