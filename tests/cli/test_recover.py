"""`recover`, `state rm`, `state import` and the receipt of `destroy`, as a user meets them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bootstrap.backends.file import FileBackend
from bootstrap.core.state import State, digest
from bootstrap.discovery import receipts
from bootstrap.errors import StateError
from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, Ran, sealed, tree, writes
from tests.cli.test_rotate import accepted
from tests.cli.test_verbs import left_in
from tests.conftest import MakeScope
from tests.discovery.test_receipts import pretend
from tests.support.wire import Wire

RECOVER = f"recover {VPC} --yes"


def lose(name: str = "upsolver-vpc") -> None:
    Path(f".bootstrap/{name}.json").unlink()


@pytest.mark.parametrize("name", sorted(set(INPUTS) - {"aspera-atc"}))  # that one: test_two_accounts.py
def test_after_a_loss_recover_then_plan_shows_nothing_and_destroy_leaves_nothing(
    name: str, bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    what = f"--integration {name} {INPUTS[name]}"
    made = bootstrap(f"create {what} --yes")
    lose(name)
    assert bootstrap(f"plan {what}").code == 1  # the names are taken, by a state that is lost
    with cloud.recorded() as calls:
        found = bootstrap(f"recover {what} --yes")
    assert found.code == 0, found.err
    assert writes(calls) == []
    assert "matches the inputs" in found.err
    assert f"are recorded in .bootstrap/{name}.json" in found.err
    assert bootstrap("status --detailed-exitcode").code == 0
    assert bootstrap(f"plan --integration {name} --detailed-exitcode").code == 0
    assert bootstrap("outputs").out.strip() == made.out.strip()
    assert bootstrap("destroy --yes").code == 0
    assert left_in(scope) == []


def test_a_tag_that_every_resource_has_is_one_that_create_gave(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --tag team=data --yes")
    scope().client("iam").tag_role(RoleName="UpsolverRole", Tags=[{"Key": "cost", "Value": "7"}])
    lose()
    found = bootstrap(RECOVER)
    assert "  + tag team=data: on every resource, so recorded as an input\n" in found.err
    plan = bootstrap("plan --integration upsolver-vpc --detailed-exitcode")
    assert (plan.code, "team" in plan.out) == (0, False), plan.out
    assert "* tag cost: added by somebody else, left alone" in plan.out


def test_the_refusal_of_a_taken_name_says_how_to_recover(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    lose()
    refused = bootstrap(f"create {VPC} --yes")
    assert refused.code == 1
    assert "bootstrap recover --integration upsolver-vpc --name upsolver-vpc" in refused.err


def test_what_was_found_is_shown_and_asked_about(bootstrap: Bootstrap, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --yes")
    lose()
    before = tree(tmp_path)
    refused = bootstrap(f"recover {VPC}")
    assert refused.code == 64
    assert "there is no terminal to ask at" in refused.err
    assert tree(tmp_path) == before


def test_a_state_that_is_there_is_not_written_over(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    before = STATE.read_bytes()
    with cloud.recorded() as calls:
        refused = bootstrap(RECOVER)
    assert refused.code == 1
    assert ".bootstrap/upsolver-vpc.json already has 4 records of upsolver-vpc" in refused.err
    assert "move it away first" in refused.err
    assert STATE.read_bytes() == before
    assert calls == []


def test_json_of_recover_tells_what_was_found_and_what_was_recorded(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    lost = json.loads(STATE.read_text())
    lose()
    ran = bootstrap(f"{RECOVER} --json")
    assert (ran.code, ran.err) == (0, "")
    found = ran.last("recovered")
    assert found["lineage"] == lost["lineage"]
    assert [item["address"] for item in found["taken"]] == ["bucket", "role", "athena", "cloudformation"]
    assert found["missing"] == found["unclaimed"] == found["unsearched"] == []
    result = ran.objects[-1]
    assert result["outputs"] == {record["address"]: record["outputs"] for record in lost["records"]}


def test_what_differs_from_the_inputs_is_said(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    scope().client("iam").update_role(RoleName="UpsolverRole", Description="edited")
    lose()
    assert "differs in description" in bootstrap(RECOVER).err
    assert "1 to change" in bootstrap(f"create {VPC} --yes").err


def test_where_nothing_is_there_that_is_said(bootstrap: Bootstrap) -> None:
    refused = bootstrap(RECOVER)
    assert refused.code == 1
    assert "nothing that carries the owner tags of a deployment 'upsolver-vpc'" in refused.err
    assert not STATE.exists()


# Inputs that are not those of the last create


def recover_as_advised(bootstrap: Bootstrap, refused: Ran) -> None:
    """Types the command of the refusal, after which nothing differs."""
    assert refused.code == 64
    assert not STATE.exists()
    [command] = re.findall("To record what AWS has, run: bootstrap (.*)", refused.err)
    assert bootstrap(command).code == 0
    assert bootstrap("plan --detailed-exitcode").code == 0


def test_an_external_id_that_a_rotation_replaced_is_refused_with_the_command_that_records_what_aws_has(
    bootstrap: Bootstrap,
) -> None:
    bootstrap(f"create {VPC} --yes")
    bootstrap("rotate external-id --external-id ext-2 --yes")
    for line in (RECOVER, f"recover {VPC.replace('ext-1', 'ext-2')} --yes"):  # each of the two would lock the other out
        lose()
        refused = bootstrap(line)
        assert "--external-id: AWS has ext-2 and ext-1 in the trust of role, not only ext-" in refused.err
        recover_as_advised(bootstrap, refused)
    assert "A rotation is under way" in bootstrap("status").out
    bootstrap("rotate external-id --retire --yes")
    for line in (
        RECOVER,
        f"{RECOVER.replace('ext-1', 'ext-2')} --previous-external-id ext-1",
    ):
        lose()
        refused = bootstrap(line)
        assert "--external-id: AWS has ext-2 in the trust of role, " in refused.err
        assert "the next create would lock out whoever gets in now" in refused.err
        recover_as_advised(bootstrap, refused)
    lose()
    locked = bootstrap("recover upsolver-vpc --org-id acme --external-id-later --yes")
    assert "AWS has ext-2 in the trust of role, and these inputs would lock the role" in locked.err
    assert "omit --external-id-later and add: --external-id ext-2\n" in locked.err
    assert (locked.code, STATE.exists()) == (64, False)


@pytest.mark.parametrize("wrong", ["--org-id acmee", "--org-id acme --role-prefix p-"])
def test_inputs_that_call_things_otherwise_are_refused_as_the_hand_off_would_have_names_of_nothing(
    wrong: str, bootstrap: Bootstrap
) -> None:
    made = bootstrap(f"create {VPC} --yes").out
    lose()
    refused = bootstrap(f"recover upsolver-vpc --external-id ext-1 --yes {wrong}")
    assert (refused.code, STATE.exists()) == (64, False)
    assert "create cannot change that of what exists" in refused.err
    if wrong == "--org-id acmee":
        assert "--org-id: AWS has acme as name of bucket, not acmee" in refused.err
        recover_as_advised(bootstrap, refused)
    else:
        assert "AWS has UpsolverRole as name of role, not p-UpsolverRole" in refused.err
        assert bootstrap(RECOVER).code == 0
    assert bootstrap("outputs").out.strip() == made.strip()


def test_an_option_that_was_omitted_is_named_as_somebody_would_be_blamed_for_what_it_leaves(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --harden --without-athena --yes")
    lose()
    refused = bootstrap(RECOVER)
    assert "AWS has what --harden and --without-athena leave, and these inputs grant more" in refused.err
    recover_as_advised(bootstrap, refused)
    lose()
    assert bootstrap(f"{RECOVER} --keep-inputs").code == 0


def test_an_old_id_in_the_project_file_is_to_be_changed_there(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    bootstrap("rotate external-id --external-id ext-2 --yes")
    bootstrap("rotate external-id --retire --yes")
    lose()
    inputs = 'external_id = "ext-1"\norg_id = "acme"\n'
    Path("bootstrap.toml").write_text(f'integration = "upsolver-vpc"\n[deployments.upsolver-vpc.inputs]\n{inputs}')
    refused = bootstrap("recover upsolver-vpc --yes")
    where = "put this into the inputs of this deployment (bootstrap.toml, line 2), and run the same command again"
    assert f'{where}: external_id = "ext-2"' in refused.err
    by_option = bootstrap(RECOVER)
    assert "To record what AWS has, run: bootstrap recover --integration upsolver-vpc" in by_option.err


def test_with_keep_inputs_it_is_said_what_create_changes_and_create_says_whom_it_locks_out(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    bootstrap("rotate external-id --external-id ext-2 --yes")
    bootstrap("rotate external-id --retire --yes")
    lose()
    found = bootstrap(f"{RECOVER} --keep-inputs")
    assert found.code == 0
    assert "  ! role: the next create replaces ext-2 with ext-1\n" in found.err
    assert '        -   Condition: {"StringEquals": {"sts:ExternalId": "ext-2"}}\n' in found.err
    assert '        +   Condition: {"StringEquals": {"sts:ExternalId": "ext-1"}}\n' in found.err
    plan = bootstrap("plan")
    assert "Warning: the external id changes from ext-2 to ext-1." in plan.out + plan.err
    [rotate] = re.findall("instead run: bootstrap (.*)", plan.out + plan.err)
    assert bootstrap(f"{rotate} --yes").code == 0
    assert accepted(scope) == ["ext-2"]
    assert json.loads(STATE.read_text())["inputs"]["external_id"] == "ext-2"


def test_what_create_would_change_is_shown_and_in_json(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    scope().client("iam").update_role(RoleName="UpsolverRole", Description="edited", MaxSessionDuration=3600)
    lose()
    found = bootstrap(f"{RECOVER} --json").last("recovered")
    [role] = [item for item in found["taken"] if item["address"] == "role"]
    assert [(item["field"], item["before"]) for item in role["later"]] == [("description", "edited")]
    assert found["contradicted"] == []


# The receipt


def test_the_receipt_lists_what_is_gone_with_its_id(bootstrap: Bootstrap) -> None:
    role = bootstrap(f"create {VPC} --yes --json").last("result")["outputs"]["role"]["role_id"]
    gone = bootstrap("destroy --yes")
    assert gone.code == 0
    rows = [line.split() for line in gone.out.splitlines() if line.startswith("  gone")]
    assert sorted(row[1] for row in rows) == ["athena", "bucket", "cloudformation", "role"]
    assert ["gone", "role", "iam_role", role] in rows
    assert ["gone", "bucket", "s3_bucket", BUCKET] in rows


def test_json_of_the_receipt(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap("destroy --yes --json")
    receipt = ran.last("receipt")
    assert receipt["clean"] is True
    assert {item["address"] for item in receipt["gone"]} == {"athena", "bucket", "cloudformation", "role"}
    assert receipt["left"] == receipt["unknown"] == receipt["unsearched"] == receipt["others"] == []
    assert ran.objects[-1]["type"] == "result"


def test_what_is_left_ends_with_1_and_the_advised_command_takes_it_away(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    cloud.trick("DeleteRole", pretend)
    ran = bootstrap("destroy --yes --json")
    assert ran.code == 1
    assert [item["type"] for item in ran.objects[-2:]] == ["receipt", "error"]
    assert [item["address"] for item in ran.last("receipt")["left"]] == ["role"]
    assert left_in(scope) == ["UpsolverRole"]
    advised = ran.last("error")["advice"]
    assert advised == "Run: bootstrap destroy --name upsolver-vpc"
    assert bootstrap(f"{advised.removeprefix('Run: bootstrap ')} --yes").code == 0
    assert left_in(scope) == []
    assert not STATE.exists()


def test_what_only_the_tags_tell_of_is_left_and_the_advised_commands_take_it_away(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    second_role(scope)
    left = bootstrap("destroy --yes")
    assert left.code == 1
    assert "it carries this deployment's owner tags, but the state has no record of it" in left.out
    advised = "state import role second --name upsolver-vpc"
    assert f"bootstrap {advised}" in left.err
    assert bootstrap(f"{advised} --yes").code == 0
    assert bootstrap("destroy --yes --name upsolver-vpc").code == 0
    assert left_in(scope) == []
    assert not STATE.exists()


def second_role(scope: MakeScope) -> None:
    """Another role with the tags of ours."""
    iam = scope().client("iam")
    tags = iam.list_role_tags(RoleName="UpsolverRole")["Tags"]
    iam.create_role(RoleName="second", AssumeRolePolicyDocument="{}", Tags=tags)


def test_a_search_that_is_refused_is_no_proof_and_is_made_up_for_by_the_next_destroy(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    bootstrap(f"create {VPC} --yes")
    cloud.refuse("GetResources", "AccessDeniedException", "not authorized to tag:GetResources", times=1)
    gone = bootstrap("destroy --yes")
    assert gone.code == 1
    assert "whether anything else of upsolver-vpc is left could not be looked for" in gone.err
    assert "Then run: bootstrap destroy --name upsolver-vpc\n" in gone.err
    assert STATE.exists()
    assert "not searched: the tag index of us-east-1" in gone.out
    assert "not authorized to tag:GetResources" in gone.out
    assert bootstrap("destroy --name upsolver-vpc --yes").code == 0
    assert not STATE.exists()


@pytest.mark.parametrize("error", [StateError("no space left", "Make room."), KeyError("what nobody thought of")])
def test_where_what_is_left_cannot_be_saved_the_receipt_is_shown_and_the_state_kept(
    error: Exception, bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap(f"create {VPC} --yes")
    cloud.trick("DeleteRole", pretend)

    def full(self: FileBackend, state: State) -> State:
        raise error

    with monkeypatch.context() as patched:

        def kept(*given: Any) -> State:
            patched.setattr(FileBackend, "save", full)
            return receipts_kept(*given)

        receipts_kept = receipts.kept
        patched.setattr(receipts, "kept", kept)
        ran = bootstrap("destroy --yes")
    assert ran.code == 1
    assert "it was deleted, but AWS still shows it" in ran.out
    assert str(error) in ran.err
    [command] = re.findall("run: bootstrap (state push .*)", ran.err)
    assert bootstrap(f"{command} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert left_in(scope) == []


# Single records


def test_a_record_that_is_forgotten_leaves_its_thing_alone(bootstrap: Bootstrap, scope: MakeScope, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    with cloud.recorded() as calls:
        ran = bootstrap("state rm bucket role athena cloudformation --yes")
    assert ran.code == 0
    assert calls == []
    assert f"bucket: s3_bucket {BUCKET}" in ran.err
    assert "stays in AWS" in ran.err
    assert "bootstrap:" in ran.err
    assert json.loads(STATE.read_text())["records"] == []
    assert sorted(left_in(scope)) == ["UpsolverRole", BUCKET]
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert len(json.loads(STATE.read_text())["records"]) == 4


def test_what_others_depend_on_is_forgotten_only_together_with_them(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    refused = bootstrap("state rm role --yes")
    assert refused.code == 1
    assert "athena, cloudformation depend on what would be forgotten" in refused.err
    assert "Name these too: athena cloudformation." in refused.err
    unknown = bootstrap("state rm rule --yes")
    assert unknown.code == 1
    assert "no record of rule" in unknown.err
    assert len(json.loads(STATE.read_text())["records"]) == 4
    assert bootstrap("state rm athena").code == 64
    assert bootstrap("state rm athena --yes --json").last("result")["outputs"].keys() == {"bucket", "role", "cloudformation"}


@pytest.mark.parametrize("address", ["bucket", "role", "athena"])
def test_what_was_forgotten_can_be_recorded_again(address: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    before = json.loads(STATE.read_text())["records"]
    STATE.write_text(sealed(without(json.loads(STATE.read_text()), address)))
    with cloud.recorded() as calls:
        ran = bootstrap(f"state import {address} --yes")
    assert ran.code == 0, ran.err
    assert writes(calls) == []
    after = json.loads(STATE.read_text())["records"]
    assert {item["address"]: (item["outputs"], item["properties"], item["depends_on"]) for item in after} == {
        item["address"]: (item["outputs"], item["properties"], item["depends_on"]) for item in before
    }
    assert bootstrap("plan --integration upsolver-vpc --detailed-exitcode").code == 0
    assert bootstrap("destroy --yes").code == 0


def test_what_hangs_on_a_thing_is_recorded_with_it_so_that_the_next_destroy_takes_both(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    two_roles = f"--integration upsolver-private-vpc {INPUTS['upsolver-private-vpc']} --name priv"
    assert bootstrap(f"create {two_roles} --yes").code == 0
    assert bootstrap("state rm server-role server-athena server-cloudformation server-profile --yes").code == 0
    left = bootstrap("destroy --yes")
    assert left.code == 1
    imports, destroys = (re.findall(f"^{word}: bootstrap (.*)$", left.err, re.MULTILINE) for word in ("Run", "then"))
    assert len(imports) == 2
    assert [bootstrap(f"{command} --yes").code for command in imports] == [0, 0]
    ran = bootstrap(f"{destroys[0]} --yes")
    assert ran.code == 0, ran.err
    assert left_in(scope) == []


def test_what_somebody_else_put_on_a_thing_is_not_recorded_with_it(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    assert bootstrap("state rm role athena cloudformation --yes").code == 0
    theirs = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    scope().client("iam").attach_role_policy(RoleName="UpsolverRole", PolicyArn=theirs)
    assert bootstrap("state import role --yes").code == 0
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert f"somebody else added to it: attached policy {theirs}" in refused.err + refused.out


def without(state: Any, address: str) -> Any:
    """As if the record had never been written."""
    shorter = {**state, "records": [item for item in state["records"] if item["address"] != address]}
    return {**shorter, "digest": digest(shorter)}


def test_somebody_elses_thing_is_not_recorded(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    STATE.write_text(sealed(without(json.loads(STATE.read_text()), "bucket")))
    before = STATE.read_text()
    scope().client("s3").delete_bucket_tagging(Bucket=BUCKET)
    refused = bootstrap("state import bucket --yes")
    assert refused.code == 1
    assert f"s3_bucket {BUCKET} exists, and its owner tags are not those of bucket" in refused.err
    assert STATE.read_text() == before


def test_what_is_recorded_or_not_there_cannot_be_imported(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    assert "bucket is recorded already" in bootstrap("state import bucket --yes").err
    nothing = bootstrap("state import queue --yes")
    assert nothing.code == 1
    assert "nothing carries the owner tags of queue of upsolver-vpc" in nothing.err


def test_of_several_things_for_an_address_one_is_named(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    second_role(scope)
    STATE.write_text(sealed(without(json.loads(STATE.read_text()), "role")))
    several = bootstrap("state import role --yes")
    assert several.code == 64
    assert "there are several resources with the owner tags of role" in several.err
    assert bootstrap("state import role second --yes --json").last("recovered")["taken"][0]["name"] == "second"


@pytest.mark.parametrize("verb", [RECOVER, "state rm athena --yes", "state import athena --yes"])
def test_while_another_run_holds_the_state_nothing_is_touched(verb: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    before = STATE.read_bytes()
    with FileBackend(STATE).lock("create"), cloud.recorded() as calls:
        refused = bootstrap(verb)
    assert refused.code == 1
    assert "another run uses .bootstrap/upsolver-vpc.json" in refused.err
    assert (STATE.read_bytes(), calls) == (before, [])


def test_what_a_destroy_that_was_cut_off_switched_off_is_on_again_while_the_state_knows_and_else_is_said(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    duet = "--integration biomodal-duet --bucket acme-duet"
    batch = scope().client("batch")

    def states() -> set[str]:
        return {queue["state"] for queue in batch.describe_job_queues()["jobQueues"]}

    assert bootstrap(f"create {duet} --yes").code == 0
    cloud.refuse("DeleteJobQueue", "ServerException", "AWS is down", times=9)
    assert bootstrap("destroy --yes").code == 1
    assert states() == {"DISABLED"}
    assert bootstrap(f"create {duet} --yes").code == 0
    assert states() == {"ENABLED"}
    cloud.refuse("DeleteJobQueue", "ServerException", "AWS is down", times=9)
    assert bootstrap("destroy --yes").code == 1
    Path(".bootstrap/biomodal-duet.json").unlink()
    ran = bootstrap(f"recover {duet} --yes")
    assert "or an interrupted destroy did" in ran.err
    [command] = re.findall("To switch it on again: bootstrap (.*)", ran.err)
    assert bootstrap(f"create {duet} --yes").code == 0
    assert states() == {"DISABLED"}
    again = bootstrap(f"{command} --yes")
    assert (again.code, states()) == (0, {"ENABLED"}), again.err
