"""docs/export.md names exactly the integrations that are not exported."""

import re
from pathlib import Path

from bootstrap.integrations import names
from tests.support.comparing import is_exportable
from tests.support.inputs import example

GUIDE = Path(__file__).parents[2] / "docs" / "export.md"


def test_the_guide_names_what_is_not_exported() -> None:
    table = GUIDE.read_text(encoding="utf-8").split("## What is not exported")[1]
    named = {word for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for word in re.findall("`([a-z0-9-]+)`", row)}
    assert named == {name for name in names() if not is_exportable(example(name))}
