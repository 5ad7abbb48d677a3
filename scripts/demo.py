"""What `make run` shows: an integration created, checked and destroyed in the embedded AWS, by the commands as typed.

`python scripts/demo.py --readme` writes the transcripts of README.md, each behind its `<!-- demo: NAME -->`; a test
compares.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3

from bootstrap import sandbox

BOOTSTRAP = Path(sys.executable).with_name("bootstrap")
README = Path(__file__).parents[1] / "README.md"

CREATE = "bootstrap create --integration upsolver-vpc --external-id 6f7e2c-demo --org-id demo --sandbox --yes"
STEPS = (
    ("1. Create: the plan, the work, and what to paste at Upsolver", CREATE, 0),
    ("2. The same again: nothing changes", "bootstrap create --integration upsolver-vpc --sandbox --yes", 0),
    ("3. Nothing has changed outside bootstrap", "bootstrap status --sandbox --detailed-exitcode", 0),
    ("4. Destroy: exactly what was created", "bootstrap destroy --sandbox --yes", 0),
    ("5. The state is empty", "bootstrap state list --sandbox", 0),
    ("6. The sandbox leaves nothing behind", "bootstrap sandbox stop", 0),
)
ROLE = "UpsolverRole"


def main() -> int:
    """Runs the steps in a folder of their own; ends at the first that does not exit as expected."""
    with _folder() as (folder, environment):
        for title, command, expected in STEPS:
            print(f"\n{title}\n$ {command}", flush=True)
            code = subprocess.run(_words(command), cwd=folder, env=environment).returncode
            if code != expected:
                print(f"\nThat command ended with {code}.", file=sys.stderr)
                return 1
        left = list(folder.iterdir())
    print("\nAgainst your own account: the same commands without --sandbox.")
    return 1 if left else 0


def in_readme(text: str) -> str:
    """The README with its transcripts as the commands print them now."""
    for name, lines in transcripts().items():
        place = re.search(rf"<!-- demo: {name} -->\n```text\n(.*?)\n```", text, re.DOTALL)
        if place is None:
            raise ValueError(f"README.md has no place for the transcript {name!r}")
        text = text[: place.start(1)] + lines + text[place.end(1) :]
    return text


def transcripts() -> dict[str, str]:
    """What the commands print, the same in each run: without durations, and with parallel work in the order of the plan."""
    with _folder() as (folder, environment):

        def printed(command: str) -> str:
            ran = subprocess.run(
                _words(command), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if ran.returncode:
                raise RuntimeError(f"{command} ended with {ran.returncode}:\n{ran.stdout}")
            return ran.stdout

        run = f"$ {CREATE}\n{_in_order(printed(CREATE)).rstrip()}"
        found = {"run": run}
        for name, change in (("drift", _loosen), ("tightened", _tighten)):
            with _iam(folder) as iam:
                change(iam)
            status = printed("bootstrap status --sandbox")
            found[name] = _about_the_role(status)
            printed(STEPS[1][1])
        return found


def _loosen(iam: Any) -> None:
    """What somebody may do in the console."""
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))
    iam.delete_role_policy(RoleName=ROLE, PolicyName="upsolver-server")
    iam.update_role(RoleName=ROLE, Description="edited in the console")
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


def _tighten(iam: Any) -> None:
    """What an organization may do."""
    iam.detach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    boundary = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    policy = iam.create_policy(PolicyName="OrgBoundary", PolicyDocument=json.dumps(boundary))["Policy"]
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=policy["Arn"])


def _in_order(text: str) -> str:
    """Without durations, which only slow steps have; what happened side by side stands in the order of the plan."""
    lines = re.sub(r" \(\d+\.\d s\)", "", text).splitlines()
    plan = next(number for number, line in enumerate(lines) if line.startswith("Plan: "))
    done = next(number for number, line in enumerate(lines) if line.startswith("Done: ")) - 1
    order = [found[1] for line in lines[:plan] if (found := re.match(r"  \+ (\S+) ", line))]

    def place(line: str) -> int:
        """In the plan; what is about no resource of it stays in front."""
        address = re.sub(r"^\+ ", "", line).partition(" ")[0].rstrip(":")
        return order.index(address) if address in order else -1

    return "\n".join([*lines[: plan + 1], *sorted(lines[plan + 1 : done], key=place), *lines[done:]])


def _about_the_role(text: str) -> str:
    """The lines of a status that are about the role."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if re.match(r"  . role ", line))
    return "\n".join([lines[first], *_indented(lines[first + 1 :])])


def _indented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("     "):
            return
        yield line


@contextmanager
def _folder() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A folder without anything of ours, and the environment without settings of the user. No sandbox is left running."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BOOTSTRAP_", "AWS_"))}
    environment |= {"PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryDirectory(prefix="bootstrap-demo-") as folder:
        try:
            yield Path(folder), environment
        finally:
            subprocess.run([BOOTSTRAP, "sandbox", "stop"], cwd=folder, env=environment, capture_output=True)


@contextmanager
def _iam(folder: Path) -> Iterator[Any]:
    """IAM of the sandbox, for somebody else than bootstrap."""
    server = sandbox.status(folder / ".bootstrap" / "sandbox")
    assert server
    who = {"aws_access_key_id": server.key_id, "aws_secret_access_key": "any", "region_name": "us-east-1"}
    with closing(boto3.client("iam", endpoint_url=server.url, **who)) as client:
        yield client


def _words(command: str) -> list[str]:
    return [str(BOOTSTRAP), *shlex.split(command)[1:]]


if __name__ == "__main__":
    if sys.argv[1:] == ["--readme"]:
        README.write_text(in_readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.exit(main())
