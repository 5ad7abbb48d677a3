"""The review of an integration as Markdown, for a ticket, a pull request or a page of documentation."""

from collections.abc import Iterator

from bootstrap.core.policy import Statement
from bootstrap.permissions.actions import table
from bootstrap.permissions.managed_policies import source
from bootstrap.permissions.review import Review
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.views.markdown import escaped, rows
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


def page_of(review: Review) -> Iterator[str]:
    """The lines of the page."""
    integration = review.integration
    yield f"# {integration.name}"
    yield ""
    yield f"{escaped(integration.title)}."
    yield ""
    yield from (f"- {escaped(url)}" for url in integration.pages)
    for heading, entries in summary(review):
        yield ""
        yield f"## {heading}"
        yield ""
        yield from (f"- {escaped(entry)}" for entry in entries)
    for role in review.roles:
        yield ""
        yield f"## {escaped(role.grants.title)}"
        yield from _role(role)
    yield ""
    if review.deviations:
        yield "## Where we deviate from the vendor's page"
        yield ""
        yield from rows(
            ("Risk", "The vendor's page", "What bootstrap does", "Why", "Source"),
            (
                (
                    risk_words(review, item),
                    item.page,
                    item.described,
                    item.why + (f". Danger: {item.danger}" if item.danger else ""),
                    item.source,
                )
                for item in review.deviations
            ),
        )
        yield ""
    yield "## Resources"
    yield ""
    yield from rows(("Address", "Type", "Name"), ((each.address, each.kind, each.name) for each in review.resources))
    yield ""
    yield "## Inputs"
    yield ""
    yield from rows(
        ("Option", "What it does", "Default"),
        (
            (item.flag, item.help, required_words(item) or (default_words(item.default) if item.default else ""))
            for item in review.inputs
        ),
    )
    yield ""
    yield "## Values to hand over"
    yield ""
    yield escaped(", ".join([*review.handoff.commands, *review.handoff.values]))
    yield ""
    yield escaped(f"Levels of actions: {table().source} of {table().date}. AWS's managed policies: {source()}.")


def _role(role: ReviewedRole) -> Iterator[str]:
    yield ""
    yield from (f"- {escaped(words)}" for words in access_words(role.access))
    statements = [*role.grants.trusts, *role.grants.statements]
    if statements:
        yield ""
        yield from rows(("Statement", "Actions", "Scope", "Why", "Source"), map(_row, statements))
    for policy in role.policies:
        found, attached = policy.published, policy.attached
        yield ""
        why = with_source(attached.why, attached.source)
        yield f"**{escaped(attached.policy)}**, {policy_words(policy)}: {escaped(why)}"
        if found:
            yield ""
            yield from rows(
                ("Actions", "Scope"), ((actions, "; ".join(limits)) for actions, limits in published_words(found))
            )


def _row(item: Statement) -> tuple[str, ...]:
    scope = "; ".join((scope_words(item), *condition_words(item.conditions)))
    return (item.sid, action_words(item), scope, item.why, item.source)
