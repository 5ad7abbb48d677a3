"""What the account has no room for is said before the first change, in numbers; what AWS does not tell stops nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.servicequotas.models import servicequotas_backends

from bootstrap.sandbox.moto import quotas
from tests.cli.conftest import INPUTS, STATE, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.faults import DENIED, no_connection
from tests.support.wire import Call, Carry, Wire, answer, error_answer

PRIVATE = f"--integration upsolver-private-vpc {INPUTS['upsolver-private-vpc']}"
SUMMARY = "GetAccountSummary"


def tell(cloud: Wire, **numbers: int) -> None:
    """From now on the account has these numbers."""
    entries = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in numbers.items())
    body = f"<{SUMMARY}Result><SummaryMap>{entries}</SummaryMap></{SUMMARY}Result>"
    cloud.trick(SUMMARY, lambda call, carry: answer(f"<{SUMMARY}Response>{body}</{SUMMARY}Response>"), times=20)


def test_two_roles_and_room_for_one_are_refused_with_both_numbers_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    tell(cloud, Roles=999, RolesQuota=1000, InstanceProfiles=1, InstanceProfilesQuota=1000)
    with cloud.recorded() as calls:
        refused = bootstrap(f"create {PRIVATE} --yes")
    assert refused.code == 1
    assert "the plan creates 2 IAM roles, and this account has room for 1: it has 999 of 1,000" in refused.err
    assert "Roles per account (L-FE177D64)" in refused.err
    assert writes(calls) == []
    assert not STATE.exists()
    assert cloud.names.count(f"iam.{SUMMARY}") == 1  # for two roles and a profile


@pytest.mark.parametrize(
    ("integration", "numbers", "what"),
    [
        ("upsolver-private-vpc", {"InstanceProfiles": 7, "InstanceProfilesQuota": 7}, "1 instance profiles"),
        ("upsolver-data-access", {"Policies": 1500, "PoliciesQuota": 1500}, "1 customer managed policies"),
    ],
)
def test_each_kind_has_its_own_quota(
    integration: str, numbers: dict[str, int], what: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    tell(cloud, **numbers)
    refused = bootstrap(f"plan --integration {integration} {INPUTS[integration]}")
    assert refused.code == 1
    assert f"the plan creates {what}, and this account has room for 0" in refused.out


def test_as_many_as_fit_are_made_and_what_is_there_counts_no_more(bootstrap: Bootstrap, cloud: Wire) -> None:
    tell(cloud, Roles=998, RolesQuota=1000)
    assert bootstrap(f"create {PRIVATE} --yes").code == 0
    tell(cloud, Roles=1000, RolesQuota=1000)
    again = bootstrap(f"create {PRIVATE} --yes --tag team=data")
    assert again.code == 0, again.err


def denied(call: Call, carry: Carry) -> Any:
    error = "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>"
    return answer(f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>", 403)


def test_what_may_not_be_read_is_unknown_and_stops_nothing(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.trick(SUMMARY, denied, times=20)
    made = bootstrap(f"create {PRIVATE} --yes")
    assert made.code == 0, made.err


VPC = f"--integration upsolver-vpc {INPUTS['upsolver-vpc']}"
BUCKETS = ("s3", "L-DC2B2D3D")


def allow(number: float, region: str = "us-east-1") -> None:
    """From now on AWS has granted the account so many buckets."""
    vars(servicequotas_backends["123456789012"][region])["applied"] = {BUCKETS: number}


def test_no_room_for_a_bucket_is_said_before_the_first_change(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    for name in ("theirs-1", "theirs-2"):
        scope().client("s3").create_bucket(Bucket=name)
    allow(2)
    for command in ("plan", "check", "create --yes"):
        with cloud.recorded() as calls:
            refused = bootstrap(f"{command} {VPC}")
        assert refused.code == 1
        assert "the plan creates 1 S3 buckets, and this account has room for 0: it has 2 of 2" in refused.out + refused.err
        assert "General purpose buckets (L-DC2B2D3D)" in refused.out + refused.err
        assert writes(calls) == []
    allow(3)
    assert bootstrap(f"create {VPC} --yes").code == 0


def test_a_quota_that_nobody_raised_is_the_default_of_the_home_region(
    bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quotas.DEFAULTS, BUCKETS, 0.0)
    with cloud.recorded() as calls:
        refused = bootstrap(f"plan {VPC} --region eu-west-1")
    assert "it has 0 of 0" in refused.out
    asked = [call for call in calls if call.service == "service-quotas"]
    assert sorted(call.operation for call in asked) == ["GetAWSDefaultServiceQuota", "GetServiceQuota"]
    assert all("servicequotas.us-east-1" in call.url for call in asked)


def broken(call: Call, carry: Carry) -> Any:
    raise no_connection()


REFUSALS: dict[str, Callable[[Call, Carry], Any]] = {
    "denied": lambda call, carry: error_answer(call, *DENIED[call.service]),
    "not offered": lambda call, carry: error_answer(call, "UnknownOperationException", "", 404),
    "broken": lambda call, carry: error_answer(call, "ServiceException", "", 500),
    "out of reach": broken,
}


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        *((each, why) for each in ("GetServiceQuota", "GetAWSDefaultServiceQuota") for why in REFUSALS),
        ("ListBuckets", "denied"),
    ],
)
def test_a_quota_that_cannot_be_read_stops_nothing_and_makes_no_noise(
    operation: str, why: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    cloud.trick(operation, REFUSALS[why], times=9)
    with cloud.recorded() as calls:
        planned = bootstrap(f"plan {VPC}")
    assert planned.code == 0, planned.err
    assert "quota" not in (planned.out + planned.err).lower()
    assert [call.operation for call in calls].count(operation) == 1  # nobody waits for it


def test_an_account_with_too_many_buckets_is_told_what_to_ask_for(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateBucket", "TooManyBuckets", "You have attempted to create more buckets than allowed")
    refused = bootstrap(f"create {PRIVATE} --yes")
    assert refused.code == 1
    assert "General purpose buckets (L-DC2B2D3D)" in refused.err
