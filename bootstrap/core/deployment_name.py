"""The name of a deployment becomes part of tags and commands, and a state belongs to one deployment. Pure."""

from bootstrap.core import validators
from bootstrap.core.state import State
from bootstrap.errors import StateError, UsageError


def check_deployment_name(stored: State | None, deployment: str, where: str) -> None:
    """Raises UsageError for a name that no deployment can have, StateError for a stored state of another one."""
    try:
        validators.deployment(deployment)
    except ValueError as error:
        raise UsageError(f"--name: {error}") from error
    if stored and stored.deployment != deployment:
        raise StateError(
            f"{where} holds the deployment {stored.deployment!r}, not {deployment!r}",
            "Choose another --state, or the --name that it holds.",
        )
