"""The embedded AWS as a process: it starts once, is found again, keeps its world, and goes without a trace."""

import fcntl
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bootstrap import sandbox
from bootstrap.backends.private_files import open_folder
from bootstrap.errors import SandboxError
from bootstrap.sandbox.home import holder
from tests.support.calls import keys, signed

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])}
START = "import pathlib, sys; from bootstrap import sandbox; server = sandbox.start(pathlib.Path(sys.argv[1]))\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A sandbox's folder, not there yet; what a test starts in it is stopped."""
    yield tmp_path / "state" / "sandbox"
    sandbox.stop(tmp_path / "state" / "sandbox")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Server]:
    """A running sandbox, for tests that leave it running."""
    path = tmp_path_factory.mktemp("shared")
    yield sandbox.start(path)
    sandbox.stop(path)


@contextmanager
def stranger(code: str) -> Iterator["subprocess.Popen[str]"]:
    """Somebody else's process, which no sandbox may touch."""
    command = [sys.executable, "-c", code]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, env=ENVIRONMENT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def elsewhere(code: str, folder: Path) -> str:
    """Runs Python code in a process of its own, with the folder as its argument; returns what it printed."""
    command = [sys.executable, "-c", code, str(folder)]
    return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()


def client(server: sandbox.Server, service: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)
    return closing(boto3.client(service, endpoint_url=server.url, config=config, **keys(server)))


def connection(server: sandbox.Server) -> Any:
    return closing(HTTPConnection("127.0.0.1", port_of(server)))


def port_of(server: sandbox.Server) -> int:
    return int(server.url.rpartition(":")[2])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return state.strip() != "" and not state.startswith("Z")


def ends(pid: int) -> bool:
    """Whether the process ends; the deadline is only there so that a broken sandbox does not hang the tests."""
    deadline = time.monotonic() + 30
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def write_server_file(folder: Path, **fields: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    usual = {"url": "http://127.0.0.1:9", "pid": 1, "token": "0" * 64, "started": "2026-01-01T00:00:00+00:00"}
    (folder / "server.json").write_text(json.dumps(usual | {"key_id": f"SANDBOX{'0' * 40}"} | fields))
    (folder / "server.json").chmod(0o600)  # as a server writes it


def test_a_second_start_returns_the_server_that_status_finds(folder: Path) -> None:
    first = sandbox.start(folder)
    assert sandbox.start(folder) == first
    assert os.getsid(first.pid) == first.pid  # so Ctrl-C in the terminal does not reach it
    assert sandbox.status(folder) == first


def test_two_starts_at_once_end_with_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: elsewhere(START + "print(server)", folder), range(2))
    assert first == second == str(sandbox.status(folder))


def test_a_start_that_waited_for_a_lock_which_stop_removed_takes_the_new_one(folder: Path) -> None:
    folder.mkdir(parents=True)
    with (folder / "server.lock").open("w") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        started = pool.submit(sandbox.start, folder)
        time.sleep(0.3)  # long enough to be waiting; had it not come so far, it would pass all the same
        (folder / "server.lock").unlink()
        fcntl.flock(held, fcntl.LOCK_UN)
        assert started.result()
    assert (folder / "server.lock").exists()


def test_the_world_survives_from_one_client_process_to_the_next(folder: Path) -> None:
    iam = START + (
        "import boto3; iam = boto3.client('iam', 'us-east-1', endpoint_url=server.url, aws_access_key_id=server.key_id,"
        " aws_secret_access_key='b')\n"
    )
    elsewhere(iam + "iam.create_role(RoleName='kept', AssumeRolePolicyDocument='{}')", folder)
    assert elsewhere(iam + "print(iam.get_role(RoleName='kept')['Role']['RoleName'])", folder) == "kept"


def test_after_stop_nothing_listens_and_no_process_is_left(folder: Path) -> None:
    started = sandbox.start(folder)
    with client(started, "sts") as sts:
        sts.get_caller_identity()  # the connection stays open
        assert sandbox.stop(folder)
    assert not listens(port_of(started))
    with pytest.raises(ChildProcessError):
        os.waitpid(started.pid, 0)  # not even a zombie
    assert not sandbox.stop(folder)
    assert sandbox.start(folder).token != started.token


def test_stop_does_not_wait_for_the_burial_of_another_programs_child(folder: Path) -> None:
    code = START.replace("sys.argv[1]", repr(str(folder))) + "print('started', flush=True); input()"
    with stranger(code) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "started\n"
        started = sandbox.start(folder)
        assert sandbox.stop(folder)
        assert not listens(port_of(started))


def test_stop_removes_its_own_files_and_no_other(folder: Path) -> None:
    assert not sandbox.stop(folder)
    assert not folder.exists()
    sandbox.start(folder)
    (folder / "prod.json").write_text("a state")
    sandbox.stop(folder)
    assert [path.name for path in folder.iterdir()] == ["prod.json"]


def test_nobody_else_can_read_the_folder(folder: Path) -> None:
    sandbox.start(folder)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {"sandbox": 0o700, "server.json": 0o600, "server.log": 0o600, "server.lock": 0o600}


@pytest.mark.parametrize(
    "content",
    [b"", b'{"url": "http://127.0.0.1:1', b"[]", b"\xff\xfe", b"[" * 100_000, b'{"name": "of another program"}'],
    ids=["empty", "truncated", "list", "not text", "nested beyond reason", "foreign"],
)
def test_a_server_file_that_no_server_wrote_counts_as_none(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "server.json").write_bytes(content)
    assert sandbox.status(folder) is None


def test_a_server_file_edited_by_hand_counts_as_none(folder: Path) -> None:
    started = sandbox.start(folder)
    edits = [
        ("pid", 1),
        ("pid", "1"),
        ("url", f"http://localhost:{port_of(started)}"),
        ("url", "http://127.0.0.1:99999"),
        ("key_id", "test"),
    ]
    for name, value in edits:
        write_server_file(folder, **vars(started) | {name: value})
        assert sandbox.status(folder) is None
        write_server_file(folder, **vars(started))
        assert sandbox.status(folder) == started
    write_server_file(folder, **vars(started) | {"token": "1" * 64})
    assert sandbox.status(folder) is None
    assert ends(started.pid)  # nobody could find it any more


def test_a_stale_server_file_gets_no_stranger_killed(folder: Path) -> None:
    with stranger("import time; time.sleep(600)") as process:
        write_server_file(folder, pid=process.pid)
        assert not sandbox.stop(folder)
        assert process.poll() is None
    assert not (folder / "server.json").exists()


def test_the_pid_of_a_stranger_beside_a_living_server_is_not_believed(folder: Path) -> None:
    started = sandbox.start(folder)
    with stranger("import time; time.sleep(600)") as process:
        write_server_file(folder, **vars(started) | {"pid": process.pid})
        assert not sandbox.stop(folder)
        assert process.poll() is None
    assert ends(started.pid)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\n\r\nhello", b"SSH-2.0-OpenSSH_9.6\r\n", b""], ids=["http", "ssh", "nothing"]
)
def test_a_stranger_on_the_port_is_neither_believed_nor_killed(folder: Path, answer: bytes) -> None:
    listening = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
    answering = f"while True:\n c = s.accept()[0]; c.recv(999); c.sendall({answer!r}); c.close()"
    with stranger(listening + answering) as process:
        assert process.stdout
        write_server_file(folder, url=f"http://127.0.0.1:{process.stdout.readline().strip()}", pid=process.pid)
        assert not sandbox.stop(folder)
        assert process.poll() is None


STUBBORN = """
import asyncio, signal, sys
from pathlib import Path
from bootstrap.sandbox import server
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal = lambda number, handler: None
asyncio.Event.set = lambda event: None  # so it goes on answering
server.main(Path(sys.argv[1]))
"""


@contextmanager
def stubborn_server(folder: Path) -> Iterator[sandbox.Server]:
    """One that answers, and does not end when it is asked to."""
    folder.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", STUBBORN, str(folder)], env=ENVIRONMENT) as process:
        try:
            deadline = time.monotonic() + 60
            while not (found := sandbox.status(folder)) and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            assert found
            yield found
        finally:
            process.kill()


def test_a_server_that_ignores_all_requests_to_end_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "STOP_PATIENCE", 0.5)
    with stubborn_server(folder) as server:
        assert sandbox.stop(folder)
        assert not alive(server.pid)


def test_a_process_that_answers_as_the_server_is_not_killed_unless_it_is_the_one_that_wrote_the_log(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file can name any process, and whoever wrote it can answer as it says. The kernel knows who holds the log."""
    monkeypatch.setattr(sandbox, "STOP_PATIENCE", 0.5)
    with stubborn_server(tmp_path / "theirs") as theirs:
        write_server_file(folder, **vars(theirs))
        (folder / "server.log").touch(mode=0o600)
        assert sandbox.status(folder) == theirs
        with pytest.raises(SandboxError, match=f"the sandbox at {theirs.url} does not end"):
            sandbox.stop(folder)
        assert alive(theirs.pid)


def test_what_is_locked_is_the_log_and_it_names_the_server(folder: Path) -> None:
    started = sandbox.start(folder)
    with open_folder(folder, ours=1) as home:
        assert holder(home) == started.pid
        sandbox.stop(folder)
        assert holder(home) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_server_file_that_is_open_to_others_is_not_believed(folder: Path, mode: int) -> None:
    """As one that came with a repository, or that another user has written."""
    started = sandbox.start(folder)
    (folder / "server.json").chmod(mode)
    assert sandbox.status(folder) is None
    (folder / "server.json").chmod(0o600)
    assert sandbox.status(folder) == started


def test_a_folder_that_is_a_link_is_neither_started_in_nor_emptied(tmp_path: Path) -> None:
    victim = tmp_path / "v" / "sandbox"
    victim.mkdir(parents=True)
    for name in ("server.json", "server.log", "server.lock"):
        (victim / name).touch(mode=0o600)
    (tmp_path / ".bootstrap").symlink_to("v")
    (tmp_path / "linked").symlink_to(victim)
    for folder in (tmp_path / ".bootstrap" / "sandbox", tmp_path / "linked"):
        for use in (sandbox.start, sandbox.stop):
            with pytest.raises(SandboxError, match="is a symbolic link") as refused:
                use(folder)
            assert str(victim.parent) in refused.value.advice
        assert sandbox.status(folder) is None
    assert sorted(path.name for path in victim.iterdir()) == ["server.json", "server.lock", "server.log"]


@pytest.mark.parametrize("name", ["server.json", "server.log", "server.lock"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "second name"])
def test_what_is_in_the_place_of_a_file_of_the_sandbox_is_refused_and_stays(tmp_path: Path, name: str, kind: str) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (tmp_path / "precious").write_text("keep this")
    make: dict[str, Callable[[Path], None]] = {
        "link": lambda path: path.symlink_to(tmp_path / "precious"),
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "second name": lambda path: os.link(tmp_path / "precious", path),
    }
    make[kind](folder / name)
    for use in (sandbox.stop, sandbox.start):
        with pytest.raises(SandboxError, match=rf"{name} (is a symbolic link|is not a regular file|has another name)"):
            use(folder)
    assert os.path.lexists(folder / name)
    assert (tmp_path / "precious").read_text() == "keep this"


def test_files_that_no_sandbox_wrote_are_neither_removed_nor_overwritten(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "server.json").write_text('{"port": 80}')
    (folder / "server.log").write_text("of another server")
    assert not sandbox.stop(folder)
    for name in ("server.json", "server.log"):
        with pytest.raises(SandboxError, match=f"{name} was not written by a sandbox"):
            sandbox.start(folder)
        (folder / name).unlink()
    (folder / "server.lock").write_text("of another tool")
    assert not sandbox.stop(folder)
    assert (folder / "server.lock").read_text() == "of another tool"


def test_a_lock_that_is_never_given_back_is_not_waited_for_without_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bootstrap.sandbox.home._PATIENCE", 0.2)
    folder.mkdir(parents=True)
    with (folder / "server.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for use in (sandbox.start, sandbox.stop):
            with pytest.raises(SandboxError, match="another process has been starting or stopping the sandbox"):
                use(folder)


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_command_whose_streams_were_closed_can_start_it(folder: Path, closed: int) -> None:
    """A descriptor of the log may then have the number of one of them."""
    elsewhere(f"import os\nos.close({closed})\n{START}", folder)
    with open_folder(folder, ours=1) as home:
        assert sandbox.status(folder)
        assert holder(home)


def test_a_server_ends_on_sigterm(folder: Path) -> None:
    started = sandbox.start(folder)
    os.kill(started.pid, signal.SIGTERM)
    assert ends(started.pid)
    assert sandbox.status(folder) is None


def test_a_server_ends_when_its_folder_is_removed(folder: Path) -> None:
    started = sandbox.start(folder)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert ends(started.pid)


def test_a_connection_is_kept_for_the_next_request(server: sandbox.Server) -> None:
    with connection(server) as http:
        sockets = []
        for method, path in (("PUT", "/kept"), ("HEAD", "/kept"), ("GET", "/kept"), ("DELETE", "/kept")):
            body = b"a body that moto need not read" if method == "GET" else b""
            http.request(method, path, body=body, headers=signed("s3", server.key_id))
            assert http.getresponse().read() is not None
            sockets.append(http.sock)
        assert sockets == sockets[:1] * 4
        assert sockets[0] is not None


def test_sixteen_callers_at_once_are_all_served(server: sandbox.Server) -> None:
    with client(server, "iam") as iam, client(server, "s3") as s3, ThreadPoolExecutor(16) as pool:
        s3.create_bucket(Bucket="shared")

        def work(number: int) -> bytes:
            iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument="{}")
            s3.put_object(Bucket="shared", Key=str(number), Body=b"%d" % number, Metadata={"a_b": "c"})
            assert s3.head_object(Bucket="shared", Key=str(number))["Metadata"] == {"a_b": "c"}
            assert iam.get_role(RoleName=f"role-{number}")["Role"]["Path"] == "/"
            return bytes(s3.get_object(Bucket="shared", Key=str(number))["Body"].read())

        assert list(pool.map(work, range(64))) == [b"%d" % number for number in range(64)]


def test_moto_is_never_asked_two_requests_at_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With threads that take turns all the time, moto unguarded walks dictionaries that change: HTTP 500.
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.setswitchinterval(1e-6)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with client(sandbox.start(folder), "iam") as iam, ThreadPoolExecutor(16) as pool:

        def work(number: int) -> str:
            iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument="{}")
            return str(iam.get_role(RoleName=f"role-{number}")["Role"]["RoleName"])

        assert list(pool.map(work, range(200))) == [f"role-{number}" for number in range(200)]


def test_a_body_that_waits_for_a_go_ahead_arrives_whole(server: sandbox.Server) -> None:
    body = b"0123456789abcdef" * 2**16  # so long that the SDK asks before it sends
    with client(server, "s3") as s3:
        s3.create_bucket(Bucket="long")
        s3.put_object(Bucket="long", Key="key", Body=io.BytesIO(body))
        assert s3.get_object(Bucket="long", Key="key")["Body"].read() == body


def test_a_call_that_moto_lacks_is_refused_as_not_implemented(server: sandbox.Server) -> None:
    with client(server, "iam") as iam:
        with pytest.raises(ClientError, match="Not Implemented"):
            iam.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["s3:GetObject"])
        assert iam.list_groups()["Groups"] == []


def test_a_request_whose_sender_leaves_in_the_middle_has_no_effect(server: sandbox.Server) -> None:
    body = b"Action=CreateUser&Version=2010-05-08&UserName=half-sent"
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as leaving:
        head = f"POST / HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body) + 9}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in signed("iam", server.key_id).items())
        leaving.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body)
        leaving.shutdown(socket.SHUT_WR)
        assert leaving.recv(1) == b""  # it was neither answered nor kept waiting
    with client(server, "iam") as iam:
        assert "half-sent" not in [user["UserName"] for user in iam.list_users()["Users"]]


def test_the_server_is_given_no_credentials(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-the-sandbox")
    command = ["ps", "eww", "-o", "command=", "-p", str(sandbox.start(folder).pid)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "PYTHONPATH=" in shown
    assert "not-for-the-sandbox" not in shown


def test_a_moto_in_the_current_directory_is_not_the_one_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    (folder / "moto.py").write_text("raise SystemExit('the wrong moto')")
    monkeypatch.chdir(folder)
    assert sandbox.start(folder)


@pytest.mark.parametrize(
    ("then", "reason"),
    [("raise SystemExit(1)", "ended while it started"), ("import time; time.sleep(600)", "did not answer in 5 s")],
    ids=["ends", "hangs"],
)
def test_a_server_that_does_not_come_up_is_shown_with_its_last_words_and_gone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, reason: str
) -> None:
    (tmp_path / "moto").mkdir()
    (tmp_path / "moto" / "__init__.py").write_text(f"import os; print('I am', os.getpid(), flush=True)\n{then}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sandbox, "START_DEADLINE", 5.0 if "sleep" in then else 30.0)
    with pytest.raises(SandboxError, match=reason) as caught:
        sandbox.start(folder)
    words, last = caught.value.advice.split("\n")
    assert words == "Its last words:"
    assert not alive(int(last.removeprefix("  I am ")))


def test_without_moto_the_advice_is_one_command(folder: Path) -> None:
    code = "sys.path = [path for path in sys.path if not path.endswith('site-packages')]"
    code = START.replace("server =", f"{code};").replace("sandbox.start", "print(sandbox.start") + ")"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        elsewhere(code, folder)
    assert "which is not installed" in caught.value.stderr
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SandboxError, match="file/sandbox: Not a directory"):
        sandbox.start(tmp_path / "file" / "sandbox")


def test_finding_out_about_a_sandbox_imports_neither_moto_nor_boto3(folder: Path) -> None:
    code = "import sys, bootstrap.sandbox; print({'moto', 'boto3', 'botocore', 'flask'} & set(sys.modules))"
    assert elsewhere(code, folder) == "set()"
