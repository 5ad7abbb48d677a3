"""Where Upsolver's permissions page is wrong or wide, what we send instead, and why."""

from bootstrap.core.integration import Deviation
from bootstrap.integrations.bucket_keys import PAGE as KMS_PAGE
from bootstrap.integrations.upsolver import PERMISSIONS_PAGE

ROLE_DEVIATIONS = (
    Deviation(
        page="no Version in the permission policies, 2008-10-17 in the trust policy",
        sent='"Version": "2012-10-17" in every document',
        why="without it IAM applies the rules of 2008, and checkers complain",
        source="IAM user guide, reference_policies_elements_version",
    ),
    Deviation(
        page="ARNs begin with arn:aws:; one has a blank in it (policy/ AmazonAthenaFullAccess)",
        sent="the partition of your account, without the blank",
        why="the ARNs would not match in China or GovCloud, and an ARN has no blank",
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
        page="iam:PassRole and iam:AddRoleToInstanceProfile on every role, said to be for validation",
        sent="the same; with --harden only the server role to EC2, and only its instance profile",
        why="with ec2:RunInstances, passing any role means becoming any role of the account",
        source="IAM user guide, id_roles_use_passrole",
    ),
    Deviation(
        page="iam:CreateServiceLinkedRole for any service",
        sent="the same; with --harden for spot.amazonaws.com and spotfleet.amazonaws.com only",
        why="Upsolver launches spot instances; it needs no other service's role",
        source="Service authorization reference, IAM (iam:AWSServiceName)",
    ),
    Deviation(
        page="ec2:CreateTags on everything",
        sent="the same; with --harden only while something is created (ec2:CreateAction)",
        why="who may tag any instance *upsolver* may then also terminate it; narrowed, instances of a spot request, "
        "which are tagged later, cannot be",
        source="Service authorization reference, EC2 (ec2:CreateAction)",
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
        sent="the same; --without-spotinst leaves spot.io out, with what only it needs (iam:PassRole stays: launching "
        "servers with a role takes it)",
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
        why="Athena's actions can be held to workgroups, but the page names none",
        source="Service authorization reference, Athena",
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
        page="nothing on the KMS keys of buckets",
        sent="the keys of the buckets that you name are found, and the role gets kms:Decrypt on them, and to write "
        "kms:GenerateDataKey, through S3 only",
        why="without the key all that reads or writes there is denied",
        source=KMS_PAGE,
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
)
