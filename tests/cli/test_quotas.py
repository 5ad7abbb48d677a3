"""What the account has no room for is said before the first change, in numbers; what AWS does not tell stops nothing."""

from typing import Any

import pytest

from tests.cli.conftest import INPUTS, STATE, Bootstrap, writes
from tests.wire import Call, Carry, Wire, answer

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
    assert "the plan makes 2 IAM roles, and this account has room for 1: it has 999 of 1,000" in refused.err
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
    assert f"the plan makes {what}, and this account has room for 0" in refused.out


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


def test_an_account_with_too_many_buckets_is_told_what_to_ask_for(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateBucket", "TooManyBuckets", "You have attempted to create more buckets than allowed")
    refused = bootstrap(f"create {PRIVATE} --yes")
    assert refused.code == 1
    assert "General purpose buckets (L-DC2B2D3D)" in refused.err
