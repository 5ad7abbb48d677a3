"""No credential, no token and no private key is written or shown, whatever is run and however it ends."""

import hashlib
import json
import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.export import FORMATS
from tests.cli.conftest import INPUTS, Bootstrap, Start, tree
from tests.conftest import MakeScope
from tests.support.processes import Cloud
from tests.support.wire import Call, Carry, Wire, answer

KEY, SECRET, TOKEN = "AKIAMARKEDKEYOFENV00", "MARKED+secret/of/the/environment", "MARKED+token/of/the/environment=="
IN_FILE = "MARKED+secret/of/a/file"
SSO = "MARKED-token-of-sso"
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nMARKEDb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"
MARKED = re.compile("AKIAMARKED|MARKED")


class Watched:
    """A folder with a home and a place for temporary files in it, and the secrets that must not get around."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = {KEY, SECRET, TOKEN, IN_FILE, SSO, "MARKED"}
        planted = {
            ".aws/credentials": f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {IN_FILE}\n",
            ".aws/config": "[profile broken]\ncredential_process = sh -c 'echo token=MARKED >&2; exit 3'\n"
            "[profile chained]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = broken\n"
            "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = default\n"
            "[profile sso]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n",
            ".aws/sso/cache/d3b07384d113edec49eaa6238ad5ff00.json": json.dumps({"accessToken": SSO}),
            ".ssh/id": PRIVATE,
        }
        for name, text in planted.items():
            path = folder / "home" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / "tmp").mkdir()
        self.planted = tree(folder)

    def holds_none(self, *shown: str) -> None:
        for name, content in tree(self.folder).items():
            if name in self.planted:
                assert content == self.planted[name]
            else:
                shown += (name, content.decode(errors="replace") if isinstance(content, bytes) else str(content))
        for text in shown:
            assert not [secret for secret in self.secrets if secret in text], text


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    found = Watched(tmp_path)
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_CONFIG_FILE": str(tmp_path / "home/.aws/config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "home/.aws/credentials"),
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", None)
    return found


@pytest.fixture
def assumed(cloud: Wire, watched: Watched) -> Iterator[list[str]]:
    """What STS gives out is a secret too."""
    given: list[str] = []

    def remember(call: Call, carry: Carry) -> Any:
        answer = carry()
        found = re.findall(r"<(?:SecretAccessKey|SessionToken|AccessKeyId)>([^<]+)<", answer.text)
        given.extend(found)
        watched.secrets.update(found)
        return answer

    cloud.trick("AssumeRole", remember, times=100)
    yield given


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_no_run_writes_or_shows_a_secret(
    name: str,
    bootstrap: Bootstrap,
    cloud: Wire,
    watched: Watched,
    assumed: list[str],
    scope: MakeScope,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOOTSTRAP_LOG", "debug")
    if name == "aspera-atc":
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=document)
    create = f"create --integration {name} {INPUTS[name]} --yes"
    cloud.refuse("CreateRole", "AccessDenied", "not authorized", status=403)
    check = " --check-chain" if name == "aspera-atc" else ""
    for line, codes in {
        f"plan --integration {name} {INPUTS[name]} --verbose --debug": (0,),
        f"{create} --debug": (1,),
        f"{create} --json --verbose": (0,),
        f"status --verbose --debug{check}": (0,),
        f"status --json{check}": (0,),
        "outputs --write-handoff handoff": (0,),
        "outputs --json": (0,),
        "state show --json": (0,),
        **{f"export --format {each}": (64 if name == "aspera-atc" else 0,) for each in FORMATS if "import" not in each},
        "status --debug --region nowhere": (64,),
        "destroy --yes --debug --verbose": (0,),
        "status --debug": (0,),
    }.items():
        ran = bootstrap(f"{line} --log calls.log")
        assert ran.code in codes, ran.err
        watched.holds_none(ran.out, ran.err)
    assert '"operation": "CreateRole"' in Path("calls.log").read_text()
    assert bool(assumed) is (name == "aspera-atc")
    assert all(
        KEY in call.headers["authorization"] for call in cloud.calls if call.operation == "CreateRole" and not assumed
    )


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("spoilt", ["{}\r", "{}\n", " {}", "{}\u2014", "{}\udcff"])
def test_credentials_that_were_copied_badly_are_not_shown(
    variable: str, spoilt: str, bootstrap: Bootstrap, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, spoilt.format(f"MARKED{variable}"))
    ran = bootstrap("plan --integration upsolver-vpc --external-id e1 --org-id a --debug")
    assert ran.code == 1
    assert "Copy it again" in ran.err
    watched.holds_none(ran.out, ran.err)


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("broken", "the credential_process sh of the profile broken ended with the exit code 3"),
        ("chained", "the credential_process sh of the profile broken ended with the exit code 3"),
        ("sso", "SSO"),
    ],
)
def test_a_sign_in_that_fails_shows_nothing_of_it(
    profile: str, told: str, bootstrap: Bootstrap, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_keys(monkeypatch)
    ran = bootstrap(f"plan --integration upsolver-vpc --external-id e1 --org-id a --debug --profile {profile}")
    assert ran.code == 1
    assert told in ran.err
    watched.holds_none(ran.out, ran.err)


GOOD = {"Version": 1, "AccessKeyId": "AKIAMARKED0000000000", "SecretAccessKey": "MARKED", "SessionToken": "MARKED"}
PRINTED = {
    "no JSON": "token=MARKED",
    "a text": '"MARKED"',
    "a list": '["MARKED"]',
    "half of it": json.dumps(GOOD)[:-20],
    "a date that is none": json.dumps({**GOOD, "Expiration": "MARKED"}),
    "a date that is a number": json.dumps({**GOOD, "Expiration": 10**30}),
    "a date that is a list": json.dumps({**GOOD, "Expiration": ["MARKED"]}),
    "a version that is none": json.dumps({**GOOD, "Version": "MARKED"}),
    "keys that are lists": json.dumps({**GOOD, "SecretAccessKey": ["MARKED"]}),
    "keys that are numbers": json.dumps({**GOOD, "AccessKeyId": 7}),
    "a key with a line break": json.dumps({**GOOD, "SessionToken": "MARKED\n"}),
    "no key": json.dumps({"Version": 1, "MARKED": "MARKED"}),
    "other letters": "\xff\xfeMARKED",
    "keys of nobody": json.dumps(GOOD),
}


def without_keys(patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        patch.delenv(name)


def shows_nothing(bootstrap: Bootstrap, watched: Watched, profile: str = "") -> str:
    """The plan fails with one error, as text, with --json and with --debug, and holds no secret."""
    watched.planted = tree(watched.folder)
    line = f"plan --integration upsolver-vpc --external-id e1 --org-id a {profile}"
    for more in (" --json", " --debug", ""):
        ran = bootstrap(line + more)
        assert ran.code == 1, ran.out
        assert "unexpected" not in ran.out + ran.err
        watched.holds_none(ran.out, ran.err)
    return ran.err


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_what_a_credential_process_prints_is_not_shown_whatever_it_is(
    printed: str, bootstrap: Bootstrap, cloud: Wire, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_keys(monkeypatch)
    (watched.folder / "home/printed").write_bytes(printed.encode("latin-1"))
    with (watched.folder / "home/.aws/config").open("a") as file:
        file.write(f"[profile odd]\ncredential_process = cat {watched.folder}/home/printed\n")
    cloud.refuse("GetCallerIdentity", "InvalidClientTokenId", "no such AKIAMARKED0000000000", times=100)
    assert "AWS" in shows_nothing(bootstrap, watched, "--profile odd")


CACHED = {
    "no JSON": '{"accessToken": "MARKED',
    "no date": json.dumps({"accessToken": "MARKED"}),
    "a date that is none": json.dumps({"accessToken": "MARKED", "expiresAt": "MARKED"}),
    "a date that is a list": json.dumps({"accessToken": "MARKED", "expiresAt": ["MARKED"]}),
    "a text": '"accessToken expiresAt MARKED"',
    "a token that is a list": json.dumps({"accessToken": ["MARKED"], "expiresAt": "2999-01-01T00:00:00Z"}),
    "a token with a line break": json.dumps({"accessToken": "MARKED\n", "expiresAt": "2999-01-01T00:00:00Z"}),
    "a registration that is old": json.dumps(
        {
            "accessToken": "MARKED",
            "refreshToken": "MARKED",
            "clientId": "MARKED",
            "clientSecret": "MARKED",
            "expiresAt": "2001-01-01T00:00:00Z",
            "registrationExpiresAt": "MARKED",
        }
    ),
}


@pytest.mark.parametrize("session", ["https://x", "s"])
@pytest.mark.parametrize("cached", CACHED.values(), ids=CACHED)
def test_what_the_cache_of_sso_holds_is_not_shown_whatever_it_is(
    cached: str, session: str, bootstrap: Bootstrap, cloud: Wire, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_keys(monkeypatch)
    monkeypatch.setattr("botocore.credentials.CachedCredentialFetcher.DEFAULT_EXPIRY_WINDOW_SECONDS", 0)
    folder = watched.folder / "home/.aws/sso/cache"
    (folder / f"{hashlib.sha1(session.encode()).hexdigest()}.json").write_text(cached)
    with (watched.folder / "home/.aws/config").open("a") as file:
        file.write("[profile new]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n")
        file.write("[sso-session s]\nsso_start_url = https://x\nsso_region = us-east-1\n")
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(folder))
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(folder), raising=False)
    shows_nothing(bootstrap, watched, f"--profile {'sso' if session == 'https://x' else 'new'}")


PLACES = ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS")
ADDRESSES = (
    "http://me:MARKED@127.0.0.1:1",
    "http://me:x@MARKED@127.0.0.1:1",
    "http://me:MAR/MARKED@127.0.0.1:1",
    "http://me:MARKED MARKED@127.0.0.1:1",
    "http://me:MARKED\n@127.0.0.1:1",
    "HTTP://me:%4DARKEDMARKED@127.0.0.1:1",
    "me:MARKED@127.0.0.1:1",
    "http://MARKED@127.0.0.1:1",
    "socks9://me:MARKED@127.0.0.1:1",
    "http://me:MARKED@[127.0.0.1:1",
    "//me:MARKED@127.0.0.1:port",
)


@pytest.fixture
def alone(in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> Bootstrap:
    """Runs the command line where no AWS is played, and no name leads anywhere."""
    resolve = socket.getaddrinfo

    def numbers_only(host: Any, *others: Any, **more: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", numbers_only)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0)
    return in_process


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_password_in_an_address_is_not_shown(
    place: str, address: str, alone: Bootstrap, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1" if place == "HTTPS_PROXY" else "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv(place, address)
    shows_nothing(alone, watched)


def test_the_password_of_an_endpoint_in_the_config_file_is_not_shown(
    alone: Bootstrap, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, address in enumerate(ADDRESSES):
        with (watched.folder / "home/.aws/config").open("a") as file:
            file.write(f"[profile e{number}]\nendpoint_url = {address.replace(chr(10), ' ')}\n")
        shows_nothing(alone, watched, f"--profile e{number}")


def test_what_a_file_of_certificates_holds_is_not_shown(
    alone: Bootstrap, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(watched.folder / "home/.ssh/id"))
    shows_nothing(alone, watched)


@pytest.mark.parametrize(
    "answered", ["<SecretAccessKey>MARKED</Secr", "<html>x-amz-security-token: MARKED</html>", "MARKED"]
)
def test_an_answer_that_cannot_be_read_is_not_quoted(
    answered: str, bootstrap: Bootstrap, cloud: Wire, watched: Watched
) -> None:
    cloud.trick("GetCallerIdentity", lambda call, carry: answer(answered), times=100)
    assert "AWS" in shows_nothing(bootstrap, watched)


def test_a_credentials_file_that_is_broken_is_not_quoted(bootstrap: Bootstrap, watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "home/.aws/credentials").write_text("[default]\naws_secret_access_key MARKED\n")
    watched.planted = tree(tmp_path)
    ran = bootstrap("plan --integration upsolver-vpc --external-id e1 --org-id a --debug")
    assert ran.code == 1
    watched.holds_none(ran.out, ran.err)


@pytest.mark.parametrize(
    "line",
    [
        "create --integration biomodal-duet --bucket acme-duet --ssh-cidr 10.0.0.0/8 --yes --public-key home/.ssh/id",
        "create --integration biomodal-duet --inputs key.toml --yes",
        "create --integration biomodal-duet --inputs home/.ssh/id --yes",
        "create --integration upsolver-data-access --bucket raw --yes --trusted-entity home/.ssh/id",
    ],
)
def test_a_private_key_in_the_wrong_place_is_refused_and_not_shown(
    line: str, bootstrap: Bootstrap, watched: Watched, tmp_path: Path
) -> None:
    text = 'bucket = "acme-duet"\nssh_cidr = "10.0.0.0/8"\npublic_key = "home/.ssh/id"\n'
    (tmp_path / "key.toml").write_text(text)
    for more in ("", " --debug", " --json"):
        ran = bootstrap(line + more)
        assert ran.code == 64
        watched.holds_none(ran.out, ran.err)


@pytest.mark.parametrize("more", ["", " --debug --verbose", " --json"])
def test_a_real_process_with_a_profile_that_assumes_a_role(
    more: str, start: Start, sandbox_cloud: Cloud, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What the SDK itself leaves at home, and what the role's credentials leave behind."""
    watched = Watched(tmp_path)
    home, own = tmp_path / "home", sandbox_cloud.server.key_id
    (home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = {own}\naws_secret_access_key = {IN_FILE}\n")
    watched.secrets.add(own)
    watched.planted = tree(tmp_path)
    settings = {
        "HOME": str(home),
        "TMPDIR": str(tmp_path / "tmp"),
        "AWS_ENDPOINT_URL": sandbox_cloud.server.url,
        "AWS_REGION": "us-east-1",
        "AWS_PROFILE": "role",
    }
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    sandbox_cloud.iam.create_role(RoleName="x", AssumeRolePolicyDocument=document)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    sandbox_cloud.iam.put_role_policy(RoleName="x", PolicyName="all", PolicyDocument=json.dumps(everything))
    for line in (
        "create --integration upsolver-vpc --external-id e1 --org-id acme --yes",
        "status",
        "destroy --yes",
    ):
        ran = start(line + more, **settings)
        assert ran.ends() == 0, ran.err
        watched.holds_none(ran.out, ran.err)
