"""What `make run` shows: an integration created, checked and destroyed in the embedded AWS, by the commands as typed."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

BOOTSTRAP = Path(sys.executable).with_name("bootstrap")

STEPS = (
    (
        "1. Create: the plan, the work, and what to paste at Upsolver",
        "bootstrap create --integration upsolver-vpc --external-id 6f7e2c-demo --org-id demo --sandbox --yes",
        0,
    ),
    ("2. The same again: nothing changes", "bootstrap create --integration upsolver-vpc --sandbox --yes", 0),
    ("3. Is everything still as it was made?", "bootstrap status --sandbox --detailed-exitcode", 0),
    ("4. Destroy: exactly what was made", "bootstrap destroy --sandbox --yes", 0),
    ("5. Nothing is recorded any more", "bootstrap state list --sandbox", 0),
    ("6. The sandbox leaves nothing behind", "bootstrap sandbox stop", 0),
)


def main() -> int:
    """Runs the steps in a folder of their own; ends at the first that does not exit as expected."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOTSTRAP_")}
    with tempfile.TemporaryDirectory(prefix="bootstrap-demo-") as folder:
        for title, command, expected in STEPS:
            print(f"\n{title}\n$ {command}", flush=True)
            words = [str(BOOTSTRAP), *shlex.split(command)[1:]]
            code = subprocess.run(words, cwd=folder, env=environment).returncode
            if code != expected:
                subprocess.run([str(BOOTSTRAP), "sandbox", "stop"], cwd=folder, env=environment)
                print(f"\nThat ended with {code}.", file=sys.stderr)
                return 1
        left = list(Path(folder).iterdir())
    print("\nAgainst your own account: the same commands without --sandbox.")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
