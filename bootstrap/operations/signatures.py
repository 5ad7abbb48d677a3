"""Signs approvals and verifies them, with ssh-keygen: it knows keys in files, in an agent and on hardware.

Source: ssh-keygen(1), -Y sign, -Y verify and ALLOWED SIGNERS.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bootstrap.core.approval import MARK, Approval, Proof
from bootstrap.core.printable import shortened
from bootstrap.errors import PlanRefused, UsageError
from bootstrap.user_files import read

PROGRAM = "ssh-keygen"


def signed(approval: Approval, key: Path) -> Approval:
    """The approval with a signature by the private key in this file, or by the agent's, if it is a public one. A passphrase
    is asked for at the terminal. Raises UsageError."""
    if key.exists() and not key.is_file():  # ssh-keygen would wait for a pipe
        raise UsageError(
            f"--key: {PROGRAM} cannot sign with {key}: it is not a regular file", "Name a private key of OpenSSH."
        )
    ran = _run(["-Y", "sign", "-f", str(key), "-n", MARK], approval.signed)
    if ran.returncode != 0 or not ran.stdout:
        raise UsageError(f"--key: {PROGRAM} cannot sign with {key}: {_why(ran)}", "Name a private key of OpenSSH.")
    return replace(approval, signature=ran.stdout)


def proof(approval: Approval, where: str, signers: Sequence[Path]) -> Proof:
    """What its signature proves. Raises PlanRefused, unless each of the files of allowed signers allows it."""
    for each in signers:
        verify(approval, where, each)
    return Proof.VERIFIED if signers else Proof.UNVERIFIED if approval.signature else Proof.NONE


def verify(approval: Approval, where: str, signers: Path) -> None:
    """Raises PlanRefused for an approval that has no signature of whom it names, by a key that the file of allowed signers
    has for them."""
    if not approval.signature:
        raise PlanRefused(
            f"{where} is not signed, and only those in {signers} may approve",
            advice="Nothing was changed. Have it approved again, with approve --key.",
        )
    try:
        allowed = read(signers)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--allowed-signers: cannot read {signers}: {why}", "Name a file as ssh-keygen reads it."
        ) from error
    with tempfile.NamedTemporaryFile(suffix=".sig") as file, tempfile.NamedTemporaryFile() as list_:
        file.write(approval.signature.encode())
        file.flush()
        list_.write(allowed)
        list_.flush()
        words = ["-Y", "verify", "-f", list_.name, "-I", approval.by, "-n", MARK, "-s", file.name]
        ran = _run(words, approval.signed)
        why = _why(ran).replace(list_.name, str(signers))
    if ran.returncode != 0:
        raise PlanRefused(
            f"the signature of {where} is not one of {approval.by} by a key that {signers} allows: {why}",
            advice="Nothing was changed. Have the plan approved again, by somebody whom the file of allowed signers has.",
        )


def _run(words: Sequence[str], text: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603
            [PROGRAM, *words],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{PROGRAM} cannot be run: {getattr(error, 'strerror', None) or error}", "Install OpenSSH."
        ) from error


def _why(ran: "subprocess.CompletedProcess[str]") -> str:
    return shortened("; ".join((ran.stderr or ran.stdout).split("\n")).strip("; \r")) or "it does not say why"
