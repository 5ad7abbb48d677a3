"""How many of something an account may have, as Service Quotas says, and whether a plan exceeds that.

A quota is only a hint: when it cannot be read (a missing permission, a region or an emulator without the service, no
connection), it is unknown, and AWS itself decides.
Sources: Service Quotas API reference GetServiceQuota (answers NoSuchResourceException where no value was applied to the
account), GetAWSDefaultServiceQuota; S3 user guide BucketRestrictions (buckets are counted in one region of a partition).
"""

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.core.account import HOMES
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource

_READS = ("get_service_quota", "get_aws_default_service_quota")
"""The account's own value, and the default of AWS where it has none."""
_NONE_APPLIED = ("NoSuchResourceException",)
_WHY = "whether the account's quota leaves room for it"


def permissions(service: str, code: str, *, at_home: bool = False) -> tuple[Permission, ...]:
    """The permissions to read a quota before a create; the create itself needs none of them."""
    region = "{home}" if at_home else "{region}"
    arn = f"arn:{{partition}}:servicequotas:{region}:{{account}}:{service}/{code}"
    return (
        Permission("create", "servicequotas:GetServiceQuota", arn, why=_WHY, optional=True),
        Permission("create", "servicequotas:GetAWSDefaultServiceQuota", "*", why=_WHY, optional=True),
    )


def quota(aws: Cloud, service: str, code: str, *, at_home: bool = False) -> float | None:
    """The value of a quota, such as ("ec2", "L-1216C47A"), in the account's region, or in the home region of its partition;
    None where it cannot be read."""
    region = HOMES.get(aws.account.partition, "") if at_home else ""
    which = {"ServiceCode": service, "QuotaCode": code}
    queries = [Query("service-quotas", each, which, _NONE_APPLIED, region=region, retries=False) for each in _READS]
    aws.ask_ahead(*queries)
    for query in queries:
        try:
            [found] = aws.read(query)
        except (ClientError, BotoCoreError):
            return None
        if found:
            value = found["Quota"].get("Value")
            return float(value) if isinstance(value, int | float) else None
    return None


def no_room(aws: Cloud, resource: Resource, used: int | None, most: float | None, what: str, way: str) -> list[Obstacle]:
    """Whether the plan would exceed the quota `most`. `what` is the plural noun for the resources, `way` says how to request
    a higher quota. None for `used` or `most` means unknown, which is no obstacle."""
    makes = aws.planned.counts.get(resource.counts_as(), 0 if aws.planned.changed_fields else 1)
    if not makes or used is None or most is None or used + makes <= most:
        return []
    left = f"this account has room for {max(0, int(most) - used)}: it has {used:,} of {most:,.0f}"
    return [Obstacle(f"the plan creates {makes} {what}, and {left}", f"Delete what nobody needs, or {way}")]
