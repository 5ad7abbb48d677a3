"""The wire to the AWS that moto plays, with what a test puts in between."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from botocore.exceptions import ConnectionClosedError

from bootstrap.contract.wire import (
    Call as Call,
    Carry as Carry,
    Wire as PlainWire,
    answer as answer,
    error_answer as error_answer,
    json_answer as json_answer,
    straight_on,
)
from tests.support.rounds import Rounds


class Wire(PlainWire):
    """Plays tricks."""

    def __init__(self) -> None:
        super().__init__()
        self._tricks: dict[str, list[Callable[[Call, Carry], Any]]] = {}
        self._meeting: threading.Barrier | None = None
        self._rounds: Rounds | None = None

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    @property
    def is_clear(self) -> bool:
        """Whether nothing is in the way of a request, and nobody played a trick."""
        met = self._tricks or self._meeting or self._rounds is not None
        return not met and self.between is straight_on

    def refuse(self, operation: str, code: str, message: str = "refused", *, status: int = 400, times: int = 1) -> None:
        """The next requests for the operation never reach AWS and get this error."""
        self.trick(operation, lambda call, carry: error_answer(call, code, message, status), times)

    def lose_answer(self, operation: str) -> None:
        """The next request for the operation is carried out, but the connection breaks before the answer comes."""

        def act_and_break(call: Call, carry: Carry) -> Any:
            carry()
            raise ConnectionClosedError(endpoint_url="https://pretended.aws")

        self.trick(operation, act_and_break)

    def trick(self, operation: str, play: Callable[[Call, Carry], Any], times: int = 1) -> None:
        """What `play` gives is the answer to the next requests for the operation; None stands for the true one."""
        self._tricks.setdefault(operation, []).extend([play] * times)

    @contextmanager
    def all_at_once(self, number: int) -> Iterator[None]:
        """In here a request is only answered when `number` of them are under way: one that waits for another breaks."""
        self._meeting = threading.Barrier(number, timeout=60)
        try:
            yield
        finally:
            self._meeting = None

    @contextmanager
    def in_rounds(self) -> Iterator[list[list[str]]]:
        """The calls made in here, round trip by round trip: see `Rounds`."""
        with Rounds() as self._rounds:
            try:
                yield self._rounds.calls
            finally:
                self._rounds = None

    def arrived(self, call: Call) -> None:
        if self._meeting is not None:
            self._meeting.wait()
        if self._rounds is not None:
            self._rounds.wait(call.name)

    def passed_on(self, call: Call, carry: Carry) -> Any:
        tricks = self._tricks.get(call.operation)
        through = partial(super().passed_on, call, carry)
        played = tricks.pop(0)(call, through) if tricks else None
        return through() if played is None else played
