"""Real processes that work on a fleet in the sandbox: what is seen live, what Ctrl-C does, and a run that is killed."""

import json
import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pexpect
import pytest

from bootstrap.core.policy import as_list
from tests.cli.conftest import Bootstrap
from tests.support.calls import keys
from tests.support.processes import BOOTSTRAP, DEADLINE, Cloud, Process, environment, killed, serving

ROLE = "DatadogIntegrationRole"
LOOKS, RESULTS = "('ListStackSetOperations'", "('ListStackSetOperationResults'"

# As in test_terminal.py: this child becomes another program at once.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@dataclass(frozen=True)
class Organization:
    """That of the sandbox, with three accounts in a unit."""

    sandbox: Cloud
    unit: str
    accounts: tuple[str, ...]

    def client(self, service: str, account: str = "") -> Any:
        """As somebody in the account, or in that of the operator."""
        signed: dict[str, str] = keys(self.sandbox.server)
        url = self.sandbox.server.url
        if account:
            role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
            sts = boto3.client("sts", endpoint_url=url, **signed)
            gave = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
            signed |= {"aws_access_key_id": gave["AccessKeyId"], "aws_secret_access_key": gave["SecretAccessKey"]}
            signed["aws_session_token"] = gave["SessionToken"]
        return boto3.client(service, endpoint_url=url, **signed)

    def take_the_name(self, account: str) -> Any:
        """A role of somebody else; gives the client that made it."""
        iam = self.client("iam", account)
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
        return iam

    def create(self, options: str) -> str:
        inputs = "--integration datadog --site datadoghq.com --external-id ext-1"
        return f"create {inputs} --organizational-unit {self.unit} {options} --sandbox --yes"

    def external_id(self, account: str) -> str:
        """What the vendor's role there asks for; "" if there is none."""
        iam = self.client("iam", account)
        try:
            [statement] = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        except iam.exceptions.NoSuchEntityException:
            return ""
        [found] = as_list(statement["Condition"]["StringEquals"]["sts:ExternalId"])
        return str(found)

    def operations(self) -> list[str]:
        listed = self.client("cloudformation").list_stack_set_operations(StackSetName="datadog-fleet")
        return [item["Action"] for item in listed["Summaries"]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organization]:
    with serving(tmp_path_factory.mktemp("sandbox")) as sandbox:
        client = boto3.client("organizations", endpoint_url=sandbox.server.url, **keys(sandbox.server))
        client.create_organization(FeatureSet="ALL")
        root = client.list_roots()["Roots"][0]["Id"]
        unit = client.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
        ids = []
        for number in range(3):
            made = client.create_account(Email=f"{number}@example.com", AccountName=f"account-{number}")
            ids.append(made["CreateAccountStatus"]["AccountId"])
            client.move_account(AccountId=ids[-1], SourceParentId=root, DestinationParentId=unit)
        yield Organization(sandbox, unit, tuple(ids))


@pytest.fixture
def organization(whole: Organization, tmp_path: Path) -> Iterator[Organization]:
    """Without a fleet, and with its sandbox behind --sandbox."""
    whole.sandbox.lend_to(tmp_path)
    yield whole
    whole.sandbox.go_on()


def test_accounts_that_run_and_that_failed_are_seen_live(
    organization: Organization, in_process: Bootstrap, tmp_path: Path
) -> None:
    theirs = organization.take_the_name(organization.accounts[0])
    sandbox = organization.sandbox
    sandbox.hold(RESULTS)
    child = pexpect.spawn(
        BOOTSTRAP[0],
        [*BOOTSTRAP[1:], *shlex.split(organization.create("--canary none --failure-tolerance 1"))],
        cwd=str(tmp_path),
        env=environment(NO_COLOR="1"),
        encoding="utf-8",
        timeout=DEADLINE,
        dimensions=(40, 100),
    )
    sandbox.wait_for(RESULTS)
    sandbox.hold(LOOKS)  # what it learns now stays on the screen
    child.expect(r"accounts creating, \d+ s, stacks of [a-z0-9-]+: 0 of 3 accounts done, 2 running, 1 failed")
    child.expect(r"  ACCOUNT +RESULT +REASON")
    child.expect(rf"  {organization.accounts[0]}  failed   ResourceLogicalId:[^\r]*…\r")
    child.expect(r"  [0-9]{12}  running")
    sandbox.go_on()
    child.expect("accounts failed.*: the stacks of [a-z0-9-]+ failed in 1 account")
    child.expect(rf"{organization.accounts[0]}: .*already exists")
    child.expect_exact("\x1b[?25h")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 1
    theirs.delete_role(RoleName=ROLE)
    assert in_process("destroy --sandbox --yes").code == 0


def test_ctrl_c_leaves_the_operation_to_aws_and_the_printed_command_goes_on(
    organization: Organization, in_process: Bootstrap, tmp_path: Path
) -> None:
    sandbox = organization.sandbox
    sandbox.hold(RESULTS)
    stopped = Process(organization.create(f"--canary {organization.accounts[0]}"), tmp_path)
    sandbox.wait_for(RESULTS)
    stopped.popen.send_signal(signal.SIGINT)
    stopped.says("Stopping: waiting for canary; nothing else starts.")
    sandbox.go_on()
    assert stopped.ends() == 130
    assert f"canary failed: stopped while waiting: stacks of {organization.accounts[0]}: 0 of 1 accounts" in stopped.err
    assert "What AWS has begun goes on there." in stopped.err
    [again] = re.findall("To go on, run: bootstrap (.*)", stopped.err)
    assert in_process(again).code == 0
    assert organization.operations() == ["CREATE", "CREATE"]  # it waited for the first one, and began no other
    assert [organization.external_id(each) for each in organization.accounts] == ["ext-1"] * 3
    assert in_process("destroy --sandbox --yes").code == 0


@pytest.mark.parametrize("effect", [False, True], ids=["before", "after"])
def test_killed_in_each_phase_the_same_command_goes_on_and_nothing_of_strangers_is_touched(
    effect: bool, organization: Organization, in_process: Bootstrap, tmp_path: Path
) -> None:
    first, second, other = organization.accounts
    theirs = organization.take_the_name(other)
    stack_sets = organization.client("cloudformation")
    stack_sets.create_stack_set(StackSetName="theirs", TemplateBody='{"Resources": {}}', PermissionModel="SELF_MANAGED")
    create = organization.create(f"--canary {first} --exclude {other}")
    change, destroy = create.replace("ext-1", "ext-2"), "destroy --sandbox --yes"
    phases = [
        *[(create, call) for call in ("CreateStackSet", "CreateStackInstances", "CreateStackInstances")],
        (change, "UpdateStackSet"),
        *[(destroy, call) for call in ("DeleteStackInstances", "DeleteStackInstances", "DeleteStackSet")],
    ]
    begun = ""
    for line, call in phases:
        if line is change:
            assert in_process(create).code == 0
        elif line is destroy and begun is change:
            assert in_process(change).code == 0
            assert [organization.external_id(each) for each in (first, second)] == ["ext-2"] * 2
        at = 1 if effect or begun is not line else 2  # what had no effect is first made again
        assert killed(line, at, organization.sandbox, tmp_path, effect=effect), call
        begun = line
        assert organization.sandbox.writes()[-1][0] == call
    if (tmp_path / ".bootstrap/sandbox/deployments/datadog-fleet.json").exists():
        ended = in_process(destroy)
        assert ended.code == 0, ended.err
    assert [organization.external_id(each) for each in (first, second)] == [""] * 2
    left = stack_sets.list_stack_sets(Status="ACTIVE")["Summaries"]
    assert [each["StackSetName"] for each in left] == ["theirs"]
    assert theirs.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]["Statement"] == []
    theirs.delete_role(RoleName=ROLE)
    stack_sets.delete_stack_set(StackSetName="theirs")
