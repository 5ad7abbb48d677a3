"""What tests of several folders need: an AWS played by moto, and the scopes in which resources meet it."""

import compileall
import copy
import functools
import gc
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from botocore.loaders import create_loader
from botocore.useragent import sanitize_user_agent_string_component
from botocore.utils import parse_timestamp
from hypothesis import HealthCheck, settings

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.scope import Scope
from bootstrap.contract.played import FAST as FAST, played
from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.cloud import Timing
from bootstrap.core.owner import Owner
from bootstrap.sandbox.moto import corrections
from tests.loopback_only import sitecustomize as loopback_only
from tests.support import light_botocore, light_moto, slept_time
from tests.support.strict import Strict
from tests.support.strict_rows import ROWS
from tests.support.wire import Wire

# `pytest --hypothesis-profile torture` tries far more, and other ones each time.
settings.register_profile("usual", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "torture",
    settings.get_profile("usual"),
    derandomize=False,
    max_examples=3000,
    print_blob=True,
)
settings.load_profile("usual")
# A run in the background has Ctrl-C switched off, and hands that on to the processes that these tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.set_threshold(50_000, 20, 20)  # else every fifth second of a process with tests goes into looking for garbage
pytest.register_assert_rewrite("tests.support.worlds")  # what differs is worth seeing

STRICT = replace(FAST, propagation=3, settle=1, vanish=1, pause=0.001, longest_pause=0.005, poll=0.002)
"""The strict AWS counts requests and not seconds, so nobody has to wait long for it."""
LINEAGE = "0123456789abcdef"
MakeScope = Callable[..., Scope]
T = TypeVar("T")
ROOT = Path(__file__).parents[1]
OF_SYSTEM = {
    "browser": ("chromium", "the site and the review pages in a browser. To run these too: apt-get install chromium"),
    "mermaid": (
        "build/mermaid/package/dist/mermaid.min.js",
        "the pictures of a comment, drawn. To run these too: make mermaid",
    ),
    "ssh_keygen": ("ssh-keygen", "signed approvals. To run these tests too: apt-get install openssh-client"),
}
"""By the marker of tests, the program of the system, or the file here, that they need, and what is left out without it."""


class Drawn(Protocol):
    def __call__(self, cases: Iterable[T], most: int) -> list[T]: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=1, help="of the first storm, and of what is drawn from many cases")
    parser.addoption("--seeds", type=int, default=3, help="how many storms there are for each integration")


def is_there(program: str) -> bool:
    return bool(shutil.which(program)) or (ROOT / program).is_file()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests whose program this machine does not have are left out; the last lines say so."""
    missing = [marker for marker, (program, _) in OF_SYSTEM.items() if not is_there(program)]
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for program, what in OF_SYSTEM.values():
        if not is_there(program):
            terminalreporter.write_line(f"Left out: {what}")


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: garbage is not looked for in it."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def drawn(request: pytest.FixtureRequest) -> Drawn:
    """Draws so many of the cases, in their order: the same ones for the same test and `--seed`. `make torture` has a test of
    all of them."""
    chance = random.Random(f"{request.config.getoption('--seed')} {request.node.name}")

    def draw(cases: Iterable[T], most: int) -> list[T]:
        found = list(cases)
        return [found[number] for number in sorted(chance.sample(range(len(found)), min(most, len(found))))]

    return draw


@pytest.fixture(autouse=True)
def no_credentials_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test signs with keys that somebody has in the environment or at home."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True, scope="session")
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Processes that tests start reach this machine only, as this one does. Gives the file with what was refused."""
    os.environ["PYTHONPATH"] = str(Path(loopback_only.__file__).parent)
    log = tmp_path_factory.mktemp("sockets") / "refused"
    log.touch()
    os.environ[loopback_only.LOG] = str(log)
    return log


@pytest.fixture
def refused_sockets(sockets: Path) -> Callable[[], list[str]]:
    """Gives, and forgets, what was refused: for who tries it on purpose."""

    def refused() -> list[str]:
        lines = sockets.read_text(encoding="utf-8").splitlines()
        sockets.write_text("")
        return lines

    return refused


@pytest.fixture(autouse=True)
def no_other_machine(sockets: Path) -> Iterator[None]:
    """Whoever tried to reach one fails, also where the SDK took it for a bad connection and went on."""
    yield
    if sockets.stat().st_size:
        told = sockets.read_text(encoding="utf-8")
        sockets.write_text("")
        pytest.fail(f"a test reaches nothing but this machine: {told}")


@pytest.fixture(autouse=True, scope="session")
def fast_disks() -> Iterator[None]:
    """The models of botocore, megabytes for EC2, are read once and not for each session; no disk is waited for, and a busy
    machine takes nothing off the time for which AWS is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", functools.cache(create_loader))
        # Letter by letter, for a hundred words in each request that are the same as in the last.
        once = functools.cache(sanitize_user_agent_string_component)
        patch.setattr("botocore.useragent.sanitize_user_agent_string_component", once)
        # Each answer has the times at which the same things were made.
        patch.setattr("botocore.parsers.DEFAULT_TIMESTAMP_PARSER", functools.lru_cache(10_000)(parse_timestamp))
        patch.setattr(os, "fsync", lambda descriptor: None)  # nobody pulls the plug
        slept_time.apply(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled() -> None:
    """Processes of tests write no compiled files (see `environment` in `tests/support/processes.py`). Were there none, each
    would compile all of ours, in a third of its time."""
    for folder in ("bootstrap", "scripts"):
        compileall.compile_dir(Path(__file__).parents[1] / folder, quiet=2)


@pytest.fixture(scope="session")
def moto_made_ready() -> Iterator[None]:
    """moto corrected, and faster."""
    corrections.apply()
    with pytest.MonkeyPatch.context() as patch:
        light_moto.apply(patch)
        yield


@pytest.fixture
def cloud(moto_made_ready: None) -> Iterator[Wire]:
    """An empty AWS for everything in this process, and the wire to it. botocore retries at once."""
    with pretended_aws() as wire:
        yield wire


@contextmanager
def pretended_aws() -> Iterator[Wire]:
    with pytest.MonkeyPatch.context() as patch, played(Wire()) as wire:
        light_botocore.apply(patch)
        submit, under_way = ThreadPoolExecutor.submit, set[Future[Any]]()

        def remembered(pool: ThreadPoolExecutor, *work: Any, **named: Any) -> Future[Any]:
            future = submit(pool, *work, **named)
            under_way.add(future)
            future.add_done_callback(under_way.discard)
            return future

        patch.setattr(ThreadPoolExecutor, "submit", remembered)
        yield wire
        # What an error made superfluous would else arrive in the next test, or at AWS itself.
        wait(set(under_way), timeout=30)


@pytest.fixture(scope="session")
def connections() -> Iterator[Callable[[str], Aws]]:
    """The clients of a region, kept from test to test: what botocore parses for them costs most of a test's time."""
    made: dict[str, Aws] = {}
    yield lambda region: made.get(region) or made.setdefault(region, Aws({DEFAULT: Login(region=region)}, FAST))
    for aws in made.values():
        aws.close()


@pytest.fixture
def scope(cloud: Wire, connections: Callable[[str], Aws]) -> MakeScope:
    """Makes scopes of one deployment: `scope("us-west-2", address="role", destroying=True)`."""
    return scopes(connections, FAST)


def scopes(connections: Callable[[str], Aws], timing: Timing) -> MakeScope:
    def make(region: str = "us-east-1", *, address: str = "thing", lineage: str = LINEAGE, **options: Any) -> Scope:
        aws = copy.copy(connections(region))
        aws.timing = timing
        partition = aws.client("sts").meta.partition
        account = Account(id="123456789012", partition=partition, region=region)
        return Scope(aws, account, Owner("test", address, lineage), **options)

    return make


@pytest.fixture
def strict(cloud: Wire) -> Strict:
    """From here on AWS takes a while for what it is asked (`support/strict.py`)."""
    layer = Strict(ROWS)
    cloud.between = layer
    return layer


@pytest.fixture
def patient(cloud: Wire, connections: Callable[[str], Aws]) -> MakeScope:
    """As `scope`, for the strict AWS: what an interrupted call made is looked for a little while."""
    return scopes(connections, STRICT)
