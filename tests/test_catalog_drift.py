"""The maintainer's script that compares a copied list with the vendor's."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts.catalog_drift import CATALOG, copied, main

STANDARD = copied("datadog", "DatadogStandard")


def answer(actions: list[str] | list[list[str]]) -> str:
    return json.dumps({"data": {"id": "permissions", "attributes": {"permissions": actions}}})


@pytest.fixture
def vendor() -> Iterator[HTTPServer]:
    """Serves the standard list, in chunks, without one action and with a new one."""
    changed = sorted({*STANDARD, "ec2:NewAction"} - {"tag:GetTagKeys"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/standard" else 404)
            self.end_headers()
            self.wfile.write(answer([changed[:50], changed[50:]]).encode())

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_what_the_vendor_added_and_removed_is_printed_and_nothing_is_changed(
    vendor: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (CATALOG / "datadog.toml").read_bytes()
    assert main(["datadog", f"standard=http://127.0.0.1:{vendor.server_port}/standard"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["+ ec2:NewAction", "- tag:GetTagKeys"]
    assert (CATALOG / "datadog.toml").read_bytes() == before


def test_the_same_list_in_a_file_is_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer.json"
    path.write_text(answer(sorted(STANDARD)))
    assert main(["datadog", f"standard={path}"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"standard: 110 actions in datadog.toml, 0 of them or of {path} are different"
    ]


@pytest.mark.parametrize("text", ["", "<html>", '{"errors": ["Forbidden"]}', "[" * 100_000])
def test_an_answer_without_a_list_is_an_error_and_no_difference(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "answer.json").write_text(text)
    assert main(["datadog", f"standard={tmp_path / 'answer.json'}"]) == 2
    assert main(["datadog", f"standard={tmp_path / 'nothing.json'}"]) == 2
    found = capsys.readouterr()
    assert (found.out, found.err.count("could not be read")) == ("", 2)


def test_a_page_that_is_not_there_is_an_error(vendor: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datadog", f"standard=http://127.0.0.1:{vendor.server_port}/gone"]) == 2
    assert "404" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["acme"], ["datadog", "unknown=x"]])
def test_what_it_does_not_know_is_answered_with_what_it_does(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "datadog (standard, resource_collection)" in capsys.readouterr().err


DIGESTS = {
    "DatadogStandard": (110, "5a58c5408c7a58a560fb41547cf1023b43d53635f4a64157ee1f9eb199a4311c"),
    "DatadogResourceCollection": (719, "e598357b8933018ba468c3fb98b6f603f77755936400af608ed801e5883e9c37"),
}
"""How many actions the vendor's page has, and the SHA-256 of them, sorted and one a line."""


@pytest.mark.parametrize("sid", DIGESTS)
def test_a_copied_list_is_what_the_page_had(sid: str) -> None:
    actions = copied("datadog", sid)
    assert (len(actions), hashlib.sha256("\n".join(sorted(actions)).encode()).hexdigest()) == DIGESTS[sid]
