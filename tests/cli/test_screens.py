"""What a person sees on a terminal of 80 and of 120 columns, against checked-in screens (UPDATE_GOLDEN=1 rewrites them)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from bootstrap import cli
from bootstrap.contract.crashes import one_after_the_other
from tests.cli.conftest import BUCKET, INPUTS, Bootstrap
from tests.conftest import MakeScope
from tests.support.canned import matches
from tests.support.screens import Screen

FOLDER = Path(__file__).parent / "golden"
AGREE = "Make these changes? [y/N]: "
BUCKETS = {"upsolver-vpc": BUCKET, "biomodal-duet": "acme-duet"}
ROLES = {"upsolver-vpc": "UpsolverRole", "biomodal-duet": "biomodal-duet-vm"}
RED = "\x1b[1;31m"
YELLOW = "\x1b[33m"
_IDS = re.compile(
    r"(?<=\bi-)[0-9a-f]+|(?<=\bvol-)[0-9a-f]+|(?<=\beni-)[0-9a-f]+|(?<=\bsg-)[0-9a-f]+|(?<=\blt-)[0-9a-f]+|"
    r"(?<=\beipalloc-)[0-9a-f]+|\bA[A-Z0-9]{19,20}\b|\b[a-z0-9]{20}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)


@pytest.fixture
def screen(bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], Screen]:
    """Runs a command on a terminal of so many columns. The person agrees to everything."""
    one_after_the_other(monkeypatch)
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(columns: int, line: str) -> Screen:
        answers = {AGREE: "y", **{f"Type {name} to destroy it: ": name for name in BUCKETS}}
        shown = Screen(columns, answers)
        assert shown.run(lambda: cli.run(line.split())) == 0, shown.text
        return shown

    return run


def steady(text: str) -> str:
    """Without what is another in each run: ids of AWS and times."""
    return re.sub(r" \(\d+\.\d s\)", "", _IDS.sub(lambda found: "0" * len(found[0]), text))


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", BUCKETS)
def test_the_screens_are_those_that_were_approved(
    name: str, columns: int, screen: Callable[[int, str], Screen], scope: MakeScope
) -> None:
    inputs = f"--integration {name} {INPUTS[name]}"

    def seen(what: str, line: str, *, until: str = "") -> Screen:
        found = screen(columns, line)
        text = steady(found.text).partition(until)[0] if until else steady(found.text)
        assert matches(f"{name}-{what}-{columns}.txt", text, FOLDER)
        return found

    planned = seen("plan", f"plan {inputs}").raw
    assert planned.count(f"{YELLOW}      Warning: ") == planned.count("      Warning: ") > 0
    seen("create", f"create {inputs}", until="\nDone: ")
    seen("status", "status")
    iam = scope().client("iam")
    iam.update_role(RoleName=ROLES[name], Description="edited in the console")
    iam.attach_role_policy(RoleName=ROLES[name], PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    drifted = seen("drift", "status").raw
    assert f"{RED}      Warning: attached policy arn:aws:iam::aws:policy/ReadOnlyAccess: " in drifted
    iam.detach_role_policy(RoleName=ROLES[name], PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    for number in range(3):
        s3_backends["123456789012"]["aws"].put_object(BUCKETS[name], f"data/{number}", b"precious")
    gone = seen("destroy", "destroy --delete-data")
    assert gone.raw.count(f"{RED}      - 3 objects and versions (24 bytes) in bucket ") == 2  # in the plan and the receipt
    assert gone.raw.count(f"{RED}Deleted for good: ") == 2  # below the plan, and above the question
    assert " ".join(gone.text.split()).count("3 objects and versions (24 bytes) in bucket ") == 4
