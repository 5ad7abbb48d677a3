"""A state in S3, from the command line: every verb, runs whose state cannot be saved, states that move."""

import json
import os
import re
import shlex
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.client import Aws
from tests.cli.conftest import BUCKET as DATA, INPUTS, STATE, VPC, Bootstrap, writes
from tests.support.faults import Expires
from tests.support.wire import Call, Carry, Wire, answer, error_answer

BUCKET = "acme-state"
ONE = f"s3://{BUCKET}/prod.json"
FOLDER = f"s3://{BUCKET}/bootstrap/"
ERRORED = Path("errored.upsolver-vpc.json")
CREATE = f"create {VPC} --yes"


@pytest.fixture(autouse=True)
def s3(cloud: Wire, connections: Callable[[str], Aws]) -> Any:
    """A bucket as it should be; the client of its owner."""
    client = connections("us-east-1").client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def stored(s3: Any, key: str) -> dict[str, Any]:
    return dict(json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))


def ok(bootstrap: Bootstrap, line: str) -> str:
    ran = bootstrap(line)
    assert ran.code == 0, ran.err
    return ran.out + ran.err


@pytest.mark.parametrize(("place", "key"), [(ONE, "prod.json"), (FOLDER, "bootstrap/upsolver-vpc.json")])
@pytest.mark.parametrize("by_environment", [False, True])
def test_every_verb_works_with_a_state_in_s3(
    place: str, key: str, by_environment: bool, bootstrap: Bootstrap, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_environment:
        monkeypatch.setenv("BOOTSTRAP_STATE", place)
    option = "" if by_environment else f" --state {place}"
    where = f"s3://{BUCKET}/{key}"
    assert "There is no deployment here" in ok(bootstrap, f"state list{option}")
    assert f"Recorded in {where}." in ok(bootstrap, CREATE + option)
    assert keys(s3) == [key]
    assert ok(bootstrap, f"state path{option}").strip() == where
    assert "upsolver-vpc  upsolver-vpc  123456789012" in ok(bootstrap, f"state list{option}")
    assert "role  iam_role  ready" in ok(bootstrap, f"state show{option}")
    assert "No changes" in ok(bootstrap, CREATE + option)
    assert ok(bootstrap, f"status --detailed-exitcode{option}")
    assert "UpsolverRole" in ok(bootstrap, f"outputs{option}")
    assert ok(bootstrap, f"destroy --yes{option}")
    assert keys(s3) == [f"{key}.destroyed"]
    assert list(Path().iterdir()) == []


def test_several_deployments_live_in_one_folder(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, f"{CREATE} --state {FOLDER}")
    ok(bootstrap, f"create --integration upsolver-data-access {INPUTS['upsolver-data-access']} --yes --state {FOLDER}")
    s3.put_object(Bucket=BUCKET, Key="bootstrap/notes.txt", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="bootstrap/old/upsolver-vpc.json", Body=b"")
    ran = bootstrap(f"destroy --yes --state {FOLDER}")
    assert ran.code == 64
    assert "Add --name with one of: upsolver-data-access, upsolver-vpc." in ran.err
    ok(bootstrap, f"destroy --yes --state {FOLDER} --name upsolver-data-access")


def test_the_region_of_the_deployment_comes_from_the_state(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch, cloud: Wire
) -> None:
    """Who has set no region can reach the bucket all the same: S3 leads there."""
    ok(bootstrap, f"{CREATE} --region eu-central-1 --state {ONE}")
    monkeypatch.delenv("AWS_REGION")
    assert "region eu-central-1" in ok(bootstrap, f"status --state {ONE}")


@pytest.mark.parametrize("line", [CREATE, "destroy --yes"])
def test_nothing_is_changed_where_the_bucket_is_wrong(line: str, bootstrap: Bootstrap, s3: Any, cloud: Wire) -> None:
    ok(bootstrap, f"{CREATE} --state {ONE}")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    with cloud.recorded() as calls:
        ran = bootstrap(f"{line} --state {ONE}")
    assert ran.code == 1
    assert f"aws s3api put-bucket-versioning --bucket {BUCKET}" in ran.err
    assert writes(calls) == []


def test_a_missing_bucket_is_an_error_with_json_too(bootstrap: Bootstrap) -> None:
    [error] = bootstrap("status --state s3://nowhere-bucket/x.json --json").objects
    assert (error["kind"], error["message"]) == ("StateError", "there is no bucket nowhere-bucket")


def test_the_operators_policy_has_what_the_state_takes(bootstrap: Bootstrap) -> None:
    def actions(option: str) -> dict[str, list[str]]:
        statements = bootstrap(f"permissions {VPC}{option}").json["Statement"]
        pairs = sorted((arn, action) for item in statements for arn in item["Resource"] for action in item["Action"])
        return {arn: [action for also, action in pairs if also == arn] for arn, _ in pairs}

    assert not any(BUCKET in arn for arn in actions(""))
    objects = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    assert actions(f" --state {ONE}")[f"arn:aws:s3:::{BUCKET}/prod.json.lock"] == objects
    assert actions(f" --state {FOLDER}")[f"arn:aws:s3:::{BUCKET}/bootstrap/*"] == objects
    assert actions(f" --state {ONE}")[f"arn:aws:s3:::{BUCKET}"] == ["s3:GetBucketVersioning", "s3:ListBucket"]


# A state that cannot be saved


def is_save(call: Call) -> bool:
    return not call.text.split(" ")[0].endswith(".lock")


def breaks_after(cloud: Wire, saves: int) -> None:
    """After so many saves S3 takes none any more."""

    def play(call: Call, carry: Carry) -> Any:
        nonlocal saves
        saves -= is_save(call)
        return error_answer(call, "AccessDenied", "gone", 403) if saves < 0 and is_save(call) else None

    cloud.trick("PutObject", play, times=100)


def broken_create(bootstrap: Bootstrap, cloud: Wire, place: str = ONE, saves: int = 1) -> str:
    breaks_after(cloud, saves)
    ran = bootstrap(f"{CREATE} --state {place}")
    cloud._tricks.clear()
    assert ran.code == 1
    assert "Error: cannot write s3://" in ran.err
    return ran.err


def test_a_state_that_cannot_be_saved_is_kept_here_and_pushed_with_the_command_that_is_printed(
    bootstrap: Bootstrap, cloud: Wire, s3: Any
) -> None:
    told = broken_create(bootstrap, cloud)
    command = f"bootstrap state push {ERRORED} --state {ONE} --name upsolver-vpc"
    assert f"The newest state is in {ERRORED}. When that place can be written again, run: {command}\n" in told
    assert "bucket created" in told
    assert stat.S_IMODE(ERRORED.stat().st_mode) == 0o600
    kept = json.loads(ERRORED.read_text())
    assert kept["serial"] == stored(s3, "prod.json")["serial"] + 1
    assert {"bucket": "ready"}.items() <= {item["address"]: item["status"] for item in kept["records"]}.items()
    pushed = ok(bootstrap, f"{command.removeprefix('bootstrap ')} --yes")
    assert "~ bucket  creating -> ready" in pushed
    assert stored(s3, "prod.json") == kept
    assert ERRORED.exists()
    ok(bootstrap, f"{CREATE} --state {ONE}")
    ok(bootstrap, f"destroy --yes --state {ONE}")


def test_after_a_state_that_could_not_be_saved_the_same_command_works_without_the_file_too(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    broken_create(bootstrap, cloud)
    ok(bootstrap, f"{CREATE} --state {ONE}")
    ran = bootstrap(f"state push {ERRORED} --state {ONE} --yes")
    assert ran.code == 1
    assert f"{ERRORED} is not newer than what is at {ONE}" in ran.err


def test_an_answer_that_is_not_s3s_leaves_the_state_here_too(bootstrap: Bootstrap, cloud: Wire, s3: Any) -> None:
    saves = 0

    def play(call: Call, carry: Carry) -> Any:
        nonlocal saves
        saves += is_save(call)
        return answer("<html>Please sign in</html>") if saves > 2 and is_save(call) else None

    cloud.trick("PutObject", play, times=100)
    ran = bootstrap(f"{CREATE} --state {ONE}")
    cloud._tricks.clear()
    assert ran.code == 1
    assert f"Error: cannot write {ONE}: the answer does not come from S3, as it has no ETag\nCheck the network" in ran.err
    [command] = re.findall("run: bootstrap (state push .*)", ran.err)
    ok(bootstrap, f"{command} --yes")
    assert stored(s3, "prod.json") == json.loads(ERRORED.read_text())


def test_after_credentials_that_ended_the_printed_commands_work_in_the_order_in_which_they_are_printed(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    expired = Expires(0)

    def between(call: Call, carry: Carry) -> Any:
        """The credentials end with the first attachment, whose result is then to be saved."""
        if "AttachRolePolicy" in [each.operation for each in cloud.calls[:-1]]:
            return expired(call, carry)
        return carry()

    cloud.between = between
    ran = bootstrap(f"{CREATE} --state {ONE} --region us-east-1")
    cloud.between = lambda call, carry: carry()
    assert ran.code == 1
    commands = re.findall("bootstrap (state .*)", ran.err)
    assert [command.split()[1] for command in commands] == ["unlock", "push"]
    for command in commands:
        assert command.count("--region us-east-1") == 1
        ok(bootstrap, f"{command} --yes")
    ok(bootstrap, f"{CREATE} --state {ONE}")


def test_where_nothing_was_begun_no_file_is_written(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert "errored" not in broken_create(bootstrap, cloud, saves=0)
    assert list(Path().iterdir()) == []


def test_a_file_of_an_earlier_failure_is_not_overwritten(bootstrap: Bootstrap, cloud: Wire) -> None:
    ERRORED.write_text("precious")
    Path("errored.upsolver-vpc.2.json").symlink_to("elsewhere")
    assert "state push errored.upsolver-vpc.3.json" in broken_create(bootstrap, cloud)
    assert ERRORED.read_text() == "precious"
    assert not Path("elsewhere").exists()


def test_who_met_another_run_is_not_told_to_push(bootstrap: Bootstrap, cloud: Wire, s3: Any) -> None:
    def overtake(call: Call, carry: Carry) -> None:
        s3.put_object(Bucket=BUCKET, Key="prod.json", Body=json.dumps(stored(s3, "prod.json") | {"serial": 9}).encode())

    cloud.trick("CreateRole", overtake)
    ran = bootstrap(f"{CREATE} --state {ONE}")
    assert ran.code == 1
    assert "was changed by another run in the meantime" in ran.err
    assert f"What this run did is in {ERRORED}, to compare" in ran.err
    assert "state push" not in ran.err
    assert stored(s3, "prod.json")["serial"] == 9


def test_a_file_that_cannot_be_saved_in_the_middle_is_kept_beside_too(bootstrap: Bootstrap, cloud: Wire) -> None:
    name = "upsolver-data-access"
    state, saved = STATE.with_name(f"{name}.json"), Path("saved.json")

    def block(call: Call, carry: Carry) -> None:
        state.rename(saved)
        state.mkdir()

    cloud.trick("AttachRolePolicy", block)  # the last change: nothing else is saved while the file moves
    ran = bootstrap(f"create --integration {name} {INPUTS[name]} --yes")
    state.rmdir()
    saved.rename(state)
    assert ran.code == 1
    [command] = [line.partition("run: ")[2] for line in ran.err.splitlines() if "state push" in line]
    assert command == f"bootstrap state push errored.{name}.json --name {name}"
    assert "iam_role_attachment  creating" in ok(bootstrap, "state show")
    ok(bootstrap, f"{command.removeprefix('bootstrap ')} --yes")
    assert "iam_role_attachment  ready" in ok(bootstrap, "state show")


def test_a_working_folder_that_is_full_is_not_the_end(
    bootstrap: Bootstrap, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(elsewhere))
    cloud.trick("CreateBucket", lambda call, carry: tmp_path.rmdir())  # nothing can be made in a folder that is gone
    assert f"The newest state is in {elsewhere}/{ERRORED}." in broken_create(bootstrap, cloud)


def test_push_takes_only_what_follows(bootstrap: Bootstrap, cloud: Wire, s3: Any) -> None:
    broken_create(bootstrap, cloud)
    push = f"state push {ERRORED} --state {ONE}"
    ran = bootstrap(push)
    assert (ran.code, "needs confirmation" in ran.err) == (64, True)
    assert "there is no file nothing.json" in bootstrap(f"state push nothing.json --state {ONE} --yes").err
    ok(bootstrap, f"{push} --yes")
    before = stored(s3, "prod.json")
    assert "It is stored already" in ok(bootstrap, f"{push} --yes")
    for change, told in (
        ({"serial": before["serial"] - 1, "wanted": []}, "is not newer than"),
        ({"serial": before["serial"], "wanted": []}, "is not newer than"),
        ({"serial": 99, "lineage": "another"}, "or to an earlier one of that name"),
        ({"serial": 99, "deployment": "another"}, "belongs to another deployment (another)"),
    ):
        ERRORED.write_text(json.dumps(before | change))
        ran = bootstrap(f"{push} --yes")
        assert ran.code == 1
        assert told in ran.err
        assert stored(s3, "prod.json") == before
    assert keys(s3) == ["prod.json"]


def test_push_brings_back_a_state_that_is_gone(bootstrap: Bootstrap) -> None:
    ok(bootstrap, CREATE)
    ok(bootstrap, f"state push {STATE} --state {ONE} --yes")
    ok(bootstrap, f"destroy --yes --state {ONE}")


@pytest.mark.parametrize("place", [ONE, FOLDER, "other.json"])
def test_push_stores_nothing_under_the_name_of_another_deployment(place: str, bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    ran = bootstrap(f"state push {STATE} --state {place} --name other --yes")
    assert ran.code == 1
    assert f"{STATE} belongs to the deployment 'upsolver-vpc', not 'other'" in ran.err
    assert keys(s3) == []
    assert not Path("other.json").exists()


# Ctrl-C


def test_ctrl_c_while_the_lock_is_given_back_hides_nothing_of_what_was_made(
    bootstrap: Bootstrap, cloud: Wire, s3: Any
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background has it ignored
    cloud.trick("DeleteObject", lambda call, carry: os.kill(os.getpid(), signal.SIGINT))
    try:
        ran = bootstrap(f"{CREATE} --state {ONE}")
    finally:
        signal.signal(signal.SIGINT, before)
    assert ran.code == 0
    assert "Done: 4 changes." in ran.err
    assert "arn:aws:iam::123456789012:role/UpsolverRole" in ran.out
    assert keys(s3) == ["prod.json"]


def test_ctrl_c_after_the_copy_of_a_move_says_what_was_written_and_the_same_command_goes_on(
    bootstrap: Bootstrap, cloud: Wire, s3: Any
) -> None:
    ok(bootstrap, CREATE)

    def press(call: Call, carry: Carry) -> None:
        if "prod.json" in keys(s3):
            raise KeyboardInterrupt

    cloud.trick("GetObject", press, times=3)
    ran = bootstrap(f"state migrate --to {ONE} --yes")
    cloud._tricks.clear()
    assert ran.code == 130
    assert f"interrupted; what was done by then is recorded in {ONE}" in ran.err
    assert "nothing was changed" not in ran.err
    assert keys(s3) == ["prod.json"]
    ok(bootstrap, f"state migrate --to {ONE} --yes")
    assert not STATE.exists()


def test_ctrl_c_before_the_first_save_changed_nothing(bootstrap: Bootstrap, cloud: Wire) -> None:
    def press(call: Call, carry: Carry) -> None:
        raise KeyboardInterrupt

    ok(bootstrap, f"{CREATE} --state {ONE}")
    cloud.trick("GetObject", press)
    ran = bootstrap(f"destroy --yes --state {ONE}")
    assert (ran.code, ran.err.strip()) == (130, "Error: interrupted; nothing was changed")


# A state in a bucket of its own deployment

OWN = f"s3://{DATA}/states/prod.json"


def kept_in_its_own_bucket(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    s3.put_bucket_versioning(Bucket=DATA, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=DATA, Key="states/prod.json", Body=STATE.read_bytes())


@pytest.mark.parametrize("line", ["destroy --yes --delete-data", "destroy --dry-run", CREATE, f"plan {VPC}"])
def test_a_state_in_a_bucket_of_its_own_deployment_is_refused_and_the_advised_command_moves_it(
    line: str, bootstrap: Bootstrap, s3: Any, cloud: Wire
) -> None:
    kept_in_its_own_bucket(bootstrap, s3)
    before = s3.get_object(Bucket=DATA, Key="states/prod.json")["Body"].read()
    ran = bootstrap(f"{line} --state {OWN}")
    assert ran.code == 1
    assert f"{OWN} is in a bucket of the deployment upsolver-vpc: destroy would also delete the state" in ran.err
    assert s3.get_object(Bucket=DATA, Key="states/prod.json")["Body"].read() == before
    [command] = re.findall("run: bootstrap (state migrate .*)", ran.err)
    ok(bootstrap, f"{command.replace('ANOTHER-BUCKET', BUCKET)} --yes")
    ok(bootstrap, f"destroy --yes --delete-data --state s3://{BUCKET}/upsolver-vpc.json")


def test_a_state_is_not_moved_pushed_or_rebuilt_into_a_bucket_of_its_own_deployment(bootstrap: Bootstrap, s3: Any) -> None:
    kept_in_its_own_bucket(bootstrap, s3)
    s3.delete_object(Bucket=DATA, Key="states/prod.json")
    recover = f"recover {VPC}"
    for line in (f"state migrate --to {OWN}", f"state push {STATE} --state {OWN}", f"{recover} --state {OWN}"):
        ran = bootstrap(f"{line} --yes")
        assert ran.code == 1
        assert "is in a bucket of the deployment upsolver-vpc" in ran.err
        assert STATE.exists()
    assert "Contents" not in s3.list_objects_v2(Bucket=DATA)


# Locks


def test_the_lock_of_a_file_needs_no_unlocking(bootstrap: Bootstrap) -> None:
    ok(bootstrap, CREATE)
    ran = bootstrap("state unlock 0123456789ab --yes")
    assert ran.code == 1
    assert f"{STATE} needs no unlocking: the kernel drops the lock of a file" in ran.err


def test_a_lock_that_a_dead_run_left_is_taken_away_with_the_command_that_is_printed(bootstrap: Bootstrap, s3: Any) -> None:
    """Also in a folder that holds no state yet."""
    text = {"id": "0123456789ab", "doing": "create upsolver-vpc", "user": "ann", "host": "mars", "pid": 7, "since": "today"}
    s3.put_object(Bucket=BUCKET, Key="bootstrap/upsolver-vpc.json.lock", Body=json.dumps(text).encode())
    refused = bootstrap(f"{CREATE} --state {FOLDER}")
    assert refused.code == 1
    held = "create upsolver-vpc by ann on mars (process 7) since today"
    assert f"another run uses {FOLDER}upsolver-vpc.json: {held}" in refused.err
    [command] = [line.partition("dead: ")[2] for line in refused.err.splitlines() if "state unlock" in line]
    words = shlex.split(command)[1:]
    assert words == ["state", "unlock", "0123456789ab", "--state", f"{FOLDER}upsolver-vpc.json"]
    ran = bootstrap("", *words)
    assert (ran.code, "state unlock needs confirmation" in ran.err) == (64, True)
    wrong = bootstrap("", *[word.replace("0123456789ab", "ba9876543210") for word in words], "--yes")
    assert wrong.code == 1
    assert f"is not ba9876543210; it is 0123456789ab: {held}" in wrong.err
    assert keys(s3) == ["bootstrap/upsolver-vpc.json.lock"]
    assert f"Unlocked: it was held by {held}." in bootstrap("", *words, "--yes").out
    ok(bootstrap, f"{CREATE} --state {FOLDER}")


# Moving


def test_a_state_moves_to_s3_and_back(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    before = json.loads(STATE.read_text())
    assert f"as in: bootstrap status --name upsolver-vpc --state {FOLDER}upsolver-vpc.json\n" in ok(
        bootstrap, f"state migrate --to {FOLDER} --yes"
    )
    assert list(Path().iterdir()) == []
    assert keys(s3) == ["bootstrap/upsolver-vpc.json"]
    assert stored(s3, "bootstrap/upsolver-vpc.json") == before
    assert bootstrap(f"state migrate --to {ONE} --state {FOLDER} --yes --json").json["state"] == ONE
    assert bootstrap(f"status --detailed-exitcode --state {ONE}").code == 0
    ok(bootstrap, f"state migrate --state {ONE} --to {STATE} --yes")
    assert json.loads(STATE.read_text()) == before
    assert keys(s3) == []
    ok(bootstrap, "destroy --yes")


def test_a_move_overwrites_nothing(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    before = STATE.read_text()
    other = json.loads(before) | {"lineage": "another"}
    s3.put_object(Bucket=BUCKET, Key="prod.json", Body=json.dumps(other).encode())
    ran = bootstrap(f"state migrate --to {ONE} --yes")
    assert ran.code == 1
    assert f"there is a state at {ONE} already" in ran.err
    assert STATE.read_text() == before
    assert stored(s3, "prod.json") == other


def test_a_move_that_was_interrupted_before_the_old_state_was_removed_goes_on(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    s3.put_object(Bucket=BUCKET, Key="prod.json", Body=STATE.read_bytes())
    ok(bootstrap, f"state migrate --to {ONE} --yes")
    assert not STATE.exists()


def test_a_move_leaves_the_old_state_where_the_new_one_reads_differently(bootstrap: Bootstrap, cloud: Wire, s3: Any) -> None:
    ok(bootstrap, CREATE)

    def spoil(call: Call, carry: Carry) -> Any:
        if not is_save(call):
            return None
        answered = carry()
        s3.put_object(
            Bucket=BUCKET, Key="prod.json", Body=json.dumps(json.loads(STATE.read_text()) | {"serial": 99}).encode()
        )
        return answered

    cloud.trick("PutObject", spoil, times=2)
    ran = bootstrap(f"state migrate --to {ONE} --yes")
    assert ran.code == 1
    assert "reads differently" in ran.err
    assert STATE.exists()


def test_a_move_needs_both_locks(bootstrap: Bootstrap, s3: Any) -> None:
    ok(bootstrap, CREATE)
    s3.put_object(Bucket=BUCKET, Key="prod.json.lock", Body=b"keep out")
    assert f"another run uses {ONE}" in bootstrap(f"state migrate --to {ONE} --yes").err
    assert STATE.exists()
    assert keys(s3) == ["prod.json.lock"]


@pytest.mark.parametrize("to", [str(STATE), f"./{STATE}", f"../.bootstrap/{STATE.name}"])
def test_a_move_to_where_it_is_is_refused(to: str, bootstrap: Bootstrap) -> None:
    ok(bootstrap, CREATE)
    ran = bootstrap(f"state migrate --to {to.replace('..', str(Path.cwd()))} --yes")
    assert ran.code == 64
    assert "is where it is already" in ran.err


def test_a_wrong_place_to_move_to_is_named_as_it_was_given(bootstrap: Bootstrap) -> None:
    ok(bootstrap, CREATE)
    for to, told in ((".", "--to: . is not a file"), ("s3://acme-state", "--to: s3://acme-state: it names a bucket")):
        ran = bootstrap(f"state migrate --to {to} --yes")
        assert ran.code == 64
        assert told in ran.err


def test_a_state_that_may_not_be_read_is_a_denial_like_others(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("GetObject", "AccessDenied", "Access Denied", status=403, times=9)
    error = bootstrap(f"plan {VPC} --state {ONE} --json").last("error")
    assert error["kind"] == "StateError"
    assert error["denial"]["action"] == "s3:GetObject"
    assert error["denial"]["resource"] == f"arn:aws:s3:::{BUCKET}/prod.json"
    assert f"bootstrap permissions --state {ONE}" in error["advice"]
