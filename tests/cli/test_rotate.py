"""`rotate external-id`: both ids during the overlap, one after it, and nobody is locked out by a crash or an old file."""

import json
from pathlib import Path
from typing import Any

import pytest

import bootstrap.integrations as bootstrap_integrations
from bootstrap.permissions.trust_overlap import external_ids
from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap, writes
from tests.cli.test_killed import each_end
from tests.conftest import MakeScope
from tests.support.processes import Cloud, killed
from tests.support.wire import Wire

CATALOG = Path(bootstrap_integrations.__file__).parent / "catalog"
API = "arn:aws:iam::428641199958:role/upsolver-api"
ROTATE = "rotate external-id --yes"


def accepted(scope: MakeScope, name: str = "UpsolverRole", who: str = API) -> list[str]:
    return external_ids(scope().client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], who)


def inputs(path: Path = STATE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["inputs"]
    return found


def test_the_vendor_gets_in_with_both_until_the_old_one_is_retired(
    bootstrap: Bootstrap, scope: MakeScope, cloud: Wire
) -> None:
    bootstrap(f"create {VPC} --yes")
    with cloud.recorded() as calls:
        planned = bootstrap("rotate external-id --external-id ext-2 --dry-run")
    assert (planned.code, writes(calls), "\nPlan: 1 to " in planned.out) == (0, [], True)
    assert inputs()["external_id"] == "ext-1"
    first = bootstrap(f"{ROTATE} --external-id ext-2")
    assert first.code == 0, first.err
    assert accepted(scope) == ["ext-2", "ext-1"]
    assert "External id           ext-2" in first.out
    assert (
        "If you keep the inputs in a file (--inputs), write ext-2 there as external_id. Nothing else to change.\n"
        in first.err
    )
    assert "At Upsolver, replace ext-1 with ext-2." in first.out
    assert first.out.rstrip().endswith("bootstrap rotate external-id --retire --name upsolver-vpc")
    assert (inputs()["external_id"], inputs()["previous_external_id"]) == ("ext-2", "ext-1")

    with cloud.recorded() as calls:
        for line in (ROTATE, f"{ROTATE} --external-id ext-2", "create --integration upsolver-vpc --yes"):
            assert bootstrap(line).code == 0
    assert writes(calls) == []
    retire = "bootstrap rotate external-id --retire --name upsolver-vpc"
    shown = bootstrap("status --detailed-exitcode")
    assert (shown.code, "A rotation is under way" in shown.out, retire in shown.out) == (0, True, True)
    assert bootstrap("status --json").last("rotating") == {
        "type": "rotating",
        "external_id": "ext-2",
        "previous_external_id": "ext-1",
        "retire": retire,
    }
    table = bootstrap("status --all --detailed-exitcode")
    assert (table.code, "1 rotating." in table.out, retire in table.out) == (0, True, True)

    old = bootstrap("create --integration upsolver-vpc --external-id ext-1 --yes")
    assert (old.code, "ext-2 replaces it" in old.err) == (64, True)
    Path("inputs.toml").write_text('external_id = "ext-2"\norg_id = "acme"\n')
    assert bootstrap("create --integration upsolver-vpc --inputs inputs.toml --yes").code == 0
    assert accepted(scope) == ["ext-2", "ext-1"]

    with cloud.recorded() as calls:
        last = bootstrap(f"{ROTATE} --retire")
    assert (last.code, writes(calls)) == (0, ["iam.UpdateAssumeRolePolicy"])
    assert accepted(scope) == ["ext-2"]
    assert "previous_external_id" not in inputs()
    Path("inputs.toml").write_text('external_id = "ext-1"\norg_id = "acme"\n')
    undone = bootstrap("create --integration upsolver-vpc --inputs inputs.toml --yes")
    assert (undone.code, accepted(scope)) == (64, ["ext-2"])
    assert "inputs.toml, line 1: external_id: ext-1 was retired by a rotation; ext-2 replaced it\n" in undone.err
    assert "Write ext-2 there instead.\n" in undone.err
    changed = bootstrap("plan --integration upsolver-vpc --external-id ext-3")
    told = " ".join((changed.out + changed.err).split())
    assert "Warning: the external id changes from ext-2 to ext-3." in told
    assert "Note: Warning" not in told
    nothing = bootstrap(f"{ROTATE} --retire")
    assert nothing.code == 0
    assert "Nothing to retire: the role accepts only ext-2." in nothing.err
    assert "rotation" not in bootstrap("status").out


def test_the_file_of_an_integration_that_is_gone_is_named_with_what_helps(bootstrap: Bootstrap, scope: MakeScope) -> None:
    text = (CATALOG / "fivetran-s3.toml").read_text().replace('name = "fivetran-s3"', 'name = "acme"', 1)
    Path("acme.toml").write_text(text)
    scope().client("s3").create_bucket(Bucket="acme-own")
    assert bootstrap("create --integration ./acme.toml --bucket acme-own --external-id ext-1 --yes").code == 0
    Path("acme.toml").rename("moved.toml")
    gone = bootstrap(f"{ROTATE} --external-id ext-2")
    assert gone.code == 64
    assert "The file of deployment acme is not there: ./acme.toml" in gone.err
    assert "If it has moved, first run create with --integration and where it is now." in gone.err
    assert bootstrap("create --integration ./moved.toml --name acme --yes").code == 0
    assert bootstrap(f"{ROTATE} --external-id ext-2").code == 0


def test_the_line_of_the_project_file_that_a_rotation_made_old_is_named(bootstrap: Bootstrap) -> None:
    file = Path("bootstrap.toml")
    table = 'integration = "upsolver-vpc"\n[deployments.one]\n[deployments.two.inputs]\norg_id = "acme"\n'
    file.write_text(f'{table}external-id = "ext-1"\n')
    assert bootstrap("create --name two --yes").code == 0
    rotated = bootstrap("rotate external-id --external-id ext-2 --name two --yes")
    assert 'bootstrap.toml, line 5: write external_id = "ext-2". Until then, create refuses what is there.\n' in rotated.err
    refused = bootstrap("create --name two --yes")
    assert "bootstrap.toml, line 5: external_id: ext-1 is the previous external id; ext-2 replaces it\n" in refused.err
    assert "Write ext-2 there instead.\n" in refused.err
    file.write_text(f'{table}external_id = "ext-2"\nprevious_external_id = "ext-1"\n')
    assert bootstrap("create --name two --yes").code == 0
    retired = bootstrap("rotate external-id --retire --name two --yes")
    assert "bootstrap.toml, line 6: delete previous_external_id. Until then" in retired.err
    refused = bootstrap("create --name two --yes")
    assert (
        "bootstrap.toml, line 6: previous_external_id: ext-1 was retired by a rotation\nDelete that line.\n" in refused.err
    )
    file.write_text(f'{table}external_id = "ext-3"\n')
    again = bootstrap("rotate external-id --external-id ext-3 --name two --yes")
    assert "Nothing to change in bootstrap.toml.\n" in again.err


def test_a_rotation_can_go_back_as_long_as_both_are_accepted(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    bootstrap(f"{ROTATE} --external-id ext-2")
    assert bootstrap(f"{ROTATE} --external-id ext-1").code == 0
    assert set(accepted(scope)) == {"ext-1", "ext-2"}
    assert (inputs()["external_id"], inputs()["previous_external_id"]) == ("ext-1", "ext-2")
    bootstrap(f"{ROTATE} --retire")
    assert accepted(scope) == ["ext-1"]


@pytest.mark.parametrize(
    ("create", "line", "problem"),
    [
        (f"{VPC}", "", "the new external id is not given"),
        (f"{VPC}", "--external-id a*", "an external id may not contain"),
        (f"{VPC}", "--external-id ext-1", "ext-1 is the external id already"),
        (f"{VPC}", "--external-id ext-2 --retire", "--retire and --external-id contradict each other"),
        (
            "--integration upsolver-vpc --org-id acme --external-id-later",
            "--external-id ext-2",
            "it is waiting for Upsolver",
        ),
        (f"--integration biomodal-duet {INPUTS['biomodal-duet']}", "", "biomodal-duet has no external id"),
    ],
)
def test_what_cannot_be_rotated_is_refused_before_anything_changes(
    create: str, line: str, problem: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    assert bootstrap(f"create {create} --yes").code == 0
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ROTATE} {line}")
    assert refused.code == 64
    assert problem in refused.err
    assert writes(calls) == []


def test_an_id_that_bootstrap_makes_is_made_anew_and_survives_the_loss_of_the_state(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    node = "arn:aws:iam::123456789012:role/atc-node"
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument="{}")
    state = Path(".bootstrap/aspera-atc.json")
    create = "--integration aspera-atc --bucket acme-own --yes"
    scope().client("s3").create_bucket(Bucket="acme-own")
    assert bootstrap(f"create {create}").code == 0
    old = inputs(state)["external_id"]
    assert bootstrap(ROTATE).code == 0
    new = inputs(state)["external_id"]
    assert new != old
    assert accepted(scope, "atc-s3-access-keys", node) == [new, old]
    assert bootstrap(ROTATE).code == 0
    assert inputs(state)["external_id"] == new
    state.unlink()
    assert bootstrap(f"recover {create}").code == 0
    assert (inputs(state)["external_id"], inputs(state)["previous_external_id"]) == (new, old)
    assert bootstrap(f"{ROTATE} --retire").code == 0
    assert accepted(scope, "atc-s3-access-keys", node) == [new]


@each_end
@pytest.mark.parametrize("step", ["--external-id ext-2", "--retire"])
def test_a_killed_step_is_completed_by_the_same_command(
    step: str, effect: bool, here: Bootstrap, sandbox_cloud: Cloud, tmp_path: Path
) -> None:
    assert here(f"create {VPC} --sandbox --yes").code == 0
    if step == "--retire":
        assert here(f"{ROTATE} --external-id ext-2 --sandbox").code == 0
    line = f"{ROTATE} {step} --sandbox"
    assert killed(line, 1, sandbox_cloud, tmp_path, effect=effect)
    again = here(line)
    assert again.code == 0, again.err
    state = json.loads((tmp_path / ".bootstrap/sandbox/deployments/upsolver-vpc.json").read_text())
    [trust] = [record["properties"]["trust"] for record in state["records"] if record["kind"] == "iam_role"]
    assert external_ids(trust, API) == (["ext-2"] if step == "--retire" else ["ext-2", "ext-1"])
    assert here("status --detailed-exitcode --sandbox").code == 0
