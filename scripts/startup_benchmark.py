"""What a start costs, as a ratio to imports that nobody can avoid: a part of `make bench`.

The commands take turns, so that another load of the machine meets all of them. `cpu` is the processor time, which depends
less on that load than `wall` does; of both the least of all turns counts. `MB` is the most memory that the process had in
any turn. `to_base` is cpu as a ratio to the first row. Processes find compiled code, as those of an installed package do.
"""

import sys
from collections.abc import Iterator

from scripts.bench import BOOTSTRAP, INPUTS, Bench, Cost, Row, serving

BASE = "import typer, rich.console"
SDK = "import boto3"
COMPARED = ("to_base", "MB")
AT_MOST: dict[str, dict[str, float]] = {
    "--version": {"to_base": 1.3},
    "--help": {"to_base": 1.9},
    "create biomodal-duet": {"MB": 90},
}
CREATE = ["create", "--integration", "biomodal-duet", *INPUTS["biomodal-duet"], "--sandbox", "--yes"]
COMMANDS = {
    BASE: [sys.executable, "-c", BASE],
    SDK: [sys.executable, "-c", SDK],
    "--version": [BOOTSTRAP, "--version"],
    "--help": [BOOTSTRAP, "--help"],
    "create --help": [BOOTSTRAP, "create", "--help"],
    "create biomodal-duet --help": [BOOTSTRAP, *CREATE[:3], "--help"],
}
LIFE = {
    "create biomodal-duet": [BOOTSTRAP, *CREATE],
    "no-op biomodal-duet": [BOOTSTRAP, *CREATE],
    "destroy biomodal-duet": [BOOTSTRAP, "destroy", "--sandbox", "--yes"],
}


def rows(runs: int) -> Iterator[Row]:
    with serving(runs) as bench:
        found = {**turns(bench, COMMANDS, 2 * runs), **turns(bench, LIFE, runs)}
    base, imports = found[BASE].cpu, found[BASE].cpu + found[SDK].cpu
    for title, each in found.items():
        ratios = {"to_base": each.cpu / base, "to_imports": each.cpu / imports}
        yield title, {"wall": each.wall, "cpu": each.cpu, "MB": each.peak, **ratios}


def turns(bench: Bench, commands: dict[str, list[str]], number: int) -> dict[str, Cost]:
    """What each command took. A first turn, which does not count, compiles what is not compiled yet."""
    found: dict[str, Cost] = {}
    for turn in range(number + 1):
        for title, words in commands.items():
            now = bench.watched(words)
            if turn:
                found[title] = now.settled(found.get(title, now))
    return found
