"""Whether what a plan wants to let in and allow is wider than what somebody approved."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import DEFAULT, EXAMPLE, Account
from bootstrap.core.build import build
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.since import Access, AccessChange, access_of, check_access, since
from bootstrap.permissions.widening_rules import RULES
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment

BOUNDARY = "arn:aws:iam::123456789012:policy/Limit"
AWS = "arn:aws:iam::aws:policy/"


MOVED = {EXAMPLE.id: "555566667777", EXAMPLE.id[::-1]: "777766665555"}
"""Another account for each of the examples."""


def allow(action: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


READ = allow("s3:GetObject", "arn:aws:s3:::acme-data/*")
IN = {"AWS": "arn:aws:iam::111122223333:root"}


def of(integration: Integration, accounts: list[Account] | None = None) -> Access:
    graph = Graph(accounts or examples(integration))
    build(integration, graph)
    return access_of(graph)


def role(*attached: str, rules: dict[str, str] | None = None, **properties: Any) -> Access:
    """The access of one role, with policies that it gets by their ARNs, and of a group with these rules."""
    graph = Graph([EXAMPLE])
    usual: dict[str, Any] = {"name": "Vendor", "trust": trusting(), "inline_policies": {"data": READ}}
    node = graph.add("role", IamRole(**{**usual, **properties}))
    for number, arn in enumerate(attached):
        graph.add(f"attached{number}", IamRoleAttachment(role=node.resource.label, policy_arn=arn))
    if rules is not None:
        graph.add("group", Ec2SecurityGroup(name="vm", description="vm", vpc="vpc-1", ingress=rules))
    return access_of(graph)


def trusting(principal: dict[str, str] | None = None, external_id: str | None = "ext-1") -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal or IN, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def compared(before: Access, after: Access) -> list[tuple[str, str]]:
    return [(each.code, each.line) for each in since(before, after)]


WIDER: dict[str, tuple[Callable[[], Access], str, str]] = {
    "another principal": (
        lambda: role(trust=trusting({"AWS": "arn:aws:iam::999999999999:root"})),
        "new-principal",
        "role Vendor: it also lets in everybody in account 999999999999, under its condition",
    ),
    "everybody": (
        lambda: role(trust=trusting({"AWS": "*"}, None)),
        "new-principal",
        "role Vendor: it also lets in everybody in the world",
    ),
    "no external id": (
        lambda: role(trust=trusting(external_id=None)),
        "lost-external-id",
        "role Vendor: it lets in everybody in account 111122223333 without the external id",
    ),
    "another action": (
        lambda: role(inline_policies={"data": allow("s3:PutObject", "arn:aws:s3:::acme-data/*")}),
        "new-action",
        "role Vendor: it also allows s3:putobject",
    ),
    "another bucket": (
        lambda: role(inline_policies={"data": allow("s3:GetObject", "arn:aws:s3:::*/*")}),
        "wider-resource",
        "role Vendor: it also applies to arn:aws:s3:::*/*",
    ),
    "all of it": (lambda: role(f"{AWS}AdministratorAccess"), "administrator", "it allows everything in the account"),
    "a policy of AWS": (
        lambda: role(f"{AWS}AmazonAthenaFullAccess"),
        "new-action",
        "role Vendor: AmazonAthenaFullAccess: it also allows ",
    ),
    "a policy that nobody knows": (
        lambda: role("arn:aws:iam::123456789012:policy/Theirs"),
        "new-policy",
        "role Vendor: it also has the policy arn:aws:iam::{account}:policy/Theirs, whose content is not known",
    ),
    "an open network": (lambda: role(rules={"tcp 22 0.0.0.0/0": ""}), "new-network", "it lets in tcp 22 0.0.0.0/0"),
}


@pytest.mark.parametrize(("after", "code", "told"), WIDER.values(), ids=WIDER)
def test_more_access_is_a_widening(after: Callable[[], Access], code: str, told: str) -> None:
    found = compared(role(), after())
    assert any(each == code and told in line for each, line in found), found


def test_a_boundary_that_is_lost_or_another_one_is_a_widening() -> None:
    limited = role(permissions_boundary=BOUNDARY)
    assert [code for code, _ in compared(limited, role())] == ["lost-boundary"]
    assert [code for code, _ in compared(limited, role(permissions_boundary=f"{BOUNDARY}2"))] == ["lost-boundary"]
    assert [code for code, _ in compared(role(), limited)] == [""]


def test_a_role_that_is_new_is_a_widening_and_one_that_is_gone_is_not() -> None:
    assert {each.code for each in since({}, role())} == {"new-principal", "new-action"}
    assert since(role(), {}) == (AccessChange("role Vendor", "it is no longer part of the plan"),)


NOT_WIDER: dict[str, Callable[[], Access]] = {
    "fewer actions": lambda: role(inline_policies={}),
    "a prefix of the bucket": lambda: role(inline_policies={"data": allow("s3:GetObject", "arn:aws:s3:::acme-data/in/*")}),
    "another name of the policy": lambda: role(inline_policies={"renamed": READ}),
    "a policy that the other covers": lambda: role(inline_policies={"data": READ, "again": READ}),
    "nobody": lambda: role(trust={"Version": "2012-10-17", "Statement": []}),
}


@pytest.mark.parametrize("after", NOT_WIDER.values(), ids=NOT_WIDER)
def test_less_access_or_the_same_is_none(after: Callable[[], Access]) -> None:
    assert {each.widens for each in since(role(), after())} <= {False}


def test_a_policy_that_is_written_out_is_covered_by_the_one_that_was_attached() -> None:
    document = allow("athena:GetQueryResults")
    assert compared(role(f"{AWS}AmazonAthenaFullAccess"), role(inline_policies={"data": READ, "athena": document})) == [
        ("", "role Vendor: it has changed, and lets in and allows nothing more")
    ]


@pytest.mark.parametrize("name", sorted(integrations()))
def test_an_integration_is_as_it_was_approved_in_any_account_and_region(name: str) -> None:
    example = integrations()[name].example()
    approved = of(example)
    assert approved
    check_access(json.loads(json.dumps(approved)))
    assert since(json.loads(json.dumps(approved)), of(example)) == ()
    elsewhere = [replace(each, id=MOVED[each.id], region="eu-west-1") for each in examples(example)]
    if name != "upsolver-data-access":  # its example names things in the example account
        assert since(approved, of(example, elsewhere)) == ()


def test_harden_is_narrower_than_without_and_not_the_other_way_round() -> None:
    example = integration("upsolver-vpc").example()
    both: list[dict[str, Any]] = [{"harden": False}, {"harden": True}]
    loose, tight = (of(replace(example, **each)) for each in both)
    assert not any(each.widens for each in since(loose, tight))
    assert {each.code for each in since(tight, loose) if each.widens} <= set(RULES)
    assert any(each.widens for each in since(tight, loose))


def test_what_widens_comes_first() -> None:
    both = {**role(trust=trusting(external_id=None)), "bucket a": {}}
    assert [each.widens for each in since({**role(), "role Gone": {}}, both)] == [True, False]


@pytest.mark.parametrize(
    "access",
    [
        [],
        {"role a": []},
        {"role a": {"may": "x"}},
        {"role a": {"may": ["x"]}},
        {"role a": {"may": [{"Effect": "Allow", "Action": "s3:*"}]}},
        {"role a": {"may": [{"Effect": "Perhaps"}]}},
        {"role a": {"lets_in": [{"Effect": "Allow", "Principal": "*"}]}},
        {"role a": {"lets_in": [{"Effect": "Allow", "Condition": {"Bool": {"a": True}}}]}},
        {"role a": {"may": [{"Effect": "Allow", "More": []}]}},
        {"role a": {"attached": [1]}},
    ],
)
def test_what_is_no_access_is_refused(access: Any) -> None:
    with pytest.raises(ValueError, match="access"):
        check_access(access)


def test_the_account_of_the_example_stands_for_yours() -> None:
    assert EXAMPLE.id not in json.dumps(role(trust=trusting({"AWS": f"arn:aws:iam::{EXAMPLE.id}:root"})))
    assert DEFAULT == "default"
    told = compared(role(), role(trust=trusting({"AWS": f"arn:aws:iam::{EXAMPLE.id}:role/x"})))
    assert told == [
        ("new-principal", "role Vendor: it also lets in arn:aws:iam::your own account:role/x, under its condition")
    ]


OTHER = replace(EXAMPLE, alias="data", id=EXAMPLE.id[::-1])


def in_two(number: str) -> Access:
    """A role of two accounts that lets in, passes a role and is limited by a boundary of one of them."""
    graph = Graph([EXAMPLE, OTHER])
    passes = allow("iam:PassRole", f"arn:aws:iam::{number}:role/x")
    trust = trusting({"AWS": f"arn:aws:iam::{number}:role/x"})
    limit = f"arn:aws:iam::{number}:policy/limit"
    graph.add("role", IamRole(name="Vendor", trust=trust, inline_policies={"data": passes}, permissions_boundary=limit))
    return access_of(graph)


def test_one_of_your_accounts_does_not_stand_for_another() -> None:
    approved = in_two(EXAMPLE.id)
    check_access(json.loads(json.dumps(approved)))
    assert since(approved, in_two(EXAMPLE.id)) == ()
    told = compared(approved, in_two(OTHER.id))
    assert [code for code, _ in told] == ["new-principal", "wider-resource", "lost-boundary"]
    assert told[0][1] == "role Vendor: it also lets in arn:aws:iam::your own account data:role/x, under its condition"
