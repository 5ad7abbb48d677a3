"""JSON for programs: one object per line during a run, each with its "type".

The last object of a run is "result" or "error". Where nothing ran (plan, status, --dry-run, no), it is "plan".
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TextIO, assert_never

from bootstrap.core.account import Account
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.events import Event, Failed, Progress, Skipped, Started, Stopping, Succeeded
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.plan import Plan
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.core.role_chain import RoleCheck
from bootstrap.core.rollout import Rollout
from bootstrap.core.rotation import Rotation
from bootstrap.errors import BootstrapError, PlanRefused
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose
from bootstrap.views.security import security_json


class JsonView:
    shown_where = ""
    verbose = True

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout

    def identity(self, accounts: Sequence[tuple[Account, str]], *, sandbox: bool) -> None:
        self._line("identity", sandbox=sandbox, accounts=[{**account.to_json(), "arn": arn} for account, arn in accounts])

    def note(self, text: str) -> None:
        self._line("note", text=text)

    def plan(self, plan: Plan, *, purpose: Purpose) -> None:
        self._line("plan", purpose=purpose, **plan.as_json())

    def preflight(self, found: Preflight, *, every: bool) -> None:
        if every or found.missing or found.unknown:
            self._line("preflight", **found.as_json())

    def cage(self, found: Cage) -> None:
        self._line("cage", **found.as_json())

    def waiting(self, found: Waiting, complete: str, *, opened: bool, differs: bool) -> None:
        self._line("waiting", vendor=found.vendor, inputs=list(found.inputs), complete=complete, options=list(found.options))

    def restore(self, command: str) -> None:
        self._line("restore", command=command)

    def rotating(self, found: Rotation) -> None:
        ids = {"external_id": found.new, "previous_external_id": found.previous}
        self._line("rotating", **ids, retire=found.retire)

    def chain(self, findings: Sequence[RoleCheck]) -> None:
        self._line("chain", findings=[asdict(finding) for finding in findings])

    def first_boots(self, found: Sequence[FirstBoot]) -> None:
        self._line("first_boot", machines=[asdict(each) for each in found])

    def accounts(self, found: Sequence[AccountStatus], *, every: bool) -> None:
        self._line("accounts", accounts=[each.as_json() for each in found])

    def deployments(self, found: Sequence[DeploymentStatus]) -> None:
        rows = [{key: value for key, value in asdict(each).items() if key != "security"} for each in found]
        self._line("deployments", deployments=[{**row, "accounts": list(row["accounts"])} for row in rows])

    def security(self, found: Sequence[DeploymentStatus]) -> None:
        self._line("security", deployments=security_json(found))

    def event(self, event: Event) -> None:
        match event:
            case Started(change):
                self._line("started", address=change.address, action=change.action.value)
            case Progress(address, text):
                more = {"accounts": text.as_json()} if isinstance(text, Rollout) else {}
                self._line("progress", address=address, text=text, **more)
            case Succeeded(change, outputs):
                self._line("succeeded", address=change.address, action=change.action.value, outputs=dict(outputs))
            case Failed(change, error, advice, denial):
                content = {"error": error, "advice": advice, **({"denial": dict(denial)} if denial else {})}
                self._line("failed", address=change.address, action=change.action.value, **content)
            case Skipped(change, because):
                self._line("skipped", address=change.address, action=change.action.value, because=because)
            case Stopping(running):
                self._line("stopping", running=list(running))
            case _:
                assert_never(event)

    def finished(self) -> None:
        pass

    def receipt(self, receipt: Receipt) -> None:
        self._line("receipt", **receipt.as_json())

    def recovered(self, found: Recovered) -> None:
        self._line("recovered", **found.as_json())

    def result(self, done: str, handoff: Handoff, content: Mapping[str, Any]) -> None:
        self._line("result", summary=done, handoff=handoff.to_json(), **content)

    def error(self, error: BootstrapError) -> None:
        self._line("error", **error_content(error))

    def _line(self, type: str, **content: Any) -> None:
        print(as_json({"type": type, **content}), file=self.out, flush=True)


def as_json(content: Any, indent: int | None = None) -> str:
    """The content unchanged, in ASCII without control characters."""
    return json.dumps(content, indent=indent).replace("\x7f", "\\u007f")  # json does not escape DEL


def error_content(error: BootstrapError) -> dict[str, Any]:
    problems = list(error.problems) if isinstance(error, PlanRefused) else []
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "problems": problems,
        "advice": error.advice,
        "exit_code": error.exit_code,
        **({"denial": dict(error.denial)} if error.denial else {}),
    }
