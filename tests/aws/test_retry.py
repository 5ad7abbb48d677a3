"""Waiting for AWS to agree with itself: what is waited for, what is not, and for how long."""

import itertools
import json
import re
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from bootstrap.aws import retry
from bootstrap.aws.errors import code_of
from bootstrap.aws.retry import RULES
from bootstrap.aws.scope import Scope
from bootstrap.core.cloud import Timing
from bootstrap.errors import AwsError
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, answer, json_answer

OURS = "arn:aws:iam::123456789012:role/new"
VENDORS = "arn:aws:iam::428641199958:role/vendor"
OUR_POLICY = "arn:aws:iam::123456789012:policy/new"
OUR_PROVIDER = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com"
NAMED_PROVIDER = {"OpenIDConnectProviderArn": OUR_PROVIDER}
BUCKET = {"Bucket": "the-bucket"}
ENVIRONMENT = {"computeEnvironment": "e"}
QUEUE = {"jobQueue": "q"}


def trust(principal: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}]})


# A call of each operation that is waited for, as the tool makes it.
PARAMETERS: dict[tuple[str, str], dict[str, Any]] = {
    ("iam", "create_role"): {"RoleName": "r", "AssumeRolePolicyDocument": trust(OURS)},
    ("iam", "update_assume_role_policy"): {"RoleName": "r", "PolicyDocument": trust(OURS)},
    ("iam", "put_role_policy"): {"RoleName": "r", "PolicyName": "p", "PolicyDocument": "{}"},
    ("iam", "put_role_permissions_boundary"): {"RoleName": "r", "PermissionsBoundary": OUR_POLICY},
    ("iam", "update_role"): {"RoleName": "r"},
    ("iam", "tag_role"): {"RoleName": "r", "Tags": []},
    ("iam", "attach_role_policy"): {"RoleName": "r", "PolicyArn": OUR_POLICY},
    ("iam", "add_role_to_instance_profile"): {"InstanceProfileName": "i", "RoleName": "r"},
    ("iam", "update_open_id_connect_provider_thumbprint"): {**NAMED_PROVIDER, "ThumbprintList": []},
    ("iam", "tag_open_id_connect_provider"): {**NAMED_PROVIDER, "Tags": []},
    ("iam", "add_client_id_to_open_id_connect_provider"): {**NAMED_PROVIDER, "ClientID": "a"},
    ("iam", "delete_role"): {"RoleName": "r"},
    ("iam", "delete_policy"): {"PolicyArn": OUR_POLICY},
    ("iam", "delete_instance_profile"): {"InstanceProfileName": "i"},
    ("s3", "create_bucket"): BUCKET,
    ("s3", "get_bucket_tagging"): BUCKET,
    ("s3", "get_bucket_encryption"): BUCKET,
    ("s3", "get_bucket_lifecycle_configuration"): BUCKET,
    ("s3", "get_bucket_policy"): BUCKET,
    ("s3", "put_bucket_ownership_controls"): {
        **BUCKET,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    },
    ("s3", "put_public_access_block"): {**BUCKET, "PublicAccessBlockConfiguration": {}},
    ("s3", "put_bucket_versioning"): {**BUCKET, "VersioningConfiguration": {"Status": "Enabled"}},
    ("s3", "put_bucket_encryption"): {**BUCKET, "ServerSideEncryptionConfiguration": {"Rules": []}},
    ("s3", "put_bucket_lifecycle_configuration"): {**BUCKET, "LifecycleConfiguration": {"Rules": []}},
    ("s3", "delete_bucket_lifecycle"): BUCKET,
    ("s3", "put_bucket_tagging"): {**BUCKET, "Tagging": {"TagSet": []}},
    ("s3", "put_bucket_policy"): {**BUCKET, "Policy": trust(OURS)},
    ("s3", "delete_bucket_policy"): BUCKET,
    ("s3", "delete_bucket"): BUCKET,
    ("ec2", "authorize_security_group_ingress"): {"GroupId": "sg-1"},
    ("ec2", "authorize_security_group_egress"): {"GroupId": "sg-1"},
    ("ec2", "associate_iam_instance_profile"): {"InstanceId": "i-1", "IamInstanceProfile": {"Name": "Profile"}},
    ("ec2", "run_instances"): {"MinCount": 1, "MaxCount": 1, "ClientToken": "t"},
    ("ec2", "allocate_address"): {"Domain": "vpc"},
    ("ec2", "associate_address"): {"AllocationId": "eipalloc-1", "InstanceId": "i-1"},
    ("ec2", "modify_launch_template"): {"LaunchTemplateId": "lt-1", "DefaultVersion": "2", "ClientToken": "t"},
    ("batch", "update_compute_environment"): ENVIRONMENT,
    ("batch", "delete_compute_environment"): ENVIRONMENT,
    ("batch", "update_job_queue"): QUEUE,
    ("batch", "delete_job_queue"): QUEUE,
}

# What AWS answers while it has not caught up, in its words.
PRINCIPAL = ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{OURS}"')
ROLE = ("NoSuchEntity", "The role with name r cannot be found.")
POLICY = ("NoSuchEntity", f"Policy {OUR_POLICY} does not exist or is not attachable.")
NO_PROVIDER = ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {OUR_PROVIDER}")
PROFILE = ("NoSuchEntity", "Instance Profile i cannot be found.")
PROFILE_NAME = ("InvalidParameterValue", "Value (i) for parameter iamInstanceProfile.name is invalid. "
                                         "Invalid IAM Instance Profile name")  # fmt: skip
CONFLICT = ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
NO_BUCKET = ("NoSuchBucket", "The specified bucket does not exist")
BUCKET_PRINCIPAL = ("MalformedPolicy", "Invalid principal in policy")
ABORTED = ("OperationAborted", "A conflicting conditional operation is currently in progress against this resource.")
BUSY = ("ConcurrentModification", "The request was rejected because multiple requests to change this object were submitted.")
LOCKED = ("EntityTemporarilyUnmodifiable", "The entity is being modified. Please wait a few minutes.")
EMPTY_PROFILE = (
    "InvalidParameterValue",
    "IAM Instance Profile 'arn:aws:iam::1:instance-profile/i' has no associated IAM Roles",
)
NO_GROUP = ("InvalidGroup.NotFound", "The security group 'sg-1' does not exist")
NO_KEY = ("InvalidKeyPair.NotFound", "The key pair 'k' does not exist")
NO_ADDRESS = ("InvalidAllocationID.NotFound", "The allocation ID 'eipalloc-1' does not exist")
PENDING = ("InvalidInstanceID", "The pending instance 'i-1' is not in a valid state for this operation.")
NO_VERSION = ("InvalidLaunchTemplateId.VersionNotFound", "Could not find launch template version 2")
THROTTLED = ("RequestLimitExceeded", "Request limit exceeded.")
CHANGING = ("ClientException", "Cannot delete, resource is being modified")
IN_QUEUE = ("ClientException", "Cannot delete, found existing JobQueue relationship")
ANSWERS = [
    *(
        PRINCIPAL,
        ROLE,
        POLICY,
        PROFILE,
        PROFILE_NAME,
        CONFLICT,
        NO_BUCKET,
        ABORTED,
        BUSY,
        LOCKED,
        NO_PROVIDER,
        BUCKET_PRINCIPAL,
    ),
    *(EMPTY_PROFILE, NO_GROUP, NO_KEY, NO_ADDRESS, PENDING, NO_VERSION, CHANGING, IN_QUEUE),
]

WAITED: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("iam", "create_role"): [PRINCIPAL],
    ("iam", "update_assume_role_policy"): [PRINCIPAL, ROLE],
    ("iam", "put_role_policy"): [ROLE],
    ("iam", "put_role_permissions_boundary"): [ROLE],
    ("iam", "update_role"): [ROLE],
    ("iam", "tag_role"): [ROLE],
    ("iam", "attach_role_policy"): [ROLE, POLICY],
    ("iam", "add_role_to_instance_profile"): [ROLE, PROFILE, PROFILE_NAME],
    ("iam", "update_open_id_connect_provider_thumbprint"): [NO_PROVIDER],
    ("iam", "tag_open_id_connect_provider"): [NO_PROVIDER],
    ("iam", "add_client_id_to_open_id_connect_provider"): [NO_PROVIDER],
    ("iam", "delete_role"): [CONFLICT],
    ("iam", "delete_policy"): [CONFLICT],
    ("iam", "delete_instance_profile"): [CONFLICT],
    ("s3", "create_bucket"): [ABORTED],
    ("s3", "get_bucket_tagging"): [NO_BUCKET],
    ("s3", "get_bucket_encryption"): [NO_BUCKET],
    ("s3", "get_bucket_lifecycle_configuration"): [NO_BUCKET],
    ("s3", "get_bucket_policy"): [NO_BUCKET],
    ("s3", "put_bucket_ownership_controls"): [NO_BUCKET, ABORTED],
    ("s3", "put_public_access_block"): [NO_BUCKET, ABORTED],
    ("s3", "put_bucket_versioning"): [NO_BUCKET, ABORTED],
    ("s3", "put_bucket_encryption"): [NO_BUCKET, ABORTED],
    ("s3", "put_bucket_lifecycle_configuration"): [NO_BUCKET, ABORTED],
    ("s3", "delete_bucket_lifecycle"): [NO_BUCKET, ABORTED],
    ("s3", "put_bucket_tagging"): [NO_BUCKET, ABORTED],
    ("s3", "put_bucket_policy"): [NO_BUCKET, ABORTED, BUCKET_PRINCIPAL],
    ("s3", "delete_bucket_policy"): [NO_BUCKET, ABORTED],
    ("s3", "delete_bucket"): [ABORTED],
    ("ec2", "authorize_security_group_ingress"): [NO_GROUP],
    ("ec2", "authorize_security_group_egress"): [NO_GROUP],
    ("ec2", "associate_iam_instance_profile"): [PROFILE_NAME, EMPTY_PROFILE],
    ("ec2", "run_instances"): [PROFILE_NAME, EMPTY_PROFILE, NO_GROUP, NO_KEY],
    ("ec2", "allocate_address"): [THROTTLED],
    ("ec2", "associate_address"): [NO_ADDRESS, PENDING],
    ("ec2", "modify_launch_template"): [NO_VERSION],
    ("batch", "update_compute_environment"): [CHANGING],
    ("batch", "delete_compute_environment"): [CHANGING, IN_QUEUE],
    ("batch", "update_job_queue"): [CHANGING],
    ("batch", "delete_job_queue"): [CHANGING],
}

# The same codes for real mistakes, which must show at once.
MISTAKES = [
    ("MalformedPolicyDocument", "Syntax errors in policy."),
    ("NoSuchEntity", "The user with name r cannot be found."),
    ("InvalidParameterValue", "1 validation error detected"),
    ("AccessDenied", "User: u is not authorized to perform this, invalid principal, role with name r cannot be found"),
    ("LimitExceeded", "Cannot exceed quota"),
    ("InvalidInstanceID", "The stopped instance 'i-1' is not in a valid state for this operation."),
    ("InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist"),
    ("BucketAlreadyExists", "The requested bucket name is not available."),
    ("ClientException", "Cannot delete, state must be DISABLED"),
]

waited = pytest.mark.parametrize(
    ("service", "operation", "code", "message"),
    [
        (*call, *refusal)
        for call, answers in WAITED.items()
        for refusal in (*answers, *([BUSY, LOCKED] * (call[0] == "iam")))
        if refusal != THROTTLED  # the SDK tries that again by itself, but for what is called once
    ],
)
each_call = pytest.mark.parametrize(("service", "operation"), list(PARAMETERS))


def api_name(operation: str) -> str:
    words = (word.upper() if word == "id" else word.capitalize() for word in operation.split("_"))
    return "".join(words)


def done(call: Call, carry: Carry) -> AWSResponse:
    """Success, without moto having to know what the call is about."""
    if call.service == "batch":
        return json_answer({})
    result = f"<{call.operation}Result/>" if call.service == "iam" else ""
    return answer(f"<{call.operation}Response>{result}<ResponseMetadata/></{call.operation}Response>")


def call(scope: Scope, service: str, operation: str, **changed: Any) -> Any:
    return scope.call(service, operation, **{**PARAMETERS[service, operation], **changed})


def test_every_rule_is_in_this_test_and_has_an_answer_of_aws_that_it_is_for() -> None:
    assert set(RULES) == set(WAITED) == set(PARAMETERS)
    for key, rules in RULES.items():
        for rule in rules:
            errors = [ClientError({"Error": {"Code": code, "Message": text}}, "") for code, text in WAITED[key]]
            assert any(rule.matches(error, PARAMETERS[key], ["123456789012"]) for error in errors), (key, rule)


@waited
def test_what_passes_by_itself_is_tried_again_until_it_works(
    service: str, operation: str, code: str, message: str, scope: MakeScope, cloud: Wire
) -> None:
    said: list[str] = []
    cloud.refuse(api_name(operation), code, message, times=2)
    cloud.trick(api_name(operation), done)
    call(scope(progress=said.append), service, operation)
    assert cloud.names == [f"{service}.{api_name(operation)}"] * 3
    assert said == [f"waiting for AWS to catch up ({operation}: {code})"] * 2


@each_call
def test_anything_else_is_an_error_at_once(service: str, operation: str, scope: MakeScope, cloud: Wire) -> None:
    said: list[str] = []
    expected = WAITED[service, operation] + [BUSY, LOCKED] * (service == "iam")
    for code, message in (*MISTAKES, *(item for item in ANSWERS if item not in expected)):
        cloud.refuse(api_name(operation), code, message)
        with cloud.recorded() as calls, pytest.raises(ClientError) as raised:
            call(scope(progress=said.append), service, operation)
        assert code_of(raised.value) == code
        assert len(calls) == 1
    assert said == []


@pytest.mark.parametrize(
    ("operation", "changed", "refusal"),
    [
        ("create_role", {"AssumeRolePolicyDocument": trust(VENDORS)}, PRINCIPAL),
        ("update_assume_role_policy", {"PolicyDocument": trust(VENDORS)}, PRINCIPAL),
        ("attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}, POLICY),
        ("attach_role_policy", {"PolicyArn": "arn:aws:iam::428641199958:policy/123456789012"}, POLICY),
    ],
)
def test_what_is_not_of_our_account_is_not_new_so_its_refusal_is_a_real_one(
    operation: str, changed: dict[str, str], refusal: tuple[str, str], scope: MakeScope, cloud: Wire
) -> None:
    cloud.refuse(api_name(operation), *refusal)
    with pytest.raises(ClientError):
        call(scope(), "iam", operation, **changed)
    assert len(cloud.calls) == 1


def test_calls_without_rules_wait_in_iam_for_busy_things_only(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("ListRoles", *BUSY)
    assert scope().call("iam", "list_roles")["Roles"] == []
    cloud.refuse("ListBuckets", *BUSY)
    with pytest.raises(ClientError):
        scope().call("s3", "list_buckets")


def test_the_answer_of_the_call_comes_back(scope: MakeScope) -> None:
    made = scope().call("iam", "create_user", UserName="U")
    assert made["User"]["UserName"] == "U"


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def refused(**parameters: Any) -> Any:
    raise ClientError({"Error": {"Code": "DeleteConflict", "Message": "attached"}}, "DeleteRole")


def test_waiting_ends_at_the_deadline_with_the_last_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(retry, "time", clock)
    with pytest.raises(ClientError) as raised:
        retry.retry_until_consistent(refused, "iam", "delete_role", {}, ["123456789012"], lambda text: None, Timing())
    assert code_of(raised.value) == "DeleteConflict"
    assert clock.waits[:5] == [1, 2, 4, 8, 8]
    assert 120 - 8 < sum(clock.waits) <= 120


def test_a_deadline_that_has_passed_allows_one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(retry, "time", clock)
    nothing = Timing(propagation=0)
    with pytest.raises(ClientError):
        retry.retry_until_consistent(refused, "iam", "delete_role", {}, ["123456789012"], lambda text: None, nothing)
    assert clock.waits == []


# Waiting for a state


def states(*texts: str) -> Callable[[], str]:
    remaining = iter(texts)
    return lambda: next(remaining)


def test_a_state_is_asked_for_until_it_is_right_and_what_else_it_is_is_shown(scope: MakeScope) -> None:
    said: list[str] = []
    scope(progress=said.append).wait(states("it is CREATING", "it is CREATING", ""))
    assert said == ["it is CREATING", "it is CREATING"]


def test_a_state_that_does_not_come_ends_with_what_it_is_and_what_to_type(scope: MakeScope) -> None:
    with pytest.raises(AwsError, match="still: it is CREATING") as caught:
        scope().wait(itertools.repeat("it is CREATING").__next__)
    assert caught.value.advice == "Run the same command again: it continues to wait."


def test_the_first_looks_at_a_state_come_soon_and_later_ones_more_rarely(
    scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(retry, "time", clock)
    looks: list[float] = []

    def state() -> str:
        looks.append(clock.now - 1000)
        return "it is CREATING" if len(looks) < 8 else ""

    patient = scope()
    patient.aws.timing = Timing()
    patient.wait(state)
    assert [round(when, 6) for when in looks] == [0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5, 22.5]


def test_the_deadline_of_a_state_can_be_longer(scope: MakeScope) -> None:
    asked = [0, 0]

    def count(which: int) -> str:
        asked[which] += 1
        return "it is CREATING"

    for which, longer in enumerate((1, 3)):
        with pytest.raises(AwsError):
            scope().wait(partial(count, which), longer)
    assert asked[1] > 2 * asked[0]


def test_who_wants_to_stop_does_not_wait_for_a_state(scope: MakeScope) -> None:
    with pytest.raises(AwsError, match="stopped while waiting: it is CREATING") as caught:
        scope(stopping=lambda: True).wait(itertools.repeat("it is CREATING").__next__)
    assert "continues to wait" in caught.value.advice


def test_a_call_that_must_not_be_sent_twice_is_sent_once(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("CreateUser", "ServiceFailure", status=500, times=3)
    with cloud.recorded() as calls, pytest.raises(ClientError):
        scope().call_once("iam", "create_user", UserName="u")
    assert len(calls) == 1
    with cloud.recorded() as calls:
        scope().call("iam", "create_user", UserName="u")
    assert len(calls) == 3


def test_a_client_token_is_the_same_for_one_life_of_one_thing_only(scope: MakeScope) -> None:
    tokens = [
        scope().client_token,
        scope(generation=1).client_token,
        scope(address="other").client_token,
        scope(lineage="fedcba9876543210").client_token,
    ]
    assert scope().client_token == tokens[0]
    assert len(set(tokens)) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)


# Believing an answer


def looks(*answers: str) -> tuple[Callable[[Collection[str]], dict[str, str]], list[float]]:
    """A look that gives one answer after the other, and what was looked at."""
    remaining, numbers = iter(answers), list[float]()

    def look(keys: Collection[str]) -> dict[str, str]:
        numbers.append(len(keys))
        return dict.fromkeys(keys, next(remaining))

    return look, numbers


@pytest.mark.parametrize(
    ("answers", "patience", "found", "waits"),
    [
        (["there"], None, "there", 0),
        (["gone", "there"], 0.0, "there", 0),
        (["gone", "gone"], 0.0, "gone", 0),
        (["gone", "gone", "there"], 3.0, "there", 1),
        (["gone"] * 5, 3.0, "gone", 3),
    ],
)
def test_a_doubted_answer_is_looked_at_again_at_once_and_then_for_as_long_as_it_is_doubted(
    answers: list[str], patience: float | None, found: str, waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, told = Clock(), list[Collection[str]]()
    monkeypatch.setattr(retry, "time", clock)
    look, numbers = looks(*answers)
    doubted = {"there": None, "gone": patience}
    assert retry.read_consistent(look, ["a"], lambda _, now: doubted[now], 1, told.append) == {"a": found}
    assert len(numbers) == len(answers)
    assert len(clock.waits) == waits
    assert told == [["a"]] * (len(answers) > 1)


def test_only_what_is_doubted_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "time", Clock())
    patience = {"old": 0.0, "new": 2.0, "there": None}
    look, numbers = looks(*["gone"] * 4)
    retry.read_consistent(look, list(patience), lambda key, _: patience[key], 1, lambda again: None)
    assert numbers == [3, 2, 1, 1]
