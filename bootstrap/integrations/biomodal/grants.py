"""What biomodal's pages ask for, as statements; `duet.py` puts them into roles.

One statement is one purpose, so that each action stands beside its reason. What the pages lack, and what Nextflow or AWS
need, has a statement of its own with the page that says so.
"""

from collections.abc import Iterable

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement
from bootstrap.integrations.existing.buckets import place_statements

# Version 1's page has moved, and its present address is not known: the site and the page's title must do.
POLICIES_PAGE = "https://software-docs.biomodal.com (AWS-policies-and-roles, version 1)"
VERSION_2_PAGE = "https://software-docs.biomodal.com/projects/biomodal-cli/en/v2.0.0/aws_documentation.html"
NEXTFLOW_PAGE = "https://www.nextflow.io/docs/latest/aws.html"
PUSH_PAGE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html"
MULTIPART_PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"
INSTANCE_ROLE_PAGE = "https://docs.aws.amazon.com/batch/latest/userguide/instance_IAM_role.html"
COPY_PAGE = "https://docs.aws.amazon.com/cli/latest/reference/s3/cp.html"
PROFILE_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html"
SESSION_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-instance-profile.html"
)
SESSION_MANAGER = (
    "AmazonSSMManagedInstanceCore",
    "Not on the page: Session Manager is the way in to the VM where SSH is not",
    SESSION_PAGE,
)
ECS = (
    "service-role/AmazonEC2ContainerServiceforEC2Role",
    "Not on the page: Batch's machines join their cluster, pull images and write logs with it",
    INSTANCE_ROLE_PAGE,
)
"""Policies that AWS manages, each with its reason and the page that says so."""

_ECR_READ = (
    "BatchGetImage DescribeImageScanFindings DescribeImages DescribeRepositories GetDownloadUrlForLayer "
    "GetLifecyclePolicy GetLifecyclePolicyPreview GetRepositoryPolicy ListImages ListTagsForResource"
)
_ECR_WRITE = "CompleteLayerUpload CreateRepository InitiateLayerUpload PutImage UploadLayerPart"

_COPIES = "Not on the page: the AWS CLI copies the tags with an object of more than 8 MB that it copies inside S3"


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


def ec2_trust(account: Account, sid: str, why: str, source: str = PROFILE_PAGE) -> tuple[Statement, ...]:
    principals = {"Service": (account.service_principal("ec2"),)}
    return (Statement(sid=sid, actions=("sts:AssumeRole",), resources=(), principals=principals, why=why, source=source),)


def vm(account: Account, queues: tuple[str, ...], *, harden: bool) -> tuple[Statement, ...]:
    """What the VM may do. With `harden`, changes reach only this region's repositories, jobs and the named `queues`."""
    here = f"{account.region}:{account.id}"
    batch = f"arn:{account.partition}:batch:{here}"
    repositories = (f"arn:{account.partition}:ecr:{here}:repository/*",) if harden else ("*",)
    definitions = (f"{batch}:job-definition/*",) if harden else ("*",)
    jobs = (f"{batch}:job/*",) if harden else ("*",)
    submits = (*definitions, *jobs, *(f"{batch}:job-queue/{name}" for name in queues)) if harden else ("*",)
    tagged = (*definitions, *jobs) if harden else ("*",)
    pulls = "Finds and pulls container images, also the vendor's"
    pushes = "Makes repositories and pushes container images"
    runs = "Nextflow runs the pipeline's steps as Batch jobs"
    rows = (
        ("EcrLogin", _actions("ecr", "GetAuthorizationToken"), ("*",), pulls, POLICIES_PAGE),
        ("EcrPull", _actions("ecr", _ECR_READ), ("*",), pulls, POLICIES_PAGE),
        ("EcrPush", _actions("ecr", _ECR_WRITE), repositories, pushes, POLICIES_PAGE),
        (
            "EcrPushCheck",
            _actions("ecr", "BatchCheckLayerAvailability"),
            ("*",),
            "Not on the page: docker push asks which layers are there",
            PUSH_PAGE,
        ),
        (
            "BatchLook",
            _actions("batch", "DescribeComputeEnvironments DescribeJobDefinitions DescribeJobQueues DescribeJobs ListJobs"),
            ("*",),
            runs,
            POLICIES_PAGE,
        ),
        ("BatchDefine", _actions("batch", "RegisterJobDefinition"), definitions, runs, POLICIES_PAGE),
        ("BatchSubmit", _actions("batch", "SubmitJob"), submits, runs, POLICIES_PAGE),
        ("BatchTag", _actions("batch", "TagResource"), tagged, runs, POLICIES_PAGE),
        ("BatchStop", _actions("batch", "TerminateJob"), jobs, "Ends jobs that are not wanted any more", POLICIES_PAGE),
        (
            "BatchCancel",
            _actions("batch", "CancelJob"),
            jobs,
            "Not on the page: Nextflow cancels jobs that have not begun",
            NEXTFLOW_PAGE,
        ),
        (
            "Instances",
            (
                *_actions("ecs", "DescribeTasks DescribeContainerInstances"),
                *_actions("ec2", "DescribeInstances DescribeInstanceTypes DescribeInstanceStatus DescribeInstanceAttribute"),
            ),
            ("*",),
            "Finds the machines that a job runs on",
            POLICIES_PAGE,
        ),
        (
            "JobLogs",
            _actions("logs", "GetLogEvents"),
            (f"arn:{account.partition}:logs:{here}:log-group:/aws/batch/job:log-stream:*",),
            "Not on the page: Nextflow shows what a failed job printed",
            NEXTFLOW_PAGE,
        ),
    )
    return tuple(
        Statement(sid=sid, actions=actions, resources=resources, why=why, source=source)
        for sid, actions, resources, why, source in rows
    )


def narrowed(queues: Iterable[str]) -> tuple[str, ...]:
    """What `harden` takes away from the VM, and what stops working then."""
    pushes, here = ", ".join(_actions("ecr", _ECR_WRITE)), "this account and region"
    return (
        f"{pushes} are granted for repositories of {here} only; the VM cannot make repositories or push images elsewhere.",
        f"batch:RegisterJobDefinition is granted for job definitions of {here} only; the VM cannot define jobs elsewhere.",
        f"batch:TagResource is granted for job definitions and jobs of {here} only; the VM cannot tag queues, compute "
        "environments, or anything elsewhere.",
        f"batch:TerminateJob, batch:CancelJob are granted for jobs of {here} only; the VM cannot end jobs elsewhere.",
        f"batch:SubmitJob is granted for job definitions and jobs of {here} and the queues {' and '.join(queues)} only; "
        "pipelines cannot use another queue, or a job definition from elsewhere.",
    )


def bucket(account: Account, name: str) -> tuple[Statement, ...]:
    """The bucket's statement, in its two ARNs: listing goes to the bucket, the rest to its objects."""
    arn = f"arn:{account.partition}:s3:::{name}"
    data = "Reads inputs, keeps what pipeline steps hand on, writes results"
    parts = "Not on the page: large files are uploaded in parts, and what broke off is found and dropped"
    rows = (
        ("BucketList", ("s3:ListBucket",), arn, data, POLICIES_PAGE),
        ("BucketObjects", _actions("s3", "GetObject PutObject DeleteObject"), f"{arn}/*", data, POLICIES_PAGE),
        ("BucketParts", _actions("s3", "GetBucketLocation ListBucketMultipartUploads"), arn, parts, MULTIPART_PAGE),
        ("ObjectParts", _actions("s3", "AbortMultipartUpload ListMultipartUploadParts"), f"{arn}/*", parts, MULTIPART_PAGE),
        (
            "ObjectTags",
            _actions("s3", "PutObjectTagging"),
            f"{arn}/*",
            "Not on the page: Nextflow tags the files that it publishes",
            NEXTFLOW_PAGE,
        ),
        ("ObjectCopies", _actions("s3", "GetObjectTagging"), f"{arn}/*", _COPIES, COPY_PAGE),
    )
    return tuple(
        Statement(sid=sid, actions=actions, resources=(resource,), why=why, source=source)
        for sid, actions, resource, why, source in rows
    )


def sent_config(account: Account, name: str, key: str) -> Statement:
    """For the policy of a bucket of another account: who follows the hand-off sends one file to the VM through it."""
    return Statement(
        sid="SendConfig",
        actions=("s3:PutObject",),
        resources=(f"arn:{account.partition}:s3:::{name}/{key}",),
        why="Not on the page: nextflow.config goes to the VM through the bucket",
        source=COPY_PAGE,
    )


def reading(account: Account, places: tuple[str, ...]) -> tuple[Statement, ...]:
    """Reading NAME or NAME/PREFIX of other buckets. Nextflow lists a folder by its name, with no slash at the end."""
    why = "You named it with --read-bucket, for inputs and references"
    actions = (("s3:GetBucketLocation",), ("s3:ListBucket",), ("s3:GetObject", "s3:GetObjectTagging"))
    return tuple(
        statement
        for number, place in enumerate(places, start=1)
        for statement in place_statements(
            account,
            place,
            (f"FindReadBucket{number}", f"ListReadBucket{number}", f"ReadObjects{number}"),
            actions,
            why,
            NEXTFLOW_PAGE,
            ("{}", "{}/*"),
        )
    )
