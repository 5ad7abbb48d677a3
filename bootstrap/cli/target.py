"""What a command works on: which AWS and which deployment, and the options with which another command does the same."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bootstrap.cli.places import Places
from bootstrap.cli.questions import ask_which, is_terminal
from bootstrap.core.backend import Backend
from bootstrap.core.commands import bootstrap, chained, command, option
from bootstrap.core.near import did_you_mean
from bootstrap.errors import BootstrapError, StateError, UsageError, lines

if TYPE_CHECKING:
    from bootstrap.core.state import State
    from bootstrap.operations.invocation import Invocation
    from bootstrap.operations.sign_ins import SignInOptions


@dataclass(frozen=True)
class Target(Places):
    """Which AWS and which states a command is about, as its options say."""

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

        return Invocation(self.line.again, tuple(self.create_flags), lambda names: f"run: {self.line.instead(names)}")

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
        with suppress(BootstrapError):
            found = self.backend(name).load()
            return found is not None and found.integration == integration
        return False

    def chosen(self, name: str | None, *, ask: bool = True) -> str:
        """`name`, or the only deployment that there is; a terminal asks which. Raises StateError or UsageError."""
        found = self.deployments(name)
        described: dict[str, Any] = {"integration": self.integration, "name": name} if self.integration else {}
        create = f"Make one: {bootstrap('create', flags=self.create_flags, **described)}"
        if name is not None:
            if name not in found:
                others = [] if self.integration else self.deployments()
                there_are = f"{did_you_mean(name, others)}There are: {', '.join(others)}." if others else create
                advice = lines("" if others else self._in_sandbox, *(self.gone(name) or [there_are]))
                raise StateError(f"there is no deployment {name!r} {self._where}", advice)
            return name
        if not found:
            advice = lines(self._in_sandbox, *(self.gone() or [create]))
            raise StateError(f"there is no deployment {self._where}", advice)
        if len(found) == 1:
            return found[0]
        if not ask or not is_terminal():
            raise UsageError("there are several deployments", f"Add --name with one of: {', '.join(found)}.")
        return ask_which("Which deployment do you mean?", found)

    def gone(self, name: str | None = None) -> list[str]:
        """What to say of the deployment, or of all, that were destroyed here; nothing where that is not known."""
        from bootstrap.cli.destroyed import destroyed_lines

        with suppress(BootstrapError):
            return [*destroyed_lines(self.destroyed(name), self.create_flags)]
        return []

    @property
    def _in_sandbox(self) -> str:
        """Where those deployments are that a command without --sandbox does not see."""
        if self.sandbox or self.state is not None or not (there := replace(self, sandbox=True, described={}).deployments()):
            return ""
        return f"In this folder's sandbox, there is: {', '.join(there)}. To use it, run: {self.line.again(['--sandbox'])}"

    @property
    def _where(self) -> str:
        named = str(self.address or "") or ("" if self.sandbox else self.state)
        return f"in {named}" if named else "in this folder's sandbox" if self.sandbox else "in this folder"
