"""Approvals that are signed with a real ssh-keygen, and verified with it."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.approval import MARK, Approval, from_text
from bootstrap.errors import PlanRefused, UsageError
from bootstrap.operations.signatures import signed, verify
from tests.support.keys import key_pair
from tests.support.plan_files import MADE, first_plan

pytestmark = pytest.mark.ssh_keygen
SIGNERS = Path("allowed_signers")


@pytest.fixture
def key() -> Path:
    return key_pair(Path("ann"))


def approval(by: str = "ann@acme.example") -> Approval:
    return Approval.of(first_plan(), by, "read it", MADE)


def allow(principals: str, key: Path, options: str = "") -> None:
    public = key.with_suffix(".pub").read_text()
    SIGNERS.write_text(f"{principals} {options} {public}")


def refused(found: Approval) -> str:
    with pytest.raises(PlanRefused) as caught:
        verify(found, "plan.json.approval", SIGNERS)
    return caught.value.message


def test_a_signed_approval_is_verified_by_who_may_sign(key: Path) -> None:
    allow("ann@acme.example", key)
    found = signed(approval(), key)
    assert found.signature.startswith("-----BEGIN SSH SIGNATURE-----\n")
    verify(from_text(found.text, "file"), "file", SIGNERS)
    allow("*@acme.example", key, f'namespaces="{MARK}"')
    verify(found, "file", SIGNERS)


def test_each_change_of_a_signed_approval_breaks_the_signature(key: Path) -> None:
    allow("*", key)
    found = signed(approval(), key)
    verify(found, "file", SIGNERS)
    changed: list[dict[str, Any]] = [
        {"plan": first_plan(lasts=timedelta(days=2)).digest},
        {"by": "bob@acme.example"},
        {"note": "did not read it"},
        {"when": "2026-11-27T09:31:00Z"},
        {"deployment": "other"},
        {"access": {}},
        {"signature": found.signature.replace("A", "B", 1)},
        {"signature": "nothing"},
        {"signature": signed(replace(found, note=""), key).signature},
    ]
    for changes in changed:
        assert "the signature of plan.json.approval is not one of " in refused(replace(found, **changes))


def test_only_those_whom_the_file_allows_may_sign(key: Path) -> None:
    found = signed(approval(), key)
    allow("ann@acme.example", key, 'valid-after="20991231"')
    assert "allowed_signers:1: key is not yet valid" in refused(found)
    for principals, options in (
        ("bob@acme.example", ""),
        ("ann@acme.example", 'namespaces="git"'),
        ("ann@acme.example", 'valid-before="20200101"'),
        ("!ann@acme.example,*", ""),
    ):
        allow(principals, key, options)
        assert "by a key that allowed_signers allows" in refused(found)
    allow("ann@acme.example", key_pair(Path("other")))
    assert "by a key that allowed_signers allows" in refused(found)
    assert refused(approval()) == "plan.json.approval is not signed, and only those in allowed_signers may approve"


def test_a_signature_for_another_purpose_is_none(key: Path) -> None:
    allow("ann@acme.example", key)
    found = approval()
    words = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", "git"]
    other = subprocess.run(words, input=found.signed, capture_output=True, text=True, check=True).stdout
    assert "by a key that allowed_signers allows" in refused(replace(found, signature=other))


def test_a_name_that_looks_like_an_option_is_a_name(key: Path) -> None:
    for name in ("-f", "--", "-Ofoo", "a,b", "é", "$(touch pwned)"):
        assert "is not one of" in refused_with(name, key)
    assert not Path("pwned").exists()


def refused_with(name: str, key: Path) -> str:
    allow("ann@acme.example", key)
    return refused(signed(approval(name), key))


def test_what_cannot_sign_or_verify_is_one_clear_error(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("no-key").write_text("nothing")
    Path("no-key").chmod(0o600)
    for path in (Path("missing"), Path("no-key"), Path()):
        with pytest.raises(UsageError, match=f"--key: ssh-keygen cannot sign with {path}: "):
            signed(approval(), path)
    found = signed(approval(), key)
    with pytest.raises(UsageError, match="--allowed-signers: cannot read allowed_signers"):
        verify(found, "file", SIGNERS)
    SIGNERS.write_text("\x00\xff garbage\n")
    assert "by a key that allowed_signers allows" in refused(found)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="ssh-keygen cannot be run: No such file"):
        signed(approval(), key)
