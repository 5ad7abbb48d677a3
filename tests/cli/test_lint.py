"""`bootstrap lint` for people and for CI, and the same linter before anything is sent."""

import gzip
import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sarif_kit.validate import validation_errors

from bootstrap.core.policy import Statement
from bootstrap.core.resource import Resource
from bootstrap.integrations import integrations
from bootstrap.integrations.files import build
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.scope import Scope
from bootstrap.integrations.files.statements import statements_of
from bootstrap.permissions.actions import table
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.lint import findings
from scripts.refresh_iam_actions import packed, table as fresh_table
from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.integrations.test_contract import built
from tests.support.inputs import everything, example
from tests.support.wire import Wire

ROOT = Path(__file__).parents[2]
FINE = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"},
}
WIDE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
BAD = {**FINE, "Statement": {**FINE["Statement"], "Action": "s3:ListObjectsV2"}}  # type: ignore[dict-item]


@pytest.fixture(autouse=True)
def files() -> None:
    for name, content in {"fine": FINE, "wide": WIDE, "bad": BAD}.items():
        Path(f"{name}.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("fine.json", 0),
        ("fine.json --strict", 0),
        ("wide.json", 0),
        ("wide.json --strict", 1),
        ("bad.json", 1),
        ("fine.json bad.json wide.json", 1),
        ("none.json", 64),
        ("bad.json none.json", 64),
    ],
)
def test_the_exit_code_is_fit_for_ci(line: str, code: int, in_process: Bootstrap) -> None:
    text = in_process(f"lint {line}")
    assert text.code == code
    told = in_process(f"lint {line} --json")
    assert told.code == code
    assert told.err == ""
    assert (told.json["summary"]["unreadable"] > 0) == (code == 64)
    assert told.json["table"]["date"]


def test_no_file_is_wrong_usage(in_process: Bootstrap) -> None:
    assert in_process("lint").code == 64


SPOILT: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "is not JSON"),
    "nothing": (b"", "is not JSON"),
    "no UTF-8": (b"\xff{}", "is not JSON: 'utf-8' codec"),
    "NaN": (b'{"a": NaN}', "NaN is not JSON"),
    "a name twice": (b'{"Statement": [], "Statement": []}', "the key 'Statement' is there twice"),
    "deep": (b"[" * 60 + b"]" * 60, "nested more than 20 levels"),
    "very deep": (b"[" * 90_000 + b"]" * 90_000, "is not JSON"),
    "huge": (b" " * 1_000_001, "more than 1,000,000 bytes"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_file_that_cannot_be_read_is_one_clear_error_and_the_others_are_still_linted(
    name: str, in_process: Bootstrap
) -> None:
    content, told = SPOILT[name]
    Path("spoilt.json").write_bytes(content)
    ran = in_process("lint spoilt.json wide.json")
    assert ran.code == 64
    assert ran.err.count("Error: ") == 1
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert "wide.json: identity policy" in ran.out
    assert "1 warning" in ran.out


def test_a_folder_is_no_file(in_process: Bootstrap) -> None:
    Path("folder").mkdir()
    assert "cannot read folder: Is a directory" in in_process("lint folder").err


def test_a_dash_is_stdin(in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(BAD).encode()  # as editors of Windows begin a file
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    ran = in_process("lint -")
    assert ran.code == 1
    assert "stdin: identity policy" in ran.out
    assert "s3:ListBucket" in ran.out


@pytest.mark.parametrize("name", ["aspera-atc", "upsolver-vpc"])
def test_what_permissions_prints_can_be_linted(name: str, bootstrap: Bootstrap) -> None:
    Path("mine.json").write_text(bootstrap(f"permissions --integration {name} {INPUTS[name]}").out)
    ran = bootstrap("lint mine.json")
    assert "policy, " in ran.out
    assert "0 errors" in ran.out, ran.out


FINE_TEXT = json.dumps(FINE)
PRINTED: dict[str, tuple[Any, list[str]]] = {
    "get-role": ({"Role": {"RoleName": "x", "AssumeRolePolicyDocument": FINE}}, ["Role.AssumeRolePolicyDocument"]),
    "get-role-policy": ({"RoleName": "x", "PolicyName": "y", "PolicyDocument": FINE}, ["PolicyDocument"]),
    "get-policy-version": ({"PolicyVersion": {"Document": FINE, "VersionId": "v1"}}, ["PolicyVersion.Document"]),
    "get-bucket-policy": ({"Policy": FINE_TEXT}, ["Policy"]),
    "get-queue-attributes": ({"Attributes": {"Policy": FINE_TEXT}}, ["Attributes.Policy"]),
    "get-resource-policy": ({"Name": "x", "ResourcePolicy": FINE_TEXT}, ["ResourcePolicy"]),
    "describe-policy of Organizations": ({"Policy": {"Content": FINE_TEXT}}, ["Policy.Content"]),
    "URL-encoded, as the API answers": (
        {"Role": {"AssumeRolePolicyDocument": quote(FINE_TEXT)}},
        ["Role.AssumeRolePolicyDocument"],
    ),
    "get-account-authorization-details": (
        {
            "RoleDetailList": [
                {
                    "RoleName": "x",
                    "AssumeRolePolicyDocument": FINE,
                    "RolePolicyList": [{"PolicyName": "y", "PolicyDocument": FINE}],
                }
            ],
            "Policies": [{"PolicyName": "z", "PolicyVersionList": [{"VersionId": "v2", "Document": FINE}]}],
        },
        [
            "RoleDetailList[x].AssumeRolePolicyDocument",
            "RoleDetailList[x].RolePolicyList[y].PolicyDocument",
            "Policies[z].PolicyVersionList[v2].Document",
        ],
    ),
    "a text": (FINE_TEXT, [""]),
    "a list": ([FINE, FINE], ["[0]", "[1]"]),
}


@pytest.mark.parametrize("name", PRINTED)
def test_what_the_aws_cli_prints_is_unwrapped_and_each_document_is_named(name: str, in_process: Bootstrap) -> None:
    content, places = PRINTED[name]
    Path("printed.json").write_text(json.dumps(content))
    ran = in_process("lint printed.json --json")
    assert (ran.code, ran.err) == (0, "")
    assert [file["file"] for file in ran.json["files"]] == [f"printed.json: {at}" if at else "printed.json" for at in places]
    assert all(file["characters"] == ran.json["files"][0]["characters"] > 0 for file in ran.json["files"])


def test_a_document_that_is_url_encoded_is_read(in_process: Bootstrap) -> None:
    Path("encoded.json").write_text(quote(json.dumps(BAD)) + "\n")
    ran = in_process("lint encoded.json")
    assert ran.code == 1
    assert "s3:ListBucket" in ran.out


@pytest.mark.parametrize(
    "content",
    [
        {"EvaluationResults": [{"EvalActionName": "s3:GetObject", "EvalDecision": "allowed"}]},
        {"PolicyNames": ["a", "b"]},
        {"Policy": "no JSON, but a Statement"},
        *({}, [], 7, "text"),
    ],
    ids=str,
)
def test_what_has_no_policy_says_what_to_pass(content: Any, in_process: Bootstrap) -> None:
    Path("none.json").write_text(json.dumps(content))
    ran = in_process("lint none.json")
    assert ran.code == 64
    assert "there is no policy in none.json" in ran.err
    assert "get-role-policy" in ran.err


def test_a_policy_without_a_statement_is_said_to_have_none(in_process: Bootstrap) -> None:
    Path("empty.json").write_text(json.dumps({"Version": "2012-10-17", "statement": []}))
    ran = in_process("lint empty.json")
    assert ran.code == 1
    assert "the policy has no statement" in ran.out


def test_a_wrapped_document_is_read_as_strictly(in_process: Bootstrap) -> None:
    Path("twice.json").write_text(json.dumps({"Policy": '{"Statement": [], "Statement": []}'}))
    ran = in_process("lint twice.json")
    assert ran.code == 64
    assert "the key 'Statement' is there twice" in ran.err


def test_what_plan_prints_as_json_can_be_linted(bootstrap: Bootstrap) -> None:
    Path("plan.json").write_text(bootstrap(f"plan {VPC} --json").out)
    ran = bootstrap("lint plan.json")
    assert ran.code == 0, ran.out
    assert "changes[role].properties.trust: trust policy" in ran.out
    assert "properties.inline_policies.upsolver-management: identity policy" in ran.out
    Path("permissions.json").write_text(bootstrap(f"permissions {VPC} --json").out)
    assert bootstrap("lint permissions.json").code == 0


def test_nothing_in_a_file_is_obeyed_by_the_terminal(in_process: Bootstrap) -> None:
    Path("x.json").write_text(json.dumps({"Version": "\x1b[2J", "Statement": {"Effect": "\x1b]0;x\x07", "\x9b": 1}}))
    assert not {"\x1b", "\x07", "\x9b"} & set(in_process("lint x.json").out)


@pytest.mark.parametrize(
    ("line", "code"), [("fine.json", 0), ("fine.json bad.json wide.json", 1), ("bad.json none.json", 64)]
)
def test_sarif_has_every_finding_with_its_line_and_the_same_exit_code(line: str, code: int, in_process: Bootstrap) -> None:
    Path("bad.json").write_text(json.dumps(BAD, indent=2))
    ran = in_process(f"lint {line} --sarif")
    assert (ran.code, ran.err) == (code, "")
    assert validation_errors(ran.json) == []
    [run] = ran.json["runs"]
    as_data = in_process(f"lint {line} --json").json
    found = [(each["code"], each["severity"]) for file in as_data["files"] for each in file.get("findings", ())]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == found
    assert run["invocations"][0]["executionSuccessful"] == (code != 64)
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert places <= {"fine.json", "bad.json", "wide.json"}
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]]
    assert ("bad.json" in places) == any(
        json.dumps(BAD, indent=2).splitlines()[number - 1].strip() == '"Action": "s3:ListObjectsV2",' for number in lines
    )


def test_one_format_at_a_time(in_process: Bootstrap) -> None:
    ran = in_process("lint fine.json --sarif --json")
    assert ran.code == 64
    assert "--json and --sarif are different formats" in ran.json["message"]


# Before anything is sent


@pytest.mark.parametrize("name", integrations())
def test_no_integration_sends_what_is_an_error(name: str) -> None:
    for wanted in (example(name), everything(name)):
        graph, _ = built(wanted)
        found = list(graph_findings(graph, wanted.statements))
        assert [item for _, item in found if item.severity == "error"] == []
        assert all(item.why for _, item in found if item.sid), found
        documents = [item for node in graph.nodes.values() for item in node.resource.policies(graph.account(node.account))]
        assert documents


@pytest.mark.parametrize("name", ["upsolver-vpc", "upsolver-private-vpc"])
def test_what_harden_narrows_is_warned_of_without_it(name: str) -> None:
    def warned(wanted: Any) -> set[str]:
        return {item.code for _, item in graph_findings(built(wanted)[0]) if item.severity == "warning"}

    assert warned(example(name)) == {"escalation", "full-access", "service-linked-role", "tag-condition"}
    assert warned(everything(name)) == {"full-access"}  # of Athena, which --without-athena ends


def test_create_and_plan_warn_once_with_the_vendors_reason(bootstrap: Bootstrap) -> None:
    for line in (f"plan {VPC}", f"plan {VPC} --json", f"create {VPC} --yes"):
        ran = bootstrap(line)
        assert ran.code == 0
        text = ran.err + ran.out
        assert text.count("iam:PassRole on every role, with ") == 1
        assert "The page: Spotinst validates policies." in text
    hardened = bootstrap(f"plan {VPC} --harden --without-spotinst --without-athena")
    assert (hardened.out + hardened.err).count("Warning: ") == 1  # where machines may be started, no option limits
    assert "Warning: LaunchNamed: " in hardened.out


def test_an_error_stops_create_before_the_first_call(
    bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Statement(sid="Wrong", actions=("s3:ListObjectsV2",), why="the vendor wants it", source="page")

    def with_it(part: Part, name: str, policy: str, scope: Scope) -> Iterator[Statement]:
        yield from statements_of(part, name, policy, scope)
        yield from [wrong] if policy == "upsolver-server" else []

    monkeypatch.setattr(build, "statements_of", with_it)
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert "  ! role, Wrong: s3:ListObjectsV2 is an API call" in ran.err
    assert cloud.calls == []


def test_every_policy_of_a_resource_is_known_to_the_linter() -> None:
    """What has a document among its fields says so in `policies`."""
    kinds = {type(node.resource) for name in integrations() for node in built(everything(name))[0].nodes.values()}
    fields = {"trust", "document", "inline_policies", "tls_only"}
    having = {kind for kind in kinds if fields & set(kind.__dataclass_fields__)}
    assert having
    assert [kind for kind in having if kind.policies is Resource.policies] == []


# The table


def test_the_table_is_small_and_is_what_the_script_writes() -> None:
    content = (ROOT / "bootstrap/permissions/data/iam_actions.json.gz").read_bytes()
    assert len(content) < 300_000
    assert table().date >= "2026"
    if table().source == fresh_table()["source"]:  # else a newer package is installed: run the script
        assert gzip.decompress(content) == gzip.decompress(packed(fresh_table()))


def test_a_document_is_linted_in_no_time() -> None:
    content = json.loads((ROOT / "tests/integrations/pages/upsolver-role-permissions.json").read_text())["management"]
    findings(content, table())
    began = time.process_time()
    findings(content, table())
    assert time.process_time() - began < 0.2
