"""Every error that a user can meet. Each says what went wrong, where, and which command to run next.

BootstrapError                 exit 1
├── UsageError                 exit 64: a flag, an input or a file of the user is wrong
│   └── InputsMissing          a required input is not given
├── CredentialsError           AWS does not know the caller: keys, profile, region, SSO
│   └── SettingError           exit 64: a profile or a region that does not exist
├── AwsError                   AWS refused a call, or could not be reached
│   ├── AlreadyExists          a creating call found its own name taken; the executor then checks the owner
│   └── StalePlan              AWS has what the plan took for gone, and somebody made it stricter
├── UnmanagedResource          a resource exists that this deployment did not create, or no longer owns
├── PlanRefused                the plan must not be applied; nothing was changed
│   └── PlanOutdated           the plan of a file no longer holds: it takes a new one
├── StateError                 the state cannot be used or written
│   ├── StateChanged           another run has saved in the meantime
│   └── StateLocked            another run holds the lock
├── RunFailed                  some changes failed; the state says what is left
├── SandboxError               the embedded AWS does not start or stop
└── Interrupted                exit 130: Ctrl-C
"""

from collections.abc import Mapping, Sequence
from typing import Any

NOT_AWS = "Check the network (does it want a sign-in?), the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL."
"""Advice for an answer that cannot come from AWS."""


class Lines(str):
    """Text of several lines, built by `lines`. Only here do we set the line breaks. A line break in any other text came with
    a value and is shown escaped: whoever chooses a name must not be able to write a line of our output."""


def lines(*parts: str) -> Lines:
    """Joins the parts, one per line, and skips empty ones. A part that is already `Lines` keeps its line breaks."""
    return Lines("\n".join(part if isinstance(part, Lines) else part.replace("\n", "\\n") for part in parts if part))


class BootstrapError(Exception):
    """`message` says what went wrong, in one line. `advice` says what to do next; it may be empty or `Lines`. `denial` is
    `permissions.denial.Denial` as JSON, when AWS refused because a permission is missing."""

    exit_code = 1
    denial: Mapping[str, Any] | None = None

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(BootstrapError):
    exit_code = 64


class InputsMissing(UsageError):
    """Inputs of an integration that are required, and that nobody gave. `integration` is the word that names it, and `hint`
    the advice without the command that shows its inputs: the command line knows the verb."""

    def __init__(self, message: str, hint: str = "", integration: str = "", show: str = "") -> None:
        super().__init__(message, lines(hint, f"Run: {show}" if show else ""))
        self.hint = hint
        self.integration = integration


def all_of(wrong: Sequence[UsageError], what: str) -> UsageError:
    """One error for several, which are numbered in words: "2 inputs are wrong". A single one stays as it is."""
    if len(wrong) == 1:
        return wrong[0]
    return UsageError(f"{len(wrong)} {what}", lines(*(part for error in wrong for part in (error.message, error.advice))))


class CredentialsError(BootstrapError):
    pass


class SettingError(CredentialsError):
    exit_code = 64


class AwsError(BootstrapError):
    """`code` is AWS's wire code ("NoSuchEntity"), or the class name of an exception of the SDK."""

    def __init__(self, message: str, advice: str = "", code: str = "", denial: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, advice)
        self.code = code
        self.denial = denial


class AlreadyExists(AwsError):
    pass


class StalePlan(AwsError):
    """AWS has a resource that the plan took for gone, and somebody made it stricter. Nothing was changed."""


class UnmanagedResource(BootstrapError):
    pass


class PlanRefused(BootstrapError):
    """`problems` has one line per reason; `shown` says that a view got a plan with all of them; `shown_where`
    is where a person then finds them, or "". `way_out` is the part of the advice that no line of a plan has."""

    def __init__(
        self,
        message: str,
        problems: Sequence[str] = (),
        advice: str = "",
        *,
        shown: bool = False,
        denial: Mapping[str, Any] | None = None,
        way_out: str = "",
    ) -> None:
        super().__init__(message, advice)
        self.denial = denial
        self.way_out = way_out
        self.problems = tuple(problems)
        self.shown_where = "above" if shown else ""


class PlanOutdated(PlanRefused):
    pass


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
