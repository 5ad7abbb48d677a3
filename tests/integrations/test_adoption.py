"""What was made by hand is taken over, for every integration: then a plan changes nothing, and a destroy deletes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bootstrap.contract.authorization import Operator
from bootstrap.contract.wire import straight_on
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Action
from bootstrap.operations import adopt
from bootstrap.permissions.operator import needs_of_integration, of_verb
from bootstrap.permissions.operator_policy import policies
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.inputs import WAYS
from tests.support.made_by_hand import forget_who_made_it
from tests.support.wire import Wire

UNNAMED = {"ec2_instance": "instance_id", "ec2_elastic_ip": "allocation_id"}


def named(state: Any) -> dict[str, str]:
    """What has no name by which it could be found."""
    return {
        address: record.outputs[UNNAMED[record.kind]] for address, record in state.records.items() if record.kind in UNNAMED
    }


def without_tags(deployment: Deployment) -> list[str]:
    """Volumes and interfaces of machines that do not say whose they are."""
    state = deployment.backend.load()
    machines = [each for each in state.records.values() if each.kind == "ec2_instance"] if state else []
    if not machines:
        return []
    ec2, key = deployment.scope.client("ec2"), "bootstrap:lineage"
    volumes = ec2.describe_volumes()["Volumes"]
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    tagged = {item["VolumeId"]: item["Tags"] for item in volumes if "Tags" in item}
    tagged |= {item["NetworkInterfaceId"]: item["TagSet"] for item in interfaces if "TagSet" in item}
    with_it = [each for machine in machines for name in ("volumes", "interfaces") for each in machine.outputs[name].split()]
    return [each for each in with_it if key not in {tag["Key"] for tag in tagged.get(each, [])}]


@contextmanager
def allowed_to_adopt(deployment: Deployment, cloud: Wire) -> Iterator[None]:
    """In here, the caller has just the permissions that `permissions --for adopt` prints."""
    accounts = deployment.session.accounts
    needs = of_verb(needs_of_integration(deployment.wanted, accounts, "test"), "adopt")
    operator = Operator(path=deployment.wanted.path)
    operator.policies = {accounts[alias].id: found for alias, found in policies(needs).items()}
    cloud.between = operator
    yield
    cloud.between = straight_on


@pytest.mark.parametrize("way", WAYS)
def test_what_was_made_by_hand_becomes_a_deployment(way: str, scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    wanted: Integration = WAYS[way]
    deployment = Deployment(wanted, scope(), tmp_path)
    before = bystanders(scope())
    deployment.create()
    lost = forget_who_made_it(deployment)
    with cloud.recorded() as calls, allowed_to_adopt(deployment, cloud):
        adopted = adopt(deployment.session, deployment.backend, "test", deployment.wanted, named=named(lost))
    assert adopted is not None
    plan = adopted.prepared.plan
    assert {change.action for change in plan.changes} <= {Action.ADOPT, Action.NOOP}
    assert [(change.address, change.reason) for change in plan.work if change.reason != "matches"] == []
    assert {call.operation for call in calls if call.changes} <= {
        *("TagRole", "TagPolicy", "TagInstanceProfile", "TagResource", "PutBucketTagging", "CreateTags"),
        "AssumeRole",
    }
    state = deployment.backend.load()
    assert state is not None
    assert without_tags(deployment) == []
    shared = {address for address, record in lost.records.items() if record.kind.startswith("iam_oidc")}
    missing = set(plan.unfinished)
    for address in lost.records.keys() - shared - missing:
        was, now = lost.records[address], state.records[address]
        assert (now.outputs, now.properties, now.status) == (was.outputs, was.properties, was.status), address
        assert set(now.depends_on) == set(was.depends_on) - missing
    assert deployment.create() == [each for each in lost.records if each in missing]
    deployment.destroy()
    left = everything_in(scope())
    if not shared | missing:
        assert left == before
