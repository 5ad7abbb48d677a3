"""Where Upsolver's permissions page is wrong or too wide, what bootstrap sends instead, and why."""

from bootstrap.core.deviation import Deviation
from bootstrap.integrations.deviations import BUCKET_KEPT
from bootstrap.integrations.existing.bucket_keys import PAGE as KMS_PAGE
from bootstrap.integrations.upsolver.data import NO_LIST
from bootstrap.integrations.upsolver.grants import PERMISSIONS_PAGE, S3_PAGE

LISTING_HELD = Deviation(
    page="s3:ListBucket on the whole bucket (Upsolver's S3 page)",
    sent="the same; for NAME/PREFIX only below that prefix (s3:prefix)",
    why="Upsolver has no need to see the names of other objects",
    source=S3_PAGE,
    risk="low",
)

_PASSING = "iam:PassRole and iam:AddRoleToInstanceProfile on every role, said to be for validation"
_PASSING_WHY = "with ec2:RunInstances, whoever may pass any role can become any role of the account"
_PASSING_SOURCE = "IAM user guide, id_roles_use_passrole"
_TAGGING_WHY = (
    "whoever may tag any instance *upsolver* may then also terminate it. With --harden, the instances of a spot request and "
    "their volumes, which are tagged only after their creation, cannot be tagged, and so cannot be started, terminated, "
    "attached or deleted"
)
_PASSING_DANGER = (
    "anyone with the role can start a machine with any role of the account that EC2 may use, also an administrator's, and "
    "then act with that role"
)
_TAGGING_DANGER = (
    "anyone with the role can give your own instances and volumes a Name like *upsolver*, and then terminate or delete them"
)
_TAGGING_SOURCE = "Service authorization reference, EC2 (ec2:CreateAction, ec2:InstanceProfile)"

VPC_DEVIATIONS = (
    Deviation(
        page=_PASSING,
        sent="the same",
        why=f"{_PASSING_WHY}; no server in this account gets a role here, so there is no role to limit it to",
        source=_PASSING_SOURCE,
        risk="high",
        danger=_PASSING_DANGER,
        limited_by="harden",
        limited="neither is granted",
        sids=("PassServerRole", "SpotinstProfiles"),
    ),
    Deviation(
        page="ec2:CreateTags on everything",
        sent="the same",
        why=_TAGGING_WHY,
        source=_TAGGING_SOURCE,
        risk="high",
        danger=_TAGGING_DANGER,
        limited_by="harden",
        limited="only while something is created (ec2:CreateAction)",
        sids=("TagClusters",),
    ),
)
"""What --harden does when Upsolver's servers run in Upsolver's VPC."""

PRIVATE_DEVIATIONS = (
    Deviation(
        page=_PASSING,
        sent="the same",
        why=f"{_PASSING_WHY}; the servers' profile has its one role from the start, so there is none to add",
        source=_PASSING_SOURCE,
        risk="high",
        danger=_PASSING_DANGER,
        limited_by="harden",
        limited="only UpsolverServerRole to EC2, and no iam:AddRoleToInstanceProfile",
        sids=("PassServerRole", "SpotinstProfiles"),
    ),
    Deviation(
        page="ec2:CreateTags on everything",
        sent="the same",
        why=f"{_TAGGING_WHY}; only instances with that profile can",
        source=_TAGGING_SOURCE,
        risk="high",
        danger=_TAGGING_DANGER,
        limited_by="harden",
        limited="only while something is created (ec2:CreateAction), and on instances with the profile "
        "UpsolverServerRole (ec2:InstanceProfile)",
        sids=("TagClusters",),
    ),
    Deviation(
        page="no trust policy for the server role",
        sent="a trust policy for EC2, and an instance profile with the role's name",
        why="the page says that EC2 servers start with the role, which requires both",
        source="IAM user guide, id_roles_use_switch-role-ec2_instance-profiles",
        risk="none",
    ),
)
"""What differs when Upsolver's servers run in the customer's VPC."""

BUCKET_KEYS = Deviation(
    page="nothing on the KMS keys of buckets",
    sent="kms:Decrypt on the keys of the buckets that you name, which bootstrap looks up, and kms:GenerateDataKey to write, "
    "through S3 only",
    why="without the key, AWS denies every read and write there",
    source=KMS_PAGE,
    risk="none",
)

ROLE_DEVIATIONS = (
    BUCKET_KEYS,
    Deviation(
        page="no Version in the permission policies, 2008-10-17 in the trust policy",
        sent='"Version": "2012-10-17" in every document',
        why="without it IAM applies the rules of 2008, and linters complain",
        source="IAM user guide, reference_policies_elements_version",
        risk="none",
    ),
    Deviation(
        page="ARNs begin with arn:aws:; one contains a space (policy/ AmazonAthenaFullAccess)",
        sent="the same, without the space; in China and GovCloud the integration is refused",
        why="an ARN has no space. Upsolver's and spot.io's accounts are in the commercial partition, and no role of another "
        "partition can trust them",
        source="IAM user guide, reference_identifiers",
        risk="none",
    ),
    Deviation(
        page="s3:ListAllMyBuckets is in the table of the server role but not in its JSON",
        sent="a statement of its own",
        why="the page says that the role has it, and Athena's managed policy grants it anyway",
        source=PERMISSIONS_PAGE,
        risk="low",
        sids=("listBuckets",),
    ),
    Deviation(
        page="iam:CreateServiceLinkedRole, sts:DecodeAuthorizationMessage and ec2:DescribeSpotPriceHistory are in the "
        "JSON but in no table",
        sent="all three",
        why="the JSON of the newest page grants them",
        source=PERMISSIONS_PAGE,
        risk="low",
        sids=("DecodeErrors", "SpotPrices"),
    ),
    Deviation(
        page="iam:CreateServiceLinkedRole for any service",
        sent="the same",
        why="Upsolver launches spot instances; it needs the service-linked role of no other service",
        source="Service authorization reference, IAM (iam:AWSServiceName)",
        risk="medium",
        danger="anyone with the role can create the service-linked role of any AWS service, which lets that service act "
        "in the account",
        limited_by="harden",
        limited="for spot.amazonaws.com and spotfleet.amazonaws.com only",
        sids=("SpotServiceRoles",),
    ),
    Deviation(
        page="instances and volumes are recognized by a Name like *upsolver*",
        sent="the same",
        why="Upsolver gives its instances their names. An instance of yours called not-upsolver-prod would match as well, "
        "so avoid such names",
        source="IAM user guide, reference_policies_elements_condition_operators (StringLike)",
        risk="medium",
        danger="anyone with the role can terminate every instance and delete every volume whose Name contains upsolver, "
        "whoever made it",
        sids=("HandleNamed",),
    ),
    Deviation(
        page="the whole spot.io account is trusted, with the same external id as Upsolver's",
        sent="the same",
        why="another company should have its own role to trust and its own external id; ask Upsolver for both",
        source="IAM user guide, id_roles_create_for-user_externalid",
        risk="high",
        danger="anyone in another company's account who knows the external id can assume the role and do all "
        "that Upsolver can",
        limited_by="without_spotinst",
        limited="spot.io is not trusted, and what only spot.io needs is omitted (iam:PassRole stays unless --harden "
        "is given: launching servers with a role needs it)",
        sids=("SpotIo",),
    ),
    Deviation(
        page="ec2:RunInstances only with a Name like *upsolver*",
        sent="the same",
        why="so the security group, key pair, launch template and snapshot must have such a Name tag, and each launch must "
        "tag its volumes. The page does not say so, and AWS denies a launch without them",
        source="Service authorization reference, EC2 (RunInstances is checked for each resource)",
        risk="none",
        sids=("LaunchNamed",),
    ),
    Deviation(
        page="s3:* on the bucket, and every Elastic IP of the account",
        sent="the same",
        why="s3:* includes changing the bucket's policy and deleting the bucket, so Upsolver could undo what keeps it "
        "private; and no tag distinguishes Upsolver's addresses from others. Use a separate bucket, and preferably a "
        "separate account",
        source="Service authorization reference, S3 and EC2",
        risk="medium",
        danger="anyone with the role can make Upsolver's bucket public or delete it, and take or release every Elastic IP "
        "of the account",
        sids=("upsolverBucketAccess", "Addresses"),
    ),
    Deviation(
        page='"running and stopping" of instances',
        sent="start and terminate, as in the JSON",
        why="neither the table nor the JSON grants ec2:StopInstances, ec2:DetachVolume or ec2:DescribeVolumes",
        source=PERMISSIONS_PAGE,
        risk="none",
    ),
    Deviation(
        page='"Athena does not allow partial permissions; full access is required"',
        sent="AmazonAthenaFullAccess, as the page asks",
        why="Athena's actions can be limited to workgroups, but the page names none; for finer grants it refers to AWS Lake "
        "Formation",
        source="Service authorization reference, Athena",
        risk="high",
        danger="anyone with the role can change and delete every database and table of the Glue catalog, run queries in "
        "every workgroup, and see the names of all buckets",
        limited_by="without_athena",
        limited="it is omitted",
        policies=("AmazonAthenaFullAccess",),
    ),
    Deviation(
        page="AWSCloudFormationReadOnlyAccess, by which Upsolver sees that the integration completed",
        sent="the same",
        why="the page calls it required, but it is for the vendor's CloudFormation stack, which bootstrap does not create: "
        "detach it if Upsolver works without it",
        source=PERMISSIONS_PAGE,
        risk="low",
    ),
    Deviation(
        page="three role types are announced, and two are described",
        sent="upsolver-vpc creates one role with both policies, upsolver-private-vpc creates the two roles",
        why="the older source of the page has the single role, whose tab is missing on the newest page",
        source=PERMISSIONS_PAGE,
        risk="none",
    ),
    Deviation(
        page="kinesis:* on streams upsolver_*, cloudwatch:PutMetricData on everything",
        sent="the same",
        why="kinesis:* includes actions for all streams, which have no effect with that ARN; the page names no namespace "
        "for the metrics",
        source="Service authorization reference, Kinesis and CloudWatch",
        risk="low",
        sids=("upsolverManagedStream", "ScaleOnMetrics", "sendScalingMetrics"),
    ),
    Deviation(
        page="a bucket named us-east-1-upsolver-UPSOLVER_ORG_ID",
        sent="the organization id in lower case, and the region of the run",
        why="a bucket's name can have neither capital letters nor _",
        source="S3 user guide, bucketnamingrules",
        risk="none",
    ),
    Deviation(
        page="ec2:DescribeAddresses and ec2:DescribeTags are granted twice",
        sent="once",
        why="the second statement grants nothing more",
        source=PERMISSIONS_PAGE,
        risk="none",
    ),
    LISTING_HELD,
    BUCKET_KEPT,
    Deviation(
        page='"additional data read/write permissions" that may be needed, without a list',
        sent="what the S3 page lists, for the buckets that you name, on the role that reaches the data",
        why="only you know which data that is. AmazonAthenaFullAccess already reaches every database of the Glue catalog; "
        "to limit Upsolver to those of --glue-database, add --without-athena",
        source=S3_PAGE,
        risk="none",
    ),
    NO_LIST,
)
