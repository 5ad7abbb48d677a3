"""Buckets of another account: the policy that only their owner can add.

Access between two accounts needs both the role's own policy and a bucket policy that names the role; the role must exist by
then, or S3 refuses the bucket policy. Sources: IAM user guide reference_policies_evaluation-logic-cross-account; S3 user
guide example-walkthroughs-managing-access-example2.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bootstrap.core import commands, validators
from bootstrap.core.account import Account
from bootstrap.core.integration import option
from bootstrap.core.policy import VERSION, Document, Statement
from bootstrap.errors import PlanRefused, UsageError, lines
from bootstrap.resources.s3.existing import Seen

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html"
FILE = "bucket-policies.json"


def owner_of_bucket(value: str) -> str:
    """A check for [BUCKET=]ACCOUNT. Raises ValueError."""
    name, _, account = value.rpartition("=")
    return f"{validators.bucket(name)}={validators.account(account)}" if name else validators.account(account)


def owner_option() -> Any:
    """The field `bucket_owner` of an integration."""
    return option(
        "Name the account that owns an existing bucket, if it is another account: the owner must add the policy from the "
        "hand-off (repeatable).",
        default=(),
        metavar="[BUCKET=]ACCOUNT",
        check=owner_of_bucket,
    )


def named_owners(given: Iterable[str], buckets: Iterable[str], alone: str = "") -> dict[str, str]:
    """The owner accounts by bucket, as given with --bucket-owner. `buckets` are those that the inputs name; an account
    without a bucket is for the bucket `alone`, or for the only one. Raises UsageError."""
    known = sorted(set(buckets))
    alone = alone or (known[0] if len(known) == 1 else "")
    found: dict[str, str] = {}
    for each in given:
        name, _, owner = each.rpartition("=")
        name = name or alone
        if name not in known:
            what = f"the inputs do not name a bucket {name}" if name else f"it is not clear which bucket belongs to {owner}"
            forms = " or ".join(commands.quoted("--bucket-owner", f"{bucket}={owner}") for bucket in known)
            forget = commands.quoted("--bucket-owner", "")
            advice = f"Give {forms}." if known else f"The inputs name no existing bucket. To give no owner: {forget}"
            raise UsageError(f"--bucket-owner: {what}", advice)
        if found.setdefault(name, owner) != owner:
            raise UsageError(f"--bucket-owner: {name} has two owners, {found[name]} and {owner}", "Keep only one of them.")
    return found


def owners_of(theirs: Iterable[str], named: Mapping[str, str], account: Account) -> dict[str, str]:
    """The owner accounts of foreign buckets by bucket, "" if the account is not known. `theirs` are the buckets that were
    seen to belong to another account."""
    return {**dict.fromkeys(theirs, ""), **{name: owner for name, owner in named.items() if owner != account.id}}


def check_owners(named: Mapping[str, str], seen: Mapping[str, Seen], account: Account) -> None:
    """Raises PlanRefused for owners that cannot be right. `seen` says what is known about each bucket."""
    mine = [name for name, owner in named.items() if owner == account.id]
    own = [f"{account.id}, given for {name}, is this deployment's own account" for name in mine]
    others = {name: owner for name, owner in named.items() if name in seen and name not in mine}
    own += [
        f"{name} belongs to this account ({account.id}), not to {owner}"
        for name, owner in others.items()
        if seen[name].whose == "ours"
    ]
    wrong = [
        f"{name} does not belong to account {owner} (S3 denies a read that expects this owner, and allows it otherwise)"
        for name, owner in others.items()
        if seen[name].not_owner
    ]
    if own or wrong:
        forget = commands.quoted("--bucket-owner", "")
        raise PlanRefused(
            f"--bucket-owner: {'; '.join([*own, *wrong])}",
            (),
            lines(
                "Ask whoever gave you the bucket for its account ID." if wrong else "",
                "Omit it for buckets of your own account." if own else "",
                f"To discard what you gave to the last run: {forget}",
            ),
        )


class OwnersPart(NamedTuple):
    """The files that the owners of buckets get, by name, and the steps that say what to do with them."""

    files: Mapping[str, str] = {}
    steps: tuple[str, ...] = ()


def owners_part(
    account: Account,
    owners: Mapping[str, str],
    roles: Sequence[str],
    statements: Iterable[Statement],
    of_account: Sequence[Statement] = (),
) -> OwnersPart:
    """`owners` are the owner accounts by bucket, "" if the account is not known; `roles` are ARNs, and `statements` what
    they are granted in all buckets. `of_account` is for people of the account; their own permissions decide who of them."""
    granted = tuple(statements)
    policies = {name: _policy(account, name, roles, granted, of_account) for name in sorted(owners)}
    if not policies:
        return OwnersPart()
    of_whom = [f"{name} (account {owners[name]})" if owners[name] else name for name in policies]
    step = (
        f"Send {FILE} to the owner of {', '.join(of_whom)}: unless the bucket is public, its own policy must let the roles "
        "in. The owner adds the statements under the bucket's name to that policy, keeps the existing statements, and "
        f"removes the added ones after destroy. How: {PAGE}"
    )
    return OwnersPart({FILE: json.dumps(policies, indent=2) + "\n"}, (step,))


def _policy(
    account: Account, bucket: str, roles: Sequence[str], statements: Iterable[Statement], of_account: Iterable[Statement]
) -> Document:
    """What is granted in this one bucket. The ids of the statements begin with the first role's name, as ids must be unique
    in a policy, and another deployment may add its own statements."""
    prefix = "".join(filter(str.isalnum, roles[0].rpartition("/")[2]))
    everybody = f"arn:{account.partition}:iam::{account.id}:root"
    granted = [
        *_statements(account, bucket, list(roles), statements),
        *_statements(account, bucket, [everybody], of_account),
    ]
    return {"Version": VERSION, "Statement": [{**item, "Sid": prefix + item["Sid"]} for item in granted]}


def _statements(account: Account, bucket: str, who: list[str], statements: Iterable[Statement]) -> Iterator[Document]:
    arn = f"arn:{account.partition}:s3:::{bucket}"
    for item in statements:
        if places := [each for each in item.resources if each == arn or each.startswith(f"{arn}/")]:
            yield {**item.to_json(), "Principal": {"AWS": who}, "Resource": places}
