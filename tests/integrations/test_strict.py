"""Every integration on an AWS that takes a while (`tests/support/strict.py`)."""

from pathlib import Path

import pytest

from tests.conftest import MakeScope
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.inputs import ALL, THOROUGH
from tests.support.strict import Strict
from tests.support.strict_rows import ROWS
from tests.support.wire import Wire


@pytest.mark.parametrize("way", [*(f"{name} by its example" for name in THOROUGH), *THOROUGH])
def test_it_is_made_whole_and_goes_without_a_trace_however_soon_it_is_run_again(
    way: str, scope: MakeScope, patient: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    Deployment(ALL[way], scope(), tmp_path)  # what the inputs name is there, as the bystanders are
    before = bystanders(scope())
    cloud.between = strict = Strict(ROWS)
    life(Deployment(ALL[way], patient(), tmp_path, later=strict.later), strict)
    strict.later()
    assert everything_in(scope()) == before


def life(deployment: Deployment, strict: Strict) -> None:
    """Made, looked at later, and taken away; then made again at once, twice, and taken away at once."""
    deployment.create()
    assert strict.passing() == []
    strict.later()
    assert deployment.create() == []
    assert sorted(deployment.destroy()) == sorted(deployment.nodes())
    deployment.create()
    deployment.create()
    assert sorted(deployment.destroy()) == sorted(deployment.nodes())
    assert strict.passing() == []
