"""What would prevent changes of a compute environment, or stop it from ever starting a machine, as far as reads show.

Source: Batch API reference ComputeResource (instanceTypes), UpdateComputeEnvironment; Batch user guide
error-desired-vcpus-update; EC2 API reference DescribeInstanceTypeOfferings. Users report that a
maximum below the desired number of vCPUs is refused.
"""

from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of, ignore_missing
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.query import Query
from bootstrap.permissions.denial import CODES
from bootstrap.resources.batch import jobs as batch_jobs, shared as batch

_X86 = ("m6i", "c6i", "r6i", "c7i")
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "optimal": _X86,
    "default_x86_64": _X86,
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
}
"""The families from which Batch chooses by itself. It uses other generations where a region lacks these."""


def patterns(types: Sequence[str]) -> list[str]:
    """The filter values for EC2: "c6i.large", or "c6i.*" for a family."""
    named = [each for name in types for each in BUNDLES.get(name, (name,))]
    return list(dict.fromkeys(name if "." in name else f"{name}.*" for name in named))


def not_offered(aws: Cloud, types: Sequence[str], subnets: Sequence[str]) -> list[Obstacle]:
    """Instance types that no zone of the subnets has: jobs would wait for them forever."""
    named = [name for name in types if name not in BUNDLES]
    if not named:
        return []
    by_type = {"LocationType": "availability-zone", "Filters": [{"Name": "instance-type", "Values": patterns(named)}]}
    mine = {"Filters": [{"Name": "subnet-id", "Values": list(subnets)}]}
    answer, found = aws.read(
        Query("ec2", "describe_instance_type_offerings", by_type), Query("ec2", "describe_subnets", mine)
    )
    zones = sorted({item["AvailabilityZone"] for item in found["Subnets"]})
    if not zones:  # other checks report missing subnets
        return []
    offered = {item["InstanceType"] for item in answer["InstanceTypeOfferings"] if item["Location"] in zones}
    offered |= {name.partition(".")[0] for name in offered}
    advice = f"Choose instance types that EC2 offers in {', '.join(zones)}, or subnets in other zones."
    return [Obstacle(f"no {name} instances in {', '.join(zones)}", advice) for name in named if name not in offered]


def in_use(aws: Cloud, name: str, most: int) -> list[Obstacle]:
    """Whether the environment now has more desired vCPUs than a lower maximum allows. Nobody can lower that number: Batch
    itself stops machines, a few minutes after their last job."""
    [answer] = aws.read(batch.COMPUTE_ENVIRONMENTS.all)
    found = batch.COMPUTE_ENVIRONMENTS.described(answer, name) or {}
    resources = found.get("computeResources", {})
    has = resources.get("desiredvCpus", 0)
    if not most < min(has, resources.get("maxvCpus", 0)):
        return []
    try:
        jobs = jobs_on_machines(aws, found["computeEnvironmentArn"])
    except ClientError as error:  # the number alone is enough
        if code_of(error) not in CODES | NOT_OFFERED:
            raise
        jobs = []
    what = f"it has {has:,} vCPUs now, and Batch refuses a lower maximum ({most:,})"
    advice = (
        "Wait until the jobs have ended and Batch has stopped their machines, which takes a few minutes, or choose a "
        f"maximum of at least {has:,} vCPUs."
    )
    return [Obstacle("; ".join([what, *jobs]), advice)]


def jobs_on_machines(aws: Cloud, arn: str) -> list[str]:
    """The jobs on machines in the queues that the environment serves: "queue spot has 2 jobs under way: 2 RUNNING"."""
    found = []
    for name in batch.queues_of(arn, aws.read(Query("batch", "describe_job_queues"))):
        with ignore_missing(batch.CODE, text=batch.ABSENT):
            jobs = batch_jobs.listed(aws.read(*batch_jobs.queries(name, batch_jobs.ON_MACHINES)))
            found += [batch_jobs.describe(name, jobs)] if jobs else []
    return found
