"""What a fleet costs as it grows: `make bench` runs it after scale_benchmark.py.

Each verb runs for 10 and for 100 accounts, in the sandbox without an organization. The calls must not grow with the
accounts, but with StackSets' own pages of 100; `for 10` is the ratio to the row of 10 accounts, and `MB` the most memory
that a run has taken so far.
"""

import argparse
import resource
from collections.abc import Iterator

from scripts.benchmark import Bench, Measured, serving

NUMBERS = (10, 100)
ADDED = 10
ROLES = ["--admin-role", "arn:aws:iam::123456789012:role/Administration", "--execution-role", "Execution"]
INPUTS = ["--integration", "datadog", "--site", "datadoghq.com", "--external-id", "bench", *ROLES]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    heads = ("calls", "for 10", "depth", "emulator", "wall", "MB")
    print(f"{'fleet':<40}" + "".join(f"{head:>10}" for head in heads))
    fewest: dict[str, int] = {}
    with serving(1) as bench:
        for number in NUMBERS:
            for verb, run in life(bench, number):
                base = fewest.setdefault(verb, len(run.calls))
                most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                figures = f"{len(run.calls):>10}{len(run.calls) / base:>10.2f}{run.depth:>10}{run.busy:>10.2f}"
                print(f"{f'{verb}, {number} accounts':<40}{figures}{run.wall:>10.2f}{most:>10.0f}", flush=True)


def life(bench: Bench, number: int) -> Iterator[tuple[str, Measured]]:
    ids = [f"{10**11 + each}" for each in range(number + ADDED)]
    yield "create", bench.verb("create", *INPUTS, *_named(ids[:number]), "--yes")
    yield "no-op", bench.verb("create", *INPUTS, *_named(ids[:number]), "--yes")
    yield f"{ADDED} more", bench.verb("create", *INPUTS, *_named(ids), "--yes")
    yield "status", bench.verb("status")
    yield "drift", bench.verb("status", "--detect-drift")
    yield "destroy", bench.verb("destroy", "--yes")


def _named(accounts: list[str]) -> list[str]:
    return [word for each in accounts for word in ("--account", each)]


if __name__ == "__main__":
    main()
