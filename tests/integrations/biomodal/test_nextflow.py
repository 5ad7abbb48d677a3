"""nextflow.config is held against Nextflow's own list of settings; its closures are tried on what can happen to a job."""

import re

import pytest

from bootstrap.integrations.biomodal.first_boot import NEXTFLOW
from bootstrap.integrations.biomodal.nextflow import ON_DEMAND, SPOT, nextflow_config, nextflow_version

TEXT, NUMBER = r"'[^'\\]+'", r"\d+"
KNOWN = {
    "process.executor": TEXT,
    "process.queue": TEXT,
    "process.errorStrategy": TEXT,
    "process.maxRetries": NUMBER,
    "aws.region": TEXT,
    "aws.batch.cliPath": TEXT,
    "aws.batch.maxSpotAttempts": NUMBER,
    "workDir": TEXT,
}
"""The settings used here that Nextflow 25.10 knows (`NEXTFLOW`), and their values. Source: its docs, reference/config and
reference/process; both parsers warn of a setting that is not there, and go on without it."""
CLOSURE = re.compile(r"\{ (?P<condition>[^{}?]+) \? '(?P<then>[^']+)' : '(?P<otherwise>[^']+)' \}")
BOTH = {SPOT: "acme-spot", ON_DEMAND: "acme-on-demand"}
ONE = {ON_DEMAND: "acme-on-demand"}


def settings(queues: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in nextflow_config("eu-west-1", "acme-duet", queues, NEXTFLOW).splitlines():
        if line and not line.startswith("// "):
            name, equals, value = line.partition(" = ")
            assert equals and name not in found, line
            found[name] = value
    return found


def answer(closure: str, attempt: int, status: int | None) -> str:
    """What Groovy would make of a closure as they stand here: comparisons and a range, which Python writes differently."""
    found = CLOSURE.fullmatch(closure)
    assert found, closure
    python = found["condition"].replace("||", "or").replace("130..145", "range(130, 146)")
    assert not set(re.findall(r"[a-z]\w*(?:\.\w+)*", python)) - {
        "attempt",
        "task.attempt",
        "task.exitStatus",
        "or",
        "in",
        "range",
    }
    python = python.replace("task.attempt", str(attempt)).replace("task.exitStatus", str(status))
    return found["then"] if eval(python, {"__builtins__": {"range": range}}) else found["otherwise"]


@pytest.mark.parametrize("queues", [BOTH, ONE])
def test_each_comment_fits_into_a_terminal_of_80_columns(queues: dict[str, str]) -> None:
    lines = nextflow_config("eu-west-1", "acme-duet", queues, NEXTFLOW).splitlines()
    assert not [line for line in lines if line.startswith("//") and len(f"  {line}") > 80]


@pytest.mark.parametrize("queues", [BOTH, ONE])
def test_each_setting_is_one_that_nextflow_knows_with_a_value_of_its_kind(queues: dict[str, str]) -> None:
    for name, value in settings(queues).items():
        assert name in KNOWN, name
        assert re.fullmatch(KNOWN[name], value) or CLOSURE.fullmatch(value), (name, value)


@pytest.mark.parametrize("queues", [BOTH, ONE])
def test_each_setting_stands_below_the_reason_for_it(queues: dict[str, str]) -> None:
    for part in nextflow_config("eu-west-1", "acme-duet", queues, NEXTFLOW).strip().split("\n\n"):
        first, *rest = part.splitlines()
        assert first.startswith("// "), part
        assert len([line for line in rest if not line.startswith("// ")]) <= 2, part


def test_the_settings_were_read_up_for_the_version_that_is_the_default() -> None:
    assert NEXTFLOW.startswith("25.10."), "look the settings up in the docs of this version, and name it in KNOWN"
    assert NEXTFLOW in nextflow_config("eu-west-1", "acme-duet", ONE, NEXTFLOW).splitlines()[0]


def test_it_names_region_and_bucket() -> None:
    assert settings(BOTH)["aws.region"] == "'eu-west-1'"
    assert settings(BOTH)["workDir"] == "'s3://acme-duet/work'"


def test_a_job_whose_spot_machine_is_taken_back_starts_again_and_at_last_on_a_machine_that_is_not() -> None:
    found = settings(BOTH)
    assert int(found["aws.batch.maxSpotAttempts"]) > 1  # one attempt would be none after the first
    assert answer(found["process.queue"], 1, None) == "acme-spot"
    for lost in (1, None, 2**31 - 1):  # what Nextflow sees of a machine that is gone: 1, nothing, or no exit file
        assert answer(found["process.errorStrategy"], 1, lost) == "retry"
    assert answer(found["process.queue"], 2, None) == "acme-on-demand"


def test_what_fails_for_good_does_not_run_four_times_and_lets_the_others_end() -> None:
    strategy = settings(BOTH)["process.errorStrategy"]
    assert answer(strategy, 2, 1) == "finish"
    assert [answer(strategy, attempt, 137) for attempt in (1, 2, 3)] == ["retry"] * 3
    assert int(settings(BOTH)["process.maxRetries"]) == 3


def test_without_spot_machines_nothing_speaks_of_them() -> None:
    assert settings(ONE)["process.queue"] == "'acme-on-demand'"
    assert "aws.batch.maxSpotAttempts" not in settings(ONE)
    assert "spot" not in nextflow_config("eu-west-1", "acme-duet", ONE, NEXTFLOW)
    assert answer(settings(ONE)["process.errorStrategy"], 1, 1) == "retry"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("23.10.0", "23.10.0"),
        ("v26.04.12", "26.04.12"),
        ("26.08.0-edge", "26.08.0-edge"),
    ],
)
def test_a_version_of_nextflow_is_taken(version: str, expected: str) -> None:
    assert nextflow_version(version) == nextflow_version(expected) == expected


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("latest", "'latest' is not a version of Nextflow (like 25.10.7)"),
        ("25.10", "is not a version of Nextflow"),
        ("25.07.1", "there is no Nextflow 25.07.1"),
        ("25.13.0", "is not a version of Nextflow"),
        ("25.10.7; reboot", "is not a version of Nextflow"),
        ("25.10.7\nreboot", "is not a version of Nextflow"),
        ("25.10.\u0667", "is not a version of Nextflow"),
        ("25.10.7-EDGE", "is not a version of Nextflow"),
        ("../25.10.7", "is not a version of Nextflow"),
        ("23.04.5", "Java 21, which the VM has; 23.10.0 is the oldest that does"),
    ],
)
def test_what_is_no_version_of_nextflow_is_refused(version: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        nextflow_version(version)
    assert message in str(caught.value)
