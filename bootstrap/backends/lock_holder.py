"""Who holds the lock of a state, in words that let the others decide whether to wait."""

import getpass
import json
import os
import re
import socket
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

LONGEST = 200
"""Characters of each text in a lock."""
_STARTING = "a run that is just starting"
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """`id` is random for each lock; `since` is ISO 8601 in UTC; `doing` is as "create prod". Without `since` it is all that
    is known."""

    id: str
    doing: str
    user: str
    host: str
    pid: int
    since: str

    @classmethod
    def now(cls, doing: str) -> Self:
        """This process, from now on."""
        return cls(
            id=uuid.uuid4().hex[:12],
            doing=_shown(doing),
            user=_shown(_user()),
            host=_shown(socket.gethostname()),
            pid=os.getpid(),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def __str__(self) -> str:
        if not self.since:
            return self.doing
        return f"{self.doing} by {self.user} on {self.host} (process {self.pid}) since {self.since}"


def parse_holder(text: str | bytes) -> Holder | None:
    """The holder that a lock names, or None where it does not say so (yet), or says what no run of ours would write: its id
    goes into a command, and the rest onto the screen."""
    try:
        found = Holder(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    words = (found.doing, found.user, found.host, found.since)
    is_one = (
        isinstance(found.id, str)
        and _ID.fullmatch(found.id)
        and all(isinstance(word, str) and word == _shown(word) for word in words)
        and type(found.pid) is int
        and 0 <= found.pid < 2**32
    )
    return found if is_one else None


def describe(holder: Holder | None) -> str:
    return str(holder or _STARTING)


def _shown(text: str) -> str:
    """On one line without control characters; anything else is not a lock of ours."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers often run as a user without a name
        return str(os.getuid())
