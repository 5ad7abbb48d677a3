"""Plans and approvals on the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bootstrap.cli.output_folder import OutputFolder
from bootstrap.cli.project_approval import ApprovalRule
from bootstrap.core import approval, commands, plan_file
from bootstrap.core.approval import Approval
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.strict_json import decoded, strict_json
from bootstrap.errors import UsageError
from bootstrap.user_files import is_stream, read

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.operations import Prepared

BESIDE = ".approval"
"""What the name of a plan's approval ends with."""
T = TypeVar("T")
_STREAMED: dict[Path, PlanFile] = {}
"""The plans that came through a pipe: that has one end, and can be read once."""


def approval_of(plan: Path) -> Path:
    """Where the approval of a plan is if nobody says so."""
    return plan.with_name(plan.name + BESIDE)


def name_of(plan: Path) -> str:
    """What printed commands call it: the name of a pipe is good for one command."""
    return "plan.json" if is_stream(plan) else str(plan)


def approving(path: Path, rule: ApprovalRule) -> str:
    """The command that approves a plan as the rule wants it; NAME, and FILE of the key, are for the approver to fill in."""
    key, out = commands.option("--key", "FILE") if rule.signers else [], commands.option("--out", rule.file or "")
    return commands.bootstrap("approve", arguments=[name_of(path)], by="NAME", flags=[*key, *(out if rule.file else [])])


def read_plan(path: Path) -> PlanFile:
    """Raises UsageError, or PlanRefused for a plan that cannot be run."""
    if not is_stream(path):
        return _read(path, "plan", plan_file.LARGEST, plan_file.from_text)
    if path not in _STREAMED:
        _STREAMED[path] = _read(path, "plan", plan_file.LARGEST, plan_file.from_text)
    return _STREAMED[path]


def read_approval(path: Path) -> Approval:
    """Raises UsageError, or PlanRefused for an approval of another format."""
    return _read(path, "approval", approval.LARGEST, approval.from_text)


def _read(path: Path, what: str, most: int, parse: Callable[[str, str], T]) -> T:
    try:
        text = decoded(read(path, most))
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name that cannot be one
        raise UsageError(
            f"cannot read the {what} {path}: {getattr(error, 'strerror', None) or error}", "Name another file."
        ) from error
    return parse(text, str(path))


@dataclass(frozen=True)
class OwnFile:
    """A file that an option names. An earlier one with the same mark is replaced, another one only with `force`."""

    path: Path
    mark: str
    flag: str = "--out"
    force: bool = False

    def check(self) -> None:
        """Raises UsageError when it is plain already that it cannot be written."""
        if str(self.path) == "-" or not self.path.name or self.path.is_dir():
            raise UsageError(f"{self.flag}: {self.path} is not a file", "Name a file.")
        self._folder.check()
        self._folder.check_texts({self.path.name: {self._before()}})

    def put(self, text: str) -> None:
        """Raises UsageError."""
        before = self._before()
        self._folder.put({self.path.name: text}, {self.path.name: before} if before is not None else {})

    @property
    def _folder(self) -> OutputFolder:
        return OutputFolder(self.path.parent, self.force, self.flag, what="file")

    def _before(self) -> str | None:
        """What is in it, if bootstrap wrote that."""
        try:
            text = read(self.path, plan_file.LARGEST).decode()
            content: Any = strict_json(text, plan_file.DEEPEST)
        except (OSError, ValueError):
            return None
        return text if isinstance(content, dict) and content.get("tool") == self.mark else None


@dataclass(frozen=True)
class PlanOut:
    """Where `plan --out` writes the plan, and for how long it is good."""

    file: OwnFile
    lasts: timedelta

    @classmethod
    def of(cls, path: Path | None, expires: str | None, *, force: bool) -> "PlanOut | None":
        """None without --out. Raises UsageError, before AWS is asked."""
        if path is None:
            if expires is not None:
                raise UsageError("--expires is about the file of --out, which is not given", "Add --out FILE.")
            return None
        try:
            lasts = plan_file.duration(expires or plan_file.EXPIRES)
        except ValueError as error:
            raise UsageError(f"--expires: {error}", "Write it as 30m, 12h or 7d.") from error
        file = OwnFile(path, plan_file.MARK, force=force)
        file.check()
        return cls(file, lasts)

    def write(self, prepared: "Prepared", target: "Target", note: Callable[[str], None], *, cage: bool) -> None:
        from bootstrap.operations.bound_plan import not_bound, plan_file as file_of

        plan = file_of(prepared, target.backend(prepared.state.deployment).where, self.lasts)
        self.file.put(plan.text)
        note(f"Written to {self.file.path}: digest {plan.digest}, until {plan.expires}.")
        if limits := not_bound(plan):
            note(f"The plan does not bind what {' and '.join(limits)} says: AWS did not show which version of it counts.")
        flags = [*commands.option("--plan", str(self.file.path)), *target.create_flags, *["--cage"] * cage]
        if rule := target.approval(plan.deployment):
            review = commands.bootstrap("review", plan=str(self.file.path), flags=[])
            note(f"To read all of it, run: {review}")
            note(f"It needs an approval. Whoever approves it runs: {approving(self.file.path, rule)}")
        note(f"To run exactly this plan: {commands.bootstrap('create', flags=flags)}")
