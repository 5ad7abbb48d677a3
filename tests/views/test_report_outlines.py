"""The HTML page of every integration, of a recorded deployment and of a plan in a file, as approved: its elements in order,
each with the beginning of its text. `test_report.py` has the texts, and two pages whole."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.state import Record, State, Status
from bootstrap.integrations import integrations
from bootstrap.operations.review import Report, report_of_deployment, report_of_plan
from bootstrap.permissions.plan_summary import Planned
from tests.support.canned import matches
from tests.support.plan_files import first_plan, graph_of
from tests.views.test_report import MADE, of, page

SHOWN = ("h1", "h2", "h3", "h4", "h5", "nav", "p", "li", "tr", "caption", "summary", "pre", "figure", "section")
CELLS = ("td", "th")
LONGEST = 72


class Outline(HTMLParser):
    """A line for each element that a reader sees as one, with its class, the sections and links to them by name, and cells
    by `|`. Drawings are not part of it."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self._lines, self._hidden = list[list[str]](), ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = "".join(
            f"[{value}]"
            for name, value in attrs
            if name in ("class", "id") or (name == "href" and (value or "").startswith("#"))
        )
        if tag in ("svg", "head"):
            self._hidden = tag
        elif tag in SHOWN:
            self._lines.append([f"{tag}{marks}:"])
        elif self._lines and not self._hidden:
            self._lines[-1] += [f"|{marks}" if tag in CELLS else marks]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        if self._lines and not self._hidden:
            self._lines[-1].append(data)

    def __str__(self) -> str:
        return "".join(f"{' '.join(' '.join(line).split())[:LONGEST].rstrip()}\n" for line in self._lines)


def recorded() -> Report:
    """The deployment has a role that was created with another description."""
    wanted = integrations()["upsolver-data-access"].example()
    state = State(deployment="lake", integration=wanted.name, lineage="0" * 16, accounts={EXAMPLE.alias: EXAMPLE})
    for address, node in graph_of(wanted).nodes.items():
        resource = node.resource.resolved(state.output)
        record = Record(
            address=address,
            kind=resource.kind,
            account=node.account,
            status=Status.READY,
            properties=resource.properties() | ({"description": "theirs"} if resource.kind == "iam_role" else {}),
            outputs=resource.predicted_outputs(EXAMPLE),
        )
        state = state.put(record)
    return report_of_deployment(wanted, state, MADE, flags=("--sandbox",))


PLAN = first_plan(lasts=timedelta(days=36_500))


@pytest.mark.parametrize("name", integrations())
def test_the_page_of_an_integration_is_the_one_that_was_approved(name: str) -> None:
    assert matches(f"reports/outlines/{name}.txt", str(Outline(page(of(name)))))


def test_the_page_of_a_recorded_deployment_is_the_one_that_was_approved() -> None:
    assert matches("reports/outlines/recorded.txt", str(Outline(page(recorded()))))


def test_the_page_of_a_plan_in_a_file_is_the_one_that_was_approved() -> None:
    text = page(report_of_plan(Planned(PLAN, "plan.json"), MADE)).replace(PLAN.digest, "DIGEST")
    assert matches("reports/outlines/planned.txt", str(Outline(text)))
