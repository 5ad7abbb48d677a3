"""The commands with which a person logs in to the VM of a duet environment, and sends nextflow.config there.

Without SSH nothing can be copied to the VM directly, so the file goes through the bucket, which both sides may use.
Source: Systems Manager user guide, session-manager-working-with-sessions-start (interactive commands: they run as ssm-user,
who may use sudo), ssm-agent-technical-details, getting-started-restrict-access-quickstart and -examples (the permissions to
log in); AWS CLI reference, s3 cp and s3 mv; tmux(1).
"""

from collections.abc import Iterable, Mapping, Sequence

from bootstrap.core import commands
from bootstrap.core.handoff import FOLDER
from bootstrap.core.integration import OWN_PROFILE, own
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.permission import Condition, Permission
from bootstrap.integrations.existing.bucket_keys import Grant

Words = Sequence[str]
Ways = Mapping[str, Words]
"""Commands as lists of words, by label, in the order in which they are needed."""

CONFIG = "nextflow.config"
"""The folder on the person's own computer into which the steps write the file."""

VERBS = {"write": ["outputs", "--write-handoff", FOLDER]}

SENDS_WITH = ("kms:GenerateDataKey",)
"""The KMS actions that a person needs to send the file to a bucket that encrypts with the key."""
SEND, LOG_IN, FETCH, RUN = "Send nextflow.config", "Log in", "Fetch it on the VM", "Keep a run going"
_PLUGIN = (
    "Session Manager needs the AWS CLI and its session-manager-plugin on your own computer. To print the policy that lets "
    f"somebody log in and send the file, run: {own('permissions')}"
)

_DOCUMENT = "AWS-StartInteractiveCommand"
_OF_DEPLOYMENT, _OF_ADDRESS = (f"ssm:resourceTag/{tag}" for tag in OWNER_TAGS[:2])
# A session's id begins with the name of the user or of the role's session, so session/${aws:userid}-* of AWS's quickstart
# matches no session of a role. The tag that Session Manager puts on each session does (the other method on those pages).
_OWN_SESSION = Condition("StringEquals", "ssm:resourceTag/aws:ssmmessages:session-id", ("${{aws:userid}}",))
_SESSIONS = "arn:{partition}:ssm:{region}:{account}:session/*"


def key_of(prefix: str) -> str:
    """The key of nextflow.config in the bucket, on its way to the VM."""
    return f"bootstrap/{prefix}/{CONFIG}"


def with_ssh(user: str, address: str) -> Ways:
    """`address` may be a reference to an output of the graph, which is filled in later."""
    key = ["-i", "YOUR_PRIVATE_KEY"]
    return {
        SEND: ["scp", *key, f"{FOLDER}/{CONFIG}", f"{user}@{address}:"],
        LOG_IN: ["ssh", *key, f"{user}@{address}"],
        RUN: _TMUX,
    }


def with_session_manager(user: str, instance: str, region: str, bucket: str, prefix: str) -> Ways:
    """A session starts as ssm-user, who is not in the group docker, in a folder without write access: hence sudo. The file
    has its own key below bootstrap/ in the bucket, so it overwrites nothing of the user's."""
    place, on_the_way = f"--region={region}", f"s3://{bucket}/{key_of(prefix)}"
    document = [f"--document-name={_DOCUMENT}", f"--parameters=command={commands.quoted('sudo', '-iu', user)}"]
    return {
        SEND: ["aws", "s3", "cp", f"{FOLDER}/{CONFIG}", on_the_way, place, OWN_PROFILE],
        LOG_IN: ["aws", "ssm", "start-session", *document, f"--target={instance}", place, OWN_PROFILE],
        FETCH: ["aws", "s3", "mv", on_the_way, CONFIG, place],
        RUN: _TMUX,
    }


def session_permissions(vm: str, bucket: str, prefix: str, keys: Iterable[Grant]) -> tuple[Permission, ...]:
    """The permissions that a person needs to run `with_session_manager`. `vm` is the VM's address in the graph; `keys` are
    the grants on the bucket's KMS keys."""
    ours = (
        Condition("StringEquals", _OF_DEPLOYMENT, ("{deployment}",)),
        Condition("StringEquals", _OF_ADDRESS, (vm,)),
    )
    channel = "carries the session's data, and requires the token from StartSession"
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
            Permission("handoff", action, _SESSIONS, (_OWN_SESSION,), why=why, wide="the tag identifies one's own sessions")
            for action, why in (
                ("ssm:ResumeSession", "resumes the session after a lost connection"),
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


# -A attaches to the session if it exists: the same command returns to the run.
_TMUX = ["tmux", "new-session", "-A", "-s", "duet"]

RETURN = (
    f'The run continues when your connection ends. To return to it, run "{LOG_IN}" and "{RUN}" again. To continue a run '
    "that ended early, add -resume."
)


def steps(ways: Ways, user: str) -> tuple[str, ...]:
    """The steps of the hand-off that use these commands, in order."""
    run = commands.quoted("nextflow", "run", "PIPELINE", "-c", CONFIG)
    fetched = f'Run "{FETCH}" there: it moves the file from the bucket to the VM.'
    return (
        *([_PLUGIN] if FETCH in ways else []),
        f"On your own computer, write {CONFIG} into the folder {FOLDER}: {own('write')}",
        f'Run "{SEND}", then "{LOG_IN}". You are then {user}, in the home directory, and may use Docker.',
        *([fetched] if FETCH in ways else []),
        f'Run "{RUN}" there, and inside it: {run}',
    )
