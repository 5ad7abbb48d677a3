"""--cage on the command line and in a project file: shown, as data, and never left out silently."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cli.conftest import VPC, Bootstrap
from tests.support.calls import keys
from tests.support.keys import ED25519
from tests.support.processes import Cloud
from tests.support.refusals import Refused, refusing
from tests.support.wire import Wire

PAGE = Path(__file__).parents[2] / "docs" / "cage.md"
ONE = '[deployments.prod]\nintegration = "upsolver-vpc"\n[deployments.prod.inputs]\nexternal_id = "ext-1"\norg_id = "acme"\n'
EXCHANGE = "sts.GetScopedCredentials"


@pytest.fixture
def refused(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Refused:
    return refusing(bootstrap, cloud, tmp_path)


def test_the_commands_of_the_page_run_as_they_stand(here: Bootstrap) -> None:
    [script] = re.findall("```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in script.splitlines():
        program, *words = shlex.split(line)
        ran = here(shlex.join(words))
        assert (program, ran.code) == ("bootstrap", 0), ran.err
        said = ran.out + ran.err
        assert "of credentials with policies for what the plan does and nothing else, " in said
        assert "This is no AWS" not in said


def test_the_sandbox_obeys_the_policies_of_a_cage(sandbox_cloud: Cloud) -> None:
    server = sandbox_cloud.server

    def client(service: str, **credentials: str) -> Any:
        return boto3.client(service, **{**credentials, "endpoint_url": server.url, "region_name": "eu-west-1"})

    def refused(call: Callable[[], Any]) -> str:
        with pytest.raises(ClientError) as caught:
            call()
        return str(caught.value.response["Error"]["Code"])

    own = keys(server) | {"aws_session_token": "any"}
    known = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:TagResource"], "Resource": ["arn:aws:s3:::acme-caged"]}
    looks = {"Effect": "Allow", "Action": ["iam:GetRole"], "Resource": ["arn:aws:iam::123456789012:role/v/Vendor"]}
    keypair = {
        "Effect": "Allow",
        "Action": ["ec2:ImportKeyPair"],
        "Resource": ["arn:aws:ec2:eu-west-1:123456789012:key-pair/caged"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [known, looks, keypair]})
    gave = client("sts", **own).get_scoped_credentials(Policy=policy, ScopedSessionDescription="a test")["Credentials"]
    caged = {
        "aws_access_key_id": gave["AccessKeyId"],
        "aws_secret_access_key": gave["SecretAccessKey"],
        "aws_session_token": gave["SessionToken"],
    }
    s3, iam, ec2 = (client(service, **caged) for service in ("s3", "iam", "ec2"))
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(Bucket="acme-caged", **where)
    assert refused(lambda: iam.get_role(RoleName="Vendor")) == "NoSuchEntity"
    ec2.import_key_pair(KeyName="caged", PublicKeyMaterial=ED25519.encode())
    assert client("sts", **caged).get_caller_identity()["Account"] == "123456789012"
    codes = {
        refused(call)
        for call in (
            lambda: s3.create_bucket(Bucket="acme-other", **where),
            lambda: s3.put_bucket_policy(Bucket="acme-caged", Policy="{}"),
            lambda: iam.get_role(RoleName="Other"),
            lambda: iam.create_role(RoleName="Vendor", Path="/v/", AssumeRolePolicyDocument="{}"),
            lambda: client("cloudformation", **caged).list_stack_sets(),
        )
    }
    assert codes == {"AccessDenied"}
    assert (
        refused(lambda: ec2.import_key_pair(KeyName="other", PublicKeyMaterial=ED25519.encode())) == "UnauthorizedOperation"
    )
    json_calls = {
        refused(lambda: client("batch", **caged).describe_job_queues()),
        refused(lambda: client("resourcegroupstaggingapi", **caged).get_resources()),
        refused(lambda: client("organizations", **caged).describe_organization()),
    }
    assert json_calls == {"AccessDeniedException"}
    assert "acme-other" not in {each["Name"] for each in client("s3", **own).list_buckets()["Buckets"]}


def test_a_dry_run_shows_the_cage_and_asks_aws_for_none(here: Bootstrap, cloud: Wire) -> None:
    before = cloud.names.count(EXCHANGE)
    ran = here(f"create {VPC} --sandbox --dry-run --cage --json")
    cage = ran.last("cage")
    assert cage["tightness"]["named"] > 0
    assert {each["name"] for each in cage["sets"]} == {"iam", "s3"}
    assert all(each["characters"] <= 2048 for each in cage["sets"])
    assert cloud.names.count(EXCHANGE) == before
    assert [item["type"] for item in here(f"create {VPC} --sandbox --dry-run --json").objects].count("cage") == 0


def test_a_plan_says_how_tight_the_cage_would_be_and_how_to_run_in_it(here: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    before = cloud.names.count(EXCHANGE)
    ran = here(f"plan {VPC} --sandbox --cage --out vpc.plan")
    assert "Cage (preview): 2 sets of credentials with policies for what the plan does and nothing else, " in ran.out
    assert "at most 2,048 each" in " ".join(ran.out.split())
    assert "To run exactly this plan: bootstrap create --plan vpc.plan --sandbox --cage" in ran.err
    cage = here("plan --integration biomodal-duet --bucket acme-duet --sandbox --cage --json").last("cage")
    assert any(each.startswith("ec2 into ") for each in cage["splits"])
    assert cloud.names.count(EXCHANGE) == before
    assert "cage" not in [item["type"] for item in here(f"plan {VPC} --sandbox --json").objects]
    run = here("create --plan vpc.plan --sandbox --cage --json")
    assert run.code == 0, run.out
    assert [each["name"] for each in run.last("cage")["sets"]] == ["s3", "iam"]
    assert cloud.names.count(EXCHANGE) == before + 2


def test_where_nothing_changes_the_run_says_that_it_has_no_cage(here: Bootstrap, cloud: Wire) -> None:
    assert here(f"create {VPC} --sandbox --yes --cage").code == 0
    before = cloud.names.count(EXCHANGE)
    for line in ("create --yes", "plan"):
        ran = here(f"{line} {VPC} --sandbox --cage")
        assert (ran.code, ran.err.count("there is nothing to make a cage for")) == (0, 1), ran.err
    assert cloud.names.count(EXCHANGE) == before


def test_a_project_file_makes_it_the_rule_for_what_changes_something(here: Bootstrap) -> None:
    Path("bootstrap.toml").write_text(f"cage = true\n{ONE}")
    planned = here("plan --sandbox")
    assert "--cage" in planned.err
    assert "Cage (preview)" in planned.out
    ran = here("create --sandbox --yes")
    assert "--cage" in ran.err
    assert "Cage (preview)" in ran.err
    assert "Cage (preview)" in here("rotate external-id --external-id ext-2 --sandbox --yes").err
    Path("bootstrap.toml").write_text(ONE.replace("[deployments.prod.inputs]", "cage = true\n[deployments.prod.inputs]"))
    assert here("destroy --sandbox --yes --json").last("cage")["sets"]


def test_a_deployment_can_be_an_exception_from_the_rule(here: Bootstrap) -> None:
    Path("bootstrap.toml").write_text(
        "cage = true\n" + ONE.replace("[deployments.prod.inputs]", "cage = false\n[deployments.prod.inputs]")
    )
    for line in ("create --sandbox --dry-run", "plan --sandbox"):
        assert "Cage" not in here(line).out


def test_a_rule_that_is_neither_true_nor_false_is_refused(refused: Refused) -> None:
    Path("bootstrap.toml").write_text(f'cage = "yes"\n{ONE}')
    assert "line 1: cage: must be true or false" in refused("plan", code=64, with_json=False)


def test_a_long_lived_key_is_told_how_to_get_a_cage_before_anything_is_read(refused: Refused, cloud: Wire) -> None:
    for verb in ("create --yes", "create --dry-run", "plan"):
        with cloud.recorded() as calls:
            told = refused(f"{verb} {VPC} --cage", code=1)
        assert "no cage: account 123456789012 is reached with a long-lived access key" in told
        assert "Or omit --cage: the run may then do whatever you may." in told
        assert {call.name for call in calls} == {"sts.GetCallerIdentity"}, verb


def test_the_key_of_a_user_is_a_long_lived_one_whatever_session_token_is_set(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "leftover")
    assert "a long-lived access key" in refused(f"plan {VPC} --cage", code=1)


def test_a_destroy_with_a_long_lived_key_reads_nothing_first(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    for more in ("--dry-run", "--yes"):
        with cloud.recorded() as calls:
            ran = bootstrap(f"destroy --cage {more}")
        assert (ran.code, "a long-lived access key" in ran.err) == (1, True)
        assert {call.name for call in calls} == {"sts.GetCallerIdentity"}


def test_a_long_lived_key_is_refused_before_costs_are_told_and_questions_asked(bootstrap: Bootstrap) -> None:
    line = "plan --integration biomodal-duet --bucket acme-duet --no-preflight"
    assert "Note: Costs" in bootstrap(line).err
    ran = bootstrap(f"{line} --cage")
    assert (ran.code, "a long-lived access key" in ran.err, "Note: Costs" in ran.err) == (1, True, False)
