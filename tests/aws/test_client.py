"""Sessions, clients and calls: who signs, where to, and how often."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from bootstrap.aws import credentials, sdk
from bootstrap.aws.client import Aws, _without_account, is_of_aws
from bootstrap.aws.credentials import Login, open_session, sandboxed
from bootstrap.aws.errors import code_of, ignore_missing, raise_already_exists
from bootstrap.aws.reads import Reads
from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.difference import differences
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.errors import AlreadyExists, AwsError, CredentialsError
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import MakeScope
from tests.support.samples import allow, deployed, read_back, trust
from tests.support.wire import Call, Carry, Wire, answer

CONFIG = """
[default]
region = eu-central-1
[profile work]
region = ap-south-1
aws_access_key_id = AKIAWORK
aws_secret_access_key = secret-of-work
[profile guarded]
region = ap-south-1
role_arn = arn:aws:iam::123456789012:role/guarded
source_profile = work
mfa_serial = arn:aws:iam::123456789012:mfa/ann
[profile nowhere]
aws_access_key_id = AKIANOWHERE
aws_secret_access_key = secret-of-nowhere
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has profiles, and no keys in the environment."""
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def aws() -> Iterator[Aws]:
    made = Aws({DEFAULT: Login(region="us-east-1"), "other": Login(region="eu-west-1")})
    yield made
    made.close()


# Who and where


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("login", "environment", "region"),
    [
        (Login(), {}, "eu-central-1"),
        (Login(profile="work"), {}, "ap-south-1"),
        (Login(), {"AWS_PROFILE": "work"}, "ap-south-1"),
        (Login(), {"AWS_DEFAULT_REGION": "us-west-1"}, "us-west-1"),
        (Login(), {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-1"}, "us-west-2"),
        (Login(profile="work"), {"AWS_REGION": "us-west-2"}, "us-west-2"),
        (Login(profile="work", region="ca-central-1"), {"AWS_REGION": "us-west-2"}, "ca-central-1"),
        (Login(profile="nowhere", region="ca-central-1"), {}, "ca-central-1"),
        (Login(), {"AWS_REGION": ""}, "eu-central-1"),
    ],
)
def test_the_region_is_the_nearest_one_that_somebody_named(
    login: Login, environment: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert open_session(login).region_name == region


@pytest.mark.usefixtures("config")
def test_a_code_is_asked_for_once_whatever_needs_the_profile(
    scope: MakeScope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state in S3 and each account sign in for themselves, and STS takes no code a second time."""
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    scope().client("iam").create_role(RoleName="guarded", AssumeRolePolicyDocument=document)
    monkeypatch.setattr(credentials, "_ASSUMED", {})
    asked = []

    def code(prompt: str) -> str:
        asked.append(prompt)
        return "123456"

    keys = set()
    for _ in range(2):
        session = open_session(Login(profile="guarded"))
        session._session.get_component("credential_provider").get_provider("assume-role")._prompter = code
        keys.add(session.get_credentials().get_frozen_credentials().access_key)
    assert len(asked) == len(keys) == cloud.names.count("sts.AssumeRole") == 1


@pytest.mark.usefixtures("config")
def test_a_profile_signs_with_its_own_keys() -> None:
    assert open_session(Login(profile="work")).get_credentials().access_key == "AKIAWORK"
    assert open_session(Login(profile="nowhere", region="us-east-1")).get_credentials().access_key == "AKIANOWHERE"


@pytest.mark.usefixtures("config")
def test_each_account_has_its_own_session() -> None:
    aws = Aws({DEFAULT: Login(profile="work"), "other": Login(profile="nowhere", region="us-east-1")})
    keys = {alias: aws.client("iam", alias)._get_credentials().access_key for alias in aws.logins}
    aws.close()
    assert keys == {DEFAULT: "AKIAWORK", "other": "AKIANOWHERE"}


@pytest.mark.usefixtures("config")
def test_without_a_region_there_is_an_error_that_says_how_to_name_one() -> None:
    with pytest.raises(CredentialsError) as raised:
        open_session(Login(profile="nowhere"))
    assert raised.value.message == "no AWS region is set"
    assert "Name it with --region or AWS_REGION, as in: --region us-east-1." in raised.value.advice


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_sts_tells_account_and_partition(region: str, partition: str, cloud: Wire) -> None:
    aws = Aws({DEFAULT: Login(region=region)})
    identity = aws.identities(["iam"])[DEFAULT]
    aws.close()
    assert identity.account == Account(id="123456789012", partition=partition, region=region)
    assert identity.arn.startswith(f"arn:{partition}:sts::123456789012:")
    assert cloud.names == ["sts.GetCallerIdentity"]


def test_every_account_is_asked_who_we_are(aws: Aws, cloud: Wire) -> None:
    identities = aws.identities(["s3"])
    assert {alias: item.account.region for alias, item in identities.items()} == {
        DEFAULT: "us-east-1", "other": "eu-west-1",
    }  # fmt: skip
    assert identities["other"].account.alias == "other"
    assert cloud.names == ["sts.GetCallerIdentity"] * 2


@pytest.mark.usefixtures("cloud")
def test_what_fails_during_the_sign_in_does_not_end_it(aws: Aws) -> None:
    began = threading.Event()

    def meanwhile() -> None:
        began.set()
        raise ValueError

    assert aws.identities(meanwhile=meanwhile)
    assert began.wait(60)


def test_the_own_region_has_no_client_of_its_own(aws: Aws) -> None:
    known = aws.client("iam")
    assert aws.client("iam", region="us-east-1") is known
    assert aws.client("iam", region="eu-west-1") is not known


def test_retries_and_timeouts_are_ours_whatever_the_environment_says(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    config = aws.client("iam").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 10}
    assert (config.connect_timeout, config.read_timeout, config.tcp_keepalive) == (10, 60, True)
    assert config.max_pool_connections >= 24
    assert "bootstrap/" in config.user_agent_extra


def test_who_needs_no_new_client_does_not_wait_while_one_is_made(aws: Aws) -> None:
    known, got = aws.client("iam"), list[Any]()
    with aws._lock:
        thread = threading.Thread(target=lambda: got.append(aws.client("iam")), daemon=True)
        thread.start()
        thread.join(60)
    assert got == [known]


def test_throttling_is_tried_ten_times_by_the_sdk(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("ListRoles", "Throttling", "Rate exceeded", times=9)
    assert scope().client("iam").list_roles()["Roles"] == []
    assert len(cloud.calls) == 10


def test_a_list_without_an_end_is_an_error_and_no_part_of_it_is_taken_for_all(
    scope: MakeScope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = scope().client("sns")
    for number in range(3):
        topics.create_topic(Name=f"topic-{number}")
    everything = Query("sns", "list_topics", {})
    assert len(scope().read(everything)[0]["Topics"]) == 3
    monkeypatch.setattr("bootstrap.aws.reads.MOST_ITEMS", 2)
    with pytest.raises(AwsError, match="sns list_topics: the list has more than 2 entries"):
        scope().read(everything)


def test_a_client_is_made_once_however_many_threads_ask_for_it(aws: Aws) -> None:
    together = threading.Barrier(32)

    def ask(number: int) -> Any:
        together.wait()
        return aws.client(("iam", "s3")[number % 2], (DEFAULT, "other")[number // 2 % 2])

    with ThreadPoolExecutor(32) as pool:
        clients = {id(client): client for client in pool.map(ask, range(32))}
    assert len(clients) == 4
    assert sorted((client.meta.service_model.service_name, client.meta.region_name) for client in clients.values()) == [
        ("iam", "aws-global"), ("iam", "aws-global"), ("s3", "eu-west-1"), ("s3", "us-east-1"),
    ]  # fmt: skip


def test_a_new_client_looks_at_its_own_service_alone(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    exists = sdk._Models.exists

    def look(models: Any, path: str) -> bool:
        looked.append(path)
        return exists(models, path)

    monkeypatch.setattr(sdk._Models, "exists", look)
    aws.client("iam")
    assert {Path(path).parts[-3] for path in looked} <= {"iam", "data"}, "the folders of 400 services were opened"


def test_what_threads_ask_a_new_client_first_is_read_already(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each of them would read it, all at the same time."""
    client = aws.client("iam")
    read: list[str] = []
    monkeypatch.setattr(sdk._Models, "load_file", lambda models, path: read.append(path))
    assert client.can_paginate("list_roles")
    assert read == []


def test_what_one_account_has_read_about_a_service_the_others_need_not_read(aws: Aws) -> None:
    aws.client("iam")
    read = sdk._description.cache_info().misses
    aws.client("iam", "other")
    assert sdk._description.cache_info().misses == read


# The sandbox


@dataclass
class Endpoint:
    """A server on this machine that answers as STS does and keeps what it was asked."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.asked.append((self.path, self.headers["Authorization"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            result = "<Arn>arn:aws:sts::123456789012:user/moto</Arn><Account>123456789012</Account>"
            body = f"<Response><GetCallerIdentityResult>{result}</GetCallerIdentityResult></Response>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Endpoint(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_the_sandbox_is_reached_directly_with_made_up_keys_whatever_the_user_has_set(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(
        "[profile work]\nregion = ap-south-1\nservices = elsewhere\naws_access_key_id = AKIAWORK\n"
        "aws_secret_access_key = secret-of-work\n[services elsewhere]\nsts =\n  endpoint_url = http://127.0.0.1:9\n"
    )
    environment = {
        "AWS_PROFILE": "work",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "missing"),
        "AWS_ACCESS_KEY_ID": "AKIAUSER",
        "AWS_SECRET_ACCESS_KEY": "secret-of-user",
        "AWS_SESSION_TOKEN": "token-of-user",
        "AWS_REGION": "ap-south-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "AWS_RETRY_MODE": "legacy",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    aws = Aws({DEFAULT: Login(endpoint=endpoint.url)})
    identity = aws.identities(["iam", "s3"])[DEFAULT]
    aws.close()
    assert identity.account == Account(id="123456789012", partition="aws", region="us-east-1")
    [(path, authorization)] = endpoint.asked
    assert path == "/"
    assert "Credential=sandbox/" in authorization
    assert "/us-east-1/sts/" in authorization


def test_the_sandbox_has_a_profile_and_files_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    session = sandboxed(Login(endpoint="http://127.0.0.1:9", region="eu-west-1"))
    assert session.region_name == "eu-west-1"
    assert session.available_profiles == []
    assert session.get_credentials().get_frozen_credentials()[:3] == ("sandbox", "sandbox", "sandbox")


def test_buckets_of_the_sandbox_are_in_the_path_and_not_in_a_host_name() -> None:
    aws = Aws({DEFAULT: Login(endpoint="http://sandbox.localhost:9")})
    url = aws.client("s3").generate_presigned_url("list_objects_v2", Params={"Bucket": "the-bucket"})
    aws.close()
    assert url.startswith("http://sandbox.localhost:9/the-bucket?")


# Calls


def roles(name: str) -> Query:
    return Query("iam", "get_role", {"RoleName": name}, ("NoSuchEntity",))


def test_inside_one_look_a_question_is_asked_once_whoever_asks_it(scope: MakeScope, cloud: Wire) -> None:
    look = scope(reads=Reads(scope().aws))
    IamRole(name="R", trust=trust()).create(scope())
    with cloud.recorded() as calls:
        first, missing, same = look.read(roles("R"), roles("Missing"), roles("R"))
        [again] = look.read(roles("R"))
    assert first["Role"]["RoleName"] == "R"
    assert first is same is again
    assert missing is None
    assert [call.operation for call in calls] == ["GetRole"] * 2


def test_outside_of_a_look_everything_is_asked_again(scope: MakeScope, cloud: Wire) -> None:
    assert scope().read(roles("R")) == [None]
    IamRole(name="R", trust=trust()).create(scope())
    assert scope().read(roles("R")) != [None]


def test_the_questions_of_one_look_are_asked_side_by_side(scope: MakeScope, cloud: Wire) -> None:
    with cloud.all_at_once(20):
        scope().read(*(roles(f"R{number}") for number in range(20)))


def test_what_is_asked_ahead_is_on_its_way_and_not_asked_again(scope: MakeScope, cloud: Wire) -> None:
    look = scope(reads=Reads(scope().aws))
    with cloud.all_at_once(2), cloud.recorded() as calls:
        look.ask_ahead(roles("A"), roles("B"))
        assert look.read(roles("A"), roles("B")) == [None, None]
    assert len(calls) == 2
    with cloud.recorded() as calls:
        scope().ask_ahead(roles("A"))  # outside of a look nobody would get the answer
    assert calls == []


def test_of_what_is_expected_to_be_gone_the_rest_is_read_only_if_it_is_there(scope: MakeScope, cloud: Wire) -> None:
    gone = scope(reads=Reads(scope().aws), expects_gone=True)
    with cloud.recorded() as calls:
        assert gone.read_existing(roles("R"), roles("More")) == [None, None]
    assert len(calls) == 1
    IamRole(name="R", trust=trust()).create(scope())
    with cloud.recorded() as calls:
        found, more = scope(reads=Reads(scope().aws), expects_gone=True).read_existing(roles("R"), roles("More"))
    assert (found["Role"]["RoleName"], more, len(calls)) == ("R", None, 2)


def test_after_a_doubtful_answer_a_look_begins_anew(scope: MakeScope, cloud: Wire) -> None:
    look = scope(reads=Reads(scope().aws))
    assert look.read(roles("R")) == [None]
    IamRole(name="R", trust=trust()).create(scope())
    assert look.read(roles("R")) == [None]
    assert look.reads is not None
    look.reads.forget()
    assert look.read(roles("R")) != [None]


def test_what_is_done_at_once_all_ends_before_the_first_error_is_raised(scope: MakeScope) -> None:
    together, ended = threading.Barrier(3, timeout=60), []

    def work(number: int) -> None:
        together.wait()
        ended.append(number)
        if number:
            raise ValueError(str(number))

    with pytest.raises(ValueError, match="1"):
        scope().at_once(*(partial(work, number) for number in range(3)))
    assert sorted(ended) == [0, 1, 2]
    scope().at_once()


def test_only_the_codes_that_stand_for_absent_are_none(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("GetRole", "AccessDenied", status=403)
    with pytest.raises(ClientError) as raised:
        scope().read(roles("R"))
    assert code_of(raised.value) == "AccessDenied"


def test_a_list_is_read_to_its_end(scope: MakeScope, cloud: Wire) -> None:
    def page(call: Call, carry: Carry) -> AWSResponse:
        more = "Marker" not in call.text
        end = "<IsTruncated>true</IsTruncated><Marker>next</Marker>" if more else "<IsTruncated>false</IsTruncated>"
        names = f"<PolicyNames><member>{'first' if more else 'second'}</member></PolicyNames>"
        return answer(f"<Response><ListRolePoliciesResult>{names}{end}</ListRolePoliciesResult></Response>")

    cloud.trick("ListRolePolicies", page, times=2)
    [found] = scope().read(Query("iam", "list_role_policies", {"RoleName": "R"}))
    assert found["PolicyNames"] == ["first", "second"]


def test_the_owners_tags_go_with_the_users_and_win_over_them(scope: MakeScope) -> None:
    here = scope()
    tags = here.tags({"team": "data", "bootstrap:address": "elsewhere"})
    assert {item["Key"]: item["Value"] for item in tags} == {"team": "data", **here.owner.tags()}
    assert len(tags) == 4


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "in AWS's words"}}, "CreateThing")


def test_gone_is_fine_and_anything_else_is_not() -> None:
    with ignore_missing("NoSuchEntity", "NoSuchBucket"):
        raise refusal("NoSuchBucket")
    with pytest.raises(ClientError), ignore_missing("NoSuchEntity"):
        raise refusal("AccessDenied")


def test_taken_becomes_already_exists_and_anything_else_does_not() -> None:
    with pytest.raises(AlreadyExists) as raised, raise_already_exists("EntityAlreadyExists"):
        raise refusal("EntityAlreadyExists")
    assert raised.value.code == "EntityAlreadyExists"
    assert raised.value.message == "CreateThing: in AWS's words (EntityAlreadyExists)"
    with pytest.raises(ClientError), raise_already_exists("EntityAlreadyExists"):
        raise refusal("LimitExceeded")


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_in_other_partitions_things_have_arns_of_theirs_that_are_known_before(
    region: str, partition: str, scope: MakeScope
) -> None:
    here = scope(region)
    assert here.account.partition == partition
    things: dict[str, Resource] = {
        f"arn:{partition}:iam::123456789012:role/team/Role": IamRole(name="Role", path="/team/", trust=trust()),
        f"arn:{partition}:iam::123456789012:policy/team/Policy": IamPolicy(
            name="Policy", path="/team/", document=allow("s3:GetObject")
        ),
        f"arn:{partition}:iam::123456789012:instance-profile/team/Profile": IamInstanceProfile(
            name="Profile", path="/team/", role="Role"
        ),
        f"arn:{partition}:s3:::the-bucket": S3Bucket(name="the-bucket"),
    }
    for arn, thing in things.items():
        live = deployed(thing, here)
        assert live.outputs["arn"] == thing.predicted_outputs(here.account)["arn"] == arn
        assert differences(thing, live) == ()
    for arn in (here.account.managed_policy("AmazonAthenaFullAccess"), list(things)[1]):
        assert arn.startswith(f"arn:{partition}:")
        attachment = IamRoleAttachment(role="Role", policy_arn=arn)
        assert attachment.validate(here.account) == ()
        assert read_back(attachment, here, deployed(attachment, here).outputs)


@pytest.mark.parametrize(
    ("sent", "goes"),
    [
        (
            "https://123456789012.s3-control.us-east-1.amazonaws.com/v",
            "https://123456789012.s3-control.us-east-1.amazonaws.com/v",
        ),
        (
            "https://123456789012.s3-control.eu-isoe-west-1.cloud.adc-e.uk/",
            "https://123456789012.s3-control.eu-isoe-west-1.cloud.adc-e.uk/",
        ),
        (
            "https://123456789012.control.vpce-1.s3.us-east-1.vpce.amazonaws.com/",
            "https://123456789012.control.vpce-1.s3.us-east-1.vpce.amazonaws.com/",
        ),
        ("http://123456789012.127.0.0.1:5000/v?bucket=b", "http://127.0.0.1:5000/v?bucket=b"),
        ("http://123456789012.localhost:5000/", "http://localhost:5000/"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000/"),
    ],
)
def test_an_emulator_is_asked_at_its_own_address_and_aws_at_the_account_s(sent: str, goes: str) -> None:
    params = {"url": sent}
    _without_account(params)
    assert params["url"] == goes


def test_an_emulator_of_s3_is_asked_for_access_points_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5000")
    with closing(Aws({DEFAULT: Login(region="us-east-1")})) as aws:
        assert aws.client("s3control").meta.endpoint_url == "http://127.0.0.1:5000"
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    with closing(Aws({DEFAULT: Login(region="us-east-1")})) as aws:
        assert is_of_aws(aws.client("s3control").meta.endpoint_url)


@pytest.mark.parametrize("code", ["InvalidAction", "NotImplemented", "UnknownOperationException", "AccessDenied"])
def test_what_is_only_good_to_know_stays_unknown_where_it_cannot_be_asked(code: str, scope: MakeScope, cloud: Wire) -> None:
    query = Query("iam", "get_account_summary", {})
    cloud.refuse("GetAccountSummary", code)
    assert scope().read_if_allowed(query) is None
    cloud.refuse("GetAccountSummary", "ServiceFailure")
    with pytest.raises(ClientError):
        scope().read_if_allowed(query)
