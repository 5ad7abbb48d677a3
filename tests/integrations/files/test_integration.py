"""What a file comes to with a user's inputs: resources, statements, the hand-off, and what the user is told."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.account import DEFAULT, EXAMPLE, Account, SignIn
from bootstrap.core.build import build
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, examples, inputs_of
from bootstrap.core.pending import marker, pending
from bootstrap.core.policy import Statement
from bootstrap.errors import UsageError
from bootstrap.integrations.files.examples import example_values
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from bootstrap.permissions.review import review
from bootstrap.permissions.role_grants import grants_by_role
from bootstrap.views.review_words import access_words
from tests.support.integration_files import ACME, FIVETRAN, FOLDER, replaced

ACCOUNT = EXAMPLE.id
GIVEN = {"external_id": "ext-1", "bucket": ["raw/a", "other"]}
WRITES = {"external_id": "ext-1", "target": "results"}

AUDITED = """
[resources.audit]
type = "iam_role_attachment"
for_each = "input.bucket"
role = "${role.name}"
policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"

[resources.policy]
type = "iam_policy"
name = "all"

[[resources.policy.document]]
sid = "All"
actions = ["sts:AssumeRole"]
resources = ["${role.arn}"]
why = "Fivetran goes from one to the other"
page = "https://acme.example/aws"
"""


def load_text(text: str, folder: Path) -> type[FileIntegration]:
    (folder / "acme.toml").write_text(text)
    return load(str(folder / "acme.toml"))


def acme(given: Mapping[str, Any] = GIVEN, text: str = ACME, folder: Path = FOLDER) -> FileIntegration:
    """Acme with these inputs."""
    kind = load(str(FOLDER / "acme.toml")) if text == ACME else load_text(text, folder)
    found = from_inputs(kind, given)
    assert isinstance(found, FileIntegration)
    return found


def built(wanted: FileIntegration, **account: str) -> tuple[Graph, Handoff]:
    changes: dict[str, Any] = account
    graph = Graph(replace(each, **changes) for each in examples(wanted))
    return graph, wanted.build(graph)


def role(wanted: FileIntegration, address: str = "role") -> dict[str, Any]:
    return built(wanted)[0].nodes[address].resource.properties()


def statements(wanted: FileIntegration, policy: str) -> dict[str, dict[str, Any]]:
    """By Sid."""
    content = role(wanted)["trust"] if policy == "trust" else role(wanted)["inline_policies"].get(policy, {"Statement": []})
    return {each["Sid"]: each for each in content["Statement"]}


def refusal(given: Mapping[str, Any], text: str = ACME, folder: Path = FOLDER) -> str:
    with pytest.raises(UsageError) as caught:
        built(acme(given, text, folder))
    return f"{caught.value.message} {caught.value.advice}"


# The class


def test_a_file_becomes_a_class_with_its_inputs_as_options() -> None:
    found = load(str(FOLDER / "acme.toml"))
    about_it = {"--external-id-later", "--previous-external-id"}  # which every integration with an external id has
    inputs = {item.flag: item for item in inputs_of(found) if not item.shared}
    assert about_it < inputs.keys()
    assert {flag: (item.kind, item.required, item.default) for flag, item in inputs.items() if flag not in about_it} == {
        "--external-id": ("text", True, None),
        "--site": ("text", False, "us"),
        "--bucket": ("list", False, ()),
        "--target": ("text", False, None),
        "--tenant": ("text", False, None),
        "--token": ("text", False, None),
        "--hours": ("text", False, "7200"),
        "--trial": ("flag", False, False),
        "--data-profile": ("text", False, None),
        "--data-role-arn": ("text", False, None),
        "--harden": ("flag", False, False),
    }
    assert inputs["--site"].choices == ("us", "eu", "gov")
    assert inputs["--token"].generated
    assert inputs["--external-id"].question == "Which external id does Acme show you?"
    assert (found.name, found.title[:4], found.partition) == ("acme", "Acme", "aws")
    assert (found.handoff_files, found.pages) == (
        ("acme.json", "output.txt"),
        ("https://acme.example/aws", "https://acme.example/list.json"),
    )
    assert [isinstance(each, Deviation) and each.limited_by for each in found.deviations] == ["harden"]
    assert (found.costs, found.unverified, found.side_effects) == (
        ("Requests cost what S3 charges.",),
        ("whether Acme still needs s3:GetBucketLocation",),
        ("Acme keeps a copy of what it has read.",),
    )


def test_it_knows_its_file_and_the_digest_of_it_and_is_named_by_the_file() -> None:
    path = str(FOLDER / "fivetran.toml")
    found = load(path)
    assert (found.file, found.word(), len(found.digest)) == (path, path, 64)
    assert load(path) is found


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(FIVETRAN)
    before = load(str(path))
    path.write_text(replaced(FIVETRAN, "reads files from", "copies files from"))
    assert load(str(path)).title != before.title
    assert load(str(path)).digest != before.digest


def test_json_of_the_same_shape_is_the_same_integration(tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(json.dumps(tomllib.loads(ACME), indent=1))
    found = from_inputs(load(str(tmp_path / "acme.json")), GIVEN)
    assert isinstance(found, FileIntegration)
    assert built(found)[0].as_json() == built(acme())[0].as_json()


def test_errors_in_json_have_lines_too(tmp_path: Path) -> None:
    content = tomllib.loads(ACME)
    content["resources"]["role"]["nome"] = "a"
    text = json.dumps(content, indent=1)
    (tmp_path / "acme.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path / "acme.json"))
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if '"nome"' in each)
    assert f"acme.json, line {line}: resources.role.nome: is not a property of iam_role" in caught.value.message


def test_the_example_can_be_built_and_explained() -> None:
    for name in ("acme", "fivetran"):
        example = load(str(FOLDER / f"{name}.toml")).example()
        assert built(example)[0].validate() == []
        assert review(example).entrants[0].external_id


# Inputs


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tenant": "T-1"}, "--tenant: 'T-1' is not right: it should look like t-"),
        ({"tenant": "t" * 201}, "at most 200 characters"),
        ({"hours": "60"}, "--hours: '60' is not a whole number from 3,600 to 43,200"),
        ({"hours": "1h"}, "--hours: '1h' is not a whole number from 3,600 to 43,200"),
        ({"site": "asia"}, "--site: 'asia' is not one of us, eu, gov"),
        ({"target": "No"}, "--target: a bucket name has 3 to 63"),
        ({"bucket": []}, "Name either a bucket to read or one to write to. It is about --bucket, --target."),
        ({"target": "results"}, "Name either a bucket to read or one to write to."),
        ({"bucket": [], "target": "results", "site": "eu"}, "In the EU, Acme writes for named tenants only."),
        ({"bucket": [], "target": "results", "trial": True}, "In its trial, Acme does not write."),
        ({"site": "gov"}, "--site: there is nothing for gov Choose one of: us, eu."),
    ],
)
def test_what_an_input_or_a_rule_refuses(given: Mapping[str, Any], told: str) -> None:
    assert told in refusal({**GIVEN, **given})


def test_a_rule_that_is_kept_refuses_nothing() -> None:
    assert built(acme({**WRITES, "site": "eu", "tenant": "t-00ff"}))[0].nodes


def test_a_number_is_a_number_where_the_resource_wants_one() -> None:
    assert role(acme())["max_session_duration"] == 7200
    assert role(acme({**GIVEN, "hours": 3600}))["max_session_duration"] == 3600


# Resources


def test_the_shared_inputs_count_although_no_file_says_so() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    shared = {"role_prefix": "x-", "path": "/v/", "permissions_boundary": boundary, "tag": ["team=data"]}
    graph, _ = built(acme({**GIVEN, **shared, "trial": True}))
    properties = {address: node.resource.properties() for address, node in graph.nodes.items()}
    assert properties["role"]["name"] == "x-Acme"
    assert properties["role"]["path"] == properties["attachment"]["role_path"] == "/v/"
    assert properties["role"]["permissions_boundary"] == boundary
    assert properties["role"]["asked"] == ["permissions_boundary"]
    assert properties["role"]["tags"] == properties["logs"]["tags"] == {"team": "data"}
    assert properties["logs"]["name"] == f"acme-logs-{ACCOUNT}"
    assert properties["role"]["inline_policies"]["self"]["Statement"][0]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:role/v/x-Acme"
    ]


def test_a_value_that_the_user_gave_is_a_wish() -> None:
    assert role(acme({**GIVEN, "hours": "3600"}))["asked"] == ["max_session_duration"]
    assert role(acme())["asked"] == []


def test_resources_are_created_after_what_they_refer_to() -> None:
    graph, _ = built(acme({**GIVEN, "trial": True}))
    assert [*graph.nodes] == ["role", "attachment", "logs"]
    attachment = graph.nodes["attachment"]
    assert attachment.depends_on == ("role",)
    assert attachment.resource.properties()["role_id"] == "@{role.role_id}"
    assert attachment.resource.purpose == "Acme looks at the settings (https://acme.example/aws)"
    assert graph.nodes["logs"].deleted_before == ("role",)
    assert graph.nodes["logs"].if_taken == "Nobody else should have that name."


def test_a_resource_is_in_its_account_and_an_account_is_signed_in_to_as_the_inputs_say() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/data"
    found = acme({**GIVEN, "trial": True, "data_profile": "data", "data_role_arn": arn})
    assert found.sign_ins == {DEFAULT: SignIn(), "data": SignIn(profile="data", role_arn=arn)}
    graph, _ = built(found)
    assert graph.nodes["logs"].account == "data"
    assert graph.nodes["logs"].resource.label == f"acme-logs-{ACCOUNT[::-1]}"


def test_what_the_user_has_is_used_and_never_created() -> None:
    graph, _ = built(acme(WRITES))
    assert [(account, each.kind, each.label) for account, each in graph.existing] == [(DEFAULT, "s3_bucket", "results")]
    assert graph.if_missing == [
        "Name another bucket with --target.\nTo create it first: aws s3 mb s3://results --region us-east-1"
    ]
    assert built(acme())[0].existing == []


def test_a_resource_for_each_value_has_a_number(tmp_path: Path) -> None:
    text = replaced(
        FIVETRAN,
        '[resources.role]\ntype = "iam_role"\nname = "Fivetran"',
        '[resources.role]\ntype = "iam_role"\nname = "Fivetran-${each.name}"\nfor_each = "input.bucket"',
    )
    text = replaced(
        text,
        '["arn:${partition}:s3:::${input.bucket.name}", "arn:${partition}:s3:::${input.bucket.objects}"]',
        '["arn:${partition}:s3:::${each.objects}"]',
    )
    text = replaced(
        text,
        '{ "Role ARN" = "${role.arn}", "External id" = "${input.external_id}" }',
        '{ "External id" = "${input.external_id}" }',
    )
    graph, _ = built(acme(GIVEN, text + AUDITED, tmp_path))
    assert [*graph.nodes] == ["role-1", "role-2", "audit-1", "audit-2", "policy"]
    assert [graph.nodes[f"role-{n}"].resource.label for n in (1, 2)] == ["Fivetran-raw", "Fivetran-other"]
    assert graph.nodes["audit-2"].depends_on == ("role-2",)
    policy = graph.nodes["policy"]
    assert policy.resource.properties()["document"]["Statement"][0]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:role/Fivetran-raw",
        f"arn:aws:iam::{ACCOUNT}:role/Fivetran-other",
    ]
    assert policy.depends_on == ("role-1", "role-2")


# Statements


def test_an_element_that_names_a_list_becomes_one_for_each_value() -> None:
    assert statements(acme(), "read")["Find"]["Resource"] == ["arn:aws:s3:::raw", "arn:aws:s3:::other"]


def test_a_statement_for_each_value_has_a_number() -> None:
    found = statements(acme(), "read")
    assert [found[sid]["Resource"] for sid in ("Read1", "Read2")] == [["arn:aws:s3:::raw/a/*"], ["arn:aws:s3:::other/*"]]


def test_without_values_there_is_no_statement_about_them_and_no_empty_policy() -> None:
    assert set(role(acme(WRITES))["inline_policies"]) == {"write", "self"}
    assert set(role(acme())["inline_policies"]) == {"read", "self"}


def test_a_condition_decides_about_a_statement() -> None:
    assert set(statements(acme(), "trust")) == {"Acme"}
    assert set(statements(acme({**GIVEN, "trial": True}), "trust")) == {"Acme", "Trial"}


def test_a_look_up_gives_the_row_of_the_users_value() -> None:
    for site, account in (("us", "333344445555"), ("eu", "444455556666")):
        found = statements(acme({**GIVEN, "site": site}), "trust")["Acme"]
        assert found["Principal"] == {"AWS": [f"arn:aws:iam::{account}:root"]}


def test_variables_of_iam_stay() -> None:
    assert statements(acme(WRITES), "write")["Write"]["Resource"] == ["arn:aws:s3:::results/${aws:PrincipalTag/team}/*"]


def test_a_statement_can_deny_and_be_about_all_but_some() -> None:
    denied = statements(acme(WRITES), "write")["NotElsewhere"]
    assert denied == {
        "Sid": "NotElsewhere",
        "Effect": "Deny",
        "Action": ["s3:PutObject"],
        "NotResource": ["arn:aws:s3:::results/*"],
    }


def test_with_harden_statements_have_their_narrower_forms() -> None:
    found = acme({**GIVEN, "harden": True})
    reads = statements(found, "read")
    assert set(reads) == {"Read1", "Read2"}
    assert reads["Read1"]["Action"] == ["s3:GetObject"]
    assert reads["Read1"]["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}
    assert found.notes == (
        "Acme reads each object once.",
        "with --harden, Acme no longer shows the region of a bucket",
        "with --harden, Acme no longer reads tags",
    )
    assert found.about_warnings == ""
    assert acme().notes == ("Acme reads each object once.",)
    assert "--harden limits it" in acme().about_warnings


def test_a_list_that_would_be_empty_is_refused_where_that_would_grant_more(tmp_path: Path) -> None:
    text = replaced(
        ACME, 'when = "input.target"\nactions = ["s3:PutObject"]\nnot_resources', 'actions = ["s3:PutObject"]\nnot_resources'
    )
    (tmp_path / "acme.toml").write_text(text)
    with pytest.raises(UsageError, match=r"not_resources: names only what may have no value"):
        load(str(tmp_path / "acme.toml"))


def test_each_statement_of_a_role_is_explained_to_reviewers() -> None:
    for given in (GIVEN, WRITES, {**GIVEN, "harden": True, "trial": True}):
        found = acme(given)
        graph, _ = built(found)
        [grants] = grants_by_role(graph, found.statements)
        explained = [each.sid for each in (*grants.trusts, *grants.statements)]
        assert explained == [each.sid for each in found.statements]
        assert all(each.why and each.source for each in found.statements)


def test_reasons_name_the_users_values_and_references_are_filled_in() -> None:
    trusts: dict[str, Statement] = {each.sid: each for each in acme({**GIVEN, "site": "eu"}).statements}
    assert trusts["Acme"].why == "Acme's account for the site eu"
    assert trusts["Self"].resources == (f"arn:aws:iam::{ACCOUNT}:role/Acme",)


# The hand-off


def test_the_hand_off_has_the_values_and_omits_what_names_nothing() -> None:
    _, handoff = built(acme())
    assert handoff.values == {"Role ARN": "@{role.arn}", "External id": "ext-1"}
    assert handoff.steps == ("Paste the role's ARN into Acme at acme.example.",)
    assert handoff.before_destroy == ("Delete the connection at Acme.",)
    assert [(hop.account, hop.role, hop.external_id, hop.buckets) for hop in handoff.chain] == [
        (DEFAULT, "@{role.arn}", "ext-1", ("raw/a", "other"))
    ]
    _, handoff = built(acme({**WRITES, "tenant": "t-00ff"}))
    assert handoff.values["Tenant"] == "t-00ff"
    assert "Name the bucket results there." in handoff.steps


def test_the_files_of_the_hand_off_are_filled_in() -> None:
    _, handoff = built(acme({**GIVEN, "token": "word", "site": "eu"}))
    assert handoff.files == {"acme.json": '{"role": "@{role.arn}",\n "word": "word", "region": "eu-west-1"}\n'}
    assert built(acme({**WRITES, "token": "word"}))[1].files["output.txt"] == "s3://results"


def test_a_value_is_put_in_once_and_never_read_again(tmp_path: Path) -> None:
    """Even one that looks like a reference of the file, where a check lets it through."""
    found = acme({**GIVEN, "token": "input.external_id}"})
    assert '"word": "input.external_id}"' in built(found)[1].files["acme.json"]


def test_a_table_by_partition_has_the_row_of_the_account() -> None:
    assert "gov.acme.example" in built(acme(), partition="aws-us-gov")[1].steps[0]
    with pytest.raises(UsageError, match="acme works only in the partition aws, aws-us-gov, and this is aws-cn"):
        built_elsewhere = Graph(
            [Account(alias=alias, id="1" * 12, partition="aws-cn", region="cn-north-1") for alias in (DEFAULT, "data")]
        )
        acme().build(built_elsewhere)


def test_a_policy_names_only_what_is_known_before_it_is_created(tmp_path: Path) -> None:
    text = replaced(FIVETRAN + AUDITED, 'resources = ["${role.arn}"]', 'resources = ["${role.role_id}"]')
    (tmp_path / "acme.toml").write_text(text)
    with pytest.raises(UsageError, match=r"names role\.role_id, which is known only once role exists"):
        load(str(tmp_path / "acme.toml"))


def test_what_is_generated_stays_and_is_found_again(tmp_path: Path) -> None:
    text = replaced(ACME, 'check = "external_id"\nfrom = "vendor"', 'check = "external_id"\ngenerated = true')
    found = acme({"bucket": ["raw"]}, text, tmp_path)
    generated = found.resolve_lookups({}, list)
    assert generated.values["external_id"] != "GENERATED-BY-CREATE"
    assert generated.resolve_lookups({}, list) == generated
    live = {address: node.resource.properties() for address, node in built(generated)[0].nodes.items()}
    assert found.recover_generated(live) == {"external_id": generated.values["external_id"]}
    assert found.recover_generated({}) == {}


def test_a_condition_can_be_about_the_value_of_a_loop(tmp_path: Path) -> None:
    """The numbers of the others stay, and so do references to them."""
    named = 'name = "Fivetran-${each.name}"\nfor_each = "input.bucket"\nwhen = "each.prefix"'
    looped = replaced(FIVETRAN, 'type = "iam_role"\nname = "Fivetran"', f'type = "iam_role"\n{named}')
    looped = replaced(looped, '"Role ARN" = "${role.arn}", ', "")
    audit = replaced(AUDITED, 'for_each = "input.bucket"', 'for_each = "input.bucket"\nwhen = "each.prefix"')
    audit = replaced(audit, 'name = "all"', 'name = "all"\nwhen = "input.external_id == \'ext-1\'"')
    graph, _ = built(acme({"external_id": "ext-1", "bucket": ["whole", "part/a"]}, looped + audit, tmp_path))
    assert [*graph.nodes] == ["role-2", "audit-2", "policy"]
    assert graph.nodes["audit-2"].resource.properties()["role"] == "@{role-2.name}"


def test_a_role_of_the_user_needs_only_its_name(tmp_path: Path) -> None:
    text = replaced(ACME, 'type = "s3_bucket"\nname = "${input.target}"', 'type = "iam_role"\nname = "${input.target}"')
    graph, _ = built(acme(WRITES, text, tmp_path))
    [(_, found)] = graph.existing
    assert (found.kind, found.label, found.properties()["path"]) == ("iam_role", "results", "/")


LATER = """
[inputs.principal]
type = "text"
help = "Trust the role that Acme shows you."
check = "principal_arn"
from = "vendor-after"
"""


def test_what_the_vendor_shows_later_can_be_missing_until_then(tmp_path: Path) -> None:
    """Also a part of it, which nobody can know before."""
    text = replaced(ACME, '"arn:aws:iam::${table.account.id}:root"', '"${input.principal}", "${input.principal.account}"')
    found = load_text(text + LATER, tmp_path)
    assert [item.name for item in inputs_of(found) if item.after_create] == ["principal"]
    given: dict[str, Any] = {"external_id": "ext-1", "bucket": ("raw",), "principal": marker("principal")}
    waiting = found(**given)
    graph, _ = built(waiting)
    properties = graph.nodes["role"].resource.properties()
    assert [name for name, value in properties.items() if pending(value)] == ["trust"]


def test_a_condition_that_would_be_empty_is_refused(tmp_path: Path) -> None:
    before = '{ "sts:ExternalId" = "${input.external_id}" }'
    for value in ('"${input.bucket}"', '["${input.bucket}"]'):
        text = replaced(ACME, before, f'{{ "sts:ExternalId" = {value} }}')
        with pytest.raises(UsageError, match=r'"sts:ExternalId": names .* may have no value'):
            load_text(text, tmp_path)


def test_a_condition_can_list_the_values_of_an_input(tmp_path: Path) -> None:
    text = replaced(ACME, '["${input.external_id}"] } }', '"${input.bucket}" } }')
    trusts = role(acme({**GIVEN, "trial": True}, text, tmp_path))["trust"]["Statement"]
    assert trusts[1]["Condition"] == {"StringEquals": {"sts:ExternalId": ["raw/a", "other"]}}


def test_what_the_vendor_shows_later_is_for_the_trust_only(tmp_path: Path) -> None:
    text = replaced(ACME, "Acme reads and writes with this role", "For ${input.principal.name}")
    with pytest.raises(
        UsageError, match=r"resources\.role\.description: names principal, which comes from the vendor later"
    ):
        load_text(text + LATER, tmp_path)


def test_its_sentences_say_whose_they_are(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(ACME)
    found = load(str(tmp_path / "acme.toml"))
    chosen = found(**{**example_values(found.definition), "bucket": (), "target": "your-bucket"})
    graph = Graph(examples(chosen))
    handoff = build(chosen, graph)
    assert [each.partition(": ")[0] for each in (*handoff.steps, *handoff.before_destroy)] == ["acme.toml says"] * 3
    [advice] = graph.if_missing
    assert advice.startswith("acme.toml says: Name another bucket with --target.\n")


def test_all_on_everything_is_the_worst(tmp_path: Path) -> None:
    self = 'actions = ["sts:AssumeRole"]\nresources = ["${self.arn}"]'
    (tmp_path / "acme.toml").write_text(replaced(ACME, self, 'actions = ["*"]\nresources = ["*"]'))
    found = review(load(str(tmp_path / "acme.toml")).example())
    assert ("high", "Self: it allows every action on every resource") in [(each.risk, each.text) for each in found.worst]
    assert list(access_words(found.access)) == ["everything in the account"]
