"""What code scanning shows about the rule of a finding: its sentence, its severity, and what to do.

Source: GitHub, "SARIF support for code scanning": it shows `shortDescription` and `fullDescription` above an alert, `help`
below it, and sorts alerts by `security-severity`, a text from 0.0 to 10.0 (over 9 critical, from 7 high, from 4 medium).
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.commands import bootstrap
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.permissions.lint.rules import RULES as LINTED
from bootstrap.permissions.widening_rules import RULES as OPENED

_PLANNED: Mapping[str, str] = {
    "high-risk": "Access that the vendor's page asks for, and that puts other things of the account at risk",
    "no-effect": "A change that others cancel",
    "precheck": "A change that will do less than requested",
    "refused": "A change that cannot be made",
}
_SEVERITY: Mapping[str, float] = {
    "wildcard-principal": 9.1,
    "external-id": 7.5,
    "federated": 7.5,
    "not-named": 7.5,
    "tag-condition": 7.2,
    "whole-account": 7.0,
    "high-risk": 6.5,
    "wide-read": 6.5,
    "wide-resource": 6.5,
    "full-access": 6.0,
    "unknown-policy": 5.0,
    "service-linked-role": 4.5,
    "refused": 4.0,
    "dead-principal": 4.0,
}
_ELSE = 3.0
"""Of a policy that does not do what it seems to."""
_STATUS, _CREATE, _DETACH, _LINT, _PLAN = (
    f"`{each}`"
    for each in (
        bootstrap("status", name="DEPLOYMENT", flags=()),
        bootstrap("create", flags=()),
        bootstrap("create", flags=[f"--{DETACH_FOREIGN}"]),
        bootstrap("lint", arguments=["FILE"], flags=()),
        bootstrap("plan", flags=()),
    )
)
_TO_CLOSE = (
    f"Ask who changed it, and why. {_STATUS} shows the difference, and what {_CREATE} would set back. It leaves alone what "
    f"others added: {_DETACH} detaches managed policies from roles of the deployment, and everything else has to be removed "
    "where it was added."
)
_TO_NARROW = (
    f"The message names the statement. Narrow it, or record why it has to stay. {_LINT} shows the finding for a policy in a "
    f"file, {_PLAN} for what an integration would send, with the vendor's reason; `--harden` narrows what can be narrowed."
)
_TO_PLAN = f"{_PLAN} shows the resource with the reason and what to do. Nothing was changed."


def codes() -> set[str]:
    """All that a log may have."""
    return {*LINTED, *OPENED, *_PLANNED}


def descriptor(code: str) -> dict[str, Any]:
    """The rule as a log lists it."""
    if opened := OPENED.get(code):
        severity, about = opened.severity, opened.about
    else:
        severity, about = _SEVERITY.get(code, _ELSE), ""
    sentence = LINTED.get(code) or _PLANNED.get(code) or OPENED[code].text
    todo = _TO_PLAN if code in _PLANNED else " ".join([_TO_CLOSE] * (code in OPENED) + [_TO_NARROW] * (code in LINTED))
    return {
        "id": code,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": f"{sentence}. {about}".strip()},
        "help": {"text": todo.replace("`", ""), "markdown": todo},
        "defaultConfiguration": {"level": "error" if severity >= 7 else "warning"},
        "properties": {"tags": ["security"], "precision": "high", "security-severity": f"{severity:.1f}"},
    }
