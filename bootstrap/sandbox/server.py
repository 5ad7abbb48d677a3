"""The sandbox's process: moto behind a small WSGI application, on a free port of 127.0.0.1.

Run as `python -m bootstrap.sandbox.server FOLDER`, normally by `bootstrap.sandbox.start`. All that it pretends to hold
lives in memory. It ends when asked by someone who knows its token, on SIGTERM, and by itself when FOLDER/server.json is
gone or names another server: nobody could find it any more.
"""

import hmac
import io
import json
import os
import secrets
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

# Before moto is imported; in a server this variable is the only way to have AWS's own managed policies.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from bootstrap.private_files import Refused, opened
from bootstrap.sandbox import SHUTDOWN_PATH, STATUS_PATH, Server, proof, recorded
from bootstrap.sandbox.home import hold
from bootstrap.sandbox.moto_corrections import apply

# What a process would do to reach another one: over the network, through Docker's socket, or by looking up a name.
OUTGOING = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


class Application:
    """moto as a WSGI application, one request at a time; `stopping` is set once somebody who may has asked for it."""

    def __init__(self, token: str) -> None:
        # Batch and Lambda would otherwise run jobs in Docker containers.
        default_user_config["batch"] = default_user_config["lambda"] = {"use_docker": False}
        apply()
        self.stopping = threading.Event()
        self._token = token
        self._moto = DomainDispatcherApplication(create_backend_app)
        # moto has no locks of its own: with callers in parallel its dictionaries change size while it walks them.
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_bootstrap/"):
            status, content = self._ours(environ)
            start_response(status, [("Content-Type", "application/json")])
            return [json.dumps(content).encode()]
        try:
            with self._one_at_a_time:
                chunks, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        except Exception as error:
            traceback.print_exc()  # to server.log
            # An SDK retries 500, which what moto does not implement is not worth; without a body it reports the status.
            known = "501 Not Implemented" if isinstance(error, NotImplementedError) else "500 Internal Server Error"
            start_response(known, [])
            return []
        start_response(status, headers.to_wsgi_list())
        return chunks

    def _ours(self, environ: WSGIEnvironment) -> tuple[str, dict[str, object]]:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if asked == ("GET", STATUS_PATH):
            return "200 OK", {"proof": proof(self._token), "pid": os.getpid()}
        if asked != ("POST", SHUTDOWN_PATH):
            return "404 Not Found", {}
        if not hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), f"Bearer {self._token}".encode()):
            return "403 Forbidden", {}
        self.stopping.set()
        return "202 Accepted", {}


def application(token: str) -> Application:
    """Returns the WSGI application of a sandbox which shuts down for those who know this token."""
    return Application(token)


class KeepAliveHandler(MotoRequestHandler):
    """werkzeug closes the connection after each answer, as it does not read each request to its end. This one does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answers one request."""
        environ = self.make_environ()
        # The whole body now: moto may leave some of it unread, and no slow sender shall hold moto's lock.
        length = -1 if "wsgi.input_terminated" in environ else int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if len(body) < length:  # the sender left in the middle, so it has not asked for anything yet
            self.close_connection = True
            return
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        content = b"".join(chunks)
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        bodiless = self.command == "HEAD" or code in ("204", "304")
        for name, value in headers:
            if bodiless or name.lower() != "content-length":  # to HEAD it tells the length of what GET would give
                self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(content)


def main(folder: Path) -> None:
    """Serves until asked to stop; does not return."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # there is nothing to save, so the default action is the right one
    token = secrets.token_hex(32)
    sandbox = application(token)
    server = make_server("127.0.0.1", 0, sandbox, threaded=True, request_handler=KeepAliveHandler)
    sys.addaudithook(_reach_nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    _publish(folder, Server(f"http://127.0.0.1:{server.port}", os.getpid(), token, started))
    while not sandbox.stopping.wait(1.0) and not _abandoned(folder, token):
        pass
    os._exit(0)  # waits for no thread: clients keep idle connections, and moto may have jobs under way


def _reach_nothing(event: str, _: tuple[object, ...]) -> None:
    # An audit hook cannot be removed, and sees what any library does. So no configuration of moto can make it call AWS.
    if event in OUTGOING:
        raise PermissionError("the sandbox connects to nothing")


def _publish(folder: Path, server: Server) -> None:
    with opened(folder, ours=1) as home:
        hold(home)
        home.write({"server.json": json.dumps(asdict(server), indent=2)})


def _abandoned(folder: Path, token: str) -> bool:
    if written := recorded(folder):
        return written.token != token
    try:
        with opened(folder, ours=1) as home:
            return "server.json" not in home.names()
    except (FileNotFoundError, NotADirectoryError, Refused):  # whoever looks for the sandbox there finds none
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
