"""What somebody approves with a plan, in lines; of a file that may be forged."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.plan_file import PlanFile
from bootstrap.permissions.plan_summary import Planned, summary_of
from tests.support.plan_files import first_plan

FIRST = first_plan()


def of(**observed: dict[str, Any]) -> PlanFile:
    return replace(FIRST, observed=observed)


def test_it_says_what_is_done_and_to_which_value() -> None:
    sets: dict[str, Any] = {"tags.a": "b", "tags.c": None, "trust": {"Statement": []}, "max_session_duration": 3600}
    plan = of(
        role={"action": "update", "sets": sets, "differs": {"tags.a": "x"}, "loses": ["data"], "opened": ["it is open"]},
        bucket={"action": "create", "sets": {}},
        old={"action": "delete", "along": ["its stack"]},
        gone={"action": "forget"},
        same={"action": "no-op"},
    )
    planned = Planned(plan, "plan.json")
    assert planned.changes == [
        "Creates: bucket",
        "Changes: role",
        "Deletes: old",
        "No longer records: gone",
        "Leaves as it is: same",
        "Sets in role: tags.a = b, tags.c (removed), trust, max_session_duration = 3600",
        "Loses in role: data",
        "Warning: it is open",
        "Deletes with old: its stack",
        "Holds for: arn:aws:iam::111111111111:policy/Limit, version v1 of ANPA1",
    ]
    assert planned.counted == {"create": 1, "change": 1, "delete": 1, "forget": 1}
    given = replace(plan, given=["external_id", "path", "unit"], inputs={"external_id": "e-1", "path": "", "unit": ["ou-1"]})
    assert summary_of(given)[:3] == [
        "Deployment: acme of upsolver-data-access",
        'Inputs: external_id = e-1, unit = ["ou-1"]',
        "In: account 123456789012, us-east-1",
    ]
    assert set(planned.changes) < set(summary_of(plan))
    assert Planned(replace(plan, allowed=["retag"]), "").changes[6] == "Allows what may lose something: --retag"


def test_of_a_fleet_it_says_in_which_accounts() -> None:
    where = {"organizational_unit": ["ou-1", "ou-2"], "account": [], "exclude": ["111111111111"]}
    said = ["In the accounts of: ou-1, ou-2", "Not in: 111111111111"]
    assert not {*said} & {*summary_of(replace(FIRST, inputs=where))}
    found = summary_of(replace(FIRST, integration={"name": "datadog-fleet"}, inputs=where))
    assert found[found.index(said[0]) :][:2] == said


@pytest.mark.parametrize("odd", [None, 5, "x\x1b[2J", ["\u202e"], {"a": {"b": "\n"}}, {}], ids=ascii)
def test_a_forged_file_is_only_text(odd: Any) -> None:
    for name in ("action", "sets", "loses", "opened", "others", "along"):
        forged = of(role={"action": "update", name: odd})
        lines = [*summary_of(forged), *Planned(forged, "").changes, *Planned(forged, "").counted]
        assert all(line.isprintable() for line in lines)
    assert all(line.isprintable() for line in summary_of(of(**{"a\x1b[2J": {"action": "create"}})))
    assert all(line.isprintable() for line in summary_of(replace(FIRST, given=["a"], inputs={"a": odd})))
    assert any("unknown" in line for line in summary_of(replace(FIRST, access={"role": {"lets_in": odd}}))) or odd in (
        {},
        None,
    )
