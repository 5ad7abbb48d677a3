"""Partitions (aws, aws-cn, aws-us-gov): groups of regions with their own accounts and names. Pure.

No resource in one partition can name or trust a resource in another. Source: IAM user guide, reference-arns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bootstrap.core.account import HOMES, Account
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.errors import PlanRefused

DOMAINS: Mapping[str, str] = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
"""The domain of a partition's endpoints. Source: botocore/data/partitions.json."""
ENDPOINTS = (*dict.fromkeys(f".{domain}" for domain in DOMAINS.values()), ".api.aws")
"""The endings of the names of AWS's endpoints, in all partitions."""


def check_one(accounts: Iterable[Account]) -> None:
    """Raises PlanRefused for accounts of several partitions."""
    if len(partitions := sorted({account.partition for account in accounts})) > 1:
        apart = f"the accounts are in different partitions ({', '.join(partitions)}), and no role can be trusted across "
        "partitions"
        raise PlanRefused(apart, (), "Sign in to accounts of one partition; nothing was changed.")


def check_vendor(integration: type[Integration], accounts: Iterable[Account]) -> None:
    """Raises PlanRefused in a partition where the vendor has no accounts to trust, whatever the inputs are."""
    theirs = integration.partition
    for account in accounts:
        if theirs and account.partition not in (theirs, "*"):
            raise PlanRefused(
                f"{integration.name} works only in the partition {theirs}, but {account.region} is in {account.partition}; "
                "nothing was changed",
                [
                    f"its roles trust the vendor's accounts, which exist only in {theirs}; here these ids may belong to "
                    "somebody else"
                ],
                f"Choose a region (--region) and an account (--profile) of the partition {theirs}.",
            )


def partition_of(region: str) -> str:
    """The partition of a region, by the beginning of its name."""
    begins = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    begins |= {"us-isof-": "aws-iso-f", "eu-isoe-": "aws-iso-e", "eusc-": "aws-eusc"}
    return next((partition for beginning, partition in begins.items() if region.startswith(beginning)), "aws")


def check_inputs(integration: Integration, accounts: Iterable[Account]) -> None:
    """Raises PlanRefused for inputs that name a resource in another partition. An unknown partition is not checked."""
    partitions = {account.partition for account in accounts} - {"*"}
    if foreign := [each for partition in sorted(partitions) for each in foreign_inputs(integration, partition)]:
        raise PlanRefused("AWS would refuse this", foreign, "Give ARNs of your own partition; nothing was changed.")


def foreign_inputs(integration: Integration, partition: str) -> list[str]:
    """The ARNs in the inputs that no policy of this partition may name."""
    return [
        f"{flag}: {arn} is not in the partition {partition} of this account"
        for flag, arn in _arns(integration)
        if arn.split(":")[1] != partition
    ]


def stand_ins(integration: Integration) -> list[Account]:
    """As `examples`, in the vendor's partition, else in the one that the inputs name: nothing more is known before AWS is
    asked."""
    found = examples(integration)
    partition = integration.partition or next((arn.split(":")[1] for _, arn in _arns(integration)), found[0].partition)
    region = HOMES.get(partition, found[0].region)
    return [replace(account, partition=partition, region=region) for account in found]


def _arns(integration: Integration) -> Iterator[tuple[str, str]]:
    """The ARNs in the inputs, each with the flag of its input."""
    for item in inputs_of(type(integration)):
        value = getattr(integration, item.name)
        texts = [str(each) for each in (value if isinstance(value, tuple) else [value])]
        named = texts if item.keyed else [text.rpartition("=")[2] for text in texts]  # also BUCKET=ARN
        yield from ((item.flag, text) for text in named if text.startswith("arn:"))
