"""`status` over all deployments of a folder, or of a folder in S3: one table, and the exit codes of one deployment."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.plan import Plan
from bootstrap.views.plan import summary
from bootstrap.views.screen import Screen
from tests.cli.conftest import Bootstrap, writes
from tests.support.wire import Call, Carry, Wire, error_answer

FOLDER = "s3://acme-state/team/"
OTHER_TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
}
ONE = "create --integration upsolver-vpc --external-id ext-1 --yes"


@pytest.fixture(params=["", f" --state {FOLDER}"], ids=["folder", "S3"])
def where(request: pytest.FixtureRequest, bootstrap: Bootstrap, scope: Any) -> Iterator[str]:
    """Two deployments in it."""
    s3 = scope().client("s3")
    if request.param:
        s3.create_bucket(Bucket="acme-state")
        s3.put_bucket_versioning(Bucket="acme-state", VersioningConfiguration={"Status": "Enabled"})
    for name in ("one", "two"):
        made = bootstrap(f"{ONE} --name {name} --role-prefix {name}- --org-id {name}{request.param}")
        assert made.code == 0, made.err
    yield str(request.param)


def rows(ran: Any) -> dict[str, tuple[str, int]]:
    return {each["deployment"]: (each["result"], each["differences"]) for each in ran.last("deployments")["deployments"]}


def test_each_deployment_is_a_row_and_what_is_wrong_with_one_hides_no_other(
    where: str, bootstrap: Bootstrap, cloud: Wire, scope: Any
) -> None:
    with cloud.recorded() as calls:
        ran = bootstrap(f"status{where} --detailed-exitcode")
    assert (ran.code, writes(calls)) == (0, [])
    assert [line.split()[:3] for line in ran.out.splitlines() if line.startswith(("one", "two"))] == [
        ["one", "up", "to"],
        ["two", "up", "to"],
    ]
    assert "2 deployments: 2 up to date." in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80

    assert "Did you mean two? There are: one, two." in bootstrap(f"status{where} --name tow").err

    iam = scope().client("iam")
    iam.update_assume_role_policy(RoleName="two-UpsolverRole", PolicyDocument=json.dumps(OTHER_TRUST))
    iam.detach_role_policy(RoleName="two-UpsolverRole", PolicyArn="arn:aws:iam::aws:policy/AmazonAthenaFullAccess")
    assert bootstrap(f"status{where}").code == 0
    ran = bootstrap(f"status{where} --detailed-exitcode --json")
    assert ran.code == 2
    assert rows(ran) == {"one": ("up to date", 0), "two": ("differs", 2)}
    text = bootstrap(f"status{where}")
    assert "2 differences" in text.out
    assert "    role (access opened), athena\n" in text.out
    assert f"run: bootstrap status --name two{where}" in text.err

    def hidden(call: Call, carry: Carry) -> Any:
        return error_answer(call, "AccessDenied", "refused", 403) if "one-UpsolverRole" in call.text else None

    cloud.trick("GetRole", hidden, times=40)
    ran = bootstrap(f"status{where} --detailed-exitcode --json")
    assert ran.code == 1
    assert rows(ran) == {"one": ("cannot be read", 0), "two": ("differs", 2)}


def test_a_state_that_cannot_be_read_is_a_row_with_the_reason(bootstrap: Bootstrap) -> None:
    bootstrap(f"{ONE} --name one --org-id one")
    Path(".bootstrap/broken.json").write_text("{")
    Path(".bootstrap/broken.json").chmod(0o600)
    ran = bootstrap("status --json")
    assert ran.code == 1
    assert rows(ran) == {"broken": ("cannot be read", 0), "one": ("up to date", 0)}
    text = bootstrap("status")
    assert "broken.json" in text.out
    assert "Traceback" not in text.err
    assert "2 deployments: 1 up to date, 1 cannot be read." in text.out


def test_where_nobody_can_sign_in_each_row_says_so(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"{ONE} --name one --org-id one")
    cloud.refuse("GetCallerIdentity", "ExpiredToken", "it has expired", times=40)
    ran = bootstrap("status --all --json")
    assert ran.code == 1
    assert rows(ran) == {"one": ("failed", 0)}


def test_one_deployment_is_shown_as_ever_unless_all_are_asked_for(bootstrap: Bootstrap) -> None:
    bootstrap(f"{ONE} --name one --org-id one")
    assert "No changes: everything is up to date." in bootstrap("status").out
    assert "1 deployment: 1 up to date." in bootstrap("status --all").out
    assert bootstrap("status --all --name one").code == 64
    assert bootstrap("status --name one").code == 0


def test_no_deployment_is_an_error_also_for_all(bootstrap: Bootstrap) -> None:
    ran = bootstrap("status --all")
    assert ran.code == 1
    assert "there is no deployment in this folder" in ran.err


def test_a_sign_in_is_that_of_one_deployment(bootstrap: Bootstrap) -> None:
    for name in ("one", "two"):
        bootstrap(f"{ONE} --name {name} --role-prefix {name}- --org-id {name}")
    ran = bootstrap("status --sign-in default=admin")
    assert ran.code == 64
    assert "--name with one of: one, two." in ran.err


def test_a_row_says_that_its_state_was_edited_and_tables_fit_a_terminal(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "a-deployment-with-31-characters"
    bootstrap(f"{ONE} --name {name} --org-id one")
    state = Path(f".bootstrap/{name}.json")
    state.write_text(json.dumps({**json.loads(state.read_text()), "digest": ""}))
    assert "was edited since" in bootstrap("status --all --json").last("deployments")["deployments"][0]["warning"]
    monkeypatch.setattr(Screen, "columns", 80)
    shown = bootstrap("status --all --quiet")
    assert f"\n    Warning: {state} was edited since" in shown.out
    for ran in (shown, bootstrap("state list")):
        assert max(len(line) for line in ran.out.splitlines() if "Warning" not in line) <= 80
        assert f"\n{name}  " in f"\n{ran.out}"


def test_status_says_in_its_result_what_create_did_not_get_to(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "AccessDenied", "not authorized", status=403)
    assert bootstrap(f"{ONE} --name one --org-id one --no-preflight").code == 1
    ran = bootstrap("status --quiet")
    assert "Create did not finish; still to be created: athena, cloudformation" in ran.out
    assert bootstrap("status --json -q").last("plan")["unfinished"] == ["athena", "cloudformation"]
    assert "up to date" not in summary(Plan((), unfinished=("athena",)), "status")
