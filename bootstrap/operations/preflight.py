"""Asks AWS before the first change whether the caller may do what a plan requires."""

from bootstrap.checks.simulation import preflight
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import PlanRefused
from bootstrap.operations.callbacks import Show
from bootstrap.permissions.preflight import Preflight


def check_permitted(prepared: Prepared, show: Show) -> None:
    """Asks AWS whether the plan would be allowed, and shows what is not. Raises PlanRefused with all that is missing.

    A plan with nothing to do requires nothing. Unknown permissions stop nothing. Nor do those that only a later destroy
    would miss: somebody else may run that.
    """
    if prepared.plan.refused:
        return
    found = preflight(prepared)
    if found.checked:
        show.preflight(found)
    if any(not item.later for item in found.missing):
        raise missing_permissions_error(found)
    if found.missing:
        show.note(
            f"Warning: you may create this, but not delete it: {_permissions(found)} missing. "
            'Ask for the policy under "Policy to ask for" before you need it.'
        )


def missing_permissions_error(found: Preflight) -> PlanRefused:
    """The error that names all missing permissions, which were shown."""
    way = (
        'Ask for the policy under "Policy to ask for", or sign in as somebody who has these permissions. If the '
        "simulation is wrong, add --no-preflight to create, plan or destroy."
    )
    return PlanRefused(
        f"{_permissions(found)} missing; nothing was changed",
        [f"{item.need.action} on {item.need.arn}: {item.why} ({item.need.reason})" for item in found.missing],
        way,
        shown=True,
        way_out=way,
    )


def _permissions(found: Preflight) -> str:
    number = len(found.missing)
    return "1 permission is" if number == 1 else f"{number} permissions are"
