"""What a command works on: which AWS, and which states."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootstrap.backends.address import SCHEME, S3Address, s3_address
from bootstrap.backends.file import FileBackend, retired_names, stored_names
from bootstrap.backends.private_files import OURS
from bootstrap.cli.command_line import CommandLine
from bootstrap.cli.questions import ask_which, is_terminal
from bootstrap.core import validators
from bootstrap.core.backend import Backend
from bootstrap.core.commands import bootstrap, chained, command, option
from bootstrap.errors import StateError, UsageError

if TYPE_CHECKING:
    from bootstrap.backends.bucket import Bucket
    from bootstrap.core.receipt import Destroyed
    from bootstrap.core.state import State
    from bootstrap.operations import Login
    from bootstrap.operations.invocation import Invocation
    from bootstrap.operations.sign_ins import SignInOptions

FOLDER = Path(OURS)
SANDBOX = FOLDER / "sandbox"
SANDBOX_STATES = SANDBOX / "deployments"


@dataclass(frozen=True)
class Target:
    """Which AWS and which states a command is about, as its options say."""

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

    def __post_init__(self) -> None:
        if self.sandbox and self.state and self.state == os.environ.get("BOOTSTRAP_STATE"):
            without = command("env", "-u", "BOOTSTRAP_STATE")
            raise UsageError(
                "BOOTSTRAP_STATE names a state of real deployments, and --sandbox keeps states of its own",
                f"Run: {without} {self.line.again()}",
            )

    @property
    def folder(self) -> Path:
        return SANDBOX_STATES if self.sandbox else FOLDER

    @property
    def flags(self) -> list[str]:
        """What further commands need in order to be about the same."""
        state = self.state if self.address or not self.sandbox else None
        named = [("--state", state), ("--profile", self.profile), ("--region", self.region)]
        named = [(flag, value) for flag, value in named if flag.removeprefix("--") not in self.from_project]
        named += [("--project", str(self.project) if self.project else None)]
        named += [("--sign-in", each) for each in self.reached_by]
        return ["--sandbox"] * self.sandbox + [word for flag, value in named if value for word in option(flag, value)]

    @property
    def create_flags(self) -> list[str]:
        """The same for those that have no --sign-in: create has inputs for the ways into several accounts."""
        return replace(self, reached_by=()).flags

    @property
    def invocation(self) -> "Invocation":
        """The command of this run, for advice."""
        from bootstrap.operations.invocation import Invocation

        return Invocation(self.line.again, tuple(self.create_flags), self.line.instead)

    def sign_in_options(self, note: Callable[[str], None], *, accepted: bool = False) -> "SignInOptions":
        from bootstrap.operations.sign_ins import SignInOptions

        return SignInOptions(self.profile, self.reached_by, self.line.again, accepted, note)

    def destroying(self, name: str, backend: Backend) -> str:
        """The command that destroys the deployment that this state of another name holds."""
        if self.sandbox and not self.address:  # only its name leads to a state in the folder of the sandbox
            own = self.folder / f"{name}.json"
            destroy = bootstrap("destroy", name=name, flags=self.flags)
            return destroy if own.exists() else chained(command("mv", arguments=[backend.where, str(own)]), destroy)
        at = replace(self, state=backend.where, from_project=self.from_project - {"state"})
        return bootstrap("destroy", name=name, flags=at.flags) if self.from_project else bootstrap("destroy", flags=at.flags)

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
        lost = sandbox.status(SANDBOX) is None and replace(self, state=None).deployments()
        server = sandbox.start(SANDBOX)
        if lost:
            tell(f"The sandbox is a new, empty one: what was made in the last one is lost ({', '.join(lost)}).")
        return Login(region=self.region, endpoint=server.url, key_id=server.key_id)

    def backend(self, name: str) -> Backend:
        """The state of the deployment `name`, wherever it is."""
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

    def deployments(self) -> list[str]:
        """The names of the folder's deployments, or of the one that --state names."""
        if one := self.one:
            found = one.load()
            return [found.deployment] if found else []
        if self.address:
            names = [key.removeprefix(self.address.key) for key in self._bucket.keys(self.address.key)]
        else:
            names = stored_names(self.folder)
        stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
        return sorted(stem for stem in stems if is_name(stem))

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
        self.deployments()
        return self.destroyed(name)

    def stored(self, name: str, backend: Backend, note: Callable[[str], None]) -> "State":
        """The recorded state; `note` gets a warning if somebody has edited it. Raises StateError."""
        from bootstrap.operations import edited_state
        from bootstrap.operations.load_state import stored_state

        stored = stored_state(backend)
        if stored.deployment != name:  # a copy of its state under another name
            raise StateError(
                f"{backend.where} holds the deployment {stored.deployment!r}, not {name!r}",
                f"To destroy that one, run: {self.destroying(stored.deployment, backend)}",
            )
        if text := edited_state.warning(stored, backend.where):
            note(text)
        return stored

    def to_create(self, name: str | None, integration: str) -> str:
        """The name of the deployment that create is about."""
        if name is not None:
            return name
        recorded = self.deployments()
        if self.one:
            return next(iter(recorded), integration)
        same = [each for each in recorded if each != integration and self._is_one_of(integration, each)]
        if same and integration not in recorded:
            raise UsageError(
                f"there is a deployment of {integration} here: {', '.join(same)}",
                f"Add --name {same[0]} for that one, or --name {integration} for another.",
            )
        return integration

    def _is_one_of(self, integration: str, name: str) -> bool:
        with suppress(StateError):
            found = self.backend(name).load()
            return found is not None and found.integration == integration
        return False

    def chosen(self, name: str | None, *, ask: bool = True) -> str:
        """`name`, or the only deployment that there is; a terminal asks which. Raises StateError or UsageError."""
        found = self.deployments()
        described: dict[str, Any] = {"integration": self.integration, "name": name} if self.integration else {}
        make = f"Make one: {bootstrap('create', flags=self.create_flags, **described)}"
        if name is not None:
            if name not in found:
                there_are = f"There are: {', '.join(found)}." if found and not self.integration else make
                raise StateError(f"there is no deployment {name!r} {self._where}", there_are)
            return name
        if not found:
            raise StateError(f"there is no deployment {self._where}", make)
        if len(found) == 1:
            return found[0]
        if not ask or not is_terminal():
            raise UsageError("there are several deployments", f"Add --name with one of: {', '.join(found)}.")
        return ask_which("Which deployment do you mean?", found)

    @property
    def _where(self) -> str:
        named = str(self.address or "") or ("" if self.sandbox else self.state)
        return f"in {named}" if named else "in this folder's sandbox" if self.sandbox else "in this folder"


def _is_no_file(path: str) -> bool:
    try:
        return not path or len(os.fsencode(Path(path).name)) > 200 or Path(path).is_dir()
    except OSError:  # the whole path is too long, or runs in a circle of links
        return True


def is_name(text: str) -> bool:
    with suppress(ValueError):
        return bool(validators.deployment(text))
    return False
