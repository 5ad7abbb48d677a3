"""The command that adds a package goes to where bootstrap runs, however it was installed.

`tests/test_distribution.py` runs these commands as printed, where pipx, uv and uvx really installed it.
"""

import sys
from pathlib import Path

import pytest

from bootstrap.aws.installation import install_command

PACKAGE = "botocore[crt]"
WANTED = "'botocore[crt]<1.45,>=1.44.8'"


@pytest.mark.parametrize(
    ("prefix", "marker", "command"),
    [
        ("venvs/vendorstrap", "pipx_metadata.json", f"pipx inject vendorstrap {WANTED}"),
        ("tools/vendorstrap", "uv-receipt.toml", f"uv pip install {WANTED} --python {{}}"),
        (
            "archive-v0/x7",
            "pyvenv.cfg",
            f"uvx --from {Path(__file__).parents[2]} --with {WANTED} bootstrap status --sandbox",
        ),
        ("srv/venv", "pyvenv.cfg", f"/srv/venv/bin/python -m pip install {WANTED}"),
    ],
)
def test_the_command_fits_the_installation(
    prefix: str, marker: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = tmp_path / prefix
    environment.mkdir(parents=True)
    (environment / marker).touch()
    monkeypatch.setattr(sys, "prefix", str(environment))
    monkeypatch.setattr(sys, "executable", "/srv/venv/bin/python")
    monkeypatch.setattr(sys, "argv", ["bootstrap", "status", "--sandbox"])
    assert install_command(PACKAGE) == command.format(environment)


def test_a_package_that_bootstrap_does_not_declare_is_named_as_it_is() -> None:
    assert install_command("other").endswith(" -m pip install other")
