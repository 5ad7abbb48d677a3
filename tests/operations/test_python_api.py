"""docs/python-api.md is run as it stands, and what it says of inputs and sign-ins is true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bootstrap import operations
from bootstrap.backends.file import FileBackend
from bootstrap.core.account import SignIn
from bootstrap.errors import StateError, UsageError
from bootstrap.operations import configure, connect, create
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT, bucket_of_others, in_account
from tests.support.samples import trust
from tests.support.wire import Wire

PAGE = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text(encoding="utf-8")
ENTRANCE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"


@pytest.fixture
def backend() -> FileBackend:
    return FileBackend(Path("state.json"))


def test_the_example_creates_goes_on_and_destroys(scope: MakeScope, capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    tool: dict[str, Any] = {}
    exec(example, tool)
    iam = scope().client("iam")
    values = tool["install"]("6f7e2c")
    assert values["Role ARN"] == iam.get_role(RoleName="UpsolverRole")["Role"]["Arn"]
    assert values["External id"] == "6f7e2c"
    assert "create iam_role UpsolverRole" in capsys.readouterr().out
    assert tool["install"]("6f7e2c") == values
    assert capsys.readouterr().out == ""
    assert tool["uninstall"]()
    assert "delete iam_role UpsolverRole" in capsys.readouterr().out
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == []
    assert not Path("upsolver.json").exists()


def test_what_the_vendor_showed_stays_for_a_program_that_omits_it(scope: MakeScope, backend: FileBackend) -> None:
    login, user = operations.Login(region="us-east-1"), "arn:aws:iam::111122223333:user/abc1-b-self1234"
    scope().client("s3").create_bucket(Bucket="acme-own")
    for given in ({}, {"snowflake_user": user}, {}):
        integration = configure("snowflake-s3", backend, bucket="acme-own", **given)
        with connect(backend, integration, login=login) as session:
            created = create(session, backend, "acme", integration)
    assert created and created.report.handoff.waiting is None
    assert created.prepared.plan.work == ()


def test_the_page_names_every_operation() -> None:
    public = {name for name, value in vars(operations).items() if callable(value) and name[0].islower()}
    assert {name for name in public if f"`{name}`" not in PAGE} == set()


def test_a_state_of_several_accounts_chooses_no_credentials_and_a_generated_external_id_stays(
    cloud: Wire, scope: MakeScope, backend: FileBackend
) -> None:
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    bucket_of_others(in_account(scope(), OTHER_ACCOUNT), "acme-in")
    login, ids = operations.Login(region="us-east-1"), set()
    for _ in range(2):
        integration = configure("aspera-atc", backend, bucket=("acme-in",), s3_role_arn=ENTRANCE)
        with connect(backend, integration, login=login) as session:
            created = create(session, backend, "acme", integration)
        assert created is not None
        ids.add(created.report.handoff.values["External id"])
    assert len(ids) == 1
    with cloud.recorded() as calls:
        with pytest.raises(UsageError, match="several accounts: cluster, s3"), connect(backend, login=login):
            pass
        only_one = {"cluster": SignIn()}
        with (
            pytest.raises(UsageError, match="no sign-in is named for the account s3"),
            connect(backend, login=login, sign_ins=only_one),
        ):
            pass
    assert calls == []
    with connect(backend, login=login, sign_ins={**only_one, "s3": SignIn(role_arn=ENTRANCE)}) as session:
        assert session.accounts["s3"].id == OTHER_ACCOUNT
        deleted = operations.destroy(session, backend)
    assert deleted is not None and deleted.receipt.clean


def test_without_an_integration_there_has_to_be_a_state(backend: FileBackend) -> None:
    with pytest.raises(StateError, match=r"there is no deployment at state\.json"), connect(backend):
        pass


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("upsolver-vcp", {}, "there is no integration 'upsolver-vcp'"),
        ("upsolver-vpc", {"external_id": "6f7e2c", "org_id": "acme", "color": "red"}, "upsolver-vpc has no input color"),
        ("upsolver-vpc", {"external_id": "6f7e2c"}, "upsolver-vpc needs"),
        ("upsolver-vpc", {"external_id": "*", "org_id": "acme"}, "--external-id"),
    ],
)
def test_inputs_are_checked_before_aws_is_asked(
    name: str, inputs: dict[str, str], message: str, backend: FileBackend, cloud: Wire
) -> None:
    with pytest.raises(UsageError, match=message):
        configure(name, backend, **inputs)
    assert cloud.calls == []


def test_commands_in_errors_lead_to_the_same_place(cloud: Wire, backend: FileBackend) -> None:
    integration = configure("upsolver-vpc", backend, external_id="6f7e2c", org_id="acme")
    with connect(backend, integration, login=operations.Login(region="eu-west-1")) as session:
        assert session.flags == ("--state", "state.json", "--region", "eu-west-1")
