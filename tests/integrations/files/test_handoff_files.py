"""What a file hands over: files of parts, lists in quotes, texts with several forms, and commands that work as printed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core import commands
from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration, examples, inputs_of
from bootstrap.errors import UsageError
from bootstrap.integrations.existing.buckets import UsesBuckets
from bootstrap.integrations.files.read import load
from bootstrap.integrations.files.words import suffix, word
from bootstrap.operations.check_file import check_file
from tests.support.integration_files import FOLDER, LAKE, problems_in, replaced

FILE = str(FOLDER / "lake.toml")
ROLE = "arn:aws:iam::111122223333:role/lake"
TYPED = {"external_id": "id-7", "trusted": ROLE}
POLICY = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": [ROLE, f"{ROLE}-2"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": ["id-7", "id-8"]}},
        }
    }
)


def lake(path: str = FILE, **given: Any) -> Integration:
    return from_inputs(load(path), {**({} if "policy" in given else TYPED), **given})


def handed(wanted: Integration) -> Handoff:
    return wanted.build(Graph(examples(wanted)))


def sql(**given: Any) -> str:
    return handed(lake(**given)).files["lake.sql"]


# A file that the user names


def test_a_file_gives_the_trust_its_principals_and_external_ids() -> None:
    wanted = lake(policy=POLICY, bucket="raw-data")
    graph = Graph(examples(wanted))
    wanted.build(graph)
    [found] = graph.nodes["role"].resource.properties()["trust"]["Statement"]
    assert found["Principal"] == {"AWS": [ROLE, f"{ROLE}-2"]}
    assert found["Condition"] == {"StringEquals": {"sts:ExternalId": ["id-7", "id-8"]}}
    assert wanted.to_json()["policy"] == POLICY
    [item] = [item for item in inputs_of(type(wanted)) if item.name == "policy"]
    assert (item.file, item.metavar, item.required) == (True, "FILE", False)


def test_a_file_that_its_check_refuses_is_an_error_of_the_input_with_the_advice_of_the_integration() -> None:
    with pytest.raises(UsageError) as caught:
        lake(policy=POLICY.replace(ROLE, "*"), bucket="raw-data")
    assert caught.value.message == "--policy: '*' is not the ARN of a role or user (arn:aws:iam::111122223333:role/NAME)"
    assert caught.value.advice == "Copy the whole policy from Lake's page again."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "Name the data."),
        ({"policy": POLICY, "external_id": "id-7", "bucket": "raw-data"}, "Say whom to trust."),
        ({"policy": POLICY, "trusted": ROLE, "bucket": "raw-data"}, "The policy already says whom to trust."),
        ({"trusted": None, "bucket": "raw-data"}, "Name Lake's role beside the external id."),
    ],
)
def test_the_rules_hold_for_files_too(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        handed(lake(**given))
    assert caught.value.message == told


def test_one_of_the_inputs_that_a_rule_asks_for_is_enough_and_so_are_all() -> None:
    assert handed(lake(stream="s")) and handed(lake(stream="s", bucket="raw-data"))


# Files of parts


def test_a_file_has_the_parts_whose_condition_holds() -> None:
    store = "CREATE STORE lake_s3\n  ROLE = '@{role.arn}' ID = 'id-7'\n  PATHS = ('s3://raw-data/') HOME = 's3://raw-data/'"
    stream = "CREATE STREAM lake_stream NAMES = ('clicks');\n"
    assert sql(bucket="raw-data") == f"{store}\n  ALONE = TRUE;\n"
    assert sql(stream="clicks") == stream
    assert sql(bucket="raw-data", stream="clicks") == f"{store};\n{stream}"


def test_a_list_in_quotes_is_each_value_in_its_quotes() -> None:
    found = sql(bucket=["raw-data", "b-2/it's; DROP"], stream=["a", "b"])
    assert "PATHS = ('s3://raw-data/', 's3://b-2/it''s; DROP/') HOME = 's3://raw-data/'" in found
    assert "NAMES = ('a', 'b');" in found


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("json", '{"paths": ["s3://${input.bucket}"]}', '{"paths": ["s3://b-1", "s3://b-2"]}'),
        ("shell", "for each in '${input.bucket}'; do", "for each in 'b-1' 'b-2'; do"),
        ("sql", 'GRANT "${input.bucket}" -- it\'s', 'GRANT "b-1", "b-2" -- it\'s'),
    ],
)
def test_a_list_is_one_of_the_language(quote: str, text: str, found: str, tmp_path: Path) -> None:
    content = LAKE[: LAKE.index('[handoff.files."lake.sql"]')]
    content += f"[handoff.files.\"lake.sql\"]\nquote = \"{quote}\"\nwhen = \"input.bucket\"\ntext = '''{text}'''\n"
    content = content.replace('check = "bucket_prefix"', 'check = "bucket"').replace("input.bucket.objects", "input.bucket")
    path = tmp_path / "lake.toml"
    path.write_text(content)
    assert handed(lake(str(path), bucket=["b-1", "b-2"])).files["lake.sql"] == found


def test_quotes_are_found_in_all_parts_together(tmp_path: Path) -> None:
    """A value between two quotes that belong to other parts has none around it."""
    text = LAKE.replace('text = ";\\n"', 'text = " \'"')
    text = text.replace("\nCREATE STREAM ${text.words}_stream NAMES = ('${input.stream}');\n", "' ${input.stream.first} '")
    assert text.count("' ${input.stream.first} '") == 1
    found = [(each.path, each.text[:23]) for each in problems_in(text, tmp_path)]
    assert ('handoff.files."lake.sql".parts', "puts input.stream where") in found


def test_the_condition_of_a_part_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "lake.toml"
    path.write_text(replaced(LAKE, "input.bucket and not input.stream", "input.bucket and not input.bucket"))
    found = [each.path for each in check_file(str(path)) if each.code == "unchecked"]
    assert found == ['handoff.files."lake.sql".parts[1]']


# Texts


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "lake"),
        ({"role_prefix": "acme-"}, "lake_acme"),
        ({"role_prefix": "2nd+team."}, "lake_2nd_team__ebf5feb8"),
        ({"role_prefix": "acme-", "words": "Lake_2"}, "Lake_2"),
    ],
)
def test_a_text_is_the_first_form_that_names_nothing_that_is_missing(given: dict[str, str], name: str) -> None:
    assert f"CREATE STREAM {name}_stream " in sql(stream="s", **given)
    assert handed(lake(stream="s", **given)).values["External id"] == "id-7"
    assert handed(lake(stream="s", policy=POLICY)).values["External id"] == "id-7"


def test_no_two_role_prefixes_give_the_same_suffix() -> None:
    prefixes = ["", "+", "-", "_", "a", "a-", "a_", "a+", "a.", "-a", "-a-", "a--", "a-b-", "a_b-", "a-b", "ab-", "a__b-"]
    assert len({suffix(prefix) for prefix in prefixes}) == len(prefixes)
    assert all(set(suffix(prefix)) <= set("_abcdef0123456789") for prefix in prefixes)
    assert word("us-gov-west-1") == "us_gov_west_1"


def test_a_text_that_would_be_very_long_is_an_error_of_its_input(tmp_path: Path) -> None:
    path = tmp_path / "lake.toml"
    path.write_text(
        replaced(LAKE, 'first_of = ["${input.external_id}"', 'first_of = ["${input.external_id}${input.external_id}"')
    )
    with pytest.raises(UsageError) as caught:
        handed(lake(str(path), stream="s", external_id="x" * 1_200))
    assert caught.value.message == "--external-id: text.external_id of lake would have 2,400 characters"


# Keys of buckets

USES = """
[existing.bucket]
type = "s3_bucket"
for_each = "input.bucket"
name = "${each.name}"
uses = "read"
used_by = ["policy"]

[resources.policy]
type = "iam_policy"
name = "LakeData"

[[resources.policy.document]]
sid = "Find"
actions = ["s3:ListBucket"]
resources = ["arn:${partition}:s3:::${input.bucket.name}"]
why = "Lake lists the objects"
page = "https://lake.example/aws"

[[resources.policy.document]]
sid = "Streams"
actions = ["kinesis:ListStreams"]
resources = ["*"]
why = "Lake lists the streams"
page = "https://lake.example/aws"

[resources.attachment]
type = "iam_role_attachment"
role = "${role.name}"
policy_arn = "${policy.arn}"
purpose = "Lake reads with it"
page = "https://lake.example/aws"

[resources.other]
type = "iam_role"
name = "LakeAudit"

[[resources.other.trust]]
sid = "Audit"
principals = { Service = ["ec2.amazonaws.com"] }
actions = ["sts:AssumeRole"]
why = "Servers look at the settings"
page = "https://lake.example/aws"

[resources.audit]
type = "iam_role_attachment"
role = "${other.name}"
policy_arn = "arn:${partition}:iam::aws:policy/SecurityAudit"
purpose = "Servers look at the settings"
page = "https://lake.example/aws"

[handoff]
"""
WITH_KEYS = LAKE.replace("\n[handoff]\n", USES).replace(
    '"\\n  ALONE = TRUE"', "\"\\n  KEY = '${input.bucket.kms_key}'\""
).replace('when = "input.bucket and not input.stream"', 'when = "input.bucket.kms_key"')  # fmt: skip
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("keys", "has_key"),
    [
        ((), False),
        ((f"b-1={KEY}",), False),
        ((KEY,), True),
        ((f"b-1={KEY}", f"b-2={KEY}"), True),
        ((KEY, f"b-2={KEY}2"), False),
    ],
)
def test_a_list_of_buckets_has_the_key_that_all_of_them_have(keys: tuple[str, ...], has_key: bool, tmp_path: Path) -> None:
    path = tmp_path / "lake.toml"
    path.write_text(WITH_KEYS)
    text = handed(lake(str(path), bucket=["b-1/a", "b-2"], kms_key=keys)).files["lake.sql"]
    assert (f"KEY = '{KEY}'" in text) is has_key
    assert "KEY" not in text or has_key


def test_a_policy_that_uses_buckets_gets_the_permissions_for_their_keys_and_its_roles_are_named(tmp_path: Path) -> None:
    path = tmp_path / "lake.toml"
    path.write_text(WITH_KEYS)
    wanted = lake(str(path), bucket=["b-1"], kms_key=[f"b-1={KEY}"], role_prefix="acme-")
    assert isinstance(wanted, UsesBuckets)
    graph = Graph(examples(wanted))
    handoff = wanted.build(graph)
    policy = graph.nodes["policy"].resource.properties()["document"]["Statement"]
    assert [each["Sid"] for each in policy] == ["Find", "ReadWithKey1", "Streams"]
    assert "bucket-keys" not in graph.nodes["role"].resource.properties()["inline_policies"]
    assert (wanted.users, wanted.using) == (("acme-Lake",), ("policy",))
    assert any("acme-Lake may use the KMS key" in step for step in handoff.steps)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            'policy_arn = "${policy.arn}"',
            'policy_arn = "arn:${partition}:iam::aws:policy/SecurityAudit"',
            "no role of the file",
        ),
        ('name = "LakeData"', 'name = "LakeData"\nwhen = "input.bucket"', "cannot be policy, which has when"),
        ('name = "Lake"\n', 'name = "Lake"\npath = "/a/"\n', "cannot be policy, which a role with a path has"),
    ],
)
def test_what_is_wrong_with_a_policy_that_uses_buckets_is_reported(
    before: str, after: str, told: str, tmp_path: Path
) -> None:
    assert problems_in(WITH_KEYS, tmp_path) == []
    assert any(told in each.text for each in problems_in(replaced(WITH_KEYS, before, after), tmp_path))


# Commands


def test_a_command_in_a_step_works_as_it_is_printed() -> None:
    handoff = handed(lake(stream="s"))
    filled = Handoff.from_json(handoff.to_json(), lambda address, name: None, ["--name", "it's"])
    create = commands.bootstrap("create", integration=FILE, words="lake_123456789012_us_east_1", flags=["--name", "it's"])
    assert filled.steps[0] == f"Names at Lake that begin with lake_ may be taken. Choose others with: {create}"
    assert (
        filled.later[-1]
        == f"When you no longer need it, run: {commands.bootstrap('destroy', flags=['--name', chr(39).join(['it', 's'])])}"
    )


def test_a_command_has_no_value_that_create_would_refuse() -> None:
    """A long name is cut; where that is not enough, there is neither the command nor the step that names it."""
    long = handed(lake(stream="s", words="x" * 63))
    assert long.verbs["rename"][-1] == f"{'x' * 30}_123456789012_us_east_1"
    far = lake(stream="s")
    found = far.build(Graph([replace(EXAMPLE, region="x" * 60)]))
    assert found.verbs == {"destroy": ["destroy"]}
    assert [text[:3] for text in (*found.steps, *found.later)] == ["Run", "Whe"]


def test_a_file_without_commands_has_none() -> None:
    assert handed(load(str(FOLDER / "fivetran.toml")).example()).verbs == {}
