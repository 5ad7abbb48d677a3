"""The statements of a bucket's policy that prevent the deletion of the bucket or of its objects.

A statement with a condition counts too, unless the known facts about our requests show that none of them can meet it: a
delete that fails for some objects would leave the bucket half empty.
Sources: IAM user guide reference_policies_evaluation-logic (an explicit Deny wins), reference_policies_condition-keys; S3
API reference DeleteObjects, AbortMultipartUpload (the actions that they take), GetBucketPolicy (root may always call it).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.live import Obstacle
from bootstrap.permissions import conditions
from bootstrap.permissions.wildcards import matches
from bootstrap.resources.s3 import policy

_OF_BUCKET = ("s3:DeleteBucket",)
_OF_OBJECTS = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload")
_LISTED = ("s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_WAS_ANSWERED = "s3:getbucketversioning"
"""An action that S3 has answered before this check, and answers to all callers alike, unlike GetBucketPolicy."""
_SAME_IN_ALL = (
    *("aws:principal", "aws:userid", "aws:username", "aws:sourcevpc", "aws:securetransport", "aws:viaawsservice"),
    *("aws:multifactorauthpresent", "aws:resourceaccount", "s3:resourceaccount", "s3:tlsversion"),
)
"""Prefixes of keys with the same value in all requests of a run: they describe the caller and the way to S3. The address of
the caller is not one of them (a NAT with several addresses, IPv4 beside IPv6), nor is its user agent, which names features
that a call uses."""


def obstacles(account: Account, name: str, answer: Any, *, has_objects: bool) -> Iterator[Obstacle]:
    """`answer` is the answer to GetBucketPolicy. For an empty bucket (not `has_objects`) only an unconditional denial
    counts: bootstrap then deletes the bucket alone, so a refusal loses nothing."""
    for sid, statement in policy.not_ours(account, name, answer):
        denied = sorted(_denied(account, name, statement, has_objects=has_objects))
        tests = statement.get("Condition")
        if not denied or (tests and (not has_objects or _is_never_met(account, name, statement))):
            continue
        actions = f"{', '.join(denied)} (statement {sid})"
        advice = "If nobody needs that statement, remove it from the bucket's policy, and run the same command again."
        if tests:
            keys = ", ".join(sorted(conditions.keys(tests))) or "it"
            yield Obstacle(
                f"the policy of bucket {name} may deny {actions}: that depends on {keys}, and a delete could fail halfway",
                f"{advice} Or have somebody whom it does not deny empty the bucket first.",
            )
        else:
            yield Obstacle(f"the policy of bucket {name} denies {actions}", advice)


def _denied(account: Account, name: str, statement: Mapping[str, Any], *, has_objects: bool) -> Iterator[str]:
    """The actions of a delete that the statement (in canonical form) denies to anybody in this account."""
    if statement.get("Effect") != "Deny" or _is_for_others(account, statement):
        return
    arn = f"arn:{account.partition}:s3:::{name}"
    of_bucket = _OF_BUCKET + (_LISTED if has_objects else ())
    if _names(statement, "Resource", [arn]):
        yield from (action for action in of_bucket if _names(statement, "Action", [action.lower()]))
    beside = [each for each in statement.get("Resource", ()) if each != arn]
    if has_objects and (beside or "NotResource" in statement):
        yield from (action for action in _OF_OBJECTS if _names(statement, "Action", [action.lower()]))


def _is_never_met(account: Account, name: str, statement: Mapping[str, Any]) -> bool:
    """Whether no request of ours meets its condition: a test fails for every value that the key can have in our requests, or
    S3 has just answered a call that the statement would have denied under the same condition."""
    possible = {
        "aws:securetransport": ("true",),
        "s3:tlsversion": ("1.2", "1.3"),  # AWS accepts nothing older
        "aws:viaawsservice": ("false",),
        "aws:principalisawsservice": ("false",),
        **dict.fromkeys(("aws:principalaccount", "aws:resourceaccount", "s3:resourceaccount"), (account.id,)),
    }
    tests = statement["Condition"]
    if conditions.fail(tests, possible):
        return True
    keys = conditions.keys(tests)
    was_denied = _names(statement, "Resource", [f"arn:{account.partition}:s3:::{name}"])
    was_denied = was_denied and _names(statement, "Action", [_WAS_ANSWERED])
    return was_denied and bool(keys) and all(key.startswith(_SAME_IN_ALL) for key in keys)


def _names(statement: Mapping[str, Any], what: str, texts: Iterable[str]) -> bool:
    """Whether its element `what`, or "Not" + `what`, includes one of the texts."""
    patterns, refused = statement.get(what), statement.get(f"Not{what}", ())
    if patterns is None:
        return any(not any(matches(pattern, text) for pattern in refused) for text in texts)
    return any(matches(pattern, text) for pattern in patterns for text in texts)


def _is_for_others(account: Account, statement: Mapping[str, Any]) -> bool:
    """Whether it names only services, or principals of other accounts."""
    principals = statement.get("Principal")
    if not isinstance(principals, dict):
        return False  # NotPrincipal: everybody but a few
    named = principals.get("AWS", []) + principals.get("CanonicalUser", [])
    return not any(each == "*" or account.id in each or not each.startswith(("arn:", *"0123456789")) for each in named)
