"""The command that adds a package goes to where bootstrap runs, however it was installed."""

import sys

import pytest

from bootstrap.aws.installation import install_command

PACKAGE = "botocore[crt]"


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/me/.local/share/pipx/venvs/vendorstrap", "pipx inject vendorstrap 'botocore[crt]'"),
        ("/home/me/.local/share/uv/tools/vendorstrap", "uv tool install vendorstrap --with 'botocore[crt]'"),
    ],
)
def test_a_tool_with_an_environment_of_its_own_is_named(prefix: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    assert install_command(PACKAGE) == command


def test_else_it_is_the_python_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/srv/venv")
    monkeypatch.setattr(sys, "executable", "/srv/venv/bin/python")
    assert install_command(PACKAGE) == "/srv/venv/bin/python -m pip install 'botocore[crt]'"
