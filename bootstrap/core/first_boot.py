"""The status line that a machine's user data prints on the console at first boot, and how to read it. Pure.

It is on the console, and not in a tag or an object: the operator needs one permission to read it, and the machine none.
Source: EC2 API reference GetConsoleOutput (the most recent 64 KB; `Latest` on Nitro machines only).
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["ready", "installing", "failed", "unknown"]

MARK = "bootstrap first boot:"
"""The prefix of the status line. A script that contains it reports how it ended."""
NOTHING = "its console says nothing about it"
_SAID = re.compile(re.escape(MARK) + r" (ready|installing|failed)(?:: ([^\r\n]{0,300}))?")
_PINNED = re.compile(r"\b([A-Z][A-Z_]*_VER)=([0-9][\w.-]*)")


def pinned_versions(user_data: str) -> dict[str, str]:
    """The versions that a script installs, by the variables that pin them, in lower case: {"tool_ver": "1.2"} for
    TOOL_VER=1.2. AWS keeps the script of each machine, so this also works for machines that an earlier version of
    bootstrap created."""
    return {name.lower(): version for name, version in _PINNED.findall(user_data)}


@dataclass(frozen=True)
class FirstBoot:
    """The result of the user data of one machine. `text` says why; if it failed, in the machine's own words."""

    address: str
    machine: str
    verdict: Verdict
    text: str = ""
    advice: str = ""

    def while_new(self) -> "FirstBoot":
        """The same for a machine that was created just now: it had no time to report anything."""
        return replace(self, verdict="installing", text="it is starting") if self.text == NOTHING else self

    def while_old(self) -> "FirstBoot":
        """The same for a machine that had enough time: its script hangs, or was killed."""
        late = "it is still installing after more than an hour: its script hangs or was killed"
        return replace(self, verdict="failed", text=late) if self.verdict == "installing" else self


def last_said(console: str) -> tuple[Verdict, str] | None:
    """The last status line on the console, as verdict and text; None if there is none. Kernel messages may precede it."""
    found: Verdict | None = None
    text = ""
    for said in _SAID.finditer(console):
        match said[1]:
            case "ready" | "installing" | "failed" as found:
                text = (said[2] or "").strip()
    return (found, text) if found else None
