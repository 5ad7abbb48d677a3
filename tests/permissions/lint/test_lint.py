"""The linter: each finding on the document that it is there for, and silence on what is right."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bootstrap.core.policy import VERSION
from bootstrap.core.policy_text import below
from bootstrap.permissions.actions import overlap, table
from bootstrap.permissions.lint import Finding, findings, kind_of
from tests.support.vendor_pages import page

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/vendor"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:ExternalId": "id-7"}},
}
PASS: dict[str, Any] = {"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"}
PASSED_TO = "iam:PassedToService"


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(statements)}


def found(content: Any) -> list[Finding]:
    """What the linter finds. Whatever it is, it names a place in the document and says in words what is wrong there."""
    found = findings(content, table())
    places = {"", *_places(content, "")}
    for item in found:
        assert item.where in places or item.where.rpartition(".")[0] in places - {""} or item.where == "Version", item
        assert " " in item.text, item
    return found


def _places(value: Any, place: str) -> Iterator[str]:
    inside: dict[str, Any] = {}
    if isinstance(value, dict):
        inside = {below(place, name): item for name, item in value.items()}
    elif isinstance(value, list):
        inside = {f"{place}[{number}]": item for number, item in enumerate(value)}
    for path, item in inside.items():
        yield path
        yield from _places(item, path)


def codes(content: Any) -> set[tuple[str, str]]:
    return {(item.severity, item.code) for item in found(content)}


BAD: dict[str, tuple[Any, str, str, str]] = {
    "no statement": (policy(), "error", "empty", "no statement"),
    "no object": ([], "error", "empty", "no statement"),
    "no version": ({"Statement": [READ]}, "warning", "version", "no Version"),
    "an old version": ({"Version": "2008-10-17", "Statement": [READ]}, "warning", "version", "'2008-10-17'"),
    "a version that is none": ({"Version": "2020-01-01", "Statement": [READ]}, "error", "version", "2020"),
    "variables under old rules": (
        {"Statement": [{**READ, "Resource": "arn:aws:s3:::data/${aws:username}"}]},
        "error",
        "version",
        "plain text",
    ),
    "a placeholder": (policy({**READ, "Resource": "arn:aws:s3:::${Bucket}/*"}), "error", "placeholder", "${Bucket}"),
    "a variable that does not end": (
        policy({**READ, "Resource": "arn:aws:s3:::data/${aws:username}/${aws:userid/*"}),
        "error",
        "variable",
        "has no closing }",
    ),
    "an id that is no text": ({**policy(READ), "Id": 7}, "error", "element", "Id must be text"),
    "a partition that is none": (policy({**READ, "Resource": "arn:aws-gov:s3:::data/*"}), "error", "arn", "'aws-gov'"),
    "a principal of a partition that is none": (
        policy({**TRUST, "Principal": {"AWS": "arn:aws-gov:iam::111122223333:root"}}),
        "error",
        "principal",
        "aws-gov",
    ),
    "a principal with a variable": (
        policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}}),
        "error",
        "principal",
        "without * and variables",
    ),
    "a principal that is nobody": (policy({**TRUST, "Principal": {}}), "error", "principal", "it names nobody"),
    "a list of nobody": (policy({**TRUST, "Principal": {"AWS": [], "Service": []}}), "error", "principal", "names nobody"),
    "a dash": (policy({**READ, "Sid": "a\N{EM DASH}b"}), "error", "character", "does not accept"),
    "too long": (policy({**READ, "Resource": "arn:aws:s3:::data/" + "x" * 11_000}), "error", "size", "10,240"),
    "too long for a managed one": (
        policy({**READ, "Resource": "arn:aws:s3:::data/" + "x" * 7_000}),
        "warning",
        "size",
        "6,144",
    ),
    "a trust that is too long": (policy({**TRUST, "Sid": "x" * 4_096}), "error", "size", "4,096"),
    "a trust for a raised quota": (policy({**TRUST, "Sid": "x" * 2_048}), "warning", "size", "up to 4,096"),
    "an action that is none": (policy({**READ, "Action": "s3:GetObjct"}), "error", "action", "did you mean s3:GetObject?"),
    "a call for an action": (policy({**READ, "Action": "s3:ListObjectsV2"}), "error", "action", "is s3:ListBucket"),
    "a service that is none": (policy({**READ, "Action": "s4:GetObject"}), "error", "action", "no service 's4'"),
    "a pattern of nothing": (policy({**READ, "Action": "s3:Frob*"}), "error", "action", "no action matches s3:Frob*"),
    "no action": (policy({**READ, "Action": "GetObject"}), "error", "action", "form SERVICE:ACTION"),
    "objects of a bucket's ARN": (
        policy({**READ, "Resource": "arn:aws:s3:::data"}),
        "error",
        "resource-mismatch",
        "s3:GetObject matches none",
    ),
    "what is for everything only": (
        policy({**READ, "Action": "s3:ListAllMyBuckets"}),
        "error",
        "resource-mismatch",
        'takes Resource "*" only',
    ),
    "a resource of nobody": (
        policy({**READ, "Resource": ["arn:aws:s3:::data/*", "arn:aws:sqs:us-east-1:123456789012:q"]}),
        "warning",
        "resource-mismatch",
        "no action of the statement matches arn:aws:sqs",
    ),
    "an ARN with five parts": (policy({**READ, "Resource": "arn:aws:s3::data"}), "error", "arn", "six parts"),
    "an account that is none": (
        policy({**READ, "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::s3_account_id:role/x"}),
        "error",
        "arn",
        "'s3_account_id' is not an account id",
    ),
    "a bucket that is none": (policy({**READ, "Resource": "arn:aws:s3:::ORG_ID/*"}), "error", "arn", "no capitals"),
    "a blank": (
        policy({**READ, "Action": "iam:GetPolicy", "Resource": "arn:aws:iam::aws:policy/ A"}),
        "error",
        "arn",
        "contains a space",
    ),
    "an element that is none": (policy({**READ, "Resources": "*"}), "error", "element", "Resource is"),
    "no effect": (policy({**READ, "Effect": "allow"}), "error", "element", "Effect must be Allow or Deny"),
    "no resource": (policy({"Effect": "Allow", "Action": "s3:GetObject"}), "error", "element", "Resource or NotResource"),
    "a resource in a trust": (policy({**TRUST}, {**TRUST, "Resourc": "*"}), "error", "element", "is not an element"),
    "a Sid twice": (policy({**READ, "Sid": "A"}, {**READ, "Sid": "A"}), "error", "element", "two statements have the Sid A"),
    "a Sid with a blank": (policy({**READ, "Sid": "A b"}), "error", "element", "only letters and digits"),
    "an operator that is none": (
        policy({**READ, "Condition": {"StringSame": {"aws:SourceIp": "x"}}}),
        "error",
        "condition",
        "StringSame is not an operator",
    ),
    "a key that no request carries": (
        policy({**READ, "Condition": {"StringEquals": {"ec2:ResourceTag/Name": "x"}}}),
        "error",
        "condition-key",
        "the test always fails",
    ),
    "a key that lets all pass": (
        policy({**READ, "Condition": {"StringEqualsIfExists": {"ec2:Region": "x"}}}),
        "warning",
        "condition-key",
        "always passes",
    ),
    "everybody": (
        policy({**TRUST, "Principal": "*", "Condition": {}}),
        "error",
        "wildcard-principal",
        "without an external",
    ),
    "everybody with an id": (policy({**TRUST, "Principal": {"AWS": "*"}}), "error", "wildcard-principal", "not a secret"),
    "an id that anything is": (
        policy({**TRUST, "Principal": "*", "Condition": {"StringLike": {"sts:ExternalId": "*"}}}),
        "error",
        "wildcard-principal",
        "without an external id",
    ),
    "no external id": (
        policy({key: value for key, value in TRUST.items() if key != "Condition"}),
        "warning",
        "external-id",
        "111122223333 is trusted without an external id",
    ),
    "an external id that cannot be": (
        policy({**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": "a b"}}}),
        "error",
        "external-id",
        "may not contain ' '",
    ),
    "a whole account": (policy({**TRUST, "Principal": {"AWS": "111122223333"}}), "note", "whole-account", "everybody in"),
    "a dead one": (policy({**TRUST, "Principal": {"AWS": "AROAEXAMPLEEXAMPLE"}}), "warning", "dead-principal", "deleted"),
    "no principal": (
        policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}),
        "error",
        "principal",
        "without *",
    ),
    "no service": (policy({**TRUST, "Principal": {"Service": "ec2"}}), "error", "principal", "'ec2' is not a service"),
    "all but one": (policy({**TRUST, "NotPrincipal": TRUST["Principal"]}), "error", "wildcard-principal", "NotPrincipal"),
    "anybody of a provider": (
        policy({**TRUST, "Principal": {"Federated": "arn:aws:iam::1:saml-provider/x"}, "Action": "sts:AssumeRoleWithSAML"}),
        "warning",
        "federated",
        "no condition limits who",
    ),
    "a trust in data": (policy({**TRUST, "Action": "s3:GetObject"}), "error", "action", "only actions of sts"),
    "a public bucket": (policy({**READ, "Principal": "*"}), "warning", "wildcard-principal", "everybody in the world"),
    "an administrator": (
        policy({**READ, "Action": "*", "Resource": "*"}),
        "warning",
        "administrator",
        "every action on every resource",
    ),
    "all but IAM": (
        policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        "warning",
        "not-named",
        "what AWS adds later",
    ),
    "passing any role": (policy(PASS), "warning", "escalation", "can act as any role"),
    "passing any role, by pattern": (
        policy(
            {**PASS, "Action": ["iam:Pass*", "lambda:*"], "Resource": "arn:aws:iam::*:role/*"},
            {**PASS, "Action": "lambda:*"},
        ),
        "warning",
        "escalation",
        "lambda:CreateFunction",
    ),
    "a service's role": (
        policy({**READ, "Action": "iam:CreateServiceLinkedRole", "Resource": "*"}),
        "warning",
        "service-linked-role",
        "iam:AWSServiceName",
    ),
    "tags that guard": (
        policy(
            {**READ, "Action": "ec2:CreateTags", "Resource": "*"},
            {
                **READ,
                "Action": "ec2:TerminateInstances",
                "Resource": "*",
                "Condition": {"StringLike": {"ec2:ResourceTag/Name": "*x*"}},
            },
        ),
        "warning",
        "tag-condition",
        "ec2:TerminateInstances",
    ),
    "what could be held": (
        policy({**READ, "Action": "sqs:SendMessage", "Resource": "*"}),
        "note",
        "wide-resource",
        "sqs:Send",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(name: str) -> None:
    content, severity, code, words = BAD[name]
    matching = [item for item in found(content) if (item.severity, item.code) == (severity, code)]
    assert any(words in item.text for item in matching), found(content)


@pytest.mark.parametrize(
    "action",
    [
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "AttachRolePolicy",
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
        "AddUserToGroup",
    ],
)
def test_an_action_that_is_dangerous_alone_is_reported_once(action: str) -> None:
    [item] = found(policy({**READ, "Action": f"iam:{action}", "Resource": "*"}))
    assert (item.severity, item.code) == ("warning", "escalation")
    assert ("warning", "escalation") in codes(policy({**READ, "Action": "sts:AssumeRole", "Resource": "*"}))


ROLE = "arn:aws:iam::123456789012:role/one"
FINE: dict[str, Any] = {
    "reading": policy(READ),
    "one statement, no list": {"Version": VERSION, "Statement": READ},
    "a variable": policy({**READ, "Resource": "arn:aws:s3:::data/${aws:username}/*"}),
    "all of S3 in a bucket": policy({**READ, "Action": "s3:*", "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]}),
    "letter case": policy({**READ, "Action": "S3:getobject"}),
    "a bucket and its objects by pattern": policy({**READ, "Resource": "arn:aws:s3:::dat*"}),
    "a key of a tag": policy(
        {**READ, "Action": "ec2:RunInstances", "Resource": "*", "Condition": {"StringLike": {"aws:RequestTag/Name": "x"}}}
    ),
    "trust": policy(TRUST),
    "trust of a service": policy({**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {}}),
    "everybody of the organization": policy(
        {**TRUST, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    ),
    "passing one role": policy({**PASS, "Action": "iam:PassRole", "Resource": ROLE}, {**PASS, "Action": "ec2:RunInstances"}),
    "a bucket that wants TLS": policy(
        {**READ, "Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_gives_no_finding(name: str) -> None:
    assert [item for item in found(FINE[name]) if item.severity != "note"] == []


def narrowed(**more: Any) -> set[str]:
    return {code for _, code in codes(policy({**PASS, **more}))}


def test_a_role_that_is_passed_to_nobody_who_runs_code_is_no_escalation() -> None:
    assert "escalation" in narrowed(Condition={"StringEquals": {PASSED_TO: "ec2.amazonaws.com"}})
    assert "escalation" not in narrowed(Condition={"StringEquals": {PASSED_TO: "glue.amazonaws.com"}})
    assert "escalation" not in narrowed(Action="iam:PassRole")
    never = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    assert ("warning", "escalation") not in codes(policy(PASS, never))
    assert ("warning", "escalation") in codes(policy(PASS, {**never, "Resource": ROLE}))


def test_a_finding_says_where_and_in_which_statement() -> None:
    [item] = found(policy(READ, {**READ, "Sid": "Bad", "Action": ["s3:GetObject", "s3:Frob"]}))
    assert (item.where, item.sid) == ("Statement[1].Action[1]", "Bad")


def test_errors_come_first() -> None:
    severities = [item.severity for item in found(policy(PASS, {**READ, "Action": "s3:Frob"}))]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert len(set(severities)) > 1


def test_the_kind_of_a_policy_follows_from_principal_and_resource() -> None:
    assert [kind_of(policy(item)) for item in (READ, TRUST, {**READ, "Principal": "*"})] == ["identity", "trust", "resource"]


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "x",
        {"Statement": 7},
        policy(None),
        policy({}),
        policy({"Effect": [], "Action": {}, "Resource": 7}),
        policy({"Principal": 7, "Effect": "Allow", "Action": "sts:AssumeRole", "Condition": []}),
        policy({"Principal": {"AWS": [7, None]}, "Effect": "Allow", "Action": ["sts:AssumeRole"], "Sid": 7}),
        policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Null": {"x": None}, "y": 7}}),
    ],
    ids=json.dumps,
)
def test_whatever_it_is_the_linter_says_something(odd: Any) -> None:
    assert found(odd)


def test_the_vendors_own_documents_are_found_out() -> None:
    read = page("upsolver-role-permissions")
    assert codes(read["trust"]) >= {("error", "placeholder"), ("note", "whole-account")}
    assert codes(read["server"]) >= {("error", "arn")}
    wide = {("warning", "escalation"), ("warning", "tag-condition"), ("warning", "service-linked-role")}
    assert codes(read["management"]) >= wide


@pytest.mark.parametrize(
    ("pattern", "arn", "meet"),
    [
        ("arn:*:s3:::%", "arn:aws:s3:::data", True),
        ("arn:*:s3:::%", "arn:aws:s3:::data/*", False),
        ("arn:*:s3:::%/*", "arn:aws:s3:::data", False),
        ("arn:*:s3:::%/*", "arn:aws:s3:::d?ta*", True),
        ("arn:*:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:*:*", True),
        ("arn:*:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:123456789012:inst*", True),
        ("arn:*:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:123456789012:volume/*", False),
        ("arn:*:iam::*:role/*", "arn:aws:iam::123456789012:role/${aws:username}", True),
        ("arn:*:iam::*:role/*", "arn:aws:iam::*", True),
    ],
)
def test_patterns_meet_when_both_match_an_arn(pattern: str, arn: str, meet: bool) -> None:
    assert overlap(pattern, arn) is meet


def test_a_variable_is_no_external_id() -> None:
    trusted = {**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": ["id-7", "${sts:ExternalId}"]}}}
    told = [(item.severity, item.code) for item in found(policy(trusted))]
    assert told == [("error", "external-id"), ("warning", "external-id")]
