"""Whatever the user has set for AWS and for the network, the sandbox is called directly, and nobody else hears of it."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from bootstrap import sandbox
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login, assuming, sandboxed
from bootstrap.cli.places import SANDBOX
from bootstrap.core.account import DEFAULT
from bootstrap.sandbox.gate import SERVED
from tests.cli.conftest import INPUTS, Bootstrap, Start, tree
from tests.support.processes import Cloud

ROLE = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
READS = {"batch": "describe_job_queues", "ec2": "describe_vpcs", "iam": "list_roles", "s3": "list_buckets"}
READS |= {"cloudformation": "list_stack_sets", "organizations": "create_organization"}


class Outside:
    """Another program on this machine, which keeps what it hears over TCP and UDP."""

    def __init__(self, tcp: socket.socket, udp: socket.socket) -> None:
        self.heard: list[bytes] = []
        self.port = tcp.getsockname()[1]
        threading.Thread(target=self._listen, args=[tcp], daemon=True).start()
        threading.Thread(target=self._receive, args=[udp], daemon=True).start()

    def _listen(self, tcp: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = tcp.accept()
                with closing(connection):
                    connection.settimeout(5)
                    self.heard.append(b"connected")
                    with suppress(OSError):
                        self.heard.append(connection.recv(65536))
                        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    def _receive(self, udp: socket.socket) -> None:
        with suppress(OSError):
            while True:
                self.heard.append(udp.recv(65536))


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """Everything that the SDK reads leads there."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        found = Outside(tcp, udp)
        url, home = f"http://127.0.0.1:{found.port}", tmp_path_factory.mktemp("home")
        services = "".join(f"{name} =\n  endpoint_url = {url}\n" for name in ("s3", "iam", "ec2", "sts", "batch"))
        (home / "config").write_text(
            f"[profile work]\nregion = ap-south-1\nservices = elsewhere\nendpoint_url = {url}\nca_bundle = /nowhere\n"
            f"credential_process = touch {home}/asked\nuse_fips_endpoint = true\nproxy = {url}\nhttp_proxy = {url}\n"
            f"proxies =\n  http = {url}\ns3 =\n  addressing_style = virtual\n  use_accelerate_endpoint = true\n"
            f"defaults_mode = auto\ncsm_enabled = true\n[services elsewhere]\n{services}"
        )
        variables = {
            **{name: url for each in ("http", "https", "all") for name in (f"{each}_proxy", f"{each.upper()}_PROXY")},
            **{f"AWS_ENDPOINT_URL_{name}": url for name in ("S3", "IAM", "EC2", "STS", "BATCH")},
            "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API": url,
            "AWS_ENDPOINT_URL": url,
            "AWS_CA_BUNDLE": "/nowhere",
            "REQUESTS_CA_BUNDLE": "/nowhere",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_USE_DUALSTACK_ENDPOINT": "true",
            "AWS_CSM_ENABLED": "true",
            "AWS_CSM_HOST": "127.0.0.1",
            "AWS_CSM_PORT": str(found.port),
            "AWS_DEFAULTS_MODE": "auto",
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(home / "token"),
            "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/of-work",
            "AWS_AUTH_SCHEME_PREFERENCE": "sigv4a",
            "AWS_SIGV4A_SIGNING_REGION_SET": "*",
            "AWS_RETRY_MODE": "adaptive",
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_PROFILE": "work",
        }
        for name in ("NO_PROXY", "no_proxy", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield found
        assert not (home / "asked").exists()


def test_no_service_is_called_by_way_of_others(outside: Outside, sandbox_cloud: Cloud) -> None:
    server = sandbox_cloud.server
    for role in (None, ROLE):
        aws = Aws({DEFAULT: Login(endpoint=server.url, key_id=server.key_id, role_arn=role)})
        aws.identities(sorted(SERVED.values()))
        for service in SERVED.values():
            if service != "sts":
                getattr(aws.client(service), READS.get(service, "get_resources"))()
        given = aws.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="again")["Credentials"]
        assert aws.client_as(given, "sts", DEFAULT).get_caller_identity()["Account"] == "210987654321"
        aws.close()
    assert outside.heard == []


def test_sessions_of_the_sandbox_read_nothing_that_the_user_has_set(outside: Outside) -> None:
    login = Login(endpoint="http://127.0.0.1:9", role_arn=ROLE)
    for session in (sandboxed(login), assuming(sandboxed(login), login)):
        core = session._session
        assert core.full_config == {"profiles": {}}
        own = {"region": "us-east-1", "config_file": os.devnull, "credentials_file": os.devnull}
        for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items():
            assert core.get_config_variable(name) == own.get(name, default)
        assert core.get_default_client_config().proxies == {}


def test_deployments_in_two_accounts_with_machines_and_with_a_shared_state_reach_the_sandbox_only(
    outside: Outside, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    sandbox_cloud.iam.create_role(RoleName="atc-node", AssumeRolePolicyDocument=document)
    sandbox_cloud.s3.create_bucket(Bucket="acme-in")  # the chain is tried up to the bucket
    for bucket in ("raw-data", "shared-state"):
        sandbox_cloud.s3.create_bucket(Bucket=bucket)
    versions = {"Bucket": "shared-state", "VersioningConfiguration": {"Status": "Enabled"}}
    sandbox_cloud.s3.put_bucket_versioning(**versions)
    for name, inputs in INPUTS.items():
        place = f"--sandbox --state s3://shared-state/{name}.json"
        chain = " --check-chain" if name == "aspera-atc" else ""
        for line in (
            f"plan --integration {name} {inputs}",
            f"check --integration {name} {inputs}",
            f"create --integration {name} {inputs} --yes",
            f"status --detailed-exitcode{chain}",
            "outputs",
            "state list",
            f"recover --integration {name} {inputs} --name again --yes",
            "destroy --yes",
        ):
            ran = here(f"{line} {place}")
            assert ran.code == 0 or line.startswith("recover"), (line, ran.err)
    assert outside.heard == []


def test_the_secrets_of_a_sandbox_stand_in_its_own_file_only(start: Start, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    secrets = (sandbox_cloud.server.key_id, sandbox_cloud.server.token)
    create = f"create --integration upsolver-vpc {INPUTS['upsolver-vpc']} --sandbox --yes"
    for line in (
        "sandbox start",
        "sandbox status --json",
        create,
        "status --sandbox --region nowhere",
        "destroy --sandbox --yes",
    ):
        process = start(f"{line} --debug", AWS_PROFILE="none")
        process.ends()
        for secret in secrets:
            assert secret not in process.out + process.err
            assert secret not in repr(sandbox_cloud.server)
            holding = [
                name for name, content in tree(tmp_path).items() if isinstance(content, bytes) and secret.encode() in content
            ]
            assert holding == [str(SANDBOX / "server.json")]
            assert not [
                name for name in ("server.log", "arrived", "calls") if secret in (sandbox_cloud.home / name).read_text()
            ]
            assert secret not in Path(f"/proc/{sandbox_cloud.server.pid}/cmdline").read_text()


def test_a_sandbox_obeys_no_variable_of_moto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOTO_ENABLE_RECORDING", "MOTO_ACCOUNT_ID", "MOTO_S3_CUSTOM_ENDPOINTS"):
        monkeypatch.setenv(name, "999999999999")
    server = sandbox.start(tmp_path / "own")
    try:
        aws = Aws({DEFAULT: Login(endpoint=server.url, key_id=server.key_id)})
        assert aws.identities()[DEFAULT].account.id == "123456789012"
        aws.close()
    finally:
        sandbox.stop(tmp_path / "own")
