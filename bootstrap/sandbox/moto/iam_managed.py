"""The 1,500 policies that AWS manages, in many accounts (see `sandbox/moto/corrections.py`)."""

import copy
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam import models
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends

from bootstrap.sandbox.moto.patching import Method, wrap_method

_parsed: dict[str, list[AWSManagedPolicy]] = {}
"""By partition. All accounts have the same policies, until they attach one."""


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _policies_of_aws_are_parsed_once()
    _accounts_have_the_partitions_that_they_use()


def _policies_of_aws_are_parsed_once() -> None:
    """moto parses them for each account, which takes a tenth of a second, and megabytes. Attachments are counted by account,
    so a policy that is attached becomes the account's own."""

    def parsed(original: Method, iam: IAMBackend) -> list[AWSManagedPolicy]:
        if not _parsed.get(iam.region_name):  # empty where AWS's policies are not asked for
            _parsed[iam.region_name] = original(iam)
        return list(_parsed[iam.region_name])

    def attach(original: Method, iam: IAMBackend, policy_arn: str, name: str) -> Any:
        shared = iam.managed_policies.get(policy_arn)
        if isinstance(shared, AWSManagedPolicy) and shared in _parsed[iam.region_name]:
            own = copy.copy(shared)
            own.account_id = iam.account_id
            iam.aws_managed_policies[iam.aws_managed_policies.index(shared)] = iam.managed_policies[policy_arn] = own
        return original(iam, policy_arn, name)

    wrap_method(IAMBackend, "_init_aws_policies", parsed)
    for holder in ("role", "group", "user"):
        wrap_method(IAMBackend, f"attach_{holder}_policy", attach)


def _accounts_have_the_partitions_that_they_use() -> None:
    """To find whose an access key is, moto looks into seven partitions of each account, and so makes them all."""

    def account_of(original: Method, access_key: str) -> str:
        for number, partitions in list(iam_backends.items()):
            if any(access_key in iam.access_keys for iam in list(partitions.values())):
                return str(number)
        return DEFAULT_ACCOUNT_ID

    wrap_method(models, "get_account_id_from", account_of)
