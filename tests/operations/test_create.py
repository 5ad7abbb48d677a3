"""What create returns and raises, for a program that calls it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bootstrap.core.events import Event
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import RunFailed
from bootstrap.operations import create, plan
from bootstrap.operations.callbacks import Silent
from tests.operations.conftest import BUCKET, NAME, STATE, Deployed

CREATED = ["bucket", "role", "athena", "cloudformation"]


@dataclass
class Shown(Silent):
    """Remembers what it was given, by the name of the method."""

    got: list[str] = field(default_factory=list)

    def plan(self, prepared: Prepared) -> None:
        warnings = any(change.warnings for change in prepared.plan.changes)
        self.got.append(f"plan of {len(prepared.plan.work)}, {'with' if warnings else 'without'} warnings")

    def event(self, event: Event) -> None:
        self.got.append(type(event).__name__)

    def finished(self) -> None:
        self.got.append("finished")


def create_it(here: Deployed, **how: Any) -> list[str]:
    """The addresses that were worked on."""
    created = create(here.session, here.backend, NAME, here.integration, **how)
    assert created is not None
    return [change.address for change in created.prepared.plan.work]


def test_it_returns_the_plan_and_the_hand_off_and_shows_them_in_order(new: Deployed) -> None:
    shown = Shown()
    created = create(new.session, new.backend, NAME, new.integration, show=shown)
    assert created is not None
    assert [change.address for change in created.prepared.plan.work] == CREATED
    assert created.report.handoff.values["Bucket"] == BUCKET
    assert shown.got[0] == "plan of 4, with warnings"
    assert (shown.got[-1], shown.got.count("Succeeded")) == ("finished", 4)
    with new.unchanged():
        assert create_it(new) == []


def test_whoever_says_no_leaves_nothing_behind(new: Deployed) -> None:
    with new.unchanged():
        assert create(new.session, new.backend, NAME, new.integration, confirm=lambda prepared: False) is None
        assert len(plan(new.session, new.backend, NAME, new.integration).plan.work) == len(CREATED)
    assert not STATE.exists()


def test_a_plan_that_changes_during_the_question_is_asked_about_again(new: Deployed) -> None:
    create_it(new)
    new.integration, asked = replace(new.integration, tag=("team=data",)), list[list[str]]()

    def confirm(prepared: Prepared) -> bool:
        asked.append([change.address for change in prepared.plan.work])
        if len(asked) == 1:
            athena = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
            new.session.aws.client("iam").detach_role_policy(RoleName="UpsolverRole", PolicyArn=athena)
        return True

    assert create_it(new, confirm=confirm) == ["bucket", "role", "athena"]
    assert asked == [["bucket", "role"], ["bucket", "role", "athena"]]


def test_a_failure_says_how_to_go_on_and_the_same_call_does(new: Deployed) -> None:
    new.wire.refuse("AttachRolePolicy", "MalformedPolicyDocument", times=2)
    with pytest.raises(RunFailed, match="2 of 4 changes were not done: ") as caught:
        create_it(new)
    assert "bootstrap create --name acme --integration upsolver-vpc" in caught.value.advice
    assert "bootstrap destroy --name acme" in caught.value.advice
    assert create_it(new) == ["athena", "cloudformation"]
