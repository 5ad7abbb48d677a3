"""AWS as it treats credentials that were narrowed by GetScopedCredentials, and what came of each call."""

from dataclasses import dataclass, field
from typing import Any

from bootstrap.contract.wire import Call, Carry
from bootstrap.sandbox.authorization.call import key_of as key_of
from bootstrap.sandbox.authorization.check import Check
from bootstrap.sandbox.authorization.sessions import refusal
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
        return refusal(session, call, self.path, self.denied.append) or carry()
