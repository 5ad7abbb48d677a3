"""What credentials that were narrowed by GetScopedCredentials may do: each of their policies has to allow a call."""

import json
import re
from collections.abc import Callable
from typing import Any

from moto.core.utils import utcnow

from bootstrap.sandbox.authorization import allowed, checks
from bootstrap.sandbox.authorization.call import DENIED, Call, error_answer
from bootstrap.sandbox.authorization.check import Check
from bootstrap.sandbox.moto.sts_scoped import ScopedSession

_PATH = re.compile(r"arn:aws:iam::[0-9]{12}:(?:role|policy|instance-profile)(/(?:[^/*\"]+/)*)")


def refusal(session: ScopedSession, call: Call, path: str, denied: Callable[[Check], Any]) -> Any:
    """The answer to a call that the session may not make, else None; `denied` gets the check that a policy does not allow.
    `path` is the IAM path of what does not exist yet."""
    if session.expiration < utcnow():
        return error_answer(call, "ExpiredToken", "The security token included in the request is expired", 403)
    for check in checks(call, path):
        if not all(allowed(check, [json.loads(policy)]) for policy in session.policies):
            denied(check)
            code, _, status = DENIED[call.service]
            who = f"User: {session.arn} is not authorized to perform: {check}"
            return error_answer(call, code, f"{who} because no session policy allows the action", status)
    return None


def paths_of(session: ScopedSession) -> list[str]:
    """The IAM paths that its policies are about: what does not exist yet is at one of them, and no call says at which."""
    return sorted({"/", *(path for policy in session.policies for path in _PATH.findall(policy))})
