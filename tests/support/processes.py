"""Real processes of the command line, and the sandbox that they talk to."""

import ast
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from bootstrap import sandbox
from tests.support.calls import keys
from tests.support.held_sandbox import changes

ROOT = Path(__file__).parents[2]
BOOTSTRAP = [sys.executable, "-m", "bootstrap"]
DEADLINE = 60.0
"""Seconds until a test gives up; a machine under load may need most of them."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a user without any settings of ours, of AWS or of Python (unbuffered output hides mistakes), on a
    machine that is none of AWS's: a test must not ask it for credentials.

    Nothing is compiled: a process that a test gives a full disk would leave half of a compiled file to all that come after.
    """
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOOTSTRAP_", "PYTHON"))}
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "loopback_only")))
    usual["AWS_EC2_METADATA_DISABLED"] = "true"
    return {**usual, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "TERM": "xterm-256color", **more}


def until(holds: Callable[[], Any], what: str) -> Any:
    """Waits until it holds."""
    deadline = time.monotonic() + DEADLINE
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)
    return answer


@dataclass(frozen=True)
class Cloud:
    """The sandbox's server. `home` is where it keeps its files; a folder can use it that has a copy of server.json."""

    home: Path
    server: sandbox.Server
    iam: Any
    s3: Any

    def lend_to(self, folder: Path) -> None:
        """Makes it the sandbox of another folder, and empties it."""
        self.share_with(folder)
        self.go_on()
        self.settle()
        self.empty()
        for name in ("arrived", "answered"):
            (self.home / name).write_text("")

    def share_with(self, folder: Path) -> None:
        """Makes it the sandbox of another folder too, as it is."""
        (folder / ".bootstrap" / "sandbox").mkdir(parents=True, mode=0o700)
        shutil.copy(self.home / "server.json", folder / ".bootstrap" / "sandbox")

    def hold_one(self, number: int) -> None:
        """Of the changing calls from now on, the one with this number stops before it has an effect."""
        (self.home / "held").unlink(missing_ok=True)
        self.hold(f"#{number} {time.monotonic_ns()}")

    @property
    def holds(self) -> bool:
        return (self.home / "held").exists()

    def hold(self, call: str) -> None:
        """From now on calls that match stop before they have an effect."""
        (self.home / "hold.new").write_text(call)
        (self.home / "hold.new").replace(self.home / "hold")

    def go_on(self) -> None:
        (self.home / "hold").unlink(missing_ok=True)

    def settle(self) -> None:
        """Waits for the end of what killed processes had asked for."""
        until(lambda: self._lines("arrived") == self._lines("answered"), "all calls are answered")

    def drop(self) -> None:
        """What killed processes had asked for, and is held, never has an effect."""
        (self.home / "drop").touch()
        self.settle()
        self.go_on()
        (self.home / "drop").unlink()

    def _lines(self, name: str) -> int:
        return (self.home / name).read_text().count("\n")

    def arrived(self, call: str) -> bool:
        return self.count(call) > 0

    def count(self, call: str) -> int:
        """How often the call has arrived."""
        return (self.home / "arrived").read_text().count(call)

    def wait_for(self, call: str) -> None:
        until(lambda: self.arrived(call), f"{call} arrived")

    def calls(self) -> list[tuple[str, str, str]]:
        """(action where the request has it, HTTP method, path) of each call since the folder was lent."""
        return [ast.literal_eval(line)[:3] for line in (self.home / "arrived").read_text().splitlines()]

    def writes(self) -> list[tuple[str, str, str]]:
        return [(action, method, path) for action, method, path in self.calls() if changes(action, method, path)]

    def names(self) -> list[str]:
        """What is in it, each as often as it is there."""
        return sorted(
            [
                *(item["RoleName"] for item in self.iam.list_roles()["Roles"]),
                *(item["PolicyName"] for item in self.iam.list_policies(Scope="Local")["Policies"]),
                *(item["InstanceProfileName"] for item in self.iam.list_instance_profiles()["InstanceProfiles"]),
                *(item["Name"] for item in self.s3.list_buckets()["Buckets"]),
            ]
        )

    def empty(self) -> None:
        """Takes away what the last test left."""
        for role in self.iam.list_roles()["Roles"]:
            name = {"RoleName": role["RoleName"]}
            for policy in self.iam.list_attached_role_policies(**name)["AttachedPolicies"]:
                self.iam.detach_role_policy(**name, PolicyArn=policy["PolicyArn"])
            for inline in self.iam.list_role_policies(**name)["PolicyNames"]:
                self.iam.delete_role_policy(**name, PolicyName=inline)
            for profile in self.iam.list_instance_profiles_for_role(**name)["InstanceProfiles"]:
                self.iam.remove_role_from_instance_profile(**name, InstanceProfileName=profile["InstanceProfileName"])
            self.iam.delete_role(**name)
        for bucket in self.s3.list_buckets()["Buckets"]:
            found = self.s3.list_object_versions(Bucket=bucket["Name"])
            for item in (*found.get("Versions", []), *found.get("DeleteMarkers", [])):
                self.s3.delete_object(Bucket=bucket["Name"], Key=item["Key"], VersionId=item["VersionId"])
            self.s3.delete_bucket(Bucket=bucket["Name"])
        assert self.names() == []


@contextmanager
def serving(home: Path) -> Iterator[Cloud]:
    """A sandbox that can hold calls, for as long as the block runs."""
    for name, text in {"delay": "0", "arrived": "", "answered": ""}.items():
        (home / name).write_text(text)
    command = [sys.executable, "-m", "tests.support.held_sandbox", str(home)]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or sandbox.status(home), "the sandbox runs")
        server = sandbox.status(home)
        assert server, (home / "server.log").read_text()
        iam, s3 = (boto3.client(service, endpoint_url=server.url, **keys(server)) for service in ("iam", "s3"))
        with closing(iam), closing(s3):
            yield Cloud(home, server, iam, s3)
    finally:
        process.kill()
        process.wait()


class Process:
    """A command that runs in a folder, with what it has printed so far."""

    def __init__(self, line: str, folder: Path, *, stdout: Any = None, **settings: str) -> None:
        printed = folder.parent / f"{folder.name}-{time.monotonic_ns()}"  # beside the folder, which the command sees
        self.errors, self.output = printed.with_suffix(".err"), printed.with_suffix(".out")
        with self.errors.open("w") as stderr, self.output.open("w") as out:
            self.popen = subprocess.Popen(
                [*BOOTSTRAP, *shlex.split(line)],
                cwd=folder,
                env=environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=stdout or out,
                stderr=stderr,
            )

    @property
    def err(self) -> str:
        return self.errors.read_text()

    @property
    def out(self) -> str:
        return self.output.read_text()

    def says(self, text: str) -> None:
        """Waits until it has printed the text."""
        until(lambda: text in self.err or self.popen.poll() is not None, f"it says {text!r}")
        assert text in self.err

    def ends(self) -> int:
        """Its exit code, once it has one."""
        return self.popen.wait(DEADLINE)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()
