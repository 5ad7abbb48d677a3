"""What the Batch types share: names, tags, and waiting for states.

Batch answers a call at once and does the work afterwards, so only a Describe call shows the result. It has one error code
for everything that a caller can do wrong, ClientException; the message distinguishes them.
Sources: Batch API reference Create/Update/Delete/Describe of ComputeEnvironments and JobQueues; Batch user guide
troubleshooting (INVALID); terraform-provider-aws batch.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs, Properties
from bootstrap.core.owner import Owner, stack_of, tagless
from bootstrap.core.query import Query
from bootstrap.errors import AwsError, lines
from bootstrap.resources.iam import shared as iam

CODE = "ClientException"
JOB_QUEUE = "job queue"
"""A `Part.what` of a compute environment: a queue whose jobs it runs."""
ABSENT = "does not exist"
EXISTS = "already exists"

_WORKING = ("CREATING", "UPDATING")
TAGGED = "Batch asks for it, as the owner tags go into the creating call"
# Temporary reasons of INVALID: Batch tried to use a role that IAM had not propagated yet.
_NEW_ROLE = ("not authorized to perform", "no identity-based policy allows")
_NEW_PROFILE = ("invalid iaminstanceprofile", "invalid iam instance profile")  # the messages of Auto Scaling and of EC2
_STUCK = (
    "To delete it, Batch needs the role AWSServiceRoleForBatch and the instance role. If one of them is missing, create it, "
    "then run the same command again."
)


@dataclass(frozen=True)
class BatchType:
    """A resource type of Batch: `noun` is "compute environment" or "job queue".

    `patience` says how long its changes may take, in multiples of the usual deadline of two minutes.
    """

    noun: str
    patience: float

    @property
    def operation(self) -> str:
        return self.noun.replace(" ", "_")

    @property
    def parameter(self) -> str:
        first, *words = self.noun.split()
        return first + "".join(word.capitalize() for word in words)

    def predicted_outputs(self, account: Account, name: str) -> dict[str, str]:
        """The outputs "name" and "arn"."""
        where = f"arn:{account.partition}:batch:{account.region}:{account.id}"
        return {"name": name, "arn": f"{where}:{self.noun.replace(' ', '-')}/{name}"}

    def validate(self, name: str, state: str, status: str, tags: Mapping[str, str]) -> list[str]:
        found = iam.tag_problems(tags)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", name):
            found.append(f"{self.noun} name {name!r}: Batch accepts 1 to 128 letters, digits, _ and -, no sign first")
        if state not in ("ENABLED", "DISABLED"):
            found.append(f"state {state!r}: it is ENABLED or DISABLED")
        if status != "VALID":
            found.append(f"status {status!r}: only VALID can be desired")
        return found

    def query(self, name: str) -> Query:
        """Asks for one name. Batch refuses names with maxResults, which the SDK sends only with a page size."""
        return Query("batch", f"describe_{self.operation}s", {f"{self.parameter}s": [name]})

    @property
    def all(self) -> Query:
        """Asks for all of the type. A region has at most 50, so one call serves all reads of a plan."""
        return Query("batch", f"describe_{self.operation}s")

    def described(self, answer: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """The resource in the answer to `query` or `all`; None when it does not exist or is DELETED."""
        named = [item for item in answer[f"{self.parameter}s"] if item[f"{self.parameter}Name"] == name]
        return next((item for item in named if item["status"] != "DELETED"), None)

    def list_tagged(self, aws: Cloud) -> Iterator[tuple[Outputs, Mapping[str, str]]]:
        """`Resource.list_tagged`: Batch returns the tags with the list."""
        [answer] = aws.read(self.all)
        for item in answer[f"{self.parameter}s"]:
            yield {"name": item[f"{self.parameter}Name"]}, item.get("tags", {})

    def live(self, aws: Cloud, found: Mapping[str, Any], properties: Properties) -> Live:
        """The Live with the properties that both types have: "name", "state", "status" (VALID or INVALID) and "tags"."""
        if found["status"] == "DELETING" and not aws.destroying:
            deleting = f"{self._status_of(found)}; run the same command again in a few minutes"
            return Live({}, {}, unreadable=deleting)
        tags = found.get("tags", {})
        invalid = found["status"] == "INVALID"
        return Live(
            outputs={
                "name": found[f"{self.parameter}Name"],
                "arn": found[f"{self.parameter}Arn"],
                **({"uuid": found["uuid"]} if found.get("uuid") else {}),
            },
            properties={
                **properties,
                "name": found[f"{self.parameter}Name"],
                "state": found["state"],
                "status": "INVALID" if invalid else "VALID",
                "tags": tagless(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            notes=(f"AWS says: {found.get('statusReason') or 'no reason'}",) if invalid else (),
        )

    def retag(self, aws: Cloud, arn: str, differences: Sequence[Difference]) -> None:
        changed = {str(item.key): item.after for item in differences if item.field == "tags"}
        put = {key: value for key, value in changed.items() if value is not None}
        if put:
            aws.call("batch", "tag_resource", resourceArn=arn, tags=put)
        if remove := sorted(set(changed) - set(put)):
            aws.call("batch", "untag_resource", resourceArn=arn, tagKeys=remove)

    def wait_until_valid(self, aws: Cloud, name: str, send_again: Callable[[], object]) -> Mapping[str, Any]:
        """Waits until it is VALID and returns it. While it is INVALID because a role is too new, `send_again` makes Batch
        retry.

        Raises AwsError with Batch's reason for any other INVALID, or when that state lasts too long.
        """
        found: Mapping[str, Any] = {}
        since = math.inf

        def state() -> str:
            nonlocal found, since
            found = self._describe(aws, name) or {f"{self.parameter}Name": name, "status": "not there"}
            status, reason = found["status"], found.get("statusReason", "")
            if status == "VALID":
                return ""
            if status not in _WORKING:
                since = min(since, time.monotonic())
                temporary = status == "not there" or (
                    status == "INVALID" and any(text in reason.lower() for text in (*_NEW_ROLE, *_NEW_PROFILE))
                )
                if not temporary or time.monotonic() - since > aws.timing.propagation:
                    raise AwsError(
                        self._status_of(found), "Fix what is named there, and run the same command again.", status
                    )
                if status == "INVALID":
                    send_again()
            return self._status_of(found)

        aws.wait(state, lambda: self._deadline(found))
        return found

    def delete(self, aws: Cloud, name: str, drain: Callable[[], object] = lambda: None, **disabled: Any) -> None:
        """Disables it (with the parameters `disabled`), then `drain`s it, deletes it, and waits until it is gone.

        Raises AwsError when Batch gives up on it.
        """
        which = {self.parameter: name}
        disabling = f"update_{self.operation}"
        disabled = {**which, "state": "DISABLED", **disabled}
        # What a fresh plan has just seen is most probably idle; if it is not, Batch refuses this.
        is_disabled = not aws.reads_are_old and _accepted(partial(getattr(aws.client("batch"), disabling), **disabled))
        found = self.wait_until_idle(aws, name)
        if found and found["status"] != "DELETING":
            with ignore_missing(CODE, text=ABSENT):
                if not is_disabled:
                    aws.call("batch", disabling, **disabled)
                    found = self.wait_until_idle(aws, name)
                drain()
                aws.call("batch", f"delete_{self.operation}", **which)
        was = found["status"] if found else ""

        def state() -> str:
            nonlocal was
            found = self._describe(aws, name)
            if found is None:
                return ""
            # What was INVALID before may show it for a moment longer; what becomes INVALID now stays so forever.
            if found["status"] == "INVALID" != was:
                create = aws.account.aws("iam", "create-service-linked-role", aws_service_name="batch.amazonaws.com")
                advice = lines(_STUCK, f"To create AWSServiceRoleForBatch: {create}")
                raise AwsError(f"AWS could not delete it: {self._status_of(found)}", advice, "INVALID")
            was = found["status"]
            return self._status_of(found)

        aws.wait(state, self.patience)

    def wait_until_idle(self, aws: Cloud, name: str) -> Mapping[str, Any] | None:
        """Waits until no change is under way and returns it: Batch accepts only one change at a time."""
        found: Mapping[str, Any] | None = None

        def state() -> str:
            nonlocal found
            found = self._describe(aws, name)
            return self._status_of(found) if found and found["status"] in _WORKING else ""

        aws.wait(state, lambda: self._deadline(found or {}))
        return found

    def _deadline(self, found: Mapping[str, Any]) -> float:
        """How long to wait, in multiples of two minutes. An environment is UPDATING while its update policy lets jobs run
        on the old machines."""
        policy = found.get("updatePolicy") or {}
        if found.get("status") != "UPDATING" or policy.get("terminateJobsOnUpdate"):
            return self.patience
        return float(self.patience + policy.get("jobExecutionTimeoutMinutes", 0) / 2)

    def _describe(self, aws: Cloud, name: str) -> Mapping[str, Any] | None:
        [answer] = aws.read(self.query(name))
        return self.described(answer, name)

    def _status_of(self, found: Mapping[str, Any]) -> str:
        status = "being deleted" if found["status"] == "DELETING" else found["status"]
        reason = f" ({found['statusReason']})" if found.get("statusReason") else ""
        return f"{self.noun} {found[f'{self.parameter}Name']} is {status}{reason}"


def _accepted(change: Callable[[], object]) -> bool:
    try:
        change()
    except ClientError:  # the slow way waits, or reports it
        return False
    return True


COMPUTE_ENVIRONMENTS = BatchType("compute environment", patience=10)


def queues_of(arn: str, listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The names of the queues that use this environment; Batch deletes no environment that a queue uses."""
    for queue in (item for answer in listed for item in answer["jobQueues"]):
        order = queue.get("computeEnvironmentOrder", ())
        if queue["status"] != "DELETED" and arn in [item["computeEnvironment"] for item in order]:
            yield queue["jobQueueName"]
