"""What is odd about a key pair: AWS shows a fingerprint only, another one for each kind of key."""

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.difference import differences
from bootstrap.resources.ec2.key_pair import Ec2KeyPair, fingerprint, key_problem
from tests.conftest import MakeScope
from tests.support import keys
from tests.support.samples import deployed, read_back

KEY = Ec2KeyPair(name="key", public_key=f"{keys.ED25519} me@home")
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


def test_fingerprints_are_those_of_openssl_and_ssh_keygen() -> None:
    # openssl md5 -c of the DER form of the public key; ssh-keygen -l
    assert fingerprint(keys.RSA) == "1f:66:fa:b5:b9:b4:59:d8:11:a1:e9:b7:95:97:a8:7d"
    assert fingerprint(keys.ED25519) == "vX1yk3OSo5IWu8Tf06VEpZWe/LbBqo2duW15SOEPz/M="


@pytest.mark.parametrize("line", [keys.RSA, keys.ED25519, f"{keys.RSA} me@home", f" {keys.ED25519} me and you\n"])
def test_a_key_that_was_imported_is_up_to_date(line: str, scope: MakeScope) -> None:
    key = Ec2KeyPair(name="key", public_key=line)
    assert differences(key, deployed(key, scope())) == ()


def test_a_fingerprint_without_its_padding_is_the_same(scope: MakeScope, monkeypatch: pytest.MonkeyPatch) -> None:
    live = deployed(KEY, scope())
    monkeypatch.setattr("moto.ec2.models.key_pairs.KeyPair.key_fingerprint", fingerprint(keys.ED25519)[:-1], raising=False)
    assert differences(KEY, read_back(KEY, scope(), live.outputs)) == ()


def test_another_comment_is_no_difference(scope: MakeScope) -> None:
    live = deployed(KEY, scope())
    assert differences(Ec2KeyPair(name="key", public_key=f"{keys.ED25519} you@work"), live) == ()


def test_another_key_under_the_name_is_drift_that_cannot_be_mended_in_place(scope: MakeScope) -> None:
    live = deployed(KEY, scope())
    client = scope().client("ec2")
    client.delete_key_pair(KeyName="key")
    client.import_key_pair(KeyName="key", PublicKeyMaterial=keys.RSA.encode())
    now = read_back(KEY, scope(), live.outputs)
    [found] = differences(KEY, now)
    assert (found.path, found.before) == ("public_key", fingerprint(keys.RSA))
    assert "public_key" in KEY.updates.force_new
    assert now.outputs["key_pair_id"] != live.outputs["key_pair_id"]


@pytest.mark.parametrize("text", [PRIVATE, PRIVATE.replace("OPENSSH", "RSA"), PRIVATE.replace("OPENSSH ", "").lower()])
def test_a_private_key_is_refused_and_never_shown(text: str) -> None:
    problems = Ec2KeyPair(name="key", public_key=text).validate(EXAMPLE)
    assert any("PRIVATE key" in problem and ".pub" in problem for problem in problems)
    assert "b3BlbnNz" not in " ".join(problems)


@pytest.mark.parametrize("text", ["hunter2", f"{keys.RSA}\n{keys.RSA}", keys.ED25519[:-9], keys.ED25519[12:]])
def test_what_is_no_key_is_refused_and_not_shown(text: str) -> None:
    problem = key_problem(text)
    assert problem
    assert text[-20:] not in problem
