"""The table of what AWS needs a while for (see `support/strict.py`): a row a delay, in AWS's words.

Sources: IAM user guide troubleshoot_general; S3 user guide Welcome (consistency); terraform-provider-aws iam, s3, ec2,
batch (what its retries wait for); EC2 user guide (instance states); Batch user guide (states, troubleshooting).
"""

from tests.support.strict import Lag

ROLE, POLICY, PROFILE = r"RoleName=([^&\s]+)", r"<Arn>(arn:[^<]+:policy/[^<]+)</Arn>", r"InstanceProfileName=([^&\s]+)"
POLICY_GIVEN = r"PolicyArn=([^&\s]+)"
BUCKET = r"https://([^/]+?)\.s3[.-]"
ROLE_READS = ("iam.GetRole", "iam.GetRolePolicy", "iam.List*Role*")
ROLE_WRITES = ("iam.PutRole*", "iam.AttachRolePolicy", "iam.UpdateRole", "iam.UpdateAssumeRolePolicy", "iam.TagRole")
POLICY_READS = ("iam.GetPolicy", "iam.ListEntitiesForPolicy", "iam.ListPolicyVersions")
PROVIDER_CALLS = (
    *("iam.GetOpenIDConnectProvider", "iam.UpdateOpenIDConnectProviderThumbprint"),
    *("iam.TagOpenIDConnectProvider", "iam.AddClientIDToOpenIDConnectProvider"),
)
BUCKET_READS = ("s3.Get*", "s3.HeadBucket", "s3.ListObjectVersions")
BUCKET_WRITES = ("s3.PutBucket*", "s3.PutPublicAccessBlock", "s3.DeleteBucket?*")

NO_ROLE = ("NoSuchEntity", "The role with name {} cannot be found.")
NO_PROFILE = ("NoSuchEntity", "Instance Profile {} cannot be found.")
NO_PROFILE_NAME = (
    "InvalidParameterValue",
    "Value ({}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
)
NO_PRINCIPAL = ("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"{}"')
NO_PROVIDER = ("NoSuchEntity", "OpenIDConnect Provider not found for arn {}")
NO_POLICY = ("NoSuchEntity", "Policy {} does not exist or is not attachable.")
MUST_DETACH = ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
MUST_DELETE_INLINE = ("DeleteConflict", "Cannot delete entity, must delete policies first.")
MUST_REMOVE_ROLE = ("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
ATTACHED = ("DeleteConflict", "Cannot delete a policy attached to entities.")
BUSY = ("ConcurrentModification", "The request was rejected because multiple requests to change this object were submitted.")
LOCKED = ("EntityTemporarilyUnmodifiable", "The entity cannot be modified just now. Please wait a few minutes.")
NO_BUCKET = ("NoSuchBucket", "The specified bucket does not exist")
NO_TAGS = ("NoSuchTagSet", "The TagSet does not exist")
NO_BUCKET_PRINCIPAL = ("MalformedPolicy", "Invalid principal in policy")
ABORTED = (
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
)

IAM = (
    Lag(after="iam.CreateRole", subject=ROLE, then=ROLE_READS, refusal=NO_ROLE, status=404),
    Lag(after="iam.CreateRole", subject=ROLE, then=ROLE_WRITES, refusal=NO_ROLE, status=404),
    Lag(
        after="iam.CreateRole",
        subject=ROLE,
        then=("iam.GetRole",),
        shows=(r"<Arn>arn:[^<]+:role/[^<]+</Arn>", "<Arn>AROA1234567890EXAMPLE</Arn>"),
    ),
    Lag(
        after="iam.CreateRole",
        subject=ROLE,
        then=("iam.CreateRole", "iam.UpdateAssumeRolePolicy"),
        named=r':role/(?:[^"]*/)?{}"',
        refusal=NO_PRINCIPAL,
    ),
    Lag(after="iam.CreateRole", subject=ROLE, then=("iam.AddRoleToInstanceProfile",), refusal=NO_ROLE, status=404),
    Lag(after="iam.UpdateAssumeRolePolicy", subject=ROLE, then=ROLE_WRITES, refusal=LOCKED, times=1, status=409),
    Lag(after="iam.PutRolePolicy", subject=ROLE, then=ROLE_WRITES, refusal=BUSY, times=1, status=409),
    Lag(after="iam.DetachRolePolicy", subject=ROLE, then=("iam.DeleteRole",), refusal=MUST_DETACH, status=409),
    Lag(after="iam.DeleteRolePolicy", subject=ROLE, then=("iam.DeleteRole",), refusal=MUST_DELETE_INLINE, status=409),
    Lag(
        after="iam.RemoveRoleFromInstanceProfile",
        subject=ROLE,
        then=("iam.DeleteRole",),
        refusal=MUST_REMOVE_ROLE,
        status=409,
    ),
    Lag(after="iam.CreatePolicy", subject=POLICY, then=POLICY_READS, refusal=NO_POLICY, status=404),
    Lag(after="iam.CreatePolicy", subject=POLICY, then=("iam.AttachRolePolicy",), refusal=NO_POLICY, status=404),
    Lag(
        after="iam.CreatePolicyVersion", subject=POLICY_GIVEN, then=("iam.GetPolicyVersion",), refusal=NO_POLICY, status=404
    ),
    Lag(after="iam.DetachRolePolicy", subject=POLICY_GIVEN, then=("iam.DeletePolicy",), refusal=ATTACHED, status=409),
    Lag(
        after="iam.CreateInstanceProfile",
        subject=PROFILE,
        then=("iam.AddRoleToInstanceProfile", "iam.GetInstanceProfile"),
        refusal=NO_PROFILE,
        times=1,
        status=404,
    ),
    Lag(
        after="iam.CreateInstanceProfile",
        subject=PROFILE,
        then=("iam.AddRoleToInstanceProfile",),
        refusal=NO_PROFILE_NAME,
        times=1,
    ),
    Lag(
        after="iam.CreateInstanceProfile",
        subject=PROFILE,
        then=("iam.GetInstanceProfile",),
        shows=(r"<Arn>arn:[^<]+:instance-profile/[^<]+</Arn>", "<Arn>AIPA1234567890EXAMPLE</Arn>"),
    ),
    Lag(
        after="iam.RemoveRoleFromInstanceProfile",
        subject=PROFILE,
        then=("iam.DeleteInstanceProfile",),
        refusal=MUST_REMOVE_ROLE,
        status=409,
    ),
    Lag(
        after="iam.CreateOpenIDConnectProvider",
        subject=r"<OpenIDConnectProviderArn>(arn:[^<]+)</OpenIDConnectProviderArn>",
        then=PROVIDER_CALLS,
        named="{}",
        refusal=NO_PROVIDER,
        status=404,
    ),
)

S3 = (
    Lag(after="s3.CreateBucket", subject=BUCKET, then=BUCKET_READS, refusal=NO_BUCKET, status=404),
    Lag(after="s3.CreateBucket", subject=BUCKET, then=("s3.GetBucketTagging",), refusal=NO_TAGS, status=404),
    Lag(after="s3.CreateBucket", subject=BUCKET, then=BUCKET_WRITES, refusal=NO_BUCKET, times=1, status=404),
    Lag(after="s3.CreateBucket", subject=BUCKET, then=BUCKET_WRITES, refusal=ABORTED, times=1, status=409),
    Lag(
        after="iam.CreateRole",
        subject=ROLE,
        then=("s3.PutBucketPolicy",),
        named=r':role/(?:[^"]*/)?{}"',
        refusal=NO_BUCKET_PRINCIPAL,
    ),
    Lag(after="s3.PutBucketPolicy", subject=BUCKET, then=("s3.DeleteBucket",), refusal=ABORTED, times=1, status=409),
    Lag(after="s3.DeleteBucket", subject=BUCKET, then=("s3.CreateBucket",), refusal=ABORTED, status=409),
)

NO_INSTANCE = ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist")
PENDING_INSTANCE = ("InvalidInstanceID", "The pending instance '{}' is not in a valid state for this operation.")
NO_ADDRESS = ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist")
ADDRESS_IN_USE = ("InvalidIPAddress.InUse", "Address is in use.")
NO_GROUP = ("InvalidGroup.NotFound", "The security group '{}' does not exist")
GROUP_IN_USE = ("DependencyViolation", "resource has a dependent object")
NO_KEY_PAIR = ("InvalidKeyPair.NotFound", "The key pair '{}' does not exist")
NO_TEMPLATE = ("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID {}, does not exist.")
NO_VERSION = ("InvalidLaunchTemplateId.VersionNotFound", "Could not find the launch template version of {}")
NO_ROLE_IN_PROFILE = ("InvalidParameterValue", 'IAM Instance Profile "{}" has no associated IAM Roles')

RUN, GIVEN = r"<instanceId>(i-\w+)</instanceId>", r"InstanceId\.1=(i-\w+)"
TEMPLATE, TEMPLATE_VERSIONS = r"LaunchTemplateId=(lt-\w+)", ("ec2.DescribeLaunchTemplateVersions",)
INSTANCES = ("ec2.DescribeInstances", "ec2.DescribeInstanceStatus")


def state(true: tuple[int, str], told: tuple[int, str]) -> tuple[str, str]:
    return (rf"<code>{true[0]}</code>\s*<name>{true[1]}</name>", f"<code>{told[0]}</code><name>{told[1]}</name>")


TAKES_PROFILE = ("ec2.RunInstances", "ec2.AssociateIamInstanceProfile")
RUNNING, STOPPED, ENDED = (16, "running"), (80, "stopped"), (48, "terminated")
EC2 = (
    Lag(after="iam.CreateInstanceProfile", subject=PROFILE, then=TAKES_PROFILE, refusal=NO_PROFILE_NAME, times=1),
    Lag(
        after="iam.AddRoleToInstanceProfile",
        subject=PROFILE,
        then=TAKES_PROFILE,
        refusal=NO_ROLE_IN_PROFILE,
        times=1,
    ),
    Lag(after="ec2.RunInstances", subject=RUN, then=INSTANCES, refusal=NO_INSTANCE, times=1),
    Lag(after="ec2.RunInstances", subject=RUN, then=INSTANCES, shows=state(RUNNING, (0, "pending")), passing=True, times=3),
    Lag(after="ec2.RunInstances", subject=RUN, then=("ec2.AssociateAddress",), refusal=PENDING_INSTANCE, times=1),
    Lag(after="ec2.StartInstances", subject=GIVEN, then=INSTANCES, shows=state(RUNNING, (0, "pending")), passing=True),
    Lag(after="ec2.StopInstances", subject=GIVEN, then=INSTANCES, shows=state(STOPPED, (64, "stopping")), passing=True),
    Lag(
        after="ec2.TerminateInstances",
        subject=GIVEN,
        then=INSTANCES,
        shows=state(ENDED, (32, "shutting-down")),
        passing=True,
        times=3,
    ),
    # Its network interface goes last, and is in nobody's request.
    Lag(after="ec2.TerminateInstances", subject=GIVEN, then=("ec2.DeleteSecurityGroup",), refusal=GROUP_IN_USE, named=""),
    Lag(
        after="ec2.AllocateAddress",
        subject=r"<allocationId>(eipalloc-\w+)</allocationId>",
        then=("ec2.DescribeAddresses", "ec2.AssociateAddress"),
        refusal=NO_ADDRESS,
        times=1,
    ),
    Lag(
        after="ec2.DisassociateAddress",
        subject=r"AssociationId=(eipassoc-\w+)",
        then=("ec2.ReleaseAddress",),
        refusal=ADDRESS_IN_USE,
        named="",
    ),
    Lag(
        after="ec2.CreateSecurityGroup",
        subject=r"<groupId>(sg-\w+)</groupId>",
        then=("ec2.DescribeSecurityGroups", "ec2.AuthorizeSecurityGroup*", "ec2.RunInstances"),
        refusal=NO_GROUP,
        times=1,
    ),
    Lag(
        after="ec2.ImportKeyPair",
        subject=r"KeyName=([^&\s]+)",
        then=("ec2.DescribeKeyPairs", "ec2.RunInstances"),
        refusal=NO_KEY_PAIR,
        times=1,
    ),
    Lag(
        after="ec2.CreateLaunchTemplate",
        subject=r"<launchTemplateId>(lt-\w+)</launchTemplateId>",
        then=("ec2.DescribeLaunchTemplates",),
        refusal=NO_TEMPLATE,
        times=1,
    ),
    Lag(
        after="ec2.CreateLaunchTemplate",
        subject=r"<launchTemplateId>(lt-\w+)</launchTemplateId>",
        then=TEMPLATE_VERSIONS,
        refusal=NO_TEMPLATE,
        passing=True,
    ),
    Lag(after="ec2.CreateLaunchTemplateVersion", subject=TEMPLATE, then=("ec2.ModifyLaunchTemplate",), refusal=NO_VERSION),
    Lag(after="ec2.CreateLaunchTemplateVersion", subject=TEMPLATE, then=TEMPLATE_VERSIONS, refusal=NO_VERSION, passing=True),
)

MODIFIED = ("ClientException", "Cannot delete or update, resource is being modified.")
HAS_QUEUE = ("ClientException", "Cannot delete, found existing JobQueue relationship")
NOT_VALID = ("ClientException", "Compute environment {} is not valid for a job queue")
NOT_TRUSTED = "CLIENT_ERROR - Not authorized to perform: sts:AssumeRole (Service: AmazonECS)"

ENVIRONMENT_MADE = r'"computeEnvironmentName": ?"([^"]+)"'
ENVIRONMENT = r'"computeEnvironment": ?"(?:[^"]*/)?([^"/]+)"'
QUEUE_MADE = r'"jobQueueName": ?"([^"]+)"'
QUEUE = r'"jobQueue": ?"(?:[^"]*/)?([^"/]+)"'
ENVIRONMENTS, QUEUES = ("batch.DescribeComputeEnvironments",), ("batch.DescribeJobQueues",)


def status(told: str) -> tuple[str, str]:
    return (r'"status": ?"VALID"', f'"status": "{told}"')


CREATING = Lag(
    after="batch.CreateComputeEnvironment",
    subject=ENVIRONMENT_MADE,
    then=ENVIRONMENTS,
    shows=status("CREATING"),
    passing=True,
    times=3,
)
BATCH = (
    CREATING,
    Lag(
        after="batch.CreateComputeEnvironment",
        subject=ENVIRONMENT_MADE,
        then=("batch.CreateJobQueue", "batch.UpdateJobQueue"),
        refusal=NOT_VALID,
        during=CREATING,
    ),
    Lag(
        after="batch.UpdateComputeEnvironment",
        subject=ENVIRONMENT,
        then=ENVIRONMENTS,
        shows=status("UPDATING"),
        passing=True,
    ),
    Lag(
        after="batch.UpdateComputeEnvironment",
        subject=ENVIRONMENT,
        then=("batch.UpdateComputeEnvironment", "batch.DeleteComputeEnvironment"),
        refusal=MODIFIED,
        times=1,
    ),
    Lag(after="batch.CreateJobQueue", subject=QUEUE_MADE, then=QUEUES, shows=status("CREATING"), passing=True),
    Lag(after="batch.UpdateJobQueue", subject=QUEUE, then=QUEUES, shows=status("UPDATING"), passing=True),
    Lag(
        after="batch.UpdateJobQueue",
        subject=QUEUE,
        then=("batch.UpdateJobQueue", "batch.DeleteJobQueue"),
        refusal=MODIFIED,
        times=1,
    ),
    Lag(
        after="batch.DeleteJobQueue",
        subject=QUEUE,
        then=("batch.DeleteComputeEnvironment",),
        refusal=HAS_QUEUE,
        named="",
    ),
    # A job that was told to end is on its machine for a while, and ends with it.
    Lag(
        after="batch.TerminateJob",
        subject=r'"jobId": ?"([^"]+)"',
        then=("batch.ListJobs",),
        named=r'"jobStatus": ?"RUNNING"',
        shows=(r'"jobSummaryList": ?\[\]', '"jobSummaryList": [{"jobId": "{}", "jobName": "job", "status": "RUNNING"}]'),
        passing=True,
    ),
    # An environment whose instances' role is new: it gets well only when it is told to try again.
    Lag(
        after="iam.AddRoleToInstanceProfile",
        subject=PROFILE,
        then=ENVIRONMENTS,
        shows=(
            r'"status": ?"VALID"(.*?)"statusReason": ?"[^"]*"',
            rf'"status": "INVALID"\1"statusReason": "{NOT_TRUSTED}"',
        ),
        until="batch.UpdateComputeEnvironment",
        times=20,
    ),
)

STACK_SET, STACK_SET_OPERATIONS = r"StackSetName=([^&\s]+)", ("cloudformation.ListStackSetOperations",)
IN_PROGRESS = ("OperationInProgressException", "Another Operation on StackSet {} is in progress")
OPERATIONS = ("CreateStackInstances", "UpdateStackInstances", "DeleteStackInstances", "UpdateStackSet")
EVERY_OPERATION = tuple(f"cloudformation.{operation}" for operation in (*OPERATIONS, "DetectStackSetDrift"))


def operation_shown(call: str, status: str, times: int) -> Lag:
    """The operation is still in this state, although moto has done it."""
    shows = (r"<Status>SUCCEEDED</Status>", f"<Status>{status}</Status>")
    return Lag(after=call, subject=STACK_SET, then=STACK_SET_OPERATIONS, shows=shows, passing=True, times=times)


def not_listed(call: str, listed: str) -> Lag:
    """The list, which is eventually consistent, does not show the operation that was just accepted."""
    return Lag(after=call, subject=STACK_SET, then=(listed,), shows=("<Summaries>.*</Summaries>", "<Summaries/>"), times=1)


RUNNING_OPERATIONS = {call: operation_shown(call, "RUNNING", 2) for call in EVERY_OPERATION}
CLOUDFORMATION = (
    *(operation_shown(call, "QUEUED", 1) for call in RUNNING_OPERATIONS),
    *RUNNING_OPERATIONS.values(),
    *(not_listed(call, "cloudformation.ListStackSetOperations") for call in RUNNING_OPERATIONS),
    *(not_listed(call, "cloudformation.ListStackSetOperationResults") for call in RUNNING_OPERATIONS),
    Lag(
        after="cloudformation.DetectStackSetDrift",
        subject=STACK_SET,
        then=("cloudformation.ListStackInstances",),
        shows=(r"<DriftStatus>(?:IN_SYNC|DRIFTED)<", "<DriftStatus>NOT_CHECKED<"),
        times=2,
    ),
    # Nor does the list of stacks always show that the operation has ended.
    *(
        Lag(
            after=call,
            subject=STACK_SET,
            then=("cloudformation.ListStackInstances",),
            shows=(
                r"<Status>CURRENT</Status>((?:(?!</member>).)*)<DetailedStatus>SUCCEEDED",
                r"<Status>OUTDATED</Status>\1<DetailedStatus>RUNNING",
            ),
            times=1,
        )
        for call in RUNNING_OPERATIONS
    ),
    *(
        Lag(
            after=call,
            subject=STACK_SET,
            then=(*EVERY_OPERATION, "cloudformation.DeleteStackSet"),
            refusal=IN_PROGRESS,
            during=running,
            status=409,
        )
        for call, running in RUNNING_OPERATIONS.items()
    ),
)

ROWS: tuple[Lag, ...] = (*IAM, *S3, *EC2, *BATCH, *CLOUDFORMATION)

UNLISTED = (
    Lag(after="s3.CreateBucket", subject=BUCKET, then=("s3.GetBucketTagging",), refusal=NO_TAGS, status=404),
    *(
        Lag(after=made, subject=subject, then=(listed,), shows=(f"<{items}>.*</{items}>", f"<{items}/>"), named=r"Name=tag:")
        for made, subject, listed, items in (
            ("ec2.AllocateAddress", r"<allocationId>(eipalloc-\w+)<", "ec2.DescribeAddresses", "addressesSet"),
            ("ec2.RunInstances", RUN, "ec2.DescribeInstances", "reservationSet"),
        )
    ),
)
"""Our tags do not show yet on what was just made, or do not find it. Not in `ROWS`: it meets only a run after a crash."""
