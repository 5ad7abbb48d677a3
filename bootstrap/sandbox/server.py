"""The sandbox's process: moto behind a gate, on a free port of 127.0.0.1.

Run as `python -m bootstrap.sandbox.server FOLDER`, normally by `bootstrap.sandbox.start`. All that it pretends to hold
lives in memory. It ends when asked by someone who knows its token, on SIGTERM, and by itself when FOLDER/server.json is
gone or names another server: nobody could find it then.

    listener.py     HTTP, with limits
    request.py      a request's head, read strictly
    gate.py         who may ask what
    cages.py        what credentials with policies may do
    confinement.py  what the process itself cannot do
    moto/           where moto differs from AWS
"""

import asyncio
import json
import os
import resource
import secrets
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Before moto is imported; in a server this variable is the only way to have AWS's own managed policies.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"  # no page of another origin is allowed anything
os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(2**30)  # no object is written to a file

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.test import run_wsgi_app

from bootstrap.backends.private_files import Refused, open_folder
from bootstrap.sandbox import Server, recorded
from bootstrap.sandbox.cages import refused
from bootstrap.sandbox.confinement import confine
from bootstrap.sandbox.gate import Gate
from bootstrap.sandbox.home import hold
from bootstrap.sandbox.listener import SERVICE, Listener
from bootstrap.sandbox.moto import sts
from bootstrap.sandbox.moto.corrections import apply

FILES = 4096
"""How many files and connections the process should be able to open."""


class Application:
    """moto as a WSGI application, one request at a time. The variable SERVICE says which of its services is asked."""

    def __init__(self) -> None:
        # Batch and Lambda would otherwise run jobs in Docker containers.
        default_user_config["batch"] = default_user_config["lambda"] = {"use_docker": False}
        apply()
        self._services: dict[str, WSGIApplication] = {}
        # moto has no locks of its own: with callers in parallel its dictionaries change size while it walks them.
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            with self._one_at_a_time:
                if denial := refused(environ[SERVICE], environ):
                    start_response(f"{denial.status_code} Denied", [*denial.headers.items()])
                    return [denial.content]
                chunks, status, headers = run_wsgi_app(self._service(environ[SERVICE]), environ, buffered=True)
        except Exception as error:
            traceback.print_exc()  # to server.log
            # An SDK retries 500, which what moto does not implement is not worth; without a body it reports the status.
            known = "501 Not Implemented" if isinstance(error, NotImplementedError) else "500 Internal Server Error"
            start_response(known, [])
            return []
        start_response(status, headers.to_wsgi_list())
        return chunks

    def _service(self, name: str) -> WSGIApplication:
        """moto's own dispatcher is not asked: anything in a request can lead it to any of a hundred services."""
        if name not in self._services:
            self._services[name] = create_backend_app(name)  # type: ignore[arg-type]  # one of gate.SERVED
        return self._services[name]


def application() -> WSGIApplication:
    """Returns what answers for AWS."""
    return Application()


def main(folder: Path) -> None:
    """Serves until asked to stop; does not return."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # there is nothing to save, so the default action is the right one
    folder = folder.absolute()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # some systems begin with less than the listener has room for
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard if 0 < hard < FILES else FILES), hard))
    sandbox = application()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asyncio.run(_serve(folder, sandbox, listening))


async def _serve(folder: Path, sandbox: WSGIApplication, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    gate = Gate(port, token=secrets.token_hex(32), key_id=f"SANDBOX{secrets.token_hex(20).upper()}")
    sts.report_issued(gate.issued)
    listener = Listener(gate, sandbox)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    _publish(folder, Server(f"http://127.0.0.1:{port}", os.getpid(), gate.token, started, gate.key_id))
    confine(folder)
    await listener.start(listening)
    while not _abandoned(folder, gate.token):
        with suppress(TimeoutError):
            await asyncio.wait_for(listener.stopping.wait(), 1.0)
            break
    os._exit(0)  # waits for no thread: clients keep idle connections, and moto may have jobs under way


def _publish(folder: Path, server: Server) -> None:
    with open_folder(folder, ours=1) as home:
        hold(home)
        home.write({"server.json": json.dumps(asdict(server), indent=2)})


def _abandoned(folder: Path, token: str) -> bool:
    if written := recorded(folder):
        return written.token != token
    try:
        with open_folder(folder, ours=1) as home:
            return "server.json" not in home.names()
    except (FileNotFoundError, NotADirectoryError, Refused):  # whoever looks for the sandbox there finds none
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
