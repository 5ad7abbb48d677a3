"""What is outside of a cage is denied by each of its policies: of every integration, of its create and of its destroy.

The policies are held against what AWS checks for a call; `integrations/test_cages.py` sends calls.
"""

from functools import cache
from typing import Literal

import pytest

from bootstrap.contract.authorization import Check, allowed
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Action
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.cage import Cage, is_read
from tests.permissions.test_cage import THEIRS, accounts_of, cage_for, changes_for
from tests.support.inputs import ALL

FLEET = {"site": "datadoghq.com", "external_id": "ext-7", "organizational_unit": ["ou-abcd-12345678"], "canary": "none"}
WAYS: dict[str, Integration] = {
    **{name: ALL[name] for name in integrations()},
    "datadog-fleet": from_inputs(integration("datadog-fleet"), FLEET),
}
ACTIONS = (Action.CREATE, Action.DELETE)
TO_EC2, ADMINISTRATOR = ("iam:PassedToService", "ec2.amazonaws.com"), "arn:aws:iam::aws:policy/AdministratorAccess"
IAM, S3, EC2 = "arn:aws:iam::123456789012:", "arn:aws:s3:::theirs", "arn:aws:ec2:us-east-1:123456789012:"
DANGEROUS = (
    Check("iam:CreateUser", f"{IAM}user/mallory"),
    Check("iam:CreateAccessKey", f"{IAM}user/admin"),
    Check("iam:CreateRole", f"{IAM}role/mallory"),
    Check("iam:AttachRolePolicy", f"{IAM}role/Admin", (("iam:PolicyARN", ADMINISTRATOR),)),
    Check("iam:PutRolePolicy", f"{IAM}role/Admin"),
    Check("iam:UpdateAssumeRolePolicy", f"{IAM}role/Admin"),
    Check("iam:DeleteRolePermissionsBoundary", f"{IAM}role/Admin"),
    Check("iam:DeleteRole", f"{IAM}role/Admin"),
    Check("iam:PassRole", f"{IAM}role/Admin", (TO_EC2,)),
    Check("iam:CreatePolicyVersion", f"{IAM}policy/theirs"),
    Check("sts:AssumeRole", f"{IAM}role/Admin"),
    Check("s3:DeleteBucket", S3),
    Check("s3:PutBucketPolicy", S3),
    Check("s3:PutBucketPublicAccessBlock", S3),
    Check("s3:GetObject", f"{S3}/secret"),
    Check("s3:DeleteObject", f"{S3}/data"),
    Check("s3:DeleteObjectVersion", f"{S3}/data"),
    Check("ec2:TerminateInstances", f"{EC2}instance/i-{THEIRS}"),
    Check("ec2:CreateTags", f"{EC2}instance/i-{THEIRS}"),
    Check("ec2:DeleteVolume", f"{EC2}volume/vol-{THEIRS}"),
    Check("ec2:AuthorizeSecurityGroupIngress", f"{EC2}security-group/sg-{THEIRS}"),
    Check("ec2:ReleaseAddress", f"{EC2}elastic-ip/eipalloc-{THEIRS}"),
    Check("batch:DeleteComputeEnvironment", "arn:aws:batch:us-east-1:123456789012:compute-environment/theirs"),
    Check("batch:TerminateJob", f"arn:aws:batch:us-east-1:123456789012:job/{THEIRS}"),
    Check("cloudformation:DeleteStackSet", f"arn:aws:cloudformation:us-east-1:123456789012:stackset/theirs:{THEIRS}"),
    Check("kms:Decrypt", f"arn:aws:kms:us-east-1:123456789012:key/{THEIRS}"),
    Check("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{THEIRS}"),
    Check("organizations:LeaveOrganization", "*"),
)
"""What an administrator could do to somebody else's account, without any tag of ours."""
UNLIMITED = {("biomodal-duet", Action.DELETE): {"batch:TerminateJob"}}
"""A job has an id that AWS assigns, and nothing in its ARN names the queue."""
each_cage = pytest.mark.parametrize(("way", "action"), [(way, action) for way in WAYS for action in ACTIONS])


@cache
def cage(way: str, action: Literal[Action.CREATE, Action.DELETE]) -> Cage:
    return cage_for(WAYS[way], action, deployment=way)


def let_through(found: Cage, tried: set[Check]) -> set[Check]:
    policies = [each.policy for each in found.sets]
    return {check for check in tried if allowed(check, policies)}


@each_cage
def test_a_cage_denies_what_would_endanger_the_account(way: str, action: Action) -> None:
    found = cage(way, action)
    through = let_through(found, {*DANGEROUS})
    assert {check.action for check in through} == UNLIMITED.get((way, action), set())
    reported = {pair.partition(" on ")[0] for each in found.sets for pair in each.wildcards}
    assert {check.action for check in through} <= reported


def changes_in(*cages: Cage) -> set[Check]:
    """All that they are for and that changes something; an id is one that is not theirs alone."""
    return {
        Check(need.action, need.arn.replace("*", THEIRS), tuple((key, value) for _, key, (value, *_) in need.conditions))
        for found in cages
        for one in found.sets
        for need in one.needs
        if not is_read(need.action)
    }


@each_cage
def test_a_cage_denies_all_that_the_lives_of_the_other_integrations_change(way: str, action: Action) -> None:
    own = changes_in(cage(way, action))
    assert let_through(cage(way, action), own) == own
    names = {each.resource.label for each in changes_for(WAYS[way], Action.CREATE, accounts_of(WAYS[way]))}
    others = changes_in(*(cage(other, each) for other in WAYS.keys() - {way} for each in ACTIONS))
    tried = {check for check in others if not any(name in check.arn for name in names)}
    assert len(tried) > 200
    assert let_through(cage(way, action), tried) == set()
