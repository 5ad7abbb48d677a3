"""How the credentials of a cage are got and renewed, and what happens where AWS gives none."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.core.utils import utcnow
from moto.sts.models import STSBackend

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.contract.authorization_cage import key_of
from bootstrap.contract.crashes import one_after_the_other
from bootstrap.contract.wire import Call, Carry, error_answer
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.errors import BootstrapError, CredentialsError, RunFailed
from bootstrap.sandbox.moto.sts_scoped import ScopedSession, session_of
from tests.conftest import FAST, MakeScope
from tests.support.cages import SMALL, Life, role_assumed
from tests.support.wire import Wire


@pytest.fixture
def aws(cloud: Wire) -> Iterator[Aws]:
    with role_assumed() as found:
        yield found


def test_a_run_goes_on_when_its_credentials_expire_in_the_middle(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each set is about to expire when it is given out, and has expired after five calls."""
    one_after_the_other(monkeypatch)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    soon_over(monkeypatch, minutes=5)
    uses = Counter[str]()

    def expiring(call: Call, carry: Carry) -> Any:
        key = key_of(call.headers)
        uses[key] += session_of(key) is not None
        if uses[key] > 5:
            return error_answer(call, "ExpiredToken", "The security token included in the request is expired", 403)
        return life.bars(call, carry)

    cloud.between = expiring
    life.create()
    assert life.escaped == []
    assert cloud.names.count("sts.GetScopedCredentials") > 5


def test_a_run_whose_credentials_cannot_be_renewed_says_so_and_the_next_one_goes_on(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    with monkeypatch.context() as patch:
        soon_over(patch, minutes=5)

        before = len(cloud.names)

        def changed_mind(call: Call, carry: Carry) -> Any:
            if call.operation == "GetScopedCredentials" and "s3.CreateBucket" in cloud.names[before:]:
                return error_answer(call, "AccessDenied", "not any more", 403)
            return life.bars(call, carry)

        cloud.between = changed_mind
        with pytest.raises(RunFailed, match="4 of 4 changes were not done") as caught:
            life.create()
    assert "bootstrap create" in caught.value.advice
    cloud.between = life.bars
    life.create()
    assert life.escaped == []


def test_credentials_that_really_end_during_a_call_are_renewed_for_the_next_one(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made up here: AWS refuses what is signed with them once their time is over."""
    one_after_the_other(monkeypatch)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    soon_over(monkeypatch, seconds=1)
    used = list[ScopedSession]()

    def slow(call: Call, carry: Carry) -> Any:
        answer = life.bars(call, carry)
        if session := session_of(key_of(call.headers)):
            while call.name == "iam.CreateRole" and utcnow() < session.expiration:
                time.sleep(0.05)
            used.append(session)
        return answer

    cloud.between = slow
    life.create()
    assert life.escaped == []
    [at] = [place for place, session in enumerate(used) if session.expiration < utcnow()][:1]
    assert used[-1].expiration > used[at].expiration
    assert used[-1] is not used[at]


def soon_over(patch: pytest.MonkeyPatch, *, minutes: float = 0, seconds: float = 0) -> None:
    """From now on, credentials of cages last that long."""
    give = STSBackend.get_scoped_credentials  # type: ignore[attr-defined]

    def given(*arguments: Any) -> ScopedSession:
        session: ScopedSession = give(*arguments)
        session.expiration = utcnow() + timedelta(minutes=minutes, seconds=seconds)
        return session

    patch.setattr(STSBackend, "get_scoped_credentials", given)


REFUSED = {
    "AccessDenied": (403, "Ask for sts:GetScopedCredentials"),
    "InvalidAction": (400, "Try another --region."),
    "PackedPolicyTooLarge": (400, "sign in with fewer session tags"),
    "ExpiredToken": (400, "Get new credentials"),
}


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("verb", ["create", "destroy"])
def test_where_aws_gives_no_cage_nothing_is_changed_and_the_error_says_how_to_go_on(
    verb: str, code: str, scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    life = Life("upsolver-data-access", scope, aws, cloud, tmp_path)
    if verb == "destroy":
        life.create()
    status, advice = REFUSED[code]
    cloud.refuse("GetScopedCredentials", code, status=status, times=3)
    with cloud.recorded() as calls, pytest.raises(BootstrapError) as caught:
        life.create() if verb == "create" else life.destroy()
    assert [call.name for call in calls if call.changes] == []
    assert caught.value.message.startswith("no credentials for the cage (")
    assert advice in caught.value.advice
    assert "Or omit --cage: " in caught.value.advice


def test_an_exchange_that_is_throttled_is_tried_again(scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path) -> None:
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    cloud.refuse("GetScopedCredentials", "Throttling", status=400, times=1)
    life.create()
    assert life.escaped == []
    assert cloud.names.count("sts.GetScopedCredentials") == 3


def test_a_long_lived_key_gets_no_cage_and_no_question(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    long_lived = Aws({DEFAULT: Login(region="us-east-1")}, FAST)
    life = Life(SMALL, scope, long_lived, cloud, tmp_path)
    with cloud.recorded() as calls, pytest.raises(CredentialsError, match="a long-lived access key") as caught:
        life.create()
    assert calls == []
    assert "aws sts get-session-token --serial-number ARN --token-code CODE" in caught.value.advice
    long_lived.close()


def test_the_root_user_gets_no_cage(scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path) -> None:
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    here = life.deployment
    known = replace(here.session.identities[DEFAULT], arn=f"arn:aws:iam::{EXAMPLE.id}:root")
    here.session = replace(here.session, identities={DEFAULT: known})
    with pytest.raises(CredentialsError, match="the root user signs in"):
        life.create()


def test_the_exchange_never_goes_to_the_global_endpoint(cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not have it, and a setting of the user may prefer it."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    aws = Aws({DEFAULT: Login(region="us-east-1")}, FAST)
    assert aws.client("sts").meta.endpoint_url == "https://sts.amazonaws.com"
    assert aws.regional_sts(DEFAULT).meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"
    aws.close()
