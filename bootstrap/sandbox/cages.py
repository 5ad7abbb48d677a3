"""Who calls with credentials of a cage: the sandbox obeys their policies before moto sees the request.

Everybody else may do everything, and so may they outside of the partition aws: what AWS checks for a call (`authorization/`)
has the ARNs of that.
"""

from io import BytesIO
from typing import Any
from urllib.parse import unquote_plus
from wsgiref.types import WSGIEnvironment

from moto.core.request import Request
from moto.core.routing import get_service_router

from bootstrap.sandbox.authorization.call import Call, key_of
from bootstrap.sandbox.authorization.sessions import paths_of, refusal
from bootstrap.sandbox.moto.sts_scoped import session_of

_NAMES = {"s3control": "s3-control", "resourcegroupstaggingapi": "resource-groups-tagging-api"}
"""What the SDK calls a service where moto has another name."""


def refused(service: str, environ: WSGIEnvironment) -> Any:
    """The answer to a request that its credentials do not allow, else None. `service` is its name in moto."""
    session = session_of(key_of({"authorization": environ.get("HTTP_AUTHORIZATION", "")}))
    if session is None or session.partition != "aws":
        return None
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = BytesIO(body)
    request = Request({**environ, "wsgi.input": BytesIO(body)})
    operation, _ = get_service_router(service).match(request)
    sent, headers = body.decode(errors="replace"), {name.lower(): value for name, value in request.headers.items()}
    name = _NAMES.get(service, service)
    call = Call(name, operation.name, unquote_plus(f"{request.raw_url} {sent}"), headers, request.raw_url, sent)
    answer = None
    for path in paths_of(session):
        answer = refusal(session, call, path, lambda check: None)
        if answer is None:
            return None
    return answer
