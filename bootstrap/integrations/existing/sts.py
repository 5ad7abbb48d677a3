"""The regions where an account can deactivate STS, and what to do then. Pure.

Source: IAM user guide id_credentials_temp_region-endpoints (the table with "Manually activate/deactivate") and
id_credentials_temp_enable-regions. AWS opens new regions as opt-in regions only, so the list below is complete.
"""

from bootstrap.core.partitions import partition_of

_ALWAYS_ON = frozenset({"us-east-1", "cn-north-1", "us-gov-west-1", "us-gov-east-1"})
_SWITCHED = (
    "us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 ap-south-1 "
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 cn-northwest-1"
)
"""The regions that are enabled in every account, and whose STS endpoint an administrator can deactivate and activate."""


def is_opt_in(region: str) -> bool:
    """Whether an account can use the region only after enabling it. Only the partition `aws` has such regions."""
    return partition_of(region) == "aws" and region not in (*_ALWAYS_ON, *_SWITCHED.split())


def global_tokens(region: str) -> str:
    """What to do if a vendor's software calls STS at its global endpoint, whose sessions opt-in regions refuse; "" in other
    regions."""
    if not is_opt_in(region):
        return ""
    return (
        f"{region} is an opt-in region, which by default refuses sessions from the global endpoint of STS. If the state is "
        "ERROR: in the IAM console of each account, under Account settings, Security Token Service (STS), make the session "
        "tokens of the global endpoint valid in all AWS Regions."
    )


def if_disabled(region: str, vendor: str) -> str:
    """What to do if `vendor` gets RegionDisabledException for a role of this account; "" in regions where it cannot.

    Only the role's account matters, except in opt-in regions, where the caller's account matters, too.
    """
    if region in _ALWAYS_ON:
        return ""
    if region in _SWITCHED.split():
        return (
            f"If {vendor} gets RegionDisabledException: in the IAM console of this account, under Account settings, "
            f"Security Token Service (STS), activate {region}."
        )
    return (
        f"If {vendor} gets RegionDisabledException: STS is active in {region} as soon as an account has enabled the region. "
        f"This account has; {vendor} must enable it, too."
    )
