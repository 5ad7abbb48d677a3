"""A file of 45 lines is a whole integration: created, changed, looked at and destroyed as any other."""

from pathlib import Path

import pytest

from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.integrations.files.read import load
from bootstrap.operations import create, destroy, status
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, everything_in
from tests.support.integration_files import FIVETRAN, FOLDER

GIVEN = {"external_id": "armed_unleaded", "bucket": ["raw/2026"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileBackend:
    monkeypatch.chdir(tmp_path)
    return FileBackend(Path("state.json"))


def test_the_file_is_as_short_as_that() -> None:
    assert len(FIVETRAN.splitlines()) <= 45


def test_it_comes_and_goes_and_leaves_nothing_behind(scope: MakeScope, here: FileBackend) -> None:
    there = scope()
    session = Session(there.aws, there.aws.identities(["iam", "s3"]))
    before = everything_in(there)
    found = load(str(FOLDER / "fivetran.toml"))
    created = create(session, here, "acme", from_inputs(found, GIVEN))
    assert created is not None
    assert created.report.handoff.values["Role ARN"] == "arn:aws:iam::123456789012:role/Fivetran"
    role = there.client("iam").get_role(RoleName="Fivetran")["Role"]
    [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Condition"] == {"StringEquals": {"sts:ExternalId": "armed_unleaded"}}
    again = create(session, here, "acme", from_inputs(found, GIVEN))
    assert again is not None
    assert again.prepared.plan.work == ()
    there.client("iam").update_role(RoleName="Fivetran", Description="changed by hand")
    assert [change.address for change in status(session, here).plan.work] == ["role"]
    hardened = create(session, here, "acme", from_inputs(found, {**GIVEN, "harden": True}))
    assert hardened is not None
    answer = there.client("iam").get_role_policy(RoleName="Fivetran", PolicyName="Fivetran-S3-Access")
    assert answer["PolicyDocument"]["Statement"][0]["Action"] == ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"]
    destroy(session, here)
    assert everything_in(there) == before


def test_parts_in_another_account_and_things_of_the_user_come_and_go_too(scope: MakeScope, tmp_path: Path) -> None:
    there = scope()
    there.client("s3").create_bucket(Bucket="results")
    found = load(str(FOLDER / "acme.toml"))
    for given in ({"target": "results", "tenant": "t-00ff"}, {"bucket": ["raw"], "trial": True, "data_profile": "data"}):
        deployment = Deployment(from_inputs(found, {"external_id": "ext-1", **given}), there, tmp_path)
        accounts = [deployment.scope_of(alias) for alias in ("default", "data")]
        before = [everything_in(account) for account in accounts]
        made = deployment.create()
        assert set(made) == {"role", "attachment"} | ({"logs"} if "trial" in given else set())
        assert deployment.create() == []
        deployment.destroy()
        assert [everything_in(account) for account in accounts] == before
