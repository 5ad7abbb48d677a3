"""Our statements in the policy of a bucket, which may be somebody else's. They are found by their Sids.

S3 replaces a policy as a whole, so each change reads it, replaces our statements, and writes it back. All other statements
stay as they are, also the one of `s3/policy.py`. A policy without any statement is deleted.
Source: S3 API reference GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy; S3 user guide add-bucket-policy (20 KB).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.strictness import Compared
from bootstrap.core.validators import bucket_problem
from bootstrap.permissions.denial import CODES
from bootstrap.permissions.policy_order import statements_order
from bootstrap.resources import documents
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.s3 import bucket_owner, policy as bucket_policy
from bootstrap.resources.s3.public_policy import is_public

_BUCKET = "arn:{partition}:s3:::{bucket}"
_BLOCKS = "s3:GetBucketPublicAccessBlock"
_BYTES = 20_480
_NO_BUCKET = "NoSuchBucket"


@dataclass(frozen=True, kw_only=True)
class S3BucketPolicyStatement(Resource):
    """`statements` get other Sids: the owner's mark, from the second one on with a number, by which they are found again
    even after a crash."""

    kind = "s3_bucket_policy_statement"
    services = ("s3",)
    identifiers = Identifiers(outputs=("bucket", "sid"))
    updates = Updates(
        force_new={"bucket"}, strictness={"statements": Compared(statements_order)}, precheck_on_update={"statements"}
    )
    permissions = (
        Permission("read", "s3:GetBucketPolicy", _BUCKET),
        Permission("create", "s3:GetBucketPolicy", _BUCKET),
        Permission("create", _BLOCKS, _BUCKET, why="whether S3 would refuse a public policy", optional=True),
        Permission("create", "s3:PutBucketPolicy", _BUCKET),
        Permission("update", "s3:GetBucketPolicy", _BUCKET),
        Permission("update", "s3:PutBucketPolicy", _BUCKET),
        Permission("delete", _BLOCKS, _BUCKET, why="whether S3 would refuse what is left of it", optional=True),
        Permission("delete", "s3:PutBucketPolicy", _BUCKET),
        Permission("delete", "s3:DeleteBucketPolicy", _BUCKET),
    )

    bucket: str
    statements: list[policy.PolicyStatement]

    @property
    def label(self) -> str:
        return f"policy of {self.bucket}"

    def unlock_advice(self, account: Account) -> str:
        return bucket_policy.unlock_advice(account, self.bucket)

    def validate(self, account: Account) -> Sequence[str]:
        if iam.unresolved(self.properties()):
            return ()
        arn = f"arn:{account.partition}:s3:::{self.bucket}"
        document = self._document()
        found = [problem for problem in [bucket_problem(self.bucket)] if problem]
        found += policy.policy_problems(document, _BYTES)
        found += [
            f"{each} exists in another partition than {account.partition}"
            for each in policy.foreign_principals(document, account.partition)
        ]
        for number, item in enumerate(self.statements):
            if not {"Principal", "NotPrincipal"} & set(item):
                found.append(f"statement {number + 1} names no principal, and S3 accepts none without")
            for each in policy.as_list(item.get("Resource", [])):
                if each != arn and not str(each).startswith(f"{arn}/"):
                    found.append(f"statement {number + 1} is about {each}, and S3 accepts only bucket {self.bucket} there")
        return found

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"policy": self._document()}

    def _document(self) -> dict[str, Any]:
        return {"Version": policy.VERSION, "Statement": self.statements}

    def canonical(self, name: str, value: Any) -> Any:
        return policy.canonical({"Statement": value}) if name == "statements" else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        # If it is recorded, look at the recorded bucket: it would stay there if another one is desired now.
        name = outputs.get("bucket", self.bucket)
        if iam.unresolved(name):
            return None
        query = _policy(aws, name)
        try:
            [found] = aws.read_existing(query)
        except ClientError as error:
            if code_of(error) not in CODES:
                raise
            return bucket_owner.hidden(aws, name, error, [query], recorded=bool(outputs), created=False)
        statements = _statements(found)
        owner = aws.owner if aws.owner.lineage else _owner_in(statements, aws.owner)
        ours = [item for item in statements if _is_ours(item, owner)]
        if not ours:
            return None
        others = [item for item in statements if item not in ours]
        return Live(
            outputs={"bucket": name, "sid": owner.mark},
            properties={"bucket": name, "statements": [_without_sid(item) for item in ours]},
            owner=owner,
            notes=tuple(
                f"the principal {each} was deleted; one of the same name has no access until this is written again"
                for each in policy.dead_principals({"Statement": ours})
            ),
            obstacles=tuple(_refusals(aws, name, others)) if aws.destroying and others else (),
        )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether S3 would refuse the bucket's policy with ours in it: the whole policy is written."""
        if iam.unresolved(self.properties()):
            return ()
        try:
            [found] = aws.read(_policy(aws, self.bucket, absent=()))
        except ClientError as error:
            if code_of(error) not in (_NO_BUCKET, *CODES):
                raise
            if code_of(error) == _NO_BUCKET and self.bucket not in aws.planned.own_outputs:
                return [Obstacle(f"there is no bucket {self.bucket}", "Create it first, or name another one.")]
            return []
        content = _with(found, aws.owner, self.statements)
        return list(_refusals(aws, self.bucket, content["Statement"], len(_text(content).encode())))

    def create(self, aws: Cloud) -> Live:
        self._write(aws, self.bucket, self.statements)
        return Live({"bucket": self.bucket, "sid": aws.owner.mark}, self.properties(), aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        if any(item.field == "statements" for item in differences):
            self._write(aws, outputs["bucket"], self.statements)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        name = outputs.get("bucket", self.bucket)
        [found] = aws.fresh().read(_policy(aws, name))
        if any(_is_ours(item, aws.owner) for item in _statements(found)):
            self._write(aws, name, [])

    def _write(self, aws: Cloud, name: str, ours: Sequence[Mapping[str, Any]]) -> None:
        """Replaces our statements with `ours`, or appends them."""

        def changed(answer: Any) -> documents.Write:
            content = _with(answer, aws.owner, ours)
            if content["Statement"]:
                return "put_bucket_policy", {"Policy": _text(content)}
            return ("delete_bucket_policy", {}) if answer else None

        documents.rewrite(aws, documents.POLICY, _named(aws, name), changed)


def _named(aws: Cloud, bucket: str) -> dict[str, str]:
    return {"Bucket": bucket, "ExpectedBucketOwner": aws.account.id}


def _policy(aws: Cloud, bucket: str, absent: tuple[str, ...] = ("404", _NO_BUCKET)) -> Query:
    """The query that the bucket itself uses, too."""
    return documents.POLICY.query(_named(aws, bucket), absent)


def _blocks(aws: Cloud, bucket: str) -> Query:
    absent = ("404", _NO_BUCKET, "NoSuchPublicAccessBlockConfiguration")
    return Query("s3", "get_public_access_block", _named(aws, bucket), absent)


def _statements(answer: Any) -> list[dict[str, Any]]:
    return list(policy.as_list(json.loads(answer["Policy"]).get("Statement", []))) if answer else []


def _text(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def _is_ours(item: Mapping[str, Any], owner: Owner) -> bool:
    return re.fullmatch(rf"{owner.mark}\d*", str(item.get("Sid", ""))) is not None


def _without_sid(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "Sid"}


def _with(answer: Any, owner: Owner, ours: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The bucket's policy with our statements replaced by `ours`, or with `ours` appended."""
    before = _statements(answer)
    content = json.loads(answer["Policy"]) if answer else {"Version": policy.VERSION}
    others = [item for item in before if not _is_ours(item, owner)]
    place = next((number for number, item in enumerate(before) if _is_ours(item, owner)), len(others))
    sids = [f"{owner.mark}{number or ''}" for number in range(len(ours))]
    signed = [{**item, "Sid": sid} for sid, item in zip(sids, ours, strict=True)]
    return {**content, "Statement": [*others[:place], *signed, *others[place:]]}


def _owner_in(statements: Sequence[Mapping[str, Any]], owner: Owner) -> Owner:
    """The owner with the lineage from a Sid, when the state that recorded it is lost."""
    lineages = [owner.lineage_of(str(item.get("Sid", ""))) for item in statements]
    return replace(owner, lineage=next(filter(None, lineages), ""))


def _refusals(aws: Cloud, bucket: str, statements: Sequence[Mapping[str, Any]], size: int = 0) -> Iterator[Obstacle]:
    """Why S3 would refuse a policy of `size` bytes with these statements, as far as may be read."""
    public = [(number, item) for number, item in enumerate(statements, start=1) if is_public(item)]
    edit = f"(S3 console, {bucket}, Permissions, Bucket policy)"
    if dead := policy.dead_principals({"Statement": list(statements)}):
        what = f"the policy of bucket {bucket} names deleted roles or users ({', '.join(dead)}), and S3 refuses to save it"
        yield Obstacle(what, f"Remove them from it {edit}. They have no access anyway.")
    if size > _BYTES:
        what = f"the policy of bucket {bucket} would have {size:,} bytes, and S3 accepts {_BYTES:,}"
        yield Obstacle(what, f"Remove statements that nobody needs {edit}.")
    blocks = (aws.read_if_allowed(_blocks(aws, bucket)) if public else None) or {}
    if blocks.get("PublicAccessBlockConfiguration", {}).get("BlockPublicPolicy"):
        for number, item in public:
            which = f"statement {item.get('Sid') or f'number {number}'}"
            what = f"{which} admits everybody to bucket {bucket}, which blocks public policies, so S3 refuses to save it"
            yield Obstacle(what, f"Name who may in that statement, or remove it {edit}.")
