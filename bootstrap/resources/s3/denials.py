"""The statements of a bucket's policy that keep the bucket, or what is in it, from being deleted.

A statement with a condition counts as well, unless what is known of our requests shows that none of them can meet it: a
delete that some objects refuse would leave a bucket half empty.
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
"""What S3 answered before it is asked for here, to anybody with the same permissions: of GetBucketPolicy that is not so."""
_SAME_IN_ALL = (
    *("aws:principal", "aws:user", "aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip", "aws:securetransport"),
    *("aws:multifactorauthpresent", "aws:viaawsservice", "aws:resourceaccount", "s3:resourceaccount", "s3:tlsversion"),
)
"""How the keys begin that have one value in all requests of a run, as they tell of the caller and of the way to S3."""


def obstacles(account: Account, name: str, answer: Any, *, holds: bool) -> Iterator[Obstacle]:
    """`answer` is that to GetBucketPolicy. While the bucket `holds` nothing, only what denies it to anybody counts: S3 is
    asked for the bucket itself then, and nothing is lost."""
    for sid, statement in policy.not_ours(account, name, answer):
        denied = sorted(_denied(account, name, statement, holds=holds))
        tests = statement.get("Condition")
        if not denied or (tests and (not holds or _is_never_met(account, name, statement))):
            continue
        told = f"{', '.join(denied)} (statement {sid})"
        away = "If nobody needs that statement, take it out of the bucket's policy, and run the same command again."
        if tests:
            keys = ", ".join(sorted(conditions.keys(tests))) or "it"
            yield Obstacle(
                f"the policy of bucket {name} may deny {told}: that depends on {keys}, and a delete could fail halfway",
                f"{away} Or have somebody whom it lets through empty the bucket first.",
            )
        else:
            yield Obstacle(f"the policy of bucket {name} denies {told}", away)


def _denied(account: Account, name: str, statement: Mapping[str, Any], *, holds: bool) -> Iterator[str]:
    """The actions that a delete takes, of those that the statement (in canonical form) denies to anybody here."""
    if statement.get("Effect") != "Deny" or _is_for_others(account, statement):
        return
    arn = f"arn:{account.partition}:s3:::{name}"
    of_bucket = _OF_BUCKET + (_LISTED if holds else ())
    if _names(statement, "Resource", [arn]):
        yield from (action for action in of_bucket if _names(statement, "Action", [action.lower()]))
    beside = [each for each in statement.get("Resource", ()) if each != arn]
    if holds and (beside or "NotResource" in statement):
        yield from (action for action in _OF_OBJECTS if _names(statement, "Action", [action.lower()]))


def _is_never_met(account: Account, name: str, statement: Mapping[str, Any]) -> bool:
    """Whether no request of ours meets its condition: one of its tests fails for each value that a key of ours can have, or
    S3 has just answered what the statement would have denied under the same condition."""
    possible = {
        "aws:securetransport": ("true",),
        "s3:tlsversion": ("1.2", "1.3"),  # AWS takes nothing older
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
    """Whether its element `what`, or "Not" and that, includes one of the texts."""
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
