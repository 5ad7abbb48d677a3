"""Whatever AWS answers: one clear error or a result, a lock that is free, and a state to go on from.

`make torture ARGS="--seed 17 --seeds 1"` runs one seed again; a failure names it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import INPUTS, Bootstrap, make_buckets
from tests.support.hostile_aws import HostileAws, hostile_aws
from tests.support.refusals import shows_nothing_to_obey

VERBS = ("plan", "check", "create", "status", "destroy --dry-run", "destroy", "recover", "state import")
CHEAP = ("upsolver-vpc", "upsolver-data-access")


@pytest.fixture(scope="module")
def served(moto_made_ready: None) -> Iterator[HostileAws]:
    with pytest.MonkeyPatch.context() as patch, hostile_aws() as aws:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        yield aws


@pytest.fixture
def aws(served: HostileAws, monkeypatch: pytest.MonkeyPatch) -> HostileAws:
    served.empty()
    monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0)
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda self, amount: True)
    return served


def line(verb: str, name: str) -> str:
    """The command, with what it needs to go ahead."""
    words = f"--integration {name} {INPUTS[name]}" if verb in ("plan", "check", "create", "recover") else ""
    yes = "--yes" if verb in ("create", "destroy", "recover", "state import") else ""
    return f"{verb} {'role' if verb == 'state import' else ''} {words} {yes}"


def lives(name: str, verb: str, seed: int, share: float, aws: HostileAws, bootstrap: Bootstrap) -> None:
    """One command of a deployment, while AWS answers oddly."""
    make_buckets("raw-data")
    state = Path(f".bootstrap/{name}.json")
    if verb not in ("plan", "check", "create"):
        assert bootstrap(line("create", name)).code == 0
    if verb == "recover":
        state.unlink()
    elif verb == "state import":
        assert bootstrap(f"state rm role {'attachment' if name == CHEAP[1] else 'athena cloudformation'} --yes").code == 0
    aws.spoils(seed, share)
    for more in ("--debug", "--json") if verb in ("plan", "status") else ("--debug",):
        ran = bootstrap(f"{line(verb, name)} {more}")
        shows_nothing_to_obey(ran)
        assert ran.code in (0, 1), ran.err
        assert "unexpected" not in ran.err + ran.out, ran.err
    aws.share = 0
    assert bootstrap("state list").code == 0
    if state.exists():
        shown = bootstrap("state show")
        assert shown.code == 0, shown.err
        calm = bootstrap("destroy --dry-run")  # which takes the lock
        assert calm.code in (0, 1)
        assert "lock" not in calm.err, calm.err


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("verb", VERBS)
def test_odd_answers(verb: str, seed: int, aws: HostileAws, in_process: Bootstrap) -> None:
    """Many in the odd seeds; few in the others, so that a run comes far."""
    lives(CHEAP[seed % 2], verb, seed, 0.5 if seed % 2 else 0.15, aws, in_process)


@pytest.mark.torture
@pytest.mark.parametrize("name", sorted(set(INPUTS) - {"aspera-atc"}))
@pytest.mark.parametrize("verb", VERBS[:-1])
def test_a_storm_of_odd_answers(
    name: str, verb: str, aws: HostileAws, in_process: Bootstrap, pytestconfig: pytest.Config
) -> None:
    first, seeds = pytestconfig.getoption("--seed"), pytestconfig.getoption("--seeds")
    for seed in range(first, first + seeds):
        aws.empty()
        Path(f".bootstrap/{name}.json").unlink(missing_ok=True)
        lives(name, verb, seed, 0.1 * (1 + seed % 4), aws, in_process)
