"""Who may ask the sandbox what. Everything is decided here, from the head of a request, before moto sees any of it.

A request is for the one service that its signature names, whatever else in it (Host, X-Amz-Target, Action, path) would
lead moto elsewhere; only services that `bootstrap` itself calls are served; and its access key id has to be the secret
of this sandbox, or one that its STS gave out. A signature in the address (presigned) counts as none.
Source: AWS General Reference, Signature Version 4, the Authorization header.
"""

import hmac
import re
from dataclasses import dataclass, field

from bootstrap.sandbox import OURS, SHUTDOWN_PATH, STATUS_PATH, proof
from bootstrap.sandbox.request import Refused, Request

SERVED = {
    "batch": "batch",
    "cloudformation": "cloudformation",
    "ec2": "ec2",
    "iam": "iam",
    "organizations": "organizations",
    "s3": "s3",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
"""The services of `Resource.services`, those that signing in and `search` need, and that which makes an organization for
StackSets: signing name to the name in moto.

CloudFormation is `moto/cloudformation.py` and not moto's own, which parses templates with a YAML loader that runs what they
say.
"""
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE"}
CONTROLS = {("GET", STATUS_PATH), ("POST", SHUTDOWN_PATH)}

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w{1,128})/[0-9]{8}/[a-z0-9-]{1,32}/([a-z0-9-]{1,64})/aws4_request"
    r", ?SignedHeaders=[a-z0-9;_-]+, ?Signature=[0-9a-f]{64}",
    re.ASCII,
)
_ASKED = re.compile(r"Bootstrap ([0-9a-f]{32}) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Gate:
    """The gate of the sandbox at this port, with the secrets that open it."""

    port: int
    token: str = field(repr=False)
    key_id: str = field(repr=False)
    _issued: list[bytes] = field(default_factory=list, repr=False)

    def issued(self, key_id: str, session_token: str) -> None:
        """Takes note of credentials that the sandbox's STS gave out: such a key is good only with its session token."""
        self._issued.append(f"{key_id} {session_token}".encode())

    def service_of(self, request: Request) -> str:
        """Returns the name in moto of the service that may answer, or OURS for a question to the sandbox itself.

        Raises Refused for everybody else.
        """
        headers = request.headers
        if headers.get("host") != f"127.0.0.1:{self.port}":
            raise _denied("The sandbox answers at its own address only.")
        if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
            raise _denied("The sandbox does not answer to web pages.")
        if request.method not in METHODS:
            raise Refused(405, "MethodNotAllowed", "The sandbox does not know this method.")
        if request.path.startswith(OURS):
            return self._control(request)
        signed = _SIGNED.fullmatch(headers.get("authorization", ""))
        if not signed or not self._knows(signed[1], headers.get("x-amz-security-token", "")):
            raise _denied("The sandbox serves only those who sign with its own access key id.")
        if signed[2] not in SERVED:
            raise Refused(404, "UnknownService", f"The sandbox does not serve {signed[2]}, only {', '.join(SERVED)}.")
        if signed[2] == "s3" and request.path.startswith("/v20180820/") and "x-amz-account-id" in headers:
            return "s3control"  # S3 Control signs as S3 does
        return SERVED[signed[2]]

    def answer_to(self, request: Request) -> str:
        """What shows to who asked with `service_of` OURS that the token is known here, too."""
        nonce = request.headers["authorization"].split()[1]
        return proof(self.token, "answer", nonce)

    def _control(self, request: Request) -> str:
        asked = _ASKED.fullmatch(request.headers.get("authorization", ""))
        wanted = proof(self.token, request.method, request.path, asked[1] if asked else "")
        if not hmac.compare_digest(wanted, asked[2] if asked else ""):
            raise _denied("Only bootstrap itself asks this.")
        if (request.method, request.target) not in CONTROLS:
            raise Refused(404, "NotFound", "There is nothing here.")
        return OURS

    def _knows(self, key_id: str, session_token: str) -> bool:
        given = f"{key_id} {session_token}".encode()
        own = hmac.compare_digest(key_id.encode(), self.key_id.encode())
        return any([own, *(hmac.compare_digest(given, each) for each in tuple(self._issued))])  # all, so in constant time


def _denied(message: str) -> Refused:
    return Refused(403, "AccessDenied", message)
