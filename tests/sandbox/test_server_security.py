"""The sandbox as somebody meets it who reaches 127.0.0.1 and does not know its secrets, and what even these do not open."""

import json
import os
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.backends import list_of_moto_modules

from bootstrap import sandbox
from bootstrap.sandbox.gate import SERVED
from tests.support.calls import keys, signed
from tests.support.processes import BOOTSTRAP, DEADLINE, environment
from tests.support.samples import vendor_template

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GUESSES = ("", "sandbox", "test", "testing", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "SANDBOX")
PATHS = (
    "/",
    "/?Action=ListRoles&Version=2010-05-08",
    "/made",
    "/made/key?website",
    "/made?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=sandbox%2F20260101%2Fus-east-1%2Fs3%2Faws4_request",
    "/made?AWSAccessKeyId=sandbox&Signature=x&Expires=9999999999",
    "/v1/describejobqueues",
    "/v20180820/bucket",
    "/moto-api/",
    "/moto-api/data.json",
    "/moto-api/reset",
    "/moto-api/reset-auth",
    "/moto-api/config",
    "/moto-api/seed?a=1",
    "/moto-api/state-manager/set-transition",
    "/moto-api/recorder/start-recording",
    "/moto-api/recorder/download-recording",
    "/moto-api/proxy/passthrough",
    "/moto-api/static/js/app.js",
    "/%6doto-api/data.json",
    "/./moto-api/data.json",
    "/favicon.ico",
    "/latest/meta-data/",
    "/latest/meta-data/iam/security-credentials/default-role",
    "/latest/api/token",
    "/cloudformation_us-east-1/x",
    "/lambda_us-east-1/2015-03-31/functions",
    "/us-east-1_a/.well-known/jwks.json",
    "/@connections/x",
    sandbox.STATUS_PATH,
    sandbox.SHUTDOWN_PATH,
    f"{sandbox.OURS}../moto-api/reset",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Server]:
    path = tmp_path_factory.mktemp("shared")
    yield sandbox.start(path)
    sandbox.stop(path)


@pytest.fixture(scope="module")
def iam(server: sandbox.Server) -> Iterator[Any]:
    """What is there must be there afterwards, and nothing else."""
    with closing(boto3.client("iam", endpoint_url=server.url, **keys(server))) as client:
        client.create_user(UserName="kept")
        yield client


def port_of(server: sandbox.Server) -> int:
    return int(server.url.rpartition(":")[2])


def ask(server: sandbox.Server, method: str, path: str, body: str = "", **headers: str) -> tuple[HTTPResponse, str]:
    with closing(HTTPConnection("127.0.0.1", port_of(server), timeout=30)) as http:
        http.request(method, path, body=body, headers=headers)
        answer = http.getresponse()
        return answer, answer.read().decode()


def is_refused(server: sandbox.Server, method: str, path: str, body: str = "", **headers: str) -> bool:
    """Whether it is refused with nothing in the answer but that, and no word for pages of other origins."""
    answer, content = ask(server, method, path, body, **headers)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert server.token not in content
    assert server.key_id not in content
    return answer.status in (400, 403, 404, 405, 411) and (not content or content.startswith("<ErrorResponse><Error><Code>"))


def scope(service: str, key_id: str = "x") -> dict[str, str]:
    return {**FORM, **signed(service, key_id)}


def test_a_template_with_python_in_it_runs_nothing(server: sandbox.Server, tmp_path: Path) -> None:
    """One POST, of which nothing is signed, with a scope that somebody made up."""
    template = f"!!python/object/apply:os.system ['touch {tmp_path}/ran']"
    body = f"Action=GetTemplateSummary&Version=2010-05-15&TemplateBody={template}"
    for headers in (
        scope("cloudformation"),
        scope("cloudformation", "sandbox"),
        FORM,
        {**FORM, "Host": "cloudformation.us-east-1.amazonaws.com"},
    ):
        assert is_refused(server, "POST", "/", body, **headers)
    for service in ("cloudformation", *SERVED):  # not even for who knows the key
        for more in ({}, {"X-Amz-Target": "CloudFormation.GetTemplateSummary"}):
            _, content = ask(server, "POST", "/", body, **scope(service, server.key_id), **more)
            assert "GetTemplateSummaryResult" not in content
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("method", METHODS)
def test_no_path_answers_without_the_key(server: sandbox.Server, iam: Any, method: str) -> None:
    for path in PATHS:
        assert is_refused(server, method, path), path
        for key_id in GUESSES:
            assert is_refused(server, method, path, "Action=CreateUser&UserName=made", **scope("iam", key_id)), (
                path,
                key_id,
            )
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["kept"]
    assert sandbox._ask(server, "GET", sandbox.STATUS_PATH) == server.pid


def test_no_service_answers_without_the_key(server: sandbox.Server) -> None:
    services = {*list_of_moto_modules(), *SERVED, "execute-api", "iotdata", "moto_api"}
    assert len(services) > 100
    for service in services:
        assert is_refused(server, "POST", "/", "Action=CreateUser&UserName=made", **scope(service))


def test_only_the_services_that_the_tool_uses_answer_with_the_key(server: sandbox.Server) -> None:
    for service in {*list_of_moto_modules(), "execute-api", "iotdata", "moto_api"} - set(SERVED):
        for path in ("/", "/moto-api/data.json", "/latest/meta-data/"):
            assert is_refused(server, "GET", path, **scope(service, server.key_id)), service
    for path in PATHS[8:20]:
        answer, content = ask(server, "POST", path, **scope("iam", server.key_id))
        assert answer.status == 404, content


@pytest.mark.parametrize("service", sorted(SERVED))
def test_a_caller_without_the_key_learns_from_the_sdk_that_it_is_refused(server: sandbox.Server, service: str) -> None:
    names = {"batch": "describe_job_queues", "ec2": "describe_vpcs", "iam": "list_roles", "s3": "list_buckets"}
    names |= {"cloudformation": "list_stack_sets", "organizations": "list_roots"}
    operation = {**names, "sts": "get_caller_identity", "tagging": "get_resources"}[service]
    config = Config(retries={"total_max_attempts": 1})
    wrong = {**keys(server), "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    with (
        closing(boto3.client(SERVED[service], endpoint_url=server.url, config=config, **wrong)) as client,
        pytest.raises(ClientError, match="its own access key id"),
    ):
        getattr(client, operation)()


def test_stack_sets_are_served_with_templates_of_json_only(server: sandbox.Server, tmp_path: Path) -> None:
    """In the confined process: what deploys a stack neither connects to anything nor loads more of moto."""
    with closing(boto3.client("cloudformation", endpoint_url=server.url, **keys(server))) as client:
        named = {"StackSetName": "fleet", "Regions": ["us-east-1"], "Accounts": ["222222222222"]}
        with pytest.raises(ClientError, match="ValidationError"):
            client.create_stack_set(StackSetName="fleet", TemplateBody=f"!!python/object/apply:os.mkdir ['{tmp_path}/ran']")
        client.create_stack_set(StackSetName="fleet", TemplateBody=vendor_template())
        client.create_stack_instances(**named)
        for _ in range(3):
            [operation] = client.list_stack_set_operations(StackSetName="fleet")["Summaries"]
        assert operation["Status"] == "FAILED"
        [row] = client.list_stack_instances(StackSetName="fleet")["Summaries"]
        assert "AWSCloudFormationStackSetExecutionRole" in row["StatusReason"]
    assert list(tmp_path.iterdir()) == []


def test_buckets_are_not_public_whatever_they_say_themselves(server: sandbox.Server) -> None:
    with closing(boto3.client("s3", endpoint_url=server.url, **keys(server))) as s3:
        s3.create_bucket(Bucket="public-site")
        s3.put_object(Bucket="public-site", Key="index.html", Body=b"hello")
        s3.put_bucket_website(Bucket="public-site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
        s3.put_bucket_cors(Bucket="public-site", CORSConfiguration={"CORSRules": [rule]})
        presigned = s3.generate_presigned_url("get_object", Params={"Bucket": "public-site", "Key": "index.html"})
        assert server.key_id in presigned
        virtual = {"Host": f"public-site.s3.amazonaws.com:{port_of(server)}"}
        for path in ("/public-site/index.html", "/index.html", presigned.removeprefix(server.url)):
            assert is_refused(server, "GET", path)
            assert is_refused(server, "GET", path, **virtual)
            assert is_refused(server, "GET", path, **virtual, **signed("s3", server.key_id))
        answer, content = ask(server, "GET", "/public-site/index.html", **signed("s3", server.key_id))
        assert (answer.status, content) == (200, "hello")
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/public-site/index.html", sandbox.STATUS_PATH])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_web_page_gets_nothing_and_is_allowed_nothing(server: sandbox.Server, method: str, path: str) -> None:
    port = port_of(server)
    preflight = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    for origin in ("http://evil.example", f"http://127.0.0.1:{port}", "null"):
        for key in ({}, signed("s3", server.key_id)):
            assert is_refused(server, method, path, Origin=origin, **key)
            assert is_refused(server, method, path, Origin=origin, **preflight, **key)
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"localhost:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"[::1]:{port}",
    ):
        assert is_refused(server, method, path, Host=host, **signed("s3", server.key_id))


def raw(server: sandbox.Server, request: bytes) -> bytes:
    """The answer to what no client would send."""
    with closing(socket.create_connection(("127.0.0.1", port_of(server)), timeout=30)) as connection:
        with suppress(OSError):  # it may be refused before all of it is sent
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        found = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                found += part
        return found


MALFORMED = {
    "a length that is none": b"Content-Length: abc",
    "a negative length": b"Content-Length: -1",
    "a length beyond reason": b"Content-Length: 99999999999999999999999999",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n0",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0",
    "a chunk beyond reason": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff",
    "a folded header": b"X: a\r\n b",
    "a bare line feed": b"X: a\nY: b",
    "a header without a name": b": a",
    "a thousand headers twice": b"\r\n".join([b"X: a"] * 1000),
    "a long header": b"X: " + b"a" * 10**6,
}


@pytest.mark.parametrize("fields", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_refused_and_harms_nobody(server: sandbox.Server, iam: Any, fields: bytes) -> None:
    known = (
        f"Host: 127.0.0.1:{port_of(server)}\r\nAuthorization: {signed('iam', server.key_id)['Authorization']}\r\n".encode()
    )
    for line in (
        b"POST / HTTP/1.1",
        b"POST http://evil.example/ HTTP/1.1",
        b"POST //x HTTP/1.1",
        b"POST / HTTP/1.0",
        b"\x16\x03",
    ):
        answer = raw(server, line + b"\r\n" + known + fields + b"\r\n\r\n")
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        assert answer.count(b"HTTP/1.1 ") < 2
    assert iam.get_user(UserName="kept")


def test_a_system_that_allows_few_open_files_is_asked_for_more(tmp_path: Path) -> None:
    begun = ["sh", "-c", f"ulimit -Sn 128; exec {shlex.join([*BOOTSTRAP, 'sandbox', 'start'])}"]
    subprocess.run(begun, cwd=tmp_path, env=environment(), check=True, capture_output=True, timeout=DEADLINE)
    folder = tmp_path / ".bootstrap/sandbox"
    running = sandbox.status(folder)
    assert running
    try:
        answers_under_many_connections(running)
    finally:
        sandbox.stop(folder)


def test_hundreds_of_connections_keep_nobody_waiting(server: sandbox.Server) -> None:
    answers_under_many_connections(server)


def answers_under_many_connections(server: sandbox.Server) -> None:
    with ExitStack() as stack, closing(boto3.client("sts", endpoint_url=server.url, **keys(server))) as sts:
        for number in range(600):
            connection = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port_of(server)), timeout=30)))
            if number % 2:
                connection.send(b"POST / HTTP/1.1\r\nHost: ")
        assert sts.get_caller_identity()
        assert sandbox._ask(server, "GET", sandbox.STATUS_PATH) == server.pid
        assert len(list(Path(f"/proc/{server.pid}/fd").iterdir())) < 400


def test_it_listens_on_one_socket_and_on_this_machine_only(server: sandbox.Server) -> None:
    own = set[str]()
    for path in Path(f"/proc/{server.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            own.add(os.readlink(path))
    rows = [
        (table.name, fields[1])
        for table in sorted(Path(f"/proc/{server.pid}/net").glob("[tu][cd]p*"))
        for fields in (line.split() for line in table.read_text().splitlines()[1:])
        if f"socket:[{fields[9]}]" in own and (fields[3] == "0A" or table.name.startswith("udp"))
    ]
    assert rows == [("tcp", f"0100007F:{port_of(server):04X}")]


def test_the_token_is_never_sent_and_an_answer_of_before_is_not_believed(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    server = sandbox.start(folder)
    written = (folder / "server.json").read_text()
    asked = f"Bootstrap {'0' * 32} {sandbox.proof(server.token, 'GET', sandbox.STATUS_PATH, '0' * 32)}"
    answer, content = ask(server, "GET", sandbox.STATUS_PATH, Authorization=asked)
    assert (answer.status, json.loads(content)["pid"]) == (200, server.pid)
    sandbox.stop(folder)
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as fake:
        moved = json.loads(written) | {"url": f"http://127.0.0.1:{fake.getsockname()[1]}", "pid": os.getpid()}
        (folder / "server.json").write_text(json.dumps(moved))
        (folder / "server.json").chmod(0o600)  # as a server writes it
        repeated = json.dumps(json.loads(content) | {"pid": os.getpid()}).encode()
        heard = answering(fake, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + repeated)
        assert sandbox.status(folder) is None
        assert not sandbox.stop(folder)  # and nobody is killed: this process would have been
    assert heard
    assert server.token not in b"".join(heard).decode()


def answering(fake: socket.socket, answer: bytes) -> list[bytes]:
    """Gives everybody this answer from now on, and keeps what they said."""
    heard: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = fake.accept()
                with closing(connection):
                    heard.append(connection.recv(65536))
                    connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return heard
