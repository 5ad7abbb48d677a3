"""A plan as SARIF."""

from typing import Any

from bootstrap import __version__
from bootstrap.cli.inputs import GivenInputs
from bootstrap.cli.target import Target
from bootstrap.operations import Prepared
from bootstrap.views.sarif import log, of_plan


def sarif_of(prepared: Prepared, inputs: GivenInputs, target: Target) -> Any:
    """What is dangerous or impossible in the plan, at the file with its inputs, or else at the state."""
    file = str(inputs.file) if inputs.file else target.backend(prepared.state.deployment).where
    return log(of_plan(prepared.plan, file), __version__)
