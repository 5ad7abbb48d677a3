"""The verdict about several deployments, in words."""

import pytest

from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.views.security import security_lines

FAILED = DeploymentStatus(deployment="acme", result="failed", reason="there are no credentials", advice="Sign in.")
SAME = DeploymentStatus(deployment="other", result="up to date")


@pytest.mark.parametrize(
    ("found", "first", "last"),
    [
        ([FAILED], "Nothing was judged: there are no credentials.", "      Sign in."),
        (
            [FAILED, SAME],
            "acme: failed",
            "Nothing is known to give more access than bootstrap gave. 1 of 2 deployments could not be judged completely.",
        ),
        ([SAME], "other: no difference", "Nothing gives more access than bootstrap gave."),
    ],
)
def test_it_is_said_first_that_nothing_was_judged(found: list[DeploymentStatus], first: str, last: str) -> None:
    lines = [line.plain for line in security_lines(found)]
    assert (lines[0], lines[-1]) == (first, last)
