"""A state in the S3 of a sandbox that does not run: each verb starts the sandbox, and says that nothing is there."""

from pathlib import Path

import pytest

from bootstrap import sandbox
from tests.cli.conftest import VPC, Bootstrap
from tests.support.corpus_states import edited
from tests.support.processes import Cloud

SANDBOX = Path(".bootstrap/sandbox")
IN_S3 = "--state s3://acme-state/prod.json --sandbox"
FOLDER = "--state s3://acme-state/prod/ --sandbox"
STATUS = f"status {IN_S3}"
VERBS = [
    STATUS,
    f"status {FOLDER}",
    f"create {VPC} --yes {IN_S3}",
    f"plan {VPC} {IN_S3}",
    f"check {VPC} {IN_S3}",
    f"recover {VPC} --yes {IN_S3}",
    f"destroy --yes {IN_S3}",
    f"outputs {IN_S3}",
    f"state list {IN_S3}",
    f"state show {FOLDER}",
    f"state path {IN_S3}",
    f"state rm role --yes {IN_S3}",
    f"state import role --yes {IN_S3}",
    f"state unlock 0123456789ab --yes {IN_S3}",
    f"state push pushed.json --yes {IN_S3}",
    f"state migrate --to s3://acme-state/new.json --yes {FOLDER}",
]


@pytest.fixture
def not_running(session_cloud: Cloud, in_process: Bootstrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bootstrap:
    """The command line in a folder whose sandbox does not run; starting one gives a server that is ready already."""

    def start(folder: Path) -> sandbox.Server:
        session_cloud.lend_to(tmp_path)
        found = sandbox.status(folder)
        assert found
        return found

    monkeypatch.setattr(sandbox, "start", start)
    return in_process


@pytest.mark.parametrize("line", VERBS)
def test_each_verb_starts_the_sandbox_and_finds_no_bucket_in_it(line: str, not_running: Bootstrap, tmp_path: Path) -> None:
    Path("pushed.json").write_bytes(edited())
    ran = not_running(line)
    assert sandbox.status(tmp_path / SANDBOX)
    assert ran.code == 1
    errors = [text for text in ran.err.splitlines() if text.startswith("Error: ")]
    assert errors == ["Error: there is no bucket acme-state"], ran.err


def test_what_was_in_the_folder_of_the_last_sandbox_is_named_as_lost(in_process: Bootstrap, tmp_path: Path) -> None:
    lost = SANDBOX / "deployments" / "upsolver-vpc.json"
    lost.parent.mkdir(parents=True)
    lost.write_bytes(edited())
    try:
        assert "what was made in the last one is lost (upsolver-vpc)" in in_process(f"permissions {VPC} {IN_S3}").err
    finally:
        assert sandbox.stop(tmp_path / SANDBOX)
