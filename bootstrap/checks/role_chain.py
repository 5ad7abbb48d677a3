"""Checks whether a vendor can use its chain of roles: each role is assumed, where the caller may, and the last one lists the
buckets. For a role that could not be tried, its trust policy is read instead.

AWS gives the same AccessDenied for a wrong trust, a wrong external id, a missing permission and a service control policy.
So a denial shows which hop failed, but not why.
Source: STS API reference AssumeRole; IAM user guide id_roles_terms-and-concepts.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws
from bootstrap.aws.errors import code_of
from bootstrap.aws.session import Session, explained
from bootstrap.core.integration import Handoff
from bootstrap.core.role_chain import Hop, RoleCheck
from bootstrap.core.state import State
from bootstrap.errors import StateError, UsageError
from bootstrap.permissions import trust_overlap
from bootstrap.permissions.denial import CODES

SESSION = "bootstrap-check"
SHORTEST = 900
"""Seconds; the shortest session that STS allows."""

Credentials = Mapping[str, str]


def checked_chain(session: Session, state: State) -> list[RoleCheck]:
    """The results for each hop of the chain that the vendor uses. Raises UsageError when the integration has none."""
    chain = Handoff.from_json(state.handoff, state.output).chain
    if not chain and state.waiting:
        raise UsageError(f"no role can be assumed yet: {state.deployment} is {state.waiting.text}", "Omit --check-chain.")
    if not chain:
        raise UsageError(f"{state.integration} has no chain of roles to check", "Omit --check-chain.")
    for hop in chain:
        if hop.role.split(":")[4:5] != [session.accounts[hop.account].id]:
            raise StateError(
                f"the state's chain names the role {hop.role}, which does not belong to account "
                f"{session.accounts[hop.account].id} ({hop.account}); no role was tried",
                "To write the chain again from the inputs, run create.",
            )
    with explained(session.aws.logins):
        return check_chain(session.aws, chain)


def check_chain(aws: Aws, chain: Sequence[Hop]) -> list[RoleCheck]:
    """Assumes the first role with the caller's credentials, the second one with the credentials of the first, and so on."""
    return list(_findings(aws, chain))


def _findings(aws: Aws, chain: Sequence[Hop]) -> Iterator[RoleCheck]:
    credentials: Credentials | None = None
    for number, hop in enumerate(chain):
        found = _assume(aws, chain[0].account, hop.role, hop.external_id, credentials)
        if found is None:
            yield _denied(hop, first=number == 0)
            yield from _not_listed(hop)
            for before, after in pairwise(chain[number:]):
                yield from _from_trust(aws, before.role, after)
                yield from _not_listed(after)
            return
        yield RoleCheck(hop.role, "ok", "can be assumed" + (" with the external id" if hop.external_id else ""))
        if hop.external_id:
            previous = chain[number - 1].role if number else ""
            yield _without_external_id(aws, chain[0].account, hop, credentials, previous)
        yield from (_list(aws, hop, place, found) for place in hop.buckets)
        credentials = found


def _not_listed(hop: Hop) -> Iterator[RoleCheck]:
    for place in hop.buckets:
        yield RoleCheck(hop.role, "unknown", f"{_url(place)} was not tried with it")


def _list(aws: Aws, hop: Hop, place: str, credentials: Credentials) -> RoleCheck:
    """Whether the role may list the bucket below the prefix, the vendor's first call. Source: S3 API, ListObjectsV2."""
    name, _, prefix = place.partition("/")
    parameters = {"Bucket": name, "MaxKeys": 1, **({"Prefix": f"{prefix}/"} if prefix else {})}
    try:
        aws.client_as(credentials, "s3", hop.account).list_objects_v2(**parameters)
    except ClientError as error:
        if (code := code_of(error)) in CODES:
            why = "is denied: by its policies, by the bucket's policy, or because the bucket belongs to another account"
            return RoleCheck(hop.role, "failed", f"{_url(place)} {why}; right after a create, try again in a minute")
        if code == "NoSuchBucket":
            return RoleCheck(hop.role, "failed", f"there is no bucket {name}")
        raise
    return RoleCheck(hop.role, "ok", f"lists {_url(place)}")


def _url(place: str) -> str:
    return f"s3://{place}/"


def _from_trust(aws: Aws, before: str, hop: Hop) -> Iterator[RoleCheck]:
    """What the trust policy of a role that was not tried says about the previous role."""
    not_tried, document = "was not tried, because the previous role could not be assumed", _trust_of(aws, hop)
    if document is None:
        yield RoleCheck(hop.role, "unknown", not_tried)
        return
    wrong = [f"statement {name} lets {before} in without the external id" for name in _without_id(document, before, hop)]
    wrong += [f"statement {name} keeps {before} out" for name in trust_overlap.denied_by(document, before, hop.external_id)]
    if not trust_overlap.admits(document, before, hop.external_id):
        wrong.append(f"no statement lets {before} in" + (" with the external id" if hop.external_id else ""))
    others = trust_overlap.other_ids(document, before, hop.external_id) if hop.external_id and before else []
    or_others = f" with the external id, and also with another one (statement {', '.join(others)})"
    ids = or_others if others else " only with the external id"
    says = f"; its trust policy lets {before} in" + (ids if hop.external_id else "")
    yield RoleCheck(hop.role, "unknown", not_tried + ("" if wrong else says))
    yield from (RoleCheck(hop.role, "failed", f"in its trust policy, {text}") for text in wrong)


def _trust_of(aws: Aws, hop: Hop) -> Any:
    """The trust policy, or None when the caller may not read it."""
    try:
        found = aws.client("iam", hop.account).get_role(RoleName=hop.role.rpartition("/")[2])
    except ClientError as error:
        if code_of(error) not in (*CODES, "NoSuchEntity"):
            raise
        return None
    return found["Role"]["AssumeRolePolicyDocument"]


def _without_id(document: Any, before: str, hop: Hop) -> list[str]:
    """The statements that admit the previous role without the external id."""
    found = trust_overlap.openings(document, before) if hop.external_id and before else []
    return [opening.statement for opening in found if opening.is_open]


def _denied(hop: Hop, *, first: bool) -> RoleCheck:
    if first:
        others = "a role for instances trusts only instances, one for an identity provider only its tokens"
        why = f"you may not assume it yourself ({others}), so the chain cannot be tried"
        return RoleCheck(hop.role, "unknown", why)
    return RoleCheck(
        hop.role, "failed", "could not be assumed with the previous role; right after a create, try again in a minute"
    )


def _without_external_id(aws: Aws, alias: str, hop: Hop, credentials: Credentials | None, before: str) -> RoleCheck:
    if _assume(aws, alias, hop.role, "", credentials) is None:
        return RoleCheck(hop.role, "ok", "cannot be assumed without the external id, as it should be")
    by = ", ".join(_without_id(_trust_of(aws, hop), before, hop))
    too_wide = f"can also be assumed without the external id: its trust policy is too wide{by and f' (statement {by})'}"
    return RoleCheck(hop.role, "failed", too_wide)


def _assume(aws: Aws, alias: str, role: str, external_id: str, credentials: Credentials | None) -> Credentials | None:
    """The role's credentials, or None when AWS denies it."""
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
