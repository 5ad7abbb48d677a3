"""The backends under test, and what other processes do with them: `python -m tests.support.stores WHAT STORE FOLDER`."""

import functools
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bootstrap import sandbox
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.backends.address import S3Address
from bootstrap.backends.bucket import Bucket
from bootstrap.backends.file import FileBackend
from bootstrap.backends.s3 import S3Backend
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.backend import Backend
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import StateLocked

ROOT = Path(__file__).parents[2]
Make = Callable[[], Backend]
BUCKET = "team-state"


def in_s3(folder: Path) -> S3Backend:
    """In the sandbox that the folder was lent; each folder has a state of its own in its bucket."""
    server = sandbox.recorded(folder / ".bootstrap" / "sandbox")
    assert server
    address = S3Address(BUCKET, f"{folder.name}/prod.json", EXAMPLE.id)
    login = Login(region="us-east-1", endpoint=server.url, key_id=server.key_id)
    return S3Backend(Bucket(address, login, connection(login)), address.key)


@functools.cache
def connection(login: Login) -> Aws:
    """Made once: what botocore parses for a client takes most of a test's time. Children of a fork each open their own
    connections, as nobody has used the client by then."""
    aws = Aws({DEFAULT: login})
    aws.client("s3")
    return aws


STORES: dict[str, Callable[[Path], Backend]] = {
    "file": lambda folder: FileBackend(folder / ".bootstrap" / "prod.json"),
    "s3": in_s3,
}
"""To put another backend through the contract, add how to make one that keeps its state in or for a folder."""

NEW = State(deployment="prod", integration="example", lineage="ours", accounts={EXAMPLE.alias: EXAMPLE})


def with_record(state: State, text: str = "") -> State:
    """A state with one record more; `text` makes it as long as a test needs it."""
    address = f"thing-{len(state.records)}"
    properties = {"text": text, "nested": {"list": [1, 2.5, None, True, "ä€"]}}
    outputs = {"id": "AROA1", "arn": "arn:aws:iam::123456789012:role/thing"}
    after = tuple(state.records)
    record = Record(
        address=address,
        kind="thing",
        account=EXAMPLE.alias,
        status=Status.CREATING,
        properties=properties,
        outputs=outputs,
        depends_on=after,
    )
    return state.put(record)


def elsewhere(what: str, store: str, folder: Path, **options: str) -> "subprocess.Popen[str]":
    """Another process that does what one of the functions below says."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options}
    command = [sys.executable, "-m", "tests.support.stores", what, store, str(folder)]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def hold(make: Make, folder: Path) -> None:
    """Holds the lock until somebody says so, or kills it."""
    with make().lock("create prod"):
        print("held", flush=True)
        sys.stdin.readline()


def save_for_ever(backend: Backend) -> None:
    state = backend.load() or NEW
    for number in range(sys.maxsize):
        state = backend.save(replace(state, inputs={"text": str(number % 10) * random.randrange(400_000)}))


def be_killed(make: Make, folder: Path) -> None:
    """Lets child processes save, and kills each in the middle of it; prints how often the state was whole afterwards."""
    theirs = make()
    connection.cache_clear()  # else children would inherit a connection that is in use
    backend = make()
    whole, before = 0, 0
    for _ in range(int(os.environ["TIMES"])):
        child = os.fork()
        if child == 0:
            save_for_ever(theirs)
        try:
            while (found := backend.load()) is None or found.serial == before:
                pass  # until this child has saved; each look is one more chance to see half a state
            time.sleep(random.random() / 100)  # so that the kill comes anywhere
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        after = backend.load()
        assert after is not None
        whole += after.serial >= found.serial > before
        before = after.serial
    print(whole)


def take_turns(make: Make, folder: Path) -> None:
    """Twenty children take the lock so many times each; prints how many of them were always alone with it."""
    backend = make()
    start, go = os.pipe()
    children = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(start, 1)  # until all have been made
            os._exit(0 if all(alone(backend, folder / "somebody") for _ in range(int(os.environ["TIMES"]))) else 1)
        children.append(child)
    os.close(go)
    print(sum(os.waitpid(child, 0)[1] == 0 for child in children))


def alone(backend: Backend, mark: Path) -> bool:
    """Whether nobody else is where only the holder of the lock may be."""
    for tries in itertools.count():
        try:
            with backend.lock("create prod"):
                mark.touch(exist_ok=False)
                time.sleep(random.random() / 1000)
                mark.unlink()
            return True
        except StateLocked:
            time.sleep(random.random() * min(2**tries / 1000, 0.5))
    return False


if __name__ == "__main__":
    what, store, folder = sys.argv[1:]
    make = functools.partial(STORES[store], Path(folder))
    {"hold": hold, "be_killed": be_killed, "take_turns": take_turns}[what](make, Path(folder))
