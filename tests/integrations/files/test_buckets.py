"""A file that says how its roles use a bucket of the user gets what integrations in code have for such buckets."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples, inputs_of
from bootstrap.engine.refresh import ask
from bootstrap.errors import PlanRefused
from bootstrap.integrations.existing.buckets import Use, UsesBuckets
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from bootstrap.operations import create
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT, Deployment, bucket_of_others, everything_in, in_account
from tests.support.integration_files import FIVETRAN, problems_in
from tests.support.wire import Wire, error_answer

USES = """
[existing.bucket]
type = "s3_bucket"
for_each = "input.bucket"
name = "${each.name}"
uses = "read"
used_by = ["role"]
"""
FILE = FIVETRAN + USES
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
GIVEN = {"external_id": "armed_unleaded", "bucket": ["raw/2026"]}


def wanted(folder: Path, text: str = FILE, **given: Any) -> FileIntegration:
    (folder / "fivetran.toml").write_text(text)
    found = from_inputs(load(str(folder / "fivetran.toml")), {**GIVEN, **given})
    assert isinstance(found, FileIntegration)
    return found


def bucket(scope: MakeScope, key: str = "") -> None:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket="raw")
    if key:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket="raw", ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_it_has_the_options_for_such_buckets_and_another_file_has_not(tmp_path: Path) -> None:
    names = {item.name for item in inputs_of(type(wanted(tmp_path)))}
    assert {"kms_key", "bucket_owner"} <= names
    without = wanted(tmp_path, FIVETRAN)
    assert not isinstance(without, UsesBuckets)
    assert not {"kms_key", "bucket_owner"} & {item.name for item in inputs_of(type(without))}


def test_the_role_gets_the_key_of_a_bucket_and_loses_nothing_else(scope: MakeScope, tmp_path: Path) -> None:
    bucket(scope, KEY)
    before = everything_in(scope())
    deployment = Deployment(wanted(tmp_path), scope(), tmp_path)
    assert deployment.create() == ["role"]
    iam = scope().client("iam")
    assert sorted(iam.list_role_policies(RoleName="Fivetran")["PolicyNames"]) == ["Fivetran-S3-Access", "bucket-keys"]
    answer = iam.get_role_policy(RoleName="Fivetran", PolicyName="bucket-keys")
    [statement] = answer["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt"], [KEY])
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]}}
    assert deployment.create() == []
    deployment.destroy()
    assert everything_in(scope()) == before


def test_the_role_is_not_made_for_a_bucket_that_anyone_could_create(scope: MakeScope, tmp_path: Path) -> None:
    there = scope()
    session = Session(there.aws, there.aws.identities(["iam", "s3"]))
    with pytest.raises(PlanRefused) as caught:
        create(session, FileBackend(tmp_path / "state.json"), "acme", wanted(tmp_path))
    assert "there is no bucket raw (and anyone could create one with that name)" in str(caught.value.problems)
    assert there.client("iam").list_roles()["Roles"] == []


def test_a_bucket_that_may_not_be_read_is_refused_until_its_owner_is_named(
    scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    there, here = scope(), FileBackend(tmp_path / "state.json")
    bucket_of_others(in_account(there, OTHER_ACCOUNT), "raw")
    cloud.between = lambda call, carry: (
        error_answer(call, "AccessDenied", "Access Denied", 403) if call.service == "s3" and "raw" in call.url else carry()
    )
    session = Session(there.aws, there.aws.identities(["iam", "s3"]))
    with pytest.raises(PlanRefused) as caught:
        create(session, here, "acme", wanted(tmp_path))
    assert "If it belongs to another account, add: --bucket-owner raw=ACCOUNT" in str(caught.value.advice)
    made = create(session, here, "acme", wanted(tmp_path, bucket_owner=[OTHER_ACCOUNT]))
    assert made is not None
    assert '"raw"' in made.report.handoff.files["bucket-policies.json"]


def test_a_bucket_that_is_certainly_of_another_account_needs_no_owner(scope: MakeScope, tmp_path: Path) -> None:
    there = scope()
    bucket_of_others(in_account(there, OTHER_ACCOUNT), "raw")
    session = Session(there.aws, there.aws.identities(["iam", "s3"]))
    made = create(session, FileBackend(tmp_path / "state.json"), "acme", wanted(tmp_path))
    assert made is not None
    assert '"raw"' in made.report.handoff.files["bucket-policies.json"]


def test_the_owner_of_a_bucket_gets_a_policy_with_what_the_role_may_do_in_it(tmp_path: Path) -> None:
    found = wanted(tmp_path, bucket_owner=[f"raw={OTHER_ACCOUNT}"])
    handoff = found.build(Graph(examples(found)))
    [statement] = json.loads(handoff.files["bucket-policies.json"])["raw"]["Statement"]
    assert statement["Principal"]["AWS"] == ["arn:aws:iam::123456789012:role/Fivetran"]
    assert (statement["Action"], statement["Resource"][1:]) == (["s3:Get*", "s3:List*"], ["arn:aws:s3:::raw/2026/*"])
    assert handoff.steps[0].startswith("Send bucket-policies.json to the owner of raw")
    assert "bucket-policies.json" in type(found).handoff_files


def test_how_a_bucket_is_used_can_depend_on_an_input(tmp_path: Path) -> None:
    access = 'access = { type = "choice", choices = ["r", "w"], default = "r", help = "Let it read or write." }\n'
    written = USES.replace(".bucket]", ".written]", 1).replace('"read"', '"write"\nwhen = \'input.access == "w"\'')
    text = FILE.replace("\n[resources.role]", access + "\n[resources.role]", 1)
    text = text.replace('uses = "read"', 'uses = "read"\nwhen = \'input.access == "r"\'') + written
    for chosen, writes in (("r", False), ("w", True)):
        found = wanted(tmp_path, text, access=chosen, kms_key=[KEY])
        assert isinstance(found, UsesBuckets)
        assert found.uses == (Use("raw", "--bucket", writes),)
        [granted] = [each for each in found.statements if "kms:Decrypt" in each.actions]
        assert ("kms:GenerateDataKey" in granted.actions) is writes
    assert [each.action for each in found.lookup_permissions[DEFAULT]] != []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('uses = "read"', "", "existing.bucket.used_by: is only there together with uses"),
        ('uses = "read"', 'uses = "reads"', "existing.bucket.uses: must be read or write"),
        ('["role"]', '["rule"]', "existing.bucket.used_by: there is no role or policy rule"),
        ("${each.name}", "${each}", "existing.bucket.name: is not that of an input whose check is bucket or"),
        ("${each.name}", "raw", "existing.bucket.name: is not that of an input whose check is bucket or"),
        (
            'uses = "read"',
            'uses = "read"\nmay_be_unreadable = true\nif_missing = "Make it."',
            "existing.bucket.if_missing: cannot be there together with may_be_unreadable",
        ),
        ('uses = "read"', "may_be_unreadable = true", "existing.bucket.may_be_unreadable: is only there together with uses"),
        (
            'name = "Fivetran"\n',
            'name = "Fivetran"\nbucket_keys_in = "x"\n',
            "it has no inline policy x, its bucket_keys_in",
        ),
        ('uses = "read"', 'uses = "read"\ntags = { a = "b" }', "existing.bucket.uses: cannot be there together with prop"),
        ('name = "Fivetran"\n', 'name = "Fivetran"\npath = "/a/"\n', "used_by: cannot be role, which has when, for_each"),
        ("policies.Fivetran-S3-Access", "policies.bucket-keys", "used_by: cannot be role: bootstrap adds the policy"),
        ("[inputs]\n", '[inputs]\nkms_key = { type = "flag", help = "Use a key." }\n', "inputs.kms_key: is an option"),
        ("[inputs]\n", '[inputs]\nuses = { type = "flag", help = "Use it." }\n', "inputs.uses: is an option"),
        ("values = {", 'files = { "bucket-policies.json" = { text = "{}" } }\nvalues = {', "is the name of a file that"),
    ],
)
def test_what_is_wrong_with_it_is_reported(before: str, after: str, told: str, tmp_path: Path) -> None:
    assert before in FILE
    texts = [f"{each.path}: {each.text}" for each in problems_in(FILE.replace(before, after), tmp_path)]
    assert any(told in text for text in texts), texts


def test_a_policy_for_keys_is_only_for_a_role_that_uses_buckets(tmp_path: Path) -> None:
    text = FIVETRAN.replace('name = "Fivetran"\n', 'name = "Fivetran"\nbucket_keys_in = "Fivetran-S3-Access"\n')
    [found] = problems_in(text, tmp_path)
    assert (found.path, found.text) == ("resources.role.bucket_keys_in", "is only for a role that uses buckets")


def test_a_bucket_that_may_be_unreadable_is_reported_and_not_refused(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    bucket(scope)
    cloud.between = lambda call, carry: (
        error_answer(call, "AccessDenied", "Access Denied", 403) if call.service == "s3" and "raw" in call.url else carry()
    )
    found = wanted(tmp_path, FILE.replace('uses = "read"', 'uses = "read"\nmay_be_unreadable = true'))
    deployment = Deployment(found, scope(), tmp_path)
    assert deployment.create() == ["role"]
    accounts = {DEFAULT: deployment.session.accounts[DEFAULT]}
    told = [each.what for each in found.prechecks(accounts, partial(ask, deployment.session))]
    assert any("bucket raw (--bucket) cannot be read (403)" in text for text in told)


def test_the_bucket_that_an_input_names_alone_is_the_one_whose_owner_is_meant(tmp_path: Path) -> None:
    alone = USES.replace("existing.bucket", "existing.own").replace("each.name", "input.own").replace("for_each", "when", 1)
    own = 'own = { type = "text", check = "bucket", optional = true, help = "Use this." }\n\n[resources.role]'
    text = FILE.replace("[resources.role]", own, 1) + alone.replace('"input.bucket"', '"input.own"')
    found = wanted(tmp_path, text, own="mine", bucket_owner=[OTHER_ACCOUNT])
    assert isinstance(found, UsesBuckets)
    assert found.named_owners == {"mine": OTHER_ACCOUNT}


def test_a_refusal_says_how_to_do_without_a_bucket_that_may_be_left_out(tmp_path: Path) -> None:
    alone = USES.replace("existing.bucket", "existing.own").replace("each.name", "input.own").replace("for_each", "when", 1)
    own = 'own = { type = "text", check = "bucket", optional = true, help = "Use this." }\n\n[resources.role]'
    text = FILE.replace("[resources.role]", own, 1) + alone.replace('"input.bucket"', '"input.own"\nif_missing = "Or not."')
    graph = Graph([EXAMPLE])
    wanted(tmp_path, text, own="mine").build(graph)
    first, second = graph.if_missing
    assert "To do without it" not in first  # of a list
    assert second.splitlines() == [
        "If it belongs to another account, add: --bucket-owner mine=ACCOUNT",
        "Or not.",
        "To do without it, run the same command with: --own ''",
        "To create it first: aws s3 mb s3://mine --region us-east-1",
    ]


def test_nothing_is_wrong_with_it_otherwise(tmp_path: Path) -> None:
    assert problems_in(FILE, tmp_path) == []
