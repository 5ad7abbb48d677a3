"""Lists that a file makes of inputs, and statements about each of their values."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from bootstrap.operations.check_file import check_file
from tests.support.integration_files import FIVETRAN, problems_in

S3 = "arn:${partition}:s3:::"
PAGE = 'why = "Fivetran loads the files"\npage = "https://fivetran.com/docs/connectors/files/amazon-s3/setup-guide"\n'


def statement(sid: str, action: str, resource: str, *, when: str = "", loop: str = "list.places") -> str:
    head = f'\n[[resources.role.inline_policies.data]]\nsid = "{sid}"\nactions = ["{action}"]\nresources = ["{resource}"]\n'
    return head + (f"when = '{when}'\n" if when else "") + (f'for_each = "{loop}"\n' if loop else "") + PAGE


INPUTS = """
target = { type = "list", check = "bucket_prefix", help = "Let Fivetran write there, too.", optional = true }
archive = { type = "text", check = "bucket_prefix", help = "Let Fivetran read this, too.", optional = true }
access = { type = "choice", choices = ["read", "write"], default = "read", help = "Allow this use of the files." }

[[lists.places]]
value = "input.bucket"
[[lists.places]]
value = "input.target"
[[lists.places]]
value = "input.archive"
[[lists.written]]
value = "input.target"
[[lists.written]]
value = "input.bucket"
when = 'input.access == "write"'
"""
KEYS = """
[[lists.keys]]
value = "keys"
[existing.bucket]
type = "s3_bucket"
for_each = "input.bucket"
name = "${each.name}"
uses = "read"
used_by = ["role"]
"""
FILE = (
    FIVETRAN.replace("\n[resources.role]", INPUTS + "\n[resources.role]", 1)
    + statement("Find", "s3:ListBucket", S3 + "${each.name}")
    + statement("Read", "s3:GetObject", S3 + "${each.objects}", when="not each in list.written")
    + statement("Write", "s3:PutObject", S3 + "${each.objects}", when="each in list.written")
    + statement("All", "s3:GetBucketLocation", S3 + "${list.places.name}", loop="")
    + statement("Use", "s3:GetBucketTagging", S3 + "${list.written.name}", when="list.written", loop="")
)
WITH_KEYS = FILE + KEYS + statement("UseKey", "kms:Decrypt", "${list.keys}", when="list.keys", loop="")
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def wanted(folder: Path, text: str = FILE, **given: Any) -> FileIntegration:
    (folder / "fivetran.toml").write_text(text)
    found = from_inputs(load(str(folder / "fivetran.toml")), {"external_id": "armed_unleaded", **given})
    assert isinstance(found, FileIntegration)
    return found


def data(found: FileIntegration) -> list[tuple[str, list[str]]]:
    graph = Graph(examples(found))
    found.build(graph)
    document = graph.nodes["role"].resource.properties()["inline_policies"].get("data", {"Statement": []})
    return [(each["Sid"], [arn.removeprefix("arn:aws:s3:::") for arn in each["Resource"]]) for each in document["Statement"]]


def test_a_list_has_the_values_of_its_inputs_once_each_and_in_this_order(tmp_path: Path) -> None:
    found = wanted(tmp_path, bucket=["raw", "out/a"], target=["out/a", "new"], archive="old")
    assert dict(data(found))["All"] == ["raw", "out", "new", "old"]
    assert [sid for sid, _ in data(found) if sid.startswith("Find")] == ["Find1", "Find2", "Find3", "Find4"]


def test_statements_next_to_each_other_about_one_list_come_value_by_value(tmp_path: Path) -> None:
    found = data(wanted(tmp_path, bucket=["raw"], target=["out"]))
    assert [sid for sid, _ in found] == ["Find1", "Read1", "Find2", "Write2", "All", "Use"]
    assert [places for sid, places in found if sid == "Write2"] == [["out/*"]]


def test_a_part_counts_only_if_its_condition_holds(tmp_path: Path) -> None:
    found = data(wanted(tmp_path, bucket=["raw"], access="write"))
    assert [sid for sid, _ in found] == ["Find1", "Write1", "All", "Use"]
    assert [sid for sid, _ in data(wanted(tmp_path, bucket=["raw"]))] == ["Find1", "Read1", "All"]


def test_every_condition_about_lists_is_tried_and_nothing_is_unused(tmp_path: Path) -> None:
    (tmp_path / "fivetran.toml").write_text(WITH_KEYS)
    found = check_file(str(tmp_path / "fivetran.toml"))
    assert [each for each in found if each.severity == "error" or each.code in ("unchecked", "unused")] == []
    (tmp_path / "fivetran.toml").write_text(FILE + '\n[[lists.others]]\nvalue = "input.target"\n')
    assert "lists.others" in [each.path for each in check_file(str(tmp_path / "fivetran.toml")) if each.code == "unused"]


def test_a_key_for_no_certain_bucket_is_granted_by_the_file_and_the_others_through_s3(tmp_path: Path) -> None:
    found = wanted(tmp_path, WITH_KEYS, bucket=["raw"], kms_key=[KEY, f"raw={KEY}2"])
    kms = {each.sid: each for each in found.statements if "kms:Decrypt" in each.actions}
    assert {sid: each.resources for sid, each in kms.items()} == {"UseKey": (KEY,), "ReadWithKey1": (f"{KEY}2",)}
    assert not kms["UseKey"].conditions and kms["ReadWithKey1"].conditions
    graph = Graph(examples(found))
    own, of_bucket = [step for step in found.build(graph).steps if "may use the KMS key" in step]
    assert KEY + "2" in of_bucket and "kms:ViaService" in of_bucket
    assert "kms:ViaService" not in own
    assert json.loads(own[own.index("{") :])["Action"] == ["kms:Decrypt"]


def test_without_such_a_list_every_key_is_granted_through_s3(tmp_path: Path) -> None:
    text = FILE + KEYS.replace('[[lists.keys]]\nvalue = "keys"\n', "")
    found = wanted(tmp_path, text, bucket=["raw"], kms_key=[KEY])
    assert [each.sid for each in found.statements if "kms:Decrypt" in each.actions] == ["ReadWithKey1"]


def test_keys_of_buckets_go_into_the_policy_that_the_role_names(tmp_path: Path) -> None:
    text = WITH_KEYS.replace('name = "Fivetran"\n', 'name = "Fivetran"\nbucket_keys_in = "data"\n', 1)
    found = wanted(tmp_path, text, bucket=["raw"], kms_key=[f"raw={KEY}"])
    assert "ReadWithKey1" in dict(data(found))
    graph = Graph(examples(found))
    found.build(graph)
    assert list(graph.nodes["role"].resource.properties()["inline_policies"]) == ["Fivetran-S3-Access", "data"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('value = "input.archive"', 'value = "input.nothing"', "lists.places[2].value: input.nothing is not an input"),
        ('value = "input.archive"', 'value = "input.access"', "lists.places[2].value: input.access is not an input of"),
        ('value = "input.archive"', 'value = "input.external_id"', "input.external_id has another check than input.bucket"),
        ('value = "input.archive"', 'value = "archive"', "lists.places[2].value: 'archive' does not have the right form"),
        ('value = "input.archive"', 'value = "keys"', "is only there in a file that says how roles use buckets"),
        ("'input.access == \"write\"'", '"list.places"', "lists.written[1].when: list.places cannot be in this condition"),
        ("'input.access == \"write\"'", '"input.bucket.name"', "input.bucket.name cannot be in this condition"),
        ("[[lists.written]]", "[[lists.other]]", "list.written: is not in the file"),
        ("not each in list.written", "not each in input.bucket", "when: is not a condition"),
        ("not each in list.written", "not each.name in list.written", "when: is not a condition"),
        ("${list.places.name}", "${list.places.size}", "a value of list.places has no such part"),
        ("${list.places.name}", "${each.name}", "is only there with a for_each"),
        ('for_each = "list.places"', 'for_each = "list.place"', "for_each: there is no list.place"),
        (
            'for_each = "list.places"',
            'for_each = "input.archive"',
            "for_each: input.archive is not an input of the type list",
        ),
        ("[[lists.written]]", "[[lists.Written]]", "lists.Written: cannot have this name"),
        ('sid = "Use"', 'sid = "All"', "has two statements with the sid All"),
        ('sid = "Write"', 'sid = "Find"', "has two statements with the sid Find"),
        ('"${input.external_id}" }\n', '"${input.external_id}", again = "${list.places}" }\n', "names a list"),
    ],
)
def test_what_is_wrong_with_it_is_reported(before: str, after: str, told: str, tmp_path: Path) -> None:
    assert before in FILE
    texts = [f"{each.path}: {each.text}" for each in problems_in(FILE.replace(before, after), tmp_path, "fivetran.toml")]
    assert any(told in text for text in texts), texts


def test_two_statements_of_one_sid_are_an_error_only_if_both_can_be_there(tmp_path: Path) -> None:
    one = FILE.replace('sid = "Write"', 'sid = "Read"')
    assert problems_in(one, tmp_path, "fivetran.toml") == []
    both = one.replace("not each in list.written", "each.name")
    found = problems_in(both, tmp_path, "fivetran.toml")[0]
    assert found.path == "resources.role.inline_policies.data"
    assert found.text == "has two statements with the sid Read1 at the same time"
