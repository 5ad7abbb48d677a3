"""The review of an integration as text: a page to decide by."""

import sys
from collections.abc import Iterator, Mapping

from rich.cells import cell_len

from bootstrap.core.deviation import Deviation, Risk
from bootstrap.core.policy import Statement
from bootstrap.permissions.actions import table
from bootstrap.permissions.managed_policies import source
from bootstrap.permissions.review import Review
from bootstrap.permissions.reviewed_role import ReviewedPolicy, ReviewedRole
from bootstrap.views.review_words import (
    access_words,
    action_words,
    condition_words,
    default_words,
    policy_words,
    published_words,
    required_words,
    risk_words,
    scope_words,
    summary,
    with_source,
)
from bootstrap.views.screen import Line
from bootstrap.views.wrapping import wrapped

WIDEST = 100
_HEADING = "bold cyan"
_STYLES: dict[Risk, str] = {"high": "bold red", "medium": "yellow", "low": "default", "none": "dim"}
_RISKS = ("high: ", "medium: ")


def page_lines(review: Review, columns: int | None) -> Iterator[Line]:
    """Wrapped to so many columns, at most `WIDEST`: at blanks, so that no word is broken. With None, nothing is wrapped."""
    page = _Page(min(columns, WIDEST) if columns else sys.maxsize)
    integration = review.integration
    yield from page.wrapped(f"{integration.name}: {integration.title}", 0, "bold")
    for url in integration.pages:
        yield from page.wrapped(url, 2, "dim")
    yield Line()
    for heading, entries in summary(review):
        yield Line(heading, _HEADING)
        for entry in entries:
            risk = next((word for word in _RISKS if entry.startswith(word)), "")
            yield from page.wrapped(entry, 2, _STYLES["high" if risk == "high: " else "medium"] if risk else "")
    yield Line()
    yield Line("Roles", _HEADING)
    for role in review.roles:
        yield from page.role(role)
    yield Line()
    if review.deviations:
        yield from page.wrapped("Where we deviate from the vendor's page, or follow it; the worst first", 0, _HEADING)
        for item in review.deviations:
            yield from page.deviation(review, item)
        yield Line()
    yield Line("Resources", _HEADING)
    for each in review.resources:
        yield from page.wrapped(f"{each.address}: {each.kind} {each.name}", 2)
    yield Line()
    yield Line("Inputs", _HEADING)
    for given in review.inputs:
        metavar = "" if given.kind == "flag" else "|".join(given.choices) or given.metavar
        default = f" (default: {default_words(given.default)})" if given.default else ""
        yield Line(f"  {given.flag} {metavar}".rstrip(), "bold")
        yield from page.wrapped(given.help + (f" ({words})" if (words := required_words(given)) else default), 6)
    yield Line()
    yield Line("Values to hand over", _HEADING)
    yield from page.wrapped(", ".join([*review.handoff.commands, *review.handoff.values]), 2)
    yield Line()
    levels = f"Levels of actions: {table().source} of {table().date}. AWS's managed policies: {source()}."
    yield from page.wrapped(levels, 0, "dim")


class _Page:
    """Lines of so many columns."""

    def __init__(self, columns: int) -> None:
        self.columns = columns

    def wrapped(self, text: str, indent: int, style: str = "") -> Iterator[Line]:
        space = " " * indent
        yield from (Line(piece.plain, style) for piece in wrapped(Line(space + text), self.columns))

    def role(self, role: ReviewedRole) -> Iterator[Line]:
        yield Line(f"  {role.grants.role}", "bold")
        if role.grants.trusts:
            yield Line("    Whom its policy lets in" if role.grants.is_bucket else "    Who may assume it")
        for item in role.grants.trusts:
            yield from self.statement(item)
        if role.grants.is_bucket:
            return
        yield Line("    What it may do")
        for words in access_words(role.access):
            yield from self.wrapped(words, 6, "dim")
        for item in role.grants.statements:
            yield from self.statement(item)
        for policy in role.policies:
            yield from self.policy(policy)

    def statement(self, item: Statement) -> Iterator[Line]:
        yield from self.wrapped(f"{item.sid}: {item.why}", 6)
        for text in (action_words(item), scope_words(item), *condition_words(item.conditions)):
            yield from self.wrapped(text, 10, "dim")

    def policy(self, policy: ReviewedPolicy) -> Iterator[Line]:
        found, attached = policy.published, policy.attached
        yield from self.wrapped(
            f"{attached.policy} ({policy_words(policy)}): {with_source(attached.why, attached.source)}", 6
        )
        for actions, limits in published_words(found) if found else ():
            yield from self.wrapped(actions, 10, "dim")
            for text in limits:
                yield from self.wrapped(text, 12, "dim")

    def deviation(self, review: Review, item: Deviation) -> Iterator[Line]:
        style = "dim" if review.is_limited(item) else _STYLES[item.risk]
        yield from self.wrapped(f"{risk_words(review, item)}: the page: {item.page}", 2, style)
        yield from self.wrapped(f"sent: {item.described}", 6)
        yield from self.wrapped(f"why: {with_source(item.why, item.source)}", 6)
        if item.danger:
            yield from self.wrapped(f"danger: {item.danger}", 6)


def list_lines(titles: Mapping[str, str], columns: int | None) -> Iterator[Line]:
    """The integrations by name, each with its title beside it; below it, if one does not fit on the screen."""
    width = max(map(len, titles)) + 2
    beside = columns is None or all(width + cell_len(title) <= columns for title in titles.values())
    for name, title in titles.items():
        if beside:
            yield Line(name.ljust(width), "bold").append(title, "not bold default")
            continue
        yield Line(name, "bold")
        yield from (Line(piece.plain) for piece in wrapped(Line(f"  {title}"), columns or 0))
