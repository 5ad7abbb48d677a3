"""The commands of the AWS CLI on the pages: AWS has each with its options and values, and the sandbox answers."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore import xform_name

from bootstrap.aws.scope import Scope
from bootstrap.sandbox.gate import SERVED
from tests.conftest import MakeScope
from tests.support.aws_commands import AwsCommand, parsed
from tests.support.deployments import Deployment
from tests.support.inputs import example
from tests.support.networks import in_network
from tests.support.organizations import organize
from tests.support.printed import OWN, check_aws

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = {"aws s3 cp", "aws sts get-session-token"}
"""What a sentence is about, without its options."""
ONLY_CHECKED = {
    "cloudformation": "the sandbox plays StackSets only, and `deploy` reads a file; tests/export makes the stacks",
    "service-quotas": "moto knows the quotas of other services only",
}
"""What is held against AWS's models and not sent, and why."""


def commands_of(text: str) -> Iterator[str]:
    """In blocks, one a line, and those in the middle of a text."""
    text = text.replace("\\\n", " ")
    blocks = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    for block in blocks.findall(text):
        yield from re.findall(r"^ *(?:\$ )?(aws .*)$", block, re.MULTILINE)
    yield from re.findall(r"`(aws [^`]*)`", " ".join(blocks.sub("", text).split()))


COMMANDS = sorted({" ".join(command.split()) for page in PAGES for command in commands_of(page.read_text("utf-8"))} - NAMED)
CALLS = [command for command in COMMANDS if command.split()[1] not in OWN]


@pytest.mark.parametrize("command", COMMANDS)
def test_aws_has_the_command_with_its_options_and_values(command: str) -> None:
    check_aws(command)


@pytest.fixture
def here(scope: MakeScope, tmp_path: Path) -> Scope:
    """An account with an organization, and with all that the page about duet has a reader look at."""
    found = scope()
    organize(found)
    for service in ("batch.amazonaws.com", "spot.amazonaws.com"):
        found.client("iam").create_service_linked_role(AWSServiceName=service)
    Deployment(in_network(found, example("biomodal-duet"), spot=True), found, tmp_path).create()
    return found


def test_what_the_sandbox_serves_answers(here: Scope) -> None:
    ec2, batch = here.client("ec2"), here.client("batch")
    [machine] = [each["InstanceId"] for item in ec2.describe_instances()["Reservations"] for each in item["Instances"]]
    subnet = ec2.describe_subnets()["Subnets"][0]
    root = here.client("organizations").list_roots()["Roots"][0]["Id"]
    stand_for = {"INSTANCE": machine, "SUBNET": subnet["SubnetId"], "VPC": subnet["VpcId"], "JOB_ID": "none", "r-abcd": root}
    queues = {each["jobQueueName"] for each in batch.describe_job_queues()["jobQueues"]}
    sent = list[AwsCommand]()

    def filled(word: str) -> str:
        return re.sub(r"[A-Za-z_-]+$", lambda found: stand_for.get(found[0], found[0]), word)

    for command in CALLS:
        if command.split()[1] not in ONLY_CHECKED:
            found = parsed(shlex.join(map(filled, shlex.split(command))))
            getattr(here.client(found.service), xform_name(found.operation))(**found.parameters)
            sent.append(found)
    assert {each.parameters["jobQueue"] for each in sent if each.operation == "ListJobs"} == queues
    assert {each.service for each in sent} == {"s3", "ec2", "batch", "sts", "organizations"} <= {*SERVED}
