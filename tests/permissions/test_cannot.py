"""What the review page says that roles cannot do: each claim is tried with a statement that breaks it, and with one that
comes close to it and does not."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.entrant import Entrant
from bootstrap.core.policy import Statement
from bootstrap.integrations import integrations
from bootstrap.permissions import cannot, claims
from bootstrap.permissions.access import access
from bootstrap.permissions.access_rows import access_rows
from bootstrap.permissions.actions import table
from bootstrap.permissions.arrow_verbs import verbs_on
from bootstrap.permissions.cannot import Check, checks
from bootstrap.permissions.managed_policies import managed_policy
from bootstrap.permissions.powers import powers_of
from bootstrap.permissions.review import review
from bootstrap.permissions.reviewed_role import ReviewedPolicy, ReviewedRole
from bootstrap.permissions.role_grants import AttachedPolicy, RoleGrants
from bootstrap.permissions.s3_places import OTHER_OBJECTS

OWN = {"123456789012"}
BUCKET = ("arn:aws:s3:::acme", "arn:aws:s3:::acme/*")
ITSELF = ("arn:aws:iam::123456789012:role/Acme",)
VENDOR = "arn:aws:iam::111122223333:role/vendor"


def says(*actions: str, on: tuple[str, ...] = ("*",), **more: Any) -> Statement:
    return Statement(sid="It", actions=actions, resources=on, why="", source="", **more)


def role(*statements: Statement, attached: str = "", name: str = "Acme", trusts: tuple[Statement, ...] = ()) -> ReviewedRole:
    policies = [AttachedPolicy(attached, "", "", created=False)] if attached else []
    grants = RoleGrants(name, list(trusts), list(statements), policies)
    return ReviewedRole(
        grants, tuple(ReviewedPolicy(each, managed_policy(each.policy)) for each in policies), tuple(access([], table()))
    )


def found(code: str, *roles: ReviewedRole, entrants: tuple[Entrant, ...] = (), **more: Any) -> Check:
    return next(each for each in checks(roles, entrants, OWN, table(), **more) if each.code == code)


BROKEN_AND_KEPT: dict[str, tuple[Statement, Statement]] = {
    "raise-itself": (says("iam:PutRolePolicy", on=("arn:aws:iam::*:role/Acme",)), says("iam:GetRolePolicy")),
    "iam-write": (says("iam:Create*"), says("iam:Get*", "iam:List*", "iam:PassRole", on=ITSELF)),
    "pass-role": (says("iam:Pass*", on=("arn:aws:iam::*:role/x",)), says("iam:GetRole")),
    "assume-role": (says("sts:AssumeRole", on=("arn:aws:iam::*:role/x",)), says("sts:GetCallerIdentity")),
    "run-code": (says("ec2:Run*"), says("ec2:Describe*")),
    "use-keys": (
        says("kms:Decrypt", on=("arn:aws:kms:us-east-1:123456789012:key/x",)),
        says("kms:DescribeKey", "kms:CreateGrant", "kms:ScheduleKeyDeletion"),
    ),
    "change-keys": (says("kms:CreateGrant"), says("kms:Decrypt", "kms:ReEncryptTo", "kms:GenerateRandom", "kms:List*")),
    "secrets": (says("secretsmanager:BatchGetSecretValue"), says("secretsmanager:ListSecrets", "ssm:GetParameters")),
    "parameters": (says("ssm:GetParameters"), says("ssm:DescribeParameters", "secretsmanager:GetSecretValue")),
    "settings": (says("cloudformation:GetTemplate"), says("cloudformation:ListStacks")),
    "delete-data": (says("s3:DeleteObject*", on=BUCKET), says("s3:PutObject", "s3:DeleteBucket", on=BUCKET)),
    "buckets": (says("s3:PutReplicationConfiguration", on=BUCKET), says("s3:PutObject", "s3:PutBucketPolicy", on=BUCKET)),
    "bucket-policies": (says("s3:PutBucketPolicy", on=BUCKET), says("s3:GetBucketPolicy", on=BUCKET)),
    "network": (says("ec2:AuthorizeSecurityGroupIngress"), says("ec2:DescribeSecurityGroups")),
    "sharing": (says("ec2:ModifySnapshotAttribute"), says("ec2:CreateSnapshot")),
    "audit": (says("cloudtrail:StopLogging"), says("cloudtrail:LookupEvents")),
    "organization": (says("organizations:LeaveOrganization"), says("organizations:DescribeOrganization")),
    "objects": (says("s3:GetObject", on=("arn:aws:s3:::acme-*/*",)), says("s3:GetObject", "s3:ListAllMyBuckets", on=BUCKET)),
    "watching": (says("cloudwatch:DeleteAlarms"), says("cloudwatch:DescribeAlarms", "logs:CreateLogGroup")),
    "names": (says("s3:ListBucket"), says("s3:ListBucket", on=BUCKET)),
    "region": (
        says("sqs:SendMessage", on=("arn:aws:sqs:*:123456789012:acme",)),
        says("sqs:SendMessage", on=("arn:aws:sqs:us-east-1:123456789012:acme",)),
    ),
    "subnets": (
        says("ec2:CreateNetworkInterface", on=("arn:aws:ec2:us-east-1:123456789012:subnet/*",)),
        says("ec2:CreateNetworkInterface", on=("arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1",)),
    ),
    "change-anywhere": (says("sns:Publish"), says("sns:Publish", on=("arn:aws:sns:us-east-1:123456789012:x",))),
}


@pytest.mark.parametrize("code", BROKEN_AND_KEPT)
def test_a_claim_falls_with_a_statement_that_breaks_it_and_with_no_other(code: str) -> None:
    broken, kept = BROKEN_AND_KEPT[code]
    assert found(code, role(kept)).holds is True
    fallen = found(code, role(kept), role(broken, name="Other"))
    assert fallen.holds is False
    assert fallen.against[0].startswith("It: ")


def test_every_claim_falls_with_all_actions_and_also_with_all_but_some() -> None:
    attached = AttachedPolicy("arn:aws:iam::aws:policy/ReadOnlyAccess", "", "", created=False)
    policy = managed_policy(attached.policy)
    assert policy
    everything_but = {"Sid": "But", "Effect": "Allow", "NotAction": ["support:*"], "Resource": "*"}
    written = replace(policy, document={"Version": "2012-10-17", "Statement": everything_but})
    odd = ReviewedRole(RoleGrants("Acme", attached=[attached]), (ReviewedPolicy(attached, written),), ())
    for wide in (role(says("*")), odd):
        still = [each.code for each in checks((wide,), (), OWN, table()) if each.holds is not False]
        assert still == []


@pytest.mark.parametrize("code", BROKEN_AND_KEPT)
def test_no_claim_holds_beside_a_policy_whose_content_nobody_knows(code: str) -> None:
    _, kept = BROKEN_AND_KEPT[code]
    unknown = found(code, role(kept, attached="arn:aws:iam::123456789012:policy/Ours"))
    assert (unknown.holds, unknown.against) == (
        None,
        ("what arn:aws:iam::123456789012:policy/Ours grants is not known here",),
    )


def test_what_a_managed_policy_of_aws_allows_counts() -> None:
    by_aws = role(attached="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    assert found("parameters", by_aws).against[0] == "AmazonSSMManagedInstanceCore: ssm:GetParameter"
    assert found("use-keys", by_aws).holds is True


def test_a_condition_rules_nothing_out() -> None:
    limited = says("kms:Decrypt", conditions={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})
    assert found("use-keys", role(limited)).holds is False


def test_only_a_denial_of_everything_without_conditions_rules_something_out() -> None:
    allowed = says("kms:Decrypt", "kms:Encrypt")
    denied = says("kms:*", effect="Deny")
    assert found("use-keys", role(allowed, denied)).holds is True
    assert found("use-keys", role(allowed, replace(denied, resources=("arn:aws:kms:*:*:key/x",)))).holds is False
    assert (
        found("use-keys", role(allowed, replace(denied, conditions={"Bool": {"aws:SecureTransport": "false"}}))).holds
        is False
    )
    assert found("use-keys", role(allowed), role(denied, name="Other")).holds is False
    assert found("use-keys", role(allowed, replace(denied, resources=("arn:aws:kms:*:*:key/x", "*")))).holds is True
    assert found("use-keys", role(allowed, replace(denied, not_resources=("arn:aws:kms:*:*:key/x",)))).holds is False


@pytest.mark.parametrize("arn", ["*", "arn:aws:sns:*:*:*", "arn:*:sns:us-east-1:123456789012:*", "arn:aws:sns:*"])
def test_an_arn_of_wildcards_only_is_every_resource(arn: str) -> None:
    assert found("change-anywhere", role(says("sns:Publish", on=(arn,)))).holds is False
    [row] = access_rows(role(says("sns:Publish", on=(arn,))), table())
    assert row.everywhere


@pytest.mark.parametrize("arn", ["arn:aws:sns:*:*:acme-*", "arn:aws:sqs:*:*:*", "arn:aws:s3:::*/*"])
def test_and_no_other_pattern_or_service_is(arn: str) -> None:
    assert found("change-anywhere", role(says("sns:Publish", on=(arn,)))).holds is True


def test_all_buckets_are_no_named_resources() -> None:
    found_in = {arn: access_rows(role(says("s3:GetObject", on=(arn,))), table()) for arn in ("arn:aws:s3:::*/*", *BUCKET)}
    assert [row.everywhere for rows in found_in.values() for row in rows] == [True, False, False]


def test_the_buckets_that_can_be_reached_are_in_the_claim() -> None:
    assert found("objects", role(says("s3:GetObject", on=BUCKET))).claim == "reach objects in S3 outside of acme"
    assert found("objects", role(says("ec2:RunInstances"))).claim == "reach objects in S3"
    vended = says("lakeformation:GetDataAccess")
    assert found("objects", role(says("s3:GetObject", on=BUCKET), vended)).against == ("It: lakeformation:GetDataAccess",)
    below = says("s3:GetObject", on=("arn:aws:s3:::acme", "arn:aws:s3:::acme/raw/*"))
    assert found("objects", role(below)).claim == "reach objects in S3 outside of acme/raw"
    all_but = says("s3:GetObject", not_resources=("arn:aws:s3:::acme/*",))
    assert found("objects", role(all_but)).holds is False


def test_names_of_objects_are_listed_in_a_bucket_or_below_a_prefix() -> None:
    below = says("s3:ListBucket", on=BUCKET[:1], conditions={"StringLike": {"s3:prefix": ["raw/*"]}})
    assert found("names", role(below)).claim == "list the names of objects in S3 outside of acme/raw"
    assert found("names", role(says("s3:ListBucket", on=BUCKET))).claim == "list the names of objects in S3 outside of acme"
    without = replace(below, conditions={"StringNotLike": {"s3:prefix": ["raw/*"]}})
    assert found("names", role(without)).claim == "list the names of objects in S3 outside of acme"
    every = found("names", role(says("s3:ListBucket")))
    assert every.against == ("It: s3:ListBucket on every resource",)


def test_a_condition_limits_the_region_or_the_vpc() -> None:
    region = says("sqs:SendMessage", conditions={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
    assert found("region", role(region)).holds is True
    all_but = replace(region, conditions={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}})
    assert found("region", role(all_but)).holds is False
    vpc = says("ec2:RunInstances", conditions={"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"}})
    assert found("subnets", role(vpc)).holds is True
    assert found("subnets", role(replace(vpc, conditions={}))).holds is False


def test_what_changes_something_in_every_region_is_named_first() -> None:
    everywhere = found("region", role(says("sqs:ListQueues", "sns:Publish")))
    assert everywhere.against == ("It: sns:Publish", "It: sqs:ListQueues")


def test_s3_access_grants_count_only_where_aws_knows_the_action() -> None:
    bucket = says("s3:Get*", on=BUCKET)
    assert found("objects", role(bucket)).holds is True
    assert found("objects", role(bucket, says("s3:GetDataAccess"))).holds is False


def test_whom_the_policy_of_a_bucket_admits_counts() -> None:
    admitted = says("s3:DeleteObject", on=("arn:aws:s3:::acme/*",), principals={"AWS": (VENDOR,)})
    bucket = ReviewedRole(RoleGrants("bucket acme", [admitted]), (), ())
    assert found("delete-data", bucket).holds is False


def test_becoming_a_role_of_this_page_gains_nothing_and_becoming_another_is_unknown() -> None:
    to_other = says("sts:AssumeRole", on=("arn:aws:iam::123456789012:role/Other",))
    assert found("raise-itself", role(to_other), role(name="Other")).holds is True
    unknown = found("raise-itself", role(to_other))
    assert unknown.holds is None
    assert "what that role may do is not known here" in unknown.against[0]


def test_what_create_still_looks_up_makes_a_claim_unknown_but_saves_none_that_fell() -> None:
    open_ = {"use-keys": "create looks that up"}
    claim = "use KMS keys: encrypt, decrypt or sign with them"
    assert found("use-keys", role(), unsettled=open_) == Check("use-keys", claim, None, ("create looks that up",))
    assert found("change-keys", role(), unsettled=open_).holds is True
    assert found("use-keys", role(says("kms:Decrypt")), unsettled=open_).holds is False


def entrant(principal: str, kind: str = "AWS", *, external_id: bool = False, limits: tuple[str, ...] = ()) -> Entrant:
    return Entrant(principal, kind, "Acme", external_id, "", limits=limits)


def test_the_external_id_is_checked_for_each_account_from_outside() -> None:
    with_id, without = entrant(VENDOR, external_id=True), entrant("arn:aws:iam::999988887777:root")
    assert found("external-id", entrants=(with_id,)).holds is True
    assert found("external-id", entrants=(with_id, without)).holds is False
    token = "arn:aws:iam::123456789012:oidc-provider/acme.example"
    assert found("external-id", entrants=(entrant(token, "Federated", limits=("aud is a",)),)).holds is True
    assert found("external-id", entrants=(entrant(token, "Federated"),)).holds is False
    anyone = replace(entrant(token, "Federated", limits=("sub is like *",)), anyone=True)
    assert found("external-id", entrants=(anyone,)).holds is False


def test_a_role_that_may_only_assume_itself_assumes_no_other() -> None:
    itself = says("sts:AssumeRole", on=ITSELF)
    assert found("assume-role", role(itself)).holds is True
    assert found("assume-role", role(itself, name="Other")).holds is False
    elsewhere = says("sts:AssumeRole", on=("arn:aws:iam::999988887777:role/Acme",))
    assert found("assume-role", role(elsewhere)).holds is False
    assert found("raise-itself", role(elsewhere)).holds is None


def test_nothing_is_ruled_out_for_whoever_can_gain_more() -> None:
    raised = found("network", role(says("iam:PutRolePolicy")))
    assert raised.holds is False
    assert raised.against == (cannot.GAINED,)
    unknown = found("network", role(says("sts:AssumeRole", on=("arn:aws:iam::123456789012:role/Other",))))
    assert unknown.holds is None
    assert found("network", role(says("ec2:CreateRoute", "iam:PutRolePolicy"))).against == ("It: ec2:CreateRoute",)
    assert found("anybody", role(says("iam:PutRolePolicy")), entrants=(entrant(VENDOR),)).holds is False  # also the trust


def test_what_holds_says_what_was_looked_at() -> None:
    assert found("network", role()).why == "no statement allows it"
    assert found("anybody").why == "each trust policy, and each policy of a bucket, names who gets in"
    with_id = entrant(VENDOR, external_id=True)
    assert found("external-id", entrants=(with_id,)).why == "each trust policy that lets somebody in from outside tests it"


def test_what_is_worst_for_a_bucket_is_named_first() -> None:
    assert found("bucket-policies", role(says("s3:*"))).against[0] == "It: s3:PutBucketPolicy"
    assert found("buckets", role(says("s3:*"))).against[0] == "It: s3:DeleteBucket"


def test_every_change_in_kms_is_of_one_of_two_claims() -> None:
    by_code = {each.code: {action.name for action in each.actions(table())} for each in claims.CLAIMS}
    changes = {each.name for each in table().matching("kms:*") if each.level in "wtp"} - {"kms:GenerateRandom"}
    assert by_code["use-keys"] | by_code["change-keys"] == changes
    assert not by_code["use-keys"] & by_code["change-keys"]


def test_what_is_attached_or_reached_from_outside_counts_as_copied_and_opened() -> None:
    assert found("sharing", role(says("ec2:AttachVolume"))).holds is False
    assert found("network", role(says("ec2:AssociateAddress"))).holds is False


def test_who_is_not_from_outside_needs_no_external_id() -> None:
    inside = (entrant("arn:aws:iam::123456789012:role/node"), entrant("ec2.amazonaws.com", "Service"))
    assert [each.code for each in checks((), inside, OWN, table()) if each.code == "external-id"] == []


def test_everybody_in_the_world_is_said_to_get_in() -> None:
    assert found("anybody", entrants=(replace(entrant("*"), anyone=True),)).holds is False
    assert found("anybody", entrants=(entrant(VENDOR),)).holds is True


@pytest.mark.parametrize(
    "action",
    [
        *("redshift-data:ExecuteStatement", "redshift:GetClusterCredentialsWithIAM", "dsql:DbConnectAdmin", "dax:GetItem"),
        *("kinesisvideo:GetMedia", "es:ESHttpPost", "aoss:APIAccessAll", "neptune-db:connect", "ecr:BatchGetImage"),
        *("neptune-graph:ReadDataViaQuery", "redshift-serverless:GetCredentials"),
    ],
)
def test_every_way_in_to_a_database_stream_or_image_reads_content(action: str) -> None:
    assert found("content", role(says(action))).holds is False


@pytest.mark.parametrize(
    "action",
    [
        *("s3express:CreateSession", "s3tables:GetTableData", "s3-outposts:GetObject", "s3-object-lambda:GetObject"),
        "glacier:GetJobOutput",
    ],
)
def test_objects_are_also_in_directory_buckets_tables_and_vaults(action: str) -> None:
    assert found("objects", role(says(action))).against == (f"It: {action} on every resource",)


def test_a_directory_bucket_is_named_by_its_arn() -> None:
    [one, some] = (f"arn:aws:s3express:us-east-1:123456789012:bucket/acme--{zone}--x-s3" for zone in ("use1-az4", "*"))
    named = found("objects", role(says("s3express:CreateSession", on=(one,))))
    assert (named.holds, named.claim) == (True, f"reach objects in S3 outside of {one}")
    assert found("objects", role(says("s3express:CreateSession", on=(some,)))).holds is False


def test_each_action_that_a_claim_names_is_one_of_aws() -> None:
    """A name that AWS does not have would rule nothing out."""
    named = (*claims.BORROWING, *claims.ASSUME, *claims.STARTS, *claims.SECRETS, *claims.NETWORK)
    patterns = (
        *named,
        *claims.STORED,
        *OTHER_OBJECTS,
        *claims.SHARING,
        *claims.VENDED,
        *claims.DELETES,
        *claims.PUBLIC,
        *claims.KEY_USES,
    )
    assert [pattern for pattern in patterns if not table().matching(pattern)] == []
    assert [service for service in (*claims.ORGANIZATION, *claims.AUDIT) if not table().service(service)] == []
    everything = [each for service in table() for each in table().matching(f"{service}:*")]
    assert all(each.broken_by(everything, table()) for each in claims.CLAIMS)


def test_all_that_speaks_against_a_claim_is_there() -> None:
    fallen = found("iam-write", role(says("iam:*")))
    assert len({*fallen.against}) == len(fallen.against) > 50


@pytest.mark.parametrize("name", integrations())
def test_every_integration_has_an_answer_to_each_claim(name: str) -> None:
    reviewed = review(integrations()[name].example())
    answers = checks(reviewed.roles, reviewed.entrants, OWN, table())
    assert {each.code for each in answers} >= {*BROKEN_AND_KEPT, "anybody"} - {"region"}
    assert all(each.against for each in answers if not each.holds)


def test_regions_are_no_question_where_no_action_has_any() -> None:
    assert "region" not in {each.code for each in checks((role(says("s3:GetObject")),), (), OWN, table())}
    assert "region" in {each.code for each in checks((role(says("s3:GetObject", "ec2:StopInstances")),), (), OWN, table())}


def test_what_only_reads_by_its_name_changes_nothing_as_the_verdict_says_too() -> None:
    assert found("change-anywhere", role(says("iot:ListSubscriptions"))).holds is True  # a change by AWS's levels
    assert found("change-anywhere", role(says("iot:DeletePolicy"))).holds is False
    assert found("change-anywhere", role(says("redshift:GetClusterCredentials"))).holds is False  # it gives access


def test_a_claim_about_credentials_and_content_also_falls_with_what_only_its_name_tells() -> None:
    assert found("settings", role(says("cloudwatch:GetSpaceCredentials"))).holds is False
    assert found("content", role(says("cloudwatch:GetTelemetryQueryResults"))).holds is False
    named = role(says("cloudwatch:GetMetricData", "cloudwatch:GetDashboard", "ecr:GetAuthorizationToken"))
    assert found("settings", named).holds is found("content", named).holds is True


def test_what_only_reads_by_its_name_is_a_read_everywhere() -> None:
    """AWS's levels call some of these Write or Permissions management."""
    odd = role(says("backup:List*", "sts:Decode*"))
    assert {row.level for row in access_rows(odd, table())} <= {"list", "read"}
    assert {
        arrow for service in ("backup",) for arrow in verbs_on(((r, "*") for r in access_rows(odd, table())), service)
    } == {"read"}
    assert found("change-anywhere", odd).holds is True
    assert "permissions" not in {level for each in access([(("backup:*List*",), ("*",))], table()) for level in each.levels}
    gives = role(says("athena:GetSessionEndpoint"))  # a token is more than a read
    assert [row.level for row in access_rows(gives, table())] == ["write"]


def test_what_a_pattern_stands_for_counts_only_where_aws_knows_it() -> None:
    """s3:* on a bucket gives nothing about the account, grants or access points; what is named counts wherever it is."""
    streams = says("kinesis:*", on=("arn:aws:kinesis:*:*:stream/acme_*",))
    granted = powers_of((role(says("s3:*", on=BUCKET), streams),), table()).found
    assert {"s3:PutBucketPolicy", "s3:GetObject", "kinesis:PutResourcePolicy"} <= granted.keys()
    of_others = {"s3:PutAccountPublicAccessBlock", "s3:CreateAccessGrant", "s3:PutMultiRegionAccessPointPolicy"}
    assert not granted.keys() & {*of_others, "s3:ListAllMyBuckets", "kinesis:UpdateAccountSettings"}
    assert of_others <= powers_of((role(says("s3:*")),), table()).found.keys()
    named = powers_of((role(says("s3:CreateAccessGrant", on=BUCKET)),), table()).found
    assert "s3:CreateAccessGrant" in named
    rows = access_rows(role(streams), table())
    assert "kinesis:UpdateAccountSettings" not in {name for row in rows for name in row.names}
    [writes] = [row for row in rows if row.level == "write"]
    assert dict(writes.actions)["kinesis:*"] == len(writes.names)
