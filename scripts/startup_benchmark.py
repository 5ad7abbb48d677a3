"""What a start costs, as a ratio to imports that nobody can avoid: `make bench` prints it after the runs.

The commands take turns, so that another load of the machine meets all of them. `cpu` is the processor time, which depends
less on that load than `wall` does; of both the least of all turns counts. `peak` is the most memory that the process had, in
MB. Processes find compiled code, as those of an installed package do.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
BASE = "import typer, rich.console"
SDK = "import boto3"
CREATE = ("create", "--integration", "biomodal-duet", "--bucket", "bench-duet", "--sandbox", "--yes")
COMMANDS = {
    BASE: [sys.executable, "-c", BASE],
    SDK: [sys.executable, "-c", SDK],
    "--version": [BOOTSTRAP, "--version"],
    "--help": [BOOTSTRAP, "--help"],
    "create --help": [BOOTSTRAP, "create", "--help"],
    "create biomodal-duet --help": [BOOTSTRAP, *CREATE[:3], "--help"],
}
AT_MOST = {"--version": 1.3, "--help": 1.9}
"""The ratios to `BASE` that we hold; the memory of `create biomodal-duet` stays below `MOST_MEMORY`."""
MOST_MEMORY = 90
LIFE = {
    "create biomodal-duet": [BOOTSTRAP, *CREATE],
    "no-op biomodal-duet": [BOOTSTRAP, *CREATE],
    "destroy biomodal-duet": [BOOTSTRAP, "destroy", "--sandbox", "--yes"],
}


@dataclass(frozen=True)
class Cost:
    """Seconds, and megabytes."""

    wall: float
    cpu: float
    peak: float

    def least(self, other: "Cost") -> "Cost":
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.peak, other.peak))


def cost(words: list[str], folder: Path) -> Cost:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOOTSTRAP_", "PYTHON"))}
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)} exited with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(commands: dict[str, list[str]], folder: Path, turns: int) -> dict[str, Cost]:
    """The least of each command. A first turn, which does not count, compiles what is not compiled yet."""
    found: dict[str, Cost] = {}
    for turn in range(turns + 1):
        for title, words in commands.items():
            now = cost(words, folder)
            if turn:
                found[title] = now.least(found.get(title, now))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="turns; the least counts (5)")
    turns = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="bootstrap-start-") as name:
        folder = Path(name)
        found = measured(COMMANDS, folder, turns)
        subprocess.run([BOOTSTRAP, "sandbox", "start"], cwd=folder, check=True, capture_output=True)
        try:
            found |= measured(LIFE, folder, max(1, turns // 2))
        finally:
            subprocess.run([BOOTSTRAP, "sandbox", "stop"], cwd=folder, check=True, capture_output=True)
    base, imports = found[BASE], found[BASE].cpu + found[SDK].cpu
    print(f"{'start':<30}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'to base':>9}{'at most':>9}{'to imports':>12}")
    for title, each in found.items():
        most = AT_MOST.get(title, "")
        figures = f"{each.wall:>9.3f}{each.cpu:>9.3f}{each.peak:>9.0f}{each.cpu / base.cpu:>9.2f}{most:>9}"
        print(f"{title:<30}{figures}{each.cpu / imports:>12.2f}")
    print(f"base: {BASE}; imports: that and {SDK}. The peak of create biomodal-duet is to stay below {MOST_MEMORY} MB.")


if __name__ == "__main__":
    main()
