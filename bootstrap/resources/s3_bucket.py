"""An S3 bucket that is private, encrypted and TLS-only, with the tags, versioning and lifecycle rules one asks for.

AWS has no unique id for a bucket, only its name: so the owner tags must do, and each call names the expected account.
Order, quirks and codes: S3 API reference CreateBucket, HeadBucket; S3 user guide bucketnamingrules.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bootstrap.aws import Query, code_of, gone, taken
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.check import bucket_problem
from bootstrap.core.difference import Difference
from bootstrap.core.resource import Live, Outputs, Owner, Permission, Taggable
from bootstrap.errors import AlreadyExists, AwsError
from bootstrap.resources import iam, s3_lifecycle, s3_objects

TLS_SID = "BootstrapTlsOnly"
ABSENT = ("404", "NoSuchBucket")

_BUCKET = "arn:{partition}:s3:::{name}"
_OBJECTS = _BUCKET + "/*"
_SETTINGS = ("PublicAccessBlock", "OwnershipControls", "Versioning", "Policy", "Tagging")


@dataclass(frozen=True, kw_only=True)
class S3Bucket(Taggable):
    """`encryption` is "AES256" or the ARN of a KMS key; `lifecycle` maps a rule's id to days (see `s3_lifecycle`)."""

    kind: ClassVar[str] = "s3_bucket"
    services: ClassVar[tuple[str, ...]] = ("s3",)
    outputs: ClassVar[tuple[str, ...]] = ("name", "arn", "region")
    unique_id: ClassVar[str] = ""
    immutable: ClassVar[frozenset[str]] = frozenset({"name"})
    additive: ClassVar[Mapping[str, str]] = {"tags": "tag", "lifecycle": "lifecycle rule"}
    if_taken: ClassVar[str] = "If it is yours, bring it with --existing-bucket; it is then used as it is."
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("read", "s3:ListBucket", _BUCKET),
        *(Permission("read", f"s3:GetBucket{name}", _BUCKET) for name in _SETTINGS),
        Permission("read", "s3:GetEncryptionConfiguration", _BUCKET),
        Permission("read", "s3:GetLifecycleConfiguration", _BUCKET),
        Permission("create", "s3:CreateBucket", _BUCKET),
        Permission("create", "s3:TagResource", _BUCKET),
        Permission("create", "s3:ListBucket", _BUCKET),
        *(Permission("create", f"s3:PutBucket{name}", _BUCKET) for name in _SETTINGS if name != "Tagging"),
        *(Permission("update", f"s3:PutBucket{name}", _BUCKET) for name in _SETTINGS),
        *(
            Permission(on, f"s3:{name}Configuration", _BUCKET)
            for on in ("create", "update")
            for name in ("PutEncryption", "GetLifecycle", "PutLifecycle")
        ),
        Permission("update", "s3:GetBucketPolicy", _BUCKET),
        Permission("update", "s3:DeleteBucketPolicy", _BUCKET),
        Permission("update", "s3:GetBucketTagging", _BUCKET),
        Permission("delete", "s3:DeleteBucket", _BUCKET),
        Permission("delete", "s3:ListBucketVersions", _BUCKET),
        Permission("delete", "s3:ListBucketMultipartUploads", _BUCKET),
        Permission("delete", "s3:DeleteObject", _OBJECTS),
        Permission("delete", "s3:DeleteObjectVersion", _OBJECTS),
        Permission("delete", "s3:AbortMultipartUpload", _OBJECTS),
    )

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

    def problems(self, account: Account) -> Sequence[str]:
        bad = bucket_problem(self.name)
        return [*([bad] if bad else []), *iam.tag_problems(self.tags)]

    def known(self, account: Account) -> dict[str, str]:
        return {"name": self.name, "arn": f"arn:{account.partition}:s3:::{self.name}", "region": account.region}

    def read(self, aws: Any, outputs: Outputs) -> Live | None:
        """One round trip. A bucket of another account is Live without owner and properties."""
        bucket = {"Bucket": outputs.get("name", self.name), "ExpectedBucketOwner": aws.account.id}
        contents = [Query("s3", "list_object_versions", {**bucket, "PaginationConfig": {"MaxItems": 1}}, ABSENT)]
        try:
            head, tagging, access, ownership, encryption, versioning, lifecycle, allowed, *objects = aws.read(
                Query("s3", "head_bucket", bucket, ABSENT),
                Query("s3", "get_bucket_tagging", bucket, (*ABSENT, "NoSuchTagSet")),
                Query("s3", "get_public_access_block", bucket, (*ABSENT, "NoSuchPublicAccessBlockConfiguration")),
                Query("s3", "get_bucket_ownership_controls", bucket, (*ABSENT, "OwnershipControlsNotFoundError")),
                Query("s3", "get_bucket_encryption", bucket, (*ABSENT, "ServerSideEncryptionConfigurationNotFoundError")),
                Query("s3", "get_bucket_versioning", bucket, ABSENT),
                Query("s3", "get_bucket_lifecycle_configuration", bucket, (*ABSENT, "NoSuchLifecycleConfiguration")),
                Query("s3", "get_bucket_policy", bucket, (*ABSENT, "NoSuchBucketPolicy")),
                *(contents if aws.destroying else []),
            )
        except ClientError as error:
            if code_of(error) == "403":  # HeadBucket alone answers so: other calls say AccessDenied
                return Live(outputs={}, properties={})
            raise
        if head is None:
            return None
        tags = iam.tag_map((tagging or {}).get("TagSet", []))
        blocks = (access or {}).get("PublicAccessBlockConfiguration", {})
        rules = (ownership or {}).get("OwnershipControls", {}).get("Rules", [])
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
                "encryption": _encryption(encryption),
                "versioning": (versioning or {}).get("Status") == "Enabled",
                "lifecycle": s3_lifecycle.from_aws((lifecycle or {}).get("Rules", [])),
                "tls_only": self._tls_only(aws.account, allowed),
                "tags": iam.own_tags(tags),
            },
            owner=Owner.from_tags(tags),
            blockers=(f"bucket {bucket['Bucket']} still holds objects",) if objects and _any(objects[0]) else (),
        )

    def create(self, aws: Any) -> Live:
        region = aws.account.region
        if region == "us-east-1" and aws.stale:
            # There S3 answers 200 when we own a bucket of the name already, so a look shortly before must do.
            with taken("403"):
                [head] = aws.read(Query("s3", "head_bucket", {"Bucket": self.name}, ABSENT))
            if head is not None:
                raise AlreadyExists(f"bucket {self.name} exists", code="BucketAlreadyOwnedByYou")
        where = {} if region == "us-east-1" else {"LocationConstraint": region}
        with taken("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            aws.call(
                "s3",
                "create_bucket",
                Bucket=self.name,
                ObjectOwnership=self.ownership,
                CreateBucketConfiguration={**where, "Tags": aws.tags(self.tags)},
            )
        return Live(
            outputs=self.known(aws.account),
            properties={
                **self.properties(),
                "block_public_access": None,
                "encryption": None,
                "versioning": False,
                "lifecycle": {},
                "tls_only": None,
            },
            owner=aws.owner,
        )

    def update(self, aws: Any, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        """One setting after the other, the policy last: S3 refuses two changes of one bucket at once."""
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
            by = {"SSEAlgorithm": "AES256"}
            if self.encryption != "AES256":
                by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.encryption}
            rule = {
                "Rules": [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": by["SSEAlgorithm"] != "AES256"}]
            }
            aws.call("s3", "put_bucket_encryption", **bucket, ServerSideEncryptionConfiguration=rule)
        s3_lifecycle.update(aws, bucket, [item for item in differences if item.field == "lifecycle"])
        self._retag(aws, bucket, [item for item in differences if item.field == "tags"])
        if "tls_only" in changed:
            self._write_policy(aws, bucket, fresh=changed["tls_only"].before is None)
        return outputs

    def delete(self, aws: Any, outputs: Outputs) -> None:
        bucket = {"Bucket": outputs.get("name", self.name), "ExpectedBucketOwner": aws.account.id}
        with gone("NoSuchBucket"):
            if aws.delete_data:
                s3_objects.empty(aws, bucket)
            try:
                aws.call("s3", "delete_bucket", **bucket)
            except ClientError as error:
                if code_of(error) != "BucketNotEmpty":
                    raise
                raise AwsError(
                    f"bucket {bucket['Bucket']} is not empty",
                    "Stop what writes into it, move away what you need, and run destroy with --delete-data.",
                    "BucketNotEmpty",
                ) from error

    def _retag(self, aws: Any, bucket: Mapping[str, str], differences: Sequence[Difference]) -> None:
        """PutBucketTagging replaces the whole set, so what others put there is read and kept, and AWS's own tags too:
        S3 refuses a set without them."""
        if not differences:
            return
        [answer] = aws.read(Query("s3", "get_bucket_tagging", bucket, ("NoSuchTagSet",)))
        tags: dict[str, str | None] = {**iam.tag_map((answer or {}).get("TagSet", []))}
        for item in differences:
            tags[str(item.key)] = item.after
        kept = [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
        aws.call("s3", "put_bucket_tagging", **bucket, Tagging={"TagSet": kept})

    def _write_policy(self, aws: Any, bucket: Mapping[str, str], *, fresh: bool) -> None:
        """Puts our one statement in, or takes it out, by its Sid; all others stay."""
        found = None if fresh else aws.read(Query("s3", "get_bucket_policy", bucket, ("NoSuchBucketPolicy",)))[0]
        content = json.loads(found["Policy"]) if found else {"Version": policy.VERSION}
        statements = [item for item in _statements(content) if item.get("Sid") != TLS_SID]
        if self.tls_only:
            statements.append({"Sid": TLS_SID, **self._tls_statement(aws.account)})
        if statements:
            aws.call("s3", "put_bucket_policy", **bucket, Policy=json.dumps({**content, "Statement": statements}))
        else:
            aws.call("s3", "delete_bucket_policy", **bucket)

    def _tls_only(self, account: Account, allowed: Any) -> bool:
        """Wanted, it is there when any statement means it, whoever wrote that; unwanted, only our own is in the way."""
        if self.tls_only:
            return self._tls_statement(account) in _statements(policy.canonical(allowed and allowed["Policy"]))
        return any(item.get("Sid") == TLS_SID for item in _statements(json.loads(allowed["Policy"]) if allowed else None))

    def _tls_statement(self, account: Account) -> dict[str, Any]:
        """Without its Sid, in the canonical form that a read one is compared with."""
        arn = f"arn:{account.partition}:s3:::{self.name}"
        return {
            "Effect": "Deny",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:*"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:securetransport": ["false"]}},
        }


def _encryption(answer: Any) -> Any:
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    if not rules:
        return None
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    return default.get("KMSMasterKeyID") or default.get("SSEAlgorithm")


def _statements(content: Any) -> list[Any]:
    found = content.get("Statement", []) if isinstance(content, dict) else []
    return found if isinstance(found, list) else [found]


def _any(answer: Any) -> bool:
    return bool(answer and (answer.get("Versions") or answer.get("DeleteMarkers")))
