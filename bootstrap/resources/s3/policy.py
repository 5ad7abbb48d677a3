"""Our one statement in a bucket's policy, which denies requests without TLS. All other statements belong to others.

Source: S3 user guide security-best-practices (aws:SecureTransport); S3 API reference PutBucketPolicy.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Part
from bootstrap.core.owner import Owner
from bootstrap.permissions.policy_order import is_part_of
from bootstrap.resources import documents

SID = "BootstrapTlsOnly"
STATEMENT = "bucket policy statement"


def tls_statement(account: Account, bucket: str) -> dict[str, Any]:
    """The statement without its Sid, in the canonical form for comparisons."""
    arn = f"arn:{account.partition}:s3:::{bucket}"
    return {
        "Effect": "Deny",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:*"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:securetransport": ["false"]}},
    }


def document(account: Account, bucket: str) -> dict[str, Any]:
    """The policy as it is sent for a bucket without statements of others."""
    return {"Version": policy.VERSION, "Statement": [{"Sid": SID, **tls_statement(account, bucket)}]}


def tls_only(account: Account, bucket: str, wanted: bool, answer: Any) -> bool:
    """When wanted: whether any statement, whoever wrote it, denies at least as much, and none with our Sid allows something.
    Otherwise: whether our statement exists."""
    if wanted:
        turned = any(item.get("Sid") == SID and item.get("Effect") == "Allow" for item in _read(answer))
        return not turned and any(
            _means(item, account, bucket) for item in _statements(policy.canonical(answer and answer["Policy"]))
        )
    return any(item.get("Sid") == SID for item in _read(answer))


def others(account: Account, bucket: str, answer: Any, owner: Owner) -> Iterator[Part]:
    """The statements that are not ours and mean something else. `owner` is that of the bucket: other statements of its state
    are resources of their own (`bucket_policy_statement.py`)."""
    for sid in statements_of_others(account, bucket, answer, owner):
        yield Part(STATEMENT, bucket, sid)


def statements_of_others(account: Account, bucket: str, answer: Any, owner: Owner) -> dict[str, Any]:
    """The content of these statements, by Sid."""
    return {sid: meaning for sid, meaning in foreign(account, bucket, answer) if not owner.shares_state(sid)}


def foreign(account: Account, bucket: str, answer: Any) -> Iterator[tuple[str, Any]]:
    """The same statements with their content in canonical form."""
    return ((sid, meaning) for sid, meaning in not_ours(account, bucket, answer) if sid != SID)


def not_ours(account: Account, bucket: str, answer: Any) -> Iterator[tuple[str, Any]]:
    """All statements that mean something else than ours, including one with our Sid that somebody changed."""
    ours = tls_statement(account, bucket)
    for number, item in enumerate(_read(answer), start=1):
        [meaning] = _statements(policy.canonical({"Statement": [item]}))
        if meaning != ours:
            yield str(item.get("Sid") or f"number {number}"), meaning


def unlock_advice(account: Account, bucket: str) -> str:
    """What to do when the policy may lock everybody out.

    Source: S3 user guide, bucket-policies (the root user); IAM user guide, id_root-user-privileged-task.
    """
    unlock = account.aws("s3api", "delete-bucket-policy", bucket=bucket, by_another=True)
    return (
        "If the bucket's policy locks you out: anybody whom it allows can change it, and the root user of the account can "
        f"always delete it: {unlock} In an organization that manages root access centrally, the management account can do "
        "that too (sts:AssumeRoot with S3UnlockBucketPolicy). The objects stay as they are."
    )


def write(aws: Cloud, bucket: Mapping[str, str], *, tls: bool) -> None:
    """Adds or removes our statement, by its Sid. All others stay, and so does what somebody else denied in ours."""

    def changed(answer: Any) -> documents.Write:
        content = json.loads(answer["Policy"]) if answer else {"Version": policy.VERSION}
        statements = []
        for item in _statements(content):
            if item.get("Sid") != SID:
                statements.append(item)
            elif tls and _denies_more(item, aws.account, bucket["Bucket"]):
                statements.append({key: value for key, value in item.items() if key != "Sid"})
        if tls:
            statements.append({"Sid": SID, **tls_statement(aws.account, bucket["Bucket"])})
        if not statements:
            return "delete_bucket_policy", {}
        return "put_bucket_policy", {"Policy": json.dumps({**content, "Statement": statements})}

    documents.rewrite(aws, documents.POLICY, bucket, changed)


def _denies_more(item: Mapping[str, Any], account: Account, bucket: str) -> bool:
    """Whether it denies something that ours does not."""
    [meaning] = _statements(policy.canonical({"Statement": [item]}))
    return meaning.get("Effect") == "Deny" and not is_part_of(meaning, tls_statement(account, bucket))


def _means(item: Any, account: Account, bucket: str) -> bool:
    """Whether a canonical statement denies all that ours does: one with fewer conditions denies more."""
    ours = tls_statement(account, bucket)
    if not isinstance(item, dict) or item.get("Effect") != "Deny" or item.get("Principal") != ours["Principal"]:
        return False
    tests = item.get("Condition") or {}
    always = not tests or tests in (ours["Condition"], {"BoolIfExists": ours["Condition"]["Bool"]})
    everything = {"s3:*", "*"} & set(item.get("Action", ()))
    resources = set(item.get("Resource", ()))
    return bool(always and everything and ("*" in resources or set(ours["Resource"]) <= resources))


def _read(answer: Any) -> list[Any]:
    return _statements(json.loads(answer["Policy"])) if answer else []


def _statements(content: Any) -> list[Any]:
    found = content.get("Statement", []) if isinstance(content, dict) else []
    return found if isinstance(found, list) else [found]
