"""What statements come to, service by service, in AWS's levels."""

import pytest

from bootstrap.permissions.access import ServiceAccess, access, grants_in
from bootstrap.permissions.actions import table

ARN = "arn:aws:s3:::acme/*"
CASES: dict[str, tuple[tuple[list[str], list[str]], list[tuple[str, str, str]]]] = {
    "one read": ((["s3:GetObject"], [ARN]), [("s3", "read", "")]),
    "on everything": ((["ec2:DescribeInstances"], ["*"]), [("ec2", "list", "list")]),
    "all of a service": ((["s3:*"], [ARN]), [("s3", "permissions write tag read list", "")]),
    "letter case does not matter": ((["S3:getobject"], [ARN]), [("S3", "read", "")]),
    "several": ((["s3:PutObject", "sqs:SendMessage"], [ARN]), [("s3", "write", ""), ("sqs", "write", "")]),
    "no such action": ((["s3:ListObjectsV2", "nothing:At"], [ARN]), []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_grant_has_the_levels_of_its_actions(name: str) -> None:
    grant, expected = CASES[name]
    found = [(each.service, " ".join(each.levels), " ".join(each.everywhere)) for each in access([grant], table())]
    assert found == expected


def test_every_action_is_every_service() -> None:
    found = access([(["*"], ["*"])], table())
    assert len(found) > 300
    assert any(each.service == "iam" and "permissions" in each.everywhere for each in found)


def test_grants_on_some_resources_and_on_all_are_told_apart() -> None:
    [found] = access([(["s3:PutObject"], [ARN]), (["s3:GetObject"], ["*"])], table())
    assert found == ServiceAccess("s3", ("write", "read"), ("read",))
    assert (found.changes, found.changes_everywhere) == (True, False)


def test_a_deny_grants_nothing() -> None:
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    assert grants_in({"Statement": [allow, deny]}, table()) == [(["s3:GetObject"], ["*"])]
    assert grants_in({"Statement": allow}, table()) == [(["s3:GetObject"], ["*"])]


def test_an_allow_of_all_but_some_actions_or_resources_grants_the_others() -> None:
    [(actions, resources)] = grants_in(
        {"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "s3:PutObject"], "NotResource": ARN}}, table()
    )
    assert (resources, "iam:*" in actions, "s3:*" in actions, "sqs:*" in actions) == (["*"], False, True, True)
