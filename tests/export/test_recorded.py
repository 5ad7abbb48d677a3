"""Another tool takes over a deployment only as a whole: it would create, rename or leave the rest."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Integration
from bootstrap.core.state import Record, State, Status
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import UsageError
from bootstrap.export.exported import exported
from bootstrap.export.recorded import check_recorded
from tests.conftest import LINEAGE
from tests.export.test_exported import with_inputs
from tests.support.inputs import everything

WANTED = everything("upsolver-vpc")


def records(wanted: Integration) -> dict[str, Record]:
    """Those of a complete deployment."""
    graph, _ = draft_graph(wanted, [EXAMPLE])
    return {
        address: Record(
            address=address,
            kind=node.resource.kind,
            account=node.account,
            status=Status.READY,
            properties=node.resource.properties(),
            outputs={**graph.predicted(node).predicted_outputs(EXAMPLE), "role_id": "AROA1"},
        )
        for address, node in graph.nodes.items()
    }


def check(found: Mapping[str, Record], wanted: Integration = WANTED) -> None:
    state = State(deployment="up", integration=wanted.name, lineage=LINEAGE, accounts={"default": EXAMPLE}, records=found)
    check_recorded(exported(wanted, EXAMPLE, state))


def test_who_takes_it_over_reads_in_which_account_it_is() -> None:
    """By its name alone, a role of another account would be taken over."""
    there = replace(EXAMPLE, id="210987654321", region="eu-west-1")
    state = State(deployment="up", integration=WANTED.name, lineage=LINEAGE, accounts={"default": there})
    where = "Sign in to account 210987654321, region eu-west-1"
    of = exported(WANTED, there, replace(state, records=records(WANTED)))
    assert of.about()["BeforeImporting"] == [where]
    assert f"Before you import it: {where}" in of.lines()
    assert "BeforeImporting" not in exported(WANTED, there, state).about()


def test_a_complete_deployment_can_be_taken_over() -> None:
    check(records(WANTED))
    check(records(everything("estuary-s3")), everything("estuary-s3"))


@pytest.mark.parametrize("status", [Status.CREATING, Status.UPDATING, Status.DELETING])
def test_one_that_is_half_made_cannot(status: Status) -> None:
    found = records(WANTED)
    with pytest.raises(UsageError, match=r"the deployment up is not what its inputs make: role is not complete$") as caught:
        check(found | {"role": replace(found["role"], status=status)})
    assert caught.value.advice.startswith("Run create with the same inputs first")


def test_what_is_not_created_would_be_new() -> None:
    found = records(WANTED)
    del found["bucket"]
    with pytest.raises(UsageError, match=r"make: bucket is not created$"):
        check(found)


def test_what_is_no_longer_wanted_would_be_left() -> None:
    found = records(WANTED)
    with pytest.raises(UsageError, match=r"make: old is recorded, but no longer wanted$"):
        check(found | {"old": replace(found["role"], address="old")})


def test_what_has_another_name_would_be_replaced() -> None:
    said = "make: bucket would be another one .us-east-1-upsolver-globex instead of us-east-1-upsolver-acme.$"
    with pytest.raises(UsageError, match=said):
        check(records(WANTED), with_inputs(WANTED, org_id="globex"))


def test_what_differed_when_it_was_adopted_would_be_set_back() -> None:
    found = records(WANTED)
    differing = replace(
        found["role"], adopted={"description": "by Ann", "permissions_boundary": "arn:aws:iam::aws:policy/X"}
    )
    said = r"make: role still differs as when it was adopted \(description, permissions_boundary\)$"
    with pytest.raises(UsageError, match=said) as caught:
        check(found | {"role": differing})
    assert "set it back with --overwrite" in caught.value.advice


def test_nothing_recorded_is_nothing_to_take_over() -> None:
    with pytest.raises(UsageError, match="no deployment of upsolver-vpc is recorded") as caught:
        check({})
    assert "--format cloudformation" in caught.value.advice
