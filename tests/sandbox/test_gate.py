"""Who may ask the sandbox what, decided from the head of a request."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest

from bootstrap.discovery.search import TAGGING
from bootstrap.resources import kinds, resource_kind
from bootstrap.sandbox import OURS, SHUTDOWN_PATH, STATUS_PATH, proof
from bootstrap.sandbox.gate import SERVED, Gate
from bootstrap.sandbox.request import Refused, Request
from tests.support.calls import signed

KEY, TOKEN = f"SANDBOX{'A' * 40}", "ab" * 32
HOST = {"host": "127.0.0.1:8000"}
NONCE = "0" * 32


@pytest.fixture
def gate() -> Gate:
    return Gate(8000, TOKEN, KEY)


def request(headers: Mapping[str, str], method: str = "POST", target: str = "/") -> Request:
    return Request(method, target, {**HOST, **{name.lower(): value for name, value in headers.items()}})


def refusal(gate: Gate, *asked: Any) -> int:
    with pytest.raises(Refused) as caught:
        gate.service_of(request(*asked))
    return caught.value.status


def test_the_services_of_the_resource_types_of_signing_in_and_of_the_search_are_served_and_no_other() -> None:
    used = {"sts", TAGGING, "organizations"}.union(*(resource_kind(kind).services for kind in kinds()))
    session = botocore.session.get_session()
    assert {session.get_service_model(service).signing_name: service for service in used} == SERVED


@pytest.mark.parametrize("service", SERVED)
def test_the_signature_names_the_service(gate: Gate, service: str) -> None:
    lies = {"x-amz-target": "CloudFormation.CreateStack", "content-type": "application/x-www-form-urlencoded"}
    for path in ("/", "/moto-api/reset", "/latest/meta-data/", "/cloudformation_us-east-1/x", "/?Action=CreateStack"):
        assert gate.service_of(request({**signed(service, KEY), **lies}, "POST", path)) == SERVED[service]


def test_s3_control_signs_as_s3_does_and_is_told_by_its_own_header(gate: Gate) -> None:
    path, account = "/v20180820/accesspoint", {"x-amz-account-id": "123456789012"}
    assert gate.service_of(request({**signed("s3", KEY), **account}, "GET", path)) == "s3control"
    assert gate.service_of(request(signed("s3", KEY), "GET", path)) == "s3"  # an object in a bucket of that name
    assert gate.service_of(request({**signed("ec2", KEY), **account}, "GET", path)) == "ec2"


@pytest.mark.parametrize(
    "key_id", ["", "sandbox", "test", "AKIAIOSFODNN7EXAMPLE", KEY[:-1], f"{KEY}A", KEY.lower(), TOKEN, f"{KEY},", f"x/{KEY}"]
)
def test_another_key_is_refused(gate: Gate, key_id: str) -> None:
    assert refusal(gate, signed("s3", key_id)) == 403


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        KEY,
        f"AWS {KEY}:signature",
        f"Bearer {TOKEN}",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request",
        signed("s3", KEY)["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        signed("s3", KEY)["Authorization"].replace("us-east-1", "us/east"),
        signed("S3", KEY)["Authorization"],
        signed("s3", KEY)["Authorization"] + ", " + signed("sns", KEY)["Authorization"],
        signed("sns", "other")["Authorization"] + ", " + signed("s3", KEY)["Authorization"],
    ],
)
def test_another_form_of_signature_is_refused(gate: Gate, authorization: str) -> None:
    assert refusal(gate, {"authorization": authorization}) == 403


def test_a_signature_in_the_address_counts_as_none(gate: Gate) -> None:
    scope = f"{KEY}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    assert refusal(gate, {}, "GET", f"/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}") == 403
    assert refusal(gate, {}, "GET", f"/bucket/key?AWSAccessKeyId={KEY}&Signature=x&Expires=9999999999") == 403


@pytest.mark.parametrize("service", ["lambda", "moto_api", "instance_metadata", "s3control", "sns", "ssm"])
def test_a_service_that_the_tool_does_not_use_is_not_there(gate: Gate, service: str) -> None:
    assert refusal(gate, signed(service, KEY)) in (403, 404)


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1", "127.0.0.1:8001", "localhost:8000", "127.0.0.1:8000.", "evil.example", "b.127.0.0.1:8000"]
)
def test_another_host_is_refused(gate: Gate, host: str) -> None:
    assert refusal(gate, {**signed("s3", KEY), "host": host}) == 403


def test_a_web_page_is_refused_even_with_the_key(gate: Gate) -> None:
    for header in (
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
    ):
        assert refusal(gate, {**signed("s3", KEY), **header}) == 403


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
def test_a_method_that_the_tool_does_not_use_is_refused(gate: Gate, method: str) -> None:
    assert refusal(gate, signed("s3", KEY), method) == 405


def test_what_sts_gave_out_is_good_with_its_session_token_only(gate: Gate) -> None:
    theirs = signed("ec2", "ASIAISSUED0000000000")
    assert refusal(gate, {**theirs, "x-amz-security-token": "given"}) == 403
    gate.issued("ASIAISSUED0000000000", "given")
    assert gate.service_of(request({**theirs, "x-amz-security-token": "given"})) == "ec2"
    assert refusal(gate, theirs) == 403
    assert refusal(gate, {**theirs, "x-amz-security-token": "another"}) == 403
    assert refusal(gate, {**signed("ec2", "ASIAISSUED0000000001"), "x-amz-security-token": "given"}) == 403


def asked(method: str, path: str, token: str = TOKEN) -> dict[str, str]:
    return {"authorization": f"Bootstrap {NONCE} {proof(token, method, path, NONCE)}"}


def test_the_sandbox_itself_answers_those_who_know_the_token(gate: Gate) -> None:
    for method, path in (("GET", STATUS_PATH), ("POST", SHUTDOWN_PATH)):
        known = request(asked(method, path), method, path)
        assert gate.service_of(known) == OURS
        assert gate.answer_to(known) == proof(TOKEN, "answer", NONCE)
        for wrong in (
            {},
            asked(method, path, "0" * 64),
            asked("HEAD", path),
            {"authorization": f"Bearer {TOKEN}"},
            signed("s3", KEY),
        ):
            assert refusal(gate, wrong, method, path) == 403
        assert refusal(gate, {**asked(method, path), "origin": "null"}, method, path) == 403
    assert refusal(gate, asked("GET", SHUTDOWN_PATH), "GET", SHUTDOWN_PATH) == 404
    assert refusal(gate, asked("GET", f"{OURS}other"), "GET", f"{OURS}other") == 404


def test_the_secrets_are_not_shown(gate: Gate) -> None:
    assert KEY not in repr(gate)
    assert TOKEN not in repr(gate)
