"""Of two policies, which one allows less: what others add to restrict, and what they take out of a grant."""

from typing import Any

import pytest

from bootstrap.core.strictness import Order
from bootstrap.permissions.policy_order import policy_order, statement_order

WANTED: dict[str, Any] = {
    "Sid": "Vendor",
    "Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::111122223333:role/vendor", "arn:aws:iam::444455556666:root"]},
    "Action": ["sts:AssumeRole", "sts:TagSession"],
    "Condition": {"StringEquals": {"sts:ExternalId": ["one", "two"]}},
}
DENY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Condition": {"Bool": {"aws:Via": "false"}},
}
DATA: dict[str, Any] = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:List*"],
    "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
}


def policy(*statements: Any, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def but(statement: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**statement, **changed}


FROM_HOME = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


@pytest.mark.parametrize(
    ("live", "order"),
    {
        "a Deny was added": (policy(WANTED, DENY), Order.TIGHTER),
        "a condition was added": (policy(but(WANTED, Condition={**WANTED["Condition"], **FROM_HOME})), Order.TIGHTER),
        "a value of a condition was taken out": (
            policy(but(WANTED, Condition={"StringEquals": {"sts:ExternalId": "two"}})),
            Order.TIGHTER,
        ),
        "the statement was split, and a part of it got a condition": (
            policy(
                but(WANTED, Action="sts:AssumeRole"),
                but(WANTED, Action="sts:TagSession", Condition={**WANTED["Condition"], **FROM_HOME}),
            ),
            Order.TIGHTER,
        ),
        "a role in place of its whole account, on a condition": (
            policy(
                but(
                    WANTED,
                    Principal={"AWS": ["arn:aws:iam::444455556666:role/one"]},
                    Condition={**WANTED["Condition"], **FROM_HOME},
                )
            ),
            Order.NARROWED,
        ),
        "a role in place of its whole account": (
            policy(but(WANTED, Principal={"AWS": ["arn:aws:iam::444455556666:role/one"]})),
            Order.NARROWED,
        ),
        "a principal was taken out": (policy(but(WANTED, Principal={"AWS": "444455556666"})), Order.NARROWED),
        "an action was taken out": (policy(but(WANTED, Action="sts:AssumeRole")), Order.NARROWED),
        "the document is gone": (None, Order.NARROWED),
        "a principal was added": (policy(but(WANTED, Principal={"AWS": ["*"]})), Order.LOOSER),
        "a statement was added": (policy(WANTED, but(WANTED, Action="sts:SetSourceIdentity")), Order.LOOSER),
        "a condition was taken off": (policy(but(WANTED, Condition={})), Order.LOOSER),
        "a value was added to a condition": (
            policy(but(WANTED, Condition={"StringEquals": {"sts:ExternalId": ["one", "two", "three"]}})),
            Order.LOOSER,
        ),
        "it was written in the old version": (policy(WANTED, version="2008-10-17"), Order.LOOSER),
        "it is no policy": ("{", Order.LOOSER),
        "its statement is a text": (policy("Allow"), Order.LOOSER),
        "a Deny was added and a principal taken out": (
            policy(but(WANTED, Principal={"AWS": "444455556666"}), DENY),
            Order.NARROWED,
        ),
        "only a Deny is left": (policy(DENY), Order.NARROWED),
        "a Deny was added and a condition taken off": (policy(but(WANTED, Condition={}), DENY), Order.UNORDERED),
        "another condition stands in its place": (policy(but(WANTED, Condition=FROM_HOME)), Order.UNORDERED),
        "another value of a condition stands in its place": (
            policy(but(WANTED, Condition={"StringEquals": {"sts:ExternalId": "three"}})),
            Order.LOOSER,
        ),
        "a value was added to a condition, and a condition": (
            policy(but(WANTED, Condition={"StringEquals": {"sts:ExternalId": ["one", "two", "three"]}, **FROM_HOME})),
            Order.UNORDERED,
        ),
        "nobody can tell what a condition lets through": (
            policy(but(WANTED, Condition={"StringLike": {"sts:ExternalId": "${aws:username}"}})),
            Order.UNORDERED,
        ),
    }.values(),
)
def test_a_trust_policy(live: Any, order: Order) -> None:
    assert policy_order(live, policy(WANTED)) is order


@pytest.mark.parametrize(
    ("live", "order"),
    [
        (but(DATA, Resource="arn:aws:s3:::a/*"), Order.NARROWED),
        (but(DATA, Resource=["arn:aws:s3:::a/inbox/*", "arn:aws:s3:::b/*"]), Order.NARROWED),
        (but(DATA, Action=["s3:GetObject", "s3:ListBucket"]), Order.NARROWED),
        (but(DATA, Condition={"Bool": {"aws:SecureTransport": "true"}}), Order.TIGHTER),
        (but(DATA, Action="s3:*"), Order.LOOSER),
        (but(DATA, Resource="*"), Order.LOOSER),
        (but(DATA, Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), Order.UNORDERED),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": DATA["Resource"]}, Order.LOOSER),
    ],
)
def test_an_identity_policy(live: Any, order: Order) -> None:
    assert policy_order(policy(live), policy(DATA)) is order


def test_a_part_of_a_grant_on_a_condition_is_narrower() -> None:
    smaller = but(DATA, Resource="arn:aws:s3:::b/data/*", Condition=FROM_HOME)
    assert policy_order(policy(smaller), policy(DATA)) is Order.NARROWED


def test_a_deny_of_ours_must_stay_as_it_is() -> None:
    ours = policy(DATA, DENY)
    assert policy_order(policy(DATA), ours) is Order.LOOSER
    assert policy_order(policy(DATA, but(DENY, Action="sts:*")), ours) is Order.UNORDERED
    assert policy_order(policy(DATA, DENY, but(DENY, Action="sts:*")), ours) is Order.TIGHTER


def test_fewer_values_of_a_negated_condition_are_looser() -> None:
    def condition(*names: str) -> dict[str, Any]:
        return but(WANTED, Condition={"StringNotEquals": {"aws:PrincipalAccount": list(names)}})

    assert statement_order(condition("1", "2"), condition("1")) is Order.TIGHTER
    assert statement_order(condition("1"), condition("1", "2")) is Order.LOOSER


@pytest.mark.parametrize(
    ("changed", "order"),
    [
        ({"NotResource": "arn:aws:s3:::secret/*", "Action": "s3:Get*"}, Order.NARROWED),
        ({"NotResource": "arn:aws:s3:::secret/*", "Action": "s3:*"}, Order.LOOSER),
        ({"Resource": "*", "NotAction": "s3:Put*"}, Order.LOOSER),
    ],
)
def test_all_but_something_is_a_part_of_everything_and_of_nothing_else(changed: Any, order: Order) -> None:
    ours = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
    assert policy_order(policy({"Effect": "Allow", **changed}), policy(ours)) is order
    everything = policy({**ours, "Action": "*"})
    assert policy_order(policy({"Effect": "Allow", **changed}), everything) is Order.NARROWED


@pytest.mark.parametrize(
    ("live", "order"),
    [
        ({"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, Order.TIGHTER),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/25"]}}, Order.LOOSER),
        ({"IpAddress": {"aws:SourceIp": "203.0.0.0/16"}}, Order.LOOSER),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, Order.LOOSER),
        ({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.7"}}, Order.LOOSER),
        ({"IpAddress": {"aws:SourceIp": "${aws:PrincipalTag/net}"}}, Order.UNORDERED),
    ],
)
def test_a_network_in_a_condition(live: Any, order: Order) -> None:
    """Of two spellings of one condition ours is written again: it lets through the same."""
    assert statement_order(but(WANTED, Condition=live), but(WANTED, Condition=FROM_HOME)) is order
