"""A second `destroy`: it exits with 0 where a receipt shows that the first one left nothing, else with 1."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import STATE, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, error_answer

RECEIPT = STATE.with_name(f".{STATE.name}.bootstrap-destroyed")
BUCKET = "acme-state"
NOTHING = "Nothing to destroy. Destroyed before: "
VPC_NAME = "--name upsolver-vpc"


@pytest.fixture
def bucket(scope: MakeScope) -> Any:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.mark.parametrize(
    ("place", "name", "without"),
    [
        ("", "upsolver-vpc", True),
        ("", "prod", True),
        ("--state states/prod.json", "upsolver-vpc", True),
        (f"--state s3://{BUCKET}/prod.json", "upsolver-vpc", True),
        (f"--state s3://{BUCKET}/team/", "prod", True),
    ],
)
def test_a_second_destroy_ends_well_and_asks_aws_for_nothing(
    place: str, name: str, without: bool, bootstrap: Bootstrap, cloud: Wire, bucket: Any
) -> None:
    assert bootstrap(f"create {VPC} --name {name} --yes {place}").code == 0
    assert bootstrap(f"destroy --name {name} --yes {place}").code == 0
    with cloud.recorded() as calls:
        names, flags = ("", f"--name {name}"), ("", "--yes", "--dry-run")
        lines = [f"destroy {which} {flag} {place}" for which in names for flag in flags]
        for line in lines:
            again = bootstrap(line)
            assert (again.code, again.out) == (0, ""), again.err
            assert f"{NOTHING}{name} on 20" in again.err
        told = bootstrap(f"destroy --yes --json {place}").last("result")
    assert {call.service for call in calls} <= {"s3", "sts"}
    assert not any(call.changes for call in calls)
    assert told["deployment"] == name
    assert (told["deleted"], told["left"], [each["deployment"] for each in told["destroyed"]]) == ([], [], [name])
    other = bootstrap(f"destroy --name never --yes {place}")
    assert other.code == 1
    assert "there is no deployment 'never'" in other.err
    assert "Make one: bootstrap create" in other.err


def test_the_status_of_what_was_destroyed_is_no_error_but_for_a_check_of_security(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --name prod --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    for line in ("status", "status --name prod --detailed-exitcode"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
        assert "prod of upsolver-vpc was destroyed on 20" in ran.err
        assert "with its inputs: bootstrap create --integration upsolver-vpc --name prod\n" in ran.err
    assert [each["deployment"] for each in bootstrap("status --json").last("result")["destroyed"]] == ["prod"]
    assert bootstrap("status --security").code == 1  # a job that watches it should not stay green
    assert bootstrap("status --name never").code == 1


def test_who_forgets_sandbox_is_shown_what_is_there(bootstrap: Bootstrap) -> None:
    there = Path(".bootstrap/sandbox/deployments/prod.json")
    there.parent.mkdir(parents=True, mode=0o700)
    there.write_text("{}")
    ran = bootstrap("status --detailed-exitcode")
    assert ran.code == 1
    said = "In this folder's sandbox, there is: prod. To use it, run: bootstrap status --detailed-exitcode --sandbox\n"
    assert said in ran.err
    assert "In this folder's sandbox" not in bootstrap("status --state other.json").err


def test_where_nothing_was_ever_recorded_destroy_fails_with_advice(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for line in ("destroy --yes", "destroy --name upsolver-vpc --yes", "destroy --state prod.json --yes"):
        ran = bootstrap(line)
        assert ran.code == 1
        assert "there is no deployment" in ran.err
        assert "Make one: bootstrap create" in ran.err


def test_a_new_create_takes_the_receipt_away_so_a_lost_state_is_never_called_destroyed(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert RECEIPT.exists()
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert not RECEIPT.exists()
    STATE.unlink()
    assert bootstrap("destroy --yes").code == 1
    assert bootstrap(f"recover {VPC} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert bootstrap("destroy --yes").code == 0


def test_a_lost_state_in_s3_is_never_called_destroyed(bootstrap: Bootstrap, bucket: Any) -> None:
    place = f"--state s3://{BUCKET}/prod.json"
    assert bootstrap(f"create {VPC} --yes {place}").code == 0
    assert bootstrap(f"destroy --yes {place}").code == 0
    assert keys(bucket) == ["prod.json.destroyed"]
    assert bootstrap(f"create {VPC} --yes {place}").code == 0
    assert keys(bucket) == ["prod.json"]
    bucket.delete_object(Bucket=BUCKET, Key="prod.json")
    assert bootstrap(f"destroy --yes {place}").code == 1


def test_a_state_that_moved_away_was_not_destroyed(bootstrap: Bootstrap, bucket: Any) -> None:
    place = f"--state s3://{BUCKET}/prod.json"
    assert bootstrap(f"create {VPC} --yes {place}").code == 0
    assert bootstrap(f"state migrate {place} --to moved.json --yes").code == 0
    assert bootstrap(f"destroy --yes {place}").code == 1
    assert bootstrap("destroy --state moved.json --yes").code == 0
    assert bootstrap("destroy --state moved.json --yes").code == 0


def test_forgotten_records_are_looked_for_and_only_then_it_is_destroyed(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("state rm bucket role athena cloudformation --yes").code == 0
    assert bootstrap("destroy --yes").code == 1  # they carry our tags, and are there
    assert not RECEIPT.exists()
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("state rm athena --yes").code == 0
    scope().client("iam").detach_role_policy(
        RoleName="UpsolverRole", PolicyArn="arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
    )
    assert bootstrap("destroy --yes").code == 0
    assert NOTHING in bootstrap("destroy --yes").err


def test_several_that_were_destroyed_are_all_named_and_one_that_is_there_is_still_destroyed(bootstrap: Bootstrap) -> None:
    for name in ("one", "two"):
        assert bootstrap(f"create {VPC} --name {name} --yes").code == 0
        assert bootstrap(f"destroy --name {name} --yes").code == 0
    err = bootstrap("destroy --yes").err
    assert "one on 20" in err
    assert "two on 20" in err
    assert bootstrap(f"create {VPC} --name one --yes").code == 0
    assert bootstrap("destroy --name two --yes").code == 0
    assert "nothing that one created is left" in bootstrap("destroy --yes").err


AT = "2026-11-22T09:30:00+00:00"
GOOD = {"bootstrap": "destroyed", "deployment": "prod", "integration": "x", "lineage": "y", "at": AT}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\xff",
        json.dumps({**GOOD, "bootstrap": "state"}),
        json.dumps({**GOOD, "at": "\x1b[2J"}),
        json.dumps({**GOOD, "at": 7}),
        json.dumps({**GOOD, "deployment": "../prod"}),
        json.dumps({**GOOD, "deployment": None}),
        json.dumps({**GOOD, "lineage": ["y"]}),
        json.dumps({**GOOD, "more": ""}),
        json.dumps(GOOD) + " " * 5000,
    ],
)
def test_what_bootstrap_did_not_write_proves_nothing(text: str, bootstrap: Bootstrap) -> None:
    receipt = Path(".bootstrap/.prod.json.bootstrap-destroyed")
    receipt.parent.mkdir(mode=0o700)
    receipt.write_text(json.dumps(GOOD))
    receipt.chmod(0o600)
    assert bootstrap("destroy --yes --name prod").code == 0
    receipt.write_bytes(text.encode("latin-1"))
    for line in ("destroy --yes", "destroy --yes --name prod"):
        ran = bootstrap(line)
        assert ran.code == 1
        assert "there is no deployment" in ran.err


def test_a_receipt_that_others_may_write_or_that_is_a_link_proves_nothing(bootstrap: Bootstrap) -> None:
    receipt = Path(".bootstrap/.prod.json.bootstrap-destroyed")
    receipt.parent.mkdir(mode=0o700)
    Path("theirs").write_text(json.dumps(GOOD))
    receipt.symlink_to(Path("theirs").absolute())
    assert bootstrap("destroy --yes").code == 1
    receipt.unlink()
    receipt.write_text(json.dumps(GOOD))
    receipt.chmod(0o666)
    assert bootstrap("destroy --yes").code == 1


def test_where_the_receipt_may_not_be_written_destroy_ends_well_all_the_same(
    bootstrap: Bootstrap, cloud: Wire, bucket: Any
) -> None:
    place = f"--state s3://{BUCKET}/prod.json"
    assert bootstrap(f"create {VPC} --yes {place}").code == 0

    def refuse(call: Call, carry: Carry) -> Any:
        return error_answer(call, "AccessDenied", "no", 403) if ".destroyed" in call.url else None

    cloud.trick("PutObject", refuse, times=20)
    assert bootstrap(f"destroy --yes {place}").code == 0
    assert bootstrap(f"destroy --yes {place}").code == 1


def test_each_verb_says_the_same_about_a_deployment_that_was_destroyed(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    again = "bootstrap create --integration upsolver-vpc --name upsolver-vpc\n"
    lines = {f"{verb} {name}".strip() for verb in ("outputs", "status", "state show", "review") for name in ("", VPC_NAME)}
    for line in sorted(lines | {"state list", "state path", "rotate external-id --yes", "status --security"}):
        said = bootstrap(line).err
        assert "upsolver-vpc of upsolver-vpc was destroyed on 20" in said, line
        assert f"To create it again, run this with its inputs: {again}" in said, line
        assert "Make one" not in said, line
