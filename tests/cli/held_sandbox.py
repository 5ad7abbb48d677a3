"""The slow sandbox, which can also hold calls: so a test knows what is under way when it kills, and trusts no clock.

FOLDER/hold names the calls to hold, as a part of their line in FOLDER/arrived; a held call goes on when the file is gone,
and is answered with an error, without having had an effect, when FOLDER/drop is there. FOLDER/answered has a line a call.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from bootstrap.sandbox import server
from scripts.slow_sandbox import SlowApplication, describe


class HeldApplication(SlowApplication):
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_bootstrap/"):
            return super().__call__(environ, start_response)
        call = describe(environ)
        self.note("arrived", call)
        try:
            while self.is_held(call):
                if (self.folder / "drop").exists():
                    start_response("403 Forbidden", [])
                    return []
                time.sleep(0.01)
            return super().__call__(environ, start_response)
        finally:
            self.note("answered", call)

    def note(self, name: str, call: str) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(f"{call}\n")

    def is_held(self, call: str) -> bool:
        try:
            return (self.folder / "hold").read_text(encoding="utf-8") in call
        except FileNotFoundError:
            return False


if __name__ == "__main__":
    HeldApplication.folder = Path(sys.argv[1])
    server.application = HeldApplication
    server.main(HeldApplication.folder)
