"""Command lines, inputs files and trust policies that must be refused. What holds for each: `support/refusals.py`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cli.conftest import INPUTS, VPC

ARN = "arn:aws:iam::111122223333:role/up"
DATA = f"--integration upsolver-data-access {INPUTS['upsolver-data-access']}"
NO_DATA = f"create --integration upsolver-data-access --external-id e1 --trusted-principal {ARN} --yes"
BARE = "create --integration upsolver-data-access --bucket raw-data --yes"


@dataclass(frozen=True)
class Case:
    """A command line, what the error tells and advises, and what is there before: files, and variables (None: unset)."""

    line: str
    told: str
    advice: str = ""
    code: int = 64
    words: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str | None] = field(default_factory=dict)


def given(flag: str, value: str, told: str, *, line: str = f"create {VPC} --yes") -> Case:
    """An option with a wrong value, in place of a right one in `line`; the error names the option."""
    return Case(without(flag, line), f"{flag}: {told}", words=(flag, value))


def without(flag: str, line: str) -> str:
    return re.sub(rf" {flag} \S+", "", line)


def entity(told: str, *statements: Any, line: str = BARE) -> Case:
    """A trust policy in a file that must not be used."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}).encode()
    return Case(f"{line} --trusted-entity entity.json", f"--trusted-entity: {told}", files={"entity.json": text})


ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": ARN},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:ExternalId": "e1"}},
}
NOT_A_NAME = "is not a deployment name (1 to 63 letters, digits, _ . -)"

LINES = {
    "a verb that is none": Case("frob", "No such command 'frob'.", "Run: bootstrap --help"),
    "an option that is none": Case("create --frob", "No such option: --frob", "Run: bootstrap create --help"),
    "no such option of an integration": Case(
        "plan --integration upsolver-vpc --frob",
        "No such option: --frob",
        "bootstrap plan --integration upsolver-vpc --help",
    ),
    "an option before the verb": Case("--yes create", "No such option: --yes", "Run: bootstrap --help"),
    "a verb of state that is none": Case("state frob", "No such command 'frob'.", "Run: bootstrap state --help"),
    "an option without its value": Case("create --integration", "'--integration' requires an argument"),
    "too many words": Case("outputs one two", "unexpected extra argument", "run: bootstrap outputs one --name two"),
    "an input without its integration": Case("create --org-id a --yes", "No such option: --org-id"),
    "an input of another integration": Case(f"create {VPC} --yes --vm-disk 9", "No such option: --vm-disk"),
    "no integration": Case(
        "create --yes", "no integration is named", "upsolver-data-access, upsolver-private-vpc, upsolver-vpc"
    ),
    "no integration to plan": Case("plan", "no integration is named", "Add --integration"),
    "no integration to permit": Case("permissions", "no integration is named", "Add --integration"),
    "an integration that is none": Case(
        "create --integration other", "there is no integration 'other'", "There are: airbyte-s3, aspera-atc, "
    ),
    "a misspelt integration": Case(
        "plan --integration=upsolver-vcp", "no integration 'upsolver-vcp'", "Did you mean upsolver-vpc?"
    ),
    "an explanation of none": Case("integrations upsolver", "there is no integration 'upsolver'", "There are: "),
    "no inputs": Case("create --integration upsolver-vpc --yes", "upsolver-vpc needs --external-id, and --org-id", "--help"),
    "one input too few": Case("plan --integration upsolver-vpc --org-id a", "upsolver-vpc needs --external-id", "--help"),
    "an empty input": Case(
        without("--org-id", f"create {VPC} --yes"), "upsolver-vpc needs --org-id", words=("--org-id", "")
    ),
    "a blank input": given("--external-id", " ", ""),
    "an input given twice": Case(f"create {VPC} --org-id other --yes", "--org-id is given twice", "Keep one of the two."),
    "a contradiction": Case(f"plan {VPC} --harden --no-harden", "--harden/--no-harden is given twice", "Keep one"),
    "a name given twice": Case("destroy --name a --name b --yes", "--name is given twice", "Keep one of the two."),
    "a state given twice": Case("state list --state a.json --state b.json", "--state is given twice", "Keep one"),
    "a tag given twice": Case(
        f"create {VPC} --tag team=a --tag team=b --yes", "--tag: team is given twice, with different values", "Keep one"
    ),
    "a path of AWS": given("--path", "/aws-service-role/x/", "'/aws-service-role/x/': AWS reserves paths"),
    "a path of IAM Identity Center": given("--path", "/AWS-reserved/", "'/AWS-reserved/': AWS reserves paths"),
    "an entity with a name twice": Case(
        f"{BARE} --trusted-entity x",
        "--trusted-entity: the key 'StringEquals' is there twice",
        files={"x": b'{"Statement": [{"Condition": {"StringEquals": {}, "StringEquals": {}}}]}'},
    ),
    "create without a yes": Case(f"create {VPC}", "create needs confirmation", "Add --yes."),
    "destroy without a yes": Case("destroy", "destroy needs confirmation", "Add --yes."),
    "no data": Case(NO_DATA, "upsolver-data-access needs --bucket", "--help"),
    "a catalog without a bucket": Case(f"{NO_DATA} --glue-database lake", "--glue-database also needs --bucket"),
    "trust said twice": Case(
        f"create {DATA} --yes --trusted-entity entity.json",
        "--trusted-entity already says whom to trust",
        files={"entity.json": json.dumps({"Statement": [ALLOW]}).encode()},
    ),
    "an external id with a blank": given("--external-id", "a b", "'a b' has a blank in it"),
    "an external id that is too short": given("--external-id", "a", "an external id has 2 to 1,224 characters"),
    "an external id with an escape code": given("--external-id", "\x1b[31mred", "an external id may not contain '\\x1b'"),
    "an external id with half a character": given("--external-id", "a\udcff", "an external id may not contain '\\udcff'"),
    "an organization that is none": given("--org-id", "acme_1", "an organization id has 1 to 40 letters"),
    "an organization with a line break": given("--org-id", "ac\nme", "an organization id has 1 to 40 letters"),
    "a bucket that is none": given("--existing-bucket", "My_Bucket", "a bucket name has lower-case letters"),
    "a bucket with a wildcard": given("--read-bucket", "data/*/x", "the prefix '*/x' holds a character"),
    "a tag without a value": given("--tag", "team", "'team' is not KEY=VALUE"),
    "a tag of AWS": given("--tag", "aws:x=1", "tag keys that start with aws: are reserved"),
    "a tag of ours": given("--tag", "bootstrap:lineage=x", "tag keys that start with bootstrap: are reserved"),
    "a path that is none": given("--path", "vendors", "'vendors' is not an IAM path"),
    "a prefix with a slash": given("--role-prefix", "a/b", "a role prefix has up to 32 letters"),
    "a boundary that is none": given("--permissions-boundary", ARN, f"'{ARN}' is not the ARN of a policy"),
    "a key by its alias": given(
        "--kms-key", "alias/x", "'alias/x' is not the ARN of a KMS key", line=f"create {DATA} --yes"
    ),
    "a stream that is none": given("--kinesis-stream", "a b", "'a b' is not a stream name", line=f"create {DATA} --yes"),
    "an access that is none": given(
        "--access", "write", "'write' is not one of read, read-write", line=f"create {DATA} --yes"
    ),
    "everybody is trusted": given("--trusted-principal", "*", "'*' is not the ARN of a role or user", line=BARE),
    "an entity that is not there": Case(
        f"{BARE} --trusted-entity x.json", "--trusted-entity: cannot read x.json: No such file"
    ),
    "an entity that is a folder": Case(f"{BARE} --trusted-entity .", "--trusted-entity: cannot read .: Is a directory"),
    "an entity that is binary": Case(
        f"{BARE} --trusted-entity x", "--trusted-entity: cannot read x", files={"x": b"\xff\xfe\x00"}
    ),
    "an entity that is not JSON": Case(f"{BARE} --trusted-entity x", "--trusted-entity: it is not JSON", files={"x": b"{"}),
    "an entity that is nested for ever": Case(
        f"{BARE} --trusted-entity x",
        "--trusted-entity: it is nested more than",
        files={"x": b'{"Statement": ' + b"[" * 90_000},
    ),
    "an entity that is nested deeply": entity(
        "'[[[[[[[...]]]]]]]' is not the ARN", ALLOW | {"Principal": {"AWS": json.loads("[" * 90 + "]" * 90)}}
    ),
    "an entity that trusts a table": entity("\"{'a': 1}\" is not the ARN", ALLOW | {"Principal": {"AWS": {"a": 1}}}),
    "an entity with nobody in it": entity("one of its statements trusts nobody", ALLOW | {"Principal": {"AWS": []}}),
    "an entity that trusts all": entity("'*' is not the ARN of a role or user", ALLOW | {"Principal": "*"}),
    "an entity without an external id": entity("it trusts somebody without an external id", ALLOW | {"Condition": {}}),
    "an entity that denies": entity("each statement must be an Allow", ALLOW | {"Effect": "Deny"}),
    "an entity that allows more": entity("each statement must allow sts:AssumeRole", ALLOW | {"Action": "*"}),
    "an entity that is empty": entity("it trusts nobody"),
    "a sandbox with a profile": Case("plan --sandbox --profile x " + VPC, "--sandbox has no profiles", "Omit --profile."),
    "a state in another store": Case("state list --state gs://b/k", "--state: gs://b/k is not a file", "s3://BUCKET/KEY"),
    "a state in another store to destroy": Case("destroy --yes --state gs://b/k", "gs://b/k is not a file", "s3://"),
    "a bucket's name that is none": Case("state list --state s3://b/k", "b is not a bucket's name", "Name an object"),
    "a bucket without a key": Case("destroy --yes --state s3://acme-state", "it names a bucket, and nothing in it", "s3://"),
    "the key of a lock": Case("status --state s3://acme-state/x.lock", "x.lock cannot be the key of a state", "s3://"),
    "a bucket's account that is none": Case(
        "status --state s3://me@acme-state/x", "me is not the number of an account", "s3"
    ),
    "a state that is a folder": Case(f"create {VPC} --yes --state .", "--state: . is not a file", "Name a file"),
    "a state without a name": Case(f"create {VPC} --yes", "--state: (nothing) is not a file", words=("--state", "")),
    "a hand-off that is a file": Case(
        f"create {VPC} --yes --write-handoff taken", "taken is not a folder", "Choose another folder.", files={"taken": b""}
    ),
    "a hand-off below a file": Case(
        f"create {VPC} --yes --write-handoff taken/a", "taken is not a folder", files={"taken": b""}
    ),
    "a sandbox that is neither on nor off": Case(
        f"plan {VPC}",
        "Invalid value for '--sandbox'",
        "Run: bootstrap plan --integration upsolver-vpc --help",
        environment={"BOOTSTRAP_SANDBOX": "maybe"},
    ),
    "a state in the environment that is a folder": Case(
        f"plan {VPC}", "--state: . is not a file", environment={"BOOTSTRAP_STATE": "."}
    ),
    "no region": Case(f"plan {VPC}", "no AWS region is set", "--region or AWS_REGION", 1, environment={"AWS_REGION": None}),
    "a region that is none": Case(
        f"plan {VPC}", "the AWS region does not exist", "--region", words=("--region", "us east;1")
    ),
    "a profile that is none": Case(f"plan {VPC} --profile nobody", "the AWS profile does not exist", "aws configure"),
    "no credentials": Case(
        f"create {VPC} --yes",
        "no AWS credentials were found",
        "Sign in",
        1,
        environment={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
    ),
    "half of the credentials": Case(
        f"create {VPC} --yes",
        "the AWS credentials are incomplete",
        "Set the AWS_ variables",
        1,
        environment={"AWS_SECRET_ACCESS_KEY": None},
    ),
    "nothing to destroy": Case("destroy --yes", "there is no deployment in this folder", "Make one: bootstrap create", 1),
    "nothing to look at": Case("status", "there is no deployment in this folder", "Make one", 1),
    "nothing in the sandbox": Case(
        "outputs --sandbox", "there is no deployment in this folder's sandbox", "bootstrap create --sandbox", 1
    ),
    "nothing of that name": Case("outputs --name prod", "there is no deployment 'prod' in this folder", "Make one", 1),
    "nothing in that file": Case("status --state x.json", "there is no deployment in x.json", "Make one", 1),
    **{
        f"the name {name!r}": Case(f"create {VPC} --yes", NOT_A_NAME, words=("--name", name))
        for name in ("../../x", "a/b", " ", "-x", ".x", "a\nb", "\x1b[31m", "x" * 64, "ä")
    },
}


_FILES: dict[str, tuple[str, bytes, str, str]] = {
    "binary": ("in.toml", b"\xff\xfe\x00", "--inputs: cannot read in.toml", ""),
    "broken TOML": ("in.toml", b"external_id = ", "--inputs: in.toml is not TOML", "ends with .json"),
    "broken JSON": ("in.json", b'{"external_id": ', "--inputs: in.json is not JSON", "ends with .json"),
    "TOML called JSON": ("in.json", b'org_id = "acme"', "--inputs: in.json is not JSON", ""),
    "JSON called TOML": ("in.toml", b'{"org_id": "acme"}', "--inputs: in.toml is not TOML", "ends with .json"),
    "a list": ("in.json", b"[1]", "--inputs: in.json holds no table of inputs", ""),
    "too deep": ("in.json", b'{"tag": ' + b"[" * 90_000, "--inputs: in.json is not JSON", ""),
    "said twice": ("in.toml", b'org_id = "a"\norg_id = "b"', "--inputs: in.toml is not TOML", ""),
    "empty": ("in.toml", b"", "upsolver-vpc needs --external-id, and --org-id", "--help"),
    "an unknown input": ("in.toml", b'org = "acme"', "upsolver-vpc has no input org", "It has: "),
    "half a number for a text": ("in.toml", b'external_id = 1.5\norg_id = "a"', "--external-id: must be text, not 1.5", ""),
    "a list for a text": ("in.toml", b'external_id = ["ab"]\norg_id = "a"', "--external-id: must be text, not ['ab']", ""),
    "a text for a flag": ("in.toml", b'harden = "yes"', "--harden: must be true or false, not 'yes'", ""),
    "a table for a list": ("in.toml", b'tag = {team = "data"}', "--tag: must be text, not {'team': 'data'}", ""),
    "half a number in a list": ("in.toml", b"tag = [1.5]", "--tag: must be text, not 1.5", ""),
    "no number": ("in.json", b'{"harden": NaN}', "in.json is not JSON: NaN is not JSON", ""),
    "a number that is too long": (
        "in.toml",
        b"external_id = 0x" + b"f" * 9_000 + b"\norg_id = 1",
        "--external-id: must be text",
        "",
    ),
    "nested deeply": ("in.json", b'{"tag": ' + b"[" * 90 + b"]" * 90 + b"}", "--tag: must be text, not [[[[[[[...]", ""),
    "half a character": ("in.json", b'{"external_id": "a\\ud800"}', "in.json is not JSON: ", "Fix that"),
    "a name twice": ("in.json", b'{"org_id": "a", "org_id": "b"}', "the key 'org_id' is there twice", "Fix that"),
    "a name in two spellings": ("in.toml", b'org_id = "a"\norg-id = "b"', "names org_id twice", "Keep one of the two."),
    "a tag twice": ("in.toml", b'tag = ["a=1", "a=2"]', "--tag: a is given twice, with different values", "Keep one"),
    "an escape code": ("in.json", b'{"tag": ["\\u001b[31m"]}', "is not KEY=VALUE", ""),
    "a million letters": ("in.json", b'{"external_id": "' + b"x" * 90_000 + b'"}', "this one has 90,000", ""),
    "too long": ("in.json", b'{"external_id": "' + b"x" * 1_000_000 + b'"}', "it has more than 100,000 bytes", ""),
    "a wrong tag": ("in.toml", b'tag = ["team"]', "--tag: 'team' is not KEY=VALUE", ""),
}

FILES = {
    f"an inputs file: {what}": Case(
        f"create --integration upsolver-vpc --inputs {name} --yes", told, advice, files={name: content}
    )
    for what, (name, content, told, advice) in _FILES.items()
}
