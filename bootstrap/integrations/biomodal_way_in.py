"""The commands with which a person gets into a duet environment's VM, and nextflow.config with them.

Without SSH nothing can be copied to the VM, so the file goes through the bucket, which both sides may use.
Source: Systems Manager user guide, session-manager-working-with-sessions-start (interactive commands: they run as
ssm-user, who may use sudo), ssm-agent-technical-details; AWS CLI reference, s3 cp and s3 mv; tmux(1).
"""

from collections.abc import Mapping, Sequence

from bootstrap.core import commands
from bootstrap.core.integration import OWN_PROFILE, own

Words = Sequence[str]
Ways = Mapping[str, Words]
"""Commands in their words, by label, in the order in which they are needed."""

CONFIG = "nextflow.config"
FOLDER = "handoff"
"""Where the steps have it written on the person's own machine."""

VERBS = {"write": ["outputs", "--write-handoff", FOLDER]}

SEND, LOG_IN, FETCH, RUN = "Send nextflow.config", "Log in", "Fetch it on the VM", "Keep a run going"
_PLUGIN = (
    "Session Manager needs the AWS CLI and its session-manager-plugin on your own machine, and permission for "
    "ssm:StartSession on the VM and on the document AWS-StartInteractiveCommand, and to send the file s3:PutObject on it."
)


def with_ssh(user: str, address: str) -> Ways:
    """`address` as in a graph: what stands for it is filled in later."""
    key = ["-i", "YOUR_PRIVATE_KEY"]
    return {
        SEND: ["scp", *key, f"{FOLDER}/{CONFIG}", f"{user}@{address}:"],
        LOG_IN: ["ssh", *key, f"{user}@{address}"],
        RUN: _TMUX,
    }


def with_session_manager(user: str, instance: str, region: str, bucket: str, prefix: str) -> Ways:
    """A session starts as ssm-user, in a folder that it may not write to, and not in the group docker: hence sudo. The
    file has a place of its own below bootstrap/ in the bucket, where nothing of the user's is in the way."""
    place, on_the_way = f"--region={region}", f"s3://{bucket}/bootstrap/{prefix}/{CONFIG}"
    document = ["--document-name=AWS-StartInteractiveCommand", f"--parameters=command={commands.typed('sudo', '-iu', user)}"]
    return {
        SEND: ["aws", "s3", "cp", f"{FOLDER}/{CONFIG}", on_the_way, place, OWN_PROFILE],
        LOG_IN: ["aws", "ssm", "start-session", *document, f"--target={instance}", place, OWN_PROFILE],
        FETCH: ["aws", "s3", "mv", on_the_way, CONFIG, place],
        RUN: _TMUX,
    }


# Attached again if it is there: the same command brings one back to the run.
_TMUX = ["tmux", "new-session", "-A", "-s", "duet"]


def steps(ways: Ways, user: str) -> tuple[str, ...]:
    """What to do with these commands, one after the other."""
    run = commands.typed("nextflow", "run", "PIPELINE", "-c", CONFIG)
    fetched = f'Run "{FETCH}" there: it takes the file out of the bucket again.'
    return (
        f"On your own machine write {CONFIG} into the folder {FOLDER}: {own('write')}",
        f'Run "{SEND}", then "{LOG_IN}": you are {user}, at home, and may use Docker.',
        *([_PLUGIN, fetched] if FETCH in ways else []),
        f'Run "{RUN}" there, and in it: {run}',
        f'The run goes on when your connection ends. To come back to it, run "{LOG_IN}" and "{RUN}" again. A run that '
        "ended early goes on with -resume.",
    )
