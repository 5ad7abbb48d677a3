"""A plan as a file: what `plan` found, which a later `create` runs exactly or not at all."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from bootstrap import __version__
from bootstrap.core.account import Account
from bootstrap.core.checked_inputs import checked
from bootstrap.core.integration import Integration
from bootstrap.core.plan_file import AGAIN, PlanFile, moment
from bootstrap.core.plan_moves import moves, observed
from bootstrap.core.receipt import Destroyed
from bootstrap.engine.graphs import build_graph
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import BootstrapError, PlanOutdated, PlanRefused
from bootstrap.integrations import integration as find
from bootstrap.operations.inputs import Gathered
from bootstrap.permissions.plan_summary import not_bound as not_bound, summary_of as summary_of
from bootstrap.permissions.settings_since import settings_in
from bootstrap.permissions.since import access_of


def plan_file(prepared: Prepared, place: str, lasts: timedelta) -> PlanFile:
    """The file of a plan of `create`, which expires after `lasts`; `place` is where its state is."""
    assert prepared.integration, "a plan of create"
    accounts = prepared.session.accounts.values()
    graph, granted = (build_graph(each, accounts)[0] for each in (prepared.integration, prepared.integration.granting))
    return PlanFile.of(
        prepared.integration,
        graph,
        prepared.plan,
        prepared.stored,
        place=place,
        version=__version__,
        deployment=prepared.state.deployment,
        allowed=prepared.allowed,
        access={**access_of(granted), **settings_in(granted, prepared.integration)},
        observed=observed(prepared.plan),
        versions=prepared.versions(),
        demands=asdict(found) if (found := prepared.demands()) else {},
        created=datetime.now(UTC),
        lasts=lasts,
    )


def gathered_inputs(plan: PlanFile) -> Gathered:
    """The inputs of a plan. Raises PlanOutdated for one that has expired, or that another version of bootstrap or another
    content of the integration's file made, UsageError for inputs that nobody may give."""
    plan.check_usable(__version__, datetime.now(UTC))
    try:
        kind = find(plan.word)
    except BootstrapError as error:
        raise PlanOutdated(f"the integration of the plan cannot be used: {error.message}", advice=AGAIN) from error
    if kind.digest != plan.integration.get("sha256", ""):
        before = plan.integration.get("sha256")
        raise PlanOutdated(
            f"{plan.word} has changed since the plan was made: its sha256 was {before}, and is {kind.digest}", advice=AGAIN
        )
    given = {name: value for name, value in plan.inputs.items() if value not in (None, "", [])}
    values = checked(kind, given)
    return Gathered(kind, values, found=frozenset(values.keys() - set(plan.given)))


def inputs_of_whole(plan: PlanFile) -> Integration:
    """The integration with the inputs of a plan. Raises PlanRefused for one whose resources are not those of its inputs,
    and what `gathered_inputs` raises."""
    chosen = gathered_inputs(plan).recipe
    graph, granted = (build_graph(each, plan.places.values())[0] for each in (chosen, chosen.granting))
    access = {**access_of(granted), **settings_in(granted, chosen)}
    if found := moves(plan, plan.made_anew(chosen, graph, access), None):
        raise PlanRefused("the plan was edited: its inputs give something else", found, AGAIN)
    return chosen


def check_usable(plan: PlanFile, accounts: Mapping[str, Account]) -> None:
    """Raises PlanRefused for a plan that cannot be run here or now."""
    plan.check_usable(__version__, datetime.now(UTC))
    plan.check_accounts(accounts)


def check_not_destroyed(plan: PlanFile, receipt: Destroyed | None) -> None:
    """Raises PlanOutdated for a plan that a destroy followed: whoever approved the plan approved it for one life."""
    if receipt is None:
        return
    try:
        destroyed = datetime.fromisoformat(receipt.at)
    except ValueError:  # a receipt of another form says nothing
        return
    if destroyed.tzinfo and destroyed > moment(plan.created):
        raise PlanOutdated(f"{receipt.deployment} was destroyed at {receipt.at}, after the plan was made", advice=AGAIN)


def check_bound(plan: PlanFile, prepared: Prepared, place: str) -> None:
    """Raises PlanOutdated with what moved: the plan that was made now for the same inputs is another one."""
    now = plan_file(prepared, place, timedelta())
    if found := moves(plan, now, prepared.stored):
        raise PlanOutdated("AWS has changed since the plan was made", found, AGAIN)
