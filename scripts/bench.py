"""What the parts of `make bench` share: a sandbox with a delay, and the runs of bootstrap in it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import boto3

from bootstrap import sandbox

BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
DELAY = 80
"""Milliseconds: about a round trip to another continent."""
LONG_DELAY = 500
"""For the depth: longer than a busy machine takes to send all calls that wait for nothing."""
OTHER_ACCOUNT = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
INPUTS = {
    "upsolver-vpc": ["--external-id", "bench", "--org-id", "bench"],
    "upsolver-private-vpc": ["--external-id", "bench", "--org-id", "bench"],
    "upsolver-data-access": [
        "--external-id", "bench", "--trusted-principal", "arn:aws:iam::111122223333:role/bench", "--bucket", "bench-data",
    ],
    "aspera-atc": ["--bucket", "bench-in", "--external-id", "bench", "--s3-role-arn", OTHER_ACCOUNT],
    "biomodal-duet": ["--bucket", "bench-duet"],
}  # fmt: skip
WATCH = """
import json, os, pathlib, subprocess, sys, time
began = time.perf_counter()
run = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(run.pid, 0)
took = (time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
pathlib.Path(sys.argv[1]).write_text(json.dumps(took), encoding="utf-8")
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Writes down what a process took. Linux counts for it also the memory of what started it, so this is a small process."""
Row = tuple[str, dict[str, float]]
"""Its title, and its figures in the order of the columns."""


@dataclass(frozen=True)
class Call:
    """`came` and `answered` are in seconds of the monotonic clock; `busy` is what the emulator took."""

    came: float
    answered: float
    busy: float
    text: str

    @classmethod
    def parse(cls, line: str) -> Self:
        came, answered, busy, text = line.split(" ", 3)
        return cls(float(came), float(answered), float(busy), text)


@dataclass(frozen=True)
class Measured:
    """One run. `depth` is the number of calls in the longest chain of which each came after the answer to the one before.
    With a short delay these are too many, as a call that waits for nothing may come late."""

    wall: float
    calls: tuple[Call, ...]

    @property
    def span(self) -> float:
        return max(call.answered for call in self.calls) - min(call.came for call in self.calls)

    @property
    def depth(self) -> int:
        answered: list[tuple[float, int]] = []
        for call in sorted(self.calls, key=lambda call: call.came):
            before = max((depth for when, depth in answered if when <= call.came), default=0)
            answered.append((call.answered, before + 1))
        return max(depth for _, depth in answered)

    @property
    def busy(self) -> float:
        return sum(call.busy for call in self.calls)

    @property
    def repeated(self) -> int:
        return sum(count - 1 for count in Counter(call.text for call in self.calls).values())


@dataclass(frozen=True)
class Cost:
    """Seconds, and megabytes."""

    wall: float
    cpu: float
    peak: float

    def settled(self, other: Self) -> Self:
        """Of two turns of a command: another load of the machine makes a turn slower, but never smaller."""
        return replace(self, wall=min(self.wall, other.wall), cpu=min(self.cpu, other.cpu), peak=max(self.peak, other.peak))


class Bench:
    def __init__(self, folder: Path, runs: int) -> None:
        self.folder, self.runs, self.program = folder, runs, [BOOTSTRAP]
        self.sandbox = folder / ".bootstrap" / "sandbox"
        self.sandbox.mkdir(parents=True)
        self.watching = [sys.executable, "-c", WATCH, str(self.sandbox / "cost")]
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("BOOTSTRAP_", "AWS_", "PYTHON"))
        }
        self.delay(0)

    def delay(self, milliseconds: int) -> None:
        (self.sandbox / "delay").write_text(str(milliseconds), encoding="utf-8")

    def timed(self, words: list[str]) -> float:
        began = time.perf_counter()
        ran = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"{' '.join(words)} exited with {ran.returncode}:\n{ran.stderr}")
        return time.perf_counter() - began

    def watched(self, words: list[str]) -> Cost:
        self.timed([*self.watching, *words])
        return self.cost()

    def cost(self) -> Cost:
        """What the last process that was watched took."""
        return Cost(*json.loads((self.sandbox / "cost").read_text(encoding="utf-8")))

    def verb(self, *words: str) -> Measured:
        calls = self.sandbox / "calls"
        calls.write_text("", encoding="utf-8")
        wall = self.timed([*self.program, *words, "--sandbox"])
        return Measured(wall, tuple(Call.parse(line) for line in calls.read_text(encoding="utf-8").splitlines()))

    def life(self, name: str, runs: int = 1) -> dict[str, list[Measured]]:
        """Create, create again and destroy, each `runs` times."""
        create = ["create", "--integration", name, *INPUTS[name], "--yes"]
        verbs = {"create": create, "no-op": create, "destroy": ["destroy", "--yes"]}
        found: dict[str, list[Measured]] = {verb: [] for verb in verbs}
        for _ in range(runs):
            for verb, words in verbs.items():
                found[verb].append(self.verb(*words))
        return found

    def client(self, service: str, role_arn: str = "") -> Any:
        """A client of somebody else than bootstrap, in the first account or where the role leads."""
        server = sandbox.status(self.sandbox)
        assert server
        keys = {"aws_access_key_id": server.key_id, "aws_secret_access_key": "any"}
        if role_arn:
            sts = boto3.client("sts", endpoint_url=server.url, region_name="us-east-1", **keys)
            gave = sts.assume_role(RoleArn=role_arn, RoleSessionName="bench")["Credentials"]
            keys = {"aws_access_key_id": gave["AccessKeyId"], "aws_secret_access_key": gave["SecretAccessKey"]}
            keys["aws_session_token"] = gave["SessionToken"]
        return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", **keys)

    def bring(self) -> None:
        """What the inputs name as existing."""
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                 "Action": "sts:AssumeRole"}]}  # fmt: skip
        self.client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust))
        self.client("s3").create_bucket(Bucket="bench-data")
        self.client("s3", OTHER_ACCOUNT).create_bucket(Bucket="bench-in")


@contextmanager
def serving(runs: int) -> Iterator[Bench]:
    """A sandbox with a delay, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bootstrap-bench-") as name:
        bench = Bench(Path(name), runs)
        server = subprocess.Popen([sys.executable, str(Path(__file__).with_name("slow_sandbox.py")), str(bench.sandbox)])
        try:
            while not (bench.sandbox / "server.json").exists():
                if server.poll() is not None:
                    sys.exit("the sandbox did not start")
                time.sleep(0.05)
            bench.bring()
            yield bench
        finally:
            server.terminate()
            server.wait()
