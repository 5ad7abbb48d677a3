"""What is known to be wrong or unsafe on the vendors' pages: each is in the ledger of its integrations, or has a reason."""

from dataclasses import dataclass

UPSOLVER = ("upsolver-vpc", "upsolver-private-vpc")
DATA = ("upsolver-data-access",)
DUET = ("biomodal-duet",)
ATC = ("aspera-atc",)


@dataclass(frozen=True)
class Erratum:
    """`says` is the mistake in short; `ledger` words of the deviation's `page` that stand for it in each of the
    integrations, or "", and then `reason` says why there is none."""

    number: int
    integrations: tuple[str, ...]
    says: str
    ledger: str = ""
    reason: str = ""


ERRATA = (
    Erratum(1, UPSOLVER, "the older source's JSON lacks a brace", reason="what is sent is made from data, and is JSON"),
    Erratum(2, UPSOLVER, "no Version in the permission policies", "no Version in the permission policies"),
    Erratum(3, UPSOLVER, "the trust policy is of 2008", "2008-10-17 in the trust policy"),
    Erratum(4, UPSOLVER, "iam:PassRole on *", "iam:PassRole and iam:AddRoleToInstanceProfile on every role"),
    Erratum(5, UPSOLVER, "PassRole is called validation", "said to be for validation"),
    Erratum(6, UPSOLVER, "iam:CreateServiceLinkedRole on *", "iam:CreateServiceLinkedRole for any service"),
    Erratum(6, UPSOLVER, "actions in the JSON and in no table", "sts:DecodeAuthorizationMessage"),
    Erratum(7, UPSOLVER, "ec2:CreateTags on * undoes the tag conditions", "ec2:CreateTags on everything"),
    Erratum(7, UPSOLVER, "*upsolver* matches what is not Upsolver's", "are recognized by a Name like *upsolver*"),
    Erratum(8, UPSOLVER, "RunInstances is denied without Name tags", "ec2:RunInstances only with a Name"),
    Erratum(9, UPSOLVER, "instances cannot be stopped", '"running and stopping"'),
    Erratum(10, UPSOLVER, "a blank in an ARN", "policy/ AmazonAthenaFullAccess"),
    Erratum(11, UPSOLVER, "Athena has partial permissions", "Athena does not allow partial permissions"),
    Erratum(12, UPSOLVER, "s3:ListAllMyBuckets is not in the JSON", "s3:ListAllMyBuckets is in the table"),
    Erratum(13, UPSOLVER, "three roles, of which two are described", "three role types are announced"),
    Erratum(14, UPSOLVER, "a whole account of a fourth party is trusted", "the whole spot.io account is trusted"),
    Erratum(15, UPSOLVER, "s3:* on the bucket", "s3:* on the bucket"),
    Erratum(15, UPSOLVER, "kinesis:* and metrics wider than meant", "kinesis:* on streams upsolver_*"),
    Erratum(15, UPSOLVER, "a bucket's name with capitals", "UPSOLVER_ORG_ID"),
    Erratum(16, UPSOLVER, "two actions granted twice", "are granted twice"),
    Erratum(16, UPSOLVER, "the partition is fixed", "ARNs begin with arn:aws:"),
    Erratum(17, UPSOLVER, "the sizes fit", reason="no mistake: sizes are checked before each run"),
    Erratum(18, DATA, "the STS switch is not there in every region", "activate the region"),
    Erratum(19, DATA, "the examples have no content", "are pictures"),
    Erratum(20, DUET, "s3:ListObjectsV2 is no action", "s3:ListObjectsV2"),
    Erratum(21, DUET, "no resources for the bucket's actions", "one list of actions for the bucket and its objects"),
    Erratum(21, DUET, "no multipart uploads", "no permission for multipart uploads"),
    Erratum(22, DUET, "placeholders that IAM takes for variables", "ARNs with ${Region}"),
    Erratum(23, DUET, "RunInstances without volume and key pair", "ec2:RunInstances on volume and key-pair"),
    Erratum(24, DUET, "CreateSecurityGroup without vpc", "ec2:CreateSecurityGroup on vpc"),
    Erratum(25, DUET, "no iam:PassRole for the operator", "the operator's policy has no iam:PassRole"),
    Erratum(26, DUET, "no service-linked roles", "iam:CreateServiceLinkedRole"),
    Erratum(27, DUET, "no tags on creation", "tagging on creation"),
    Erratum(28, DUET, "the bucket cannot be deleted", "s3:DeleteBucket, iam:AttachRolePolicy"),
    Erratum(29, DUET, "encryption cannot be set", "s3:PutEncryptionConfiguration"),
    Erratum(30, DUET, "public parameters with an account", "a public SSM parameter with an account"),
    Erratum(31, DUET, "too few actions for a key of one's own", "kms:CreateGrant"),
    Erratum(32, DUET, "UpdateJobQueue without the environments", "batch:UpdateJobQueue on compute-environment"),
    Erratum(33, DUET, "ModifyInstanceAttribute without the groups", "ec2:ModifyInstanceAttribute on the instance only"),
    Erratum(33, DUET, "reads that another tool makes", "s3:GetBucketWebsite"),
    Erratum(34, DUET, "ECR and Batch on *", "ECR and Batch actions on every resource"),
    Erratum(35, DUET, "docker push lacks an action", "ecr:BatchCheckLayerAvailability"),
    Erratum(36, DUET, "jobs cannot be cancelled, logs not read", "batch:CancelJob, no logs:GetLogEvents"),
    Erratum(36, DUET, "no iam:PassRole for the VM", "no iam:PassRole for the VM"),
    Erratum(37, DUET, "an identity policy for a bucket's", "apply the same policies to an existing bucket"),
    Erratum(38, DUET, "profiles cannot be listed", reason="no mistake for us: a profile is read by its name"),
    Erratum(39, DUET, "the sizes fit", reason="no mistake: sizes are checked before each run"),
    Erratum(40, ATC, "the role's ARN is none", "arn:aws:s3::s3_account_id/atc-s3-access-keys"),
    Erratum(41, ATC, "not every text is an external id", "the external id can be any string"),
    Erratum(42, ATC, "the external id is optional", "and is optional"),
    Erratum(43, ATC, "nothing on what must be there first", "nothing on what must exist before"),
    Erratum(44, ATC, "the role is edited and nowhere made", "the role atc-s3-access-keys is edited"),
    Erratum(45, ATC, "nothing on the session's length", "how long a session lasts"),
    Erratum(46, ATC, "words of an older console", reason="no console is used"),
)
