"""Where inputs come from: options, files, the last run; and that they reach AWS."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.cli.inputs import GivenInputs
from bootstrap.core.state import State
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

ENTITY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/up"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "from-a-file"}},
        }
    ],
}
DATA_ACCESS = f"--integration upsolver-data-access {INPUTS['upsolver-data-access']}"


def recorded(name: str = "upsolver-vpc") -> dict[str, Any]:
    """The inputs that the state holds."""
    inputs: dict[str, Any] = json.loads(Path(f".bootstrap/{name}.json").read_text())["inputs"]
    return inputs


def role(scope: MakeScope, name: str) -> dict[str, Any]:
    found: dict[str, Any] = scope().client("iam").get_role(RoleName=name)["Role"]
    return found


def tags(items: list[dict[str, str]]) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in items if not item["Key"].startswith("bootstrap:")}


def external_id(role: dict[str, Any]) -> Any:
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_inputs_come_from_a_file_and_paths_in_it_are_relative_to_it(
    suffix: str, bootstrap: Bootstrap, scope: MakeScope, tmp_path: Path
) -> None:
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "entity.json").write_text(json.dumps(ENTITY))
    content = {"trusted-entity": "entity.json", "bucket": ["raw-data"], "access": "read-write", "tag": ["team=data"]}
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in content.items())
    (folder / f"inputs.{suffix}").write_text(json.dumps(content) if suffix == "json" else text)
    assert bootstrap(f"create --integration upsolver-data-access --inputs vendor/inputs.{suffix} --yes").code == 0
    made = role(scope, "UpsolverDataAccessRole")
    assert external_id(made) == ["from-a-file"]
    assert tags(made["Tags"]) == {"team": "data"}
    assert recorded("upsolver-data-access")["access"] == "read-write"


def test_an_option_goes_over_the_file(bootstrap: Bootstrap) -> None:
    Path("in.toml").write_text('external_id = "in-file"\norg_id = "acme"\nharden = true\ntag = ["a=1"]\n')
    assert (
        bootstrap("create --integration upsolver-vpc --inputs in.toml --external-id by-option --no-harden --yes").code == 0
    )
    assert recorded() | {"external_id": "by-option", "harden": False, "org_id": "acme", "tag": ["a=1"]} == recorded()


def test_a_file_is_the_whole_truth(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --harden --tag a=1 --yes")
    Path("in.toml").write_text('external_id = "ext-1"\norg_id = "acme"\n')
    ran = bootstrap("create --integration upsolver-vpc --inputs in.toml --yes")
    assert ran.code == 0
    assert "from the state" not in ran.err
    assert (recorded()["harden"], recorded()["tag"]) == (False, [])


def test_what_is_not_given_is_kept_from_the_last_run_and_told(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --harden --tag a=1 --tag b=2 --yes")
    with cloud.recorded() as calls:
        ran = bootstrap("create --integration upsolver-vpc --yes")
    assert ran.code == 0
    assert "Inputs from the state: --external-id ext-1 --harden --org-id acme --tag a=1 --tag b=2\n" in ran.err
    assert writes(calls) == []
    told = [item["text"] for item in bootstrap("plan --integration upsolver-vpc --json").objects if item["type"] == "note"]
    assert "Inputs from the state: --external-id ext-1 --harden --org-id acme --tag a=1 --tag b=2" in told


def test_an_empty_value_sets_an_input_back(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --tag a=1 --permissions-boundary arn:aws:iam::aws:policy/PowerUserAccess --yes")
    assert "PermissionsBoundary" in role(scope, "UpsolverRole")
    assert bootstrap("create --integration upsolver-vpc --tag '' --permissions-boundary '' --yes").code == 0
    assert "PermissionsBoundary" not in role(scope, "UpsolverRole")
    assert tags(role(scope, "UpsolverRole")["Tags"]) == {}
    assert (recorded()["tag"], recorded()["permissions_boundary"]) == ([], None)


def test_no_harden_takes_the_narrowing_back(bootstrap: Bootstrap, scope: MakeScope) -> None:
    def passes() -> Any:
        iam = scope().client("iam")
        policy = iam.get_role_policy(RoleName="UpsolverRole", PolicyName="upsolver-management")["PolicyDocument"]
        return [item["Resource"] for item in policy["Statement"] if "iam:PassRole" in item["Action"]]

    bootstrap(f"create {VPC} --harden --yes")
    assert passes() == []
    bootstrap("create --integration upsolver-vpc --yes")
    assert passes() == []
    bootstrap("create --integration upsolver-vpc --no-harden --yes")
    assert passes() == [["*"]]


def test_giving_one_way_to_say_it_drops_the_other(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {DATA_ACCESS} --yes")
    Path("entity.json").write_text(json.dumps(ENTITY))
    assert bootstrap("create --integration upsolver-data-access --trusted-entity entity.json --yes").code == 0
    assert external_id(role(scope, "UpsolverDataAccessRole")) == ["from-a-file"]
    assert recorded("upsolver-data-access")["external_id"] is None


def test_shared_inputs_reach_aws(bootstrap: Bootstrap, scope: MakeScope) -> None:
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    shared = f"--tag team=data --tag 'cost=1 2' --path /vendors/up/ --role-prefix acme- --permissions-boundary {boundary}"
    assert bootstrap(f"create --integration upsolver-private-vpc --external-id ext --org-id acme {shared} --yes").code == 0
    iam, s3 = scope().client("iam"), scope().client("s3")
    for name in ("acme-UpsolverManagementRole", "acme-UpsolverServerRole"):
        made = role(scope, name)
        assert made["Path"] == "/vendors/up/"
        assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
        assert tags(made["Tags"]) == {"team": "data", "cost": "1 2"}
    profile = iam.get_instance_profile(InstanceProfileName="acme-UpsolverServerRole")["InstanceProfile"]
    assert profile["Path"] == "/vendors/up/"
    bucket = s3.get_bucket_tagging(Bucket="us-east-1-upsolver-acme")["TagSet"]
    assert tags(bucket) == tags(profile["Tags"]) == {"team": "data", "cost": "1 2"}


def test_the_owner_is_written_on_everything(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --name prod --yes")
    found = {item["Key"]: item["Value"] for item in role(scope, "UpsolverRole")["Tags"]}
    lineage = json.loads(Path(".bootstrap/prod.json").read_text())["lineage"]
    assert found == {"bootstrap:deployment": "prod", "bootstrap:address": "role", "bootstrap:lineage": lineage}


def test_a_region_is_taken_from_the_option_before_the_environment(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create {VPC} --region eu-central-1 --yes").code == 0
    assert json.loads(STATE.read_text())["accounts"]["default"]["region"] == "eu-central-1"
    where = scope().client("s3").get_bucket_location(Bucket="eu-central-1-upsolver-acme")["LocationConstraint"]
    assert where == "eu-central-1"
    for verb in ("status --detailed-exitcode", "destroy --yes"):  # the state knows the region
        assert bootstrap(verb).code == 0


def test_changed_inputs_are_shown_before_they_are_sent(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --tag team=data --yes")
    planned = bootstrap("plan --integration upsolver-vpc --external-id ext-2 --tag cost=7").out
    assert "its inputs changed" in planned
    assert "ext-1" in planned
    assert "ext-2" in planned
    assert 'tags.team: "data" -> (none)' in planned
    assert 'tags.cost: (none) -> "7"' in planned
    assert bootstrap("create --integration upsolver-vpc --external-id ext-2 --tag cost=7 --yes").code == 0
    assert external_id(role(scope, "UpsolverRole")) == "ext-2"
    assert tags(role(scope, "UpsolverRole")["Tags"]) == {"cost": "7"}


def test_permissions_name_what_these_inputs_need(bootstrap: Bootstrap) -> None:
    text = bootstrap(f"permissions {VPC} --role-prefix acme- --path /vendors/").out
    assert json.loads(text)["Version"] == "2012-10-17"
    assert "role/vendors/acme-UpsolverRole" in text
    assert "arn:aws:s3:::us-east-1-upsolver-acme" in text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_before_a_file_changes_nothing(encoding: str, bootstrap: Bootstrap) -> None:
    """As programs on Windows write them."""
    Path("entity.json").write_text(json.dumps(ENTITY), encoding=encoding)
    Path("in.toml").write_text('trusted_entity = "entity.json"\nbucket = ["raw-data/my folder"]', encoding=encoding)
    Path("in.json").write_text('{"trusted-entity": "entity.json", "bucket": "raw-data/my folder"}', encoding=encoding)
    for name in ("in.toml", "in.json"):
        assert bootstrap(f"plan --integration upsolver-data-access --inputs {name}").code == 0
    assert bootstrap("lint entity.json").code == 0
    assert bootstrap("create --integration upsolver-data-access --inputs in.json --yes").code == 0
    state = Path(".bootstrap/upsolver-data-access.json")
    state.write_text(state.read_text(), encoding=encoding)
    assert bootstrap("status --detailed-exitcode").code == 0
    assert bootstrap("destroy --yes").code == 0


def test_accounts_are_signed_in_to_in_one_way_only(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap("status --sign-in default=a --sign-in default=b")
    assert (ran.code, "--sign-in: the account default is given twice" in ran.err) == (64, True)


@pytest.mark.parametrize(
    ("given", "file", "wishes"),
    [
        ({}, "", {"bucket", "min_vcpus"}),
        ({"max_vcpus": "256"}, "", {"bucket", "min_vcpus", "max_vcpus"}),
        ({"min_vcpus": ""}, "", {"bucket"}),
        ({"image": "ubuntu-24.04"}, 'bucket = "acme-duet"', {"bucket", "image"}),
    ],
)
def test_what_was_typed_now_or_in_an_earlier_run_is_a_wish_and_a_default_or_a_find_is_none(
    given: dict[str, str], file: str, wishes: set[str], tmp_path: Path
) -> None:
    inputs = BiomodalDuet(bucket="acme-duet", vpc="vpc-0123456789abcdef0").to_json()
    state = State(
        deployment="duet",
        integration="biomodal-duet",
        lineage="l",
        accounts={},
        inputs=inputs,
        given=("bucket", "min_vcpus"),
    )
    path = tmp_path / "in.toml"
    path.write_text(file)
    gathered = GivenInputs(given, path if file else None).gathered("biomodal-duet", state)
    assert gathered.recipe.given == wishes
    assert ("--min-vcpus 0" in gathered.kept_words) is ("min_vcpus" in wishes)


def test_the_content_of_a_file_in_place_of_its_name_is_said_to_be_that(in_process: Bootstrap) -> None:
    ran = in_process("plan upsolver-data-access --bucket b-1", "--trusted-entity", '{"Statement": []}')
    assert (ran.code, "Statement" in ran.err) == (64, False)
    assert "--trusted-entity: this is the content of a file\nSave it in a file, and give the name of that." in ran.err
