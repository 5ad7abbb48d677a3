"""Corrects moto 5.2 where it differs from AWS and bootstrap would notice: one module a topic, one function a difference.

A function's docstring says what moto does and what AWS does. The functions replace methods of moto's classes, so they also
work in tests with `mock_aws`, and not only in the sandbox's server.
"""

import functools

from bootstrap.sandbox.moto import (
    batch,
    batch_queues,
    cloudformation,
    ec2,
    ec2_account,
    ec2_addresses,
    ec2_console,
    ec2_offerings,
    iam,
    iam_managed,
    iam_oidc,
    iam_trust,
    network,
    organizations,
    quotas,
    s3,
    s3_buckets,
    simulation,
    sts,
    sts_scoped,
    tagging,
)

MODULES = (
    s3_buckets,
    ec2_offerings,
    iam,
    iam_managed,
    iam_oidc,
    iam_trust,
    sts,
    sts_scoped,
    ec2,
    ec2_account,
    ec2_addresses,
    ec2_console,
    network,
    batch,
    batch_queues,
    s3,
    quotas,
    tagging,
    simulation,
    organizations,
    cloudformation,
)
"""In the order in which they are applied: a later one wraps the methods that an earlier one replaced."""


@functools.cache
def apply() -> None:
    """Corrects moto in this process; harmless when repeated."""
    for module in MODULES:
        module.apply()
