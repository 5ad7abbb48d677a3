"""Writes dist/vendorstrap-VERSION.cdx.json, a CycloneDX list of all that an installation has: `make sbom`.

The wheel is built and installed alone into an empty environment, with the sandbox, in the versions of requirements.lock.
What is there then is listed. Source: CycloneDX specification 1.6; cyclonedx-bom docs, `cyclonedx-py environment`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bootstrap import __version__

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def write_sbom(folder: Path, *, validate: bool = True) -> Path:
    """The file. `validate` compares it with CycloneDX's schema, which takes 20 seconds.

    Raises CalledProcessError when a tool refuses, with its message on stderr.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"vendorstrap-{__version__}.cdx.json"
    with tempfile.TemporaryDirectory() as place:
        python = Path(place) / "environment" / "bin" / "python"
        _run("uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", place)
        [wheel] = Path(place).glob("*.whl")
        _run("uv", "venv", "--quiet", "--python", sys.executable, python.parents[1])
        locked = ("--constraint", ROOT / "requirements.lock")
        _run("uv", "pip", "install", "--quiet", "--python", python, *locked, f"{wheel}[sandbox]")
        _run(
            "cyclonedx-py", "environment", "--pyproject", ROOT / "pyproject.toml", "--mc-type", "application",
            "--output-reproducible", "--output-format", "JSON", "--output-file", written,
            *(() if validate else ("--no-validate",)), python,
        )  # fmt: skip
    content = json.loads(written.read_text(encoding="utf-8"))
    own = {"version": __version__, "purl": f"pkg:pypi/vendorstrap@{__version__}"}  # which pyproject.toml leaves to the code
    content["metadata"]["component"].update(own)
    written.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return written


def _run(tool: str, *words: str | Path) -> None:
    subprocess.run([BIN / tool, *words], cwd=ROOT, check=True, env={**os.environ, "VIRTUAL_ENV": ""})


if __name__ == "__main__":
    print(write_sbom(ROOT / "dist"))
