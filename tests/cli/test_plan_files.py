"""`plan --out`, `approve` and `create --plan`: what was read and approved is what is run, or nothing."""

import json
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.cli import plan_files
from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, Ran, tree, writes
from tests.cli.test_two_accounts import trust
from tests.conftest import MakeScope
from tests.support.hostile import HOSTILE
from tests.support.keys import ED25519, key_pair
from tests.support.plan_files import sealed
from tests.support.processes import BOOTSTRAP, Cloud, environment, killed
from tests.support.refusals import is_one_clear_error
from tests.support.wire import Wire

PLAN = f"plan {VPC} --out plan.json"
CREATE = "create --plan plan.json"
FILE = Path("plan.json")
PAST = {"created": "2025-12-31T00:00:00Z", "expires": "2026-01-01T00:00:00Z"}
FUTURE = {"created": "2199-01-01T00:00:00Z", "expires": "2199-01-02T00:00:00Z"}
RULE = 'region = "us-east-1"\nrequire_approval = true\n'
PROD = '[deployments.prod]\nintegration = "upsolver-vpc"\ninputs = { external_id = "ext-1", org_id = "acme" }\n'
ATHENA = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
LAMBDA = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"


@pytest.fixture
def refuses(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Callable[..., str]:
    """Runs a command that must be refused with one error, and change nothing; gives what it says."""

    def refuses(line: str, code: int = 1) -> str:
        before = tree(tmp_path)
        with cloud.recorded() as calls:
            ran = bootstrap(line)
        assert ran.code == code, ran.err
        assert writes(calls) == []
        assert tree(tmp_path) == before
        assert ran.err.count("Error: ") == 1
        return ran.err

    return refuses


def command_after(text: str, told: str) -> str:
    """The command that was printed behind these words."""
    [line] = re.findall(rf"{re.escape(told)}bootstrap (.*)$", text, re.MULTILINE)
    return str(line)


def unsealed(text: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(text).items() if name != "digest"}


def edit(change: Callable[[dict[str, Any]], None], *, as_ours: bool = True) -> None:
    content = json.loads(FILE.read_text())
    change(content)
    FILE.write_text(sealed(content) if as_ours else json.dumps(content))


def test_a_plan_is_run_without_its_inputs_and_without_a_question(bootstrap: Bootstrap) -> None:
    ran = bootstrap(PLAN)
    assert ran.code == 0
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert f"digest {json.loads(FILE.read_text())['digest']}, until 20" in ran.err
    created = bootstrap(command_after(ran.err, "To run exactly this plan: "))
    assert created.code == 0, created.err
    assert "4 to create" in created.err
    assert f"Recorded in {STATE}." in created.err
    assert bootstrap("status").code == 0


def test_a_plan_as_json_is_written_too_and_the_region_of_the_plan_is_used(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = bootstrap(f"{PLAN} --region eu-west-1 --json --expires 7d")
    assert ran.code == 0
    assert any("Written to plan.json" in each.get("text", "") for each in ran.objects)
    created = bootstrap(f"{CREATE} --json")
    assert created.code == 0, created.out
    assert created.last("result")["outputs"]["bucket"]["name"] == "eu-west-1-upsolver-acme"


def test_it_is_refused_elsewhere_later_by_another_version_and_after_an_edit(
    bootstrap: Bootstrap, refuses: Callable[..., str]
) -> None:
    assert bootstrap(PLAN).code == 0
    good = FILE.read_text()
    assert "for 123456789012 in us-east-1, and this run is signed in to 123456789012 in eu-west-1" in refuses(
        f"{CREATE} --region eu-west-1"
    )
    elsewhere = "its place was .bootstrap/upsolver-vpc.json when the plan was made, and is mine.json\n"
    assert elsewhere in refuses(f"{CREATE} --state mine.json")
    cases: list[tuple[Callable[[dict[str, Any]], None], str]] = [
        (lambda plan: plan.update(PAST), "the plan expired at 2026-01-01T00:00:00Z"),
        (lambda plan: plan.update(FUTURE), "the plan is of 2199-01-01T00:00:00Z, which is in the future"),
        (lambda plan: plan.update(version="0.0.1"), "the plan was made by bootstrap 0.0.1"),
        (lambda plan: plan.update(format=2), "plan.json has the format 2; this version of bootstrap knows 1"),
        (lambda plan: plan["accounts"]["default"].update(id="999999999999"), "the plan is for 999999999999 in us-east-1"),
        (lambda plan: plan["graph"]["role"]["properties"].update(name="Mine"), "role: properties.name was Mine"),
    ]
    for change, told in cases:
        edit(change)
        assert told in refuses(CREATE)
        FILE.write_text(good)
    edit(lambda plan: plan.update(expires="9999-12-31T23:59:59Z"))
    assert "it is not good for up to 366 days" in refuses(CREATE, 64)
    FILE.write_text(good)
    edit(lambda plan: plan["inputs"].update(external_id="theirs"), as_ours=False)
    assert "plan.json was edited since bootstrap wrote it: its digest does not match" in refuses(CREATE)
    FILE.write_text(good)
    assert bootstrap(CREATE).code == 0


def test_a_world_that_moved_is_refused_and_the_printed_command_plans_again(
    bootstrap: Bootstrap, refuses: Callable[..., str], scope: MakeScope
) -> None:
    assert bootstrap(f"{PLAN} --tag team=data --harden").code == 0
    scope().client("s3").create_bucket(Bucket=BUCKET)
    told = refuses(CREATE)
    assert "AWS has changed since the plan was made\n  ! bucket: action was create when the plan was made" in told
    again = command_after(told, "For a new plan, run: ")
    assert "--tag team=data" in again
    assert again.endswith("--out plan.json")
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    assert bootstrap(again).code == 0
    assert bootstrap(CREATE).code == 0
    assert bootstrap(f"{PLAN} --harden").code == 0  # over the earlier one
    scope().client("iam").attach_role_policy(RoleName="UpsolverRole", PolicyArn=LAMBDA)
    assert refuses(CREATE).count(f"role: since the plan was made, there is also: attached policy {LAMBDA}\n") == 1


def test_a_replacement_is_made_once(bootstrap: Bootstrap, refuses: Callable[..., str], scope: MakeScope) -> None:
    Path("id.pub").write_text(ED25519)
    duet = "--integration biomodal-duet --bucket acme-duet --public-key id.pub --ssh-cidr 203.0.113.4/32"
    assert bootstrap(f"create {duet} --yes").code == 0
    assert bootstrap(f"plan {duet} --replace vm --out plan.json").code == 0
    content = json.loads(FILE.read_text())
    assert (content["allowed"], content["observed"]["vm (replaced)"]["action"]) == (["replace vm"], "delete")
    done = bootstrap(CREATE)
    assert done.code == 0, done.err
    machines = scope().client("ec2").describe_instances()["Reservations"]
    told = refuses(CREATE)
    assert "vm (replaced): " in told
    assert "Add the files of these options to it: --public-key\n" in told
    assert scope().client("ec2").describe_instances()["Reservations"] == machines


def test_what_it_has_settled_cannot_be_given_again(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    assert bootstrap(PLAN).code == 0
    for more, told in (
        ("--integration upsolver-vpc", "--plan has settled that already: --integration"),
        ("--integration upsolver-vpc --external-id a", "--plan has settled that already: --integration"),
        ("--retag --replace role", "--plan has settled that already: --retag, --replace"),
        ("--dry-run", "--plan has settled that already: --dry-run"),
        ("--name other", "the plan is for the deployment upsolver-vpc, not other"),
        ("--inputs in.toml", "--plan has the inputs already"),
        ("--allowed-signers file", "and none is required"),
        ("--require-approval missing", "cannot read the approval missing: No such file"),
    ):
        assert told in refuses(f"{CREATE} {more}", 64), more
    assert "Add --plan FILE." in refuses(f"create {VPC} --yes --require-approval a", 64)
    assert "cannot read the plan missing: No such file" in refuses("create --plan missing", 64)
    assert "--expires is about the file of --out" in refuses(f"plan {VPC} --expires 2h", 64)
    for wrong in ("0h", "1y", "x", "400d"):
        assert f"--expires: '{wrong}' is not a time like 30m" in refuses(f"{PLAN} --expires {wrong}", 64)
    for place in (".", "-", ".bootstrap/plan.json", "plan.json/x"):
        assert "--out" in refuses(f"plan {VPC} --out {place}", 64)


def test_only_a_file_of_the_same_kind_is_overwritten(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    FILE.write_text("mine")
    assert "--out would overwrite: plan.json" in refuses(PLAN, 64)
    assert bootstrap(f"{PLAN} --force").code == 0
    Path("plan.json.approval").write_text("mine")
    assert "--out would overwrite: plan.json.approval" in refuses("approve plan.json --by ann", 64)
    assert "--out would overwrite the plan itself" in refuses("approve plan.json --by ann --out ./plan.json --force", 64)
    assert "Add --out FILE" in refuses("approve /dev/stdin --by ann", 64)
    assert "Add --by NAME, or --dry-run" in refuses("approve plan.json", 64)
    assert bootstrap("approve plan.json --by ann --out yes.json").code == 0
    told = refuses("approve plan.json --by bob --out yes.json", 64)
    assert re.search(
        r"yes\.json has an approval of this plan already, by ann at 20\S+Z\n.* to replace it, add --force\.", told
    )
    assert json.loads(Path("yes.json").read_text())["by"] == "ann"
    assert bootstrap("approve plan.json --by bob --out yes.json --force").code == 0
    assert bootstrap(f"{PLAN} --harden").code == 0
    assert bootstrap("approve plan.json --by ann --out yes.json").code == 0  # that was an approval of another plan


def test_a_plan_that_is_refused_is_not_written(bootstrap: Bootstrap, scope: MakeScope) -> None:
    scope().client("s3").create_bucket(Bucket=BUCKET)
    assert bootstrap(PLAN).code == 1
    assert not FILE.exists()


def test_an_approval_is_for_one_plan(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    assert bootstrap(PLAN).code == 0
    approved = bootstrap("approve plan.json --by 'Ann B' --note 'read it' --json")
    assert approved.json == {
        "plan": json.loads(FILE.read_text())["digest"],
        "by": "Ann B",
        "when": approved.json["when"],
        "note": "read it",
        "signed": False,
        "file": "plan.json.approval",
    }
    assert stat.S_IMODE(Path("plan.json.approval").stat().st_mode) == 0o600
    assert bootstrap(f"{PLAN} --harden").code == 0
    told = refuses(f"{CREATE} --require-approval plan.json.approval")
    assert "Ann B approved another plan: its digest is" in told
    shown = bootstrap("approve plan.json --dry-run")
    assert "Creates: bucket, role, athena, cloudformation\n" in shown.out
    review = json.loads(bootstrap("review --plan plan.json --json").out)
    risks = [f"High risk: {each['text']}\n" for each in review["dangers"] if each["risk"] == "high"]
    told = f"Verdict: {review['verdict']['sentence']}\n{''.join(risks)}And "
    assert risks and told in shown.out
    assert "Access: " not in shown.out  # which is in the page
    assert "lets in arn:aws:iam::428641199958" in "".join(bootstrap("approve plan.json --dry-run --json").json["summary"])
    assert json.loads(Path("plan.json.approval").read_text())["by"] == "Ann B"  # nothing is written
    assert told in bootstrap("approve plan.json --by Ann --force").err
    created = bootstrap(f"{CREATE} --require-approval plan.json.approval")
    assert created.code == 0, created.err
    assert re.search(r"^Approved by Ann at 20.*Z\. It is not signed\.$", created.err, re.MULTILINE)


def test_a_plan_for_two_accounts_says_how_it_signs_in(bootstrap: Bootstrap, scope: MakeScope) -> None:
    trust(scope().client("iam"), {"Service": "ec2.amazonaws.com"})
    assert bootstrap(f"plan --integration aspera-atc {INPUTS['aspera-atc']} --out plan.json").code == 0
    created = bootstrap(CREATE)
    assert created.code == 0, created.err
    role = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
    assert f"From the plan: sign in to account s3 by the role {role}\n" in created.err


def test_what_has_expired_is_not_approved(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    assert bootstrap(PLAN).code == 0
    for name in ("", " ", "a\nb", "\x1b[31m"):
        assert bootstrap("approve plan.json --by", name).code == 64
    edit(lambda plan: plan.update(PAST))
    assert "the plan expired at" in refuses("approve plan.json --by ann")


def test_a_project_file_makes_an_approved_plan_the_rule(
    bootstrap: Bootstrap, refuses: Callable[..., str], scope: MakeScope
) -> None:
    Path("bootstrap.toml").write_text(RULE + PROD)
    told = refuses("create --yes")
    assert "the project file requires an approved plan for prod" in told
    assert "To read how, run: bootstrap docs approve\n" in told
    assert command_after(told, "To write it, run: ") == "plan --out plan.json"
    told = refuses(f"create --write-handoff out {VPC} --name other --role-prefix x --yes --force")
    assert "requires an approved plan for other" in told
    assert command_after(told, "To write it, run: ") == f"plan {VPC} --name other --role-prefix x --out plan.json"
    planned = bootstrap("plan --out plan.json")
    assert "It needs an approval. Whoever approves it runs: bootstrap approve plan.json --by NAME\n" in planned.err
    assert bootstrap(command_after(planned.err, "To read all of it, run: ")).code == 0
    told = refuses(CREATE)
    assert "there is none at plan.json.approval" in told
    assert bootstrap(command_after(told, "Whoever approves it runs: ")).code == 0
    created = bootstrap(CREATE)
    assert created.code == 0, created.err
    scope().client("iam").detach_role_policy(RoleName="UpsolverRole", PolicyArn=ATHENA)
    again = command_after(bootstrap("status").out, "To restore it, run: ")
    assert [bootstrap(line).code for line in (again, "approve plan.json --by ann", CREATE)] == [0, 0, 0]
    assert "the project file has others" not in created.err
    assert bootstrap("rotate external-id --external-id ext-2 --dry-run").code == 0
    told = refuses("rotate external-id --external-id ext-2 --yes")
    assert "requires an approved plan for prod" in told
    step = command_after(told, "To write it, run: ")
    assert "--external-id ext-2 --previous-external-id ext-1 " in step
    for number in (1, 2):
        assert bootstrap(step).code == 0
        assert bootstrap("approve plan.json --by ann").code == 0
        rotated = bootstrap(CREATE)
        assert rotated.code == 0, rotated.err
        assert "1 to change" in rotated.err
        if number == 1:
            step = command_after(rotated.out, "uses ext-1 any more, run: ")
            assert command_after(bootstrap("outputs").out, "uses ext-1 any more, run: ") == step
            assert command_after(refuses("rotate external-id --retire --yes"), "To write it, run: ") == step
            assert command_after(bootstrap("status").out, "uses the previous one any more, run: ") == step
    assert "any more, run: " not in rotated.out
    assert "Note: the plan is run with its own inputs; the project file has others: --external-id.\n" in rotated.err
    assert bootstrap("destroy --yes").code == 0


def test_one_deployment_of_the_project_file_can_have_another_rule(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    other = PROD.replace("prod", "test").replace('org_id = "acme"', 'org_id = "b", role_prefix = "t-"')
    test = other.replace("inputs =", "require_approval = false\ninputs =")
    Path("bootstrap.toml").write_text(f"{RULE.replace('true', chr(34) + 'yes.json' + chr(34))}{PROD}{test}")
    assert bootstrap("create --name test --yes").code == 0
    assert bootstrap("plan --name prod --out plan.json").code == 0
    told = refuses(CREATE)
    assert "there is none at yes.json" in told
    assert "runs: bootstrap approve plan.json --by NAME --out yes.json\n" in told
    assert bootstrap("approve plan.json --by ann --out yes.json").code == 0
    assert bootstrap(CREATE).code == 0
    Path("bootstrap.toml").write_text(f"{RULE.replace('true', '1')}{PROD}")
    assert "line 2: require_approval: must be true, false or a file" in refuses("plan", 64)
    Path("bootstrap.toml").write_text(PROD.replace("inputs =", 'allowed_signers = "a"\ninputs ='))
    assert "deployments.prod.allowed_signers: has no effect: no approval is required" in refuses("plan", 64)
    Path("bootstrap.toml").write_text(f'allowed_signers = "a"\n{PROD}')
    assert "line 1: allowed_signers: has no effect: no approval is required" in refuses("plan", 64)


@pytest.mark.ssh_keygen
def test_a_signature_is_required_where_the_project_file_says_who_may_sign(
    bootstrap: Bootstrap, refuses: Callable[..., str]
) -> None:
    Path("bootstrap.toml").write_text(f'{RULE}allowed_signers = "signers"\n{PROD}')
    key_pair(Path("ann")), key_pair(Path("bob"))
    Path("signers").write_text(f"ann@acme.example {Path('ann.pub').read_text()}")
    assert bootstrap("plan --out plan.json").code == 0
    assert bootstrap("approve plan.json --by ann@acme.example").code == 0
    assert "plan.json.approval is not signed, and only those in signers may approve" in refuses(CREATE)
    assert bootstrap("approve plan.json --by ann@acme.example --key bob --force").code == 0
    assert "is not one of ann@acme.example by a key that signers allows" in refuses(CREATE)
    assert "Signed: yes\n" in bootstrap("approve plan.json --by ann@acme.example --key ann --force").out
    created = bootstrap(CREATE)
    assert created.code == 0, created.err
    assert "; the signature is by a key that signers has for them.\n" in created.err
    Path("bootstrap.toml").unlink()
    again = bootstrap(f"{CREATE} --require-approval plan.json.approval")
    assert "Its signature was not verified: that takes --allowed-signers.\n" in again.err
    review = f"review {VPC} --since plan.json.approval"
    assert "The approval is signed, but not verified: no allowed signers were given." in bootstrap(review).out
    page = bootstrap(f"{review} --allowed-signers signers")
    assert page.code == 0, page.err
    assert "The approval is signed, and verified." in page.out
    content = json.loads(Path("plan.json.approval").read_text())
    content.pop("digest")
    Path("forged").write_text(sealed({**content, "access": {}}))
    assert "the signature of forged is not one of" in refuses(f"review {VPC} --since forged --allowed-signers signers")
    Path("bootstrap.toml").write_text(f'{RULE}allowed_signers = "signers"\n{PROD}')
    assert "the signature of forged is not one of" in refuses("review --integration upsolver-vpc --since forged")
    Path("bobs").write_text(f"ann@acme.example {Path('bob.pub').read_text()}")
    assert bootstrap("approve plan.json --by ann@acme.example --key bob --force").code == 0
    assert "by a key that signers allows" in refuses(f"{CREATE} --allowed-signers bobs")  # both files hold
    assert bootstrap("approve plan.json --by ann@acme.example --key ann --force").code == 0
    assert "by a key that bobs allows" in refuses(f"{CREATE} --allowed-signers bobs")
    Path("bootstrap.toml").unlink()
    Path("signers").write_text("")
    verified = f"{CREATE} --require-approval plan.json.approval --allowed-signers signers"
    assert "is not one of ann@acme.example" in refuses(verified)
    assert "--key: ssh-keygen cannot sign with missing: " in refuses("approve plan.json --by ann --key missing --force", 64)


def test_hostile_files_are_one_clear_error(bootstrap: Bootstrap) -> None:
    Path("circle").symlink_to("circle")
    is_one_clear_error(bootstrap("approve circle --by ann"), 64)
    assert bootstrap(PLAN).code == 0
    good = FILE.read_text()
    hostile = [*(text.encode(errors="surrogatepass") for text in HOSTILE[::6]), b"\xff\xfe", b"[" * 50_000, b"x" * 5_000_000]
    for content in hostile:
        FILE.write_bytes(content)
        for line in (CREATE, "approve plan.json --by ann", "review --plan plan.json"):
            is_one_clear_error(bootstrap(line), 64)
    FILE.write_text(good)
    for content in hostile:
        Path("approval").write_bytes(content)
        is_one_clear_error(bootstrap(f"{CREATE} --require-approval approval"), 64)
    assert not STATE.exists()


def test_a_file_that_nobody_writes_to_is_not_waited_for(bootstrap: Bootstrap) -> None:
    os.mkfifo("pipe")
    is_one_clear_error(bootstrap("create --plan pipe"), 64)
    is_one_clear_error(bootstrap("approve pipe --by ann"), 64)
    assert bootstrap(PLAN).code == 0
    is_one_clear_error(bootstrap("approve plan.json --by ann --key pipe"), 64)
    assert bootstrap("approve plan.json --by ann").code == 0
    text = Path("plan.json.approval").read_text()
    Path("plan.json.approval").write_text(sealed({**unsealed(text), "signature": "x"}))
    verified = f"{CREATE} --require-approval plan.json.approval --allowed-signers pipe"
    told = bootstrap(verified)
    is_one_clear_error(told, 64)
    assert "cannot read pipe: it is not a regular file" in told.err


def test_the_command_for_a_new_plan_has_everything_that_the_plan_had(
    bootstrap: Bootstrap, refuses: Callable[..., str], scope: MakeScope
) -> None:
    more = "--no-harden --retag --expires 90m"
    assert bootstrap(f"{PLAN} {more}").code == 0
    before = json.loads(FILE.read_text())
    scope().client("s3").create_bucket(Bucket=BUCKET)
    again = command_after(refuses(CREATE), "For a new plan, run: ")
    for word in ("--no-harden", "--retag", "--expires 90m"):
        assert word in again
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    assert bootstrap(again).code == 0
    assert {name: json.loads(FILE.read_text())[name] for name in ("inputs", "given", "allowed")} == {
        name: before[name] for name in ("inputs", "given", "allowed")
    }
    assert bootstrap(CREATE).code == 0
    assert bootstrap(f"{PLAN} --previous-external-id=").code == 0
    assert bootstrap(f"create {VPC} --tag x=y --yes").code == 0
    assert "--previous-external-id '' " in command_after(refuses(CREATE), "For a new plan, run: ")


def test_a_state_that_was_edited_after_the_plan_is_refused_whatever_the_flag_says(
    bootstrap: Bootstrap, refuses: Callable[..., str]
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap("plan --integration upsolver-vpc --tag a=b --out plan.json").code == 0
    content = json.loads(STATE.read_text())
    content["inputs"]["org_id"] = "other"
    STATE.write_text(json.dumps(content))
    assert "the state: it was edited by hand" in refuses(f"{CREATE} --accept-edited-state")


def test_a_run_of_a_plan_that_was_killed_goes_on_with_the_same_command(
    sandbox_cloud: Cloud, in_process: Bootstrap, tmp_path: Path
) -> None:
    def ran(line: str) -> Ran:
        found = in_process(line)
        assert found.code == 0, found.err
        return found

    line = command_after(ran(f"{PLAN} --sandbox").err, "To run exactly this plan: ")
    assert killed(line, 3, sandbox_cloud, tmp_path, effect=True)
    assert "Done: " in ran(line).err
    assert "No changes" in ran(f"plan {VPC} --sandbox").out
    assert shlex.split(line)[0] == "create"


def test_a_review_since_an_approval_ends_with_2_when_somebody_gets_more(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"{PLAN} --harden").code == 0
    assert bootstrap("approve plan.json --by ann").code == 0
    line = f"review {VPC} --since plan.json.approval --json"
    same = bootstrap(f"{line} --harden")
    assert (same.code, same.json["changes"]) == (0, [])
    page = bootstrap(f"review {VPC} --since plan.json.approval --harden").out
    first = next(each for each in page.split("\n\n")[2:] if not each.startswith("**Example"))
    assert first.startswith("No access of roles, buckets or networks has changed since ann approved"), first
    assert "and no other setting." in first, first
    tagged = bootstrap(f"{line} --harden --tag x=y")
    assert tagged.code == 0
    assert {(each["widens"], each["is_setting"]) for each in tagged.json["changes"]} == {(False, True)}
    assert {each["text"] for each in tagged.json["changes"]} >= {"role: its setting tags has changed"}
    assert same.json["approved"]["plan"] == json.loads(FILE.read_text())["digest"]
    wider = bootstrap(line)
    assert wider.code == 2
    assert any(each["widens"] for each in wider.json["changes"])
    assert re.search(r"Warning: \d+ changes since ann approved the plan at \S+: \d+ of them give somebody more", wider.err)
    assert bootstrap(PLAN).code == 0
    assert bootstrap("approve plan.json --by ann").code == 0
    narrower = bootstrap(f"{line} --harden")
    assert (narrower.code, {each["widens"] for each in narrower.json["changes"]}) == (0, {False})


def test_placeholders_are_not_compared_with_an_approval(bootstrap: Bootstrap) -> None:
    assert bootstrap(PLAN).code == 0
    assert bootstrap("approve plan.json --by ann").code == 0
    told = bootstrap("review upsolver-vpc --org-id acme --since plan.json.approval")
    is_one_clear_error(told, 64)
    assert "and nobody gave: --external-id\n" in told.err
    assert bootstrap("review --plan plan.json --since plan.json.approval").code == 0


def test_a_plan_has_the_page_of_a_review_with_what_it_changes(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert bootstrap(f"plan {VPC} --harden --tag a=b --expires 2h --out plan.json").code == 0
    digest = json.loads(FILE.read_text())["digest"]
    cloud.calls.clear()
    found = bootstrap("review --plan plan.json --json").json
    assert cloud.calls == []
    assert found["verdict"]["sentence"].startswith("After the plan, the deployment has 4 resources (2 to change). ")
    assert (found["plan"]["digest"], found["plan"]["file"]) == (digest, "plan.json")
    assert found["plan"]["changes"] == [
        "Changes: bucket, role",
        "Leaves as it is: athena, cloudformation",
        "Sets in bucket: tags.a = b",
        "Sets in role: tags.a = b, inline_policies.upsolver-management",
    ]
    made = found["made"]
    assert (made["deployment"], made["examples"], made["looked_up"]) == ("upsolver-vpc", False, [])
    assert found["harden"]["on"]
    page = bootstrap("review --plan plan.json").out
    assert page.startswith("# Review of the plan for upsolver-vpc (upsolver-vpc)\n")
    assert "an example" not in page
    assert f"Digest of the plan: {digest}. Made at 20" in page
    html = bootstrap("review --plan plan.json --format html")
    assert f"Digest of the plan: {digest}. " in html.out
    assert bootstrap(command_after(page, "To approve it, run: ").replace("NAME", "ann")).code == 0


def test_a_page_is_only_of_a_plan_that_holds_together(bootstrap: Bootstrap, refuses: Callable[..., str]) -> None:
    assert bootstrap(PLAN).code == 0
    good = FILE.read_text()
    line = "review --plan plan.json"
    assert "--plan has settled that already: --integration" in refuses(f"{line} upsolver-vpc", 64)
    assert "--plan has the inputs already" in refuses(f"{line} --inputs in.toml", 64)
    assert "the plan is for the deployment upsolver-vpc, not other" in refuses(f"{line} --name other", 64)
    for change, told in (
        (lambda plan: plan.update(access={}), "! role UpsolverRole: access: was absent"),
        (lambda plan: plan.update(PAST), "the plan expired at"),
        (lambda plan: plan["inputs"].update(external_id="a b\0"), "--external-id"),
    ):
        edit(change)
        assert told in refuses(line, 64 if told == "--external-id" else 1)
        FILE.write_text(good)


def test_plan_and_approval_come_through_process_substitution(
    sandbox_cloud: Cloud, in_process: Bootstrap, tmp_path: Path
) -> None:
    """As bash does it: both are pipes, which can be read once."""
    assert in_process(f"{PLAN} --sandbox").code == 0
    assert in_process("approve plan.json --by ann").code == 0
    made = f"{shlex.join(BOOTSTRAP)} create --plan <(cat plan.json) --require-approval <(cat plan.json.approval) --sandbox"
    ran = subprocess.run(["bash", "-c", made], env=environment(), cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^Approved by ann at ", ran.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("approve /dev/stdin --by ann", 64, "the plan comes through a pipe, and the approval has no name"),
        ("approve /dev/stdin --by ann --out yes --force", 0, "Written to yes."),
        ("review --plan /dev/stdin", 0, "bootstrap approve plan.json --by NAME"),
        ("create --plan /dev/stdin", 64, "the plan comes through a pipe, so no approval is beside it"),
        ("create --plan /dev/stdin --require-approval yes", 1, " --region us-east-1 --out plan.json"),
    ],
)
def test_no_command_names_the_pipe_through_which_a_plan_came(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch, line: str, code: int, told: str
) -> None:
    Path("bootstrap.toml").write_text(RULE + PROD)
    assert bootstrap("plan --out plan.json").code == 0
    assert bootstrap("approve plan.json --by ann --out yes").code == 0
    if "yes" in line and code:
        edit(lambda plan: plan["state"].update(serial=7))
        assert bootstrap("approve plan.json --by ann --out yes").code == 0
    monkeypatch.setattr(plan_files, "_STREAMED", {})
    keep = os.dup(0)
    with FILE.open("rb") as file:
        os.dup2(file.fileno(), 0)
    try:
        ran = bootstrap(line)
    finally:
        os.dup2(keep, 0)
        os.close(keep)
    assert (ran.code, told in ran.out + ran.err) == (code, True), ran.out + ran.err
    assert "/dev/stdin" not in ran.out + ran.err


def test_a_recorded_deployment_is_compared_too(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"{PLAN} --region eu-west-1").code == 0
    assert bootstrap("approve plan.json --by ann").code == 0
    assert bootstrap(CREATE).code == 0
    page = bootstrap("review --since plan.json.approval --format markdown")
    assert page.code == 0
    assert "Compared with the plan that ann approved at" in page.out
    assert "The approval is not signed." in page.out
    assert bootstrap("review --since plan.json.approval --external-id ext-2 --format html").code == 2
    assert "the approval is about upsolver-vpc, not vanta" in bootstrap("review vanta --since plan.json.approval").err


def test_an_approval_that_was_forged_is_one_clear_error_for_a_review(bootstrap: Bootstrap) -> None:
    assert bootstrap(PLAN).code == 0
    assert bootstrap("approve plan.json --by ann").code == 0
    approval = Path("plan.json.approval")
    content = json.loads(approval.read_text())
    found = content.pop("digest")
    for statement in (1, {"Effect": "Allow", "Principal": {"AWS": 1}}):
        approval.write_text(sealed({**content, "access": {"role": {"lets_in": [statement]}}}))
        is_one_clear_error(bootstrap(f"review {VPC} --since {approval}"), 64)
    wide = {"role UpsolverRole": {"may": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}}
    approval.write_text(json.dumps({**content, "access": wide, "digest": found}))
    edited = bootstrap(f"review {VPC} --since {approval}")
    assert (edited.code, edited.out) == (1, "")
    assert f"{approval} was edited since bootstrap wrote it" in edited.err
    assert "cannot read the approval missing" in bootstrap(f"review {VPC} --since missing").err


def limiting(scope: MakeScope) -> tuple[str, Callable[[str], object]]:
    """A policy for a permissions boundary, and what gives it another content."""
    iam = scope().client("iam")

    def document(action: str) -> str:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    arn = iam.create_policy(PolicyName="Limit", PolicyDocument=document("s3:*"))["Policy"]["Arn"]
    return arn, lambda action: iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(action), SetAsDefault=True)


def test_a_boundary_that_says_something_else_than_when_the_plan_was_made_is_refused(
    bootstrap: Bootstrap, refuses: Callable[..., str], scope: MakeScope
) -> None:
    limit, change = limiting(scope)
    assert bootstrap(f"{PLAN} --permissions-boundary {limit}").code == 0
    version = json.loads(FILE.read_text())["versions"]["role"][limit]
    for command in ("approve plan.json --dry-run", "review --plan plan.json --json"):
        assert f"Holds for: {limit}, version {version}" in bootstrap(command).out
    change("*")
    told = refuses(CREATE)
    now = version.replace("v1", "v2")
    assert f"! role: the default version of {limit} was {version} when the plan was made, and is {now}: it may" in told
    again = command_after(told, "For a new plan, run: ")
    assert [bootstrap(line).code for line in (again, "approve plan.json --by ann")] == [0, 0]
    created = bootstrap(f"{CREATE} --require-approval plan.json.approval")
    assert (created.code, "is not part of the plan" in created.err) == (0, False), created.err
    change("s3:*")
    assert f"the default version of {limit} was {now}" in refuses(CREATE)  # also once it is done


def test_a_boundary_that_nobody_may_read_is_not_bound_and_everybody_is_told(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    limit, change = limiting(scope)
    cloud.refuse("GetPolicy", "AccessDenied", status=403)
    planned = bootstrap(f"{PLAN} --permissions-boundary {limit}")
    assert planned.code == 0, planned.err
    assert f"The plan does not bind what {limit} says: which version of it counts is not known." in planned.err
    told = f"Does not bind what this policy says, as its version is not known: {limit}"
    for command in ("approve plan.json --by ann --json", "review --plan plan.json --json"):
        ran = bootstrap(command)
        assert told in ran.out + ran.err
    change("*")
    created = bootstrap(f"{CREATE} --require-approval plan.json.approval")
    assert created.code == 0, created.err
    assert f"What {limit} says is not part of the plan: it may have changed since." in created.err
    assert bootstrap(PLAN).code == 0
    assert "does not bind" not in bootstrap(PLAN).err
