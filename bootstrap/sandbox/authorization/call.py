"""One request to AWS, whatever carries it, and how AWS refuses one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

Words = Mapping[str, tuple[str, str, int]]
"""Wire code, message and HTTP status, by service."""
_MAY_NOT = "User: arn:aws:sts::123456789012:user/moto is not authorized to perform this"
DENIED: Words = {
    "iam": ("AccessDenied", _MAY_NOT, 403),
    "sts": ("AccessDenied", _MAY_NOT, 403),
    "s3": ("AccessDenied", "Access Denied", 403),
    "s3-control": ("AccessDenied", "Access Denied", 403),
    "ec2": ("UnauthorizedOperation", "You are not authorized to perform this operation.", 403),
    "batch": ("AccessDeniedException", _MAY_NOT, 403),
    "cloudformation": ("AccessDenied", _MAY_NOT, 403),
    "organizations": ("AccessDeniedException", _MAY_NOT, 400),
    "resource-groups-tagging-api": ("AccessDeniedException", _MAY_NOT, 400),
    "service-quotas": ("AccessDeniedException", _MAY_NOT, 400),
}


@dataclass(frozen=True)
class Call:
    """One request, as ("iam", "CreateRole"). `text` is its address and body, decoded; `url` and `body` are as sent."""

    service: str
    operation: str
    text: str
    headers: Mapping[str, str]
    url: str = ""
    body: str = ""

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        reads = self.operation.startswith(("Get", "List", "Head", "Describe", "AssumeRole", "Simulate"))
        return not reads and "DryRun=true" not in self.text


def key_of(headers: Mapping[str, str]) -> str:
    """The access key id with which a request is signed."""
    return _signed(headers)[0]


def region_of(call: Call) -> str:
    """The region that a request is signed for."""
    return _signed(call.headers)[1]


def _signed(headers: Mapping[str, str]) -> tuple[str, str]:
    found = re.search(r"Credential=([^/]+)/[0-9]+/([^/]+)/", headers.get("authorization", ""))
    return (found[1], found[2]) if found else ("", "us-east-1")


def answer(content: str, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """An answer of AWS for a trick to give: XML, unless the headers say otherwise."""
    headers = {"content-type": "text/xml", **(headers or {})}
    return AWSResponse("https://pretended.aws", status, headers, MockRawResponse(content))


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """The same of a service that speaks JSON, as Batch does."""
    return answer(json.dumps(content), status, {"content-type": "application/json", **(headers or {})})


def error_answer(call: Call, code: str, message: str, status: int) -> AWSResponse:
    if call.service in ("batch", "organizations", "resource-groups-tagging-api", "service-quotas", "iam-toolbox"):
        return json_answer({"__type": code, "message": message}, status, {"x-amzn-errortype": code})
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
    if call.service in ("s3", "s3-control"):
        body = f"<Error>{error}<RequestId>1</RequestId></Error>"
    elif call.service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
    return answer("" if call.operation.startswith("Head") else body, status)
