"""Rewrites the AWS managed policies that bootstrap explains, from AWS's documents as the package moto ships them.

Install the newest moto first (make lock), then run: .venv/bin/python -m scripts.refresh_managed_policies
The content depends only on that package.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from bootstrap.permissions.managed_policies import FILE
from scripts.refresh_iam_actions import packed

TARGET = Path(__file__).parents[1] / "bootstrap" / "permissions" / "data" / FILE


def content() -> dict[str, Any]:
    """The shape is described in bootstrap/permissions/managed_policies.py."""
    published = json.loads(aws_managed_policies_data)
    return {
        "source": f"moto {version('moto')}",
        "policies": {f"policy{found['Path']}{name}": _policy(found) for name, found in published.items()},
    }


def _policy(published: dict[str, Any]) -> dict[str, str]:
    return {
        "version": published["DefaultVersionId"],
        "updated": published["UpdateDate"][:10],
        "document": json.dumps(published["Document"], separators=(",", ":")),
    }


if __name__ == "__main__":
    TARGET.write_bytes(packed(content()))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
