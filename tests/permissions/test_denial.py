"""AWS's words for no, as its documentation has them, and what is made of them."""

import json
from typing import Any

import pytest

from bootstrap.core.permission import Condition
from bootstrap.permissions.denial import (
    Asked,
    Denial,
    advice,
    denial_of,
    describe,
    encoded_in,
    of_change,
    telling,
    without_encoded,
)
from bootstrap.permissions.operator import Need

ME = "arn:aws:sts::123456789012:assumed-role/Deployer/ann"
ROLE = "arn:aws:iam::123456789012:role/UpsolverRole"
REFUSED = f"User: {ME} is not authorized to perform: iam:CreateRole on resource: {ROLE}"
SCP = "arn:aws:organizations::999999999999:policy/o-example/service_control_policy/p-example"

LAYERS: dict[str, tuple[str, bool, str]] = {
    "because no identity-based policy allows the iam:CreateRole action": ("identity policy", False, ""),
    "with an explicit deny in an identity-based policy": ("identity policy", True, ""),
    "because no permissions boundary allows the iam:CreateRole action": ("permissions boundary", False, ""),
    "with an explicit deny in a permissions boundary": ("permissions boundary", True, ""),
    "because no service control policy allows the iam:CreateRole action": ("service control policy", False, ""),
    "with an explicit deny in a service control policy": ("service control policy", True, ""),
    f"with an explicit deny in a service control policy: {SCP}": ("service control policy", True, SCP),
    "with an explicit deny in a resource control policy": ("resource control policy", True, ""),
    "because no session policy allows the iam:CreateRole action": ("session policy", False, ""),
    "with an explicit deny in a session policy": ("session policy", True, ""),
    "because no resource-based policy allows the iam:CreateRole action": ("resource policy", False, ""),
    "with an explicit deny in a resource-based policy": ("resource policy", True, ""),
    "because no role trust policy allows the sts:AssumeRole action": ("trust policy", False, ""),
    "because no VPC endpoint policy allows the iam:CreateRole action": ("VPC endpoint policy", False, ""),
    "with an explicit deny in a VPC endpoint policy": ("VPC endpoint policy", True, ""),
    "with an explicit deny": ("", True, ""),
    "": ("", False, ""),
}


@pytest.mark.parametrize("words", LAYERS)
def test_action_resource_principal_and_layer_are_read(words: str) -> None:
    layer, explicit, policy = LAYERS[words]
    denial = denial_of(f"{REFUSED} {words}".strip())
    assert denial == Denial("iam:CreateRole", ROLE, ME, layer, explicit, policy)  # type: ignore[arg-type]
    assert layer in describe(denial)


def test_of_several_denials_the_one_that_a_permission_does_not_lift_is_shown() -> None:
    """For one read a permission is missing; for another a policy above it, or the thing's own, says no."""
    words = [f"{REFUSED} {words}" for words, (layer, *_) in LAYERS.items() if layer not in ("", "identity policy")]
    missing = f"{REFUSED} because no identity-based policy allows the iam:CreateRole action"
    denied = f"{REFUSED} with an explicit deny in an identity-based policy"
    for each in words:
        for other in ("Access Denied", REFUSED, missing, denied):
            assert telling(each) > telling(other), (each, other)
    assert telling(denied) > telling(missing) > telling(REFUSED) > telling("Access Denied")


def test_each_layer_has_its_own_advice_and_names_the_missing_permission() -> None:
    said = {}
    for words, (layer, explicit, _) in LAYERS.items():
        denial = denial_of(f"{REFUSED} {words}")
        assert denial
        said[layer, explicit] = advice(denial)
        assert json.dumps({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": ROLE}) in said[layer, explicit]
    assert "Ask for this permission in a policy of the user or role" in said["identity policy", False]
    assert "its Deny must make an exception for" in said["identity policy", True]
    for layer, whom in {
        "service control policy": "ask the administrator of the AWS organization",
        "permissions boundary": "whoever set the permissions boundary",
        "session policy": "sign in without that policy",
        "resource policy": "ask its owner",
    }.items():
        assert whom in said[layer, True]
        assert "Ask for this permission" not in said[layer, True]
    assert "AWS does not say which" in said["", False]
    assert SCP in advice(Denial("a:B", layer="service control policy", policy=SCP))


@pytest.mark.parametrize(
    ("message", "resource"),
    [
        (
            f'User: {ME} is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::b" because',
            "arn:aws:s3:::b",
        ),
        (f"User: {ME} is not authorized to perform: iam:PassRole on resource: {ROLE}", ROLE),
        (
            f"User: {ME} is not authorized to perform: iam:GetRole on resource: role UpsolverRole because",
            "role UpsolverRole",
        ),
        (f"User: {ME} is not authorized to perform: iam:ListRoles", ""),
        (f"User: {ME} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows", ""),
    ],
)
def test_the_resource_may_be_quoted_short_or_missing(message: str, resource: str) -> None:
    denial = denial_of(message)
    assert denial
    assert denial.resource == resource
    granted = {"role UpsolverRole": [ROLE, ROLE.replace("role/", "role/*/")], "": "*"}
    assert denial.statement["Resource"] == granted.get(resource, resource)


IAM = "arn:aws:iam::123456789012"
SHORT: dict[str, Any] = {
    "role R": [f"{IAM}:role/R", f"{IAM}:role/*/R"],
    "user U": [f"{IAM}:user/U", f"{IAM}:user/*/U"],
    "policy P": [f"{IAM}:policy/P", f"{IAM}:policy/*/P"],
    "policy arn:aws:iam::aws:policy/P": "arn:aws:iam::aws:policy/P",
    "instance profile P": [f"{IAM}:instance-profile/P", f"{IAM}:instance-profile/*/P"],
    "policy path /": "*",  # no name: all of a list
}


@pytest.mark.parametrize("short", SHORT)
def test_a_short_name_of_iam_is_in_the_account_of_the_caller(short: str) -> None:
    denial = denial_of(f"User: {ME} is not authorized to perform: iam:Any on resource: {short} because")
    assert denial
    assert denial.statement["Resource"] == SHORT[short]


def test_a_star_for_an_unknown_arn_is_explained() -> None:
    denial = denial_of("User: ann is not authorized to perform: iam:GetRole on resource: role R because")
    assert denial
    assert denial.statement["Resource"] == "*"
    assert "replace the * with the ARN of role R" in advice(denial)
    assert "replace the *" not in advice(Denial("iam:ListRoles", "*"))


PASSED = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com",))
LAUNCHED = Condition("StringEquals", "aws:RequestTag/bootstrap:deployment", ("prod",))


def need(action: str, arn: str, *conditions: Condition) -> Need:
    return Need(account="default", on="create", action=action, arn=arn, conditions=conditions, reason="makes it")


NEEDS = [
    need("iam:PassRole", f"{IAM}:role/vendor/R", PASSED),
    need("iam:AttachRolePolicy", f"{IAM}:role/vendor/R"),
    need("iam:AddRoleToInstanceProfile", f"{IAM}:instance-profile/vendor/P"),
    need("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*", LAUNCHED),
    need("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1"),
    need("ec2:DescribeSubnets", "*"),
]


def asked_for(action: str, resource: str) -> dict[str, Any]:
    return of_change(Denial(action, resource, ME), NEEDS).statement


def test_the_needs_of_the_change_give_arn_and_conditions() -> None:
    passed = {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com"]}}
    role = f"{IAM}:role/vendor/R"
    asked = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": passed}
    assert asked_for("iam:PassRole", "role R") == asked
    assert asked_for("iam:PassRole", role) == asked
    assert asked_for("iam:AttachRolePolicy", "role R")["Resource"] == role
    assert asked_for("iam:AttachRolePolicy", "policy arn:aws:iam::aws:policy/P")["Resource"] == role
    assert asked_for("iam:AddRoleToInstanceProfile", "instance profile P")["Resource"].endswith("instance-profile/vendor/P")


def test_only_the_needs_for_the_denied_resource_count() -> None:
    machine, subnet = NEEDS[3].arn, NEEDS[4].arn
    one = asked_for("ec2:RunInstances", machine.replace("*", "i-1"))
    assert one["Resource"] == machine.replace("*", "i-1")
    assert one["Condition"] == {"StringEquals": {"aws:RequestTag/bootstrap:deployment": ["prod"]}}
    assert asked_for("ec2:RunInstances", subnet) == {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": subnet}
    unsaid = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": [machine, subnet]}
    assert asked_for("ec2:RunInstances", "") == unsaid
    assert asked_for("ec2:DescribeSubnets", "")["Resource"] == "*"


def test_a_need_of_something_else_changes_nothing() -> None:
    for denial in (Denial("iam:PassRole", f"{IAM}:role/Other", ME), Denial("iam:GetRole", "role R", ME)):
        assert of_change(denial, NEEDS) == denial
    assert "needs" not in of_change(Denial("iam:PassRole", "role R", ME), NEEDS).as_json()


def test_a_message_without_an_action_is_no_denial() -> None:
    assert denial_of("Access Denied") is None
    assert denial_of("You are not authorized to perform this operation.") is None


def of_s3(operation: str, **parameters: Any) -> Denial | None:
    return denial_of("Access Denied", asked=Asked("s3", operation, "aws-cn", parameters))


def test_the_call_says_what_an_error_of_s3_does_not() -> None:
    assert of_s3("PutBucketEncryption", Bucket="b") == Denial("s3:PutEncryptionConfiguration", "arn:aws-cn:s3:::b")
    assert of_s3("HeadBucket", Bucket="b") == Denial("s3:ListBucket", "arn:aws-cn:s3:::b")
    assert of_s3("PutBucketPolicy", Bucket="b") == Denial("s3:PutBucketPolicy", "arn:aws-cn:s3:::b")
    assert of_s3("DeleteObjects", Bucket="b", Delete={}) == Denial("s3:DeleteObject", "arn:aws-cn:s3:::b/*")
    versions = {"Objects": [{"Key": "k", "VersionId": "1"}]}
    assert of_s3("DeleteObjects", Bucket="b", Delete=versions) == Denial("s3:DeleteObjectVersion", "arn:aws-cn:s3:::b/*")
    one = of_s3("DeleteObject", Bucket="b", Key="k", VersionId="1")
    assert one == Denial("s3:DeleteObjectVersion", "arn:aws-cn:s3:::b/k")
    assert of_s3("HeadObject", Bucket="b", Key="k") == Denial("s3:GetObject", "arn:aws-cn:s3:::b/k")
    assert of_s3("ListBuckets") == Denial("s3:ListAllMyBuckets", "*")


def test_a_decoded_message_is_read_and_one_of_another_shape_is_not() -> None:
    content: dict[str, Any] = {
        "allowed": False,
        "explicitDeny": True,
        "context": {"principal": {"arn": ME}, "action": "ec2:RunInstances", "resource": "arn:aws:ec2:::volume/*"},
    }
    denial = denial_of("You are not authorized to perform this operation.", json.dumps(content))
    assert denial == Denial("ec2:RunInstances", "arn:aws:ec2:::volume/*", ME, explicit=True)
    for odd in ("{}", "[]", "null", "no JSON", '{"context": []}', '{"context": {"action": "a", "principal": "x"}}'):
        assert denial_of("not authorized", odd) is None


def test_the_encoded_part_is_found_and_removed() -> None:
    message = "You are not authorized. Encoded authorization failure message: aB-_1/+="
    assert encoded_in(message) == "aB-_1/+="
    assert without_encoded(message) == "You are not authorized."
    assert encoded_in("nothing") == ""
