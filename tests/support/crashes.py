"""Answers that get lost."""

from typing import Any

from bootstrap.contract.faults import no_connection
from bootstrap.contract.wire import Call, Carry


class LostOnce:
    """Each changing call has its effect, and its answer is lost; sent again it gets through."""

    def __init__(self) -> None:
        self.lost = ""

    def __call__(self, call: Call, carry: Carry) -> Any:
        answer = carry()
        if not call.changes or call.text == self.lost:
            self.lost = ""
            return answer
        self.lost = call.text
        raise no_connection()
