"""The state of one deployment."""

from bootstrap.core.backend import Backend
from bootstrap.core.state import State
from bootstrap.engine.prepare import existing as existing
from bootstrap.errors import StateError


def recorded(backend: Backend, deployment: str) -> State | None:
    """The state, or None where there is none yet. Raises StateError for the state of another deployment."""
    stored = backend.load()
    if stored and stored.deployment != deployment:
        raise StateError(
            f"{backend.where} holds the deployment {stored.deployment!r}, not {deployment!r}",
            "Choose another --state, or the --name that it holds.",
        )
    return stored
