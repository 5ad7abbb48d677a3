"""What the sandbox's AWS does where plain moto would not, in the server and in tests with `mock_aws` alike."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.iam.models import IAMBackend
from moto.s3.models import S3Backend

from bootstrap import sandbox
from bootstrap.sandbox.moto.corrections import apply

Client = Callable[..., Any]
in_the_server = pytest.mark.parametrize("client", ["server"], indirect=True)
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Server]:
    folder = tmp_path_factory.mktemp("sandbox")
    yield sandbox.start(folder)
    sandbox.stop(folder)


@pytest.fixture(params=["server", "in process"])
def client(request: pytest.FixtureRequest, moto_made_ready: None) -> Iterator[Client]:
    """Makes clients of a service, in both kinds of moto; other keys can be given as `credentials`."""
    with ExitStack() as stack:
        running = request.getfixturevalue("server") if request.param == "server" else None
        own = {"AccessKeyId": running.key_id if running else "any", "SecretAccessKey": "any", "SessionToken": None}
        if running is None:
            stack.enter_context(mock_aws(config={"core": {"reset_boto3_session": False}}))

        def make(service: str, region: str = "us-east-1", credentials: Any = None) -> Any:
            keys = credentials or own
            made = boto3.client(
                service,
                region_name=region,
                endpoint_url=running.url if running else None,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                config=Config(retries={"total_max_attempts": 1}),
            )
            return stack.enter_context(closing(made))

        yield make


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Returns the code and the HTTP status with which the call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def another_account(client: Client) -> Any:
    return client("sts").assume_role(
        RoleArn="arn:aws:iam::222222222222:role/OrganizationAccountAccessRole", RoleSessionName="test"
    )["Credentials"]


def test_correcting_twice_is_the_same_as_correcting_once() -> None:
    apply()
    once = vars(S3Backend) | vars(IAMBackend)
    apply()
    assert vars(S3Backend) | vars(IAMBackend) == once


def test_a_new_bucket_keeps_the_tags_it_was_created_with(client: Client) -> None:
    s3 = client("s3", region="eu-west-1")
    for name, values in (("one", ["a & b"]), ("two", ["a & b", ""])):
        tags = [{"Key": f"bootstrap:{number}", "Value": value} for number, value in enumerate(values)]
        configuration = {"LocationConstraint": "eu-west-1", "Tags": tags}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
        assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == tags


def test_creating_ones_own_bucket_again_leaves_its_tags_alone(client: Client) -> None:
    s3 = client("s3")
    first, second = ({"Tags": [{"Key": "from", "Value": value}]} for value in ("first", "second"))
    s3.create_bucket(Bucket="twice", CreateBucketConfiguration=first)
    s3.create_bucket(Bucket="twice", CreateBucketConfiguration=second)
    s3.put_bucket_versioning(Bucket="twice", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_tagging(Bucket="twice")["TagSet"] == first["Tags"]


def test_a_bucket_created_without_tags_has_none(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="untagged")
    assert refusal(s3.get_bucket_tagging, Bucket="untagged") == ("NoSuchTagSet", 404)


@pytest.mark.parametrize("value", ["false", False, ["false"]], ids=["text", "boolean", "list"])
def test_a_policy_that_only_allows_tls_does_not_lock_the_sandbox_out(client: Client, value: object) -> None:
    s3 = client("s3")
    bucket = f"tls-only-{type(value).__name__}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement | {"Condition": {"Bool": {"aws:SecureTransport": value}}}]}
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="before", Body=b"1")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="after", Body=b"2")
    assert s3.get_object(Bucket=bucket, Key="before")["Body"].read() == b"1"
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy


def test_a_policy_that_denies_without_condition_still_denies(client: Client) -> None:
    s3 = client("s3")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::closed/*"}
    s3.create_bucket(Bucket="closed")
    s3.put_bucket_policy(Bucket="closed", Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert refusal(s3.put_object, Bucket="closed", Key="key")[1] == 403


def test_a_new_bucket_has_the_defaults_of_aws(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="defaults")
    assert set(s3.get_public_access_block(Bucket="defaults")["PublicAccessBlockConfiguration"].values()) == {True}
    [encryption] = s3.get_bucket_encryption(Bucket="defaults")["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    [ownership] = s3.get_bucket_ownership_controls(Bucket="defaults")["OwnershipControls"]["Rules"]
    assert ownership == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.put_object(Bucket="defaults", Key="key")["ServerSideEncryption"] == "AES256"


def test_the_ownership_asked_for_at_creation_wins_over_the_default(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="writers-own", ObjectOwnership="ObjectWriter")
    [ownership] = s3.get_bucket_ownership_controls(Bucket="writers-own")["OwnershipControls"]["Rules"]
    assert ownership == {"ObjectOwnership": "ObjectWriter"}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_name_that_another_account_owns_is_taken(client: Client, region: str) -> None:
    client("s3").create_bucket(Bucket=f"taken-{region}")
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    create = client("s3", region, another_account(client)).create_bucket
    assert refusal(create, Bucket=f"taken-{region}", **where) == ("BucketAlreadyExists", 409)


def test_a_policy_for_the_bucket_of_another_account_leaves_its_tags_alone(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"Tags": [{"Key": "from", "Value": "them"}]})
    client("s3", credentials=another_account(client)).put_bucket_policy(Bucket="theirs", Policy=ANYTHING)
    assert s3.get_bucket_tagging(Bucket="theirs")["TagSet"] == [{"Key": "from", "Value": "them"}]


@pytest.mark.parametrize(
    "name", ["Capital", "under_score", "ab", "a" * 64, "-a-", "a..b", "10.0.0.1", "sthree-a", "a--ol-s3"]
)
def test_a_bucket_name_against_the_rules_is_invalid(client: Client, name: str) -> None:
    assert refusal(client("s3").create_bucket, Bucket=name) == ("InvalidBucketName", 400)


@pytest.mark.parametrize("name", ["abc", "a" * 63, "a.b-c--d", "1.2.3", "10.0.0.1a"])
def test_a_bucket_name_within_the_rules_is_accepted(client: Client, name: str) -> None:
    client("s3").create_bucket(Bucket=name)


def test_names_in_iam_are_unique_without_regard_to_case_and_path(client: Client) -> None:
    iam = client("iam")
    iam.create_role(RoleName="Vendor", AssumeRolePolicyDocument="{}")
    iam.create_policy(PolicyName="Vendor", PolicyDocument=ANYTHING)
    iam.create_instance_profile(InstanceProfileName="Vendor")
    taken = ("EntityAlreadyExists", 409)
    for name, path in (("vendor", "/"), ("VENDOR", "/other/"), ("Vendor", "/other/")):
        assert refusal(iam.create_role, RoleName=name, Path=path, AssumeRolePolicyDocument="{}") == taken
        assert refusal(iam.create_policy, PolicyName=name, Path=path, PolicyDocument=ANYTHING) == taken
        assert refusal(iam.create_instance_profile, InstanceProfileName=name, Path=path) == taken


@in_the_server
def test_a_policy_may_be_named_like_one_of_aws(client: Client) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName="AmazonAthenaFullAccess", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    assert arn == "arn:aws:iam::123456789012:policy/AmazonAthenaFullAccess"


def test_a_policy_in_use_is_not_deleted(client: Client) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName="in-use", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument="{}")
    iam.create_user(UserName="holder")
    iam.create_group(GroupName="holder")
    for kind, name in (("role", "RoleName"), ("user", "UserName"), ("group", "GroupName")):
        getattr(iam, f"attach_{kind}_policy")(**{name: "holder"}, PolicyArn=arn)
        assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
        getattr(iam, f"detach_{kind}_policy")(**{name: "holder"}, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("NoSuchEntity", 404)


def test_a_policy_with_more_than_its_default_version_is_not_deleted(client: Client) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANYTHING)["PolicyVersion"]["VersionId"]
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)


@in_the_server
def test_the_managed_policies_of_aws_can_be_attached(client: Client) -> None:
    iam = client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    for policy in ("AmazonAthenaFullAccess", "AWSCloudFormationReadOnlyAccess"):
        iam.attach_role_policy(RoleName="reader", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    assert len(iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"]) == 2


@in_the_server
def test_a_batch_job_needs_no_docker(client: Client) -> None:
    batch, role = client("batch"), client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    batch.create_compute_environment(computeEnvironmentName="work", type="UNMANAGED", serviceRole=role)
    order = [{"order": 1, "computeEnvironment": "work"}]
    batch.create_job_queue(jobQueueName="queue", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    container = {"image": "busybox", "vcpus": 1, "memory": 128}
    batch.register_job_definition(jobDefinitionName="job", type="container", containerProperties=container)
    job = batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "SUCCEEDED"


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions_offer_instances(client: Client, region: str) -> None:
    ec2 = client("ec2", region=region)
    asked = [{"Name": "instance-type", "Values": ["t3.large"]}]
    for kind, place in (("region", region), ("availability-zone", f"{region}a")):
        found = ec2.describe_instance_type_offerings(LocationType=kind, Filters=asked)["InstanceTypeOfferings"]
        assert place in [item["Location"] for item in found]
