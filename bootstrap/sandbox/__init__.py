"""An AWS of one's own on 127.0.0.1: a background process (moto) that `--sandbox` talks to instead of AWS.

This half starts, finds and stops that process; `server.py` is the process. A folder holds one sandbox:

    server.json   where it listens, its process id and its token
    server.log    what it printed, shown when it does not start; locked by the server for as long as it lives
    server.lock   held while somebody starts or stops it

Only an answer proves that a server runs: a process id may since belong to a stranger, and a port to another program. So
whoever claims to be our server must show that it knows the token of server.json; and a file that anybody but this user
can read or write is not believed, as a repository or another user may have put it there. What is signalled is the process
that holds the lock on server.log, as the kernel says, and never a number from a file.
Nothing here imports moto or boto3, which would cost every command half a second.
"""

import hashlib
import importlib.util
import json
import os
import re
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import SandboxError
from bootstrap.private_files import OTHERS, Folder, advice_of, opened
from bootstrap.sandbox.home import LARGEST, holder, is_there, last_words, locked, new_log, remove_files, remove_lock

START_DEADLINE = 30.0
STOP_PATIENCE = 5.0  # before each harder way of asking
ANSWER_TIMEOUT = 20.0  # a dead server refuses at once; a busy one must not be taken for dead, as its world would be lost
POLL = 0.02

STATUS_PATH = "/_bootstrap/status"
SHUTDOWN_PATH = "/_bootstrap/shutdown"


@dataclass(frozen=True)
class Server:
    """A running sandbox: where it listens, its process id, its token, and since when (ISO 8601, UTC)."""

    url: str
    pid: int
    token: str
    started: str


def status(folder: Path) -> Server | None:
    """Returns the server of this folder when it answers and knows the token of server.json, else None."""
    server = recorded(folder)
    if server is None:
        return None
    try:
        answer = json.loads(_ask(server, "GET", STATUS_PATH))
    except (OSError, ValueError, OverflowError, RecursionError):  # OverflowError: no port has that number
        return None
    # The process id is believed only as the server itself tells it: this is the one that `stop` may have to kill.
    return server if answer == {"proof": proof(server.token), "pid": server.pid} else None


def start(folder: Path) -> Server:
    """Returns the running server of this folder, started if there was none.

    Raises SandboxError when moto is not installed, the folder cannot be written, or the server does not come up.
    """
    running = status(folder)
    if running is not None:
        return running
    if not all(importlib.util.find_spec(module) for module in ("moto", "flask", "flask_cors")):
        raise SandboxError("the sandbox needs moto, which is not installed", "Run: pip install 'bootstrap[sandbox]'")
    try:
        with locked(folder) as home:
            return status(folder) or _launch(folder, home)
    except OSError as error:
        raise SandboxError(
            f"the sandbox cannot start in {folder}: {error.strerror or error}",
            advice_of(error, "Run it in a folder that you may write into, with nothing in the place of its files."),
        ) from error


def stop(folder: Path) -> bool:
    """Ends the server of this folder and removes the files that it wrote, no other; returns whether one was running.

    Raises SandboxError when the server survives, or when the folder or a file in it is not ours or cannot be written.
    """
    try:
        if not is_there(folder):
            return False
        with locked(folder) as home:
            for name in ("server.json", "server.log"):
                home.has(name)
            server = status(folder)
            if server is not None:
                _end(server, home)
            remove_files(home, _server_in)
            remove_lock(home)
    except OSError as error:
        raise SandboxError(
            f"the sandbox in {folder} cannot be stopped: {error.strerror or error}",
            advice_of(error, "Move away what is in the place of its files, or fix the permissions of that folder."),
        ) from error
    return server is not None


def recorded(folder: Path) -> Server | None:
    """Returns what server.json says, unverified; None when it is missing, open to others or not what a server of ours
    writes."""
    with suppress(OSError), opened(folder, ours=1) as home:
        return _server_in(home.read("server.json", LARGEST, forbidden=OTHERS))
    return None


def _server_in(content: bytes) -> Server | None:
    with suppress(ValueError, RecursionError):
        match json.loads(content):
            case {"url": str(url), "pid": int(pid), "token": str(token), "started": str(started)}:
                if re.fullmatch(r"http://127\.0\.0\.1:[0-9]{1,5}", url) and re.fullmatch(r"[0-9a-f]{64}", token):
                    return Server(url, pid, token, started)
    return None


def proof(token: str) -> str:
    """What a server shows to prove that it knows the token, without giving it away to whoever else may ask."""
    return hashlib.sha256(token.encode()).hexdigest()


def _ask(server: Server, method: str, path: str, headers: dict[str, str] | None = None) -> bytes:
    # http.client and not urllib: it obeys no proxy variables, and follows no redirects away from this machine.
    from http.client import HTTPConnection, HTTPException

    try:
        connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=ANSWER_TIMEOUT)
        try:
            connection.request(method, path, headers=headers or {})
            return connection.getresponse().read(4096)
        finally:
            connection.close()
    except HTTPException as error:  # something listens there, but it does not speak HTTP
        raise OSError(f"no answer that makes sense from {server.url}") from error


def _launch(folder: Path, home: Folder) -> Server:
    remove_files(home, _server_in)
    log = new_log(home)
    try:
        pid = _spawned(folder, log)
    finally:
        os.close(log)
    deadline = time.monotonic() + START_DEADLINE
    while True:
        server = status(folder)
        if server is not None:
            return server
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            raise SandboxError(f"the sandbox ended while it started; its last words:\n{last_words(home)}")
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)  # our own child, which nobody else has waited for
            os.waitpid(pid, 0)
            raise SandboxError(f"the sandbox did not answer in {START_DEADLINE:.0f} s; its last words:\n{last_words(home)}")
        time.sleep(POLL)


def _spawned(folder: Path, log: int) -> int:
    # No AWS_ variable goes along: a process that outlives the command should hold no credentials.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # -P keeps a moto.py in the user's directory from being imported; this package must be found all the same.
    package_root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, environment.get("PYTHONPATH")]))
    # posix_spawn and not Popen: nobody waits for this process, which a Popen object would complain about.
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", "bootstrap.sandbox.server", str(folder.absolute())],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),  # last: the log may be 0 where stdin was closed
        ],
        setsid=True,  # Ctrl-C in the terminal ends the command, not the sandbox
    )


def _end(server: Server, home: Folder) -> None:
    pid = holder(home)
    with suppress(OSError):  # it may be gone before its answer is written; whether it goes at all is seen below
        _ask(server, "POST", SHUTDOWN_PATH, {"Authorization": f"Bearer {server.token}"})
    for harder in (signal.SIGTERM, signal.SIGKILL):
        if _goes(home, pid):
            return
        if pid is not None and holder(home) == pid:
            with suppress(ProcessLookupError):
                os.kill(pid, harder)
    if not _goes(home, pid):
        advice = f"Run: kill -9 {pid}" if pid else "End the process that listens there."
        raise SandboxError(f"the sandbox at {server.url} does not end", advice)


def _goes(home: Folder, pid: int | None) -> bool:
    """Whether the process ends in time; where its id is not known, whether nobody answers any more."""
    deadline = time.monotonic() + STOP_PATIENCE
    while not (_gone(pid) if pid else status(home.path) is None):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _gone(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of this very process stays a zombie until somebody asks
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # nobody, or by now a stranger: our server runs as this user
        return True
    try:  # Containers often have no init that buries orphans. A zombie still listens while it has threads that end.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # systems without /proc always have one
        return False
    return fields[0] == "Z" and fields[17] == "1"
