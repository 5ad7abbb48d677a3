"""The permissions that Upsolver's pages ask for, as statements. `vpc.py` and `data_access.py` put them into roles.

Where the pages differ, the newest page wins. Each statement is one row of the page's tables, so that each action stands
beside the page's reason for it; together they grant what the JSON on the page grants.
"""

from collections.abc import Mapping

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement

PERMISSIONS_PAGE = "https://docs.upsolver.com/upsolver-1/getting-started/upsolver-aws-deployment-guide/aws-role-permissions"
CREDENTIALS_PAGE = (
    "https://docs.upsolver.com/content/how-to-guides-1/connectors/create-connections/role-based-aws-credentials"
)
S3_PAGE = "https://upsolver.gitbook.io/content/how-to-guides-1/connectors/configure-access/amazon-s3"

PARTITION = "aws"
"""The partition of the two accounts below, wherever the role is that trusts them."""
API_ACCOUNT = "428641199958"
SPOT_ACCOUNT = "922761411349"

ATHENA = (
    "AmazonAthenaFullAccess",
    "Manages your Athena tables. The page: Athena needs full access; finer grants are possible with AWS Lake Formation",
)
_STACKS = "AWSCloudFormationReadOnlyAccess"
INITIAL_STACK = (_STACKS, "Upsolver sees when the initial integration is complete")
FOLLOW_UP_STACKS = (_STACKS, "Upsolver sees when follow-up integrations are complete")
ALL_STACKS = (_STACKS, "Upsolver sees when the initial and follow-up integrations are complete")
"""AWS managed policies, each with the page's reason."""

TAGGED_WHEN_CREATED = ("RunInstances", "CreateVolume", "RequestSpotInstances", "AllocateAddress")
"""The EC2 calls that create a resource together with its tags: the only tagging that `harden` allows on all resources."""

_NAMED_REQUEST = {"StringLike": {"aws:RequestTag/Name": "*upsolver*"}}
_NAMED_RESOURCE = {"StringLike": {"ec2:ResourceTag/Name": "*upsolver*"}}


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


def trust(external_id: str, *, spotinst: bool) -> tuple[Statement, ...]:
    """Who may assume the management role, each with the external id."""
    principals = [
        (
            "UpsolverApi",
            "Upsolver",
            f"arn:{PARTITION}:iam::{API_ACCOUNT}:role/upsolver-api",
            "Upsolver creates cluster resources",
        ),
        (
            "SpotIo",
            "spot.io",
            f"arn:{PARTITION}:iam::{SPOT_ACCOUNT}:root",
            "spot.io replaces lost spot instances and scales the clusters",
        ),
    ]
    return tuple(
        Statement(
            sid=sid,
            actions=("sts:AssumeRole",),
            resources=(),
            principals={"AWS": (principal,)},
            conditions={"StringEquals": {"sts:ExternalId": external_id}},
            why=why,
            source=PERMISSIONS_PAGE,
            who=who,
        )
        for sid, who, principal, why in (principals if spotinst else principals[:1])
    )


def ec2_trust(account: Account) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="Ec2Servers",
            actions=("sts:AssumeRole",),
            resources=(),
            principals={"Service": (account.service_principal("ec2"),)},
            why="Upsolver's servers start with this role on EC2 instances in your VPC",
            source=PERMISSIONS_PAGE,
        ),
    )


def management(
    account: Account, *, spotinst: bool, harden: bool, server_role: str = "", profile: str = ""
) -> tuple[Statement, ...]:
    """The management role's policy. `server_role` is the ARN of the one role that servers in this account get, and `profile`
    that of its instance profile. With `harden`, only that role can be passed; if it is "", none can.

    `harden` must leave Upsolver able to work; `narrowed` says what it no longer grants.
    """

    def asks(
        sid: str,
        names: tuple[str, ...],
        why: str,
        resources: tuple[str, ...] = ("*",),
        conditions: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Statement:
        return Statement(
            sid=sid, actions=names, resources=resources, conditions=conditions or {}, why=why, source=PERMISSIONS_PAGE
        )

    ec2 = f"arn:{account.partition}:ec2"
    launches = "Runs and stops Upsolver's EC2 instances"
    spot = "Spotinst validates policies"
    to_ec2 = {"StringEquals": {"iam:PassedToService": [account.service_principal("ec2")]}}
    passes = f"The page: {spot}. Launching servers with a role needs it, too"
    launched = (f"{ec2}:*:*:network-interface/*", f"{ec2}:*:*:subnet/*", f"{ec2}:*::image/*")
    statements = [
        asks("SpotRequests", _actions("ec2", "RequestSpotInstances CancelSpotInstanceRequests"), launches),
        asks("LaunchNamed", _actions("ec2", "CreateVolume RunInstances"), launches, conditions=_NAMED_REQUEST),
        asks(
            "HandleNamed",
            _actions("ec2", "TerminateInstances StartInstances AttachVolume DeleteVolume RunInstances"),
            launches,
            conditions=_NAMED_RESOURCE,
        ),
        asks("LaunchInto", _actions("ec2", "RunInstances"), launches, launched),
        asks(
            "Monitor",
            _actions("ec2", "DescribeInstances DescribeSpotInstanceRequests DescribeInstanceStatus DescribeTags"),
            "Monitors Upsolver's EC2 clusters",
        ),
        asks(
            "SpotPrices", _actions("ec2", "DescribeSpotPriceHistory"), "Only in the page's JSON; its tables give no reason"
        ),
        asks(
            "TagClusters",
            _actions("ec2", "CreateTags"),
            "Monitors Upsolver's EC2 clusters",
            conditions={"StringEquals": {"ec2:CreateAction": list(TAGGED_WHEN_CREATED)}} if harden else None,
        ),
        asks(
            "Addresses",
            _actions("ec2", "AssociateAddress DisassociateAddress AllocateAddress ReleaseAddress DescribeAddresses"),
            "Gives Upsolver static IP addresses, so that it can be reached",
        ),
        asks(
            "ScaleOnMetrics",
            _actions(
                "cloudwatch",
                "PutMetricData GetMetricStatistics ListMetrics DescribeAlarmHistory DescribeAlarmsForMetric DescribeAlarms",
            ),
            "Scales on CloudWatch statistics and alarms",
        ),
        asks(
            "DecodeErrors", _actions("sts", "DecodeAuthorizationMessage"), "Only in the page's JSON: decodes EC2's denials"
        ),
        asks(
            "SpotServiceRoles",
            _actions("iam", "CreateServiceLinkedRole"),
            "Only in the page's JSON: the first spot request of an account needs it",
            conditions={"StringEquals": {"iam:AWSServiceName": ["spot.amazonaws.com", "spotfleet.amazonaws.com"]}}
            if harden
            else None,
        ),
    ]
    if not harden:
        statements.append(asks("PassServerRole", _actions("iam", "PassRole"), passes))
    elif server_role:
        servers = {"ArnEquals": {"ec2:InstanceProfile": [profile]}}
        spot_servers = (
            "Monitors Upsolver's EC2 clusters; servers of spot requests are tagged later, and recognized by their profile"
        )
        statements += [
            asks("PassServerRole", _actions("iam", "PassRole"), passes, (server_role,), to_ec2),
            asks("TagServers", _actions("ec2", "CreateTags"), spot_servers, (f"{ec2}:*:*:instance/*",), servers),
        ]
    if spotinst:
        statements += [
            asks(
                "SpotinstValidation",
                _actions("ec2", "DescribeSecurityGroups DescribeImages DescribeImageAttribute"),
                "Spotinst validates what it launches",
            ),
            asks(
                "SpotinstPolicies",
                _actions(
                    "iam",
                    "ListPolicies GetPolicyVersion GetPolicy ListRoles ListInstanceProfiles ListInstanceProfilesForRole "
                    "ListAttachedRolePolicies ListAccountAliases",
                ),
                spot,
            ),
            # A profile holds one role, and the servers' profile has its role from the start: with `harden` there is none to
            # add.
            *([] if harden else [asks("SpotinstProfiles", _actions("iam", "AddRoleToInstanceProfile"), spot)]),
        ]
    return tuple(statements)


def narrowed(*, spotinst: bool, server_role: str = "") -> tuple[str, ...]:
    """What `harden` no longer grants the management role, one line per action, and what stops working without it.

    `server_role` is the name of the role that servers in this account get, and of its profile; "" if there is none.
    """
    passing = "iam:PassRole is not granted; Upsolver cannot launch instances with a role in this account."
    tagging = f"ec2:CreateTags is granted only while something is created ({', '.join(TAGGED_WHEN_CREATED)})"
    spot = "instances of a spot request"
    if server_role:
        passing = f"iam:PassRole is granted only for {server_role} and only to EC2; servers cannot get another role."
        tagging += f", and on instances with the instance profile {server_role}"
        spot += " without that profile"
    return (
        passing,
        *(["iam:AddRoleToInstanceProfile is not granted; Upsolver cannot put a role into an instance profile."] * spotinst),
        "iam:CreateServiceLinkedRole is granted only for spot.amazonaws.com and spotfleet.amazonaws.com; Upsolver cannot "
        "create the service-linked role of another AWS service.",
        f"{tagging}. A resource without a Name tag with upsolver cannot get one later: Upsolver cannot start or terminate "
        f"{spot} (ec2:StartInstances, ec2:TerminateInstances), attach or delete their volumes (ec2:AttachVolume, "
        "ec2:DeleteVolume), or launch with a security group or key pair that you have not tagged (ec2:RunInstances).",
    )


def server(account: Account, bucket: str) -> tuple[Statement, ...]:
    """The server role's policy, for the bucket of this name."""
    s3 = f"arn:{account.partition}:s3:::{bucket}"
    rows = (
        ("upsolverBucketAccess", ("s3:*",), (s3, f"{s3}/*"), "Upsolver's own bucket: output and intermediate files"),
        ("listBuckets", ("s3:ListAllMyBuckets",), ("*",), "Upsolver's screens suggest your buckets"),
        ("listStreams", ("kinesis:ListStreams",), ("*",), "Upsolver's screens suggest your Kinesis streams"),
        (
            "upsolverManagedStream",
            ("kinesis:*",),
            (f"arn:{account.partition}:kinesis:*:*:stream/upsolver_*",),
            "The streams that Upsolver creates for itself; only in the page's JSON",
        ),
        ("sendScalingMetrics", ("cloudwatch:PutMetricData",), ("*",), "Scaling metrics; only in the page's JSON"),
    )
    return tuple(
        Statement(sid=sid, actions=actions, resources=resources, why=why, source=PERMISSIONS_PAGE)
        for sid, actions, resources, why in rows
    )
