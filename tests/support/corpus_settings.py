"""AWS settings and other variables that must be refused: the SDK has no error of its own for many of them."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

from tests.cli.conftest import VPC
from tests.support.corpus import Case

NO_KEYS: dict[str, str | None] = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
ALL_WRONG = "the AWS settings cannot be used: "
NO_SIGN_IN = "the AWS credentials could not be fetched: "
PLAN = f"plan {VPC}"
IN_S3 = f"{PLAN} --state s3://acme-state/prod.json"


def config(text: str, told: str, advice: str = "", name: str = "AWS_CONFIG_FILE", line: str = PLAN) -> Case:
    """A file of the AWS CLI that cannot be used."""
    file = f"config-{zlib.crc32(text.encode())}"  # sessions are kept from test to test, by their variables
    return Case(line, told, advice, 1, files={file: text.encode("latin-1")}, environment={**NO_KEYS, name: file})


def variable(name: str, value: str, told: str, advice: str = "", without: Mapping[str, str | None] | None = None) -> Case:
    return Case(PLAN, told, advice, 1, environment={**(without or {}), name: value})


UNREADABLE = "the AWS configuration file cannot be read"
CREDENTIALS = "AWS_SHARED_CREDENTIALS_FILE"
PROCESS = f"{NO_SIGN_IN}the credential_process of the profile default "
ROLE = "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\n"

EXPIRED = json.dumps(
    {
        "Version": 1,
        "AccessKeyId": "AKIA",
        "SecretAccessKey": "x",
        "SessionToken": "x",
        "Expiration": "2001-01-01T00:00:00Z",
    }
)

SETTINGS = {
    "a config file that is binary": config("\xff\xfe\x00", UNREADABLE, "Fix the file"),
    "a config file that is cut off": config("[default\nregion = x", UNREADABLE),
    "a config file without a section": config("region = x", UNREADABLE),
    "a config file with a nested part that is none": config("[default]\ns3 =\n  broken", UNREADABLE),
    "a credentials file that is binary": config("\xff\xfe\x00", UNREADABLE, "", CREDENTIALS),
    "a credentials file without a section": config("aws_secret_access_key = x", UNREADABLE, "", CREDENTIALS),
    "a credentials file with half a pair": config("[default]\naws_access_key_id = x", "are incomplete", "", CREDENTIALS),
    "a timeout that is no number": config("[default]\nmetadata_service_timeout = x", ALL_WRONG, "~/.aws/config"),
    "a credential process that is not there": config(
        "[default]\ncredential_process = /nowhere", f"{PROCESS}failed: No such file or directory: '/nowhere'"
    ),
    "a credential process that prints no JSON": config(
        "[default]\ncredential_process = echo no", f"{PROCESS}gave what cannot be used", "run it by itself"
    ),
    "a credential process that prints a list": config("[default]\ncredential_process = echo []", PROCESS),
    "a credential process that is cut off": config("[default]\ncredential_process = echo 'a", PROCESS),
    "a credential process whose credentials have expired": config(
        f"[default]\ncredential_process = echo '{EXPIRED}'", f"{PROCESS}gave credentials that have expired already"
    ),
    "a role without a source": config(ROLE, "missing: source_profile or credential_source", "~/.aws/config"),
    "a state in S3, and a credential process that is not there": config(
        "[default]\ncredential_process = /nowhere ", f"{PROCESS}failed", "run it by itself", line=IN_S3
    ),
    "a state in S3, and a credential process that prints no JSON": config(
        "[default]\ncredential_process = echo no ", f"{PROCESS}gave what cannot be used", line=IN_S3
    ),
    "a state in S3, and credentials that have expired": config(
        f"[default]\ncredential_process = echo '{EXPIRED} '", f"{PROCESS}gave credentials that have expired", line=IN_S3
    ),
    "a state in S3, and an endpoint that is none": Case(
        IN_S3, ALL_WRONG, "AWS_ variables", 1, environment={"AWS_ENDPOINT_URL": "127.0.0.1:5791"}
    ),
    "a state in S3, and an endpoint of S3 that is none": Case(
        IN_S3, ALL_WRONG, "AWS_ variables", 1, environment={"AWS_ENDPOINT_URL_S3": "garbage"}
    ),
    "a credential process that fails": config("[default]\ncredential_process = false", "could not be fetched"),
    "a profile that takes its role from itself": config(
        f"{ROLE}source_profile = b\n[profile b]\nrole_arn = x\nsource_profile = default", "Infinite loop"
    ),
    "a profile that takes its role from nobody": config(f"{ROLE}source_profile = b", "the AWS profile is set up wrongly"),
    "a profile with a source that is none": config(f"{ROLE}credential_source = Me", "the AWS profile is set up wrongly"),
    "a profile with half of SSO": config("[default]\nsso_session = x\nsso_account_id = 1", "set up wrongly"),
    "an SSO without a sign-in": config(
        "[default]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r",
        "there is no SSO sign-in yet",
        "aws sso login",
    ),
    "a region with an escape code": replace(variable("AWS_REGION", "\x1b[31m", "the AWS region does not exist"), code=64),
    "an endpoint that is none": variable("AWS_ENDPOINT_URL", "garbage", ALL_WRONG),
    "an endpoint of one service that is none": variable("AWS_ENDPOINT_URL_IAM", "garbage", ALL_WRONG),
    "a mode that is none": variable("AWS_DEFAULTS_MODE", "x", "invalid defaults mode"),
    "a timeout in a variable": variable("AWS_METADATA_SERVICE_TIMEOUT", "x", ALL_WRONG, without=NO_KEYS),
    "a container on a host that it cannot be on": variable(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example", NO_SIGN_IN, without=NO_KEYS
    ),
    "a web identity without its token": variable(
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "/nowhere",
        f"{NO_SIGN_IN}the web identity failed",
        without={**NO_KEYS, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x"},
    ),
    "a token with a line break": variable(
        "AWS_SESSION_TOKEN", "TOKEN\r", "the token of the AWS credentials", "Copy it again"
    ),
    "a key with a blank": variable("AWS_ACCESS_KEY_ID", "AKIA B", "the access key id of the AWS credentials"),
    "a secret key with half a character": variable(
        "AWS_SECRET_ACCESS_KEY", "a\udcff", "the secret key of the AWS credentials"
    ),
    "a CA bundle that is not there": variable(
        "AWS_CA_BUNDLE", "/nowhere/ca.pem", "the CA bundle /nowhere/ca.pem cannot be read", "Correct AWS_CA_BUNDLE"
    ),
    "a CA bundle of requests that is not there": variable(
        "REQUESTS_CA_BUNDLE", "/nowhere/ca.pem", "the CA bundle /nowhere", without={"AWS_CA_BUNDLE": None, "AWS_PAGER": ""}
    ),
    "a CA bundle in the config file that is not there": Case(
        IN_S3,
        "the CA bundle /nowhere/ca.pem cannot be read",
        "ca_bundle in ~/.aws/config",
        1,
        files={"config-ca": b"[default]\nca_bundle = /nowhere/ca.pem"},
        environment={"AWS_CONFIG_FILE": "config-ca", "AWS_CA_BUNDLE": None},
    ),
    "a sandbox on and off": Case(PLAN, "Invalid value for '--sandbox'", environment={"BOOTSTRAP_SANDBOX": "\x1b[31m"}),
    "a state in a variable that is no file": Case(PLAN, "is not a file", environment={"BOOTSTRAP_STATE": "x" * 300}),
    "a state in a variable that is a device": Case(
        PLAN, "it is not a regular file", "--state", 1, environment={"BOOTSTRAP_STATE": "/dev/null"}
    ),
}
