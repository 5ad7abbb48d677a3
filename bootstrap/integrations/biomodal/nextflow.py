"""Nextflow's configuration for a duet environment, which the hand-off contains.

Source: Nextflow docs, reference/config (scope aws), guides/updating-spot-retries, config (priorities); nf-amazon's
AwsBatchTaskHandler (which jobs Batch starts again, and what a lost machine looks like to Nextflow).
"""

import re
from collections.abc import Mapping

from bootstrap.integrations.biomodal.first_boot import AWS_CLI

SPOT, ON_DEMAND = "spot machines", "on-demand machines"
"""The kinds of instances that a queue can have."""

WORK_DAYS = 30
"""Days after which S3 deletes Nextflow's work files in a bucket that bootstrap created."""

SPOT_ATTEMPTS = 3
"""How often a job starts on spot machines before it goes to an on-demand machine. A step that was interrupted three times is
probably too long for spot, and each interruption loses what was computed."""

_HEAD = """\
// How Nextflow {version} runs pipelines in this environment. On the VM:
//   nextflow run PIPELINE -c nextflow.config
// These settings replace the pipeline's own general ones. What a pipeline
// sets for a single process stays in force.

// Each process runs as a job of AWS Batch.
process.executor = 'awsbatch'
"""

_WITH_SPOT = """
// The first try runs on spot machines, which cost less and which AWS may take
// back at any time; each later one on an on-demand machine, which it does not
// take back. For on-demand machines only:
//   process.queue = '{on_demand}'
process.queue = {{ task.attempt == 1 ? '{spot}' : '{on_demand}' }}

// Batch starts a job whose spot machine was taken back again, up to {attempts} starts
// in all. Since Nextflow 24.10 the default is 0: the first machine that is
// taken back ends the run.
aws.batch.maxSpotAttempts = {attempts}
"""

_WITHOUT_SPOT = """
// All machines are on-demand machines, which AWS does not take back.
process.queue = '{on_demand}'
"""

_REST = """
// A process that fails is tried once more, as a lost machine looks like any
// other failure. One that was killed (exit status 130 to 145, often for lack
// of memory) is tried up to three times more, so that a pipeline can ask for
// more memory each time. After that the run ends when the running jobs have
// ended; nextflow run with -resume goes on from there.
process.errorStrategy = {{ task.attempt == 1 || task.exitStatus in 130..145 ? 'retry' : 'finish' }}
process.maxRetries = 3

// The region of the queues and of the bucket.
aws.region = '{region}'

// Where Batch's machines have the AWS CLI, with which jobs copy their files.
aws.batch.cliPath = '{cli}'

// Where processes keep what they hand on to each other; -resume finds it
// there.
workDir = 's3://{bucket}/work'
"""


def nextflow_config(region: str, bucket: str, queues: Mapping[str, str], version: str) -> str:
    """`queues` maps the kind of instances (`SPOT`, `ON_DEMAND`) to a queue's name; `ON_DEMAND` is always in it."""
    queue = _WITH_SPOT if SPOT in queues else _WITHOUT_SPOT
    return (_HEAD + queue + _REST).format(
        version=version,
        spot=queues.get(SPOT),
        on_demand=queues[ON_DEMAND],
        attempts=SPOT_ATTEMPTS,
        region=region,
        cli=AWS_CLI,
        bucket=bucket,
    )


def nextflow_version(value: str) -> str:
    """A check for YEAR.MONTH.PATCH, with -edge for an edge release. The launchers of releases before 23.10 refuse Java 21,
    which the VM has. Raises ValueError."""
    value = value.removeprefix("v")
    if not re.fullmatch(r"[0-9]{2}\.(0[1-9]|1[0-2])\.[0-9]{1,2}(-edge)?", value, re.ASCII):
        raise ValueError(f"{value!r} is not a version of Nextflow (like 25.10.7)")
    if not value.endswith("-edge") and value[3:5] not in ("04", "10"):
        raise ValueError(f"there is no Nextflow {value}: stable releases are named after April or October (like 25.10.7)")
    if value < "23.10":
        raise ValueError(f"Nextflow {value} does not run on Java 21, which the VM has; 23.10.0 is the oldest that does")
    return value
