"""What a fleet costs as it grows: a part of `make bench`.

Each verb runs for few and for many accounts, named with --account, in an organization of the sandbox.
The calls must not grow with the accounts,
but with the pages of StackSets, which have 100 accounts each, and memory must hardly grow: `to_few` and
`MB_to_few` are the ratios to the first rows, `MB` is the most memory that the run took.
"""

from collections.abc import Iterator

from scripts.bench import Bench, Measured, Row, serving

NUMBERS = (10, 100)
ADDED = 10
DRIFTED = 3
INPUTS = ["--integration", "datadog", "--site", "datadoghq.com", "--external-id", "bench"]
COMPARED = ("calls", "wall", "MB")


def rows(runs: int) -> Iterator[Row]:
    fewest: dict[str, tuple[int, float]] = {}
    with serving(runs) as bench:
        bench.program = [*bench.watching, *bench.program]
        unit, ids = organization(bench, max(NUMBERS) + ADDED)
        for number in NUMBERS:
            for verb, run in life(bench, unit, ids, number):
                calls, peak = len(run.calls), bench.cost().peak
                few, least = fewest.setdefault(verb, (calls, peak))
                figures = {"calls": calls, "to_few": calls / few, "depth": run.depth, "emulator": run.busy, "wall": run.wall}
                yield f"{verb}, {number} accounts", {**figures, "MB": peak, "MB_to_few": peak / least}


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
