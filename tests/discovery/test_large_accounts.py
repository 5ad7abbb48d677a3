"""Accounts with thousands of roles, in which IAM throttles: a search asks for few of them, waits, and comes to its end."""

import copy
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from bootstrap.aws.scope import Scope
from bootstrap.core.query import Query
from bootstrap.discovery import receipts, recovery
from bootstrap.engine import prepare
from tests.conftest import MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import example
from tests.support.samples import role
from tests.support.wire import Call, Carry, Wire, error_answer

ALIKE = 30


class Bucket:
    """A token bucket of the account for one operation: who asks too fast is refused, and gets some tokens back meanwhile."""

    def __init__(self, operation: str, burst: int, rate: int) -> None:
        self.operation, self.tokens, self.rate = operation, burst, rate
        self.refused = 0

    def __call__(self, call: Call, carry: Carry) -> Any:
        if call.operation != self.operation:
            return carry()
        if self.tokens:
            self.tokens -= 1
            return carry()
        self.refused += 1
        self.tokens = self.rate
        return error_answer(call, "Throttling", "Rate exceeded", 400)


def crowded(scope: Scope) -> None:
    """3,000 roles of others, some of them with names that end as ours do."""
    role(scope, "Template")
    roles = iam_backends[scope.account.id]["aws"].roles
    key, template = next((key, each) for key, each in roles.items() if each.name == "Template")
    for number in range(3_000):
        other = copy.copy(template)
        other.name = f"team{number}-UpsolverRole" if number < ALIKE else f"service-{number}"
        other.id = f"AROA{number:017}"
        other.tags = []
        roles[other.id] = other
    del roles[key]


@pytest.fixture
def deployment(scope: MakeScope, tmp_path: Path) -> Deployment:
    made = Deployment(example("upsolver-vpc"), scope(), tmp_path)
    made.create()
    crowded(scope())
    return made


def test_destroy_ends_clean_in_an_account_of_3000_roles_that_throttles(deployment: Deployment, cloud: Wire) -> None:
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    prepare.apply(prepared, deployment.backend, lambda event: None)
    cloud.between = bucket = Bucket("ListRoleTags", burst=10, rate=3)
    with cloud.recorded() as calls:
        given = receipts.receipt(prepared, type(deployment.wanted))
    assert (given.clean, given.unsearched) == (True, ())
    asked = [call.text for call in calls if call.operation == "ListRoleTags"]
    assert all("-UpsolverRole" in text for text in asked), "nobody else's tags are asked for"
    assert ALIKE <= len(asked) <= 3 * ALIKE
    assert bucket.refused


def test_a_stray_role_is_found_among_3000_by_its_name_or_description(deployment: Deployment, scope: MakeScope) -> None:
    iam = scope().client("iam")
    tags = iam.list_role_tags(RoleName="UpsolverRole")["Tags"]
    said = iam.get_role(RoleName="UpsolverRole")["Role"]["Description"]
    iam.create_role(RoleName="old-UpsolverRole", AssumeRolePolicyDocument="{}", Tags=tags)
    iam.create_role(RoleName="renamed", AssumeRolePolicyDocument="{}", Tags=tags, Description=said)
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    prepare.apply(prepared, deployment.backend, lambda event: None)
    given = receipts.receipt(prepared, type(deployment.wanted))
    assert sorted(item.id for item in given.left) == ["old-UpsolverRole", "renamed"]


def test_a_lost_state_is_rebuilt_in_an_account_that_throttles(deployment: Deployment, cloud: Wire) -> None:
    state = deployment.backend.load()
    assert state is not None
    cloud.between = Bucket("ListRoleTags", burst=10, rate=3)
    found = recovery.rebuild(deployment.session, state.deployment, deployment.wanted)
    assert set(found.state.records) == set(state.records)
    assert not found.found.unsearched


def tags_of(*names: str) -> list[Query]:
    return [Query("iam", "list_role_tags", {"RoleName": name}, ("NoSuchEntity",)) for name in names]


def test_throttled_reads_report_their_progress(scope: MakeScope, cloud: Wire) -> None:
    told: list[str] = []
    names = [f"role-{number}" for number in range(10)]
    role(scope(), names[-1])
    cloud.refuse("ListRoleTags", "Throttling", times=3)
    answers = scope(progress=told.append).read_each(tags_of(*names), "roles")
    assert [bool(answer) for answer in answers] == [False] * 9 + [True]
    assert [line.replace(": 1 of", ": 0 of") for line in told] == ["AWS throttles; still searching: 0 of 10 roles"]


@pytest.mark.parametrize("code", ["Throttling", "AccessDenied"])
def test_endless_throttling_or_a_denial_is_an_error(code: str, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("ListRoleTags", code, times=999)
    with pytest.raises(ClientError, match=code):
        scope().read_each(tags_of("role"), "roles")
