"""`create --plan`: the plan of a file, with the approval that it needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootstrap.cli.plan_files import approval_of, approving, name_of, read_approval, read_plan
from bootstrap.core import commands
from bootstrap.core.approval import Proof
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.rotation import RETIRE, previous_of
from bootstrap.errors import PlanOutdated, PlanRefused, UsageError, lines
from bootstrap.user_files import is_stream

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.target import Target
    from bootstrap.core.backend import Backend
    from bootstrap.core.state import State
    from bootstrap.operations.create import Created
    from bootstrap.operations.inputs import Gathered

_IN_PLAN = ("integration", "retag", "detach_foreign", "overwrite", "replace", "terminate_jobs", "restart_vm", "dry_run")
"""Options of create that a plan has settled."""


def named_by_plan(values: Mapping[str, Any]) -> dict[str, Any]:
    """The name of the deployment that a plan is about, before the project file is asked about it. Raises UsageError for
    options that contradict the plan."""
    if wrong := [name for name in _IN_PLAN if values.get(name)]:
        flags = ", ".join("--" + name.replace("_", "-") for name in wrong)
        raise UsageError(f"--plan has settled that already: {flags}", "Omit it, or make another plan with it.")
    plan = read_plan(values["plan_file"])
    if values["name"] not in (None, plan.deployment):
        raise UsageError(f"the plan is for the deployment {plan.deployment}, not {values['name']}", "Omit --name.")
    return {"name": plan.deployment}


@dataclass(frozen=True)
class BoundPlan:
    """A plan that create runs as it is."""

    path: Path
    plan: PlanFile

    def for_its_region(self, target: "Target") -> "Target":
        """Whoever names no region means that of the plan."""
        return target if target.region else replace(target, region=self.plan.region)

    def inputs(self, name: str, backend: "Backend", note: Callable[[str], None]) -> "tuple[Gathered, State | None]":
        """The inputs of the plan, and the state; `note` gets a warning if somebody has edited that."""
        from bootstrap.operations import edited_state
        from bootstrap.operations.bound_plan import gathered_inputs
        from bootstrap.operations.load_state import load_state

        stored, gathered = load_state(backend, name), gathered_inputs(self.plan)
        if text := edited_state.warning(stored, backend.where):
            note(text)
        for alias, way in gathered.integration.sign_ins_for(gathered.values).items():
            ways = [f"by the role {way.role_arn}"] * bool(way.role_arn) + [f"with the profile {way.profile}"] * bool(
                way.profile
            )
            if ways:  # whoever wrote the plan has chosen that
                note(f"From the plan: sign in to account {alias} {' '.join(ways)}")
        return gathered, stored

    def other_inputs(self, inputs: "GivenInputs") -> list[str]:
        """The options of the inputs of which the project file says something else than the plan."""
        from bootstrap.core.integration import inputs_of
        from bootstrap.core.resource import plain
        from bootstrap.integrations import find

        kind = find(self.plan.word)
        if inputs.project is None or kind is None:
            return []
        known = {item.name: item for item in inputs_of(kind)}
        return [
            known[name].flag
            for name, value in inputs.project(known).items()
            if (plain(known[name].checked(value)) if value else None) != (self.plan.inputs.get(name) or None)
        ]

    @contextmanager
    def advising(self, target: "Target") -> Iterator[None]:
        """Adds the command that makes a new plan to the error that says that this one no longer holds."""
        try:
            yield
        except PlanOutdated as error:
            again, files = self._again(target)
            also = f"Add the files of these options to it: {', '.join(files)}" if files else ""
            error.advice = lines("Nothing was changed.", f"For a new plan, run: {again}", also)
            raise

    def _again(self, target: "Target") -> tuple[str, list[str]]:
        """The command that makes the plan anew, and the options of it whose files are not known any more."""
        from bootstrap.core.integration import inputs_of
        from bootstrap.integrations import find

        words, files = list[str](), list[str]()
        if self.plan.deployment not in target.approvals:  # else the project file has them
            kind = find(self.plan.word)
            named = {*self.plan.given, *({PREVIOUS} if self.plan.state.get("serial") else ())}  # it may be emptied
            given = {name: self.plan.inputs.get(name) for name in named}
            known = [item for item in inputs_of(kind) if item.name in given] if kind else []
            words = [
                word
                for item in known
                if not item.file
                for word in (
                    commands.option(item.flag, "") if given[item.name] in (None, "", []) else item.words(given[item.name])
                )
            ]
            files = [item.flag for item in known if item.file]
        command = commands.bootstrap(
            "plan",
            integration=self.plan.word,
            name=self.plan.deployment,
            flags=[*words, *self.plan.words, *target.create_flags, *commands.option("--out", name_of(self.path))],
        )
        return command, files


def check_inputs_of_plan(inputs: "GivenInputs") -> None:
    """Raises UsageError for inputs beside those of a plan."""
    if inputs.values or inputs.file:
        raise UsageError("--plan has the inputs already", "Omit the inputs, or make another plan with them.")


def bound_plan(
    path: Path, approval: Path | None, signers: Path | None, target: "Target", note: Callable[[str], None]
) -> BoundPlan:
    """The plan in the file, if it has the approval that the options or the project file require. Raises UsageError,
    PlanRefused."""
    from bootstrap.operations.bound_plan import not_bound

    plan = read_plan(path)
    rule = target.approval(plan.deployment)
    if rule and not (approval or rule.file) and is_stream(path):
        raise UsageError("the plan comes through a pipe, so no approval is beside it", "Add --require-approval FILE.")
    if rule and not approval:
        approval = Path(rule.file) if rule.file else approval_of(path)
        if not approval.exists():
            raise PlanRefused(
                f"the project file requires an approval of this plan, and there is none at {approval}",
                advice=f"Nothing was changed. Whoever approves it runs: {approving(path, rule)}",
            )
    if signers and not approval:
        raise UsageError("--allowed-signers is about the approval, and none is required", "Add --require-approval FILE.")
    if approval:
        _check(plan, approval, target.signers(plan.deployment, also=signers), note)
    if limits := not_bound(plan):
        note(f"What {' and '.join(limits)} says is not part of the plan: it may have changed since.")
    return BoundPlan(path, plan)


def check_not_required(target: "Target", name: str, planning: str) -> None:
    """Raises PlanRefused where the project file requires an approved plan, and the run has no plan. `planning` is the
    command that writes one; "" where there is nothing to do."""
    if target.approval(name):
        raise PlanRefused(
            f"the project file requires an approved plan for {name}",
            advice=lines(
                "Nothing was changed. Write the plan with plan --out FILE, have that approved (approve FILE), and run it "
                "(create --plan FILE).",
                f"To write it, run: {planning}" if planning else "",
                f"To read how, run: {commands.bootstrap('docs', 'approve', flags=[])}",
            ),
        )


def planning_rotation(target: "Target", stored: "State", inputs: Mapping[str, Any]) -> str:
    """The command that plans a step of a rotation, with these inputs."""
    ids = {each: str(inputs.get(each) or "") for each in (EXTERNAL_ID, PREVIOUS)}
    words = [word for name, value in ids.items() for word in commands.option(name, value)]
    flags = [*words, *target.create_flags, "--out", "plan.json"]
    return commands.bootstrap("plan", integration=stored.word, name=stored.deployment, flags=flags)


def retiring(target: "Target", stored: "State") -> str:
    """The command that plans the end of a rotation, where the project file requires an approval; else ""."""
    if not target.approval(stored.deployment) or not previous_of(stored.inputs):
        return ""
    return planning_rotation(target, stored, {**stored.inputs, PREVIOUS: ""})


def steps_with_plans(target: "Target", stored: "State") -> dict[str, str]:
    """The commands of a hand-off that would be refused without an approved plan, by label: those that write the plan."""
    retire = retiring(target, stored)
    return {RETIRE: retire} if retire else {}


def with_plans(target: "Target", done: "Created | None") -> "Created | None":
    """What create did, with these commands in its hand-off."""
    from bootstrap.operations.outputs import handoff_of

    if done is None or not (instead := steps_with_plans(target, done.report.outcome.state)):
        return done
    handoff = handoff_of(done.report.outcome.state, done.prepared.session.flags, instead)
    return replace(done, report=replace(done.report, handoff=handoff))


def _check(plan: PlanFile, where: Path, signers: Sequence[Path], note: Callable[[str], None]) -> None:
    from bootstrap.operations.signatures import proof

    approval = read_approval(where)
    approval.check_for(plan, datetime.now(UTC))
    approved = f"Approved by {approval.by} at {approval.when}"
    if proof(approval, str(where), signers) is Proof.VERIFIED:
        note(f"{approved}; the signature is by a key that {' and '.join(map(str, signers))} has for them.")
    else:
        unsigned = (
            "Its signature was not verified: that takes --allowed-signers." if approval.signature else "It is not signed."
        )
        note(f"{approved}. {unsigned}")
    if approval.note:
        note(f"Their note: {approval.note}")
