"""The slow sandbox, which can also hold calls: so a test knows what is under way when it kills, and trusts no clock.

FOLDER/hold names the calls to hold, as a part of their line in FOLDER/arrived; or, as "#7 and any word", the seventh
changing call since that was written there. FOLDER/held is there when a call is held. It goes on when the file is gone, and
is answered with an error, without having had an effect, when FOLDER/drop is there. FOLDER/answered has a line a call.
"""

import ast
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from bootstrap.sandbox import server
from scripts.slow_sandbox import SlowApplication, describe


def changes(action: str, method: str, path: str) -> bool:
    """Whether a call may change something; `action` is "" where the service has none in its requests."""
    if action:
        return not action.startswith(("Get", "List", "Describe", "AssumeRole"))
    return method not in ("GET", "HEAD") and not path.startswith(("/v1/describe", "/v1/list"))


class HeldApplication(SlowApplication):
    seen = Counter[str]()
    counting = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = describe(environ)
        self.note("arrived", call)
        order = self.order()
        mine = not order.startswith("#") or (changes(*ast.literal_eval(call)[:3]) and self.is_its_turn(order))
        try:
            while mine and self.is_held(call, order):
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

    def order(self) -> str:
        try:
            return (self.folder / "hold").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def is_its_turn(self, order: str) -> bool:
        with self.counting:
            self.seen[order] += 1
            return self.seen[order] == int(order.split()[0][1:])

    def is_held(self, call: str, order: str) -> bool:
        now = self.order()
        held = bool(now) and (now == order if order.startswith("#") else now in call)
        if held:
            (self.folder / "held").touch()
        return held


if __name__ == "__main__":
    HeldApplication.folder = Path(sys.argv[1])
    server.application = HeldApplication
    server.main(HeldApplication.folder)
