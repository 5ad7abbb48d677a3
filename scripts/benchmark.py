"""How close runs come to the floor that the network sets: `make bench`, or `make bench ARGS="--runs 5"`.

A run's span is the time from its first request to the last answer. Its floor is the delay times the calls that must wait
for each other whatever the program is like: who am I, then all reads at once, then the longest chain of changes of the
vendor's resources themselves. All figures of a row come from this one run of the benchmark, on this machine; `recorded` is
the row's span in benchmark.json, which `--record` writes. Ratios are what to quote.

The span has two parts: `waiting`, which is the depth times the delay, and `rest`, the processor time of bootstrap and of the
emulator. `to boto3` is the rest divided by what `import boto3` takes, so that it can be compared between machines. The last
column is computed from the two, not measured: the span on a machine that imports boto3 in 0.13 s.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import boto3

from bootstrap import sandbox

BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
RECORDED = Path(__file__).with_name("benchmark.json")
DELAY = 80
"""Milliseconds: about a round trip to another continent."""
LONG_DELAY = 500
"""For the depth: longer than a busy machine takes to send all calls that wait for nothing."""
COMPARED = 0.13
"""Seconds that `import boto3` takes on the machine of the last column."""
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
LOOK = 2
FEWEST = {
    "upsolver-vpc": (2, 2),  # role, attachment
    "upsolver-private-vpc": (2, 2),
    "upsolver-data-access": (2, 2),
    "aspera-atc": (3, 3),  # a policy, its attachment to the role there, the policy that names the role here
    "biomodal-duet": (5, 8),  # role, profile, role in it, environment, queue
}
"""The longest chain of changes of create and of destroy."""
IMPORTS = {"boto3": "import boto3", "typer and rich": "import typer, rich.console"}


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


class Bench:
    def __init__(self, folder: Path, runs: int) -> None:
        self.folder, self.runs, self.program = folder, runs, [BOOTSTRAP]
        self.sandbox = folder / ".bootstrap" / "sandbox"
        self.sandbox.mkdir(parents=True)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTSTRAP_", "AWS_"))}
        self.delay(0)

    def delay(self, milliseconds: int) -> None:
        (self.sandbox / "delay").write_text(str(milliseconds), encoding="utf-8")

    def timed(self, words: list[str]) -> float:
        began = time.perf_counter()
        ran = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"{' '.join(words)} exited with {ran.returncode}:\n{ran.stderr}")
        return time.perf_counter() - began

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the median counts (3)")
    parser.add_argument("--record", action="store_true", help="write the spans to benchmark.json")
    parser.add_argument("integrations", nargs="*", default=[*INPUTS], help="those to measure (all)")
    arguments = parser.parse_args()
    with serving(arguments.runs) as bench:
        bench.life("upsolver-vpc")  # warms the server: its first calls load AWS's managed policies
        rows = report(bench, arguments.integrations)
    if arguments.record:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        content = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, "delay_ms": DELAY, "rows": rows}
        RECORDED.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def report(bench: Bench, names: Sequence[str]) -> dict[str, Any]:
    before = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {"rows": {}}
    imports = {
        title: statistics.median(bench.timed([sys.executable, "-c", code]) for _ in range(bench.runs + 2))
        for title, code in IMPORTS.items()
    }
    print(", ".join(f"import {title}: {seconds:.3f} s" for title, seconds in imports.items()))
    print(f"{DELAY} ms a call; overhead is wall less span; the last recorded run: {before.get('date', 'none')}")
    heads = ["calls", "repeated", "depth", "fewest", "emulator", "wall", "span", "waiting", "rest"]
    heads += ["to boto3", "to floor", "recorded", "to that", "overhead", "to imports", f"at {COMPARED} s"]
    print(f"\n{'run':<30}" + "".join(f"{head:>11}" for head in heads))
    rows: dict[str, Any] = {}
    for name in names:
        bench.delay(LONG_DELAY)
        depths = {verb: run.depth for verb, [run] in bench.life(name).items()}
        bench.delay(DELAY)
        create, destroy = FEWEST[name]
        chains = {"create": create, "no-op": 0, "destroy": destroy}
        for verb, runs in bench.life(name, bench.runs).items():
            wall, span = (statistics.median(getattr(run, what) for run in runs) for what in ("wall", "span"))
            overhead = statistics.median(run.wall - run.span for run in runs)
            last, depth, fewest = runs[-1], depths[verb], LOOK + chains[verb]
            waiting = depth * DELAY / 1000
            rest = span - waiting
            known = before["rows"].get(f"{name} {verb}", {}).get("span")
            floor = span / (fewest * DELAY / 1000)
            figures: tuple[str, ...] = (f"{last.busy:.3f}", f"{wall:.3f}", f"{span:.3f}")
            figures += (f"{waiting:.3f}", f"{rest:.3f}", f"{rest / imports['boto3']:.2f}", f"{floor:.2f}")
            figures += (f"{known:.3f}", f"{span / known:.2f}") if known else ("", "")
            figures += (f"{overhead:.3f}", f"{overhead / sum(imports.values()):.2f}")
            figures += (f"{waiting + rest / imports['boto3'] * COMPARED:.3f}",)
            counts = (len(last.calls), last.repeated, depth, fewest)
            print(f"{name + ' ' + verb:<30}" + "".join(f"{each:>11}" for each in (*counts, *figures)), flush=True)
            rows[f"{name} {verb}"] = {
                "calls": len(last.calls),
                "depth": depth,
                "span": round(span, 3),
                "wall": round(wall, 3),
                "rest_to_boto3": round(rest / imports["boto3"], 2),
            }
    return rows


if __name__ == "__main__":
    main()
