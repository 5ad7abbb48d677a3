"""What AWS and the way to it do wrong, in each service's own words, for a test to put between the tool and moto."""

from collections import Counter
from random import Random
from typing import Any

from botocore.exceptions import ReadTimeoutError

from bootstrap.contract.faults import (
    DENIED as DENIED,
    Fault as Fault,
    Killed as Killed,
    Words,
    no_connection as no_connection,
    no_fault as no_fault,
)
from bootstrap.contract.wire import Call, Carry, error_answer

_RATE = "Rate exceeded"
THROTTLED: Words = {
    "iam": ("Throttling", _RATE, 400),
    "sts": ("Throttling", _RATE, 400),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "s3-control": ("SlowDown", "Please reduce your request rate.", 503),
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "batch": ("TooManyRequestsException", "Too Many Requests", 429),
    "resource-groups-tagging-api": ("ThrottledException", _RATE, 400),
    "service-quotas": ("TooManyRequestsException", _RATE, 429),
}
BROKEN: Words = {
    "iam": ("ServiceFailure", "The request processing has failed because of an unknown error.", 500),
    "sts": ("InternalFailure", "An internal error occurred.", 500),
    "s3": ("InternalError", "We encountered an internal error. Please try again.", 500),
    "s3-control": ("InternalError", "We encountered an internal error. Please try again.", 500),
    "ec2": ("InternalError", "An internal error has occurred", 500),
    "batch": ("ServerException", "An internal error occurred.", 500),
    "resource-groups-tagging-api": ("InternalServiceException", "An internal error occurred.", 500),
    "service-quotas": ("ServiceException", "An internal error occurred.", 500),
}
_TOKEN = "The security token included in the request is expired"
EXPIRED: Words = {
    "iam": ("ExpiredToken", _TOKEN, 403),
    "sts": ("ExpiredToken", _TOKEN, 403),
    "s3": ("ExpiredToken", "The provided token has expired.", 400),
    "s3-control": ("ExpiredToken", "The provided token has expired.", 400),
    "ec2": ("RequestExpired", "Request has expired.", 400),
    "batch": ("ExpiredTokenException", _TOKEN, 403),
    "resource-groups-tagging-api": ("ExpiredTokenException", _TOKEN, 400),
    "service-quotas": ("ExpiredTokenException", _TOKEN, 400),
}


def refused(words: Words) -> Fault:
    return lambda call, carry: error_answer(call, *words[call.service])


def cut_before(call: Call, carry: Carry) -> Any:
    raise no_connection()


def cut_after(call: Call, carry: Carry) -> Any:
    carry()
    raise no_connection()


def too_slow(call: Call, carry: Carry) -> Any:
    carry()
    raise ReadTimeoutError(endpoint_url="https://pretended.aws")


def killed_before(call: Call, carry: Carry) -> Any:
    raise Killed


def killed_after(call: Call, carry: Carry) -> Any:
    carry()
    raise Killed


PASSING: tuple[Fault, ...] = (refused(THROTTLED), refused(BROKEN), cut_before, cut_after, too_slow)
"""What is over when the call is sent again."""


class EachOnce:
    """The first sendings of each operation meet one passing fault after the other."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def __call__(self, call: Call, carry: Carry) -> Any:
        number = self.sent[call.name]
        self.sent[call.name] += 1
        return PASSING[number](call, carry) if number < len(PASSING) else carry()


class Denies:
    """One permission is missing. `met` says whether anybody noticed, `changing` whether it was to change something."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.met = self.changing = False

    def __call__(self, call: Call, carry: Carry) -> Any:
        if call.name != self.name:
            return carry()
        self.met, self.changing = True, call.changes
        return refused(DENIED)(call, carry)


class Expires:
    """The credentials end after so many changing calls."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, call: Call, carry: Carry) -> Any:
        if self.left <= 0:
            return refused(EXPIRED)(call, carry)
        self.left -= call.changes
        return carry()


class Storm:
    """Everything at once, at random: what happens to the first, second, third... sending of an operation is fixed by the
    seed. Some things last until the end of a run. Calls that get through go to `calm`."""

    def __init__(self, seed: str, calm: Fault) -> None:
        self.seed, self.calm = seed, calm
        self.strength = Random(seed).choice((0.02, 0.08, 0.3))
        self.sent: Counter[str] = Counter()
        self.for_this_run: dict[str, Fault] = {}

    def run_begins(self) -> None:
        self.for_this_run.clear()

    def __call__(self, call: Call, carry: Carry) -> Any:
        self.sent[call.name] += 1
        chance = Random(f"{self.seed} {call.name} {self.sent[call.name]}")

        def through() -> Any:
            return self.calm(call, carry)

        if lasting := self.for_this_run.get(call.name) or self.for_this_run.get("*"):
            return lasting(call, through)
        if chance.random() > self.strength:
            return through()
        kind = chance.choice(("passing", "passing", "denied", "expired", "gone", "killed"))
        if kind == "denied" and call.service != "sts":
            self.for_this_run[call.name] = refused(DENIED)
        elif kind == "expired":
            self.for_this_run["*"] = refused(EXPIRED)
        elif kind == "gone":
            self.for_this_run["*"] = cut_before
            return cut_after(call, through)
        elif kind == "killed" and call.changes:
            return chance.choice((killed_before, killed_after))(call, through)
        lasting = self.for_this_run.get(call.name) or self.for_this_run.get("*")
        return (lasting or chance.choice(PASSING))(call, through)
