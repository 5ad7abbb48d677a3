"""What Batch's environments and queues do after their deletion was accepted, for `support/strict.py`.

They are DELETING for some looks and then gone; but an environment whose instance profile, or the role in it, was deleted
first turns INVALID and stays. Source: Batch user guide, troubleshooting (deleting an INVALID compute environment).
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from tests.support.wire import Call, Carry

LOOKS = 3


@dataclass(frozen=True)
class Kind:
    """Calls and keys of one of Batch's kinds."""

    describe: str
    delete: str
    listed: str
    name: str
    given: str


KINDS = (
    Kind(
        "batch.DescribeComputeEnvironments",
        "batch.DeleteComputeEnvironment",
        "computeEnvironments",
        "computeEnvironmentName",
        "computeEnvironment",
    ),
    Kind("batch.DescribeJobQueues", "batch.DeleteJobQueue", "jobQueues", "jobQueueName", "jobQueue"),
)


@dataclass
class Deletions:
    """`seen` are the last descriptions by name, `left` how often one is still to be shown, `stuck` those that stay."""

    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    roles: dict[str, str] = field(default_factory=dict)

    def __call__(self, call: Call, carry: Carry) -> Any:
        answer = carry()
        if answer.status_code >= 300:
            return answer
        for kind in KINDS:
            if call.name == kind.delete and (found := re.search(rf'"{kind.given}": ?"(?:[^"]*/)?([^"/]+)"', call.text)):
                if found[1] in self.seen:
                    self.left[found[1]] = LOOKS
            elif call.name == kind.describe:
                return self._described(kind, call, answer)
        self._notice_roles(call)
        return answer

    def passing(self) -> list[str]:
        return [f"{name} is DELETING" for name, left in self.left.items() if left]

    def _described(self, kind: Kind, call: Call, answer: AWSResponse) -> AWSResponse:
        content = json.loads(answer.content)
        for item in content[kind.listed]:
            self.seen[item[kind.name]] = item
            self.left.pop(item[kind.name], None)  # made again
        for name in [name for name, left in self.left.items() if left and kind.name in self.seen[name]]:
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", call.text) or f'"{kind.listed}"' not in call.text:
                stuck = {"status": "INVALID", "statusReason": "CLIENT_ERROR - Not authorized to perform: sts:AssumeRole"}
                shown = stuck if name in self.stuck else {"status": "DELETING"}
                content[kind.listed].append({**self.seen[name], "state": "DISABLED", **shown})
                self.left[name] -= name not in self.stuck
        return AWSResponse(answer.url, 200, answer.headers, MockRawResponse(json.dumps(content)))

    def _notice_roles(self, call: Call) -> None:
        profile = re.search(r"InstanceProfileName=([^&\s]+)", call.text)
        role = re.search(r"RoleName=([^&\s]+)", call.text)
        if call.name == "iam.AddRoleToInstanceProfile" and profile and role:
            self.roles[role[1]] = profile[1]
        gone = profile[1] if call.name == "iam.DeleteInstanceProfile" and profile else ""
        if call.name == "iam.DeleteRole" and role:
            gone = self.roles.get(role[1], "")
        for name, item in self.seen.items():
            used = str(item.get("computeResources", {}).get("instanceRole", "")).rpartition("/")[2]
            if gone and used == gone and self.left.get(name, 1):
                self.stuck.add(name)
