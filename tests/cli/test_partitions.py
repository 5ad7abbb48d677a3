"""A vendor's account exists in one partition: elsewhere the integration is refused before the first change."""

import json
from pathlib import Path

import pytest

from bootstrap.core import policy
from bootstrap.integrations import integration, integrations
from tests.cli.conftest import INPUTS, Bootstrap
from tests.conftest import MakeScope
from tests.wire import Wire

VENDORS = [name for name, kind in integrations().items() if kind.partition]
ELSEWHERE = [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]


@pytest.mark.parametrize("way", ["--region", "AWS_REGION", "--profile"])
@pytest.mark.parametrize(("region", "partition"), ELSEWHERE)
@pytest.mark.parametrize("name", VENDORS)
def test_wherever_the_region_comes_from_nothing_is_made_and_the_reason_is_said(
    name: str, region: str, partition: str, way: str, bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = {"--region": f"--region {region}", "--profile": "--profile abroad"}.get(way, "")
    if way != "--region":
        monkeypatch.delenv("AWS_REGION")
    if way == "AWS_REGION":
        monkeypatch.setenv("AWS_REGION", region)
    Path("config").write_text(f"[profile abroad]\nregion = {region}\n")
    Path("credentials").write_text("[abroad]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("config").absolute()))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(Path("credentials").absolute()))
    for verb in ("plan", "check", "permissions", "create --yes"):
        ran = bootstrap(f"{verb} --integration {name} {INPUTS[name]} {flags}")
        assert ran.code == 1, (verb, ran)
        assert (
            f"Error: {name} works in the partition aws only, and {region} is in {partition}; nothing was changed" in ran.err
        )
        assert "here they are nobody or strangers" in ran.err
        assert "Choose a region (--region) and an account (--profile) of the partition aws." in ran.err
    assert {call.service for call in cloud.calls} == {"sts"}
    assert not Path(".bootstrap").exists() or not list(Path(".bootstrap").glob("*.json"))


def test_whom_a_pasted_trust_policy_names_in_another_partition_no_role_can_trust(bootstrap: Bootstrap, cloud: Wire) -> None:
    entity = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/up"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "ext-1"}},
    }
    Path("trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [entity]}))
    line = (
        "create --integration upsolver-data-access --trusted-entity trust.json --bucket raw-data --region cn-north-1 --yes"
    )
    ran = bootstrap(line)
    assert ran.code == 1
    assert (
        "role: trust: arn:aws:iam::111122223333:role/up exists in the partition aws only, and this account is in" in ran.err
    )
    assert not any(call.operation.startswith("Create") for call in cloud.calls)


@pytest.mark.parametrize("name", VENDORS)
def test_what_an_earlier_version_made_elsewhere_is_recovered_imported_and_destroyed(
    name: str, bootstrap: Bootstrap, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = f"--integration {name} {INPUTS[name]} --region cn-north-1"
    with monkeypatch.context() as earlier:
        earlier.setattr(integration(name), "partition", "")
        earlier.setattr(policy, "foreign_principals", lambda *_: [])
        made = bootstrap(f"create {what} --no-preflight --yes")
        assert made.code == 0, made.err
    Path(f".bootstrap/{name}.json").unlink()
    found = bootstrap(f"recover {what} --yes")
    assert found.code == 0, found.err
    leaf = {"upsolver-vpc": "cloudformation"}.get(name, "server-profile")
    assert bootstrap(f"state rm {leaf} --yes").code == 0
    imported = bootstrap(f"state import {leaf} --yes")
    assert imported.code == 0, imported.err
    assert bootstrap("destroy --yes").code == 0
    assert scope().client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(("region", "partition"), ELSEWHERE)
def test_the_region_tells_permissions_the_partition_where_nobody_is_signed_in(
    region: str, partition: str, bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    refused = bootstrap(f"permissions --integration {VENDORS[0]} {INPUTS[VENDORS[0]]} --region {region}")
    assert refused.code == 1
    assert f"works in the partition aws only, and {region} is in {partition}" in refused.err
    line = f"permissions --integration biomodal-duet {INPUTS['biomodal-duet']} --region {region}"
    printed = bootstrap(line)
    assert printed.code == 0, printed.err
    assert f'"arn:{partition}:iam::*:role/biomodal-duet-vm"' in printed.out
    assert "arn:aws:" not in printed.out
    foreign = bootstrap(f"{line} --permissions-boundary arn:aws:iam::123456789012:policy/limit")
    assert foreign.code == 1
    assert f"is not in the partition {partition} of this account" in foreign.err
