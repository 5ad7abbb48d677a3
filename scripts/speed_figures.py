"""README's figures of speed, from what `make bench` recorded. `python -m scripts.benchmark --record` writes them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- Written by make bench: -->\n\n", "\n<!-- To here. -->\n"
AIMS = {
    "upsolver-vpc": "0.56 / 0.28 / 0.72",
    "upsolver-private-vpc": "0.56 / 0.28 / 0.72",
    "upsolver-data-access": "-",
    "aspera-atc": "0.8 / - / 1.0",
    "biomodal-duet": "1.4 / - / 2.2",
}
"""Seconds of create, create again and destroy."""
VERBS = ("create", "no-op", "destroy")


def figures(recorded: Mapping[str, Any]) -> str:
    """What stands between the two marks."""
    rows, runs = recorded["rows"], recorded["rows"]["runs"]
    lines = ["| integration | create | create again | destroy | aims | calls |", "|---|---|---|---|---|---|"]
    for name, aims in AIMS.items():
        each = [runs[f"{name} {verb}"] for verb in VERBS]
        cells = [f"{one['span']:.2f} ({one['computed']:.2f})" for one in each]
        lines.append(f"| `{name}` | {' | '.join(cells)} | {aims} | {' / '.join(str(one['calls']) for one in each)} |")
    overhead = [one["overhead_to_imports"] for one in runs.values()]
    start, scale = rows["startup"], rows["scale"]
    many = next(one for title, one in scale.items() if title.startswith("destroy") and "roles" in title)
    few = [scale[f"destroy beside {others}"]["roles"] for others in ("1 other", "10 others", "100 others")]
    number = next(title for title in scale if "roles" in title).rpartition(", ")[2]
    lines += [
        "",
        f"Measured on {recorded['date']}: {recorded['machine']}, {recorded['delay_ms']} ms added to each call. There, "
        f"`import boto3` takes {recorded['imports']['boto3']:.2f} s.",
        "",
        f"- All else in a run takes {min(overhead):.1f} to {max(overhead):.1f} times as long as `import boto3` and",
        "  `import typer, rich.console` together.",
        f"- `--version` takes {start['--version']['to_base']:.1f} times the processor time of `import typer, rich.console`,",
        f"  `--help` {start['--help']['to_base']:.1f} times.",
        f"- `create biomodal-duet` needs {start['create biomodal-duet']['MB']:.0f} MB at most.",
        f"- The search for roles takes {few[0]}, {few[1]} and {few[2]} calls beside 1, 10 and 100 other deployments.",
        f"  In an account with {number}, it takes {many['roles']}, and the whole destroy {many['span']:.2f} s.",
    ]
    return "\n".join(lines) + "\n"


def write_readme(recorded: Mapping[str, Any]) -> None:
    text = README.read_text(encoding="utf-8")
    found = re.compile(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", re.DOTALL)
    README.write_text(found.sub(lambda _: figures(recorded), text), encoding="utf-8")
