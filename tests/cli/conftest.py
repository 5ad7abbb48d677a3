"""The command line in this process: `bootstrap("create", ...)` gives its exit code and what it printed."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends

from bootstrap import cli
from bootstrap.aws import client as aws, credentials
from bootstrap.aws.cage import Caged
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.contract.authorization import Operator
from bootstrap.contract.crashes import one_after_the_other
from bootstrap.core.state import digest
from tests.conftest import FAST
from tests.support.deployments import OTHER_ACCOUNT
from tests.support.first_runs import FirstRuns, as_for_others
from tests.support.operators import operate
from tests.support.processes import Cloud, Process, serving
from tests.support.wire import Call, Wire
from tests.support.worlds import Kept, World

INPUTS = {
    "aspera-atc": "--bucket acme-in --external-id ext-1 "
    "--s3-role-arn arn:aws:iam::210987654321:role/OrganizationAccountAccessRole",
    "biomodal-duet": "--bucket acme-duet",
    "upsolver-vpc": "--external-id ext-1 --org-id acme",
    "upsolver-private-vpc": "--external-id ext-1 --org-id acme",
    "upsolver-data-access": "--external-id ext-1 --trusted-principal arn:aws:iam::111122223333:role/up --bucket raw-data",
}
"""What each integration needs at the least."""
CREATES = {
    f"create --integration {name} {needed} {flags}"
    for name, needed in INPUTS.items()
    for flags in ("--yes", "--sandbox --yes")
}
BUCKETS = {"raw-data": "123456789012", "acme-in": OTHER_ACCOUNT, "acme-gone": OTHER_ACCOUNT}
"""Buckets that must exist, with the account that owns them."""

VPC = f"--integration upsolver-vpc {INPUTS['upsolver-vpc']}"
STATE = Path(".bootstrap/upsolver-vpc.json")
BUCKET = "us-east-1-upsolver-acme"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document that it printed."""
        return json.loads(self.out)

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def last(self, kind: str) -> dict[str, Any]:
        return next(item for item in reversed(self.objects) if item["type"] == kind)


Bootstrap = Callable[..., Ran]
"""Takes a command line as one would type it, and more words as they are: bootstrap("outputs", "Role ARN")."""


@pytest.fixture(autouse=True)
def usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and nothing of the developer's settings."""
    monkeypatch.chdir(tmp_path)
    own = ("BOOTSTRAP_STATE", "BOOTSTRAP_SANDBOX", "BOOTSTRAP_LOG", "BOOTSTRAP_INTEGRATIONS")
    for name in (*own, "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture(scope="session")
def sessions() -> dict[Any, Any]:
    """Sessions and their clients, kept from test to test: what botocore parses for them costs most of a command's time."""
    return {}


def with_kept_clients(session: Any) -> Any:
    make, made = session.client, dict[Any, Any]()

    def client(service: str, **options: Any) -> Any:
        # Some calls have a client that does not try again, and roles have credentials of their own.
        retries = options["config"].retries.values() if "config" in options else ()
        key = (service, *retries, options.get("aws_access_key_id"), options.get("region_name"))
        return made.get(key) or made.setdefault(key, make(service, **options))

    session.client, session.unkept_client = client, make
    return session


def of_one_cage(self: Caged, service: str, alias: str, retries: bool, region: str = "", **keys: str) -> Any:
    """A client that is not kept: it signs with the credentials of one run."""
    session = self._sessions[alias]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "client", getattr(session, "unkept_client", session.client))
        return Aws._make(self, service, alias, retries, region, **keys)


@pytest.fixture
def in_process(sessions: dict[Any, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bootstrap:
    """Runs the command line in this process, against whatever AWS it finds."""

    def kept(make: Callable[[Login], Any]) -> Callable[[Login], Any]:
        def session(whose: Login) -> Any:
            key = (whose, *(item for item in sorted(os.environ.items()) if item[0].startswith("AWS_")))
            return sessions.get(key) or sessions.setdefault(key, with_kept_clients(make(whose)))

        return session

    def run(line: str, *words: str) -> Ran:
        arguments = [*shlex.split(line), *words]
        monkeypatch.setattr(sys, "argv", ["bootstrap", *arguments])
        capsys.readouterr()
        code = cli.run(arguments)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    monkeypatch.setattr(aws, "open_session", kept(credentials.open_session))
    monkeypatch.setattr(aws, "sandboxed", kept(credentials.sandboxed))
    monkeypatch.setattr(aws, "Timing", lambda **options: FAST)
    monkeypatch.setattr(Caged, "_make", of_one_cage)
    return run


@pytest.fixture(scope="session")
def first_runs(tmp_path_factory: pytest.TempPathFactory) -> FirstRuns[Ran]:
    return FirstRuns(tmp_path_factory.mktemp("first_runs"))


@pytest.fixture
def bootstrap(
    cloud: Wire,
    in_process: Bootstrap,
    first_runs: FirstRuns[Ran],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Bootstrap:
    """Runs the command line against the AWS that moto plays in this process. The buckets of `INPUTS` are there once a line
    names them, or a file of inputs. Where a test begins with one of `CREATES`, it gets what that came to before, unless it
    is about the time since then (`made_now`)."""
    is_about_time = request.node.get_closest_marker("made_now")

    def run(line: str, *words: str) -> Ran:
        usual = line in CREATES and not words and not is_about_time and as_for_others(cloud, monkeypatch)
        make_buckets(*(BUCKETS if "--inputs" in line else filter(BUCKETS.get, shlex.split(line))))
        return first_runs.run(line, cloud, lambda: in_process(line)) if usual else in_process(line, *words)

    return run


def make_buckets(*names: str) -> None:
    """Makes those of `BUCKETS` in moto that are not there."""
    for name in names:
        backend = s3_backends[BUCKETS[name]]["aws"]
        if name not in backend.buckets:
            backend.create_bucket(name, "us-east-1")


@pytest.fixture
def operator(cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return operate(cloud, monkeypatch)


@pytest.fixture
def here(sandbox_cloud: Cloud, in_process: Bootstrap) -> Bootstrap:
    """Runs the command line in this process against the sandbox, for steps that need no process of their own."""
    return in_process


@pytest.fixture(scope="module")
def kept(moto_made_ready: None, connections: Callable[[str], Aws]) -> Iterator[Kept]:
    with Kept(connections) as found:
        yield found


@pytest.fixture
def world(way: str, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The accounts of a way of `WAYS`, and runs in which one change is made after the other."""
    one_after_the_other(monkeypatch)
    with kept.world(way) as found:
        found.life_begins()
        yield found


def sealed(content: dict[str, Any]) -> str:
    """The text of a state with the digest that it should have: as somebody edits it who knows how that is made."""
    return json.dumps({**content, "digest": digest(content)}, indent=2)


def writes(calls: Iterable[Call]) -> list[str]:
    """The calls that may change something."""
    return [call.name for call in calls if call.changes or call.operation.startswith("AssumeRole")]


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: files with their content, links with their target."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def session_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("sandbox")) as cloud:
        yield cloud


@pytest.fixture
def sandbox_cloud(session_cloud: Cloud, tmp_path: Path) -> Cloud:
    """An empty sandbox, which --sandbox finds in the test's folder."""
    session_cloud.lend_to(tmp_path)
    return session_cloud


@pytest.fixture
def start(sandbox_cloud: Cloud, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts commands in the test's folder, and ends what still runs after the test."""
    started: list[Process] = []

    def start(line: str, **options: Any) -> Process:
        started.append(Process(line, tmp_path, **options))
        return started[-1]

    yield start
    sandbox_cloud.go_on()
    for process in started:
        process.kill()


Start = Callable[..., Process]
