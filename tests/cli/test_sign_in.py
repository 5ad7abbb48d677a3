"""Credentials that go bad in the middle of a run: real credential processes that do something else from some call on."""

import hashlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bootstrap.aws import credentials
from bootstrap.aws.client import Aws
from tests.cli.conftest import BUCKET as DATA, VPC, Bootstrap, Ran
from tests.support.processes import DEADLINE, environment, until
from tests.support.wire import Call, Carry, Wire, json_answer

BUCKET = "acme-state"
IN_S3 = f" --state s3://{BUCKET}/prod.json"
COMMAND = re.compile(r"(?<=: )bootstrap (state (?:unlock|push) .*)")
GOOD = {"Version": 1, "AccessKeyId": "AKIAMARKED0000000000", "SecretAccessKey": "MARKED", "SessionToken": "MARKED"}
SPOILT = {
    "no JSON": "echo Please run: MARKED-login",
    "nothing": "true",
    "a list": "echo [] MARKED",
    "bytes that are no text": r"printf '\377MARKED'",
    "expired": "sed s/20[0-9][0-9]-/2001-/ good.json",
    "a date that is none": "sed s/20[0-9][0-9]-/never-MARKED/ good.json",
    "no date": "sed 's/Expiration/Never/' good.json",
    "no key": "sed 's/AccessKeyId/Id/' good.json",
    "a token with a line break": r"sed 's/SessionToken\": \"/&a\\n/' good.json",
    "an exit code": "echo MARKED >&2; exit 3",
    "a signal": "kill -9 $$",
    "a program that is gone": "rm -f helper; false",
}


class Helper:
    """The credential_process. Its credentials last five minutes, so that the SDK asks for new ones at each call."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        soon = datetime.now(UTC) + timedelta(minutes=5)
        (folder / "good.json").write_text(json.dumps({**GOOD, "Expiration": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}))
        (folder / "config").write_text(f"[default]\ncredential_process = {folder}/helper\n")
        self.goes_bad(after=10**6)

    @property
    def asked(self) -> int:
        return len((self.folder / "asked").read_text())

    def goes_bad(self, after: int, then: str = "") -> None:
        """Another thread may be starting it just now: the program stays, and what it does is replaced in one step."""
        (self.folder / "asked").write_text("")
        (self.folder / "new").write_text(
            f"printf x >> asked; [ $(wc -c < asked) -gt {after} ] || exec cat good.json\n{then}\n"
        )
        (self.folder / "new").replace(self.folder / "steps")
        helper = self.folder / "helper"
        if not helper.exists():
            helper.write_text(f"#!/bin/sh\ncd {self.folder}; . ./steps\n")
            helper.chmod(0o700)

    def goes_bad_at(self, then: str, call: Call, carry: Carry) -> None:
        self.goes_bad(0, then)


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Helper:
    found = Helper(tmp_path / "helper")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(found.folder / "config"))
    return found


@pytest.fixture(autouse=True)
def s3(cloud: Wire, connections: Callable[[str], Aws]) -> Any:
    """A bucket for states; the client of its owner."""
    client = connections("us-east-1").client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


def ok(bootstrap: Bootstrap, line: str) -> Ran:
    ran = bootstrap(line)
    assert ran.code == 0, ran.err
    return ran


def is_told(ran: Ran, s3: Any) -> list[str]:
    """What failed, what is saved where, and what to type; returns the commands, as they are printed."""
    assert ran.code == 1, ran.err
    for complaint in ("unexpected", "report", "Traceback", "MARKED", "cannot read"):
        assert complaint not in ran.err, ran.err
    assert "credential" in ran.err
    commands = COMMAND.findall(ran.err)
    lock = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []) if ".lock" in item["Key"]]
    assert bool(lock) == any("unlock" in command for command in commands), ran.err
    left = list(Path().glob("errored.*"))
    assert bool(left) == any("push" in command for command in commands), ran.err
    return commands


def go_on(bootstrap: Bootstrap, helper: Helper, commands: list[str]) -> None:
    helper.goes_bad(after=10**6)
    for command in commands:
        ok(bootstrap, f"{command} --yes")
    for left in Path().glob("errored.*"):
        left.unlink()


@pytest.mark.parametrize("state", ["", IN_S3], ids=["file", "s3"])
def test_whatever_the_process_does_instead_is_told_and_the_printed_commands_work(
    state: str, bootstrap: Bootstrap, helper: Helper, cloud: Wire, s3: Any
) -> None:
    ok(bootstrap, f"create {VPC} --yes --no-preflight{state}")
    for number, name in enumerate(SPOILT):
        # With a tag the change of the role is not done yet; without one it is, and only its record is not saved.
        change = f"--external-id run-{number}" + ("" if state else f" --tag run={number}")
        cloud.trick("UpdateAssumeRolePolicy", partial(helper.goes_bad_at, SPOILT[name]))
        ran = bootstrap(f"create --integration upsolver-vpc {change} --yes --no-preflight{state}")
        commands = is_told(ran, s3)
        assert ("expired already" in ran.err) == (name == "expired"), ran.err
        assert len(commands) == (2 if state else 0), (name, ran.err)
        go_on(bootstrap, helper, commands)
    ok(bootstrap, f"create --integration upsolver-vpc --yes --no-preflight{state}")
    ok(bootstrap, f"destroy --yes --no-preflight{state}")


def test_wherever_in_a_run_it_happens_the_printed_commands_work_and_the_same_command_goes_on(
    bootstrap: Bootstrap, helper: Helper, s3: Any
) -> None:
    """From the first call to the release of the lock and the receipt."""
    lines = [f"create {VPC} --yes --no-preflight{IN_S3}", f"destroy --yes --no-preflight{IN_S3}"]
    lives = []
    for line in lines:
        helper.goes_bad(after=10**6)
        ok(bootstrap, line)
        lives.append(helper.asked)
    failed = 0
    for part in range(8):
        for line, calls in zip(lines, lives, strict=True):
            helper.goes_bad(calls * part // 8 if part else calls - 1, SPOILT["no JSON"])
            ran = bootstrap(line)
            failed += ran.code != 0
            commands = is_told(ran, s3) if ran.code else []
            go_on(bootstrap, helper, commands)
            ran = bootstrap(line)
            assert ran.code == 0 or "there is no deployment" in ran.err, ran.err
    assert failed >= 14
    assert [item["Name"] for item in s3.list_buckets()["Buckets"]] == [BUCKET], DATA


def test_a_process_that_hangs_is_ended_with_what_to_do(
    helper: Helper, bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the sign-in, and when credentials are renewed in the middle of a run; also where it leaves a child behind."""
    with monkeypatch.context() as patch:
        patch.setattr(credentials, "_ended", partial(credentials._ended, seconds=0.5))
        for state in ("", IN_S3):
            helper.goes_bad(0, "exec sleep 100")
            ran = bootstrap(f"plan {VPC} --no-preflight{state}")
            assert ran.code == 1
            assert (
                f"the credential_process {helper.folder}/helper of the profile default has not ended after 0.5 s" in ran.err
            )
            assert "Run it by itself to see what it waits for" in ran.err
            assert "run the same command again" in ran.err
        for endless in ("exec yes", "exec yes >&2", "exec >&- 2>&-; exec sleep 100"):
            helper.goes_bad(0, endless)
            assert "has not ended after 0.5 s" in bootstrap(f"plan {VPC} --no-preflight").err
        helper.goes_bad(3, "sleep 1 & wait")
        ran = bootstrap(f"create {VPC} --yes --no-preflight")
        assert ran.code == 1
        assert "has not ended after 0.5 s" in ran.err
        assert "Traceback" not in ran.err
    helper.goes_bad(after=10**6)
    ok(bootstrap, f"create {VPC} --yes --no-preflight")


@pytest.mark.parametrize("state", ["", IN_S3], ids=["file", "s3"])
def test_ctrl_c_ends_a_command_whose_process_hangs(state: str, helper: Helper, tmp_path: Path) -> None:
    helper.goes_bad(0, "echo > started; exec sleep 100")
    settings = {"AWS_CONFIG_FILE": str(helper.folder / "config"), "AWS_REGION": "us-east-1"}
    run = [sys.executable, "-m", "bootstrap", *f"plan {VPC}{state}".split()]
    ran = subprocess.Popen(run, env=environment(**settings), cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    until((helper.folder / "started").exists, "the credential_process runs")
    ran.send_signal(signal.SIGINT)
    _, said = ran.communicate(timeout=DEADLINE)
    assert ran.returncode == 130
    assert "interrupted; nothing was changed" in said


# SSO

SESSION = "[profile new]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
SSO = (
    f"{SESSION}[sso-session s]\nsso_start_url = https://x\nsso_region = us-east-1\n"
    "[profile old]\nsso_start_url = s\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
)


@pytest.fixture
def cache(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which `aws sso login` keeps the token of both profiles."""
    (helper.folder / "config").write_text(SSO)
    for where in ("credentials.SSOProvider", "tokens.SSOTokenProvider"):
        monkeypatch.setattr(f"botocore.{where}._SSO_TOKEN_CACHE_DIR", str(helper.folder), raising=False)
    return helper.folder / f"{hashlib.sha1(b's').hexdigest()}.json"


@pytest.mark.parametrize("state", ["", IN_S3], ids=["file", "s3"])
@pytest.mark.parametrize("profile", ["new", "old"])
def test_a_half_written_cache_of_sso_asks_for_another_sign_in(
    profile: str, state: str, bootstrap: Bootstrap, cache: Path
) -> None:
    cache.write_text('{"accessToken": "MARKED')
    ran = bootstrap(f"plan {VPC} --profile {profile}{state}")
    assert ran.code == 1
    assert f"Run: aws sso login --profile {profile}\n" in ran.err
    assert "MARKED" not in ran.err
    assert "unexpected" not in ran.err


@pytest.mark.parametrize("state", ["", IN_S3], ids=["file", "s3"])
def test_sso_without_the_assignment_names_what_to_check_and_what_to_ask_for(
    state: str, bootstrap: Bootstrap, cloud: Wire, cache: Path
) -> None:
    cache.write_text(json.dumps({"accessToken": "MARKED", "expiresAt": "2999-01-01T00:00:00Z"}))
    refusal = json_answer({"message": "No access"}, 403, {"x-amzn-errortype": "ForbiddenException"})
    cloud.trick("GetRoleCredentials", lambda call, carry: refusal, times=9)
    ran = bootstrap(f"plan {VPC} --profile old{state}")
    assert ran.code == 1
    assert "the SSO sign-in of the profile old gives no credentials: GetRoleCredentials: No access" in ran.err
    assert "sso_account_id and sso_role_name" in ran.err
    assert "assign you that permission set" in ran.err
    assert "MARKED" not in ran.err


# aws login


def login_token(seconds: int, key: str = "AKIACACHED0000000000") -> dict[str, Any]:
    """What `aws login` keeps, good for so many seconds."""
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    access = {"accessKeyId": key, "secretAccessKey": "MARKED", "sessionToken": "MARKED", "accountId": "123456789012"}
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return {
        "accessToken": {**access, "expiresAt": until},
        "refreshToken": "MARKED",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": private.decode(),
    }


@pytest.fixture
def login_cache(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which `aws login` keeps the sign-in of the profile `dev`."""
    (helper.folder / "config").write_text("[profile dev]\nlogin_session = me\n")
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(helper.folder))
    return helper.folder / f"{hashlib.sha256(b'me').hexdigest()}.json"


def test_a_profile_of_aws_login_works_and_renews_itself(bootstrap: Bootstrap, cloud: Wire, login_cache: Path) -> None:
    login_cache.write_text(json.dumps(login_token(3600)))
    ok(bootstrap, f"plan {VPC} --profile dev --no-preflight")
    assert "Credential=AKIACACHED0000000000/" in cloud.calls[-1].headers["authorization"]
    login_cache.write_text(json.dumps(login_token(-60)))
    fresh = {
        "accessToken": {"accessKeyId": "AKIAFRESH00000000000", "secretAccessKey": "MARKED", "sessionToken": "MARKED"},
        "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
        "expiresIn": 900,
        "refreshToken": "MARKED",
    }
    cloud.trick("CreateOAuth2Token", lambda call, carry: json_answer(fresh))
    ok(bootstrap, f"plan {VPC} --profile dev --no-preflight --region eu-west-1")
    [renewal] = [call for call in cloud.calls if call.operation == "CreateOAuth2Token"]
    assert renewal.headers["dpop"].count(".") == 2
    assert "Credential=AKIAFRESH00000000000/" in cloud.calls[-1].headers["authorization"]


@pytest.mark.parametrize("state", ["", IN_S3], ids=["file", "s3"])
@pytest.mark.parametrize("text", ["", '{"accessToken": "MARKED'])
def test_a_sign_in_of_aws_login_that_is_missing_or_half_written_asks_for_another(
    text: str, state: str, bootstrap: Bootstrap, login_cache: Path
) -> None:
    if text:
        login_cache.write_text(text)
    ran = bootstrap(f"plan {VPC} --profile dev{state}")
    assert ran.code == 1
    assert "Run: aws login --profile dev\n" in ran.err
    assert "MARKED" not in ran.err


@pytest.mark.parametrize(("profile", "loads"), [("plain", "False"), ("dev", "True")])
def test_only_a_profile_of_aws_login_pays_for_its_runtime(
    profile: str, loads: str, login_cache: Path, tmp_path: Path
) -> None:
    login_cache.write_text(json.dumps(login_token(3600)))
    with (login_cache.parent / "config").open("a") as file:
        file.write("[profile plain]\naws_access_key_id = x\naws_secret_access_key = x\n")
    run = f"from bootstrap.aws.credentials import *; import sys; open_session(Login({profile!r}, 'us-east-1')).client('sts')"
    settings = {"AWS_CONFIG_FILE": str(login_cache.parent / "config"), "AWS_LOGIN_CACHE_DIRECTORY": str(login_cache.parent)}
    command = [sys.executable, "-c", f"{run}; print('_awscrt' in sys.modules)"]
    ran = subprocess.run(command, env=environment(**settings), check=True, capture_output=True, text=True, cwd=tmp_path)
    assert ran.stdout.strip() == loads
