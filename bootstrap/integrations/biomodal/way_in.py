"""The commands with which a person gets into a duet environment's VM, and nextflow.config with them.

Without SSH nothing can be copied to the VM, so the file goes through the bucket, which both sides may use.
Source: Systems Manager user guide, session-manager-working-with-sessions-start (interactive commands: they run as
ssm-user, who may use sudo), ssm-agent-technical-details, getting-started-restrict-access-quickstart and -examples (what who
logs in needs); AWS CLI reference, s3 cp and s3 mv; tmux(1).
"""

from collections.abc import Iterable, Mapping, Sequence

from bootstrap.core import commands
from bootstrap.core.integration import OWN_PROFILE, own
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.permission import Condition, Permission
from bootstrap.integrations.existing.bucket_keys import Grant

Words = Sequence[str]
Ways = Mapping[str, Words]
"""Commands in their words, by label, in the order in which they are needed."""

CONFIG = "nextflow.config"
FOLDER = "handoff"
"""Where the steps have it written on the person's own machine."""

VERBS = {"write": ["outputs", "--write-handoff", FOLDER]}

SENDS_WITH = ("kms:GenerateDataKey",)
"""What a KMS key must allow whoever sends the file to a bucket that encrypts with it."""
SEND, LOG_IN, FETCH, RUN = "Send nextflow.config", "Log in", "Fetch it on the VM", "Keep a run going"
_PLUGIN = (
    "Session Manager needs the AWS CLI and its session-manager-plugin on your own machine. For the policy that lets "
    f"somebody log in and send the file, run: {own('permissions')}"
)

_DOCUMENT = "AWS-StartInteractiveCommand"
_OF_DEPLOYMENT, _OF_ADDRESS = (f"ssm:resourceTag/{tag}" for tag in OWNER_TAGS[:2])
# A session's id begins with the name of the user or of the role's session, so session/${aws:userid}-* of AWS's quickstart
# matches no session of a role. The tag that Session Manager puts on each session does (the other method on those pages).
_OWN_SESSION = Condition("StringEquals", "ssm:resourceTag/aws:ssmmessages:session-id", ("${{aws:userid}}",))
_SESSIONS = "arn:{partition}:ssm:{region}:{account}:session/*"


def key_of(prefix: str) -> str:
    """Where nextflow.config is in the bucket on its way to the VM."""
    return f"bootstrap/{prefix}/{CONFIG}"


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
    place, on_the_way = f"--region={region}", f"s3://{bucket}/{key_of(prefix)}"
    document = [f"--document-name={_DOCUMENT}", f"--parameters=command={commands.quoted('sudo', '-iu', user)}"]
    return {
        SEND: ["aws", "s3", "cp", f"{FOLDER}/{CONFIG}", on_the_way, place, OWN_PROFILE],
        LOG_IN: ["aws", "ssm", "start-session", *document, f"--target={instance}", place, OWN_PROFILE],
        FETCH: ["aws", "s3", "mv", on_the_way, CONFIG, place],
        RUN: _TMUX,
    }


def session_permissions(vm: str, bucket: str, prefix: str, keys: Iterable[Grant]) -> tuple[Permission, ...]:
    """What `with_session_manager` takes of the person. `vm` is its address in the graph; `keys` are those of the bucket."""
    ours = (
        Condition("StringEquals", _OF_DEPLOYMENT, ("{deployment}",)),
        Condition("StringEquals", _OF_ADDRESS, (vm,)),
    )
    channel = "the session's data goes through it, and it takes the token that StartSession gave"
    return (
        Permission(
            "handoff",
            "ssm:StartSession",
            "arn:{partition}:ec2:{region}:{account}:instance/*",
            ours,
            why="logs in to the VM",
            wide="a VM that replaces this one has another id",
        ),
        Permission(
            "handoff",
            "ssm:StartSession",
            f"arn:{{partition}}:ssm:{{region}}::document/{_DOCUMENT}",
            why="logs in as the user who may use Docker",
        ),
        Permission("handoff", "ssmmessages:OpenDataChannel", "*", why=channel),
        *(
            Permission("handoff", action, _SESSIONS, (_OWN_SESSION,), why=why, wide="the tag says which are one's own")
            for action, why in (
                ("ssm:ResumeSession", "goes on after the connection was lost"),
                ("ssm:TerminateSession", "ends the session"),
            )
        ),
        Permission("handoff", "s3:PutObject", f"arn:{{partition}}:s3:::{bucket}/{key_of(prefix)}", why=f"sends {CONFIG}"),
        *(
            Permission(
                "handoff",
                action,
                arn,
                tuple(
                    Condition(test, key, tuple(of)) for test, keyed in grant.conditions.items() for key, of in keyed.items()
                ),
                why="the bucket encrypts with this key",
                wide="the condition names its alias" if grant.aliases else "",
            )
            for grant in keys
            for arn in grant.resources
            for action in SENDS_WITH
        ),
    )


# Attached again if it is there: the same command brings one back to the run.
_TMUX = ["tmux", "new-session", "-A", "-s", "duet"]


def steps(ways: Ways, user: str) -> tuple[str, ...]:
    """What to do with these commands, one after the other."""
    run = commands.quoted("nextflow", "run", "PIPELINE", "-c", CONFIG)
    fetched = f'Run "{FETCH}" there: it takes the file out of the bucket again.'
    return (
        f"On your own machine write {CONFIG} into the folder {FOLDER}: {own('write')}",
        f'Run "{SEND}", then "{LOG_IN}": you are {user}, at home, and may use Docker.',
        *([_PLUGIN, fetched] if FETCH in ways else []),
        f'Run "{RUN}" there, and in it: {run}',
        f'The run goes on when your connection ends. To come back to it, run "{LOG_IN}" and "{RUN}" again. A run that '
        "ended early goes on with -resume.",
    )
