"""An embedded AWS on 127.0.0.1: a background process (moto) that `--sandbox` uses instead of AWS.

This half starts, finds and stops that process; `server.py` is the process. A folder holds one sandbox:

    server.json   where it listens, its process id and its token
    server.log    what it printed, shown when it does not start; locked by the server for as long as it lives
    server.lock   held while somebody starts or stops it

Only an answer proves that a server runs: a process id may belong to another process by now, a port to another program. So
whoever claims to be our server must show that it knows the token of server.json; and a file that anybody but this user
can read or write is not trusted, as a repository or another user may have put it there. The token itself is never sent:
both sides show by a digest with something that was made up for this question that they know it. What is signalled is the
process that holds the lock on server.log, as the kernel says, and never a number from a file.
Nothing here imports moto, which would cost every command half a second.
"""

import hmac
import importlib.util
import json
import os
import re
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.aws.installation import install_command
from bootstrap.backends.private_files import OTHERS, Folder, advice_of, open_folder
from bootstrap.core.commands import command
from bootstrap.errors import SandboxError
from bootstrap.sandbox.home import LARGEST, holder, is_there, last_words, locked, new_log, remove_files, remove_lock

START_DEADLINE = 30.0
STOP_PATIENCE = 5.0  # before each harder way of asking
ANSWER_TIMEOUT = 20.0  # a dead server refuses at once; a busy one must not be taken for dead, as its world would be lost
POLL = 0.02

OURS = "/_bootstrap/"
"""The beginning of the paths that are not AWS's."""
STATUS_PATH = f"{OURS}status"
SHUTDOWN_PATH = f"{OURS}shutdown"


@dataclass(frozen=True)
class Server:
    """A running sandbox: where it listens, its process id, its token, since when (ISO 8601, UTC), and the access key id
    that whoever calls its AWS has to sign with. Token and key are secrets: they open the sandbox."""

    url: str
    pid: int
    token: str = field(repr=False)
    started: str
    key_id: str = field(repr=False)


def status(folder: Path) -> Server | None:
    """Returns the server of this folder when it answers and knows the token of server.json, else None."""
    server = recorded(folder)
    if server is None:
        return None
    with suppress(OSError):
        # Only the server's own answer about its process id counts: this is the process that `stop` may have to kill.
        return server if _ask(server, "GET", STATUS_PATH) == server.pid else None
    return None


def start(folder: Path) -> Server:
    """Returns the running server of this folder, started if there was none.

    Raises SandboxError when moto is not installed, the folder cannot be written, or the server does not come up.
    """
    running = status(folder)
    if running is not None:
        return running
    if not all(importlib.util.find_spec(module) for module in ("moto", "flask", "flask_cors")):
        raise SandboxError("the sandbox needs moto, which is not installed", f"Run: {install_command('moto[server]')}")
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
    with suppress(OSError), open_folder(folder, ours=1) as home:
        return _server_in(home.read("server.json", LARGEST, forbidden=OTHERS))
    return None


def _server_in(content: bytes) -> Server | None:
    with suppress(ValueError, RecursionError):
        match json.loads(content):
            case {"url": str(url), "pid": int(pid), "token": str(token), "started": str(started), "key_id": str(key_id)}:
                shapes = {url: r"http://127\.0\.0\.1:[0-9]{1,5}", token: r"[0-9a-f]{64}", key_id: r"SANDBOX[0-9A-F]{40}"}
                if all(re.fullmatch(shape, value) for value, shape in shapes.items()):
                    return Server(url, pid, token, started, key_id)
    return None


def proof(token: str, *words: str) -> str:
    """What only those can say about the words who know the token. Words that nobody said before make it one of now."""
    return hmac.new(token.encode(), " ".join(words).encode(), "sha256").hexdigest()


def _ask(server: Server, method: str, path: str) -> object:
    """Returns the process id that answered. Raises OSError when it does not know the token, or nobody answers."""
    # http.client and not urllib: it obeys no proxy variables, and follows no redirects away from this machine.
    from http.client import HTTPConnection, HTTPException

    nonce = os.urandom(16).hex()
    try:
        connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=ANSWER_TIMEOUT)
        try:
            signed = f"Bootstrap {nonce} {proof(server.token, method, path, nonce)}"
            connection.request(method, path, headers={"Authorization": signed})
            answer = json.loads(connection.getresponse().read(4096))
        finally:
            connection.close()
    except (HTTPException, ValueError, OverflowError, RecursionError) as error:  # OverflowError: no port has that number
        raise OSError(f"no answer that makes sense from {server.url}") from error
    match answer:
        case {"proof": str(shown), "pid": pid} if hmac.compare_digest(shown, proof(server.token, "answer", nonce)):
            return pid
    raise OSError(f"another program answers at {server.url}")


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
            raise SandboxError("the sandbox ended while it started", last_words(home))
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)  # our own child, which nobody else has waited for
            os.waitpid(pid, 0)
            raise SandboxError(f"the sandbox did not answer in {START_DEADLINE:.0f} s", last_words(home))
        time.sleep(POLL)


def _spawned(folder: Path, log: int) -> int:
    # A process that outlives the command should hold no credentials, and no MOTO_ variable may open it further.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
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
        _ask(server, "POST", SHUTDOWN_PATH)
    for harder in (signal.SIGTERM, signal.SIGKILL):
        if _goes(home, pid):
            return
        if pid is not None and holder(home) == pid:
            with suppress(ProcessLookupError):
                os.kill(pid, harder)
    if not _goes(home, pid):
        advice = f"Run: {command('kill', '-9', str(pid))}" if pid else "End the process that listens there."
        raise SandboxError(f"the sandbox at {server.url} does not end", advice)


def _goes(home: Folder, pid: int | None) -> bool:
    """Whether the process ends in time; where its id is not known, whether nobody answers."""
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
    except (ProcessLookupError, PermissionError):  # no process, or another user's by now: our server runs as this user
        return True
    try:  # Containers often have no init that buries orphans. A zombie still listens while it has threads that end.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # systems without /proc always have one
        return False
    return fields[0] == "Z" and fields[17] == "1"
