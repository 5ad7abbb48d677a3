"""Where biomodal's pages are wrong, incomplete or too wide, what bootstrap sends instead, and why."""

from bootstrap.core.deviation import Deviation
from bootstrap.integrations.biomodal.grants import (
    COPY_PAGE,
    INSTANCE_ROLE_PAGE,
    MULTIPART_PAGE,
    NEXTFLOW_PAGE,
    PROFILE_PAGE,
    PUSH_PAGE,
)
from bootstrap.integrations.deviations import BUCKET_KEPT
from bootstrap.integrations.existing.bucket_keys import PAGE as KMS_PAGE

_AUTHORIZATION = "Service authorization reference"
_PERMISSIONS = "the permissions verb"

DEVIATIONS = (
    Deviation(
        page="s3:ListObjectsV2 among the bucket's permissions",
        sent="omitted; s3:ListBucket, which the page also has, is the permission for that call",
        why="there is no such IAM action",
        source=f"{_AUTHORIZATION}, S3",
        risk="none",
    ),
    Deviation(
        page="one list of actions for the bucket and its objects, without resources",
        sent="s3:ListBucket on the bucket's ARN, object actions on the ARN with /*",
        why="with only one of the two ARNs, half of the actions match nothing",
        source=f"{_AUTHORIZATION}, S3",
        risk="none",
    ),
    Deviation(
        page="no permission for multipart uploads, s3:GetBucketLocation or s3:PutObjectTagging",
        sent="granted on the bucket and its objects",
        why="large files are uploaded in parts, and Nextflow tags the files it publishes",
        source=MULTIPART_PAGE,
        risk="none",
    ),
    Deviation(
        page="no s3:GetObjectTagging",
        sent="granted on the bucket's objects, and on those of each --read-bucket",
        why="before the AWS CLI copies an object of more than 8 MB inside S3, it reads the object's tags",
        source=COPY_PAGE,
        risk="none",
    ),
    Deviation(
        page="one bucket, and nothing on KMS keys",
        sent="--read-bucket lets the roles read more buckets. bootstrap finds the KMS keys of existing buckets, and grants "
        "the roles kms:Decrypt on them, and kms:GenerateDataKey to write, through S3 only",
        why="references are often in another bucket, and without the key AWS denies each job that reads or writes there",
        source=KMS_PAGE,
        risk="low",
    ),
    Deviation(
        page="apply the same policies to an existing bucket and its objects by hand",
        sent="an existing bucket is not changed; the roles' own policies reach it. A bucket of another account is refused "
        "unless --bucket-owner is given; then the hand-off has the bucket policy that its owner adds",
        why="within one account the role's policy is enough, and it could not be pasted into a bucket policy. Between "
        "accounts both policies are needed, and only the owner can let the roles in",
        source="IAM user guide, reference_policies_evaluation-logic",
        risk="none",
    ),
    Deviation(
        page="actions for pushing images without ecr:BatchCheckLayerAvailability",
        sent="granted",
        why="docker push fails without it",
        source=PUSH_PAGE,
        risk="none",
    ),
    Deviation(
        page="batch:TerminateJob without batch:CancelJob, no logs:GetLogEvents",
        sent="both granted; logs only for the log group of Batch jobs",
        why="Nextflow cancels waiting jobs, and shows what failed jobs printed",
        source=NEXTFLOW_PAGE,
        risk="none",
    ),
    Deviation(
        page="no iam:PassRole for the VM",
        sent="not granted either: jobs use the role of their instances",
        why="a pipeline whose job definitions have roles of their own needs it for those roles; grant it for those only",
        source=NEXTFLOW_PAGE,
        risk="none",
    ),
    Deviation(
        page="kms:CreateGrant and kms:GenerateDataKeyWithoutPlaintext for the operator",
        sent="not asked for: the disks are encrypted with the account's default key for EBS, which is AWS's own unless "
        "somebody chose another",
        why="if the default is a key of yours, its policy must let you and Batch's service-linked role use it, and the "
        "page's two actions are not enough: kms:Decrypt, kms:DescribeKey and kms:ReEncrypt* are needed too, and "
        "kms:CreateGrant belongs under the condition kms:GrantIsForAWSResource",
        source="EC2 user guide, EBSEncryption",
        risk="none",
    ),
    Deviation(
        page="ECR and Batch actions on every resource",
        sent="the same",
        why="the VM needs to change nothing else",
        source=f"{_AUTHORIZATION}, ECR and Batch",
        risk="medium",
        danger="anybody who uses the VM can replace the images of every repository of the account, and end the jobs of "
        "every queue",
        limited_by="harden",
        limited="the actions that change something are limited to the repositories, job definitions and jobs of this "
        "account and region, and to the queues",
        sids=("EcrPush", "BatchDefine", "BatchSubmit", "BatchTag", "BatchStop", "BatchCancel"),
    ),
    Deviation(
        page="the policies and resources of Batch's instances are not described",
        sent="an instance role with AmazonEC2ContainerServiceforEC2Role and the bucket's permissions, its instance profile, "
        "and a launch template with a large encrypted disk",
        why="Batch starts no instance without a profile, jobs use that role to reach the bucket, and 30 GB is too small",
        source=INSTANCE_ROLE_PAGE,
        risk="low",
    ),
    Deviation(
        page="a VPC and subnets; where their routes must lead is not said",
        sent="subnets are chosen by where their routes lead, and those that you name are checked. The operator may "
        "read route tables, NAT gateways, VPC endpoints, zones, network ACLs, DNS settings and VPC Block Public Access",
        why="instances that cannot reach ECS never join Batch's cluster, and jobs stay RUNNABLE",
        source="Batch user guide, troubleshooting",
        risk="none",
    ),
    Deviation(
        page="the operator's policy has no iam:PassRole, iam:CreateServiceLinkedRole, tagging on creation, s3:DeleteBucket, "
        "iam:AttachRolePolicy, s3:PutEncryptionConfiguration, ec2:RunInstances on volume and key-pair, "
        "ec2:CreateSecurityGroup on vpc, batch:UpdateJobQueue on compute-environment",
        sent=f"{_PERMISSIONS} prints the actions that bootstrap really calls",
        why="with the page's list, AWS denies creating the profile, the VM and the compute environments, and deleting the "
        "bucket",
        source=f"{_AUTHORIZATION}, EC2, IAM, Batch and S3",
        risk="none",
    ),
    Deviation(
        page="ARNs with ${Region}, ${Account} and more in the operator's policy; a public SSM parameter with an account",
        sent=f"{_PERMISSIONS} prints complete ARNs; the ARN of a public parameter has no account",
        why="IAM reads ${...} as a policy variable, which matches nothing if nothing sets it",
        source="IAM user guide, reference_policies_variables",
        risk="none",
    ),
    Deviation(
        page="Ubuntu 22.04 LTS on the VM (version 2 of the vendor's tool)",
        sent="Ubuntu 24.04 LTS; --image ubuntu-22.04 is the vendor's choice, --image amazon-linux-2023 is AWS's own system",
        why="standard support for 22.04 ends in April 2027",
        source="https://ubuntu.com/about/release-cycle",
        risk="none",
    ),
    Deviation(
        page="Java 21, Docker and tools on the VM; neither Nextflow nor the AWS CLI (version 2 of the vendor's tool)",
        sent="Nextflow and the AWS CLI are also installed. The version of Nextflow is that of --nextflow-version, and is "
        "recorded",
        why="pipelines need both, and another version of Nextflow can refuse a pipeline that ran before",
        source="https://www.nextflow.io/docs/latest/migrations/26-04.html",
        risk="low",
    ),
    Deviation(
        page="an SSH security group, without the addresses that it lets in",
        sent="SSH only from --ssh-cidr, and only with --public-key. Otherwise no port is open, and people log in with "
        "Session Manager, for which the VM's role has AmazonSSMManagedInstanceCore",
        why="a port that is open to the world is found within minutes. The managed policy goes beyond the page's minimum; "
        "it is not attached when the VM has a key and a public address",
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
        risk="medium",
        danger="anyone on the VM can read every parameter of Parameter Store in the account, and those that are "
        "encrypted if their key allows it: AmazonSSMManagedInstanceCore allows ssm:GetParameter and ssm:GetParameters on "
        "every resource",
        policies=("AmazonSSMManagedInstanceCore",),
    ),
    Deviation(
        page="ec2:ModifyInstanceAttribute on the instance only",
        sent=f"{_PERMISSIONS} also has it on the security groups",
        why="AWS checks it on the security groups when an instance's groups change, and on the volume when a disk changes",
        source=f"{_AUTHORIZATION}, EC2",
        risk="none",
    ),
    Deviation(
        page="reads for the operator: s3:GetBucketWebsite, s3:GetBucketCORS, s3:GetBucketLogging, "
        "s3:GetBucketRequestPayment, s3:GetAccelerateConfiguration, ec2:DescribeImages, "
        "ec2:DescribeInstanceCreditSpecifications, ec2:DescribeSecurityGroupRules and "
        "sts:GetCallerIdentity",
        sent="not asked for",
        why="another tool makes these calls when it refreshes its state; bootstrap makes none of them but "
        "sts:GetCallerIdentity, which needs no permission",
        source=f"{_AUTHORIZATION}, S3, EC2 and STS",
        risk="none",
    ),
    Deviation(
        page="ec2:MonitorInstances for the operator",
        sent="not asked for",
        why="it turns on detailed monitoring, which costs money and which bootstrap does not use",
        source=f"{_AUTHORIZATION}, EC2",
        risk="none",
    ),
    Deviation(
        page="no trust policy for the VM's role",
        sent="a trust policy for EC2",
        why="the page attaches the permissions to the VM's instance profile, and EC2 must be able to assume its role",
        source=PROFILE_PAGE,
        risk="none",
    ),
    BUCKET_KEPT,
)
