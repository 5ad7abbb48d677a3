"""AWS as it treats credentials that were narrowed by GetScopedCredentials: each of their policies has to allow a call."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import utcnow

from bootstrap.contract.authorization import allowed, checks
from bootstrap.contract.authorization_checks import Check
from bootstrap.contract.faults import DENIED
from bootstrap.contract.wire import Call, Carry, error_answer
from bootstrap.sandbox.moto.sts_scoped import session_of


@dataclass
class Bars:
    """Stand before AWS (`Wire.between`). `path` is the IAM path of what does not exist yet; `denied` are the checks that a
    policy of a cage refused, and `outside` the calls that change something and come with credentials of no cage."""

    path: str = "/"
    denied: list[Check] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    used: dict[str, set[str]] = field(default_factory=dict)
    """The names of the calls, by the description of their session."""

    def __call__(self, call: Call, carry: Carry) -> Any:
        session = session_of(key_of(call.headers))
        if session is None:
            if call.changes:
                self.outside.append(call.name)
            return carry()
        self.used.setdefault(session.description, set()).add(call.name)
        if session.expiration < utcnow():
            return error_answer(call, "ExpiredToken", "The security token included in the request is expired", 403)
        for check in checks(call, self.path):
            if not all(allowed(check, [json.loads(policy)]) for policy in session.policies):
                self.denied.append(check)
                code, _, status = DENIED[call.service]
                who = f"User: {session.arn} is not authorized to perform: {check}"
                return error_answer(call, code, f"{who} because no session policy allows the action", status)
        return carry()


def key_of(headers: Mapping[str, str]) -> str:
    """The access key id with which a request is signed."""
    found = re.search(r"Credential=([^/]+)/", headers.get("authorization", ""))
    return found[1] if found else ""
