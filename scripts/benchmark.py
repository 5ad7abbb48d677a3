"""How close runs come to the floor that the network sets: `make bench`, or `make bench ARGS="--runs 5"`.

The floor of a run is the time to start Python, read the command line and make the clients, plus the delay times the calls
that must wait for each other, plus the processor time that the emulator took for the answers: that is neither the
network's nor ours. All figures of a row come from this one run of the benchmark, on this machine; ratios are what to quote.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
DELAYS = (0, 40, 80)
INPUTS = {
    "upsolver-vpc": ["--external-id", "bench", "--org-id", "bench"],
    "upsolver-private-vpc": ["--external-id", "bench", "--org-id", "bench"],
    "upsolver-data-access": [
        "--external-id", "bench", "--trusted-principal", "arn:aws:iam::111122223333:role/bench", "--bucket", "bench-data",
    ],
}  # fmt: skip

SERVICES = {"upsolver-vpc": ["iam", "s3"], "upsolver-private-vpc": ["iam", "s3"], "upsolver-data-access": ["iam"]}

# Calls that must wait for each other. Every run: who am I, then all reads at once. Then the longest chain of writes;
# writes to one role or bucket go one after the other, because AWS refuses them at the same time.
LOOK = 2
RECEIPT = 3  # look at all again and list the roles; the tags of each; what the index of tags names
BUCKET = 3  # create; look at what it has by itself; policy
DEPTH = {
    ("upsolver-vpc", "create"): LOOK + BUCKET + 4,  # role: create, 2 policies, attach
    ("upsolver-private-vpc", "create"): LOOK + BUCKET + 4,  # server role: create, policy; profile: create, add role
    ("upsolver-data-access", "create"): LOOK + 2,  # policy and role side by side, then attach
    ("upsolver-vpc", "destroy"): LOOK + 4 + 1 + RECEIPT,  # detach, 2 inline policies, role; bucket
    # profile: take role out, delete; inline policy, role; bucket
    ("upsolver-private-vpc", "destroy"): LOOK + 4 + 1 + RECEIPT,
    ("upsolver-data-access", "destroy"): LOOK + 3 + RECEIPT,  # detach; policy: list versions, delete
}
START = """
import sys
from bootstrap.cli import run
run(["--version"])
from bootstrap.engine import prepare
from bootstrap.views.text import TextView
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
aws = Aws({"default": Login(endpoint=sys.argv[1])})
for service in ("sts", *sys.argv[2:]):
    aws.client(service)
"""


@dataclass(frozen=True)
class Measured:
    """`seconds` and `busy` (the emulator's) are medians of the runs; `calls` and `repeated` are of the last one."""

    seconds: float
    busy: float
    calls: int
    repeated: int


class Bench:
    def __init__(self, folder: Path, runs: int) -> None:
        self.folder, self.runs = folder, runs
        self.sandbox = folder / ".bootstrap" / "sandbox"
        self.sandbox.mkdir(parents=True)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTSTRAP_", "AWS_"))}
        self.delay(0)

    def delay(self, milliseconds: int) -> None:
        (self.sandbox / "delay").write_text(str(milliseconds), encoding="utf-8")

    def timed(self, words: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(words, cwd=self.folder, env=self.environment, check=True, capture_output=True)
        return time.perf_counter() - began

    def verb(self, *words: str) -> tuple[float, float, list[str]]:
        calls, busy = self.sandbox / "calls", self.sandbox / "busy"
        for file in (calls, busy):
            file.write_text("", encoding="utf-8")
        seconds = self.timed([BOOTSTRAP, *words])
        took = sum(float(line) for line in busy.read_text(encoding="utf-8").splitlines())
        return seconds, took, calls.read_text(encoding="utf-8").splitlines()

    def life(self, name: str, delay: int) -> dict[str, Measured]:
        """Create, create again, status, destroy: each run's seconds and calls."""
        self.delay(delay)
        create = ["create", "--integration", name, *INPUTS[name], "--sandbox", "--yes"]
        verbs = {
            "create": create,
            "again": create,
            "status": ["status", "--sandbox"],
            "destroy": ["destroy", "--sandbox", "--yes"],
        }
        seconds: dict[str, list[float]] = {verb: [] for verb in verbs}
        busy: dict[str, list[float]] = {verb: [] for verb in verbs}
        calls: dict[str, list[str]] = {}
        for _ in range(self.runs):
            for verb, words in verbs.items():
                took, emulator, calls[verb] = self.verb(*words)
                seconds[verb].append(took)
                busy[verb].append(emulator)
        repeated = {verb: sum(count - 1 for count in Counter(found).values()) for verb, found in calls.items()}
        middle = statistics.median
        return {
            verb: Measured(middle(seconds[verb]), middle(busy[verb]), len(calls[verb]), repeated[verb]) for verb in verbs
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the median counts (3)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bootstrap-bench-") as name:
        bench = Bench(Path(name), arguments.runs)
        server = subprocess.Popen([sys.executable, str(Path(__file__).with_name("slow_sandbox.py")), str(bench.sandbox)])
        try:
            while not (bench.sandbox / "server.json").exists():
                if server.poll() is not None:
                    sys.exit("the sandbox did not start")
                time.sleep(0.05)
            report(bench)
        finally:
            server.terminate()
            server.wait()


def report(bench: Bench) -> None:
    def median(words: list[str]) -> float:
        return statistics.median(bench.timed(words) for _ in range(bench.runs + 2))

    bare = median([sys.executable, "-c", "pass"])
    print(f"{'start-up':<34}{'seconds':>9}{'to python -c pass':>20}")
    for title, words in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "bootstrap --version": [BOOTSTRAP, "--version"],
        "bootstrap --help": [BOOTSTRAP, "--help"],
        "bootstrap integrations": [BOOTSTRAP, "integrations"],
        "import boto3": [sys.executable, "-c", "import boto3"],
    }.items():
        took = median(words)
        print(f"{title:<34}{took:>9.3f}{took / bare:>20.1f}")
    endpoint = "http://127.0.0.1:9"
    start = {name: median([sys.executable, "-c", START, endpoint, *SERVICES[name]]) for name in INPUTS}
    heads = ("calls", "repeated", "depth", "emulator", "seconds", "floor", "ratio")
    print(f"\n{'run':<32}{'delay ms':>9}" + "".join(f"{head:>10}" for head in heads))
    bench.life("upsolver-vpc", 0)  # warms the server: its first calls load AWS's managed policies
    for name in INPUTS:
        for delay in DELAYS:
            for verb, found in bench.life(name, delay).items():
                depth = DEPTH.get((name, verb), LOOK)
                floor = start[name] + depth * delay / 1000 + found.busy
                figures = f"{found.busy:>10.3f}{found.seconds:>10.3f}{floor:>10.3f}{found.seconds / floor:>10.2f}"
                counts = f"{found.calls:>10}{found.repeated:>10}{depth:>10}"
                print(f"{name + ' ' + verb:<32}{delay:>9}{counts}{figures}", flush=True)


if __name__ == "__main__":
    main()
