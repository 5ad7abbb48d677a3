"""Asks AWS whether the caller may create a deployment and destroy it again."""

from dataclasses import dataclass

from bootstrap.aws.session import Session
from bootstrap.checks.policy_warnings import with_policy_warnings
from bootstrap.checks.simulation import looking, preflight
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.engine.graphs import resolve_lookups
from bootstrap.engine.prepare import Prepared, prepare_create
from bootstrap.operations.invocation import Invocation
from bootstrap.permissions.preflight import Preflight


@dataclass(frozen=True)
class Checked:
    """The plan of a create, and what AWS says about each permission that it and a later destroy require."""

    prepared: Prepared
    permissions: Preflight


def check(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    invocation: Invocation | None = None,
) -> Checked:
    """Changes nothing, and returns a plan that would be refused, too. Raises PlanRefused if no plan can be made."""
    instead = invocation.instead if invocation else None
    session = looking(session, simulating=True)
    recipe = resolve_lookups(session, integration)
    prepared = with_policy_warnings(prepare_create(session, backend, deployment, recipe, instead=instead), recipe)
    return Checked(prepared, preflight(prepared, everything=True))
