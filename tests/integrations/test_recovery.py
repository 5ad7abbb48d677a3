"""A lost state is rebuilt from what AWS has, for every integration: whole, half made, and made with other inputs."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.core.planner import owner_of
from bootstrap.core.state import State
from bootstrap.discovery import recovery
from bootstrap.engine import prepare
from bootstrap.engine.handoff import handoff_of
from bootstrap.errors import PlanRefused, StateError
from bootstrap.integrations import integration
from bootstrap.resources.ec2 import shared as ec2
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.inputs import EVERYTHING, THOROUGH, everything, example
from tests.support.samples import trust
from tests.support.wire import Call, Carry, Wire, error_answer

each_variant = pytest.mark.parametrize(
    ("name", "variant"),
    [(name, variant) for name in THOROUGH for variant in (example, everything)],
    ids=lambda value: getattr(value, "__name__", value),
)


def lose(deployment: Deployment) -> State:
    """The state that is lost."""
    state = deployment.backend.load()
    assert state is not None
    deployment.backend.remove()
    return state


def recover(deployment: Deployment, wanted: Integration, **more: Any) -> recovery.Rebuilt:
    found = recovery.rebuild(deployment.session, "test", wanted, **more)
    deployment.backend.save(found.state)
    return found


@each_variant
def test_what_is_rebuilt_is_what_was_lost_and_all_of_it_goes_with_a_destroy(
    name: str, variant: Any, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = Deployment(variant(name), scope(), tmp_path)
    before = bystanders(scope())
    deployment.create()
    made = everything_in(scope())
    lost = lose(deployment)
    found = recover(deployment, variant(name)).found
    assert everything_in(scope()) == made
    assert (found.missing, found.unclaimed, found.unsearched) == ((), (), ())
    assert [item.address for item in found.taken if item.differs or not item.wanted] == []
    state = deployment.backend.load()
    assert state is not None
    assert (state.lineage, state.inputs, state.sign_ins, state.accounts) == (
        (lost.lineage, lost.inputs, lost.sign_ins, lost.accounts)
    )
    assert {address: (item.outputs, item.properties, item.depends_on) for address, item in state.records.items()} == {
        address: (item.outputs, item.properties, item.depends_on) for address, item in lost.records.items()
    }
    assert deployment.create() == []
    assert sorted(deployment.destroy()) == sorted(deployment.nodes())
    assert everything_in(scope()) == before


def test_a_machine_is_recorded_with_the_script_that_it_was_created_with(
    scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    """Also where the inputs name another version by now: the hand-off names what the machine has."""
    then = from_inputs(integration("biomodal-duet"), {"bucket": "example-duet", "nextflow_version": "24.10.9"})
    deployment = Deployment(then, scope(), tmp_path)
    deployment.create()
    script = lose(deployment).records["vm"].properties["user_data"]
    found = recover(deployment, example("biomodal-duet"))
    assert found.state.records["vm"].properties["user_data"] == script
    assert handoff_of(found.state).values["Nextflow"].startswith("24.10.9 ")
    assert handoff_of(found.state).files["nextflow.config"].startswith("// How Nextflow 24.10.9 runs")
    forgotten = replace(found.state, records={name: item for name, item in found.state.records.items() if name != "vm"})
    again, _ = recovery.import_resource(deployment.session, forgotten, example("biomodal-duet"), "vm")
    assert again.records["vm"] == found.state.records["vm"]
    scope().client("ec2").modify_instance_attribute(
        InstanceId=found.state.records["vm"].outputs["instance_id"], UserData={"Value": b64encode(b"#!/bin/sh\n")}
    )
    other = recovery.rebuild(deployment.session, "test", example("biomodal-duet")).state
    assert handoff_of(other).values["Nextflow"].startswith("(unknown) ")

    def denied(call: Call, carry: Carry) -> Any:
        return error_answer(call, "UnauthorizedOperation", "no", 403) if "userData" in call.text else carry()

    cloud.between = denied
    unread = recovery.rebuild(deployment.session, "test", example("biomodal-duet")).found.unsearched
    assert [line for line in unread if line.startswith("vm: the script of its first boot")]


def changing(calls: list[Call]) -> list[str]:
    """STS is asked for the way into another account."""
    reads = ("Get", "List", "Head", "Describe", "AssumeRole")
    return [call.name for call in calls if not call.operation.startswith(reads)]


def test_what_an_earlier_run_made_with_other_inputs_is_found_by_its_tags(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(everything("biomodal-duet"), scope(), tmp_path)
    before = bystanders(scope())
    deployment.create()
    made = lose(deployment).records
    deployment.wanted = replace(deployment.wanted, spot=False, public_key=None)  # type: ignore[call-arg]
    found = recover(deployment, deployment.wanted).found
    assert [item.address for item in found.taken if not item.wanted] == ["key-pair", "spot-environment", "spot-queue"]
    state = deployment.backend.load()
    assert state is not None
    for address in ("spot-environment", "spot-queue"):
        assert state.records[address].outputs == made[address].outputs
        assert set(state.records[address].depends_on) - {"spot-environment"} <= set(made[address].depends_on) | {
            "batch-profile",
            "batch-security-group",
            "launch-template",
        }
    assert "spot-environment" in state.records["spot-queue"].depends_on
    assert "batch-profile" in state.records["spot-environment"].depends_on
    assert sorted(deployment.destroy()) == sorted(set(made) - {"spot-service-role"})
    assert everything_in(scope()) == before


@pytest.mark.parametrize("name", ["upsolver-private-vpc", "upsolver-data-access"])
def test_with_another_prefix_resources_are_found_by_their_tags_and_what_hangs_on_them_too(
    name: str, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = Deployment(everything(name), scope(), tmp_path)
    before = bystanders(scope())
    deployment.create()
    made = lose(deployment).records
    found = recover(deployment, from_inputs(integration(name), {**EVERYTHING[name], "role_prefix": "other-"})).found
    state = deployment.backend.load()
    assert state is not None
    assert {address: (item.outputs, item.properties.get("name")) for address, item in state.records.items()} == {
        address: (item.outputs, item.properties.get("name")) for address, item in made.items()
    }
    assert all(item.wanted for item in found.taken)
    deployment.destroy()
    assert everything_in(scope()) == before


def test_of_two_lost_states_of_one_name_one_must_be_chosen(scope: MakeScope, tmp_path: Path) -> None:
    lost = []
    for prefix in ("one-", "two-"):
        wanted = from_inputs(
            integration("upsolver-vpc"), {"external_id": "e1", "org_id": prefix + "x", "role_prefix": prefix}
        )
        deployment = Deployment(wanted, scope(), tmp_path)
        deployment.create()
        lost.append(lose(deployment))
    with pytest.raises(PlanRefused, match="the tags name 2 states of test") as refused:
        recover(deployment, wanted)
    assert [row.partition(": ") for row in refused.value.problems] == [
        (state.lineage, ": ", "bucket, role") for state in sorted(lost, key=lambda state: state.lineage)
    ]
    with pytest.raises(PlanRefused, match="not somebody"):
        recover(deployment, wanted, lineage="somebody")
    recover(deployment, wanted, lineage=lost[1].lineage)
    assert len(deployment.destroy()) == 4
    assert [role["RoleName"] for role in scope().client("iam").list_roles()["Roles"]] == ["one-UpsolverRole"]


def test_an_external_id_that_was_drawn_is_read_off_what_was_made(scope: MakeScope, tmp_path: Path) -> None:
    given = from_inputs(integration("aspera-atc"), {"bucket": ["acme-in"]})
    deployment = Deployment(given, scope(), tmp_path)
    deployment.create()
    drawn = lose(deployment).inputs["external_id"]
    found = recover(deployment, given)
    assert found.state.inputs["external_id"] == drawn
    assert found.found.unsearched == ()
    assert deployment.create() == []


def test_a_generated_external_id_is_told_from_that_of_a_statement_of_somebody_else(scope: MakeScope, tmp_path: Path) -> None:
    given = from_inputs(integration("aspera-atc"), {"bucket": ["acme-in"]})
    deployment = Deployment(given, scope(), tmp_path)
    deployment.create()
    generated = lose(deployment).inputs["external_id"]
    iam = deployment.scope_of("s3").client("iam")
    document = iam.get_role(RoleName="atc-s3-access-keys")["Role"]["AssumeRolePolicyDocument"]
    theirs = {**document["Statement"][0], "Sid": "Theirs", "Principal": {"AWS": "210987654321"}}
    theirs["Condition"] = {"StringEquals": {"sts:ExternalId": "of-somebody-else"}}
    document["Statement"].insert(0, theirs)
    iam.update_assume_role_policy(RoleName="atc-s3-access-keys", PolicyDocument=json.dumps(document))
    assert recover(deployment, given).state.inputs["external_id"] == generated


def test_one_that_cannot_be_read_off_is_drawn_anew_and_that_is_said(scope: MakeScope, tmp_path: Path) -> None:
    given = from_inputs(integration("aspera-atc"), {"bucket": ["acme-in"]})
    deployment = Deployment(given, scope(), tmp_path)
    deployment.create()
    drawn = lose(deployment).inputs["external_id"]
    deployment.scope_of("s3").client("iam").update_assume_role_policy(
        RoleName="atc-s3-access-keys", PolicyDocument=json.dumps(trust())
    )
    found = recover(deployment, given)
    assert found.state.inputs["external_id"] not in (drawn, None, "")
    [line] = found.found.unsearched
    assert "--external-id" in line
    [taken] = [item for item in found.found.taken if item.differs]
    assert (taken.address, taken.differs) == ("s3-role", ("trust",))


def test_a_statement_in_the_trust_of_a_role_that_was_brought_is_found(scope: MakeScope, tmp_path: Path) -> None:
    given = from_inputs(
        integration("aspera-atc"), {"bucket": ["acme-in"], "existing_s3_role": "buckets", "external_id": "e1"}
    )
    deployment = Deployment(given, scope(), tmp_path)
    before = everything_in(scope())
    deployment.create()
    lost = lose(deployment)
    recover(deployment, given)
    state = deployment.backend.load()
    assert state is not None
    assert set(state.records) == set(lost.records)
    assert {"s3-trust"} < set(state.records)
    deployment.destroy()
    assert everything_in(scope()) == before


def test_somebody_elses_resource_of_the_same_name_is_not_taken(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(example("upsolver-vpc"), scope(), tmp_path)
    deployment.create()
    lose(deployment)
    keys = [tag["Key"] for tag in scope().client("iam").list_role_tags(RoleName="UpsolverRole")["Tags"]]
    scope().client("iam").untag_role(RoleName="UpsolverRole", TagKeys=keys)
    found = recover(deployment, example("upsolver-vpc")).found
    assert [item.address for item in found.taken] == ["bucket"]
    assert set(found.missing) == {"role", "athena", "cloudformation"}
    assert deployment.destroy() == ["bucket"]


def test_where_the_index_may_not_be_asked_all_that_the_inputs_name_is_found_and_the_gap_is_said(
    scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    deployment = Deployment(everything("upsolver-private-vpc"), scope(), tmp_path)
    deployment.create()
    lost = lose(deployment)
    cloud.refuse("GetResources", "AccessDeniedException", "not authorized", times=9)
    found = recover(deployment, everything("upsolver-private-vpc"))
    assert set(found.state.records) == set(lost.records)
    [line] = found.found.unsearched
    assert "the tag index of us-east-1" in line
    assert "AccessDenied" in line
    deployment.destroy()


def test_a_machine_that_is_made_after_a_recovery_is_a_new_one(scope: MakeScope, tmp_path: Path) -> None:
    """AWS answers a client token that it knows with the machine of then, also when that is long gone."""
    deployment = Deployment(example("biomodal-duet"), scope(), tmp_path)
    deployment.create()
    first = deployment.outputs("vm")["instance_id"]
    life = lose(deployment).records["vm"].generation
    scope().client("ec2").terminate_instances(InstanceIds=[first])
    state = recover(deployment, example("biomodal-duet")).state
    for serial in range(1, life):
        deployment.backend.save(replace(state, serial=serial))
    assert "vm" in deployment.create()
    assert deployment.outputs("vm")["instance_id"] != first


def test_where_nothing_is_there_nothing_is_recorded(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(example("upsolver-vpc"), scope(), tmp_path)
    bystanders(scope())
    with pytest.raises(StateError, match="nothing that carries the owner tags of a deployment 'test' was found"):
        recover(deployment, example("upsolver-vpc"))
    assert deployment.backend.load() is None


def test_two_resources_for_one_address_are_reported_and_one_is_recorded(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(example("biomodal-duet"), scope(), tmp_path)
    deployment.create()
    state = lose(deployment)
    owner = owner_of(state, "elastic-ip")
    tags = ec2.tag_specifications([{"Key": key, "Value": value} for key, value in owner.tags().items()], "elastic-ip")
    second = scope().client("ec2").allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]
    found = recover(deployment, example("biomodal-duet"))
    recorded = found.state.records["elastic-ip"].outputs["allocation_id"]
    [line] = found.found.unclaimed
    [other] = {second, state.records["elastic-ip"].outputs["allocation_id"]} - {recorded}
    assert other in line
    assert "has the tags of elastic-ip, as another resource has" in line


@pytest.mark.parametrize("how", ["recover", "import"])
def test_what_is_stricter_than_the_inputs_want_when_a_state_is_rebuilt_is_kept(
    how: str, scope: MakeScope, tmp_path: Path
) -> None:
    """Nobody knows any more whether a run of ours or somebody else left it so: it is shown, and not undone."""
    deployment = Deployment(example("biomodal-duet"), scope(), tmp_path)
    deployment.create()
    batch, s3, iam = scope().client("batch"), scope().client("s3"), scope().client("iam")
    batch.update_job_queue(jobQueue="biomodal-duet-spot", state="DISABLED")
    batch.update_compute_environment(computeEnvironment="biomodal-duet-spot", state="DISABLED")
    s3.delete_bucket_lifecycle(Bucket="example-duet")
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    iam.put_role_permissions_boundary(RoleName="biomodal-duet-vm", PermissionsBoundary=boundary)
    if how == "recover":
        lose(deployment)
        recover(deployment, deployment.wanted)
    else:
        state = deployment.backend.load()
        assert state is not None
        forgotten = state.without(["spot-queue"])
        again, _ = recovery.import_resource(deployment.session, forgotten, deployment.wanted, "spot-queue")
        deployment.backend.save(again)
    assert deployment.create() == []
    assert {each["state"] for each in batch.describe_job_queues()["jobQueues"]} == {"ENABLED", "DISABLED"}
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="example-duet")
    assert "PermissionsBoundary" in iam.get_role(RoleName="biomodal-duet-vm")["Role"]
    kept = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted).plan
    assert {change.address for change in kept.changes if change.kept} == {
        *("bucket", "spot-queue", "spot-environment", "vm-role")
    }


@pytest.mark.parametrize(
    ("name", "before", "now"),
    [
        (
            "upsolver-data-access",
            {"trusted_principal": "arn:aws:iam::222233334444:role/theirs"},
            {"trusted_principal": "arn:aws:iam::222233334444:role/another"},
        ),
        ("hightouch-s3", {"hightouch_account": "222233334444"}, {}),
        ("vanta", {"scanner_account": ["850507053895"]}, {}),
        ("clickhouse-s3", {"service_role": [f"arn:aws:iam::111122223333:role/{each}" for each in ("a", "b")]}, {}),
        ("modal-s3", {"workspace": "ac-mine"}, {"workspace": "ac-other"}),
    ],
)
def test_an_input_that_decides_who_gets_in_is_compared_with_aws(
    name: str, before: dict[str, Any], now: dict[str, str], scope: MakeScope, tmp_path: Path
) -> None:
    """Also one that was left to its default, where create had another value."""
    [(what, had)] = before.items()
    has = tuple(had) if isinstance(had, list) else (had,)
    deployment = Deployment(from_inputs(integration(name), {**example_inputs(name), **before}), scope(), tmp_path)
    deployment.create()
    lose(deployment)
    others = from_inputs(integration(name), {**example_inputs(name), **now})
    [found] = recovery.rebuild(deployment.session, "test", others).found.contradicted
    assert (found.name, found.found, found.address) == (what, has, "role")
    assert recovery.rebuild(deployment.session, "test", deployment.wanted).found.contradicted == ()


def example_inputs(name: str) -> dict[str, Any]:
    made = example(name)
    return {each: value for each in made.given or made.to_json() if (value := made.to_json()[each])}


def test_a_statement_of_somebody_else_contradicts_nothing_and_hides_nothing(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(example("upsolver-vpc"), scope(), tmp_path)
    deployment.create()
    lose(deployment)
    iam = scope().client("iam")
    document = iam.get_role(RoleName="UpsolverRole")["Role"]["AssumeRolePolicyDocument"]
    theirs = {**document["Statement"][0], "Sid": "Theirs", "Condition": {"StringEquals": {"sts:ExternalId": "of-others"}}}
    document["Statement"].insert(0, theirs)
    iam.update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=json.dumps(document))
    assert recover(deployment, deployment.wanted).found.contradicted == ()
    deployment.backend.remove()
    old = replace(deployment.wanted, external_id="6f7e2c")  # type: ignore[call-arg]
    [found] = recovery.rebuild(deployment.session, "test", old).found.contradicted
    assert (found.given, found.found) == (("6f7e2c",), ("EXTERNAL-ID-FROM-UPSOLVER",))
