"""What is shown is what is adopted, also if a person takes time to answer or stops it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from moto.s3.models import s3_backends

from bootstrap.core.events import Event
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.state import Status
from bootstrap.engine.prepare import Prepared
from bootstrap.operations import adopt, create, destroy
from bootstrap.operations.callbacks import Silent, Stop
from tests.operations.conftest import BUCKET, NAME, STATE, Deployed


@pytest.fixture
def by_hand(new: Deployed) -> Deployed:
    """A role and a bucket that nobody recorded."""
    create(new.session, new.backend, NAME, new.integration)
    STATE.unlink()
    s3_backends["123456789012"]["aws"].buckets[BUCKET].creation_date = datetime(2026, 1, 1)
    client = new.session.aws.client
    client("iam").untag_role(RoleName="UpsolverRole", TagKeys=[*OWNER_TAGS])
    client("s3").delete_bucket_tagging(Bucket=BUCKET)
    return new


def again_with_another_bucket(here: Deployed) -> None:
    """With the same settings."""
    s3_backends["123456789012"]["aws"].buckets[BUCKET].creation_date = datetime(2026, 2, 1)


def again_with_another_role(here: Deployed) -> None:
    iam = here.session.aws.client("iam")
    old = iam.get_role(RoleName="UpsolverRole")["Role"]
    for policy in iam.list_attached_role_policies(RoleName="UpsolverRole")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="UpsolverRole", PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName="UpsolverRole")["PolicyNames"]:
        iam.delete_role_policy(RoleName="UpsolverRole", PolicyName=name)
    iam.delete_role(RoleName="UpsolverRole")
    iam.create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument="{}", Description=old["Description"])


@pytest.mark.parametrize("made_again", [again_with_another_bucket, again_with_another_role])
def test_what_was_deleted_and_made_again_meanwhile_is_asked_about_again(
    made_again: Callable[[Deployed], None], by_hand: Deployed
) -> None:
    asked: list[Prepared] = []

    def confirm(prepared: Prepared) -> bool:
        asked.append(prepared)
        if len(asked) == 1:
            made_again(by_hand)
            return True
        return False

    assert adopt(by_hand.session, by_hand.backend, NAME, by_hand.integration, confirm=confirm) is None
    assert len(asked) == 2
    assert not STATE.exists()


def test_ctrl_c_does_not_leave_it_half_done(by_hand: Deployed) -> None:
    """All of its changes start at once, and those that have begun are finished."""
    stop = Stop()

    class Stopping(Silent):
        def event(self, event: Event) -> None:
            stop.ask()

    @contextmanager
    def interruptible(leaving: Callable[[], str]) -> Iterator[Stop]:
        yield stop

    done = adopt(by_hand.session, by_hand.backend, NAME, by_hand.integration, show=Stopping(), interruptible=interruptible)
    assert stop.asked
    assert done is not None and {each.status for each in done.report.outcome.state.records.values()} == {Status.READY}
    destroy(by_hand.session, by_hand.backend)
    assert BUCKET not in [item["Name"] for item in by_hand.session.aws.client("s3").list_buckets()["Buckets"]]
