"""moto and botocore made faster (`support/light_moto.py`, `support/light_botocore.py`) give what they give."""

import re
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.crt.auth import CrtS3SigV4Auth, CrtSigV4Auth
from botocore.exceptions import NoCredentialsError
from moto.core.botocore_stubber import BotocoreStubber

from tests.support.light_botocore import add_auth
from tests.support.light_moto import process_request, processed, to_xml, xml
from tests.support.wire import Wire

DOCUMENTS: dict[str, Any] = {
    "nothing": None,
    "an empty text": "",
    "a text that XML has other words for": "a < b & c > 'd' \"e\"",
    "numbers and flags": {"one": 1, "half": 0.5, "yes": True, "no": False},
    "bytes": b"caf\xc3\xa9",
    "a list of texts": {"item": ["a", "", None, "b"]},
    "a list of things": {"item": [{"a": 1}, {"b": {"c": "d"}}]},
    "an empty list and an empty thing": {"list": [], "thing": {}, "text": "x"},
    "a name space": {"@xmlns": 'http://s3.amazonaws.com/doc/"2006"/', "Name": "n"},
    "attributes and a text": {"@type": "x", "@none": None, "#text": "a&b"},
    "an attribute alone": {"@type": "x"},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("full", [True, False])
def test_the_xml_of_an_answer_is_the_same(document: Any, full: bool) -> None:
    options = {"full_document": full, "short_empty_elements": True, "pretty": False}
    assert xml({"Response": document}, **options) == to_xml({"Response": document}, **options)


def test_what_moto_does_not_ask_for_is_left_to_the_original() -> None:
    assert xml({"a": {"b": "c"}}, pretty=True) == to_xml({"a": {"b": "c"}}, pretty=True)


SIGN = CrtSigV4Auth.add_auth
"""botocore's own, as this file is read before anything is replaced."""
NOT_ASKED_FOR = {"X-Amz-Content-SHA256", "x-amz-content-sha256"}


@pytest.mark.parametrize("kind", [CrtSigV4Auth, CrtS3SigV4Auth])
@pytest.mark.parametrize("token", [None, "token"])
def test_who_signs_when_and_for_what_is_said_as_botocore_says_it(kind: Any, token: str | None) -> None:
    said = []
    for sign in (SIGN, add_auth):
        request = AWSRequest("POST", "https://iam.amazonaws.com/", {"Authorization": "of the last try"}, b"Action=x")
        sign(kind(Credentials("AKIAKEY", "secret", token), "iam", "us-east-1"), request)
        headers = {name: value for name, value in request.headers.items() if name not in NOT_ASKED_FOR}
        at, authorization = headers.pop("X-Amz-Date"), headers.pop("Authorization")
        said.append((len(at), at[8], authorization.partition(",")[0].replace(at[:8], "DAY"), sorted(headers.items())))
    assert said[0] == said[1]


def test_nobody_signs_without_credentials() -> None:
    with pytest.raises(NoCredentialsError):
        add_auth(CrtSigV4Auth(None, "iam", "us-east-1"), AWSRequest("GET", "https://iam.amazonaws.com/"))


ASKED = {
    "sts": ("https://sts.us-east-1.amazonaws.com/", b"Action=GetCallerIdentity&Version=2011-06-15"),
    "iam": ("https://iam.amazonaws.com/", b"Action=GetRole&RoleName=none&Version=2010-05-08"),
    "ec2": ("https://ec2.eu-west-1.amazonaws.com/", b"Action=DescribeKeyPairs&Version=2016-11-15"),
    "batch": ("https://batch.us-east-1.amazonaws.com/v1/describejobqueues", b"{}"),
    "s3": ("https://none.s3.amazonaws.com/?location", b""),
    "no service": ("https://none.us-east-1.amazonaws.com/", b""),
}


@pytest.mark.parametrize(("service", "asked"), ASKED.items(), ids=ASKED)
def test_a_request_finds_the_service_that_it_is_for(service: str, asked: tuple[str, bytes], cloud: Wire) -> None:
    answers = []
    for way in (process_request, processed, processed):
        url, body = asked
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"} if b"=" in body else {}
        request = AWSRequest("GET" if service == "s3" else "POST", url, form, body)
        SigV4Auth(Credentials("AKIAKEY", "secret"), service, "us-east-1").add_auth(request)
        found: Any = way(BotocoreStubber(), request.prepare())
        status, _, content = found
        answers.append((status, re.sub("[Rr]equest_?[Ii][Dd]>[^<]*", "", str(content))))
    assert answers[0] == answers[1] == answers[2]
