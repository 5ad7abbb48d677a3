"""What other statements of a trust policy do to one that asks for an external id."""

from typing import Any

import pytest

from bootstrap.permissions.trust_overlap import admits, denied_by, external_ids, openings, other_ids, requiring

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/atc-node"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/atc-node/i-1"
OTHER = "arn:aws:iam::111122223333:role/partner"
WITH_ID = {"StringEquals": {"sts:ExternalId": "id-7"}}
OURS = {"Sid": "Ours", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}, "Condition": WITH_ID}


def statement(principal: Any = ROLE, condition: Any = None, effect: str = "Allow", **other: Any) -> dict[str, Any]:
    named = principal if principal == "*" or isinstance(principal, dict) else {"AWS": principal}
    found = {"Effect": effect, "Principal": named, "Action": "sts:AssumeRole", **other}
    return {**found, "Condition": condition} if condition is not None else found


def trust(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [OURS, *statements]}


IN_ACCOUNT = f"everybody in account {ACCOUNT}"


@pytest.mark.parametrize(
    ("weaker", "who"),
    {
        "the role itself": (statement(), ""),
        "the role beside others": (statement([OTHER, ROLE]), ""),
        "one of its sessions": (statement(SESSION), ""),
        "its account": (statement(ACCOUNT), IN_ACCOUNT),
        "the root of its account": (statement(f"arn:aws:iam::{ACCOUNT}:root"), IN_ACCOUNT),
        "everybody": (statement("*"), "everybody"),
        "everybody by a list": (statement([OTHER, "*"]), "everybody"),
        "everybody but somebody": (
            {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"},
            "everybody",
        ),
        "all actions of STS": (statement(Action="sts:*"), ""),
        "all but another action": ({"Effect": "Allow", "Principal": {"AWS": ROLE}, "NotAction": "sts:TagSession"}, ""),
        "several actions": (statement(Action=["sts:TagSession", "STS:assumerole"]), ""),
        "an empty condition": (statement(condition={}), ""),
        "an id if there is one": (statement(condition={"StringEqualsIfExists": {"sts:ExternalId": "id-7"}}), ""),
        "any id": (statement(condition={"StringLike": {"sts:ExternalId": "*"}}), ""),
        "all ids that there are": (statement(condition={"ForAllValues:StringEquals": {"sts:ExternalId": "id-7"}}), ""),
        "not one id": (statement(condition={"StringNotEquals": {"sts:ExternalId": "x"}}), ""),
        "no id": (statement(condition={"Null": {"sts:ExternalId": "true"}}), ""),
        "an address": (statement(condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), ""),
        "the account, held to the role": (statement(ACCOUNT, {"ArnLike": {"aws:PrincipalArn": ROLE}}), ""),
        "everybody, held to the account": (
            statement("*", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
            "everybody",
        ),
    }.values(),
)
def test_a_statement_that_admits_the_role_without_the_external_id_is_found(weaker: dict[str, Any], who: str) -> None:
    [found] = openings(trust(weaker), ROLE)
    assert (found.statement, found.who, found.is_open) == ("number 2", who, True)
    assert found.on_conditions == bool(weaker.get("Condition"))
    [alone] = openings({"Statement": weaker}, ROLE)
    assert (alone.statement, alone.who) == ("number 1", who)


@pytest.mark.parametrize(
    "fine",
    {
        "nothing else": trust(),
        "another account": trust(statement(OTHER)),
        "another role of the account": trust(statement(f"arn:aws:iam::{ACCOUNT}:role/team/atc-node-2")),
        "a role of that name under another path": trust(statement(f"arn:aws:iam::{ACCOUNT}:role/atc-node")),
        "a session of another role": trust(statement(f"arn:aws:sts::{ACCOUNT}:assumed-role/atc-node-2/i-1")),
        "a service": trust(statement({"Service": "ec2.amazonaws.com"})),
        "another action": trust(statement(Action="sts:TagSession")),
        "the same id": trust(statement(condition=WITH_ID)),
        "another id": trust(statement(condition={"StringEquals": {"STS:externalid": ["id-8", "id-9"]}})),
        "ids of one kind": trust(statement(condition={"StringLike": {"sts:ExternalId": "acme-*"}})),
        "the account, held to another role": trust(statement(ACCOUNT, {"ArnEquals": {"aws:PrincipalArn": OTHER}})),
        "everybody, held to another account": trust(
            statement("*", {"StringEquals": {"aws:PrincipalAccount": "111122223333"}})
        ),
        "people with MFA": trust(statement(ACCOUNT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        "a Deny": trust(statement(effect="Deny")),
        "no policy": None,
        "odd statements": {"Statement": ["odd", 7, None]},
    }.values(),
)
def test_a_statement_that_does_not_is_ignored(fine: Any) -> None:
    assert openings(fine, ROLE) == []


REFUSED = {"StringNotEquals": {"sts:ExternalId": "id-7"}}


@pytest.mark.parametrize(
    ("deny", "is_open"),
    {
        "ours": (requiring(OURS), False),
        "for everybody": (statement("*", REFUSED, "Deny"), False),
        "for the account": (statement(ACCOUNT, {"StringNotLike": {"sts:ExternalId": "id-*"}}, "Deny"), False),
        "where there is none": (statement(condition={"Null": {"sts:ExternalId": True}}, effect="Deny"), False),
        "always": (statement(effect="Deny"), False),
        "for another role": (statement(OTHER, REFUSED, "Deny"), True),
        "of another action": (statement(condition=REFUSED, effect="Deny", Action="sts:TagSession"), True),
        "with a second condition": (
            statement(condition={**REFUSED, "Bool": {"aws:SecureTransport": "false"}}, effect="Deny"),
            True,
        ),
        "of an id that is given": (statement(condition=WITH_ID, effect="Deny"), True),
        "where each of the ids is another": (
            statement(condition={"ForAnyValue:StringNotEquals": {"sts:ExternalId": "id-7"}}, effect="Deny"),
            True,
        ),
    }.values(),
)
def test_a_deny_of_requests_without_the_id_closes_it(deny: dict[str, Any], is_open: bool) -> None:
    found = openings(trust(statement(ACCOUNT), deny), ROLE)
    assert [(item.who, item.is_open) for item in found] == [(IN_ACCOUNT, is_open)]


@pytest.mark.parametrize(
    ("deny", "shuts"),
    {
        "ours": (requiring(OURS), False),
        "that of another deployment": (requiring({**OURS, "Condition": {"StringEquals": {"sts:ExternalId": "id-8"}}}), True),
        "without condition": (statement("*", effect="Deny"), True),
        "on a condition that cannot be judged": (
            statement(condition={"Bool": {"aws:SecureTransport": "false"}}, effect="Deny"),
            False,
        ),
        "of somebody else": (statement(OTHER, effect="Deny"), False),
    }.values(),
)
def test_a_deny_that_keeps_the_role_out_with_its_id_as_well_is_named(deny: dict[str, Any], shuts: bool) -> None:
    assert denied_by(trust({**deny, "Sid": "Shut"}), ROLE, "id-7") == (["Shut"] if shuts else [])


def test_statements_with_other_external_ids_are_named() -> None:
    other = statement(condition={"StringEquals": {"sts:ExternalId": ["id-7", "id-8"]}}, Sid="Other")
    assert other_ids(trust(other, statement(OTHER, {"StringEquals": {"sts:ExternalId": "x"}})), ROLE, "id-7") == ["Other"]
    assert other_ids(trust(), ROLE, "id-7") == []


def test_whether_the_role_is_let_in_with_its_id() -> None:
    assert admits(trust(), ROLE, "id-7")
    assert not admits(trust(), ROLE, "id-8")
    assert not admits(trust(), OTHER, "id-7")
    assert admits({"Statement": [statement(ACCOUNT)]}, ROLE, "id-7")


def test_the_external_ids_are_those_of_the_statements_that_admit_the_role() -> None:
    others = (statement(OTHER, {"StringEquals": {"sts:ExternalId": "theirs"}}), statement(), statement(effect="Deny"))
    assert external_ids({"Statement": [*others, OURS]}, ROLE) == ["id-7"]
    assert external_ids({"Statement": others}, ROLE) == []
    assert external_ids({"Statement": [{}]}, ROLE) == []
