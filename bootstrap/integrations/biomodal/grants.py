"""The permissions that biomodal's pages ask for, as statements. `duet.py` puts them into roles.

Each statement has one purpose, so that each action stands beside its reason. What Nextflow or AWS need and the pages lack
has a statement of its own, with the page that says so.
"""

from collections.abc import Iterable

from bootstrap.core.account import Account
from bootstrap.core.policy import Statement
from bootstrap.integrations.existing.buckets import place_statements

# Version 1's page has moved to an unknown address; the site and the page's title must do.
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
    "Not on the page: people log in to the VM with Session Manager when SSH is not open",
    SESSION_PAGE,
)
ECS = (
    "service-role/AmazonEC2ContainerServiceforEC2Role",
    "Not on the page: Batch's instances need it to join their cluster, pull images and write logs",
    INSTANCE_ROLE_PAGE,
)
"""AWS managed policies, each with its reason and the page that says so."""

_ECR_READ = (
    "BatchGetImage DescribeImageScanFindings DescribeImages DescribeRepositories GetDownloadUrlForLayer "
    "GetLifecyclePolicy GetLifecyclePolicyPreview GetRepositoryPolicy ListImages ListTagsForResource"
)
_ECR_WRITE = "CompleteLayerUpload CreateRepository InitiateLayerUpload PutImage UploadLayerPart"

_COPIES = "Not on the page: when the AWS CLI copies an object of more than 8 MB inside S3, it also copies the object's tags"


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


def ec2_trust(account: Account, sid: str, why: str, source: str = PROFILE_PAGE) -> tuple[Statement, ...]:
    principals = {"Service": (account.service_principal("ec2"),)}
    return (Statement(sid=sid, actions=("sts:AssumeRole",), resources=(), principals=principals, why=why, source=source),)


def vm(account: Account, queues: tuple[str, ...], *, harden: bool) -> tuple[Statement, ...]:
    """What the VM may do. With `harden`, it may only change this region's repositories and jobs, and use the named
    `queues`."""
    here = f"{account.region}:{account.id}"
    batch = f"arn:{account.partition}:batch:{here}"
    repositories = (f"arn:{account.partition}:ecr:{here}:repository/*",) if harden else ("*",)
    definitions = (f"{batch}:job-definition/*",) if harden else ("*",)
    jobs = (f"{batch}:job/*",) if harden else ("*",)
    submits = (*definitions, *jobs, *(f"{batch}:job-queue/{name}" for name in queues)) if harden else ("*",)
    tagged = (*definitions, *jobs) if harden else ("*",)
    pulls = "Finds and pulls container images, including the vendor's"
    pushes = "Creates repositories and pushes container images"
    runs = "Nextflow runs the pipeline's steps as Batch jobs"
    rows = (
        ("EcrLogin", _actions("ecr", "GetAuthorizationToken"), ("*",), pulls, POLICIES_PAGE),
        ("EcrPull", _actions("ecr", _ECR_READ), ("*",), pulls, POLICIES_PAGE),
        ("EcrPush", _actions("ecr", _ECR_WRITE), repositories, pushes, POLICIES_PAGE),
        (
            "EcrPushCheck",
            _actions("ecr", "BatchCheckLayerAvailability"),
            ("*",),
            "Not on the page: docker push asks which layers already exist",
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
        ("BatchStop", _actions("batch", "TerminateJob"), jobs, "Ends jobs that are no longer wanted", POLICIES_PAGE),
        (
            "BatchCancel",
            _actions("batch", "CancelJob"),
            jobs,
            "Not on the page: Nextflow cancels jobs that have not started",
            NEXTFLOW_PAGE,
        ),
        (
            "Instances",
            (
                *_actions("ecs", "DescribeTasks DescribeContainerInstances"),
                *_actions("ec2", "DescribeInstances DescribeInstanceTypes DescribeInstanceStatus DescribeInstanceAttribute"),
            ),
            ("*",),
            "Finds the instances that a job runs on",
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
    """What `harden` no longer grants the VM, and what stops working without it."""
    pushes, here = ", ".join(_actions("ecr", _ECR_WRITE)), "this account and region"
    return (
        f"{pushes} are granted only for repositories of {here}; the VM cannot create repositories or push images elsewhere.",
        f"batch:RegisterJobDefinition is granted only for job definitions of {here}; the VM cannot define jobs elsewhere.",
        f"batch:TagResource is granted only for job definitions and jobs of {here}; the VM cannot tag queues, compute "
        "environments, or anything elsewhere.",
        f"batch:TerminateJob and batch:CancelJob are granted only for jobs of {here}; the VM cannot end jobs elsewhere.",
        f"batch:SubmitJob is granted only for job definitions and jobs of {here} and the queues {' and '.join(queues)}; "
        "pipelines cannot use another queue, or a job definition from elsewhere.",
    )


def bucket(account: Account, name: str) -> tuple[Statement, ...]:
    """What pipelines may do in their bucket: list it, and read and write its objects."""
    arn = f"arn:{account.partition}:s3:::{name}"
    data = "Reads inputs, keeps the files that pipeline steps pass on, writes results"
    parts = "Not on the page: large files are uploaded in parts, and incomplete uploads are found and aborted"
    rows = (
        ("BucketList", ("s3:ListBucket",), arn, data, POLICIES_PAGE),
        ("BucketObjects", _actions("s3", "GetObject PutObject DeleteObject"), f"{arn}/*", data, POLICIES_PAGE),
        ("BucketParts", _actions("s3", "GetBucketLocation ListBucketMultipartUploads"), arn, parts, MULTIPART_PAGE),
        ("ObjectParts", _actions("s3", "AbortMultipartUpload ListMultipartUploadParts"), f"{arn}/*", parts, MULTIPART_PAGE),
        (
            "ObjectTags",
            _actions("s3", "PutObjectTagging"),
            f"{arn}/*",
            "Not on the page: Nextflow tags the files it publishes",
            NEXTFLOW_PAGE,
        ),
        ("ObjectCopies", _actions("s3", "GetObjectTagging"), f"{arn}/*", _COPIES, COPY_PAGE),
    )
    return tuple(
        Statement(sid=sid, actions=actions, resources=(resource,), why=why, source=source)
        for sid, actions, resource, why, source in rows
    )


def sent_config(account: Account, name: str, key: str) -> Statement:
    """For the policy of another account's bucket: whoever follows the hand-off sends one file to the VM through it."""
    return Statement(
        sid="SendConfig",
        actions=("s3:PutObject",),
        resources=(f"arn:{account.partition}:s3:::{name}/{key}",),
        why="Not on the page: nextflow.config goes to the VM through the bucket",
        source=COPY_PAGE,
    )


def reading(account: Account, places: tuple[str, ...]) -> tuple[Statement, ...]:
    """Read access to NAME or NAME/PREFIX of other buckets. Nextflow lists a folder by its name, without a slash at the
    end."""
    why = "You named it, for inputs and references"
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
