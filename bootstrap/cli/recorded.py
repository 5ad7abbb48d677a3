"""Which integration a command is about that names none: that of the deployment that is recorded here."""

import os
from collections.abc import Sequence
from contextlib import suppress

from typer.utils import parse_boolean_env_var

from bootstrap.backends.address import SCHEME
from bootstrap.cli.target import Target
from bootstrap.core.commands import option_value
from bootstrap.core.integration import Integration
from bootstrap.errors import BootstrapError
from bootstrap.integrations import recorded


def recorded_integration(words: Sequence[str]) -> type[Integration] | None:
    """The integration of the deployment that the words are about, from its state alone: its inputs become options before
    the words are parsed. AWS is not asked for a state in S3. Raises UsageError for an integration that cannot be used."""
    state = option_value("--state", words) or os.environ.get("BOOTSTRAP_STATE") or None
    sandbox = "--sandbox" in words or parse_boolean_env_var(os.environ.get("BOOTSTRAP_SANDBOX"), default=False)
    if (state or "").startswith(SCHEME):
        return None
    stored = None
    with suppress(BootstrapError):
        target = Target(sandbox=sandbox, state=state)
        name = option_value("--name", words)
        known = target.deployments() if name is None else [name]
        stored = target.backend(known[0]).load() if len(known) == 1 else None
    return recorded(stored) if stored else None
