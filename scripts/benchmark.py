"""How close runs come to the floor that the network sets: `make bench`, or `make bench ARGS="startup --runs 5"`.

A run's span is the time from its first request to the last answer. Its floor is the delay times the calls that must wait
for each other whatever the program is like: who am I, then all reads at once, then the longest chain of changes of the
vendor's resources themselves. All figures of a row come from this one run of the benchmark, on this machine. Columns that
end in `/last` are ratios to the last recorded run (benchmark.json, which `--record` writes, as it does the figures in
README.md). Ratios are what to quote.

The span has two parts: `waiting`, which is the depth times the delay, and `rest`, the processor time of bootstrap and of the
emulator. `rest_to_boto3` is the rest divided by what `import boto3` takes, so that it can be compared between machines.
`overhead` is wall less span. The last figure is computed, not measured: the span on a machine that imports boto3 in 0.13 s.

The other parts are `scale`, `fleet` and `startup`; their files explain their columns.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts import fleet_benchmark, scale_benchmark, startup_benchmark
from scripts.bench import DELAY, INPUTS, LONG_DELAY, Bench, Row, serving
from scripts.speed_figures import write_readme

RECORDED = Path(__file__).with_name("benchmark.json")
COMPARED = 0.13
"""Seconds that `import boto3` takes on the machine of the last column."""
MOST_OVERHEAD = 2.05
"""What we aim at for `overhead_to_imports`: 0.45 s on a machine whose imports take 0.13 and 0.09 s."""
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
PARTS = {"scale": scale_benchmark, "fleet": fleet_benchmark, "startup": startup_benchmark}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the median counts (3)")
    parser.add_argument("--record", action="store_true", help="write what was measured to benchmark.json and README.md")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join([*INPUTS, *PARTS])} (all)")
    arguments = parser.parse_args()
    parts = arguments.parts or [*INPUTS, *PARTS]
    if unknown := set(parts) - {*INPUTS, *PARTS}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    before = json.loads(RECORDED.read_text(encoding="utf-8"))
    imports = {title: imported(code, arguments.runs + 2) for title, code in IMPORTS.items()}
    print(", ".join(f"import {title}: {seconds:.3f} s" for title, seconds in imports.items()))
    print(
        f"{DELAY} ms a call; the last recorded run: {before['date']}; overhead to imports is to be {MOST_OVERHEAD} at most"
    )
    found: dict[str, dict[str, Any]] = {}
    if names := [name for name in INPUTS if name in parts]:
        with serving(arguments.runs) as bench:
            bench.life("upsolver-vpc")  # warms the server: its first calls load AWS's managed policies
            rows = (row for name in names for row in life(bench, name, imports))
            found["runs"] = table("runs", rows, ("span",), before)
    for part, module in PARTS.items():
        if part in parts:
            found[part] = table(part, module.rows(arguments.runs), module.COMPARED, before)
    if arguments.record:
        record(before, found, imports)
    if over := list(too_much(found)):
        sys.exit("\n".join(["", "Too much:", *over]))


def imported(code: str, times: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(times))


def life(bench: Bench, name: str, imports: Mapping[str, float]) -> Iterator[Row]:
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
        yield (
            f"{name} {verb}",
            {
                "calls": len(last.calls),
                "repeated": last.repeated,
                "depth": depth,
                "fewest": fewest,
                "emulator": last.busy,
                "wall": wall,
                "span": span,
                "waiting": waiting,
                "rest": rest,
                "rest_to_boto3": rest / imports["boto3"],
                "to_floor": span / (fewest * DELAY / 1000),
                "overhead": overhead,
                "overhead_to_imports": overhead / sum(imports.values()),
                "computed": waiting + rest / imports["boto3"] * COMPARED,
            },
        )


def table(part: str, rows: Iterable[Row], compared: Sequence[str], before: Mapping[str, Any]) -> dict[str, Any]:
    """Prints each row as it comes in, beside what was recorded of it."""
    found: dict[str, Any] = {}
    for title, measured in rows:
        figures = {key: round(value, 3) for key, value in measured.items()}
        heads = {key: max(7, len(key)) + 2 for key in [*figures, *(f"{key}/last" for key in compared)]}
        if not found:
            print(f"\n{part:<40}" + "".join(f"{key:>{width}}" for key, width in heads.items()))
        known = before["rows"].get(part, {}).get(title, {})
        ratios = {f"{key}/last": round(figures[key] / known[key], 2) for key in compared if known.get(key)}
        shown = {**figures, **ratios}
        print(f"{title:<40}" + "".join(f"{shown.get(key, ''):>{width}}" for key, width in heads.items()), flush=True)
        found[title] = figures
    return found


def too_much(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """What is above the limits of its part."""
    for part, at_most in {"startup": startup_benchmark.AT_MOST, "fleet": fleet_benchmark.AT_MOST}.items():
        for title, limits in at_most.items():
            for figure, most in limits.items():
                if (now := found.get(part, {}).get(title, {}).get(figure, 0)) > most:
                    yield f"{title}: {figure} is {now:g}, and {most:g} is the most"


def record(before: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]], imports: Mapping[str, float]) -> None:
    """Rows that were not measured stay as they are."""
    content = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "delay_ms": DELAY,
        "imports": {title: round(seconds, 3) for title, seconds in imports.items()},
        "rows": {**before["rows"], **{part: {**before["rows"].get(part, {}), **rows} for part, rows in found.items()}},
    }
    RECORDED.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    write_readme(content)


if __name__ == "__main__":
    main()
