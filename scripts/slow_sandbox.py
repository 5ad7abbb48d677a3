"""The sandbox's server with a delay before each answer, and a list of the calls that it got. For benchmark.py.

FOLDER/delay holds the delay in milliseconds, FOLDER/calls gets a line a call, FOLDER/busy the seconds that the emulator
itself took for one; all may be emptied while it runs.
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
        with (self.folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(f"{describe(environ)}\n")
        time.sleep(float((self.folder / "delay").read_text(encoding="utf-8")) / 1000)
        began = time.thread_time()
        answer = super().__call__(environ, start_response)
        with (self.folder / "busy").open("a", encoding="utf-8") as busy:
            busy.write(f"{time.thread_time() - began}\n")
        return answer


def describe(environ: WSGIEnvironment) -> str:
    """One line that is equal for equal calls: the whole request without its signature."""
    body = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return repr((action, environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), hash(body)))


if __name__ == "__main__":
    SlowApplication.folder = Path(sys.argv[1])
    server.application = SlowApplication
    server.main(SlowApplication.folder)
