"""The state of one deployment."""

from bootstrap.core.backend import Backend
from bootstrap.core.deployment_name import check_deployment_name
from bootstrap.core.state import State
from bootstrap.engine.prepare import stored_state as stored_state


def load_state(backend: Backend, deployment: str) -> State | None:
    """The state, or None where there is none yet. Raises StateError for the state of another deployment."""
    stored = backend.load()
    check_deployment_name(stored, deployment, backend.where)
    return stored
