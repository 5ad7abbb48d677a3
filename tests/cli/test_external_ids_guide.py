"""The page about external ids that come later: what it has a reader type works as typed, section by section."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Bootstrap
from tests.conftest import MakeScope
from tests.support.samples import trusted

PAGE = Path(__file__).parents[2] / "docs" / "external-ids.md"
COMMAND = re.compile(r"^(?:\d\. `)?bootstrap ((?:create|outputs|rotate) [^`\n]*)", re.MULTILINE)
"""In a block, or at the beginning of a step."""
SHOWN_BY_THE_VENDOR = {"ID": "3a9c41", "NEW": "9a1d44"}
VERBS = {
    "The vendor accepts an ARN before the role exists": ["outputs", "create"],
    "The vendor shows a whole trust policy": ["create"],
    "The role has to exist first": ["create", "create"],
    "Rotation": ["rotate", "rotate"],
}


@pytest.mark.parametrize("heading", VERBS)
def test_the_steps_of_a_section_work_as_typed(heading: str, bootstrap: Bootstrap, scope: MakeScope) -> None:
    text = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    scope().client("s3").create_bucket(Bucket="acme-lake")
    shown = {"Version": "2012-10-17", "Statement": [trusted("428641199958")]}
    Path("upsolver-trust.json").write_text(json.dumps(shown))
    if heading == "Rotation":
        assert bootstrap("create --integration upsolver-vpc --org-id acme --external-id 6f7e2c --yes").code == 0
    commands = COMMAND.findall(text)
    assert [line.split()[0] for line in commands] == VERBS[heading]
    for line in commands:
        for word, value in SHOWN_BY_THE_VENDOR.items():  # a reader puts the real one in the place of a word in capitals
            line = line.replace(f"--external-id {word}", f"--external-id {value}")
        ran = bootstrap(line if line.startswith("outputs") else f"{line} --yes")
        assert ran.code == 0, ran.err
