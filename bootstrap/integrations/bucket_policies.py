"""Buckets of another account: the policy that only their owner can add.

Between two accounts it takes both, the role's own policy and a policy of the bucket that names the role; the role must
exist by then, or S3 refuses the policy. Sources: IAM user guide reference_policies_evaluation-logic-cross-account; S3 user
guide example-walkthroughs-managing-access-example2.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bootstrap.core.account import Account
from bootstrap.core.policy import VERSION, Document, Statement

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html"
FILE = "bucket-policies.json"


class OwnersPart(NamedTuple):
    """What the owners of buckets get (files by name), and the steps that tell them what to do with it."""

    files: Mapping[str, str] = {}
    steps: tuple[str, ...] = ()


def owners_part(
    account: Account,
    owners: Mapping[str, str],
    roles: Sequence[str],
    statements: Iterable[Statement],
    of_account: Sequence[Statement] = (),
) -> OwnersPart:
    """`owners` are the accounts of the buckets by the bucket's name, "" where only somebody else's is known; `roles` are
    ARNs, and `statements` what they are granted, in whatever buckets. `of_account` is for people of the account, whose own
    permissions say who of them."""
    granted = tuple(statements)
    policies = {name: _policy(account, name, roles, granted, of_account) for name in sorted(owners)}
    if not policies:
        return OwnersPart()
    of_whom = [f"{name} (account {owners[name]})" if owners[name] else name for name in policies]
    step = (
        f"Send {FILE} to the owner of {', '.join(of_whom)}: unless it is public, the bucket's own policy must let the "
        "roles in. The owner adds the statements under the bucket's name to that policy, keeps those that it has already, "
        f"and removes ours after destroy. How: {PAGE}"
    )
    return OwnersPart({FILE: json.dumps(policies, indent=2) + "\n"}, (step,))


def _policy(
    account: Account, bucket: str, roles: Sequence[str], statements: Iterable[Statement], of_account: Iterable[Statement]
) -> Document:
    """What is granted in this one bucket. The ids of statements begin with the first role's name: no id may be twice in a
    policy, and another deployment may add its own."""
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
