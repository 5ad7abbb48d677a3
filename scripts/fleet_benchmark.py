"""What a fleet costs as it grows: `make bench` runs it after scale_benchmark.py.

Each verb runs for few and for many accounts, in an organization of the sandbox. The calls must not grow with the accounts,
but with the pages of StackSets, which have 100 accounts each, and memory must hardly grow: `to few` are the ratios to the
first rows, `MB` is the most memory that the run took. The accounts are named with --account. It exits with 1 for a ratio
above MOST_CALLS or MOST_MEMORY.
"""

import argparse
import sys
from collections.abc import Iterator

from scripts.benchmark import BOOTSTRAP, Bench, Measured, serving

NUMBERS = (10, 100)
ADDED = 10
DRIFTED = 3
MOST_CALLS = 2.0
"""A second page, and more looks at an operation; a call for each account would be several times as many."""
MOST_MEMORY = 1.25
INPUTS = ["--integration", "datadog", "--site", "datadoghq.com", "--external-id", "bench"]
PEAK = """
import os, pathlib, subprocess, sys
run = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(run.pid, 0)
pathlib.Path(sys.argv[1]).write_text(str(used.ru_maxrss), encoding="utf-8")
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Writes down what the run took. Linux counts for a process also what the one that started it had, so it is a small one."""


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    heads = ("calls", "to few", "depth", "emulator", "wall", "MB", "to few")
    print(f"{'fleet':<30}" + "".join(f"{head:>10}" for head in heads))
    fewest: dict[str, tuple[int, float]] = {}
    above: list[str] = []
    with serving(1) as bench:
        peak = bench.sandbox / "peak"
        bench.program = [sys.executable, "-c", PEAK, str(peak), BOOTSTRAP]
        unit, ids = organization(bench, max(NUMBERS) + ADDED)
        for number in NUMBERS:
            for verb, run in life(bench, unit, ids, number):
                calls, most = len(run.calls), int(peak.read_text(encoding="utf-8")) / 1024
                few, least = fewest.setdefault(verb, (calls, most))
                if calls / few > MOST_CALLS or most / least > MOST_MEMORY:
                    above.append(f"{verb}, {number} accounts")
                figures = f"{calls:>10}{calls / few:>10.2f}{run.depth:>10}{run.busy:>10.2f}{run.wall:>10.2f}"
                print(f"{f'{verb}, {number} accounts':<30}{figures}{most:>10.0f}{most / least:>10.2f}", flush=True)

    if above:
        sys.exit(f"It grows with the accounts: {'; '.join(above)}")


def life(bench: Bench, unit: str, ids: list[str], number: int) -> Iterator[tuple[str, Measured]]:
    create = ["create", *INPUTS, "--organizational-unit", unit, "--yes"]
    yield "create", bench.verb(*create, *_named(ids[:number]))
    yield "no-op", bench.verb(*create, *_named(ids[:number]))
    yield f"{ADDED} more", bench.verb(*create, *_named(ids[: number + ADDED]))
    yield "status", bench.verb("status")
    for account in ids[:DRIFTED]:
        change(bench, account)
    yield f"drift in {DRIFTED}", bench.verb("status", "--detect-drift")
    yield "destroy", bench.verb("destroy", "--yes")


def organization(bench: Bench, number: int) -> tuple[str, list[str]]:
    """A unit with so many accounts."""
    client = bench.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="bench")["OrganizationalUnit"]["Id"]
    ids = []
    for index in range(number):
        made = client.create_account(Email=f"{index}@example.com", AccountName=f"bench-{index}")
        ids.append(made["CreateAccountStatus"]["AccountId"])
        client.move_account(AccountId=ids[-1], SourceParentId=root, DestinationParentId=unit)
    return unit, ids


def change(bench: Bench, account: str) -> None:
    """What somebody does by hand."""
    iam = bench.client("iam", f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
    iam.update_role(RoleName="DatadogIntegrationRole", MaxSessionDuration=7200)


def _named(accounts: list[str]) -> list[str]:
    return [word for each in accounts for word in ("--account", each)]


if __name__ == "__main__":
    main()
