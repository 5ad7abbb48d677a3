"""Rebuild a lost state from what AWS has."""

from collections.abc import Callable

from bootstrap.aws.session import Session
from bootstrap.core.backend import Backend
from bootstrap.core.deployment_name import check_deployment_name
from bootstrap.core.integration import Integration
from bootstrap.core.recovered import Recovered
from bootstrap.core.state import State
from bootstrap.discovery import recovery
from bootstrap.errors import StateError
from bootstrap.operations.run import holding
from bootstrap.operations.state_location import check_state_location


def check_lost(backend: Backend) -> None:
    """Raises StateError if there is a state, because it would be replaced."""
    if stored := backend.load():
        raise StateError(
            f"{backend.where} already has {len(stored.records)} records of {stored.deployment}; nothing was recorded",
            "Use it as it is. To rebuild it anyway, move it away first.",
        )


def recover(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    lineage: str | None = None,
    confirm: Callable[[Recovered, State], bool] | None = None,
) -> State | None:
    """Records what AWS has of the deployment, by owner tags, names and ids. Changes nothing in AWS. None where `confirm`,
    which gets what was found, said no.

    `lineage` says which lost state is meant, where several had this name. Raises StateError where there is a state.
    """
    with holding(backend, f"recover {deployment}"):
        check_lost(backend)
        check_deployment_name(None, deployment, backend.where)
        rebuilt = recovery.rebuild(session, deployment, integration, lineage)
        check_state_location(backend.where, rebuilt.state, "Nothing was recorded. Name another place with --state.")
        if confirm and not confirm(rebuilt.found, rebuilt.state):
            return None
        return backend.save(rebuilt.state)
