"""What somebody changed in an account, and what is not known because the comparison did not get there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.iam.models import iam_backends

from bootstrap.aws.scope import Scope
from bootstrap.resources.cloudformation.drift import detect
from bootstrap.resources.cloudformation.operations import StackSet
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.sandbox.moto.cloudformation import cloudformation_backends
from tests.conftest import MakeScope
from tests.support.organizations import ACCOUNTS, UNIT, organize
from tests.support.samples import STACK_SET
from tests.support.wire import Wire

OF = StackSet(STACK_SET.name)
ALL = CloudFormationStackInstances(stack_set=OF.name, region="us-east-1", organizational_units=[UNIT])


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    """The administrator of a StackSet with three stacks."""
    made = scope()
    organize(made)
    STACK_SET.create(made)
    ALL.ready(made, ALL.create(made).outputs)
    return made


def played() -> Any:
    [found] = cloudformation_backends["123456789012"]["us-east-1"].sets
    return found


def change(account: str) -> None:
    iam_backends[account]["aws"].get_role("VendorRole").assume_role_policy_document = "{}"


def test_drift_is_told_by_account_and_resource(here: Scope, cloud: Wire) -> None:
    change(ACCOUNTS[1])
    with cloud.recorded() as calls:
        found = detect(here, OF, {"max_concurrent_count": 7, "failure_tolerance_count": 0})
    assert {row.account: (row.drift, row.drifts, row.unknown) for row in found} == {
        ACCOUNTS[0]: ("IN_SYNC", (), ""),
        ACCOUNTS[1]: ("DRIFTED", ("AWS::IAM::Role VendorRole: /AssumeRolePolicyDocument",), ""),
        ACCOUNTS[2]: ("IN_SYNC", (), ""),
    }
    [sent] = [each.text for each in calls if each.operation == "DetectStackSetDrift"]
    assert "MaxConcurrentCount=7" in sent and "FailureTolerancePercentage=100" in sent and "ToleranceCount" not in sent


def test_an_account_that_fails_is_not_compared_and_the_others_are(here: Scope, cloud: Wire) -> None:
    change(ACCOUNTS[2])

    def fail_in_the_first(call: Any, carry: Any) -> Any:
        answered = carry()
        operation = played().operations[-1]
        compare = operation.work

        def work(instance: Any) -> None:
            if instance.stack.account == ACCOUNTS[0]:
                instance.detail, instance.reason = "FAILED", "Access denied"
            else:
                compare(instance)

        operation.work = work
        return answered

    cloud.trick("DetectStackSetDrift", fail_in_the_first)
    first, second, third = detect(here, OF)
    assert first.unknown == "CloudFormation did not compare it: Access denied"
    assert (second.unknown, third.unknown, third.has_drifted) == ("", "", True)


def test_a_comparison_that_somebody_stops_has_compared_nobody_that_it_canceled(here: Scope, cloud: Wire) -> None:
    detect(here, OF)
    change(ACCOUNTS[0])

    def stop(call: Any, carry: Any) -> Any:
        answered = carry()
        played().operations[-1].status = "STOPPING"
        return answered

    cloud.trick("DetectStackSetDrift", stop)
    found = detect(here, OF)
    assert {row.unknown.partition(", as")[0] for row in found} == {
        "CloudFormation did not compare it: Cancelled since failure tolerance has exceeded"
    }
    assert {row.drift for row in found} == {"IN_SYNC"}  # from before


def test_a_list_that_still_shows_what_was_found_before_is_read_again(here: Scope, cloud: Wire) -> None:
    detect(here, OF)
    before = {key: (each.drift, each.checked) for key, each in played().instances.items()}
    change(ACCOUNTS[1])
    reads = []

    def late(call: Any, carry: Any) -> Any:
        """As it was before, in two more reads after the operation has ended."""
        now = {key: (each.drift, each.checked) for key, each in played().instances.items()}
        if any(drift == "DRIFTED" for drift, _ in now.values()):
            reads.append(datetime.now(UTC))
            for key, (drift, checked) in before.items():
                played().instances[key].drift, played().instances[key].checked = drift, checked
        answered = carry()
        for key, (drift, checked) in now.items():
            played().instances[key].drift, played().instances[key].checked = drift, checked
        return answered

    cloud.trick("ListStackInstances", late, times=2)
    assert [row.account for row in detect(here, OF) if row.has_drifted] == [ACCOUNTS[1]]
    assert len(reads) == 2
