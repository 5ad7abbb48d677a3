"""The sandbox's server with a delay before each answer, and a list of the calls that it got. For benchmark.py.

FOLDER/delay holds the delay in milliseconds. FOLDER/calls gets a line per call: when it came and when it was answered
(seconds of the monotonic clock), the seconds that the emulator itself took, and the call. It may be emptied while the server
runs.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from bootstrap.sandbox import server


class SlowApplication(server.Application):
    folder: Path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        came, call = time.monotonic(), describe(environ)
        time.sleep(float((self.folder / "delay").read_text(encoding="utf-8")) / 1000)
        began = time.thread_time()
        answer = super().__call__(environ, start_response)
        busy = time.thread_time() - began
        with (self.folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(f"{came} {time.monotonic()} {busy} {call}\n")
        return answer


def describe(environ: WSGIEnvironment) -> str:
    """One line that is equal for equal calls of one account: the whole request but for its signature and secrets."""
    body = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    action = target or parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    key_id, *scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    where = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
    return repr((action, *where, hash(key_id), scope[1:3], hash(body)))


if __name__ == "__main__":
    SlowApplication.folder = Path(sys.argv[1])
    server.application = SlowApplication
    server.main(SlowApplication.folder)
