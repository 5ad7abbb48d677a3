"""A deployment that looks as if somebody had made it by hand: the resources are there, without owner tags and a state."""

from dataclasses import replace

from bootstrap.core.difference import Difference
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.planner import owner_of
from bootstrap.core.state import State
from bootstrap.resources import restore
from tests.support.deployments import Deployment


def forget_who_made_it(deployment: Deployment) -> State:
    """Returns the state that is gone."""
    state = deployment.backend.load()
    assert state is not None
    for address, record in state.records.items():
        resource = restore(record)
        if resource.taggable:
            here = replace(deployment.scope_of(record.account), owner=owner_of(state, address))
            resource.update(here, record.outputs, [Difference("tags", key, "x", None) for key in OWNER_TAGS])
    if any(record.kind.startswith("ec2_") for record in state.records.values()):
        ec2 = deployment.scope.client("ec2")
        tagged = ec2.describe_tags(Filters=[{"Name": "key", "Values": [*OWNER_TAGS]}])["Tags"]
        for each in {item["ResourceId"] for item in tagged}:
            ec2.delete_tags(Resources=[each], Tags=[{"Key": key} for key in OWNER_TAGS])  # also of volumes and interfaces
    deployment.backend.remove()
    return state
