"""The list of what an installation has: all of it, in the locked versions, and nothing of the developers' tools."""

import json
from pathlib import Path

from bootstrap import __version__
from scripts.sbom import ROOT, write_sbom


def test_it_lists_what_is_installed_in_the_locked_versions(tmp_path: Path) -> None:
    content = json.loads(write_sbom(tmp_path, validate=False).read_text(encoding="utf-8"))
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    own = content["metadata"]["component"]
    assert (own["name"], own["version"]) == ("vendorstrap", __version__)
    listed = {item["name"].lower().replace("_", "-"): item["version"] for item in content["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert {"boto3", "typer", "moto"} <= set(listed)
    assert {name for name in listed if name in ("mypy", "pytest", "playwright")} == set()
    assert {name: version for name, version in listed.items() if f"\n{name}=={version}" not in f"\n{lock}"} == {}
    assert all(item["purl"] for item in content["components"])
    assert str(tmp_path) not in json.dumps(content)
