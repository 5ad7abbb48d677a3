"""What a fleet costs as it grows: `make bench` runs it after scale_benchmark.py.

Each verb runs for few and for more accounts, in an organization of the sandbox, where moto takes seconds for each new
account; `tests/cli/test_fleet.py` goes on to a second page of StackSets, which have 100 accounts each. The calls must not
grow with the accounts; `for few` is the ratio to the first row, and `MB` the most memory that a run has taken so far.
"""

import argparse
import resource
from collections.abc import Iterator

from scripts.benchmark import Bench, Measured, serving

NUMBERS = (3, 12)
ADDED = 3
DRIFTED = 3
INPUTS = ["--integration", "datadog", "--site", "datadoghq.com", "--external-id", "bench"]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    heads = ("calls", "for few", "depth", "emulator", "wall", "MB")
    print(f"{'fleet':<40}" + "".join(f"{head:>10}" for head in heads))
    fewest: dict[str, int] = {}
    with serving(1) as bench:
        unit, ids = organization(bench, max(NUMBERS) + ADDED)
        for number in NUMBERS:
            for verb, run in life(bench, unit, ids, number):
                base = fewest.setdefault(verb, len(run.calls))
                most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                figures = f"{len(run.calls):>10}{len(run.calls) / base:>10.2f}{run.depth:>10}{run.busy:>10.2f}"
                print(f"{f'{verb}, {number} accounts':<40}{figures}{run.wall:>10.2f}{most:>10.0f}", flush=True)


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
