"""What the machines of a deployment say about their first boot, one call for each, and what to do: for `status`."""

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
"""Seconds for which a machine that says nothing counts as one that is still starting."""
OLD = 60 * 60
"""Seconds after which a machine that still installs counts as failed; tries and pauses of all steps end well before."""
_SCRIPT = "/var/lib/cloud/instance/scripts/part-001"
"""Where cloud-init keeps user data that is one script."""


def first_boots(session: Session, prepared: Prepared) -> list[FirstBoot]:
    """Of each machine that is there and whose script reports. `prepared` is the plan of `prepare.prepare_status`."""
    there = [each for each in prepared.plan.changes if each.action in (Action.NOOP, Action.UPDATE) and not each.refusal]

    def ask(change: Change) -> FirstBoot | None:
        scope = Scope(session.aws, session.accounts[change.account], owner_of(prepared.state, change.address))
        found = change.resource.first_boot(scope, change.outputs or {})
        age = time.time() - change.record.recorded_at if change.record else NEW
        if found and age < NEW:
            found = found.while_new()
        elif found and age > OLD:
            found = found.while_old()
        return found and _advised(found, session, prepared.state.deployment)

    return [found for found in in_parallel(session, ask, there) if found]


def _advised(found: FirstBoot, session: Session, deployment: str) -> FirstBoot:
    way_in = f"To see how to log in, run: {commands.bootstrap('outputs', name=deployment, flags=session.flags)}"
    status = commands.bootstrap("status", name=deployment, flags=session.flags)
    advice = {
        "ready": "",
        "installing": f"This takes some minutes. To look again, run: {status}",
        "failed": lines(way_in, f"When the cause is gone, run on the machine: {commands.quoted('sudo', _SCRIPT)}"),
        "unknown": lines(way_in, f"The machine itself tells: {commands.quoted('cloud-init', 'status', '--long')}"),
    }
    return replace(found, advice=advice[found.verdict])
