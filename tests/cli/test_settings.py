"""Settings of the SDK that move S3 elsewhere or change what is sent: honored, or overruled where they would break a run."""

from pathlib import Path

import pytest

from tests.cli.conftest import VPC, Bootstrap
from tests.support.wire import Wire

VARIABLES = {
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy",
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "true",
    "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    "AWS_SIGV4A_SIGNING_REGION_SET": "*",
    "AWS_AUTH_SCHEME_PREFERENCE": "sigv4a,sigv4",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "required",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_RETRY_MODE": "legacy",
    "AWS_DEFAULTS_MODE": "auto",
}
IN_FILE = {
    "addressing_style": "virtual",
    "use_accelerate_endpoint": "true",
    "payload_signing_enabled": "true",
    "us_east_1_regional_endpoint": "legacy",
}


def test_every_variable_at_once_leaves_a_deployment_that_is_made_and_taken_away(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for line in (f"create {VPC} --yes --no-preflight", "status --detailed-exitcode", "destroy --yes --no-preflight"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_buckets_are_not_made_through_transfer_acceleration(
    region: str, bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("config").write_text("[default]\ns3 =\n" + "".join(f"  {name} = {value}\n" for name, value in IN_FILE.items()))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("config").absolute()))
    monkeypatch.setenv("AWS_REGION", region)
    for line in (f"create {VPC} --yes --no-preflight", "destroy --yes --no-preflight"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
    hosts = {call.url.split("/")[2] for call in cloud.calls if call.service == "s3" and call.operation != "ListBuckets"}
    assert hosts == {f"{region}-upsolver-acme.s3{'' if region == 'us-east-1' else f'.{region}'}.amazonaws.com"}


@pytest.mark.parametrize(
    ("variable", "host"),
    [("AWS_USE_FIPS_ENDPOINT", "sts-fips.us-east-1.amazonaws.com"), ("AWS_USE_DUALSTACK_ENDPOINT", "sts.us-east-1.api.aws")],
)
def test_fips_and_dual_stack_endpoints_are_used_where_they_are_asked_for(
    variable: str, host: str, bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")
    cloud.refuse("GetCallerIdentity", "ExpiredToken", times=9)  # moto does not know these hosts
    bootstrap(f"plan {VPC}")
    assert cloud.calls[-1].url.split("/")[2] == host
