"""The IAM permissions that the operations of a resource need, as data. Pure."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

Operation = Literal["find", "look", "bring", "check", "read", "report", "create", "update", "adopt", "delete", "handoff"]
"""What a permission is for. find: search by owner tags. look: look up inputs before there is a plan. bring: verify an
existing resource of the user. check: check permissions before the first change. read: read a resource, for every plan.
report: read the result of its first boot, for status only. create, update, delete. adopt: give the owner tags to a resource
of others, which follows from what update needs for tags (`adopting`). handoff: do what the hand-off asks."""


class Condition(NamedTuple):
    """A condition that requests for the action meet: ("StringEquals", "iam:AWSServiceName", ("batch.amazonaws.com",)).

    A value may hold `{deployment}`, the name of the deployment, and the resource's `arn_variables`.
    """

    operator: str
    key: str
    values: tuple[str, ...]


REQUEST_TAGS = (
    Condition("StringEquals", "aws:RequestTag/*", ()),
    Condition("ForAllValues:StringEquals", "aws:TagKeys", ("{put_tags}",)),
)
"""For `Permission.sends`: every tag that the request sets, including the owner tags, and all their keys."""
MAYBE_BY_SERVICE = (Condition("Bool", "aws:ViaAWSService", ("true", "false")),)
"""For `Permission.sends`: a service may send the request with our credentials, so each value is tried."""
REMOVED_TAGS = (Condition("ForAllValues:StringEquals", "aws:TagKeys", ("{removed_tags}",)),)
"""For `Permission.sends`: the keys of the tags that the request removes."""
RESOURCE_TAGS = (Condition("StringEquals", "aws:ResourceTag/*", ()),)
"""For `Permission.sends`: the tags that our resource already has."""


class Permission(NamedTuple):
    """An IAM action that an operation of a resource needs.

    `arn` is a pattern over the resource's `arn_variables` and `{partition}`, `{account}`, `{region}`, `{home}` (the home
    region of IAM). A variable that is a list gives one ARN per entry, and none if it is empty. The pattern is `*` if AWS
    supports no narrower resource for the action.

    `only_for` limits it to some fields: read, create and delete need it when one of them is set, update when one of them
    changes. It may also name the flag of destroy that needs it. For every operation, it is needed only if all fields in
    `given` have a value and those in `unless` have none. `why` explains an action that nobody would expect (one that AWS
    checks in addition to the call's own); `wide` explains a wildcard, if the reason is not that AWS chooses the id.

    `sends` are further condition keys of the request. The operator's policy does not test them, but other policies may
    (an organization that requires tags, or IMDSv2), so the policy simulator gets them.

    Without an `optional` permission the run continues and knows less (a quota): it is in the operator's policy, and the
    preflight does not check it.
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


def adopting(permissions: Iterable[Permission], owner_tag: str) -> Iterator[Permission]:
    """The permissions to give the owner tags to a resource: those of an update that sets tags. The resource has no tags of
    ours yet, so a condition on these is one on the tags in the request. `owner_tag` is the key of the one with the
    deployment."""
    for item in permissions:
        if item.on == "update" and "tags" in item.only_for and not set(REMOVED_TAGS) & set(item.sends):
            conditions = tuple(
                each._replace(key=f"aws:RequestTag/{owner_tag}") if each.key == f"aws:ResourceTag/{owner_tag}" else each
                for each in item.conditions
            )
            sends = tuple(each for each in item.sends if each not in RESOURCE_TAGS)
            yield item._replace(on="adopt", only_for=(), conditions=conditions, sends=sends)


def retagging(tag: str, untag: str, arn: str) -> tuple[Permission, ...]:
    """The permissions to change the tags of our resource; `tag` and `untag` are the actions that set and remove tags."""
    return (
        Permission("update", tag, arn, only_for=("tags",), sends=(*REQUEST_TAGS, *RESOURCE_TAGS)),
        Permission("update", untag, arn, only_for=("tags",), sends=(*REMOVED_TAGS, *RESOURCE_TAGS)),
    )
