"""bootstrap.toml is strict: one clear error names the file, the line and the key, and what can be there instead."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Bootstrap
from tests.support.refusals import Refused, refusing
from tests.support.wire import Wire

PROD = '[deployments.prod]\nintegration = "upsolver-vpc"\n'
INPUTS = f'{PROD}[deployments.prod.inputs]\nexternal_id = "ext-1"\norg_id = "acme"\n'
KEY = "AKIA" + "A" * 16

WRONG = {
    "an unknown key": (
        'regoin = "us-east-1"\n',
        "line 1: regoin: is not a key of this table",
        "Did you mean region? It can have: name, ",
    ),
    "an unknown key of a deployment": (f"{PROD}bukcet = 1\n", "line 3: deployments.prod.bukcet: is not", "tags, inputs."),
    "an unknown input": (
        f"{INPUTS}frob = 1\n",
        "line 6: deployments.prod.inputs.frob: is not an input of upsolver-vpc",
        "It has:",
    ),
    "an input in an inline table": (
        f"{PROD}inputs = {{ frob = 1 }}\n",
        "line 3: deployments.prod.inputs.frob: is not",
        "It has: access",
    ),
    "an input that is wrong": (
        f'{INPUTS}bucket = "No"\n',
        "line 6: deployments.prod.inputs.bucket: a bucket name has 3 to 63",
        "Correct it",
    ),
    "a flag that is text": (f'{INPUTS}harden = "yes"\n', "deployments.prod.inputs.harden: must be true or false", ""),
    "an input that is a number with a point": (
        f"{INPUTS}bucket = 1.5\n",
        "line 6: deployments.prod.inputs.bucket: must be",
        "",
    ),
    "an input that is a date": (
        f"{INPUTS}bucket = 2026-01-01\n",
        "line 6: deployments.prod.inputs.bucket: must be text",
        "",
    ),
    "an input that is a table": (f"{INPUTS}bucket = {{ a = 1 }}\n", "line 6: deployments.prod.inputs.bucket: must be", ""),
    "a file that is not there": (
        '[deployments.a]\nintegration = "upsolver-data-access"\ninputs = { trusted_entity = "no.json" }\n',
        "line 3: deployments.a.inputs.trusted_entity: cannot read no.json: No such file",
        "Correct it",
    ),
    "tags as an input": (f'{INPUTS}tag = ["a=b"]\n', "line 6: deployments.prod.inputs.tag: tags have a table", "prod.tags]"),
    "an input twice": (
        f'{INPUTS}org-id = "b"\n',
        "line 3: deployments.prod.inputs: has org_id twice, with - and",
        "Keep one",
    ),
    "a key twice": (
        f'{INPUTS}org_id = "b"\n',
        "bootstrap.toml is not TOML: Cannot overwrite a value (at line 6,",
        "Correct",
    ),
    "a table twice": (f"{PROD}{PROD}", "bootstrap.toml is not TOML: Cannot declare", "docs/project-file.md"),
    "no text": ("region = 1\n", "line 1: region: must be text, and not empty", 'Write region = "..."'),
    "an empty text": ('profile = ""\n', "line 1: profile: must be text, and not empty", ""),
    "a table that is text": ('deployments = "prod"\n', "line 1: deployments: must be a table", "Write [deployments]"),
    "a deployment that is text": ('[deployments]\nprod = "x"\n', "line 2: deployments.prod: must be a table", ""),
    "a list of deployments": ('[[deployments]]\nname = "x"\n', "line 1: deployments: must be a table", ""),
    "a deployment without an integration": ("[deployments.prod]\n", "line 1: deployments.prod: has no integration", "Add"),
    "an integration that is none": (
        '[deployments.prod]\nintegration = "upsolver"\n',
        "line 2: deployments.prod.integration: there is no integration 'upsolver'",
        "There are: airbyte-s3",
    ),
    "an integration at the top that is none": (
        'integration = "upsolver"\n[deployments.prod]\n',
        "line 2: deployments.prod.integration: there is no integration 'upsolver'",
        "There are: airbyte-s3",
    ),
    "a name that is none": (
        f'[deployments."a b"]\n{PROD}',
        "line 1: deployments.\"a b\": 'a b' is not a deployment name",
        "",
    ),
    "a default that is not there": (
        f'name = "test"\n{PROD}',
        "line 1: name: there is no [deployments.test]",
        "It has: prod.",
    ),
    "a region that is none": ('region = "us east"\n', "line 1: region: 'us east' is not an AWS region", ""),
    "a state that is no file": ('state = "https://a"\n', "line 1: state: https://a is not a file", "Name a file, s3://"),
    "a state in no bucket": ('state = "s3:///a"\n', "line 1: state: ", "Name s3://BUCKET/prod.json"),
    "a state for two": (
        f'state = "a.json"\n{PROD}[deployments.test]\nintegration = "upsolver-vpc"\n',
        "line 4: deployments.test: a.json is the state of another deployment",
        "a folder in S3, which ends with /",
    ),
    "a state with a character that no path has": (
        f'{PROD}state = "a\\u0000"\n',
        "line 3: deployments.prod.state: has a character that cannot be shown",
        "without it",
    ),
    "all keys that are not known": (
        'intgration = "vanta"\nregin = "x"\n' + PROD + "inptus = 1\n",
        "line 2: regin: is not a key of this table",
        "Did you mean inputs?",
    ),
    "a key behind many comments about it": (
        PROD + "# frob\n" * 90 + "frob = 1\n",
        "line 93: deployments.prod.frob: is not a key",
        "",
    ),
    "a key among many like it": (
        "[tags]\n" + "".join(f'tag{n} = "a"\n' for n in range(60)) + "tag = 1\n",
        "line 62: tags.tag: must be text",
        "",
    ),
    "a tag that is a number": ("[tags]\nteam = 1\n", "line 2: tags.team: must be text", 'Write team = "..."'),
    "a tag that is reserved": ('[tags]\n"aws:a" = "b"\n', 'line 2: tags."aws:a": tag keys that start with aws:', ""),
    "a tag with =": ('[tags]\n"a=b" = "c"\n', 'line 2: tags."a=b": a tag key here has no =', ""),
    "no TOML": ("a = \n", "bootstrap.toml is not TOML: Invalid value (at line 1, column 5)", "docs/project-file.md"),
    "a name of many parts": ("a." * 50 + "b = 1\n", "bootstrap.toml is not TOML: a name in it has too many parts", ""),
}
SECRETS = {
    "a secret key": (
        f'aws_secret_access_key = "{"x" * 40}"\n',
        "line 1: aws_secret_access_key: is not a key of this table, and no",
    ),
    "a session token": (f'{PROD}session-token = "{"x" * 40}"\n', "line 3: deployments.prod.session-token: is not a key"),
    "a password of an input": (
        f'{INPUTS}db_password = "{"x" * 40}"\n',
        "inputs.db_password: is not an input of upsolver-vpc, and no",
    ),
    "an access key": (f'profile = "{KEY}"\n', "line 1: profile: this looks like a secret, and the file is kept in git"),
    "an access key in a list": (
        f'{INPUTS}read_bucket = ["a", "{KEY}"]\n',
        "line 6: deployments.prod.inputs.read_bucket: this looks",
    ),
    "an access key for a name": (f"{PROD}{KEY} = 1\n", "line 1: deployments.prod: this looks like a secret"),
    "a private key": (
        f'{INPUTS}bucket = """\n-----BEGIN PRIVATE KEY-----\n{"x" * 40}"""\n',
        "line 6: deployments.prod.inputs.bucket: this looks like a secret",
    ),
    "a password in an address": ('state = "https://me:hush@host/"\n', "line 1: state: this looks like a secret"),
}


@pytest.fixture
def refused(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Refused:
    return refusing(bootstrap, cloud, tmp_path)


@pytest.mark.parametrize(("text", "told", "advice"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_with_its_place(text: str, told: str, advice: str, refused: Refused) -> None:
    Path("bootstrap.toml").write_text(text)
    shown = refused("plan" if "[deployments" in text else "plan --integration upsolver-vpc", code=64, with_json=False)
    assert told in shown
    assert advice in shown
    assert shown.startswith(("bootstrap.toml", "3 keys in bootstrap.toml are wrong"))


@pytest.mark.parametrize(("text", "told"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_refused_and_not_shown(text: str, told: str, refused: Refused) -> None:
    Path("bootstrap.toml").write_text(text)
    shown = refused("status", code=64) if "inputs" not in text else refused("plan", code=64, with_json=False)
    assert told in shown
    assert KEY not in shown
    assert "x" * 40 not in shown
    assert "hush" not in shown


@pytest.mark.parametrize("change", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")])
def test_files_of_windows_are_read(change: Callable[[bytes], bytes], bootstrap: Bootstrap) -> None:
    Path("bootstrap.toml").write_bytes(change(INPUTS.encode()))
    assert bootstrap("plan").code == 0
    Path("bootstrap.toml").write_bytes(change(INPUTS.encode() + b"frob = 1\n"))
    assert "bootstrap.toml, line 6: deployments.prod.inputs.frob" in bootstrap("plan").err


@pytest.mark.parametrize("content", [b"\xff", b"#" * 100_001])
def test_a_file_that_cannot_be_read(content: bytes, refused: Refused) -> None:
    Path("bootstrap.toml").write_bytes(content)
    assert "cannot read the project file bootstrap.toml: " in refused("destroy --yes", code=64)


def test_a_project_file_that_is_none(refused: Refused, tmp_path: Path) -> None:
    Path("folder").mkdir()
    assert "cannot read the project file no.toml: No such file" in refused("status --project no.toml", code=64)
    assert "cannot read the project file folder: Is a directory" in refused("plan --project folder", code=64)
    Path("bootstrap.toml").symlink_to("nowhere")
    assert "cannot read the project file bootstrap.toml: No such" in refused("status", code=64)
