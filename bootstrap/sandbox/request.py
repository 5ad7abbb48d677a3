"""The head of an HTTP request, read strictly: whatever two readers could understand differently is refused.

Source: RFC 9112, sections 3 (request line), 5 (fields), 6 (body) and 11.2 (request smuggling).
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

MOST_BODY = 16 * 2**20
"""Bytes. The largest body is a state."""
MOST_FIELDS = 100

_LINE = re.compile(rb"([A-Z]{1,16}) (/(?!/)[\x21-\x7e]*) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_METADATA = "x-amz-meta-"


class Refused(Exception):
    """Why a request is not served: the HTTP status, a code as AWS has them, and a message for a person."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Request:
    """`target` is the path with the query as sent; the names of `headers` are in lower case, and each is there once."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def length(self) -> int:
        """Of the body, in bytes. Raises Refused for one that is not counted, or is too long."""
        if "transfer-encoding" in self.headers:
            raise Refused(411, "MissingContentLength", "The sandbox takes bodies with a Content-Length only.")
        length = self.headers.get("content-length", "0")
        if not re.fullmatch(r"[0-9]{1,19}", length, re.ASCII):
            raise Refused(400, "BadRequest", "The Content-Length is not a number.")
        if int(length) > MOST_BODY:
            raise Refused(413, "EntityTooLarge", f"The sandbox takes bodies of up to {MOST_BODY} bytes.")
        return int(length)

    def environ(self, body: bytes, port: int) -> WSGIEnvironment:
        """For a WSGI application. moto reads RAW_URI, and the spelling of metadata with an underscore in its name."""
        path, _, query = self.target.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.target,
            "REQUEST_URI": self.target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        environ |= {_variable(name): value for name, value in self.headers.items()}
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {_variable(name): name for name in self.headers if "_" in name}
        return environ


def parsed(head: bytes) -> Request:
    """Reads everything up to the empty line. Raises Refused."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    line = _LINE.fullmatch(first)
    if not line:
        raise Refused(400, "BadRequest", "The first line is not METHOD /PATH HTTP/1.1.")
    if len(fields) > MOST_FIELDS:
        raise Refused(431, "BadRequest", f"There are more than {MOST_FIELDS} headers.")
    headers: dict[str, str] = {}
    for field in fields:
        found = _FIELD.fullmatch(field)
        name = found[1].decode().lower() if found else ""
        if not found or ("_" in name and not name.startswith(_METADATA)):  # X_A and X-A are the same to many a reader
            raise Refused(400, "BadRequest", "A header is malformed.")
        if _variable(name) in map(_variable, headers):
            raise Refused(400, "BadRequest", "A header is there twice.")
        headers[name] = found[2].decode("latin-1").rstrip(" \t")
    return Request(line[1].decode(), line[2].decode(), headers)


def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"
