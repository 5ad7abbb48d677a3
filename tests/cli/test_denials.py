"""AWS says no in the middle of a run: what was refused, by which layer, what to ask for, what is left, and how to go on."""

import json
import re
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.cli.conftest import BUCKET, INPUTS, VPC, Bootstrap
from tests.permissions.test_authorization import DETAILS, UNIT
from tests.support.wire import Call, Carry, Wire, answer, json_answer

ME = "arn:aws:sts::123456789012:assumed-role/Deployer/ann"
DUET = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
ENCODED = "aB-_" * 60
HIDDEN = f"You are not authorized to perform this operation. Encoded authorization failure message: {ENCODED}"
VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/*"
UNSAID = {"allowed": False, "explicitDeny": True, "context": {"action": "ec2:RunInstances", "resource": VOLUME}}


def no(action: str, resource: str, because: str) -> str:
    return f"User: {ME} is not authorized to perform: {action} on resource: {resource} {because}"


def decoding(cloud: Wire) -> None:
    """From here on AWS decodes."""

    def decoded(call: Call, carry: Carry) -> Any:
        assert ENCODED in call.text
        inside = f"<DecodedMessage>{escape(json.dumps(UNSAID))}</DecodedMessage><RequestId>1</RequestId>"
        name = "DecodeAuthorizationMessage"
        return answer(f"<{name}Response><{name}Result>{inside}</{name}Result></{name}Response>")

    cloud.trick("DecodeAuthorizationMessage", decoded, 9)


ROLE = "arn:aws:iam::123456789012:role/UpsolverRole"
QUEUE = "arn:aws:batch:us-east-1:123456789012:job-queue/biomodal-duet-on-demand"
GROUP = "arn:aws:ec2:us-east-1:123456789012:security-group/*"

# The call that is refused: (inputs, code, AWS's words, action, resource, layer, what is advised).
FORMS: dict[str, tuple[str, str, str, str, str, str, str]] = {
    "CreateRole": (
        VPC,
        "AccessDenied",
        no("iam:CreateRole", ROLE, "because no identity-based policy allows the iam:CreateRole action"),
        "iam:CreateRole",
        ROLE,
        "identity policy",
        "Ask for this permission in a policy of the user or role",
    ),
    "PutRolePolicy": (
        VPC,
        "AccessDenied",
        no("iam:PutRolePolicy", f"role {ROLE[-12:]}", "with an explicit deny in a permissions boundary"),
        "iam:PutRolePolicy",
        "role UpsolverRole",
        "permissions boundary",
        "whoever set the permissions boundary",
    ),
    "CreateBucket": (
        VPC,
        "AccessDenied",
        no("s3:CreateBucket", f'"arn:aws:s3:::{BUCKET}"', "with an explicit deny in a service control policy"),
        "s3:CreateBucket",
        f"arn:aws:s3:::{BUCKET}",
        "service control policy",
        "ask the administrator of the AWS organization",
    ),
    "PutBucketPolicy": (VPC, "AccessDenied", "Access Denied", "s3:PutBucketPolicy", f"arn:aws:s3:::{BUCKET}", "", "Ask for"),
    "CreateSecurityGroup": (
        DUET,
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. "
        + no("ec2:CreateSecurityGroup", GROUP, "because no session policy allows the ec2:CreateSecurityGroup action.")
        + f" Encoded authorization failure message: {ENCODED}",
        "ec2:CreateSecurityGroup",
        GROUP,
        "session policy",
        "sign in without that",
    ),
    "CreateJobQueue": (
        DUET,
        "AccessDeniedException",
        no("batch:CreateJobQueue", QUEUE, "because no identity-based policy allows the batch:CreateJobQueue action"),
        "batch:CreateJobQueue",
        QUEUE,
        "identity policy",
        "Ask for this permission",
    ),
}


@pytest.mark.parametrize("operation", FORMS)
def test_a_denial_names_action_thing_and_layer_and_whom_to_ask(operation: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    line, code, words, action, resource, layer, advised = FORMS[operation]
    cloud.refuse(operation, code, words, status=403)
    failed = bootstrap(f"create {line} --yes --no-preflight --json").last("failed")
    assert failed["denial"]["action"] == action
    assert failed["denial"]["resource"] == resource
    assert failed["denial"]["layer"] == layer
    assert failed["denial"]["statement"]["Action"] == action
    assert f"{operation}: " in failed["error"]
    assert action in failed["error"]
    assert resource in failed["error"]
    assert advised in failed["advice"]
    assert json.dumps(action) in failed["advice"]  # in the statement to ask for
    assert ENCODED not in failed["error"]
    assert "sts.DecodeAuthorizationMessage" not in cloud.names  # AWS said it all


ATTACHED = {"ArnLike": {"iam:PolicyARN": ["arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"]}}


@pytest.mark.parametrize("operation", ["AttachRolePolicy", "PutRolePolicy", "CreateRole"])
def test_what_iam_tells_in_its_short_form_is_asked_for_by_its_arn(operation: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse(operation, "AccessDenied", no(f"iam:{operation}", "role UpsolverRole", "because"), status=403)
    failed = bootstrap(f"create {VPC} --without-athena --yes --no-preflight --json --path /vendor/").last("failed")
    asked: dict[str, Any] = {
        "Effect": "Allow",
        "Action": f"iam:{operation}",
        "Resource": ROLE.replace("role/", "role/vendor/"),
    }
    if operation == "AttachRolePolicy":
        asked["Condition"] = ATTACHED
    assert failed["denial"]["statement"] == asked
    assert json.dumps(asked) in failed["advice"]


def test_a_role_is_asked_to_be_passed_to_the_service_only(bootstrap: Bootstrap, cloud: Wire) -> None:
    words = no("iam:PassRole", "role biomodal-duet-vm", "because no identity-based policy allows the iam:PassRole action")
    cloud.refuse("AddRoleToInstanceProfile", "AccessDenied", words, status=403)
    statement = bootstrap(f"create {DUET} --yes --no-preflight --json").last("failed")["denial"]["statement"]
    assert statement["Action"] == "iam:PassRole"
    assert statement["Resource"].startswith("arn:aws:iam::123456789012:role/biomodal-duet-")
    assert "ec2.amazonaws.com" in statement["Condition"]["StringEquals"]["iam:PassedToService"]


def test_a_delete_that_is_denied_asks_for_the_arn_too(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    cloud.refuse("DeleteRole", "AccessDenied", no("iam:DeleteRole", "role UpsolverRole", "because"), status=403)
    failed = bootstrap("destroy --yes --no-preflight --json").last("failed")
    assert failed["denial"]["statement"]["Resource"] == ROLE


def test_the_end_says_what_is_done_what_is_left_and_how_to_go_on(bootstrap: Bootstrap, cloud: Wire) -> None:
    _, code, words, action, *_ = FORMS["CreateRole"]
    cloud.refuse("CreateRole", code, words, status=403)
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert f"! role failed: CreateRole: {words} (AccessDenied)" in re.sub(r" \(\d+\.\d s\)", "", ran.err)
    assert f'sign in with: {{"Effect": "Allow", "Action": "{action}", "Resource": "{ROLE}"}}' in ran.err
    assert "+ bucket created" in ran.err
    assert "3 of 4 changes were not done: role, athena, cloudformation" in ran.err
    assert f"To go on, run: bootstrap create {VPC} --yes" in ran.err
    assert bootstrap(f"create {VPC} --yes").code == 0


def test_an_encoded_message_is_decoded_where_that_is_allowed(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("RunInstances", "UnauthorizedOperation", HIDDEN, status=403)
    decoding(cloud)
    ran = bootstrap(f"create {DUET} --yes")
    assert f"ec2:RunInstances on {VOLUME} is denied, by an explicit deny (UnauthorizedOperation)" in ran.err
    assert "its Deny must make an exception for" in ran.err
    assert ENCODED not in ran.err
    assert "To go on, run: " in ran.err


def test_where_decoding_is_denied_too_the_text_stays_once(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("RunInstances", "UnauthorizedOperation", HIDDEN, status=403)
    cloud.refuse("DecodeAuthorizationMessage", "AccessDenied", no("sts:DecodeAuthorizationMessage", "*", ""), status=403)
    ran = bootstrap(f"create {DUET} --yes")
    assert ran.err.count(ENCODED) == 1
    assert "aws sts decode-authorization-message --encoded-message TEXT --region us-east-1" in ran.err
    assert cloud.names.count("sts.DecodeAuthorizationMessage") == 1


def test_a_message_that_is_too_long_is_not_sent(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("RunInstances", "UnauthorizedOperation", HIDDEN + "a" * 10_240, status=403)
    assert bootstrap(f"create {DUET} --yes").code == 1
    assert "sts.DecodeAuthorizationMessage" not in cloud.names


def test_a_plan_that_may_not_look_says_the_same(bootstrap: Bootstrap, cloud: Wire) -> None:
    words = no("iam:GetRole", ROLE, "because no identity-based policy allows the iam:GetRole action")
    cloud.refuse("GetRole", "AccessDenied", words, status=403, times=9)
    error = bootstrap(f"plan {VPC} --json").last("error")
    assert error["denial"]["action"] == "iam:GetRole"
    assert '"Action": "iam:GetRole"' in error["advice"]


KEPT = (
    " Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/1a2b3c for complete "
    "details, or call the GetRequestAuthorizationDetails API with the following authorization id: 1a2b3c"
)
TOOLBOX = "iam-toolbox.GetRequestAuthorizationDetails"


def refused_with_an_id(cloud: Wire) -> str:
    _, code, words, *_ = FORMS["CreateRole"]
    cloud.refuse("CreateRole", code, words + KEPT, status=403)
    return words


def test_under_the_id_of_a_denial_every_layer_says_what_it_thinks(bootstrap: Bootstrap, cloud: Wire) -> None:
    words = refused_with_an_id(cloud)

    def kept(call: Call, carry: Carry) -> Any:
        assert "/authorization-details/1a2b3c" in call.text
        return json_answer(DETAILS)

    cloud.refuse("GetRequestAuthorizationDetails", "ResourceNotFoundException", "not yet", status=404, times=2)
    cloud.trick("GetRequestAuthorizationDetails", kept)
    failed = bootstrap(f"create {VPC} --yes --no-preflight --json").last("failed")
    assert failed["error"] == f"CreateRole: {words} (AccessDenied)"
    assert (failed["denial"]["authorization_id"], len(failed["denial"]["verdicts"])) == ("1a2b3c", 4)
    assert failed["denial"]["verdicts"][0]["check"] == "service control policies"
    assert "What each layer said (authorization id 1a2b3c); all that did not allow it have to:\n" in failed["advice"]
    assert f"iam:CreateRole: denied by the service control policies at {UNIT} (NoRoles, NoUsers in" in failed["advice"]
    assert "iam:CreateRole: not allowed by the permissions boundary" in failed["advice"]


def test_where_the_details_may_not_be_read_the_id_and_whom_to_give_it_to_are_said_once_asked(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    refused_with_an_id(cloud)
    cloud.refuse("GetRequestAuthorizationDetails", "AccessDeniedException", "not allowed", status=403, times=9)
    ran = bootstrap(f"create {VPC} --yes --no-preflight")
    assert "Give the authorization id 1a2b3c to whoever administers the account or the organization" in ran.err
    look = "aws iam-toolbox get-request-authorization-details --authorization-id 1a2b3c --region us-east-1"
    assert look in ran.err
    assert cloud.names.count(TOOLBOX) == 1


def test_a_record_that_does_not_show_is_waited_for_only_shortly_and_once(bootstrap: Bootstrap, cloud: Wire) -> None:
    words = no("iam:GetRole", ROLE, "because no identity-based policy allows the iam:GetRole action")
    cloud.refuse("GetRole", "AccessDenied", words + KEPT, status=403, times=9)
    cloud.refuse("GetRequestAuthorizationDetails", "ResourceNotFoundException", "not yet", status=404, times=99)
    error = bootstrap(f"plan {VPC} --json").last("error")
    assert error["denial"]["authorization_id"] == "1a2b3c"
    assert cloud.names.count(TOOLBOX) == 4, "also where several reads are denied"


def test_a_denial_without_an_id_asks_for_no_details(bootstrap: Bootstrap, cloud: Wire) -> None:
    _, code, words, *_ = FORMS["CreateRole"]
    cloud.refuse("CreateRole", code, words, status=403)
    failed = bootstrap(f"create {VPC} --yes --no-preflight --json").last("failed")
    assert (failed["denial"]["authorization_id"], failed["denial"]["verdicts"]) == ("", [])
    assert TOOLBOX not in cloud.names
