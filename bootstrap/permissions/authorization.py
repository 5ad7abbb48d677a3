"""The verdict of every layer about a request that was denied, which AWS keeps under the authorization id in the error. Pure.

Sources: IAM user guide troubleshoot_access-denied-authorization-id (preview); IAM Toolbox API reference
GetRequestAuthorizationDetails.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["allowed", "no say", "not allowed", "denied"]

_ID = re.compile(r"authorization id: (?P<id>[0-9A-Za-z]{1,256})\b", re.IGNORECASE)
_REGION = re.compile(r"[?&]region=(?P<region>[a-z]{2}[a-z0-9-]{3,30})#/authorization-details/")
_LINK = re.compile(
    r"\s*Go to https://\S+ for complete details, or call the \w+ API with the following authorization id: \w+\.?"
)
_EFFECTS: Mapping[str, Effect] = {
    "ALLOW": "allowed",
    "NO_IMPACT": "no say",
    "IMPLICIT_DENY": "not allowed",
    "EXPLICIT_DENY": "denied",
}
_CHECKS: Mapping[str, str] = {
    "SERVICE_CONTROL_POLICY": "service control policies",
    "RESOURCE_CONTROL_POLICY": "resource control policies",
    "VPC_ENDPOINT": "policy of the VPC endpoint",
    "RESOURCE": "policy of the resource",
    "PRINCIPAL": "policies of the user or role",
    "PERMISSIONS_BOUNDARY": "permissions boundary",
    "SESSION": "policy of the session",
}
_MOST = 20
"""How many checks of a request are shown; it can lead to hundreds."""


@dataclass(frozen=True)
class Verdict:
    """What one check said about one action. `target` is what the policies are attached to in the organization; `statements`
    are those that matched, each with the ARN of its policy."""

    action: str
    check: str
    effect: Effect
    target: str = ""
    statements: tuple[str, ...] = ()

    @property
    def denies(self) -> bool:
        return self.effect in ("not allowed", "denied")

    @property
    def line(self) -> str:
        at = f" at {self.target}" if self.target else ""
        by = f" ({', '.join(self.statements)})" if self.statements else ""
        return f"{self.action}: {self.effect} by the {self.check}{at}{by}"


def authorization_id(message: str) -> str:
    """The id in AWS's message, or ""."""
    found = _ID.search(message)
    return found["id"] if found else ""


def region_of(message: str) -> str:
    """The region in which AWS keeps the details, or "": that of the link in the message."""
    found = _REGION.search(message)
    return found["region"] if found else ""


def without_link(message: str) -> str:
    """The message without the address and the id, which the advice has."""
    return _LINK.sub("", message)


def verdicts(details: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """What the answer of GetRequestAuthorizationDetails says; nothing where it has another form."""
    try:
        found = dict.fromkeys(_verdicts(details))
    except (LookupError, TypeError, AttributeError, ValueError):
        return ()
    return tuple(sorted(found, key=lambda each: not each.denies)[:_MOST])


def _verdicts(details: Mapping[str, Any]) -> Iterator[Verdict]:
    for evaluation in details.get("evaluations", ()):
        for check in evaluation.get("checks", ()):
            kind = str(check["checkType"])
            yield Verdict(
                action=str(evaluation.get("action", "")),
                check=_CHECKS.get(kind, kind.lower().replace("_", " ")),
                effect=_EFFECTS[check["evaluatedEffect"]],
                target=str(check.get("targetArn", "")),
                statements=tuple(_statements(check.get("matchedPolicies", ()))),
            )


def _statements(matched: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for policy in matched:
        sids = [str(each.get("sid", "")) for each in policy.get("matchedStatements", ())]
        yield " ".join(filter(None, (", ".join(filter(None, sids)), f"in {policy['uri']}"))).strip()


def advice(authorization: str, found: Iterable[Verdict], look: str) -> tuple[str, ...]:
    """Every layer's verdict; or the id, and whom to give it to. `look` is the command that shows them."""
    if not authorization:
        return ()
    lines = [each.line for each in found]
    if lines:
        return (f"What each layer said (authorization id {authorization}); all that did not allow it have to:", *lines)
    return (
        f"AWS keeps what each layer said for at least a day. Give the authorization id {authorization} to whoever "
        "administers the account or the organization; or, with iam:GetRequestAuthorizationDetails (preview), run:",
        look,
    )
