"""Signs in, and shows to which accounts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

from bootstrap.cli import garbage
from bootstrap.cli.before_create import about_generated
from bootstrap.cli.inputs import AtTerminal, GivenInputs
from bootstrap.cli.presenter import show_identity
from bootstrap.cli.target import Target
from bootstrap.core.backend import Backend
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.core.partitions import check_vendor
from bootstrap.core.state import State
from bootstrap.errors import UsageError
from bootstrap.operations import Session, edited_state
from bootstrap.operations.cage import check_temporary
from bootstrap.operations.connect import sign_in
from bootstrap.operations.inputs import Gathered, Values
from bootstrap.operations.load_state import load_state
from bootstrap.operations.outputs import before_create
from bootstrap.operations.services import needed_services
from bootstrap.operations.sign_ins import recorded_ways, ways_of_inputs
from bootstrap.operations.status_all import SignIn
from bootstrap.views import View
from bootstrap.views.text import handoff_lines


def recorded_inputs(
    target: Target, integration: str, inputs: GivenInputs, name: str, backend: Backend, note: Callable[[str], None]
) -> tuple[Gathered, State | None]:
    """The inputs, with those of the last run, and the state of that run; `note` gets a warning if somebody has edited it.
    Raises StateError for another deployment."""
    stored = load_state(backend, name)
    gathered = inputs.gathered(integration, stored, target.create_flags)
    if text := edited_state.warning(stored, backend.where):
        note(text)
    return gathered, stored


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
    cage: bool = False,
) -> Iterator[tuple[Session, Integration]]:
    """The session, with `searches` also for the index of tags, and the integration.

    A person first answers what decides about the accounts, and sees them before the other questions. Errors that need no
    answer come first. `exists` says that nothing will be created, `cage` that the credentials will have to be narrowed.
    """
    if gathered.kept:
        view.note(f"Inputs from the state: {gathered.kept_words}")
    recipe = None if ask and not gathered.is_complete else gathered.recipe
    gathered = gathered if recipe else gathered.asked(AtTerminal(), before_sign_in=True)
    services = needed_services(recipe, stored, searches=searches)
    options = target.sign_in_options(view.note, accepted=accept_edited_state)
    ways = ways_of_inputs(options, gathered, stored)
    with sign_in(ways, stored, target.login(view.note), services, tell=view.note, flags=target.flags) as session:
        garbage.resume()
        show_identity(view, session, sandbox=target.sandbox)
        if cage:
            check_temporary(session)
        check_vendor(gathered.integration, () if exists else session.accounts.values())  # an old one may be anywhere
        recipe = recipe or gathered.asked(AtTerminal(_names(gathered, stored, session))).recipe
        for text in all_notes(recipe) if view.verbose else _new_notes(recipe, stored):
            view.note(text)
        yield session, recipe


def all_notes(recipe: Integration) -> list[str]:
    """What a person should know before creating it."""
    texts = {"Note": recipe.notes, "Not verified": recipe.unverified, "Costs": recipe.costs}
    says = recipe.provenance().says
    return [f"{label}: {says(text)}" for label, found in texts.items() for text in found]


def _new_notes(recipe: Integration, stored: State | None) -> list[str]:
    """What a person has not read yet: not those of the last run that finished, which are counted."""
    notes = all_notes(recipe)
    if stored is None or stored.missing or stored.source != recipe.source():
        return notes
    with suppress(UsageError):  # recorded by an older version
        read = all_notes(from_inputs(type(recipe), stored.inputs))
        new = [text for text in notes if text not in read]
        if len(notes) - len(new) > 1:
            return [*new, f"{len(notes) - len(new)} notes are the same as in the last run: to see them, add --verbose."]
    return notes


def _names(gathered: Gathered, stored: State | None, session: Session) -> Callable[[Values], list[str]] | None:
    """Shows a person what is known before a create: not of what exists already."""
    if stored:
        return None

    def shown(values: Values) -> list[str]:
        early = before_create(replace(gathered, values=values), session.accounts.values())
        known = [line.plain for line in handoff_lines(early.handoff)]
        return [*known, about_generated(early)] if early.generated else known

    return shown


@contextmanager
def signed_in_as_recorded(
    target: Target,
    stored: State,
    view: View,
    *,
    accept_edited_state: bool,
    integration: Integration | None = None,
    searches: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Session]:
    """The session for the accounts of a state, with clients for its resources and those of the integration. `meanwhile` is
    called while AWS says who we are."""
    services = needed_services(integration, stored, searches=searches)
    ways = recorded_ways(target.sign_in_options(view.note, accepted=accept_edited_state), stored)
    login, flags = target.login(view.note), target.flags
    with sign_in(ways, stored, login, services, tell=view.note, flags=flags, meanwhile=meanwhile) as session:
        garbage.resume()
        show_identity(view, session, sandbox=target.sandbox)
        yield session


def signing_in(target: Target, view: View, names: Sequence[str], *, accept_edited_state: bool) -> SignIn:
    """Signs in to the accounts of each deployment as create did."""
    if target.reached_by and len(names) > 1:
        raise UsageError(
            "--sign-in applies to the accounts of one deployment", f"Add --name with one of: {', '.join(names)}."
        )
    target.login(view.note)  # starts the sandbox, which says once what it has lost

    def signed_in(stored: State) -> AbstractContextManager[Session]:
        own = target.of(stored.deployment)
        ways = recorded_ways(own.sign_in_options(view.note, accepted=accept_edited_state), stored)
        services = needed_services(None, stored, searches=False)
        return sign_in(ways, stored, own.login(), services, tell=view.note, flags=own.flags)

    return signed_in
