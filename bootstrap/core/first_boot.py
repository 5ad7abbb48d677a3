"""What a machine says about its first boot: the line that its user data prints on the console, and how it is read. Pure.

The console and not a tag or an object: reading it takes one permission of the operator, and the machine needs none at all.
Source: EC2 API reference GetConsoleOutput (the most recent 64 KB; `Latest` on Nitro machines only).
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["ready", "installing", "failed", "unknown"]

MARK = "bootstrap first boot:"
"""What such a line begins with; a script that holds it reports its end."""
NOTHING = "its console says nothing about it"
_SAID = re.compile(re.escape(MARK) + r" (ready|installing|failed)(?:: ([^\r\n]{0,300}))?")
_PINNED = re.compile(r"\b([A-Z][A-Z_]*_VER)=([0-9][\w.-]*)")


def pinned_versions(user_data: str) -> dict[str, str]:
    """The versions that a script installs, by the variables that it pins them with, in lower case: {"tool_ver": "1.2"} where
    it says TOOL_VER=1.2. The script is all that AWS keeps of a machine's birth, so this is also true of machines that an
    earlier version of bootstrap made."""
    return {name.lower(): version for name, version in _PINNED.findall(user_data)}


@dataclass(frozen=True)
class FirstBoot:
    """What became of the user data of one machine. `text` is why, in the machine's own words where it failed."""

    address: str
    machine: str
    verdict: Verdict
    text: str = ""
    advice: str = ""

    def while_new(self) -> "FirstBoot":
        """The same of a machine that was made just now: it has had no time to say anything."""
        return replace(self, verdict="installing", text="it is starting") if self.text == NOTHING else self

    def while_old(self) -> "FirstBoot":
        """The same of a machine that has had enough time: its script hangs, or was killed."""
        late = "it still installs after more than an hour: its script hangs or was killed"
        return replace(self, verdict="failed", text=late) if self.verdict == "installing" else self


def last_said(console: str) -> tuple[Verdict, str] | None:
    """What the last such line on the console says; None where there is none. A kernel's message may stand before it."""
    found: Verdict | None = None
    text = ""
    for said in _SAID.finditer(console):
        match said[1]:
            case "ready" | "installing" | "failed" as found:
                text = (said[2] or "").strip()
    return (found, text) if found else None
