"""What the Batch kinds share: names, tags, and the waiting for states.

Batch answers a call at once and does the work afterwards, so what came of it is only told by describing. It has one
wire code for all that a caller can do wrong, ClientException: the message tells those apart.
Sources: Batch API reference Create/Update/Delete/Describe of ComputeEnvironments and JobQueues; Batch user guide
troubleshooting (INVALID); terraform-provider-aws batch.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs, Properties
from bootstrap.core.owner import Owner, tagless
from bootstrap.core.query import Query
from bootstrap.errors import AwsError, lines
from bootstrap.resources.iam import shared as iam

CODE = "ClientException"
FED_BY = "job queue"
"""A `Part` of a compute environment: a queue whose jobs it runs."""
ABSENT = "does not exist"
EXISTS = "already exists"

_WORKING = ("CREATING", "UPDATING")
# Reasons of INVALID that pass: Batch tried to use a role which IAM had not spread yet.
TAGGED = "Batch asks for it, as the owner tags go into the creating call"
_NEW_ROLE = ("not authorized to perform", "no identity-based policy allows")
_NEW_PROFILE = ("invalid iaminstanceprofile", "invalid iam instance profile")  # of Auto Scaling, and of EC2
_STUCK = (
    "To delete it, Batch needs the role AWSServiceRoleForBatch and the instance role. If one of them is gone, make it "
    "again, then run the same command again."
)


@dataclass(frozen=True)
class BatchType:
    """One of Batch's types of things: `noun` is "compute environment" or "job queue".

    `longer` says how long its changes may take, in multiples of the usual deadline of two minutes.
    """

    noun: str
    longer: float

    @property
    def operation(self) -> str:
        return self.noun.replace(" ", "_")

    @property
    def parameter(self) -> str:
        first, *words = self.noun.split()
        return first + "".join(word.capitalize() for word in words)

    def known(self, account: Account, name: str) -> dict[str, str]:
        """The outputs "name" and "arn"."""
        where = f"arn:{account.partition}:batch:{account.region}:{account.id}"
        return {"name": name, "arn": f"{where}:{self.noun.replace(' ', '-')}/{name}"}

    def problems(self, name: str, state: str, status: str, tags: Mapping[str, str]) -> list[str]:
        found = iam.tag_problems(tags)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", name):
            found.append(f"{self.noun} name {name!r}: Batch takes 1 to 128 letters, digits, _ and -, the first no sign")
        if state not in ("ENABLED", "DISABLED"):
            found.append(f"state {state!r}: it is ENABLED or DISABLED")
        if status != "VALID":
            found.append(f"status {status!r}: only VALID can be wanted")
        return found

    def query(self, name: str) -> Query:
        """Batch refuses names together with maxResults, which the SDK sends for no page size."""
        return Query("batch", f"describe_{self.operation}s", {f"{self.parameter}s": [name]})

    def described(self, answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What `query` was answered with. One that is not there, or DELETED, is None."""
        there = [item for item in answer[f"{self.parameter}s"] if item["status"] != "DELETED"]
        return there[0] if there else None

    def listed(self, aws: Cloud) -> Iterator[tuple[Outputs, Mapping[str, str]]]:
        """`Resource.listed`: Batch tells the tags with the list."""
        [answer] = aws.read(Query("batch", f"describe_{self.operation}s"))
        for item in answer[f"{self.parameter}s"]:
            yield {"name": item[f"{self.parameter}Name"]}, item.get("tags", {})

    def live(self, aws: Cloud, found: Mapping[str, Any], properties: Properties, blockers: tuple[str, ...] = ()) -> Live:
        """With the properties that all types have: "name", "state", "status" (VALID or INVALID) and "tags"."""
        if found["status"] == "DELETING" and not aws.destroying:
            going = f"{self._is(found)}; run the same command again in some minutes"
            return Live({}, {}, unreadable=going)
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
            notes=(f"AWS says: {found.get('statusReason') or 'no reason'}",) if invalid else (),
            blockers=blockers,
        )

    def retag(self, aws: Cloud, arn: str, differences: Sequence[Difference]) -> None:
        changed = {str(item.key): item.after for item in differences if item.field == "tags"}
        put = {key: value for key, value in changed.items() if value is not None}
        if put:
            aws.call("batch", "tag_resource", resourceArn=arn, tags=put)
        if take := sorted(set(changed) - set(put)):
            aws.call("batch", "untag_resource", resourceArn=arn, tagKeys=take)

    def until_valid(self, aws: Cloud, name: str, send_again: Callable[[], object]) -> Mapping[str, Any]:
        """What it is once it is VALID. While it is INVALID for a role too new, `send_again` makes Batch look again.

        Raises AwsError with Batch's reason for any other INVALID, or when that lasts longer than such things take.
        """
        found: Mapping[str, Any] = {}
        since = math.inf

        def state() -> str:
            nonlocal found, since
            found = self._now(aws, name) or {f"{self.parameter}Name": name, "status": "not there"}
            status, reason = found["status"], found.get("statusReason", "")
            if status == "VALID":
                return ""
            if status not in _WORKING:
                since = min(since, time.monotonic())
                passes = status == "not there" or (
                    status == "INVALID" and any(text in reason.lower() for text in (*_NEW_ROLE, *_NEW_PROFILE))
                )
                if not passes or time.monotonic() - since > aws.timing.propagation:
                    raise AwsError(self._is(found), "Fix what is named there, and run the same command again.", status)
                if status == "INVALID":
                    send_again()
            return self._is(found)

        aws.wait(state, lambda: self._patience(found))
        return found

    def delete(self, aws: Cloud, name: str, drain: Callable[[], object] = lambda: None, **disabled: Any) -> None:
        """Disables it (with the parameters `disabled`), then `drain`s it, deletes it, and waits till it is gone.

        Raises AwsError when Batch gives up on it.
        """
        found = self.until_still(aws, name)
        if found and found["status"] != "DELETING":
            with ignore_missing(CODE, text=ABSENT):
                thing = {self.parameter: name}
                aws.call("batch", f"update_{self.operation}", **thing, state="DISABLED", **disabled)
                found = self.until_still(aws, name)
                drain()
                aws.call("batch", f"delete_{self.operation}", **thing)
        was = found["status"] if found else ""

        def state() -> str:
            nonlocal was
            found = self._now(aws, name)
            if found is None:
                return ""
            # What was INVALID before may say so for a moment longer; what becomes it stays for ever.
            if found["status"] == "INVALID" != was:
                make = aws.account.aws("iam", "create-service-linked-role", aws_service_name="batch.amazonaws.com")
                advice = lines(_STUCK, f"To make AWSServiceRoleForBatch: {make}")
                raise AwsError(f"AWS could not delete it: {self._is(found)}", advice, "INVALID")
            was = found["status"]
            return self._is(found)

        aws.wait(state, self.longer)

    def until_still(self, aws: Cloud, name: str) -> Mapping[str, Any] | None:
        """What it is once no change is under way: Batch takes only one at a time."""
        found: Mapping[str, Any] | None = None

        def state() -> str:
            nonlocal found
            found = self._now(aws, name)
            return self._is(found) if found and found["status"] in _WORKING else ""

        aws.wait(state, lambda: self._patience(found or {}))
        return found

    def _patience(self, found: Mapping[str, Any]) -> float:
        """How long to wait for it, in multiples of two minutes. An environment is UPDATING as long as its update policy lets
        jobs run on the machines that it had."""
        policy = found.get("updatePolicy") or {}
        if found.get("status") != "UPDATING" or policy.get("terminateJobsOnUpdate"):
            return self.longer
        return float(self.longer + policy.get("jobExecutionTimeoutMinutes", 0) / 2)

    def _now(self, aws: Cloud, name: str) -> Mapping[str, Any] | None:
        [answer] = aws.read(self.query(name))
        return self.described(answer)

    def _is(self, found: Mapping[str, Any]) -> str:
        status = "being deleted" if found["status"] == "DELETING" else found["status"]
        reason = f" ({found['statusReason']})" if found.get("statusReason") else ""
        return f"{self.noun} {found[f'{self.parameter}Name']} is {status}{reason}"


COMPUTE_ENVIRONMENTS = BatchType("compute environment", longer=10)


def fed_by(arn: str, listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The names of the queues that have this environment; Batch deletes none that a queue has."""
    for queue in (item for answer in listed for item in answer["jobQueues"]):
        order = queue.get("computeEnvironmentOrder", ())
        if queue["status"] != "DELETED" and arn in [item["computeEnvironment"] for item in order]:
            yield queue["jobQueueName"]
