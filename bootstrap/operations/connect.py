"""What a program that calls the operations itself needs first: an integration with its inputs, and a signed-in session."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from bootstrap.aws.credentials import Login
from bootstrap.aws.session import Session, logins_for, signed_in
from bootstrap.core import commands
from bootstrap.core.account import SignIn
from bootstrap.core.backend import Backend
from bootstrap.core.checked_inputs import from_inputs, lasting
from bootstrap.core.integration import Integration
from bootstrap.core.pending import check_unlocked
from bootstrap.core.rotation import check_rotation
from bootstrap.core.state import State
from bootstrap.engine.prepare import stored_state
from bootstrap.errors import UsageError
from bootstrap.integrations import integration as find
from bootstrap.operations.services import needed_services


def configure(name: str, backend: Backend, /, **inputs: str | bool | Sequence[str]) -> Integration:
    """The integration `name`, which may also be the path of a file, with these inputs. They have the names of its options
    with `_` for `-`.

    An input that is omitted gets its default, except for one that an earlier run generated at random, and what the vendor
    showed: they keep the values that `backend` recorded. Raises UsageError for an unknown, missing or wrong input.
    """
    chosen, stored = find(name), backend.load()
    recorded = stored.inputs if stored and stored.integration == chosen.name else {}
    if stored and recorded:
        check_rotation(inputs, stored)
        check_unlocked(inputs, recorded, stored.deployment)
    stays = lasting(chosen)
    kept = {name: value for name, value in recorded.items() if name in stays and value}
    return from_inputs(chosen, {**kept, **inputs}, inputs.keys())


@contextmanager
def connect(
    backend: Backend,
    integration: Integration | None = None,
    *,
    login: Login | None = None,
    sign_ins: Mapping[str, SignIn] | None = None,
) -> Iterator[Session]:
    """Signs in to the accounts of a deployment, and signs out at the end.

    `login` names the profile and the region; without it the environment decides, as for the AWS CLI. An integration with
    several accounts says how to sign in to each. To work from the state alone, omit the integration: a state never chooses
    whose credentials are used, so one with several accounts takes `sign_ins`, by the alias of the account. Raises
    CredentialsError or AwsError where AWS does not accept the sign-in, StateError where there is neither an integration nor
    a state, and UsageError where a sign-in is missing.
    """
    stored = backend.load() if integration else stored_state(backend)
    login = login or Login()
    ways = sign_ins or (integration.sign_ins if integration else _only_account(stored))
    if missing := sorted(set(stored.accounts if stored else ()) - set(ways)):
        raise UsageError(f"no sign-in is named for the account {', '.join(missing)}", "Add it to sign_ins.")
    named = {"--state": backend.where, "--profile": login.profile, "--region": login.region}
    flags = [word for flag, value in named.items() if value for word in commands.option(flag, value)]
    services = needed_services(integration, stored, searches=True)
    with sign_in(ways, stored, login, services, flags=flags) as session:
        yield session


def sign_in(
    ways: Mapping[str, SignIn],
    stored: State | None,
    login: Login,
    services: Iterable[str] = (),
    *,
    tell: Callable[[str], None] = lambda text: None,
    flags: Iterable[str] = (),
    meanwhile: Callable[[], object] = lambda: None,
) -> AbstractContextManager[Session]:
    """Signs in to each account in its way, for the region of the state unless `login` names one; `tell` and `meanwhile` are
    as in `signed_in`. Raises CredentialsError or AwsError."""
    return signed_in(logins_for(ways, stored, login), services, tell=tell, flags=flags, meanwhile=meanwhile)


def _only_account(stored: State | None) -> Mapping[str, SignIn]:
    accounts = [*stored.accounts] if stored else []
    if len(accounts) > 1:
        raise UsageError(
            f"this deployment has several accounts: {', '.join(accounts)}", "Say with sign_ins how to sign in to each."
        )
    return dict.fromkeys(accounts, SignIn())
