"""Every error that a user can meet. Each says what went wrong and where, and what to type next.

BootstrapError              exit 1
├── UsageError              exit 64: a flag, an input or a file that the user gave is wrong
├── CredentialsError        AWS does not know who is asking: keys, profile, region, SSO
├── AwsError                AWS refused a call, or could not be reached
│   └── AlreadyExists       a creating call met its own name (the executor looks at whose it is)
├── NotOurs                 something exists that this deployment did not make
├── PlanRefused             a plan that must not be applied; nothing was changed
├── StateError              the state file cannot be used or written
│   ├── StateChanged        another run has saved in the meantime
│   └── StateLocked         another run holds the state
├── RunFailed               some changes failed; the state says what is left
├── SandboxError            the embedded AWS does not start or stop
└── Interrupted             exit 130: Ctrl-C
"""

from collections.abc import Mapping, Sequence
from typing import Any

NOT_AWS = "Check the network (does it want a sign-in?), the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL."
"""What to do about an answer that AWS would not give."""


class Lines(str):
    """Text of several lines, made by `lines`. Only here is a line break ours; one in any other text came with a value, and
    is shown as such: who chooses a name must not write lines of ours."""


def lines(*parts: str) -> Lines:
    """The parts, each on a line of its own, without those that are empty; a part that is `Lines` already keeps its own."""
    return Lines("\n".join(part if isinstance(part, Lines) else part.replace("\n", "\\n") for part in parts if part))


class BootstrapError(Exception):
    """What went wrong (`message`, one line), and what to type next (`advice`, may be empty or `Lines`); `denial` is what
    `permissions.denial.Denial` says as JSON, where AWS refused for want of a permission."""

    exit_code = 1
    denial: Mapping[str, Any] | None = None

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(BootstrapError):
    exit_code = 64


class CredentialsError(BootstrapError):
    pass


class AwsError(BootstrapError):
    """`code` is the wire code of AWS ("NoSuchEntity"), or the name of the SDK's own exception."""

    def __init__(self, message: str, advice: str = "", code: str = "", denial: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, advice)
        self.code = code
        self.denial = denial


class AlreadyExists(AwsError):
    pass


class ThereAfterAll(AwsError):
    """What a plan took for gone exists, and somebody has made it stricter; nothing was changed."""


class NotOurs(BootstrapError):
    pass


class PlanRefused(BootstrapError):
    """`problems` holds one line for each reason; `shown` says that a plan with all of them was shown just before."""

    def __init__(
        self,
        message: str,
        problems: Sequence[str] = (),
        advice: str = "",
        *,
        shown: bool = False,
        denial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, advice)
        self.denial = denial
        self.problems = tuple(problems)
        self.shown = shown


class StateError(BootstrapError):
    pass


class StateChanged(StateError):
    pass


class StateLocked(StateError):
    pass


class RunFailed(BootstrapError):
    pass


class SandboxError(BootstrapError):
    pass


class Interrupted(BootstrapError):
    exit_code = 130
