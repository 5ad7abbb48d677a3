"""A plan as SARIF."""

from dataclasses import replace
from typing import Any

from bootstrap import __version__
from bootstrap.cli.inputs import GivenInputs
from bootstrap.cli.target import Target
from bootstrap.operations import Prepared
from bootstrap.views.sarif import log, of_plan


def sarif_of(prepared: Prepared, inputs: GivenInputs, target: Target) -> Any:
    """What is dangerous or impossible in the plan, at the file with its inputs, or else at the state."""
    if inputs.file:
        file, line = str(inputs.file), 1
    else:
        file, line = inputs.described_at or (target.backend(prepared.state.deployment).where, 1)
    return log([replace(each, line=line) for each in of_plan(prepared.plan, file)], __version__)
