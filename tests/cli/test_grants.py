"""What AWS, a state or an option says in the place of a name never becomes a pattern or one of our references."""

import json
from typing import Any

import pytest

from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap, writes
from tests.cli.test_recover import lose
from tests.cli.test_verbs import left_in
from tests.conftest import MakeScope
from tests.support.refusals import is_one_clear_error
from tests.support.samples import trust
from tests.support.wire import Wire, answer

LOOKS_LIKE_ONE = "@{bucket.name} and @{role.arn} and @{nowhere.arn}"
ODD: dict[str, tuple[str, Any]] = {
    "a tag that looks like a reference": ("tag", ["a=@{role.arn}"]),
    "a wildcard in a place": ("read_bucket", ["acme-data/*/x"]),
    "a variable in a place": ("write_bucket", ["acme-data/${aws:username}"]),
    "a wildcard for an external id": ("external_id", "ext-*"),
    "a boundary with a wildcard": ("permissions_boundary", "arn:aws:iam::123456789012:policy/*"),
}


@pytest.mark.parametrize(("name", "value"), ODD.values(), ids=ODD)
def test_inputs_of_a_state_are_checked_like_any_others(name: str, value: Any, bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    state = json.loads(STATE.read_text())
    state["inputs"][name] = value
    STATE.write_text(json.dumps(state))
    for line in ("create --integration upsolver-vpc --yes", "permissions --integration upsolver-vpc"):
        with cloud.recorded() as calls:
            told = is_one_clear_error(bootstrap(line), 64)
        assert f"--{name.replace('_', '-')}: " in told
        assert "(kept from the last run)" in told
        assert writes(calls) == []


@pytest.mark.parametrize("region", ["*", "us-east-1:123456789012:x", "${aws:username}", "us-*"])
def test_a_region_is_no_pattern_where_aws_is_not_asked(region: str, bootstrap: Bootstrap) -> None:
    told = is_one_clear_error(bootstrap(f"permissions {VPC}", "--region", region), 64)
    assert "--region: " in told


@pytest.mark.parametrize("path", ["/*/", "/a?/", "/@{s3-role.arn}/", "/${aws:username}/"])
@pytest.mark.parametrize(("flag", "role"), [("--node-role", "atc-node"), ("--existing-s3-role", "data-reader")])
def test_a_role_of_the_account_whose_path_is_a_pattern_is_refused(
    flag: str, role: str, path: str, bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    iam = scope().client("iam")
    for name in {"atc-node", role}:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()), Path=path if name == role else "/")
    line = f"create --integration aspera-atc --bucket acme-in --external-id ext-1 {flag} {role} --yes"
    with cloud.recorded() as calls:
        told = is_one_clear_error(bootstrap(line), 1)
    assert f"{flag}: 'arn:aws:iam::123456789012:role{path}{role}' is not the ARN of a role" in told
    assert writes(calls) == []


ACCOUNTS = {"a wildcard": "*", "two": "123456789012:123456789013", "none": "", "a variable": "${aws:x}"}


@pytest.mark.parametrize("number", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_that_is_none_is_no_answer_of_aws(number: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    result = f"<Account>{number}</Account><Arn>arn:aws:iam::{number}:user/me</Arn><UserId>A</UserId>"
    body = (
        f"<GetCallerIdentityResponse><GetCallerIdentityResult>{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    cloud.trick("GetCallerIdentity", lambda call, carry: answer(body))
    with cloud.recorded() as calls:
        told = is_one_clear_error(bootstrap(f"create {VPC} --yes"), 1)
    assert "the answer does not come from AWS" in told
    assert writes(calls) == []


def test_a_description_that_looks_like_a_reference_is_a_text(bootstrap: Bootstrap, scope: MakeScope) -> None:
    """Whoever may edit a thing in the account writes what they like; plan, status, recover and destroy go on."""
    iam = scope().client("iam")
    assert bootstrap(f"create {VPC} --yes").code == 0
    iam.update_role(RoleName="UpsolverRole", Description=LOOKS_LIKE_ONE)
    for line in ("status --json", "plan --integration upsolver-vpc --json"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
        assert "@ {bucket.name} and @ {role.arn} and @ {nowhere.arn}" in ran.out
    lose()
    assert bootstrap(f"recover {VPC} --yes").code == 0
    iam.update_role(RoleName="UpsolverRole", Description=LOOKS_LIKE_ONE)
    assert bootstrap("create --integration upsolver-vpc --yes").code == 0
    assert iam.get_role(RoleName="UpsolverRole")["Role"]["Description"].startswith("Upsolver manages")
    assert bootstrap("destroy --yes").code == 0
    assert left_in(scope) == []


def test_tags_that_look_like_references_are_recovered_as_texts(bootstrap: Bootstrap, scope: MakeScope) -> None:
    """What the inputs do not name is recorded as it is, and a state that is recorded can be read."""
    create = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
    assert bootstrap(f"create {create} --yes").code == 0
    batch = scope().client("batch")
    for queue in batch.describe_job_queues()["jobQueues"]:
        batch.tag_resource(resourceArn=queue["jobQueueArn"], tags={"@{vm.instance_id}": LOOKS_LIKE_ONE})
    lose("biomodal-duet")
    ran = bootstrap(f"recover {create} --no-spot --yes")
    assert ran.code == 0, ran.err
    for line in ("status", "outputs", "state show"):
        assert bootstrap(line).code == 0
    assert bootstrap("destroy --yes").code == 0
