"""What a fleet costs as it grows: a part of `make bench`.

Each verb runs for few and for many accounts, named with --account, in an organization of the sandbox.
The calls must not grow with the accounts,
but with the pages of StackSets, which have 100 accounts each, and of Organizations, which have 20, and memory must hardly
grow: `more` are the calls more than in the first rows, `MB_to_few` is the ratio to these, `MB` is the most memory that the
run took. More than `AT_MOST` fails the benchmark.
"""

from collections.abc import Iterator

from scripts.bench import Bench, Measured, Row, serving

NUMBERS = (10, 100)
ADDED = 10
DRIFTED = 3
DESTROY = ["destroy", "--yes"]
INPUTS = ["--integration", "datadog", "--site", "datadoghq.com", "--external-id", "bench"]
COMPARED = ("calls", "wall", "MB")
MOST: dict[str, float] = {"more": 20, "MB_to_few": 1.15}
"""A call for each account would be 90 more. The pages are 7, and how often a run looks at an operation differs by some."""
VERBS = ("create", "no-op", f"{ADDED} more", "status", f"drift in {DRIFTED}", "destroy")
AT_MOST = {f"{verb}, {number} accounts": MOST for verb in VERBS for number in NUMBERS}


def rows(runs: int) -> Iterator[Row]:
    fewest: dict[str, tuple[int, float]] = {}
    with serving(runs) as bench:
        bench.program = [*bench.watching, *bench.program]
        unit, ids = organization(bench, max(NUMBERS) + ADDED)
        for number in NUMBERS:
            for verb, run in life(bench, unit, ids, number):
                calls, peak = len(run.calls), bench.cost().peak
                few, least = fewest.setdefault(verb, (calls, peak))
                figures = {"calls": calls, "more": calls - few, "depth": run.depth, "emulator": run.busy, "wall": run.wall}
                yield f"{verb}, {number} accounts", {**figures, "MB": peak, "MB_to_few": peak / least}


def life(bench: Bench, unit: str, ids: list[str], number: int) -> Iterator[tuple[str, Measured]]:
    create = ["create", *INPUTS, "--organizational-unit", unit, "--yes"]
    some, all_ = _named(ids[:number]), _named(ids[: number + ADDED])
    lines = ([*create, *some], [*create, *some], [*create, *all_], ["status"], ["status", "--detect-drift"], DESTROY)
    for verb, words in zip(VERBS, lines, strict=True):
        for account in ids[:DRIFTED] if "--detect-drift" in words else ():
            change(bench, account)
        yield verb, bench.verb(*words)


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
