"""Who holds the lock of a state, in words that let the others decide whether to wait."""

import getpass
import json
import os
import socket
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

_STARTING = "a run that is just starting"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """`id` is drawn for each lock; `since` is ISO 8601 in UTC; `doing` is as "create prod"."""

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
            doing=doing,
            user=_user(),
            host=socket.gethostname(),
            pid=os.getpid(),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def __str__(self) -> str:
        return f"{self.doing} by {self.user} on {self.host} (process {self.pid}) since {self.since}"


def holder_in(text: str | bytes) -> Holder | None:
    """The holder that a lock names, or None where it does not say so (yet)."""
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None


def named(holder: Holder | None) -> str:
    return str(holder or _STARTING)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers often run as a user without a name
        return str(os.getuid())
