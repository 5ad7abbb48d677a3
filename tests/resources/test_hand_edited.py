"""A record that was edited to name somebody else's thing, with its id: owner tags decide, and nothing is deleted."""

import pytest

from bootstrap.aws import Scope
from bootstrap.core.plan import Action, Plan
from bootstrap.core.planner import make_plan
from bootstrap.core.resource import Live
from bootstrap.core.state import Record, State, Status
from bootstrap.resources import restore
from tests.conftest import LINEAGE, MakeScope
from tests.resources.samples import SAMPLES, Sample, brought
from tests.wire import Wire

EVERYTHING = frozenset({"delete-data", "terminate-jobs"})


def destroying(record: Record, scope: Scope) -> tuple[Plan, Live | None]:
    """The plan that destroys the record's deployment, and what is there now."""
    state = State(
        deployment="test", integration="any", lineage=LINEAGE, accounts={"default": scope.account}, records={"thing": record}
    )
    live = restore(record).read(scope, record.outputs)
    return make_plan({}, state, {"thing": live}, {"default": scope.account}, restore, allowed=EVERYTHING), live


@pytest.mark.parametrize("status", [Status.READY, Status.CREATING, Status.DELETING])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.resource.kind)
def test_what_is_somebody_elses_is_never_deleted(sample: Sample, status: Status, scope: MakeScope, cloud: Wire) -> None:
    stranger = scope(lineage="fedcba9876543210")
    sample.before(stranger)
    theirs = brought(sample.resource, stranger)
    properties, kind = sample.resource.properties(), sample.resource.kind
    for outputs in (dict(theirs.outputs), {}):
        record = Record(address="thing", kind=kind, account="default", status=status, properties=properties, outputs=outputs)
        plan, _ = destroying(record, scope(destroying=True))
        [change] = plan.changes
        assert change.refusal or change.action is Action.FORGET, change
