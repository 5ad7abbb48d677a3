"""The first boot of a deployment's instances, as they report it, and what to do: for `status`. One call per instance."""

import time
from dataclasses import replace

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.plan import Action, Change
from bootstrap.core.planner import owner_of
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import in_parallel
from bootstrap.errors import lines

NEW = 15 * 60
"""Seconds during which an instance that reports nothing is still starting."""
OLD = 60 * 60
"""Seconds after which an instance that is still installing has failed; all retries of the script end well before."""
_SCRIPT = "/var/lib/cloud/instance/scripts/part-001"
"""Where cloud-init stores user data that is one script."""


def first_boots(session: Session, prepared: Prepared) -> list[FirstBoot]:
    """The report of each live instance whose script reports. `prepared` is the plan of `prepare.prepare_status`."""
    live = [each for each in prepared.plan.changes if each.action in (Action.NOOP, Action.UPDATE) and not each.refusal]

    def ask(change: Change) -> FirstBoot | None:
        scope = Scope(session.aws, session.accounts[change.account], owner_of(prepared.state, change.address))
        found = change.resource.first_boot(scope, change.outputs or {})
        age = time.time() - change.record.recorded_at if change.record else NEW
        if found and age < NEW:
            found = found.while_new()
        elif found and age > OLD:
            found = found.while_old()
        return found and _with_advice(found, session, prepared.state.deployment)

    return [found for found in in_parallel(session, ask, live) if found]


def _with_advice(found: FirstBoot, session: Session, deployment: str) -> FirstBoot:
    log_in = f"To see how to log in, run: {commands.bootstrap('outputs', name=deployment, flags=session.flags)}"
    status = commands.bootstrap("status", name=deployment, flags=session.flags)
    advice = {
        "ready": "",
        "installing": f"This takes some minutes. To check again, run: {status}",
        "failed": lines(log_in, f"When the cause is fixed, run on the instance: {commands.quoted('sudo', _SCRIPT)}"),
        "unknown": lines(
            log_in, f"To see what it does, run on the instance: {commands.quoted('cloud-init', 'status', '--long')}"
        ),
    }
    return replace(found, advice=advice[found.verdict])
