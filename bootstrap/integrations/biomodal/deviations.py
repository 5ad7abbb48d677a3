"""Where biomodal's page is wrong, short or wide, what is sent instead, and why."""

from bootstrap.core import commands
from bootstrap.core.integration import Deviation
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
_PERMISSIONS = commands.bootstrap("permissions")

DEVIATIONS = (
    Deviation(
        page="s3:ListObjectsV2 among the bucket's permissions",
        sent="left out; s3:ListBucket, which the page has too, is the permission for that call",
        why="there is no such IAM action",
        source=f"{_AUTHORIZATION}, S3",
    ),
    Deviation(
        page="one list of actions for the bucket and its objects, without resources",
        sent="s3:ListBucket on the bucket's ARN, object actions on the ARN with /*",
        why="with one ARN only, half of the actions match nothing",
        source=f"{_AUTHORIZATION}, S3",
    ),
    Deviation(
        page="no permission for multipart uploads, s3:GetBucketLocation or s3:PutObjectTagging",
        sent="granted on the bucket and its objects",
        why="large uploads are sent in parts, and Nextflow tags what it publishes",
        source=MULTIPART_PAGE,
    ),
    Deviation(
        page="no s3:GetObjectTagging",
        sent="granted on the bucket's objects, and on those of each --read-bucket",
        why="the AWS CLI reads the tags of an object of more than 8 MB before it copies it inside S3",
        source=COPY_PAGE,
    ),
    Deviation(
        page="one bucket, and nothing on KMS keys",
        sent="--read-bucket lets the roles read more buckets; the KMS keys of buckets that exist already are found, and the "
        "roles get kms:Decrypt on them, and kms:GenerateDataKey to write, through S3 only",
        why="references often lie in another bucket, and without the key each job that reads or writes there is denied",
        source=KMS_PAGE,
    ),
    Deviation(
        page="apply the same policies to an existing bucket and its objects by hand",
        sent="nothing is changed on an existing bucket; the roles' own policies reach it. A bucket of another account is "
        "refused without --bucket-owner, and with it the hand-off has the bucket policy that its owner adds",
        why="in one account an identity's policy is enough, and it could not be pasted into a bucket policy; between "
        "accounts it takes both, and only the owner can let the roles in",
        source="IAM user guide, reference_policies_evaluation-logic",
    ),
    Deviation(
        page="actions for pushing images without ecr:BatchCheckLayerAvailability",
        sent="granted",
        why="docker push fails without it",
        source=PUSH_PAGE,
    ),
    Deviation(
        page="batch:TerminateJob without batch:CancelJob, no logs:GetLogEvents",
        sent="both granted, logs for the log group of Batch jobs only",
        why="Nextflow cancels jobs that wait, and shows what failed jobs printed",
        source=NEXTFLOW_PAGE,
    ),
    Deviation(
        page="no iam:PassRole for the VM",
        sent="none either: jobs act with the role of their machines",
        why="a pipeline that gives its job definitions roles of their own needs it for those roles; grant just them",
        source=NEXTFLOW_PAGE,
    ),
    Deviation(
        page="kms:CreateGrant and kms:GenerateDataKeyWithoutPlaintext for the operator",
        sent="nothing: the disks are encrypted with the account's default key for EBS, AWS's own unless somebody chose",
        why="where the default is a key of yours, its policy must let you and Batch's service-linked role use it, and the "
        "page's two actions are too few: kms:Decrypt, kms:DescribeKey and kms:ReEncrypt* too; kms:CreateGrant belongs "
        "under the condition kms:GrantIsForAWSResource",
        source="EC2 user guide, EBSEncryption",
    ),
    Deviation(
        page="ECR and Batch actions on every resource",
        sent="the same; with --harden changes reach this account's and region's repositories, job definitions, jobs and the "
        "queues",
        why="the VM needs to change nothing else",
        source=f"{_AUTHORIZATION}, ECR and Batch",
    ),
    Deviation(
        page="policies and resources for the machines of Batch are not described",
        sent="an instance role with AmazonEC2ContainerServiceforEC2Role and the bucket's permissions, its profile, a "
        "launch template with a large encrypted disk",
        why="Batch starts no machine without a profile, jobs reach the bucket with that role, and 30 GB is too little",
        source=INSTANCE_ROLE_PAGE,
    ),
    Deviation(
        page="a VPC and subnets; what their routes must lead to is not said",
        sent="subnets are chosen, or examined when they are named, by where their routes lead; the operator may read route "
        "tables, NAT gateways, VPC endpoints, zones, network ACLs, DNS settings and VPC Block Public Access",
        why="machines of Batch that cannot reach ECS never join its cluster, and jobs stay RUNNABLE",
        source="Batch user guide, troubleshooting",
    ),
    Deviation(
        page="the operator's policy has no iam:PassRole, iam:CreateServiceLinkedRole, tagging on creation, s3:DeleteBucket, "
        "iam:AttachRolePolicy, s3:PutEncryptionConfiguration, ec2:RunInstances on volume and key-pair, "
        "ec2:CreateSecurityGroup on vpc, batch:UpdateJobQueue on compute-environment",
        sent=f"{_PERMISSIONS} prints what is really called",
        why="with the page's list, creating the profile, the VM, the environments and deleting the bucket are denied",
        source=f"{_AUTHORIZATION}, EC2, IAM, Batch and S3",
    ),
    Deviation(
        page="ARNs with ${Region}, ${Account} and more in the operator's policy; a public SSM parameter with an account",
        sent=f"{_PERMISSIONS} prints ARNs; public parameters have no account",
        why="IAM takes ${...} for a policy variable, which matches nothing when nobody sets it",
        source="IAM user guide, reference_policies_variables",
    ),
    Deviation(
        page="Ubuntu 22.04 LTS on the VM (version 2 of the vendor's tool)",
        sent="Ubuntu 24.04 LTS; --image ubuntu-22.04 is the vendor's, --image amazon-linux-2023 is AWS's",
        why="22.04 has standard support until April 2027 only",
        source="https://ubuntu.com/about/release-cycle",
    ),
    Deviation(
        page="Java 21, Docker and tools on the VM; neither Nextflow nor the AWS CLI (version 2 of the vendor's tool)",
        sent="both are installed, too: Nextflow in the version that --nextflow-version names, which is recorded",
        why="pipelines need them, and another version of Nextflow can refuse a pipeline that ran before",
        source="https://www.nextflow.io/docs/latest/migrations/26-04.html",
    ),
    Deviation(
        page="an SSH security group; from where is not said",
        sent="SSH only from --ssh-cidr, and only with --public-key; else no open port, and Session Manager to log in, with "
        "AmazonSSMManagedInstanceCore on the VM's role",
        why="a port that is open to the world is found within minutes; the managed policy goes beyond the page's minimum, "
        "and with a key and a public address it is not attached",
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    ),
    Deviation(
        page="ec2:ModifyInstanceAttribute on the instance only",
        sent=f"{_PERMISSIONS} has it on the security groups, too",
        why="to change the groups of a machine AWS asks for it on the groups as well, and of a disk on the volume",
        source=f"{_AUTHORIZATION}, EC2",
    ),
    Deviation(
        page="reads for the operator: s3:GetBucketWebsite, s3:GetBucketCORS, s3:GetBucketLogging, "
        "s3:GetBucketRequestPayment, s3:GetAccelerateConfiguration, ec2:DescribeImages, "
        "ec2:DescribeInstanceCreditSpecifications, ec2:DescribeSecurityGroupRules and "
        "sts:GetCallerIdentity",
        sent="not asked for",
        why="another tool's refresh makes these calls, and nothing here does; sts:GetCallerIdentity needs no permission",
        source=f"{_AUTHORIZATION}, S3, EC2 and STS",
    ),
    Deviation(
        page="ec2:MonitorInstances for the operator",
        sent="not asked for",
        why="it switches detailed monitoring on, which costs money and which nothing here does",
        source=f"{_AUTHORIZATION}, EC2",
    ),
    Deviation(
        page="no trust policy for the VM's role",
        sent="trust for EC2",
        why="the page attaches the permissions to the VM's instance profile, whose role EC2 must be able to take",
        source=PROFILE_PAGE,
    ),
    BUCKET_KEPT,
)
