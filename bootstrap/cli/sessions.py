"""Signs in, and shows to which accounts."""

from collections.abc import Iterator
from contextlib import contextmanager

from bootstrap.aws.session import Session, signed_in
from bootstrap.cli.inputs import Gathered, GivenInputs
from bootstrap.cli.presenter import show_identity
from bootstrap.cli.sign_ins import logins_of_inputs, recorded_logins
from bootstrap.cli.target import Target
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.core.partitions import check_vendor
from bootstrap.core.state import State
from bootstrap.operations.load_state import load_state
from bootstrap.operations.services import needed_services
from bootstrap.views import View


def recorded_inputs(integration: str, inputs: GivenInputs, name: str, backend: Backend) -> tuple[Gathered, State | None]:
    """The inputs, with those of the last run, and the state of that run. Raises StateError for another deployment."""
    stored = load_state(backend, name)
    return inputs.gathered(integration, stored), stored


@contextmanager
def signed_in_with_inputs(
    target: Target,
    gathered: Gathered,
    stored: State | None,
    view: View,
    *,
    ask: bool,
    searches: bool = False,
    accept_edited_state: bool = False,
    exists: bool = False,
) -> Iterator[tuple[Session, Integration]]:
    """The session, with `searches` also for the index of tags, and the integration.

    A person first answers what decides about the accounts, and sees them before the other questions. Errors that need no
    answer come first. `exists` says that nothing will be created.
    """
    if gathered.kept:
        view.note(f"Inputs from the state: {gathered.kept_words}")
    recipe = None if ask and not gathered.is_complete else gathered.recipe
    gathered = gathered if recipe else gathered.asked(before_sign_in=True)
    services = needed_services(recipe, stored, searches=searches)
    logins = logins_of_inputs(target, gathered, stored, view.note, accepted=accept_edited_state)
    with signed_in(logins, services, tell=view.note, flags=target.flags) as session:
        show_identity(view, session, sandbox=target.sandbox)
        check_vendor(gathered.integration, () if exists else session.accounts.values())  # an old one may be anywhere
        recipe = recipe or gathered.asked().recipe
        for note in recipe.notes:
            view.note(f"Note: {note}")
        yield session, recipe


@contextmanager
def signed_in_as_recorded(
    target: Target,
    stored: State,
    view: View,
    *,
    accept_edited_state: bool,
    integration: Integration | None = None,
    searches: bool = False,
) -> Iterator[Session]:
    """The session for the accounts of a state, with clients for its resources and those of the integration."""
    services = needed_services(integration, stored, searches=searches)
    logins = recorded_logins(target, stored, view.note, accepted=accept_edited_state)
    with signed_in(logins, services, tell=view.note, flags=target.flags) as session:
        show_identity(view, session, sandbox=target.sandbox)
        yield session
