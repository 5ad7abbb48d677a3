"""Time that passes by sleeping, and else slowly. Tests wait for AWS a fraction of a second, which a busy machine can take
between two tries: with this, such a wait has about as many tries on any machine, and still ends where tries take long."""

import threading
import time

import pytest

_SLOWLY = 1 / 3


class SleptTime(threading.local):
    """Stands for the module `time`; each thread has its own."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now + _SLOWLY * time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        self.now += seconds


def apply(patch: pytest.MonkeyPatch) -> None:
    slept = SleptTime()
    for waiting in ("bootstrap.aws.retry", "bootstrap.resources.batch.shared"):
        patch.setattr(f"{waiting}.time", slept)
