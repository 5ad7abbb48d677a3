"""The head of a request is read in one way only, or refused."""

import pytest

from bootstrap.sandbox.request import MOST_BODY, Refused, parsed

LINE = b"POST /path?a=b HTTP/1.1\r\n"


def refusal(head: bytes) -> int:
    with pytest.raises(Refused) as caught:
        assert parsed(head + b"\r\n").length >= 0
    return caught.value.status


def test_a_request_is_read_with_its_path_query_and_headers() -> None:
    read = parsed(LINE + b"Host: a:1\r\nContent-Length:  12 \r\nX-Amz-Meta-a_B: \xc3\xbc\r\n\r\n")
    assert (read.method, read.path, read.target, read.length) == ("POST", "/path", "/path?a=b", 12)
    environ = read.environ(b"x" * 12, 8000)
    assert (environ["PATH_INFO"], environ["QUERY_STRING"], environ["HTTP_HOST"]) == ("/path", "a=b", "a:1")
    assert environ["CONTENT_LENGTH"] == "12"
    assert environ["HTTP_X_AMZ_META_A_B"] == "Ã¼"
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_path_is_decoded_once() -> None:
    environ = parsed(b"GET /a%2520%C3%BC/%2e%2e HTTP/1.1\r\n\r\n").environ(b"", 1)
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a%20ü/.."
    assert environ["RAW_URI"] == "/a%2520%C3%BC/%2e%2e"


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://evil.example/ HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1",
        b"CONNECT evil.example:80 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET / HTTP/1.0",
        b"GET / HTTP/2.0",
        b"GET /",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"get / HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET /\tHTTP/1.1",
        b" GET / HTTP/1.1",
        b"",
        b"\x16\x03\x01",
        b"A" * 20 + b" / HTTP/1.1",
    ],
)
def test_a_first_line_of_another_form_is_refused(line: bytes) -> None:
    assert refusal(line + b"\r\nHost: a\r\n") == 400


@pytest.mark.parametrize(
    "fields",
    [
        b"Host: a\r\nHost: a",
        b"Host: a\r\nhOST: b",
        b"Authorization: a\r\nAuthorization: b",
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Content_Length: 1",
        b"X_Amz_Target: a",
        b"X-Amz-Meta-a_b: 1\r\nX-Amz-Meta-a-b: 2",
        b"Host : a",
        b" Host: a",
        b"Host: a\r\n folded",
        b"Host: a\nOrigin: b",
        b"Host: a\rOrigin: b",
        b"Host: a\x00",
        b"Host",
        b": a",
        b"",
    ],
)
def test_a_header_that_is_there_twice_or_malformed_is_refused(fields: bytes) -> None:
    assert refusal(LINE + fields + b"\r\n") == 400


def test_more_headers_than_anybody_sends_are_refused() -> None:
    assert len(parsed(LINE + b"".join(b"X-%d: a\r\n" % number for number in range(100)) + b"\r\n").headers) == 100
    assert refusal(LINE + b"".join(b"%x:\r\n" % number for number in range(6000))) == 431


@pytest.mark.parametrize(
    "length", [b"-1", b"+1", b"abc", b"1,1", b"0x10", b"1.0", b"1e3", b"", b"1 1", b"\xc2\xb2", b"9" * 5000]
)
def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert refusal(LINE + b"Content-Length: " + length + b"\r\n") == 400


def test_a_body_that_is_too_long_or_not_counted_is_refused() -> None:
    assert parsed(LINE + b"Content-Length: %d\r\n\r\n" % MOST_BODY).length == MOST_BODY
    assert parsed(LINE + b"\r\n").length == 0
    assert refusal(LINE + b"Content-Length: %d\r\n" % (MOST_BODY + 1)) == 413
    for coding in (b"chunked", b"gzip, chunked", b"identity", b"xchunked"):
        assert refusal(LINE + b"Transfer-Encoding: " + coding + b"\r\n") == 411
        assert refusal(LINE + b"Content-Length: 3\r\nTransfer-Encoding: " + coding + b"\r\n") == 411
