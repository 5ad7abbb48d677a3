"""KMS keys of existing buckets: what roles are granted on them, and what the keys' policies must allow.

A key is granted through S3 only (`kms:ViaService`), so that nobody can use it to decrypt data elsewhere. Bucket keys and
DSSE need the same two actions.
Sources: S3 user guide UsingKMSEncryption (kms:GenerateDataKey to write, kms:Decrypt to read, and for multipart uploads); KMS
developer guide conditions-kms (kms:ViaService), alias-authorization (kms:ResourceAliases), key-policy-default,
key-policy-modifying-external-accounts.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from bootstrap.core import validators
from bootstrap.core.account import Account
from bootstrap.core.partitions import DOMAINS
from bootstrap.resources.iam.shared import arn as iam_arn

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
READS, WRITES = ("kms:Decrypt",), ("kms:Decrypt", "kms:GenerateDataKey")
_ALIAS = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}")


def bucket_key(value: str) -> str:
    """A check for [BUCKET=]ARN, where the ARN is that of a KMS key, or of one of the customer's aliases. Raises
    ValueError."""
    name, _, arn = value.rpartition("=")
    arn = arn if _ALIAS.fullmatch(arn) else validators.key_arn(arn)
    return f"{validators.bucket(name)}={arn}" if name else arn


class Grant(NamedTuple):
    """What roles may do with KMS keys of one region. `arns` are those of keys, or with `aliases` those of aliases."""

    region: str
    writes: bool
    aliases: bool
    arns: tuple[str, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        return WRITES if self.writes else READS

    @property
    def conditions(self) -> dict[str, dict[str, Any]]:
        domains = dict.fromkeys(("amazonaws.com", DOMAINS.get(self.arns[0].split(":")[1], "amazonaws.com")))
        via = {"StringEquals": {"kms:ViaService": [f"s3.{self.region}.{domain}" for domain in domains]}}
        named = [arn.partition(":alias/")[2] for arn in self.arns]
        of_alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [f"alias/{name}" for name in named]}}
        return {**via, **of_alias} if self.aliases else via

    @property
    def resources(self) -> tuple[str, ...]:
        """The keys, or for aliases all keys of that account and region: IAM accepts no alias as a resource."""
        return (
            tuple(dict.fromkeys(arn.partition(":alias/")[0] + ":key/*" for arn in self.arns)) if self.aliases else self.arns
        )


def grants(keys: Iterable[str], written: Collection[str]) -> list[Grant]:
    """`keys` are [BUCKET=]ARN; a key without a bucket is for all buckets. `written` are the buckets that roles write to."""
    found: dict[str, bool] = {}
    for key in keys:
        name, _, arn = key.rpartition("=")
        found[arn] = found.get(arn, False) or (name in written if name else bool(written))
    kinds = sorted({(arn.split(":")[3], writes, ":alias/" in arn) for arn, writes in found.items()})
    return [
        Grant(*kind, tuple(arn for arn, writes in found.items() if (arn.split(":")[3], writes, ":alias/" in arn) == kind))
        for kind in kinds
    ]


def common_key(keys: Iterable[str], places: Iterable[str]) -> str:
    """The key that the buckets of all these places have in common, as far as `keys` ([BUCKET=]ARN) say; "" if there is none,
    or one of them has several."""
    named = [key.rpartition("=") for key in keys]
    of_each = [{arn for name, _, arn in named if name in ("", place.partition("/")[0])} for place in places]
    found = set[str]().union(*of_each)
    return found.pop() if len(found) == 1 and all(of_each) else ""


def key_note(
    account: Account,
    path: str,
    users: tuple[str, ...],
    key: str,
    actions: Iterable[str],
    via: Mapping[str, Any] | None = None,
) -> str:
    """What the policy of the key must allow the roles `users` of the account, with a statement to paste into it. The
    statement names them in a condition: KMS refuses a principal that does not exist yet, and forgets one that is deleted."""
    roles = [iam_arn(account, "role", path, name) for name in users]
    conditions = {"ArnEquals": {"aws:PrincipalArn": roles}, **({"StringEquals": via} if via else {})}
    who = f"{', '.join(users)} may use the KMS key {key}{' through S3' if via else ''}"
    return _note(account, who, users[0], key, list(actions), conditions)


def person_note(account: Account, who: str, sid: str, key: str, actions: Iterable[str], via: Mapping[str, Any]) -> str:
    """As `key_note`, for a person of the account instead of roles; the people's own permissions decide who that is. `who`
    begins the sentence, as in "Whoever sends the file"."""
    return _note(
        account, f"{who} must be allowed to use the KMS key {key} through S3", sid, key, list(actions), {"StringEquals": via}
    )


def _note(account: Account, who: str, sid: str, key: str, actions: list[str], conditions: Mapping[str, Any]) -> str:
    statement = {
        "Sid": "".join(filter(str.isalnum, sid)),
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{account.partition}:iam::{account.id}:root"},
        "Action": actions,
        "Resource": "*",
        "Condition": conditions,
    }
    owner = key.split(":")[4]
    own = "The key's own policy must also allow that. AWS's default policy for keys does; to another policy, add"
    theirs = f"The key belongs to account {owner}, which must also allow that: it should add to the key's policy"
    return f"{who} ({', '.join(actions)}). {own if owner == account.id else theirs}: {json.dumps(statement)}"
