"""A CloudFormation template becomes a file that the reader accepts; what it cannot have is listed."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.place import parsed_toml
from bootstrap.drafts.cloudformation import draft_of
from bootstrap.drafts.content import Draft, accepted
from bootstrap.drafts.source import parsed
from bootstrap.drafts.written import written
from bootstrap.errors import UsageError
from bootstrap.integrations.files.problems import read

ACME = (Path(__file__).parent / "sources" / "acme.yaml").read_text(encoding="utf-8")
TEMPLATE = parsed(ACME, "acme.yaml")


def drafted(template: Any = TEMPLATE) -> Draft:
    return accepted(draft_of(template, "acme", "Acme"))


def role_with(statement: Any, **sections: Any) -> dict[str, Any]:
    """A template of one role with this statement in a policy."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}
    properties = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy], "RoleName": "Own"}
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}, **sections}


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}


def statement_of(statement: Any, **sections: Any) -> dict[str, Any]:
    draft = drafted(role_with(statement, **sections))
    assert draft.left == []
    [found] = draft.content["resources"]["role"]["inline_policies"]["own"]
    return dict(found)


def test_parameters_are_inputs_with_what_the_template_says_about_them() -> None:
    inputs = drafted().content["inputs"]
    assert inputs["external_id"]["check"] == "external_id"
    assert inputs["bucket_name"] == {"type": "text", "help": "Set BucketName: The bucket to read.", "check": "bucket"}
    assert inputs["site"] == {"type": "choice", "help": "Set Site.", "choices": ["us1", "eu1"], "default": "us1"}
    assert inputs["kms_keys"] == {"type": "list", "help": "Set KmsKeys.", "check": "key_arn", "optional": True}
    assert inputs["retention"] == {"type": "number", "help": "Set Retention.", "least": 1, "most": 365, "default": 30}
    assert inputs["team"]["optional"] is True


def test_a_secret_is_no_input_and_what_needs_it_is_left_out() -> None:
    draft = drafted()
    assert "api_key" not in draft.content["inputs"]
    left = {each.path: each.reason for each in draft.left}
    assert "is a secret (NoEcho)" in left["Parameters.ApiKey"]
    assert "a secret (NoEcho)" in left["Resources.Role.Properties.Policies[0].PolicyDocument.Statement[5]"]


def test_a_mapping_is_a_table_that_an_input_decides() -> None:
    content = drafted().content
    assert content["tables"]["sites"]["by"] == "input.site"
    assert content["tables"]["sites"]["rows"]["eu1"] == {"account_id": "111122223333", "region": "eu-west-1"}
    [trust] = content["resources"]["role"]["trust"]
    assert trust["principals"] == {"AWS": ["arn:aws:iam::${table.sites.account_id}:root"]}
    assert content["partition"] == "aws"


def test_conditions_are_when_of_resources_statements_and_attachments() -> None:
    resources = drafted().content["resources"]
    policies = resources["role"]["inline_policies"]
    assert [each.get("when", "") for each in policies["acme-read"]] == ["", "", 'input.write == "true"', ""]
    assert policies["extra"][0]["when"] == '(input.write == "true") and (region == "eu-west-1")'
    attached = {each["policy_arn"]: each.get("when", "") for each in resources.values() if "policy_arn" in each}
    assert attached == {
        "arn:aws:iam::aws:policy/SecurityAudit": "",
        "arn:aws:iam::aws:policy/ReadOnlyAccess": 'input.write == "true"',
        "${managed.arn}": "",
    }


def test_both_sides_of_an_if_are_carried_over() -> None:
    chosen = {"Fn::If": ["Big", {**READ, "Sid": "Yes"}, {**READ, "Sid": "No"}]}
    sections = {
        "Parameters": {"Size": {"Type": "String"}},
        "Conditions": {"Big": {"Fn::Not": [{"Fn::Equals": ["", {"Ref": "Size"}]}]}},
    }
    found = drafted(role_with(chosen, **sections)).content["resources"]["role"]["inline_policies"]["own"]
    assert [(each["sid"], each["when"]) for each in found] == [("Yes", "input.size"), ("No", "not input.size")]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Where}/*"}, "arn:${partition}:s3:::${input.where}/*"),
        ({"Fn::Sub": ["arn:aws:s3:::${Name}", {"Name": {"Ref": "Where"}}]}, "arn:aws:s3:::${input.where}"),
        ({"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Where"}]]}, "arn:aws:s3:::${input.where}"),
        ({"Fn::Sub": "arn:aws:s3:::a/${aws:username}"}, "arn:aws:s3:::a/${aws:username}"),
        ({"Fn::Sub": "arn:aws:s3:::a/${!aws:username}"}, "arn:aws:s3:::a/${aws:username}"),
        ({"Fn::Sub": "arn:aws:s3:${AWS::Region}:${AWS::AccountId}:x"}, "arn:aws:s3:${region}:${account.id}:x"),
        ({"Fn::FindInMap": ["Where", "here", "arn"]}, "arn:aws:s3:::here"),
    ],
)
def test_intrinsic_functions_are_references(resource: Any, expected: str) -> None:
    sections = {"Parameters": {"Where": {"Type": "String"}}, "Mappings": {"Where": {"here": {"arn": "arn:aws:s3:::here"}}}}
    draft = drafted(role_with({**READ, "Resource": resource}, **sections))
    [found] = draft.content["resources"]["role"]["inline_policies"]["own"]
    assert found["resources"] == [expected]


def test_the_arn_of_the_role_itself_is_no_circle() -> None:
    found = statement_of({**READ, "Action": "sts:AssumeRole", "Resource": {"Fn::GetAtt": ["Role", "Arn"]}})
    assert found["resources"] == ["${self.arn}"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"NotAction": "s3:*"}, "has NotAction, which a file cannot say"),
        ({"Resource": {"Fn::ImportValue": "x"}}, "Fn::ImportValue has no counterpart here"),
        ({"Resource": {"Fn::Sub": "${Nobody}"}}, "needs Nobody, which the draft does not have"),
        ({"Resource": {"Ref": "AWS::StackName"}}, "needs AWS::StackName, which the draft does not have"),
        ({"Resource": "arn:aws:s3:::${Name}/*"}, "has '${Name}', which is neither a reference nor a variable of IAM"),
        ({"Condition": {"Fn::If": ["A", {}, {}]}}, "has a Condition that is chosen in the template"),
        ({"Effect": "Maybe"}, "must be Allow or Deny"),
    ],
)
def test_a_statement_is_carried_over_whole_or_not_at_all(change: Any, reason: str) -> None:
    """One with a part less would grant something else."""
    template = role_with({**READ, **change})
    policy = template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"].append({**READ, "Sid": "Kept"})
    draft = drafted(template)
    where = "Resources.Role.Properties.Policies[0].PolicyDocument.Statement[0]"
    assert [(each.path, each.reason) for each in draft.left] == [(where, reason)]
    assert [each["sid"] for each in draft.content["resources"]["role"]["inline_policies"]["own"]] == ["Kept"]


def test_nothing_of_a_template_disappears_without_a_line() -> None:
    """Every leaf of the template is in the draft, or below a path that is listed."""
    draft = drafted()
    text = written(draft, "acme.yaml")
    left = {each.path for each in draft.left}
    for path in (
        "Metadata",
        "Mappings.Unused",
        "Parameters.ExternalId.MinLength",
        "Parameters.Team.AllowedPattern",
        "Resources.Function",
        "Resources.Staging.DeletionPolicy",
        "Resources.Staging.Properties.LifecycleConfiguration",
        "Resources.Role.Properties.Policies[0].PolicyDocument.Statement[4]",
        "Outputs.FunctionArn",
    ):
        assert path in left
        assert f"# - {path}: " in text
    assert "RoleArn: Paste it at Acme" in draft.content["handoff"]["steps"]


@pytest.mark.parametrize("section", ["UpdatePolicy", "CreationPolicy", "Metadata", "UpdateReplacePolicy"])
def test_each_attribute_of_a_resource_that_has_no_counterpart_is_listed(section: str) -> None:
    template = role_with(READ)
    template["Resources"]["Role"][section] = {}
    assert [each.path for each in drafted(template).left] == [f"Resources.Role.{section}"]


def test_the_text_is_a_file_with_the_content_of_the_draft() -> None:
    draft = drafted()
    content = parsed_toml(written(draft, "acme.yaml"))
    assert content == {key: value for key, value in draft.content.items() if value not in ({}, "")}
    assert read(content).problems == ()


def test_without_anything_to_carry_over_there_is_no_draft() -> None:
    with pytest.raises(UsageError, match="nothing in it can be carried over"):
        drafted({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})


def test_an_oidc_provider_its_audiences_and_the_policy_of_a_bucket_are_resources() -> None:
    allowed = {"Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": "Role.Arn"}}, "Action": "s3:GetObject"}
    template = role_with(READ)
    template["Resources"] |= {
        "Provider": {
            "Type": "AWS::IAM::OIDCProvider",
            "Properties": {"Url": "https://oidc.acme.example", "ClientIdList": ["acme"]},
        },
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": "acme-data",
                "PolicyDocument": {"Statement": [{**allowed, "Resource": "arn:aws:s3:::acme-data/*"}]},
            },
        },
    }
    draft = drafted(template)
    assert draft.left == []
    resources = draft.content["resources"]
    assert resources["provider"] == {"type": "iam_oidc_provider", "url": "https://oidc.acme.example"}
    assert resources["provider-audience"]["provider"] == "${provider.arn}"
    assert resources["policy"]["bucket"] == "acme-data"
    assert resources["policy"]["statements"][0]["principals"] == {"AWS": ["${role.arn}"]}


# Hostile templates


def test_a_terminal_obeys_no_comment(capsys: pytest.CaptureFixture[str]) -> None:
    template = role_with(READ, **{'Evil\x1b[2J\nname = "other"': {}})
    text = written(drafted(template), "a\nb.yaml")
    assert "\x1b" not in text
    assert parsed_toml(text)["name"] == "acme"


SPOILT: tuple[Any, ...] = (None, True, 7, 1.5, "", "x", "${", "@{role.arn}", "\x00", "a\nb", [], {}, [[]], {"Ref": "Role"})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in inner for each in places(item, (*path, key)))]


@pytest.mark.parametrize("seed", range(60))
def test_a_spoilt_template_gives_a_valid_draft_or_one_clear_error(seed: int) -> None:
    chance = random.Random(seed)
    template = copy.deepcopy(TEMPLATE)
    for *outer, last in chance.sample(places(template)[1:], 3):
        inside = template
        try:
            for part in outer:
                inside = inside[part]
            inside[last] = chance.choice(SPOILT)
        except (KeyError, TypeError, IndexError):
            continue  # the place is gone already
    if not isinstance(template["Resources"], dict):
        return
    try:
        draft = drafted(template)
    except UsageError:
        return
    assert read(parsed_toml(written(draft, json.dumps(seed)))).problems == ()


def test_an_output_with_a_condition_is_there_with_its_resource_or_is_listed() -> None:
    ours = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-results"}, "Condition": "Write"}
    template = role_with(
        READ,
        Parameters={"Write": {"Type": "String", "AllowedValues": ["yes", "no"]}},
        Conditions={"Write": {"Fn::Equals": [{"Ref": "Write"}, "yes"]}},
        Outputs={
            "Results": {"Value": {"Ref": "Results"}, "Condition": "Write"},
            "Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}, "Condition": "Write"},
        },
    )
    template["Resources"]["Results"] = ours
    draft = drafted(template)
    assert [*draft.content["handoff"]["values"]] == ["Results"]
    assert [(each.path, each.reason) for each in draft.left] == [
        ("Outputs.Role", "has a Condition, which a value of the hand-off cannot have")
    ]


def test_the_vendor_is_asked_for_an_external_id() -> None:
    template = role_with(READ, Parameters={"ExternalId": {"Type": "String"}})
    [trust] = template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trust["Principal"] = {"AWS": "arn:aws:iam::111122223333:root"}
    trust["Condition"] = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    found = drafted(template).content["inputs"]["external_id"]
    assert (found["question"], found["from"]) == ("Which external id does Acme show you?", "vendor")
