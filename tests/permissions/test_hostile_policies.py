"""Policies that somebody wrote to make the linter hang: each is looked at in full, or told to be too large."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from bootstrap.core.policy import canonical, characters, dead_principals, policy_problems
from bootstrap.core.policy_text import placeholders
from bootstrap.permissions.actions import table
from bootstrap.permissions.lint import LARGEST, findings
from bootstrap.permissions.lint.boundary import blocked_by
from bootstrap.views.policy_difference import policy_lines
from tests.permissions.lint.test_escalation import allow
from tests.permissions.lint.test_lint import TRUST, codes, found, policy
from tests.support.watchdog import no_hang

ROLE = "arn:aws:iam::123456789012:role/"
OURS = [policy(allow(["iam:*", "s3:*", "ec2:Describe*", "s3:GetObject"], "*"))]
ACTIONS = [action.name for service in ("ec2", "iam", "s3") for action in (table().service(service) or {}).values()]


def if_(operator: str, tests: dict[str, Any]) -> dict[str, Any]:
    return {operator: tests}


DOCUMENTS: dict[str, Callable[[], Any]] = {
    "wildcards of an action": lambda: policy(allow(["iam:*" + "*?" * 40 + "x"], "*")),
    "wildcards of actions": lambda: policy(allow(["ec2:" + "*e" * (number % 30 + 1) + "Q" for number in range(300)], "*")),
    "a word of wildcards": lambda: policy(allow(["s3:" + "*a" * 9_000], "*")),
    "wildcards of an ARN": lambda: policy(allow(["iam:CreateRole", "iam:PutRolePolicy"], ROLE + "*?" * 4_000)),
    "wildcards of ARNs": lambda: policy(
        allow(["iam:CreateRole", "iam:PutRolePolicy"], [f"{ROLE}{'*a' * 80}{number}" for number in range(100)])
    ),
    "wildcards of a Deny": lambda: policy(
        allow(["iam:CreateRole", "iam:PutRolePolicy"], [f"{ROLE}{'a' * 200}{number}" for number in range(40)]),
        allow(["iam:*"], [f"{ROLE}{'*a' * 100}b{number}" for number in range(40)], effect="Deny"),
    ),
    "wildcards of tags": lambda: policy(
        allow(["ec2:CreateTags"], "*", if_("StringLike", {"aws:RequestTag/a": ["*a" * 30 + str(n) for n in range(99)]})),
        allow(["ec2:RunInstances"], "*", if_("StringEquals", {"ec2:ResourceTag/a": ["a" * 60 + str(n) for n in range(99)]})),
    ),
    "wildcards of services": lambda: policy(
        allow(["iam:PassRole"], "*", if_("StringLike", {"iam:PassedToService": ["*a" * 30 + "b"] * 200})),
        allow(["ec2:*"], "*"),
    ),
    "wildcards of policies": lambda: policy(
        allow(["iam:CreateRole", "iam:AttachRolePolicy"], ROLE + "*", if_("ArnLike", {"iam:PolicyARN": ["*a" * 99] * 50})),
        allow(["iam:CreatePolicy"], ["arn:aws:iam::1:policy/" + "*a" * 50] * 90),
    ),
    "variables without an end": lambda: policy(allow(["s3:GetObject"], "arn:aws:s3:::x/" + "${" * 9_000)),
    "references without an end": lambda: policy(allow(["s3:GetObject"], "arn:aws:s3:::x/" + "@{" * 9_000)),
    "statements of nothing": lambda: policy(*[{}] * 6_000),
    "statements of everything": lambda: policy(*[allow(["*"], "*")] * 400),
    "allowed and denied": lambda: policy(
        *[allow(["iam:*"], f"{ROLE}x{number}*") for number in range(400)],
        *[allow(["iam:*"], f"{ROLE}x{number}*", effect="Deny") for number in range(400)],
    ),
    "the same action": lambda: policy(allow(["ec2:*"] * 2_000, "arn:aws:ec2:*:*:x/*")),
    "the same action in other words": lambda: policy(
        allow([f"ec2:{'?' * (n % 9)}*" for n in range(1_500)], "arn:aws:x::::y")
    ),
    "all services": lambda: policy(allow([f"{name}:*" for name in table()], [f"arn:aws:*:*:*:*a{n}/*" for n in range(500)])),
    "condition keys": lambda: policy(
        allow([f"{name}:*" for name in table()], "*", if_("StringEquals", {f"k{number}": "v" for number in range(2_000)}))
    ),
    "operators": lambda: policy(allow(["s3:GetObject"], "*", {f"O{number}": {"a": "b"} for number in range(1_500)})),
    "a name that stands in every path": lambda: policy(
        allow(["s3:GetObject"], "*", {"O" * 9_000: {f"k{number}": "v" for number in range(1_000)}})
    ),
    "services that there are not": lambda: policy(allow([f"x{number}:y" for number in range(1_800)], "*")),
    "actions that there are not": lambda: policy(allow([f"ec2:CreateThing{number}" for number in range(1_000)], "*")),
    "a long action that there is not": lambda: policy(allow(["ec2:" + "CreateInstances" * 1_200], "*")),
    "elements that there are not": lambda: policy({f"Efect{number}": 1 for number in range(1_500)}),
    "principals and conditions": lambda: policy(
        {
            **TRUST,
            "Principal": {"AWS": ["123456789012"] * 500, "Federated": ["a" * 9] * 500},
            "Condition": if_("StringLike", {f"k{number}": "x" for number in range(700)}),
        }
    ),
    "providers and claims": lambda: policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": [f"arn:aws:iam::123456789012:oidc-provider/x{number}" for number in range(200)]},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": if_("StringEquals", {f"y{number}.z:sub": "a" for number in range(400)}),
        }
    ),
    "a long provider": lambda: policy(
        {**TRUST, "Principal": {"Federated": "x" * 18_000}, "Action": "sts:AssumeRoleWithSAML"}
    ),
    "external ids": lambda: policy({**TRUST, "Condition": if_("StringEquals", {"sts:ExternalId": ["${" * 400] * 20})}),
    "tags and what they open": lambda: policy(
        *[allow(["ec2:CreateTags"], "*", if_("StringLike", {"aws:TagKeys": "x"})) for _ in range(80)],
        *[allow(["ec2:RunInstances"], "*", if_("StringEquals", {f"ec2:ResourceTag/a{n}": "a"})) for n in range(80)],
    ),
    "tags that open in one statement": lambda: policy(
        allow(["ec2:CreateTags"], "*"),
        allow(["ec2:RunInstances"], "*", if_("StringEquals", {f"ec2:ResourceTag/a{n}": "a" for n in range(700)})),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_answered(name: str) -> None:
    document = DOCUMENTS[name]()
    with no_hang():
        told = found(document)
        blocked_by(document, OURS, table())
        canonical(document), dead_principals(document), policy_problems(document, 6_144), characters(document)
        list(policy_lines(document, OURS[0])), list(policy_lines(OURS[0], document))
    assert told, "nothing is passed in silence"
    assert sum(len(json.dumps(item.as_json())) for item in told) < 200 * len(json.dumps(document))


@pytest.mark.parametrize(
    "arn", ["arn:aws:s3:::bucket-{}", "arn:aws:ec2:us-east-1:123456789012:instance/i-{}", "arn:aws:ec2:*:*:*inst*/*{}"]
)
def test_800_actions_on_800_resources_are_checked(arn: str) -> None:
    document = policy(allow(ACTIONS[:800], [arn.format(number) for number in range(800)]))
    with no_hang():
        told = found(document)
    assert "too-large" not in {item.code for item in told}
    assert any(item.code == "resource-mismatch" and item.where.startswith("Statement[0].Action") for item in told)


def test_a_document_that_is_too_large_is_an_error() -> None:
    document = policy(*[allow(["iam:PutRolePolicy"], f"{ROLE}{number}-*") for number in range(LARGEST // 100)])
    with no_hang():
        assert codes(document) == {("error", "size"), ("error", "too-large")}


def test_text_without_an_end_is_searched_once() -> None:
    with no_hang():
        for text in ("${", "@{", "<a", "<", "{{", "{{a", "[AAA", " REPLACEME", "YOUR_A", "arn:aws:s3:::["):
            assert isinstance(placeholders(text * (1_000_000 // len(text))), list)


def test_only_what_is_not_filled_in_is_a_placeholder() -> None:
    assert placeholders("${a}<b>@{c}${d") == ["${a}", "<b>", "@{c}"]
    assert placeholders("${a<b> ${aws:username} <c-d>") == ["${a<b> ${aws:username}", "<c-d>"]


def test_the_number_of_suggestions_is_limited() -> None:
    told = [item.text for item in found(policy(allow(["s3:GetObjct"] * 60, "*"))) if item.code == "action"]
    assert len(told) == 60
    assert 0 < sum("did you mean s3:GetObject?" in text for text in told) < 60


@pytest.mark.parametrize("seed", range(30))
def test_random_documents_are_answered(seed: int) -> None:
    """Of the size that AWS takes, with pieces that make expressions and loops slow."""
    draw = random.Random(seed)
    pieces = [
        "*",
        "?",
        "*a",
        "${",
        "}",
        "<",
        "@{",
        "iam:",
        "ec2:*",
        ":",
        "/",
        "a" * 50,
        "arn:aws:iam::1:role/",
        "\n",
        "é",
        "[A",
    ]

    def text() -> str:
        return "".join(draw.choices(pieces, k=draw.choice([1, 3, 3, 3, 300])))

    def statement() -> dict[str, Any]:
        fields: dict[str, Any] = {"Effect": draw.choice(["Allow", "Deny"])}
        for name in draw.sample(["Action", "NotAction", "Resource", "NotResource", "Sid", text()], 3):
            fields[name] = [draw.choice(ACTIONS) if draw.random() < 0.5 else text() for _ in range(draw.choice([1, 2, 200]))]
        if draw.random() < 0.5:
            keys = [
                "iam:PolicyARN",
                "aws:RequestTag/a",
                "ec2:ResourceTag/a",
                "aws:TagKeys",
                "sts:ExternalId",
                "a:sub",
                text(),
            ]
            operator = draw.choice(["StringLike", "ArnNotLike", "ForAllValues:StringLike", text()])
            fields["Condition"] = {operator: {key: [text()] * draw.choice([1, 50]) for key in draw.sample(keys, 3)}}
        if draw.random() < 0.3:
            fields["Principal"] = {draw.choice(["AWS", "Federated", "Service", "x"]): [text()] * draw.choice([1, 100])}
        return fields

    document = policy()
    while len(json.dumps(document)) < 20_480:
        document["Statement"].append(statement())
    with no_hang():
        assert findings(document, table())
        blocked_by(document, OURS, table())
        canonical(document), policy_problems(document, 6_144)
        list(policy_lines(document, OURS[0]))
