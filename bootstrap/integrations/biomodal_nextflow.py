"""Nextflow's configuration for a duet environment, which is handed over."""

from bootstrap.integrations.biomodal_first_boot import AWS_CLI


def nextflow_config(region: str, bucket: str, queues: dict[str, str]) -> str:
    """`queues` maps what a queue is for to its name; the first is the one that processes use."""
    first, *others = queues.items()
    alternatives = "".join(f"// Instead, for {purpose}: process.queue = '{name}'\n" for purpose, name in others)
    return (
        "// Run pipelines with: nextflow run PIPELINE -c nextflow.config\n"
        "process.executor = 'awsbatch'\n"
        f"process.queue = '{first[1]}'  // {first[0]}\n"
        f"{alternatives}"
        f"aws.region = '{region}'\n"
        f"aws.batch.cliPath = '{AWS_CLI}'\n"
        f"workDir = 's3://{bucket}/work'\n"
    )
