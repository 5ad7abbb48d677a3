"""Where STS has a switch, as AWS's table of its endpoints says: each region once."""

import pytest

from bootstrap.integrations.existing.sts import global_tokens, if_disabled

ALWAYS_ON = "us-east-1 cn-north-1"
SWITCHED = """us-east-2 us-west-1 us-west-2 ap-south-1 ap-northeast-3 ap-northeast-2 ap-southeast-1 ap-southeast-2
ap-northeast-1 ca-central-1 cn-northwest-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1 sa-east-1"""
OPT_IN = """af-south-1 ap-east-1 ap-south-2 ap-southeast-3 ap-southeast-5 ap-southeast-4 ap-southeast-7 ca-west-1 eu-south-1
eu-south-2 eu-central-2 il-central-1 mx-central-1 me-south-1 me-central-1"""


@pytest.mark.parametrize("region", ALWAYS_ON.split())
def test_where_sts_is_always_active_there_is_nothing_to_do(region: str) -> None:
    assert if_disabled(region, "Vendor") == ""


@pytest.mark.parametrize("region", SWITCHED.split())
def test_where_there_is_a_switch_it_is_named(region: str) -> None:
    advice = if_disabled(region, "Vendor")
    assert advice.startswith("If Vendor gets RegionDisabledException: in the IAM console of this account")
    assert advice.endswith(f"activate {region}.")


@pytest.mark.parametrize("region", OPT_IN.split())
def test_where_sts_comes_with_the_region_nobody_is_sent_to_a_switch(region: str) -> None:
    advice = if_disabled(region, "Vendor")
    assert f"STS is active in {region} as soon as an account has enabled the region" in advice
    assert "Vendor must enable it, too" in advice
    assert "console" not in advice


@pytest.mark.parametrize("region", [*ALWAYS_ON.split(), *SWITCHED.split(), "us-gov-west-1"])
def test_sessions_of_the_global_endpoint_work_wherever_a_region_is_enabled_from_the_start(region: str) -> None:
    assert global_tokens(region) == ""


@pytest.mark.parametrize("region", OPT_IN.split())
def test_in_an_opt_in_region_they_have_to_be_made_valid(region: str) -> None:
    assert global_tokens(region).startswith(f"{region} is an opt-in region")
    assert "valid in all AWS Regions" in global_tokens(region)
