"""Waiting for AWS to agree with itself: which refusals of a call pass by themselves, and for how long to try again.

IAM, S3 and EC2 answer from many places; what was just created in one, another does not know yet. AWS publishes no number;
Terraform's provider allows two minutes. Only a code together with a part of the message is waited for: the same
code also stands for real mistakes, which must show at once.
Sources: IAM user guide troubleshoot_general; S3 user guide Welcome (consistency); EC2 API reference
query-api-troubleshooting (eventual consistency); Batch user guide troubleshooting; terraform-provider-aws iam, s3, ec2,
batch.
"""

import math
import time
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from bootstrap.aws.errors import THROTTLED, code_of
from bootstrap.core.cloud import Timing
from bootstrap.errors import AwsError

BATCH_SIZE = 4
"""How many reads of a long list run at the same time."""
REPORT_INTERVAL = 10
"""Seconds between two lines that report how many are done."""
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Predicate = Callable[[Mapping[str, Any], Collection[str]], bool]
"""Takes the call's parameters and the ids of the run's accounts."""


@dataclass(frozen=True)
class Rule:
    """Try again on this wire code with this text in the message, when `applies` to the call's parameters."""

    code: str
    text: str = ""
    applies: Predicate = lambda parameters, accounts: True
    longer: float = 1
    """How many times the usual deadline."""

    def matches(self, error: ClientError, parameters: Mapping[str, Any], accounts: Collection[str]) -> bool:
        answer = error.response.get("Error", {})
        return (
            answer.get("Code") == self.code
            and self.text.lower() in str(answer.get("Message", "")).lower()
            and self.applies(parameters, accounts)
        )


def _names_our_account(parameters: Mapping[str, Any], accounts: Collection[str]) -> bool:
    """A principal or policy of the run's accounts may be seconds old; a vendor's is not, so its refusal is a real one."""
    documents = "".join(parameters.get(name, "") for name in ("AssumeRolePolicyDocument", "PolicyDocument", "Policy"))
    return any(each in documents or f"::{each}:" in parameters.get("PolicyArn", "") for each in accounts)


_BUSY = (Rule("ConcurrentModification"), Rule("EntityTemporarilyUnmodifiable"))
_NEW_PRINCIPAL = Rule("MalformedPolicyDocument", "invalid principal", _names_our_account)
_NEW_ROLE = Rule("NoSuchEntity", "role with name")
_NEW_POLICY = Rule("NoSuchEntity", "does not exist or is not attachable", _names_our_account)
_NEW_PROVIDER = Rule("NoSuchEntity", "openidconnect provider not found")
_STILL_ATTACHED = Rule("DeleteConflict")
_NEW_BUCKET = (Rule("NoSuchBucket"), Rule("OperationAborted"))
_NEW_PROFILE = (
    Rule("InvalidParameterValue", "invalid iam instance profile"),
    Rule("InvalidParameterValue", " has no associated iam roles"),
)
_NEW_GROUP = Rule("InvalidGroup.NotFound")
_CHANGING = Rule("ClientException", "resource is being modified", longer=2.5)
_STILL_IN_QUEUE = Rule("ClientException", "existing jobqueue relationship", longer=2.5)  # the queue is gone already

RULES: Mapping[tuple[str, str], tuple[Rule, ...]] = {
    ("iam", "create_role"): (_NEW_PRINCIPAL,),
    ("iam", "update_assume_role_policy"): (_NEW_PRINCIPAL, _NEW_ROLE),
    ("iam", "put_role_policy"): (_NEW_ROLE,),
    ("iam", "put_role_permissions_boundary"): (_NEW_ROLE,),
    ("iam", "update_role"): (_NEW_ROLE,),
    ("iam", "tag_role"): (_NEW_ROLE,),
    ("iam", "attach_role_policy"): (_NEW_ROLE, _NEW_POLICY),
    ("iam", "add_role_to_instance_profile"): (
        _NEW_ROLE,
        Rule("NoSuchEntity", "instance profile"),
        Rule("InvalidParameterValue", "invalid iam instance profile name"),
    ),
    ("iam", "update_open_id_connect_provider_thumbprint"): (_NEW_PROVIDER,),
    ("iam", "tag_open_id_connect_provider"): (_NEW_PROVIDER,),
    ("iam", "add_client_id_to_open_id_connect_provider"): (_NEW_PROVIDER,),
    ("iam", "delete_role"): (_STILL_ATTACHED,),
    ("iam", "delete_policy"): (_STILL_ATTACHED,),
    ("iam", "delete_instance_profile"): (_STILL_ATTACHED,),
    ("s3", "create_bucket"): (Rule("OperationAborted", longer=5),),  # its name was deleted a while ago
    ("s3", "get_bucket_tagging"): (Rule("NoSuchBucket"),),  # what is read in order to be replaced as a whole
    ("s3", "get_bucket_encryption"): (Rule("NoSuchBucket"),),
    ("s3", "get_bucket_lifecycle_configuration"): (Rule("NoSuchBucket"),),
    ("s3", "get_bucket_policy"): (Rule("NoSuchBucket"),),
    ("s3", "put_bucket_ownership_controls"): _NEW_BUCKET,
    ("s3", "put_public_access_block"): _NEW_BUCKET,
    ("s3", "put_bucket_versioning"): _NEW_BUCKET,
    ("s3", "put_bucket_encryption"): _NEW_BUCKET,
    ("s3", "put_bucket_lifecycle_configuration"): _NEW_BUCKET,
    ("s3", "delete_bucket_lifecycle"): _NEW_BUCKET,
    ("s3", "put_bucket_tagging"): _NEW_BUCKET,
    ("s3", "put_bucket_policy"): (*_NEW_BUCKET, Rule("MalformedPolicy", "invalid principal", _names_our_account)),
    ("s3", "delete_bucket_policy"): _NEW_BUCKET,
    ("s3", "delete_bucket"): (Rule("OperationAborted"),),
    ("ec2", "authorize_security_group_ingress"): (_NEW_GROUP,),
    ("ec2", "authorize_security_group_egress"): (_NEW_GROUP,),
    ("ec2", "associate_iam_instance_profile"): _NEW_PROFILE,
    ("ec2", "run_instances"): (
        *_NEW_PROFILE,
        _NEW_GROUP,
        Rule("InvalidKeyPair.NotFound"),
    ),
    ("ec2", "allocate_address"): (Rule("RequestLimitExceeded"),),  # throttled with 503, and so not carried out
    ("ec2", "associate_address"): (
        Rule("InvalidAllocationID.NotFound"),
        Rule("InvalidInstanceID", "pending instance"),
    ),
    ("ec2", "modify_launch_template"): (Rule("InvalidLaunchTemplateId.VersionNotFound"),),
    ("batch", "update_compute_environment"): (_CHANGING,),
    ("batch", "delete_compute_environment"): (_CHANGING, _STILL_IN_QUEUE),
    ("batch", "update_job_queue"): (_CHANGING,),
    ("batch", "delete_job_queue"): (_CHANGING,),
}


def retry_until_consistent(
    call: Callable[..., Any],
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    accounts: Collection[str],
    progress: Callable[[str], None],
    timing: Timing,
) -> Any:
    """The answer of `call(**parameters)`, tried again while a rule for it matches. Raises the last ClientError."""
    rules = RULES.get((service, operation), ()) + (_BUSY if service == "iam" else ())
    began = time.monotonic()
    pause = timing.pause
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            matching = [rule for rule in rules if rule.matches(error, parameters, accounts)]
            patience = timing.propagation * max((rule.longer for rule in matching), default=0)
            if time.monotonic() + pause > began + patience:
                raise
            progress(f"waiting for AWS to catch up ({operation}: {error.response['Error']['Code']})")
        time.sleep(pause)
        pause = min(pause * 2, timing.longest_pause)


def wait_until(
    state: Callable[[], str],
    progress: Callable[[str], None],
    timing: Timing,
    longer: float | Callable[[], float],
    stopping: Callable[[], bool],
) -> None:
    """Returns once `state()` is "". Until then it says what the wait is for ("the queue is CREATING").

    `longer` is how many times the usual deadline, or gives that for what `state` saw last. Raises AwsError after that, or
    when the user wants to stop: the next run continues to wait. `state` itself raises what waiting cannot cure.
    """
    began, pause = time.monotonic(), min(timing.first_poll, timing.poll)
    while now := state():
        progress(now)
        if stopping():
            advice = "What AWS has begun goes on there. Run the same command again: it continues to wait."
            raise AwsError(f"stopped while waiting: {now}", advice)
        patience = timing.propagation * (longer() if callable(longer) else longer)
        if time.monotonic() + pause > began + patience:
            minutes = patience / 60
            raise AwsError(f"after {minutes:,.0f} minutes still: {now}", "Run the same command again: it continues to wait.")
        for _ in range(10):  # Ctrl-C is noticed soon, also between two looks
            if not stopping():
                time.sleep(pause / 10)
        pause = min(2 * pause, timing.poll)


def answers_despite_throttling(
    ask: Callable[[Sequence[int]], Sequence[Future[V]]], count: int, tell: Callable[[int], None], timing: Timing
) -> list[V]:
    """The answers to questions 0 to `count` - 1, a few at a time: others in the account use AWS as well.

    If AWS throttles, it waits and asks again; from time to time, `tell` gets the number of answers. Raises the ClientError
    of a question that is refused for another reason, or when nothing comes through for `Timing.propagation` seconds.
    """
    answers: dict[int, V] = {}
    pause, came, reported = timing.pause, time.monotonic(), -math.inf
    while few := list(islice((number for number in range(count) if number not in answers), BATCH_SIZE)):
        refused = None
        for number, answer in zip(few, ask(few), strict=True):
            try:
                answers[number], came = answer.result(), time.monotonic()
            except ClientError as error:
                if code_of(error) not in THROTTLED:
                    raise
                refused = error
        now = time.monotonic()
        if refused is None:
            pause = timing.pause
            continue
        if now + pause > came + timing.propagation:
            raise refused
        if now > reported + REPORT_INTERVAL:
            reported = now
            tell(len(answers))
        time.sleep(pause)
        pause = min(pause * 2, timing.longest_pause)
    return [answers[number] for number in range(count)]


def read_consistent(
    look: Callable[[Collection[K]], Mapping[K, V]],
    at: Collection[K],
    doubted: Callable[[K, V], float | None],
    pause: float,
    tell: Callable[[Collection[K]], None],
) -> dict[K, V]:
    """The result of `look` for each of `at`. `doubted` returns for how many seconds to repeat a look, or None to accept it.

    The second look follows at once, whatever the number: a single answer of AWS may be wrong. `tell` is called once, with
    what is looked at again. After these seconds the last look counts.
    """
    began = time.monotonic()
    seen = dict(look(at))
    if again := [key for key in at if doubted(key, seen[key]) is not None]:
        tell(again)
        seen |= look(again)
    while again := [key for key in again if time.monotonic() - began < (doubted(key, seen[key]) or 0)]:
        time.sleep(pause)
        seen |= look(again)
    return seen
