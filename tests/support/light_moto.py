"""moto with the same answers in less of a test's time: what never changes is made once, and what is made often is made fast.

`tests/sandbox/test_patched.py` watches the functions that are replaced here.
"""

import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import pytest
import xmltodict
from moto import backend_index, backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.constants import MISSING
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, Request, environ_key_for_header, normalize_request
from moto.core.responses import BaseResponse
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_equivalent_url_in_aws_domain, get_value, method_names_from_class
from moto.ec2.models import amis
from moto.kms.utils import generate_private_key
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.moto_random import MotoRandom
from werkzeug.exceptions import HTTPException

NEEDED_IMAGES = "al2023-ami-2023"
"""How the images are called that AWS's public parameters for Amazon Linux name."""
HEX = "0123456789abcdef"
PLAIN = re.compile(r"[\w./-]*", re.ASCII)
"""A path that means itself."""

to_xml = xmltodict.unparse


def apply(patch: pytest.MonkeyPatch) -> None:
    _nothing_twice(patch)
    _few_images(patch)
    _fast_ids(patch)
    patch.setattr(XFormedAttributePicker, "__call__", picked)
    patch.setattr("xmltodict.unparse", xml)
    patch.setattr("moto.core.models.RESPONSES_METHODS", [])  # nothing here uses the library requests
    # moto takes iam.us-gov.amazonaws.com for a region us-gov in the partition aws; the signature tells the region.
    patch.setattr(BaseResponse, "region_regex", re.compile(r"\.([^.]+-\d)\.amazonaws\.com"))


def _nothing_twice(patch: pytest.MonkeyPatch) -> None:
    collect = vars(BaseBackend)["urls"].fget
    collected: dict[type, Any] = {}

    def urls(backend: BaseBackend) -> Any:
        return collected.get(type(backend)) or collected.setdefault(type(backend), collect(backend))

    patch.setattr(BaseBackend, "urls", property(urls))
    patch.setattr("moto.core.responses.method_names_from_class", functools.cache(method_names_from_class))
    patch.setattr(BotocoreStubber, "process_request", processed)
    # When a test ends moto fills each account anew, and then throws it away.
    patch.setattr(BaseBackend, "reset", lambda backend: None)
    # With each first machine moto makes a key to encrypt disks with, which takes a tenth of a second.
    patch.setattr("moto.kms.models.generate_private_key", functools.cache(generate_private_key))


def _few_images(patch: pytest.MonkeyPatch) -> None:
    """A handful of 1,300: moto gives each of them a disk and a snapshot."""
    load = functools.cache(vars(amis)["load_resource"])

    def needed(path: str) -> list[dict[str, Any]]:
        if "/ecs/" in path:
            return []
        return [dict(image) for image in load(path) if image["name"].startswith(NEEDED_IMAGES)]

    patch.setattr("moto.ec2.models.amis.AMIS", amis.AMIS[:3])
    patch.setattr("moto.ec2.models.amis.load_resource", needed)


def _fast_ids(patch: pytest.MonkeyPatch) -> None:
    """All letters of a random text at once, not one by one."""

    def text(chance: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
        letters = "abcdefghijklmnopqrstuvwxyz" + "0123456789" * include_digits
        return "".join(chance.choices(letters if lower_case else letters + letters[:26].upper(), k=length))

    patch.setattr(MotoRandom, "get_random_string", text)
    patch.setattr("moto.ec2.utils.random_resource_id", lambda size=8: "".join(mock_random.choices(HEX, k=size)))


process_request = BotocoreStubber.process_request


def processed(stub: BotocoreStubber, request: Any) -> Any:
    """What moto's own gives, which looks through the addresses of all services each time."""
    parsed, _ = get_equivalent_url_in_aws_domain(request.url)
    method = _served_by(f"{parsed.scheme}://{parsed.netloc}{parsed.path}")
    if method is None:
        return process_request(stub, request)
    normalized = normal(request)
    try:
        return method(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def normal(request: Any) -> Request:
    """What moto's own gives. It builds each request as a client that uploads files would, which takes a tenth of a call."""
    url, body = urlsplit(request.url), request.body or b""
    if not PLAIN.fullmatch(url.path) or not isinstance(body, (bytes, str)):
        return normalize_request(request)
    content = body if isinstance(body, bytes) else body.encode()
    host, _, port = url.netloc.partition(":")
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "REQUEST_URI": url.path,
        "RAW_URI": url.path,
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if url.scheme == "https" else "80"),
        "HTTP_HOST": url.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    for name, value in request.headers.items():
        if "_" in name:
            return normalize_request(request)
        environ[environ_key_for_header(name)] = value.decode() if isinstance(value, bytes) else value
    environ["CONTENT_LENGTH"] = str(len(content))
    return Request(environ)


@functools.lru_cache(10_000)
def _served_by(place: str) -> Callable[..., Any] | None:
    """The method of the first service that has such an address."""
    for service, pattern in backend_index.backend_url_patterns:
        if pattern.match(place):
            found: Any = backends.get_backend(service)  # type: ignore[call-overload]  # one of a hundred names
            regions = found[DEFAULT_ACCOUNT_ID] if isinstance(found, BackendDict) else found
            name = next(each for each in ("us-east-1", "aws", "global") if each in regions)
            return next((method for url, method in regions[name].urls.items() if re.match(url, place)), None)
    return None


possible_keys = XFormedAttributePicker.get_possible_keys
_possible: dict[tuple[type, str, Any], tuple[str, ...]] = {}


def picked(picker: XFormedAttributePicker, context: AttributePickerContext) -> Any:
    """What moto's own gives. The names under which a value can be are the same for all things of a class."""
    thing, where = context.obj, (type(context.obj), context.key, context.shape)
    names = _possible.get(where)
    if names is None:
        names = _possible[where] = tuple(dict.fromkeys(possible_keys(picker, context)))
    if type(thing) is dict and "." not in context.key:
        value = next((thing[name] for name in names if name in thing), None)
    else:
        value = next((found for name in names if (found := get_value(thing, name, MISSING)) is not MISSING), None)
    path = f"{context.key_path}.{context.key}"
    if path.endswith(tuple(picker.response_transformers)):
        for end, transform in picker.response_transformers.items():
            if path.endswith(end):
                return transform(value)
    return value


def xml(document: Mapping[str, Any], *others: Any, **options: Any) -> Any:
    """What `xmltodict.unparse` gives for the documents of moto's answers: with neither comments nor line breaks."""
    usual = options.get("short_empty_elements") and not options.get("pretty") and len(options) < 4
    if others or not usual:
        return to_xml(document, *others, **options)
    head = '<?xml version="1.0" encoding="utf-8"?>\n' if options.get("full_document", True) else ""
    return head + "".join(part for name, value in document.items() for part in _elements(name, value))


def _elements(name: str, value: Any) -> Iterator[str]:
    several = hasattr(value, "__iter__") and not isinstance(value, (str, bytes, dict))
    for item in value if several else (value,):
        if item is None:
            yield f"<{name}/>"
        elif isinstance(item, dict):
            attributes = "".join(f" {key[1:]}={quoteattr(_text(each))}" for key, each in item.items() if key[0] == "@")
            children = ((key, each) for key, each in item.items() if key[0] not in "@#" and each != [])
            inner = "".join(part for key, each in children for part in _elements(key, each))
            inner += escape(_text(item.get("#text", "")))
            yield f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"
        else:
            text = escape(_text(item))
            yield f"<{name}>{text}</{name}>" if text else f"<{name}/>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
