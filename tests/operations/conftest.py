"""A deployment for tests that call the operations as a program does."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bootstrap.aws import client
from bootstrap.aws.client import Aws
from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.operations import configure, create
from tests.conftest import FAST, MakeScope, pretended_aws, scopes
from tests.support.wire import Wire

NAME = "acme"
STATE = Path("state.json")
BUCKET = "us-east-1-upsolver-acme"


@dataclass
class Deployed:
    """One deployment of upsolver-vpc, which no test changes in AWS; each test has a copy of its state in `backend`."""

    wire: Wire
    session: Session
    integration: Integration
    backend: Backend

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """In here nothing is sent that may change something, and the state stays as it is."""
        before = STATE.read_bytes() if STATE.exists() else None
        with self.wire.recorded() as calls:
            yield
        assert [call.name for call in calls if call.changes] == []
        assert (STATE.read_bytes() if STATE.exists() else None) == before


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and an AWS that nobody waits for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(client, "Timing", lambda **options: FAST)


@pytest.fixture(scope="module")
def deployments(
    moto_made_ready: None, connections: Callable[[str], Aws], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Deployed]]:
    """Gives the one deployment of the tests in a file, which the first of them creates."""
    found: list[Deployed] = []
    kept = tmp_path_factory.mktemp("state") / "kept.json"

    def deployed() -> Deployed:
        if not found:
            aws = scopes(connections, FAST)().aws
            session = Session(aws, aws.identities(["iam", "s3"]))
            integration = configure("upsolver-vpc", FileBackend(kept), external_id="6f7e2c", org_id="acme")
            create(session, FileBackend(kept), NAME, integration)
            found.append(Deployed(wire, session, integration, FileBackend(kept)))
        shutil.copy(kept, STATE)
        return replace(found[0], backend=FileBackend(STATE))

    with pretended_aws() as wire:
        yield deployed


@pytest.fixture
def new(own_folder: None, scope: MakeScope, cloud: Wire) -> Deployed:
    """A deployment that is not created yet, in an AWS of the test's own."""
    aws = scope().aws
    backend = FileBackend(STATE)
    integration = configure("upsolver-vpc", backend, external_id="6f7e2c", org_id="acme")
    return Deployed(cloud, Session(aws, aws.identities(["iam", "s3"])), integration, backend)


@pytest.fixture
def deployed(own_folder: None, deployments: Callable[[], Deployed]) -> Deployed:
    return deployments()
