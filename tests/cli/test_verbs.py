"""The verbs as a user meets them: the whole life of each integration, --json, several deployments, what is handed over."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from bootstrap.integrations import names
from tests.cli.conftest import BUCKET, BUCKETS, INPUTS, STATE, VPC, Bootstrap, tree, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire


def left_in(scope: MakeScope) -> list[str]:
    """The names of what is in the account, without what all of it share."""
    iam, s3, ec2, batch = (scope().client(service) for service in ("iam", "s3", "ec2", "batch"))
    roles = [item for item in iam.list_roles()["Roles"] if not item["Path"].startswith("/aws-service-role/")]
    return [
        *(item["RoleName"] for item in roles),
        *(item["GroupName"] for item in ec2.describe_security_groups()["SecurityGroups"] if item["GroupName"] != "default"),
        *(item["AllocationId"] for item in ec2.describe_addresses()["Addresses"]),
        *(item["LaunchTemplateName"] for item in ec2.describe_launch_templates()["LaunchTemplates"]),
        *(item["VolumeId"] for item in ec2.describe_volumes()["Volumes"]),
        *(item["computeEnvironmentName"] for item in batch.describe_compute_environments()["computeEnvironments"]),
        *(item["jobQueueName"] for item in batch.describe_job_queues()["jobQueues"]),
        *(item["PolicyName"] for item in iam.list_policies(Scope="Local")["Policies"]),
        *(item["InstanceProfileName"] for item in iam.list_instance_profiles()["InstanceProfiles"]),
        *(item["Name"] for item in s3.list_buckets()["Buckets"] if item["Name"] not in BUCKETS),
    ]


def a_role_of(name: str) -> str:
    records = json.loads(Path(f".bootstrap/{name}.json").read_text())["records"]
    return str(next(item["outputs"]["name"] for item in records if item["kind"] == "iam_role"))


@pytest.mark.parametrize("name", sorted(set(INPUTS) - {"aspera-atc"}))  # that one: test_two_accounts.py
def test_the_whole_life_of_an_integration(name: str, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    create = f"create --integration {name} {INPUTS[name]} --yes"
    made = bootstrap(create)
    assert made.code == 0
    assert "will be created" in made.err
    assert f"Recorded in .bootstrap/{name}.json" in made.err
    assert all(word in made.out for word in INPUTS[name].split() if word in ("ext-1", "acme-duet"))
    assert "1. " in made.out
    everything = left_in(scope)
    assert everything

    with cloud.recorded() as calls:
        again = bootstrap(create)
    assert again.code == 0
    assert writes(calls) == []
    assert "No changes: everything is up to date." in again.err
    assert again.out == made.out

    assert bootstrap("status --detailed-exitcode").code == 0
    assert bootstrap("outputs").out.strip() == made.out.strip()
    assert name in bootstrap("state list").out

    scope().client("iam").update_role(RoleName=a_role_of(name), Description="edited in the console")
    assert bootstrap("status").code == 0
    drifted = bootstrap("status --detailed-exitcode")
    assert drifted.code == 2
    assert "drift: changed outside bootstrap" in drifted.out
    assert "edited in the console" in drifted.out
    assert f"bootstrap create --integration {name} --name {name}" in drifted.out

    assert bootstrap(f"plan --integration {name}").code == 0
    assert bootstrap(f"plan --integration {name} --detailed-exitcode").code == 2
    assert bootstrap(f"create --integration {name} --yes").code == 0
    assert bootstrap(f"plan --integration {name} --detailed-exitcode").code == 0
    assert left_in(scope) == everything

    gone = bootstrap("destroy --yes")
    assert gone.code == 0
    shared = " but what the whole account shares" if name == "biomodal-duet" else ""
    assert f"Destroyed: nothing that {name} created is left{shared}." in gone.err
    assert left_in(scope) == []
    assert [path.name for path in Path(".bootstrap").iterdir()] == [f".{name}.json.bootstrap-destroyed"]
    assert "There is no deployment here." in bootstrap("state list").err


def test_the_state_is_private_and_a_lock_is_not_left(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert stat.S_IMODE(STATE.stat().st_mode) == 0o600
    assert stat.S_IMODE(STATE.parent.stat().st_mode) == 0o700
    assert [path.name for path in STATE.parent.iterdir()] == [STATE.name]


@pytest.mark.parametrize("verb", [f"plan {VPC}", f"create {VPC} --dry-run", f"create {VPC} --dry-run --yes --json"])
def test_a_dry_run_changes_nothing(verb: str, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    with cloud.recorded() as calls:
        planned = bootstrap(verb)
    assert planned.code == 0
    assert "us-east-1-upsolver-acme" in planned.out
    assert calls
    assert writes(calls) == []
    assert tree(tmp_path) == {}


def test_a_dry_run_of_destroy_changes_nothing(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --yes")
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        planned = bootstrap("destroy --dry-run")
    assert planned.code == 0
    assert "Plan: 4 to delete." in planned.out
    assert writes(calls) == []
    assert tree(tmp_path) == before


def test_a_plan_says_what_create_then_does(bootstrap: Bootstrap) -> None:
    planned = bootstrap(f"plan {VPC} --json").last("plan")
    created = bootstrap(f"create {VPC} --yes --json").last("plan")
    assert planned == created


def test_verbose_shows_the_policies_that_are_sent(bootstrap: Bootstrap, scope: MakeScope) -> None:
    planned = bootstrap(f"plan {VPC} --verbose").out
    bootstrap(f"create {VPC} --yes")
    role = scope().client("iam").get_role(RoleName="UpsolverRole")["Role"]["AssumeRolePolicyDocument"]
    printed = "\n".join(f"        {line}" for line in json.dumps(role, indent=2).splitlines())
    assert printed in planned
    assert printed not in bootstrap(f"plan {VPC}").out


JSON_VERBS = {
    "create": f"create {VPC} --yes",
    "create --dry-run": f"create {VPC} --dry-run",
    "plan": f"plan {VPC}",
    "status": "status",
    "destroy --dry-run": "destroy --dry-run",
    "destroy": "destroy --yes",
}
ONE_DOCUMENT = {
    "outputs": "outputs",
    "outputs LABEL": "outputs region",
    "integrations": "integrations",
    "integrations NAME": "integrations upsolver-vpc",
    "permissions": f"permissions {VPC}",
    "state list": "state list",
    "state show": "state show",
    "state path": "state path",
    "sandbox status": "sandbox status",
    "sandbox stop": "sandbox stop",
}


@pytest.mark.parametrize("verb", JSON_VERBS)
def test_json_of_a_run_is_one_object_a_line_and_nothing_else(verb: str, bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap(f"{JSON_VERBS[verb]} --json")
    assert ran.code == 0
    assert ran.err == ""
    assert [item["type"] for item in ran.objects if item["type"] in ("identity", "plan")] == ["identity", "plan"]
    [plan] = [item for item in ran.objects if item["type"] == "plan"]
    assert {change["address"] for change in plan["changes"]} == {"bucket", "role", "athena", "cloudformation"}
    assert all(change["properties"] and change["reason"] for change in plan["changes"])


@pytest.mark.parametrize("verb", ONE_DOCUMENT)
def test_json_of_a_question_is_one_document_and_nothing_else(verb: str, bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap(f"{ONE_DOCUMENT[verb]} --json")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.json


def test_json_of_create_tells_every_step_and_what_came_of_it(bootstrap: Bootstrap, scope: MakeScope) -> None:
    ran = bootstrap(f"create {VPC} --yes --json")
    steps = [(item["type"], item["address"]) for item in ran.objects if item["type"] in ("started", "succeeded")]
    addresses = ["bucket", "role", "athena", "cloudformation"]
    assert sorted(steps) == sorted((kind, address) for kind in ("started", "succeeded") for address in addresses)
    result = ran.objects[-1]
    role = scope().client("iam").get_role(RoleName="UpsolverRole")["Role"]
    assert result["type"] == "result"
    assert result["outputs"]["role"] == {"name": "UpsolverRole", "arn": role["Arn"], "role_id": role["RoleId"]}
    assert result["handoff"]["values"]["Role ARN"] == role["Arn"]
    assert result["handoff"]["steps"]
    assert (result["deployment"], result["state"]) == ("upsolver-vpc", str(STATE))


def test_json_of_destroy_names_what_is_gone(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    result = bootstrap("destroy --yes --json").objects[-1]
    assert result["type"] == "result"
    assert sorted(result["deleted"]) == ["athena", "bucket", "cloudformation", "role"]
    assert result["forgotten"] == []


def test_json_of_questions_is_complete(bootstrap: Bootstrap, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --yes")
    state = json.loads(STATE.read_text())
    assert bootstrap("state show --json").json == state
    assert bootstrap("state path --json").json == {"path": str(tmp_path / STATE)}
    [row] = bootstrap("state list --json").json
    assert row == {
        "deployment": "upsolver-vpc",
        "integration": "upsolver-vpc",
        "account": "123456789012",
        "region": "us-east-1",
        "records": "4",
    }
    outputs = bootstrap("outputs --json").json
    assert outputs["outputs"] == {item["address"]: item["outputs"] for item in state["records"]}
    assert outputs["handoff"]["values"]["Bucket"] == BUCKET
    listed = bootstrap("integrations --json").json
    assert list(listed) == names()
    assert {each["from"] for each in listed.values()} == {"bootstrap"}
    assert bootstrap("permissions --json " + VPC).json["Version"] == "2012-10-17"


def test_text_of_the_state_verbs(bootstrap: Bootstrap, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --yes")
    assert bootstrap("state list").out.splitlines() == [
        "DEPLOYMENT    INTEGRATION   ACCOUNT       REGION     RESOURCES",
        "upsolver-vpc  upsolver-vpc  123456789012  us-east-1  4",
    ]
    assert bootstrap("state path").out == f"{tmp_path / STATE}\n"
    shown = bootstrap("state show").out
    assert "account 123456789012" in shown
    assert "role  iam_role  ready" in shown
    assert "arn = arn:aws:iam::123456789012:role/UpsolverRole" in shown


def test_the_version_is_printed(bootstrap: Bootstrap) -> None:
    ran = bootstrap("--version")
    assert ran.code == 0
    assert ran.out.startswith("bootstrap 0.")


@pytest.mark.parametrize("line", ["", "state", "sandbox"])
def test_named_alone_it_shows_what_there_is(line: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap(line)
    assert ran.code == 0
    assert "Usage: bootstrap" in ran.out
    assert ran.err == ""


def test_one_output_alone_is_for_scripts(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap("outputs", "role arn")
    assert (ran.out, ran.err) == ("arn:aws:iam::123456789012:role/UpsolverRole\n", "")
    assert bootstrap("outputs --json", "Bucket").json == {"Bucket": BUCKET}
    wrong = bootstrap("outputs", "Roll ARN")
    assert wrong.code == 64
    assert "There are: Role ARN, External id, Bucket, Region." in wrong.err


def test_what_is_handed_over_is_written_into_a_folder(bootstrap: Bootstrap, tmp_path: Path) -> None:
    ran = bootstrap(f"create --integration upsolver-data-access {INPUTS['upsolver-data-access']} --yes --write-handoff a/b")
    assert ran.code == 0
    assert "What to hand over is in a/b." in ran.err
    folder = tmp_path / "a" / "b"
    arn = "arn:aws:iam::123456789012:role/UpsolverDataAccessRole"
    assert json.loads((folder / "values.json").read_text())["Role ARN"] == arn
    assert arn in (folder / "connection.sql").read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["connection.sql", "drop-connection.sql", "values.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert bootstrap("outputs --write-handoff again").code == 0
    assert tree(tmp_path / "again") == tree(folder)
    assert bootstrap("outputs connection.sql").out.strip() == (folder / "connection.sql").read_text().strip()


def test_outputs_of_an_unfinished_create_are_not_taken_for_values(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    cloud.refuse("CreateRole", "AccessDenied")
    assert bootstrap(f"create {VPC} --yes").code == 1
    assert "Role ARN     (known after create)" in bootstrap("outputs").out
    assert bootstrap("outputs --json").json["handoff"]["values"]["Role ARN"] is None
    assert bootstrap("outputs bucket").out == f"{BUCKET}\n"
    for line in ("outputs 'role arn'", "outputs --write-handoff folder"):
        early = bootstrap(line)
        assert early.code == 1
        assert early.out == ""
        assert "not known yet, as create did not finish: Role ARN" in early.err
        assert "Run: bootstrap create --integration upsolver-vpc --name upsolver-vpc" in early.err
    assert not (tmp_path / "folder").exists()


def test_two_deployments_live_side_by_side(bootstrap: Bootstrap, scope: MakeScope) -> None:
    for name in ("one", "two"):
        line = (
            f"create --integration upsolver-vpc --name {name} --role-prefix {name}- --external-id ext --org-id {name} --yes"
        )
        assert bootstrap(line).code == 0
    assert [row["deployment"] for row in bootstrap("state list --json").json] == ["one", "two"]
    for verb in ("destroy --yes", "outputs", "state show", "state path"):
        unclear = bootstrap(verb)
        assert unclear.code == 64
        assert "there are several deployments" in unclear.err
        assert "--name with one of: one, two." in unclear.err
    assert bootstrap("outputs --name two bucket").out == "us-east-1-upsolver-two\n"
    assert bootstrap("destroy --name one --yes").code == 0
    assert sorted(left_in(scope)) == ["two-UpsolverRole", "us-east-1-upsolver-two"]
    assert bootstrap("status --detailed-exitcode").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert left_in(scope) == []


def test_a_name_that_is_not_there_is_answered_with_those_that_are(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --name prod --yes")
    ran = bootstrap("destroy --name prid --yes")
    assert ran.code == 1
    assert "there is no deployment 'prid'" in ran.err
    assert "There are: prod." in ran.err


@pytest.mark.parametrize("by_environment", [False, True])
def test_another_state_file_is_used_by_every_verb(
    by_environment: bool, bootstrap: Bootstrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_environment:
        monkeypatch.setenv("BOOTSTRAP_STATE", "states/prod.json")
    option = "" if by_environment else " --state states/prod.json"
    assert bootstrap(f"create {VPC} --name prod --yes{option}").code == 0
    assert sorted(tree(tmp_path)) == ["states", "states/prod.json"]
    again = bootstrap(f"create --integration upsolver-vpc --yes{option}")
    assert again.code == 0
    assert "No changes" in again.err
    assert bootstrap(f"status --detailed-exitcode{option}").code == 0
    assert bootstrap(f"outputs bucket{option}").out == f"{BUCKET}\n"
    assert bootstrap(f"state path{option}").out == f"{tmp_path / 'states/prod.json'}\n"
    assert [row["deployment"] for row in bootstrap(f"state list --json{option}").json] == ["prod"]
    other = bootstrap(f"create --integration upsolver-vpc --name test --yes{option}")
    assert other.code == 1
    assert "states/prod.json holds the deployment 'prod', not 'test'" in other.err
    assert bootstrap(f"destroy --yes{option}").code == 0
    assert sorted(tree(tmp_path)) == ["states", "states/.prod.json.bootstrap-destroyed"]


def test_a_failure_says_what_is_left_and_what_to_type(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "AccessDenied", "no [iam:CreateRole] for you")
    ran = bootstrap(f"create {VPC} --yes --state 'my state.json'")
    assert ran.code == 1
    assert "! role failed" in ran.err
    assert "no [iam:CreateRole] for you (AccessDenied)" in ran.err
    assert "athena not tried: it needs role, which was not done" in ran.err
    assert "+ bucket created" in ran.err
    assert "Error: 3 of 4 changes were not done: role, " in ran.err
    assert f"To go on, run: bootstrap create {VPC} --yes --state 'my state.json'" in ran.err
    back = "bootstrap destroy --name upsolver-vpc --state 'my state.json'"
    assert f"To delete what was created, run: {back}" in ran.err
    assert bootstrap(f"create {VPC} --yes --state 'my state.json'").code == 0
    assert bootstrap(f"{back.removeprefix('bootstrap ')} --yes").code == 0


def test_json_of_a_failure_ends_with_an_error(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "AccessDenied", "no")
    ran = bootstrap(f"create {VPC} --yes --json")
    assert ran.code == 1
    assert ran.err == ""
    assert [item["address"] for item in ran.objects if item["type"] == "failed"] == ["role"]
    assert [item["address"] for item in ran.objects if item["type"] == "skipped"] == ["athena", "cloudformation"]
    assert ran.objects[-1] | {"message": "", "advice": ""} == {
        "type": "error", "kind": "RunFailed", "message": "", "problems": [], "advice": "", "exit_code": 1,
    }  # fmt: skip


def test_a_lost_answer_makes_nothing_twice(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    cloud.lose_answer("CreateRole")
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert sorted(left_in(scope)) == ["UpsolverRole", BUCKET]
    assert bootstrap("status --detailed-exitcode").code == 0


def test_a_reader_that_goes_away_does_not_stop_the_work(
    bootstrap: Bootstrap, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Any, event: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("bootstrap.views.json.JsonView.event", gone)
    assert bootstrap(f"create {VPC} --yes --json").code == 0
    assert sorted(left_in(scope)) == ["UpsolverRole", BUCKET]


def test_a_second_deployment_of_an_integration_is_not_made_by_a_forgotten_name(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --name prod --yes")
    with cloud.recorded() as calls:
        unclear = bootstrap("create --integration upsolver-vpc --yes")
    assert unclear.code == 64
    assert "there is a deployment of upsolver-vpc here: prod" in unclear.err
    assert "Add --name prod for that one, or --name upsolver-vpc for another." in unclear.err
    assert calls == []
    assert "No changes" in bootstrap("create --integration upsolver-vpc --name prod --yes").err
