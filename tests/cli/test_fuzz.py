"""Spoilt files, variables and command lines: whatever is in them, one clear error or an answer, and nothing is changed.

`pytest --hypothesis-profile torture tests/cli/test_fuzz.py` tries far more of them, and other ones each time.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings, strategies as st

from tests.cli.conftest import INPUTS, VPC, Bootstrap, sealed, tree, writes
from tests.cli.test_two_accounts import trust
from tests.conftest import MakeScope
from tests.support.corpus import ALLOW, BARE
from tests.support.hostile import HOSTILE, as_text, spoilt, spoilt_text
from tests.support.refusals import is_one_clear_error, shows_nothing_to_obey
from tests.support.wire import Call, Carry, Wire, error_answer

Try = Callable[..., None]


def share(of: float) -> settings:
    """This part of the examples that the profile allows."""
    return settings(max_examples=max(1, int(settings().max_examples * of)))


@pytest.fixture
def attempt(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Try:
    """Runs a command that may fail, clearly, and must change nothing."""

    def answered(call: Call, carry: Carry) -> Any:
        try:
            return carry()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error):  # moto, not AWS
            return error_answer(call, "ValidationError", "moto does not understand this", 400)

    cloud.between = answered

    def attempt(line: str, *words: str) -> None:
        before = tree(tmp_path)
        with cloud.recorded() as calls:
            ran = bootstrap(line, *words)
        event(f"exit code {ran.code}")
        shows_nothing_to_obey(ran)
        assert "Traceback" not in ran.err
        assert "report what it shows" not in ran.err + ran.out
        assert ran.code in (0, 1, 2, 64)
        assert [call for call in writes(calls) if call != "sts.AssumeRole"] == []  # that one is how one signs in
        assert tree(tmp_path) == before
        typed = {*line.split(), *words}
        if "--json" in typed and ran.out and not typed & {"--help", "--version"}:
            assert json.loads(ran.out) if ran.out.startswith(("{\n", "[")) else ran.objects
        if line == "lint" and ran.code == 64:  # an error for each file
            assert "Error: " in ran.err + ran.out or '"error"' in ran.out
        elif ran.code == 64:
            is_one_clear_error(ran, 64)
        elif ran.code == 1 and not ran.out:  # a plan with refusals is an answer
            assert ran.err.count("Error: ") == 1

    return attempt


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_state_that_was_edited_by_hand(name: str, bootstrap: Bootstrap, attempt: Try, scope: MakeScope) -> None:
    trust(scope().client("iam"), {"Service": "ec2.amazonaws.com"})  # the role of the nodes, which aspera-atc asks for
    assert bootstrap(f"create --integration {name} {INPUTS[name]} --yes").code == 0
    path = Path(f".bootstrap/{name}.json")
    good = path.read_text()
    verbs = ["status", "status --json", "destroy --dry-run", f"plan --integration {name}", "outputs", "outputs --json"]

    @share(0.3)
    @given(spoilt(json.loads(good), 2), st.sampled_from([*verbs, "state show", "state list"]), st.booleans())
    def edited(content: Any, verb: str, as_ours: bool) -> None:
        path.write_text(sealed(content) if as_ours and isinstance(content, dict) else as_text(content))
        attempt(verb)

    @share(0.1)
    @given(spoilt_text(good), st.sampled_from(verbs))
    def damaged(content: bytes, verb: str) -> None:
        path.write_bytes(content)
        attempt(verb)

    edited()
    damaged()


def test_an_inputs_file(attempt: Try) -> None:
    good: dict[str, Any] = {"external_id": "ext-1", "org_id": "acme", "tag": ["a=b"], "harden": True, "path": "/a/"}
    toml = "\n".join(f"{key} = {json.dumps(value)}" for key, value in good.items())
    line = "plan --integration upsolver-vpc --inputs"

    @share(0.6)
    @given(spoilt(good).map(lambda content: as_text(content).encode()) | spoilt_text(json.dumps(good)))
    def as_json(content: bytes) -> None:
        Path("in.json").write_bytes(content)
        attempt(f"{line} in.json")

    @share(0.3)
    @given(spoilt_text(toml))
    def as_toml(content: bytes) -> None:
        Path("in.toml").write_bytes(content)
        attempt(f"{line} in.toml --json")

    as_json()
    as_toml()


def test_a_trust_policy(attempt: Try) -> None:
    good = {"Version": "2012-10-17", "Statement": [ALLOW]}

    @share(0.8)
    @given(spoilt(good).map(lambda content: as_text(content).encode()) | spoilt_text(json.dumps(good)))
    def policy(content: bytes) -> None:
        Path("entity.json").write_bytes(content)
        attempt(BARE.replace("create", "plan").replace("--yes", "--trusted-entity entity.json"))

    policy()


CONFIG = """[default]
region = us-east-1
retry_mode = standard
s3 =
  addressing_style = path
[profile work]
source_profile = default
role_arn = arn:aws:iam::123456789012:role/x
duration_seconds = 3600
"""
KEYS = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRET-OF-THE-FILE\naws_session_token = TOKEN\n"


def test_files_of_the_aws_cli(attempt: Try, sessions: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "keys")
    kept = dict(sessions)

    @share(0.1)
    @given(spoilt_text(CONFIG), spoilt_text(KEYS), st.sampled_from([None, "work", "default", *HOSTILE[3:9]]))
    def files(config: bytes, keys: bytes, profile: str | None) -> None:
        Path("config").write_bytes(config)
        Path("keys").write_bytes(keys)
        sessions.clear()  # they are kept by their variables, which stay the same here
        attempt(f"plan {VPC}", *(["--profile", profile] if profile else []))

    files()
    sessions.clear()
    sessions.update(kept)


HARMLESS = (
    "plan",
    "check",
    "status",
    "outputs",
    "permissions",
    "integrations",
    "lint",
    "state list",
    "state show",
    "state path",
)
ASKING = ("destroy", "recover", *(f"state {verb}" for verb in ("rm", "import", "push", "migrate", "unlock")))
"""These change something once they are told --yes."""
WITH_INPUTS = ("plan", "check", "permissions", "recover")
FLAGS = (
    *("--integration", "--name", "--state", "--region", "--profile", "--inputs", "--external-id", "--org-id", "--tag"),
    *("--path", "--role-prefix", "--existing-bucket", "--read-bucket", "--permissions-boundary", "--sign-in"),
    *("--project", "--quiet", "--color", "--force"),
    *(
        "--to",
        "--lineage",
        "--strict",
        "--verbose",
        "--json",
        "--detailed-exitcode",
        "--dry-run",
        "--harden",
        "--check-chain",
        "--help",
        "--version",
    ),
)
argument = st.sampled_from([text for text in HOSTILE if "\0" not in text and len(text) < 100_000])
good_words = st.sampled_from(
    [
        *VPC.split(),
        "upsolver-data-access",
        "a=b",
        "us-west-2",
        ".",
        ".bootstrap/upsolver-vpc.json",
        "role",
        "bucket",
        "x.json",
    ]
)
words = st.lists(st.sampled_from(FLAGS) | argument | good_words, max_size=8)
VARIABLES = (
    "BOOTSTRAP_STATE",
    "BOOTSTRAP_SANDBOX",
    "COLUMNS",
    "LINES",
    "TERM",
    "NO_COLOR",
    "BOOTSTRAP_LOG",
    "LC_ALL",
    "HOME",
)


def test_a_command_line(bootstrap: Bootstrap, attempt: Try) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0

    @share(1.5)
    @given(st.sampled_from((*HARMLESS, *ASKING)), st.booleans(), words)
    def line(verb: str, named: bool, more: list[str]) -> None:
        more = [word for word in more if verb not in ASKING or word != "--yes"]
        attempt(f"{verb} {VPC}" if named and verb in WITH_INPUTS else verb, *more)

    line()


def test_variables(bootstrap: Bootstrap, attempt: Try) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    value = argument.filter(str.isascii) | st.sampled_from(["0", "-1", "1000000000", "dumb", "C", "/dev/full", "\udcff"])

    @share(0.3)
    @given(st.dictionaries(st.sampled_from(VARIABLES), value, min_size=1, max_size=4), st.sampled_from((*HARMLESS, *ASKING)))
    def surroundings(variables: dict[str, str], verb: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name, text in variables.items():
                patch.setenv(name, text)
            attempt(f"{verb} {VPC}" if verb in WITH_INPUTS else verb)

    surroundings()
