"""Where the states of a command are, and who signs in to look at them: as its options and the project file say."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bootstrap.backends.address import SCHEME, S3Address, s3_address
from bootstrap.backends.file import FileBackend, retired_names, stored_names
from bootstrap.backends.private_files import OURS
from bootstrap.cli.command_line import CommandLine
from bootstrap.core import validators
from bootstrap.core.backend import Backend
from bootstrap.core.commands import before, command, option
from bootstrap.errors import BootstrapError, UsageError

if TYPE_CHECKING:
    from bootstrap.backends.bucket import Bucket
    from bootstrap.cli.project_approval import ApprovalRule
    from bootstrap.core.receipt import Destroyed
    from bootstrap.operations import Login

FOLDER = Path(OURS)
SANDBOX = FOLDER / "sandbox"
SANDBOX_STATES = SANDBOX / "deployments"


@dataclass(frozen=True)
class Places:
    """The states that the options name, and those of the project file."""

    profile: str | None = None
    region: str | None = None
    sandbox: bool = False
    state: str | None = None
    reached_by: tuple[str, ...] = ()
    """ACCOUNT=PROFILE or ACCOUNT=ARN, for accounts that are reached in another way than create did."""
    line: CommandLine = field(default_factory=CommandLine, compare=False)
    project: Path | None = None
    """The project file, if the user names one."""
    from_project: frozenset[str] = frozenset()
    """Which of `profile`, `region` and `state` the project file gave: it gives them again to the next command."""
    integration: str | None = None
    """That of the deployment in the project file."""
    described: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False)
    """Profile, region and state of each deployment in the project file, if the run is about none in particular."""
    approvals: "Mapping[str, ApprovalRule]" = field(default_factory=dict, compare=False)
    """By deployment, which approval the project file requires; "" has the rule for those that it does not describe."""
    described_at: Mapping[str, tuple[str, int]] = field(default_factory=dict, compare=False)
    """The file and the line of each deployment in the project file."""

    def __post_init__(self) -> None:
        if self.sandbox and self.state and self.state == os.environ.get("BOOTSTRAP_STATE"):
            without = command("env", "-u", "BOOTSTRAP_STATE")
            raise UsageError(
                "BOOTSTRAP_STATE names a state of real deployments, and --sandbox keeps states of its own",
                f"Run: {before(without, self.line.again())}",
            )

    @property
    def folder(self) -> Path:
        return SANDBOX_STATES if self.sandbox else FOLDER

    @property
    def is_sandbox_running(self) -> bool:
        from bootstrap import sandbox

        return sandbox.status(SANDBOX) is not None

    def login(self, tell: Callable[[str], None] = lambda text: None) -> "Login":
        """Starts the sandbox when it is wanted and does not run; `tell` hears when a deployment was in the one before."""
        from bootstrap.operations import Login

        if not self.sandbox:
            return Login(self.profile, self.region)
        if self.profile:
            raise UsageError("--sandbox has no profiles", "Omit --profile.")
        from bootstrap import sandbox

        if elsewhere := sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")):
            tell(f"The sandbox is used, and not {', '.join(elsewhere)}.")
        # What is in the sandbox's S3 cannot be asked for before it runs, and is not there when it has just been started.
        lost = not self.is_sandbox_running and replace(self, state=None).deployments()
        server = sandbox.start(SANDBOX)
        if lost:
            tell(f"The sandbox is a new, empty one: what was made in the last one is lost ({', '.join(lost)}).")
        return Login(region=self.region, endpoint=server.url, key_id=server.key_id)

    def of(self, name: str) -> Self:
        """The target for this deployment, if the project file describes it."""
        own = self.described.get(name)
        if own is None:
            return self
        profile, region, state = (own.get(key, getattr(self, key)) for key in ("profile", "region", "state"))
        return replace(self, profile=profile, region=region, state=state, from_project=frozenset(own), described={})

    def approval(self, name: str) -> "ApprovalRule | None":
        """The rule of the project file for this deployment, if it requires an approval."""
        rule = self._rule(name)
        return rule if rule and rule.required else None

    def signers(self, *names: str, also: Path | None = None) -> list[Path]:
        """The files that all have to allow the signature of an approval for these deployments: those of the project file,
        also where it requires none, and that of the command line."""
        rules = [rule for name in names if (rule := self._rule(name))]
        files = [Path(rule.signers) for rule in rules if rule.signers]
        return [*dict.fromkeys([*files, *([also] if also else [])])]

    def _rule(self, name: str) -> "ApprovalRule | None":
        return self.approvals.get(name, self.approvals.get(""))

    def backend(self, name: str) -> Backend:
        """The state of the deployment `name`, wherever it is."""
        if name in self.described:
            return self.of(name).backend(name)
        try:
            validators.deployment(name)
        except ValueError as error:
            raise UsageError(f"--name: {error}") from error
        if one := self.one:
            return one
        if self.address:
            return self._in_s3(f"{self.address.key}{name}.json")
        return FileBackend(self.folder / f"{name}.json")

    @property
    def one(self) -> Backend | None:
        """The state that --state names, where it names one and no folder."""
        if self.address:
            return None if self.address.is_folder else self._in_s3(self.address.key)
        if self.state is None:
            return None
        if self.sandbox:
            raise UsageError(
                "--sandbox keeps states of its own",
                "Omit --state, or name one in the sandbox's S3; several deployments have a --name.",
            )
        if "://" in self.state:
            raise UsageError(f"--state: {self.state} is not a file", "Name a file, or s3://BUCKET/KEY.")
        if _is_no_file(self.state):
            raise UsageError(f"--state: {self.state or '(nothing)'} is not a file", "Name a file, as --state prod.json.")
        return FileBackend(Path(self.state))

    @cached_property
    def address(self) -> S3Address | None:
        """What --state says when it names S3. Raises UsageError."""
        if not (self.state or "").startswith(SCHEME):
            return None
        try:
            return s3_address(self.state or "")
        except ValueError as error:
            raise UsageError(
                f"--state: {self.state}: {error}",
                "Name an object, as s3://BUCKET/prod.json, or a folder of states, as s3://BUCKET/bootstrap/.",
            ) from error

    @cached_property
    def _bucket(self) -> "Bucket":
        from bootstrap.backends.bucket import Bucket

        assert self.address
        # S3 leads from any region to the bucket's; the deployment's region may be another one, or not be known yet.
        return Bucket(self.address, replace(self.login(), otherwise="us-east-1"))

    def _in_s3(self, key: str) -> Backend:
        from bootstrap.backends.s3 import S3Backend

        named = [("--profile", self.profile), ("--region", self.region)]
        flags = ["--sandbox"] * self.sandbox + [word for flag, value in named if value for word in option(flag, value)]
        return S3Backend(self._bucket, key, tuple(flags))

    def deployments(self, only: str | None = None) -> list[str]:
        """The names of the folder's deployments, or of the one that --state names. Of those whose state the project file
        keeps elsewhere, with `only` no other one is looked at: that may need another sign-in."""
        if one := self.one:
            found = one.load()
            return [found.deployment] if found else []
        if self.address:
            names = [key.removeprefix(self.address.key) for key in self._bucket.keys(self.address.key)]
        else:
            names = stored_names(self.folder)
        stems = {name.removesuffix(".json") for name in names if name.endswith(".json")}
        described = {name for name, own in self.described.items() if "state" in own and only in (None, name)}
        described = {name for name in described if self._is_recorded(name)}
        return sorted(described | {stem for stem in stems if is_name(stem)})

    def _is_recorded(self, name: str) -> bool:
        try:
            return self.backend(name).load() is not None
        except BootstrapError:  # also one sign-in that fails: it hides none of the others
            return True  # whoever uses it says what is wrong with it

    def destroyed(self, name: str | None) -> "list[Destroyed]":
        """The receipts of the deployment, or of all, that were destroyed here and not created again since."""
        from bootstrap.backends.bucket import RECEIPT

        if one := self.one:
            stores = [one]
        elif name is not None:
            stores = [self.backend(name)]
        else:
            if self.address:
                keys = [key.removeprefix(self.address.key) for key in self._bucket.keys(self.address.key)]
                retired = [key.removesuffix(RECEIPT) for key in keys if key.endswith(RECEIPT)]
            else:
                retired = retired_names(self.folder)
            stores = [self.backend(stem) for each in retired if is_name(stem := each.removesuffix(".json"))]
        receipts = [receipt for store in stores if (receipt := store.destroyed())]
        return [receipt for receipt in receipts if name in (None, receipt.deployment)]

    def destroyed_before(self, name: str | None) -> "list[Destroyed]":
        """The same, for a deployment that is not recorded. Raises where it is not known what is recorded."""
        self.deployments(name)
        return self.destroyed(name)


def _is_no_file(path: str) -> bool:
    try:
        return not path or len(os.fsencode(Path(path).name)) > 200 or Path(path).is_dir()
    except OSError:  # the whole path is too long, or runs in a circle of links
        return True


def is_name(text: str) -> bool:
    with suppress(ValueError):
        return bool(validators.deployment(text))
    return False
