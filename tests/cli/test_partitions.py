"""A vendor's account exists in one partition: elsewhere the integration is refused before the first change."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core import policy
from bootstrap.integrations import integration
from tests.cli.conftest import INPUTS, Bootstrap
from tests.conftest import MakeScope
from tests.support.inputs import THOROUGH
from tests.support.wire import Wire

VENDORS = [name for name in THOROUGH if integration(name).partition]
ELSEWHERE = [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]


def trusting(*partitions: str) -> dict[str, Any]:
    """A statement as the vendor shows it, that trusts a role in each of the partitions."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:{each}:iam::111122223333:role/up" for each in partitions]},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "ext-1"}},
    }


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
            f"Error: {name} works only in the partition aws, but {region} is in {partition}; nothing was changed" in ran.err
        )
        assert "here these ids may belong to somebody else" in ran.err
        assert "Choose a region (--region) and an account (--profile) of the partition aws." in ran.err
    assert {call.service for call in cloud.calls} == {"sts"}
    assert not Path(".bootstrap").exists() or not list(Path(".bootstrap").glob("*.json"))


def test_whom_a_pasted_trust_policy_names_in_another_partition_no_role_can_trust(bootstrap: Bootstrap, cloud: Wire) -> None:
    Path("trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [trusting("aws")]}))
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
    assert f"works only in the partition aws, but {region} is in {partition}" in refused.err
    line = f"permissions --integration biomodal-duet {INPUTS['biomodal-duet']} --region {region}"
    printed = bootstrap(line)
    assert printed.code == 0, printed.err
    assert f'"arn:{partition}:iam::*:role/biomodal-duet-vm"' in printed.out
    assert "arn:aws:" not in printed.out
    foreign = bootstrap(f"{line} --permissions-boundary arn:aws:iam::123456789012:policy/limit")
    assert foreign.code == 1
    assert f"is not in the partition {partition} of this account" in foreign.err


def test_what_create_refuses_without_asking_aws_permissions_refuses_where_nobody_is_signed_in(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    def asked(partitions: list[str], flags: str) -> tuple[int, str]:
        Path("trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [trusting(*partitions)]}))
        line = "permissions --integration upsolver-data-access --trusted-entity trust.json --bucket raw-data"
        ran = bootstrap(f"{line} {flags}")
        return ran.code, ran.err

    for partitions, flags, code, why in [
        (["aws"], "", 0, ""),
        (["aws-cn"], "", 0, ""),
        (["aws-cn"], "--region cn-north-1", 0, ""),
        (
            ["aws"],
            "--region cn-north-1",
            1,
            "role: trust: arn:aws:iam::111122223333:role/up exists in the partition aws only",
        ),
        (["aws-cn"], "--region us-gov-west-1", 1, "role: trust: arn:aws-cn:iam::111122223333:role/up exists in"),
        (["aws", "aws-cn"], "", 1, "role: trust: arn:aws-cn:iam::111122223333:role/up exists in the partition aws-cn only"),
        (["aws"], "--tag team=1 --tag Team=2", 1, "two tag keys differ in letter case only"),
        (["aws"], "--permissions-boundary arn:aws-cn:iam::123456789012:policy/limit", 1, "is not in the partition aws"),
    ]:
        ended, told = asked(partitions, flags)
        assert (ended, why in told) == (code, True), (partitions, flags, told)


def test_what_destroy_takes_is_told_also_of_what_create_would_refuse_today(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [trusting("aws")]}))
    line = "upsolver-data-access --trusted-entity trust.json --bucket raw-data --region cn-north-1"
    with monkeypatch.context() as earlier:
        earlier.setattr(policy, "foreign_principals", lambda *_: [])
        assert bootstrap(f"create --integration {line} --no-preflight --yes").code == 0
    told = "exists in the partition aws only"
    for verb, code in (("destroy", 0), ("status", 0), ("create", 1)):
        ran = bootstrap(f"permissions --integration upsolver-data-access --for {verb}")
        assert (ran.code, told in ran.err) == (code, bool(code)), ran.err
