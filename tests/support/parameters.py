"""Answers GetParameter as Systems Manager does: the sandbox has no such service, and bootstrap lets EC2 look up an image."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def parameter(value: str) -> Iterator[str]:
    """The address of a service in which each parameter has this value."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Name"]
            found = {
                "Name": name,
                "Type": "String",
                "Value": value,
                "Version": 1,
                "ARN": f"arn:aws:ssm:us-east-1::parameter{name}",
            }
            text = json.dumps({"Parameter": found}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
