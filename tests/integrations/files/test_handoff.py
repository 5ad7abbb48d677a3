"""The hand-off of a file: values with alternatives, steps with conditions, and what it says about the region's STS."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, examples
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from tests.support.integration_files import FIVETRAN, problems_in, replaced

INPUTS = """
archive = { type = "text", check = "bucket", help = "Copy to this bucket.", optional = true }
silent = { type = "flag", help = "Send no messages." }
"""
STEPS = """steps = [
  "Paste the role's ARN.",
  { text = "Turn on messages for ${role.name}.", when = "not input.silent" },
  { text = "Name the archive ${input.archive}." },
]
regional_sts = true
"""
FILE = FIVETRAN.replace("\n[resources.role]", INPUTS + "\n[resources.role]", 1)
FILE = replaced(FILE, FIVETRAN[FIVETRAN.index('steps = ["Paste') : FIVETRAN.index("before_destroy")], STEPS)
FILE = replaced(FILE, 'values = { "Role ARN"', 'values = { "Target" = ["${input.archive}", "${account.id}"], "Role ARN"')
FILE = replaced(FILE, '["Delete the connection at Fivetran."]', '[{ text = "Delete it.", when = "input.archive" }]')


def handoff(folder: Path, region: str = "us-east-1", **given: Any) -> Handoff:
    (folder / "fivetran.toml").write_text(FILE)
    kind = load(str(folder / "fivetran.toml"))
    found = from_inputs(kind, {"external_id": "armed_unleaded", "bucket": ["raw"], **given})
    assert isinstance(found, FileIntegration)
    return found.build(Graph(replace(each, region=region) for each in examples(found)))


def test_of_several_texts_a_value_is_the_first_that_is_there(tmp_path: Path) -> None:
    assert handoff(tmp_path).values["Target"] == "123456789012"
    assert handoff(tmp_path, archive="old").values["Target"] == "old"


def test_a_step_is_left_out_if_its_condition_does_not_hold_or_it_names_what_is_not_there(tmp_path: Path) -> None:
    assert handoff(tmp_path).steps == ("Paste the role's ARN.", "Turn on messages for @{role.name}.")
    assert handoff(tmp_path, silent=True, archive="old").steps == ("Paste the role's ARN.", "Name the archive old.")
    assert handoff(tmp_path).before_destroy == ()
    assert handoff(tmp_path, archive="old").before_destroy == ("Delete it.",)


def test_a_label_or_a_tag_can_be_called_as_a_key_of_the_format(tmp_path: Path) -> None:
    text = replaced(FILE, 'values = { "Target"', 'values = { "when" = "Now, or later", "Target"')
    text = replaced(text, 'name = "Fivetran"\n', 'name = "Fivetran"\ntags = { sid = "a", when = "1 +", harden = "b" }\n')
    assert problems_in(text, tmp_path, "fivetran.toml") == []


def test_where_sts_can_be_switched_off_it_says_beside_the_steps_what_to_do(tmp_path: Path) -> None:
    assert "If Fivetran gets RegionDisabledException" in handoff(tmp_path, "eu-west-1").later[-1]
    assert "RegionDisabledException" not in str(handoff(tmp_path, "us-east-1"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"not input.silent"', '"not input.loud"', "handoff.steps[1].when: input.loud: there is no such input"),
        ('when = "input.archive"', 'when = "input"', "handoff.before_destroy[0].when: is not a condition"),
        ("${input.archive}.", "${input.other}.", "handoff.steps[2].text: ${input.other}: there is no such input"),
        ('{ text = "Name', '{ what = "Name', "handoff.steps[2].what: is not a key of this table"),
        ('["${input.archive}", "${acc', '["${input.other}", "${acc', "values.Target[0]: ${input.other}: there is no such"),
        ('["${input.archive}", "${account.id}"]', "[7]", "handoff.values.Target[0]: must be text"),
        ("regional_sts = true", 'regional_sts = "yes"', "handoff.regional_sts: must be true or false"),
        ('"Paste the role\'s ARN.",', "7,", "handoff.steps[0]: has a type of value that it cannot have"),
    ],
)
def test_what_is_wrong_with_it_is_reported(before: str, after: str, told: str, tmp_path: Path) -> None:
    assert before in FILE
    texts = [f"{each.path}: {each.text}" for each in problems_in(FILE.replace(before, after, 1), tmp_path, "fivetran.toml")]
    assert any(told in text for text in texts), texts
