"""The strict AWS itself (`support/strict.py`): each of its rows happens, and what the code does about each is needed."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws import retry
from bootstrap.aws.client import Aws
from bootstrap.aws.errors import THROTTLED
from bootstrap.aws.retry import RULES, Rule
from bootstrap.aws.scope import Scope
from bootstrap.core.resource import Resource
from bootstrap.errors import BootstrapError
from bootstrap.resources.batch import job_queue, jobs
from tests.aws.test_retry import api_name
from tests.conftest import STRICT, MakeScope, pretended_aws, scopes
from tests.integrations import test_strict as of_integrations
from tests.resources import test_strict as of_resources
from tests.support.deployments import Deployment
from tests.support.inputs import THOROUGH, everything
from tests.support.samples import SAMPLES, Sample, trust
from tests.support.strict import Strict
from tests.support.strict_rows import ROWS
from tests.support.wire import Wire

Scenario = Callable[[MakeScope, Strict, Path], None]
Play = Callable[[str], Strict]


def of_sample(sample: Sample) -> Scenario:
    return lambda scope, strict, folder: of_resources.life(sample, scope, strict)


def of_sample_in(region: str, sample: Sample) -> Scenario:
    return lambda scope, strict, folder: of_resources.life(sample, partial(scope, region), strict)


def of_chain(chain: Sequence[Resource]) -> Scenario:
    return lambda scope, strict, folder: of_resources.lives(chain, scope)


def of_integration(name: str) -> Scenario:
    return lambda scope, strict, folder: of_integrations.life(
        Deployment(everything(name), scope(), folder, later=strict.later), strict
    )


SCENARIOS: Mapping[str, Scenario] = {
    **{sample.resource.kind: of_sample(sample) for sample in SAMPLES},
    # In us-east-1 a new bucket is not written to before it shows its tags.
    "s3_bucket elsewhere": of_sample_in("eu-west-1", next(item for item in SAMPLES if item.resource.kind == "s3_bucket")),
    **{what: of_chain(chain) for what, chain in of_resources.CHAINS.items()},
    "new stacks that are compared": lambda scope, strict, folder: of_resources.stacks_compared(scope, strict),
    "a new profile on a machine that runs": lambda scope, strict, folder: of_resources.new_profile(scope, strict),
    **{name: of_integration(name) for name in THOROUGH},
}


@pytest.fixture(scope="module")
def play(moto_made_ready: None, connections: Callable[[str], Aws], tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Plays a scenario in an AWS of its own, and gives what its strictness did."""

    def played(name: str) -> Strict:
        with pretended_aws() as wire:
            wire.between = strict = Strict(ROWS)
            SCENARIOS[name](scopes(connections, STRICT), strict, tmp_path_factory.mktemp("played"))
            return strict

    return played


@pytest.fixture(scope="module")
def played(play: Play) -> Mapping[str, Strict]:
    return {name: play(name) for name in SCENARIOS}


def test_each_row_happens(played: Mapping[str, Strict]) -> None:
    fired = {row for strict in played.values() for row in strict.fired}
    # A service that no kind uses yet has nothing to fire; `during` is for code that does not wait.
    services = {service for sample in SAMPLES for service in sample.resource.services}
    expected = [
        row for row in ROWS if not row.during and {call.partition(".")[0] for call in (row.after, *row.then)} <= services
    ]
    assert [row.label for row in expected if row not in fired] == []


EVERY_RULE: list[tuple[str, str, Rule]] = [
    (service, operation, rule)
    for (service, operation), rules in RULES.items()
    for rule in rules
    if rule.code not in THROTTLED  # no lag of AWS: see the tests of what is called once
]


@pytest.mark.parametrize(
    ("service", "operation", "rule"),
    EVERY_RULE,
    ids=[f"{service}.{operation}: {rule.code} {rule.text}" for service, operation, rule in EVERY_RULE],
)
def test_each_rule_is_needed(
    service: str, operation: str, rule: Rule, play: Play, played: Mapping[str, Strict], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = f"{service}.{api_name(operation)}"
    meant = [
        name
        for name, strict in played.items()
        if any(
            (called, code) == (call, rule.code) and rule.text.lower() in message.lower()
            for called, code, message in strict.refused
        )
    ]
    assert meant, "nothing here waits for it"
    rest = tuple(item for item in RULES[service, operation] if item is not rule)
    monkeypatch.setattr(retry, "RULES", {**RULES, (service, operation): rest})
    assert any(fails(partial(play, name)) for name in meant)


@pytest.mark.parametrize("number", range(2))
def test_waiting_for_busy_resources_is_needed(number: int, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_BUSY", retry._BUSY[number : number + 1])
    assert fails(partial(play, "iam_role"))


def test_each_wait_until_a_resource_is_ready_is_needed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in {type(sample.resource) for sample in SAMPLES}:
        if kind.ready is not Resource.ready:
            with monkeypatch.context() as patch:
                patch.setattr(kind, "ready", Resource.ready)
                assert fails(partial(play, kind.kind)), kind


def test_each_wait_for_a_state_is_needed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(Scope, "wait", lambda scope, state, longer=1: looked.append(state()))
    for name in SCENARIOS:
        failed = fails(partial(play, name))
        assert failed or not any(looked), f"{name} waits for what nothing here shows"
        looked.clear()


def test_waiting_until_jobs_have_ended_is_needed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends_once(aws: Scope, name: str) -> None:
        for job in jobs.listed(aws.read(*jobs.queries(name))):
            aws.call("batch", "terminate_job", jobId=job["jobId"], reason="its queue is deleted")

    monkeypatch.setattr(job_queue, "_end_jobs", ends_once)
    assert fails(partial(play, "batch_job_queue"))


@pytest.mark.parametrize(
    ("first", "statuses"),
    [("environment", ["DELETING"] * 3), ("profile", ["INVALID"] * 5)],
    ids=["in order", "profile first"],
)
def test_an_environment_goes_unless_its_profile_went_first(
    first: str, statuses: list[str], cloud: Wire, patient: MakeScope
) -> None:
    cloud.between = Strict(())
    iam, ec2, batch = (patient().client(service) for service in ("iam", "ec2", "batch"))
    profile = iam.create_instance_profile(InstanceProfileName="P")["InstanceProfile"]["Arn"]
    batch.create_compute_environment(
        computeEnvironmentName="environment",
        type="MANAGED",
        state="ENABLED",
        serviceRole=iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]["Arn"],
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 1,
            "instanceTypes": ["m5.large"],
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
            "instanceRole": profile,
        },
    )

    def look() -> list[str]:
        found = batch.describe_compute_environments(computeEnvironments=["environment"])["computeEnvironments"]
        return [item["status"] for item in found]

    assert look() == ["VALID"]
    batch.update_compute_environment(computeEnvironment="environment", state="DISABLED")
    if first == "profile":
        iam.delete_instance_profile(InstanceProfileName="P")
    batch.delete_compute_environment(computeEnvironment="environment")
    assert [status for _ in range(5) for status in look()] == statuses


def fails(scenario: Callable[[], object]) -> bool:
    try:
        scenario()
    except (AssertionError, BootstrapError, ClientError):
        return True
    return False
