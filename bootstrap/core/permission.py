"""What an operation of a resource needs in IAM, as data. Pure."""

from typing import Literal, NamedTuple

Operation = Literal["find", "look", "bring", "check", "read", "report", "create", "update", "delete", "handoff"]
"""What a permission is for: to search by owner tags, to look before there is a plan, to see that what the user brings is
there, to ask beforehand what is allowed, to read a thing (for every plan), to ask what it says of its first boot (for status
only), to make, change or delete it, and to do what the hand-off asks of a person."""


class Condition(NamedTuple):
    """A condition that requests for the action meet: ("StringEquals", "iam:AWSServiceName", ("batch.amazonaws.com",)).

    A value may hold `{deployment}`, the deployment's name, and the resource's `words`.
    """

    operator: str
    key: str
    values: tuple[str, ...]


REQUEST_TAGS = (
    Condition("StringEquals", "aws:RequestTag/*", ()),
    Condition("ForAllValues:StringEquals", "aws:TagKeys", ("{put_tags}",)),
)
"""For `Permission.sends`: every tag that the request puts on the thing, the owner's included, and all their keys."""
REMOVED_TAGS = (Condition("ForAllValues:StringEquals", "aws:TagKeys", ("{removed_tags}",)),)
"""For `Permission.sends`: the keys of the tags that the request takes off the thing."""
RESOURCE_TAGS = (Condition("StringEquals", "aws:ResourceTag/*", ()),)
"""For `Permission.sends`: the tags that a thing of ours has already."""


class Permission(NamedTuple):
    """An IAM action that an operation of a resource needs.

    `arn` is a pattern over the resource's `words` and `{partition}`, `{account}`, `{region}`, `{home}` (the region where IAM
    is); a list in it stands for one ARN each, so an empty one for none. It is `*` where AWS knows no narrower resource for
    the action.

    `only_for` names fields, if it is not for all: read, create and delete need it when one of them is set, update when one
    of them changes; or the flag of destroy that allows what it is for. Whatever the operation, it is needed only where the
    fields in `given` say something, and those in `unless` say nothing. `why` is for an action that nobody would expect (one
    that AWS asks for beside the call's own), `wide` for a thing that is not named, if not as AWS makes up its id.

    `sends` are condition keys that the request has as well. The operator's policy does not ask for them, but policies of
    others may (an organization that wants tags, or machines with IMDSv2), so the policy simulator is told of them.

    Without an `optional` one the run goes on, and knows less (a quota): the operator's policy has it, and no preflight asks
    for it.
    """

    on: Operation
    action: str
    arn: str
    conditions: tuple[Condition, ...] = ()
    only_for: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    why: str = ""
    wide: str = ""
    sends: tuple[Condition, ...] = ()
    optional: bool = False


def retagging(tag: str, untag: str, arn: str) -> tuple[Permission, ...]:
    """What it takes to change the tags of a thing of ours, with the actions that put tags on and take them off."""
    return (
        Permission("update", tag, arn, only_for=("tags",), sends=(*REQUEST_TAGS, *RESOURCE_TAGS)),
        Permission("update", untag, arn, only_for=("tags",), sends=(*REMOVED_TAGS, *RESOURCE_TAGS)),
    )
