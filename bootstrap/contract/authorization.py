"""An operator with a policy, in front of AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bootstrap.contract.faults import DENIED
from bootstrap.contract.wire import Call, Carry, error_answer
from bootstrap.sandbox.authorization import allowed as allowed, checks as checks, grants as grants
from bootstrap.sandbox.authorization.check import OWN as OWN, Check as Check


@dataclass
class Operator:
    """Stands before AWS (`Wire.between`): notes each check, and refuses what the policies of its accounts do not allow.

    `path` is the IAM path of what does not exist yet.
    """

    policies: Mapping[str, list[dict[str, Any]]] | None = None
    path: str = "/"
    watching: bool = True
    made: list[Check] = field(default_factory=list)

    def __call__(self, call: Call, carry: Carry) -> Any:
        if not self.watching:
            return carry()
        for check in checks(call, self.path):
            self.made.append(check)
            if self.policies is not None and not allowed(check, self.policies.get(check.account, [])):
                code, _, status = DENIED[call.service]
                who = f"User: arn:aws:iam::{check.account}:user/operator is not authorized to perform: {check}"
                return error_answer(call, code, f"{who} because no identity-based policy allows the action", status)
        return carry()
