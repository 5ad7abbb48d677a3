"""What `make bench` measures, and that README's figures are those that it recorded."""

import json
from typing import Any

import pytest
from typer.main import get_command

from bootstrap.cli.app import build_app
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import inputs_of
from bootstrap.integrations import integration
from scripts.bench import INPUTS, Call, Measured
from scripts.benchmark import FEWEST, RECORDED, table, too_much
from scripts.speed_figures import AIMS, BEGIN, END, README, figures
from tests.cli.test_round_trips import CALLS, MOST

RECORD = json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", INPUTS)
def test_the_inputs_of_each_integration_are_accepted(name: str) -> None:
    words = ["create", "--integration", name, *INPUTS[name]]
    group: Any = get_command(build_app(words))
    create = group.commands["create"]
    given = create.make_context("create", words[1:]).params
    inputs = {item.name: given[item.name] for item in inputs_of(integration(name))}
    assert from_inputs(integration(name), inputs).name == name


def test_all_that_is_known_of_an_integration_is_of_each() -> None:
    assert INPUTS.keys() == FEWEST.keys() == AIMS.keys() == MOST.keys()


@pytest.mark.parametrize(
    ("calls", "depth"),
    [
        ([(0, 1)], 1),
        ([(0, 1), (0, 1), (0.5, 1.5)], 1),  # side by side
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 1), (0, 4), (1.5, 2.5), (2, 3), (3, 5)], 3),  # the longest chain, not the slowest call
        ([(3, 4), (0, 1), (1, 2)], 3),  # as they were answered, not as they came
    ],
)
def test_the_depth_is_the_longest_chain_of_calls_that_wait(calls: list[tuple[float, float]], depth: int) -> None:
    assert Measured(9, tuple(Call(came, answered, 0, "") for came, answered in calls)).depth == depth


def test_a_row_is_compared_with_the_recorded_one(capsys: pytest.CaptureFixture[str]) -> None:
    before = {"rows": {"runs": {"known": {"span": 2}}}}
    rows: list[Any] = [("known", {"calls": 3, "span": 1.00049}), ("new", {"calls": 4, "span": 1})]
    assert table("runs", rows, ("span",), before) == {"known": {"calls": 3, "span": 1.0}, "new": {"calls": 4, "span": 1}}
    _, head, known, new = capsys.readouterr().out.splitlines()
    assert head.split() == ["runs", "calls", "span", "span/last"]
    assert known.split() == ["known", "3", "1.0", "0.5"]
    assert new.split() == ["new", "4", "1"]


def test_what_is_above_its_limit_is_named() -> None:
    startup: dict[str, dict[str, float]] = {
        "--version": {"to_base": 1.31},
        "--help": {"to_base": 1.9},
        "create biomodal-duet": {"MB": 90.5},
    }
    fleet: dict[str, dict[str, float]] = {
        "status, 100 accounts": {"more": 91, "MB_to_few": 1.1},
        "destroy, 100 accounts": {"more": 5, "MB_to_few": 2},
    }
    assert list(too_much({"startup": startup, "fleet": fleet})) == [
        "--version: to_base is 1.31, and 1.3 is the most",
        "create biomodal-duet: MB is 90.5, and 90 is the most",
        "status, 100 accounts: more is 91, and 20 is the most",
        "destroy, 100 accounts: MB_to_few is 2, and 1.15 is the most",
    ]
    assert list(too_much({})) == []


def test_the_round_trips_of_the_readme_are_those_that_a_test_enforces() -> None:
    titles = {"aspera-atc": "`aspera-atc`, two accounts"}
    rows = [f"| {titles.get(name, f'`{name}`')} | {' | '.join(map(str, MOST[name]))} |\n" for name in INPUTS]
    assert "".join(rows) in README.read_text(encoding="utf-8")


def test_no_destroy_took_more_calls_than_a_test_allows() -> None:
    for name, most in CALLS.items():
        assert RECORD["rows"]["runs"][f"{name} destroy"]["calls"] <= most


def test_the_figures_of_the_readme_are_those_recorded() -> None:
    assert f"{BEGIN}{figures(RECORD)}{END}" in README.read_text(encoding="utf-8")
