"""The built wheel, installed as users do it: by pipx, as a tool of uv, and for one run by uvx. Nothing of this folder is
found there. Without moto first: what bootstrap then advises is run as printed, and the sandbox works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.processes import environment
from tests.test_distribution import built

BIN = Path(sys.executable).parent
FOLDERS = ("PIPX_HOME", "PIPX_MAN_DIR", "PIPX_COMPLETION_DIR", "UV_TOOL_DIR")
"""Where the tools would otherwise write into the home of whoever runs the tests."""
PLAN = "bootstrap plan --integration upsolver-vpc --external-id ext-1 --org-id acme --sandbox --no-preflight"


@dataclass(frozen=True)
class Home:
    """A folder in which the tools keep what they install; `start` is what stands for `bootstrap` there."""

    folder: Path
    start: str = "bootstrap"
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Runs the line in a shell, as a user who has pipx and uv, and the index that pip has."""
        path = os.pathsep.join((str(self.folder / "bin"), str(self.folder / "tools"), "/usr/bin", "/bin"))
        own = {name: value for name, value in environment().items() if not name.startswith("PYTHON")}
        places = {name: str(self.folder / name.lower()) for name in FOLDERS}
        bins = {name: str(self.folder / "bin") for name in ("PIPX_BIN_DIR", "UV_TOOL_BIN_DIR")}
        pythons = {"PIPX_DEFAULT_PYTHON": sys.executable, "UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never"}
        given = {**own, **places, **bins, **pythons, **self.settings, "PATH": path, "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.run(command, shell=True, cwd=self.folder, env=given, capture_output=True, text=True)

    def bootstrap(self, line: str) -> "subprocess.CompletedProcess[str]":
        return self.run(self.start + line.removeprefix("bootstrap"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def index() -> dict[str, str]:
    """uv reads no configuration of pip."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    return {} if asked.returncode else {"UV_DEFAULT_INDEX": asked.stdout.strip()}


INSTALL = {
    "pipx": ("pipx install {}", "bootstrap"),
    "uv tool": ("uv tool install {}", "bootstrap"),
    "uvx": ("uvx --from {} bootstrap --version", "uvx --from {} bootstrap"),
}


@pytest.fixture
def home(tmp_path: Path, index: dict[str, str]) -> Iterator[Home]:
    (tmp_path / "tools").mkdir()
    for name in ("pipx", "uv", "uvx"):
        (tmp_path / "tools" / name).symlink_to(BIN / name)
    yield Home(tmp_path, settings=index)


def installed(home: Home, way: str, what: str) -> Home:
    install, start = (words.format(f"'{what}'") for words in INSTALL[way])
    ran = home.run(install)
    assert ran.returncode == 0, ran.stderr
    return Home(home.folder, start, home.settings)


@pytest.mark.parametrize("way", INSTALL)
def test_the_advice_for_the_sandbox_works_as_printed(way: str, home: Home, wheel: Path) -> None:
    home = installed(home, way, str(wheel))
    assert home.bootstrap("bootstrap docs ci").stdout.startswith("# Plan, apply and watch in CI")
    refused = home.bootstrap(PLAN)
    assert refused.returncode == 1
    assert "the sandbox needs moto, which is not installed" in refused.stderr
    advised = home.run(refused.stderr.rpartition("Run: ")[2].strip())
    assert advised.returncode == 0, refused.stderr + advised.stderr
    planned = advised if way == "uvx" else home.bootstrap(PLAN)
    home.bootstrap("bootstrap sandbox stop")
    assert "Plan: 4 to create." in planned.stdout, planned.stderr


@pytest.mark.parametrize("way", ["pipx", "uvx"])
def test_with_the_extra_the_sandbox_works_at_once_and_pipx_shows_man_pages_and_completion(
    way: str, home: Home, wheel: Path
) -> None:
    home = installed(home, way, f"{wheel}[sandbox]")
    planned = home.bootstrap(PLAN)
    home.bootstrap("bootstrap sandbox stop")
    assert "Plan: 4 to create." in planned.stdout, planned.stderr
    if way == "pipx":
        assert (home.folder / "pipx_man_dir" / "man1" / "bootstrap-create.1").exists()
        shells = (
            "bash-completion/completions/bootstrap",
            "zsh/site-functions/_bootstrap",
            "fish/vendor_completions.d/bootstrap.fish",
        )
        assert [shell for shell in shells if not (home.folder / "pipx_completion_dir" / shell).exists()] == []
