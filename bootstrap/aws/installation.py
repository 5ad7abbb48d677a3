"""How bootstrap was installed, for advice that adds a package: in another environment the package would change nothing."""

import sys
from pathlib import Path

from bootstrap.core import commands


def install_command(package: str) -> str:
    """The command that adds a package to this very installation, as "botocore[crt]".

    Sources: pipx docs, `inject` (environments below pipx/venvs/NAME); uv docs, tools (below uv/tools/NAME, `--with`).
    """
    parts = Path(sys.prefix).parts
    match parts[-3:-1]:
        case ("pipx", "venvs"):
            return commands.command("pipx", "inject", arguments=[parts[-1], package])
        case ("uv", "tools"):
            return commands.command("uv", "tool", "install", arguments=[parts[-1]], flags=["--with", package])
    return commands.command(sys.executable, "-m", "pip", "install", arguments=[package])
