"""The verbs for those who write an integration, as they type them."""

import json
import shlex
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from bootstrap import cli
from bootstrap.cli import authoring
from bootstrap.core.place import parsed_toml
from bootstrap.integrations.files import problems
from tests.cli.conftest import Bootstrap
from tests.support.files import TEXT, written
from tests.support.screens import Screen

NEW = "integrations new acme --vendor Acme --vendor-account 834469178297 --page https://acme.example/s3"
ANSWERS = {
    "What is the vendor called?: ": "Acme",
    "Type its 12 digits.: ": "834469178297",
    "Paste its address.: ": "https://acme.example/s3",
    "Type a number: ": "1",
}
CREATED = Path(__file__).parents[2] / "drafts" / "sources" / "acme.yaml"


def test_no_integration_can_have_the_name_of_a_verb(in_process: Bootstrap) -> None:
    assert {*authoring.MODULES} == {*problems.VERBS}
    for verb in authoring.MODULES:
        assert "is a word that bootstrap uses itself" in in_process(f"integrations new {verb}").err


def test_the_list_and_the_page_of_an_integration_are_what_they_were(in_process: Bootstrap) -> None:
    assert "upsolver-vpc" in in_process("integrations").out
    assert "upsolver-vpc: " in in_process("integrations upsolver-vpc").out


# new


def test_new_writes_a_file_that_passes_and_that_create_takes(in_process: Bootstrap) -> None:
    ran = in_process(f"{NEW} --external-id vendor --reads bucket")
    assert ran.code == 0
    assert "bootstrap integrations check ./acme.toml" in ran.err
    assert in_process("integrations check ./acme.toml --strict").code == 0
    assert "--bucket" in in_process("create --integration ./acme.toml --help").out


def test_new_asks_at_a_terminal_for_what_is_missing() -> None:
    screen = Screen(100, ANSWERS)
    assert screen.run(lambda: cli.run(["integrations", "new", "acme"])) == 0
    content = parsed_toml(Path("acme.toml").read_text(encoding="utf-8"))
    assert content["vendor_accounts"]["main"]["id"] == "834469178297"
    assert content["inputs"]["external_id"]["from"] == "vendor"
    assert "bucket" in content["existing"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("integrations new Acme", "is not the name of an integration"),
        (NEW.replace("834469178297", "12"), "--vendor-account: '12' is not the number of an AWS account"),
        (NEW.replace("https:", "http:"), "is not an address that begins with https://"),
        (f"{NEW} --external-id never --reads bucket", "--external-id: 'never' is not one of vendor"),
        (NEW, "--external-id is missing, and there is no terminal to ask at"),
    ],
)
def test_new_refuses_what_it_cannot_use(words: str, told: str, in_process: Bootstrap) -> None:
    ran = in_process(words)
    assert (ran.code, told in ran.err) == (64, True), ran.err
    assert not Path("acme.toml").exists()


def test_new_and_import_overwrite_nothing_without_force(in_process: Bootstrap) -> None:
    Path("acme.toml").write_text("mine", encoding="utf-8")
    for words in (f"{NEW} --external-id vendor --reads bucket", f"integrations import {CREATED}"):
        assert in_process(words).code == 64
        assert Path("acme.toml").read_text(encoding="utf-8") == "mine"
        assert in_process(f"{words} --force").code == 0
        Path("acme.toml").write_text("mine", encoding="utf-8")


# check


def test_check_says_what_is_wrong_with_its_line_and_exits_with_1(in_process: Bootstrap) -> None:
    written(text=TEXT.replace("s3:GetObject", "s3:GetObjekt"))
    ran = in_process("integrations check acme.toml")
    assert ran.code == 1
    line = TEXT.split("\n").index("[[resources.role.inline_policies.acme-s3]]") + 1
    assert f"error   acme.toml, line {line}: resources.role.inline_policies.acme-s3[0]: there is no IAM action" in ran.out
    assert ran.out.endswith("1 error, 0 warnings, 1 note in 1 file.\n")
    content = in_process("integrations check acme.toml --json").json
    assert content["summary"] == {"error": 1, "warning": 0, "note": 1}
    assert content["files"][0]["findings"][1]["line"] == line


def test_check_exits_with_1_for_warnings_only_when_asked(in_process: Bootstrap) -> None:
    written(text=TEXT.replace("Acme reads the files", ""))
    assert in_process("integrations check acme.toml").code == 0
    assert in_process("integrations check acme.toml --strict").code == 1


def test_check_of_a_file_that_is_not_there_is_a_wrong_use(in_process: Bootstrap) -> None:
    assert in_process("integrations check nobody.toml").code == 64


@pytest.mark.parametrize(
    ("vendor", "told"),
    [
        ('Acme "x" ${y}', "the name has ${, which stands for something else in the file"),
        ("A" * 81, "the name has 81 characters, and must have 1 to 80"),
        ('A"c\nx = 1', "the name has a line break, or a character that cannot be shown"),
    ],
)
def test_a_vendor_that_a_file_cannot_name_is_refused_with_the_reason(vendor: str, told: str, in_process: Bootstrap) -> None:
    word = shlex.quote(vendor)
    ran = in_process(f"integrations new acme-x --vendor {word}")
    assert (ran.code, f"--vendor: {told}" in ran.err) == (64, True)
    assert "Run: bootstrap integrations new --help" in ran.err
    ran = in_process(f"integrations import {CREATED} --name acme-x --vendor {word}")
    assert (ran.code, f"--vendor: {told}" in ran.err) == (64, True)
    assert f"Run: bootstrap integrations import {CREATED} --name acme-x --vendor NAME" in ran.err
    assert not Path("acme-x.toml").exists()


def test_a_name_that_another_integration_has_is_said(in_process: Bootstrap) -> None:
    given = "--vendor Acme --vendor-account 111122223333 --page https://acme.example --external-id vendor --reads nothing"
    assert "There is an integration vanta already" in in_process(f"integrations new vanta {given}").err
    assert "already" not in in_process(f"integrations new vantage {given}").err


# import


def test_import_drops_an_external_id_that_every_customer_would_share(in_process: Bootstrap) -> None:
    condition = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    who = {"Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
    trust = {"Statement": [{"Effect": "Allow", **who, "Condition": condition}]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Acme", "AssumeRolePolicyDocument": trust}}
    parameter = {"Type": "String", "Default": "abc"}
    Path("fixed.json").write_text(json.dumps({"Parameters": {"ExternalId": parameter}, "Resources": {"Role": role}}))
    ran = in_process("integrations import fixed.json --name fixed")
    assert "Not carried over: Parameters.ExternalId" in ran.out
    assert "would give every customer the same external id" in ran.out
    assert "default" not in tomllib.loads(Path("fixed.toml").read_text())["inputs"]["external_id"]


def test_import_lists_what_it_left_on_the_screen_and_in_the_file(in_process: Bootstrap) -> None:
    ran = in_process(f"integrations import {CREATED} --vendor Acme --name acme-s3")
    assert ran.code == 0
    text = Path("acme-s3.toml").read_text(encoding="utf-8")
    told = "Resources.Function: AWS::Lambda::Function is not a type that an integration file can have\n"
    assert f"Not carried over: {told}" in ran.out
    assert f"# - {told}" in text
    assert in_process("integrations check acme-s3.toml").code == 0
    content = in_process(f"integrations import {CREATED} --force --json").json
    assert content["file"] == "acme.toml"
    assert {"path": "Mappings.Unused", "reason": "is looked up by nothing that the draft has"} in content["not_carried_over"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2]", "neither a template nor a policy"),
        ("{", "is not JSON"),
        ("a: [", "is not YAML"),
        ("\udcff", "cannot read"),
    ],
)
def test_import_refuses_what_it_cannot_read(text: str, told: str, in_process: Bootstrap) -> None:
    Path("t").write_bytes(text.encode(errors="surrogateescape"))
    ran = in_process("integrations import t --name acme")
    assert (ran.code, told in ran.err) == (64, True), ran.err
    assert not Path("acme.toml").exists()


# schema


def test_schema_prints_a_schema_that_a_file_fits(in_process: Bootstrap) -> None:
    schema = in_process("integrations schema").json
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(parsed_toml(TEXT))


# test


def test_test_reports_each_check_and_writes_a_golden_file_and_a_junit_report(
    in_process: Bootstrap, moto_made_ready: None
) -> None:
    written()
    ran = in_process("integrations test ./acme.toml --golden golden.json --junit report.xml --bucket raw")
    assert ran.code == 0, ran.out
    assert ran.out.startswith("ok   the graph is one that AWS accepts\n")
    assert "raw" in json.dumps(json.loads(Path("golden.json").read_text()))
    suite = ElementTree.parse("report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(ran.out.splitlines())), "0")
    assert not Path(".bootstrap").exists()

    other = in_process("integrations test ./acme.toml --golden golden.json --junit report.xml --json")
    assert other.code == 1
    assert other.json["checks"][1]["result"] == "failed"
    assert "graph.role.properties.inline_policies" in other.json["checks"][1]["failures"][0]
    assert ElementTree.parse("report.xml").getroot()[0].get("failures") == "1"


def test_test_overwrites_no_file_of_somebody_else(in_process: Bootstrap) -> None:
    written()
    Path("notes.txt").write_text("mine", encoding="utf-8")
    assert in_process("integrations test ./acme.toml --junit notes.txt").code == 64
    assert in_process("integrations test ./acme.toml --golden notes.txt").code == 64
    assert Path("notes.txt").read_text(encoding="utf-8") == "mine"
