"""Whether a vendor can come in by its chain of roles: each hop really assumed, where the caller may, else "unknown".

AWS answers AccessDenied alike for a wrong trust, a wrong external id, a missing permission and a service control policy,
so a denial says which hop, never why. Source: STS API reference AssumeRole; IAM user guide id_roles_terms-and-concepts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws import Aws
from bootstrap.aws_errors import code_of
from bootstrap.core.integration import Finding, Handoff, Hop
from bootstrap.core.state import State
from bootstrap.errors import StateError, UsageError
from bootstrap.session import Session, explained

SESSION = "bootstrap-check"
SHORTEST = 900
"""Seconds: the shortest session that STS gives."""

Credentials = Mapping[str, str]


def checked_chain(session: Session, state: State) -> list[Finding]:
    """What becomes of each hop of the chain by which the vendor comes in. Raises UsageError when there is none."""
    chain = Handoff.from_json(state.handoff, state.output).chain
    if not chain:
        raise UsageError(f"{state.integration} has no chain of roles to check", "Leave --check-chain away.")
    for hop in chain:
        if hop.role.split(":")[4:5] != [session.accounts[hop.account].id]:
            raise StateError(
                f"the state's chain names the role {hop.role}, which is not of account {session.accounts[hop.account].id} "
                f"({hop.account}); none of it was tried",
                "Create writes the chain anew from the inputs.",
            )
    with explained(session.aws.logins):
        return check_chain(session.aws, chain)


def check_chain(aws: Aws, chain: Sequence[Hop]) -> list[Finding]:
    """Assumes the first role with the caller's credentials, the next one with those of the first, and so on."""
    return list(_findings(aws, chain))


def _findings(aws: Aws, chain: Sequence[Hop]) -> Iterator[Finding]:
    credentials: Credentials | None = None
    for number, hop in enumerate(chain):
        found = _assumed(aws, chain[0].account, hop.role, hop.external_id, credentials)
        if found is None:
            yield _denied(hop, first=number == 0)
            rest = "was not tried, because the hop before it was not possible"
            yield from (Finding(after.role, "unknown", rest) for after in chain[number + 1 :])
            return
        yield Finding(hop.role, "ok", "can be assumed" + (" with the external id" if hop.external_id else ""))
        if hop.external_id:
            yield _without_external_id(aws, chain[0].account, hop, credentials)
        credentials = found


def _denied(hop: Hop, *, first: bool) -> Finding:
    if first:
        why = "you may not assume it yourself (a role of machines trusts machines only), so nothing is known from here"
        return Finding(hop.role, "unknown", why)
    return Finding(hop.role, "failed", "was refused to the role before it; right after a create, try again in a minute")


def _without_external_id(aws: Aws, alias: str, hop: Hop, credentials: Credentials | None) -> Finding:
    if _assumed(aws, alias, hop.role, "", credentials) is None:
        return Finding(hop.role, "ok", "is refused without the external id, as it should be")
    return Finding(hop.role, "failed", "can also be assumed without the external id: its trust policy is too wide")


def _assumed(aws: Aws, alias: str, role: str, external_id: str, credentials: Credentials | None) -> Credentials | None:
    """The role's credentials, or None when that is denied."""
    parameters: dict[str, Any] = {"RoleArn": role, "RoleSessionName": SESSION, "DurationSeconds": SHORTEST}
    if external_id:
        parameters["ExternalId"] = external_id
    client = aws.client_as(credentials, "sts", alias) if credentials else aws.client("sts", alias)
    try:
        found: Credentials = client.assume_role(**parameters)["Credentials"]
    except ClientError as error:
        if code_of(error) != "AccessDenied":
            raise
        return None
    return found
