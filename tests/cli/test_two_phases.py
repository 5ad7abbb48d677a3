"""A vendor that shows the external id only once it has the role's ARN: from the locked role to the complete deployment."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.pending import LOCKED
from tests.cli.conftest import STATE, VPC, Bootstrap, writes
from tests.cli.test_verbs import left_in
from tests.conftest import MakeScope
from tests.support.wire import Wire

LATER = "create --integration upsolver-vpc --org-id acme --external-id-later --yes"
AGAIN = "create --integration upsolver-vpc --yes"
ARN = "arn:aws:iam::123456789012:role/UpsolverRole"
COMPLETE = "bootstrap create --integration upsolver-vpc --name upsolver-vpc"


def role(scope: MakeScope) -> Any:
    return scope().client("iam").get_role(RoleName="UpsolverRole")["Role"]


def inputs() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STATE.read_text())["inputs"]
    return found


def test_a_locked_role_is_completed_in_place(bootstrap: Bootstrap, scope: MakeScope, cloud: Wire) -> None:
    locked = bootstrap(LATER)
    assert locked.code == 0, locked.err
    assert "Note: waiting for Upsolver: external id; until then, the role lets nobody in" in locked.err
    assert ARN in locked.out
    assert "without a terminal, add --external-id with what it has shown, and --yes" in locked.out
    assert "External id  " not in locked.out
    assert locked.out.rstrip().endswith(COMPLETE)
    before = role(scope)
    assert before["AssumeRolePolicyDocument"] == LOCKED

    with cloud.recorded() as calls:
        again = bootstrap(AGAIN)
    assert (again.code, writes(calls)) == (0, [])
    assert "everything is up to date" in again.err

    found = bootstrap("status --detailed-exitcode")
    assert found.code == 0
    assert "The deployment is waiting for Upsolver: external id. Until then, its role lets nobody in." in found.out
    assert "Without a terminal, add --external-id with what it has shown, and --yes." in found.out
    assert f"To complete it, run: {COMPLETE}" in found.out
    assert bootstrap("status --json").last("waiting") == {
        "type": "waiting",
        "vendor": "Upsolver",
        "inputs": ["external_id"],
        "complete": COMPLETE,
        "options": ["--external-id"],
    }
    table = bootstrap("status --all --detailed-exitcode --json")
    [row] = table.last("deployments")["deployments"]
    assert (table.code, row["result"], row["reason"]) == (0, "waiting", "waiting for Upsolver: external id")
    assert bootstrap("outputs --json").json["handoff"]["waiting"] == {"vendor": "Upsolver", "inputs": ["external_id"]}
    assert bootstrap("outputs", "External id").code == 64
    assert (inputs()["external_id"], inputs()["external_id_later"]) == (None, True)

    with cloud.recorded() as calls:
        done = bootstrap(f"{AGAIN} --external-id ext-1")
    assert (done.code, writes(calls)) == (0, ["iam.UpdateAssumeRolePolicy"])
    after = role(scope)
    assert after["RoleId"] == before["RoleId"]
    assert [each["Effect"] for each in after["AssumeRolePolicyDocument"]["Statement"]] == ["Allow", "Allow"]
    assert (inputs()["external_id"], "external_id_later" in inputs()) == ("ext-1", False)
    assert bootstrap("status --json").objects[-1]["type"] == "plan"

    Path("inputs.toml").write_text('org_id = "acme"\nexternal_id_later = true\n')  # as in the first phase
    with cloud.recorded() as calls:
        old = bootstrap("create --integration upsolver-vpc --inputs inputs.toml --yes")
    assert (old.code, writes(calls)) == (64, [])
    assert "upsolver-vpc has the external id ext-1 already" in old.err
    assert old.err.rstrip().endswith("run: bootstrap rotate external-id --name upsolver-vpc")
    assert inputs()["external_id"] == "ext-1"


def test_a_waiting_deployment_is_destroyed_as_any_other(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(LATER)
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert left_in(scope) == []


@pytest.mark.parametrize("more", ["--external-id-later", "--external-id ext-1"])
def test_a_waiting_deployment_that_was_lost_is_recovered_and_completed(
    more: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bootstrap(LATER)
    STATE.unlink()
    found = bootstrap(f"recover --integration upsolver-vpc --org-id acme {more} --yes")
    assert found.code == 0, found.err
    done = bootstrap(f"{AGAIN} --external-id ext-1")
    assert done.code == 0, done.err
    assert "ext-1" in json.dumps(role(scope)["AssumeRolePolicyDocument"])


def test_who_locks_the_role_outside_bootstrap_is_not_overruled(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    theirs = {**LOCKED, "Statement": [{**LOCKED["Statement"][0], "Sid": "Incident42"}]}
    scope().client("iam").update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=json.dumps(theirs))
    assert bootstrap(AGAIN).code == 0
    assert role(scope)["AssumeRolePolicyDocument"] == theirs


def test_who_opens_a_locked_role_outside_bootstrap_is_overruled(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(LATER)
    opened = {**LOCKED, "Statement": [{**LOCKED["Statement"][0], "Effect": "Allow"}]}
    scope().client("iam").update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=json.dumps(opened))
    found = bootstrap("status --detailed-exitcode")
    assert found.code == 2
    assert "its role lets nobody in" not in found.out
    assert "its role should let nobody in, but it was changed outside bootstrap" in found.out
    assert (found.out + found.err).count(COMPLETE) == 1
    assert f"To lock it again, or to complete it, run: {COMPLETE}" in found.out
    assert "in a difference - or left of -> what AWS has now, + or right of -> what create sets back" in found.out
    bootstrap(AGAIN)
    assert role(scope)["AssumeRolePolicyDocument"] == LOCKED


def test_without_the_external_id_nothing_is_made_and_the_error_names_the_way(bootstrap: Bootstrap, cloud: Wire) -> None:
    refused = bootstrap("create --integration upsolver-vpc --org-id acme --yes")
    assert refused.code == 64
    assert "add --external-id-later" in refused.err
    assert cloud.calls == []


def test_what_follows_from_names_is_known_before_anything_exists(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    early = "outputs --before-create --integration upsolver-vpc --org-id acme --path /vendors/ --role-prefix my-"
    shown = bootstrap(f"{early} --json")
    assert shown.code == 0, shown.err
    values = shown.json["handoff"]["values"]
    assert values == {
        "Role ARN": "arn:aws:iam::123456789012:role/vendors/my-UpsolverRole",
        "Bucket": "us-east-1-upsolver-acme",
        "Region": "us-east-1",
    }
    assert shown.json["create"] == (
        "bootstrap create --integration upsolver-vpc --org-id acme --role-prefix my- --path /vendors/"
    )
    assert bootstrap(early, "role arn").out == "arn:aws:iam::123456789012:role/vendors/my-UpsolverRole\n"
    assert cloud.names == ["sts.GetCallerIdentity"] * 2
    assert [*tmp_path.iterdir()] == []
    made = bootstrap(
        "create --integration upsolver-vpc --org-id acme --path /vendors/ --role-prefix my- --external-id e1 --yes"
    )
    assert f"Role ARN     {values['Role ARN']}" in made.out


def test_early_there_is_all_that_a_person_can_do_with_it(bootstrap: Bootstrap) -> None:
    whole = bootstrap("outputs --before-create materialize-s3 --bucket acme-own")  # the name as create takes it
    assert whole.code == 0, whole.err
    assert "CREATE CONNECTION" in whole.out
    assert "1. Run connection.sql in Materialize." in whole.out
    assert "To create it, run: bootstrap create --integration materialize-s3 --bucket acme-own" in whole.err
    part = bootstrap("outputs --before-create snowflake-s3 --bucket acme-own")
    assert "Run storage-integration.sql" not in part.out
    assert "create generates a part of it: External id, storage-integration.sql. So run create" in part.err
    one = bootstrap("outputs --before-create --integration snowflake-s3 --bucket acme-own", "external id")
    assert (one.code, "Run: bootstrap create --integration snowflake-s3" in one.err) == (64, True)


def test_what_is_known_early_is_refused_where_names_are_not_known_or_exist(bootstrap: Bootstrap) -> None:
    refused = bootstrap("outputs --before-create --integration upsolver-vpc")
    assert refused.code == 64
    assert "upsolver-vpc needs --org-id or --existing-bucket" in refused.err
    bootstrap(LATER)
    exists = bootstrap("outputs --before-create --integration upsolver-vpc --org-id acme")
    assert exists.code == 1
    assert "Run: bootstrap outputs --name upsolver-vpc" in exists.err
    assert "inputs are only for --before-create" in bootstrap("outputs --inputs some.toml").err


def test_a_vendor_that_always_shows_its_user_later_needs_no_flag(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    """Snowflake: its user comes later, the external id is generated and stays."""
    user = "arn:aws:iam::111122223333:user/abc1-b-self1234"
    scope().client("s3").create_bucket(Bucket="acme-own")
    early = bootstrap("outputs --before-create --integration snowflake-s3 --bucket acme-own --json")
    assert early.json["handoff"]["values"] == {"Role ARN": "arn:aws:iam::123456789012:role/SnowflakeS3"}
    assert early.json["generated"] == ["External id", "storage-integration.sql"]
    locked = bootstrap("create --integration snowflake-s3 --bucket acme-own --yes")
    assert locked.code == 0, locked.err
    state = Path(".bootstrap/snowflake-s3.json")
    generated = json.loads(state.read_text())["inputs"]["external_id"]
    assert f"STORAGE_AWS_EXTERNAL_ID = '{generated}'" in locked.out
    assert "Until Snowflake has shown the Snowflake user, the role lets nobody in." in locked.out
    iam = scope().client("iam")
    assert iam.get_role(RoleName="SnowflakeS3")["Role"]["AssumeRolePolicyDocument"] == LOCKED
    iam.create_user(UserName="abc1-b-self1234")
    assert "Not verified: in which order to drop things" in locked.err
    with cloud.recorded() as calls:
        done = bootstrap(f"create --integration snowflake-s3 --snowflake-user {user} --yes")
    assert "Not verified" not in done.err
    assert "notes are the same as in the last run: to see them, add --verbose." in done.err
    assert (done.code, writes(calls)) == (0, ["iam.UpdateAssumeRolePolicy"])
    [statement] = iam.get_role(RoleName="SnowflakeS3")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": [user]}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": [generated]}}
    assert "Bring back STORAGE_AWS_IAM_USER_ARN" in locked.out
    assert "Bring back STORAGE_AWS_IAM_USER_ARN" not in done.out
    assert "Run test.sql in Snowflake" in done.out
    Path("in.toml").write_text('bucket = "acme-own"\n')
    with cloud.recorded() as calls:
        kept = bootstrap("create --integration snowflake-s3 --inputs in.toml --yes")
        again = bootstrap("create --integration snowflake-s3 --snowflake-user= --yes")
    assert (kept.code, writes(calls)) == (0, [])
    assert (again.code, "without --snowflake-user, its role would be locked" in again.err) == (64, True)
    assert bootstrap("rotate external-id --yes").code == 0
    state.unlink()
    assert bootstrap(f"recover --integration snowflake-s3 --bucket acme-own --snowflake-user {user} --yes").code == 0
    recovered = json.loads(state.read_text())["inputs"]
    assert recovered["previous_external_id"] == generated
    assert bootstrap("status --detailed-exitcode").code == 0
