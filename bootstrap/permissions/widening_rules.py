"""The kinds of access that somebody opened, the worst first: for programs that show differences by rule. Pure.

`severity` is from 0 to 10, as that of code scanning: from 9 critical, from 7 high, from 4 medium.
"""

from collections.abc import Mapping
from typing import NamedTuple


class WideningRule(NamedTuple):
    """`text` is a sentence without its end, `about` what somebody did, in sentences."""

    text: str
    severity: float
    about: str


RULES: Mapping[str, WideningRule] = {
    "administrator": WideningRule(
        "Every action on every resource is allowed",
        9.8,
        "A policy that somebody attached to a role of the deployment, wrote into it, or changed, allows everything in the "
        "account.",
    ),
    "escalation": WideningRule(
        "Permissions with which their holder can gain others",
        9.4,
        "With a policy that somebody attached or wrote, a role of the deployment can give itself what it was not given, as "
        "with all actions of IAM.",
    ),
    "public-access": WideningRule(
        "A bucket that may be public",
        9.1,
        "The bucket's policy lets everybody in, or its block of public access or its object ownership no longer keeps "
        "everybody out.",
    ),
    "new-principal": WideningRule(
        "Somebody gets in whom bootstrap did not let in",
        8.8,
        "A trust policy or a bucket's policy, an instance profile, an audience of an identity provider, or our policy on "
        "another role lets somebody else in.",
    ),
    "lost-external-id": WideningRule(
        "A trust without its external id",
        8.6,
        "Whoever may act as the vendor's account gets in without the external id, or with any.",
    ),
    "replaced": WideningRule(
        "Another resource in the place of one of the deployment",
        8.3,
        "The resource with this name is not the one of the deployment. Whatever uses the name now uses the other one.",
    ),
    "other-code": WideningRule(
        "Machines that run what bootstrap did not write",
        8.2,
        "The script or the launch template that machines start from is another one. Whoever wrote it acts with their role.",
    ),
    "foreign-policy": WideningRule(
        "A policy that somebody else added to a role",
        8.1,
        "Somebody attached a managed policy to a role of the deployment, or wrote an inline policy into it.",
    ),
    "new-action": WideningRule(
        "A policy that allows more actions",
        8.0,
        "A policy of the deployment allows actions that bootstrap did not write into it, also by another default version.",
    ),
    "new-role": WideningRule(
        "A machine that acts with another role",
        7.6,
        "A machine, a Batch environment or an instance profile has another role than bootstrap gave it.",
    ),
    "open-network": WideningRule(
        "An address that somebody else let in",
        7.4,
        "A security group has another ingress rule, or a machine or a Batch environment has another security group.",
    ),
    "lost-boundary": WideningRule(
        "A role without its permissions boundary",
        7.2,
        "The permissions boundary of a role is gone, or it is another one, which may allow more.",
    ),
    "wider-resource": WideningRule(
        "A policy for more resources",
        7.0,
        "A policy of the deployment applies to resources that bootstrap did not write into it.",
    ),
    "lost-condition": WideningRule(
        "A policy without its condition",
        6.8,
        "A condition of a policy or of a trust policy is gone, or lets more through.",
    ),
    "lost-denial": WideningRule(
        "A Deny that is gone",
        6.5,
        "A statement that denied something is gone, or denies less.",
    ),
    "open-metadata": WideningRule(
        "A machine whose credentials are easier to read",
        6.0,
        "The metadata service of a machine answers requests that bootstrap had it refuse.",
    ),
    "longer-session": WideningRule(
        "A role whose sessions may last longer",
        4.5,
        "Whoever gets in as the role may stay longer than bootstrap set.",
    ),
}
_PLACES = {code: place for place, code in enumerate(RULES)}


def badness(code: str) -> int:
    """A number to sort by, the worst first; what opens nothing ("") comes last."""
    return _PLACES.get(code, len(_PLACES))
