"""How bootstrap was installed, for advice that adds a package: in another environment the package would change nothing."""

import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bootstrap.core import commands

DISTRIBUTION = "vendorstrap"


def install_command(package: str) -> str:
    """The command that adds a package, as "moto[server]", in a version that bootstrap takes, to this very installation.

    None of them asks an index for bootstrap itself, unless it came from there: under its name there may be somebody else's.

    Sources: pipx docs, `inject` (environments below venvs, with pipx_metadata.json); uv docs, tools (uv-receipt.toml is in
    the environment of a tool, and that of a run is in the cache; `uv pip install --python`).
    """
    environment, wanted = Path(sys.prefix), _requirement(package)
    if environment.parent.name == "venvs" and (environment / "pipx_metadata.json").exists():
        return commands.command("pipx", "inject", arguments=[environment.name, wanted])
    if environment.parent.name.startswith(
        ("archive-v", "environments-v")
    ):  # of uvx, which makes one for each set of packages
        return commands.quoted("uvx", "--from", _origin(), "--with", wanted, "bootstrap", *sys.argv[1:])
    if (environment / "uv-receipt.toml").exists() or not find_spec("pip"):
        return commands.command("uv", "pip", "install", arguments=[wanted], python=sys.prefix)
    return commands.command(sys.executable, "-m", "pip", "install", arguments=[wanted])


def _requirement(package: str) -> str:
    """The package as our own metadata names it, with its versions."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        declared = [item.partition(";")[0].strip() for item in requires(DISTRIBUTION) or ()]
    except PackageNotFoundError:  # it runs from a folder that was never installed
        declared = []
    return next((item for item in declared if item.startswith(package)), package)


def _origin() -> str:
    """What bootstrap was installed from. Source: PyPA specifications, direct_url.json."""
    import json
    from importlib.metadata import distribution

    match json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}"):
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            return f"{vcs}+{url}@{commit}"
        case {"url": str(url)} if url.startswith("file:"):
            return unquote(urlsplit(url).path)
        case {"url": str(url)}:
            return url
    return DISTRIBUTION
