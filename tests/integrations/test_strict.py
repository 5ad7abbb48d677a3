"""Every integration on an AWS that takes a while (`tests/support/strict.py`)."""

from collections.abc import Callable
from pathlib import Path

from bootstrap.core.integration import Integration
from tests.conftest import MakeScope
from tests.integrations.test_contract import each_variant
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.strict import Strict
from tests.support.strict_rows import ROWS
from tests.support.wire import Wire


@each_variant
def test_it_is_made_whole_and_goes_without_a_trace_however_soon_it_is_run_again(
    name: str, variant: Callable[[str], Integration], scope: MakeScope, patient: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    Deployment(variant(name), scope(), tmp_path)  # what the inputs name is there, as the bystanders are
    before = bystanders(scope())
    cloud.between = strict = Strict(ROWS)
    life(Deployment(variant(name), patient(), tmp_path, later=strict.later), strict)
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
