"""What Upsolver's pages ask for, as statements; `upsolver_vpc.py` and `upsolver_data_access.py` put them into roles.

The newest page wins where the pages differ. One statement here is one row of the page's tables, so that each action
stands beside the reason that the page gives for it; together they grant what the JSON on the page grants.
"""

from collections.abc import Mapping

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement
from bootstrap.integrations.buckets import place_statements

PERMISSIONS_PAGE = "https://docs.upsolver.com/upsolver-1/getting-started/upsolver-aws-deployment-guide/aws-role-permissions"
CREDENTIALS_PAGE = (
    "https://docs.upsolver.com/content/how-to-guides-1/connectors/create-connections/role-based-aws-credentials"
)
S3_PAGE = "https://upsolver.gitbook.io/content/how-to-guides-1/connectors/configure-access/amazon-s3"

API_ACCOUNT = "428641199958"
SPOT_ACCOUNT = "922761411349"

_NAMED_REQUEST = {"StringLike": {"aws:RequestTag/Name": "*upsolver*"}}
_NAMED_RESOURCE = {"StringLike": {"ec2:ResourceTag/Name": "*upsolver*"}}


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


def trust(account: Account, external_id: str, *, spotinst: bool) -> tuple[Statement, ...]:
    """Who may assume the management role, each with the external id."""
    principals = [
        ("UpsolverApi", f"arn:{account.partition}:iam::{API_ACCOUNT}:role/upsolver-api", "Upsolver makes cluster resources"),
        ("SpotIo", f"arn:{account.partition}:iam::{SPOT_ACCOUNT}:root", "spot.io replaces lost spot instances and scales"),
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
        )
        for sid, principal, why in (principals if spotinst else principals[:1])
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


def management(account: Account, *, spotinst: bool, harden: bool, server_role: str, profile: str) -> tuple[Statement, ...]:
    """The management role's policy. `server_role` and `profile` are the ARNs to which `harden` narrows passing."""

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
    tagging = ("RunInstances", "CreateVolume", "RequestSpotInstances", "AllocateAddress")
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
            "SpotPrices", _actions("ec2", "DescribeSpotPriceHistory"), "In the page's JSON only; its tables give no reason"
        ),
        asks(
            "TagClusters",
            _actions("ec2", "CreateTags"),
            "Monitors Upsolver's EC2 clusters",
            conditions={"StringEquals": {"ec2:CreateAction": list(tagging)}} if harden else None,
        ),
        asks(
            "Addresses",
            _actions("ec2", "AssociateAddress DisassociateAddress AllocateAddress ReleaseAddress DescribeAddresses"),
            "Gives Upsolver static IP addresses, by which it is found",
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
            "PassServerRole",
            _actions("iam", "PassRole"),
            f"The page: {spot}. It is also what launching servers with a role takes",
            (server_role,) if harden else ("*",),
            {"StringEquals": {"iam:PassedToService": [account.service_principal("ec2")]}} if harden else None,
        ),
        asks("DecodeErrors", _actions("sts", "DecodeAuthorizationMessage"), "In the page's JSON only: reads denials of EC2"),
        asks(
            "SpotServiceRoles",
            _actions("iam", "CreateServiceLinkedRole"),
            "In the page's JSON only: the first spot request of an account needs it",
            conditions={"StringEquals": {"iam:AWSServiceName": ["spot.amazonaws.com", "spotfleet.amazonaws.com"]}}
            if harden
            else None,
        ),
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
            asks("SpotinstProfiles", _actions("iam", "AddRoleToInstanceProfile"), spot, (profile,) if harden else ("*",)),
        ]
    return tuple(statements)


def server(account: Account, bucket: str) -> tuple[Statement, ...]:
    """The server role's policy, for its bucket."""
    s3 = f"arn:{account.partition}:s3:::{bucket}"
    rows = (
        ("upsolverBucketAccess", ("s3:*",), (s3, f"{s3}/*"), "Upsolver's own bucket: output and files in between"),
        ("listBuckets", ("s3:ListAllMyBuckets",), ("*",), "Upsolver's screens suggest your buckets"),
        ("listStreams", ("kinesis:ListStreams",), ("*",), "Upsolver's screens suggest your Kinesis streams"),
        (
            "upsolverManagedStream",
            ("kinesis:*",),
            (f"arn:{account.partition}:kinesis:*:*:stream/upsolver_*",),
            "The streams that Upsolver makes for itself, in the page's JSON",
        ),
        ("sendScalingMetrics", ("cloudwatch:PutMetricData",), ("*",), "Scaling metrics, in the page's JSON"),
    )
    return tuple(
        Statement(sid=sid, actions=actions, resources=resources, why=why, source=PERMISSIONS_PAGE)
        for sid, actions, resources, why in rows
    )


def data(
    account: Account, read: tuple[str, ...], write: tuple[str, ...], why: str, source: str = S3_PAGE
) -> tuple[Statement, ...]:
    """Access to NAME or NAME/PREFIX of S3: what Upsolver's S3 page lists for reading, and for writing as well.

    Bucket actions go to the bucket's ARN and object actions to the objects'; listing is held to the prefix.
    """
    statements = list[Statement]()
    for number, place in enumerate(dict.fromkeys((*read, *write)), start=1):
        objects = _actions("s3", "GetObject GetObjectVersion" + (" PutObject DeleteObject" if place in write else ""))
        sids = (f"FindBucket{number}", f"ListBucket{number}", f"{'Write' if place in write else 'Read'}Objects{number}")
        actions = (("s3:GetBucketLocation",), ("s3:ListBucket",), objects)
        statements += place_statements(account, place, sids, actions, why, source)
    return tuple(statements)
