"""Where Upsolver's permissions page is wrong or wide, what we send instead, and why."""

from bootstrap.core.integration import Deviation
from bootstrap.integrations.deviations import BUCKET_KEPT
from bootstrap.integrations.existing.bucket_keys import PAGE as KMS_PAGE
from bootstrap.integrations.upsolver.data import NO_LIST
from bootstrap.integrations.upsolver.grants import PERMISSIONS_PAGE, S3_PAGE

LISTING_HELD = Deviation(
    page="s3:ListBucket on the whole bucket (Upsolver's S3 page)",
    sent="the same; for NAME/PREFIX only below that prefix (s3:prefix)",
    why="the names of other objects are nobody's business",
    source=S3_PAGE,
)

_PASSING = "iam:PassRole and iam:AddRoleToInstanceProfile on every role, said to be for validation"
_PASSING_WHY = "with ec2:RunInstances, passing any role means becoming any role of the account"
_PASSING_SOURCE = "IAM user guide, id_roles_use_passrole"
_TAGGING_WHY = (
    "who may tag any instance *upsolver* may then also terminate it; narrowed, instances of a spot request and their volumes"
)
_TAGGING_SOURCE = "Service authorization reference, EC2 (ec2:CreateAction, ec2:InstanceProfile)"

VPC_DEVIATIONS = (
    Deviation(
        page=_PASSING,
        sent="the same; with --harden neither",
        why=f"{_PASSING_WHY}; no server in this account gets a role here, so there is none to narrow it to",
        source=_PASSING_SOURCE,
    ),
    Deviation(
        page="ec2:CreateTags on everything",
        sent="the same; with --harden only while something is created (ec2:CreateAction)",
        why=f"{_TAGGING_WHY}, which are tagged later, cannot be tagged, and so not be started, ended, attached or deleted",
        source=_TAGGING_SOURCE,
    ),
)
"""What --harden does where Upsolver's servers run in Upsolver's VPC."""

PRIVATE_DEVIATIONS = (
    Deviation(
        page=_PASSING,
        sent="the same; with --harden only UpsolverServerRole to EC2, and no iam:AddRoleToInstanceProfile",
        why=f"{_PASSING_WHY}; the servers' profile has its one role from the start, so there is none to add",
        source=_PASSING_SOURCE,
    ),
    Deviation(
        page="ec2:CreateTags on everything",
        sent="the same; with --harden only while something is created (ec2:CreateAction), and on instances with the "
        "profile UpsolverServerRole (ec2:InstanceProfile)",
        why=f"{_TAGGING_WHY}, which are tagged later, cannot be tagged, and so not be started, ended, "
        "attached or deleted; only instances with that profile can",
        source=_TAGGING_SOURCE,
    ),
    Deviation(
        page="no trust policy for the server role",
        sent="trust for EC2, and an instance profile with the role's name",
        why="the page says that EC2 servers start with the role, which takes both",
        source="IAM user guide, id_roles_use_switch-role-ec2_instance-profiles",
    ),
)
"""What differs where Upsolver's servers run in the customer's VPC."""

BUCKET_KEYS = Deviation(
    page="nothing on the KMS keys of buckets",
    sent="the keys of the buckets that you name are found, and the role gets kms:Decrypt on them, and to write "
    "kms:GenerateDataKey, through S3 only",
    why="without the key all that reads or writes there is denied",
    source=KMS_PAGE,
)

ROLE_DEVIATIONS = (
    BUCKET_KEYS,
    Deviation(
        page="no Version in the permission policies, 2008-10-17 in the trust policy",
        sent='"Version": "2012-10-17" in every document',
        why="without it IAM applies the rules of 2008, and checkers complain",
        source="IAM user guide, reference_policies_elements_version",
    ),
    Deviation(
        page="ARNs begin with arn:aws:; one has a blank in it (policy/ AmazonAthenaFullAccess)",
        sent="the same, without the blank; in China and GovCloud the integration is refused",
        why="an ARN has no blank; Upsolver's and spot.io's accounts are in the commercial partition, and no role of another "
        "partition can trust them",
        source="IAM user guide, reference_identifiers",
    ),
    Deviation(
        page="s3:ListAllMyBuckets is in the table of the server role and missing in its JSON",
        sent="a statement of its own",
        why="the page says that the role has it; with Athena's managed policy it is there anyhow",
        source=PERMISSIONS_PAGE,
    ),
    Deviation(
        page="iam:CreateServiceLinkedRole, sts:DecodeAuthorizationMessage and ec2:DescribeSpotPriceHistory are in the "
        "JSON and in no table",
        sent="all three",
        why="the newest page's JSON grants them",
        source=PERMISSIONS_PAGE,
    ),
    Deviation(
        page="iam:CreateServiceLinkedRole for any service",
        sent="the same; with --harden for spot.amazonaws.com and spotfleet.amazonaws.com only",
        why="Upsolver launches spot instances; it needs no other service's role",
        source="Service authorization reference, IAM (iam:AWSServiceName)",
    ),
    Deviation(
        page="instances and volumes are told by a Name like *upsolver*",
        sent="the same",
        why="Upsolver gives its machines their names; a machine of yours called not-upsolver-prod matches as well, so call "
        "none so",
        source="IAM user guide, reference_policies_elements_condition_operators (StringLike)",
    ),
    Deviation(
        page="the whole spot.io account is trusted, with the same external id as Upsolver's",
        sent="the same; --without-spotinst leaves spot.io out, with what only it needs (iam:PassRole stays without "
        "--harden: launching servers with a role takes it)",
        why="a fourth party should have a role of its own to trust and an id of its own; ask Upsolver for both",
        source="IAM user guide, id_roles_create_for-user_externalid",
    ),
    Deviation(
        page="ec2:RunInstances only with a Name like *upsolver*",
        sent="the same",
        why="so security group, key pair, launch template and snapshot must carry such a Name tag, and each launch must "
        "tag its volumes: the page does not say so, and a launch without is denied",
        source="Service authorization reference, EC2 (RunInstances is checked for each resource)",
    ),
    Deviation(
        page="s3:* on the bucket, and every Elastic IP of the account",
        sent="the same",
        why="s3:* includes the bucket's policy and its deletion, so Upsolver could undo what keeps it private; and no tag "
        "tells Upsolver's addresses from others. Use a bucket, and best an account, of its own",
        source="Service authorization reference, S3 and EC2",
    ),
    Deviation(
        page='"running and stopping" of instances',
        sent="start and terminate, as in the JSON",
        why="neither table nor JSON grants ec2:StopInstances, nor ec2:DetachVolume and ec2:DescribeVolumes",
        source=PERMISSIONS_PAGE,
    ),
    Deviation(
        page='"Athena does not allow partial permissions; full access is required"',
        sent="AmazonAthenaFullAccess, as the page asks; --without-athena leaves it out",
        why="Athena's actions can be held to workgroups, but the page names none; its way to finer grants is AWS Lake "
        "Formation",
        source="Service authorization reference, Athena",
    ),
    Deviation(
        page="AWSCloudFormationReadOnlyAccess, by which Upsolver sees that the integration completed",
        sent="the same",
        why="the page calls it required, but what it finds is the vendor's CloudFormation stack, which is not made here: "
        "detach it if Upsolver does without",
        source=PERMISSIONS_PAGE,
    ),
    Deviation(
        page="three role types are announced, and two are described",
        sent="upsolver-vpc makes one role of both policies, upsolver-private-vpc makes the two",
        why="the older source of the page has the single role, whose tab the newest page has lost",
        source=PERMISSIONS_PAGE,
    ),
    Deviation(
        page="kinesis:* on streams upsolver_*, cloudwatch:PutMetricData on everything",
        sent="the same",
        why="kinesis:* includes actions for all streams, which the ARN makes void; a namespace for the metrics is not named",
        source="Service authorization reference, Kinesis and CloudWatch",
    ),
    Deviation(
        page="a bucket named us-east-1-upsolver-UPSOLVER_ORG_ID",
        sent="the organization id in lower case, and the region of the run",
        why="a bucket's name has neither capitals nor _",
        source="S3 user guide, bucketnamingrules",
    ),
    Deviation(
        page="ec2:DescribeAddresses and ec2:DescribeTags are granted twice",
        sent="once",
        why="the second time grants nothing",
        source=PERMISSIONS_PAGE,
    ),
    LISTING_HELD,
    BUCKET_KEPT,
    Deviation(
        page='"additional data read/write permissions" that may be needed, without a list',
        sent="what the S3 page lists, for the buckets that you name, on the role that reaches data",
        why="only you know which data that is. AmazonAthenaFullAccess already reaches every database of the Glue catalog; "
        "to limit Upsolver to those of --glue-database, add --without-athena",
        source=S3_PAGE,
    ),
    NO_LIST,
)
