"""What AWS needs a while for and moto has at once: a thin layer between the tool and moto that plays a table of rows.

A row says: after this call made or changed a subject, the first requests of these kinds that name it get this answer.
Counts are numbers of requests, not seconds, so nothing here depends on the clock. The table is `support/strict_rows.py`;
what AWS refuses forever is moto's part (`bootstrap/sandbox/moto/`).
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from tests.support.strict_states import Deletions
from tests.support.wire import Call, Carry, error_answer

WORD = r"(?<![\w-]){}(?![\w-])"


@dataclass(frozen=True, kw_only=True)
class Lag:
    """`after` and `then` are calls as "iam.CreateRole"; `then` may hold "*".

    `subject` finds the name or id, its one group, in the request or the answer of `after`; a request of `then` is meant
    when `named`, with the subject for {}, is found in it ("" : each is). It is answered with the code and the message of
    `refusal`, {} standing for the subject; or, with `shows`, truly, but with what the expression finds replaced, {} standing
    for the subject there, too.
    """

    after: str
    subject: str
    then: tuple[str, ...]
    refusal: tuple[str, str] = ("", "")
    shows: tuple[str, str] | None = None
    named: str = WORD
    times: int = 2
    status: int = 400
    during: "Lag | None" = None
    """Only until this other row, which `shows`, has been seen often enough: so it meets only who does not wait."""
    passing: bool = False
    """`shows` a state that the subject is in on its way to another: who waits sees the end of it."""
    until: str = ""
    """Ends with this call, on whatever."""

    @property
    def label(self) -> str:
        return f"after {self.after}, {' and '.join(self.then)}: {self.refusal[0] or (self.shows or ('',))[0]}"


@dataclass
class _Pending:
    row: Lag
    subject: str
    answered: Counter[str] = field(default_factory=Counter)

    @property
    def over(self) -> bool:
        return self.answered.total() >= self.row.times

    def means(self, call: Call) -> bool:
        return any(fnmatchcase(call.name, pattern) for pattern in self.row.then) and (
            self.answered[call.name] < self.row.times
        )

    def names(self, text: str) -> bool:
        return re.search(self.row.named.replace("{}", re.escape(self.subject)), text) is not None


class Strict:
    """Stands between the wire and moto.

    `refused` holds (call, code, message) as it happened, `fired` how often each row did.
    """

    def __init__(self, rows: tuple[Lag, ...]) -> None:
        self.rows = rows
        self.fired: Counter[Lag] = Counter()
        self.refused: set[tuple[str, str, str]] = set()
        self._pending: list[_Pending] = []
        self._deletions = Deletions()

    @contextmanager
    def long_ago(self) -> Iterator[None]:
        """What is done in here is nothing new."""
        rows, self.rows = self.rows, ()
        try:
            yield
        finally:
            self.rows = rows

    def later(self) -> None:
        """Time passes: AWS has caught up with all that was done."""
        self._pending.clear()

    def passing(self) -> list[str]:
        """What is still on its way to another state because nobody waited."""
        rows = [item.row.label for item in self._pending if item.row.passing and not item.over]
        return rows + self._deletions.passing()

    def __call__(self, call: Call, carry: Carry) -> Any:
        meant = sorted((item for item in self._pending if item.means(call)), key=lambda item: self.rows.index(item.row))
        for waiting in meant:
            if not waiting.row.shows and waiting.names(call.text) and self._holds(waiting):
                self._fire(waiting, call)
                code, message = waiting.row.refusal
                self.refused.add((call.name, code, message))
                return error_answer(call, code, message.replace("{}", waiting.subject), waiting.row.status)
        answer = self._deletions(call, carry)
        if answer.status_code >= 300:
            return answer
        true = answer.content.decode(errors="replace")
        told = true
        for waiting in meant:
            if waiting.row.shows and waiting.names(f"{call.text}\n{true}"):
                true_text, shown = waiting.row.shows
                changed = re.sub(true_text, shown.replace("{}", waiting.subject), told, flags=re.DOTALL)
                if changed != told:
                    self._fire(waiting, call)
                    told = changed
        self._pending = [item for item in self._pending if item.row.until != call.name]
        for row in self.rows:
            if row.after == call.name and (found := re.search(row.subject, f"{call.text}\n{true}")):
                self._pending = [item for item in self._pending if (item.row, item.subject) != (row, found[1])]
                self._pending.append(_Pending(row, found[1]))
        return answer if told == true else AWSResponse(answer.url, 200, answer.headers, MockRawResponse(told))

    def _holds(self, waiting: _Pending) -> bool:
        during = [item for item in self._pending if (item.row, item.subject) == (waiting.row.during, waiting.subject)]
        return waiting.row.during is None or any(not item.over for item in during)

    def _fire(self, waiting: _Pending, call: Call) -> None:
        waiting.answered[call.name] += 1
        self.fired[waiting.row] += 1
