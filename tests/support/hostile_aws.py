"""An AWS that answers whatever it likes: an HTTP server on 127.0.0.1 in front of moto, which spoils answers from a seed."""

import io
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.support.hostile import HOSTILE

JUNK = (
    *(text for text in HOSTILE if len(text) < 1000),
    "{}",
    "[]",
    "5",
    "true",
    "2999-99-99T99:99:99Z",
    "-1e999",
    "%",
    "%zz",
)


@dataclass
class Answer:
    """What goes over the wire; `raw` stands for all of it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes | None = None

    @property
    def sent(self) -> bytes:
        if self.raw is not None:
            return self.raw
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body

    def with_body(self, body: bytes, kind: str = "") -> "Answer":
        kept = [(name, value) for name, value in self.headers if name.lower() not in ("content-length", "content-type")]
        kind = kind or {name.lower(): value for name, value in self.headers}.get("content-type", "text/xml")
        return Answer(self.status, [*kept, ("Content-Type", kind), ("Content-Length", str(len(body)))], body)


Spoil = Callable[[random.Random, Answer], Answer]


def cut(chance: random.Random, answer: Answer) -> Answer:
    return answer.with_body(answer.body[: chance.randrange(len(answer.body) + 1)])


def flipped(chance: random.Random, answer: Answer) -> Answer:
    body = bytearray(answer.body)
    for _ in range(min(len(body), 3)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return answer.with_body(bytes(body))


def page(chance: random.Random, answer: Answer) -> Answer:
    return answer.with_body(b"<html><body>Welcome to the hotel<br></body></html>", chance.choice(["text/html", ""]))


def kind(chance: random.Random, answer: Answer) -> Answer:
    return answer.with_body(answer.body, chance.choice(["application/json", "text/xml", "image/png", "x" * 300, "\x1b[31m"]))


def status(chance: random.Random, answer: Answer) -> Answer:
    odd = [
        "204 No",
        "206 Part",
        "301 Moved",
        "302 Found",
        "304 Same",
        "307 There",
        "400 Bad",
        "403 No",
        "404 None",
        "999 Odd",
    ]
    spoilt = answer.with_body(chance.choice([answer.body, b""]))
    spoilt.status = chance.choice(odd)
    spoilt.headers.append(("Location", chance.choice(["/", "http://127.0.0.1:1/", "x" * 200, ""])))
    return spoilt


def encoded(chance: random.Random, answer: Answer) -> Answer:
    text = answer.body.decode(errors="replace")
    return answer.with_body(
        chance.choice([text.encode("utf-16"), b"\xef\xbb\xbf" + answer.body, b"\xff" + answer.body, b"\0" * 9])
    )


def broken(chance: random.Random, answer: Answer) -> Answer:
    """No good HTTP."""
    good = answer.sent
    head = b"HTTP/1.1 200 OK\r\n"
    answer.raw = chance.choice(
        [
            b"",
            b"garbage\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            good[: len(good) // 2],
            head + b"Content-Length: 99999\r\n\r\nx",
            head + b"Content-Length: -5\r\n\r\n",
            head + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
            head + b"".join(b"X%d: y\r\n" % number for number in range(200)) + b"Content-Length: 0\r\n\r\n",
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
            head + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
            b"HTTP/1.1 100 Continue\r\n\r\n" + good,
        ]
    )
    return answer


def other_values(chance: random.Random, answer: Answer) -> Answer:
    """Some texts are others, or gone, or hold more than a text; documents are none; it is nested without end."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return answer.with_body(_other_xml(chance, answer.body.decode(errors="replace")).encode(errors="replace"))
    return answer.with_body(json.dumps(_other_json(chance, content)).encode())


def _other_xml(chance: random.Random, text: str) -> str:
    found = list(re.finditer(r"<(\w+)>([^<]*)</\1>", text))
    for place in chance.sample(found, min(len(found), 2)):
        name, value = place[1], place[2]
        junk = quote(chance.choice(JUNK)) if chance.random() < 0.5 else "junk"
        new = chance.choice(
            [
                "",
                f"<{name}/>",
                f"<{name}>{junk}</{name}>",
                f"<{name}><a>{value}</a></{name}>",
                place[0] * 2,
                f"<x>{value}</x>",
            ]
        )
        text = text.replace(place[0], "<d>" * 3000 + "</d>" * 3000 if chance.random() < 0.03 else new, 1)
    return text


def _other_json(chance: random.Random, value: Any, share: float = 0.1) -> Any:
    if chance.random() < share:
        return chance.choice([None, True, -1, 10**400, 1.5, [], {}, [None], {"a": {}}, chance.choice(JUNK)])
    match value:
        case dict():
            return {key: _other_json(chance, item) for key, item in value.items() if chance.random() > share / 2}
        case list():
            return [_other_json(chance, item) for item in value]
    return value


SPOILS: tuple[Spoil, ...] = (other_values, other_values, other_values, cut, flipped, page, kind, status, encoded, broken)


@dataclass
class HostileAws:
    """`share` of the answers are spoilt, by a generator that starts from a seed; 0 makes it a good AWS."""

    url: str = ""
    share: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    app: Any = None
    lock: Any = field(default_factory=threading.Lock)

    def spoils(self, seed: int, share: float) -> None:
        self.chance, self.share = random.Random(seed), share

    def empty(self) -> None:
        self.share = 0
        self.answer("POST", "/moto-api/reset", {}, b"")

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        with self.lock:  # moto has none of its own
            environ = EnvironBuilder(
                path=path, method=method, headers=headers.items(), input_stream=io.BytesIO(body)
            ).get_environ()
            environ |= {"CONTENT_LENGTH": str(len(body)), "HTTP_HOST": headers.get("Host", "127.0.0.1")}
            chunks, status, found = run_wsgi_app(self.app, environ, buffered=True)
            content = b"".join(chunks)
            kept = [(name, value) for name, value in found if name.lower() != "content-length"]
            good = Answer(status, [*kept, ("Content-Length", str(len(content)))], content)
            if method == "HEAD":
                good = Answer(status, list(found), b"")
            return (self.chance.choice(SPOILS)(self.chance, good) if self.chance.random() < self.share else good).sent


@contextmanager
def hostile_aws() -> Iterator[HostileAws]:
    aws = HostileAws(app=DomainDispatcherApplication(create_backend_app))

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            self.close_connection = True
            if self.raw_requestline and self.parse_request():
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.wfile.write(aws.answer(self.command, self.path, dict(self.headers.items()), body))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    aws.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
