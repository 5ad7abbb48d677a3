"""Which actions decide who else gets in, where AWS's levels call them Write."""

import pytest

from bootstrap.permissions.actions import table
from bootstrap.permissions.letting_in import OTHERS, lets_others_in


@pytest.mark.parametrize(
    "action",
    [
        *("kinesis:PutResourcePolicy", "kafka:PutClusterPolicy", "logs:PutDestinationPolicy", "oam:PutSinkPolicy"),
        *("codeartifact:PutRepositoryPermissionsPolicy", "aoss:UpdateAccessPolicy", "lex:CreateResourcePolicyStatement"),
        *(
            "appstream:UpdateImagePermissions",
            "ram:CreateResourceShare",
            "ram:AssociateResourceShare",
            "eks:CreateAccessEntry",
        ),
        *("ec2:ModifyImageAttribute", "rds:ModifyDBSnapshotAttribute", "omics:CreateShare", "sso:CreateAccountAssignment"),
    ],
)
def test_what_lets_others_in_is_permissions_management(action: str) -> None:
    [found] = table().matching(action)
    assert found.level == "p"


@pytest.mark.parametrize(
    "action",
    [
        *(
            "autoscaling:PutScalingPolicy",
            "ecr:PutLifecyclePolicy",
            "logs:PutRetentionPolicy",
            "cloudfront:CreateCachePolicy",
        ),
        *("storagegateway:CreateNFSFileShare", "batch:CreateQuotaShare", "partnercentral:CreateMarketplaceRevenueShare"),
        *("ec2:ModifyInstanceAttribute", "quicksight:CreateCustomPermissions", "backup:CreateBackupPlan"),
    ],
)
def test_another_policy_or_share_lets_nobody_in(action: str) -> None:
    [found] = table().matching(action)
    assert found.level == "w"


def test_the_short_list_has_actions_of_aws_that_the_rule_does_not_find_by_name() -> None:
    assert [action for action in OTHERS if not table().matching(action)] == []


def test_what_only_reads_is_never_one_of_them() -> None:
    of_reads = [each.name for service in table() for each in table().matching(f"{service}:*") if each.level in "lr"]
    assert [name for name in of_reads if lets_others_in(name)] == []
